//! The arguments of `harden`, and their help.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  kms-audit harden key-policy.json
  aws kms get-key-policy --key-id alias/v --policy-name default | kms-audit harden - --metadata describe-key.json
  kms-audit harden key-policy.json --signer arn:aws:iam::111122223333:role/validator --evm-only -o tighter.json
  kms-audit harden key-policy.json --unsafe --format diff
  kms-audit harden key-policy.json -o tighter.json --cases witnesses.jsonl && kms-audit simulate --cases witnesses.jsonl

By default only what is safe is done, and nothing is added: actions that are dead on this key or that a signer does not
need, the console's grant statement, redundant statements and actions, deleted principals, conditions that are always
true; a Sid that stands twice is renamed; a pin of kms:MessageType that only an Allow has is written as a Deny, too.
--guards also adds a Deny of the bypass of the lock-out check; --evm-only a Deny of kms:Sign with a message type other
than DIGEST. --unsafe does all of this, and what a person must look at: wildcards are written out, signers lose
administration, undeclared signers lose kms:Sign, the account's kms:* becomes administration without signing, and keys
cannot be deleted with a window of less than 30 days.

Every edit is kept only if it is proven that nothing new is allowed, that each signer still signs, and that whoever could
put a key policy still can. Grants and IAM policies are not seen: who signs through them alone is not protected.

Exit codes: 0 a policy is proposed, or the policy can stay as it is; 1 refused, with the reason: the key is locked, a
signer cannot sign, the key is no signing key; 2 wrong usage; 3 the input is no key policy; 6 a file could not be written.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "options of the command line")]
pub(crate) struct HardenArgs {
    /// The key policy: a JSON document, or the answer of aws kms get-key-policy; - for standard input
    #[arg(value_name = "POLICY")]
    pub(crate) policy: PathBuf,
    /// Account of the key; default as the metadata, the key's ARN or the policy says
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(crate) account: Option<String>,
    /// Who must be able to sign: ARN of a user, role, session or account; repeatable. Without it, all that the policy
    /// names and lets sign
    #[arg(long, value_name = "ARN")]
    pub(crate) signer: Vec<String>,
    /// What DescribeKey says of the key: the answer of aws kms describe-key
    #[arg(long, value_name = "FILE")]
    pub(crate) metadata: Option<PathBuf>,
    /// The key signs for EVM chains only: add a Deny of other message types than DIGEST
    #[arg(long)]
    pub(crate) evm_only: bool,
    /// Add a Deny of what no honest request does: the bypass of the lock-out check
    #[arg(long)]
    pub(crate) guards: bool,
    /// Also do what a person must look at; each edit is explained
    #[arg(long)]
    pub(crate) r#unsafe: bool,
    /// Write the new policy to FILE, and its proof beside it; never over POLICY
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write the proof to FILE; default beside the new policy, as NAME.proof.json
    #[arg(long, value_name = "FILE")]
    pub(crate) proof: Option<PathBuf>,
    /// Write the requests of the proof to FILE, as cases for simulate --cases
    #[arg(long, value_name = "FILE")]
    pub(crate) cases: Option<PathBuf>,
    /// Overwrite files that exist
    #[arg(long)]
    pub(crate) force: bool,
    /// What is printed on standard output
    #[arg(long, value_enum, default_value_t = HardenFormat::Diff)]
    pub(crate) format: HardenFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HardenFormat {
    /// The difference, then each edit with its reason and proof
    Diff,
    /// The report, which is the proof
    Json,
    /// The new policy
    Policy,
}

/// 12 digits.
fn account(text: &str) -> Result<String, String> {
    if kms_audit::arn::is_account_id(text) {
        Ok(text.to_owned())
    } else {
        Err("an account id has 12 digits".to_owned())
    }
}
