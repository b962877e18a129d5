//! Lines and columns of a text.

/// A place as a person counts: lines and columns from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in Unicode scalar values, from 1 (in bytes where the line is not UTF-8).
    pub column: usize,
}

/// Where the lines of a text start.
///
/// A line ends with LF or CR LF; a lone CR does not end one, as editors count.
#[derive(Debug, Clone, Default)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Finds the lines of `bytes`.
    pub fn new(bytes: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(
            bytes
                .iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b'\n')
                .map(|(at, _)| at.saturating_add(1)),
        );
        Self { starts }
    }

    /// Line and column of `offset` in the same `bytes` that the index was made of.
    pub fn locate(&self, bytes: &[u8], offset: usize) -> LineColumn {
        let offset = offset.min(bytes.len());
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = bytes.get(start..offset).unwrap_or_default();
        let count = match std::str::from_utf8(before) {
            Ok(text) => text.chars().count(),
            Err(_) => before.len(),
        };
        LineColumn {
            line,
            column: count.saturating_add(1),
        }
    }
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
}
