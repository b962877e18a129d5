//! What `lint` prints: the findings, each with its place in the file, and a count.

use std::collections::BTreeMap;

use super::human::snippet;
use super::page::{Page, count, safe};
use super::table::findings;
use super::{Input, Style};
use crate::audit::{FindingRow, OutcomeKind, SourceStatus};
use crate::finding::Severity;

/// Findings with a line or two each.
pub fn table(input: &Input<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    let report = &input.audit.report;
    let rows: Vec<&FindingRow> = report.findings.iter().collect();
    findings(&mut page, &rows, &report.options.evidence, 0);
    if !rows.is_empty() {
        page.gap();
    }
    page.finish() + &tail(input, style)
}

/// Findings with the source that they speak of.
pub fn human(input: &Input<'_>, style: Style) -> String {
    let mut text = String::new();
    for finding in &input.audit.findings {
        text.push_str(&snippet(input.bundle, finding, style));
        text.push('\n');
    }
    text + &tail(input, style)
}

/// What was read, what was found, and what was not judged.
fn tail(input: &Input<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    let report = &input.audit.report;
    for source in report
        .sources
        .iter()
        .filter(|source| source.status == SourceStatus::Broken)
    {
        let reason = source.reason.as_deref().unwrap_or_default();
        page.labelled(
            "",
            0,
            &format!("broken: {}: {}", safe(&source.path), safe(reason)),
        );
    }
    let mut assumed: BTreeMap<&str, usize> = BTreeMap::new();
    for key in input.bundle.keys.iter().filter(|key| key.scope.is_some()) {
        if let Some(account) = &input.bundle.access(key).assumed {
            let number = assumed.entry(account).or_default();
            *number = number.saturating_add(1);
        }
    }
    for (account, number) in assumed {
        let keys = count(number, "key", "keys");
        page.labelled("", 0, &format!("assumed for {keys}: {}", safe(account)));
    }
    let judged = report.scope.in_scope.len();
    let mut parts = vec![format!("{} linted", count(judged, "key policy", "key policies"))];
    if !report.scope.other.is_empty() {
        parts.push(format!(
            "{} left out: {} for encryption, or without a policy",
            count(report.scope.other.len(), "key", "keys"),
            if report.scope.other.len() == 1 {
                "it is"
            } else {
                "they are"
            }
        ));
    }
    let levels: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .map(|level| {
            (
                level,
                report.findings.iter().filter(|row| row.severity == level).count(),
            )
        })
        .filter(|(_, number)| *number > 0)
        .map(|(level, number)| format!("{number} {}", level.word()))
        .collect();
    parts.push(if levels.is_empty() {
        "nothing found".to_owned()
    } else {
        levels.join(", ")
    });
    page.parts("", 0, &parts);
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for row in report
        .outcomes
        .iter()
        .filter(|row| row.outcome == OutcomeKind::NotEvaluated)
    {
        let number = open.entry(&row.reason).or_default();
        *number = number.saturating_add(1);
    }
    for (reason, number) in open {
        page.labelled(
            "",
            0,
            &format!(
                "not evaluated ({}): {}",
                count(number, "rule", "rules"),
                safe(reason)
            ),
        );
    }
    page.finish()
}
