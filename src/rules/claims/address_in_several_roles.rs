//! One address in two roles.

use std::collections::BTreeMap;

use crate::evidence::{Claim, Key};
use crate::finding::{Finding, Label, Severity};
use crate::rules::claimed::{Same, is_own, made_for, some_of};
use crate::rules::common::{at_most_per_file, short};
use crate::rules::duties::has_both_roles;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `address-in-several-roles`
    AddressInSeveralRoles,
    "address-in-several-roles",
    Claims,
    Medium,
    "One address is claimed in two roles, such as validator and relayer",
    "address_in_several_roles.md",
    judge
);

/// Roles of one address that a finding shows.
const ROLES: usize = 10;

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let keys = made_for(bundle);
    let mut roles: BTreeMap<Same, BTreeMap<&str, Vec<&Claim>>> = BTreeMap::new();
    for (index, (claim, _)) in bundle.claims.iter().enumerate() {
        let Some(role) = claim
            .role
            .as_deref()
            .map(str::trim)
            .filter(|role| !role.is_empty())
        else {
            continue;
        };
        let Some(address) = Same::of(&claim.address.value).filter(|address| !address.is_zero()) else {
            continue;
        };
        // A claim that is not its key's address is wrong by itself, and reported so.
        let refuted = keys
            .get(&index)
            .and_then(|key| bundle.keys.get(*key))
            .is_some_and(|key| key.evm().is_some() && !address.is_of(key));
        if !refuted {
            roles
                .entry(address)
                .or_default()
                .entry(role)
                .or_default()
                .push(claim);
        }
    }
    let own = |roles: &BTreeMap<&str, Vec<&Claim>>| roles.values().flatten().any(|claim| is_own(claim));
    let judged = roles.values().filter(|roles| own(roles)).count();
    if judged == 0 {
        return Outcome::NotEvaluated(
            "no claim of the owner's and no announcement says the role of its address".to_owned(),
        );
    }
    let mut several: Vec<_> = roles.iter().filter(|(_, roles)| roles.len() > 1).collect();
    let all = several.len();
    // Of a key that is here both roles are said at the key.
    several.retain(|(address, _)| {
        !address
            .key_here(bundle)
            .is_some_and(|key| has_both_roles(bundle, key))
    });
    if several.is_empty() && all > 0 {
        return Outcome::NotApplicable(
            "the addresses that are claimed in two roles are those of keys of this evidence: see \
             same-key-validator-and-relayer"
                .to_owned(),
        );
    }
    let findings = several
        .into_iter()
        .filter_map(|(address, roles)| {
            let subject = address
                .key_here(bundle)
                .map_or_else(|| format!("address {address}"), Key::subject);
            finding(meta, *address, subject, roles)
        })
        .collect();
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        format!("each of {judged} claimed addresses with a role has one role only"),
    )
}

fn finding(
    meta: &'static Meta,
    address: Same,
    subject: String,
    roles: &BTreeMap<&str, Vec<&Claim>>,
) -> Option<Finding> {
    // An agent that signs transactions with its validator key does what its own documentation allows.
    let severity = if roles.contains_key("validator") && roles.contains_key("relayer") {
        meta.severity
    } else {
        Severity::Low
    };
    let mut places = roles
        .iter()
        .filter_map(|(role, claims)| Some((*role, *claims.first()?)));
    let (first_role, first) = places.next()?;
    let (second_role, second) = places.next()?;
    let on = |role: &str, claim: &Claim| match &claim.chain {
        Some(chain) => format!("{} on {}", short(role), short(chain)),
        None => short(role),
    };
    let named: Vec<String> = roles
        .iter()
        .filter_map(|(role, claims)| Some(on(role, claims.first()?)))
        .collect();
    let message = format!(
        "{address} is claimed in {} roles: {}",
        roles.len(),
        some_of(&named, 4)
    );
    let label = Label {
        span: second.address.span,
        message: on(second_role, second),
    };
    let mut finding = Finding::builder(meta.id, severity, subject, message, label)
        .related(first.address.span, on(first_role, first))
        .consequence(
            "KMS sees digests only: whoever may sign transactions with the key may sign checkpoints with it, and the \
             other way round",
        )
        .remedy(
            "Make a key for each role, as the guide does, each with a policy for its own agent; then announce or \
             configure the new address.",
        );
    for (role, claim) in places.take(ROLES) {
        finding = finding.related(claim.address.span, on(role, claim));
    }
    let content: Vec<&str> = roles.keys().copied().collect();
    Some(finding.content(&format!("{address}\n{}", content.join("\n"))))
}
