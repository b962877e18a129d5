//! The text that `openssl ec -text` and `openssl pkey -text` print of a key: its point in hex, and the curve's name.

use std::ops::Range;

use super::public_key::Beside;
use super::spki_hex::Digits;
use super::{Format, Probe, Reader, sec1_point, spki_pem};
use crate::encoding::hex;

/// `openssl … -text`.
pub(super) struct OpensslText;

impl Format for OpensslText {
    fn id(&self) -> &'static str {
        "openssl-text"
    }

    fn title(&self) -> &'static str {
        "the text that openssl prints of a key"
    }

    fn is_of_trees(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.text().is_some_and(is_one)
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let text = probe.text().unwrap_or_default();
        let blocks = blocks(text);
        let private = text.contains("Private-Key: (");
        let curve = curve(text);
        for block in blocks {
            // A private key is a secret, found before; its public half is not used.
            if block.name == "pub" && !private {
                point(probe, reader, &block, curve.as_ref());
            }
        }
        // Without -noout the PEM block stands beside the text.
        spki_pem::read_blocks(probe, reader);
    }
}

/// True for a text with `pub:` or `priv:` alone on a line and hex pairs below.
pub(super) fn is_one(text: &str) -> bool {
    text.contains("-Key: (") && !blocks(text).is_empty()
}

struct Block {
    name: &'static str,
    content: Range<usize>,
}

/// The indented lines of hex pairs below each heading.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    let mut at = 0_usize;
    for line in text.split_inclusive('\n') {
        let start = at;
        at = at.saturating_add(line.len());
        let content = line.trim();
        let heading = match content {
            "pub:" => Some("pub"),
            "priv:" => Some("priv"),
            _ => None,
        };
        if let Some(name) = heading {
            blocks.push(Block {
                name,
                content: at..at,
            });
            open = true;
            continue;
        }
        let pairs = !content.is_empty()
            && line.starts_with([' ', '\t'])
            && content
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b':');
        open &= pairs;
        if open && let Some(block) = blocks.last_mut() {
            let lead = line.len().saturating_sub(line.trim_start().len());
            if block.content.is_empty() {
                block.content.start = start.saturating_add(lead);
            }
            block.content.end = start.saturating_add(lead).saturating_add(content.len());
        }
    }
    blocks.retain(|block| !block.content.is_empty());
    blocks
}

/// The name of the curve, and its place.
fn curve(text: &str) -> Option<(String, Range<usize>)> {
    let at = text.find("ASN1 OID:")?.saturating_add("ASN1 OID:".len());
    let rest = text.get(at..)?;
    let line = rest.lines().next()?;
    let lead = line.len().saturating_sub(line.trim_start().len());
    let name = line.trim();
    let start = at.saturating_add(lead);
    Some((name.to_owned(), start..start.saturating_add(name.len())))
}

fn point(probe: &Probe, reader: &mut Reader, block: &Block, curve: Option<&(String, Range<usize>)>) {
    let text = probe.text().unwrap_or_default();
    let digits = Digits::of(text.get(block.content.clone()).unwrap_or_default());
    let Ok(decoded) = hex::decode(digits.text.as_bytes()) else {
        reader.broken(
            "the lines below pub: are no pairs of hex digits",
            probe.span(block.content.clone()),
        );
        return;
    };
    let start = block.content.start;
    let place = |at: usize| {
        let at = at.saturating_mul(2);
        let range = digits.place(at..at.saturating_add(2));
        probe.span(start.saturating_add(range.start)..start.saturating_add(range.end))
    };
    let beside = Beside::alone(probe.span(block.content.clone()));
    let is_p256 = |name: &str| matches!(name, "prime256v1" | "P-256" | "secp256r1");
    match curve {
        Some((name, at)) if name != "secp256k1" => {
            if is_p256(name) && decoded.bytes.len() == 65 {
                // The SPKI header of P-256 (RFC 5480), so that the decoder says which key it is.
                let mut der = vec![
                    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
                    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
                ];
                let lead = der.len();
                der.extend(&decoded.bytes);
                let beside = Beside { lead, ..beside };
                super::public_key::push(probe, reader, &der, beside, |offset| {
                    match offset.checked_sub(lead) {
                        Some(offset) => place(offset),
                        None => probe.span(at.clone()),
                    }
                });
            } else {
                let message = format!("a key on the curve {name}: it has no secp256k1 address");
                reader.broken(message, probe.span(at.clone()));
            }
        }
        // Without the curve's name (openssl pkey prints none of a named one beside it) the point itself decides.
        _ => sec1_point::read(probe, reader, &decoded.bytes, beside, place),
    }
}
