//! The sections of single keys: files, address, claims, signatures, who can sign; and the guide's checklist.

use std::collections::{BTreeMap, BTreeSet};

use super::compact::{compact, path};
use super::page::{Page, count, safe, short};
use super::table::findings;
use crate::address;
use crate::audit::{
    AccessRow, Answer, AnswerRow, ClaimRow, ClaimVerdict, FindingRow, GuideRow, GuideStatus, KeyRow, Report,
    SignatureRow,
};
use crate::evidence::{BoundBy, JoinedBy};

/// Column where the texts of a key's section begin.
const AT: usize = 15;

/// Places of one claim that a key's section names.
const PLACES: usize = 3;

/// The rows of a report by the key that they speak of: an account may have thousands.
struct BySubject<'r> {
    answers: BTreeMap<&'r str, Vec<&'r AnswerRow>>,
    findings: BTreeMap<&'r str, Vec<&'r FindingRow>>,
    signatures: BTreeMap<&'r str, Vec<&'r SignatureRow>>,
    access: BTreeMap<&'r str, Vec<&'r AccessRow>>,
    open: BTreeMap<&'r str, Vec<&'r str>>,
    /// Questions that are unknown for every key alike.
    alike: BTreeSet<u8>,
}

impl<'r> BySubject<'r> {
    fn of(report: &'r Report) -> Self {
        let mut answers: BTreeMap<&str, Vec<&AnswerRow>> = BTreeMap::new();
        let mut by_question: BTreeMap<u8, Vec<&AnswerRow>> = BTreeMap::new();
        for row in &report.answers {
            answers.entry(&row.subject).or_default().push(row);
            by_question.entry(row.question).or_default().push(row);
        }
        let alike = by_question
            .into_iter()
            .filter(|(_, rows)| {
                rows.iter().all(|row| row.answer == Answer::Unknown)
                    && rows
                        .windows(2)
                        .all(|pair| matches!(pair, [one, other] if one.rests_on == other.rests_on))
            })
            .map(|(question, _)| question)
            .collect();
        let mut findings: BTreeMap<&str, Vec<&FindingRow>> = BTreeMap::new();
        for row in &report.findings {
            findings.entry(&row.subject).or_default().push(row);
        }
        let mut signatures: BTreeMap<&str, Vec<&SignatureRow>> = BTreeMap::new();
        for row in &report.signatures {
            signatures.entry(&row.subject).or_default().push(row);
        }
        let mut access: BTreeMap<&str, Vec<&AccessRow>> = BTreeMap::new();
        for row in &report.access {
            access.entry(&row.key).or_default().push(row);
        }
        let mut open: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for row in &report.access_open {
            open.entry(&row.key).or_default().push(&row.message);
        }
        Self {
            answers,
            findings,
            signatures,
            access,
            open,
            alike,
        }
    }
}

/// Each key in scope; then the others by name.
pub(super) fn keys(page: &mut Page, report: &Report) {
    let rows = BySubject::of(report);
    for (index, key) in report.keys.iter().filter(|key| key.in_scope).enumerate() {
        page.gap();
        let label = format!("KEY {}  ", index.saturating_add(1));
        page.labelled(&label, label.len(), &safe(&key.subject));
        one_key(page, report, &rows, key);
    }
    let other: Vec<Vec<String>> = report
        .scope
        .other
        .iter()
        .map(|key| vec![safe(&key.subject), safe(&key.aliases.join(", "))])
        .collect();
    if !other.is_empty() {
        page.heading("OTHER KEYS, listed and not judged");
        page.grid(None, &other, &[], 2);
    }
}

fn one_key(page: &mut Page, report: &Report, rows: &BySubject<'_>, key: &KeyRow) {
    let subject = key.subject.as_str();
    let field = |page: &mut Page, label: &str, text: &str| page.labelled(&format!("  {label}"), AT, text);
    if !key.aliases.is_empty() {
        field(page, "alias", &safe(&key.aliases.join(", ")));
    }
    let unknown = || "not in the evidence".to_owned();
    field(
        page,
        "metadata",
        &format!(
            "key spec {}, state {}, origin {}",
            key.key_spec.as_deref().map_or_else(unknown, safe),
            key.activity.as_deref().map_or_else(unknown, safe),
            key.origin.as_deref().map_or_else(unknown, safe)
        ),
    );
    files(page, report, key);
    match &key.fingerprint {
        Some(fingerprint) if !key.addresses.is_empty() => {
            let second = key.second_derivation.as_deref().unwrap_or("not made");
            // Every scheme is in the JSON; here those that somebody asks for.
            let claimed: BTreeSet<&str> = key
                .claims
                .iter()
                .filter_map(|claim| address::parse_claim(claim.address.trim(), &address::Options::new()).ok())
                .flat_map(|claimed| claimed.schemes)
                .copied()
                .collect();
            let asked = |scheme: &str| {
                scheme == "evm"
                    || claimed.contains(scheme)
                    || report.options.prefix.is_some() && scheme.starts_with("cosmos")
            };
            for scheme in address::SCHEMES.iter().map(|scheme| scheme.id()) {
                if let Some(address) = key.addresses.get(scheme).filter(|_| asked(scheme)) {
                    field(
                        page,
                        "address",
                        &format!("{scheme} {address} (second derivation: {second})"),
                    );
                }
            }
            field(page, "fingerprint", &format!("SHA-256 of the SPKI {fingerprint}"));
        }
        _ if key.declared.is_some() => field(
            page,
            "address",
            "none yet: only code declares the key, and no public key of it is in the evidence",
        ),
        _ => field(
            page,
            "address",
            "none: no good and undisputed secp256k1 public key in the evidence",
        ),
    }
    claims(page, report, key);
    disagreement(page, report, key);
    let samples = rows
        .signatures
        .get(subject)
        .map(Vec::as_slice)
        .unwrap_or_default();
    if samples.is_empty() {
        field(page, "signatures", "none in the evidence: possession not shown");
    }
    for row in samples {
        field(
            page,
            "signatures",
            &format!(
                "{}: {} ({})",
                safe(&row.source),
                row.verdict.word(),
                safe(&row.reason)
            ),
        );
    }
    let own = rows.access.get(subject).map(Vec::as_slice).unwrap_or_default();
    let open = rows.open.get(subject).map(Vec::as_slice).unwrap_or_default();
    super::access::of_key(page, own, open, &report.options.evidence, 2);
    answers(page, rows, key);
    let own = rows.findings.get(subject).map(Vec::as_slice).unwrap_or_default();
    findings(page, own, &report.options.evidence, 2);
}

fn claims(page: &mut Page, report: &Report, key: &KeyRow) {
    if key.claims.is_empty() {
        page.labelled("  claim", AT, "none bound to this key");
    }
    // A key of many published sets is claimed in many places alike: one line says so.
    let mut lines: Vec<(String, &'static str, Vec<String>)> = Vec::new();
    let mut known: BTreeMap<(String, &'static str), usize> = BTreeMap::new();
    for claim in &key.claims {
        let text = one_claim(claim);
        let by = match claim.bound_by {
            BoundBy::Key => "bound by key",
            BoundBy::RoleChain => "bound by role and chain",
            BoundBy::Address => "bound by address only",
        };
        let at = *known.entry((text.clone(), by)).or_insert_with(|| {
            lines.push((text, by, Vec::new()));
            lines.len().saturating_sub(1)
        });
        if let Some((_, _, sources)) = lines.get_mut(at) {
            sources.push(path(&claim.source, &report.options.evidence));
        }
    }
    for (text, by, sources) in lines {
        let shown = sources
            .iter()
            .take(PLACES)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let more = match sources.len().saturating_sub(PLACES) {
            0 => String::new(),
            more => format!(" and {}", count(more, "more place", "more places")),
        };
        page.labelled("  claim", AT, &format!("{text} ({by}; {shown}{more})"));
    }
}

/// A claim and whether it holds, without its place.
fn one_claim(claim: &ClaimRow) -> String {
    let verdict = match claim.verdict {
        ClaimVerdict::Match => "holds",
        ClaimVerdict::Mismatch => "DOES NOT HOLD",
        ClaimVerdict::WrongChecksum => "wrong checksum",
        ClaimVerdict::Malformed => "malformed",
        ClaimVerdict::NotEvaluated => "not evaluated",
    };
    let each: Vec<String> = claim
        .diagnosis
        .iter()
        .map(|diagnosis| {
            // What names another key may name it by its ARN; the others have addresses that are worth their length.
            let message = if diagnosis.code.ends_with("another-key") {
                compact(&diagnosis.message)
            } else {
                safe(&diagnosis.message)
            };
            // An error's own words may begin with the verdict.
            message
                .strip_prefix(verdict)
                .map_or(message.as_str(), |rest| rest.trim_start_matches([':', ' ']))
                .to_owned()
        })
        .collect();
    let why = if each.is_empty() {
        String::new()
    } else {
        format!(": {}", each.join("; "))
    };
    let notes = claim
        .notes
        .iter()
        .fold(String::new(), |notes, note| format!("{notes}, {note}"));
    format!("{} {verdict}{why}{notes}", safe(&claim.address))
}

/// One line where the sources name different addresses for the key: who says which.
fn disagreement(page: &mut Page, report: &Report, key: &KeyRow) {
    const MOST: usize = 4;
    let digits = |address: &str| address.trim().trim_start_matches("0x").to_ascii_lowercase();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let said: Vec<&ClaimRow> = key
        .claims
        .iter()
        .filter(|claim| seen.insert(digits(&claim.address)))
        .collect();
    if said.len() < 2 {
        return;
    }
    let mut parts: Vec<String> = said
        .iter()
        .take(MOST)
        .map(|claim| {
            let whose = match claim.verdict {
                ClaimVerdict::Match => ", the key's",
                ClaimVerdict::Mismatch => ", not the key's",
                ClaimVerdict::WrongChecksum | ClaimVerdict::Malformed | ClaimVerdict::NotEvaluated => "",
            };
            let source = path(&claim.source, &report.options.evidence);
            format!("{source} says {}{whose}", short(&claim.address))
        })
        .collect();
    let more = said.len().saturating_sub(MOST);
    if more > 0 {
        parts.push(format!("and {}", count(more, "more address", "more addresses")));
    }
    page.labelled("  DISAGREE", AT, &parts.join("; "));
}

/// The answers of one key that are not yes. What is unknown for every key alike is said once, on the first screen.
fn answers(page: &mut Page, rows: &BySubject<'_>, key: &KeyRow) {
    let own = rows
        .answers
        .get(key.subject.as_str())
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut same: Vec<String> = Vec::new();
    for row in own.iter().filter(|row| row.answer != Answer::Yes) {
        if rows.alike.contains(&row.question) {
            same.push(row.question.to_string());
            continue;
        }
        let word = if row.answer == Answer::No { "no" } else { "unknown" };
        let reasons: Vec<String> = row.rests_on.iter().map(|reason| compact(reason)).collect();
        lines.push(vec![
            word.to_owned(),
            row.question.to_string(),
            reasons.join("; "),
        ]);
    }
    if !same.is_empty() {
        let text = format!("{}, for the reasons above", same.join(" "));
        lines.push(vec!["unknown".to_owned(), String::new(), text]);
    }
    page.grid(None, &lines, &[(0, 7), (1, 1)], 2);
}

/// The key's files, grouped by how they were joined.
fn files(page: &mut Page, report: &Report, key: &KeyRow) {
    let mut by: BTreeMap<JoinedBy, Vec<String>> = BTreeMap::new();
    for join in &key.joins {
        by.entry(join.by)
            .or_default()
            .push(path(&join.artefact, &report.options.evidence));
    }
    for (index, (by, mut files)) in by.into_iter().enumerate() {
        files.sort();
        files.dedup();
        let label = if index == 0 { "  files" } else { "" };
        page.labelled(label, AT, &format!("by {}: {}", by.words(), files.join(", ")));
    }
}

/// The guide's checklist, key by key.
pub(super) fn guide(page: &mut Page, report: &Report) {
    if report.guide.is_empty() {
        return;
    }
    page.heading("GUIDE  Hyperlane's \"Agent Keys\", step by step. To follow it is not to be safe.");
    let mut by_subject: BTreeMap<&str, Vec<&GuideRow>> = BTreeMap::new();
    for row in &report.guide {
        by_subject.entry(&row.subject).or_default().push(row);
    }
    for key in report.keys.iter().filter(|key| key.in_scope) {
        let rows: Vec<Vec<String>> = by_subject
            .get(key.subject.as_str())
            .into_iter()
            .flatten()
            .map(|row| {
                let status = match (row.status, row.better) {
                    (GuideStatus::Follows, _) => "follows",
                    (GuideStatus::Differs, Some(true)) => "differs, better",
                    (GuideStatus::Differs, _) => "differs, worse",
                    (GuideStatus::NotEvaluated, _) => "not evaluated",
                };
                vec![status.to_owned(), row.title.clone(), compact(&row.evidence)]
            })
            .collect();
        page.gap();
        page.labelled("", 2, &safe(key.aliases.first().unwrap_or(&key.subject)));
        page.grid(None, &rows, &[(0, 15), (1, 31)], 2);
    }
}
