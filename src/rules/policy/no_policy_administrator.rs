//! A key policy that nobody can rewrite, or nobody surely.

use std::collections::BTreeSet;

use super::lockout::{Lockout, SUPPORT, State, is_by_iam_alone, party_words};
use super::takeover::{Takeover, listed, with_premises};
use crate::evidence::Key;
use crate::finding::Severity;
use crate::policy::evaluate::Because;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `no-policy-administrator`
    NoPolicyAdministrator,
    "no-policy-administrator",
    Policy,
    High,
    "Nobody can rewrite the key policy",
    "no_policy_administrator.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let lockout = match Takeover::of(context, key) {
        Ok(takeover) => Lockout::of(takeover),
        Err(outcome) => return outcome,
    };
    let finding = match &lockout.state {
        State::Nobody => {
            let message = "the key policy lets nobody of the key's account rewrite it (kms:PutKeyPolicy)";
            let (builder, content) =
                lockout.draft(meta, meta.severity, message, "nobody can rewrite it", &[]);
            builder
                .consequence("no signer can be removed, and no mistake corrected")
                .note("A service control policy or a Deny in an IAM policy would only take away more.")
                .remedy(lockout.takeover.remedy(SUPPORT, &[]))
                .content(&content)
        }
        State::Conditional(maybe) => {
            let because: BTreeSet<Because> = maybe
                .iter()
                .flat_map(|(_, decision)| decision.because.iter().copied())
                .collect();
            let because: Vec<Because> = because.into_iter().collect();
            let message = format!(
                "nobody surely can rewrite the key policy: {} may only if something holds that is not known",
                listed(maybe.iter().map(|(party, _)| party_words(party)))
            );
            let (mut builder, content) = lockout.draft(
                meta,
                Severity::Medium,
                &message,
                "only under a condition",
                &because,
            );
            if let Some((_, decision)) = maybe
                .iter()
                .find(|(_, decision)| !is_by_iam_alone(decision))
                .or(maybe.first())
            {
                builder = with_premises(builder, decision);
            }
            builder
                .consequence("where that falls away (a network, an endpoint, a service), only AWS Support brings the key back")
                .remedy(lockout.takeover.remedy(
                    "Let the account (arn:aws:iam::ACCOUNT:root) do kms:PutKeyPolicy without a condition, or with one that its \
                     root user can always meet",
                    &because,
                ))
                .content(&content)
        }
        _ => return lockout.other(),
    };
    Outcome::Findings(vec![finding])
}
