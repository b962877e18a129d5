//! AWS credentials among the exports.

use crate::evidence::{Data, SecretKind};
use crate::finding::{Finding, Label, Severity};
use crate::rules::common::{at_most_per_file, file_name};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `access-key-in-evidence`
    AccessKeyInEvidence,
    "access-key-in-evidence",
    Key,
    High,
    "A file of the evidence holds the secret of an AWS access key, or a session token",
    "access_key_in_evidence.md",
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
            SecretKind::AccessKey(_) => (
                meta.severity,
                "whoever handled the evidence on its way is this IAM user to AWS, and may do what the user may: where that \
                 is kms:Sign, sign with the key",
                "Make a new access key and delete this one (aws iam delete-access-key --access-key-id ID), look in CloudTrail \
                 for who used it, and remove the file from the evidence and from wherever it was sent.",
            ),
            SecretKind::SessionToken(_) => (
                Severity::Medium,
                "until it expires, whoever handled the evidence on its way is this session to AWS, and may do what it may",
                "Let it expire, or revoke the role's older sessions (the policy AWSRevokeOlderSessions), and remove the file \
                 from the evidence and from wherever it was sent.",
            ),
            _ => continue,
        };
        let name = file_name(bundle, artefact.file);
        let message = format!(
            "the file holds {} ({}), which is not read, kept or shown",
            kind.title(),
            kind.what()
        );
        let label = Label {
            span: artefact.span,
            message: "its value is overwritten".to_owned(),
        };
        let finding = Finding::builder(meta.id, severity, format!("file {name}"), message, label)
            .consequence(consequence)
            .remedy(remedy)
            .content(kind.what());
        findings.push(finding);
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "no file that was read holds AWS credentials in a form that is known",
    )
}
