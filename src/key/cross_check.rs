//! The second derivation: from the exported bytes to an address, by code that shares nothing with the first.
//!
//! The first goes through this crate's walker, the `spki` crate, `k256` and `sha3`. This one compares the first 23
//! bytes with a constant of its own, parses the point with libsecp256k1 and hashes with `tiny-keccak`; even the
//! hexadecimal digits are made here. Two answers that agree rule out a fault in either chain. Nothing in this file may call
//! what the first derivation calls.
//!
//! Built without the feature `cross-check`, the outcome is always [`Outcome::NotEvaluated`].

/// What the second derivation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The address, written as the scheme writes it.
    Address(String),
    /// The bytes are no key, and why.
    Refused(String),
    /// Nothing was derived, and why.
    NotEvaluated(&'static str),
}

/// Said wherever the feature is off.
pub const WITHOUT: &str = "built without cross-check";

/// True where this build has a second derivation.
pub const AVAILABLE: bool = cfg!(feature = "cross-check");

/// The EVM address of an exported public key, with the EIP-55 checksum; with `chain_id`, the checksum that ERC-1191 gives
/// addresses of that chain.
///
/// `der` is the 88-byte export, or, with `allow_compressed`, the same with a compressed point (56 bytes).
#[cfg(feature = "cross-check")]
pub fn evm(der: &[u8], allow_compressed: bool, chain_id: Option<u64>) -> Outcome {
    chain::evm(der, allow_compressed, chain_id)
}

/// The EVM address of an exported public key: not evaluated in this build.
#[cfg(not(feature = "cross-check"))]
pub fn evm(_der: &[u8], _allow_compressed: bool, _chain_id: Option<u64>) -> Outcome {
    Outcome::NotEvaluated(WITHOUT)
}

/// The error for bytes that the first derivation refuses and the second one makes an address of.
pub(crate) fn only_second(first: &super::SpkiError, second: &str) -> super::SpkiError {
    super::spki::disagreement(format!(
        "{second} by the second derivation; the first one: {first}"
    ))
}

#[cfg(feature = "cross-check")]
mod chain {
    use super::Outcome;
    use tiny_keccak::{Hasher as _, Keccak};

    /// Written out a second time on purpose: a slip in the other constant must not hide here.
    const UNCOMPRESSED: &[u8; 23] =
        b"\x30\x56\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a\x03\x42\x00";
    const COMPRESSED: &[u8; 23] =
        b"\x30\x36\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a\x03\x22\x00";

    pub(super) fn evm(der: &[u8], allow_compressed: bool, chain_id: Option<u64>) -> Outcome {
        match point(der, allow_compressed) {
            Ok(point) => Outcome::Address(address(&point, chain_id)),
            Err(why) => Outcome::Refused(why.to_owned()),
        }
    }

    fn point(der: &[u8], allow_compressed: bool) -> Result<[u8; 65], &'static str> {
        if let Some(point) = der.strip_prefix(UNCOMPRESSED) {
            let point: [u8; 65] = point.try_into().map_err(|_| "the input is not 88 bytes long")?;
            // libsecp256k1 takes the hybrid forms 06 and 07 too.
            if point.first() != Some(&0x04) {
                return Err("the point does not start with 04");
            }
            return parse(&point);
        }
        let Some(point) = der.strip_prefix(COMPRESSED).filter(|_| allow_compressed) else {
            return Err("the first 23 bytes are not those of a secp256k1 export");
        };
        let point: [u8; 33] = point.try_into().map_err(|_| "the input is not 56 bytes long")?;
        parse(&point)
    }

    fn parse(point: &[u8]) -> Result<[u8; 65], &'static str> {
        secp256k1::PublicKey::from_slice(point)
            .map(|key| key.serialize_uncompressed())
            .map_err(|_| "libsecp256k1 refuses the point")
    }

    fn keccak(parts: &[&[u8]]) -> [u8; 32] {
        let mut hasher = Keccak::v256();
        for part in parts {
            hasher.update(part);
        }
        let mut hash = [0; 32];
        hasher.finalize(&mut hash);
        hash
    }

    fn nibbles(bytes: &[u8]) -> impl Iterator<Item = u8> {
        bytes.iter().flat_map(|byte| [byte / 16, byte % 16])
    }

    fn address(point: &[u8; 65], chain_id: Option<u64>) -> String {
        let (_, coordinates) = point.split_at(1);
        let hash = keccak(&[coordinates]);
        let (_, tail) = hash.split_at(12);
        let lower: String = nibbles(tail)
            .filter_map(|nibble| char::from_digit(nibble.into(), 16))
            .collect();
        // ERC-1191 is in use on Rootstock alone (its table of adopters).
        let lead = match chain_id {
            Some(30) => "300x",
            Some(31) => "310x",
            _ => "",
        };
        let checksum = keccak(&[lead.as_bytes(), lower.as_bytes()]);
        let digits = lower.chars().zip(nibbles(&checksum));
        let cased = digits.map(|(digit, nibble)| {
            if nibble > 7 {
                digit.to_ascii_uppercase()
            } else {
                digit
            }
        });
        ['0', 'x'].into_iter().chain(cased).collect()
    }
}

#[cfg(all(test, feature = "cross-check"))]
mod tests {
    use super::*;
    use crate::key::tests::g;

    /// The address of the private key 1, known everywhere.
    const OF_G: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";

    #[test]
    fn the_exported_bytes_lead_to_the_address() {
        assert_eq!(
            evm(&g().spki_der(), false, None),
            Outcome::Address(OF_G.to_owned())
        );
    }

    #[test]
    fn a_compressed_export_needs_permission() {
        let mut der = b"\x30\x36".to_vec();
        der.extend(&g().spki_der()[2..20]);
        der.extend(b"\x03\x22\x00");
        der.extend(g().compressed());
        assert!(matches!(evm(&der, false, None), Outcome::Refused(_)));
        assert_eq!(evm(&der, true, None), Outcome::Address(OF_G.to_owned()));
    }

    #[test]
    fn anything_else_is_refused() {
        let good = g().spki_der();
        assert!(matches!(evm(&[], true, None), Outcome::Refused(_)));
        assert!(matches!(evm(&good[..87], true, None), Outcome::Refused(_)));
        for at in 0..88 {
            let mut der = good;
            der[at] ^= 0x03;
            assert!(matches!(evm(&der, true, None), Outcome::Refused(_)), "byte {at}");
        }
    }
}
