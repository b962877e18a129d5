//! Renderers of `compare`.

use super::page::{Page, safe};
use super::{Style, json_text};
use crate::audit::{BecauseRow, CompareReport, CompareVerdict, DecisionRow, DecisionWord, WitnessRow};

/// Column where the texts begin.
const AT: usize = 14;

/// A comparison as a text.
pub fn table(report: &CompareReport, style: Style) -> String {
    let mut page = Page::new(style);
    page.labelled("VERDICT", AT, words(report.verdict));
    page.labelled("old", AT, &safe(&report.old));
    page.labelled("new", AT, &safe(&report.new));
    if let Some(key) = &report.key {
        page.labelled("key", AT, &safe(key));
    } else if let Some(account) = &report.account {
        page.labelled("account", AT, &safe(account));
    }
    for assumption in &report.assumptions {
        page.labelled("assumed", AT, &safe(assumption));
    }
    for reason in &report.reasons {
        page.labelled("because", AT, &safe(reason));
    }
    for (number, row) in report.witnesses.iter().enumerate() {
        page.gap();
        let label = format!("WITNESS {}", number.saturating_add(1));
        page.labelled(
            &label,
            AT,
            &format!("{} by {}", safe(&row.action), safe(&row.principal)),
        );
        witness(&mut page, row);
    }
    if !report.witnesses.is_empty() {
        page.gap();
        page.labelled(
            "",
            0,
            "Each witness is a case for kms-audit simulate: --format json has it as case_before and case_after.",
        );
    }
    page.finish()
}

fn words(verdict: CompareVerdict) -> &'static str {
    match verdict {
        CompareVerdict::NoNewAccess => "no-new-access: whatever the new policy allows, the old one allows",
        CompareVerdict::NewAccess => "new-access: the new policy allows what the old one does not",
        CompareVerdict::NotProven => {
            "not-proven: that there is no new access could not be shown, nor that there is"
        }
    }
}

fn witness(page: &mut Page, row: &WitnessRow) {
    for key in &row.context {
        let values = key.values.join(", ");
        page.labelled("  with", AT, &format!("{} = {}", safe(&key.key), safe(&values)));
    }
    if row.resource != "*" {
        page.labelled("  on", AT, &safe(&row.resource));
    }
    for assumed in &row.assumes {
        page.labelled("  where", AT, &safe(assumed));
    }
    page.labelled("  before", AT, &decision(&row.before));
    page.labelled("  after", AT, &decision(&row.after));
}

fn decision(row: &DecisionRow) -> String {
    let by: Vec<String> = row.because.iter().map(place).collect();
    let by = by.join(", ");
    match row.decision {
        DecisionWord::Allowed => format!("Allowed, by {by}"),
        DecisionWord::ExplicitDeny => format!("ExplicitDeny, by {by}"),
        DecisionWord::ImplicitDeny => "ImplicitDeny: nothing allows it".to_owned(),
        DecisionWord::Depends => {
            let premises: Vec<String> = row
                .premises
                .iter()
                .map(|premise| safe(&premise.message))
                .collect();
            format!("Depends on {}", premises.join("; "))
        }
    }
}

fn place(because: &BecauseRow) -> String {
    let sid = because.sid.as_ref().map(|sid| format!(" \"{}\"", safe(sid)));
    format!("{}{}{}", because.policy, because.pointer, sid.unwrap_or_default())
}

/// A comparison as JSON.
pub fn json(report: &CompareReport) -> String {
    json_text(report)
}
