//! Batches: JSON Lines, read in chunks.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use kms_audit::audit::Line;

/// Bytes of one line of a batch that are read.
const LONGEST_LINE: usize = 16 << 20;
/// Lines, and bytes of them, that are judged at once.
const CHUNK_LINES: usize = 4096;
const CHUNK_BYTES: usize = 8 << 20;

/// A file, or standard input for `-`; with its length, where it has one.
pub(super) fn open(path: &Path) -> io::Result<(Box<dyn BufRead>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(BufReader::with_capacity(1 << 20, io::stdin())), None));
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let total = metadata.is_file().then_some(metadata.len());
    Ok((Box::new(BufReader::with_capacity(1 << 20, file)), total))
}

/// Lines of one chunk, in one buffer.
#[derive(Default)]
pub(super) struct Lines {
    buffer: Vec<u8>,
    /// Number, and where it stands in the buffer; nothing for one that was too long.
    places: Vec<(u64, Option<std::ops::Range<usize>>)>,
    number: u64,
    /// Bytes that were read so far.
    pub(super) read: u64,
}

impl Lines {
    /// Reads the next chunk; false at the end.
    pub(super) fn fill(&mut self, reader: &mut dyn BufRead) -> io::Result<bool> {
        self.buffer.clear();
        self.places.clear();
        while self.places.len() < CHUNK_LINES && self.buffer.len() < CHUNK_BYTES {
            let start = self.buffer.len();
            let mut limited = (&mut *reader).take(u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX));
            let count = limited.read_until(b'\n', &mut self.buffer)?;
            if count == 0 {
                return Ok(false);
            }
            self.number = self.number.saturating_add(1);
            self.read = self.read.saturating_add(u64::try_from(count).unwrap_or_default());
            if count == LONGEST_LINE && self.buffer.last() != Some(&b'\n') {
                self.buffer.truncate(start);
                self.places.push((self.number, None));
                self.skip(reader)?;
                continue;
            }
            let line = self.buffer.get(start..).unwrap_or_default();
            // A blank line says nothing.
            if line.iter().all(u8::is_ascii_whitespace) {
                self.buffer.truncate(start);
                continue;
            }
            self.places.push((self.number, Some(start..self.buffer.len())));
        }
        Ok(true)
    }

    /// Passes over the rest of a line.
    fn skip(&mut self, reader: &mut dyn BufRead) -> io::Result<()> {
        loop {
            let available = reader.fill_buf()?;
            let end = available.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(available.len(), |at| at.saturating_add(1));
            self.read = self.read.saturating_add(u64::try_from(used).unwrap_or_default());
            reader.consume(used);
            if end.is_some() || used == 0 {
                return Ok(());
            }
        }
    }

    /// Takes the chunk out; the next one goes on where it ends.
    pub(super) fn take(&mut self) -> Self {
        let next = Self {
            number: self.number,
            read: self.read,
            ..Self::default()
        };
        std::mem::replace(self, next)
    }

    pub(super) fn views(&self) -> Vec<Line<'_>> {
        self.places
            .iter()
            .map(|(number, range)| Line {
                number: *number,
                bytes: range
                    .clone()
                    .and_then(|range| self.buffer.get(range))
                    .map(<[u8]>::trim_ascii_end),
            })
            .collect()
    }
}
