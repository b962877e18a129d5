//! EIP-2098: 64 bytes, r and s, with the parity in the highest bit of s.

use super::{Encoding, word, wrong_length};
use crate::signature::{Signature, SignatureError, V};

/// The highest bit of the first byte of s, which no low s has.
const PARITY: u8 = 0x80;

/// The compact form.
#[derive(Debug)]
pub(super) struct Eip2098;

impl Encoding for Eip2098 {
    fn id(&self) -> &'static str {
        "eip2098"
    }

    fn title(&self) -> &'static str {
        "the compact form of EIP-2098, 64 bytes"
    }

    fn source(&self) -> &'static str {
        "EIP-2098"
    }

    fn fits(&self, bytes: &[u8]) -> bool {
        bytes.len() == 64 && !super::der::is_meant(bytes)
    }

    fn parse(&self, bytes: &[u8]) -> Result<Signature, SignatureError> {
        if bytes.len() != 64 {
            return Err(wrong_length(
                "64 bytes: r, and parity and s",
                bytes.len(),
                self.source(),
            ));
        }
        let mut s = word(bytes, 32);
        let mut odd = false;
        if let Some(first) = s.first_mut() {
            odd = *first & PARITY != 0;
            *first &= !PARITY;
        }
        Signature::new(word(bytes, 0), s, Some(V::Parity(odd)))
    }

    fn write(&self, signature: &Signature) -> Option<Vec<u8>> {
        let odd = signature.v()?.is_odd();
        if !signature.is_low_s() {
            return None;
        }
        let mut bytes = signature.rs();
        if let Some(first) = bytes.get_mut(32).filter(|_| odd) {
            *first |= PARITY;
        }
        Some(bytes.to_vec())
    }
}
