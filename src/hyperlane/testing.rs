//! What tests sign with: preimages put together from their bytes, another Keccak, keys of one byte.

#![allow(clippy::panic, reason = "tests")]

use k256::ecdsa::SigningKey;
use tiny_keccak::{Hasher as _, Keccak};

use crate::address::EvmAddress;
use crate::encoding::hex;
use crate::key::PublicKey;

pub(super) fn keccak(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Keccak::v256();
    for part in parts {
        hash.update(part);
    }
    let mut out = [0; 32];
    hash.finalize(&mut out);
    out
}

pub(super) fn eip191(hash: &[u8; 32]) -> [u8; 32] {
    keccak(&[b"\x19", b"Ethereum Signed Message:\n", b"32", hash])
}

fn key(secret: u8) -> SigningKey {
    let mut bytes = [0; 32];
    bytes[31] = secret;
    SigningKey::from_slice(&bytes).unwrap()
}

pub(super) fn address(secret: u8) -> EvmAddress {
    let point = key(secret).verifying_key().to_sec1_point(false);
    EvmAddress::of(&PublicKey::from_sec1(point.as_bytes(), false).unwrap())
}

/// r, s, and v as 27 or 28.
pub(super) fn sign(secret: u8, digest: &[u8; 32]) -> ([u8; 32], [u8; 32], u64) {
    let (signature, id) = key(secret).sign_prehash_recoverable(digest);
    let bytes: [u8; 64] = signature.to_bytes().into();
    (
        bytes[..32].try_into().unwrap(),
        bytes[32..].try_into().unwrap(),
        27 + u64::from(id.is_y_odd()),
    )
}

/// A number as the agents write it: leading zeros stripped.
pub(super) fn stripped(word: &[u8; 32]) -> String {
    let digits = hex::encode(word);
    let digits = digits.trim_start_matches('0');
    format!("0x{}", if digits.is_empty() { "0" } else { digits })
}

/// The members `signature` and `serialized_signature`.
pub(super) fn members(signature: &([u8; 32], [u8; 32], u64)) -> String {
    let (r, s, v) = signature;
    format!(
        r#""signature":{{"r":"{}","s":"{}","v":{v}}},"serialized_signature":"0x{}{}{v:02x}""#,
        stripped(r),
        stripped(s),
        hex::encode(r),
        hex::encode(s),
    )
}

/// A checkpoint as an agent writes it.
pub(super) fn checkpoint_json(
    domain: u32,
    hook: &[u8; 32],
    root: &[u8; 32],
    index: u32,
    id: &[u8; 32],
    signature: &([u8; 32], [u8; 32], u64),
) -> String {
    format!(
        r#"{{"value":{{"checkpoint":{{"merkle_tree_hook_address":"0x{}","mailbox_domain":{domain},"root":"0x{}","index":{index}}},"message_id":"0x{}"}},{}}}"#,
        hex::encode(hook),
        hex::encode(root),
        hex::encode(id),
        members(signature)
    )
}

/// The digest of a checkpoint, from its bytes.
pub(super) fn checkpoint_digest(
    domain: u32,
    hook: &[u8],
    root: &[u8; 32],
    index: u32,
    id: &[u8; 32],
) -> [u8; 32] {
    let domain_hash = keccak(&[&domain.to_be_bytes(), hook, b"HYPERLANE"]);
    eip191(&keccak(&[&domain_hash, root, &index.to_be_bytes(), id]))
}
