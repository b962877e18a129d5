//! A public key whose bytes are not what AWS KMS exports.

use sha2::{Digest as _, Sha256};

use super::{no_public_key, public_keys};
use crate::encoding::hex;
use crate::evidence::{Bundle, FileStatus, Key, PublicKeyExport};
use crate::finding::{Finding, Label};
use crate::key::SpkiError;
use crate::rules::common::{key_argument, visible};
use crate::rules::{Context, Meta, Outcome, key_rule};
use crate::source::Span;

key_rule!(
    /// `malformed-public-key`
    MalformedPublicKey,
    "malformed-public-key",
    Key,
    High,
    "The bytes of the public key are not those that AWS KMS exports for a secp256k1 key",
    "malformed_public_key.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let exports: Vec<&PublicKeyExport> = public_keys(bundle, key).collect();
    if exports.is_empty() {
        return no_public_key();
    }
    if exports
        .iter()
        .all(|export| matches!(&export.result, Err(error) if error.is_another_key()))
    {
        return Outcome::NotApplicable(
            "the public key is that of another algorithm or curve: see wrong-key-spec".to_owned(),
        );
    }
    let findings = exports
        .iter()
        .filter_map(|export| Some((export, export.result.as_ref().err()?)))
        .filter(|(_, error)| !error.is_another_key())
        .map(|(export, error)| finding(meta, bundle, key, export, error))
        .collect();
    Outcome::of(
        findings,
        "every export of the public key is the 88-byte SPKI of a point of secp256k1",
    )
}

fn finding(
    meta: &'static Meta,
    bundle: &Bundle,
    key: &Key,
    export: &PublicKeyExport,
    error: &SpkiError,
) -> Finding {
    let message = format!(
        "the public key is malformed ({}): {} at byte {}: expected {}, found {} ({})",
        error.code(),
        error.field,
        error.offset,
        error.expected,
        error.found,
        error.clause
    );
    let fault = visible(bundle, fault_place(bundle, export, error));
    let label = Label {
        span: fault,
        message: format!("{}: {}", error.code(), error.kind),
    };
    let mut finding = Finding::builder(meta.id, meta.severity, key.subject(), message, label)
        .consequence("no address is derived from these bytes: whoever does derive one guesses what was meant")
        .remedy(format!(
            "Export the public key again (aws kms get-public-key {}); if AWS returns the same bytes, say so.",
            key_argument(key)
        ));
    if fault != export.span {
        finding = finding.related(export.span, "the export of the public key");
    }
    let digest: [u8; 32] = Sha256::digest(&export.spki).into();
    finding.content(&format!("{} {}", error.code(), hex::encode(&digest)))
}

/// The byte at fault in the file, where the file's own record of this error tells it; else the whole key.
fn fault_place(bundle: &Bundle, export: &PublicKeyExport, error: &SpkiError) -> Span {
    let file = bundle.sources.file_of(export.span.source);
    let record = bundle.files.iter().find(|record| record.source == file);
    match record.map(|record| &record.status) {
        Some(FileStatus::Broken { message, span })
            if *message == error.to_string()
                && export.span.start <= span.start
                && span.end <= export.span.end =>
        {
            *span
        }
        _ => export.span,
    }
}
