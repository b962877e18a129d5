//! PEM (RFC 7468): `PUBLIC KEY` blocks, several in one file, with whatever text around them.

use super::public_key::{Beside, push};
use super::{Format, Probe, Reader, openssl_text};
use crate::encoding::pem::{self, Body};
use crate::evidence::{Data, SecretKind};

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
        !probe.is_tree()
            && probe.text().is_some_and(|text| {
                text.contains("-----BEGIN ") && !openssl_text::is_one(text) && has_boundary(text)
            })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        read_blocks(probe, reader);
    }
}

/// True where a block begins at the start of a line: not quoted, not inside a string.
fn has_boundary(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim();
        // The armour of OpenPGP looks like PEM, and has a checksum and header lines.
        let is_armour = line.starts_with("-----BEGIN PGP ") && !line.contains("PRIVATE KEY");
        line.starts_with("-----BEGIN ") && !is_armour && !line.contains("\\n")
    })
}

/// Reads every block of the text.
pub(super) fn read_blocks(probe: &Probe, reader: &mut Reader) {
    for block in pem::blocks(&probe.bytes) {
        let block = match block {
            Ok(block) => block,
            Err(error) => {
                // A private key whose block has no end is exposed all the same.
                if let Some(label) = error.label.as_ref().filter(|label| label.contains("PRIVATE KEY")) {
                    let span = probe.span(error.offset..error.offset.saturating_add("-----BEGIN ".len()));
                    reader.push(span, Data::Secret(SecretKind::PrivateKey(label.clone())));
                }
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
            Body::Withheld => reader.push(span, Data::Secret(SecretKind::PrivateKey(block.label))),
        }
    }
}
