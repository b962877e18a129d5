//! An alias that points to another key than the one it names.

use crate::evidence::{Alias, BoundBy, Bundle, Claim, Data, GuideAlias, Key, guide_alias};
use crate::finding::{Finding, Label};
use crate::rules::aliases;
use crate::rules::claimed::{Same, is_own};
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `alias-points-elsewhere`
    AliasPointsElsewhere,
    "alias-points-elsewhere",
    Duties,
    High,
    "The alias of a role and chain points to another key than the one that is claimed for them",
    "alias_points_elsewhere.md",
    judge
);

/// An alias of the guide's pattern that the evidence lists, and where it points.
struct Listed<'b> {
    alias: &'b Alias,
    guide: GuideAlias,
    target: &'b str,
}

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let claims: Vec<&Claim> = bundle
        .claims_of(key)
        .filter(|(claim, bound)| bound.by == BoundBy::Key && is_own(claim))
        .map(|(claim, _)| claim)
        .filter(|claim| claim.role.is_some() && claim.chain.is_some())
        .collect();
    if claims.is_empty() {
        return Outcome::NotEvaluated(
            "no claim names this key together with its role and chain, so that nothing says which alias is its own".to_owned(),
        );
    }
    let Some(id) = key.id.as_deref() else {
        return Outcome::NotEvaluated("the key's id is not in the evidence".to_owned());
    };
    let listed = listed(bundle);
    let mut findings = Vec::new();
    let mut here = None;
    for claim in claims {
        for listed in listed
            .iter()
            .filter(|listed| aliases::is_for(claim, &listed.guide))
        {
            if listed.target == id {
                // Whether the address is the key's is another question, and has its own answer.
                here = Some(listed.alias.name.value.as_str());
            } else if !aliases::is_refuted(claim, key)
                && !aliases::calls_by_alias(claim, key)
                && !key.aliases.contains(&listed.alias.name.value)
                && is_the_claims(bundle, claim, listed)
                && aliases::is_beside(listed.alias, key)
            {
                findings.push(finding(meta, bundle, key, claim, listed));
            }
        }
    }
    findings.dedup_by(|a, b| a.fingerprint == b.fingerprint);
    match (findings.is_empty(), here) {
        (true, None) => Outcome::NotEvaluated(
            "no alias of the guide's pattern for the key's role and chain is in the evidence (aws kms list-aliases)"
                .to_owned(),
        ),
        (_, here) => Outcome::of(
            findings,
            format!("{} points to the key that is claimed", here.unwrap_or_default()),
        ),
    }
}

/// The aliases of the guide's pattern that AWS lists, in the order of the evidence.
fn listed(bundle: &Bundle) -> Vec<Listed<'_>> {
    bundle
        .artefacts
        .iter()
        .filter(|artefact| !artefact.intent)
        .filter_map(|artefact| match &artefact.data {
            Data::Aliases(list) => Some(list),
            _ => None,
        })
        .flat_map(|list| &list.aliases)
        .filter_map(|alias| {
            Some(Listed {
                alias,
                guide: guide_alias(&alias.name.value)?,
                target: alias.target.as_ref()?.value.id()?,
            })
        })
        .collect()
}

/// False where the claim's address is that of the alias's key: the claim then names the wrong key, which is said at the
/// claim.
fn is_the_claims(bundle: &Bundle, claim: &Claim, listed: &Listed<'_>) -> bool {
    let address = Same::of(&claim.address.value);
    !bundle
        .keys
        .iter()
        .filter(|other| other.id.as_deref() == Some(listed.target))
        .any(|other| address.is_some_and(|address| address.is_of(other)))
}

fn finding(meta: &'static Meta, bundle: &Bundle, key: &Key, claim: &Claim, listed: &Listed<'_>) -> Finding {
    let name = short(&listed.alias.name.value);
    let target = listed
        .alias
        .target
        .as_ref()
        .map_or(listed.alias.name.span, |target| target.span);
    let other = bundle
        .keys
        .iter()
        .find(|other| other.id.as_deref() == Some(listed.target));
    let judged = other.is_some_and(|other| other.scope.is_some());
    let label = Label {
        span: target,
        message: "another key".to_owned(),
    };
    let mut finding = Finding::builder(
        meta.id,
        meta.severity,
        key.subject(),
        format!(
            "{name} points to key {} and not to key {}, which is claimed for {} on {}",
            short(listed.target),
            key.id.as_deref().unwrap_or_default(),
            listed.guide.role.word(),
            listed.guide.chain
        ),
        label,
    )
    .related(
        claim.key.as_ref().map_or(claim.address.span, |named| named.span),
        "the claim names this key",
    )
    .consequence("an agent that is configured by the alias signs with the other key, and from another address than is claimed")
    .remedy(format!(
        "Find out which of the two the agent uses. Then move the alias (aws kms update-alias --alias-name NAME \
         --target-key-id {}), or correct the claim.",
        key.id.as_deref().unwrap_or("KEY_ID")
    ));
    if !judged {
        finding = finding.note("The other key is not in scope: no claim speaks of it.");
    }
    if let Some(updated) = &listed.alias.updated {
        finding = finding.note(format!(
            "The alias was last changed at {}.",
            short(&updated.value)
        ));
    }
    finding.content(&format!("{}\n{}", listed.alias.name.value, listed.target))
}
