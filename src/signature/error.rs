//! What is wrong with a signature's encoding, and where.

use std::fmt;

use crate::encoding::kinds::kinds;

kinds! {
    /// The kinds of fault of an encoded signature; each has a code that never changes.
    SignatureErrorKind;
    Empty "empty" "there is no byte",
    UnknownEncoding "unknown-encoding" "the signature is in no known encoding",
    NotHex "not-hex" "the text is not hexadecimal",
    NotBase64 "not-base64" "the text is not base64",
    WrongLength "wrong-length" "the signature has the wrong length",
    Truncated "truncated" "the input ends too early",
    ElementOverrun "element-overrun" "an element runs over the end of its parent",
    MissingElement "missing-element" "an element is missing",
    IndefiniteLength "indefinite-length" "the length is indefinite",
    NonMinimalLength "non-minimal-length" "the length is not minimal",
    InvalidLength "invalid-length" "the length is invalid",
    InvalidTag "invalid-tag" "the tag is in the long form",
    UnexpectedTag "unexpected-tag" "the element has another type than it must have",
    TrailingData "trailing-data" "bytes follow where nothing may",
    EmptyInteger "empty-integer" "the INTEGER has no content",
    NegativeInteger "negative-integer" "the INTEGER is negative",
    NonMinimalInteger "non-minimal-integer" "the INTEGER has a leading zero byte that is not needed",
    OutOfRange "out-of-range" "the value is not between 1 and n - 1",
    InvalidV "invalid-v" "the recovery value is none",
    VOutOfContext "v-out-of-context" "the recovery value holds a chain id, which only a transaction signs",
    MissingMember "missing-member" "a member of the object is missing",
    BadMember "bad-member" "a member of the object has another type or form than it must have",
    Contradiction "contradiction" "two members of the object contradict each other",
}

/// Why bytes or a text are not an accepted signature: the first thing wrong in the order of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureError {
    /// What is wrong.
    pub kind: SignatureErrorKind,
    /// The field at fault, for a reader: `r`, `s`, `v`, `SEQUENCE` …
    pub field: &'static str,
    /// Offset of the first byte of the element at fault, from the first byte of the input.
    pub offset: usize,
    /// What stands there in the accepted form.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The clause that is broken, for instance `X.690 10.1` or `SEC 1 v2 4.1.4`.
    pub clause: &'static str,
}

impl std::error::Error for SignatureError {}

impl SignatureError {
    /// The kind's code, one of [`CODES`].
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    pub(super) fn new(kind: SignatureErrorKind, field: &'static str, offset: usize) -> Self {
        Self {
            kind,
            field,
            offset,
            expected: String::new(),
            found: String::new(),
            clause: "SEC 1 v2 C.5",
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
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} at offset {}: expected {}, found {} ({})",
            self.kind, self.field, self.offset, self.expected, self.found, self.clause
        )
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
        assert_eq!(codes.len(), SignatureErrorKind::ALL.len());
        for code in codes {
            assert!(
                code.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{code}"
            );
        }
    }
}
