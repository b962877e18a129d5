//! Aliases against the guide's pattern and against what is claimed for the key.

use crate::arn::is_unknown;
use crate::evidence::{AgentRole, Alias, Claim, GuideAlias, Key, guide_alias, same_chain_form};
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::rules::aliases;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `alias-pattern`
    AliasPattern,
    "alias-pattern",
    Hyperlane,
    Info,
    "The key's alias is not the guide's, or names another role or chain than is claimed for the key",
    "alias_pattern.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    if !context.hyperlane {
        return Outcome::NotApplicable(
            "the conventions of Hyperlane's guide are not expected of this evidence".to_owned(),
        );
    }
    let bundle = context.bundle;
    let aliases = aliases::of_key(bundle, key);
    if aliases.is_empty() {
        return Outcome::NotEvaluated(
            "no alias of this key is in the evidence (aws kms list-aliases)".to_owned(),
        );
    }
    if aliases.iter().all(|alias| is_unknown(&alias.name.value)) {
        return Outcome::NotEvaluated("the alias is known only when it is deployed".to_owned());
    }
    let aliases: Vec<&Alias> = aliases
        .into_iter()
        .filter(|alias| !is_unknown(&alias.name.value))
        .collect();
    let claims: Vec<&Claim> = bundle.claims_of(key).map(|(claim, _)| claim).collect();
    let mut findings = Vec::new();
    let mut fitting: Option<&str> = None;
    let mut elsewhere: Option<&str> = None;
    for alias in &aliases {
        let name = alias.name.value.as_str();
        let Some(guide) = guide_alias(name) else { continue };
        if fits(&guide, &claims) {
            fitting = fitting.or(Some(name));
        } else if aliases::meant_for(bundle, alias, &guide, key).is_some() {
            // It is said at the key that is named for what the alias says.
            elsewhere = Some(name);
        } else {
            findings.push(drifted(meta, key, alias, &guide, &claims));
        }
    }
    if let Some(name) = elsewhere.filter(|_| findings.is_empty()) {
        return Outcome::NotApplicable(format!(
            "a claim names another key for what {name} says: see alias-points-elsewhere"
        ));
    }
    if fitting.is_none() && findings.is_empty() {
        findings.extend(aliases.first().map(|alias| unlike(meta, key, alias)));
    }
    if findings.is_empty()
        && claims
            .iter()
            .all(|claim| claim.role.is_none() && claim.chain.is_none())
    {
        return Outcome::NotEvaluated(
            "the alias follows the guide's pattern; no claim says the key's role and chain to compare it with"
                .to_owned(),
        );
    }
    Outcome::of(
        findings,
        format!(
            "{} follows the guide's pattern and names the role and chain that are claimed",
            fitting.unwrap_or_default()
        ),
    )
}

fn role_fits(alias: &GuideAlias, claim: &Claim) -> bool {
    claim
        .role
        .as_deref()
        .is_none_or(|role| same_chain_form(role) == same_chain_form(alias.role.word()))
}

fn chain_fits(alias: &GuideAlias, claim: &Claim) -> bool {
    claim
        .chain
        .as_deref()
        .is_none_or(|chain| same_chain_form(chain) == same_chain_form(&alias.chain))
}

/// True if the alias agrees with one claim at least, or there is none to compare it with.
fn fits(alias: &GuideAlias, claims: &[&Claim]) -> bool {
    claims.is_empty()
        || claims
            .iter()
            .any(|claim| role_fits(alias, claim) && chain_fits(alias, claim))
}

/// The chain without the suffix that a key rotation leaves on aliases.
fn without_rotation(alias: &GuideAlias) -> Option<GuideAlias> {
    let chain = alias
        .chain
        .strip_suffix("-old")
        .or_else(|| alias.chain.strip_suffix("-new"))?;
    Some(GuideAlias {
        role: alias.role,
        chain: chain.to_owned(),
    })
}

fn drifted(meta: &'static Meta, key: &Key, alias: &Alias, guide: &GuideAlias, claims: &[&Claim]) -> Finding {
    let name = &alias.name.value;
    let claimed: Vec<String> = claims
        .iter()
        .map(|claim| crate::rules::address::claimed_for(claim))
        .collect();
    let same_role = claims.iter().any(|claim| role_fits(guide, claim));
    let rotation = without_rotation(guide).is_some_and(|guide| fits(&guide, claims));
    let severity = match (rotation, same_role, guide.role) {
        (true, ..) => Severity::Info,
        // One relayer key may serve several chains; it only pays from one account on each.
        (_, true, AgentRole::Relayer) => Severity::Low,
        _ => Severity::Medium,
    };
    let message = if rotation {
        format!("{name} is left over from a key rotation")
    } else {
        format!(
            "{name} says {} on {}, while the key's address is claimed {}",
            guide.role.word(),
            guide.chain,
            claimed.join(", ")
        )
    };
    let label = Label {
        span: alias.name.span,
        message: "the alias".to_owned(),
    };
    let mut finding = Finding::builder(meta.id, severity, key.subject(), message, label)
        .confidence(Confidence::Medium)
        .consequence(if rotation {
        "an agent that is still configured by this alias signs with the key of before or after the rotation"
    } else {
        "an agent that is configured by this alias signs with a key that is claimed for something else"
    })
        .remedy(format!(
            "Find out which agent uses the alias; then move it (aws kms update-alias --alias-name NAME --target-key-id \
             KEY_ID), delete it (aws kms delete-alias), or correct the claim. Key: {}.",
            key.id.as_deref().unwrap_or("not known by id")
        ));
    for claim in claims {
        finding = finding.related(claim.address.span, "claimed here");
    }
    finding.content(name)
}

fn unlike(meta: &'static Meta, key: &Key, alias: &Alias) -> Finding {
    let name = &alias.name.value;
    let label = Label {
        span: alias.name.span,
        message: "another pattern".to_owned(),
    };
    let mut finding = Finding::builder(
        meta.id,
        Severity::Info,
        key.subject(),
        format!("{name} does not follow the guide's pattern hyperlane-<role>-signer-<chain>"),
        label,
    )
    .note("The alias is a name only: it changes nothing about who may sign.")
    .remedy(
        "Nothing must be done. To follow the guide: aws kms create-alias --alias-name \
         alias/hyperlane-validator-signer-CHAIN (or hyperlane-relayer-signer-CHAIN).",
    );
    if name.contains("-key-") {
        finding = finding.note(
            "alias/{context}-{env}-key-{chain}-validator-{index} is the pattern of Hyperlane's own infrastructure.",
        );
    }
    finding.content(name)
}
