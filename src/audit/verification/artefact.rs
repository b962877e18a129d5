//! Lines of a batch that hold a file of Hyperlane's as it is: a signed checkpoint or announcement, which says by itself
//! what was signed and how.
//!
//! Source: mono:rust/main/hyperlane-core/src/traits/signing.rs, `SignedType`.

use super::VerifyError;
use crate::encoding::hex;
use crate::hyperlane::artefact::{Artefact, read};
use crate::hyperlane::digest::{announcement_hash, checkpoint_hash, domain_hash};
use crate::hyperlane::envelope::RawSignature;
use crate::json::{Node, Value};

/// The members that hold such a file.
const FILES: [&str; 2] = ["checkpoint", "announcement"];

/// What the file says by itself, and nothing else may.
const OWN: [&str; 8] = [
    "digest",
    "message",
    "message_hex",
    "typed_data",
    "transaction",
    "validator",
    "scheme",
    "signature",
];

/// The request that a line with such a file stands for, and the member that holds it; nothing for any other line.
///
/// # Errors
/// Where the file cannot be read, is another one, or stands beside what it says itself.
pub(super) fn expanded(text: &str, line: &Node) -> Result<Option<(String, &'static str)>, VerifyError> {
    // Which of two counts is nobody's to say: the request is refused as any other.
    if line.duplicates().iter().any(|pair| pair.object.is_empty()) {
        return Ok(None);
    }
    let given = |name: &str| line.get(name).filter(|node| node.value != Value::Null);
    let mut files = FILES.into_iter().filter_map(|name| Some((name, given(name)?)));
    let Some((name, file)) = files.next() else {
        return Ok(None);
    };
    let others = OWN.into_iter().filter(|own| given(own).is_some());
    if let Some(other) = others.chain(files.map(|(other, _)| other)).next() {
        return Err(error(
            "two-messages",
            other,
            format!("{name} and {other} both say what was signed: give one"),
        ));
    }
    let content = text.get(file.span.clone()).unwrap_or_default();
    let artefact = read(content.as_bytes(), None).map_err(|fault| VerifyError {
        offset: fault.offset,
        ..error(fault.code.id(), name, fault.message)
    })?;
    let (hash, signature) = match (&artefact, name) {
        (Artefact::Checkpoint(envelope), "checkpoint") => {
            let value = &envelope.value;
            let message = value.message_id.as_ref();
            let hash = checkpoint_hash(&value.domain_hash(), &value.root, value.index, message);
            (hash, envelope.signature)
        }
        (Artefact::Announcement(envelope), "announcement") => {
            let value = &envelope.value;
            let domain = domain_hash(value.domain, &value.mailbox, value.tag());
            (
                announcement_hash(&domain, value.location.as_bytes()),
                envelope.signature,
            )
        }
        (Artefact::Other(other), _) => return Err(error("not-recognised", name, other.reason())),
        (other, _) => {
            let kind = other.kind();
            return Err(error(
                "wrong-type",
                name,
                format!("{name} holds another file: {kind}"),
            ));
        }
    };
    let mut request = String::from("{");
    for member in line
        .members()
        .iter()
        .filter(|member| !FILES.contains(&member.key.as_str()))
    {
        let part = text.get(member.key_span.start..member.value.span.end);
        request.push_str(part.unwrap_or_default());
        request.push(',');
    }
    let RawSignature { r, s, v } = signature;
    let word = |bytes: &[u8; 32]| hex::encode(bytes);
    request.push_str(&format!(
        r#""message_hex":"0x{}","signature":{{"r":"0x{}","s":"0x{}","v":{v}}}}}"#,
        word(&hash),
        word(&r),
        word(&s),
    ));
    Ok(Some((request, name)))
}

/// The error of the expanded request, as one of the line.
pub(super) fn of_line(error: VerifyError, name: &str) -> VerifyError {
    let pointer = error
        .pointer
        .map(|pointer| match pointer.strip_prefix("/signature") {
            Some(rest) => format!("/{name}/signature{rest}"),
            None => pointer,
        });
    VerifyError { pointer, ..error }
}

fn error(code: &str, member: &str, message: impl Into<String>) -> VerifyError {
    VerifyError {
        code: code.to_owned(),
        message: message.into(),
        offset: None,
        pointer: Some(format!("/{member}")),
    }
}
