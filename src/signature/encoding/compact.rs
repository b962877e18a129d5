//! r and s, 32 bytes each (IEEE P1363, RFC 7515's ES256K): 64 bytes without v.

use super::{Encoding, word, wrong_length};
use crate::signature::{Signature, SignatureError};

/// r and s.
#[derive(Debug)]
pub(super) struct Compact;

impl Encoding for Compact {
    fn id(&self) -> &'static str {
        "compact"
    }

    fn title(&self) -> &'static str {
        "r and s, 64 bytes"
    }

    fn source(&self) -> &'static str {
        "RFC 8812 3.2"
    }

    fn fits(&self, bytes: &[u8]) -> bool {
        bytes.len() == 64 && !super::der::is_meant(bytes)
    }

    fn parse(&self, bytes: &[u8]) -> Result<Signature, SignatureError> {
        if bytes.len() != 64 {
            return Err(wrong_length("64 bytes: r and s", bytes.len(), self.source()));
        }
        Signature::new(word(bytes, 0), word(bytes, 32), None)
    }

    fn write(&self, signature: &Signature) -> Option<Vec<u8>> {
        Some(signature.rs().to_vec())
    }
}
