//! Files that validators sign as requests to verify: a checkpoint or an announcement says by itself what was signed and how.
//!
//! Source: mono:rust/main/hyperlane-core/src/traits/signing.rs, `SignedType`.

use super::artefact::{Artefact, of_node};
use super::digest::{announcement_hash, checkpoint_hash, domain_hash};
use super::envelope::RawSignature;
use crate::encoding::hex;
use crate::json::{Member, Node, Value};
use crate::signature::request::{Request, RequestError};

/// The members of a request that hold such a file.
pub const FILES: [&str; 2] = ["checkpoint", "announcement"];

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

/// Reads a request as [`Request::parse`] does, or one that has a file in the member `checkpoint` or `announcement`, with
/// `address` or `public_key` beside it.
///
/// # Errors
/// As [`Request::parse`]; and where the file cannot be read, is another one, or stands beside what it says itself.
pub fn parse(line: &Node) -> Result<Request, RequestError> {
    // Which of two members counts is nobody's to say: the request is refused as any other.
    if line.duplicates().iter().any(|pair| pair.object.is_empty()) {
        return Request::parse(line);
    }
    let given = |name: &str| line.get(name).filter(|node| node.value != Value::Null);
    let mut files = FILES.into_iter().filter_map(|name| Some((name, given(name)?)));
    let Some((name, file)) = files.next() else {
        return Request::parse(line);
    };
    let others = OWN.into_iter().filter(|own| given(own).is_some());
    if let Some(other) = others.chain(files.map(|(other, _)| other)).next() {
        let message = format!("{name} and {other} both say what was signed: give one");
        return Err(error("two-messages", other, message));
    }
    let rest = line
        .members()
        .iter()
        .filter(|member| !FILES.contains(&member.key.as_str()));
    expanded(file, name, rest.cloned().collect())
}

/// The request that a file of a bucket stands for, with the address of who should have signed it.
///
/// # Errors
/// As [`parse`].
pub fn of_announcement(file: &Node, address: Option<&str>) -> Result<Request, RequestError> {
    let address = address.map(|address| member("address", text(address)));
    expanded(file, "announcement", address.into_iter().collect())
}

fn expanded(file: &Node, name: &'static str, mut members: Vec<Member>) -> Result<Request, RequestError> {
    let artefact = of_node(file).map_err(|fault| RequestError {
        offset: fault
            .offset
            .and_then(|offset| offset.checked_sub(file.span.start)),
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
            let hash = announcement_hash(&domain, value.location.as_bytes());
            (hash, envelope.signature)
        }
        (Artefact::Other(other), _) => return Err(error("not-recognised", name, other.reason())),
        (other, _) => {
            let message = format!("{name} holds another file: {}", other.kind());
            return Err(error("wrong-type", name, message));
        }
    };
    let word = |bytes: &[u8; 32]| text(&format!("0x{}", hex::encode(bytes)));
    let RawSignature { r, s, v } = signature;
    let signature = vec![
        member("r", word(&r)),
        member("s", word(&s)),
        member("v", node(Value::Number(v.to_string()))),
    ];
    // Hashed once more with the prefix of EIP-191.
    members.push(member("message_hex", word(&hash)));
    members.push(member("signature", node(Value::Object(signature))));
    Request::parse(&node(Value::Object(members))).map_err(|error| {
        let pointer = error
            .pointer
            .map(|pointer| match pointer.strip_prefix("/signature") {
                Some(rest) => format!("/{name}/signature{rest}"),
                None => pointer,
            });
        RequestError { pointer, ..error }
    })
}

fn node(value: Value) -> Node {
    Node { span: 0..0, value }
}

fn text(text: &str) -> Node {
    node(Value::String(text.to_owned()))
}

fn member(key: &str, value: Node) -> Member {
    Member {
        key: key.to_owned(),
        key_span: 0..0,
        value,
    }
}

fn error(code: &'static str, member: &str, message: impl Into<String>) -> RequestError {
    RequestError {
        code,
        message: message.into(),
        offset: None,
        pointer: Some(format!("/{member}")),
    }
}
