//! The fields of each kind of transaction: their order, and what each may hold.

use std::ops::Range;

use super::rlp::{self, Item};
use super::{Authorization, Kind};
use crate::address::evm::EvmAddress;
use crate::signature::message::MessageError;
use crate::signature::message::hashes::keccak256;
use crate::signature::{Signature, SignatureError, SignatureErrorKind, V};

/// The first byte of what an authorization signs (EIP-7702, `MAGIC`).
const AUTHORIZATION_MAGIC: u8 = 0x05;

/// The version of a blob's hash that is KZG (EIP-4844, `VERSIONED_HASH_VERSION_KZG`).
pub(super) const KZG: u8 = 0x01;

/// How a kind of transaction is written.
#[derive(Debug)]
pub(super) struct Shape {
    /// The byte before the list; a legacy transaction has none.
    pub(super) byte: Option<u8>,
    /// The fields that are signed, in order.
    pub(super) fields: &'static [&'static str],
    /// The fields of the signature, in order.
    pub(super) signature: [&'static str; 3],
    /// Where it is defined.
    pub(super) clause: &'static str,
}

const TYPED: [&str; 3] = ["y_parity", "r", "s"];

/// Before EIP-2718.
pub(super) const LEGACY: Shape = Shape {
    byte: None,
    fields: &["nonce", "gas_price", "gas_limit", "to", "value", "data"],
    signature: ["v", "r", "s"],
    clause: "Yellow Paper 4.2",
};

const EIP2930: Shape = Shape {
    byte: Some(1),
    fields: &[
        "chain_id",
        "nonce",
        "gas_price",
        "gas_limit",
        "to",
        "value",
        "data",
        "access_list",
    ],
    signature: TYPED,
    clause: "EIP-2930",
};

const EIP1559: Shape = Shape {
    byte: Some(2),
    fields: &[
        "chain_id",
        "nonce",
        "max_priority_fee_per_gas",
        "max_fee_per_gas",
        "gas_limit",
        "to",
        "value",
        "data",
        "access_list",
    ],
    signature: TYPED,
    clause: "EIP-1559",
};

const EIP4844: Shape = Shape {
    byte: Some(3),
    fields: &[
        "chain_id",
        "nonce",
        "max_priority_fee_per_gas",
        "max_fee_per_gas",
        "gas_limit",
        "to",
        "value",
        "data",
        "access_list",
        "max_fee_per_blob_gas",
        "blob_versioned_hashes",
    ],
    signature: TYPED,
    clause: "EIP-4844",
};

const EIP7702: Shape = Shape {
    byte: Some(4),
    fields: &[
        "chain_id",
        "nonce",
        "max_priority_fee_per_gas",
        "max_fee_per_gas",
        "gas_limit",
        "to",
        "value",
        "data",
        "access_list",
        "authorization_list",
    ],
    signature: TYPED,
    clause: "EIP-7702",
};

/// The kind and shape of a type byte.
pub(super) const fn typed(byte: u8) -> Option<(Kind, &'static Shape)> {
    match byte {
        1 => Some((Kind::Eip2930, &EIP2930)),
        2 => Some((Kind::Eip1559, &EIP1559)),
        3 => Some((Kind::Eip4844, &EIP4844)),
        4 => Some((Kind::Eip7702, &EIP7702)),
        _ => None,
    }
}

/// What the fields say.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) chain_id: Option<u64>,
    pub(super) nonce: u64,
    pub(super) gas_limit: u64,
    pub(super) to: Option<EvmAddress>,
    pub(super) value: [u8; 32],
    pub(super) data: Range<usize>,
    pub(super) max_fee: [u8; 32],
    pub(super) max_priority_fee: Option<[u8; 32]>,
    pub(super) blob_hashes: Vec<[u8; 32]>,
    pub(super) authorizations: Vec<Authorization>,
}

impl Body {
    /// Reads the field of this name.
    pub(super) fn read(
        &mut self,
        shape: &Shape,
        name: &'static str,
        item: Item<'_>,
    ) -> Result<(), MessageError> {
        match name {
            "chain_id" => self.chain_id = Some(chain_id(item)?),
            "nonce" => self.nonce = nonce(item)?,
            "gas_price" | "max_fee_per_gas" => self.max_fee = rlp::integer(item, name, 32)?,
            "max_priority_fee_per_gas" => self.max_priority_fee = Some(rlp::integer(item, name, 32)?),
            "max_fee_per_blob_gas" => {
                rlp::integer(item, name, 32)?;
            }
            "gas_limit" => self.gas_limit = rlp::low64(&rlp::integer(item, name, 8)?),
            "to" => self.to = recipient(shape, item)?,
            "value" => self.value = rlp::integer(item, name, 32)?,
            "data" => {
                let data = rlp::string(item, name)?;
                self.data = data.start..data.end;
            }
            "access_list" => access_list(item)?,
            "blob_versioned_hashes" => self.blob_hashes = blob_hashes(item)?,
            _ => self.authorizations = authorizations(item)?,
        }
        Ok(())
    }
}

fn chain_id(item: Item<'_>) -> Result<u64, MessageError> {
    let value = rlp::integer(item, "chain_id", 32)?;
    if item.content().len() > 8 {
        return Err(chain_id_too_large(item, "EIP-2294"));
    }
    Ok(rlp::low64(&value))
}

fn chain_id_too_large(item: Item<'_>, clause: &'static str) -> MessageError {
    MessageError::new(
        "chain-id-too-large",
        clause,
        "the chain id has more than 64 bits; no chain has such a one",
    )
    .at(item.offset)
}

fn nonce(item: Item<'_>) -> Result<u64, MessageError> {
    let nonce = rlp::low64(&rlp::integer(item, "nonce", 8)?);
    if nonce == u64::MAX {
        return Err(MessageError::new(
            "nonce-too-large",
            "EIP-2681",
            "the nonce is 2^64 - 1, and a transaction's is below that",
        )
        .at(item.offset));
    }
    Ok(nonce)
}

fn recipient(shape: &Shape, item: Item<'_>) -> Result<Option<EvmAddress>, MessageError> {
    if rlp::string(item, "to")?.content().is_empty() {
        if matches!(shape.byte, Some(3 | 4)) {
            let message = "to is empty, and a transaction of this type creates no contract";
            return Err(MessageError::new("empty-recipient", shape.clause, message).at(item.offset));
        }
        return Ok(None);
    }
    Ok(Some(EvmAddress(rlp::fixed(item, "to")?)))
}

fn access_list(item: Item<'_>) -> Result<(), MessageError> {
    for entry in rlp::nested(item, "access_list")?.items() {
        let entry = rlp::nested(entry?, "an entry of access_list")?;
        let [address, keys] = rlp::exactly(entry, "an entry of access_list")?;
        rlp::fixed::<20>(address, "the address of an entry of access_list")?;
        for key in rlp::nested(keys, "the storage keys of an entry of access_list")?.items() {
            rlp::fixed::<32>(key?, "a storage key of access_list")?;
        }
    }
    Ok(())
}

fn blob_hashes(item: Item<'_>) -> Result<Vec<[u8; 32]>, MessageError> {
    let mut hashes = Vec::new();
    for hash in rlp::nested(item, "blob_versioned_hashes")?.items() {
        let hash = hash?;
        let bytes = rlp::fixed::<32>(hash, "a versioned hash of a blob")?;
        if bytes.first() != Some(&KZG) {
            let message = "the versioned hash of a blob begins with its version, 0x01, and this one does not";
            return Err(MessageError::new("unknown-blob-hash-version", "EIP-4844", message).at(hash.offset));
        }
        hashes.push(bytes);
    }
    if hashes.is_empty() {
        let message = "there is no versioned hash, and a blob transaction has at least one blob";
        return Err(MessageError::new("no-blob-hashes", "EIP-4844", message).at(item.offset));
    }
    Ok(hashes)
}

fn authorizations(item: Item<'_>) -> Result<Vec<Authorization>, MessageError> {
    let mut found = Vec::new();
    for tuple in rlp::nested(item, "authorization_list")?.items() {
        found.push(authorization(tuple?)?);
    }
    if found.is_empty() {
        let message = "the list of authorizations is empty, which makes the transaction invalid";
        return Err(MessageError::new("no-authorizations", "EIP-7702", message).at(item.offset));
    }
    Ok(found)
}

fn authorization(tuple: Item<'_>) -> Result<Authorization, MessageError> {
    let tuple = rlp::nested(tuple, "an authorization")?;
    let [chain, address, nonce, parity, r, s] = rlp::exactly(tuple, "an authorization")?;
    let chain_id = rlp::integer(chain, "chain_id of an authorization", 32)?;
    let delegate = rlp::fixed(address, "address of an authorization")?;
    let count = rlp::low64(&rlp::integer(nonce, "nonce of an authorization", 8)?);
    let odd = rlp::integer(parity, "y_parity of an authorization", 1)?;
    let signature = [
        rlp::integer(r, "r of an authorization", 32)?,
        rlp::integer(s, "s of an authorization", 32)?,
    ];
    let signed = [chain.raw(), address.raw(), nonce.raw()].concat();
    let mut bytes = vec![AUTHORIZATION_MAGIC];
    bytes.extend(rlp::list_header(signed.len()));
    bytes.extend(signed);
    // A signature that cannot be one makes the tuple void, not the transaction (EIP-7702, Behavior).
    let [r32, s32] = signature;
    let signature = match odd.last() {
        Some(odd @ (0 | 1)) => Signature::new(r32, s32, Some(V::Parity(*odd == 1))).map_err(|mut error| {
            error.offset = if error.field == "r" { r.offset } else { s.offset };
            error
        }),
        odd => Err(
            SignatureError::new(SignatureErrorKind::InvalidV, "y_parity", parity.offset)
                .expected("0 or 1")
                .found(odd.copied().unwrap_or_default().to_string())
                .clause("EIP-7702"),
        ),
    };
    Ok(Authorization {
        chain_id,
        address: EvmAddress(delegate),
        nonce: count,
        signature,
        digest: keccak256(&bytes),
        span: tuple.span(),
    })
}

/// v of a legacy transaction, `y_parity` of any other.
pub(super) fn recovery(shape: &Shape, item: Item<'_>) -> Result<V, MessageError> {
    if shape.byte.is_some() {
        let value = rlp::integer(item, "y_parity", 32)?;
        return match (item.content(), value.last()) {
            ([] | [_], Some(odd @ (0 | 1))) => Ok(V::Parity(*odd == 1)),
            _ => Err(MessageError::new(
                "invalid-y-parity",
                shape.clause,
                "y_parity is 0 or 1: the 27 and 28 of older signatures, or a v with the chain id in it, do not \
                 belong into a typed transaction",
            )
            .at(item.offset)),
        };
    }
    let value = rlp::integer(item, "v", 32)?;
    let (high, low) = value.split_at(16);
    let number = low
        .iter()
        .fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    if high.iter().any(|byte| *byte != 0) {
        return Err(chain_id_too_large(item, "EIP-155"));
    }
    match V::from_number(number) {
        Ok(v @ (V::Electrum(_) | V::Eip155 { .. })) => Ok(v),
        Err(_) if number >= 35 => Err(chain_id_too_large(item, "EIP-155")),
        _ => Err(MessageError::new(
            "invalid-v",
            "EIP-155",
            format!(
                "v is {number}: it must be 27 or 28, or 35 and above with the chain id in it (35 + 2 * chain id + \
                 parity)"
            ),
        )
        .at(item.offset)),
    }
}

/// r or s, not yet judged.
pub(super) fn scalar(item: Item<'_>, name: &str) -> Result<[u8; 32], MessageError> {
    rlp::integer(item, name, 32)
}
