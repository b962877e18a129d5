//! `kms-audit harden`

pub(super) mod args;

use std::fs;
use std::path::{Path, PathBuf};

use kms_audit::audit::{
    self, AccountSource, HardenInput, HardenOutcome, HardenReport, PolicyFile, described_key, policy_file,
};
use kms_audit::input::{self, Gathered};
use kms_audit::json::{self, Limits};
use kms_audit::policy::evaluate::KeyMetadata;
use kms_audit::policy::harden::{Options, Refusal};
use kms_audit::report;
use kms_audit::report::harden::Written;

use self::args::{HardenArgs, HardenFormat};
use super::output::{self, Terminal};
use super::{Failure, read_at_most};

/// Bytes of a file that are read.
const LARGEST_FILE: u64 = 64 << 20;

/// Proposes a policy; returns the exit code.
pub(super) fn run(args: &HardenArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let files = Files::new(args)?;
    let gathered = gather(args)?;
    let name = args.policy.display();
    let policy = policy_file(&gathered).map_err(|why| Failure::Evidence(format!("{name}: {why}")))?;
    let (options, account_from) = options(args, &policy)?;
    let PolicyFile {
        document,
        input,
        account,
    } = policy;
    let old = document.source().unwrap_or_default().to_owned();
    let input = HardenInput {
        name: if args.policy == Path::new("-") {
            "standard input".to_owned()
        } else {
            input.name
        },
        ..input
    };
    let policy = PolicyFile {
        document,
        input,
        account,
    };
    let report = audit::harden(policy, account_from, &options).map_err(|refusal| failure(args, &refusal))?;
    let written = files.write(args, &report)?;
    let text = match args.format {
        HardenFormat::Diff => report::harden::text(&report, &old, &written, terminal.style()),
        HardenFormat::Json => report::harden::json(&report),
        HardenFormat::Policy => report::harden::policy(&report),
    };
    output::stdout(text.as_bytes())?;
    if args.format != HardenFormat::Diff
        && let Some(refusal) = &report.refusal
    {
        output::stderr(&format!("refused: {}\n", refusal.message));
    }
    Ok(u8::from(report.outcome == HardenOutcome::Refused))
}

fn failure(args: &HardenArgs, refusal: &Refusal) -> Failure {
    let what = format!("{}: {refusal}", args.policy.display());
    match refusal {
        Refusal::NoAccount(_) => {
            Failure::usage(what, "Say which account the key is of: --account 111122223333.")
        }
        Refusal::NoSigner(_) => Failure::usage(
            what,
            "For instance --signer arn:aws:iam::111122223333:role/validator.",
        ),
        _ => Failure::Evidence(what),
    }
}

fn gather(args: &HardenArgs) -> Result<Gathered, Failure> {
    let fail = |reason: &str| {
        Failure::usage(
            format!("{}: {reason}", args.policy.display()),
            "Give a key policy in a JSON file, or - for standard input.",
        )
    };
    if args.policy.is_dir() {
        return Err(fail("it is a folder"));
    }
    let paths = [args.policy.clone()];
    let mut options = input::Options::default();
    options.limits.file_bytes = LARGEST_FILE;
    input::gather(&paths, &mut std::io::stdin().lock(), &options)
        .map_err(|error| Failure::usage(error.to_string(), "Give a key policy that can be read."))
}

/// What is to be done, and how the account is known.
fn options(args: &HardenArgs, policy: &PolicyFile) -> Result<(Options, AccountSource), Failure> {
    let described = args.metadata.as_deref().map(metadata).transpose()?;
    let of_key = described.as_ref().and_then(|(_, account)| account.clone());
    let mut known: Vec<(AccountSource, String, &str)> = Vec::new();
    for (source, account, words) in [
        (AccountSource::Option, args.account.clone(), "--account"),
        (AccountSource::Metadata, of_key, "--metadata"),
        (
            AccountSource::KeyArn,
            policy.account.clone(),
            "the key's ARN in POLICY",
        ),
    ] {
        if let Some(account) = account {
            known.push((source, account, words));
        }
    }
    if let [(_, one, of_one), others @ ..] = known.as_slice()
        && let Some((_, differs, of_it)) = others.iter().find(|(_, account, _)| account != one)
    {
        return Err(Failure::usage(
            format!("{of_one} says account {one}, {of_it} says {differs}"),
            "Give the metadata and the account of the key whose policy this is.",
        ));
    }
    let first = known.into_iter().next();
    let account_from = first
        .as_ref()
        .map_or(AccountSource::Option, |(source, ..)| *source);
    Ok((
        Options {
            account: first.map(|(_, account, _)| account),
            metadata: described.map(|(key, _)| key),
            signers: args.signer.clone(),
            unsafe_edits: args.r#unsafe,
            guards: args.guards,
            evm_only: args.evm_only,
        },
        account_from,
    ))
}

fn metadata(path: &Path) -> Result<(KeyMetadata, Option<String>), Failure> {
    let fail = |reason: String| {
        Failure::usage(
            format!("--metadata {}: {reason}", path.display()),
            "Give the answer of aws kms describe-key as JSON.",
        )
    };
    let bytes = read_at_most(path, LARGEST_FILE).map_err(|error| fail(error.to_string()))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST_FILE {
        return Err(fail(format!("it is larger than {LARGEST_FILE} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| fail("it is not UTF-8".to_owned()))?;
    let root = json::parse(text.trim_start_matches('\u{feff}'), &Limits::default()).map_err(|error| {
        fail(format!(
            "it is no JSON: {} (byte {})",
            error.message, error.offset
        ))
    })?;
    described_key(&root).map_err(fail)
}

/// The files that are written.
struct Files {
    policy: Option<PathBuf>,
    proof: Option<PathBuf>,
    cases: Option<PathBuf>,
}

impl Files {
    /// Checks before anything is done that none of them is an input, or another of them, or is there already.
    fn new(args: &HardenArgs) -> Result<Self, Failure> {
        let proof = args.proof.clone().or_else(|| {
            let output = args.output.as_ref()?;
            let name = output.file_name()?.to_string_lossy().into_owned();
            let stem = name.strip_suffix(".json").unwrap_or(&name);
            Some(output.with_file_name(format!("{stem}.proof.json")))
        });
        let files = Self {
            policy: args.output.clone(),
            proof,
            cases: args.cases.clone(),
        };
        let mut others: Vec<(&Path, &str)> = Vec::new();
        if args.policy != Path::new("-") {
            others.push((&args.policy, "the input"));
        }
        if let Some(metadata) = &args.metadata {
            others.push((metadata, "the metadata"));
        }
        for (path, what) in [
            (&files.policy, "the new policy"),
            (&files.proof, "the proof"),
            (&files.cases, "the cases"),
        ] {
            let Some(path) = path else { continue };
            if let Some((_, other)) = others.iter().find(|(other, _)| same_file(path, other)) {
                return Err(Failure::usage(
                    format!("{}: {what} would be written over {other}", path.display()),
                    "Give a file of its own. What was given is never written over, not with --force either.",
                ));
            }
            if path.symlink_metadata().is_ok() && !args.force {
                return Err(Failure::usage(
                    format!("{}: it exists", path.display()),
                    "Give another file, or --force to overwrite it.",
                ));
            }
            others.push((path, what));
        }
        Ok(files)
    }

    fn write(&self, args: &HardenArgs, report: &HardenReport) -> Result<Written, Failure> {
        let mut written = Written {
            old: args.policy.display().to_string(),
            ..Written::default()
        };
        let put = |path: &Option<PathBuf>, bytes: &[u8]| -> Result<Option<String>, Failure> {
            let Some(path) = path else { return Ok(None) };
            if args.force {
                output::file(path, bytes)?;
            } else {
                output::new_file(path, bytes)?;
            }
            Ok(Some(path.display().to_string()))
        };
        // Without a policy there is nothing to write; the policy comes last, so that it never stands without its proof.
        if let Some(policy) = &report.policy {
            let cases = report::harden::cases(&report.cases);
            written.cases = put(&self.cases, cases.as_bytes())?;
            written.proof = put(&self.proof, report::harden::json(report).as_bytes())?;
            written.policy = put(&self.policy, policy.as_bytes())?;
        }
        Ok(written)
    }
}

/// True for two names of one file, through links of both kinds.
fn same_file(one: &Path, other: &Path) -> bool {
    if let (Ok(one), Ok(other)) = (fs::canonicalize(one), fs::canonicalize(other)) {
        if one == other {
            return true;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            if let (Ok(one), Ok(other)) = (fs::metadata(&one), fs::metadata(&other)) {
                return one.dev() == other.dev() && one.ino() == other.ino();
            }
        }
        return false;
    }
    // One of them is not there yet: the folder decides.
    let place = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or_else(|| Path::new("."))).ok()?;
        Some(folder.join(path.file_name()?))
    };
    place(one).is_some_and(|own| place(other) == Some(own))
}
