//! What a file that no format knows probably is.

use super::{Probe, cli_get_key_policy};
use crate::policy::{Document, Kind};

/// Magic bytes of files that land in evidence folders, and what to do with them.
const MAGIC: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF document: export the data as JSON instead"),
    (b"\x89PNG", "a picture: export the data as JSON instead"),
    (b"\xff\xd8\xff", "a picture: export the data as JSON instead"),
    (
        b"PK\x03\x04",
        "an archive inside an archive, or an office document: unpack it first",
    ),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"\0\0\0\x01Bud1", "a macOS folder file"),
    (b"7z\xbc\xaf", "a 7-Zip archive: unpack it first"),
];

/// Words that only the evidence of this tool has: a text with one of them is meant to be read.
const TELLING: &[&str] = &[
    "KeyMetadata",
    "PublicKey",
    "PolicyNames",
    "GrantId",
    "AliasName",
    "TagKey",
    "KeyArn",
    "\"Statement\"",
    "Statement:",
    "AWS::KMS::",
    "<Buffer ",
];

/// True for a text that is meant to be read, so that a fault in it must be told.
pub(super) fn is_telling(text: &str) -> bool {
    TELLING.iter().any(|word| text.contains(word))
}

/// The reason why a file is not recognised, with the nearest guess.
pub(super) fn reason(probe: &Probe) -> String {
    if probe.bytes.is_empty() {
        return "the file is empty".to_owned();
    }
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| probe.bytes.starts_with(magic)) {
        return (*what).to_owned();
    }
    if let Some(object) = probe.object() {
        return json_reason(probe, object);
    }
    let Some(text) = probe.text() else {
        return match (probe.bytes.first(), probe.bytes.len()) {
            (Some(2..=4), 33 | 65) => {
                "perhaps a bare SEC 1 point: give the SPKI that aws kms get-public-key exports".to_owned()
            }
            _ => "binary data of no known form".to_owned(),
        };
    };
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return "nothing but white space".to_owned();
    }
    let hex = trimmed.strip_prefix("0x").unwrap_or(trimmed);
    if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return match hex.len() {
            66 | 128 | 130 => {
                "perhaps a bare SEC 1 point: give the SPKI that aws kms get-public-key exports".to_owned()
            }
            40 => "an address: claims are read from CSV, JSON or TOML with a column \"address\"".to_owned(),
            64 => {
                "32 bytes of hex, which could be a private key: it is not read. Remove it from the evidence"
                    .to_owned()
            }
            _ => "hex digits that are no SPKI".to_owned(),
        };
    }
    if text.contains("ssh-") || text.contains("ecdsa-sha2-") {
        return "an SSH key: export the key with aws kms get-public-key".to_owned();
    }
    if holds_addresses(text) {
        return ADDRESSES.to_owned();
    }
    "text of no known form".to_owned()
}

const ADDRESSES: &str = "it holds addresses, but not as claims: those are CSV with a header line (address,role,chain,key,source), \
     JSON objects or TOML tables with these names";

/// True if something that looks like an EVM address stands in the text.
fn holds_addresses(text: &str) -> bool {
    text.split("0x").skip(1).any(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        digits == 40
    })
}

fn json_reason(probe: &Probe, object: &crate::json::Node) -> String {
    if Document::looks_like(object) {
        let (kind, why) = Kind::of(&Document::read(object));
        return not_a_key_policy(kind, why);
    }
    if let Some((kind, why)) = cli_get_key_policy::inner_kind(probe) {
        return not_a_key_policy(kind, why);
    }
    let says = |keys: &[&str]| keys.iter().any(|key| object.get(key).is_some());
    let value = object.get("value").or_else(|| object.get("checkpoint"));
    if says(&["PolicyDocument", "PolicyVersion"]) {
        return "an IAM policy: this version reads get-account-authorization-details only".to_owned();
    }
    if value.is_some_and(|value| value.get_any(&["checkpoint", "root", "message_id"]).is_some()) {
        return "a Hyperlane checkpoint: this version does not read checkpoints".to_owned();
    }
    if says(&["AccessKey", "Credentials"]) {
        return "AWS credentials: they are not read. Remove them from the evidence and revoke them"
            .to_owned();
    }
    if says(&["ImportToken"]) {
        return "the wrapping key of get-parameters-for-import, not a key of the owner's".to_owned();
    }
    if probe.text().is_some_and(holds_addresses) {
        return ADDRESSES.to_owned();
    }
    let keys: Vec<String> = object
        .members()
        .iter()
        .take(4)
        .map(|member| format!("\"{}\"", member.key))
        .collect();
    if keys.is_empty() {
        return "an empty JSON object".to_owned();
    }
    format!("JSON of no known form, with {}", keys.join(", "))
}

fn not_a_key_policy(kind: Kind, why: &str) -> String {
    match kind {
        Kind::Key => "a key policy inside something else".to_owned(),
        Kind::Endpoint => format!(
            "{}, not a key policy ({why}); if it is the key's own policy, name it with --input-format key-policy",
            kind.title()
        ),
        _ => format!("{}, not a key policy: {why}", kind.title()),
    }
}
