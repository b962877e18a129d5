//! From the paths of the command line to files: folders, `.zip` archives, standard input.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Format, read_file, unread};
use crate::evidence::{Artefact, FileRecord, FileStatus};
use crate::json;
use crate::key;
use crate::source::{SourceId, SourceMap, Span};

/// What the evidence may cost. Over a limit is a named error, never a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files together, archives unpacked.
    pub total_bytes: u64,
    /// Number of files.
    pub files: usize,
    /// How deep folders may nest.
    pub depth: usize,
    /// What one JSON tree may cost.
    pub json: json::Limits,
}

impl Default for Limits {
    /// 64 MiB a file, 1 GiB in all, 200,000 files, 32 folders deep.
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            total_bytes: 1 << 30,
            files: 200_000,
            depth: 32,
            json: json::Limits::default(),
        }
    }
}

/// How the evidence is read.
#[derive(Clone, Default)]
pub struct Options {
    /// The limits.
    pub limits: Limits,
    /// Reads every file as this format, without recognition.
    pub format: Option<&'static dyn Format>,
    /// How keys are read.
    pub key_options: key::Options,
    /// The name that standard input has in reports.
    pub stdin_name: Option<String>,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The files and their views.
    pub sources: SourceMap,
    /// What became of each file.
    pub files: Vec<FileRecord>,
    /// What they say.
    pub artefacts: Vec<Artefact>,
    bytes: u64,
    /// The files read so far, by the path that the system gives them, and their place in `files`.
    seen: BTreeMap<PathBuf, usize>,
}

/// Why a path of the command line could not be read at all.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}: {reason}")]
pub struct InputError {
    /// The path as given.
    pub path: String,
    /// What the system, or a limit, says.
    pub reason: String,
}

/// Reads every path: a file, a folder (all below it), a `.zip` archive, or `-` for `stdin`.
///
/// Inputs are opened for reading only. Symbolic links inside a folder are listed and not followed.
///
/// # Errors
/// A path that does not exist or cannot be opened, and a limit that is exceeded.
pub fn gather(paths: &[PathBuf], stdin: &mut dyn Read, options: &Options) -> Result<Gathered, InputError> {
    let mut gathered = Gathered::default();
    gathered.add(paths, stdin, options)?;
    Ok(gathered)
}

impl Gathered {
    /// The artefacts of each file that has any.
    pub fn by_file(&self) -> BTreeMap<SourceId, Vec<&Artefact>> {
        let mut by_file: BTreeMap<SourceId, Vec<&Artefact>> = BTreeMap::new();
        for artefact in &self.artefacts {
            by_file.entry(artefact.file).or_default().push(artefact);
        }
        by_file
    }

    /// Reads more paths into the same evidence.
    ///
    /// # Errors
    /// As [`gather`].
    pub fn add(
        &mut self,
        paths: &[PathBuf],
        stdin: &mut dyn Read,
        options: &Options,
    ) -> Result<(), InputError> {
        let gathered = self;
        for path in paths {
            let shown = shown(path);
            if shown == "-" {
                let name = options.stdin_name.clone().unwrap_or_else(|| "<stdin>".to_owned());
                let bytes = read_limited(stdin, options.limits.file_bytes).map_err(|reason| InputError {
                    path: name.clone(),
                    reason,
                })?;
                gathered.take(name.clone(), name, true, bytes, options)?;
                continue;
            }
            let fail = |error: &io::Error| InputError {
                path: shown.clone(),
                reason: words(error),
            };
            let metadata = fs::metadata(path).map_err(|error| fail(&error))?;
            if metadata.is_dir() {
                gathered.folder(path, path, options, 0)?;
            } else if !gathered.again(path, true) {
                let mut file = fs::File::open(path).map_err(|error| fail(&error))?;
                let bytes =
                    read_limited(&mut file, options.limits.file_bytes).map_err(|reason| InputError {
                        path: shown.clone(),
                        reason,
                    })?;
                let below = path
                    .file_name()
                    .map_or(shown.clone(), |name| name.to_string_lossy().into_owned());
                gathered.take(shown, below, true, bytes, options)?;
            }
        }
        Ok(())
    }
}

/// Reads contents that are in memory already, as files of one folder: name and bytes of each.
///
/// # Errors
/// A limit that is exceeded.
pub fn gather_bytes(files: Vec<(String, Vec<u8>)>, options: &Options) -> Result<Gathered, InputError> {
    let mut gathered = Gathered::default();
    for (name, bytes) in files {
        gathered.take(name.clone(), name, false, bytes, options)?;
    }
    Ok(gathered)
}

impl Gathered {
    /// True for a file that was read before, under this path or another: two claims of one file are one. What is named
    /// itself stays so.
    fn again(&mut self, path: &Path, named: bool) -> bool {
        let Ok(real) = fs::canonicalize(path) else {
            return false;
        };
        let next = self.files.len();
        let first = *self.seen.entry(real).or_insert(next);
        if first < next
            && let Some(record) = self.files.get_mut(first)
        {
            record.named |= named;
            return true;
        }
        first < next
    }

    fn take(
        &mut self,
        path: String,
        below: String,
        named: bool,
        bytes: Vec<u8>,
        options: &Options,
    ) -> Result<(), InputError> {
        // Not an archive inside an archive; and in a folder only what calls itself one, since office documents are
        // archives too.
        let archive = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06");
        if archive && (named || path.to_lowercase().ends_with(".zip")) && !path.contains("!/") {
            return self.archive(&path, bytes, options);
        }
        self.count(&path, bytes.len(), options)?;
        let source = self.sources.add_file(path.clone(), bytes);
        let (format, status) = read_file(&mut self.sources, source, options, &mut self.artefacts);
        self.files.push(FileRecord {
            source,
            path,
            format,
            status,
            below,
            named,
        });
        Ok(())
    }

    fn count(&mut self, path: &str, bytes: usize, options: &Options) -> Result<(), InputError> {
        self.bytes = self
            .bytes
            .saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        let over = if self.bytes > options.limits.total_bytes {
            format!(
                "the evidence is larger than {} bytes in all",
                options.limits.total_bytes
            )
        } else if self.files.len() >= options.limits.files {
            format!("the evidence has more than {} files", options.limits.files)
        } else {
            return Ok(());
        };
        Err(InputError {
            path: path.to_owned(),
            reason: over,
        })
    }

    /// Lists a file that is not read.
    fn skip(&mut self, path: String, below: String, reason: String) {
        let source = self.sources.add_file(path.clone(), Vec::new());
        self.files.push(unread(
            source,
            path,
            below,
            false,
            FileStatus::NotRecognised(reason),
        ));
    }

    /// Lists a file that should have been read.
    fn fail(&mut self, path: String, below: String, message: String) {
        let source = self.sources.add_file(path.clone(), Vec::new());
        let status = FileStatus::Broken {
            message,
            span: Span::new(source, 0..0),
        };
        self.files.push(unread(source, path, below, false, status));
    }

    fn folder(
        &mut self,
        root: &Path,
        folder: &Path,
        options: &Options,
        depth: usize,
    ) -> Result<(), InputError> {
        let fail = |error: &io::Error| InputError {
            path: shown(folder),
            reason: words(error),
        };
        if depth > options.limits.depth {
            let reason = format!("folders nest deeper than {}", options.limits.depth);
            return Err(InputError {
                path: shown(folder),
                reason,
            });
        }
        let mut entries: Vec<fs::DirEntry> = fs::read_dir(folder)
            .and_then(Iterator::collect)
            .map_err(|error| fail(&error))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let (name, below) = (shown(&path), shown(path.strip_prefix(root).unwrap_or(&path)));
            let kind = entry.file_type().map_err(|error| fail(&error))?;
            if kind.is_symlink() {
                self.skip(
                    name,
                    below,
                    "a symbolic link: links in the evidence are not followed".to_owned(),
                );
            } else if kind.is_dir() {
                if entry.file_name() == ".git" {
                    self.skip(name, below, "version control data".to_owned());
                } else {
                    self.folder(root, &path, options, depth.saturating_add(1))?;
                }
            } else if kind.is_file() {
                if self.again(&path, false) {
                    continue;
                }
                match fs::File::open(&path)
                    .map_err(|error| words(&error))
                    .and_then(|mut file| read_limited(&mut file, options.limits.file_bytes))
                {
                    Ok(bytes) => self.take(name, below, false, bytes, options)?,
                    Err(reason) => self.fail(name, below, format!("cannot be read: {reason}")),
                }
            } else {
                self.skip(name, below, "neither a file nor a folder".to_owned());
            }
        }
        Ok(())
    }

    fn archive(&mut self, path: &str, bytes: Vec<u8>, options: &Options) -> Result<(), InputError> {
        let listed = listed_members(&bytes);
        let mut archive = match zip::ZipArchive::new(io::Cursor::new(bytes)) {
            Ok(archive) => archive,
            Err(error) => {
                self.fail(
                    path.to_owned(),
                    path.to_owned(),
                    format!("a damaged .zip archive: {error}"),
                );
                return Ok(());
            }
        };
        if archive.is_empty() {
            self.skip(
                path.to_owned(),
                path.to_owned(),
                "an archive without members".to_owned(),
            );
        }
        // Members of the same name hide each other, and which of them is read depends on the program.
        if let Some(hidden) = listed
            .and_then(|listed| listed.checked_sub(archive.len()))
            .filter(|hidden| *hidden > 0)
        {
            let message =
                format!("members of the archive have the same name: {hidden} of them cannot be read");
            self.fail(path.to_owned(), path.to_owned(), message);
        }
        for index in 0..archive.len() {
            let unnamed = || format!("{path}!/member {index}");
            let mut member = match archive.by_index(index) {
                Ok(member) => member,
                Err(error) => {
                    self.fail(unnamed(), unnamed(), format!("cannot be unpacked: {error}"));
                    continue;
                }
            };
            if member.is_dir() {
                continue;
            }
            // The name is shown and compared, never used as a path to write to.
            let below = String::from_utf8_lossy(member.name_raw()).replace('\\', "/");
            let name = format!("{path}!/{below}");
            if member.is_symlink() {
                self.skip(
                    name,
                    below,
                    "a symbolic link: links in the evidence are not followed".to_owned(),
                );
                continue;
            }
            // What the archive says of a member's size is not believed: the limit counts what comes out.
            let left = options.limits.total_bytes.saturating_sub(self.bytes);
            match read_limited(&mut member, options.limits.file_bytes.min(left)) {
                Ok(bytes) => {
                    drop(member);
                    self.take(name, below, false, bytes, options)?;
                }
                Err(reason) => {
                    drop(member);
                    self.fail(name, below, format!("cannot be unpacked: {reason}"));
                }
            }
        }
        Ok(())
    }
}

/// The number of members that a .zip archive's end record lists (APPNOTE 4.3.16); nothing where it is in a ZIP64 record.
fn listed_members(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let count = bytes.get(end.checked_add(10)?..end.checked_add(12)?)?;
    let count = u16::from_le_bytes(count.try_into().ok()?);
    (count != u16::MAX).then_some(usize::from(count))
}

/// A path as text, with `/` between its parts on every system.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

fn read_limited(reader: &mut dyn Read, limit: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| words(&error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(format!(
            "it is larger than the limit of {limit} bytes (--max-file-size)"
        ));
    }
    Ok(bytes)
}

/// A system error without its number.
fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
