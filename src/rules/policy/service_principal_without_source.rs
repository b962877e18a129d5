//! An AWS service that may act for whoever asks it to.

use std::collections::BTreeSet;

use super::statement_content;
use super::takeover::{POLICIES, Takeover, ask, by_harm, listed};
use crate::evidence::Key;
use crate::finding::{Finding, Severity};
use crate::policy::access::{Harm, Who};
use crate::policy::evaluate::{Because, PolicyRef};
use crate::policy::{Principal, Statement};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `service-principal-without-source`
    ServicePrincipalWithoutSource,
    "service-principal-without-source",
    Policy,
    Medium,
    "An AWS service may use the key for whichever account asks it to",
    "service_principal_without_source.md",
    judge
);

/// Whom the service acts for: nobody of the key's account or organisation.
const OF_ANOTHER: &[(&str, &[&str])] = &[
    ("aws:SourceAccount", &["another account"]),
    ("aws:SourceArn", &["arn:aws:any:any:another account:any"]),
    ("aws:SourceOrgID", &["o-another0000"]),
    ("aws:SourceOrgPaths", &["o-another0000/r-0000/"]),
    ("aws:ResourceOrgID", &["o-ofthekey00"]),
];

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let findings = takeover
        .allows()
        .filter(|(of, _, index)| takeover.claim(*of, *index).is_none())
        .filter_map(|(of, statement, index)| finding(meta, &takeover, of, statement, index))
        .collect();
    takeover.settle(
        findings,
        POLICIES,
        &[],
        "the key's policies name no AWS service, or only for requests of a source that they name",
    )
}

fn finding(
    meta: &'static Meta,
    takeover: &Takeover<'_>,
    of: PolicyRef,
    statement: &Statement,
    index: usize,
) -> Option<Finding> {
    let because = Because::allow(of, index);
    let mut asker = takeover.asker();
    let mut services: BTreeSet<&str> = BTreeSet::new();
    let mut actions: BTreeSet<&'static str> = BTreeSet::new();
    for principal in statement
        .principals
        .iter()
        .flat_map(crate::policy::Principals::iter)
    {
        let Principal::Service(name) = principal else {
            continue;
        };
        let Some(party) = takeover.party(&Who::Principal(name.clone())) else {
            continue;
        };
        for action in Harm::actions() {
            let unguarded = ask(&mut asker, party, action, OF_ANOTHER)
                .is_some_and(|decision| decision.because.iter().any(|own| own.is(because)));
            if unguarded {
                services.insert(name);
                actions.insert(action);
            }
        }
    }
    let worst = actions.iter().map(|action| Harm::of(action)).max()?;
    let severity = if worst == Harm::Read {
        Severity::Low
    } else {
        meta.severity
    };
    let name = statement.name(index);
    let message = format!(
        "{name} lets {} use the key ({}) for requests of any account: no condition says whose",
        listed(&services),
        listed(by_harm(actions.iter()))
    );
    let (builder, _) = takeover.draft(meta, severity, message, "for whom?", (None, &[because]));
    let export = takeover.access.export(takeover.bundle, of)?;
    Some(
        builder
            .consequence(
                "a resource of another account can make the service use this key on its behalf (confused deputy)",
            )
            .note("No AWS service signs for a blockchain with a key of its customer: the statement may not be needed at all.")
            .remedy(takeover.remedy(
                "Delete the statement, or add a condition on aws:SourceAccount or aws:SourceArn",
                &[because],
            ))
            .content(&statement_content(export, index)),
    )
}
