//! The key policy of a file.

use super::row::HardenInput;
use crate::arn::KeyRef;
use crate::encoding::hex;
use crate::evidence::{Data, FileStatus, PolicyExport};
use crate::input::Gathered;
use crate::policy::Document;

/// A key policy, as one file holds it.
#[derive(Debug)]
pub struct PolicyFile {
    /// The document, read from its own text.
    pub document: Document,
    /// The file.
    pub input: HardenInput,
    /// The account of the key that the export names.
    pub account: Option<String>,
}

/// The one key policy of what was gathered from one file.
///
/// # Errors
/// In words, where there is none, or several, or it cannot be put back.
pub fn policy_file(gathered: &Gathered) -> Result<PolicyFile, String> {
    let [record] = gathered.files.as_slice() else {
        return Err(format!(
            "it holds {} files: give the policy itself",
            gathered.files.len()
        ));
    };
    let why = match &record.status {
        FileStatus::Used => None,
        FileStatus::NotRecognised(why) => Some(why.clone()),
        FileStatus::Broken { message, .. } => Some(message.clone()),
    };
    let policies: Vec<&PolicyExport> = gathered
        .artefacts
        .iter()
        .filter_map(|artefact| match &artefact.data {
            Data::Policy(export) => Some(export),
            _ => None,
        })
        .collect();
    let export = match policies.as_slice() {
        [only] => *only,
        [] => {
            let is_bucket = gathered
                .artefacts
                .iter()
                .any(|artefact| matches!(artefact.data, Data::Bucket(_)));
            let what = if is_bucket {
                "it is of an S3 bucket, and holds no key policy"
            } else {
                "it holds no key policy"
            };
            return Err(why.unwrap_or_else(|| what.to_owned()));
        }
        several => {
            return Err(format!(
                "it holds {} policies: give one, as aws kms get-key-policy prints it",
                several.len()
            ));
        }
    };
    if !export.is_key_policy {
        return Err("its policy is none of a KMS key".to_owned());
    }
    if export.name.as_ref().is_some_and(|name| name.value == "AWS_RAM") {
        return Err(
            "it is the policy AWS_RAM, which Resource Access Manager writes and nobody can put".to_owned(),
        );
    }
    let source = gathered.sources.get(export.source);
    let whole = source.text().unwrap_or_default();
    let span = export.document.span.clone();
    let around = [whole.get(..span.start), whole.get(span.end..)];
    // White space around the document is its file's; anything else is another document that holds it.
    let alone = around.iter().flatten().all(|text| text.trim().is_empty());
    let text = if alone { Some(whole) } else { whole.get(span) };
    let document = text
        .and_then(|text| Document::parse(text).ok())
        .ok_or("its policy is not written as JSON: give it as aws kms get-key-policy prints it")?;
    let file = gathered.sources.get(record.source);
    Ok(PolicyFile {
        document,
        input: HardenInput {
            name: record.path.clone(),
            format: record.format.unwrap_or_default().to_owned(),
            sha256: hex::encode(&file.sha256()),
        },
        account: export.key.as_ref().and_then(|key| match &key.value {
            KeyRef::Arn { account, .. } => Some(account.clone()),
            _ => None,
        }),
    })
}
