//! What is in a DER input, element by element, for `inspect --bytes`.

use std::ops::Range;

use super::{DerError, Element, Fault, Reader, Tag, bytes, oid};
use crate::encoding::hex;

const MAX_DEPTH: usize = 16;
const MAX_LINES: usize = 4096;

/// One element of a [`Dump`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpLine {
    /// Offset of the tag octet.
    pub offset: usize,
    /// Nesting: 0 for the outermost element.
    pub depth: usize,
    /// Tag and length octets.
    pub header: Vec<u8>,
    /// The tag.
    pub tag: Tag,
    /// The tag's name.
    pub tag_name: String,
    /// Length of the content as the header says, in bytes. For a cut element more than the input has.
    pub length: usize,
    /// Where the content stands in the input, as far as it is there.
    pub content: Range<usize>,
    /// The field's name, where the structure is a public key or a signature.
    pub field: Option<&'static str>,
    /// What the content means; empty for constructed elements.
    pub meaning: String,
}

/// The elements of an input up to the byte that breaks it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dump {
    /// The elements, in the order of their first bytes.
    pub lines: Vec<DumpLine>,
    /// The first fault, where there is one: nothing beyond it is listed.
    pub error: Option<DerError>,
}

/// Lists the elements of a DER input.
///
/// Follows X.690 only, not any structure: that a key's fields are right is for `key::spki::decode` to say.
/// Fields of a `SubjectPublicKeyInfo` and of an `Ecdsa-Sig-Value` get their names all the same. Nesting below 16 levels
/// and more than 4096 elements end the list with [`Fault::Limit`].
pub fn dump(input: &[u8]) -> Dump {
    let mut dump = Dump::default();
    let mut paths = Vec::new();
    dump.error = walk(input, &mut dump.lines, &mut paths).err();
    name_fields(&mut dump.lines, &paths);
    dump
}

/// The containers that are open, each with the number of children seen so far.
type Stack<'a> = Vec<(Reader<'a>, usize)>;

fn walk(input: &[u8], lines: &mut Vec<DumpLine>, paths: &mut Vec<Vec<usize>>) -> Result<(), DerError> {
    let mut outer = Reader::new(input);
    let mut stack: Stack<'_> = Vec::new();
    push(input, &mut outer, Vec::new(), lines, paths, &mut stack)?;
    while let Some((mut reader, child)) = stack.pop() {
        if reader.is_at_end() {
            reader.finish()?;
            continue;
        }
        let mut path: Vec<usize> = stack.iter().map(|(_, child)| child.saturating_sub(1)).collect();
        path.push(child);
        let mut opened: Stack<'_> = Vec::new();
        let result = push(input, &mut reader, path, lines, paths, &mut opened);
        stack.push((reader, child.saturating_add(1)));
        result?;
        stack.append(&mut opened);
    }
    outer.finish()
}

/// Takes the next element of `reader` into the list and, where it is constructed, opens it on `stack`.
fn push<'a>(
    input: &'a [u8],
    reader: &mut Reader<'a>,
    path: Vec<usize>,
    lines: &mut Vec<DumpLine>,
    paths: &mut Vec<Vec<usize>>,
    stack: &mut Stack<'a>,
) -> Result<(), DerError> {
    let offset = reader.position();
    let depth = path.len();
    if depth > MAX_DEPTH || lines.len() >= MAX_LINES {
        return Err(DerError {
            fault: Fault::Limit,
            offset,
            expected: format!("at most {MAX_DEPTH} levels and {MAX_LINES} elements"),
            found: "more".to_owned(),
            clause: "a limit of this tool",
        });
    }
    let tag = reader.tag()?;
    let line = |header: Range<usize>, length: usize, meaning: String| DumpLine {
        offset,
        depth,
        header: input.get(header.clone()).unwrap_or_default().to_vec(),
        tag,
        tag_name: tag.name(),
        length,
        content: header.end..header.end.saturating_add(length).min(input.len()),
        field: None,
        meaning,
    };
    if tag.is_constructed() {
        let inner = reader.open()?;
        let start = inner.position();
        lines.push(line(
            offset..start,
            reader.position().saturating_sub(start),
            String::new(),
        ));
        paths.push(path);
        if !is_constructed_in_der(tag) {
            return Err(DerError {
                fault: Fault::InvalidContent,
                offset,
                expected: "a string in one piece".to_owned(),
                found: tag.to_string(),
                clause: "X.690 10.2",
            });
        }
        stack.push((inner, 0));
        return Ok(());
    }
    let element = reader.element()?;
    let meaning = meaning(&element);
    let text = meaning
        .as_ref()
        .map_or_else(|error| error.found.clone(), Clone::clone);
    lines.push(line(offset..element.range.start, element.content.len(), text));
    paths.push(path);
    meaning.map(|_| ())
}

fn is_constructed_in_der(tag: Tag) -> bool {
    !matches!(tag.0, 0x20..=0x2f | 0x32..=0x3f)
}

fn meaning(element: &Element<'_>) -> Result<String, DerError> {
    let content = element.content;
    let fault = |expected: &str, found: String, clause| DerError {
        fault: Fault::InvalidContent,
        offset: element.offset,
        expected: expected.to_owned(),
        found,
        clause,
    };
    match element.tag {
        Tag::OID => match oid::check(content) {
            Ok(()) => Ok(oid::describe(content)),
            Err(error) => Err(fault("an OBJECT IDENTIFIER", error.to_string(), "X.690 8.19.2")),
        },
        Tag::INTEGER => match content {
            [] => Err(fault(
                "an INTEGER of at least 1 byte",
                "no content".to_owned(),
                "X.690 8.3.1",
            )),
            [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => {
                let found = format!("a superfluous leading byte: {}", shown(content));
                Err(fault("an INTEGER in its shortest form", found, "X.690 8.3.2"))
            }
            _ => Ok(integer(content)),
        },
        Tag::BIT_STRING => match content {
            [] => Err(fault(
                "an octet that counts unused bits",
                "no content".to_owned(),
                "X.690 8.6.2.1",
            )),
            [unused @ 8..=255, ..] => Err(fault(
                "at most 7 unused bits",
                format!("{unused} unused bits"),
                "X.690 8.6.2.2",
            )),
            [unused @ 1..=255] => Err(fault(
                "0 unused bits",
                format!("{unused} unused bits of nothing"),
                "X.690 8.6.2.3",
            )),
            [unused, rest @ ..] => Ok(format!("{unused} unused bits; {}", point(rest))),
        },
        Tag::NULL if !content.is_empty() => Err(fault("no content", bytes(content.len()), "X.690 8.8.2")),
        Tag::BOOLEAN => match content {
            [0x00] => Ok("false".to_owned()),
            [0xff] => Ok("true".to_owned()),
            _ => Err(fault("00 or ff", shown(content), "X.690 11.1")),
        },
        Tag(0x10 | 0x11) => Err(fault(
            "a constructed element",
            element.tag.to_string(),
            "X.690 8.9.1",
        )),
        _ => Ok(shown(content)),
    }
}

/// A small number in decimal, a large one by its size and first bytes.
fn integer(content: &[u8]) -> String {
    let negative = content.first().is_some_and(|byte| byte & 0x80 != 0);
    if content.len() <= 8 {
        let fill = if negative { -1_i64 } else { 0 };
        let value = content
            .iter()
            .fold(fill, |value, byte| (value << 8) | i64::from(*byte));
        return value.to_string();
    }
    let digits = content.strip_prefix(&[0]).unwrap_or(content);
    let sign = if negative { "negative, " } else { "" };
    format!("{sign}{}: {}", bytes(digits.len()), shown(digits))
}

fn point(octets: &[u8]) -> String {
    match (octets.first(), octets.len()) {
        (Some(0x04), 65) => "uncompressed point: 04, X (32 bytes), Y (32 bytes)".to_owned(),
        (Some(0x02 | 0x03), 33) => "compressed point: tag, X (32 bytes)".to_owned(),
        _ => format!("{}: {}", bytes(octets.len()), shown(octets)),
    }
}

fn shown(content: &[u8]) -> String {
    const SHOWN: usize = 16;
    let text = hex::encode(content.get(..SHOWN).unwrap_or(content));
    if content.len() > SHOWN {
        format!("{text}\u{2026}")
    } else {
        text
    }
}

/// Names the fields where the shape fits: a sequence that starts with a sequence that starts with an OID is a
/// `SubjectPublicKeyInfo`, a sequence of two integers an `Ecdsa-Sig-Value` (RFC 3279 2.2.3).
fn name_fields(lines: &mut [DumpLine], paths: &[Vec<usize>]) {
    let tags: Vec<(Tag, &[usize])> = lines
        .iter()
        .map(|line| line.tag)
        .zip(paths.iter().map(Vec::as_slice))
        .collect();
    let key = tags.starts_with(&[(Tag::SEQUENCE, &[]), (Tag::SEQUENCE, &[0]), (Tag::OID, &[0, 0])]);
    let signature = tags
        == [
            (Tag::SEQUENCE, &[] as &[_]),
            (Tag::INTEGER, &[0]),
            (Tag::INTEGER, &[1]),
        ];
    for (line, path) in lines.iter_mut().zip(paths) {
        line.field = match (path.as_slice(), key, signature) {
            ([], true, _) => Some("SubjectPublicKeyInfo"),
            ([0], true, _) => Some("algorithm"),
            ([0, 0], true, _) => Some("algorithm.algorithm"),
            ([0, 1], true, _) => Some("algorithm.parameters"),
            ([1], true, _) => Some("subjectPublicKey"),
            ([], _, true) => Some("Ecdsa-Sig-Value"),
            ([0], _, true) => Some("r"),
            ([1], _, true) => Some("s"),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Vec<u8> {
        let mut der = hex::decode(b"3056301006072a8648ce3d020106052b8104000a034200")
            .expect("hex")
            .bytes;
        der.push(4);
        der.extend([0x11; 64]);
        der
    }

    #[test]
    fn a_public_key_is_listed_with_places_names_and_fields() {
        let dump = dump(&key());
        assert_eq!(dump.error, None);
        let lines: Vec<_> = dump
            .lines
            .iter()
            .map(|line| {
                (
                    line.offset,
                    line.depth,
                    line.length,
                    line.field.expect("named"),
                    line.meaning.as_str(),
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                (0, 0, 86, "SubjectPublicKeyInfo", ""),
                (2, 1, 16, "algorithm", ""),
                (
                    4,
                    2,
                    7,
                    "algorithm.algorithm",
                    "id-ecPublicKey (1.2.840.10045.2.1)"
                ),
                (
                    13,
                    2,
                    5,
                    "algorithm.parameters",
                    "secp256k1 (1.3.132.0.10, AWS KMS key spec ECC_SECG_P256K1)"
                ),
                (
                    20,
                    1,
                    66,
                    "subjectPublicKey",
                    "0 unused bits; uncompressed point: 04, X (32 bytes), Y (32 bytes)"
                ),
            ]
        );
        assert_eq!(dump.lines[4].header, [0x03, 0x42]);
        assert_eq!(dump.lines[4].content, 22..88);
    }

    #[test]
    fn the_list_ends_at_the_byte_that_breaks_it() {
        let cut = dump(&key()[..50]);
        assert_eq!(cut.lines.len(), 4);
        let error = cut.error.expect("cut");
        assert_eq!((error.fault, error.offset), (Fault::Truncated, 20));

        let mut long = key();
        long.push(0);
        let error = dump(&long).error.expect("surplus");
        assert_eq!((error.fault, error.offset), (Fault::TrailingData, 88));

        let two = dump(&key()[..2]);
        assert_eq!(two.lines.len(), 1);
        assert_eq!(two.error.expect("cut").offset, 2);
        assert_eq!(dump(&[]).error.expect("empty").fault, Fault::MissingElement);
    }

    #[test]
    fn a_signature_has_r_and_s() {
        let dump = dump(&[0x30, 0x07, 0x02, 0x01, 0x05, 0x02, 0x02, 0x00, 0x80]);
        assert_eq!(dump.error, None);
        let fields: Vec<_> = dump
            .lines
            .iter()
            .map(|line| (line.field, line.meaning.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                (Some("Ecdsa-Sig-Value"), ""),
                (Some("r"), "5"),
                (Some("s"), "128")
            ]
        );
    }

    #[test]
    fn contents_that_break_their_type_are_faults() {
        for (input, clause) in [
            (&[0x02, 0x02, 0x00, 0x01][..], "X.690 8.3.2"),
            (&[0x02, 0x00], "X.690 8.3.1"),
            (&[0x05, 0x01, 0x00], "X.690 8.8.2"),
            (&[0x03, 0x00], "X.690 8.6.2.1"),
            (&[0x03, 0x02, 0x08, 0x00], "X.690 8.6.2.2"),
            (&[0x03, 0x01, 0x01], "X.690 8.6.2.3"),
            (&[0x01, 0x01, 0x01], "X.690 11.1"),
            (&[0x06, 0x00], "X.690 8.19.2"),
            (&[0x10, 0x00], "X.690 8.9.1"),
            (&[0x23, 0x00], "X.690 10.2"),
        ] {
            let error = dump(input).error.expect("refused");
            assert_eq!(
                (error.fault, error.clause),
                (Fault::InvalidContent, clause),
                "{input:02x?}"
            );
        }
    }

    #[test]
    fn depth_and_count_are_bounded() {
        let mut nested = vec![0x05, 0x00];
        for _ in 0..40 {
            let length = u8::try_from(nested.len()).expect("short");
            nested.splice(0..0, [0x30, length]);
        }
        let dumped = dump(&nested);
        assert_eq!(dumped.error.expect("too deep").fault, Fault::Limit);
        assert_eq!(dumped.lines.len(), MAX_DEPTH + 1);

        let mut wide = vec![0x30, 0x82, 0x40, 0x00];
        wide.extend([0x05, 0x00].repeat(0x2000));
        let dumped = dump(&wide);
        assert_eq!(dumped.error.expect("too many").fault, Fault::Limit);
        assert_eq!(dumped.lines.len(), MAX_LINES);
    }
}
