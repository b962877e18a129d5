//! What a file may stand for that was signed.

use crate::encoding::{base64, hex};
use crate::json::{self, Node};
use crate::signature::message::{self, Material, eip712, transaction};

/// The digests that a file may stand for, each with the id of its scheme.
pub(super) fn digests_of(bytes: &[u8]) -> Vec<(&'static str, [u8; 32])> {
    let mut made = Vec::new();
    let trimmed = bytes.trim_ascii();
    if let Ok(digest) = <[u8; 32]>::try_from(bytes) {
        made.push(("digest", digest));
    }
    for decoded in [
        hex::decode(trimmed).ok().map(|decoded| decoded.bytes),
        base64::decode(trimmed).ok(),
    ]
    .into_iter()
    .flatten()
    {
        if let Ok(digest) = <[u8; 32]>::try_from(decoded.as_slice()) {
            made.push(("digest", digest));
        }
        if let Some(digest) = transaction::signing_payload(&decoded) {
            made.push(("transaction", digest));
        }
    }
    if let Some(digest) = transaction::signing_payload(bytes) {
        made.push(("transaction", digest));
    }
    if trimmed.starts_with(b"{")
        && let Ok(text) = std::str::from_utf8(trimmed)
        && let Ok(document) = json::parse(text, &json::Limits::default())
    {
        if let Ok(hashed) = eip712::hash(&document) {
            made.push(("eip712", hashed.digest));
        }
        made.extend(members(&document));
    }
    let bare = bytes
        .strip_suffix(b"\n")
        .map(|rest| rest.strip_suffix(b"\r").unwrap_or(rest));
    for text in std::iter::once(bytes).chain(bare) {
        made.extend(hashes(text));
    }
    made
}

/// The digests that the members of an object say: those of a line of a batch without its signature, and the input of
/// `aws kms sign` (`Message`, base64).
fn members(object: &Node) -> Vec<(&'static str, [u8; 32])> {
    let mut made = Vec::new();
    let digits = |name: &str| {
        let text = object.str_of(name)?.trim();
        Some(hex::decode(text.as_bytes()).ok()?.bytes)
    };
    let base64_of = |name: &str| base64::decode(object.str_of(name)?.trim().as_bytes()).ok();
    let given = [digits("digest"), base64_of("digest"), base64_of("Message")];
    for bytes in given.into_iter().flatten() {
        made.extend(<[u8; 32]>::try_from(bytes).map(|digest| ("digest", digest)));
    }
    let text = object.str_of("message").map(|text| text.as_bytes().to_vec());
    for bytes in [text, digits("message_hex"), base64_of("Message")]
        .into_iter()
        .flatten()
    {
        made.extend(hashes(&bytes));
    }
    if let Some(Ok(hashed)) = object.get("typed_data").map(eip712::hash) {
        made.push(("eip712", hashed.digest));
    }
    made
}

/// The digests of bytes as a message.
fn hashes(bytes: &[u8]) -> Vec<(&'static str, [u8; 32])> {
    ["eip191", "keccak", "sha256"]
        .into_iter()
        .filter_map(|id| Some((id, message::scheme(id)?.digest(&Material::Bytes(bytes)).ok()?)))
        .collect()
}
