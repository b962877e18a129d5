//! A limit to digests that grants and IAM go around.

use super::message_type_not_pinned::{DENY, pinning_statements, place_of};
use super::pins::{
    RAW, Signer, binds_everybody, doubt, grounds, in_force, may, names, sign, signers, statement_of,
};
use super::{put_in_force, statement_content};
use crate::evidence::{Bundle, Key, PolicyExport};
use crate::finding::{Finding, Label};
use crate::policy::Effect;
use crate::policy::evaluate::Decision;
use crate::rules::common::key_argument;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `pin-on-allow-only`
    PinOnAllowOnly,
    "pin-on-allow-only",
    Policy,
    Low,
    "The limit to digests stands on an Allow: a grant or IAM lets others sign without it",
    "pin_on_allow_only.md",
    judge
);

/// Places that a finding shows.
const PLACES: usize = 5;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let (access, policy) = match in_force(bundle, key) {
        Ok(found) => found,
        Err(outcome) => return outcome,
    };
    let signers = signers(bundle, key, |_| sign(RAW));
    let statements = pinning_statements(policy, &signers);
    let around: Vec<&Signer<'_>> = signers
        .iter()
        .filter(|signer| may(&signer.other) && signer.is_let_in_by_others(policy))
        .collect();
    if let Some(first) = statements.first().filter(|_| !around.is_empty()) {
        let finding = finding(meta, bundle, key, policy, *first, &around);
        return Outcome::Findings(finding.into_iter().collect());
    }
    if let Some(outcome) = doubt(access) {
        return outcome;
    }
    if statements.is_empty() && !has_pinned_allow(policy) {
        return Outcome::NotApplicable(
            "no Allow statement of the key policy limits Sign by kms:MessageType".to_owned(),
        );
    }
    if !binds_everybody(bundle, key, &sign(RAW))
        && let Some(open) = access.open.first()
    {
        return Outcome::NotEvaluated(open.message.clone());
    }
    Outcome::Pass(format!(
        "neither a grant nor the account's IAM lets anybody sign with kms:MessageType {RAW} around the limit of the Allow"
    ))
}

/// True for a policy with a limit on an `Allow`, whether or not a Deny says the same.
fn has_pinned_allow(policy: &PolicyExport) -> bool {
    policy.document.statements.iter().any(|statement| {
        statement.effect == Some(Effect::Allow)
            && super::pins::covers(statement, "kms:Sign")
            && super::pins::pins(statement)
                .iter()
                .any(|pin| pin.key == "kms:MessageType")
    })
}

fn finding(
    meta: &'static Meta,
    bundle: &Bundle,
    key: &Key,
    policy: &PolicyExport,
    pinned: usize,
    around: &[&Signer<'_>],
) -> Option<Finding> {
    let access = bundle.access(key);
    let statement = policy.document.statements.get(pinned)?;
    let holders: Vec<_> = around.iter().map(|signer| signer.holder).collect();
    let of: Vec<(_, &Decision)> = around
        .iter()
        .map(|signer| (signer.holder, &signer.other))
        .collect();
    let (places, content) = grounds(bundle, access, policy, &of);
    let by_grant = around
        .iter()
        .flat_map(|signer| &signer.other.because)
        .any(|because| statement_of(policy, *because).is_none());
    let how = if by_grant { "a grant" } else { "IAM" };
    let label = Label {
        span: place_of(policy, pinned)?,
        message: "binds those of this statement alone".to_owned(),
    };
    let mut finding = Finding::builder(
        meta.id,
        meta.severity,
        key.subject(),
        format!(
            "{} limits Sign to digests for those it names; {how} lets {} sign without the limit",
            statement.name(pinned),
            names(&holders)
        ),
        label,
    )
    .note("A condition on an Allow narrows that statement. Every other statement, grant and IAM policy allows what it allows.")
    .remedy(put_in_force(
        policy,
        &format!("Put the limit into a Deny, which binds grants and IAM as well: {DENY}"),
        &format!(
            " (aws kms put-key-policy {} --policy-name default --policy file://key-policy.json). It stops a signer of a \
             Cosmos chain.",
            key_argument(key)
        ),
    ));
    for (span, words) in places.into_iter().take(PLACES) {
        finding = finding.related(span, format!("{words}: no limit"));
    }
    Some(finding.content(&format!("{}\n{content}", statement_content(policy, pinned))))
}
