use super::super::testing::{address, eip191, keccak, sign};
use super::*;
use crate::hyperlane::envelope::{RawSignature, Remarks};
use crate::json::{Limits, parse};

const HOOK: [u8; 20] = [0x48; 20];
const MAILBOX: [u8; 20] = [0xc0; 20];
const LOCATION: &str = "s3://b/eu-west-1";

fn padded(address: [u8; 20]) -> Vec<u8> {
    [vec![0; 12], address.to_vec()].concat()
}

fn word(address: [u8; 20]) -> [u8; 32] {
    padded(address).try_into().unwrap()
}

/// Two chains: one whose chain id is not its domain, and another.
fn registry() -> Registry {
    let mut registry = Registry::new();
    let hex = |byte: &str| format!("0x{}", byte.repeat(20));
    let text = format!(
        r#"{{"own": {{"domainId": 1000012617, "chainId": 1380012617, "mailbox": "{}", "merkleTreeHook": "{}"}},
            "other": {{"domainId": 56, "chainId": 56, "mailbox": "{}", "merkleTreeHook": "{}"}}}}"#,
        hex("c0"),
        hex("48"),
        hex("c1"),
        hex("49")
    );
    registry.add(&parse(&text, &Limits::default()).unwrap(), None);
    registry
}

const DOMAIN: u32 = 1_000_012_617;

/// An announcement whose signature is over this hash, or over EIP-191 of it.
fn announced(hash: [u8; 32], prefixed: bool, flip: bool) -> Envelope<Announcement> {
    let (r, s, v) = sign(9, &if prefixed { eip191(&hash) } else { hash });
    Envelope {
        value: Announcement {
            validator: Some(address(9)),
            mailbox: word(MAILBOX),
            domain: DOMAIN,
            location: LOCATION.to_owned(),
            old: false,
        },
        signature: RawSignature {
            r,
            s,
            v: if flip { 55 - v } else { v },
        },
        remarks: Remarks::default(),
    }
}

fn hash(domain: u32, contract: &[u8], tag: &str, rest: &[&[u8]]) -> [u8; 32] {
    let domain_hash = keccak(&[&domain.to_be_bytes(), contract, tag.as_bytes()]);
    let mut parts: Vec<&[u8]> = vec![&domain_hash];
    parts.extend(rest);
    keccak(&parts)
}

const OWN_TAG: &str = "HYPERLANE_ANNOUNCEMENT";

#[test]
fn each_mistake_in_an_announcement_is_named() {
    let mut filled = LOCATION.as_bytes().to_vec();
    filled.resize(480, 0);
    let location = LOCATION.as_bytes();
    let right = hash(DOMAIN, &padded(MAILBOX), OWN_TAG, &[location]);
    for (envelope, mistake) in [
        (announced(right, true, true), "other-parity"),
        (announced(right, false, false), "missing-eip191"),
        (
            announced(
                hash(DOMAIN, &padded(MAILBOX), "HYPERLANE", &[location]),
                true,
                false,
            ),
            "old-tag",
        ),
        (
            announced(hash(DOMAIN, &MAILBOX, OWN_TAG, &[location]), true, false),
            "unpadded-contract",
        ),
        (
            announced(hash(DOMAIN, &padded(MAILBOX), OWN_TAG, &[&filled]), true, false),
            "padded-location",
        ),
        (
            announced(hash(DOMAIN, &padded(HOOK), OWN_TAG, &[location]), true, false),
            "mailbox-and-hook",
        ),
        (
            announced(
                hash(1_380_012_617, &padded(MAILBOX), OWN_TAG, &[location]),
                true,
                false,
            ),
            "chain-id-for-domain",
        ),
        (
            announced(hash(56, &padded([0xc1; 20]), OWN_TAG, &[location]), true, false),
            "other-chain",
        ),
    ] {
        let found = announcement(&envelope, &[address(9)], &registry());
        let found = found.unwrap_or_else(|| panic!("{mistake}"));
        assert_eq!((found.mistake.id(), found.signer), (mistake, address(9)));
        assert_eq!(
            announcement(&envelope, &[address(8)], &registry()),
            None,
            "of somebody else nothing is explained"
        );
    }
}

#[test]
fn what_no_mistake_explains_has_no_explanation() {
    let envelope = announced([7; 32], true, false);
    assert_eq!(announcement(&envelope, &[address(9)], &registry()), None);
    assert_eq!(announcement(&envelope, &[], &registry()), None);
}

#[test]
fn the_tries_are_bounded() {
    let mut registry = Registry::new();
    let chains: Vec<String> = (0..5000)
        .map(|number| {
            format!(
                r#""c{number}":{{"domainId":{},"mailbox":"0x{number:040x}"}}"#,
                number + 10
            )
        })
        .collect();
    let text = format!("{{{}}}", chains.join(","));
    assert_eq!(
        registry.add(&parse(&text, &Limits::default()).unwrap(), None),
        5000
    );
    let envelope = announced([7; 32], true, false);
    let wanted = [address(9)];
    let mut tries = Tries::new(envelope.signature.checked().unwrap(), &wanted);
    for number in 0..MOST_TRIES + 10 {
        tries.digest(
            &keccak(&[&number.to_be_bytes()]),
            Mistake::OtherChain,
            String::new,
        );
    }
    assert_eq!((tries.left, tries.found), (0, None));
    assert_eq!(announcement(&envelope, &wanted, &registry), None);
}

/// A checkpoint whose signature is over this digest.
fn signed(digest: &[u8; 32]) -> Envelope<Checkpoint> {
    let (r, s, v) = sign(9, digest);
    Envelope {
        value: Checkpoint {
            domain: DOMAIN,
            contract: word(HOOK),
            root: [1; 32],
            index: 5,
            message_id: Some([2; 32]),
        },
        signature: RawSignature { r, s, v },
        remarks: Remarks::default(),
    }
}

#[test]
fn each_mistake_in_a_checkpoint_is_named() {
    let (root, id, index) = ([1; 32], [2; 32], 5_u32.to_be_bytes());
    let with = |domain, contract: &[u8], tag| hash(domain, contract, tag, &[&root, &index, &id]);
    let hook = padded(HOOK);
    for (digest, mistake) in [
        (with(DOMAIN, &hook, "HYPERLANE"), "missing-eip191"),
        (
            eip191(&hash(DOMAIN, &hook, "HYPERLANE", &[&root, &index])),
            "signed-without-message-id",
        ),
        (
            eip191(&hash(DOMAIN, &hook, "HYPERLANE", &[&root, &[0; 28], &index])),
            "wide-index",
        ),
        (eip191(&with(DOMAIN, &HOOK, "HYPERLANE")), "unpadded-contract"),
        (eip191(&with(DOMAIN, &hook, OWN_TAG)), "other-tag"),
        (
            eip191(&with(DOMAIN, &padded(MAILBOX), "HYPERLANE")),
            "mailbox-and-hook",
        ),
        (
            eip191(&with(1_380_012_617, &hook, "HYPERLANE")),
            "chain-id-for-domain",
        ),
        (eip191(&with(56, &padded([0x49; 20]), "HYPERLANE")), "other-chain"),
    ] {
        let found = checkpoint(&signed(&digest), &[address(1), address(9)], &registry());
        assert_eq!(
            found.map(|found| (found.mistake.id(), found.signer)),
            Some((mistake, address(9))),
            "{mistake}"
        );
    }
    assert_eq!(checkpoint(&signed(&[3; 32]), &[address(9)], &registry()), None);
}
