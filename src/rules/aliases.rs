//! Aliases of a key: which there are, who is said to use them, and which key they are meant for.

use crate::arn::{Arn, KeyRef};
use crate::evidence::{Alias, BoundBy, Bundle, Claim, Data, GuideAlias, Key, same_chain_form};
use crate::hyperlane::agent::SignerKind;
use crate::policy::Effect;
use crate::rules::claimed::{Same, is_own};
use crate::source::Span;

/// The entries of `ListAliases` that name the key, one for each name, sorted.
pub(super) fn of_key<'b>(bundle: &'b Bundle, key: &'b Key) -> Vec<&'b Alias> {
    let mut found: Vec<&Alias> = Vec::new();
    for (artefact, _) in bundle.of_key(key) {
        let Data::Aliases(list) = &artefact.data else {
            continue;
        };
        for alias in &list.aliases {
            let own = alias.target.as_ref().is_some_and(|target| match &target.value {
                KeyRef::Declared { name, .. } => key.declared.as_ref() == Some(name),
                named => named.id().is_some() && named.id() == key.id.as_deref(),
            });
            let seen = found.iter().any(|other| other.name.value == alias.name.value);
            if own && is_beside(alias, key) && !seen {
                found.push(alias);
            }
        }
    }
    found.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    found
}

/// True unless the alias is of another account or region than the key, where no agent of the key finds it.
pub(super) fn is_beside(alias: &Alias, key: &Key) -> bool {
    let of = |own: &Option<String>, text: &str| own.as_deref().is_none_or(|own| own == text);
    alias
        .arn
        .as_ref()
        .and_then(|arn| Arn::parse(&arn.value))
        .is_none_or(|arn| of(&key.region, arn.region) && of(&key.account, arn.account))
}

/// True where a whole list of aliases is there for the key, and has none of it.
pub(super) fn has_none(bundle: &Bundle, key: &Key) -> bool {
    let mut lists = bundle
        .of_key(key)
        .filter(|(artefact, _)| !artefact.intent)
        .filter_map(|(artefact, _)| match &artefact.data {
            Data::Aliases(list) => Some(list),
            _ => None,
        });
    let first = lists.next();
    first.is_some()
        && first
            .into_iter()
            .chain(lists)
            .all(|list| list.truncated.is_none() && list.aliases.is_empty())
}

/// Who calls a key by an alias, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CalledBy {
    /// The key policy asks for it.
    Policy,
    /// An agent is configured so.
    Agent,
    /// A claim calls it so.
    Claim,
}

/// Where the evidence says that a key is used by an alias.
pub(super) struct Used {
    /// The alias, with its `alias/`.
    pub(super) name: String,
    /// The place.
    pub(super) span: Span,
    /// Who calls the key so.
    pub(super) by: CalledBy,
}

/// The uses of a key by an alias that the evidence shows: the policy asks for one, an agent is
/// configured with one, or a claim calls the key by one.
pub(super) fn used(bundle: &Bundle, key: &Key) -> Vec<Used> {
    let mut found: Vec<Used> = Vec::new();
    if let Some(policy) = bundle.access(key).policy(bundle) {
        for statement in policy.document.statements.iter().filter(|statement| {
            !statement.not_action
                && statement
                    .actions
                    .iter()
                    .any(|(action, _)| action.covers("kms:Sign"))
        }) {
            for (operator, name, values) in statement.conditions() {
                if !name.eq_ignore_ascii_case("kms:RequestAlias") || !asks(operator, statement.effect) {
                    continue;
                }
                for value in values {
                    if let Some(text) = value.as_str().filter(|text| text.starts_with("alias/")) {
                        found.push(Used {
                            name: text.to_owned(),
                            span: Span::new(policy.source, value.span.clone()),
                            by: CalledBy::Policy,
                        });
                    }
                }
            }
        }
    }
    for one in bundle.uses_of(key) {
        if let SignerKind::Aws { id: Some(id), .. } = &one.of.signer.kind
            && let Some(KeyRef::Alias { name, .. }) = id.known().and_then(KeyRef::parse)
        {
            found.push(Used {
                name,
                span: id.span,
                by: CalledBy::Agent,
            });
        }
    }
    for (claim, bound) in bundle.claims_of(key) {
        if bound.by != BoundBy::Key {
            continue;
        }
        if let Some(named) = &claim.key
            && let Some(name) = alias_named(&named.value, key)
        {
            found.push(Used {
                name,
                span: named.span,
                by: CalledBy::Claim,
            });
        }
    }
    found.sort_by(|a, b| (&a.name, a.by, a.span).cmp(&(&b.name, b.by, b.span)));
    found.dedup_by(|a, b| a.name == b.name);
    found
}

/// True for an operator that lets only requests by the alias through: equal in an `Allow`, not equal in a `Deny`.
fn asks(operator: &str, effect: Option<Effect>) -> bool {
    let lower = operator.to_ascii_lowercase();
    let negated = lower.contains("not");
    lower.contains("string") && negated == (effect == Some(Effect::Deny))
}

/// The alias of the key that a claim calls it by.
fn alias_named(text: &str, key: &Key) -> Option<String> {
    let text = text.trim();
    match KeyRef::parse(text) {
        Some(KeyRef::Alias { name, .. }) => Some(name),
        Some(_) => None,
        None => {
            let name = format!("alias/{text}");
            key.aliases.contains(&name).then_some(name)
        }
    }
}

/// A claim that names its key by id, ARN or fingerprint, and says what the key is for.
pub(super) fn names_for<'b>(bundle: &'b Bundle, key: &'b Key, alias: &GuideAlias) -> Option<&'b Claim> {
    bundle
        .claims_of(key)
        .filter(|(claim, bound)| bound.by == BoundBy::Key && is_own(claim))
        .map(|(claim, _)| claim)
        .find(|claim| is_for(claim, alias) && !calls_by_alias(claim, key) && !is_refuted(claim, key))
}

/// True where the claim's role and chain are those of the alias.
pub(super) fn is_for(claim: &Claim, alias: &GuideAlias) -> bool {
    let same = |text: Option<&str>, own: &str| {
        text.is_some_and(|text| same_chain_form(text) == same_chain_form(own))
    };
    same(claim.role.as_deref(), alias.role.word()) && same(claim.chain.as_deref(), &alias.chain)
}

/// True for a claim that calls its key by an alias, and so moves with it.
pub(super) fn calls_by_alias(claim: &Claim, key: &Key) -> bool {
    claim
        .key
        .as_ref()
        .is_some_and(|named| alias_named(&named.value, key).is_some())
}

/// True for a claim whose address is not the key's: other rules say so.
pub(super) fn is_refuted(claim: &Claim, key: &Key) -> bool {
    key.evm().is_some() && Same::of(&claim.address.value).is_some_and(|address| !address.is_of(key))
}

/// The judged key that a claim names for what an alias of this key says: the alias points elsewhere.
pub(super) fn meant_for<'b>(
    bundle: &'b Bundle,
    alias: &Alias,
    guide: &GuideAlias,
    key: &Key,
) -> Option<&'b Key> {
    bundle.keys.iter().find(|other| {
        other.scope.is_some()
            && other.id.is_some()
            && other.id != key.id
            && is_beside(alias, other)
            && names_for(bundle, other, guide).is_some()
    })
}
