//! What goes over the network with a blob transaction, and is no part of it: blobs, commitments, proofs.
//!
//! Lengths, numbers and the hashes of the commitments are checked, because a transaction whose sidecar belongs to
//! another is a mistake worth telling. The proofs are not: that needs the trusted setup of KZG, and nobody signs them.

use sha2::{Digest as _, Sha256};

use super::fields::KZG;
use super::rlp::{self, Item};
use super::{Field, Sidecar};
use crate::signature::message::MessageError;

/// Bytes of a blob: 4096 field elements of 32 bytes (EIP-4844).
const BLOB: usize = 131_072;
/// Bytes of a commitment and of a proof (EIP-4844).
const POINT: usize = 48;
/// Proofs of a blob, one for each cell (EIP-7594, `CELLS_PER_EXT_BLOB`).
const CELLS: usize = 128;
/// The wrapper's version since EIP-7594.
const VERSION: u8 = 1;

/// Reads what follows the transaction in its wrapper.
pub(super) fn read(
    items: &[Item<'_>],
    hashes: &[[u8; 32]],
    fields: &mut Vec<Field>,
) -> Result<Sidecar, MessageError> {
    let (clause, version, names, parts): (_, _, [&str; 3], _) = match items {
        [version, rest @ ..] if items.len() == 4 => {
            let byte = rlp::string(*version, "wrapper_version")?;
            fields.push(Field::new("wrapper_version", byte));
            if byte.content() != [VERSION] {
                let message = "the version of the wrapper is not 1, the only one there is";
                return Err(MessageError::new("unknown-wrapper-version", "EIP-7594", message).at(byte.offset));
            }
            ("EIP-7594", VERSION, ["blobs", "commitments", "cell_proofs"], rest)
        }
        rest => ("EIP-4844", 0, ["blobs", "commitments", "proofs"], rest),
    };
    let [blobs, commitments, proofs] = parts else {
        // Counted before.
        return Err(count(clause, "the sidecar's lists", 3, parts.len(), 0));
    };
    for (name, item) in names.into_iter().zip([blobs, commitments, proofs]) {
        fields.push(Field::new(name, *item));
    }
    let [blobs_name, commitments_name, proofs_name] = names;
    let per_blob = if version == VERSION { CELLS } else { 1 };
    strings(*blobs, blobs_name, BLOB, hashes.len(), clause)?;
    let mut expected = hashes.iter();
    for commitment in strings(*commitments, commitments_name, POINT, hashes.len(), clause)? {
        let mut hash: [u8; 32] = Sha256::digest(commitment.content()).into();
        if let Some(first) = hash.first_mut() {
            *first = KZG;
        }
        if expected.next() != Some(&hash) {
            let message = "the commitment's hash is not the one that the transaction names in this place";
            return Err(
                MessageError::new("blob-commitment-mismatch", "EIP-4844", message).at(commitment.offset)
            );
        }
    }
    strings(
        *proofs,
        proofs_name,
        POINT,
        hashes.len().saturating_mul(per_blob),
        clause,
    )?;
    Ok(Sidecar {
        version,
        blobs: hashes.len(),
    })
}

/// A list of so many strings of so many bytes.
fn strings<'a>(
    list: Item<'a>,
    name: &str,
    size: usize,
    number: usize,
    clause: &'static str,
) -> Result<Vec<Item<'a>>, MessageError> {
    let mut found = Vec::new();
    for item in rlp::nested(list, name)?.items() {
        let item = rlp::string(item?, name)?;
        let length = item.content().len();
        if length != size {
            return Err(rlp::wrong_length(item, name, size, length));
        }
        found.push(item);
    }
    if found.len() != number {
        return Err(count(clause, name, number, found.len(), list.offset));
    }
    Ok(found)
}

fn count(clause: &'static str, name: &str, expected: usize, found: usize, at: usize) -> MessageError {
    let message = format!("{name}: {expected} belong to this transaction, and here are {found}");
    MessageError::new("sidecar-count", clause, message).at(at)
}
