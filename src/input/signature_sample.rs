//! A signature with what was signed, as a JSON object: a line of a batch, or what wallets and libraries print of a signed
//! message (`{address, msg, sig}` of `MyCrypto` and Etherscan, `{message, signature}` of web3.js).
//!
//! Many programs write a "message" and a "signature" that no secp256k1 key made: logs, webhooks, commits, tokens, other
//! chains. So the members must have the forms of one of ours, or a broken one must name a signer or a scheme of ours.

use super::{Format, Probe, Reader};
use crate::address::{self, ClaimError};
use crate::encoding::{base64, hex};
use crate::evidence::{Data, SampleExport};
use crate::hyperlane::request;
use crate::json::{Member, Node, Value};
use crate::signature::encoding::read_node;
use crate::signature::message::scheme;
use crate::signature::request::{Request, RequestError, read_public_key};

/// The object.
pub(super) struct SignatureSample;

/// What was signed, by the names that a batch has.
const SIGNED: &[&str] = &["digest", "message", "message_hex", "typed_data"];

/// Names of the member that says with which algorithm a signature was made.
const ALGORITHM: &[&str] = &[
    "alg",
    "algorithm",
    "signatureAlgorithm",
    "signature_algorithm",
    "keyType",
    "key_type",
];

/// Names of the member with the key.
const KEY: &[&str] = &["public_key", "publicKey", "pubkey", "pubKey", "pub_key"];

/// Characters of the longest text that is meant to be one signature of a secp256k1 key: DER in hexadecimal digits.
const LONGEST: usize = 160;

/// Digits of the shortest transaction that can be meant.
const LEAST_TRANSACTION: usize = 160;

impl Format for SignatureSample {
    fn id(&self) -> &'static str {
        "signature-sample"
    }

    fn title(&self) -> &'static str {
        "a signature with what was signed"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.object().is_some_and(|object| {
            if is_of_wallet(object) {
                return is_meant(&renamed(object));
            }
            is_meant(object) || is_transaction(object) || is_file(object)
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let place = object
            .get_any(&["signature", "sig", "transaction", "checkpoint", "announcement"])
            .unwrap_or(object);
        let request = if is_of_wallet(object) {
            Request::parse(&renamed(object))
        } else {
            request::parse(object)
        };
        let request = match key_fault(object) {
            Some(fault) if is_of_foreign_key(object) => Err(fault),
            _ => request,
        };
        let data = SampleExport {
            request,
            span: probe.at(place),
        };
        reader.push(probe.at(object), Data::Sample(Box::new(data)));
    }
}

/// True for an object with a file of a Hyperlane validator beside who should have signed it.
fn is_file(object: &Node) -> bool {
    let file = object.get_any(&request::FILES);
    file.is_some_and(|file| file.has(&["signature", "value"]) && object.get("signature").is_none())
}

/// True for an object whose signature is meant to be that of a secp256k1 key.
fn is_meant(object: &Node) -> bool {
    let (Some(signature), Some(signed)) = (object.get("signature"), object.get_any(SIGNED)) else {
        return false;
    };
    if is_named_scheme(object) {
        return signature.as_str().is_some() || signature.has(&["r", "s"]);
    }
    // Read as a sample, so that its key is not taken for one that AWS KMS exported; and not evaluated.
    if is_of_foreign_key(object) {
        return true;
    }
    if is_of_another_kind(object) {
        return false;
    }
    let names_signer = match (object.get("address"), object.get_any(KEY)) {
        (Some(address), _) if address.value != Value::Null => {
            // An address of another chain says that the signature is one of its own.
            if !address.as_str().is_some_and(is_address) {
                return false;
            }
            true
        }
        (_, Some(key)) => key
            .as_str()
            .is_some_and(|text| read_public_key(text.trim()).is_ok()),
        _ => false,
    };
    if names_signer || object.has(&["message_hex"]) {
        return could_be(signature);
    }
    let is_signed = match object.get("digest") {
        Some(digest) => digest.as_str().is_some_and(is_digest),
        None => signed.as_str().is_some() || signed.is_object() && object.has(&["typed_data"]),
    };
    is_signed && (read_node(signature).is_ok() || is_of_ethereum(signature))
}

/// True for a transaction without a signature beside it.
fn is_transaction(object: &Node) -> bool {
    object.get("signature").is_none()
        && object.str_of("transaction").is_some_and(|text| {
            text.starts_with("0x") && (text.len() >= LEAST_TRANSACTION || is_named_scheme(object))
        })
}

/// True where the object names a scheme of a batch: it was written for this program.
fn is_named_scheme(object: &Node) -> bool {
    object.str_of("scheme").is_some_and(|name| scheme(name).is_some())
}

/// True for what says by itself that another algorithm made it: a name, a key, or an address of Bitcoin, whose message
/// signatures have a form of their own.
fn is_of_another_kind(object: &Node) -> bool {
    let is_named = ALGORITHM
        .iter()
        .filter_map(|name| object.str_of(name))
        .any(|name| !is_own_algorithm(name));
    // 32 bytes are a key of Ed25519, or x alone.
    let has_key = key_fault(object).is_some_and(|error| error.code == "private-key");
    let is_of_bitcoin = object
        .str_of("address")
        .is_some_and(|text| text.starts_with("bc1") || text.starts_with('1') || text.starts_with('3'));
    is_named || has_key || is_of_bitcoin
}

/// What is wrong with the key, if anything is.
fn key_fault(object: &Node) -> Option<RequestError> {
    let text = object.get_any(KEY)?.as_str()?;
    read_public_key(text.trim()).err()
}

/// True where the key is a well-formed one of another algorithm or curve.
fn is_of_foreign_key(object: &Node) -> bool {
    key_fault(object).is_some_and(|error| matches!(error.code, "wrong-algorithm" | "wrong-curve"))
}

/// True for the names of ECDSA with secp256k1, and those that leave the curve open.
fn is_own_algorithm(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|char| char.to_ascii_lowercase())
        .collect();
    name.contains("k1")
        || name.contains("p256k")
        || [
            "es256k",
            "ecdsa",
            "ecdsasha256",
            "eth",
            "ethereum",
            "eip191",
            "eip712",
            "personalsign",
        ]
        .contains(&name.as_str())
}

/// True for the text of an address of ours, be it mistyped.
fn is_address(text: &str) -> bool {
    let text = text.trim();
    match address::parse_claim(text, &address::Options::new()) {
        Ok(_) | Err(ClaimError::WrongChecksum { .. }) => true,
        Err(_) => text.starts_with("0x") && (40..=44).contains(&text.len()),
    }
}

/// True for the digits of a digest, though a few may be missing.
fn is_digest(text: &str) -> bool {
    let digits = text.trim();
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    (60..=68).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// True for what may be a signature of one key, though it be broken.
fn could_be(signature: &Node) -> bool {
    read_node(signature).is_ok()
        || signature.has(&["r", "s"])
        || signature.has(&["Signature"])
        || matches!(signature.value, Value::Bytes(_))
        || signature.as_str().is_some_and(|text| {
            let text = text.trim();
            text.len() <= LONGEST && !text.contains(char::is_whitespace)
        })
}

/// True for the digits of 64 to 66 bytes behind `0x`, and for DER of a signature's length: a broken one of these is still
/// meant to be a signature of a secp256k1 key.
fn is_of_ethereum(signature: &Node) -> bool {
    let Some(text) = signature.as_str().map(str::trim) else {
        return signature.has(&["r", "s", "v"]);
    };
    if let Some(digits) = text.strip_prefix("0x")
        && (127..=133).contains(&digits.len())
    {
        return digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let bytes = hex::decode(text.as_bytes())
        .map(|decoded| decoded.bytes)
        .ok()
        .or_else(|| base64::decode(text.as_bytes()).ok());
    bytes.is_some_and(|bytes| {
        (66..=74).contains(&bytes.len()) && matches!(bytes.as_slice(), [0x30, 0x40..=0x4a, 0x02, ..])
    })
}

/// True for `{address, msg, sig}`.
fn is_of_wallet(object: &Node) -> bool {
    ["address", "msg", "sig"]
        .iter()
        .all(|name| object.str_of(name).is_some())
}

/// The same with the names that a batch has.
fn renamed(object: &Node) -> Node {
    let members = object
        .members()
        .iter()
        .filter(|member| member.key != "version" && member.key != "signer")
        .map(|member| Member {
            key: match member.key.as_str() {
                "msg" => "message".to_owned(),
                "sig" => "signature".to_owned(),
                other => other.to_owned(),
            },
            ..member.clone()
        })
        .collect();
    Node {
        span: object.span.clone(),
        value: Value::Object(members),
    }
}
