//! What is expected of a chain: its domain and its contracts, from a registry's files.
//!
//! Source: the public repository `hyperlane-xyz/hyperlane-registry`, `chains/metadata.yaml` and `chains/addresses.yaml`, or the
//! same for one chain below `chains/NAME/`; mono:rust/main/config/*.json, the agents' own copy, has the same members.

use std::collections::BTreeMap;

use bech32::Bech32m;
use bech32::primitives::decode::CheckedHrpstring;

use super::digest::padded;
use crate::address::{self, PayloadKind};
use crate::encoding::hex;
use crate::json::{Node, Value};

/// Chains that are kept, at most: the public registry has some hundred.
pub const MOST_CHAINS: usize = 20_000;

/// One chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// Its name in the registry.
    pub name: String,
    /// Its domain: what signatures bind. Not always its chain id.
    pub domain: Option<u32>,
    /// Its chain id, a number or a text.
    pub chain_id: Option<String>,
    /// The kind of its virtual machine.
    pub protocol: Option<String>,
    /// True for a test network.
    pub is_testnet: Option<bool>,
    /// The mailbox: what announcements bind.
    pub mailbox: Option<[u8; 32]>,
    /// The merkle tree hook: what checkpoints bind.
    pub hook: Option<[u8; 32]>,
    /// The contract that keeps announcements.
    pub announce: Option<[u8; 32]>,
}

/// Chains by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry {
    chains: BTreeMap<String, Chain>,
    /// The first chain of each domain, by name.
    domains: BTreeMap<u32, String>,
}

impl Registry {
    /// No chain.
    pub fn new() -> Self {
        Self::default()
    }

    /// All chains, by name.
    pub fn chains(&self) -> impl Iterator<Item = &Chain> {
        self.chains.values()
    }

    /// How many chains there are.
    pub fn len(&self) -> usize {
        self.chains.len()
    }

    /// True for none.
    pub fn is_empty(&self) -> bool {
        self.chains.is_empty()
    }

    /// The chain of a domain.
    pub fn of_domain(&self, domain: u32) -> Option<&Chain> {
        self.of_name(self.domains.get(&domain)?)
    }

    /// The chain of a name.
    pub fn of_name(&self, name: &str) -> Option<&Chain> {
        self.chains.get(name)
    }

    /// Adds what a document says: a mapping of chains, one below `chains`, a list of them, or a single chain, whose name is
    /// then the document's own, or `name`. Returns how many chains it told of.
    pub fn add(&mut self, document: &Node, name: Option<&str>) -> usize {
        if let Some(own) = own_name(document).or(name)
            && is_chain(document)
        {
            return usize::from(self.chain(own, document));
        }
        let below = document
            .get("chains")
            .filter(|chains| chains.is_object() || chains.is_array());
        let chains = below.unwrap_or(document);
        let mut told: usize = 0;
        for member in chains.members() {
            if is_chain(&member.value) {
                told = told.saturating_add(usize::from(self.chain(&member.key, &member.value)));
            }
        }
        for item in chains.items() {
            if let Some(name) = own_name(item)
                && is_chain(item)
            {
                told = told.saturating_add(usize::from(self.chain(name, item)));
            }
        }
        told
    }

    fn chain(&mut self, name: &str, node: &Node) -> bool {
        if !self.chains.contains_key(name) && self.chains.len() >= MOST_CHAINS {
            return false;
        }
        let chain = self.chains.entry(name.to_owned()).or_insert_with(|| Chain {
            name: name.to_owned(),
            ..Chain::default()
        });
        let number = |node: &Node| match &node.value {
            Value::Number(digits) | Value::String(digits) => digits.parse().ok(),
            _ => None,
        };
        if let Some(domain) = node.get("domainId").and_then(number) {
            chain.domain = Some(domain);
            self.domains
                .entry(domain)
                .and_modify(|known| {
                    if name < known.as_str() {
                        name.clone_into(known);
                    }
                })
                .or_insert_with(|| name.to_owned());
        }
        if let Some(Value::Number(id) | Value::String(id)) = node.get("chainId").map(|id| &id.value) {
            chain.chain_id = Some(id.clone());
        }
        if let Some(protocol) = node.str_of("protocol") {
            chain.protocol = Some(protocol.to_owned());
        }
        // YAML has `true` as a Boolean or, in the strictest schema, as a text.
        if let Some(testnet) = node.get("isTestnet") {
            chain.is_testnet = testnet
                .as_bool()
                .or_else(|| testnet.as_str().map(|text| text == "true"));
        }
        for (member, to) in [
            ("mailbox", &mut chain.mailbox),
            ("merkleTreeHook", &mut chain.hook),
            ("validatorAnnounce", &mut chain.announce),
        ] {
            if let Some(word) = node.str_of(member).and_then(contract) {
                *to = Some(word);
            }
        }
        true
    }
}

fn own_name(node: &Node) -> Option<&str> {
    node.get_any(&["name", "chain"]).and_then(Node::as_str)
}

fn is_chain(node: &Node) -> bool {
    node.get_any(&["domainId", "mailbox", "merkleTreeHook", "validatorAnnounce"])
        .is_some_and(|member| !member.is_object())
}

/// The 32 bytes of a contract, as registries write it on each kind of chain: `0x` and digits (EVM, Starknet, Cosmos),
/// base58 of 32 bytes (Solana), bech32m of 30 bytes (Radix) or, after a slash, of 32 (Aleo), a Tron address.
pub fn contract(text: &str) -> Option<[u8; 32]> {
    if text.len() > 200 {
        return None;
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return of_digits(digits);
    }
    if let Some((_, account)) = text.rsplit_once('/') {
        return of_bech32(account);
    }
    let evm = address::payloads(text)
        .into_iter()
        .find(|payload| payload.kind == PayloadKind::Evm20);
    if let Some(payload) = evm {
        return Some(padded(&payload.bytes));
    }
    let base58 = bs58::decode(text).into_vec().ok();
    base58
        .and_then(|bytes| bytes.try_into().ok())
        .or_else(|| of_bech32(text))
}

/// 40 digits are an address of 20 bytes; else a number of up to 32 bytes whose leading zeros may be missing.
fn of_digits(digits: &str) -> Option<[u8; 32]> {
    let even = if digits.len() % 2 == 1 {
        format!("0{digits}")
    } else {
        digits.to_owned()
    };
    let bytes = hex::decode(even.as_bytes()).ok()?.bytes;
    let mut word = [0; 32];
    let start = 32_usize.checked_sub(bytes.len())?;
    word.get_mut(start..)?.copy_from_slice(&bytes);
    (bytes.len() >= 20).then_some(word)
}

fn of_bech32(text: &str) -> Option<[u8; 32]> {
    let checked = CheckedHrpstring::new::<Bech32m>(text).ok()?;
    let bytes: Vec<u8> = checked.byte_iter().collect();
    let mut word = [0; 32];
    match bytes.len() {
        32 => word.copy_from_slice(&bytes),
        30 => word.get_mut(2..)?.copy_from_slice(&bytes),
        _ => return None,
    }
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    fn node(text: &str) -> Node {
        parse(text, &Limits::default()).unwrap()
    }

    #[test]
    fn metadata_and_addresses_of_a_chain_come_together() {
        let mut registry = Registry::new();
        let metadata = node(
            r#"{"ethereum": {"chainId": 1, "domainId": 1, "name": "ethereum", "protocol": "ethereum"},
                "rarichain": {"chainId": 1380012617, "domainId": 1000012617},
                "celestia": {"chainId": "celestia", "domainId": 69420, "isTestnet": "false"}}"#,
        );
        let addresses = node(
            r#"{"ethereum": {"mailbox": "0xc005dc82818d67AF737725bD4bf75435d065D239",
                             "merkleTreeHook": "0x48e6c30B97748d1e2e03bf3e9FbE3890ca5f8CCA"}}"#,
        );
        assert_eq!(registry.add(&metadata, None), 3);
        assert_eq!(registry.add(&addresses, None), 1);
        let ethereum = registry.of_domain(1).unwrap();
        assert_eq!(ethereum.name, "ethereum");
        assert_eq!(
            hex::encode(&ethereum.hook.unwrap()),
            "00000000000000000000000048e6c30b97748d1e2e03bf3e9fbe3890ca5f8cca"
        );
        assert_eq!(
            hex::encode(&ethereum.mailbox.unwrap()),
            "000000000000000000000000c005dc82818d67af737725bd4bf75435d065d239"
        );
        let rarichain = registry.of_domain(1_000_012_617).unwrap();
        assert_eq!(rarichain.chain_id.as_deref(), Some("1380012617"));
        assert_eq!(registry.of_domain(1_380_012_617), None, "a chain id is no domain");
        let celestia = registry.of_name("celestia").unwrap();
        assert_eq!(
            (celestia.chain_id.as_deref(), celestia.is_testnet),
            (Some("celestia"), Some(false))
        );
    }

    #[test]
    fn one_chain_alone_takes_the_name_that_it_has_or_is_given() {
        let mut registry = Registry::new();
        assert_eq!(registry.add(&node(r#"{"domainId": 5, "name": "a"}"#), None), 1);
        assert_eq!(
            registry.add(
                &node(&format!(r#"{{"mailbox": "0x{}"}}"#, "11".repeat(20))),
                Some("a")
            ),
            1
        );
        assert_eq!(
            registry.add(&node(r#"{"domainId": 6}"#), None),
            0,
            "without a name"
        );
        assert_eq!(registry.len(), 1);
        assert_eq!(registry.of_name("a").unwrap().mailbox, Some(padded(&[0x11; 20])));
    }

    #[test]
    fn lists_and_agent_configurations_are_read_too() {
        let mut registry = Registry::new();
        let list = node(r#"[{"chain": "x", "domainId": 3461164656, "mailbox": null}, {"domainId": 4}]"#);
        assert_eq!(registry.add(&list, None), 1);
        assert_eq!(registry.of_name("x").unwrap().domain, Some(3_461_164_656));
        let agents = node(r#"{"chains": {"y": {"domainId": 7}, "z": {}}, "defaultSigner": {}}"#);
        assert_eq!(registry.add(&agents, None), 1);
        assert_eq!(registry.of_domain(7).unwrap().name, "y");
    }

    #[test]
    fn contracts_of_every_kind_of_chain() {
        let word = |text: &str| contract(text).map(|word| hex::encode(&word));
        assert_eq!(
            word("0x2222222222222222222222222222222222222222"),
            Some(format!("{}{}", "00".repeat(12), "22".repeat(20)))
        );
        // Starknet: leading zeros of a felt may be missing.
        assert_eq!(
            word(&format!("0x{}", "1".repeat(63))),
            Some(format!("0{}", "1".repeat(63)))
        );
        // Solana: the system program is 32 zero bytes.
        assert_eq!(word("11111111111111111111111111111111"), Some("00".repeat(32)));
        // Radix and Aleo.
        let hrp = bech32::Hrp::parse("component_rdx").unwrap();
        let radix = bech32::encode::<Bech32m>(hrp, &[7; 30]).unwrap();
        assert_eq!(word(&radix), Some(format!("0000{}", "07".repeat(30))));
        let aleo = bech32::encode::<Bech32m>(bech32::Hrp::parse("aleo").unwrap(), &[8; 32]).unwrap();
        assert_eq!(word(&format!("mailbox.aleo/{aleo}")), Some("08".repeat(32)));
        // Tron: the well-known address of USDT.
        assert_eq!(
            word("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
            Some("000000000000000000000000a614f803b6fd780986a42c78ec9c7f77e6ded13c".to_owned())
        );
        for bad in ["", "0x", "0x12", "0xzz", "program/", "hello", &"1".repeat(1000)] {
            assert_eq!(word(bad), None, "{bad}");
        }
    }
}
