//! The table report: the first screen, then each key, the guide's checklist, and what was asked for with `--show`.

use std::fmt::Write as _;

use super::compact::{compact, path};
use super::keys::{guide, keys};
use super::page::{Page, count, safe, short};
use super::{Input, Renderer, Show, Style};
use crate::audit::{
    Answer, AnswerRow, ClaimFileRow, ClaimKind, FindingRow, OutcomeKind, QUESTIONS, Report, SourceStatus,
};
use crate::finding::{Confidence, Severity};

/// Findings on the first screen.
const TOP: usize = 8;

/// Broken files that the first screen names.
const BROKEN: usize = 3;

/// Files of claims that the first screen names.
const SOURCES: usize = 5;

/// From this many columns on a finding stands on one line: severity, rule, message, place.
const WIDE: usize = 140;

/// Column where the texts of the first screen begin.
const INDENT: usize = 10;

/// Tables.
pub(super) struct Table;

impl Renderer for Table {
    fn id(&self) -> &'static str {
        "table"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".txt"]
    }

    fn render(&self, input: &Input<'_>, style: Style) -> String {
        let mut page = Page::new(style);
        first_screen(&mut page, &input.audit.report, input.show);
        keys(&mut page, &input.audit.report);
        guide(&mut page, &input.audit.report);
        rest(&mut page, &input.audit.report, input.show);
        page.finish()
    }
}

/// The first screen: header, evidence, scope, gaps, questions, top findings, result.
pub(super) fn first_screen(page: &mut Page, report: &Report, show: Show) {
    header(page, report);
    evidence(page, report);
    scope(page, report);
    claims(page, report);
    gaps(page, report);
    questions(page, report);
    top_findings(page, report, show);
    page.parts(
        "RESULT",
        INDENT,
        &[
            report.summary.result.clone(),
            format!("exit {}", report.summary.exit_code),
        ],
    );
}

fn header(page: &mut Page, report: &Report) {
    let waivers = match report.waivers.len() {
        0 => "waivers: none".to_owned(),
        number => format!("waivers: {number}"),
    };
    let mut parts = vec![
        format!("{} {}", report.tool.name, report.tool.version),
        format!("evidence: {}", safe(&report.options.evidence)),
        format!("as of {}", report.as_of),
        "offline".to_owned(),
        format!(
            "config: {}",
            report.options.config.as_deref().map_or("none".to_owned(), safe)
        ),
        waivers,
    ];
    parts.extend(chosen(report));
    if !report.tool.cross_check {
        parts.push("second derivation: not evaluated, built without cross-check".to_owned());
    }
    page.parts("", 0, &parts);
}

/// What was asked for, where it is not the default: it decides what can be found below.
fn chosen(report: &Report) -> Vec<String> {
    let options = &report.options;
    let mut parts = Vec::new();
    for (name, list) in [("select", &options.select), ("ignore", &options.ignore)] {
        if !list.is_empty() {
            parts.push(format!("{name}: {}", safe(&list.join(", "))));
        }
    }
    if options.min_severity > Severity::Info {
        parts.push(format!("min-severity: {}", options.min_severity.word()));
    }
    match options.min_confidence {
        Confidence::Low => {}
        Confidence::Medium => parts.push("min-confidence: medium".to_owned()),
        Confidence::High => parts.push("min-confidence: high".to_owned()),
    }
    parts
}

fn evidence(page: &mut Page, report: &Report) {
    let with = |status: SourceStatus| {
        report
            .sources
            .iter()
            .filter(|source| source.status == status)
            .count()
    };
    let mut files = format!(
        "{}: {} used",
        count(report.sources.len(), "file", "files"),
        with(SourceStatus::Used)
    );
    for (status, word) in [
        (SourceStatus::NotRecognised, "not recognised"),
        (SourceStatus::Broken, "broken"),
    ] {
        if with(status) > 0 {
            let _ = write!(files, ", {} {word}", with(status));
        }
    }
    let set = &report.evidence_set_sha256;
    let head: String = set.chars().take(4).collect();
    let tail: String = set.chars().skip(set.len().saturating_sub(4)).collect();
    let newest = report.summary.newest.as_deref().unwrap_or("not known");
    let parts = [
        files,
        format!("newest date in it {newest}"),
        format!("set sha256 {head}..{tail}"),
    ];
    page.parts("EVIDENCE", INDENT, &parts);
    for source in report
        .sources
        .iter()
        .filter(|source| source.status == SourceStatus::Broken)
        .take(BROKEN)
    {
        let reason = source.reason.as_deref().unwrap_or_default();
        page.labelled(
            "",
            INDENT,
            &format!(
                "broken: {}: {}",
                path(&source.path, &report.options.evidence),
                safe(reason)
            ),
        );
    }
    let more = with(SourceStatus::Broken).saturating_sub(BROKEN);
    if more > 0 {
        page.labelled("", INDENT, &format!("broken: and {more} more"));
    }
}

fn scope(page: &mut Page, report: &Report) {
    let scope = &report.scope;
    let mut parts = Vec::new();
    if scope.expected.is_empty() {
        parts.push("no expected addresses declared".to_owned());
    } else {
        let here = scope
            .expected
            .iter()
            .filter(|expected| expected.key.is_some())
            .count();
        let mut text = format!(
            "{}: {here} {} a key here",
            count(scope.expected.len(), "expected address", "expected addresses"),
            if here == 1 { "has" } else { "have" }
        );
        for expected in scope
            .expected
            .iter()
            .filter(|expected| expected.key.is_none())
            .take(3)
        {
            let what: Vec<&str> = [expected.chain.as_deref(), expected.role.as_deref()]
                .into_iter()
                .flatten()
                .collect();
            let space = if what.is_empty() { "" } else { " " };
            let _ = write!(
                text,
                ", {}{space}{} has none",
                safe(&what.join(" ")),
                short(&expected.address)
            );
        }
        parts.push(text);
    }
    let all = scope.in_scope.len().saturating_add(scope.other.len());
    parts.push(format!(
        "{} supplied, {} in scope",
        count(all, "key", "keys"),
        scope.in_scope.len()
    ));
    if let Some(row) = scope.in_scope.iter().find(|row| row.reason.starts_with("no")) {
        parts.push(row.reason.clone());
    }
    page.parts("SCOPE", INDENT, &parts);
}

/// Each source of claims, and what became of them: first those that speak of keys that are here.
fn claims(page: &mut Page, report: &Report) {
    let mut rows: Vec<&ClaimFileRow> = report.claims.iter().collect();
    rows.sort_by_key(|row| row.of_keys_here == 0);
    for (index, row) in rows.iter().take(SOURCES).enumerate() {
        let label = if index == 0 { "CLAIMS" } else { "" };
        page.labelled(label, INDENT, &claim_file(row, &report.options.evidence));
    }
    let rest = rows.get(SOURCES..).unwrap_or_default();
    if !rest.is_empty() {
        let claims = rest
            .iter()
            .fold(0, |sum: usize, row| sum.saturating_add(row.claims));
        let here = if rest.iter().all(|row| row.of_keys_here == 0) {
            ", none of a key here"
        } else {
            ""
        };
        let text = format!(
            "and {} with {}{here}",
            count(rest.len(), "more file", "more files"),
            count(claims, "claim", "claims")
        );
        page.labelled("", INDENT, &text);
    }
}

fn claim_file(row: &ClaimFileRow, evidence: &str) -> String {
    let what = match row.kind {
        ClaimKind::Owner => count(row.claims, "claim of the owner's", "claims of the owner's"),
        ClaimKind::Announcement => count(row.claims, "announcement", "announcements"),
        ClaimKind::PublishedSet => format!(
            "{} in {}",
            count(row.claims, "seat", "seats"),
            count(row.sets, "published set", "published sets")
        ),
    };
    let mut text = format!("{}: {what}, ", path(&row.path, evidence));
    if row.of_keys_here == 0 {
        text.push_str("none of a key here");
        return text;
    }
    let _ = write!(text, "{} of keys here", row.of_keys_here);
    let open = row
        .of_keys_here
        .saturating_sub(row.hold)
        .saturating_sub(row.do_not_hold);
    let counts = [
        (row.hold, "hold"),
        (row.do_not_hold, "DO NOT HOLD"),
        (open, "not evaluated"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| match (number, word) {
            (1, "hold") => "1 holds".to_owned(),
            (1, "DO NOT HOLD") => "1 DOES NOT HOLD".to_owned(),
            _ => format!("{number} {word}"),
        })
        .collect();
    let _ = write!(text, ": {}", counts.join(", "));
    text
}

fn gaps(page: &mut Page, report: &Report) {
    // Kinds that lack the same are said together.
    let mut said: Vec<(&str, Vec<&str>)> = Vec::new();
    for gap in &report.gaps {
        match said.iter_mut().find(|(message, _)| *message == gap.message) {
            Some((_, kinds)) => kinds.push(&gap.kind),
            None => said.push((&gap.message, vec![&gap.kind])),
        }
    }
    let parts: Vec<String> = said
        .into_iter()
        .map(|(message, kinds)| format!("{}: {}", kinds.join(", "), compact(message)))
        .collect();
    if parts.is_empty() {
        page.labelled("GAPS", INDENT, "none known");
        return;
    }
    page.parts("GAPS", INDENT, &parts);
}

/// Yes, no and unknown of one question, and what the answers rest on.
fn questions(page: &mut Page, report: &Report) {
    let mut rows = Vec::new();
    for (number, question) in (1_u8..).zip(QUESTIONS) {
        let rows_of: Vec<&AnswerRow> = report
            .answers
            .iter()
            .filter(|row| row.question == number)
            .collect();
        let with = |answer: Answer| {
            rows_of
                .iter()
                .filter(|row| row.answer == answer)
                .count()
                .to_string()
        };
        rows.push(vec![
            format!("{number} {question}"),
            with(Answer::Yes),
            with(Answer::No),
            with(Answer::Unknown),
            rests_on(&rows_of),
        ]);
    }
    let question = if page.width() >= WIDE { 66 } else { 44 };
    page.gap();
    page.grid(
        Some(&["QUESTION", "YES", "NO", "UNKNOWN", "RESTS ON"]),
        &rows,
        &[(0, question), (1, 4), (2, 4), (3, 7)],
        0,
    );
    page.gap();
}

fn rests_on(rows: &[&AnswerRow]) -> String {
    if rows.is_empty() {
        return "no key in scope".to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    let mut settled: Vec<String> = rows
        .iter()
        .filter(|row| row.answer != Answer::Unknown)
        .map(|row| match row.strength {
            crate::evidence::Strength::Computed => "computed, from client files".to_owned(),
            strength => format!("{}s", strength.word()),
        })
        .collect();
    settled.sort();
    settled.dedup();
    parts.append(&mut settled);
    let mut reasons: Vec<&str> = rows
        .iter()
        .filter(|row| row.answer == Answer::Unknown)
        .filter_map(|row| row.rests_on.first())
        .map(String::as_str)
        .collect();
    reasons.sort_unstable();
    reasons.dedup();
    match reasons.as_slice() {
        [] => {}
        [one] => parts.push(compact(one)),
        several => parts.push(format!("{} reasons for unknown, see the keys", several.len())),
    }
    parts.join("; ")
}

fn top_findings(page: &mut Page, report: &Report, show: Show) {
    if report.findings.is_empty() {
        page.line(&match report.summary.hidden {
            0 => "No findings.".to_owned(),
            hidden => left_out(hidden),
        });
        return;
    }
    let all = show == Show::All;
    let top: Vec<&FindingRow> = report
        .findings
        .iter()
        .take(if all { usize::MAX } else { TOP })
        .collect();
    findings(page, &top, &report.options.evidence, 0);
    let left: Vec<&FindingRow> = report.findings.iter().skip(top.len()).collect();
    if left.is_empty() && report.summary.hidden == 0 {
        return;
    }
    let mut text = String::new();
    if !left.is_empty() {
        let levels: Vec<String> = Severity::ALL
            .iter()
            .rev()
            .map(|level| {
                (
                    level,
                    left.iter().filter(|finding| finding.severity == *level).count(),
                )
            })
            .filter(|(_, number)| *number > 0)
            .map(|(level, number)| format!("{number} {}", level.word()))
            .collect();
        text = format!("{} more: {} (--show all)", left.len(), levels.join(", "));
    }
    if report.summary.hidden > 0 {
        let hidden = left_out(report.summary.hidden);
        text = if text.is_empty() {
            hidden
        } else {
            format!("{text}; {hidden}")
        };
    }
    page.labelled("", 6, &text);
}

fn left_out(hidden: usize) -> String {
    format!(
        "{} left out by --min-severity/--min-confidence",
        count(hidden, "finding", "findings")
    )
}

/// Findings, each with severity, rule, place and message.
pub(super) fn findings(page: &mut Page, rows: &[&FindingRow], evidence: &str, indent: usize) {
    let wide = page.width() >= WIDE;
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|finding| {
            let head = vec![finding.severity.short().to_owned(), finding.rule.clone()];
            let tail = if wide {
                vec![compact(&finding.message), place(finding, evidence)]
            } else {
                vec![place(finding, evidence)]
            };
            [head, tail].concat()
        })
        .collect();
    if wide {
        page.grid(None, &cells, &[(0, 4), (1, 28), (3, 50)], indent);
        return;
    }
    // On a narrow page the message has lines of its own, which no column makes narrower.
    let rule = rows
        .iter()
        .map(|finding| finding.rule.len())
        .max()
        .unwrap_or_default();
    for (finding, cells) in rows.iter().zip(cells) {
        if let [severity, id, place] = cells.as_slice() {
            let head = format!("{:indent$}{severity:<6}{id:<rule$}  ", "");
            page.labelled(&head, head.len(), place);
            page.labelled("", indent.saturating_add(6), &compact(&finding.message));
        }
    }
}

/// The place of a finding: in the file, and in the document inside it.
fn place(finding: &FindingRow, evidence: &str) -> String {
    let location = &finding.location;
    let outer = format!("{}:{}", path(&location.path, evidence), location.line);
    match &location.inner {
        None => outer,
        Some(inner) => format!("{outer}, {} line {}", inner.document, inner.line),
    }
}

/// What passed, what was skipped, and the files, where asked for.
fn rest(page: &mut Page, report: &Report, show: Show) {
    let mut list = |heading: &str, kinds: &[OutcomeKind]| {
        let rows: Vec<Vec<String>> = report
            .outcomes
            .iter()
            .filter(|row| kinds.contains(&row.outcome))
            .map(|row| {
                let word = match row.outcome {
                    OutcomeKind::NotApplicable => "not applicable",
                    OutcomeKind::NotEvaluated => "not evaluated",
                    OutcomeKind::Pass => "pass",
                    OutcomeKind::Findings => "findings",
                };
                vec![
                    word.to_owned(),
                    row.rule.clone(),
                    safe(&row.subject),
                    safe(&row.reason),
                ]
            })
            .collect();
        if !rows.is_empty() {
            page.heading(heading);
            page.grid(None, &rows, &[(0, 14), (1, 28)], 2);
        }
    };
    if matches!(show, Show::Passes | Show::All) {
        list("PASSED", &[OutcomeKind::Pass]);
    }
    if matches!(show, Show::Skipped | Show::All) {
        list(
            "SKIPPED",
            &[OutcomeKind::NotEvaluated, OutcomeKind::NotApplicable],
        );
    }
    let unread: Vec<Vec<String>> = report
        .sources
        .iter()
        .filter(|source| source.status != SourceStatus::Used)
        .map(|source| {
            let word = if source.status == SourceStatus::Broken {
                "broken"
            } else {
                "not recognised"
            };
            vec![
                word.to_owned(),
                path(&source.path, &report.options.evidence),
                safe(source.reason.as_deref().unwrap_or_default()),
            ]
        })
        .collect();
    if !unread.is_empty() {
        page.heading("FILES NOT USED");
        page.grid(None, &unread, &[(0, 14)], 2);
    }
}
