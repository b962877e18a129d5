//! What is given beside a challenge: the answer, and an exported key, in any form in which evidence is read.

use std::path::{Path, PathBuf};

use kms_audit::arn::KeyRef;
use kms_audit::challenge::report::ErrorRow;
use kms_audit::encoding::base64;
use kms_audit::evidence::{Artefact, Data, FileStatus, Trouble};
use kms_audit::input::{self, Gathered};
use kms_audit::key::PublicKey;
use kms_audit::signature::SignatureError;
use kms_audit::signature::encoding::{Reading, read_bytes, read_text};

use crate::cli::Failure;

/// Bytes of an answer or of an exported key, at most.
const MOST: u64 = 1 << 20;

/// An answer.
pub(super) struct Given {
    pub(super) key: Option<KeyRef>,
    pub(super) algorithm: Option<String>,
    pub(super) readings: Vec<Reading>,
}

/// An exported key.
pub(super) struct Export {
    pub(super) name: Option<KeyRef>,
    pub(super) key: PublicKey,
}

/// The bytes of a file, one more than `most` where it is longer.
pub(super) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    crate::cli::read_at_most(path, most).map_err(|error| {
        Failure::usage(
            format!("cannot read {}: {error}", path.display()),
            "Give a file that can be read.",
        )
    })
}

fn error(path: &Path, code: &str, message: impl Into<String>) -> ErrorRow {
    ErrorRow {
        source: path.display().to_string(),
        code: code.to_owned(),
        message: message.into(),
        line: None,
        column: None,
    }
}

/// What a file holds; one that cannot be opened, or is too large, is wrong usage.
pub(super) fn gather(path: &Path) -> Result<Gathered, Failure> {
    let mut options = input::Options::default();
    options.limits.file_bytes = MOST;
    let paths: [PathBuf; 1] = [path.to_owned()];
    input::gather(&paths, &mut std::io::stdin().lock(), &options).map_err(|fault| {
        Failure::usage(
            fault.to_string(),
            "Give a file that can be read, or - for standard input.",
        )
    })
}

/// Reads an answer.
pub(super) fn answer(path: &Path, gathered: &Gathered) -> Result<Given, ErrorRow> {
    let signed: Vec<&Artefact> = gathered
        .artefacts
        .iter()
        .filter(|artefact| matches!(artefact.data, Data::Signature(_)))
        .collect();
    match signed.as_slice() {
        [] => bare(path, gathered),
        [artefact] => {
            let Data::Signature(export) = &artefact.data else {
                return Err(error(path, "no-answer", "there is no signature"));
            };
            // A member that stands twice, or has another form: which one the key's owner means is a guess.
            let doubt = artefact.troubles.iter().find_map(doubt);
            if let Some(message) = doubt {
                return Err(error(path, "bad-answer", message));
            }
            let der = base64::decode(export.signature.value.trim().as_bytes())
                .map_err(|fault| error(path, "not-base64", format!("Signature: {}", fault.reason)))?;
            Ok(Given {
                key: export.key.as_ref().map(|field| field.value.clone()),
                algorithm: export.algorithm.as_ref().map(|field| field.value.clone()),
                readings: read_bytes(&der).map_err(|fault| signature_error(path, &fault))?,
            })
        }
        several => Err(error(
            path,
            "several-answers",
            format!("there are {} signatures: give one", several.len()),
        )),
    }
}

fn doubt(trouble: &Trouble) -> Option<String> {
    match trouble {
        Trouble::DuplicateKey { key, .. } => Some(format!("the member {key} stands twice")),
        Trouble::BadValue { message, .. } => Some(message.clone()),
        Trouble::WrongKind { is, expected, .. } => Some(format!("it is {is}, not {expected}")),
        // A masked KeyId names nobody, and the report says so.
        Trouble::Redacted { .. } => None,
    }
}

/// A signature without anything around it.
fn bare(path: &Path, gathered: &Gathered) -> Result<Given, ErrorRow> {
    let [file] = gathered.files.as_slice() else {
        return Err(error(path, "no-answer", "there is no signature in it"));
    };
    let secret = gathered
        .artefacts
        .iter()
        .any(|artefact| matches!(artefact.data, Data::Secret(_)));
    if secret {
        return Err(error(
            path,
            "no-answer",
            "it holds secret material and no signature; nothing of it is shown",
        ));
    }
    let refused = gathered
        .artefacts
        .iter()
        .find_map(|artefact| match &artefact.data {
            Data::Failed(failed) => Some(failed.code.value.clone()),
            _ => None,
        });
    if let Some(code) = refused {
        return Err(error(
            path,
            "no-answer",
            format!("AWS refused the call: {code}. The owner needs kms:Sign"),
        ));
    }
    if let FileStatus::Broken { message, .. } = &file.status {
        return Err(error(path, "broken-input", message.clone()));
    }
    let source = gathered.sources.get(file.source);
    let read = match source.text() {
        Some(text) => read_text(text),
        None => read_bytes(source.bytes()),
    };
    read.map(|readings| Given {
        key: None,
        algorithm: None,
        readings,
    })
    .map_err(|fault| signature_error(path, &fault))
}

fn signature_error(path: &Path, fault: &SignatureError) -> ErrorRow {
    error(path, fault.code(), fault.to_string())
}

/// Reads an exported key.
pub(super) fn public_key(path: &Path, gathered: &Gathered) -> Result<Export, ErrorRow> {
    let mut found: Option<Export> = None;
    for artefact in &gathered.artefacts {
        let Data::PublicKey(export) = &artefact.data else {
            continue;
        };
        let key = export
            .result
            .as_ref()
            .map_err(|fault| error(path, fault.code(), fault.to_string()))?;
        let name = export.key.as_ref().map(|field| field.value.clone());
        match &mut found {
            None => found = Some(Export { name, key: *key }),
            Some(first) if first.key == *key => first.name = first.name.take().or(name),
            Some(_) => {
                return Err(error(
                    path,
                    "several-public-keys",
                    "there are several public keys: give one",
                ));
            }
        }
    }
    found.ok_or_else(|| {
        let broken = gathered.files.iter().find_map(|file| match &file.status {
            FileStatus::Broken { message, .. } => Some(message.clone()),
            _ => None,
        });
        match broken {
            Some(message) => error(path, "broken-input", message),
            None => error(path, "no-public-key", "there is no public key in it"),
        }
    })
}
