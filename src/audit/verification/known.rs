//! What evidence holds that may explain a signature.

use std::collections::BTreeSet;

use crate::address::{self, EvmAddress, PayloadKind};
use crate::evidence::Data;
use crate::input::Gathered;
use crate::signature::diagnose::{Known, Labelled};
use crate::source::Untrusted;

/// Keys, claimed addresses and contracts of everything that was gathered, in the order of the files; each once.
pub fn known_of(gathered: &Gathered) -> Known {
    let mut known = Known::default();
    let (mut keys, mut addresses) = (BTreeSet::new(), BTreeSet::new());
    for artefact in &gathered.artefacts {
        let path = gathered.sources.get(artefact.file).name().to_owned();
        match &artefact.data {
            Data::PublicKey(export) => {
                let Ok(key) = &export.result else { continue };
                if keys.insert(*key) {
                    let name = export.key.as_ref().map_or_else(String::new, |key| {
                        format!("{}, ", Untrusted(&key.value.to_string()))
                    });
                    known.keys.push(Labelled {
                        label: format!("the key of {name}{}", Untrusted(&path)),
                        value: *key,
                    });
                }
            }
            Data::Claims(claims) => {
                for claim in claims {
                    for payload in address::payloads(&claim.address.value) {
                        let value = EvmAddress(payload.bytes);
                        if payload.kind == PayloadKind::Evm20 && addresses.insert(value) {
                            let role = claim.role.as_deref().unwrap_or("address");
                            known.addresses.push(Labelled {
                                label: format!("the {} claimed in {}", Untrusted(role), Untrusted(&path)),
                                value,
                            });
                        }
                    }
                }
            }
            Data::Contracts(contracts) => {
                known.contracts.extend(contracts.iter().map(|contract| Labelled {
                    label: format!("the contract {}", Untrusted(&contract.name)),
                    value: EvmAddress(contract.bytes),
                }));
            }
            _ => {}
        }
    }
    known
}
