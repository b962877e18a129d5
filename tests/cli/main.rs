//! The command line, run as a user runs it.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

mod access;
mod address;
mod audit;
mod batch;
mod challenge;
mod claims;
mod compare;
mod exit;
mod hostile;
mod inspect;
mod layout;
mod messy;
mod rules;
mod samples;
mod schemes;
mod secrets;
mod strangers;
mod verify;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// The folder of the crate: every test runs there, so that paths in reports are short and the same everywhere.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What a run printed, and its exit code.
pub struct Output {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

/// Runs `kms-audit` with these arguments, nothing on standard input, and a bare environment.
pub fn run(arguments: &[&str]) -> Output {
    run_with(arguments, b"", &[])
}

/// Runs with something on standard input and in the environment.
pub fn run_with(arguments: &[&str], stdin: &[u8], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kms-audit"));
    command
        .args(arguments)
        .current_dir(ROOT)
        .env_clear()
        .envs(environment.iter().copied());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // A program that does not read its input closes the pipe early, which is no fault.
    let _ = child.stdin.take().expect("a pipe").write_all(stdin);
    let output = child.wait_with_output().expect("the program ends");
    Output {
        stdout: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        code: output.status.code().expect("no signal"),
    }
}

/// Runs and parses the JSON on standard output.
pub fn json(arguments: &[&str]) -> (serde_json::Value, i32) {
    let output = run(arguments);
    let value = serde_json::from_str(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}{}", output.stdout, output.stderr));
    (value, output.code)
}

/// Writes files into a new folder.
pub fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, content).expect("a file");
    }
    folder
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The day of the audits in tests.
pub const AS_OF: [&str; 2] = ["--as-of", "2026-11-25"];

/// One of the example's files.
pub fn example(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(ROOT).join("testdata/example").join(name)).expect(name)
}
