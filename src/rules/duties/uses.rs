//! What a key is used for: which role, on which chain.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{Bundle, Key, guide_alias, same_chain_form};
use crate::rules::aliases;
use crate::rules::claimed::Same;
use crate::rules::common::short;
use crate::source::Span;

/// One use of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    /// The role, lower case; empty where only the chain is said.
    pub(super) role: String,
    /// The chain, where it is said.
    pub(super) chain: Option<String>,
    /// Where it is said.
    pub(super) span: Span,
}

impl Use {
    /// In words: `validator on base`.
    pub(super) fn words(&self) -> String {
        let role = if self.role.is_empty() {
            "in use"
        } else {
            self.role.as_str()
        };
        match &self.chain {
            Some(chain) => format!("{} on {}", short(role), short(chain)),
            None => short(role),
        }
    }
}

/// What a key is used for, and who says so.
pub(super) struct Uses {
    pub(super) list: Vec<Use>,
    /// True where a claim says one of them.
    pub(super) by_claim: bool,
    /// True where the configuration of an agent says one of them.
    pub(super) by_agent: bool,
    /// True where neither does, and the names of aliases do.
    pub(super) by_alias: bool,
}

/// The uses of a key: by the claims of its address and the configurations of agents, and where these say none, by aliases
/// of the guide's pattern.
///
/// A claim that is not the key's address is wrong by itself, and reported so.
pub(super) fn of_key(bundle: &Bundle, key: &Key) -> Uses {
    let mut list: Vec<Use> = bundle
        .claims_of(key)
        .map(|(claim, _)| claim)
        .filter(|claim| !aliases::is_refuted(claim, key))
        .filter(|claim| !Same::of(&claim.address.value).is_some_and(Same::is_zero))
        .map(|claim| Use {
            role: claim.role.as_deref().unwrap_or_default().trim().to_owned(),
            chain: claim.chain.as_deref().map(|chain| chain.trim().to_owned()),
            span: claim.address.span,
        })
        .map(|used| Use {
            chain: used.chain.filter(|chain| !same_chain_form(chain).is_empty()),
            ..used
        })
        .filter(|used| !used.role.is_empty() || used.chain.is_some())
        .collect();
    let claimed = list.len();
    let by_claim = claimed > 0;
    for one in bundle.uses_of(key) {
        if let Some(role) = one.role() {
            list.push(Use {
                role: role.to_owned(),
                chain: one.of.chain.clone(),
                span: one.span(),
            });
        }
    }
    let by_agent = list.len() > claimed;
    let by_alias = list.is_empty();
    if by_alias {
        list = aliases::of_key(bundle, key)
            .into_iter()
            .filter_map(|alias| {
                let guide = guide_alias(&alias.name.value)?;
                // A rotation leaves its suffix behind: the chain is the same.
                let chain = guide
                    .chain
                    .strip_suffix("-old")
                    .or_else(|| guide.chain.strip_suffix("-new"))
                    .unwrap_or(&guide.chain);
                Some(Use {
                    role: guide.role.word().to_owned(),
                    chain: Some(chain.to_owned()),
                    span: alias.name.span,
                })
            })
            .collect();
    }
    list.sort_by(|a, b| (&a.role, &a.chain, a.span).cmp(&(&b.role, &b.chain, b.span)));
    Uses {
        list,
        by_claim,
        by_agent,
        by_alias,
    }
}

impl Uses {
    /// Who says it, as the beginning of a sentence that goes on with the uses.
    pub(super) fn told(&self) -> &'static str {
        match (self.by_claim, self.by_agent) {
            (true, true) => "claims and agents' configurations say",
            (false, true) => "agents are configured so:",
            (true, false) => "it is claimed",
            (false, false) => "its aliases say",
        }
    }

    pub(super) fn has(&self, role: &str) -> bool {
        self.list.iter().any(|used| used.role == role)
    }

    /// The chains of each role, each chain once.
    pub(super) fn chains(&self) -> BTreeMap<&str, Vec<&Use>> {
        let mut found: BTreeMap<&str, Vec<&Use>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for used in &self.list {
            if let Some(chain) = &used.chain
                && seen.insert((used.role.as_str(), same_chain_form(chain)))
            {
                found.entry(used.role.as_str()).or_default().push(used);
            }
        }
        found
    }

    /// The uses in words, each once.
    pub(super) fn words(&self) -> Vec<String> {
        let words: BTreeSet<String> = self.list.iter().map(Use::words).collect();
        words.into_iter().collect()
    }
}

/// True for a key that is said to be a validator's and a relayer's.
pub(in crate::rules) fn has_both_roles(bundle: &Bundle, key: &Key) -> bool {
    let uses = of_key(bundle, key);
    uses.has("validator") && uses.has("relayer")
}
