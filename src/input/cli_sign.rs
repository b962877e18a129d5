//! `aws kms sign` as JSON.

use super::fields::Fields;
use super::{Format, Probe, Reader};
use crate::evidence::{Data, SignExport};

/// `Sign`.
pub(super) struct Sign;

impl Format for Sign {
    fn id(&self) -> &'static str {
        "aws-sign"
    }

    fn title(&self) -> &'static str {
        "the output of aws kms sign"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        // `verify` prints SignatureValid instead of the signature.
        probe
            .object()
            .is_some_and(|object| object.has(&["Signature", "SigningAlgorithm"]))
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let mut fields = Fields::new(probe);
        let key = fields.key(object, "KeyId");
        let algorithm = fields.text(object, "SigningAlgorithm");
        // SDKs dump bytes, which are written down as the AWS CLI prints them.
        let dumped = object.get("Signature").and_then(|node| {
            let (bytes, _) = super::shape::byte_content(probe, node)?;
            let value = crate::encoding::base64::encode(&bytes);
            Some(crate::evidence::Field {
                value,
                span: probe.at(node),
            })
        });
        match dumped.or_else(|| fields.text(object, "Signature")) {
            Some(signature) => {
                let data = Data::Signature(SignExport {
                    key,
                    signature,
                    algorithm,
                });
                reader.push_with(probe.at(object), data, fields.troubles);
            }
            None => reader.broken("Signature must be base64 text", probe.whole()),
        }
    }
}
