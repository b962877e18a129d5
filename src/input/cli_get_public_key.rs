//! `aws kms get-public-key`, and the same answer from an SDK.

use super::fields::Fields;
use super::public_key::{Beside, key_bytes, push};
use super::{Format, Probe, Reader, shape};
use crate::arn::KeyRef;
use crate::json::Node;

/// `GetPublicKey`.
pub(super) struct GetPublicKey;

impl Format for GetPublicKey {
    fn id(&self) -> &'static str {
        "aws-get-public-key"
    }

    fn title(&self) -> &'static str {
        "the output of aws kms get-public-key"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        // GetParametersForImport and GenerateDataKeyPair have a PublicKey too, of other keys.
        probe.object().is_some_and(|object| {
            object
                .get("PublicKey")
                .is_some_and(|key| !key.is_object() || shape::byte_content(probe, key).is_some())
                && object
                    .get_any(&["ImportToken", "PrivateKeyCiphertextBlob", "PrivateKeyPlaintext"])
                    .is_none()
                && (is_of_kms(object) || looks_like_spki(probe, object))
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some((object, node)) = probe
            .object()
            .and_then(|object| Some((object, object.get("PublicKey")?)))
        else {
            return;
        };
        let mut fields = Fields::new(probe);
        let key = fields.key_or_command(object, "KeyId");
        let key_spec = fields
            .text(object, "KeySpec")
            .or_else(|| fields.text(object, "CustomerMasterKeySpec"));
        let key_usage = fields.text(object, "KeyUsage");
        let beside = Beside {
            key,
            key_spec,
            key_usage,
            span: probe.at(node),
            whole: probe.at(object),
            lead: 0,
            troubles: fields.troubles,
        };
        match key_bytes(probe, node) {
            Ok(found) => push(probe, reader, &found.bytes, beside, |at| {
                probe.span((found.place)(at..at.saturating_add(1)))
            }),
            Err((message, place)) => reader.broken(format!("PublicKey: {message}"), probe.span(place)),
        }
    }
}

/// True for an object with what only an answer of KMS has beside the key: a `PublicKey` alone is also one of a wallet, of
/// `CloudFront` and of much else.
fn is_of_kms(object: &Node) -> bool {
    let names_key = object
        .str_of("KeyId")
        .is_some_and(|name| KeyRef::parse(name).is_some());
    names_key
        || object
            .get_any(&[
                "KeySpec",
                "CustomerMasterKeySpec",
                "KeyUsage",
                "SigningAlgorithms",
                "EncryptionAlgorithms",
            ])
            .is_some()
}

/// True where the key alone tells that it is meant as an SPKI: its first byte, 0x30, is an `M` in base64.
fn looks_like_spki(probe: &Probe, object: &Node) -> bool {
    let Some(node) = object.get("PublicKey") else {
        return false;
    };
    if let Some((bytes, _)) = shape::byte_content(probe, node) {
        return bytes.first() == Some(&0x30);
    }
    node.as_str().is_some_and(|text| {
        let text = text.trim();
        let is_base64 = text.starts_with('M')
            && text.len() >= 40
            && !text.contains(['.', ' ', ':'])
            && text
                .bytes()
                .take(40)
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
        is_base64
            || text.starts_with("b'")
            || text.starts_with("b\"")
            || text.contains("-----BEGIN PUBLIC KEY")
    })
}
