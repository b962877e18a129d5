//! Somebody of another account who may make grants.

use super::cross::{self, Entry, Outside, Speaks};
use super::takeover::{POLICIES, Takeover};
use crate::evidence::Key;
use crate::finding::Finding;
use crate::policy::access::ActionClass;
use crate::policy::evaluate::Because;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `cross-account-create-grant`
    CrossAccountCreateGrant,
    "cross-account-create-grant",
    Policy,
    High,
    "Somebody of another account may make grants, and so let anybody sign",
    "cross_account_create_grant.md",
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
        .filter(|outside| outside.speaks() == Some(Speaks::Grant))
        .map(|outside| finding(meta, &takeover, outside))
        .collect();
    findings.extend(
        cross::of_organisation(&takeover, "kms:CreateGrant", Some("kms:Sign"))
            .into_iter()
            .map(|opening| {
                let message = format!(
                    "{} lets principals of every account of an organisation make grants, and so let anybody sign",
                    takeover.name_of(opening)
                );
                let (builder, content) = takeover.opened(meta, opening, &message);
                builder
                    .remedy(takeover.remedy(REMEDY, &Takeover::ground_of(opening)))
                    .content(&content)
            }),
    );
    takeover.settle(
        findings,
        POLICIES,
        &[ActionClass::Grant],
        "the key's policies let nobody of another account make grants at will, but for what other rules speak of",
    )
}

const REMEDY: &str =
    "Remove kms:CreateGrant, or bind it to kms:GranteePrincipal and to kms:GrantOperations without Sign";

fn finding(meta: &'static Meta, takeover: &Takeover<'_>, outside: &Outside<'_>) -> Finding {
    let entries: Vec<&Entry<'_>> = outside.granters.iter().collect();
    let message = format!(
        "{} may make grants on this key of account {}, and so let anybody sign",
        cross::words(&entries),
        takeover.account().unwrap_or_default()
    );
    let (builder, content) = cross::draft(takeover, meta, outside, &entries, &message);
    let because: Vec<Because> = entries
        .iter()
        .flat_map(|entry| entry.because.iter().copied())
        .collect();
    builder
        .consequence("a grant stays when the statement is removed: look for grants that were made already (aws kms list-grants)")
        .remedy(takeover.remedy(REMEDY, &because))
        .content(&content)
}
