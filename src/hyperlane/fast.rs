//! The short way to a checkpoint that is written as the agents write it; anything else takes the long way, which says what
//! is wrong. What this one reads, the long one reads the same: a test holds them together.

use serde::Deserialize;

use super::checkpoint::Checkpoint;
use super::envelope::{Envelope, RawSignature, Remark, Remarks};
use super::fields::scalar_digits;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record<'t> {
    #[serde(borrow)]
    value: Value<'t>,
    signature: Signature<'t>,
    serialized_signature: &'t str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Value<'t> {
    #[serde(borrow)]
    checkpoint: Inner<'t>,
    message_id: &'t str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner<'t> {
    merkle_tree_hook_address: &'t str,
    mailbox_domain: u32,
    root: &'t str,
    index: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature<'t> {
    r: &'t str,
    s: &'t str,
    v: u64,
}

/// The bytes of exactly so many digits after `0x`.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.strip_prefix("0x")?.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(bytes)
}

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(byte.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

/// r or s: mostly of full width.
fn scalar(text: &str) -> Option<[u8; 32]> {
    bytes(text).or_else(|| scalar_digits(text).ok())
}

/// A checkpoint with a message id in the layout of version 3, whole and without anything else.
pub(super) fn checkpoint(text: &str) -> Option<Envelope<Checkpoint>> {
    let record: Record<'_> = serde_json::from_str(text).ok()?;
    let inner = &record.value.checkpoint;
    let value = Checkpoint {
        domain: inner.mailbox_domain,
        contract: bytes(inner.merkle_tree_hook_address)?,
        root: bytes(inner.root)?,
        index: inner.index,
        message_id: Some(bytes(record.value.message_id)?),
    };
    let signature = RawSignature {
        r: scalar(record.signature.r)?,
        s: scalar(record.signature.s)?,
        v: record.signature.v,
    };
    let mut remarks = Remarks::default();
    remarks.extend(signature.remarks());
    if bytes(record.serialized_signature) != Some(signature.serialized()) {
        // Perhaps only written in another way.
        return None;
    }
    debug_assert!(!remarks.has(Remark::SerializedDiffers));
    Some(Envelope {
        value,
        signature,
        remarks,
    })
}
