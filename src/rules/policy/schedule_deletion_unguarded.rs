//! A key that may be deleted after the shortest time, without a second factor.

use std::collections::BTreeSet;

use super::takeover::{POLICIES, Takeover, ask, is_free, is_of_administrators, listed, names, with_premises};
use crate::evidence::{Key, holder_words};
use crate::finding::Severity;
use crate::policy::Statement;
use crate::policy::access::{ActionClass, Asker, Holder, Party, Who};
use crate::policy::evaluate::{Because, CallerKind, Decision};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `schedule-deletion-unguarded`
    ScheduleDeletionUnguarded,
    "schedule-deletion-unguarded",
    Policy,
    Medium,
    "The key may be deleted after the shortest time, without a second factor",
    "schedule_deletion_unguarded.md",
    judge
);

/// Days that `ScheduleKeyDeletion` takes (KMS API Reference, `PendingWindowInDays`).
const SHORTEST: u8 = 7;
const LONGEST: u8 = 30;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let mut asker = takeover.asker();
    let mut direct = takeover.asker_without_iam();
    let signers: BTreeSet<&Who> = takeover.signers().map(|(holder, _)| &holder.who).collect();
    let mut named: Vec<(&Holder, Unguarded)> = Vec::new();
    let mut others: Vec<Unguarded> = Vec::new();
    for holder in takeover.holders() {
        let Some(party) = takeover.party(&holder.who).filter(|_| counts(holder)) else {
            continue;
        };
        if holder.is_named() && !signers.contains(&holder.who) {
            let own = shortest(&mut direct, party).map(|found| {
                found.only(&takeover, |statement| {
                    names(statement, &party.caller)
                        && !statement.not_action
                        && !is_of_administrators(statement)
                })
            });
            named.extend(own.filter(Unguarded::is_there).map(|own| (holder, own)));
        }
        let by_account = shortest(&mut asker, party)
            .map(|found| found.only(&takeover, |statement| !names(statement, &party.caller)));
        others.extend(by_account.filter(Unguarded::is_there));
    }
    let all = || named.iter().map(|(_, own)| own).chain(&others);
    let days = all().map(|own| own.days).min();
    let Some(days) = days else {
        return takeover.settle(
            Vec::new(),
            POLICIES,
            &[ActionClass::Delete],
            "nobody but the account's root user may schedule the key's deletion with less than 30 days and without a \
             second factor, but for what other rules speak of",
        );
    };
    let because: BTreeSet<Because> = all().flat_map(|own| own.because.iter().copied()).collect();
    let because: Vec<Because> = because.into_iter().collect();
    let severity = if named.is_empty() || days > SHORTEST {
        Severity::Low
    } else {
        meta.severity
    };
    let who = if named.is_empty() {
        "any principal of the account whose IAM allows it".to_owned()
    } else {
        listed(named.iter().map(|(holder, ..)| holder_words(holder)))
    };
    let message = format!(
        "{who} may schedule the key's deletion with a window of {days} days, without a second factor"
    );
    let (mut builder, content) = takeover.draft(meta, severity, message, "without a guard", (None, &because));
    if let Some(first) = all().next().filter(|own| !is_free(&own.decision)) {
        builder = with_premises(builder, &first.decision);
    }
    let finding = builder
        .consequence("nothing is left of a key when its window is over, and nothing that only its address can move")
        .remedy(takeover.remedy(
            "Add a Deny of kms:ScheduleKeyDeletion for everybody with NumericLessThan \
             kms:ScheduleKeyDeletionPendingWindowInDays 30, or with BoolIfExists aws:MultiFactorAuthPresent false",
            &because,
        ))
        .content(&content);
    Outcome::Findings(vec![finding])
}

/// The root user holds everything that the account is given, and is guarded by its own factor.
fn counts(holder: &Holder) -> bool {
    !matches!(holder.who, Who::Root(_) | Who::Unknown(_) | Who::Everyone)
        && holder.right(ActionClass::Delete).is_some()
}

/// A way to delete the key without a guard.
struct Unguarded {
    days: u8,
    decision: Decision,
    because: Vec<Because>,
}

impl Unguarded {
    /// The same by the statements that count alone, without those that another rule speaks of.
    fn only(mut self, takeover: &Takeover<'_>, counts: impl Fn(&Statement) -> bool) -> Self {
        self.because = takeover.left(&self.decision);
        self.because.retain(|because| {
            takeover
                .statement(*because)
                .is_some_and(|(_, statement, _)| counts(statement))
        });
        self
    }

    fn is_there(&self) -> bool {
        !self.because.is_empty()
    }
}

/// The shortest window that somebody may choose, and why; nothing where only 30 days are left, or a second factor.
fn shortest(asker: &mut Asker<'_>, party: &Party) -> Option<Unguarded> {
    let mut try_with = |days: u8| {
        let days = days.to_string();
        // A long-term access key carries nothing of a second factor, a session says that there was none.
        let factor: &[&str] = match party.caller.kind {
            CallerKind::Session => &["false"],
            CallerKind::Role if matches!(party.who, Who::Principal(_)) => &["false"],
            _ => &[],
        };
        let set: &[(&str, &[&str])] = &[
            ("kms:ScheduleKeyDeletionPendingWindowInDays", &[days.as_str()]),
            ("aws:MultiFactorAuthPresent", factor),
            ("aws:MultiFactorAuthAge", &[]),
            // The key is in use.
            ("kms:TrailingDaysWithoutKeyUsage", &["0"]),
        ];
        ask(asker, party, "kms:ScheduleKeyDeletion", set)
    };
    let found = |days: u8, decision: Decision| Unguarded {
        days,
        decision,
        because: Vec::new(),
    };
    if let Some(decision) = try_with(SHORTEST) {
        return Some(found(SHORTEST, decision));
    }
    try_with(LONGEST.saturating_sub(1))?;
    (SHORTEST..LONGEST).find_map(|days| Some(found(days, try_with(days)?)))
}
