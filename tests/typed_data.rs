//! `testdata/typed-data.json`: documents of EIP-712 as eth-account, eth-sig-util, ethers and viem hash them.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests may fail as tests do"
)]

use std::collections::BTreeMap;
use std::path::Path;

use kms_audit::encoding::hex;
use kms_audit::json::{Limits, Node, parse};
use kms_audit::signature::message::{SecondHash, eip712};
use proptest::prelude::*;
use serde::Deserialize;

#[path = "../fuzz/bodies/typed_data.rs"]
mod fuzz;

#[derive(Deserialize)]
struct Case {
    name: String,
    document: String,
    digest: Option<String>,
    domain_separator: Option<String>,
    struct_hash: Option<String>,
    code: Option<String>,
    pointer: Option<String>,
    programs: BTreeMap<String, Option<String>>,
}

fn cases() -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/typed-data.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn document(case: &Case) -> Node {
    parse(&case.document, &Limits::default()).expect("JSON")
}

fn text(digest: &[u8; 32]) -> String {
    format!("0x{}", hex::encode(digest))
}

#[test]
fn every_document_has_its_digest_or_its_error() {
    let mut wrong = Vec::new();
    for case in cases() {
        match eip712::hash(&document(&case)) {
            Ok(data) => {
                let found = Some(text(&data.digest));
                if case.digest != found {
                    wrong.push(format!(
                        "{}: {found:?}, not {:?}",
                        case.name,
                        case.digest.or(case.code)
                    ));
                    continue;
                }
                if let Some(separator) = &case.domain_separator {
                    assert_eq!(separator, &text(&data.domain_separator), "{}", case.name);
                    assert_eq!(
                        case.struct_hash,
                        data.struct_hash.as_ref().map(text),
                        "{}",
                        case.name
                    );
                }
                for reading in &data.readings {
                    assert_ne!(reading.digest, data.digest, "{}", case.name);
                }
                assert_eq!(
                    eip712::digest_of(&data.domain_separator, data.struct_hash.as_ref()),
                    data.digest
                );
            }
            Err(error) => {
                assert!(
                    eip712::CODES.contains(&error.code),
                    "{}: unknown code {error:?}",
                    case.name
                );
                let offset = error.offset.expect("a place");
                assert!(offset <= case.document.len(), "{}", case.name);
                if (Some(error.code), error.pointer.as_deref())
                    != (case.code.as_deref(), case.pointer.as_deref())
                {
                    wrong.push(format!(
                        "{}: {error:?}, not {:?} at {:?}",
                        case.name,
                        case.code.or(case.digest),
                        case.pointer
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What programs make of values that nobody means: kms-audit has no reading of these.
const NO_READING: &[(&str, &[&str])] = &[
    (
        "domain with an array",
        &["eth-sign-typed-data-v4", "ethers-v5", "viem"],
    ),
    ("refused: uint256 [1]", &["ethers-v5", "viem"]),
    ("refused: bytes \"0xzz\"", &["viem"]),
    ("refused: bytes4 \"abcd\"", &["viem"]),
    (
        "refused: address \"vitalik.eth\"",
        &["eth-sign-typed-data-v3", "eth-sign-typed-data-v4"],
    ),
    (
        "refused type: 'bytes0'",
        &["eth-sign-typed-data-v3", "eth-sign-typed-data-v4"],
    ),
    (
        "refused type: 'bytes33'",
        &["eth-sign-typed-data-v3", "eth-sign-typed-data-v4"],
    ),
    (
        "refused type: 'uint08'",
        &["eth-sign-typed-data-v3", "eth-sign-typed-data-v4"],
    ),
    ("a struct that is no object", &["eth-sign-typed-data-v3"]),
];

#[test]
fn every_reading_is_what_the_program_makes() {
    let mut wrong = Vec::new();
    for case in cases() {
        let document = document(&case);
        let strict = eip712::hash(&document).ok().map(|data| text(&data.digest));
        let readings: BTreeMap<String, String> = eip712::readings(&document)
            .into_iter()
            .map(|reading| (reading.convention.to_owned(), text(&reading.digest)))
            .collect();
        for (program, expected) in &case.programs {
            let expected = expected.as_ref().filter(|digest| strict.as_ref() != Some(digest));
            let found = readings.get(program);
            let unread = NO_READING
                .iter()
                .any(|(name, programs)| *name == case.name && programs.contains(&program.as_str()));
            if unread {
                assert!(found.is_none() && expected.is_some(), "{}: {program}", case.name);
            } else if found != expected {
                wrong.push(format!(
                    "{}: {program}: {found:?}, not {expected:?} {}",
                    case.name,
                    case.document
                        .get(case.document.find("primaryType").unwrap_or(0)..)
                        .unwrap_or("")
                ));
            }
        }
        assert!(readings.keys().all(|name| case.programs.contains_key(name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_second_hash_agrees_or_says_why_not() {
    let mut reasons = BTreeMap::new();
    let mut agreed = 0;
    for case in cases() {
        match eip712::hash(&document(&case)).map(|data| data.second) {
            Ok(SecondHash::Agrees) => agreed += 1,
            Ok(SecondHash::NotEvaluated(reason)) => {
                reasons.entry(reason).or_insert_with(Vec::new).push(case.name);
            }
            Err(error) => assert_ne!(error.code, "hash-disagreement", "{}: {error}", case.name),
        }
    }
    if cfg!(feature = "cross-check") {
        assert!(agreed >= 60, "{agreed}: {reasons:#?}");
        assert!(reasons.len() >= 3, "{reasons:#?}");
    } else {
        assert_eq!(agreed, 0);
    }
}

/// Random bytes, spent on choices; zeros when they are gone.
struct Choices(std::vec::IntoIter<u8>);

impl Choices {
    fn below(&mut self, end: usize) -> usize {
        usize::from(self.0.next().unwrap_or(0)) % end
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.0.next().unwrap_or(0)).collect()
    }

    /// A type; the structs that it may refer to come later, so that there is no cycle.
    fn type_of(&mut self, next: usize, count: usize) -> String {
        let width = 8 * (1 + self.below(32));
        let base = match self.below(9) {
            0 => "bool".to_owned(),
            1 => "address".to_owned(),
            2 => "string".to_owned(),
            3 => "bytes".to_owned(),
            4 => format!("bytes{}", width / 8),
            5 => format!("int{width}"),
            6 => format!("uint{width}"),
            _ if next < count => format!("S{}", next + self.below(count - next)),
            _ => "uint256".to_owned(),
        };
        match self.below(6) {
            0 => format!("{base}[]"),
            1 => format!("{base}[2]"),
            2 => format!("{base}[][1]"),
            3 => format!("{base}[2][]"),
            _ => base,
        }
    }

    fn value(&mut self, types: &[Vec<String>], name: &str) -> serde_json::Value {
        if let Some((inner, length)) = name.strip_suffix(']').and_then(|name| name.rsplit_once('[')) {
            let length = length.parse().unwrap_or_else(|_| self.below(3));
            return (0..length).map(|_| self.value(types, inner)).collect();
        }
        let hex = |bytes: Vec<u8>| format!("0x{}", hex::encode(&bytes)).into();
        if let Some(index) = name
            .strip_prefix('S')
            .and_then(|index| index.parse::<usize>().ok())
        {
            let fields = types.get(index).expect("a struct");
            return fields
                .iter()
                .enumerate()
                .map(|(at, field)| (format!("m{at}"), self.value(types, field)))
                .collect();
        }
        match name {
            "bool" => (self.below(2) == 1).into(),
            "address" => hex(self.bytes(20)),
            "string" => String::from_utf8_lossy(&self.bytes(7)).into_owned().into(),
            "bytes" => {
                let length = self.below(70);
                hex(self.bytes(length))
            }
            _ => {
                if let Some(length) = name.strip_prefix("bytes") {
                    return hex(self.bytes(length.parse().expect("a length")));
                }
                let (signed, bits) = match name.strip_prefix("uint") {
                    Some(bits) => (false, bits),
                    None => (true, name.strip_prefix("int").expect("an integer")),
                };
                let bytes = bits.parse::<usize>().expect("bits") / 8;
                if signed {
                    // A magnitude of one bit less, below zero or not.
                    let sign = ["-", ""].get(self.below(2)).copied().unwrap_or_default();
                    let mut magnitude = self.bytes(bytes);
                    if let Some(first) = magnitude.first_mut() {
                        *first &= 0x7f;
                    }
                    let value = decimal(&magnitude);
                    return if value == "0" {
                        value.into()
                    } else {
                        format!("{sign}{value}").into()
                    };
                }
                let bytes = self.bytes(bytes);
                if self.below(2) == 0 {
                    hex(bytes)
                } else {
                    decimal(&bytes).into()
                }
            }
        }
    }
}

/// Decimal digits of big-endian bytes, by schoolbook division.
fn decimal(bytes: &[u8]) -> String {
    let mut digits = vec![0_u32];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += *digit * 256;
            *digit = carry % 10;
            carry /= 10;
        }
        while carry > 0 {
            digits.push(carry % 10);
            carry /= 10;
        }
    }
    let text: String = digits.iter().rev().map(u32::to_string).collect();
    match text.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}

proptest! {
    #[test]
    fn random_documents_have_one_digest(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let mut choices = Choices(bytes.into_iter());
        let count = 1 + choices.below(5);
        let types: Vec<Vec<String>> = (0..count)
            .map(|index| (0..choices.below(5)).map(|_| choices.type_of(index + 1, count)).collect())
            .collect();
        let definitions: serde_json::Map<String, serde_json::Value> = types
            .iter()
            .enumerate()
            .map(|(index, fields)| {
                let fields = fields
                    .iter()
                    .enumerate()
                    .map(|(at, field)| serde_json::json!({"name": format!("m{at}"), "type": field}))
                    .collect();
                (format!("S{index}"), serde_json::Value::Array(fields))
            })
            .collect();
        let mut domain = serde_json::Map::new();
        for (name, value) in [
            ("name", serde_json::json!("n")),
            ("version", serde_json::json!("\u{e9}")),
            ("chainId", serde_json::json!(137)),
            ("verifyingContract", serde_json::json!(format!("0x{}", hex::encode(&choices.bytes(20))))),
            ("salt", serde_json::json!(format!("0x{}", hex::encode(&choices.bytes(32))))),
        ] {
            if choices.below(2) == 0 {
                domain.insert(name.to_owned(), value);
            }
        }
        let message = choices.value(&types, "S0");
        let text = serde_json::json!({
            "types": definitions, "primaryType": "S0", "domain": domain, "message": message,
        })
        .to_string();
        let document = parse(&text, &Limits::default()).expect("JSON");
        match eip712::hash(&document) {
            Ok(data) => {
                if cfg!(feature = "cross-check") {
                    prop_assert_eq!(data.second, SecondHash::Agrees, "{}", text);
                }
                prop_assert!(data.unsigned.is_empty());
            }
            Err(error) => prop_assert!(false, "{error}: {text}"),
        }
    }

    /// Tokens of a document in each other's places: what nobody writes, one step from what is well formed.
    #[test]
    fn spoilt_documents_have_a_digest_or_an_error_with_a_place(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..4),
    ) {
        let cases = cases();
        let case = which.get(&cases);
        let mut tokens: Vec<&str> = Vec::new();
        let mut rest = case.document.as_str();
        while !rest.is_empty() {
            let quoted = rest.strip_prefix('"').and_then(|inner| inner.find('"')).map(|end| end + 2);
            let end = quoted.or_else(|| rest.char_indices().nth(1).map(|(at, _)| at)).unwrap_or(rest.len());
            let (token, after) = rest.split_at(end);
            tokens.push(token);
            rest = after;
        }
        let words = ["null", "true", "[]", "{}", "\"\"", "-1", "1e3", "\"0x\"", "\"M[]\"", "\"uint\"", "\"EIP712Domain\"", ""];
        for (at, with) in changes {
            let all: Vec<&str> = tokens.iter().copied().filter(|token| token.starts_with('"')).chain(words).collect();
            let word = *with.get(&all);
            let places: Vec<usize> = (0..tokens.len())
                .filter(|place| tokens.get(*place).is_some_and(|token| token.len() > 1 || "0123456789".contains(token)))
                .collect();
            if !places.is_empty() && let Some(token) = tokens.get_mut(*at.get(&places)) {
                *token = word;
            }
        }
        fuzz::body(tokens.concat().as_bytes());
    }
}
