//! A value that is not what its format says.

use crate::evidence::{Data, Trouble};
use crate::finding::{Finding, Label, Severity};
use crate::rules::common::{at_most_per_file, short, subject_of, visible};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

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
        // An element of a policy that is passed over may be the protection that a reviewer reads there.
        let severity = match artefact.data {
            Data::Policy(_) => Severity::Medium,
            _ => meta.severity,
        };
        for trouble in &artefact.troubles {
            let Trouble::BadValue { span, message } = trouble else {
                continue;
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
