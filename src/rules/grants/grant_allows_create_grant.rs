//! A grant that lets its grantee make further grants.

use super::{Held, Party, content, judge as each};
use crate::evidence::Key;
use crate::finding::Finding;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `grant-allows-create-grant`
    GrantAllowsCreateGrant,
    "grant-allows-create-grant",
    Grants,
    High,
    "A grant lets its grantee make further grants: a chain of delegation",
    "grant_allows_create_grant.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let mut elsewhere: Vec<&str> = Vec::new();
    let proof = "no grant of the key lets anybody make further grants";
    let outcome = each(context, key, proof, |held| {
        if !held.grant.allows("CreateGrant") {
            return None;
        }
        match held.party(context.bundle, key) {
            Party::Foreign(_) => elsewhere.push("grant-cross-account"),
            Party::Deleted => elsewhere.push("grant-stale-grantee"),
            Party::Account => elsewhere.push("grant-to-account-root"),
            Party::Service | Party::Somebody => return Some(finding(meta, key, held)),
        }
        None
    });
    elsewhere.sort_unstable();
    elsewhere.dedup();
    match outcome {
        Outcome::Pass(_) if !elsewhere.is_empty() => Outcome::NotApplicable(format!(
            "every grant with CreateGrant is spoken of elsewhere: see {}",
            elsewhere.join(", ")
        )),
        outcome => outcome,
    }
}

fn finding(meta: &'static Meta, key: &Key, held: &Held<'_>) -> Finding {
    let message = format!("{} lets {} make further grants", held.name(), held.whom());
    let span = held.grant.place_of("CreateGrant");
    let mut finding = held.finding(meta, meta.severity, key, message, (span, "may make grants"));
    if held.grant.allows("Sign") {
        finding =
            finding.consequence("it may let anybody sign, in this account or another, by a grant of its own");
    } else if let Some(also) = held.also("CreateGrant") {
        finding = finding.consequence(format!("{also}, and it may hand all of that on to anybody"));
    }
    finding
        .note("From a grant, only operations of that grant can be handed on; from a policy, every operation.")
        .remedy(format!(
            "Make a grant without CreateGrant, or none. {} Look for the grants that its grantee made (aws kms list-grants).",
            held.revoke(key)
        ))
        .content(&content(held.grant))
}
