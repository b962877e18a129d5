//! What the rules on actions that give nothing share.

use super::case::{Case, each, listed};
use crate::evidence::Key;
use crate::finding::{Confidence, Finding, Severity};
use crate::policy::lint::{ConsoleStatement, DeadAction, console_statement};
use crate::rules::{Context, Meta, Outcome};

/// The most actions that a message names.
pub(super) const MOST_NAMES: usize = 4;

/// The entries of a statement that a finding is about, in the order of the text, and how it speaks of them.
pub(super) struct Dead {
    /// Indices of the entries.
    pub(super) entries: Vec<usize>,
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
    /// After "allows kms:Encrypt, which".
    pub(super) why: String,
    pub(super) label: &'static str,
    pub(super) notes: Vec<String>,
}

/// The entries that give nothing for one of some reasons. The console's own statement of administrators is one finding of
/// its own, which names them.
pub(super) fn entries(
    found: &[(usize, DeadAction)],
    case: &Case<'_>,
    reason: fn(DeadAction) -> bool,
) -> Vec<usize> {
    let of_console = console_statement(case.statement) == Some(ConsoleStatement::Administrators);
    if of_console && super::wildcard::principals(case.statement).next().is_some() {
        return Vec::new();
    }
    found
        .iter()
        .filter(|(_, why)| reason(*why))
        .map(|(index, _)| *index)
        .collect()
}

/// Judges each statement: one finding for all its entries that give nothing.
pub(super) fn judge(
    meta: &'static Meta,
    context: &Context<'_>,
    key: &Key,
    pass: &str,
    look: impl Fn(&Case<'_>) -> Option<Dead>,
) -> Outcome {
    each(meta, context, key, pass, |case| {
        look(case)
            .and_then(|dead| finding(case, &dead))
            .into_iter()
            .collect()
    })
}

fn finding(case: &Case<'_>, dead: &Dead) -> Option<Finding> {
    let actions = &case.statement.actions;
    let entries: Vec<_> = dead
        .entries
        .iter()
        .filter_map(|index| actions.get(*index))
        .collect();
    let names: Vec<&str> = entries.iter().map(|(pattern, _)| pattern.as_str()).collect();
    let ((_, place), rest) = entries.split_first()?;
    let message = format!(
        "{} {} {}, which {}",
        case.name(),
        case.verb(),
        listed(&names, MOST_NAMES),
        dead.why
    );
    let mut builder = case
        .finding(dead.severity, message, place, dead.label)
        .confidence(dead.confidence);
    for (_, place) in rest.iter().take(MOST_NAMES) {
        builder = builder.related(case.span(place), dead.label);
    }
    for note in &dead.notes {
        builder = builder.note(note.as_str());
    }
    let whole = entries.len() == actions.len();
    let change = if whole {
        format!("Delete {}: all its actions are such", case.name())
    } else {
        format!("Remove {} from {}", listed(&names, usize::MAX), case.name())
    };
    Some(
        builder
            .remedy(case.change(&change))
            .content(&case.content(&names.join(","))),
    )
}
