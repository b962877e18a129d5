//! Renderers of `checkpoints`.

use super::page::{Page, safe};
use super::{Style, json_line, json_text};
use crate::audit::{CheckpointReport, CheckpointRow};

/// Column where the texts begin.
const AT: usize = 15;

/// Rows of signers and buckets that are shown; JSON has all.
const MOST_ROWS: usize = 40;

/// The report as a text.
pub fn table(report: &CheckpointReport, style: Style) -> String {
    let mut page = Page::new(style);
    if let Some(why) = &report.partial {
        page.labelled("PARTIAL", AT, &format!("{}: this is not all", safe(why)));
    }
    page.parts(
        "RECORDS",
        AT,
        &[
            format!("{} in all", report.records),
            format!("{} verified", report.verified),
            format!("{} failed", report.failed),
            format!("{} unattributed", report.unattributed),
            format!("{} unreadable", report.unreadable),
        ],
    );
    let kinds: Vec<String> = report
        .kinds
        .iter()
        .map(|kind| format!("{} {}", kind.count, safe(&kind.kind)))
        .collect();
    page.parts("DOCUMENTS", AT, &kinds);
    if report.passed_over > 0 {
        page.labelled(
            "",
            AT,
            &format!("{} other files were passed over", report.passed_over),
        );
    }
    if report.roots_confirmed > 0 {
        page.labelled(
            "ROOTS",
            AT,
            &format!(
                "{} computed again from the message ids, and right",
                report.roots_confirmed
            ),
        );
    }
    if report.duplicates > 0 {
        page.labelled("DUPLICATES", AT, &format!("{} records", report.duplicates));
    }
    signers(&mut page, report);
    buckets(&mut page, report);
    findings(&mut page, report);
    if !report.errors.is_empty() {
        page.heading("UNREADABLE");
        for row in &report.errors {
            let offset = row
                .error
                .offset
                .map_or_else(String::new, |offset| format!(" [byte {offset}]"));
            page.labelled(
                "",
                2,
                &format!(
                    "{}: {} ({}){offset}",
                    safe(&row.place),
                    safe(&row.error.message),
                    row.error.code
                ),
            );
        }
    }
    if !report.not_evaluated.is_empty() {
        page.heading("NOT EVALUATED");
        for words in &report.not_evaluated {
            page.labelled("", 2, &safe(words));
        }
    }
    page.gap();
    if let Some(speed) = &report.throughput {
        page.labelled(
            "SPEED",
            AT,
            &format!(
                "{:.0} records a second, {:.1} s",
                speed.records_per_second, speed.seconds
            ),
        );
    }
    let partial = if report.partial.is_some() {
        "partial | "
    } else {
        ""
    };
    let result = match report.exit_code {
        0 => "every record is verified, and nothing else is wrong",
        1 => "records that are not verified, or findings",
        _ => "not everything could be read",
    };
    page.labelled(
        "RESULT",
        AT,
        &format!("{partial}{result} | exit {}", report.exit_code),
    );
    page.finish()
}

fn index(index: Option<u32>) -> String {
    index.map_or_else(|| "-".to_owned(), |index| index.to_string())
}

fn signers(page: &mut Page, report: &CheckpointReport) {
    if report.signers.is_empty() {
        return;
    }
    page.gap();
    // Those who are claimed, then those who signed most.
    let mut signers: Vec<_> = report.signers.iter().collect();
    signers.sort_by(|one, other| {
        (other.claimed, other.records, &one.address).cmp(&(one.claimed, one.records, &other.address))
    });
    let rows: Vec<Vec<String>> = signers
        .iter()
        .take(MOST_ROWS)
        .map(|signer| {
            vec![
                signer.address.clone(),
                signer.records.to_string(),
                index(signer.first_index),
                index(signer.last_index),
                match (&signer.claimed_as, signer.claimed) {
                    (Some(name), _) => safe(name),
                    (None, true) => "claimed".to_owned(),
                    (None, false) => "nobody claimed".to_owned(),
                },
            ]
        })
        .collect();
    page.grid(
        Some(&["SIGNER", "RECORDS", "FIRST", "LAST", "CLAIMED AS"]),
        &rows,
        &[(0, 42), (1, 12), (2, 10), (3, 10)],
        0,
    );
    let more = signers.len().saturating_sub(MOST_ROWS);
    if more > 0 || report.other_signers > 0 {
        page.labelled(
            "",
            2,
            &format!(
                "{more} more signers, and {} checkpoints of signers who are not listed",
                report.other_signers
            ),
        );
    }
}

fn buckets(page: &mut Page, report: &CheckpointReport) {
    if report.buckets.is_empty() {
        return;
    }
    page.gap();
    let rows: Vec<Vec<String>> = report
        .buckets
        .iter()
        .take(MOST_ROWS)
        .map(|bucket| {
            vec![
                safe(&bucket.name),
                index(bucket.first_index),
                index(bucket.last_index),
                index(bucket.latest_index),
                if bucket.reorg_flag { "reorg flag, " } else { "" }.to_owned()
                    + &if bucket.validators.is_empty() {
                        "no announcement".to_owned()
                    } else {
                        bucket.validators.join(", ")
                    },
            ]
        })
        .collect();
    page.grid(
        Some(&["BUCKET", "FIRST", "LAST", "LATEST", "ANNOUNCED BY"]),
        &rows,
        &[(1, 10), (2, 10), (3, 10), (4, 60)],
        0,
    );
    let more = report.buckets.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        page.labelled("", 2, &format!("{more} more buckets"));
    }
}

fn findings(page: &mut Page, report: &CheckpointReport) {
    if report.findings.is_empty() {
        return;
    }
    page.gap();
    for finding in &report.findings {
        page.labelled(
            finding.severity.short(),
            6,
            &format!(
                "{}  {}: {}",
                finding.rule,
                safe(&finding.subject),
                safe(&finding.message)
            ),
        );
        let shown = u64::try_from(finding.places.len()).unwrap_or(u64::MAX);
        let more = finding.records.saturating_sub(shown);
        if shown > 0 {
            let more = if more > 0 {
                format!(", and {more} more")
            } else {
                String::new()
            };
            let places: Vec<String> = finding.places.iter().map(|place| safe(place)).collect();
            page.labelled("", 6, &format!("in {}{more}", places.join(", ")));
        }
        page.labelled("", 6, &format!("{} {}", finding.consequence, finding.remedy));
    }
}

/// The report as JSON.
pub fn json(report: &CheckpointReport) -> String {
    json_text(report)
}

/// One document's verdict as a line of JSON.
pub fn line(row: &CheckpointRow) -> String {
    json_line(row)
}
