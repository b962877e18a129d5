//! The arguments of `challenge`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use kms_audit::challenge::MAX_DAYS;

use crate::cli::args::TextFormat;

#[derive(Debug, Args)]
pub(crate) struct ChallengeArgs {
    #[command(subcommand)]
    pub(crate) command: ChallengeCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ChallengeCommand {
    /// Write a challenge, and print the commands that answer it
    ///
    /// The text binds the key's ARN, its address, a nonce of 256 bits, the date, the purpose and the auditor. It is signed
    /// as EIP-191 text, which is never a transaction. Nothing is sent anywhere.
    #[command(after_help = NEW_EXAMPLES)]
    New(NewArgs),
    /// Show what a challenge says, its digest computed again, and the commands that answer it
    ///
    /// For the key's owner: signing a digest of unknown origin can sign anything.
    #[command(after_help = "Example:\n  kms-audit challenge show challenge.txt")]
    Show(ShowArgs),
    /// Judge an answer: exit 0 verified, 1 refused, 3 something cannot be read
    ///
    /// CHALLENGE is the auditor's own file, not a copy that came back with the answer: only then is the nonce one that
    /// nobody could know before.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
}

const NEW_EXAMPLES: &str = "\
Examples:
  kms-audit challenge new --key arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d \\
      --address 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf \\
      --purpose \"Key review 2026\" --auditor \"Example Audits Ltd\" -o acme.txt
  kms-audit challenge new --key ARN --public-key public-key.json --purpose \"...\" --auditor \"...\"";

const CHECK_EXAMPLES: &str = "\
Examples:
  kms-audit challenge check acme.txt answer.json
  kms-audit challenge check acme.txt answer.json --public-key public-key.json --ledger answered.txt
  kms-audit challenge check acme.txt answer.json --max-age 3 --format json";

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// ARN of the key; an alias will not do
    #[arg(long, value_name = "ARN")]
    pub(crate) key: String,
    /// The key's address on EVM chains; default that of --public-key
    #[arg(long, value_name = "ADDRESS", required_unless_present = "public_key")]
    pub(crate) address: Option<String>,
    /// The exported public key, in any form that address takes; it must have the address
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: Option<PathBuf>,
    /// What the proof is for, in words for the key's owner
    #[arg(long, value_name = "TEXT")]
    pub(crate) purpose: String,
    /// Who asks for it
    #[arg(long, value_name = "TEXT")]
    pub(crate) auditor: String,
    /// The day of the challenge, YYYY-MM-DD; default today (UTC), or SOURCE_DATE_EPOCH
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<String>,
    /// Days that an answer may take
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_DAYS)))]
    pub(crate) expires_in: u16,
    /// Where the text goes; a file that exists is never overwritten
    #[arg(short, long, value_name = "FILE", default_value = "challenge.txt")]
    pub(crate) output: PathBuf,
    /// Format on standard output
    #[arg(long, value_enum, default_value_t = TextFormat::Table)]
    pub(crate) format: TextFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The challenge
    #[arg(value_name = "CHALLENGE")]
    pub(crate) challenge: PathBuf,
    /// Format on standard output
    #[arg(long, value_enum, default_value_t = TextFormat::Table)]
    pub(crate) format: TextFormat,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The challenge, as challenge new wrote it
    #[arg(value_name = "CHALLENGE")]
    pub(crate) challenge: PathBuf,
    /// What came back: the output of aws kms sign, or the signature alone (base64, hex, DER); - for standard input
    #[arg(value_name = "ANSWER")]
    pub(crate) answer: PathBuf,
    /// The exported public key: it must have the address, and the signature is verified with it as well
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: Option<PathBuf>,
    /// Day of the check, YYYY-MM-DD; default today (UTC), or SOURCE_DATE_EPOCH
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Refuse a challenge older than this, whatever it says itself
    #[arg(long, value_name = "DAYS")]
    pub(crate) max_age: Option<u16>,
    /// Refuse nonces that this file has, and add the nonce of a verified answer; made where it is missing
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,
    /// Refuse a challenge about another key than this ARN or key id
    #[arg(long, value_name = "KEY")]
    pub(crate) expect_key: Option<String>,
    /// Refuse a challenge about another address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) expect_address: Option<String>,
    /// Format on standard output
    #[arg(long, value_enum, default_value_t = TextFormat::Table)]
    pub(crate) format: TextFormat,
}
