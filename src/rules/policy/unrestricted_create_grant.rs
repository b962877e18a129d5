//! Somebody who neither signs nor administers, and may let anybody sign by a grant.

use std::collections::BTreeSet;

use super::takeover::{POLICIES, Takeover, ask, grants_at_will, names, with_premises};
use crate::arn::Arn;
use crate::evidence::Key;
use crate::finding::{Confidence, Finding};
use crate::policy::access::{ActionClass, Party, Who};
use crate::policy::evaluate::{Because, Decision};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `unrestricted-create-grant`
    UnrestrictedCreateGrant,
    "unrestricted-create-grant",
    Policy,
    High,
    "Somebody may let anybody sign by a grant",
    "unrestricted_create_grant.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let mut asker = takeover.asker_without_iam();
    let signers: BTreeSet<&Who> = takeover.signers().map(|(holder, _)| &holder.who).collect();
    let mut findings = Vec::new();
    for party in takeover.named() {
        let others = party.is_foreign(takeover.account()) == Some(true) || signers.contains(&party.who);
        if others {
            continue;
        }
        let Some(decision) = grants_at_will(&mut asker, party) else {
            continue;
        };
        // By the policy's own name for it; what IAM gives is spoken of by the rules on IAM, what a grant gives by those on
        // grants, and what NotAction gives by allow-notaction.
        let mut because = takeover.left(&decision);
        because.retain(|because| {
            takeover
                .statement(*because)
                .is_some_and(|(_, statement, _)| !statement.not_action && names(statement, &party.caller))
        });
        if because.is_empty() {
            continue;
        }
        // Who may rewrite the policy may do so anyway.
        if ask(&mut asker, party, "kms:PutKeyPolicy", &[]).is_some() {
            continue;
        }
        findings.push(finding(meta, &takeover, party, &decision, &because));
    }
    takeover.settle(
        findings,
        POLICIES,
        &[ActionClass::Grant],
        "nobody whom the key's policies name, and who neither signs nor administers, may make grants at will",
    )
}

fn finding(
    meta: &'static Meta,
    takeover: &Takeover<'_>,
    party: &Party,
    decision: &Decision,
    because: &[Because],
) -> Finding {
    let text = party.caller.text.as_str();
    let name = Arn::parse(text).map_or(text, |arn| arn.resource);
    let message = format!(
        "{name} may make any grant on the key: it can let itself, or anybody else, sign (kms:CreateGrant)"
    );
    let (mut builder, content) =
        takeover.draft(meta, meta.severity, message, "any grant", (party.known, because));
    if !decision.premises.is_empty() {
        builder = with_premises(builder.confidence(Confidence::Medium), decision);
    }
    builder
        .consequence("a grant is not seen in the key policy, and stays when the statement is removed")
        .note("Look for grants that were made already: aws kms list-grants.")
        .remedy(takeover.remedy(
            "Remove kms:CreateGrant, or bind it to kms:GranteePrincipal and to kms:GrantOperations without Sign",
            because,
        ))
        .content(&format!("{text}\n{content}"))
}
