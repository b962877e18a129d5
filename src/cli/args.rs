//! The arguments, and their help.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use kms_audit::address::Prefix;

use super::Failure;
use super::access::AccessArgs;
use super::challenge::args::ChallengeArgs;
use super::checkpoints::args::CheckpointsArgs;
use super::compare::CompareArgs;
use super::harden::args::HardenArgs;
use super::lint::LintArgs;
use super::simulate::args::SimulateArgs;

/// Verifies and audits AWS KMS secp256k1 keys that sign for blockchains, offline.
///
/// Takes what a key's owner can export (public keys, key policies, grants, metadata, IAM documents, claimed addresses, sample
/// signatures), derives the addresses again on its own, verifies the signatures, lints the policies, and says what it could
/// not check. It never signs, never changes anything in AWS, and opens no network connection.
#[derive(Debug, Parser)]
#[command(name = "kms-audit", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes, the same in every format:
  0  done: nothing at or above --fail-on; every address as expected; a signature or answer verified;
     no new access
  1  findings (or unknown answers, where asked); an address not as expected; a signature not
     verified, an answer refused; new access, or none that could be excluded
  2  wrong usage, or a path that cannot be read
  3  a recognised input is broken, or a named file was not recognised; what is verified cannot be read;
     the rest is reported
  4  evidence named by --require is missing
  6  a report could not be written";

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Colours: on a terminal only, always or never (NO_COLOR and CLICOLOR_FORCE are honoured)
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// Columns of text reports, 80 to 200; default the terminal's, else 100
    #[arg(long, global = true, value_name = "COLUMNS")]
    pub(crate) width: Option<usize>,
    /// No progress on standard error
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run everything over evidence: the main job
    ///
    /// PATH is a file, a folder (everything below it), a .zip archive, or - for standard input. What a file is, is
    /// recognised by its content. Evidence without which a question cannot be answered is listed under GAPS, and the
    /// answer is "unknown": absence never looks like safety.
    #[command(after_help = AUDIT_EXAMPLES)]
    Audit(Box<AuditArgs>),
    /// Derive addresses of public keys; --expect exits 0 or 1
    #[command(after_help = ADDRESS_EXAMPLES)]
    Address(AddressArgs),
    /// Verify one signature, or a batch of them
    ///
    /// Against a key, an address, or both; without either, the address is recovered, which proves nothing by itself.
    /// Verified twice, by k256 and by libsecp256k1. Where it is not verified, the known mistakes are tried, and those
    /// that explain it are named.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(Box<VerifyArgs>),
    /// Verify a Hyperlane validator's checkpoints and announcements in bulk, and what they say together
    ///
    /// Each document has a verdict of its own. All together tell of a validator who signed two things for one index, of roots
    /// that are not those of the messages, of gaps, of validators who disagree, of a reorg, and of a nonce used twice.
    Checkpoints(Box<CheckpointsArgs>),
    /// Lint key policies: JSON, Terraform plans and states, CloudFormation, with places in the original file
    ///
    /// The rules on key policies over every policy document that is found. Without the key's other evidence the rules
    /// judge what the documents say alone.
    Lint(Box<LintArgs>),
    /// Who can sign with each key, and who can administer, grant, delete: with the statements that say so
    ///
    /// By name in the key policy, through IAM, by a grant, from another account. Where it depends on what is not known,
    /// the condition stands beside it. What is missing from the evidence, so that the list may be longer, is said.
    Access(Box<AccessArgs>),
    /// Decide a request, or a file of cases, as AWS would: who may do what with a key
    Simulate(Box<SimulateArgs>),
    /// Propose a tighter key policy, with the proof that it grants less and still signs
    Harden(Box<HardenArgs>),
    /// Compare two policies of a key: does the new one allow anything that the old one does not?
    ///
    /// OLD and NEW are each a file with one key policy: the document, the answer of aws kms get-key-policy, or any other
    /// form that audit reads; - for standard input. The answer is for every caller, action and request, whatever the
    /// callers' own policies, boundaries and the key's grants are. New access is shown by requests that the evaluator of
    /// simulate allows with NEW and not with OLD.
    Compare(CompareArgs),
    /// Prove that a key's owner controls it now: text to sign, and the judgement of the signature
    Challenge(ChallengeArgs),
    /// Show what is in a file, byte by byte for DER
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(InspectArgs),
    /// List the rules
    Rules(RulesArgs),
    /// Explain a rule: what it checks, why it matters, examples, how to fix
    #[command(after_help = "Example:\n  kms-audit explain removable-grant-statement")]
    Explain(ExplainArgs),
    /// Print a shell completion script
    #[command(after_help = "Example:\n  kms-audit completions bash > /etc/bash_completion.d/kms-audit")]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write manual pages into a folder
    #[command(after_help = "Example:\n  kms-audit man /usr/local/share/man/man1")]
    Man {
        /// The folder; it must exist
        dir: PathBuf,
    },
    /// Print the help of every command as Markdown
    #[command(hide = true)]
    HelpMarkdown,
}

const AUDIT_EXAMPLES: &str = "\
Examples:
  kms-audit audit evidence/                          the table report
  kms-audit audit acme.zip -o report.json            also as JSON, for a later comparison
  kms-audit audit evidence/ --claims claims.csv      claims from a file of their own
  kms-audit audit evidence/ --require standard       exit 4 if standard evidence is missing
  kms-audit audit evidence/ --fail-on high --show all
  kms-audit audit policy.json --format human         findings with source snippets";

const ADDRESS_EXAMPLES: &str = "\
Examples:
  kms-audit address key.pem
  aws kms get-public-key --key-id alias/v | kms-audit address - --expect 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf
  aws kms get-public-key --key-id alias/v --query PublicKey --output text | kms-audit address -
  kms-audit address keys/ --prefix osmo --format json";

const VERIFY_EXAMPLES: &str = "\
Examples:
  kms-audit verify --signature answer.json --message hello --address 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf
  kms-audit verify --signature 0x3045.. --digest 0x9c22.. --public-key key.pem
  kms-audit verify --signature 0x.. --typed-data permit.json --address 0x..
  kms-audit verify --transaction 0x02f8.. --address 0x..
  kms-audit verify --batch samples.jsonl --evidence evidence/ > verdicts.jsonl

A line of a batch is a JSON object: signature, with address or public_key or both, and one of digest, message,
message_hex, typed_data, transaction; scheme and validator where needed, id as you like. With message, the scheme is
eip191 (personal_sign) unless --scheme or scheme says keccak or sha256.

Exit codes: 0 verified, or recovered; 1 not verified (in a batch: any line that is not verified); 3 an input that gives
no verdict (in a batch: any such line).";

const INSPECT_EXAMPLES: &str = "\
Examples:
  kms-audit inspect evidence/                        what each file is taken for
  kms-audit inspect --bytes key.der                  each DER element with offset and meaning";

/// How evidence is read.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Files, folders, .zip archives, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Read every file as this format, without recognition
    #[arg(long, value_name = "FORMAT", value_parser = input_formats())]
    pub(crate) input_format: Option<String>,
    /// Name of standard input in reports
    #[arg(long, value_name = "NAME")]
    pub(crate) stdin_name: Option<String>,
    /// Largest file that is read, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    pub(crate) max_file_size: u64,
}

impl InputArgs {
    /// What the evidence is called in reports.
    pub(crate) fn shown(&self) -> String {
        let paths: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
        paths.join(" ")
    }
}

/// Whose key it is, and who should use it.
#[derive(Debug, Args)]
pub(crate) struct DeclareArgs {
    /// The account of keys whose evidence does not say it: 12 digits
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// Somebody who should sign: an ARN, or user/NAME or role/NAME of the key's account; repeatable
    #[arg(long, value_name = "PRINCIPAL")]
    pub(crate) signer: Vec<String>,
    /// Somebody who should administer the keys; as --signer; repeatable
    #[arg(long, value_name = "PRINCIPAL")]
    pub(crate) administrator: Vec<String>,
}

impl DeclareArgs {
    /// The account, checked.
    pub(crate) fn account(&self) -> Result<Option<String>, Failure> {
        match &self.account {
            Some(id) if !kms_audit::arn::is_account_id(id) => Err(Failure::usage(
                format!("--account {id} is no account id"),
                "An account id has 12 digits: aws sts get-caller-identity shows yours.",
            )),
            account => Ok(account.clone()),
        }
    }

    /// Who should sign and administer.
    pub(crate) fn declarations(&self) -> kms_audit::rules::Declarations {
        kms_audit::rules::Declarations {
            signers: self.signer.clone(),
            administrators: self.administrator.clone(),
        }
    }
}

pub(crate) fn input_formats() -> clap::builder::PossibleValuesParser {
    kms_audit::input::FORMATS
        .iter()
        .map(|format| format.id())
        .collect::<Vec<_>>()
        .into()
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Claimed addresses: CSV, JSON or TOML with address, role, chain, key, source; repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) claims: Vec<PathBuf>,
    /// Your own copy of a challenge (kms-audit challenge new), whose answer is in the evidence; repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) challenge: Vec<PathBuf>,
    /// The checklist of this guide; default where its evidence is present
    #[arg(long, value_enum)]
    pub(crate) profile: Option<Profile>,
    #[command(flatten)]
    pub(crate) declare: DeclareArgs,
    /// Run only these rules or groups (comma-separated, repeatable)
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Leave out these rules or groups (comma-separated, repeatable)
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Leave findings below this level out of the report; they still count for --fail-on
    #[arg(long, value_name = "LEVEL", value_parser = ["info", "low", "medium", "high", "critical"], default_value = "info")]
    pub(crate) min_severity: String,
    /// Leave findings less sure than this out of the report; they still count for --fail-on
    #[arg(long, value_name = "LEVEL", value_parser = ["low", "medium", "high"], default_value = "low")]
    pub(crate) min_confidence: String,
    /// Exit 1 at findings of this level or above, at unknown answers, or never; repeatable
    #[arg(long, value_name = "LEVEL", value_parser = ["info", "low", "medium", "high", "critical", "unknown", "none"], default_value = "medium")]
    pub(crate) fail_on: Vec<String>,
    /// Exit 4 where a key in scope lacks this evidence; standard = public-key, metadata, policy, grants, claim; repeatable
    #[arg(long, value_name = "EVIDENCE", value_delimiter = ',', value_parser = requirements())]
    pub(crate) require: Vec<String>,
    /// Day of the audit, YYYY-MM-DD; default today (UTC), or SOURCE_DATE_EPOCH
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Chain id for the checksum of claimed addresses (ERC-1191: 30 and 31)
    #[arg(long, value_name = "ID")]
    pub(crate) chain_id: Option<u64>,
    /// Also show each key's Cosmos addresses with this prefix (cosmos, osmo, inj ...); claims need none
    #[arg(long, value_name = "PREFIX", value_parser = prefix)]
    pub(crate) prefix: Option<Prefix>,
    /// Format on standard output
    #[arg(long, value_name = "FORMAT", value_parser = formats(), default_value = "table")]
    pub(crate) format: String,
    /// Also write a report to FILE; the format from its name, or FORMAT=FILE; repeatable
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Vec<String>,
    /// What is listed beside the findings
    #[arg(long, value_enum, default_value_t = ShowArg::Findings)]
    pub(crate) show: ShowArg,
}

fn formats() -> clap::builder::PossibleValuesParser {
    kms_audit::report::FORMATS
        .iter()
        .map(|format| format.id())
        .collect::<Vec<_>>()
        .into()
}

/// The human-readable part of bech32 addresses.
fn prefix(text: &str) -> Result<Prefix, String> {
    Prefix::parse(text).map_err(|error| {
        format!("{error}; a prefix is 1 to 83 visible ASCII characters without capitals (BIP-173), for instance cosmos")
    })
}

fn requirements() -> clap::builder::PossibleValuesParser {
    let mut words = vec!["standard"];
    words.extend(kms_audit::audit::Requirement::ALL.iter().map(|kind| kind.word()));
    words.into()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// Hyperlane's "Agent Keys"
    Hyperlane,
    /// No guide
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShowArg {
    /// The findings; a long list is cut on the first screen
    Findings,
    /// Also what passed, with its proof
    Passes,
    /// Also what was not evaluated or did not apply, and why
    Skipped,
    /// Everything
    All,
}

#[derive(Debug, Args)]
pub(crate) struct AddressArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// The address that every key must have, of any scheme: exit 0 if so, 1 if not
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) expect: Option<String>,
    /// Chain id for the checksum (ERC-1191: 30 and 31)
    #[arg(long, value_name = "ID")]
    pub(crate) chain_id: Option<u64>,
    /// Also derive Cosmos addresses with this prefix (cosmos, osmo, inj ...)
    #[arg(long, value_name = "PREFIX", value_parser = prefix)]
    pub(crate) prefix: Option<Prefix>,
    /// Accept compressed points, which AWS KMS never exports
    #[arg(long)]
    pub(crate) allow_compressed: bool,
    /// Format on standard output
    #[arg(long, value_enum, default_value_t = TextFormat::Table)]
    pub(crate) format: TextFormat,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The signature: hexadecimal digits, base64, a JSON object, or a file with one (also of aws kms sign); - for
    /// standard input
    #[arg(
        long,
        value_name = "SIGNATURE",
        allow_hyphen_values = true,
        conflicts_with = "batch"
    )]
    pub(crate) signature: Option<String>,
    /// The address that should have signed, of any scheme
    #[arg(
        long,
        value_name = "ADDRESS",
        allow_hyphen_values = true,
        conflicts_with = "batch"
    )]
    pub(crate) address: Option<String>,
    // PEM begins with hyphens, and what is taken for an unknown option is shown: it may be a private key.
    /// The key that should have signed: SPKI or point in hexadecimal digits or base64, or a file with one
    #[arg(
        long,
        value_name = "KEY",
        allow_hyphen_values = true,
        conflicts_with = "batch"
    )]
    pub(crate) public_key: Option<String>,
    /// What was signed, as text
    #[arg(
        long,
        value_name = "TEXT",
        allow_hyphen_values = true,
        group = "signed",
        conflicts_with = "batch"
    )]
    pub(crate) message: Option<String>,
    /// What was signed: the bytes of this file, all of them
    #[arg(long, value_name = "FILE", group = "signed", conflicts_with = "batch")]
    pub(crate) message_file: Option<PathBuf>,
    /// What was signed, in hexadecimal digits
    #[arg(long, value_name = "HEX", group = "signed", conflicts_with = "batch")]
    pub(crate) message_hex: Option<String>,
    /// The 32 bytes that were signed, in hexadecimal digits
    #[arg(long, value_name = "HEX", group = "signed", conflicts_with = "batch")]
    pub(crate) digest: Option<String>,
    /// A document of EIP-712: JSON, or a file with it
    #[arg(long, value_name = "FILE", group = "signed", conflicts_with = "batch")]
    pub(crate) typed_data: Option<String>,
    /// A signed transaction in hexadecimal digits, or a file with it
    #[arg(long, value_name = "HEX", group = "signed", conflicts_with = "batch")]
    pub(crate) transaction: Option<String>,
    /// How a message becomes a digest; default eip191
    #[arg(long, value_name = "SCHEME", value_parser = schemes(), conflicts_with = "batch")]
    pub(crate) scheme: Option<String>,
    /// The validator contract of EIP-191 version 0x00
    #[arg(long, value_name = "ADDRESS", conflicts_with = "batch")]
    pub(crate) validator: Option<String>,
    /// A file of JSON Lines, one signature a line; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) batch: Option<PathBuf>,
    /// Evidence whose keys and addresses are tried where a signature is not verified; repeatable
    #[arg(long, value_name = "PATH")]
    pub(crate) evidence: Vec<PathBuf>,
    /// Format on standard output; a batch gives JSON Lines, or one line of text each
    #[arg(long, value_enum, default_value_t = TextFormat::Table)]
    pub(crate) format: TextFormat,
}

fn schemes() -> clap::builder::PossibleValuesParser {
    kms_audit::signature::message::SCHEMES
        .iter()
        .map(|scheme| scheme.id())
        .collect::<Vec<_>>()
        .into()
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Show the DER in each file, element by element
    #[arg(long)]
    pub(crate) bytes: bool,
    /// Accept compressed points, which AWS KMS never exports
    #[arg(long)]
    pub(crate) allow_compressed: bool,
    /// Format on standard output
    #[arg(long, value_enum, default_value_t = TextFormat::Table)]
    pub(crate) format: TextFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    /// Tables
    Table,
    /// JSON
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// Format on standard output
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    pub(crate) format: RulesFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// A table
    Table,
    /// JSON
    Json,
    /// The page of all rules, as in docs/rules.md
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Id of the rule (kms-audit rules lists them)
    pub(crate) rule: String,
}

/// The help of every command as Markdown: docs/cli.md.
pub(crate) fn markdown() -> String {
    let mut text = String::from("# Command line\n\nGenerated from the program's own help.\n");
    let mut root = Cli::command().term_width(100);
    root.build();
    let mut section = |name: &str, command: &mut clap::Command| {
        let help = command.clone().term_width(100).render_long_help().to_string();
        let _ = write!(text, "\n## {name}\n\n```text\n");
        for line in help.trim_end().lines() {
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text.push_str("```\n");
    };
    section("kms-audit", &mut root.clone());
    for command in root
        .get_subcommands_mut()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help")
    {
        let name = format!("kms-audit {}", command.get_name());
        section(&name, command);
        for inner in command
            .get_subcommands_mut()
            .filter(|command| command.get_name() != "help")
        {
            let name = format!("{name} {}", inner.get_name());
            section(&name, inner);
        }
    }
    text
}
