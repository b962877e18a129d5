//! What is wrong with a public key, and where.

use std::fmt;

use crate::encoding::der::oid::Known;
use crate::encoding::der::{DerError, Fault};
use crate::encoding::kinds::kinds;

kinds! {
    /// The kinds of fault of a public key; each has a code that never changes.
    SpkiErrorKind;
    Empty "empty" "there is no byte",
    Truncated "truncated" "the input ends too early",
    ElementOverrun "element-overrun" "an element runs over the end of its parent",
    MissingElement "missing-element" "an element is missing",
    IndefiniteLength "indefinite-length" "the length is indefinite",
    NonMinimalLength "non-minimal-length" "the length is not minimal",
    InvalidLength "invalid-length" "the length is invalid",
    InvalidTag "invalid-tag" "the tag is in the long form",
    UnexpectedTag "unexpected-tag" "the element has another type than it must have",
    ConstructedString "constructed-string" "the string is in several pieces",
    TrailingData "trailing-data" "bytes follow where nothing may",
    InvalidOid "invalid-oid" "the OBJECT IDENTIFIER is invalid",
    WrongAlgorithm "wrong-algorithm" "the key is of another algorithm",
    WrongCurve "wrong-curve" "the key is on another curve",
    SpecifiedCurve "specified-curve" "the curve is given by its parameters, not by name",
    ImplicitCurve "implicit-curve" "the curve is left implicit",
    MissingParameters "missing-parameters" "the curve is not given",
    UnusedBits "unused-bits" "the BIT STRING has unused bits",
    EmptyBitString "empty-bit-string" "the BIT STRING has no content",
    PointMissing "point-missing" "there is no point",
    CompressedPoint "compressed-point" "the point is compressed",
    HybridPoint "hybrid-point" "the point is in the hybrid form",
    CompactPoint "compact-point" "the point is in the compact form",
    PointAtInfinity "point-at-infinity" "the point is the point at infinity, which is no key",
    InvalidPointTag "invalid-point-tag" "the first byte of the point is no point form",
    WrongPointLength "wrong-point-length" "the point has the wrong length",
    CoordinateOutOfRange "coordinate-out-of-range" "a coordinate is not below the field prime p",
    NotOnCurve "not-on-curve" "the point is not on the curve",
    InternalDisagreement "internal-disagreement"
        "two decoders of this tool disagree about the key: please report it",
}

/// Why bytes are not an accepted public key: the first thing wrong in the order of the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpkiError {
    /// What is wrong.
    pub kind: SpkiErrorKind,
    /// The field at fault, for a reader: `AlgorithmIdentifier`, `curve OID` …
    pub field: &'static str,
    /// Offset of the first byte of the element at fault, from the first byte of the input. For a missing element the
    /// place where it should start; for trailing data the first surplus byte; for a coordinate its first byte.
    pub offset: usize,
    /// What stands there in the accepted form.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The clause that is broken, for instance `X.690 10.1` or `SEC 1 v2 2.3.4`.
    pub clause: &'static str,
    /// The algorithm or curve that was found instead, where this tool knows it by name.
    pub known: Option<&'static Known>,
}

impl std::error::Error for SpkiError {}

impl SpkiError {
    /// The kind's code, one of [`CODES`].
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// True for a well-formed key of another algorithm or curve: evidence of a mistake, not a broken file.
    pub const fn is_another_key(&self) -> bool {
        matches!(
            self.kind,
            SpkiErrorKind::WrongAlgorithm | SpkiErrorKind::WrongCurve
        )
    }

    /// The `KeySpec` that AWS KMS gives keys of the algorithm or curve that was found, where it offers one.
    pub fn key_spec(&self) -> Option<&'static str> {
        self.known.and_then(|known| known.key_spec)
    }

    /// The error in few words, without offset and clause: for a place where those stand already.
    pub fn summary(&self) -> String {
        match self.known {
            Some(known) if self.is_another_key() => {
                let spec = known.key_spec.map_or(String::new(), |spec| format!(", {spec}"));
                format!(
                    "the key is of another kind ({}{spec}): it has no secp256k1 address",
                    known.name
                )
            }
            _ if self.is_another_key() => {
                "the key is of another kind: it has no secp256k1 address".to_owned()
            }
            _ => self.kind.to_string(),
        }
    }

    pub(super) fn new(kind: SpkiErrorKind, field: &'static str, offset: usize) -> Self {
        Self {
            kind,
            field,
            offset,
            expected: String::new(),
            found: String::new(),
            clause: "RFC 5480 2",
            known: None,
        }
    }

    pub(super) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    pub(super) fn found(mut self, found: impl Into<String>) -> Self {
        self.found = found.into();
        self
    }

    pub(super) fn clause(mut self, clause: &'static str) -> Self {
        self.clause = clause;
        self
    }

    pub(super) fn known(mut self, known: Option<&'static Known>) -> Self {
        self.known = known;
        self
    }

    /// The walker's fault, in the field that was being read.
    pub(super) fn from_der(error: DerError, field: &'static str) -> Self {
        let kind = match error.fault {
            Fault::Truncated => SpkiErrorKind::Truncated,
            Fault::ElementOverrun => SpkiErrorKind::ElementOverrun,
            Fault::MissingElement => SpkiErrorKind::MissingElement,
            Fault::IndefiniteLength => SpkiErrorKind::IndefiniteLength,
            Fault::NonMinimalLength => SpkiErrorKind::NonMinimalLength,
            Fault::InvalidLength => SpkiErrorKind::InvalidLength,
            Fault::InvalidTag => SpkiErrorKind::InvalidTag,
            Fault::TrailingData => SpkiErrorKind::TrailingData,
            // The reader itself gives neither: only a dump judges contents and has limits.
            Fault::InvalidContent | Fault::Limit => SpkiErrorKind::InternalDisagreement,
        };
        Self::new(kind, field, error.offset)
            .expected(error.expected)
            .found(error.found)
            .clause(error.clause)
    }
}

impl fmt::Display for SpkiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} at offset {}: expected {}, found {}",
            self.kind, self.field, self.offset, self.expected, self.found
        )?;
        if matches!(
            self.kind,
            SpkiErrorKind::WrongAlgorithm | SpkiErrorKind::WrongCurve
        ) {
            f.write_str("; it has no secp256k1 address")?;
        }
        write!(f, " ({})", self.clause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_kebab_case() {
        let mut codes = CODES.to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), SpkiErrorKind::ALL.len());
        for code in codes {
            assert!(
                code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
                "{code}"
            );
        }
    }
}
