//! One key for two roles.

use super::uses::{self, Use};
use crate::evidence::Key;
use crate::finding::{Confidence, Finding, Label};
use crate::rules::claimed::some_of;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `same-key-validator-and-relayer`
    SameKeyValidatorAndRelayer,
    "same-key-validator-and-relayer",
    Duties,
    High,
    "One key signs for a validator and for a relayer: the relayer's credentials sign checkpoints",
    "same_key_validator_and_relayer.md",
    judge
);

/// Uses that a message names.
const NAMES: usize = 4;
/// Places that a finding shows.
const PLACES: usize = 10;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let uses = uses::of_key(context.bundle, key);
    if uses.list.iter().all(|used| used.role.is_empty()) {
        return Outcome::NotEvaluated(
            "neither a claim, nor an agent's configuration, nor an alias of the guide's pattern says what the key is used for".to_owned(),
        );
    }
    let first = |role: &str| uses.list.iter().find(|used| used.role == role);
    let (Some(validator), Some(relayer)) = (first("validator"), first("relayer")) else {
        return Outcome::Pass("the key is not said to be a validator's and a relayer's".to_owned());
    };
    let words = uses.words();
    let verb = uses.told();
    let confidence = if uses.by_alias {
        Confidence::Medium
    } else {
        Confidence::High
    };
    let label = Label {
        span: relayer.span,
        message: relayer.words(),
    };
    let mut finding = Finding::builder(
        meta.id,
        meta.severity,
        key.subject(),
        format!(
            "one key for a validator and a relayer: {verb} {}",
            some_of(&words, NAMES)
        ),
        label,
    )
    .confidence(confidence)
    .related(validator.span, validator.words())
    .consequence(
        "KMS signs any 32 bytes and cannot tell a checkpoint from a transaction: whoever gets the relayer's credentials, \
         which are in use all day, forges checkpoints of the validator",
    )
    .consequence("the two cannot be stopped, rotated or counted apart")
    .remedy(
        "Make a key for each role, as the guide does, each with a policy that lets its own agent sign alone; then announce \
         the validator's new address, or configure the relayer's.",
    );
    let others: Vec<&Use> = uses
        .list
        .iter()
        .filter(|used| used.span != validator.span && used.span != relayer.span)
        .collect();
    for used in others.into_iter().take(PLACES) {
        finding = finding.related(used.span, used.words());
    }
    Outcome::Findings(vec![finding.content(&words.join("\n"))])
}
