use super::*;
use crate::encoding::hex;
use crate::json::{Limits, parse};
use crate::signature::message::scheme;

const MAIL: &str = r#"{"types":{"EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},
    {"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],
    "Person":[{"name":"name","type":"string"},{"name":"wallet","type":"address"}],
    "Mail":[{"name":"from","type":"Person"},{"name":"to","type":"Person"},{"name":"contents","type":"string"}]},
    "primaryType":"Mail",
    "domain":{"name":"Ether Mail","version":"1","chainId":1,
    "verifyingContract":"0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"},
    "message":{"from":{"name":"Cow","wallet":"0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
    "to":{"name":"Bob","wallet":"0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},"contents":"Hello, Bob!"}}"#;

fn node(text: &str) -> Node {
    parse(text, &Limits::default()).expect("JSON")
}

fn text(bytes: &[u8; 32]) -> String {
    hex::encode(bytes)
}

/// A document of one type M without a domain.
fn document(types: &str, message: &str) -> String {
    format!(r#"{{"types":{{{types}}},"primaryType":"M","domain":{{}},"message":{message}}}"#)
}

fn error(text: &str) -> MessageError {
    hash(&node(text)).expect_err("refused")
}

#[test]
fn the_example_of_the_eip() {
    let data = hash(&node(MAIL)).expect("hashed");
    assert_eq!(
        text(&data.digest),
        "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
    );
    assert_eq!(
        text(&data.domain_separator),
        "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"
    );
    assert_eq!(
        data.struct_hash.as_ref().map(text).as_deref(),
        Some("c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e")
    );
    assert_eq!(
        data.encode_type,
        "Mail(Person from,Person to,string contents)Person(string name,address wallet)"
    );
    assert_eq!(data.primary_type, "Mail");
    assert_eq!(data.domain.chain_id.as_deref(), Some("1"));
    assert_eq!(data.domain.name.as_deref(), Some("Ether Mail"));
    assert_eq!(data.domain.verifying_contract, Some(EvmAddress([0xcc; 20])));
    assert!(data.unsigned.is_empty() && data.remarks.is_empty() && data.readings.is_empty());
    if cfg!(feature = "cross-check") {
        assert_eq!(data.second, SecondHash::Agrees);
    }
    let scheme = scheme("eip712").expect("registered");
    let document = node(MAIL);
    assert_eq!(scheme.digest(&Material::TypedData(&document)), Ok(data.digest));
    assert_eq!(
        scheme
            .digest(&Material::Bytes(b""))
            .expect_err("no document")
            .code,
        "wrong-material"
    );
}

#[test]
fn another_domain() {
    let original = node(MAIL);
    let whole = hash(&original).expect("hashed");
    let with = |change: &DomainChange| with_domain(&original, change);
    assert_eq!(with(&DomainChange::default()), Some(whole.digest));
    let chain = |id: &str| DomainChange {
        chain_id: Some(id.to_owned()),
        ..DomainChange::default()
    };
    assert_eq!(with(&chain("1")), Some(whole.digest));
    assert_eq!(with(&chain("0x01")), Some(whole.digest));
    assert_eq!(
        with(&chain("137")),
        hash(&node(&MAIL.replace("\"chainId\":1,", "\"chainId\":137,")))
            .ok()
            .map(|data| data.digest)
    );
    let contract = DomainChange {
        verifying_contract: Some(EvmAddress([0x11; 20])),
        ..DomainChange::default()
    };
    let other = MAIL.replace(
        "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
        &format!("0x{}", "11".repeat(20)),
    );
    assert_eq!(with(&contract), hash(&node(&other)).ok().map(|data| data.digest));
    let without = DomainChange {
        without: Some("version".to_owned()),
        ..DomainChange::default()
    };
    let shorter = MAIL
        .replace(r#"{"name":"version","type":"string"},"#, "")
        .replace(r#""version":"1","#, "");
    assert_eq!(with(&without), hash(&node(&shorter)).ok().map(|data| data.digest));
    // Added where the contract has it and the document does not, in the canonical place.
    let bare = MAIL
        .replace(r#"{"name":"chainId","type":"uint256"},"#, "")
        .replace("\"chainId\":1,", "");
    assert_eq!(with_domain(&node(&bare), &chain("1")), Some(whole.digest));
    let unlisted = bare.replace(
        r#""EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},
    {"name":"verifyingContract","type":"address"}],"#,
        "",
    );
    assert!(!unlisted.contains("EIP712Domain"), "{unlisted}");
    assert_eq!(with_domain(&node(&unlisted), &chain("1")), Some(whole.digest));
    let none = DomainChange {
        without: Some("salt".to_owned()),
        ..DomainChange::default()
    };
    assert_eq!(with(&none), None);
    assert_eq!(with(&chain("x")), None);
    let separator = separator_with(&original, &chain("137")).expect("a separator");
    assert_eq!(
        Some(digest_of(&separator, whole.struct_hash.as_ref())),
        with(&chain("137"))
    );
}

#[test]
fn what_is_not_signed_is_told() {
    let text = MAIL
        .replace(
            "\"contents\":\"Hello, Bob!\"",
            "\"contents\":\"x\",\"a/b\":{\"c\":1}",
        )
        .replace("\"domain\":{", "\"account\":null,\"domain\":{\"salt\":\"0x\",")
        .replace("\"name\":\"Cow\",", "\"name\":\"Cow\",\"wallets\":[],");
    let data = hash(&node(&text)).expect("hashed");
    assert_eq!(
        data.unsigned,
        [
            "/domain/salt",
            "/message/from/wallets",
            "/message/a~1b",
            "/account"
        ]
    );
    // ethers and eth-account take the domain's own members: a salt of no bytes is none.
    assert!(data.readings.is_empty(), "{:?}", data.readings);
}

#[test]
fn remarks_on_what_is_well_formed() {
    let types = r#""M":[{"name":"a","type":"address"},{"name":"n","type":"uint64"}]"#;
    let message = r#"{"a":"0xCD2A3d9F938E13CD947Ec05AbC7FE734Df8DD826","n":9007199254740993}"#;
    let data = hash(&node(&document(types, message))).expect("hashed");
    let codes: Vec<(&str, &str)> = data
        .remarks
        .iter()
        .map(|remark| (remark.code, remark.pointer.as_str()))
        .collect();
    assert_eq!(
        codes,
        [
            ("address-checksum", "/message/a"),
            ("unsafe-number", "/message/n")
        ]
    );
    let rounded: Vec<&str> = data.readings.iter().map(|reading| reading.convention).collect();
    assert_eq!(rounded, ["eth-sign-typed-data-v4", "eth-sign-typed-data-v3"]);
}

#[test]
fn an_error_names_who_hashes_it_nevertheless() {
    let types = r#""M":[{"name":"p","type":"P"}],"P":[]"#;
    let found = error(&document(types, r#"{"p":null}"#));
    assert_eq!(
        (found.code, found.pointer.as_deref()),
        ("null-value", Some("/message/p"))
    );
    assert!(found.message.contains("eth_signTypedData_v4"), "{found}");
    assert!(found.message.contains("eth-account"), "{found}");
    assert!(!found.message.contains("ethers"), "{found}");
    let found = error(&document(r#""M":[{"name":"p","type":"P"}]"#, r#"{"p":5}"#));
    assert_eq!(
        (found.code, found.pointer.as_deref()),
        ("unknown-type", Some("/types/M/0/type"))
    );
    assert!(found.offset.is_some());
}

#[test]
fn types_that_nothing_uses_are_no_part_of_the_hash() {
    let plain = document(r#""M":[]"#, "{}");
    let more = document(r#""M":[],"N":[{"name":"x"}],"uint8":[],"a b":7"#, "{}");
    let digest = |text: &str| hash(&node(text)).map(|data| data.digest);
    assert_eq!(digest(&more), digest(&plain));
    for (types, code) in [
        (
            r#""M":[{"name":"x","type":"N"}],"N":[{"name":"x"}]"#,
            "missing-member",
        ),
        (r#""M":[{"name":"x","type":"N"}],"N":7"#, "wrong-kind"),
        (r#""M":[{"name":"x y","type":"bool"}]"#, "bad-name"),
        (r#""M":[{"name":"x,bool y","type":"bool"}]"#, "bad-name"),
        (r#""M":[{"name":"","type":"bool"}]"#, "bad-name"),
        (r#""M":[{"name":"x","type":"a b"}],"a b":[]"#, "bad-name"),
    ] {
        assert_eq!(error(&document(types, r#"{"x":{}}"#)).code, code, "{types}");
    }
    let text = document(r#""M":[{"name":"x","type":"uint8[]"}],"uint8":[]"#, r#"{"x":[]}"#);
    assert_eq!(error(&text).code, "shadowed-type");
    let shadow = r#"{"types":{"uint8":[]},"primaryType":"uint8","domain":{},"message":{}}"#;
    assert_eq!(error(shadow).code, "shadowed-type");
}

/// Each type has two of the next: 2^40 if they were written out.
#[test]
fn types_that_would_grow_without_end_are_counted() {
    let types: Vec<String> = (0..40)
        .map(|index| {
            let next = format!("T{}[]", index + 1);
            let kind = if index == 39 { "bool" } else { next.as_str() };
            format!(r#""T{index}":[{{"name":"a","type":"{kind}"}},{{"name":"b","type":"{kind}"}}]"#)
        })
        .collect();
    let types = format!(r#""M":[{{"name":"a","type":"T0[]"}}],{}"#, types.join(","));
    let data = hash(&node(&document(&types, r#"{"a":[{"a":[],"b":[]}]}"#))).expect("hashed");
    if cfg!(feature = "cross-check") {
        assert!(
            matches!(data.second, SecondHash::NotEvaluated(_)),
            "{:?}",
            data.second
        );
    }
    let huge = document(
        r#""M":[{"name":"a","type":"uint8[4294967295][]"}]"#,
        r#"{"a":[]}"#,
    );
    assert!(hash(&node(&huge)).is_ok());
}

#[test]
fn too_much_is_refused() {
    let many: Vec<String> = (0..2000).map(|index| format!(r#""T{index}":[]"#)).collect();
    let text = document(&format!(r#""M":[],{}"#, many.join(",")), "{}");
    assert_eq!(error(&text).code, "too-large");
    let members: Vec<String> = (0..9000)
        .map(|index| format!(r#"{{"name":"m{index}","type":"bool"}}"#))
        .collect();
    let text = document(&format!(r#""M":[{}]"#, members.join(",")), "{}");
    assert_eq!(error(&text).code, "too-large");
    // Brackets without end, and a value that goes deeper than any JSON text may.
    let text = document(
        &format!(r#""M":[{{"name":"x","type":"bool{}"}}]"#, "[]".repeat(17)),
        r#"{"x":[]}"#,
    );
    assert_eq!(error(&text).code, "bad-type");
    let mut value = node("[]");
    for _ in 0..200 {
        value = Node {
            span: 0..0,
            value: Value::Object(vec![crate::json::Member {
                key: "x".to_owned(),
                key_span: 0..0,
                value: Node {
                    span: 0..0,
                    value: Value::Array(vec![value]),
                },
            }]),
        };
    }
    let mut deep = node(&document(r#""M":[{"name":"x","type":"M[]"}]"#, "{}"));
    for member in deep.members_mut().expect("an object") {
        if member.key == "message" {
            member.value = value.clone();
        }
    }
    assert_eq!(hash(&deep).expect_err("deep").code, "too-deep");
    assert!(readings(&deep).is_empty());
    // Every type refers to every other: each of their texts is all of them.
    let all: Vec<String> = (0..85)
        .map(|index| format!(r#"{{"name":"{}{index}","type":"T{index}[]"}}"#, "n".repeat(150)))
        .collect();
    let types: Vec<String> = (0..85)
        .map(|index| format!(r#""T{index}":[{}]"#, all.join(",")))
        .collect();
    let text = document(&format!(r#""M":[{}],{}"#, all.join(","), types.join(",")), "{}");
    assert_eq!(error(&text).code, "too-large");
}

/// What alloy does otherwise, so that a new version of it is noticed.
#[cfg(feature = "cross-check")]
#[test]
fn where_alloy_differs() {
    use alloy_dyn_abi::TypedData as Alloy;

    let digest = |text: &str| {
        serde_json::from_str::<Alloy>(text)
            .ok()?
            .eip712_signing_hash()
            .ok()
            .map(|digest| digest.0)
    };
    assert_eq!(digest(MAIL), hash(&node(MAIL)).ok().map(|data| data.digest));
    let one = |kind: &str, value: &str| {
        document(
            &format!(r#""M":[{{"name":"x","type":"{kind}"}}]"#),
            &format!(r#"{{"x":{value}}}"#),
        )
    };
    // Bytes without `0x` are hexadecimal to it, and text to others; so are arrays of numbers, and "true".
    for (kind, value) in [
        ("bytes", r#""deadbeef""#),
        ("bytes", "[1,2]"),
        ("bool", r#""true""#),
        ("uint", "5"),
        ("uint256", r#""""#),
        ("address", r#""cd2a3d9f938e13cd947ec05abc7fe734df8dd826""#),
    ] {
        let text = one(kind, value);
        assert!(digest(&text).is_some(), "{text}");
        assert!(hash(&node(&text)).is_err(), "{text}");
    }
    // It ignores types.EIP712Domain.
    let listed = MAIL.replace(r#"{"name":"version","type":"string"},"#, "");
    assert_ne!(digest(&listed), hash(&node(&listed)).ok().map(|data| data.digest));
    // It sorts "A$(" before "A(".
    let dollar = document(
        r#""M":[{"name":"a","type":"A"},{"name":"b","type":"A$"}],"A":[],"A$":[]"#,
        r#"{"a":{},"b":{}}"#,
    );
    assert!(digest(&dollar).is_some());
    assert_ne!(digest(&dollar), hash(&node(&dollar)).ok().map(|data| data.digest));
}
