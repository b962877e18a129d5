//! Recursive length prefix encoding, strictly: of each value one encoding and no other (Yellow Paper, appendix B).
//!
//! The whole input is walked once before anything in it is looked at, so that what is read later is known to be well
//! formed. The walk keeps one number for each open list and nothing else, whatever the input announces.

use std::ops::Range;

use crate::signature::message::MessageError;

/// The clause of every fault of the encoding itself.
const CLAUSE: &str = "Yellow Paper, appendix B";

/// The most lists inside each other. A blob transaction with its sidecar has 5: itself, its payload, the access list,
/// an entry, the storage keys.
pub(super) const MAX_DEPTH: usize = 8;

/// The most content that a short header can announce.
const SHORT: usize = 55;

/// One string or list, in place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    bytes: &'a [u8],
    /// Offset of the first byte, that is, of the header.
    pub(super) offset: usize,
    /// Offset of the first byte of the content.
    pub(super) start: usize,
    /// Offset behind the last byte.
    pub(super) end: usize,
    /// Whether it is a list.
    pub(super) list: bool,
}

impl<'a> Item<'a> {
    /// The content, without the header.
    pub(super) fn content(&self) -> &'a [u8] {
        slice(self.bytes, self.start..self.end)
    }

    /// Header and content.
    pub(super) fn raw(&self) -> &'a [u8] {
        slice(self.bytes, self.span())
    }

    /// Where header and content stand.
    pub(super) const fn span(&self) -> Range<usize> {
        self.offset..self.end
    }

    /// What is in the list; nothing, of a string.
    pub(super) const fn items(&self) -> Items<'a> {
        Items {
            bytes: self.bytes,
            at: self.start,
            end: if self.list { self.end } else { self.start },
        }
    }
}

/// A slice that is in the input because the walk found it there; empty if it were not.
pub(super) fn slice(bytes: &[u8], range: Range<usize>) -> &[u8] {
    bytes.get(range).unwrap_or_default()
}

/// The items of a list, in order.
#[derive(Debug, Clone)]
pub(super) struct Items<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>, MessageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let item = header(self.bytes, self.at, self.end, false);
        // Past a bad header nothing can be read.
        self.at = item.as_ref().map_or(self.end, |item| item.end);
        Some(item)
    }
}

/// The list that is all of `bytes` from `at` on.
///
/// # Errors
/// The first fault in the order of the input: `rlp-truncated`, `rlp-overrun`, `rlp-non-minimal-length`,
/// `rlp-non-minimal-byte`, `rlp-unexpected-string`, `rlp-too-deep`, `rlp-trailing-data`.
pub(super) fn list(bytes: &[u8], at: usize) -> Result<Item<'_>, MessageError> {
    let root = header(bytes, at, bytes.len(), true)?;
    if !root.list {
        return Err(error(
            "rlp-unexpected-string",
            root.offset,
            "a list must stand here, not a string".to_owned(),
        ));
    }
    let mut open = vec![root.end];
    let mut at = root.start;
    while let Some(end) = open.last().copied() {
        if at >= end {
            open.pop();
            continue;
        }
        let item = header(bytes, at, end, false)?;
        if item.list {
            if open.len() >= MAX_DEPTH {
                return Err(error(
                    "rlp-too-deep",
                    at,
                    format!(
                        "more than {MAX_DEPTH} lists inside each other, where no transaction has more than 5"
                    ),
                ));
            }
            open.push(item.end);
            at = item.start;
        } else {
            at = item.end;
        }
    }
    let surplus = bytes.len().saturating_sub(root.end);
    if surplus > 0 {
        return Err(error(
            "rlp-trailing-data",
            root.end,
            format!("the list ends, and {surplus} more bytes follow"),
        ));
    }
    Ok(root)
}

/// The header of the item at `at`, in a parent that ends at `end`; `outermost` where that is the input itself.
pub(super) fn header(bytes: &[u8], at: usize, end: usize, outermost: bool) -> Result<Item<'_>, MessageError> {
    let over = |start: usize, length: usize| over(at, end, outermost, start, length);
    let item = |start: usize, length: usize, list: bool| {
        let stop = start.checked_add(length).filter(|stop| *stop <= end);
        stop.map_or_else(
            || Err(over(start, length)),
            |stop| {
                Ok(Item {
                    bytes,
                    offset: at,
                    start,
                    end: stop,
                    list,
                })
            },
        )
    };
    let Some(first) = slice(bytes, at..end).first().copied() else {
        return Err(over(at, 1));
    };
    let start = at.saturating_add(1);
    match first {
        0..=0x7f => item(at, 1, false),
        0x80..=0xb7 => {
            let item = item(start, usize::from(first.saturating_sub(0x80)), false)?;
            match item.content() {
                [byte] if *byte < 0x80 => Err(error(
                    "rlp-non-minimal-byte",
                    at,
                    format!(
                        "a byte below 0x80 stands for itself, without a header: {byte:#04x}, not {first:#04x} {byte:#04x}"
                    ),
                )),
                _ => Ok(item),
            }
        }
        0xc0..=0xf7 => item(start, usize::from(first.saturating_sub(0xc0)), true),
        0xb8..=0xbf | 0xf8..=0xff => {
            let list = first >= 0xf8;
            let size = usize::from(first.saturating_sub(if list { 0xf7 } else { 0xb7 }));
            let digits = start..start.saturating_add(size);
            if digits.end > end {
                return Err(over(start, size));
            }
            let content = digits.end;
            let digits = slice(bytes, digits);
            // Eight bytes at most, so nothing is shifted out.
            let length = digits
                .iter()
                .fold(0_u64, |length, digit| (length << 8) | u64::from(*digit));
            if digits.first() == Some(&0) {
                return Err(error(
                    "rlp-non-minimal-length",
                    at,
                    "the length begins with a zero byte".to_owned(),
                ));
            }
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if length <= SHORT {
                return Err(error(
                    "rlp-non-minimal-length",
                    at,
                    format!("a length of {length} is written in the first byte: the long form begins at 56"),
                ));
            }
            item(content, length, list)
        }
    }
}

/// The item needs `length` bytes from `start` on, which its parent has not.
fn over(at: usize, end: usize, outermost: bool, start: usize, length: usize) -> MessageError {
    let there = end.saturating_sub(start);
    // Once the outermost list is known to fit the input, an item can only be too long for its parent.
    if outermost {
        let message = format!("the input ends too early: {length} bytes are announced, {there} are there");
        error("rlp-truncated", at, message)
    } else {
        let message = format!(
            "the item runs over the end of its list: {length} bytes are announced, the list has room for {there}"
        );
        error("rlp-overrun", at, message)
    }
}

fn error(code: &'static str, at: usize, message: String) -> MessageError {
    MessageError::new(code, CLAUSE, message).at(at)
}

/// The list's item that belongs there, which must be a string.
pub(super) fn string<'a>(item: Item<'a>, name: &str) -> Result<Item<'a>, MessageError> {
    if item.list {
        let message = format!("{name} is a string, and a list stands here");
        return Err(error("rlp-unexpected-list", item.offset, message));
    }
    Ok(item)
}

/// The list's item that belongs there, which must be a list.
pub(super) fn nested<'a>(item: Item<'a>, name: &str) -> Result<Item<'a>, MessageError> {
    if !item.list {
        let message = format!("{name} is a list, and a string stands here");
        return Err(error("rlp-unexpected-string", item.offset, message));
    }
    Ok(item)
}

/// An integer of at most `size` bytes (32 at most), to 32 bytes big-endian.
pub(super) fn integer(item: Item<'_>, name: &str, size: usize) -> Result<[u8; 32], MessageError> {
    let content = string(item, name)?.content();
    if content.first() == Some(&0) {
        let message =
            format!("{name} begins with a zero byte; an integer has none, and zero is the empty string");
        return Err(error("rlp-leading-zero", item.offset, message));
    }
    let mut value = [0; 32];
    let place = 32_usize
        .checked_sub(content.len())
        .filter(|_| content.len() <= size)
        .and_then(|skip| value.get_mut(skip..));
    let Some(place) = place else {
        let message = format!("{name} has {} bytes; it has {size} at most", content.len());
        return Err(error("rlp-integer-too-large", item.offset, message));
    };
    place.copy_from_slice(content);
    Ok(value)
}

/// The low 64 bits of an integer that was read with a size of 8 bytes or less.
pub(super) fn low64(value: &[u8; 32]) -> u64 {
    value
        .iter()
        .skip(24)
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// A string of exactly so many bytes.
pub(super) fn fixed<const SIZE: usize>(item: Item<'_>, name: &str) -> Result<[u8; SIZE], MessageError> {
    let content = string(item, name)?.content();
    content
        .try_into()
        .map_err(|_| wrong_length(item, name, SIZE, content.len()))
}

pub(super) fn wrong_length(item: Item<'_>, name: &str, expected: usize, found: usize) -> MessageError {
    let message = format!("{name} has {expected} bytes, not {found}");
    error("rlp-wrong-length", item.offset, message)
}

/// Exactly the items that a list must have.
///
/// # Errors
/// `rlp-too-few-items` where the missing one should begin, `rlp-too-many-items` at the first surplus one.
pub(super) fn exactly<'a, const COUNT: usize>(
    list: Item<'a>,
    name: &str,
) -> Result<[Item<'a>; COUNT], MessageError> {
    let mut items = list.items();
    let mut found = Vec::with_capacity(COUNT);
    while found.len() < COUNT {
        match items.next() {
            Some(item) => found.push(item?),
            None => return Err(too_few(&list, name, COUNT, found.len())),
        }
    }
    if let Some(surplus) = items.next() {
        return Err(too_many(&surplus?, name, COUNT));
    }
    let count = found.len();
    found.try_into().map_err(|_| too_few(&list, name, COUNT, count))
}

pub(super) fn too_few(list: &Item<'_>, name: &str, expected: usize, found: usize) -> MessageError {
    let message = format!("{name} has {expected} items, and here are {found}");
    error("rlp-too-few-items", list.end, message)
}

pub(super) fn too_many(surplus: &Item<'_>, name: &str, expected: usize) -> MessageError {
    let message = format!("{name} has {expected} items, and here is one more");
    error("rlp-too-many-items", surplus.offset, message)
}

/// The header of a list of `length` bytes of content.
pub(super) fn list_header(length: usize) -> Vec<u8> {
    match u8::try_from(length) {
        Ok(short) if length <= SHORT => vec![0xc0_u8.saturating_add(short)],
        _ => {
            let digits = stripped(length.to_be_bytes());
            // At most eight digits: a usize.
            let count = u8::try_from(digits.len()).unwrap_or(8);
            let mut header = vec![0xf7_u8.saturating_add(count)];
            header.extend_from_slice(&digits);
            header
        }
    }
}

/// An integer of 64 bits as RLP writes it.
pub(super) fn number(value: u64) -> Vec<u8> {
    let digits = stripped(value.to_be_bytes());
    match digits.as_slice() {
        [byte] if *byte < 0x80 => digits,
        _ => {
            let count = u8::try_from(digits.len()).unwrap_or(8);
            let mut bytes = vec![0x80_u8.saturating_add(count)];
            bytes.extend_from_slice(&digits);
            bytes
        }
    }
}

/// Big-endian digits without the zeros before them.
fn stripped(bytes: [u8; 8]) -> Vec<u8> {
    bytes.into_iter().skip_while(|byte| *byte == 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8]) -> (&'static str, usize) {
        let error = list(bytes, 0).expect_err("refused");
        (error.code, error.offset.expect("a place"))
    }

    #[test]
    fn faults_of_the_encoding_are_told_apart() {
        for (bytes, code, offset) in [
            (&b""[..], "rlp-truncated", 0),
            (b"\xc1", "rlp-truncated", 0),
            (b"\xf8", "rlp-truncated", 0),
            (b"\xf9\x01", "rlp-truncated", 0),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff", "rlp-truncated", 0),
            (b"\x05", "rlp-unexpected-string", 0),
            (b"\x83abc", "rlp-unexpected-string", 0),
            (b"\xf8\x01\x05", "rlp-non-minimal-length", 0),
            (b"\xf9\x00\x38", "rlp-non-minimal-length", 0),
            (b"\xc2\x81\x7f", "rlp-non-minimal-byte", 1),
            (b"\xc2\x05\x82", "rlp-overrun", 2),
            (b"\xc3\x05\x82\x01\x01", "rlp-overrun", 2),
            (b"\xc3\x05\xb8\x38", "rlp-overrun", 2),
            (b"\xc2\x05\xb8\x38", "rlp-overrun", 2),
            (b"\xc1\x05\x06\x07", "rlp-trailing-data", 2),
            (b"\xc8\xc7\xc6\xc5\xc4\xc3\xc2\xc1\xc0", "rlp-too-deep", 8),
        ] {
            assert_eq!(fault(bytes), (code, offset), "{bytes:02x?}");
        }
        assert!(list(b"\xc7\xc6\xc5\xc4\xc3\xc2\xc1\xc0", 0).is_ok());
    }

    #[test]
    fn what_is_written_reads_again() {
        for length in [0, 1, 55, 56, 255, 256, 65535, 65536] {
            let mut bytes = list_header(length);
            let start = bytes.len();
            bytes.resize(start + length, 0);
            let item = list(&bytes, 0).expect("well formed");
            assert_eq!((item.start, item.end), (start, start + length));
        }
        for value in [0, 1, 0x7f, 0x80, 0xff, 0x100, u64::MAX] {
            let bytes = number(value);
            let item = header(&bytes, 0, bytes.len(), true).expect("well formed");
            assert_eq!(low64(&integer(item, "n", 8).expect("minimal")), value);
        }
    }
}
