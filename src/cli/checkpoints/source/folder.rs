//! Folders: buckets that were copied.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{CHUNK_FILES, FILE_UNITS, File, Gone, Kept, Reader, Stored, Told, is_collection, is_document};

/// Folders below one another that are followed.
const DEEPEST: usize = 64;

/// Files of one folder, those with an index as numbers: eight bytes each.
#[derive(Default)]
struct Names {
    others: Vec<OsString>,
    indexed: Vec<(u32, Style)>,
}

/// The four ways to name a checkpoint's file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Style {
    BucketWithId,
    LocalWithId,
    Bucket,
    Local,
}

impl Style {
    const ALL: [Self; 4] = [Self::BucketWithId, Self::LocalWithId, Self::Bucket, Self::Local];

    fn name(self, index: u32) -> String {
        match self {
            Self::BucketWithId => format!("checkpoint_{index}_with_id.json"),
            Self::LocalWithId => format!("{index}_with_id.json"),
            Self::Bucket => format!("checkpoint_{index}.json"),
            Self::Local => format!("{index}.json"),
        }
    }
}

impl Names {
    fn add(&mut self, name: OsString) {
        let digits: Option<u32> = name.to_str().and_then(|name| {
            let digits = name.trim_start_matches("checkpoint_");
            let digits = digits.strip_suffix(".json")?;
            digits.strip_suffix("_with_id").unwrap_or(digits).parse().ok()
        });
        let style = digits.and_then(|index| {
            Style::ALL
                .into_iter()
                .find(|style| name.to_str() == Some(&style.name(index)))
        });
        match (digits, style) {
            (Some(index), Some(style)) => self.indexed.push((index, style)),
            _ => self.others.push(name),
        }
    }

    /// Other files first, by name: the announcement is one of them. Then the checkpoints.
    fn into_sorted(mut self) -> impl Iterator<Item = OsString> {
        self.others.sort_unstable();
        self.indexed.sort_unstable();
        let indexed = self.indexed.into_iter().map(|(index, style)| style.name(index));
        self.others.into_iter().chain(indexed.map(OsString::from))
    }
}

impl Reader {
    /// A folder and all below it; links are not followed.
    pub(super) fn folder(&mut self, root: &Path, shown: &Arc<str>) -> Result<(), Gone> {
        let mut pending: Vec<(PathBuf, String, usize)> = vec![(root.to_owned(), String::new(), 0)];
        while let Some((folder, below, depth)) = pending.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.broken(
                        &format!("{shown}{}{below}", slash(&below)).into(),
                        error.to_string(),
                    )?;
                    continue;
                }
            };
            let mut folders = Vec::new();
            let mut names = Names::default();
            let mut files = Vec::new();
            let mut passed: u64 = 0;
            let mut more: u64 = 0;
            let mut sort = |entry: &DirEntry| -> Option<OsString> {
                let kind = entry.file_type().ok()?;
                if kind.is_dir() && depth < DEEPEST {
                    folders.push(entry.file_name());
                    return None;
                }
                if kind.is_file() {
                    return Some(entry.file_name());
                }
                passed = passed.saturating_add(1);
                None
            };
            if self.sorted {
                for entry in entries.flatten() {
                    if let Some(name) = sort(&entry) {
                        names.add(name);
                    }
                }
                let count = names.others.len().saturating_add(names.indexed.len());
                let units = u64::try_from(count)
                    .unwrap_or_default()
                    .saturating_mul(FILE_UNITS);
                self.meter.total.fetch_add(units, Ordering::Relaxed);
                for name in names.into_sorted() {
                    more = more.saturating_add(self.file(&folder, &below, &name, shown, &mut files)?);
                }
            } else {
                for entry in entries.flatten() {
                    if let Some(name) = sort(&entry) {
                        more = more.saturating_add(self.file(&folder, &below, &name, shown, &mut files)?);
                    }
                }
            }
            self.files(shown, &mut files)?;
            self.tell(Told::PassedOver(passed.saturating_add(more)))?;
            // The last one is taken first.
            folders.sort_unstable_by(|one, other| other.cmp(one));
            for name in folders {
                let below = format!("{below}{}{}", slash(&below), name.to_string_lossy());
                pending.push((folder.join(name), below, depth.saturating_add(1)));
            }
        }
        Ok(())
    }

    /// One file of a folder: kept for the next chunk, read as a collection, or passed over, which is counted.
    fn file(
        &self,
        folder: &Path,
        below: &str,
        name: &OsStr,
        shown: &Arc<str>,
        files: &mut Vec<Stored>,
    ) -> Result<u64, Gone> {
        self.meter.done.fetch_add(FILE_UNITS, Ordering::Relaxed);
        let path = folder.join(name);
        let text = name.to_string_lossy().into_owned();
        let own = format!("{below}{}{text}", slash(below));
        if is_document(&text) {
            files.push(Stored {
                name: own,
                content: Kept::Path(path),
            });
            if files.len() >= CHUNK_FILES {
                self.files(shown, files)?;
            }
            return Ok(0);
        }
        if !is_collection(&text) {
            return Ok(1);
        }
        let source: Arc<str> = format!("{shown}/{own}").into();
        match File::open(&path) {
            Ok(file) => self.stream(Box::new(file), &source, &text)?,
            Err(error) => self.broken(&source, error.to_string())?,
        }
        Ok(0)
    }
}

/// The slash after a folder that is not the root.
fn slash(below: &str) -> &'static str {
    if below.is_empty() { "" } else { "/" }
}
