//! Bitcoin, pay to public key hash: the version byte 0, then HASH160 of the compressed point, as base58check.
//!
//! Source: Bitcoin wiki, "Technical background of version 1 Bitcoin addresses".

use super::{AddressScheme, ClaimError, Claimed, Options, PayloadKind, base58};
use crate::key::cross_check::{self, Form, Outcome};
use crate::key::spki;

const VERSION: u8 = 0;

/// The scheme `bitcoin-p2pkh`.
#[derive(Debug, Clone, Copy, Default)]
pub struct BitcoinP2pkh;

impl AddressScheme for BitcoinP2pkh {
    fn id(&self) -> &'static str {
        "bitcoin-p2pkh"
    }

    fn title(&self) -> &'static str {
        "Bitcoin, pay to public key hash"
    }

    fn kind(&self) -> PayloadKind {
        PayloadKind::Hash160
    }

    fn write(&self, payload: &[u8; 20], _options: &Options) -> Option<String> {
        Some(base58::write(VERSION, payload))
    }

    fn second(&self, spki_der: &[u8], encoding: spki::Options, _options: &Options) -> Outcome {
        cross_check::derive(Form::BitcoinP2pkh, spki_der, encoding.allow_compressed)
    }

    /// 25 bytes of base58check with the version 0.
    fn parse_claim(&self, text: &str, _options: &Options) -> Result<Claimed, ClaimError> {
        base58::read(text, VERSION, &["bitcoin-p2pkh"])
    }
}
