//! The second derivation: from the exported bytes to an address, by code that shares nothing with the first.
//!
//! The first goes through this crate's walker, the `spki` crate, `k256` and `sha3`. This one compares the first 23
//! bytes with a constant of its own, parses the point with libsecp256k1 and hashes with `tiny-keccak` and rust-bitcoin's
//! `bitcoin_hashes`; base58 is that of rust-bitcoin's `base58ck`, and hexadecimal digits and bech32 are made here. Two answers that agree rule out a fault in either chain. Nothing here may call
//! what the first derivation calls.
//!
//! Built without the feature `cross-check`, the outcome is always [`Outcome::NotEvaluated`].

#[cfg(feature = "cross-check")]
mod chain;

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

/// Said where a scheme needs a prefix and none is given.
pub const NO_PREFIX: &str = "no prefix is given";

/// The schemes that this derivation knows, with what each needs beside the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form<'a> {
    /// Keccak-256, with the EIP-55 checksum; with a chain id, the checksum that ERC-1191 gives addresses of that chain.
    Evm {
        /// The chain id (EIP-155).
        chain_id: Option<u64>,
    },
    /// Keccak-256 and base58check.
    Tron,
    /// HASH160 and bech32 with a prefix.
    Cosmos(&'a str),
    /// Keccak-256 and bech32 with a prefix.
    CosmosEth(&'a str),
    /// HASH160 and base58check.
    BitcoinP2pkh,
    /// HASH160 and bech32 with the witness version 0.
    BitcoinP2wpkh,
}

/// The address of an exported public key in a scheme.
///
/// `der` is the 88-byte export, or, with `allow_compressed`, the same with a compressed point (56 bytes).
#[cfg(feature = "cross-check")]
pub fn derive(form: Form<'_>, der: &[u8], allow_compressed: bool) -> Outcome {
    chain::derive(form, der, allow_compressed)
}

/// The address of an exported public key in a scheme: not evaluated in this build.
#[cfg(not(feature = "cross-check"))]
pub fn derive(_form: Form<'_>, _der: &[u8], _allow_compressed: bool) -> Outcome {
    Outcome::NotEvaluated(WITHOUT)
}

/// The EVM address of an exported public key: [`derive()`] for [`Form::Evm`].
pub fn evm(der: &[u8], allow_compressed: bool, chain_id: Option<u64>) -> Outcome {
    derive(Form::Evm { chain_id }, der, allow_compressed)
}

/// The error for bytes that the first derivation refuses and the second one makes an address of.
pub(crate) fn only_second(first: &super::SpkiError, second: &str) -> super::SpkiError {
    super::spki::disagreement(format!(
        "{second} by the second derivation; the first one: {first}"
    ))
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
