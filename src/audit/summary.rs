//! The numbers of a report.

use std::collections::BTreeMap;

use super::Options;
use super::exit::FailOn;
use super::report::{Answer, AnswerRow, OutcomeKind, OutcomeRow, Summary};
use jiff::civil::Date;

use crate::evidence::{Bundle, Data, FileStatus};
use crate::finding::{Finding, Severity};
use crate::rules::key::date::{day, moment};

/// What there is to count.
pub(super) struct Counted<'a> {
    pub(super) bundle: &'a Bundle,
    /// Those that the report shows.
    pub(super) findings: &'a [Finding],
    pub(super) hidden: usize,
    pub(super) outcomes: &'a [OutcomeRow],
    pub(super) answers: &'a [AnswerRow],
    pub(super) missing: Vec<String>,
    pub(super) exit_code: u8,
    pub(super) result: String,
}

/// Counts.
pub(super) fn summarise(counted: Counted<'_>) -> Summary {
    let levels = Severity::ALL.into_iter().map(|level| {
        (
            level.word().to_owned(),
            counted
                .findings
                .iter()
                .filter(|finding| finding.severity == level)
                .count(),
        )
    });
    let kinds = [
        ("findings", OutcomeKind::Findings),
        ("pass", OutcomeKind::Pass),
        ("not-applicable", OutcomeKind::NotApplicable),
        ("not-evaluated", OutcomeKind::NotEvaluated),
    ];
    let outcomes = kinds.into_iter().map(|(word, kind)| {
        (
            word.to_owned(),
            counted.outcomes.iter().filter(|row| row.outcome == kind).count(),
        )
    });
    let words = [
        ("yes", Answer::Yes),
        ("no", Answer::No),
        ("unknown", Answer::Unknown),
    ];
    let answers = words.into_iter().map(|(word, kind)| {
        (
            word.to_owned(),
            counted.answers.iter().filter(|row| row.answer == kind).count(),
        )
    });
    Summary {
        findings: levels.collect::<BTreeMap<_, _>>(),
        newest: newest(counted.bundle).map(|day| day.to_string()),
        hidden: counted.hidden,
        outcomes: outcomes.collect::<BTreeMap<_, _>>(),
        answers: answers.collect::<BTreeMap<_, _>>(),
        result: counted.result,
        missing: counted.missing,
        exit_code: counted.exit_code,
    }
}

/// The result in words, of all findings, shown or not.
pub(super) fn result(
    bundle: &Bundle,
    options: &Options,
    findings: &[Finding],
    answers: &[AnswerRow],
    missing: &[String],
) -> String {
    let mut parts = Vec::new();
    if bundle.keys.iter().all(|key| key.scope.is_none()) {
        parts.push("nothing was judged: no key is in scope".to_owned());
    }
    let level = options.fail_on.iter().filter_map(|fail| match fail {
        FailOn::Level(level) => Some(*level),
        _ => None,
    });
    if let Some(level) = level.min() {
        let is = findings.iter().any(|finding| finding.severity >= level);
        parts.push(format!(
            "{} at or above {}",
            if is { "findings" } else { "no finding" },
            level.word()
        ));
    }
    let files = &bundle.files;
    if !files.iter().any(|file| file.status == FileStatus::Used) {
        parts.push("nothing was recognised".to_owned());
    } else if files
        .iter()
        .any(|file| matches!(file.status, FileStatus::Broken { .. }))
    {
        parts.push("broken input".to_owned());
    }
    if !missing.is_empty() {
        parts.push("required evidence is missing".to_owned());
    }
    if answers.iter().any(|row| row.answer == Answer::Unknown) || answers.is_empty() {
        parts.push("evidence incomplete".to_owned());
    }
    parts.join("; ")
}

/// The newest creation or change that the AWS outputs speak of.
fn newest(bundle: &Bundle) -> Option<Date> {
    let dates = |data: &Data| -> Vec<String> {
        match data {
            Data::Metadata(metadata) => metadata
                .creation_date
                .iter()
                .map(|date| date.value.clone())
                .collect(),
            Data::Aliases(list) => list
                .aliases
                .iter()
                .filter_map(|alias| Some(alias.updated.as_ref()?.value.clone()))
                .collect(),
            Data::Grants(list) => list
                .grants
                .iter()
                .filter_map(|grant| Some(grant.creation_date.as_ref()?.value.clone()))
                .collect(),
            _ => Vec::new(),
        }
    };
    bundle
        .artefacts
        .iter()
        .flat_map(|artefact| dates(&artefact.data))
        .filter_map(|text| moment(&text))
        .map(day)
        .max()
}
