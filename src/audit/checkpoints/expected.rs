//! Who should have signed.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{self, EvmAddress, PayloadKind};
use crate::evidence::{Artefact, Data};
use crate::hyperlane::registry::Registry;

/// Somebody whose signatures are expected, or known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedSigner {
    /// The address.
    pub address: EvmAddress,
    /// The chain that it is claimed for, lower case; nothing for any.
    pub chain: Option<String>,
    /// The role, lower case; nothing where none is said.
    pub role: Option<String>,
    /// What it is called: the operator, or where it was claimed.
    pub label: String,
}

/// Everybody who is expected or known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    by_address: BTreeMap<EvmAddress, BTreeSet<ExpectedSigner>>,
}

/// How an address stands to a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing<'e> {
    /// It is claimed for this chain, or for any.
    Claimed(&'e ExpectedSigner),
    /// It is claimed for other chains.
    OtherChain(&'e ExpectedSigner),
    /// It is claimed, and not as a validator.
    OtherRole(&'e ExpectedSigner),
    /// It is not claimed, and one address alone is.
    Wrong(EvmAddress),
    /// It is not claimed.
    Unknown,
}

impl Expected {
    /// Adds one.
    pub fn add(&mut self, signer: ExpectedSigner) {
        self.by_address.entry(signer.address).or_default().insert(signer);
    }

    /// True for nobody.
    pub fn is_empty(&self) -> bool {
        self.by_address.is_empty()
    }

    /// The addresses that are claimed as validators.
    pub fn addresses(&self) -> Vec<EvmAddress> {
        self.by_address
            .iter()
            .filter(|(_, claims)| claims.iter().any(is_validator))
            .map(|(address, _)| *address)
            .collect()
    }

    /// True for an address that is claimed as a validator.
    pub fn is_validator(&self, address: &EvmAddress) -> bool {
        self.by_address
            .get(address)
            .is_some_and(|claims| claims.iter().any(is_validator))
    }

    /// What an address is called.
    pub fn label(&self, address: &EvmAddress) -> Option<&str> {
        let claims = self.by_address.get(address)?;
        claims.first().map(|claim| claim.label.as_str())
    }

    /// How an address stands to a domain. A claim's chain is compared where the registry knows the domain's.
    pub(super) fn standing(&self, address: &EvmAddress, domain: u32, registry: &Registry) -> Standing<'_> {
        let chain = registry.of_domain(domain).map(|chain| chain.name.to_lowercase());
        let Some(claims) = self.by_address.get(address) else {
            let addresses = self.addresses();
            return match addresses.as_slice() {
                [one] => Standing::Wrong(*one),
                _ => Standing::Unknown,
            };
        };
        let here = |claim: &&ExpectedSigner| match (&claim.chain, &chain) {
            (Some(claimed), Some(chain)) => claimed == chain,
            _ => true,
        };
        let validator = |claim: &&ExpectedSigner| is_validator(claim);
        if let Some(claim) = claims.iter().filter(validator).find(here) {
            return Standing::Claimed(claim);
        }
        match (claims.iter().find(validator), claims.first()) {
            (Some(claim), _) => Standing::OtherChain(claim),
            (None, Some(claim)) => Standing::OtherRole(claim),
            (None, None) => Standing::Unknown,
        }
    }
}

/// True for a claim that is of a validator, or does not say of whom.
fn is_validator(claim: &ExpectedSigner) -> bool {
    claim
        .role
        .as_deref()
        .is_none_or(|role| role.is_empty() || role.contains("validator"))
}

/// The signers that claims files name; what is no address of 20 bytes is left out, and returned as text.
pub fn expected_of_claims(artefacts: &[Artefact]) -> (Vec<ExpectedSigner>, Vec<String>) {
    let mut found = Vec::new();
    let mut bad = Vec::new();
    for artefact in artefacts {
        let Data::Claims(claims) = &artefact.data else {
            continue;
        };
        for claim in claims {
            let payload = address::payloads(&claim.address.value)
                .into_iter()
                .find(|payload| payload.kind == PayloadKind::Evm20);
            let Some(payload) = payload else {
                bad.push(claim.address.value.clone());
                continue;
            };
            found.push(ExpectedSigner {
                address: EvmAddress(payload.bytes),
                chain: claim
                    .set
                    .as_ref()
                    .map(|set| set.chain.clone())
                    .or_else(|| claim.chain.clone()),
                role: claim.role.clone(),
                label: claim
                    .alias
                    .clone()
                    .or_else(|| claim.source.clone())
                    .unwrap_or_else(|| "claimed".to_owned()),
            });
        }
    }
    (found, bad)
}
