//! `kms-audit compare`

use std::path::{Path, PathBuf};

use clap::Args;
use kms_audit::arn::is_account_id;
use kms_audit::audit::{
    CompareOptions, ComparedPolicy, NoPolicy, compare_policies, compared_policy, key_metadata,
};
use kms_audit::input::Gathered;
use kms_audit::report;

use super::Failure;
use super::args::{InputArgs, TextFormat};
use super::output::{self, Terminal};

const EXAMPLES: &str = "\
Examples:
  kms-audit compare before.json after.json
  aws kms get-key-policy --key-id alias/v --policy-name default | kms-audit compare - proposed.json
  kms-audit compare old.json new.json --account 111122223333 --format json \\
      | jq -c '.witnesses[] | .case_before, .case_after' | kms-audit simulate --cases -

Verdicts: no-new-access: whatever NEW allows, OLD allows. new-access: a witness shows a request that NEW allows and OLD does
not. not-proven: neither could be shown, and the reasons say what it hangs on.

Exit codes: 0 no new access; 1 new access, or not proven; 2 wrong usage; 3 a policy cannot be read.";

/// Arguments of `compare`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompareArgs {
    /// The policy as it is
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The policy as it is to be
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// The account of the key; default that of its ARN, or the only account that the policies name, which is then said
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// What DescribeKey says of the key: conditions on it are then decided
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// Read both files as this format, without recognition
    #[arg(long, value_name = "FORMAT", value_parser = super::args::input_formats())]
    input_format: Option<String>,
    /// Format on standard output
    #[arg(long, value_enum, default_value_t = TextFormat::Table)]
    format: TextFormat,
}

/// Compares; returns the exit code.
pub(super) fn run(args: &CompareArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let stdin = Path::new("-");
    if args.old == stdin && args.new == stdin {
        return Err(Failure::usage(
            "OLD and NEW are both standard input",
            "Give one of them as a file.",
        ));
    }
    if let Some(account) = args.account.as_deref().filter(|id| !is_account_id(id)) {
        return Err(Failure::usage(
            format!("--account {account} is no account id"),
            "An account id has 12 digits: aws sts get-caller-identity shows yours.",
        ));
    }
    let old = policy(&args.old, args)?;
    let new = policy(&args.new, args)?;
    let metadata = match &args.metadata {
        None => None,
        Some(path) => {
            let found = key_metadata(&gather(path, None)?);
            if found.is_none() {
                return Err(Failure::Evidence(format!(
                    "{}: it does not hold the answer of aws kms describe-key for one key",
                    path.display()
                )));
            }
            found
        }
    };
    let options = CompareOptions {
        account: args.account.clone(),
        key_metadata: metadata,
    };
    let found = compare_policies(&old, &new, &options);
    let text = match args.format {
        TextFormat::Table => report::compare::table(&found, terminal.style()),
        TextFormat::Json => report::compare::json(&found),
    };
    output::stdout(text.as_bytes())?;
    Ok(found.verdict.exit_code())
}

fn gather(path: &Path, format: Option<&String>) -> Result<Gathered, Failure> {
    let input = InputArgs {
        paths: vec![path.to_owned()],
        input_format: format.cloned(),
        stdin_name: None,
        max_file_size: 64 << 20,
    };
    super::audit::gather(&input, &[], kms_audit::key::Options::default())
}

fn policy(path: &Path, args: &CompareArgs) -> Result<ComparedPolicy, Failure> {
    let gathered = gather(path, args.input_format.as_ref())?;
    let shown = if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    compared_policy(&gathered, &shown).map_err(|error| match error {
        NoPolicy::Unreadable(why) => Failure::Evidence(format!("{shown}: {why}")),
        NoPolicy::Several(count) => Failure::usage(
            format!("{shown}: it holds {count} key policies"),
            "Give a file with one: the document, or the answer of aws kms get-key-policy.",
        ),
    })
}
