//! EIP-191: `0x19`, a version byte, and what the version signs.

use super::hashes::keccak256;
use super::{Material, MessageError, MessageScheme};

/// The bytes that version 0x45 (`personal_sign`) hashes: `\x19Ethereum Signed Message:\n`, the length of the message
/// in decimal digits, the message.
pub(in crate::signature) fn personal_message(message: &[u8]) -> Vec<u8> {
    let mut bytes = format!("\x19Ethereum Signed Message:\n{}", message.len()).into_bytes();
    bytes.extend_from_slice(message);
    bytes
}

/// Version 0x45.
#[derive(Debug)]
pub(super) struct PersonalSign;

impl MessageScheme for PersonalSign {
    fn id(&self) -> &'static str {
        "eip191"
    }

    fn title(&self) -> &'static str {
        "EIP-191 personal_sign"
    }

    fn source(&self) -> &'static str {
        "EIP-191, version 0x45"
    }

    fn digest(&self, material: &Material<'_>) -> Result<[u8; 32], MessageError> {
        match material {
            Material::Bytes(message) => Ok(keccak256(&personal_message(message))),
            _ => Err(MessageError::not_for(self, material)),
        }
    }
}

/// Version 0x00.
#[derive(Debug)]
pub(super) struct ForValidator;

impl MessageScheme for ForValidator {
    fn id(&self) -> &'static str {
        "eip191-validator"
    }

    fn title(&self) -> &'static str {
        "EIP-191 data with intended validator"
    }

    fn source(&self) -> &'static str {
        "EIP-191, version 0x00"
    }

    fn digest(&self, material: &Material<'_>) -> Result<[u8; 32], MessageError> {
        match material {
            Material::ForValidator(validator, data) => {
                let mut bytes = vec![0x19, 0x00];
                bytes.extend_from_slice(&validator.0);
                bytes.extend_from_slice(data);
                Ok(keccak256(&bytes))
            }
            _ => Err(MessageError::not_for(self, material)),
        }
    }
}
