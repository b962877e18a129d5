//! Where text goes: standard output, standard error, and files that appear whole or not at all.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use kms_audit::report::Style;
use kms_audit::source::Untrusted;

use super::Failure;
use super::args::{Color, Global};

/// What is known of the terminal.
pub(crate) struct Terminal {
    style: Style,
}

impl Terminal {
    /// Looks at the options, the environment and standard output.
    pub(crate) fn new(global: &Global) -> Self {
        let terminal = io::stdout().is_terminal();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
        let color = match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if set("NO_COLOR") => false,
            Color::Auto => {
                set("CLICOLOR_FORCE")
                    || (terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"))
            }
        };
        let own = || {
            terminal
                .then(terminal_size::terminal_size)
                .flatten()
                .map(|(width, _)| usize::from(width.0))
        };
        let width = global.width.or_else(own).unwrap_or(Style::default().width);
        Self {
            style: Style { width, color },
        }
    }

    /// The style of standard output.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// The style of a file: no colour, and a width that does not depend on who looks.
    pub(crate) fn file_style() -> Style {
        Style {
            color: false,
            ..Style::default()
        }
    }
}

/// Writes to standard output. A closed pipe is success: whoever reads has read enough.
pub(crate) fn stdout(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Write {
            path: "standard output".to_owned(),
            reason: error.to_string(),
        }),
        _ => Ok(()),
    }
}

/// Writes to standard error, made safe line by line. Where that fails there is nobody to tell.
pub(crate) fn stderr(text: &str) {
    let mut out = io::stderr().lock();
    for line in text.split_inclusive('\n') {
        let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
        let _ = write!(out, "{}{end}", Untrusted(body));
    }
}

/// Writes a file under a temporary name in the same folder and renames it.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let temporary = temporary(path, bytes)?;
    temporary
        .persist(path)
        .map_err(|error| fail(path, &error.error))?;
    Ok(())
}

/// As [`file`], where there is none of that name yet.
pub(crate) fn new_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let temporary = temporary(path, bytes)?;
    temporary
        .persist_noclobber(path)
        .map_err(|error| fail(path, &error.error))?;
    Ok(())
}

fn fail(path: &Path, error: &io::Error) -> Failure {
    Failure::Write {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}

/// A file with these bytes in the folder of `path`.
fn temporary(path: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile, Failure> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kms-audit-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any program writes a file: the umask takes its part away.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut temporary = builder.tempfile_in(folder).map_err(|error| fail(path, &error))?;
    temporary
        .write_all(bytes)
        .and_then(|()| temporary.flush())
        .map_err(|error| fail(path, &error))?;
    Ok(temporary)
}
