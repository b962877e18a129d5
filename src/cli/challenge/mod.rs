//! `kms-audit challenge`

pub(crate) mod args;
mod evidence;
mod ledger;

use std::path::Path;

use jiff::ToSpan as _;
use kms_audit::address::{self, EvmAddress, shown};
use kms_audit::arn::KeyRef;
use kms_audit::challenge::check::{Answer, Exported, Terms, check};
use kms_audit::challenge::report::{ChallengeReport, CheckReport, ErrorRow, NewReport};
use kms_audit::challenge::{self, Challenge, Field, MAX_BYTES, Parts};
use kms_audit::report;

use super::Failure;
use super::args::TextFormat;
use super::output::{self, Terminal};
use args::{ChallengeArgs, ChallengeCommand, CheckArgs, NewArgs, ShowArgs};

/// Runs the command; returns the exit code.
pub(super) fn run(args: &ChallengeArgs, terminal: &Terminal) -> Result<u8, Failure> {
    match &args.command {
        ChallengeCommand::New(args) => new(args, terminal),
        ChallengeCommand::Show(args) => show(args, terminal),
        ChallengeCommand::Check(args) => judge(args, terminal),
    }
}

fn print(report: &ChallengeReport, format: TextFormat, terminal: &Terminal) -> Result<(), Failure> {
    let text = match format {
        TextFormat::Table => report::challenge::table(report, terminal.style()),
        TextFormat::Json => report::challenge::json(report),
    };
    output::stdout(text.as_bytes())
}

fn new(args: &NewArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let claimed = args
        .address
        .as_deref()
        .map(|text| evm_address("--address", text))
        .transpose()?;
    let exported = args
        .public_key
        .as_deref()
        .map(public_key)
        .transpose()?
        .transpose()
        .map_err(|error| broken(&error))?;
    let own = exported.as_ref().map(|exported| EvmAddress::of(&exported.key));
    if let (Some(claimed), Some(own)) = (claimed, own)
        && claimed != own
    {
        return Err(Failure::usage(
            format!("--address {claimed}: the key of --public-key has the address {own}"),
            "A challenge binds a key and its own address. kms-audit address KEY --expect ADDRESS says what may be wrong.",
        ));
    }
    // clap asks for one of the two.
    let address = claimed
        .or(own)
        .ok_or_else(|| Failure::usage("neither --address nor --public-key", "Give one of them."))?;
    let date = super::audit::day("--date", args.date.as_deref())?;
    let expires = date
        .checked_add(i64::from(args.expires_in).days())
        .map_err(|_| Failure::usage(format!("--date {date} is too late"), "Give a day of this era."))?;
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(|error| {
        Failure::usage(
            format!("the system gives no random numbers: {error}"),
            "A challenge without a nonce is none.",
        )
    })?;
    let challenge = Challenge::new(Parts {
        key: args.key.clone(),
        address,
        nonce,
        date,
        expires,
        purpose: args.purpose.clone(),
        auditor: args.auditor.clone(),
    })
    .map_err(|error| {
        let option = match error.field {
            Field::Purpose => "--purpose",
            Field::Auditor => "--auditor",
            Field::Key => "--key",
            Field::Address => "--address",
            Field::Expires => "--expires-in",
            Field::Nonce => "the nonce",
            Field::Date => "--date",
        };
        Failure::usage(
            format!("{option}: {error}"),
            "See kms-audit challenge new --help.",
        )
    })?;
    if let Some(name) = exported.as_ref().and_then(|exported| exported.name.as_ref())
        && !challenge.is_of(name)
    {
        return Err(Failure::usage(
            format!("--key {}: the key of --public-key is that of {name}", args.key),
            "A challenge binds a key and its own address.",
        ));
    }
    output::new_file(&args.output, challenge.to_text().as_bytes())?;
    let report = NewReport::new(&challenge, args.output.display().to_string());
    print(&ChallengeReport::New(Box::new(report)), args.format, terminal)?;
    Ok(0)
}

fn show(args: &ShowArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let challenge = read(&args.challenge)?.map_err(|error| broken(&error))?;
    let report = NewReport::new(&challenge, args.challenge.display().to_string());
    print(&ChallengeReport::New(Box::new(report)), args.format, terminal)?;
    Ok(0)
}

fn judge(args: &CheckArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let as_of = super::audit::day("--as-of", args.as_of.as_deref())?;
    let expect_key = args.expect_key.as_deref().map(key_reference).transpose()?;
    let expect_address = args
        .expect_address
        .as_deref()
        .map(|text| evm_address("--expect-address", text))
        .transpose()?;
    let challenge = read(&args.challenge)?;
    let answer = evidence::answer(&args.answer, &evidence::gather(&args.answer)?);
    let exported = args
        .public_key
        .as_deref()
        .map(public_key)
        .transpose()?
        .transpose();
    let unreadable = |challenge: Option<&Challenge>, errors| {
        let report = CheckReport::unreadable(as_of, challenge, errors);
        let code = report.exit_code();
        print(&ChallengeReport::Check(Box::new(report)), args.format, terminal)?;
        Ok(code)
    };
    let (challenge, answer, exported) = match (challenge, answer, exported) {
        (Ok(challenge), Ok(answer), Ok(exported)) => (challenge, answer, exported),
        (challenge, answer, exported) => {
            let good = challenge.as_ref().ok().cloned();
            let errors: Vec<ErrorRow> = [challenge.err(), answer.err(), exported.err()]
                .into_iter()
                .flatten()
                .collect();
            return unreadable(good.as_ref(), errors);
        }
    };
    let mut terms = Terms {
        max_age: args.max_age,
        expect_key: expect_key.as_ref(),
        expect_address,
        public_key: exported.as_ref().map(|exported| Exported {
            name: exported.name.as_ref(),
            key: &exported.key,
        }),
        ..Terms::new(as_of)
    };
    let given = Answer {
        key: answer.key.as_ref(),
        algorithm: answer.algorithm.as_deref(),
        readings: &answer.readings,
    };
    let Some(path) = &args.ledger else {
        let report = check(&challenge, &given, &terms);
        let code = report.exit_code();
        print(&ChallengeReport::Check(Box::new(report)), args.format, terminal)?;
        return Ok(code);
    };
    // Nobody else reads the ledger until this run has added to it: of two runs one sees the other's nonce.
    let mut book = match ledger::Book::open(path)? {
        Ok(book) => book,
        Err(error) => return unreadable(Some(&challenge), vec![error]),
    };
    let known = book.ledger().clone();
    terms.ledger = Some(&known);
    let mut report = check(&challenge, &given, &terms);
    if report.exit_code() == 0 {
        book.add(&challenge, as_of)?;
        report.ledger = challenge::report::LedgerUse::Recorded;
    }
    drop(book);
    let code = report.exit_code();
    print(&ChallengeReport::Check(Box::new(report)), args.format, terminal)?;
    Ok(code)
}

/// Reads a challenge; a file that cannot be opened is wrong usage, one that is no challenge an error of the evidence.
fn read(path: &Path) -> Result<Result<Challenge, ErrorRow>, Failure> {
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    let bytes = evidence::bytes(path, most)?;
    Ok(challenge::parse(&bytes).map_err(|error| ErrorRow {
        source: path.display().to_string(),
        code: error.code.to_owned(),
        line: Some(error.line),
        column: Some(error.column),
        message: error.message,
    }))
}

fn public_key(path: &Path) -> Result<Result<evidence::Export, ErrorRow>, Failure> {
    Ok(evidence::public_key(path, &evidence::gather(path)?))
}

/// The failure of a command that has no report for an error of the evidence.
fn broken(error: &ErrorRow) -> Failure {
    let place = match (error.line, error.column) {
        (Some(line), Some(column)) => format!(":{line}:{column}"),
        _ => String::new(),
    };
    Failure::Evidence(format!(
        "{}{place}: {} ({})",
        error.source, error.message, error.code
    ))
}

fn evm_address(option: &str, text: &str) -> Result<EvmAddress, Failure> {
    let fail = |reason: String| {
        Failure::usage(
            format!("{option} {}: {reason}", shown(text)),
            "Give an address of an EVM chain: 0x and 40 digits, for instance 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf.",
        )
    };
    address::parse_claim(text, &address::Options::new())
        .map_err(|error| fail(error.to_string()))?
        .evm()
        .ok_or_else(|| fail("it is of another kind of chain".to_owned()))
}

fn key_reference(text: &str) -> Result<KeyRef, Failure> {
    KeyRef::parse(text)
        .filter(|key| key.id().is_some())
        .ok_or_else(|| {
            Failure::usage(
                format!("--expect-key {text}: it is neither the ARN of a KMS key nor a key id"),
                "An alias may point to another key tomorrow: give the ARN.",
            )
        })
}
