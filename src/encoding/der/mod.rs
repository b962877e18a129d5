//! A small DER walker that knows *places*.
//!
//! It reads one element (tag, length, content; X.690 section 8.1) at a time and reports the first thing wrong in
//! walking order, with the offset of the first byte of the element at fault. What an element must be is the
//! caller's business. Decoding itself is the `der` crate's; its error positions mean something else, hence this.
//!
//! Order within an element: tag, form of the length, length against the input, length against the parent, content.
//! An element that the end of the input cuts is the *innermost* one: [`Reader::open`] lets the caller walk into a cut
//! SEQUENCE, and [`Reader::finish`] reports the cut when everything inside was whole.

mod dump;
pub mod oid;

use std::fmt;
use std::ops::Range;

use thiserror::Error;

pub use dump::{Dump, DumpLine, dump};

/// The first octet of an element: class, constructed bit and a number below 31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u8);

impl Tag {
    /// BOOLEAN.
    pub const BOOLEAN: Self = Self(0x01);
    /// INTEGER.
    pub const INTEGER: Self = Self(0x02);
    /// BIT STRING, primitive as DER wants it.
    pub const BIT_STRING: Self = Self(0x03);
    /// OCTET STRING, primitive as DER wants it.
    pub const OCTET_STRING: Self = Self(0x04);
    /// NULL.
    pub const NULL: Self = Self(0x05);
    /// OBJECT IDENTIFIER.
    pub const OID: Self = Self(0x06);
    /// SEQUENCE and SEQUENCE OF, constructed.
    pub const SEQUENCE: Self = Self(0x30);
    /// SET and SET OF, constructed.
    pub const SET: Self = Self(0x31);

    /// The tag class.
    pub fn class(self) -> Class {
        match self.0 >> 6 {
            0 => Class::Universal,
            1 => Class::Application,
            2 => Class::ContextSpecific,
            _ => Class::Private,
        }
    }

    /// True where the content is a series of elements.
    pub fn is_constructed(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// The low five bits: the tag number, 0 to 30; 31 announces a longer tag, which nothing here uses.
    pub fn number(self) -> u8 {
        self.0 & 0x1f
    }

    /// The type's ASN.1 name for universal tags, `[n]` for the others.
    pub fn name(self) -> String {
        let prefix = match self.class() {
            Class::Universal => return self.universal_name(),
            Class::Application => "APPLICATION ",
            Class::ContextSpecific => "",
            Class::Private => "PRIVATE ",
        };
        format!("[{prefix}{}]", self.number())
    }

    fn universal_name(self) -> String {
        let name = match self.number() {
            0x01 => "BOOLEAN",
            0x02 => "INTEGER",
            0x03 => "BIT STRING",
            0x04 => "OCTET STRING",
            0x05 => "NULL",
            0x06 => "OBJECT IDENTIFIER",
            0x0a => "ENUMERATED",
            0x0c => "UTF8String",
            0x10 => "SEQUENCE",
            0x11 => "SET",
            0x13 => "PrintableString",
            0x14 => "T61String",
            0x16 => "IA5String",
            0x17 => "UTCTime",
            0x18 => "GeneralizedTime",
            0x1e => "BMPString",
            number => return format!("[UNIVERSAL {number}]"),
        };
        // SEQUENCE and SET are always constructed, the others never in DER: only the exception is worth a word.
        let always = matches!(self.number(), 0x10 | 0x11);
        match (always, self.is_constructed()) {
            (true, false) => format!("primitive {name}"),
            (false, true) => format!("constructed {name}"),
            _ => name.to_owned(),
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (tag {:02x})", self.name(), self.0)
    }
}

/// The class of a [`Tag`] (X.690 8.1.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A type of ASN.1 itself.
    Universal,
    /// Bound to an application.
    Application,
    /// Bound to the place in the structure.
    ContextSpecific,
    /// Bound to an agreement.
    Private,
}

/// One element, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its tag.
    pub tag: Tag,
    /// Offset of the tag octet in the input.
    pub offset: usize,
    /// Octets of tag and length together.
    pub header_len: usize,
    /// Where the content stands in the input.
    pub range: Range<usize>,
    /// The content.
    pub content: &'a [u8],
}

/// What the walker finds wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
#[non_exhaustive]
pub enum Fault {
    /// The input ends inside the element.
    #[error("the input ends inside the element")]
    Truncated,
    /// The element is longer than what its parent has left.
    #[error("the element runs over the end of its parent")]
    ElementOverrun,
    /// The parent ends where an element is required.
    #[error("an element is missing")]
    MissingElement,
    /// The length octet is 80 (end-of-contents form), which DER forbids.
    #[error("the length is indefinite")]
    IndefiniteLength,
    /// The length takes more octets than it needs.
    #[error("the length is not minimal")]
    NonMinimalLength,
    /// The length octet is ff, or announces more than four octets.
    #[error("the length is invalid")]
    InvalidLength,
    /// The tag announces the long form (low five bits all set).
    #[error("the tag is in the long form")]
    InvalidTag,
    /// Bytes follow where nothing may.
    #[error("bytes follow the last element")]
    TrailingData,
    /// The content breaks the rules of the element's type.
    #[error("the content does not fit the element's type")]
    InvalidContent,
    /// Nested deeper, or made of more elements, than this reader follows.
    #[error("nested too deeply, or too many elements")]
    Limit,
}

/// The first thing wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{fault} at offset {offset}: expected {expected}, found {found} ({clause})")]
pub struct DerError {
    /// What is wrong.
    pub fault: Fault,
    /// Offset in the input of the element's tag; of the place where a missing element should start; of the first surplus
    /// byte.
    pub offset: usize,
    /// What the standard wants there.
    pub expected: String,
    /// What is there.
    pub found: String,
    /// The clause that is broken.
    pub clause: &'static str,
}

/// Reads the elements of one container, or of the whole input, from left to right.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    input: &'a [u8],
    position: usize,
    /// Where the container says that it ends: beyond the input where the container is cut.
    end: usize,
    /// Offset of the container's tag.
    container: usize,
}

struct Header {
    tag: Tag,
    content: Range<usize>,
}

impl<'a> Reader<'a> {
    /// A reader of a whole input.
    pub fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            position: 0,
            end: input.len(),
            container: 0,
        }
    }

    /// Offset in the input where the next element starts.
    pub fn position(&self) -> usize {
        self.position
    }

    /// True where the container has no further byte.
    pub fn is_at_end(&self) -> bool {
        self.position >= self.end
    }

    /// The next element's tag, without taking it.
    ///
    /// # Errors
    /// `MissingElement` at the container's end, `Truncated` at the input's, `InvalidTag` for the long form.
    pub fn tag(&self) -> Result<Tag, DerError> {
        if self.is_at_end() {
            return Err(DerError {
                fault: Fault::MissingElement,
                offset: self.position,
                expected: "an element".to_owned(),
                found: "the end of the element around it".to_owned(),
                clause: "X.690 8.1.1",
            });
        }
        let octet = self.octet(self.position)?;
        let tag = Tag(octet);
        if tag.number() == 0x1f {
            return Err(DerError {
                fault: Fault::InvalidTag,
                offset: self.position,
                expected: "a tag of one octet".to_owned(),
                found: format!("{octet:02x}, the start of a longer tag"),
                clause: "X.690 8.1.2.4",
            });
        }
        Ok(tag)
    }

    /// Takes the next element, which must be whole.
    ///
    /// # Errors
    /// The first fault of its header, with the element's offset.
    pub fn element(&mut self) -> Result<Element<'a>, DerError> {
        let offset = self.position;
        let header = self.header()?;
        let range = header.content;
        let Some(content) = self.input.get(range.clone()) else {
            return Err(truncated(
                offset,
                range.len(),
                self.input.len().saturating_sub(range.start),
            ));
        };
        self.position = range.end;
        let header_len = range.start.saturating_sub(offset);
        Ok(Element {
            tag: header.tag,
            offset,
            header_len,
            range,
            content,
        })
    }

    /// Goes into the next element, which may be cut by the end of the input. Its own reader must be brought to
    /// [`Reader::finish`].
    ///
    /// # Errors
    /// The first fault of its header, with the element's offset.
    pub fn open(&mut self) -> Result<Self, DerError> {
        let container = self.position;
        let Header { content, .. } = self.header()?;
        self.position = content.end;
        Ok(Self {
            input: self.input,
            position: content.start,
            end: content.end,
            container,
        })
    }

    /// Checks that the container is whole and has nothing left.
    ///
    /// # Errors
    /// `Truncated` with the container's offset, or `TrailingData` with that of the first surplus byte.
    pub fn finish(&self) -> Result<(), DerError> {
        if self.end > self.input.len() {
            let missing = self.end.saturating_sub(self.input.len());
            return Err(DerError {
                fault: Fault::Truncated,
                offset: self.container,
                expected: format!("an end at offset {}", self.end),
                found: format!("the end of the input, {} too early", bytes(missing)),
                clause: "X.690 8.1.3",
            });
        }
        if !self.is_at_end() {
            let surplus = self.end.saturating_sub(self.position);
            return Err(DerError {
                fault: Fault::TrailingData,
                offset: self.position,
                expected: "the end".to_owned(),
                found: format!("{} more", bytes(surplus)),
                clause: "X.690 8.1.1",
            });
        }
        Ok(())
    }

    /// Reads tag and length; the content's end is inside the parent, but may lie beyond the input.
    fn header(&self) -> Result<Header, DerError> {
        let tag = self.tag()?;
        let offset = self.position;
        let first_at = offset.saturating_add(1);
        let first = self.octet(first_at)?;
        let error = |fault, expected: &str, found, clause| DerError {
            fault,
            offset,
            expected: expected.to_owned(),
            found,
            clause,
        };
        let (start, length) = match first {
            0..=0x7f => (first_at.saturating_add(1), usize::from(first)),
            0x80 => {
                let found = "80, the indefinite form".to_owned();
                return Err(error(
                    Fault::IndefiniteLength,
                    "a definite length",
                    found,
                    "X.690 10.1",
                ));
            }
            0x81..=0x84 => self.long_length(first_at, first)?,
            _ => {
                let found = format!("length octet {first:02x}");
                let expected = "a length of at most four octets";
                return Err(error(Fault::InvalidLength, expected, found, "X.690 8.1.3.5"));
            }
        };
        let end = start.saturating_add(length);
        if end > self.end && end <= self.input.len() {
            let found = format!("a length of {}", bytes(length));
            let expected = format!(
                "at most {} of content",
                bytes(self.end.saturating_sub(start.min(self.end)))
            );
            return Err(error(Fault::ElementOverrun, &expected, found, "X.690 8.1.3"));
        }
        Ok(Header {
            tag,
            content: start..end,
        })
    }

    fn long_length(&self, first_at: usize, first: u8) -> Result<(usize, usize), DerError> {
        let count = usize::from(first & 0x7f);
        let mut length = 0_u32;
        for index in 1..=count {
            length = (length << 8) | u32::from(self.octet(first_at.saturating_add(index))?);
        }
        // What the value needs in the shortest form.
        let needed = if length < 0x80 {
            0
        } else {
            4_u32.saturating_sub(length.leading_zeros() / 8)
        };
        if usize::try_from(needed).unwrap_or(usize::MAX) != count {
            return Err(DerError {
                fault: Fault::NonMinimalLength,
                offset: self.position,
                expected: format!("the length {length} in its shortest form"),
                found: format!("{count} length octets after {first:02x}"),
                clause: "X.690 10.1",
            });
        }
        let start = first_at.saturating_add(count).saturating_add(1);
        Ok((start, usize::try_from(length).unwrap_or(usize::MAX)))
    }

    /// An octet of the next element's header.
    fn octet(&self, at: usize) -> Result<u8, DerError> {
        let Some(octet) = self.input.get(at) else {
            let found = if at == self.position {
                "the end of the input"
            } else {
                "the end of the input inside tag or length"
            };
            return Err(DerError {
                fault: Fault::Truncated,
                offset: self.position,
                expected: "an element".to_owned(),
                found: found.to_owned(),
                clause: "X.690 8.1.1",
            });
        };
        if at >= self.end {
            return Err(DerError {
                fault: Fault::ElementOverrun,
                offset: self.position,
                expected: "an element with its length".to_owned(),
                found: "the end of the element around it".to_owned(),
                clause: "X.690 8.1.3",
            });
        }
        Ok(*octet)
    }
}

fn truncated(offset: usize, length: usize, present: usize) -> DerError {
    DerError {
        fault: Fault::Truncated,
        offset,
        expected: format!("{} of content", bytes(length)),
        found: format!("{} before the end of the input", bytes(present)),
        clause: "X.690 8.1.3",
    }
}

/// `1 byte`, `2 bytes`.
pub(crate) fn bytes(count: usize) -> String {
    if count == 1 {
        "1 byte".to_owned()
    } else {
        format!("{count} bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(input: &[u8]) -> (Fault, usize) {
        let error = Reader::new(input).element().expect_err("refused");
        (error.fault, error.offset)
    }

    #[test]
    fn an_element_has_its_tag_place_and_content() {
        let mut reader = Reader::new(&[0x02, 0x01, 0x07, 0x05, 0x00]);
        let element = reader.element().expect("an INTEGER");
        assert_eq!(
            (element.tag, element.offset, element.header_len),
            (Tag::INTEGER, 0, 2)
        );
        assert_eq!((element.range, element.content), (2..3, &[7][..]));
        assert_eq!(reader.element().expect("a NULL").offset, 3);
        assert!(reader.finish().is_ok());
        assert_eq!(
            reader.element().expect_err("nothing left").fault,
            Fault::MissingElement
        );
    }

    #[test]
    fn lengths_must_be_definite_short_and_at_most_four_octets() {
        assert_eq!(fault(&[0x30, 0x80, 0, 0]), (Fault::IndefiniteLength, 0));
        assert_eq!(fault(&[0x04, 0x81, 0x7f]), (Fault::NonMinimalLength, 0));
        assert_eq!(fault(&[0x04, 0x82, 0x00, 0x80]), (Fault::NonMinimalLength, 0));
        assert_eq!(fault(&[0x04, 0x84, 0, 0, 0, 1]), (Fault::NonMinimalLength, 0));
        assert_eq!(fault(&[0x04, 0x85]), (Fault::InvalidLength, 0));
        assert_eq!(fault(&[0x04, 0xff]), (Fault::InvalidLength, 0));
        assert_eq!(
            fault(&[0x04, 0x84, 0xff, 0xff, 0xff, 0xff]),
            (Fault::Truncated, 0)
        );
        let mut long = vec![0x04, 0x81, 0x80];
        long.extend([0; 0x80]);
        assert_eq!(Reader::new(&long).element().expect("minimal").header_len, 3);
    }

    #[test]
    fn long_tags_are_refused_before_anything_else() {
        assert_eq!(fault(&[0x1f]), (Fault::InvalidTag, 0));
        assert_eq!(fault(&[0xbf, 0x80]), (Fault::InvalidTag, 0));
    }

    #[test]
    fn the_end_of_the_input_is_told_from_the_end_of_the_parent() {
        assert_eq!(fault(&[0x04]), (Fault::Truncated, 0));
        assert_eq!(fault(&[0x04, 0x02, 0]), (Fault::Truncated, 0));
        // A NULL of one byte inside a SEQUENCE of two, with enough input behind it.
        let input = [0x30, 0x02, 0x05, 0x01, 0x00];
        let mut inner = Reader::new(&input).open().expect("the SEQUENCE");
        let error = inner.element().expect_err("too long");
        assert_eq!((error.fault, error.offset), (Fault::ElementOverrun, 2));
        // The same where only the tag fits into the parent.
        let mut inner = Reader::new(&[0x30, 0x01, 0x05, 0x00])
            .open()
            .expect("the SEQUENCE");
        assert_eq!(
            inner.element().expect_err("no length").fault,
            Fault::ElementOverrun
        );
    }

    #[test]
    fn a_cut_container_is_reported_after_its_whole_children() {
        let input = [0x30, 0x03, 0x05, 0x00];
        let mut inner = Reader::new(&input).open().expect("cut, but open");
        assert!(inner.element().is_ok());
        let error = inner.finish().expect_err("one byte short");
        assert_eq!((error.fault, error.offset), (Fault::Truncated, 0));
        let error = inner.element().expect_err("nothing there");
        assert_eq!(
            (error.fault, error.offset),
            (Fault::Truncated, 4),
            "the next element is cut at its start"
        );
    }

    #[test]
    fn surplus_bytes_are_reported_where_they_start() {
        let mut reader = Reader::new(&[0x05, 0x00, 0xaa, 0xbb]);
        assert!(reader.element().is_ok());
        let error = reader.finish().expect_err("two bytes left");
        assert_eq!(
            (error.fault, error.offset, error.found.as_str()),
            (Fault::TrailingData, 2, "2 bytes more")
        );
    }

    #[test]
    fn tags_have_their_asn1_names() {
        assert_eq!(Tag::SEQUENCE.to_string(), "SEQUENCE (tag 30)");
        assert_eq!(Tag(0x23).name(), "constructed BIT STRING");
        assert_eq!(Tag(0x10).name(), "primitive SEQUENCE");
        assert_eq!(Tag(0xa1).name(), "[1]");
        assert_eq!(Tag(0x0f).name(), "[UNIVERSAL 15]");
    }
}
