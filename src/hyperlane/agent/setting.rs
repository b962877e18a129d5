//! Settings, and which of several wins.
//!
//! The agents read `./config/*.json`, then the files that `CONFIG_FILES` names, then the environment (prefix `HYP_`, parts
//! of a path between underscores), then the command line (parts of a path between dots); each overrides what was read
//! before, leaf by leaf. All names are compared without letter case and separators.
//!
//! Source: hyperlane-monorepo, `rust/main/hyperlane-base/src/settings/loader/mod.rs` (`load_settings`) and
//! `…/loader/case_adapter.rs` (`Case::Flat`).

use std::collections::BTreeMap;

use crate::source::Span;

/// Where a setting is read from, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// A file in a folder `config`, which the agents read without being told.
    Config,
    /// A JSON file that `CONFIG_FILES` may name.
    File,
    /// An environment variable.
    Environment,
    /// An argument of the command line.
    Arguments,
}

impl Layer {
    /// The words of messages.
    pub fn words(self) -> &'static str {
        match self {
            Self::Config => "a file of ./config",
            Self::File => "a configuration file",
            Self::Environment => "the environment",
            Self::Arguments => "the command line",
        }
    }
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// As written; a list as its items with commas between, as `relayChains` is written on a command line.
    Text(String),
    /// It is there and not known: a shell's variable, a reference to a secret, a placeholder.
    Unknown(String),
    /// A private key, or what stands in the place of one: never kept.
    Withheld,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The parts of its name, flat.
    pub path: Vec<String>,
    /// The name as written: `HYP_VALIDATOR_ID`, `--validator.id`, `validator.id`.
    pub written: String,
    /// The value.
    pub value: Value,
    /// The place of the value.
    pub span: Span,
}

/// A text and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text; nothing where it is not known.
    pub value: Option<String>,
    /// What stands there where it is not known.
    pub shown: String,
    /// Its place.
    pub span: Span,
    /// The name of the setting, as written.
    pub written: String,
}

/// The settings of one file, one environment or one command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where they are read from.
    pub layer: Layer,
    /// The program that they are of, where the command names it.
    pub program: Option<super::Program>,
    /// The settings, in the order of the text.
    pub settings: Vec<Setting>,
}

/// A name without letter case and separators (`convert_case`, `Case::Flat`): `originChainName`, `origin_chain_name` and
/// `ORIGINCHAINNAME` are one.
pub fn flat(name: &str) -> String {
    name.chars()
        .filter(|char| !matches!(char, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Members of a signer.
const SIGNER: [&str; 7] = [
    "type",
    "id",
    "region",
    "key",
    "keyversionname",
    "prefix",
    "accountaddresstype",
];

/// Members of a chain that say which chain it is, or that somebody takes for its signer's.
const CHAIN: [&str; 11] = [
    "name",
    "domainid",
    "chainid",
    "protocol",
    "mailbox",
    "merkletreehook",
    "validatorannounce",
    "type",
    "id",
    "region",
    "key",
];

/// Settings that only a relayer has (hyperlane-monorepo, `rust/main/agents/relayer/src/settings/mod.rs`).
const RELAYER: [&str; 8] = [
    "relaychains",
    "gaspaymentenforcement",
    "whitelist",
    "blacklist",
    "addressblacklist",
    "skiptransactiongaslimitfor",
    "allowlocalcheckpointsyncers",
    "transactiongaslimit",
];

/// Settings that only a validator has (hyperlane-monorepo, `rust/main/agents/validator/src/settings.rs`).
const VALIDATOR: [&str; 4] = [
    "validator",
    "originchainname",
    "checkpointsyncer",
    "maxsignconcurrency",
];

/// The program that a setting is of, where only one reads it.
pub fn program_of(path: &[String]) -> Option<super::Program> {
    let first = path.first()?.as_str();
    if VALIDATOR.contains(&first) {
        Some(super::Program::Validator)
    } else if RELAYER.contains(&first) {
        Some(super::Program::Relayer)
    } else {
        None
    }
}

/// True for a setting that says something of keys, of the program, or of a chain's identity.
pub fn is_relevant(path: &[String]) -> bool {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [first] => *first == "originchainname" || RELAYER.contains(first),
        ["checkpointsyncer", leaf] => matches!(*leaf, "type" | "bucket" | "region" | "folder" | "path"),
        ["validator" | "defaultsigner", _] | ["chains", _, "signer", _] => true,
        ["chains", _, leaf] => CHAIN.contains(leaf) || *leaf == "identity",
        _ => is_ignored(path),
    }
}

/// True for what looks like a setting of a signer, and which no agent reads.
///
/// `chains.base.type` is the mistake of Hyperlane's own Terraform module (`rust/main/terraform/modules/validator`), whose
/// right name is `chains.base.signer.type`; `HYP_CHAINS_BASE_SEPOLIA_SIGNER_ID` and `HYP_DEFAULT_SIGNER_ID` have a
/// separator too many; `HYP_RELAYER_CHAINS_…` is a prefix of versions before 2023.
pub(super) fn is_ignored(path: &[String]) -> bool {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let Some((leaf, before)) = parts.split_last() else {
        return false;
    };
    if !matches!(*leaf, "type" | "id" | "region" | "key") {
        return false;
    }
    match before {
        ["chains", _] | ["signer"] => true,
        ["chains", _, "signer"] | ["validator" | "defaultsigner"] => false,
        [
            "validator" | "relayer" | "base" | "agent" | "chains" | "default" | "agents",
            ..,
        ] => before
            .iter()
            .any(|part| matches!(*part, "signer" | "defaultsigner" | "validator") && before.len() > 1),
        _ => false,
    }
}

impl Setting {
    /// The value as text with its place; nothing for what is withheld.
    pub(super) fn text(&self) -> Option<Text> {
        let (value, shown) = match &self.value {
            Value::Text(text) => (Some(text.clone()), text.clone()),
            Value::Unknown(text) => (None, text.clone()),
            Value::Withheld => return None,
        };
        Some(Text {
            value,
            shown,
            span: self.span,
            written: self.written.clone(),
        })
    }

    /// True for a part of a chain that says what is its signer's, one level too high.
    pub(super) fn is_ignored(&self) -> bool {
        is_ignored(&self.path)
    }
}

impl Text {
    /// The text, where it is known.
    pub fn known(&self) -> Option<&str> {
        self.value.as_deref()
    }
}

/// The settings of several sources, the strongest of each name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged(BTreeMap<Vec<String>, Setting>);

impl Merged {
    /// Merges sources: a later layer wins over an earlier one, and within a layer the later source.
    pub fn of(sources: &[&Source]) -> Self {
        let mut ordered: Vec<&&Source> = sources.iter().collect();
        ordered.sort_by_key(|source| source.layer);
        let mut merged = BTreeMap::new();
        for setting in ordered.iter().flat_map(|source| &source.settings) {
            merged.insert(setting.path.clone(), setting.clone());
        }
        Self(merged)
    }

    /// The setting of a path.
    pub fn get(&self, path: &[&str]) -> Option<&Setting> {
        let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        self.0.get(&path)
    }

    /// The text of a setting.
    pub(super) fn text(&self, path: &[&str]) -> Option<Text> {
        self.get(path)?.text()
    }

    /// Every setting, by its path.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.0.values()
    }

    /// The members of an object, each with its name: those of `validator` are `type`, `id`, `region`.
    pub(super) fn members<'m>(&'m self, path: &[&str]) -> Vec<(&'m str, &'m Setting)> {
        let length = path.len();
        let from: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        self.0
            .range(from.clone()..)
            .take_while(|(own, _)| own.starts_with(&from))
            .filter_map(|(own, setting)| match own.get(length..)? {
                [name] if SIGNER.contains(&name.as_str()) => Some((name.as_str(), setting)),
                _ => None,
            })
            .collect()
    }

    /// The names of the chains, flat.
    pub(super) fn chains(&self) -> Vec<String> {
        let mut found: Vec<String> = self
            .0
            .keys()
            .filter_map(|path| match path.as_slice() {
                [first, chain, _, ..] if first == "chains" => Some(chain.clone()),
                _ => None,
            })
            .collect();
        found.dedup();
        found
    }
}
