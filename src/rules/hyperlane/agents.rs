//! What the rules on agents' configurations need.

use std::collections::BTreeMap;

use crate::arn::KeyRef;
use crate::evidence::{AgentKey, AgentRole, Bundle, ConfiguredAgent, guide_alias};
use crate::hyperlane::agent::{KeyUse, SignerKind, Text};
use crate::rules::{Context, Outcome};
use crate::source::Span;

/// The answer where no configuration is there.
pub(super) fn without(context: &Context<'_>) -> Option<Outcome> {
    if !context.bundle.agents.is_empty() {
        return None;
    }
    Some(if context.hyperlane || context.bundle.artefacts.is_empty() {
        Outcome::NotEvaluated(
            "no configuration of an agent that names a signer is in the evidence (its JSON files, its environment, the \
             command that starts it)"
                .to_owned(),
        )
    } else {
        Outcome::NotApplicable("no agent of Hyperlane is in the evidence".to_owned())
    })
}

/// What a finding on a use is about: the key, where it is one that is judged, else the agent.
pub(super) fn subject(bundle: &Bundle, agent: &ConfiguredAgent, key: Option<&AgentKey>) -> String {
    key.and_then(|key| key.found)
        .and_then(|(key, _)| bundle.keys.get(key))
        .filter(|key| key.scope.is_some())
        .map_or_else(|| format!("agent {}", agent.name), crate::evidence::Key::subject)
}

/// Uses of one signer: one place of the configuration may serve many chains.
pub(super) struct Signing<'b> {
    pub(super) uses: Vec<&'b KeyUse>,
    pub(super) key: &'b AgentKey,
}

impl Signing<'_> {
    /// The uses in words, the first few.
    pub(super) fn words(&self) -> String {
        let words: Vec<String> = self.uses.iter().map(|one| one.words()).collect();
        crate::rules::claimed::some_of(&words, 4)
    }
}

/// The uses of an agent by the place of the signer, in the order of the configuration: what falls back to the validator's
/// own key is one with it.
pub(super) fn signings(agent: &ConfiguredAgent) -> Vec<Signing<'_>> {
    let mut found: Vec<Signing<'_>> = Vec::new();
    let mut seen: BTreeMap<Span, usize> = BTreeMap::new();
    for (one, key) in agent.agent.uses.iter().zip(&agent.keys) {
        let own = one.signer.span;
        if let Some(signing) = seen.get(&own).and_then(|at| found.get_mut(*at)) {
            signing.uses.push(one);
        } else {
            seen.insert(own, found.len());
            found.push(Signing { uses: vec![one], key });
        }
    }
    found
}

/// The id and the region of a key of KMS.
pub(super) fn aws(one: &KeyUse) -> Option<(Option<&Text>, Option<&Text>)> {
    match &one.signer.kind {
        SignerKind::Aws { id, region } => Some((id.as_ref(), region.as_ref())),
        _ => None,
    }
}

/// What an alias says of the key that has it.
pub(super) struct Said {
    pub(super) role: AgentRole,
    pub(super) chain: Option<String>,
}

/// What the name of an alias says: by the guide's pattern, or by that of Hyperlane's own infrastructure,
/// `alias/{context}-{env}-key-{chain}-validator-{index}` and `alias/{context}-{env}-key-relayer`.
///
/// Sources: Hyperlane documentation, "Agent Keys"; hyperlane-monorepo, `typescript/infra/src/agents/aws/key.ts`.
pub(super) fn said(id: &str) -> Option<(String, Said)> {
    let KeyRef::Alias { name, .. } = KeyRef::parse(id)? else {
        return None;
    };
    if let Some(guide) = guide_alias(&name) {
        let said = Said {
            role: guide.role,
            chain: Some(guide.chain),
        };
        return Some((name, said));
    }
    let (_, key) = name.strip_prefix("alias/")?.split_once("-key-")?;
    let said = if key == "relayer" {
        Said {
            role: AgentRole::Relayer,
            chain: None,
        }
    } else {
        let (before, index) = key.rsplit_once('-')?;
        if index.is_empty() || !index.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let chain = match before {
            "validator" => None,
            named => Some(named.strip_suffix("-validator")?.to_owned()),
        };
        Said {
            role: AgentRole::Validator,
            chain,
        }
    };
    Some((name, said))
}
