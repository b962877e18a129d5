//! Contracts of Hyperlane: the registry's `chains/addresses` (`{chain: {mailbox, merkleTreeHook, …}}`), one chain of it by
//! itself, and, read with the rest of it, the `chains` of an agent's configuration. A claim that is one of them is explained as such.

use super::{Format, Probe, Reader, agent};
use crate::address::{self, Options};
use crate::encoding::hex;
use crate::evidence::{Contract, Data};
use crate::json::Node;

/// Contract addresses.
pub(super) struct HyperlaneContracts;

/// Members that the chains of a registry or of an agent have, and nothing else does.
const OWN: [&str; 3] = ["mailbox", "merkleTreeHook", "validatorAnnounce"];

pub(super) fn is_chain(node: &Node) -> bool {
    let named = |name: &&&str| node.get(name).is_some_and(|value| value.as_str().is_some());
    OWN.iter().filter(named).count() >= 2
}

/// The chains, each with its name where it has one.
fn chains(probe: &Probe) -> Vec<(Option<&str>, &Node)> {
    let Some(object) = probe.object() else {
        return Vec::new();
    };
    if is_chain(object) {
        return vec![(None, object)];
    }
    let chains = object
        .get("chains")
        .filter(|chains| chains.is_object())
        .unwrap_or(object)
        .members();
    if chains.iter().all(|chain| chain.value.is_object()) && chains.iter().any(|chain| is_chain(&chain.value))
    {
        chains
            .iter()
            .map(|chain| (Some(chain.key.as_str()), &chain.value))
            .collect()
    } else {
        Vec::new()
    }
}

impl Format for HyperlaneContracts {
    fn id(&self) -> &'static str {
        "hyperlane-contracts"
    }

    fn title(&self) -> &'static str {
        "contract addresses of Hyperlane's registry"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        !probe.object().is_some_and(agent::is_config) && !chains(probe).is_empty()
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        push(probe, reader);
    }
}

/// Adds the contracts of a tree, where it has any.
pub(super) fn push(probe: &Probe, reader: &mut Reader) {
    let chains = chains(probe);
    if !chains.is_empty() {
        let mut contracts = Vec::new();
        for (chain, node) in chains {
            for member in node.members() {
                if let Some(bytes) = member.value.as_str().and_then(contract) {
                    contracts.push(Contract {
                        chain: chain.map(str::to_owned),
                        name: member.key.clone(),
                        bytes,
                        span: probe.at(&member.value),
                    });
                }
            }
        }
        reader.push(probe.whole(), Data::Contracts(contracts));
    }
}

/// The 20 bytes of a contract's address, also where 12 zero bytes stand before them; nothing for the zero address (an
/// empty entry) and for addresses of other lengths, which no key's address can be taken for.
fn contract(text: &str) -> Option<[u8; 20]> {
    let padded = hex::decode(text.as_bytes())
        .ok()
        .and_then(|decoded| <[u8; 32]>::try_from(decoded.bytes).ok());
    let bytes = match padded {
        Some(padded) => {
            let (head, tail) = padded.split_first_chunk::<12>()?;
            <[u8; 20]>::try_from(tail).ok().filter(|_| *head == [0; 12])?
        }
        None => address::parse_claim(text, &Options::new()).ok()?.payload,
    };
    (bytes != [0; 20]).then_some(bytes)
}
