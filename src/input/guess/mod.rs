//! What a file that no format knows probably is, and what to give instead.

mod text;

use super::{Probe, cli_get_key_policy};
use crate::json::Node;
use crate::policy::{Document, Kind};

/// Magic bytes of files that land in evidence folders, and what to do with them.
const MAGIC: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF document: export the data as JSON instead"),
    (b"\x89PNG", "a picture: export the data as JSON instead"),
    (b"\xff\xd8\xff", "a picture: export the data as JSON instead"),
    (b"GIF8", "a picture: export the data as JSON instead"),
    (
        b"PK\x03\x04",
        "an archive inside an archive, or an office document: unpack it first",
    ),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"BZh", "a bzip2 file: unpack it first"),
    (b"\xfd7zXZ", "an xz file: unpack it first"),
    (b"(\xb5/\xfd", "a zstd file: unpack it first"),
    (
        b"\xd0\xcf\x11\xe0",
        "an office document: export the data as JSON or CSV instead",
    ),
    (
        b"{\\rtf",
        "a text of a word processor (RTF): save it as plain text",
    ),
    (
        b"SQLite format 3\0",
        "a database: export what is asked for as JSON",
    ),
    (b"\0\0\0\x01Bud1", "a macOS folder file"),
    (b"7z\xbc\xaf", "a 7-Zip archive: unpack it first"),
];

/// Names that one evidence alone has, and what it is.
const LOOKS: &[(&[&str], &str)] = &[
    (&["KeyMetadata"], "the output of aws kms describe-key"),
    (
        &["UserDetailList"],
        "the output of aws iam get-account-authorization-details",
    ),
    (
        &["RoleDetailList"],
        "the output of aws iam get-account-authorization-details",
    ),
    (&["PolicyNames"], "the output of aws kms list-key-policies"),
    (&["GrantId"], "the output of aws kms list-grants"),
    (&["AliasName"], "the output of aws kms list-aliases"),
    (&["TagKey"], "the output of aws kms list-resource-tags"),
    (&["PublicKey"], "the output of aws kms get-public-key"),
    (&["Signature", "SigningAlgorithm"], "the output of aws kms sign"),
    (
        &["\"Policy\"", "PolicyName"],
        "the output of aws kms get-key-policy",
    ),
    (&["AWS::KMS::"], "a CloudFormation template with KMS keys"),
    (&["Statement", "Effect"], "a key policy"),
    (&["KeyArn"], "the output of aws kms list-keys"),
    (&["validators", "threshold"], "a published list of validator sets"),
    (&["address", "role"], "a list of claims"),
    (&["<Buffer "], "bytes as Node prints them"),
];

/// What a text looks like by the names in it, whether it can be read or not.
pub(super) fn looks_like(text: &str) -> Option<&'static str> {
    let found = LOOKS
        .iter()
        .find(|(names, _)| names.iter().all(|name| has_name(text, name)));
    found.map(|(_, what)| *what)
}

/// True if a name stands in the text as a word of its own: `kms:GetPublicKey` is no `PublicKey`.
fn has_name(text: &str, name: &str) -> bool {
    let word = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
    let (first, last) = (name.chars().next(), name.chars().next_back());
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text
            .get(at.saturating_add(name.len())..)
            .and_then(|tail| tail.chars().next());
        let inside = (word(first) && word(before)) || (word(last) && word(after));
        !inside
    })
}

/// A fault, with what the text looks like.
pub(super) fn with_look(message: &str, text: &str) -> String {
    match looks_like(text) {
        Some(what) => format!("{message}; it looks like {what}"),
        None => message.to_owned(),
    }
}

/// True for a text that is meant to be read, so that a fault in it must be told.
pub(super) fn is_telling(text: &str) -> bool {
    looks_like(text).is_some()
}

/// True for Terraform source.
pub(super) fn is_terraform(text: &str) -> bool {
    text::terraform(text)
}

/// The reason why a file is not recognised, with the nearest guess.
pub(super) fn reason(probe: &Probe) -> String {
    if probe.bytes.is_empty() {
        return "the file is empty".to_owned();
    }
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| probe.bytes.starts_with(magic)) {
        return (*what).to_owned();
    }
    if let Some(service) = probe.other_service() {
        return format!("the output of aws {service}: it says nothing of a KMS key");
    }
    if let Some(object) = probe.object() {
        return json_reason(probe, object);
    }
    match probe.own_text() {
        Some(text) => text::reason(text),
        None => text::bytes(&probe.bytes).unwrap_or_else(|| "binary data of no known form".to_owned()),
    }
}

/// Members that tell what an object of JSON is: one of each list must be there.
const OBJECTS: &[(&[&[&str]], &str)] = &[
    (
        &[&["PolicyDocument", "PolicyVersion"]],
        "an IAM policy: this version reads get-account-authorization-details only",
    ),
    (
        &[&["AccessKey", "Credentials", "AccessKeyId"]],
        "AWS credentials: they are not read. Remove them from the evidence and revoke them",
    ),
    (
        &[&["ImportToken"]],
        "the wrapping key of get-parameters-for-import, not a key of the owner's",
    ),
    (
        &[&["PrivateKeyCiphertextBlob", "PrivateKeyPlaintext"]],
        "the output of aws kms generate-data-key-pair: a key pair for use outside KMS, not a KMS key",
    ),
    (
        &[&["CiphertextBlob"]],
        "the output of aws kms encrypt or generate-data-key: it says nothing of a signing key",
    ),
    (
        &[&["Records", "Events", "eventSource"]],
        "CloudTrail events: this version does not read them",
    ),
    (
        &[&["SignatureValid"]],
        "the output of aws kms verify: give the signature itself (aws kms sign)",
    ),
    (
        &[&["UserId", "Account"], &["Arn"]],
        "the output of aws sts get-caller-identity: it says who exported, not what",
    ),
    (&[&["jsonrpc"]], "an answer of a chain's node"),
    (
        &[&["nonce"], &["gas", "gasLimit", "gasPrice", "maxFeePerGas"]],
        "a transaction of an EVM chain",
    ),
    (
        &[&["crypto", "Crypto"], &["version", "address"]],
        "a keystore file: it is not read. Remove it from the evidence",
    ),
    (&[&["AWSTemplateFormatVersion"]], "a CloudFormation template"),
    (&[&["terraform_version"]], "Terraform state or plan"),
    (
        &[
            &["originChainName", "validator", "relayChains"],
            &["chains", "validator"],
        ],
        "a Hyperlane agent configuration of a form that is not known",
    ),
    (&[&["apiVersion"], &["kind"]], "a Kubernetes manifest"),
    (&[&["services"]], "a Compose file"),
    (
        &[&["Grants"], &["Owner"]],
        "the access list of an S3 bucket or object",
    ),
    (
        &[&["Buckets", "Users", "Roles", "Functions"]],
        "an output of the AWS CLI of another service than KMS",
    ),
];

fn json_reason(probe: &Probe, object: &Node) -> String {
    if Document::looks_like(object) {
        let (kind, why) = Kind::of(&Document::read(object));
        return not_a_key_policy(kind, why);
    }
    if let Some((kind, why)) = cli_get_key_policy::inner_kind(probe) {
        return not_a_key_policy(kind, why);
    }
    let value = object.get("value").or_else(|| object.get("checkpoint"));
    if value.is_some_and(|value| value.get_any(&["checkpoint", "root", "message_id"]).is_some()) {
        return "a Hyperlane checkpoint: this version does not read checkpoints".to_owned();
    }
    let says = |lists: &[&[&str]]| lists.iter().all(|names| object.get_any(names).is_some());
    if let Some((_, what)) = OBJECTS.iter().find(|(lists, _)| says(lists)) {
        return (*what).to_owned();
    }
    if probe.own_text().is_some_and(text::holds_addresses) {
        return text::ADDRESSES.to_owned();
    }
    let keys: Vec<String> = object
        .members()
        .iter()
        .take(4)
        .map(|member| format!("\"{}\"", member.key))
        .collect();
    if keys.is_empty() {
        return "an empty JSON object".to_owned();
    }
    format!("JSON of no known form, with {}", keys.join(", "))
}

fn not_a_key_policy(kind: Kind, why: &str) -> String {
    match kind {
        Kind::Key => "a key policy inside something else".to_owned(),
        Kind::Endpoint => format!(
            "{}, not a key policy ({why}); if it is the key's own policy, name it with --input-format key-policy",
            kind.title()
        ),
        _ => format!("{}, not a key policy: {why}", kind.title()),
    }
}
