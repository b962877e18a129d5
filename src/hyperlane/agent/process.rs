//! One agent: a validator or a relayer, and the keys that it uses.

use super::setting::{Merged, Setting, Source, Text, flat};
use super::signer::{Signer, SignerKind};
use crate::source::Span;

/// The program that a configuration is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Program {
    /// Signs checkpoints of one chain, and one announcement.
    Validator,
    /// Delivers messages between chains.
    Relayer,
}

impl Program {
    /// The word of messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Validator => "validator",
            Self::Relayer => "relayer",
        }
    }
}

/// What a key is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Checkpoints and the announcement.
    Checkpoints,
    /// Transactions.
    Transactions,
}

impl Purpose {
    /// The words of messages.
    pub fn words(self) -> &'static str {
        match self {
            Self::Checkpoints => "checkpoints",
            Self::Transactions => "transactions",
        }
    }
}

/// How a chain came to its signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// It has one of its own.
    Explicit,
    /// It has none, and takes `defaultSigner`.
    DefaultSigner,
    /// It has none, there is no `defaultSigner`, and the validator's key signs its transactions.
    ValidatorKey {
        /// True where the configuration says that the chain is of a kind for which that is done.
        is_sure: bool,
    },
}

impl How {
    /// The words of messages.
    pub fn words(self) -> &'static str {
        match self {
            Self::Explicit => "as configured",
            Self::DefaultSigner => "by defaultSigner, since the chain has no signer of its own",
            Self::ValidatorKey { .. } => "since the chain has no signer, and nothing is set as defaultSigner",
        }
    }
}

/// One use of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// What for.
    pub purpose: Purpose,
    /// The chain, flat; nothing where it is not said.
    pub chain: Option<String>,
    /// How it came to that.
    pub how: How,
    /// What signs.
    pub signer: Signer,
}

impl KeyUse {
    /// In words: `checkpoints of base`.
    pub fn words(&self) -> String {
        let between = if self.purpose == Purpose::Checkpoints {
            "of"
        } else {
            "on"
        };
        match &self.chain {
            Some(chain) => format!("{} {between} {chain}", self.purpose.words()),
            None => self.purpose.words().to_owned(),
        }
    }
}

/// What a configuration says of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Its name, flat.
    pub name: String,
    /// `domainId`
    pub domain: Option<Text>,
    /// `chainId`
    pub chain_id: Option<Text>,
    /// `protocol`
    pub protocol: Option<Text>,
}

/// Where a validator puts its checkpoints: `checkpointSyncer`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syncer {
    /// `type`
    pub form: Option<Text>,
    /// `bucket`
    pub bucket: Option<Text>,
    /// `region`
    pub region: Option<Text>,
    /// `folder`
    pub folder: Option<Text>,
}

/// One agent, by all of its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// The program, where the settings say it.
    pub program: Option<Program>,
    /// `originChainName` of a validator, as written.
    pub origin: Option<Text>,
    /// The chains, by name.
    pub chains: Vec<Chain>,
    /// The keys that it uses: the validator's own first, then those of the chains by name.
    pub uses: Vec<KeyUse>,
    /// Chains that it relays to, or that it validates, and that have no signer at all.
    pub without: Vec<String>,
    /// Settings that look like a signer's, and that nothing reads.
    pub ignored: Vec<Setting>,
    /// `checkpointSyncer` of a validator.
    pub syncer: Option<Syncer>,
    /// True where there are more chains than are looked at.
    pub is_cut: bool,
}

/// Chains of one agent that are looked at.
const CHAINS: usize = 2_000;

impl Agent {
    /// Reads an agent from its sources, whichever order they come in. `program` is what is known of it beside them.
    pub fn of(program: Option<Program>, sources: &[&Source]) -> Self {
        let merged = Merged::of(sources);
        let program = program
            .or_else(|| sources.iter().find_map(|source| source.program))
            .or_else(|| merged.iter().find_map(|setting| super::program_of(&setting.path)));
        let origin = merged.text(&["originchainname"]);
        let mut names = merged.chains();
        let is_cut = names.len() > CHAINS;
        names.truncate(CHAINS);
        let chains = names
            .iter()
            .map(|name| Chain {
                name: name.clone(),
                domain: merged.text(&["chains", name, "domainid"]),
                chain_id: merged.text(&["chains", name, "chainid"]),
                protocol: merged.text(&["chains", name, "protocol"]),
            })
            .collect();
        let mut agent = Self {
            program,
            origin,
            chains,
            uses: Vec::new(),
            without: Vec::new(),
            ignored: merged
                .iter()
                .filter(|setting| setting.is_ignored())
                .cloned()
                .collect(),
            syncer: syncer(&merged),
            is_cut,
        };
        agent.find_uses(&merged, &names);
        agent
    }

    /// The chain of a validator, flat.
    pub fn origin_chain(&self) -> Option<String> {
        Some(flat(self.origin.as_ref()?.known()?))
    }

    /// What the configuration says of a chain.
    pub fn chain(&self, name: &str) -> Option<&Chain> {
        self.chains.iter().find(|chain| chain.name == name)
    }

    /// The validator's own key.
    pub fn own_key(&self) -> Option<&KeyUse> {
        self.uses.iter().find(|one| one.purpose == Purpose::Checkpoints)
    }

    fn find_uses(&mut self, merged: &Merged, names: &[String]) {
        let own = Signer::at(merged, &["validator"]);
        let of_all = Signer::at(merged, &["defaultsigner"]);
        let origin = self.origin_chain();
        if let Some(signer) = own.clone() {
            self.uses.push(KeyUse {
                purpose: Purpose::Checkpoints,
                chain: origin.clone(),
                how: How::Explicit,
                signer,
            });
        }
        for chain in self.signing_chains(merged, names) {
            let explicit = Signer::at(merged, &["chains", &chain, "signer"]);
            let (signer, how) = match (explicit, &of_all) {
                (Some(signer), _) => (signer, How::Explicit),
                (None, Some(signer)) => (signer.clone(), How::DefaultSigner),
                (None, None) => {
                    let fallback = (origin.as_deref() == Some(chain.as_str()))
                        .then(|| self.falls_back(&chain))
                        .flatten();
                    let Some((is_sure, signer)) = fallback.zip(own.clone()) else {
                        self.without.push(chain);
                        continue;
                    };
                    (signer, How::ValidatorKey { is_sure })
                }
            };
            self.uses.push(KeyUse {
                purpose: Purpose::Transactions,
                chain: Some(chain),
                how,
                signer,
            });
        }
        let is_used = self.uses.iter().any(|one| one.how == How::DefaultSigner);
        if let Some(signer) = of_all.filter(|_| !is_used && self.uses.len() < 2 && self.without.is_empty()) {
            // No chain is named, and the agent has some: those that the image brings along.
            self.uses.push(KeyUse {
                purpose: Purpose::Transactions,
                chain: None,
                how: How::DefaultSigner,
                signer,
            });
        }
    }

    /// The chains on which the agent signs transactions: a validator on its own, a relayer on those that it relays to.
    fn signing_chains(&mut self, merged: &Merged, names: &[String]) -> Vec<String> {
        let has_signer = |name: &&String| !merged.members(&["chains", name, "signer"]).is_empty();
        if self.program == Some(Program::Validator) {
            return match self.origin_chain() {
                Some(origin) => vec![origin],
                None => names.iter().filter(has_signer).cloned().collect(),
            };
        }
        let mut is_cut = self.is_cut;
        let listed = merged
            .text(&["relaychains"])
            .and_then(|list| list.value)
            .map(|list| {
                let mut chains: Vec<String> = list
                    .split(',')
                    .map(|name| flat(name.trim()))
                    .filter(|name| !name.is_empty())
                    .take(CHAINS.saturating_add(1))
                    .collect();
                is_cut = chains.len() > CHAINS;
                chains.truncate(CHAINS);
                chains.sort();
                chains.dedup();
                chains
            });
        self.is_cut = is_cut;
        match listed {
            Some(chains) if self.program == Some(Program::Relayer) => chains,
            // Which chains it signs on is not said: those that have a signer.
            _ => {
                let with: Vec<String> = names.iter().filter(has_signer).cloned().collect();
                let all = !merged.members(&["defaultsigner"]).is_empty();
                if all { names.to_vec() } else { with }
            }
        }
    }

    /// Whether a validator without a signer signs the transactions of its chain with its own key; nothing where the
    /// configuration says that it does not. True where it says that it does.
    ///
    /// Done for chains of the protocols `ethereum` and `tron` (hyperlane-monorepo, `agents/validator/src/settings.rs`).
    fn falls_back(&self, chain: &str) -> Option<bool> {
        let protocol = self.chain(chain).and_then(|chain| chain.protocol.as_ref());
        match protocol.and_then(Text::known) {
            Some(known) if matches!(flat(known).as_str(), "ethereum" | "tron") => Some(true),
            Some(_) => None,
            None => Some(false),
        }
    }
}

impl Signer {
    /// The place of the private key, for a signer that is one.
    pub fn private_key(&self) -> Option<Span> {
        match &self.kind {
            SignerKind::Private { key, .. } => Some(key.unwrap_or(self.span)),
            _ => None,
        }
    }
}

fn syncer(merged: &Merged) -> Option<Syncer> {
    let of = |name: &str| merged.text(&["checkpointsyncer", name]);
    let syncer = Syncer {
        form: of("type"),
        bucket: of("bucket"),
        region: of("region"),
        folder: of("folder"),
    };
    (syncer.form.is_some() || syncer.bucket.is_some()).then_some(syncer)
}
