//! Signed transactions of Ethereum and the chains like it, as they go over the wire (EIP-2718), and what was signed of
//! them.
//!
//! What was signed is made of the very bytes of the fields, sliced out and put under a new list header: no value is
//! read and written again, so nothing can be lost on the way. Each encoding is accepted in its one form only.
//!
//! Faults are told in this order: the type byte; the encoding of the whole input (see `rlp`); the number of fields;
//! that there is no signature; the fields in order; the range of r and s; the sidecar of a blob transaction.

mod fields;
mod foreign;
mod rlp;
mod second;
mod sidecar;

use std::ops::Range;

use fields::{Body, LEGACY, Shape};
use rlp::Item;
use sha3::{Digest as _, Keccak256};

use super::{Material, MessageError, MessageScheme, SecondHash};
use crate::address::evm::EvmAddress;
use crate::signature::{Signature, SignatureError, V};

/// The codes of all errors of [`decode`], in the order in which things are looked at.
pub const CODES: &[&str] = &[
    "empty",
    "wrapped-transaction",
    "unknown-transaction-type",
    "rlp-truncated",
    "rlp-overrun",
    "rlp-non-minimal-length",
    "rlp-non-minimal-byte",
    "rlp-unexpected-string",
    "rlp-too-deep",
    "rlp-trailing-data",
    "rlp-too-few-items",
    "rlp-too-many-items",
    "unsigned-transaction",
    "rlp-unexpected-list",
    "rlp-leading-zero",
    "rlp-integer-too-large",
    "rlp-wrong-length",
    "chain-id-too-large",
    "nonce-too-large",
    "empty-recipient",
    "unknown-blob-hash-version",
    "no-blob-hashes",
    "no-authorizations",
    "invalid-v",
    "invalid-y-parity",
    "signature-out-of-range",
    "unknown-wrapper-version",
    "blob-commitment-mismatch",
    "sidecar-count",
    "hash-disagreement",
];

/// The kinds of signed transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Without a chain id: valid on every chain that still takes such (Yellow Paper 4.2, v of 27 or 28).
    Legacy,
    /// With the chain id in v (EIP-155).
    Eip155,
    /// Type 1, with an access list (EIP-2930).
    Eip2930,
    /// Type 2, with a priority fee (EIP-1559).
    Eip1559,
    /// Type 3, with blobs (EIP-4844).
    Eip4844,
    /// Type 4, with authorizations that set an account's code (EIP-7702).
    Eip7702,
}

impl Kind {
    /// The id that reports use; it never changes.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Eip155 => "eip155",
            Self::Eip2930 => "eip2930",
            Self::Eip1559 => "eip1559",
            Self::Eip4844 => "eip4844",
            Self::Eip7702 => "eip7702",
        }
    }

    /// The byte before the list (EIP-2718); legacy transactions have none.
    pub const fn type_byte(self) -> Option<u8> {
        match self {
            Self::Legacy | Self::Eip155 => None,
            Self::Eip2930 => Some(1),
            Self::Eip1559 => Some(2),
            Self::Eip4844 => Some(3),
            Self::Eip7702 => Some(4),
        }
    }
}

/// A field and where it stands, with its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name that the defining EIP gives it, for instance `max_fee_per_gas`.
    pub name: &'static str,
    /// Its bytes in the input.
    pub span: Range<usize>,
}

impl Field {
    const fn new(name: &'static str, item: Item<'_>) -> Self {
        Self {
            name,
            span: item.span(),
        }
    }
}

/// An authorization to set an account's code (EIP-7702).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The chain's id, big-endian; 0 for every chain.
    pub chain_id: [u8; 32],
    /// The contract whose code the account gets; the zero address takes it away.
    pub address: EvmAddress,
    /// The nonce that the signing account must have.
    pub nonce: u64,
    /// The signature. An error makes this authorization void, and leaves the transaction valid (EIP-7702, Behavior);
    /// so does a high s, which is no error here. Offsets count from the transaction's first byte.
    pub signature: Result<Signature, SignatureError>,
    /// What was signed: `keccak(0x05 || rlp([chain_id, address, nonce]))`.
    pub digest: [u8; 32],
    /// Its bytes in the input.
    pub span: Range<usize>,
}

/// What is remarkable about a transaction and breaks no encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Note {
    /// The priority fee is above the whole fee: no block may hold the transaction (EIP-1559).
    PriorityFeeAboveMaxFee,
}

/// The blobs that went along with a blob transaction (EIP-4844, Networking).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sidecar {
    /// 0 for the form of EIP-4844, 1 for that of EIP-7594.
    pub version: u8,
    /// How many blobs.
    pub blobs: usize,
}

/// A signed transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transaction {
    /// Which kind.
    pub kind: Kind,
    /// The chain's id; none before EIP-155.
    pub chain_id: Option<u64>,
    /// How many transactions the sender had sent before.
    pub nonce: u64,
    /// The most gas it may use.
    pub gas_limit: u64,
    /// Whom it is sent to; none where it makes a contract.
    pub to: Option<EvmAddress>,
    /// Wei, big-endian.
    pub value: [u8; 32],
    /// Where the data (or the init code) stands, without its header.
    pub data: Range<usize>,
    /// Keccak-256 of the data.
    pub data_hash: [u8; 32],
    /// The most wei for a unit of gas, big-endian: `gas_price` or `max_fee_per_gas`.
    pub max_fee_per_gas: [u8; 32],
    /// The versioned hashes of its blobs (EIP-4844).
    pub blob_versioned_hashes: Vec<[u8; 32]>,
    /// Its authorizations (EIP-7702).
    pub authorizations: Vec<Authorization>,
    /// r and s as they are, and v as this kind writes it: with chain id, 27 or 28, or a parity.
    pub signature: Signature,
    /// What was signed.
    pub signing_digest: [u8; 32],
    /// The transaction's hash, by which explorers know it: of the form that is in blocks, never with the sidecar.
    pub hash: [u8; 32],
    /// Its sidecar, if it came in the form that nodes exchange.
    pub sidecar: Option<Sidecar>,
    /// All fields and where they stand, in order; those of the sidecar at the end.
    pub fields: Vec<Field>,
    /// What is remarkable.
    pub notes: Vec<Note>,
    /// Whether a second program comes to the same hashes.
    pub second: SecondHash,
    /// The encoded fields that are signed, without the chain id.
    unsigned: Vec<u8>,
}

impl Transaction {
    /// True where blobs came along.
    pub const fn has_sidecar(&self) -> bool {
        self.sidecar.is_some()
    }

    /// The field of a name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// What would have been signed for another chain; None is before EIP-155, where there was no chain id. A typed
    /// transaction always has one, and None is 0 there.
    pub fn signing_digest_with_chain(&self, chain_id: Option<u64>) -> [u8; 32] {
        match (self.kind.type_byte(), chain_id) {
            (None, None) => list_hash(None, &[&self.unsigned]),
            (None, Some(id)) => list_hash(None, &[&self.unsigned, &replay_protection(&rlp::number(id))]),
            (byte, id) => list_hash(byte, &[&rlp::number(id.unwrap_or_default()), &self.unsigned]),
        }
    }
}

/// Chain id, 0, 0: what EIP-155 signs after the six fields.
fn replay_protection(chain_id: &[u8]) -> Vec<u8> {
    [chain_id, &[0x80, 0x80]].concat()
}

/// Keccak-256 of a type byte and the list of encoded fields.
fn list_hash(byte: Option<u8>, fields: &[&[u8]]) -> [u8; 32] {
    let length = fields
        .iter()
        .fold(0_usize, |sum, part| sum.saturating_add(part.len()));
    let mut hasher = Keccak256::new();
    hasher.update(byte.as_slice());
    hasher.update(rlp::list_header(length));
    for part in fields {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// A transaction's list, split up but not read.
struct Outline<'a> {
    kind: Kind,
    shape: &'static Shape,
    /// The list of the transaction itself.
    list: Item<'a>,
    /// Its fields that are signed.
    fields: Vec<Item<'a>>,
    signature: Signed<'a>,
    /// What stands beside it in the wrapper with the sidecar.
    sidecar: Option<Vec<Item<'a>>>,
}

/// Whether there is a signature.
enum Signed<'a> {
    /// v or the parity, r, s.
    By([Item<'a>; 3]),
    /// The fields end before it.
    Missing,
    /// It is there, and r and s are zero.
    Zero([Item<'a>; 3]),
}

fn outline(bytes: &[u8]) -> Result<Outline<'_>, MessageError> {
    let (kind, shape, list) = match bytes.first().copied() {
        None => {
            return Err(MessageError::new("empty", "EIP-2718", "there is no byte").at(0));
        }
        Some(0xc0..) => (Kind::Legacy, &LEGACY, rlp::list(bytes, 0)?),
        Some(0x80..) => return Err(foreign::wrapped(bytes)),
        Some(byte) => {
            let (kind, shape) = fields::typed(byte).ok_or_else(|| foreign::unknown_type(bytes, byte))?;
            (kind, shape, rlp::list(bytes, 1)?)
        }
    };
    let first = list.items().next().transpose()?;
    let (list, sidecar) = match first.filter(|first| first.list && kind == Kind::Eip4844) {
        Some(payload) => {
            // Four items since EIP-4844, five since EIP-7594.
            let items = few(list, 5, "a blob transaction with its sidecar")?;
            if items.len() < 4 {
                return Err(rlp::too_few(
                    &list,
                    "a blob transaction with its sidecar",
                    4,
                    items.len(),
                ));
            }
            (payload, Some(items.into_iter().skip(1).collect()))
        }
        None => (list, None),
    };
    let count = shape.fields.len();
    let whole = count.saturating_add(shape.signature.len());
    let mut fields = few(list, whole, "a signed transaction of this type")?;
    let signature = fields
        .get(count..)
        .and_then(|rest| <[Item<'_>; 3]>::try_from(rest).ok());
    let signature = match signature {
        Some([v, r, s]) if is_zero(&r) && is_zero(&s) => Signed::Zero([v, r, s]),
        Some(signature) => Signed::By(signature),
        None if fields.len() == count => Signed::Missing,
        None => {
            return Err(rlp::too_few(
                &list,
                "a signed transaction of this type",
                whole,
                fields.len(),
            ));
        }
    };
    fields.truncate(count);
    Ok(Outline {
        kind,
        shape,
        list,
        fields,
        signature,
        sidecar,
    })
}

/// At most so many items: a list of many is not kept.
fn few<'a>(list: Item<'a>, most: usize, name: &str) -> Result<Vec<Item<'a>>, MessageError> {
    let mut found = Vec::new();
    for item in list.items() {
        let item = item?;
        if found.len() == most {
            return Err(rlp::too_many(&item, name, most));
        }
        found.push(item);
    }
    Ok(found)
}

/// The empty string, which is the integer 0.
fn is_zero(item: &Item<'_>) -> bool {
    !item.list && item.content().is_empty()
}

impl Outline<'_> {
    fn body(&self) -> Result<Body, MessageError> {
        let mut body = Body::default();
        for (name, item) in self.shape.fields.iter().zip(&self.fields) {
            body.read(self.shape, name, *item)?;
        }
        Ok(body)
    }

    /// The signed fields as they are, without the first `skip`.
    fn raw(&self, bytes: &[u8], skip: usize) -> Vec<u8> {
        let start = self.fields.get(skip).map_or(self.list.end, |item| item.offset);
        let end = self.fields.last().map_or(start, |item| item.end);
        rlp::slice(bytes, start..end).to_vec()
    }

    fn unsigned(&self, found: &Signed<'_>) -> MessageError {
        let [v, r, s] = self.shape.signature;
        let (message, at) = match found {
            Signed::Zero([_, at, _]) => (
                format!(
                    "the transaction is not signed: {r} and {s} are 0, and {v} stands for what a signature will need"
                ),
                at.offset,
            ),
            _ => (
                format!(
                    "the transaction is not signed: its list ends after {} fields, and {v}, {r} and {s} are missing",
                    self.fields.len()
                ),
                self.list.end,
            ),
        };
        MessageError::new("unsigned-transaction", self.shape.clause, message).at(at)
    }
}

/// Reads a signed transaction: the bytes that `eth_sendRawTransaction` takes (EIP-2718), a blob transaction also with
/// its sidecar (EIP-4844, EIP-7594).
///
/// # Errors
/// [`MessageError`] with one of [`CODES`], and the offset of the first byte of the item at fault; where an item is
/// missing, of the place where it should begin.
pub fn decode(bytes: &[u8]) -> Result<Transaction, MessageError> {
    let outline = outline(bytes)?;
    let Signed::By([v, r, s]) = &outline.signature else {
        return Err(outline.unsigned(&outline.signature));
    };
    let body = outline.body()?;
    let recovery = fields::recovery(outline.shape, *v)?;
    let scalars = [fields::scalar(*r, "r")?, fields::scalar(*s, "s")?];
    let [r32, s32] = scalars;
    let signature = Signature::new(r32, s32, Some(recovery)).map_err(|error| {
        let message = format!("{} is {}, and not {}", error.field, error.found, error.expected);
        let at = if error.field == "r" { r.offset } else { s.offset };
        MessageError::new("signature-out-of-range", error.clause, message).at(at)
    })?;
    let (kind, chain_id) = match recovery {
        V::Eip155 { chain_id, .. } => (Kind::Eip155, Some(chain_id)),
        _ => (outline.kind, body.chain_id),
    };
    let names = outline.shape.fields.iter().chain(&outline.shape.signature);
    let items = outline.fields.iter().chain([v, r, s]);
    let mut fields: Vec<Field> = names
        .zip(items)
        .map(|(name, item)| Field::new(name, *item))
        .collect();
    let sidecar = outline
        .sidecar
        .as_deref()
        .map(|items| sidecar::read(items, &body.blob_hashes, &mut fields))
        .transpose()?;

    let signed = outline.raw(bytes, 0);
    let signing_digest = match recovery {
        V::Eip155 { chain_id, .. } => list_hash(None, &[&signed, &replay_protection(&rlp::number(chain_id))]),
        _ => list_hash(outline.shape.byte, &[&signed]),
    };
    let mut hasher = Keccak256::new();
    hasher.update(outline.shape.byte.as_slice());
    hasher.update(outline.list.raw());
    let data = rlp::slice(bytes, body.data.clone());
    let notes = body
        .max_priority_fee
        .filter(|priority| *priority > body.max_fee)
        .map(|_| Note::PriorityFeeAboveMaxFee);

    let mut transaction = Transaction {
        kind,
        chain_id,
        nonce: body.nonce,
        gas_limit: body.gas_limit,
        to: body.to,
        value: body.value,
        data_hash: super::hashes::keccak256(data),
        data: body.data,
        max_fee_per_gas: body.max_fee,
        blob_versioned_hashes: body.blob_hashes,
        authorizations: body.authorizations,
        signature,
        signing_digest,
        hash: hasher.finalize().into(),
        sidecar,
        fields,
        notes: notes.into_iter().collect(),
        second: SecondHash::NotEvaluated("not yet compared".to_owned()),
        unsigned: outline.raw(bytes, usize::from(outline.shape.byte.is_some())),
    };
    transaction.second = second::compare(bytes, &transaction)?;
    Ok(transaction)
}

/// The digest that the bytes of an *unsigned* transaction ask to be signed: a typed one without its last three fields,
/// a legacy one of six fields (before EIP-155) or of nine with chain id, 0 and 0 (EIP-155), or one whose r and s are
/// still 0.
///
/// None for everything else: signed transactions, bytes that are not well formed, and a legacy transaction of nine
/// fields that end in 0, 0, 0, which some programs write for "not yet signed", whatever the chain.
pub fn signing_payload(bytes: &[u8]) -> Option<[u8; 32]> {
    let outline = outline(bytes).ok()?;
    let tail = match (&outline.signature, outline.shape.byte) {
        (Signed::By(_), _) => return None,
        (Signed::Zero([chain_id, ..]), None) => {
            if is_zero(chain_id) || rlp::integer(*chain_id, "chain_id", 8).is_err() {
                return None;
            }
            replay_protection(chain_id.raw())
        }
        _ => Vec::new(),
    };
    outline.body().ok()?;
    let fields = outline.raw(bytes, 0);
    Some(list_hash(outline.shape.byte, &[&fields, &tail]))
}

/// A signed transaction.
#[derive(Debug)]
pub(super) struct Scheme;

impl MessageScheme for Scheme {
    fn id(&self) -> &'static str {
        "transaction"
    }

    fn title(&self) -> &'static str {
        "a signed transaction"
    }

    fn source(&self) -> &'static str {
        "EIP-2718"
    }

    fn digest(&self, material: &Material<'_>) -> Result<[u8; 32], MessageError> {
        match material {
            Material::Transaction(bytes) => Ok(decode(bytes)?.signing_digest),
            _ => Err(MessageError::not_for(self, material)),
        }
    }
}
