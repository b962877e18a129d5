//! `kms-audit audit`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use kms_audit::audit::{FailOn, Options, Requirement};
use kms_audit::finding::{Confidence, Severity};
use kms_audit::input::{self, Gathered};
use kms_audit::report::{self, Input, Renderer, Show};
use kms_audit::rules::RULES;
use kms_audit::{challenge, evidence};

use super::Failure;
use super::args::{AuditArgs, InputArgs, Profile, ShowArg};
use super::output::{self, Terminal};

/// Reads the evidence that the arguments name, and `more` files beside it.
pub(super) fn gather(
    args: &InputArgs,
    more: &[PathBuf],
    key_options: kms_audit::key::Options,
) -> Result<Gathered, Failure> {
    let format = args.input_format.as_deref().and_then(input::format_by_id);
    let mut options = input::Options {
        format,
        key_options,
        stdin_name: args.stdin_name.clone(),
        ..Default::default()
    };
    options.limits.file_bytes = args.max_file_size;
    let fail = |error: input::InputError| {
        Failure::usage(
            error.to_string(),
            "Give files, folders or .zip archives that can be read, or - for standard input.",
        )
    };
    let mut gathered = input::gather(&args.paths, &mut std::io::stdin().lock(), &options).map_err(fail)?;
    if !more.is_empty() {
        // A forced format is meant for the evidence, not for the claims beside it.
        let options = input::Options {
            format: None,
            ..options
        };
        let before = gathered.files.len();
        gathered
            .add(more, &mut std::io::empty(), &options)
            .map_err(fail)?;
        claims_alone(&gathered, before)?;
    }
    Ok(gathered)
}

/// Checks that the files from `first` on hold claims and nothing else.
fn claims_alone(gathered: &Gathered, first: usize) -> Result<(), Failure> {
    let used = |file: &&evidence::FileRecord| file.status == evidence::FileStatus::Used;
    for file in gathered.files.iter().skip(first).filter(used) {
        let other = gathered.artefacts.iter().any(|artefact| {
            artefact.file == file.source && !matches!(artefact.data, evidence::Data::Claims(_))
        });
        if other {
            return Err(Failure::usage(
                format!("--claims {}: it is no claims file", file.path),
                "Give other evidence as a PATH, without --claims.",
            ));
        }
    }
    Ok(())
}

/// Runs the audit; returns the exit code.
pub(super) fn run(args: &AuditArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let mut options = options(args)?;
    let outputs = args
        .output
        .iter()
        .map(|text| output_of(text))
        .collect::<Result<Vec<_>, _>>()?;
    let mut gathered = gather(&args.input, &args.claims, kms_audit::key::Options::default())?;
    options.challenges = own_challenges(&args.challenge)?;
    gathered
        .add(&args.challenge, &mut std::io::empty(), &input::Options::default())
        .map_err(|error| Failure::usage(error.to_string(), CHALLENGE_HELP))?;
    let mut bundle = evidence::assemble(gathered.sources, gathered.files, gathered.artefacts);
    bundle.account = args.declare.account()?;
    let audit = kms_audit::audit::audit(&bundle, &options);
    let show = match args.show {
        ShowArg::Findings => Show::Findings,
        ShowArg::Passes => Show::Passes,
        ShowArg::Skipped => Show::Skipped,
        ShowArg::All => Show::All,
    };
    let input = Input {
        audit: &audit,
        bundle: &bundle,
        show,
    };
    for (format, path) in outputs {
        output::file(path, format.render(&input, Terminal::file_style()).as_bytes())?;
    }
    let format = report::format_by_id(&args.format).ok_or_else(|| {
        Failure::usage(
            format!("there is no format {}", args.format),
            "See kms-audit audit --help.",
        )
    })?;
    output::stdout(format.render(&input, terminal.style()).as_bytes())?;
    Ok(audit.report.summary.exit_code)
}

const CHALLENGE_HELP: &str = "Give the file that kms-audit challenge new wrote, unchanged.";

/// SHA-256 of the auditor's own challenges.
fn own_challenges(paths: &[PathBuf]) -> Result<BTreeSet<[u8; 32]>, Failure> {
    paths
        .iter()
        .map(|path| {
            let fail = |reason: String| {
                Failure::usage(
                    format!("--challenge {}: {reason}", path.display()),
                    CHALLENGE_HELP,
                )
            };
            let most = u64::try_from(challenge::MAX_BYTES).unwrap_or(u64::MAX);
            let bytes = super::read_at_most(path, most).map_err(|error| fail(error.to_string()))?;
            let challenge = challenge::parse(&bytes).map_err(|error| fail(error.to_string()))?;
            Ok(challenge.sha256())
        })
        .collect()
}

fn options(args: &AuditArgs) -> Result<Options, Failure> {
    let mut options = Options::new(day("--as-of", args.as_of.as_deref())?, args.input.shown());
    options.declarations = args.declare.declarations();
    options.hyperlane = args.profile.map(|profile| profile == Profile::Hyperlane);
    options.select = known_rules(&args.select)?;
    options.ignore = known_rules(&args.ignore)?;
    let level = |text: &str| Severity::ALL.into_iter().find(|level| level.word() == text);
    options.min_severity = level(&args.min_severity).unwrap_or(Severity::Info);
    options.min_confidence = match args.min_confidence.as_str() {
        "high" => Confidence::High,
        "medium" => Confidence::Medium,
        _ => Confidence::Low,
    };
    options.fail_on = fail_on(&args.fail_on);
    options.require = args
        .require
        .iter()
        .filter_map(|text| Requirement::parse(text))
        .flatten()
        .collect();
    options.require.sort_unstable();
    options.require.dedup();
    options.chain_id = args.chain_id;
    options.prefix = args.prefix;
    Ok(options)
}

/// What makes the exit code 1.
pub(super) fn fail_on(words: &[String]) -> Vec<FailOn> {
    words.iter().filter_map(|text| FailOn::parse(text)).collect()
}

/// A day: as an option gives it, else SOURCE_DATE_EPOCH, else today.
pub(super) fn day(option: &str, given: Option<&str>) -> Result<Date, Failure> {
    if let Some(text) = given {
        return text.parse().map_err(|_| {
            Failure::usage(
                format!("{option} {text} is no date"),
                "Write it as YYYY-MM-DD, for instance 2026-11-20.",
            )
        });
    }
    let utc = |timestamp: jiff::Timestamp| timestamp.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text
            .parse()
            .ok()
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
            .map(utc)
            .ok_or_else(|| {
                Failure::usage(
                    format!("SOURCE_DATE_EPOCH={text} is no time"),
                    "It counts seconds since 1970.",
                )
            }),
        Err(_) => Ok(utc(jiff::Timestamp::now())),
    }
}

/// Checks names of rules and groups.
pub(super) fn known_rules(names: &[String]) -> Result<Vec<String>, Failure> {
    let known: Vec<&str> = RULES
        .iter()
        .map(|rule| rule.meta())
        .flat_map(|meta| [meta.id, meta.group.word()])
        .collect();
    for name in names {
        if !known.contains(&name.as_str()) {
            return Err(Failure::usage(
                format!(
                    "there is no rule or group {name}{}",
                    super::rules::suggestion(name, &known)
                ),
                "kms-audit rules lists them.",
            ));
        }
    }
    Ok(names.to_vec())
}

/// `FILE`, or `FORMAT=FILE`.
fn output_of(text: &str) -> Result<(&'static dyn Renderer, &Path), Failure> {
    if let Some((format, path)) = text.split_once('=')
        && let Some(format) = report::format_by_id(format)
    {
        return Ok((format, Path::new(path)));
    }
    let format = report::format_by_name(text).ok_or_else(|| {
        let known: Vec<String> = report::FORMATS
            .iter()
            .flat_map(|format| {
                format
                    .endings()
                    .iter()
                    .map(|ending| format!("{ending} ({})", format.id()))
            })
            .collect();
        Failure::usage(
            format!("-o {text}: its name does not tell the format"),
            format!("Name it with one of {}, or write FORMAT=FILE.", known.join(", ")),
        )
    })?;
    Ok((format, Path::new(text)))
}
