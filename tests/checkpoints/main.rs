//! `checkpoints` over the buckets of `testdata/checkpoints`, which `scripts/make-checkpoints` makes with other libraries.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

mod command;
mod forms;
mod hostile;
mod planted;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");
pub const BUCKETS: &str = "testdata/checkpoints/buckets";
pub const CLAIMS: [&str; 2] = ["--claims", "testdata/checkpoints/claims.csv"];
pub const REGISTRY: [&str; 2] = ["--registry", "testdata/checkpoints/registry"];

pub struct Output {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

/// Runs `kms-audit checkpoints` with these arguments.
pub fn run_with(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kms-audit"))
        .arg("checkpoints")
        .args(arguments)
        .current_dir(ROOT)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let bytes = stdin.to_vec();
    // A program that does not read its input closes the pipe early, which is no fault.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("written");
    Output {
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        code: output.status.code().expect("no signal"),
    }
}

pub fn run(arguments: &[&str]) -> Output {
    run_with(arguments, b"")
}

/// The report as JSON, and the exit code.
pub fn report(arguments: &[&str], stdin: &[u8]) -> (Value, i32) {
    let output = run_with(&[arguments, &["--format", "json"]].concat(), stdin);
    let value = serde_json::from_str(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}{}", output.stdout, output.stderr));
    (value, output.code)
}

/// The verdicts, and the exit code.
pub fn rows(arguments: &[&str], stdin: &[u8]) -> (Vec<Value>, i32) {
    let output = run_with(&[arguments, &["--format", "jsonl"]].concat(), stdin);
    let rows = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a row"))
        .collect();
    (rows, output.code)
}

pub fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(ROOT).join("testdata/checkpoints").join(name)).expect(name)
}

pub fn expected() -> Value {
    serde_json::from_slice(&file("expected.json")).expect("JSON")
}

/// The rules of a report's findings, sorted, each once.
pub fn rules(report: &Value) -> Vec<String> {
    let mut rules: Vec<String> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| finding["rule"].as_str().expect("a rule").to_owned())
        .collect();
    rules.sort();
    rules.dedup();
    rules
}
