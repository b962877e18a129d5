//! A digest as it is, and the plain hashes of bytes.

use sha2::Digest as _;

use super::{Material, MessageError, MessageScheme};

/// Keccak-256 of bytes.
pub(crate) fn keccak256(bytes: &[u8]) -> [u8; 32] {
    sha3::Keccak256::digest(bytes).into()
}

/// The digest that was given.
#[derive(Debug)]
pub(super) struct Digest;

impl MessageScheme for Digest {
    fn id(&self) -> &'static str {
        "digest"
    }

    fn title(&self) -> &'static str {
        "the digest itself"
    }

    fn source(&self) -> &'static str {
        "SEC 1 v2 4.1.3"
    }

    fn digest(&self, material: &Material<'_>) -> Result<[u8; 32], MessageError> {
        match material {
            Material::Digest(digest) => Ok(**digest),
            _ => Err(MessageError::not_for(self, material)),
        }
    }
}

/// Keccak-256.
#[derive(Debug)]
pub(super) struct Keccak;

impl MessageScheme for Keccak {
    fn id(&self) -> &'static str {
        "keccak"
    }

    fn title(&self) -> &'static str {
        "Keccak-256 of the bytes"
    }

    fn source(&self) -> &'static str {
        "Keccak, version 3"
    }

    fn digest(&self, material: &Material<'_>) -> Result<[u8; 32], MessageError> {
        match material {
            Material::Bytes(bytes) => Ok(keccak256(bytes)),
            _ => Err(MessageError::not_for(self, material)),
        }
    }
}

/// SHA-256.
#[derive(Debug)]
pub(super) struct Sha256;

impl MessageScheme for Sha256 {
    fn id(&self) -> &'static str {
        "sha256"
    }

    fn title(&self) -> &'static str {
        "SHA-256 of the bytes"
    }

    fn source(&self) -> &'static str {
        "FIPS 180-4"
    }

    fn digest(&self, material: &Material<'_>) -> Result<[u8; 32], MessageError> {
        match material {
            Material::Bytes(bytes) => Ok(sha2::Sha256::digest(bytes).into()),
            _ => Err(MessageError::not_for(self, material)),
        }
    }
}
