//! `aws kms get-public-key`, and the same answer from an SDK.

use super::fields::Fields;
use super::public_key::{Beside, key_bytes, push};
use super::{Format, Probe, Reader};

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
            object.get("PublicKey").is_some()
                && object
                    .get_any(&["ImportToken", "PrivateKeyCiphertextBlob", "PrivateKeyPlaintext"])
                    .is_none()
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
