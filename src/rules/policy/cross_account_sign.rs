//! Somebody of another account who may sign.

use super::cross::{self, Entry, Outside, Speaks};
use super::takeover::{POLICIES_AND_GRANTS, Takeover};
use crate::evidence::Key;
use crate::finding::Finding;
use crate::policy::access::{ActionClass, Who};
use crate::policy::evaluate::Because;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `cross-account-sign`
    CrossAccountSign,
    "cross-account-sign",
    Policy,
    Critical,
    "Somebody of another account may sign with the key",
    "cross_account_sign.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let others = cross::outsides(&takeover);
    let mut findings: Vec<Finding> = others
        .iter()
        .filter(|outside| outside.speaks() == Some(Speaks::Sign))
        .map(|outside| finding(meta, &takeover, outside))
        .collect();
    findings.extend(of_organisations(meta, &takeover));
    takeover.settle(
        findings,
        POLICIES_AND_GRANTS,
        &[ActionClass::Sign],
        "the key's policies and grants let nobody of another account sign, but for what other rules speak of",
    )
}

fn finding(meta: &'static Meta, takeover: &Takeover<'_>, outside: &Outside<'_>) -> Finding {
    let undeclared: Vec<&Entry<'_>> = outside.signers.iter().filter(|entry| !entry.declared).collect();
    let entries = if undeclared.is_empty() {
        outside.signers.iter().collect()
    } else {
        undeclared.clone()
    };
    let who = cross::words(&entries);
    let own = takeover.account().unwrap_or_default();
    let message = if undeclared.is_empty() {
        format!("{who} may sign with this key of account {own}, as declared")
    } else {
        format!("{who} may sign with this key of account {own}")
    };
    let (mut builder, content) = cross::draft(takeover, meta, outside, &entries, &message);
    if undeclared.is_empty() {
        return builder
            .note("Whoever administers the other account decides who takes that role.")
            .remedy("Nothing, as long as the other account is meant to sign; keep its administrators among those whom you trust with the key.")
            .content(&content);
    }
    let whole = entries
        .iter()
        .any(|entry| matches!(entry.holder.who, Who::Account(_)));
    if whole {
        builder = builder.consequence(format!(
            "who of account {} signs is decided by its own IAM alone",
            outside.account
        ));
    }
    if !outside.granters.is_empty() {
        builder = builder.consequence("it may make grants as well, and so let anybody sign");
    }
    let because: Vec<Because> = entries
        .iter()
        .flat_map(|entry| entry.because.iter().copied())
        .collect();
    builder
        .remedy(takeover.remedy(
            "Remove the other account; or, where it is meant to sign, name its one role and declare it in the claims",
            &because,
        ))
        .content(&content)
}

/// Statements for everybody of an organisation.
fn of_organisations(meta: &'static Meta, takeover: &Takeover<'_>) -> Vec<Finding> {
    cross::of_organisation(takeover, "kms:Sign", None)
        .into_iter()
        .map(|opening| {
            let message = format!(
                "{} lets principals of every account of an organisation sign",
                takeover.name_of(opening)
            );
            let (builder, content) = takeover.opened(meta, opening, &message);
            builder
                .remedy(takeover.remedy(
                    "Name the role that signs in place of the organisation",
                    &Takeover::ground_of(opening),
                ))
                .content(&content)
        })
        .collect()
}
