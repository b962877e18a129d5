//! A deletion that somebody can schedule and nobody can cancel.

use std::collections::BTreeSet;

use super::takeover::{POLICIES, Takeover, ask, may};
use crate::evidence::Key;
use crate::policy::access::{Asker, Party, Who};
use crate::policy::evaluate::{Because, Decision};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `no-cancel-deletion`
    NoCancelDeletion,
    "no-cancel-deletion",
    Policy,
    Low,
    "Somebody may schedule the key's deletion, and nobody may cancel it and enable the key again",
    "no_cancel_deletion.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let mut asker = takeover.asker();
    let schedule = somebody(&takeover, &mut asker, "kms:ScheduleKeyDeletion");
    if schedule.is_empty() {
        return takeover.settle(
            Vec::new(),
            POLICIES,
            &[],
            "nobody may schedule the key's deletion by its policies",
        );
    }
    let missing: Vec<&str> = ["kms:CancelKeyDeletion", "kms:EnableKey"]
        .into_iter()
        .filter(|action| somebody(&takeover, &mut asker, action).is_empty())
        .collect();
    let mut findings = Vec::new();
    if !missing.is_empty() && takeover.open(POLICIES, &[]).is_none() {
        let what = missing.join(" and ");
        let message = format!("somebody may schedule the key's deletion, and nobody may do {what}");
        let because: BTreeSet<Because> = schedule
            .iter()
            .flat_map(|decision| takeover.left(decision))
            .collect();
        let because: Vec<Because> = because.into_iter().collect();
        let (builder, content) =
            takeover.draft(meta, meta.severity, message, "no way back", (None, &because));
        findings.push(
            builder
                .consequence(
                    "within the window the key policy must be rewritten first; a key whose deletion is cancelled is disabled \
                     until it is enabled",
                )
                .remedy(takeover.remedy(
                    "Let the administrators do kms:CancelKeyDeletion and kms:EnableKey as well",
                    &because,
                ))
                .content(&content),
        );
    }
    takeover.settle(
        findings,
        POLICIES,
        &[],
        "whoever may schedule the key's deletion, somebody may cancel it and enable the key again",
    )
}

/// The decisions that let somebody of the account do an action.
fn somebody(takeover: &Takeover<'_>, asker: &mut Asker<'_>, action: &str) -> Vec<Decision> {
    let of_account = takeover
        .account()
        .map(|account| Party::anyone_of(account, takeover.partition()));
    takeover
        .access
        .access
        .parties
        .iter()
        .filter(|party| !matches!(party.who, Who::Everyone))
        .chain(of_account.as_ref())
        .filter_map(|party| ask(asker, party, action, &[]))
        .filter(may)
        .collect()
}
