//! A value that is not what its format says.

use crate::evidence::{Data, PolicyExport, Trouble};
use crate::finding::{Finding, Label, Severity};
use crate::json::Node;
use crate::rules::common::{at_most_per_file, short, subject_of, visible};
use crate::rules::{Context, Meta, Outcome, evidence_rule};
use crate::source::Span;

evidence_rule!(
    /// `unreadable-value`
    UnreadableValue,
    "unreadable-value",
    Inventory,
    Low,
    "A value has another type or form than its format says, and is passed over",
    "unreadable_value.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    if bundle.artefacts.is_empty() {
        return Outcome::NotEvaluated("no file was recognised".to_owned());
    }
    let mut findings = Vec::new();
    for (index, artefact) in bundle.artefacts.iter().enumerate() {
        if artefact.troubles.is_empty() {
            continue;
        }
        let Some(subject) = subject_of(bundle, index) else {
            continue;
        };
        for trouble in &artefact.troubles {
            let Trouble::BadValue { span, message } = trouble else {
                continue;
            };
            let severity = match &artefact.data {
                Data::Policy(policy) => in_policy(policy, *span),
                _ => meta.severity,
            };
            let text = bundle.sources.snippet(*span).unwrap_or_default();
            let label = Label {
                span: visible(bundle, *span),
                message: "passed over".to_owned(),
            };
            let finding = Finding::builder(meta.id, severity, subject.as_str(), message.as_str(), label)
                .consequence("the value is not used: what rests on it is judged as if it were not there")
                .remedy("Export the file again with the AWS CLI, or correct the value where it is kept.");
            findings.push(finding.content(&format!("{message}\n{}", short(text))));
        }
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "every value that was looked at has the type and form of its format",
    )
}

/// An element of a policy that is passed over may be the protection that a reviewer reads there; in a Deny it is one.
fn in_policy(policy: &PolicyExport, span: Span) -> Severity {
    let holds = |place: &std::ops::Range<usize>| {
        policy.source == span.source && place.start <= span.start && span.end <= place.end
    };
    let mut statements = policy.document.statements.iter().enumerate();
    let statement = statements.find(|(_, statement)| holds(&statement.span));
    let says_deny = |index: usize| {
        let members = policy
            .document
            .statement_node(index)
            .map_or(&[][..], Node::members);
        members.iter().any(|member| {
            let effect = member.key.eq_ignore_ascii_case("Effect");
            effect
                && member
                    .value
                    .as_str()
                    .is_some_and(|text| text.eq_ignore_ascii_case("Deny"))
        })
    };
    match statement {
        Some((index, _)) if says_deny(index) => Severity::High,
        _ => Severity::Medium,
    }
}
