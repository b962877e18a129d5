//! A private key among the exports.

use crate::evidence::{Data, SecretKind};
use crate::finding::{Finding, Label, Severity};
use crate::rules::common::{at_most_per_file, file_name};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

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

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    if bundle.files.is_empty() {
        return Outcome::NotEvaluated("no file was given".to_owned());
    }
    let mut findings = Vec::new();
    for artefact in &bundle.artefacts {
        let Data::Secret(kind) = &artefact.data else {
            continue;
        };
        let (severity, consequence, remedy) = match kind {
            SecretKind::PrivateKey(_) => (
                meta.severity,
                "whoever handled the evidence on its way can sign with this key",
                "Treat the key as exposed: retire its address, move what it holds, remove the file from the evidence and \
                 from wherever it was sent, and tell its owner.",
            ),
            SecretKind::EncryptedKey(_) => (
                Severity::High,
                "whoever handled the evidence on its way can try passwords on this key for as long as he likes",
                "Treat the key as exposed unless its password is long and random: remove the file from the evidence and \
                 from wherever it was sent, tell its owner, and have the address retired.",
            ),
            SecretKind::PerhapsPrivateKey(_) | SecretKind::PerhapsDigest(..) => (
                Severity::High,
                "if it is a private key, whoever handled the evidence on its way can sign with it",
                "Ask the owner what it is. If it is a private key, treat it as exposed; in either case remove it from \
                 the evidence, for nothing reads it.",
            ),
            SecretKind::AccessKey(_) | SecretKind::SessionToken(_) | SecretKind::Digest(_) => continue,
        };
        let name = file_name(bundle, artefact.file);
        let message = format!(
            "the file holds {} ({}), which is not read, kept or shown",
            kind.title(),
            kind.what()
        );
        let label = Label {
            span: artefact.span,
            message: "it begins here, overwritten".to_owned(),
        };
        let finding = Finding::builder(meta.id, severity, format!("file {name}"), message, label)
            .consequence(consequence)
            .note("AWS KMS never exports a private key: this one existed outside it.")
            .remedy(remedy)
            .content(kind.what());
        findings.push(finding);
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "no file that was read holds a private key in a form that is known",
    )
}
