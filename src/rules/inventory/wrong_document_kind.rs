//! A document of another kind than its file says.

use crate::evidence::Trouble;
use crate::finding::{Finding, Label};
use crate::rules::common::subject_of;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `wrong-document-kind`
    WrongDocumentKind,
    "wrong-document-kind",
    Inventory,
    Medium,
    "A file that says it is a key policy holds a document of another kind",
    "wrong_document_kind.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    if bundle.artefacts.is_empty() {
        return Outcome::NotEvaluated("no file was recognised".to_owned());
    }
    let mut findings = Vec::new();
    for (index, artefact) in bundle.artefacts.iter().enumerate() {
        for trouble in &artefact.troubles {
            let Trouble::WrongKind {
                span,
                is,
                expected,
                why,
            } = trouble
            else {
                continue;
            };
            let Some(subject) = subject_of(bundle, index) else {
                continue;
            };
            let text = bundle.sources.snippet(*span).unwrap_or_default();
            let canonical = crate::json::parse(text, &crate::json::Limits::default())
                .map_or_else(|_| text.to_owned(), |root| crate::policy::canonical(&root));
            let label = Label {
                span: *span,
                message: (*why).to_owned(),
            };
            let message = format!("the document is {is}, not {expected}: {why}");
            let finding = Finding::builder(meta.id, meta.severity, subject, message, label)
                .consequence("the key's own policy is not in the evidence: who may sign is unknown")
                .remedy(
                    "Export the key's policy: aws kms get-key-policy --key-id KEY_ID --policy-name default. A document \
                     of another kind may stay, under a name of its own.",
                )
                .content(&canonical);
            findings.push(finding);
        }
    }
    Outcome::of(findings, "every document is of the kind that its file says")
}
