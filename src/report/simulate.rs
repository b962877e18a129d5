//! Renderers of `simulate`.

use std::fmt::Write as _;

use super::page::{Page, safe};
use super::{Style, json_text};
use crate::audit::{BecauseRow, DecisionWord, EffectWord, SimulateError, SimulateRow};

/// Column where the texts begin.
const AT: usize = 14;

/// One decision as a text.
pub fn table(row: &SimulateRow, style: Style) -> String {
    let mut page = Page::new(style);
    page.labelled("DECISION", AT, words(row.decision));
    if let Some(error) = &row.error {
        page.labelled("error", AT, &fault(error));
    }
    for because in &row.because {
        let label = match (row.decision, because.effect) {
            (Some(DecisionWord::Depends), EffectWord::Allow) => "may allow",
            (Some(DecisionWord::Depends), EffectWord::Deny) => "may deny",
            (_, EffectWord::Allow) => "allowed by",
            (_, EffectWord::Deny) => "denied by",
        };
        page.labelled(label, AT, &place(because));
    }
    for premise in &row.premises {
        page.labelled(
            "depends on",
            AT,
            &format!("{} ({})", safe(&premise.message), premise.code),
        );
    }
    for note in &row.notes {
        page.labelled("note", AT, &safe(note));
    }
    if !row.unused.is_empty() {
        page.labelled("not used", AT, &safe(&row.unused.join(", ")));
    }
    if let (Some(expected), Some(same)) = (row.expected, row.as_expected) {
        let text = if same { "as expected" } else { "NOT AS EXPECTED" };
        page.labelled("expected", AT, &format!("{}: {text}", expected.word()));
    }
    page.finish()
}

fn words(decision: Option<DecisionWord>) -> &'static str {
    match decision {
        Some(DecisionWord::Allowed) => "Allowed",
        Some(DecisionWord::ExplicitDeny) => "ExplicitDeny: a Deny forbids it",
        Some(DecisionWord::ImplicitDeny) => "ImplicitDeny: nothing allows it",
        Some(DecisionWord::Depends) => "Depends: on what is not known",
        None => "none: the case cannot be read",
    }
}

fn place(because: &BecauseRow) -> String {
    let sid = because.sid.as_ref().map(|sid| format!(" \"{}\"", safe(sid)));
    format!("{}{}{}", because.policy, because.pointer, sid.unwrap_or_default())
}

fn fault(error: &SimulateError) -> String {
    let pointer = error
        .pointer
        .as_ref()
        .filter(|pointer| !pointer.is_empty())
        .map(|pointer| format!(" [{}]", safe(pointer)));
    format!(
        "{} ({}){}",
        safe(&error.message),
        error.code,
        pointer.unwrap_or_default()
    )
}

/// One decision as JSON.
pub fn json(row: &SimulateRow) -> String {
    json_text(row)
}

/// One decision as a line of JSON.
pub fn json_line(row: &SimulateRow) -> String {
    let mut text = serde_json::to_string(row).unwrap_or_else(|_| "{}".to_owned());
    text.push('\n');
    text
}

/// One decision as a line of text.
pub fn line(row: &SimulateRow) -> String {
    let number = row.line.map_or_else(String::new, |line| line.to_string());
    let id = row.id.as_ref().map_or_else(String::new, |id| {
        let text = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        format!(" {}", safe(&text))
    });
    let mut text = format!("{number}{id}: ");
    match &row.error {
        Some(error) => text.push_str(&fault(error)),
        None => text.push_str(row.decision.map_or("none", DecisionWord::word)),
    }
    if row.as_expected == Some(false) {
        let expected = row.expected.map_or("", DecisionWord::word);
        let _ = write!(text, ", EXPECTED {expected}");
    }
    let because: Vec<String> = row.because.iter().map(place).collect();
    if !because.is_empty() {
        let _ = write!(text, ", because of {}", because.join(", "));
    }
    let premises: Vec<String> = row
        .premises
        .iter()
        .map(|premise| safe(&premise.message))
        .collect();
    if !premises.is_empty() {
        let _ = write!(text, ", depends on: {}", premises.join("; "));
    }
    text.push('\n');
    text
}
