use proptest::prelude::*;

use super::super::testing::{
    address, checkpoint_digest, checkpoint_json, eip191, keccak, members, sign, stripped,
};
use super::*;
use crate::address::EvmAddress;
use crate::encoding::hex;
use crate::signature::verify::recover;

const HOOK: [u8; 32] = [0x48; 32];
const ROOT: [u8; 32] = [0xab; 32];
const ID: [u8; 32] = [0xcd; 32];

fn good(secret: u8) -> String {
    let digest = checkpoint_digest(1, &HOOK, &ROOT, 7, &ID);
    checkpoint_json(1, &HOOK, &ROOT, 7, &ID, &sign(secret, &digest))
}

fn checkpoint(text: &str) -> Envelope<Checkpoint> {
    match read(text.as_bytes(), None) {
        Ok(Artefact::Checkpoint(envelope)) => envelope,
        other => panic!("{text}: {other:?}"),
    }
}

fn announcement(text: &str) -> Envelope<Announcement> {
    match read(text.as_bytes(), None) {
        Ok(Artefact::Announcement(envelope)) => *envelope,
        other => panic!("{text}: {other:?}"),
    }
}

fn remarks(remarks: Remarks) -> Vec<&'static str> {
    remarks.iter().map(Remark::id).collect()
}

fn signer(raw: &super::super::envelope::RawSignature, digest: &[u8; 32]) -> EvmAddress {
    let signature = raw.checked().unwrap();
    EvmAddress::of(&recover(&signature, digest, signature.v().unwrap().is_odd()).unwrap())
}

fn code(text: &str, name: Option<Kind>) -> &'static str {
    read(text.as_bytes(), name).expect_err(text).code.id()
}

#[test]
fn a_checkpoint_as_agents_write_it_is_read_and_is_its_signers() {
    let envelope = checkpoint(&good(3));
    assert_eq!(
        envelope.value,
        Checkpoint {
            domain: 1,
            contract: HOOK,
            root: ROOT,
            index: 7,
            message_id: Some(ID)
        }
    );
    assert_eq!(remarks(envelope.remarks), [""; 0]);
    assert_eq!(signer(&envelope.signature, &envelope.value.digest()), address(3));
}

#[test]
fn numbers_may_have_lost_their_leading_zeros() {
    // Among some hundred signatures there are r and s of 63 digits and fewer.
    let mut short = 0;
    for index in 0..200 {
        let digest = checkpoint_digest(1, &HOOK, &ROOT, index, &ID);
        let signature = sign(5, &digest);
        let text = checkpoint_json(1, &HOOK, &ROOT, index, &ID, &signature);
        short += usize::from(stripped(&signature.0).len() < 66 || stripped(&signature.1).len() < 66);
        let envelope = checkpoint(&text);
        assert_eq!(
            (envelope.signature.r, envelope.signature.s, envelope.signature.v),
            signature
        );
        assert_eq!(remarks(envelope.remarks), [""; 0]);
    }
    assert!(short > 5, "{short}");
}

#[test]
fn version_two_has_a_mailbox_and_no_message_id() {
    let domain_hash = keccak(&[&5_u32.to_be_bytes(), &HOOK, b"HYPERLANE"]);
    let digest = eip191(&keccak(&[&domain_hash, &ROOT, &9_u32.to_be_bytes()]));
    for (wrapper, odd) in [
        ("value", &["mailbox-address-field", "no-message-id"][..]),
        (
            "checkpoint",
            &["old-wrapper", "mailbox-address-field", "no-message-id"],
        ),
    ] {
        let text = format!(
            r#"{{"{wrapper}":{{"mailbox_address":"0x{}","mailbox_domain":5,"root":"0x{}","index":9}},{}}}"#,
            hex::encode(&HOOK),
            hex::encode(&ROOT),
            members(&sign(4, &digest))
        );
        let envelope = checkpoint(&text);
        assert_eq!(envelope.value.message_id, None);
        assert_eq!(signer(&envelope.signature, &envelope.value.digest()), address(4));
        assert_eq!(remarks(envelope.remarks), odd);
    }
}

#[test]
fn announcements_of_both_tags() {
    let mailbox = [0x11; 32];
    let location = "s3://b/eu-west-1/f";
    for (tag, member, validator, wrapper, odd) in [
        (
            "HYPERLANE_ANNOUNCEMENT",
            "storage_location",
            true,
            "value",
            &[][..],
        ),
        (
            "HYPERLANE",
            "storage_metadata",
            false,
            "announcement",
            &["old-wrapper", "old-announcement-tag"],
        ),
    ] {
        let domain_hash = keccak(&[&137_u32.to_be_bytes(), &mailbox, tag.as_bytes()]);
        let digest = eip191(&keccak(&[&domain_hash, location.as_bytes()]));
        let who = if validator {
            format!(r#""validator":"0x{}","#, hex::encode(&address(6).0))
        } else {
            String::new()
        };
        let text = format!(
            r#"{{"{wrapper}":{{{who}"mailbox_address":"0x{}","mailbox_domain":137,"{member}":"{location}"}},{}}}"#,
            hex::encode(&mailbox),
            members(&sign(6, &digest))
        );
        let envelope = announcement(&text);
        assert_eq!(envelope.value.location, location);
        assert_eq!(envelope.value.validator, validator.then(|| address(6)));
        assert_eq!(signer(&envelope.signature, &envelope.value.digest()), address(6));
        assert_eq!(remarks(envelope.remarks), odd);
    }
}

#[test]
fn what_is_odd_about_a_record_is_noted() {
    let text = good(3);
    let envelope = checkpoint(&text);
    let full = hex::encode(&envelope.signature.serialized());
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        remarks(checkpoint(&text.replacen(from, to, 1)).remarks)
    };
    let serialized = format!(r#","serialized_signature":"0x{full}""#);
    assert_eq!(changed(&serialized, ""), ["serialized-signature-missing"]);
    for other in [
        format!("0x{}", "00".repeat(65)),
        "0x12".to_owned(),
        "x".to_owned(),
    ] {
        assert_eq!(
            changed(&format!("0x{full}"), &other),
            ["serialized-signature-differs"]
        );
    }
    assert_eq!(
        changed(&format!("\"0x{full}\""), "null"),
        ["serialized-signature-differs"]
    );
    assert_eq!(changed(&full, &full.to_uppercase()), [""; 0]);
    let root = hex::encode(&ROOT);
    assert_eq!(changed(&format!("0x{root}"), &root), [""; 0], "0x is optional");
    assert_eq!(
        changed(&root, &format!("{} {}", &root[..10], &root[10..])),
        ["loose-hex"]
    );
    let v = envelope.signature.v;
    assert_eq!(
        changed(&format!(r#""v":{v}"#), &format!(r#""v":{}"#, v - 27)),
        ["unusual-v", "serialized-signature-differs"]
    );
    let object = &text[text.find(r#"{"r""#).unwrap()..=text.find(r#"},"serialized"#).unwrap()];
    assert_eq!(changed(object, &format!("\"0x{full}\"")), ["signature-as-text"]);
    let negated = envelope.signature.checked().unwrap().negated();
    assert_eq!(
        changed(&stripped(&envelope.signature.s), &stripped(negated.s())),
        ["high-s", "serialized-signature-differs"]
    );
}

#[test]
fn what_cannot_be_read_has_a_code() {
    let text = good(3);
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        code(&text.replacen(from, to, 1), None)
    };
    for at in 1..text.len() {
        assert_eq!(code(&text[..at], None), "truncated", "{at}");
    }
    assert_eq!(code("", None), "empty");
    assert_eq!(code(" \n", None), "empty");
    assert_eq!(changed(r#""index":7"#, r#""index":"7""#), "wrong-type");
    assert_eq!(changed(r#""index":7"#, r#""index":-7"#), "number-out-of-range");
    assert_eq!(changed(r#""index":7"#, r#""index":7.0"#), "number-out-of-range");
    assert_eq!(
        changed(r#""index":7"#, r#""index":4294967296"#),
        "number-out-of-range"
    );
    assert_eq!(
        changed(r#""index":7"#, r#""index":7,"index":7"#),
        "duplicate-member"
    );
    assert_eq!(changed(r#""index":7"#, r#""other":7"#), "missing-member");
    assert_eq!(
        changed(r#"{"value":"#, r#"{"checkpoint":{},"value":"#),
        "duplicate-member",
        "two names of one member"
    );
    assert_eq!(changed("abab", "ab"), "wrong-length");
    assert_eq!(changed("abab", "aba"), "wrong-length");
    assert_eq!(changed("abab", "zzab"), "not-hex");
    let r = stripped(&checkpoint(&text).signature.r);
    for (other, code) in [
        ("0x", "wrong-length"),
        ("", "wrong-length"),
        (&format!("0x{}", "1".repeat(65)), "wrong-length"),
        ("0xg", "not-hex"),
    ] {
        assert_eq!(changed(&r, other), code, "{other}");
    }
    assert_eq!(changed(&format!("\"{r}\""), "5"), "wrong-type");
    assert_eq!(code(&format!("{text}}}"), None), "not-json");
    assert_eq!(code(&"[".repeat(100_000), None), "too-complex");
    assert_eq!(code(&format!("[{}1]", "1,".repeat(30_000)), None), "too-complex");
    assert_eq!(code("{}", None), "not-recognised");
    assert_eq!(code("\"x\"", None), "not-recognised");
    assert_eq!(code("null", None), "not-recognised");
    assert_eq!(read(b"{\"\xff\"}", None).unwrap_err().code, FaultCode::NotUtf8);
    assert_eq!(read(b"{\"\xc3", None).unwrap_err().code, FaultCode::Truncated);
}

#[test]
fn a_mark_of_byte_order_is_passed_over_and_counts_in_places() {
    let text = format!("\u{feff}{}", good(3));
    checkpoint(&text);
    let fault = read("\u{feff}{\"value\" 1}".as_bytes(), None).unwrap_err();
    assert_eq!((fault.code, fault.offset), (FaultCode::NotJson, Some(3 + 9)));
}

#[test]
fn a_name_that_says_something_else_is_seen() {
    let text = good(3);
    let name = |index| Some(Kind::Checkpoint { index, with_id: true });
    let read_as = |name| match read(text.as_bytes(), name) {
        Ok(Artefact::Checkpoint(envelope)) => remarks(envelope.remarks),
        other => panic!("{other:?}"),
    };
    assert_eq!(read_as(name(7)), [""; 0]);
    assert_eq!(read_as(name(8)), ["file-name-index-differs"]);
    assert_eq!(code(&text, Some(Kind::Announcement)), "not-what-the-name-says");
    assert_eq!(code("7", name(7)), "not-what-the-name-says");
}

#[test]
fn documents_that_nobody_signs() {
    assert_eq!(
        read(b"41\n", Some(Kind::LatestIndex)),
        Ok(Artefact::LatestIndex(41))
    );
    assert_eq!(code("4294967296", Some(Kind::LatestIndex)), "number-out-of-range");
    assert_eq!(code("-1", Some(Kind::LatestIndex)), "number-out-of-range");
    let root = hex::encode(&ROOT);
    let flag = format!(
        r#"{{"local_merkle_root":"0x{root}","canonical_merkle_root":"0x{root}","checkpoint_index":5,"unix_timestamp":9,"reorg_period":"finalized"}}"#
    );
    let event = ReorgEvent {
        local_root: ROOT,
        canonical_root: ROOT,
        index: 5,
        timestamp: Some(9),
    };
    for name in [None, Some(Kind::ReorgFlag)] {
        assert_eq!(
            read(flag.as_bytes(), name),
            Ok(Artefact::ReorgFlag(Some(Box::new(event.clone()))))
        );
    }
    for any in ["abc", "", "\u{0}", "{}"] {
        assert_eq!(
            read(any.as_bytes(), Some(Kind::ReorgFlag)),
            Ok(Artefact::ReorgFlag(None)),
            "its presence counts"
        );
    }
    let log = r#"[{"rpc_url_hash":"0x1","rpc_host_hash":"0x2","height":null}]"#;
    assert_eq!(read(log.as_bytes(), None), Ok(Artefact::ReorgLog(1)));
    let metadata = r#"{"git_sha":"abc","rpcs":[{"url_hash":"0x1","host_hash":"0x2"}],"additional_quorum_rpcs":[{"host_hash":"0x3"}],"allows_public_rpcs":true}"#;
    assert_eq!(
        read(metadata.as_bytes(), Some(Kind::Metadata)),
        Ok(Artefact::Metadata(Box::new(Metadata {
            git_sha: Some("abc".to_owned()),
            host_hashes: vec!["0x2".to_owned(), "0x3".to_owned()],
            allows_public_rpcs: Some(true)
        })))
    );
    // Before agents-v1.6 and before 2025-04.
    for older in [r#"{"git_sha":"abc","rpcs":["0x1"]}"#, r#"{"git_sha":"abc"}"#] {
        assert!(
            matches!(read(older.as_bytes(), None), Ok(Artefact::Metadata(_))),
            "{older}"
        );
    }
}

#[test]
fn other_artefacts_are_named() {
    for (text, other) in [
        (
            r#"{"checkpoint":{"outbox_domain":1000,"root":"0x02","index":1},"signature":{"r":"0x1","s":"0x2","v":28}}"#,
            Other::AbacusCheckpoint,
        ),
        (
            // mono:vectors/signedCheckpoint.json as it was in 2022
            r#"{"index":1,"outboxDomain":1000,"root":"0x0202","signature":{"r":"0x2a","s":"0x27","v":28},"signer":"0x19"}"#,
            Other::AbacusCheckpoint,
        ),
        (
            r#"{"homeDomain":1000,"updater":"0x1","signature":{"r":"0x1","s":"0x2","v":28}}"#,
            Other::OpticsFailure,
        ),
        (
            r#"{"sender":"0x1","data":"0x2","signature":"0x3"}"#,
            Other::OffchainLookup,
        ),
        (
            r#"{"type":"messageIdMultisig","signatures":["0x1"],"checkpoint":{}}"#,
            Other::IsmMetadata,
        ),
    ] {
        assert_eq!(read(text.as_bytes(), None), Ok(Artefact::Other(other)), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_short_way_and_the_long_way_read_the_same(
        domain in any::<u32>(),
        index in any::<u32>(),
        root in any::<[u8; 32]>(),
        id in any::<[u8; 32]>(),
        r in any::<[u8; 32]>(),
        s in any::<[u8; 32]>(),
        zeros in 0_usize..34,
        v in prop_oneof![Just(27_u64), Just(28), any::<u64>()],
        upper in any::<bool>(),
    ) {
        let mut r = r;
        r.iter_mut().take(zeros).for_each(|byte| *byte = 0);
        let mut text = checkpoint_json(domain, &HOOK, &root, index, &id, &(r, s, v & 0xff));
        if upper {
            text = text.replace("abcdef", "ABCDEF");
        }
        let fast = fast::checkpoint(&text).expect("the agents' layout");
        let slow = of_node(&parse(text.as_bytes()).unwrap());
        prop_assert_eq!(Ok(Artefact::Checkpoint(fast)), slow);
    }

    #[test]
    fn a_changed_byte_never_makes_the_two_ways_differ(at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let mut bytes = good(3).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let text = String::from_utf8(bytes).unwrap();
        if let Some(fast) = fast::checkpoint(&text) {
            let slow = of_node(&parse(text.as_bytes()).unwrap());
            prop_assert_eq!(Ok(Artefact::Checkpoint(fast)), slow);
        }
    }

    #[test]
    fn a_signed_checkpoint_is_its_signers_and_no_other_byte_is(
        domain in any::<u32>(),
        index in any::<u32>(),
        root in any::<[u8; 32]>(),
        id in any::<[u8; 32]>(),
        secret in 1_u8..255,
    ) {
        let digest = checkpoint_digest(domain, &HOOK, &root, index, &id);
        let text = checkpoint_json(domain, &HOOK, &root, index, &id, &sign(secret, &digest));
        let mut envelope = checkpoint(&text);
        prop_assert_eq!(envelope.value.digest(), digest);
        prop_assert_eq!(signer(&envelope.signature, &digest), address(secret));
        envelope.value.index ^= 1;
        prop_assert_ne!(envelope.value.digest(), digest);
    }

    #[test]
    fn any_bytes_are_read_or_have_a_fault_inside_them(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Err(fault) = read(&bytes, None) {
            prop_assert!(fault.offset.is_none_or(|offset| offset <= bytes.len()));
        }
    }
}
