//! Two statements with one Sid.

use super::{no_policy, policies, put_in_force, undecided};
use crate::evidence::{Key, PolicyExport};
use crate::finding::{Finding, Label};
use crate::policy::{Fault, FaultCode, Kind};
use crate::rules::common::{at_most_per_file, key_argument, short};
use crate::rules::{Context, Meta, Outcome, key_rule};
use crate::source::Span;

key_rule!(
    /// `duplicate-sid`
    DuplicateSid,
    "duplicate-sid",
    Policy,
    Low,
    "Two statements have the same Sid: whoever edits by it may edit the wrong one",
    "duplicate_sid.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let policies = policies(context.bundle, key);
    if policies.is_empty() {
        return no_policy(context.bundle, key);
    }
    let mut findings = Vec::new();
    for policy in &policies {
        let faults = policy.document.faults(Kind::Key);
        let twice = faults
            .iter()
            .filter(|fault| fault.code == FaultCode::DuplicateSid);
        findings.extend(twice.map(|fault| finding(meta, key, policy, fault)));
    }
    if findings.is_empty()
        && let Some(outcome) = undecided(context.bundle, &policies)
    {
        return outcome;
    }
    Outcome::of(
        at_most_per_file(context.bundle, meta, findings),
        "no two statements of the key policy have the same Sid",
    )
}

fn finding(meta: &'static Meta, key: &Key, policy: &PolicyExport, fault: &Fault) -> Finding {
    let statements = &policy.document.statements;
    let at = statements.iter().position(|statement| {
        statement
            .sid
            .as_ref()
            .is_some_and(|(_, place)| *place == fault.span)
    });
    let sid = at
        .and_then(|at| statements.get(at)?.sid.as_ref())
        .map_or(String::new(), |(sid, _)| short(sid));
    let label = Label {
        span: Span::new(policy.source, fault.span.clone()),
        message: "the same again".to_owned(),
    };
    let message = format!("two statements have the Sid \"{sid}\"");
    let mut builder = Finding::builder(meta.id, meta.severity, key.subject(), message, label);
    if let Some(first) = &fault.related {
        builder = builder.related(Span::new(policy.source, first.clone()), "the one before");
    }
    let by_hand = format!(" (aws kms put-key-policy {}).", key_argument(key));
    let content = at.map_or(String::new(), |at| super::statement_content(policy, at));
    builder
        .consequence("a script, or a person, that finds a statement by its Sid finds one of the two")
        .remedy(put_in_force(policy, "Give one of the two another Sid", &by_hand))
        .content(&content)
}
