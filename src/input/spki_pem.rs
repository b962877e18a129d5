//! PEM (RFC 7468): `PUBLIC KEY` blocks, several in one file, with whatever text around them.

use super::public_key::{Beside, push};
use super::{Format, Probe, Reader};
use crate::encoding::pem::{self, Body};

/// PEM.
pub(super) struct SpkiPem;

impl Format for SpkiPem {
    fn id(&self) -> &'static str {
        "spki-pem"
    }

    fn title(&self) -> &'static str {
        "a PEM file"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        // Blocks of private keys are secrets, which are found before: beside them the text may be anything.
        let public = |line: &str| {
            line.split_once("-----BEGIN ")
                .is_some_and(|(_, label)| !pem::is_private(label))
        };
        !probe.is_tree() && probe.text().is_some_and(|text| text.lines().any(public))
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        for block in pem::blocks(&probe.bytes) {
            let block = match block {
                Ok(block) => block,
                Err(error) => {
                    reader.broken(error.to_string(), probe.span(error.offset..error.offset));
                    continue;
                }
            };
            let span = probe.span(block.range.clone());
            match block.body {
                Body::Decoded { bytes, map, .. } if block.label == "PUBLIC KEY" => {
                    push(probe, reader, &bytes, Beside::alone(span), |offset| {
                        probe.span(map.text_range(offset..offset.saturating_add(1)))
                    });
                }
                Body::Decoded { .. } => {
                    let hint = match block.label.as_str() {
                        "CERTIFICATE" => "a certificate: export its key with: openssl x509 -pubkey -noout",
                        "RSA PUBLIC KEY" => "an RSA key in PKCS #1 form: it has no secp256k1 address",
                        _ => "not a PUBLIC KEY block",
                    };
                    reader.broken(format!("PEM block {}: {hint}", block.label), span);
                }
                // Found before, like every secret.
                Body::Withheld => {}
            }
        }
    }
}
