//! The 20 bytes that an address stands for.

use ripemd::Ripemd160;
use sha2::{Digest as _, Sha256};

use super::evm::EvmAddress;
use crate::key::PublicKey;

/// How 20 bytes are made of a key. Schemes of one kind write the same bytes in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PayloadKind {
    /// The last 20 bytes of Keccak-256 over X and Y (Ethereum yellow paper, appendix F).
    Evm20,
    /// RIPEMD-160 of SHA-256 of the compressed point (Bitcoin's HASH160).
    Hash160,
}

impl PayloadKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Evm20, Self::Hash160];

    /// How the bytes are made, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Evm20 => "the last 20 bytes of Keccak-256 over X and Y",
            Self::Hash160 => "HASH160 of the compressed point",
        }
    }
}

/// 20 bytes, and how they are made of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Payload {
    /// The bytes.
    pub bytes: [u8; 20],
    /// How they are made.
    pub kind: PayloadKind,
}

impl Payload {
    /// The bytes of a key.
    pub fn of(kind: PayloadKind, key: &PublicKey) -> Self {
        let bytes = match kind {
            PayloadKind::Evm20 => EvmAddress::of(key).0,
            PayloadKind::Hash160 => hash160(&key.compressed()),
        };
        Self { bytes, kind }
    }

    /// Both kinds of a key's bytes.
    pub fn all_of(key: &PublicKey) -> [Self; 2] {
        PayloadKind::ALL.map(|kind| Self::of(kind, key))
    }
}

/// RIPEMD-160 of SHA-256.
pub(super) fn hash160(bytes: &[u8]) -> [u8; 20] {
    Ripemd160::digest(Sha256::digest(bytes)).into()
}
