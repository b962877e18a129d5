//! Renderers of `challenge`.

use super::page::{Page, safe};
use super::{Style, json_text};
use crate::challenge::commands::Cli;
use crate::challenge::report::{
    ChallengeReport, ChallengeRow, CheckReport, CheckVerdict, LedgerUse, NewReport,
};

/// Column where the texts begin.
const AT: usize = 13;

/// The answer as text. Commands stand on one line each, however long: what is copied must run.
pub fn table(report: &ChallengeReport, style: Style) -> String {
    let mut page = Page::new(style);
    match report {
        ChallengeReport::New(report) => made(&mut page, report),
        ChallengeReport::Check(report) => checked(&mut page, report),
    }
    page.finish()
}

/// The answer as JSON.
pub fn json(report: &ChallengeReport) -> String {
    json_text(report)
}

fn made(page: &mut Page, report: &NewReport) {
    page.labelled(
        "CHALLENGE",
        AT,
        &format!("{}, SHA-256 {}", safe(&report.file), report.challenge.sha256),
    );
    challenge(page, &report.challenge);
    page.labelled("  digest", AT, &report.digest);
    page.gap();
    page.labelled(
        "NEXT",
        AT,
        "Send the key's owner the file and one of these commands. The owner runs it in a POSIX shell and sends answer.json \
         back. Keep the file as it is, and check against your own copy.",
    );
    for way in &report.ways {
        page.gap();
        page.line(match way.with {
            Cli::AwsCliV2 => "With AWS CLI v2:",
            Cli::AwsCliAny => "With AWS CLI v1 or v2:",
        });
        for line in &way.lines {
            page.line(&format!("  {}", safe(line)));
        }
    }
    page.gap();
    page.labelled(
        "OWNER",
        AT,
        "Nobody should sign a digest that he cannot tell the origin of: kms-audit challenge show FILE computes it from the \
         text again, and prints these commands.",
    );
}

fn challenge(page: &mut Page, row: &ChallengeRow) {
    page.labelled("  purpose", AT, &safe(&row.purpose));
    page.labelled("  auditor", AT, &safe(&row.auditor));
    page.labelled("  key", AT, &safe(&row.key));
    page.labelled("  address", AT, &row.address);
    page.labelled("  nonce", AT, &row.nonce);
    page.labelled("  counts", AT, &format!("{} to {}", row.date, row.expires));
}

fn checked(page: &mut Page, report: &CheckReport) {
    let words = match report.verdict {
        CheckVerdict::Verified => "verified: the address's key signed this challenge, and in time",
        CheckVerdict::Refused => "REFUSED",
        CheckVerdict::Error => "NOT JUDGED: something could not be read",
    };
    page.labelled("VERDICT", AT, &format!("{words} (as of {})", report.as_of));
    for (index, reason) in report.reasons.iter().enumerate() {
        let label = if index == 0 { "  because" } else { "" };
        page.labelled(
            label,
            AT,
            &format!("{}: {}", reason.code.id(), safe(&reason.message)),
        );
    }
    for (index, diagnosis) in report.diagnosis.iter().enumerate() {
        let label = if index == 0 { "  perhaps" } else { "" };
        page.labelled(
            label,
            AT,
            &format!("{}: {}", diagnosis.code, safe(&diagnosis.message)),
        );
    }
    for (index, line) in report.rests_on.iter().enumerate() {
        page.labelled(if index == 0 { "  rests on" } else { "" }, AT, &safe(line));
    }
    if let Some(words) = ledger(report.ledger) {
        page.labelled("  ledger", AT, words);
    }
    if let Some(row) = &report.challenge {
        page.gap();
        page.labelled("CHALLENGE", AT, &format!("SHA-256 {}", row.sha256));
        challenge(page, row);
        page.labelled("  digest", AT, report.digest.as_deref().unwrap_or_default());
    }
    if let Some(answer) = &report.answer {
        page.gap();
        page.labelled(
            "ANSWER",
            AT,
            &answer.key_id.as_deref().map_or("names no key".to_owned(), safe),
        );
        page.labelled(
            "  algorithm",
            AT,
            &answer.algorithm.as_deref().map_or("not named".to_owned(), safe),
        );
        let s = if answer.low_s { "low" } else { "high" };
        page.labelled("  signature", AT, &format!("{}, s is {s}", answer.encoding));
        let signers = if answer.recovered.is_empty() {
            "nobody".to_owned()
        } else {
            answer.recovered.join(" or ")
        };
        page.labelled("  recovers", AT, &signers);
        page.labelled(
            "  second",
            AT,
            &format!("the second verification: {}", answer.second_verification.word()),
        );
    }
    if let Some(key) = &report.public_key {
        page.gap();
        page.labelled(
            "PUBLIC KEY",
            AT,
            &key.key_id.as_deref().map_or("names no key".to_owned(), safe),
        );
        page.labelled("  address", AT, &key.address);
        page.labelled("  SPKI", AT, &format!("SHA-256 {}", key.fingerprint));
    }
    if !report.errors.is_empty() {
        page.gap();
    }
    for error in &report.errors {
        let place = match (error.line, error.column) {
            (Some(line), Some(column)) => format!(":{line}:{column}"),
            (Some(line), None) => format!(":{line}"),
            _ => String::new(),
        };
        page.labelled(
            "error",
            7,
            &format!(
                "{}{place}: {} ({})",
                safe(&error.source),
                safe(&error.message),
                error.code
            ),
        );
    }
}

fn ledger(outcome: LedgerUse) -> Option<&'static str> {
    match outcome {
        LedgerUse::NotUsed => None,
        LedgerUse::Unchanged => Some("left as it is: the answer does not count"),
        LedgerUse::Replayed => Some("has the nonce already, and was left as it is"),
        LedgerUse::Recorded => Some("the nonce was added: it does not count again"),
    }
}
