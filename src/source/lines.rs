//! Lines and columns of a text.

/// A place as a person counts: lines and columns from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in Unicode scalar values, from 1 (in bytes where the source is not UTF-8).
    pub column: usize,
}

/// Bytes between two marks inside one line: what a look-up may have to count.
const STRIDE: usize = 512;

/// Where the lines of a text start.
///
/// A line ends with LF or CR LF; a lone CR does not end one, as editors count. Minified JSON is one line of megabytes,
/// so long lines have marks inside: a look-up never counts more than 512 bytes.
#[derive(Debug, Clone, Default)]
pub struct LineIndex {
    /// Offset of a line's start or of a mark, its line, and the characters of the line before it.
    marks: Vec<(usize, usize, usize)>,
    utf8: bool,
}

impl LineIndex {
    /// Finds the lines of `bytes`.
    pub fn new(bytes: &[u8]) -> Self {
        let utf8 = std::str::from_utf8(bytes).is_ok();
        let mut marks = vec![(0, 1, 0)];
        let (mut line, mut column, mut since) = (1_usize, 0_usize, 0_usize);
        for (at, byte) in bytes.iter().enumerate() {
            if since >= STRIDE && starts_character(*byte, utf8) {
                marks.push((at, line, column));
                since = 0;
            }
            if *byte == b'\n' {
                line = line.saturating_add(1);
                marks.push((at.saturating_add(1), line, 0));
                (column, since) = (0, 0);
                continue;
            }
            column = column.saturating_add(usize::from(starts_character(*byte, utf8)));
            since = since.saturating_add(1);
        }
        Self { marks, utf8 }
    }

    /// Line and column of `offset` in the same `bytes` that the index was made of.
    pub fn locate(&self, bytes: &[u8], offset: usize) -> LineColumn {
        let offset = offset.min(bytes.len());
        let index = self
            .marks
            .partition_point(|(start, ..)| *start <= offset)
            .saturating_sub(1);
        let (start, line, before) = self.marks.get(index).copied().unwrap_or((0, 1, 0));
        let rest = bytes.get(start..offset).unwrap_or_default();
        let count = rest
            .iter()
            .filter(|byte| starts_character(**byte, self.utf8))
            .count();
        LineColumn {
            line,
            column: before.saturating_add(count).saturating_add(1),
        }
    }
}

/// True for the first byte of a character of UTF-8, and for every byte of anything else.
fn starts_character(byte: u8, utf8: bool) -> bool {
    !utf8 || (byte & 0xc0) != 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_end_with_lf() {
        let text = "aé\r\nb\n".as_bytes();
        let index = LineIndex::new(text);
        assert_eq!(index.locate(text, 3), LineColumn { line: 1, column: 3 });
        assert_eq!(index.locate(text, 5), LineColumn { line: 2, column: 1 });
        assert_eq!(index.locate(text, 7), LineColumn { line: 3, column: 1 });
        assert_eq!(index.locate(text, 999), LineColumn { line: 3, column: 1 });
    }

    #[test]
    fn bytes_that_are_no_text_have_a_byte_column() {
        let bytes = [0x30, 0x56, 0xff, 0xfe];
        assert_eq!(
            LineIndex::new(&bytes).locate(&bytes, 3),
            LineColumn { line: 1, column: 4 }
        );
    }

    #[test]
    fn a_very_long_line_is_counted_from_its_marks() {
        let text = format!("x\n{}\ny", "é1".repeat(20_000));
        let index = LineIndex::new(text.as_bytes());
        for at in [2, 5, 4_100, 12_290, 59_999] {
            let column = text[2..]
                .char_indices()
                .take_while(|(offset, _)| offset + 2 < at)
                .count()
                + 1;
            assert_eq!(
                index.locate(text.as_bytes(), at),
                LineColumn { line: 2, column },
                "{at}"
            );
        }
        assert_eq!(
            index.locate(text.as_bytes(), text.len()),
            LineColumn { line: 3, column: 2 }
        );
    }
}
