//! Addresses of a public key, and what people claim them to be.
//!
//! An address scheme is one file with one type that implements [`AddressScheme`], and one line in [`SCHEMES`].

mod base58;
mod bech;
pub mod bitcoin_p2pkh;
pub mod bitcoin_p2wpkh;
mod claim;
pub mod cosmos;
pub mod cosmos_eth;
mod detect;
pub mod diagnose;
pub mod evm;
mod payload;
mod prefix;
mod secret;
pub mod tron;

use std::fmt;

use crate::key::cross_check::Outcome;
use crate::key::{PublicKey, SpkiError, cross_check, spki};

pub use claim::{Checksum, ClaimError, Claimed, MalformedReason};
pub use detect::{parse_claim, payloads};
pub use evm::EvmAddress;
pub use payload::{Payload, PayloadKind};
pub use prefix::{Prefix, PrefixError};
pub use secret::{SecretForm, secret_form, shown};

/// All schemes, in the order in which they are shown.
pub static SCHEMES: &[&dyn AddressScheme] = &[
    &evm::Evm,
    &tron::Tron,
    &cosmos::Cosmos,
    &cosmos_eth::CosmosEth,
    &bitcoin_p2pkh::BitcoinP2pkh,
    &bitcoin_p2wpkh::BitcoinP2wpkh,
];

/// What a scheme needs to know beyond the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Options {
    /// The chain id (EIP-155) that the address is for: on the chains that adopted ERC-1191 it changes the checksum.
    pub chain_id: Option<u64>,
    /// The prefix of a Cosmos chain: `cosmos` and `cosmos-eth` make addresses only where it is given.
    pub prefix: Option<Prefix>,
}

impl Options {
    /// No option set; the same as the default.
    pub const fn new() -> Self {
        Self {
            chain_id: None,
            prefix: None,
        }
    }

    /// For the chain of this id.
    #[must_use]
    pub const fn with_chain_id(self, chain_id: u64) -> Self {
        Self {
            chain_id: Some(chain_id),
            ..self
        }
    }

    /// For the chain of this prefix.
    #[must_use]
    pub const fn with_prefix(self, prefix: Prefix) -> Self {
        Self {
            prefix: Some(prefix),
            ..self
        }
    }
}

/// One way to make an address of a secp256k1 key.
pub trait AddressScheme: fmt::Debug + Sync {
    /// The scheme's id in reports and on the command line, for ever: `evm`.
    fn id(&self) -> &'static str;

    /// What a reader calls it.
    fn title(&self) -> &'static str;

    /// How the 20 bytes of its addresses are made of a key.
    fn kind(&self) -> PayloadKind;

    /// Writes 20 bytes as an address; `None` where an option that it needs is not given.
    fn write(&self, payload: &[u8; 20], options: &Options) -> Option<String>;

    /// The key's address as the scheme writes it; `None` where an option that it needs is not given.
    fn derive(&self, key: &PublicKey, options: &Options) -> Option<String> {
        self.write(&Payload::of(self.kind(), key).bytes, options)
    }

    /// The second derivation, from a DER public key, by code that shares nothing with [`AddressScheme::derive`].
    fn second(&self, spki_der: &[u8], encoding: spki::Options, options: &Options) -> Outcome;

    /// Reads an address that somebody wrote down, strictly.
    ///
    /// # Errors
    /// [`ClaimError`]: malformed, or well formed with a checksum that is wrong.
    fn parse_claim(&self, text: &str, options: &Options) -> Result<Claimed, ClaimError>;
}

/// The scheme of an id.
pub fn scheme(id: &str) -> Option<&'static dyn AddressScheme> {
    SCHEMES.iter().copied().find(|scheme| scheme.id() == id)
}

/// An address, and whether the second derivation agrees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The address by the first derivation.
    pub address: String,
    /// What the second one says.
    pub second: Agreement,
}

/// Whether two derivations gave the same address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// The same.
    Agrees,
    /// Not the same: a fault of this tool or of a library, and a critical finding. Neither may be chosen.
    Disagrees {
        /// What the first derivation says.
        first: String,
        /// What the second one says: another address, or why it refuses.
        second: String,
    },
    /// There was no second derivation, and why.
    NotEvaluated(&'static str),
}

/// The key's address in a scheme; `None` where an option that the scheme needs is not given.
pub fn derive(scheme: &dyn AddressScheme, key: &PublicKey, options: &Options) -> Option<String> {
    scheme.derive(key, options)
}

/// The key's address, derived twice: the second time from the key's canonical 88 bytes.
///
/// Where the bytes of the evidence are at hand, [`derive_checked_der`] is the stronger check.
pub fn derive_checked(scheme: &dyn AddressScheme, key: &PublicKey, options: &Options) -> Option<Checked> {
    let address = scheme.derive(key, options)?;
    let second = scheme.second(&key.spki_der(), spki::Options::new(), options);
    Some(compare(address, second))
}

/// The key in a DER public key and its address, derived twice from these very bytes.
///
/// The address is `None` where an option that the scheme needs is not given.
///
/// # Errors
/// [`SpkiError`] as [`spki::decode`]; of the kind `internal-disagreement` where only the second derivation accepts the
/// bytes.
pub fn derive_checked_der(
    scheme: &dyn AddressScheme,
    der: &[u8],
    encoding: spki::Options,
    options: &Options,
) -> Result<(PublicKey, Option<Checked>), SpkiError> {
    let second = scheme.second(der, encoding, options);
    join(scheme, spki::decode(der, encoding), second, options)
}

/// Addresses by scheme, each derived twice.
pub type Addresses = Vec<(&'static str, Checked)>;

/// The key in a DER public key and its address in every scheme that the options allow, each derived twice from these very
/// bytes: scheme and address, in the order of [`SCHEMES`].
///
/// # Errors
/// As [`derive_checked_der`].
pub fn derive_all_der(
    der: &[u8],
    encoding: spki::Options,
    options: &Options,
) -> Result<(PublicKey, Addresses), SpkiError> {
    let first = spki::decode(der, encoding);
    let mut addresses = Vec::new();
    for scheme in SCHEMES {
        let second = scheme.second(der, encoding, options);
        let (_, checked) = join(*scheme, first.clone(), second, options)?;
        addresses.extend(checked.map(|checked| (scheme.id(), checked)));
    }
    first.map(|key| (key, addresses))
}

/// Brings both derivations together. Takes the second opinion as a value, so that a test can make one that differs.
fn join(
    scheme: &dyn AddressScheme,
    first: Result<PublicKey, SpkiError>,
    second: Outcome,
    options: &Options,
) -> Result<(PublicKey, Option<Checked>), SpkiError> {
    match (first, second) {
        (Ok(key), second) => Ok((
            key,
            scheme
                .derive(&key, options)
                .map(|address| compare(address, second)),
        )),
        (Err(error), Outcome::Address(address)) => Err(cross_check::only_second(&error, &address)),
        (Err(error), _) => Err(error),
    }
}

fn compare(address: String, second: Outcome) -> Checked {
    let second = match second {
        Outcome::Address(other) if other == address => Agreement::Agrees,
        Outcome::Address(other) => Agreement::Disagrees {
            first: address.clone(),
            second: other,
        },
        Outcome::Refused(why) => Agreement::Disagrees {
            first: address.clone(),
            second: format!("refused: {why}"),
        },
        Outcome::NotEvaluated(why) => Agreement::NotEvaluated(why),
    };
    Checked { address, second }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::tests::g;

    const OF_G: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";

    #[test]
    fn schemes_have_unique_ids_and_are_found_by_them() {
        for wanted in SCHEMES {
            assert_eq!(scheme(wanted.id()).expect("found").title(), wanted.title());
            assert_eq!(
                SCHEMES.iter().filter(|other| other.id() == wanted.id()).count(),
                1
            );
        }
        assert!(scheme("EVM").is_none());
    }

    #[test]
    fn the_second_derivation_agrees_or_says_why_it_is_missing() {
        let expected = if cross_check::AVAILABLE {
            Agreement::Agrees
        } else {
            Agreement::NotEvaluated("built without cross-check")
        };
        let checked = derive_checked(&evm::Evm, &g(), &Options::new()).expect("no option needed");
        assert_eq!((checked.address.as_str(), &checked.second), (OF_G, &expected));
        let (key, again) =
            derive_checked_der(&evm::Evm, &g().spki_der(), spki::Options::new(), &Options::new())
                .expect("a key");
        assert_eq!((key, again), (g(), Some(checked)));
    }

    #[test]
    fn a_second_address_that_differs_is_reported_with_both() {
        let joined = join(
            &evm::Evm,
            Ok(g()),
            Outcome::Address("0x00".to_owned()),
            &Options::new(),
        );
        let (_, checked) = joined.expect("a key");
        assert_eq!(
            checked.expect("an address").second,
            Agreement::Disagrees {
                first: OF_G.to_owned(),
                second: "0x00".to_owned()
            }
        );
    }

    #[test]
    fn a_second_derivation_that_refuses_is_a_disagreement_too() {
        let refused = Outcome::Refused("no point".to_owned());
        let (_, checked) = join(&evm::Evm, Ok(g()), refused, &Options::new()).expect("a key");
        let Agreement::Disagrees { second, .. } = checked.expect("an address").second else {
            panic!("agreed")
        };
        assert_eq!(second, "refused: no point");
    }

    #[test]
    fn bytes_that_only_the_second_derivation_accepts_are_a_disagreement() {
        let error = spki::decode(&[], spki::Options::new()).expect_err("empty");
        let joined = join(
            &evm::Evm,
            Err(error.clone()),
            Outcome::Address(OF_G.to_owned()),
            &Options::new(),
        );
        assert_eq!(joined.expect_err("refused").code(), "internal-disagreement");
        let joined = join(
            &evm::Evm,
            Err(error.clone()),
            Outcome::NotEvaluated("off"),
            &Options::new(),
        );
        assert_eq!(joined, Err(error));
    }
}
