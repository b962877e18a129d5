//! Archives: `tar`, read from front to back. Names are only shown and compared, never used as paths.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use tar::EntryType;

use super::{
    CHUNK_BYTES, CHUNK_FILES, Gone, Kept, MOST_BYTES, Reader, Stored, Told, has_ending, is_document, kept,
};

/// Bytes of a long name, at most.
const LONGEST_NAME: u64 = 64 << 10;

impl Reader {
    pub(super) fn archive(&self, reader: Box<dyn Read>, source: &Arc<str>) -> Result<(), Gone> {
        let mut archive = tar::Archive::new(BufReader::with_capacity(1 << 20, reader));
        let mut files = Vec::new();
        let mut bytes: usize = 0;
        let mut passed: u64 = 0;
        // A name that stands before its member.
        let mut long: Option<String> = None;
        // Raw: the crate would read long names whole, however long they are.
        let entries = match archive.entries() {
            Ok(entries) => entries.raw(true),
            Err(error) => return self.broken(source, error.to_string()),
        };
        let mut ending = None;
        for entry in entries {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    ending = Some(format!("the archive ends in an error: {error}"));
                    break;
                }
            };
            let kind = entry.header().entry_type();
            match kind {
                EntryType::GNULongName => long = text(&mut entry).ok(),
                EntryType::XHeader => {
                    let extended = text(&mut entry).unwrap_or_default();
                    long = pax_path(&extended).or(long);
                }
                EntryType::GNULongLink | EntryType::XGlobalHeader | EntryType::Directory => {}
                EntryType::Regular | EntryType::Continuous => {
                    let own = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                    let name = long.take().unwrap_or(own).replace('\\', "/");
                    let name = name.trim_start_matches("./").to_owned();
                    if is_document(&name) {
                        let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
                        let content = if entry.size() > most {
                            Kept::TooLarge
                        } else {
                            kept(&mut entry)
                        };
                        if let Kept::Bytes(content) = &content {
                            bytes = bytes.saturating_add(content.len());
                        }
                        files.push(Stored { name, content });
                        if files.len() >= CHUNK_FILES || bytes >= CHUNK_BYTES {
                            bytes = 0;
                            self.files(source, &mut files)?;
                        }
                    } else if has_ending(&name, &["jsonl", "ndjson"]) {
                        let inner: Arc<str> = format!("{source}/{name}").into();
                        self.lines(&mut BufReader::new(&mut entry), &inner)?;
                    } else {
                        passed = passed.saturating_add(1);
                    }
                }
                _ => {
                    long = None;
                    passed = passed.saturating_add(1);
                }
            }
        }
        self.files(source, &mut files)?;
        if let Some(reason) = ending {
            self.broken(source, reason)?;
        }
        self.tell(Told::PassedOver(passed))
    }
}

/// The text of a member that is part of the next one's header.
fn text(reader: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.take(LONGEST_NAME).read_to_end(&mut bytes)?;
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    bytes.truncate(end);
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The path of an extended header: lines of `LENGTH path=VALUE` (POSIX.1-2001, pax).
fn pax_path(text: &str) -> Option<String> {
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .find_map(|(_, field)| field.strip_prefix("path="))
        .map(str::to_owned)
}
