//! `Ecdsa-Sig-Value` in DER: what AWS KMS returns (SEC 1 v2 C.5, RFC 3279 2.2.3).

use super::Encoding;
use crate::encoding::der::{self, DerError, Element, Fault, Reader, Tag};
use crate::signature::{Signature, SignatureError, SignatureErrorKind as Kind};

/// A SEQUENCE of two INTEGERs.
#[derive(Debug)]
pub(super) struct Der;

impl Encoding for Der {
    fn id(&self) -> &'static str {
        "der"
    }

    fn title(&self) -> &'static str {
        "DER"
    }

    fn source(&self) -> &'static str {
        "SEC 1 v2 C.5"
    }

    fn fits(&self, bytes: &[u8]) -> bool {
        match bytes.len() {
            64 | 65 => is_meant(bytes),
            _ => bytes.first() == Some(&0x30),
        }
    }

    fn parse(&self, bytes: &[u8]) -> Result<Signature, SignatureError> {
        let mut outer = Reader::new(bytes);
        expect(&outer, Tag::SEQUENCE, "SEQUENCE")?;
        let mut inner = outer.open().map_err(|error| of(error, "SEQUENCE"))?;
        let r = integer(&mut inner, "r")?;
        let s = integer(&mut inner, "s")?;
        inner.finish().map_err(|error| of(error, "SEQUENCE"))?;
        outer.finish().map_err(|error| of(error, "signature"))?;
        let (r, r_at) = value(&r, "r")?;
        let (s, s_at) = value(&s, "s")?;
        Signature::new(r, s, None).map_err(|error| {
            let offset = if error.field == "r" { r_at } else { s_at };
            SignatureError { offset, ..error }
        })
    }

    fn write(&self, signature: &Signature) -> Option<Vec<u8>> {
        let mut content = Vec::with_capacity(70);
        for value in [signature.r(), signature.s()] {
            let zeros = value.iter().take_while(|byte| **byte == 0).count();
            let digits = value.get(zeros..).unwrap_or_default();
            let negative = digits.first().is_some_and(|byte| byte & 0x80 != 0);
            let length = digits.len().saturating_add(usize::from(negative));
            content.extend([Tag::INTEGER.0, u8::try_from(length).ok()?]);
            if negative {
                content.push(0);
            }
            content.extend_from_slice(digits);
        }
        let mut bytes = vec![Tag::SEQUENCE.0, u8::try_from(content.len()).ok()?];
        bytes.append(&mut content);
        Some(bytes)
    }
}

/// True for bytes of 64 or 65 that are meant to be DER: a SEQUENCE of that length with an INTEGER first, or one that was
/// cut or added to and has the lengths that nearly all signatures have. Random bytes of r look so once in 2^24 times.
pub(super) fn is_meant(bytes: &[u8]) -> bool {
    let [0x30, length, 0x02, first, ..] = bytes else {
        return false;
    };
    usize::from(*length) == bytes.len().saturating_sub(2)
        || (matches!(length, 0x43..=0x48) && matches!(first, 0x1f..=0x21))
}

fn expect(reader: &Reader<'_>, tag: Tag, field: &'static str) -> Result<(), SignatureError> {
    let found = reader.tag().map_err(|error| of(error, field))?;
    if found == tag {
        return Ok(());
    }
    Err(SignatureError::new(Kind::UnexpectedTag, field, reader.position())
        .expected(tag.to_string())
        .found(found.to_string()))
}

fn integer<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<Element<'a>, SignatureError> {
    expect(reader, Tag::INTEGER, field)?;
    let element = reader.element().map_err(|error| of(error, field))?;
    let fault = |kind, found: String| {
        Err(SignatureError::new(kind, field, element.range.start)
            .expected("the shortest two's complement of a number above 0")
            .found(found)
            .clause("X.690 8.3.2"))
    };
    match element.content {
        [] => fault(Kind::EmptyInteger, "no byte".to_owned()),
        [first, ..] if first & 0x80 != 0 => fault(
            Kind::NegativeInteger,
            format!("{first:02x} first: its highest bit is the sign"),
        ),
        [0, second, ..] if second & 0x80 == 0 => {
            fault(Kind::NonMinimalInteger, format!("00 {second:02x} first"))
        }
        _ => Ok(element),
    }
}

/// The number's 32 bytes, and where its content starts.
fn value(element: &Element<'_>, field: &'static str) -> Result<([u8; 32], usize), SignatureError> {
    let at = element.range.start;
    let digits = element.content.strip_prefix(&[0]).unwrap_or(element.content);
    let mut word = [0; 32];
    let Some(start) = word.len().checked_sub(digits.len()) else {
        return Err(SignatureError::new(Kind::OutOfRange, field, at)
            .expected("1 to n - 1")
            .found(format!("a number of {}", der::bytes(digits.len())))
            .clause("SEC 1 v2 4.1.4"));
    };
    for (to, from) in word.iter_mut().skip(start).zip(digits) {
        *to = *from;
    }
    Ok((word, at))
}

fn of(error: DerError, field: &'static str) -> SignatureError {
    let kind = match error.fault {
        Fault::Truncated => Kind::Truncated,
        Fault::ElementOverrun => Kind::ElementOverrun,
        Fault::MissingElement => Kind::MissingElement,
        Fault::IndefiniteLength => Kind::IndefiniteLength,
        Fault::NonMinimalLength => Kind::NonMinimalLength,
        Fault::InvalidLength | Fault::InvalidContent | Fault::Limit => Kind::InvalidLength,
        Fault::InvalidTag => Kind::InvalidTag,
        Fault::TrailingData => Kind::TrailingData,
    };
    SignatureError::new(kind, field, error.offset)
        .expected(error.expected)
        .found(error.found)
        .clause(error.clause)
}
