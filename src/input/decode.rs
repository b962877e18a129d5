//! Text as Windows programs write it: with a byte order mark, or in UTF-16.

use crate::source::{OffsetMap, SourceId, SourceMap};

/// The UTF-8 byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Bytes of UTF-16 that are decoded: each character needs a place of its own in the map.
const UTF16_LIMIT: usize = 8 << 20;

/// The source to read a file's text from: the file itself, or a view without its byte order mark or decoded from UTF-16.
pub(super) fn decoded(sources: &mut SourceMap, file: SourceId) -> SourceId {
    let bytes = sources.get(file).shared();
    if let Some(text) = bytes
        .strip_prefix(MARK)
        .and_then(|rest| std::str::from_utf8(rest).ok())
    {
        let mut map = OffsetMap::new();
        map.copied(0..text.len(), MARK.len()..bytes.len());
        return sources.add_decoded(file, text.to_owned(), map);
    }
    let little = bytes.starts_with(&[0xff, 0xfe]);
    if !(little || bytes.starts_with(&[0xfe, 0xff])) || bytes.len() > UTF16_LIMIT {
        return file;
    }
    match utf16(bytes.get(2..).unwrap_or_default(), little) {
        Some((text, map)) => sources.add_decoded(file, text, map),
        None => file,
    }
}

/// UTF-16 after its byte order mark, where it is well formed.
fn utf16(bytes: &[u8], little: bool) -> Option<(String, OffsetMap)> {
    let units = bytes.chunks(2).map(|pair| match pair {
        [low, high] if little => Some(u16::from_le_bytes([*low, *high])),
        [high, low] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    });
    let units: Vec<u16> = units.collect::<Option<_>>()?;
    let mut text = String::with_capacity(units.len());
    let mut map = OffsetMap::new();
    let mut outer = 2_usize;
    for char in char::decode_utf16(units) {
        let char = char.ok()?;
        let inner = text.len();
        text.push(char);
        let end = outer.saturating_add(char.len_utf16().saturating_mul(2));
        map.replaced(inner..text.len(), outer..end);
        outer = end;
    }
    Some((text, map))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn places(bytes: Vec<u8>) -> (String, (usize, usize), std::ops::Range<usize>) {
        let mut sources = SourceMap::new();
        let file = sources.add_file("f", bytes);
        let view = decoded(&mut sources, file);
        let text = sources.get(view).text().unwrap().to_owned();
        let at = text.find("here").unwrap();
        let place = sources.place(Span::new(view, at..at + 4));
        assert_eq!((place.path.as_str(), place.inner), ("f", None));
        (text, (place.start.line, place.start.column), place.bytes)
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_text() {
        let (text, place, bytes) = places(b"\xef\xbb\xbfa\nis here".to_vec());
        assert_eq!((text.as_str(), place, bytes), ("a\nis here", (2, 4), 8..12));
    }

    #[test]
    fn utf16_is_decoded_in_both_orders() {
        let units: Vec<u16> = "\u{feff}é😀\nis here".encode_utf16().collect();
        let little = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        assert_eq!(places(little), ("é😀\nis here".to_owned(), (2, 4), 16..24));
        assert_eq!(places(big).1, (2, 4));
    }

    #[test]
    fn what_only_starts_like_utf16_stays_as_it_is() {
        for bytes in [&b"\xff\xfe\x00"[..], b"\xff\xfe\x00\xd8", b"plain"] {
            let mut sources = SourceMap::new();
            let file = sources.add_file("f", bytes.to_vec());
            assert_eq!(decoded(&mut sources, file), file);
        }
    }
}
