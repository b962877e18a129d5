//! `kms-audit verify`

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use kms_audit::audit::{self, RowVerdict, VerifyError, VerifyRow, verify_lines, verify_request};
use kms_audit::evidence;
use kms_audit::json::{self, Limits, Node, Value};
use kms_audit::report;
use kms_audit::signature::diagnose::Known;
use kms_audit::signature::request::Request;

use super::Failure;
use super::args::{InputArgs, TextFormat, VerifyArgs};
use super::lines::{self, Lines};
use super::output::{self, Terminal};
use super::progress::Progress;

/// Bytes of a file with one signature, key, message or document.
const LARGEST_FILE: u64 = 64 << 20;

/// Verifies; returns the exit code.
pub(super) fn run(args: &VerifyArgs, terminal: &Terminal, no_progress: bool) -> Result<u8, Failure> {
    let known = known(&args.evidence)?;
    if let Some(batch) = &args.batch {
        return run_batch(batch, &known, args.format, no_progress);
    }
    let row = match request(args)? {
        Ok(request) => verify_request(request, &known),
        Err(error) => VerifyRow::failed(error),
    };
    let code = match row.verdict {
        RowVerdict::Verified | RowVerdict::Recovered => 0,
        RowVerdict::NotVerified => 1,
        RowVerdict::Error => 3,
    };
    let text = match args.format {
        TextFormat::Table => report::verify::table(&row, terminal.style()),
        TextFormat::Json => report::verify::json(&row),
    };
    output::stdout(text.as_bytes())?;
    Ok(code)
}

/// The keys, addresses and messages of evidence.
fn known(paths: &[PathBuf]) -> Result<Known, Failure> {
    if paths.is_empty() {
        return Ok(Known::default());
    }
    let input = InputArgs {
        paths: paths.to_vec(),
        input_format: None,
        stdin_name: None,
        max_file_size: LARGEST_FILE,
    };
    let gathered = super::audit::gather(&input, &[], kms_audit::key::Options::new())?;
    let bundle = evidence::assemble(gathered.sources, gathered.files, gathered.artefacts);
    Ok(evidence::known_of(&bundle))
}

/// The request that the options make; what is wrong with a value is a verdict, what is wrong with the options is usage.
fn request(args: &VerifyArgs) -> Result<Result<Request, VerifyError>, Failure> {
    if args.signature.is_none() && args.transaction.is_none() {
        return Err(Failure::usage(
            "there is nothing to verify",
            "Give --signature with what was signed, --transaction, or --batch FILE (see kms-audit verify --help).",
        ));
    }
    let mut members: Vec<(&str, Node)> = Vec::new();
    let text = |text: String| node(Value::String(text));
    if let Some(signature) = &args.signature {
        let bytes = value_or_file(signature, "--signature")?;
        members.push(("signature", signature_node(bytes)));
    }
    if let Some(address) = &args.address {
        members.push(("address", text(address.clone())));
    }
    if let Some(key) = &args.public_key {
        match key_text(key)? {
            Ok(key) => members.push(("public_key", text(key))),
            Err(error) => return Ok(Err(error)),
        }
    }
    if let Some(message) = &args.message {
        members.push(("message", text(message.clone())));
    }
    if let Some(file) = &args.message_file {
        let bytes = read(file, "--message-file")?;
        members.push(("message_hex", text(kms_audit::encoding::hex::encode(&bytes))));
    }
    if let Some(digits) = &args.message_hex {
        members.push(("message_hex", text(digits.clone())));
    }
    if let Some(digest) = &args.digest {
        members.push(("digest", text(digest.clone())));
    }
    if let Some(document) = &args.typed_data {
        let bytes = value_or_file(document, "--typed-data")?;
        let parsed = std::str::from_utf8(&bytes)
            .map_err(|error| (error.valid_up_to(), "it is not UTF-8".to_owned()))
            .and_then(|text| {
                json::parse(text.trim_start_matches('\u{feff}'), &Limits::default())
                    .map_err(|error| (error.offset, error.message))
            });
        match parsed {
            Ok(document) => members.push(("typed_data", document)),
            Err((offset, message)) => {
                return Ok(Err(VerifyError {
                    code: "not-json".to_owned(),
                    message: format!("the typed data is no JSON: {message}"),
                    offset: Some(offset),
                    pointer: Some("/typed_data".to_owned()),
                }));
            }
        }
    }
    if let Some(transaction) = &args.transaction {
        let bytes = value_or_file(transaction, "--transaction")?;
        let transaction = match String::from_utf8(bytes) {
            Ok(digits) => digits.trim().trim_matches('"').to_owned(),
            // The transaction itself, as bytes.
            Err(error) => kms_audit::encoding::hex::encode(error.as_bytes()),
        };
        members.push(("transaction", text(transaction)));
    }
    if let Some(scheme) = &args.scheme {
        members.push(("scheme", text(scheme.clone())));
    }
    if let Some(validator) = &args.validator {
        members.push(("validator", text(validator.clone())));
    }
    let members = members
        .into_iter()
        .map(|(key, value)| json::Member {
            key: key.to_owned(),
            key_span: 0..0,
            value,
        })
        .collect();
    Ok(Request::parse(&node(Value::Object(members))).map_err(Into::into))
}

fn node(value: Value) -> Node {
    Node { span: 0..0, value }
}

/// A signature as a node: text where the bytes are text, else the bytes.
fn signature_node(bytes: Vec<u8>) -> Node {
    match String::from_utf8(bytes) {
        Ok(text) => node(Value::String(text.trim_start_matches('\u{feff}').to_owned())),
        Err(error) => node(Value::Bytes(error.into_bytes())),
    }
}

/// The value itself, or the content of the file that it names.
fn value_or_file(value: &str, option: &str) -> Result<Vec<u8>, Failure> {
    if value == "-" || Path::new(value).is_file() {
        return read(Path::new(value), option);
    }
    Ok(value.as_bytes().to_vec())
}

/// A key given as text, or in a file of any form that an audit reads.
fn key_text(value: &str) -> Result<Result<String, VerifyError>, Failure> {
    if value != "-" && !Path::new(value).is_file() {
        return Ok(Ok(value.to_owned()));
    }
    let input = InputArgs {
        paths: vec![PathBuf::from(value)],
        input_format: None,
        stdin_name: None,
        max_file_size: LARGEST_FILE,
    };
    let options = kms_audit::key::Options::new().with_compressed(true);
    let gathered = super::audit::gather(&input, &[], options)?;
    let report = audit::addresses(&gathered, &audit::AddressOptions::default());
    let error = |code: &str, message: String, offset| {
        Ok(Err(VerifyError {
            code: code.to_owned(),
            message,
            offset,
            pointer: Some("/public_key".to_owned()),
        }))
    };
    let mut keys: Vec<&str> = report.keys.iter().map(|key| key.public_key.as_str()).collect();
    keys.dedup();
    match (keys.as_slice(), report.errors.first()) {
        ([key], _) => Ok(Ok((*key).to_owned())),
        ([], Some(fault)) => error(&fault.code, fault.message.clone(), fault.offset),
        ([], None) => error("no-public-key", format!("{value}: it holds no public key"), None),
        (several, _) => error(
            "several-keys",
            format!("{value}: it holds {} keys: give one", several.len()),
            None,
        ),
    }
}

fn read(path: &Path, option: &str) -> Result<Vec<u8>, Failure> {
    let fail = |reason: String| {
        Failure::usage(
            format!("{option} {}: {reason}", path.display()),
            "Give a file that can be read, or the value itself.",
        )
    };
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .take(LARGEST_FILE.saturating_add(1))
            .read_to_end(&mut bytes)
            .map(|_| bytes)
    } else {
        super::read_at_most(path, LARGEST_FILE)
    }
    .map_err(|error| fail(error.to_string()))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST_FILE {
        return Err(fail(format!("it is larger than {LARGEST_FILE} bytes")));
    }
    Ok(bytes)
}

/// Judges a batch as it comes, in chunks; memory does not depend on its length.
fn run_batch(path: &Path, known: &Known, format: TextFormat, no_progress: bool) -> Result<u8, Failure> {
    let fail = |error: &io::Error| {
        Failure::usage(
            format!("--batch {}: {error}", path.display()),
            "Give a file of JSON Lines that can be read, or - for standard input.",
        )
    };
    let (mut reader, total) = lines::open(path).map_err(|error| fail(&error))?;
    let progress = Progress::bytes(total, no_progress);
    let mut counts = Counts::default();
    let mut lines = Lines::default();
    let mut out = io::BufWriter::with_capacity(1 << 20, io::stdout().lock());
    loop {
        let more = lines.fill(&mut reader).map_err(|error| fail(&error))?;
        let rows = verify_lines(&lines.views(), known);
        for row in &rows {
            counts.add(row.verdict);
            let text = match format {
                TextFormat::Table => report::verify::line(row),
                TextFormat::Json => report::verify::json_line(row),
            };
            match out.write_all(text.as_bytes()) {
                // Whoever reads has read enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(counts.code()),
                other => other.map_err(|error| written(&error))?,
            }
        }
        progress.set(lines.read, counts.words());
        if !more {
            break;
        }
    }
    match out.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(written(&error)),
        _ => {}
    }
    progress.finish();
    if matches!(format, TextFormat::Table) {
        output::stderr(&format!("{}\n", counts.words()));
    }
    Ok(counts.code())
}

fn written(error: &io::Error) -> Failure {
    Failure::Write {
        path: "standard output".to_owned(),
        reason: error.to_string(),
    }
}

/// How many lines had which verdict.
#[derive(Default)]
struct Counts {
    verified: u64,
    not_verified: u64,
    recovered: u64,
    errors: u64,
}

impl Counts {
    fn add(&mut self, verdict: RowVerdict) {
        let count = match verdict {
            RowVerdict::Verified => &mut self.verified,
            RowVerdict::NotVerified => &mut self.not_verified,
            RowVerdict::Recovered => &mut self.recovered,
            RowVerdict::Error => &mut self.errors,
        };
        *count = count.saturating_add(1);
    }

    /// 3 with any error, else 1 with any that is not verified.
    fn code(&self) -> u8 {
        if self.errors > 0 {
            3
        } else {
            u8::from(self.not_verified.saturating_add(self.recovered) > 0)
        }
    }

    fn words(&self) -> String {
        format!(
            "{} verified, {} not verified, {} recovered without a claim, {} without a verdict",
            self.verified, self.not_verified, self.recovered, self.errors
        )
    }
}
