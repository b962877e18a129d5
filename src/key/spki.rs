//! The `SubjectPublicKeyInfo` of RFC 5280 4.1, in the one form that AWS KMS exports for `ECC_SECG_P256K1`.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | `30 56` | `SubjectPublicKeyInfo` |
//! | 2 | `30 10` | `AlgorithmIdentifier` |
//! | 4 | `06 07 …` | id-ecPublicKey |
//! | 13 | `06 05 …` | secp256k1 |
//! | 20 | `03 42 00` | `subjectPublicKey` |
//! | 23 | `04`, X, Y | the point |
//!
//! The bytes are walked in order and the first fault is reported with its place. What the walk accepts, the `spki`
//! and `k256` crates must accept as the same point: where they do not, that is an error of its own, never a choice.

use super::{PublicKey, SpkiError, SpkiErrorKind as Kind, sec1};
use crate::encoding::der::{self, Element, Reader, Tag, bytes, oid};

/// What [`decode`] accepts beyond the export's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Options {
    /// Accept a compressed point (56 bytes in all). AWS KMS never exports one.
    pub allow_compressed: bool,
}

impl Options {
    /// Nothing but the export's 88 bytes; the same as the default.
    pub const fn new() -> Self {
        Self {
            allow_compressed: false,
        }
    }

    /// Accepts compressed points too, or not.
    #[must_use]
    pub const fn with_compressed(self, allow_compressed: bool) -> Self {
        Self { allow_compressed }
    }
}

/// Decodes a DER public key: only the 88-byte form is one.
///
/// # Errors
/// [`SpkiError`] for the first fault in the order of the bytes: tag, form of the length, length against the input and
/// the parent, content; bytes left over in an element after the elements in it.
pub fn decode(der: &[u8], options: Options) -> Result<PublicKey, SpkiError> {
    let key = walk(der, options)?;
    let point = by_crates(der)?;
    let same = match point.len() {
        33 => point == key.compressed().as_slice(),
        _ => point == key.uncompressed().as_slice(),
    };
    if same {
        Ok(key)
    } else {
        Err(disagreement("another point".to_owned()))
    }
}

const OUTER: &str = "SubjectPublicKeyInfo";
const ALGORITHM: &str = "AlgorithmIdentifier";

/// The walk alone: every fault with its place.
fn walk(der: &[u8], options: Options) -> Result<PublicKey, SpkiError> {
    if der.is_empty() {
        return Err(SpkiError::new(Kind::Empty, OUTER, 0)
            .expected("a SEQUENCE of 86 bytes")
            .found("nothing")
            .clause("RFC 5280 4.1"));
    }
    let mut input = Reader::new(der);
    let mut info = open(&mut input, OUTER)?;
    let mut identifier = open(&mut info, ALGORITHM)?;
    algorithm(&mut identifier)?;
    curve(&mut identifier)?;
    finish(&identifier, ALGORITHM, "RFC 5280 4.1.1.2")?;
    let key = bit_string(&mut info, options)?;
    finish(&info, OUTER, "RFC 5280 4.1")?;
    finish(&input, "input", "RFC 5280 4.1")?;
    Ok(key)
}

fn in_field(field: &'static str) -> impl Fn(der::DerError) -> SpkiError {
    move |error| SpkiError::from_der(error, field)
}

fn wrong_tag(tag: Tag, expected: &str, field: &'static str, offset: usize) -> SpkiError {
    SpkiError::new(Kind::UnexpectedTag, field, offset)
        .expected(expected)
        .found(tag.to_string())
        .clause("RFC 5280 4.1")
}

fn open<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<Reader<'a>, SpkiError> {
    let tag = reader.tag().map_err(in_field(field))?;
    if tag != Tag::SEQUENCE {
        return Err(wrong_tag(tag, "a SEQUENCE (tag 30)", field, reader.position()));
    }
    reader.open().map_err(in_field(field))
}

fn finish(reader: &Reader<'_>, field: &'static str, clause: &'static str) -> Result<(), SpkiError> {
    reader.finish().map_err(|error| {
        let error = SpkiError::from_der(error, field);
        if error.kind == Kind::TrailingData {
            error.clause(clause)
        } else {
            error
        }
    })
}

/// An OBJECT IDENTIFIER whose content is valid; what it says is the caller's to judge.
fn identifier<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<Element<'a>, SpkiError> {
    let element = reader.element().map_err(in_field(field))?;
    match oid::check(element.content) {
        Ok(()) => Ok(element),
        Err(fault) => Err(SpkiError::new(Kind::InvalidOid, field, element.offset)
            .expected("a valid OBJECT IDENTIFIER")
            .found(fault.to_string())
            .clause("X.690 8.19.2")),
    }
}

fn algorithm(reader: &mut Reader<'_>) -> Result<(), SpkiError> {
    const FIELD: &str = "algorithm OID";
    let tag = reader.tag().map_err(in_field(FIELD))?;
    if tag != Tag::OID {
        return Err(wrong_tag(
            tag,
            "an OBJECT IDENTIFIER (tag 06)",
            FIELD,
            reader.position(),
        ));
    }
    let element = identifier(reader, FIELD)?;
    if element.content == oid::EC_PUBLIC_KEY {
        return Ok(());
    }
    Err(SpkiError::new(Kind::WrongAlgorithm, FIELD, element.offset)
        .expected(oid::describe(oid::EC_PUBLIC_KEY))
        .found(oid::describe(element.content))
        .clause("RFC 5480 2.1.1")
        .known(oid::known(element.content)))
}

fn curve(reader: &mut Reader<'_>) -> Result<(), SpkiError> {
    const FIELD: &str = "curve OID";
    const CLAUSE: &str = "RFC 5480 2.1.1";
    let at = reader.position();
    let fault = |kind, found: String| {
        let expected = oid::describe(oid::SECP256K1);
        SpkiError::new(kind, FIELD, at)
            .expected(expected)
            .found(found)
            .clause(CLAUSE)
    };
    if reader.is_at_end() {
        return Err(fault(
            Kind::MissingParameters,
            "the end of the AlgorithmIdentifier".to_owned(),
        ));
    }
    match reader.tag().map_err(in_field(FIELD))? {
        Tag::OID => {}
        Tag::SEQUENCE => {
            return Err(fault(
                Kind::SpecifiedCurve,
                "curve parameters (a SEQUENCE)".to_owned(),
            ));
        }
        Tag::NULL => return Err(fault(Kind::ImplicitCurve, "NULL".to_owned())),
        tag => return Err(wrong_tag(tag, "an OBJECT IDENTIFIER (tag 06)", FIELD, at).clause(CLAUSE)),
    }
    let element = identifier(reader, FIELD)?;
    if element.content == oid::SECP256K1 {
        return Ok(());
    }
    Err(fault(Kind::WrongCurve, oid::describe(element.content)).known(oid::known(element.content)))
}

fn bit_string(reader: &mut Reader<'_>, options: Options) -> Result<PublicKey, SpkiError> {
    const FIELD: &str = "subjectPublicKey";
    const EXPECTED: &str = "a BIT STRING (tag 03)";
    let at = reader.position();
    match reader.tag().map_err(in_field(FIELD))? {
        Tag::BIT_STRING => {}
        Tag(0x23) => {
            return Err(SpkiError::new(Kind::ConstructedString, FIELD, at)
                .expected(EXPECTED)
                .found("a constructed BIT STRING (tag 23)")
                .clause("X.690 10.2"));
        }
        tag => return Err(wrong_tag(tag, EXPECTED, FIELD, at)),
    }
    let element = reader.element().map_err(in_field(FIELD))?;
    match element.content.split_first() {
        None => Err(SpkiError::new(Kind::EmptyBitString, FIELD, at)
            .expected("66 bytes: the number of unused bits and the point")
            .found("no content")
            .clause("X.690 8.6.2.1")),
        Some((0, point)) => sec1::parse(
            point,
            element.range.start.saturating_add(1),
            at,
            options.allow_compressed,
        ),
        Some((unused, rest)) => Err(SpkiError::new(Kind::UnusedBits, FIELD, at)
            .expected("0 unused bits")
            .found(format!("{unused} unused bits before {}", bytes(rest.len())))
            .clause("RFC 5480 2.2")),
    }
}

pub(super) fn disagreement(found: String) -> SpkiError {
    SpkiError::new(Kind::InternalDisagreement, OUTER, 0)
        .expected("the key that the walk over the bytes found")
        .found(found)
}

/// The point's bytes as the `spki` crate reads them, of algorithm id-ecPublicKey and curve secp256k1.
///
/// That the walk's `PublicKey` exists says that k256 accepted the bytes it read; equal bytes need no second parse.
fn by_crates(der: &[u8]) -> Result<&[u8], SpkiError> {
    const EC_PUBLIC_KEY: spki::ObjectIdentifier = spki::ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
    const SECP256K1: spki::ObjectIdentifier = spki::ObjectIdentifier::new_unwrap("1.3.132.0.10");

    let info = spki::SubjectPublicKeyInfoRef::try_from(der)
        .map_err(|error| disagreement(format!("an error of the spki crate: {error}")))?;
    if info.algorithm.oid != EC_PUBLIC_KEY || info.algorithm.parameters_oid() != Ok(SECP256K1) {
        return Err(disagreement(
            "another algorithm or curve, as the spki crate reads it".to_owned(),
        ));
    }
    // None where there are unused bits; raw_bytes() would hide them.
    info.subject_public_key
        .as_bytes()
        .ok_or_else(|| disagreement("unused bits, as the spki crate reads it".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex;
    use crate::key::tests::g;

    fn fault(der: &[u8]) -> (&'static str, usize) {
        let error = decode(der, Options::new()).expect_err("refused");
        (error.code(), error.offset)
    }

    /// The good key with `bytes` written over it from offset `at` on.
    fn patched(at: usize, bytes: &[u8]) -> Vec<u8> {
        let mut der = g().spki_der().to_vec();
        der[at..at + bytes.len()].copy_from_slice(bytes);
        der
    }

    fn unhex(text: &str) -> Vec<u8> {
        hex::decode(text.as_bytes()).expect("hex").bytes
    }

    #[test]
    fn a_cut_key_is_truncated_at_the_innermost_cut_element() {
        let der = g().spki_der();
        let expected = |length: usize| match length {
            1 => 0,
            2 | 3 => 2,
            4..13 => 4,
            13..20 => 13,
            _ => 20,
        };
        assert_eq!(fault(&[]), ("empty", 0));
        for length in 1..der.len() {
            assert_eq!(
                fault(&der[..length]),
                ("truncated", expected(length)),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn lengths_that_lie_are_told_apart() {
        assert_eq!(
            fault(&patched(1, &[0x57])),
            ("truncated", 0),
            "all inside is whole"
        );
        assert_eq!(fault(&patched(1, &[0x55])), ("element-overrun", 20));
        assert_eq!(fault(&patched(3, &[0x0f])), ("element-overrun", 13));
        assert_eq!(fault(&patched(3, &[0x09])), ("missing-parameters", 13));
        assert_eq!(fault(&patched(3, &[0x00])), ("missing-element", 4));
        assert_eq!(fault(&patched(1, &[0x00])), ("missing-element", 2));
        assert_eq!(fault(&patched(1, &[0x12])), ("missing-element", 20));
        assert_eq!(fault(&patched(3, &[0x12])), ("trailing-data", 20));
        assert_eq!(fault(&patched(3, &[0x7f])), ("truncated", 2));
        assert_eq!(fault(&patched(21, &[0x41])), ("wrong-point-length", 23));
        assert_eq!(fault(&patched(21, &[0x43])), ("truncated", 20));
        assert_eq!(fault(&patched(1, &[0x80])), ("indefinite-length", 0));
        assert_eq!(fault(&patched(3, &[0x81, 0x10])), ("non-minimal-length", 2));
        assert_eq!(fault(&patched(21, &[0xff])), ("invalid-length", 20));
        assert_eq!(fault(&patched(14, &[0x85])), ("invalid-length", 13));
    }

    #[test]
    fn surplus_bytes_are_found_after_the_key_inside_was_judged() {
        let mut der = g().spki_der().to_vec();
        der.push(0);
        assert_eq!(fault(&der), ("trailing-data", 88), "after the outer SEQUENCE");
        der[1] = 0x57;
        assert_eq!(fault(&der), ("trailing-data", 88), "inside it");
        der[23] = 0x05;
        assert_eq!(fault(&der), ("compact-point", 23), "the point comes first");
    }

    #[test]
    fn types_must_be_right() {
        assert_eq!(fault(&patched(0, &[0x31])), ("unexpected-tag", 0));
        assert_eq!(fault(&patched(0, &[0x3f])), ("invalid-tag", 0));
        assert_eq!(fault(&patched(2, &[0x10])), ("unexpected-tag", 2));
        assert_eq!(fault(&patched(4, &[0x05])), ("unexpected-tag", 4));
        assert_eq!(fault(&patched(13, &[0x04])), ("unexpected-tag", 13));
        assert_eq!(fault(&patched(13, &[0x30, 0x80])), ("specified-curve", 13));
        assert_eq!(fault(&patched(13, &[0x05])), ("implicit-curve", 13));
        assert_eq!(fault(&patched(20, &[0x23])), ("constructed-string", 20));
        assert_eq!(
            fault(&patched(20, &[0x04, 0x80])),
            ("unexpected-tag", 20),
            "the tag comes first"
        );
    }

    #[test]
    fn the_bit_string_must_hold_whole_octets() {
        assert_eq!(fault(&patched(22, &[0x01])), ("unused-bits", 20));
        let empty = unhex("3014301006072a8648ce3d020106052b8104000a0300");
        assert_eq!(fault(&empty), ("empty-bit-string", 20));
        let bare = unhex("3015301006072a8648ce3d020106052b8104000a030100");
        assert_eq!(fault(&bare), ("point-missing", 20));
    }

    #[test]
    fn identifiers_must_be_valid_before_they_are_judged() {
        assert_eq!(fault(&patched(6, &[0x80])), ("invalid-oid", 4));
        assert_eq!(fault(&patched(12, &[0x81])), ("invalid-oid", 4));
        assert_eq!(fault(&patched(19, &[0x8a])), ("invalid-oid", 13));
        assert_eq!(fault(&patched(12, &[0x02])), ("wrong-algorithm", 4));
        assert_eq!(fault(&patched(19, &[0x22])), ("wrong-curve", 13));
    }

    #[test]
    fn another_key_is_named_with_its_kms_key_spec() {
        let p384 = decode(&patched(19, &[0x22]), Options::new()).expect_err("P-384");
        assert_eq!(p384.known.expect("known").key_spec, Some("ECC_NIST_P384"));
        assert_eq!(
            p384.to_string(),
            "the key is on another curve: curve OID at offset 13: expected secp256k1 (1.3.132.0.10, AWS KMS key \
             spec ECC_SECG_P256K1), found P-384 (secp384r1) (1.3.132.0.34, AWS KMS key spec ECC_NIST_P384); it has \
             no secp256k1 address (RFC 5480 2.1.1)"
        );
        let ed25519 = unhex("302a300506032b6570032100");
        let error = decode(&ed25519, Options::new()).expect_err("Ed25519");
        assert_eq!((error.code(), error.offset), ("wrong-algorithm", 4));
        assert!(error.to_string().contains("ECC_NIST_EDWARDS25519"), "{error}");
    }

    #[test]
    fn a_compressed_key_needs_permission() {
        let mut der = unhex("3036301006072a8648ce3d020106052b8104000a032200");
        der.extend(g().compressed());
        assert_eq!(fault(&der), ("compressed-point", 23));
        assert_eq!(decode(&der, Options::new().with_compressed(true)), Ok(g()));
        assert_eq!(
            decode(&g().spki_der(), Options::new().with_compressed(true)),
            Ok(g())
        );
        der[24..56].fill(0xff);
        let error = decode(&der, Options::new().with_compressed(true)).expect_err("X too large");
        assert_eq!((error.code(), error.offset), ("coordinate-out-of-range", 24));
    }
}
