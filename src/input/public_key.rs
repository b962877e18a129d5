//! SPKI bytes, in whatever wrapping: what every public-key format ends in.

use crate::arn::KeyRef;
use crate::evidence::{Data, Field, PublicKeyExport};
use crate::key::spki;
use crate::source::Span;

use super::{Probe, Reader};

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
    let result = spki::decode(bytes, probe.key_options);
    if let Err(error) = &result
        && !error.is_another_key()
    {
        reader.broken(error.to_string(), byte_place(error.offset));
    }
    let Beside {
        key,
        key_spec,
        key_usage,
        span,
        whole,
        troubles,
    } = beside;
    let export = PublicKeyExport {
        key,
        result,
        spki: bytes.to_vec(),
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
            troubles: Vec::new(),
        }
    }
}
