//! `aws kms get-public-key` as JSON.

use super::fields::Fields;
use super::public_key::{Beside, push};
use super::{Format, Probe, Reader};
use crate::encoding::base64;
use crate::json::string_view;

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
        let Some(object) = probe.object() else { return };
        let mut fields = Fields::new(probe);
        let Some(text) = fields.text(object, "PublicKey") else {
            let span = object
                .get("PublicKey")
                .map_or(probe.whole(), |node| probe.at(node));
            reader.broken("PublicKey must be base64 text", span);
            return;
        };
        let key = fields.key(object, "KeyId");
        let key_spec = fields
            .text(object, "KeySpec")
            .or_else(|| fields.text(object, "CustomerMasterKeySpec"));
        let key_usage = fields.text(object, "KeyUsage");
        let beside = Beside {
            key,
            key_spec,
            key_usage,
            span: text.span,
            whole: probe.at(object),
            troubles: fields.troubles,
        };
        // The place of a base64 character in the file: escapes inside the JSON string (`\/`) shift it.
        let view = object
            .get("PublicKey")
            .and_then(|node| string_view(probe.text()?, node));
        let place = |range: std::ops::Range<usize>| {
            view.as_ref()
                .map_or(text.span, |(_, map)| probe.span(map.outer(range)))
        };
        match base64::decode_with_map(text.value.as_bytes()) {
            Ok((bytes, map)) => {
                push(probe, reader, &bytes, beside, |at| {
                    place(map.text_range(at..at.saturating_add(1)))
                });
            }
            Err(error) => {
                reader.broken(
                    format!("PublicKey: {error}"),
                    place(error.offset..error.offset.saturating_add(1)),
                );
            }
        }
    }
}
