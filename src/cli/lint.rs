//! `kms-audit lint`

use clap::{Args, ValueEnum};
use kms_audit::audit::Options;
use kms_audit::report::{self, Input, Show};
use kms_audit::rules::{Group, RULES};
use kms_audit::{evidence, finding::Severity};

use super::Failure;
use super::args::{DeclareArgs, InputArgs};
use super::output::{self, Terminal};

const EXAMPLES: &str = "\
Examples:
  kms-audit lint policy.json                          a key policy
  kms-audit lint infra/                               every policy of a key or bucket in it: JSON, Terraform state and plans, templates
  terraform show -json plan.out | kms-audit lint -
  kms-audit lint policy.json --account 111122223333 --signer user/hyperlane-validator-base --format human

Exit codes: 0 nothing at or above --fail-on; 1 findings; 3 a recognised input is broken, or no policy was found.";

/// Arguments of `lint`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LintArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) declare: DeclareArgs,
    /// Run only these rules or groups (comma-separated, repeatable); default those on policies
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Leave out these rules or groups (comma-separated, repeatable)
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Leave findings below this level out; they still count for --fail-on
    #[arg(long, value_name = "LEVEL", value_parser = ["info", "low", "medium", "high", "critical"], default_value = "info")]
    pub(crate) min_severity: String,
    /// Exit 1 at findings of this level or above, or never
    #[arg(long, value_name = "LEVEL", value_parser = ["info", "low", "medium", "high", "critical", "none"], default_value = "medium")]
    pub(crate) fail_on: Vec<String>,
    /// Format on standard output
    #[arg(long, value_enum, default_value_t = LintFormat::Table)]
    pub(crate) format: LintFormat,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LintFormat {
    /// A line or two a finding
    Table,
    /// With the source that each speaks of
    Human,
    /// The report of audit, as JSON
    Json,
}

/// Rules of other groups that speak of a policy's text.
const ON_TEXT: [&str; 5] = [
    "broken-evidence",
    "duplicate-json-key",
    "redacted-value",
    "unreadable-value",
    "wrong-document-kind",
];

/// Runs the command; returns the exit code.
pub(super) fn run(args: &LintArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let gathered = super::audit::gather(&args.input, &[], kms_audit::key::Options::default())?;
    let mut bundle = evidence::assemble(gathered.sources, gathered.files, gathered.artefacts);
    bundle.account = args.declare.account()?;
    bundle.scope_to_policies();
    let mut options = Options::new(super::audit::day("--as-of", None)?, args.input.shown());
    options.declarations = args.declare.declarations();
    options.hyperlane = Some(false);
    options.select = if args.select.is_empty() {
        RULES
            .iter()
            .map(|rule| rule.meta())
            .filter(|meta| matches!(meta.group, Group::Policy | Group::Bucket) || ON_TEXT.contains(&meta.id))
            .map(|meta| meta.id.to_owned())
            .collect()
    } else {
        super::audit::known_rules(&args.select)?
    };
    options.ignore = super::audit::known_rules(&args.ignore)?;
    options.min_severity = Severity::ALL
        .into_iter()
        .find(|level| level.word() == args.min_severity)
        .unwrap_or(Severity::Info);
    options.fail_on = super::audit::fail_on(&args.fail_on);
    let audit = kms_audit::audit::audit(&bundle, &options);
    let input = Input {
        audit: &audit,
        bundle: &bundle,
        show: Show::Findings,
    };
    let text = match args.format {
        LintFormat::Table => report::lint::table(&input, terminal.style()),
        LintFormat::Human => report::lint::human(&input, terminal.style()),
        LintFormat::Json => report::format_by_id("json")
            .map(|format| format.render(&input, terminal.style()))
            .unwrap_or_default(),
    };
    output::stdout(text.as_bytes())?;
    let of_buckets = bundle
        .buckets
        .iter()
        .any(|bucket| !bucket.policies(&bundle).is_empty());
    let nothing = audit.report.scope.in_scope.is_empty() && !of_buckets;
    if nothing {
        output::stderr(
            "no key policy was found, and none of a bucket: see kms-audit inspect for what each file is taken for\n",
        );
    }
    Ok(match audit.report.summary.exit_code {
        0 | 4 if nothing => 3,
        code => code,
    })
}
