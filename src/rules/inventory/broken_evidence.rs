//! Files that were recognised and cannot be read to their end.

use crate::encoding::hex;
use crate::evidence::{Bundle, Data, FileRecord, FileStatus};
use crate::finding::{Finding, Label};
use crate::rules::common::visible;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `broken-evidence`
    BrokenEvidence,
    "broken-evidence",
    Inventory,
    Medium,
    "A file of the evidence is broken: what it says is not in the audit",
    "broken_evidence.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    if bundle.files.is_empty() {
        return Outcome::NotEvaluated("no file was given".to_owned());
    }
    let mut findings = Vec::new();
    for file in &bundle.files {
        let FileStatus::Broken { message, span } = &file.status else {
            continue;
        };
        if is_malformed_public_key(bundle, file, message) {
            continue;
        }
        let label = Label {
            span: visible(bundle, *span),
            message: "it cannot be read here".to_owned(),
        };
        let digest = hex::encode(&bundle.sources.get(file.source).sha256());
        let subject = format!("file {}", file.below);
        let finding = Finding::builder(
            meta.id,
            meta.severity,
            subject,
            format!("the file is broken: {message}"),
            label,
        )
        .consequence("what the file says is not judged: whatever depends on it is unknown, not clean")
        .remedy("Export the file again; do not repair it by hand. A file that is no evidence can be removed.")
        .content(&digest);
        findings.push(finding);
    }
    Outcome::of(findings, "every file that was recognised could be read")
}

/// True where the fault is one of a public key that is judged: `malformed-public-key` says it.
fn is_malformed_public_key(bundle: &Bundle, file: &FileRecord, message: &str) -> bool {
    bundle
        .keys
        .iter()
        .filter(|key| key.scope.is_some())
        .flat_map(|key| bundle.of_key(key))
        .any(|(artefact, _)| match &artefact.data {
            Data::PublicKey(export) => {
                artefact.file == file.source
                    && export
                        .result
                        .as_ref()
                        .is_err_and(|error| error.to_string() == message)
            }
            _ => false,
        })
}
