//! A key that cannot sign now, or soon will not exist.

use jiff::civil::Date;

use super::{date, metadata, not_told, teller};
use crate::evidence::{Field, Key, Metadata};
use crate::finding::{Builder, Finding, Label, Severity};
use crate::rules::common::key_argument;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `key-not-usable`
    KeyNotUsable,
    "key-not-usable",
    Key,
    High,
    "The key is not in the state Enabled: it cannot sign, or is about to be destroyed",
    "key_not_usable.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let states: Vec<(&Metadata, &Field<String>)> = metadata(context.bundle, key)
        .filter_map(|metadata| Some((metadata, metadata.key_state.as_ref()?)))
        .collect();
    if states.is_empty() {
        return not_told(context.bundle, key, "KeyState");
    }
    // Exports of several days may differ; the worst counts, and the others are named.
    let Some((metadata, state)) = states
        .iter()
        .filter(|(_, state)| state.value != "Enabled")
        .max_by_key(|(_, state)| severity(&state.value))
    else {
        let says = teller(context.bundle, key, |metadata| &metadata.key_state).words();
        return Outcome::Pass(format!("{says} says KeyState Enabled"));
    };
    let deletion = metadata
        .deletion_date
        .as_ref()
        .map(|text| (text, date::moment(&text.value)));
    let (what, remedy) = words(
        &state.value,
        key,
        deletion.and_then(|(_, moment)| moment),
        context.as_of,
    );
    let label = Label {
        span: state.span,
        message: "not Enabled".to_owned(),
    };
    let mut finding: Builder = Finding::builder(
        meta.id,
        severity(&state.value),
        key.subject(),
        format!("KeyState {}: {what}", state.value),
        label,
    )
    .remedy(remedy);
    if is_deletion(&state.value) {
        finding = finding.consequence(
            "a deleted key cannot be recovered: what its address holds is lost, and its validator set or bridge needs \
             another signer",
        );
    }
    let mut about = state.value.clone();
    if let Some((text, moment)) = deletion {
        finding = finding.related(text.span, "DeletionDate");
        // One moment in two spellings is one finding.
        let canonical = moment.map_or_else(|| text.value.clone(), |moment| moment.as_second().to_string());
        about = format!("{about} {canonical}");
    }
    for (_, other) in states.iter().filter(|(_, other)| other.value != state.value) {
        finding = finding.related(other.span, format!("another export says {}", other.value));
    }
    Outcome::Findings(vec![finding.content(&about)])
}

fn is_deletion(state: &str) -> bool {
    matches!(state, "PendingDeletion" | "PendingReplicaDeletion")
}

fn severity(state: &str) -> Severity {
    match state {
        "PendingDeletion" | "PendingReplicaDeletion" => Severity::Critical,
        // While the primary region changes, the key still signs.
        "Updating" => Severity::Low,
        _ => Severity::High,
    }
}

/// What a state means, and what to do.
fn words(state: &str, key: &Key, deletion: Option<jiff::Timestamp>, as_of: Date) -> (String, String) {
    let argument = key_argument(key);
    match state {
        "PendingDeletion" => (
            deletion_words(deletion, as_of),
            format!(
                "If the key is still needed: aws kms cancel-key-deletion {argument}, then aws kms enable-key {argument}. \
                 Find out who scheduled the deletion (CloudTrail, ScheduleKeyDeletion)."
            ),
        ),
        "PendingReplicaDeletion" => (
            "the primary key is scheduled for deletion; its waiting period begins when the last replica is deleted"
                .to_owned(),
            format!("If the key is still needed: aws kms cancel-key-deletion {argument}, then aws kms enable-key {argument}."),
        ),
        "Disabled" => (
            "it cannot sign until it is enabled again".to_owned(),
            format!("aws kms enable-key {argument}, once it is known who disabled it and why."),
        ),
        "PendingImport" => (
            "it has no key material: none was imported yet, or it expired or was deleted".to_owned(),
            "Use a key whose material KMS makes (Origin AWS_KMS); or import the material again.".to_owned(),
        ),
        "Unavailable" => (
            "its key store is not connected".to_owned(),
            "Reconnect the custom key store; a signing key should not be in one.".to_owned(),
        ),
        "Creating" => (
            "AWS KMS is still making it".to_owned(),
            format!("Export the metadata again: aws kms describe-key {argument}."),
        ),
        "Updating" => (
            "its primary region is being changed; it still signs".to_owned(),
            format!("Export the metadata again when it is done: aws kms describe-key {argument}."),
        ),
        _ => (
            "a state in which AWS KMS does not sign, or one that this version does not know".to_owned(),
            format!("Export the metadata again: aws kms describe-key {argument}."),
        ),
    }
}

fn deletion_words(deletion: Option<jiff::Timestamp>, as_of: Date) -> String {
    let Some(day) = deletion.map(date::day) else {
        return "AWS KMS is going to destroy it; the export does not say when".to_owned();
    };
    match date::days_between(as_of, day) {
        Some(left) if left < 0 => format!("AWS KMS was to destroy it on {day}, before the day of the audit"),
        Some(0) => format!("AWS KMS destroys it today, {day}"),
        Some(1) => format!("AWS KMS destroys it on {day}: 1 day is left"),
        Some(left) => format!("AWS KMS destroys it on {day}: {left} days are left"),
        None => format!("AWS KMS destroys it on {day}"),
    }
}
