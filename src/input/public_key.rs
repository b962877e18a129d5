//! SPKI bytes, in whatever wrapping: what every public-key format ends in.

use std::ops::Range;

use super::notation::{LITERAL, Read};
use super::{secrets, shape};
use crate::arn::KeyRef;
use crate::encoding::base64;
use crate::encoding::pem::{self, Body};
use crate::evidence::{Data, Field, PublicKeyExport, redacted};
use crate::json::{Limits, Node};
use crate::key::spki;
use crate::source::Span;

use super::{Probe, Reader};

/// The bytes of a key in a tree, and the way back from them to the text.
pub(super) struct KeyBytes {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// From a range of the bytes to the range of the text that says them.
    pub(super) place: Box<dyn Fn(Range<usize>) -> Range<usize>>,
}

/// The bytes that a value of a tree stands for: base64, PEM, the text of a Python bytes literal (what
/// `json.dumps(response, default=str)` makes), or bytes in one of the ways that SDKs dump them.
///
/// # Errors
/// What is wrong, and where in the text.
pub(super) fn key_bytes(probe: &Probe, node: &Node) -> Result<KeyBytes, (String, Range<usize>)> {
    if let Some((bytes, map)) = shape::byte_content(probe, node) {
        return Ok(KeyBytes {
            bytes,
            place: Box::new(move |range| map.outer(range)),
        });
    }
    let Some((text, outer)) = probe.string_view(node) else {
        let what = format!("must be base64 text, not {}", node.kind());
        return Err((what, node.span.clone()));
    };
    if redacted::is_placeholder(&text) || text.contains("...") || text.contains('…') {
        let what = "a placeholder, or cut: the key itself is not in the file. Export it again";
        return Err((what.to_owned(), outer.outer(0..text.len())));
    }
    if text.starts_with("System.") {
        let what = "PowerShell prints the name of the type here, and not the key: \
                    [Convert]::ToBase64String($key.PublicKey.ToArray())";
        return Err((what.to_owned(), node.span.clone()));
    }
    if text.starts_with("b'") || text.starts_with("b\"") {
        return match LITERAL.read(&text, &Limits::default()) {
            Read::Roots(roots) | Read::Partly(roots, _) => {
                let content = roots
                    .first()
                    .and_then(|root| LITERAL.content(&text, &root.node))
                    .ok_or_else(|| ("no bytes".to_owned(), node.span.clone()))?;
                let (bytes, inner) = content;
                Ok(KeyBytes {
                    bytes,
                    place: Box::new(move |range| outer.outer(inner.outer(range))),
                })
            }
            Read::Broken(error) => {
                let place = outer.outer(error.offset..error.offset.saturating_add(1));
                Err((error.message, place))
            }
            Read::No => Err(("no bytes".to_owned(), node.span.clone())),
        };
    }
    if text.contains("-----BEGIN ") {
        let block = pem::blocks(text.as_bytes())
            .into_iter()
            .next()
            .and_then(Result::ok)
            .filter(|block| block.label == "PUBLIC KEY");
        if let Some(Body::Decoded { bytes, map, .. }) = block.map(|block| block.body) {
            return Ok(KeyBytes {
                bytes,
                place: Box::new(move |range| outer.outer(map.text_range(range))),
            });
        }
        return Err(("no good PEM block PUBLIC KEY".to_owned(), node.span.clone()));
    }
    match base64::decode_with_map(text.as_bytes()) {
        Ok((bytes, map)) => Ok(KeyBytes {
            bytes,
            place: Box::new(move |range| outer.outer(map.text_range(range))),
        }),
        Err(error) => {
            let place = outer.outer(error.offset..error.offset.saturating_add(1));
            Err((error.to_string(), place))
        }
    }
}

/// Decodes SPKI bytes and adds the artefact.
///
/// Bytes that are another algorithm's or curve's key are evidence like a good key. Bytes that are no SPKI at all are
/// evidence too, but also make the file broken; `byte_place` leads an offset in the bytes to a place in the file.
pub(super) fn push(
    probe: &Probe,
    reader: &mut Reader,
    bytes: &[u8],
    beside: Beside,
    byte_place: impl Fn(usize) -> Span,
) {
    // A private key in a form that only shows when it is decoded, as a list of numbers is.
    if let Some(kind) = secrets::private_der(bytes) {
        let last = byte_place(bytes.len().saturating_sub(1));
        let all = Span {
            end: last.end,
            ..byte_place(0)
        };
        reader
            .sources
            .overwrite(all.source, &[(all.start..all.end, b"*")]);
        reader.push(all, Data::Secret(kind));
        return;
    }
    let mut result = spki::decode(bytes, probe.key_options);
    let Beside {
        key,
        key_spec,
        key_usage,
        span,
        whole,
        troubles,
        lead,
    } = beside;
    if let Err(error) = &mut result {
        let offset = error.offset;
        // A bare point is counted from its own first byte.
        error.offset = offset.saturating_sub(lead);
        if !error.is_another_key() {
            reader.broken(error.to_string(), byte_place(offset));
        }
    }
    // The place of the first byte to that of the last: without quotes, brackets or names around.
    let span = match bytes.len().checked_sub(1) {
        Some(last) => Span {
            end: byte_place(last).end.max(byte_place(lead).start),
            ..byte_place(lead)
        },
        None => span,
    };
    let export = PublicKeyExport {
        key,
        result,
        spki: bytes.to_vec(),
        lead,
        span,
        key_spec,
        key_usage,
    };
    reader.push_with(whole, Data::PublicKey(export), troubles);
}

/// What stands beside the bytes.
pub(super) struct Beside {
    /// `KeyId`
    pub(super) key: Option<Field<KeyRef>>,
    /// `KeySpec`
    pub(super) key_spec: Option<Field<String>>,
    /// `KeyUsage`
    pub(super) key_usage: Option<Field<String>>,
    /// The place of the key's own text or bytes.
    pub(super) span: Span,
    /// The whole artefact.
    pub(super) whole: Span,
    /// Bytes of the SPKI that stand nowhere in the evidence, because it holds the bare point.
    pub(super) lead: usize,
    /// What is wrong with the form.
    pub(super) troubles: Vec<crate::evidence::Trouble>,
}

impl Beside {
    /// Nothing beside a key that fills `span`.
    pub(super) fn alone(span: Span) -> Self {
        Self {
            key: None,
            key_spec: None,
            key_usage: None,
            span,
            whole: span,
            lead: 0,
            troubles: Vec::new(),
        }
    }
}
