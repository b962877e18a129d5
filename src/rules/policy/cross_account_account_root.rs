//! Another account that is let in as a whole.

use super::cross::{self, Outside, Speaks};
use super::takeover::{POLICIES, Takeover, by_harm, listed};
use crate::evidence::Key;
use crate::finding::{Finding, Severity};
use crate::policy::access::Harm;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `cross-account-account-root`
    CrossAccountAccountRoot,
    "cross-account-account-root",
    Policy,
    Medium,
    "Another account is let in as a whole in place of one of its roles",
    "cross_account_account_root.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let findings = cross::outsides(&takeover)
        .iter()
        .filter(|outside| outside.speaks() == Some(Speaks::Account) || is_declared_whole(outside))
        .map(|outside| finding(meta, &takeover, outside))
        .collect();
    takeover.settle(
        findings,
        POLICIES,
        &[],
        "the key's policies let no other account in as a whole, but for what other rules speak of",
    )
}

/// True where the account's root is declared: then that it signs is only worth knowing, and that all of it does is this.
fn is_declared_whole(outside: &Outside<'_>) -> bool {
    !outside.whole.is_empty()
        && !outside.signers.is_empty()
        && outside.signers.iter().all(|entry| entry.declared)
        && outside.signers.iter().any(|entry| !entry.holder.is_named())
}

fn finding(meta: &'static Meta, takeover: &Takeover<'_>, outside: &Outside<'_>) -> Finding {
    let worst = outside.whole.iter().map(|action| Harm::of(action)).max();
    let severity = match worst {
        Some(Harm::Read) | None => Severity::Low,
        _ => meta.severity,
    };
    let message = format!(
        "any principal of account {}, which is not the key's, may {} if IAM there allows it",
        outside.account,
        listed(by_harm(outside.whole.iter()))
    );
    let (mut builder, content) = takeover.draft(
        meta,
        severity,
        message,
        "a whole account",
        (None, &outside.of_whole),
    );
    if outside.is_declared {
        builder =
            builder.note("A signer of this account is declared: the policy lets in more than that one.");
    }
    builder
        .consequence("who of that account uses the key is decided by its own IAM alone")
        .remedy(takeover.remedy(
            "Name the one role of that account in place of the account, or remove it",
            &outside.of_whole,
        ))
        .content(&format!("{}\n{content}", outside.account))
}
