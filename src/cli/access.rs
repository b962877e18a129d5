//! `kms-audit access`

use clap::Args;
use kms_audit::audit::{self, AccessOptions};
use kms_audit::policy::access::ActionClass;
use kms_audit::{evidence, report};

use super::Failure;
use super::args::{DeclareArgs, InputArgs, TextFormat};
use super::output::{self, Terminal};

const EXAMPLES: &str = "\
Examples:
  kms-audit access evidence/                          who can do what with each key, and why
  kms-audit access policy.json --account 111122223333
  kms-audit access evidence/ --action sign            who can sign
  kms-audit access evidence/ --principal role/ci --format json

Classes of actions: sign (kms:Sign), read-key (kms:GetPublicKey), administer (kms:PutKeyPolicy), grant (kms:CreateGrant),
delete (kms:ScheduleKeyDeletion, kms:DisableKey), redirect-alias (kms:UpdateAlias, kms:DeleteAlias).

Exit codes: 0 done, whoever may do what; 3 a recognised input is broken, or no key policy or key was found.";

/// Arguments of `access`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AccessArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) declare: DeclareArgs,
    /// Only principals whose ARN or name has this in it; repeatable
    #[arg(long, value_name = "PRINCIPAL")]
    pub(crate) principal: Vec<String>,
    /// Only this class of actions, or the class of this action (kms:Sign); repeatable
    #[arg(long, value_name = "ACTION", value_parser = class)]
    pub(crate) action: Vec<ActionClass>,
    /// Format on standard output
    #[arg(long, value_enum, default_value_t = TextFormat::Table)]
    pub(crate) format: TextFormat,
}

/// A class by its word, or by one of its actions.
fn class(text: &str) -> Result<ActionClass, String> {
    let external = kms_audit::policy::evaluate::KeyMetadata {
        origin: Some("EXTERNAL".to_owned()),
        ..Default::default()
    };
    ActionClass::ALL
        .iter()
        .copied()
        .find(|class| {
            class.word() == text
                || class
                    .actions(Some(&external))
                    .iter()
                    .any(|action| action.eq_ignore_ascii_case(text))
        })
        .ok_or_else(|| {
            let words: Vec<&str> = ActionClass::ALL.iter().map(|class| class.word()).collect();
            format!("it is one of {}, or an action of one of them", words.join(", "))
        })
}

/// Runs the command; returns the exit code.
pub(super) fn run(args: &AccessArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let gathered = super::audit::gather(&args.input, &[], kms_audit::key::Options::default())?;
    let mut bundle = evidence::assemble(gathered.sources, gathered.files, gathered.artefacts);
    bundle.account = args.declare.account()?;
    let options = AccessOptions {
        principals: args.principal.clone(),
        classes: args.action.clone(),
        declarations: args.declare.declarations(),
        evidence: args.input.shown(),
    };
    let found = audit::access(&bundle, super::audit::day("--as-of", None)?, &options);
    let text = match args.format {
        TextFormat::Table => report::access::table(&found, terminal.style()),
        TextFormat::Json => report::access::json(&found),
    };
    output::stdout(text.as_bytes())?;
    for trouble in &found.broken {
        output::stderr(&format!("{trouble}\n"));
    }
    Ok(if found.keys.is_empty() || !found.broken.is_empty() {
        3
    } else {
        0
    })
}
