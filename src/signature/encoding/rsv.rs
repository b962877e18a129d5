//! r, s and one byte of v: 65 bytes, as Ethereum's programs and contracts take them.

use super::{Encoding, word, wrong_length};
use crate::signature::{Signature, SignatureError, V};

/// r, s and v.
#[derive(Debug)]
pub(super) struct Rsv;

impl Encoding for Rsv {
    fn id(&self) -> &'static str {
        "rsv"
    }

    fn title(&self) -> &'static str {
        "r, s and v, 65 bytes"
    }

    fn source(&self) -> &'static str {
        "Yellow Paper, appendix F"
    }

    fn fits(&self, bytes: &[u8]) -> bool {
        bytes.len() == 65 && !super::der::is_meant(bytes)
    }

    fn parse(&self, bytes: &[u8]) -> Result<Signature, SignatureError> {
        let (rs, v) = match bytes.split_last() {
            Some((v, rs)) if rs.len() == 64 => (rs, *v),
            _ => return Err(wrong_length("65 bytes: r, s and v", bytes.len(), self.source())),
        };
        let signature = Signature::new(word(rs, 0), word(rs, 32), None)?;
        let v = V::from_number(u128::from(v)).map_err(|error| SignatureError { offset: 64, ..error })?;
        Ok(signature.with_v(Some(v)))
    }

    /// v as 27 or 28; nothing where there is none, or where it holds a chain id.
    fn write(&self, signature: &Signature) -> Option<Vec<u8>> {
        let v = match signature.v()? {
            V::Parity(odd) | V::Electrum(odd) => 27_u8.saturating_add(u8::from(odd)),
            V::Eip155 { .. } => return None,
        };
        let mut bytes = signature.rs().to_vec();
        bytes.push(v);
        Some(bytes)
    }
}
