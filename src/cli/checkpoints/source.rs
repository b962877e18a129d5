//! Where documents come from: folders, lines, archives. They are read by a thread of their own, so that the next ones are
//! there when the last ones are judged, and so that a run ends at once even while nothing comes.

mod archive;
mod folder;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;

use kms_audit::audit::{Content, Document, MOST_BYTES};
use kms_audit::hyperlane::layout;

use super::super::lines::Lines;

/// Documents that are judged at once, and bytes of them.
const CHUNK_FILES: usize = 4096;
const CHUNK_BYTES: usize = 8 << 20;

/// Units of work that a file in a folder counts as: about the bytes of a checkpoint.
const FILE_UNITS: u64 = 800;

/// What the reader has to say.
pub(super) enum Told {
    /// Documents.
    Chunk(Chunk),
    /// Files that were passed over.
    PassedOver(u64),
    /// A path of the command line that cannot be read at all.
    Failed(String),
}

/// Documents of one source.
pub(super) enum Chunk {
    /// Of a file with one document a line.
    Lines { source: Arc<str>, lines: Box<Lines> },
    /// Each with a name.
    Files { source: Arc<str>, files: Vec<Stored> },
}

/// A document, or where it is.
pub(super) struct Stored {
    name: String,
    content: Kept,
}

enum Kept {
    Bytes(Vec<u8>),
    Path(PathBuf),
    TooLarge,
    Unreadable(String),
}

impl Chunk {
    pub(super) fn documents(&self) -> Vec<Document<'_>> {
        match self {
            Self::Lines { source, lines } => lines
                .views()
                .iter()
                .map(|line| Document {
                    source,
                    file: None,
                    line: line.number,
                    content: line.bytes.map_or(Content::TooLarge, Content::Bytes),
                })
                .collect(),
            Self::Files { source, files } => files
                .iter()
                .map(|file| Document {
                    source,
                    file: (!file.name.is_empty()).then_some(file.name.as_str()),
                    line: 0,
                    content: match &file.content {
                        Kept::Bytes(bytes) => Content::Bytes(bytes),
                        Kept::Path(path) => Content::File(path),
                        Kept::TooLarge => Content::TooLarge,
                        Kept::Unreadable(reason) => Content::Unreadable(reason),
                    },
                })
                .collect(),
        }
    }
}

/// How much there is to do, and how much is done, in units of no name; zero while it is not known.
#[derive(Debug, Default)]
pub(super) struct Meter {
    pub(super) done: AtomicU64,
    pub(super) total: AtomicU64,
}

/// Whoever listens has gone: nothing more is wanted.
struct Gone;

/// Reads paths one after the other.
pub(super) struct Reader {
    to: SyncSender<Told>,
    meter: Arc<Meter>,
    /// True to put the files of a folder in order, which needs memory for each.
    sorted: bool,
}

/// Counts what goes through.
struct Counting<R> {
    inner: R,
    meter: Arc<Meter>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let units = u64::try_from(count).unwrap_or_default();
        self.meter.done.fetch_add(units, Ordering::Relaxed);
        Ok(count)
    }
}

impl Reader {
    pub(super) fn new(to: SyncSender<Told>, meter: Arc<Meter>, sorted: bool) -> Self {
        Self { to, meter, sorted }
    }

    /// Reads all of them.
    pub(super) fn run(mut self, paths: &[PathBuf]) {
        let length = |path: &PathBuf| {
            let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file);
            metadata.map(|metadata| metadata.len())
        };
        // Where the length of one is not known, that of all is not.
        let streams = paths.iter().all(|path| length(path).is_some() || path.is_dir());
        if streams {
            let bytes = paths.iter().filter_map(length).fold(0, u64::saturating_add);
            self.meter.total.fetch_add(bytes, Ordering::Relaxed);
        }
        for path in paths {
            if self.path(path).is_err() {
                return;
            }
        }
    }

    fn path(&mut self, path: &Path) -> Result<(), Gone> {
        let shown: Arc<str> = path.display().to_string().into();
        if path == Path::new("-") {
            let stdin = io::stdin();
            return self.stream(Box::new(stdin), &"standard input".into(), "");
        }
        if path.is_dir() {
            return self.folder(path, &shown);
        }
        match File::open(path) {
            Ok(file) => {
                let name = path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default();
                let counting = Counting {
                    inner: file,
                    meter: Arc::clone(&self.meter),
                };
                self.stream(Box::new(counting), &shown, &name)
            }
            Err(error) => self.tell(Told::Failed(format!("{shown}: {error}"))),
        }
    }

    fn tell(&self, told: Told) -> Result<(), Gone> {
        self.to.send(told).map_err(|_| Gone)
    }

    fn files(&self, source: &Arc<str>, files: &mut Vec<Stored>) -> Result<(), Gone> {
        if files.is_empty() {
            return Ok(());
        }
        self.tell(Told::Chunk(Chunk::Files {
            source: Arc::clone(source),
            files: std::mem::take(files),
        }))
    }

    /// One that cannot be read, or not to its end: a document without a verdict.
    fn broken(&self, source: &Arc<str>, reason: String) -> Result<(), Gone> {
        self.files(
            source,
            &mut vec![Stored {
                name: String::new(),
                content: Kept::Unreadable(reason),
            }],
        )
    }

    /// Bytes of any kind: packed, an archive, one document, or one a line.
    fn stream(&self, reader: Box<dyn Read>, source: &Arc<str>, name: &str) -> Result<(), Gone> {
        let (head, reader) = match peek(reader) {
            Ok(peeked) => peeked,
            Err(error) => return self.broken(source, error.to_string()),
        };
        if head.starts_with(&[0x1f, 0x8b]) {
            let unpacked: Box<dyn Read> = Box::new(flate2::read::MultiGzDecoder::new(reader));
            let inner = name.strip_suffix(".tgz").map_or_else(
                || name.strip_suffix(".gz").unwrap_or(name).to_owned(),
                |stem| format!("{stem}.tar"),
            );
            return match peek(unpacked) {
                Ok((head, reader)) => self.unpacked(&head, reader, source, &inner),
                Err(error) => self.broken(source, format!("it cannot be unpacked: {error}")),
            };
        }
        self.unpacked(&head, reader, source, name)
    }

    fn unpacked(
        &self,
        head: &[u8],
        reader: Box<dyn Read>,
        source: &Arc<str>,
        name: &str,
    ) -> Result<(), Gone> {
        // POSIX ustar and GNU tar have their mark at byte 257.
        if head.get(257..262) == Some(b"ustar") || has_ending(name, &["tar"]) {
            return self.archive(reader, source);
        }
        if is_document(name) {
            let folder: Arc<str> = layout::split(source).0.into();
            let folder = if folder.is_empty() { ".".into() } else { folder };
            let mut files = vec![Stored {
                name: name.to_owned(),
                content: kept(reader),
            }];
            return self.files(&folder, &mut files);
        }
        self.lines(&mut BufReader::with_capacity(1 << 20, reader), source)
    }

    fn lines(&self, reader: &mut dyn BufRead, source: &Arc<str>) -> Result<(), Gone> {
        let mut lines = Lines::default();
        loop {
            let more = lines.fill(reader);
            self.tell(Told::Chunk(Chunk::Lines {
                source: Arc::clone(source),
                lines: Box::new(lines.take()),
            }))?;
            match more {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => return self.broken(source, format!("it ends in an error: {error}")),
            }
        }
    }
}

/// The first bytes, and a reader that has them still before it.
fn peek(mut reader: Box<dyn Read>) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let mut head = Vec::new();
    (&mut reader).take(512).read_to_end(&mut head)?;
    let whole: Box<dyn Read> = Box::new(Cursor::new(head.clone()).chain(reader));
    Ok((head, whole))
}

/// The bytes of one document.
fn kept(reader: impl Read) -> Kept {
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    match reader.take(most.saturating_add(1)).read_to_end(&mut bytes) {
        Err(error) => Kept::Unreadable(error.to_string()),
        Ok(_) if bytes.len() > MOST_BYTES => Kept::TooLarge,
        Ok(_) => Kept::Bytes(bytes),
    }
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    Path::new(name)
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| {
            endings
                .iter()
                .any(|ending| extension.eq_ignore_ascii_case(ending))
        })
}

/// True for the name of one document.
fn is_document(name: &str) -> bool {
    layout::of_path(name).is_some() || has_ending(name, &["json"])
}

/// True for the name of a file of many documents.
fn is_collection(name: &str) -> bool {
    has_ending(name, &["jsonl", "ndjson", "tar", "tgz", "gz"])
}
