//! Signing that is not limited to digests.

use std::collections::BTreeSet;

use super::pins::{
    Chains, DIGEST, RAW, Signer, binds_everybody, doubt, grounds, in_force, may, names, pin_span, pins, sign,
    signers, statement_of,
};
use super::put_in_force;
use crate::evidence::{Bundle, Key, PolicyExport};
use crate::finding::{Finding, Label};
use crate::policy::Effect;
use crate::policy::evaluate::{Because, Decision, PolicyRef};
use crate::rules::common::key_argument;
use crate::rules::{Context, Meta, Outcome, key_rule};
use crate::source::Span;

key_rule!(
    /// `message-type-not-pinned`
    MessageTypeNotPinned,
    "message-type-not-pinned",
    Policy,
    Info,
    "Sign is not limited to kms:MessageType DIGEST, the only form that an EVM signer uses",
    "message_type_not_pinned.md",
    judge
);

/// Places that a finding shows.
const PLACES: usize = 5;

/// The statement that pins, as the remedy writes it.
pub(super) const DENY: &str = r#"{"Sid": "DigestsOnly", "Effect": "Deny", "Principal": "*", "Action": "kms:Sign", "Resource": "*", "Condition": {"StringNotEquals": {"kms:MessageType": "DIGEST"}}}"#;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let (access, policy) = match in_force(bundle, key) {
        Ok(found) => found,
        Err(outcome) => return outcome,
    };
    if Chains::of(bundle, key) == Chains::Hashed {
        return Outcome::NotApplicable(
            "the addresses that are claimed for the key are of chains that sign SHA-256 of a message, as RAW does".to_owned(),
        );
    }
    let signers = signers(bundle, key, |_| sign(RAW));
    if !signers.iter().any(Signer::signs_digests) {
        if let Some(open) = access.open.first() {
            return Outcome::NotEvaluated(open.message.clone());
        }
        return Outcome::NotApplicable(if signers.is_empty() {
            "neither the key policy nor a grant lets anybody sign".to_owned()
        } else {
            "whoever may sign may only do so with RAW: see wrong-pin-value".to_owned()
        });
    }
    let on_allow = !pinning_statements(policy, &signers).is_empty();
    let raw: Vec<&Signer<'_>> = signers
        .iter()
        .filter(|signer| signer.signs_digests() && may(&signer.other))
        .collect();
    let own: Vec<&Signer<'_>> = raw
        .iter()
        .copied()
        .filter(|signer| !on_allow || !signer.is_let_in_by_others(policy))
        .collect();
    if !own.is_empty() {
        return Outcome::Findings(vec![finding(meta, bundle, key, policy, &own)]);
    }
    if !raw.is_empty() {
        return Outcome::NotApplicable(
            "who is named is limited to digests, others are not: see pin-on-allow-only".to_owned(),
        );
    }
    if let Some(outcome) = doubt(access) {
        return outcome;
    }
    if !binds_everybody(bundle, key, &sign(RAW))
        && let Some(open) = access.open.first()
    {
        return Outcome::NotEvaluated(open.message.clone());
    }
    Outcome::Pass(format!(
        "nobody whom the key policy or a grant lets sign may do so with kms:MessageType {RAW}"
    ))
}

/// The `Allow` statements that let somebody sign a digest and not the hash of a message: indices, sorted.
pub(super) fn pinning_statements(policy: &PolicyExport, signers: &[Signer<'_>]) -> Vec<usize> {
    let mut found: Vec<usize> = signers
        .iter()
        .filter(|signer| signer.signs_digests())
        .flat_map(|signer| {
            let kept: BTreeSet<&Because> = signer.other.because.iter().collect();
            let of_key =
                |because: &&Because| because.policy == PolicyRef::Key && because.effect == Effect::Allow;
            signer
                .right
                .decision
                .because
                .iter()
                .filter(of_key)
                .filter(move |because| !kept.contains(because))
        })
        .filter(|because| {
            statement_of(policy, **because)
                .is_some_and(|statement| pins(statement).iter().any(|pin| pin.key == "kms:MessageType"))
        })
        .filter_map(|because| because.statement)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn finding(
    meta: &'static Meta,
    bundle: &Bundle,
    key: &Key,
    policy: &PolicyExport,
    signers: &[&Signer<'_>],
) -> Finding {
    let access = bundle.access(key);
    let holders: Vec<_> = signers.iter().map(|signer| signer.holder).collect();
    let of: Vec<(_, &Decision)> = signers
        .iter()
        .map(|signer| (signer.holder, &signer.other))
        .collect();
    let (places, content) = grounds(bundle, access, policy, &of);
    let whole = Span::new(policy.source, policy.document.span.clone());
    let mut places = places.into_iter();
    let (span, _) = places.next().unwrap_or((whole, String::new()));
    let label = Label {
        span,
        message: format!("no limit to kms:MessageType {DIGEST}"),
    };
    let mut finding = Finding::builder(
        meta.id,
        meta.severity,
        key.subject(),
        format!(
            "Sign is not limited to kms:MessageType {DIGEST} for {}",
            names(&holders)
        ),
        label,
    )
    .note(
        "With RAW the key signs SHA-256 of a message: no EVM chain takes such a signature, Cosmos chains do. Whoever may \
         sign a digest may sign any digest all the same.",
    )
    .remedy(put_in_force(
        policy,
        &format!("Nothing must be done. For a key of EVM chains alone a Deny binds grants and IAM as well: {DENY}"),
        &format!(
            " (aws kms put-key-policy {} --policy-name default --policy file://key-policy.json). It stops a signer of a \
             Cosmos chain.",
            key_argument(key)
        ),
    ));
    for (span, words) in places.take(PLACES) {
        finding = finding.related(span, words);
    }
    finding.content(&content)
}

/// The place of a pin, for the rule beside this one.
pub(super) fn place_of(policy: &PolicyExport, index: usize) -> Option<Span> {
    let statement = policy.document.statements.get(index)?;
    Some(pin_span(policy, statement))
}
