//! PEM (RFC 7468): `PUBLIC KEY` blocks, several in one file, with whatever text around them.

use super::public_key::{Beside, push};
use super::{Format, Probe, Reader, openssl_text};
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

    fn is_of_trees(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        // Blocks of private keys are secrets, which are found before: beside them the text may be anything.
        probe
            .text()
            .is_some_and(|text| !openssl_text::is_one(text) && text.lines().any(is_boundary))
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        read_blocks(probe, reader);
    }
}

/// True where a block of something public begins at the start of a line: not quoted, not inside a string.
fn is_boundary(line: &str) -> bool {
    line.trim()
        .strip_prefix("-----BEGIN ")
        // The armour of OpenPGP looks like PEM, and has a checksum and header lines; a signature of SSH is no key.
        .is_some_and(|label| {
            !pem::is_private(label)
                && !label.starts_with("PGP ")
                && !label.starts_with("SSH SIGNATURE")
                && !label.contains("\\n")
                && !label.contains("-----END ")
        })
}

/// Reads every block of the text.
pub(super) fn read_blocks(probe: &Probe, reader: &mut Reader) {
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
