//! Cosmos chains with Ethereum's keys (Injective, Evmos and others): the 20 bytes of the EVM address, as bech32 with
//! the chain's prefix.
//!
//! Sources: Injective documentation, "Accounts"; Evmos documentation, "Accounts".

use super::{AddressScheme, ClaimError, Claimed, Options, PayloadKind, cosmos};
use crate::key::cross_check::{self, Form, NO_PREFIX, Outcome};
use crate::key::spki;

/// The scheme `cosmos-eth`.
#[derive(Debug, Clone, Copy, Default)]
pub struct CosmosEth;

impl AddressScheme for CosmosEth {
    fn id(&self) -> &'static str {
        "cosmos-eth"
    }

    fn title(&self) -> &'static str {
        "Cosmos chains with Ethereum's keys, with the chain's prefix"
    }

    fn kind(&self) -> PayloadKind {
        PayloadKind::Evm20
    }

    fn write(&self, payload: &[u8; 20], options: &Options) -> Option<String> {
        cosmos::write(payload, options)
    }

    fn second(&self, spki_der: &[u8], encoding: spki::Options, options: &Options) -> Outcome {
        match &options.prefix {
            Some(prefix) => cross_check::derive(
                Form::CosmosEth(prefix.as_str()),
                spki_der,
                encoding.allow_compressed,
            ),
            None => Outcome::NotEvaluated(NO_PREFIX),
        }
    }

    /// As that of `cosmos`: the text alone does not tell the two apart.
    fn parse_claim(&self, text: &str, _options: &Options) -> Result<Claimed, ClaimError> {
        cosmos::read(text, &["cosmos-eth"])
    }
}
