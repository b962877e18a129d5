//! Bitcoin, pay to witness public key hash: witness version 0 and HASH160 of the compressed point, as bech32 with the
//! prefix bc.
//!
//! Sources: BIP-141 ("Witness program"), BIP-173 ("Segwit address format"), BIP-350.

use bech32::segwit;

use super::{AddressScheme, Checksum, ClaimError, Claimed, MalformedReason, Options, PayloadKind, bech};
use crate::key::cross_check::{self, Form, Outcome};
use crate::key::spki;

/// Symbols of 20 bytes.
const SYMBOLS: usize = 32;

/// The scheme `bitcoin-p2wpkh`.
#[derive(Debug, Clone, Copy, Default)]
pub struct BitcoinP2wpkh;

impl AddressScheme for BitcoinP2wpkh {
    fn id(&self) -> &'static str {
        "bitcoin-p2wpkh"
    }

    fn title(&self) -> &'static str {
        "Bitcoin, pay to witness public key hash"
    }

    fn kind(&self) -> PayloadKind {
        PayloadKind::Hash160
    }

    fn write(&self, payload: &[u8; 20], _options: &Options) -> Option<String> {
        segwit::encode_v0(bech32::hrp::BC, payload).ok()
    }

    fn second(&self, spki_der: &[u8], encoding: spki::Options, _options: &Options) -> Outcome {
        cross_check::derive(Form::BitcoinP2wpkh, spki_der, encoding.allow_compressed)
    }

    /// Bech32 with the prefix bc, witness version 0 and a program of 20 bytes.
    fn parse_claim(&self, text: &str, options: &Options) -> Result<Claimed, ClaimError> {
        let malformed = |offset, reason| ClaimError::Malformed { offset, reason };
        let parts = bech::read(text)?;
        let wrong = parts.sum == bech::Sum::Wrong;
        match parts.prefix.as_str() {
            "bc" => {}
            "tb" | "bcrt" => return Err(malformed(0, MalformedReason::BitcoinTestNetwork)),
            _ => return Err(malformed(0, MalformedReason::BadPrefix)),
        }
        let after_separator = parts.prefix.len().saturating_add(1);
        let Some((version, program)) = parts.symbols.split_first() else {
            let reason = MalformedReason::DataLength {
                found: bech::CHECKSUM,
                expected: SYMBOLS.saturating_add(bech::CHECKSUM).saturating_add(1),
            };
            return Err(malformed(text.len(), reason));
        };
        // BIP-350: version 0 has the checksum of bech32, every other that of bech32m.
        let reason = match (version, parts.sum) {
            (0, bech::Sum::Bech32m) => Some((0, MalformedReason::Bech32mForBech32)),
            (1..=16, bech::Sum::Bech32) => Some((0, MalformedReason::Bech32ForBech32m)),
            (0, _) => None,
            (_, bech::Sum::Wrong) if program.len() == SYMBOLS => None,
            (version, _) => Some((after_separator, MalformedReason::WitnessVersion(*version))),
        };
        if let Some((offset, reason)) = reason {
            return Err(malformed(offset, reason));
        }
        let bytes = bech::bytes(program);
        let Some(Ok(payload)) = bytes
            .as_ref()
            .filter(|_| program.len() == SYMBOLS)
            .map(|bytes| <[u8; 20]>::try_from(bytes.as_slice()))
        else {
            let reason = match bytes {
                _ if wrong => MalformedReason::DataLength {
                    found: parts.symbols.len().saturating_add(bech::CHECKSUM),
                    expected: SYMBOLS.saturating_add(bech::CHECKSUM).saturating_add(1),
                },
                Some(bytes) => MalformedReason::ProgramLength { bytes: bytes.len() },
                None => MalformedReason::Padding,
            };
            return Err(malformed(after_separator, reason));
        };
        let claimed = Claimed {
            schemes: &["bitcoin-p2wpkh"],
            canonical: self
                .write(&payload, options)
                .ok_or(malformed(0, MalformedReason::LongText))?,
            payload,
            prefixed: true,
            checksum: Checksum::Bech32,
            prefix: None,
        };
        if wrong {
            return Err(ClaimError::wrong_checksum(text, claimed));
        }
        Ok(claimed)
    }
}
