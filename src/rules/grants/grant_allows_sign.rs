//! A grant that lets somebody of the key's account sign.

use super::{Held, Party, content, judge as each};
use crate::evidence::Key;
use crate::finding::{Finding, Severity};
use crate::rules::declared_signers::Declared;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `grant-allows-sign`
    GrantAllowsSign,
    "grant-allows-sign",
    Grants,
    High,
    "A grant lets somebody sign, which the key policy does not show",
    "grant_allows_sign.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let declared = Declared::of(context, key);
    let mut elsewhere: Vec<&str> = Vec::new();
    let proof = "no grant of the key lets anybody sign";
    let outcome = each(context, key, proof, |held| {
        if !held.grant.allows("Sign") {
            return None;
        }
        match held.party(context.bundle, key) {
            Party::Foreign(_) => elsewhere.push("grant-cross-account"),
            Party::Account => elsewhere.push("grant-to-account-root"),
            Party::Deleted => elsewhere.push("grant-stale-grantee"),
            Party::Service | Party::Somebody => return Some(finding(meta, &declared, key, held)),
        }
        None
    });
    elsewhere.sort_unstable();
    elsewhere.dedup();
    match outcome {
        Outcome::Pass(_) if !elsewhere.is_empty() => Outcome::NotApplicable(format!(
            "every grant with Sign is spoken of elsewhere: see {}",
            elsewhere.join(", ")
        )),
        outcome => outcome,
    }
}

fn finding(meta: &'static Meta, declared: &Declared, key: &Key, held: &Held<'_>) -> Finding {
    let (name, whom) = (held.name(), held.whom());
    let span = held.grant.place_of("Sign");
    let (severity, message) = match declared.is_declared(held.grantee()) {
        Some(true) => (
            Severity::Info,
            format!("{name} lets {whom} sign, who is declared as a signer of the key"),
        ),
        Some(false) => (
            meta.severity,
            format!("{name} lets {whom} sign, who is not declared as a signer of the key"),
        ),
        None => (
            Severity::Medium,
            format!(
                "{name} lets {whom} sign; nothing in the evidence declares who is meant to sign with the key"
            ),
        ),
    };
    let mut finding = held
        .finding(meta, severity, key, message, (span, "may sign"))
        .note("A grant survives every change of the key policy, and does not end by itself.");
    if let Some(also) = held.also("Sign").filter(|_| !held.grant.allows("CreateGrant")) {
        finding = finding.consequence(also);
    }
    if severity == Severity::Info {
        finding = finding.remedy(format!(
            "Let the key policy alone name the signers, so that one document shows them all. {}",
            held.revoke(key)
        ));
    } else {
        finding = finding.remedy(format!(
            "Find out who made it and why (CloudTrail, CreateGrant). Where it is not meant, or the key policy can say the same: {}",
            held.revoke(key)
        ));
    }
    finding.content(&content(held.grant))
}
