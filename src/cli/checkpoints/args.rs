//! The arguments of `checkpoints`, and their help.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  aws s3 sync s3://BUCKET bucket/ && kms-audit checkpoints bucket/ --address 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf
  kms-audit checkpoints buckets/ --claims claims.csv --registry hyperlane-registry/
  kms-audit checkpoints bucket.tar.gz --key key.pem --format jsonl > verdicts.jsonl
  zcat archive.jsonl.gz | kms-audit checkpoints - --no-history

A PATH is a bucket (a folder, with other buckets below it or not), a file of JSON Lines with one document a line, an archive
(.tar, .tar.gz), a single document, or - for standard input. A line is the document itself, or {\"file\": NAME, \"content\":
DOCUMENT} with the name that it has in the bucket.

Verdicts: verified (by somebody who is claimed), failed, unattributed (a valid signature of nobody who is claimed),
unreadable, and not-judged for what nobody signs.

Exit codes: 0 every record is verified and nothing is at or above --fail-on; 1 otherwise; 3 where all that could be read is
good, and something could not be, or the run was interrupted.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CheckpointsArgs {
    /// Buckets, files of JSON Lines, archives, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// A validator whose signatures they should be; repeatable
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Vec<String>,
    /// Claimed addresses: CSV, JSON or TOML with address, role, chain, or published validator sets; repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) claims: Vec<PathBuf>,
    /// The validator's public key, in any form that kms-audit address reads; repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Vec<PathBuf>,
    /// What is expected of each chain: a copy of the registry, or its files chains/metadata.yaml and chains/addresses.yaml;
    /// repeatable
    #[arg(long, value_name = "PATH")]
    pub(crate) registry: Vec<PathBuf>,
    /// Leave out what needs memory for each record: equivocation, roots, gaps, disagreement, nonces
    #[arg(long)]
    pub(crate) no_history: bool,
    /// Exit 1 at findings of this level or above, or never; repeatable
    #[arg(long, value_name = "LEVEL", value_parser = ["info", "low", "medium", "high", "critical", "none"], default_value = "medium")]
    pub(crate) fail_on: Vec<String>,
    /// Format on standard output; jsonl is a verdict a document
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Also write the report to FILE, as JSON
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Say in the report how fast it was
    #[arg(long)]
    pub(crate) throughput: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables
    Table,
    /// JSON
    Json,
    /// A line of JSON for each document
    Jsonl,
}
