//! A private key among the exports.

use crate::evidence::{Data, SecretKind};
use crate::finding::{Finding, Label};
use crate::rules::common::file_name;
use crate::rules::{Context, Meta, Outcome, evidence_rule};
use crate::source::Span;

evidence_rule!(
    /// `private-key-in-evidence`
    PrivateKeyInEvidence,
    "private-key-in-evidence",
    Key,
    Critical,
    "A file of the evidence holds a private key",
    "private_key_in_evidence.md",
    judge
);

/// How every PEM block begins: all of the block that a finding may show.
const BEGIN: &str = "-----BEGIN ";

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    if bundle.files.is_empty() {
        return Outcome::NotEvaluated("no file was given".to_owned());
    }
    let mut findings = Vec::new();
    for artefact in &bundle.artefacts {
        let Data::Secret(SecretKind::PrivateKey(kind)) = &artefact.data else {
            continue;
        };
        let name = file_name(bundle, artefact.file);
        let message = format!("the file holds a private key ({kind}), which is not read, kept or shown");
        // The place covers the first characters alone: a renderer that shows the source must not show the key.
        let end = artefact
            .span
            .start
            .saturating_add(BEGIN.len())
            .min(artefact.span.end);
        let label = Label {
            span: Span::new(artefact.span.source, artefact.span.start..end),
            message: "a private key begins here".to_owned(),
        };
        let finding = Finding::builder(meta.id, meta.severity, format!("file {name}"), message, label)
            .consequence("whoever handled the evidence on its way can sign with this key")
            .note("AWS KMS never exports a private key: this one existed outside it.")
            .remedy(
                "Treat the key as exposed: retire its address, remove the file from the evidence and from wherever it \
                 was sent, and tell its owner.",
            )
            .content(kind);
        findings.push(finding);
    }
    Outcome::of(
        findings,
        "no file that was read holds a PEM block of a private key",
    )
}
