//! The ledger on disk: one run at a time, and whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use kms_audit::challenge::Challenge;
use kms_audit::challenge::ledger::{Ledger, MAX_BYTES};
use kms_audit::challenge::report::ErrorRow;

use crate::cli::Failure;

/// A ledger that no other run reads or writes while this exists.
pub(super) struct Book {
    path: PathBuf,
    bytes: Vec<u8>,
    ledger: Ledger,
    // Released when it is closed, however the run ends.
    _lock: File,
}

impl Book {
    /// Waits for the lock, then reads the ledger; one that is missing is empty. What is no ledger is an error of the
    /// evidence.
    ///
    /// The lock is on a file of its own beside the ledger, because writing replaces the ledger itself. It stays there:
    /// to remove it would let two runs lock two files.
    pub(super) fn open(path: &Path) -> Result<Result<Self, ErrorRow>, Failure> {
        // One ledger under two names has one lock.
        let path = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(fail(path, &error)),
        };
        let mut name = path.clone().into_os_string();
        name.push(".lock");
        let beside = PathBuf::from(name);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&beside)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|error| fail(&beside, &error))?;
        let bytes = match fs::metadata(&path) {
            Ok(_) => super::evidence::bytes(&path, MAX_BYTES)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(fail(&path, &error)),
        };
        let broken = |line, message: String| ErrorRow {
            source: path.display().to_string(),
            code: "broken-ledger".to_owned(),
            message,
            line,
            column: None,
        };
        if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
            return Ok(Err(broken(None, format!("it has more than {MAX_BYTES} bytes"))));
        }
        Ok(match Ledger::parse(&bytes) {
            Ok(ledger) => Ok(Self {
                ledger,
                bytes,
                _lock: lock,
                path,
            }),
            Err(error) => Err(broken(Some(error.line), error.message.to_owned())),
        })
    }

    /// What it holds.
    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Adds a verified challenge. The file is replaced by one that is complete and on the disk: a run that is ended in
    /// between leaves the old one.
    pub(super) fn add(&mut self, challenge: &Challenge, date: Date) -> Result<(), Failure> {
        let addition = Ledger::addition(self.bytes.is_empty(), challenge, date);
        self.bytes.extend_from_slice(addition.as_bytes());
        let write = || -> io::Result<()> {
            let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or_else(|| Path::new("."));
            let mut builder = tempfile::Builder::new();
            builder.prefix(".kms-audit-");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                builder.permissions(fs::Permissions::from_mode(0o666));
            }
            let mut temporary = builder.tempfile_in(folder)?;
            temporary.write_all(&self.bytes)?;
            if let Ok(old) = fs::metadata(&self.path) {
                temporary.as_file().set_permissions(old.permissions())?;
            }
            temporary.as_file().sync_all()?;
            temporary.persist(&self.path).map_err(|error| error.error)?;
            // The new name too, where the system can be asked for it: a nonce that is forgotten counts again.
            #[cfg(unix)]
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
            Ok(())
        };
        write().map_err(|error| fail(&self.path, &error))
    }
}

fn fail(path: &Path, error: &io::Error) -> Failure {
    Failure::Write {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}
