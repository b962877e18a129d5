//! Renderers of `harden`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use super::page::{Page, count, safe};
use super::{Style, json_text};
use crate::audit::{
    AccountSource, EditRow, HardenCase, HardenOutcome, HardenReport, HardenWitnessRow, LeftOutRow, Safety,
    TakenRow, UnseenWord,
};
use crate::json::{self, Limits, Node, Value};
use crate::source::is_deceptive;

/// Column where the texts begin.
const AT: usize = 16;
/// Columns where the rule of an edit begins, and what is said of it.
const IN: usize = 4;
const TEXT: usize = 13;
/// Lines of context of the difference.
const AROUND: usize = 3;
/// Characters of a line that is shown as it is; a document with longer ones is shown with line breaks.
const LONGEST: usize = 400;
/// Entries that are shown of one list; all are in the JSON.
const MOST_SHOWN: usize = 40;
/// Requests that are shown of one edit; all are in the JSON.
const MOST_WITNESSES: usize = 3;

/// What a reader is told of the files that were written.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// The old policy.
    pub old: String,
    /// The new policy.
    pub policy: Option<String>,
    /// The proof.
    pub proof: Option<String>,
    /// The cases.
    pub cases: Option<String>,
}

/// The report as JSON; with the policy on its own lines of cases, it is the proof.
pub fn json(report: &HardenReport) -> String {
    json_text(report)
}

/// The cases as JSON Lines.
pub fn cases(cases: &[HardenCase]) -> String {
    let mut text = String::new();
    for case in cases {
        text.push_str(&serde_json::to_string(case).unwrap_or_default());
        text.push('\n');
    }
    text
}

/// The new policy for standard output: what a terminal would obey is written as JSON writes it, which changes nothing of
/// what the document says.
pub fn policy(report: &HardenReport) -> String {
    let mut text = String::new();
    for char in report.policy.as_deref().unwrap_or_default().chars() {
        if is_deceptive(char) && !matches!(char, '\t' | '\n' | '\r') {
            let mut units = [0; 2];
            for unit in char.encode_utf16(&mut units) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(char);
        }
    }
    text
}

/// The difference, then each edit with its reason and proof.
pub fn text(report: &HardenReport, old: &str, written: &Written, style: Style) -> String {
    let mut page = Page::new(style);
    let mut text = String::new();
    if let Some(new) = &report.policy
        && report.outcome == HardenOutcome::Changed
    {
        text = difference(&report.input.name, old, new, style);
        text.push('\n');
    }
    page.labelled("HARDENED", AT, &headline(report));
    if let Some(refusal) = &report.refusal {
        page.labelled(
            "reason",
            AT,
            &format!("{} ({})", safe(&refusal.message), refusal.code),
        );
    }
    for (index, signer) in report.signers.iter().enumerate() {
        let label = if index == 0 { "SIGNERS" } else { "" };
        let mut words = safe(&signer.principal);
        if signer.declared {
            words.push_str(" (declared)");
        }
        for premise in &signer.premises {
            let _ = write!(words, "; depends: {}", safe(premise));
        }
        page.labelled(label, AT, &words);
    }
    if report.signers.iter().any(|signer| !signer.declared) {
        page.labelled(
            "",
            AT,
            "(none is declared: all that the policy names and lets sign; --signer declares)",
        );
    }
    if report.signers.is_empty() && report.refusal.is_none() {
        page.labelled(
            "SIGNERS",
            AT,
            "the policy names none: who signs, signs through IAM or a grant",
        );
    }
    for (index, one) in report.administrators.iter().enumerate() {
        let label = if index == 0 { "ADMINISTRATORS" } else { "" };
        page.labelled(label, AT, &safe(one));
    }
    for note in &report.notes {
        page.labelled("note", AT, &safe(note));
    }
    edits(&mut page, &report.edits);
    left_out(&mut page, &report.left_out);
    offered(&mut page, &report.offered);
    if report.refusal.is_none() {
        proof(&mut page, report, written);
    }
    text.push_str(&page.finish());
    text
}

fn headline(report: &HardenReport) -> String {
    let from = report.setting.account_from.map(|from| match from {
        AccountSource::Option => "given",
        AccountSource::Metadata => "of the metadata",
        AccountSource::KeyArn => "of the key's ARN",
        AccountSource::RootPrincipal => "of its root principal",
        AccountSource::NamedPrincipals => "of its users and roles",
    });
    let account = report
        .setting
        .account
        .as_ref()
        .map(|account| format!(" | account {} ({})", safe(account), from.unwrap_or_default()));
    let done = match report.outcome {
        HardenOutcome::Changed => {
            let needs = report
                .edits
                .iter()
                .filter(|edit| edit.safety == Safety::Unsafe)
                .count();
            let all = count(report.edits.len(), "edit", "edits");
            if needs == 0 {
                format!("{all}, all safe")
            } else {
                format!("{all}, {needs} for a person to confirm")
            }
        }
        HardenOutcome::Unchanged => "nothing to take away".to_owned(),
        HardenOutcome::Refused => "refused, no policy is proposed".to_owned(),
    };
    format!(
        "{}: {done}{}",
        safe(&report.input.name),
        account.unwrap_or_default()
    )
}

/// What is said of edits of one rule and statement together.
fn groups(edits: &[EditRow]) -> Vec<Vec<&EditRow>> {
    let mut groups: Vec<Vec<&EditRow>> = Vec::new();
    for edit in edits {
        let last = groups.last_mut().filter(|group| {
            group.first().is_some_and(|first| {
                first.rule == edit.rule
                    && first.statement == edit.statement
                    && first.explanation == edit.explanation
            })
        });
        match last {
            Some(group) => group.push(edit),
            None => groups.push(vec![edit]),
        }
    }
    groups
}

fn edits(page: &mut Page, edits: &[EditRow]) {
    if edits.is_empty() {
        return;
    }
    page.heading("EDITS");
    let groups = groups(edits);
    for (index, group) in groups.iter().take(MOST_SHOWN).enumerate() {
        let Some(first) = group.first() else { continue };
        let number = format!("{:>2}  ", index.saturating_add(1));
        let option = first.option.as_ref().map(|option| format!("  ({option})"));
        page.labelled(
            &number,
            IN,
            &format!("{}{}", first.rule, option.unwrap_or_default()),
        );
        what(page, group);
        page.labelled("    why", TEXT, &safe(&first.explanation));
        let taken: Vec<&TakenRow> = group.iter().flat_map(|edit| &edit.taken).collect();
        let shown: Vec<&HardenWitnessRow> = taken.iter().filter_map(|taken| taken.witness.as_ref()).collect();
        let mut proofs: Vec<String> = shown
            .iter()
            .take(MOST_WITNESSES)
            .map(|one| request(one))
            .collect();
        let more = shown.len().saturating_sub(MOST_WITNESSES);
        if more > 0 {
            proofs.push(format!(
                "and {}, in the JSON",
                count(more, "more request", "more requests")
            ));
        }
        let unseen: BTreeSet<UnseenWord> = taken.iter().filter_map(|taken| taken.unseen).collect();
        for word in unseen {
            let of: Vec<String> = taken
                .iter()
                .filter(|taken| taken.unseen == Some(word))
                .map(|taken| safe(&taken.what))
                .collect();
            // Of one thing there is no need to say of which.
            let of = if taken.len() > of.len() {
                format!("{}: ", of.join(", "))
            } else {
                String::new()
            };
            proofs.push(format!("{of}{}", word.words()));
        }
        for (at, proof) in proofs.iter().enumerate() {
            page.labelled(if at == 0 { "    proof" } else { "" }, TEXT, proof);
        }
    }
    beyond(page, groups.len());
}

/// How many of a list are not shown.
fn beyond(page: &mut Page, all: usize) {
    let more = all.saturating_sub(MOST_SHOWN);
    if more > 0 {
        page.line(&format!("    and {more} more, in the JSON"));
    }
}

fn what(page: &mut Page, group: &[&EditRow]) {
    let Some(first) = group.first() else { return };
    let place = first
        .pointer
        .as_ref()
        .map(|pointer| format!(" ({})", safe(pointer)));
    let head = format!("{}{}: ", safe(&first.statement), place.unwrap_or_default());
    let actions: Vec<&String> = group.iter().flat_map(|edit| &edit.actions).collect();
    if let [only] = actions.as_slice() {
        return page.labelled("    what", TEXT, &format!("{head}{}", safe(only)));
    }
    page.labelled("    what", TEXT, &head);
    for action in actions {
        page.labelled("", TEXT, &format!("  {}", safe(action)));
    }
}

fn request(witness: &HardenWitnessRow) -> String {
    let context: Vec<String> = witness
        .context
        .iter()
        .map(|(key, values)| format!("{} = {}", safe(key), safe(&values.join(", "))))
        .collect();
    let context = if context.is_empty() {
        String::new()
    } else {
        format!(" with {}", context.join(" and "))
    };
    format!(
        "{} {}{context}: {} before, {} now",
        safe(&witness.principal),
        witness.action,
        witness.before.word(),
        witness.after.word()
    )
}

fn left_out(page: &mut Page, rows: &[LeftOutRow]) {
    if rows.is_empty() {
        return;
    }
    page.heading("NOT DONE");
    for row in rows.iter().take(MOST_SHOWN) {
        page.labelled("  - ", IN, &row.rule);
        let place = row
            .pointer
            .as_ref()
            .map(|pointer| format!(" ({})", safe(pointer)));
        let place = place.unwrap_or_default();
        let line = format!("{}{place}: {}", safe(&row.statement), safe(&row.action));
        page.labelled("    what", TEXT, &line);
        page.labelled("    why not", TEXT, &safe(&row.reason));
    }
    beyond(page, rows.len());
}

fn offered(page: &mut Page, edits: &[EditRow]) {
    if edits.is_empty() {
        return;
    }
    page.heading("MORE, WITH AN OPTION");
    let groups = groups(edits);
    for group in groups.iter().take(MOST_SHOWN) {
        let Some(first) = group.first() else { continue };
        let option = first.option.as_deref().unwrap_or("after these");
        page.labelled("  - ", IN, &format!("{}  ({option})", first.rule));
        what(page, group);
        page.labelled("    why", TEXT, &safe(&first.explanation));
    }
    beyond(page, groups.len());
}

fn proof(page: &mut Page, report: &HardenReport, written: &Written) {
    page.heading("PROOF");
    let Some(new) = &report.new else { return };
    let mut say = |label: &str, text: &str| page.labelled(&format!("  {label}"), AT, text);
    say("old policy", &format!("sha256 {}", report.old.sha256));
    say("  canonical", &format!("sha256 {}", report.old.canonical_sha256));
    if report.outcome == HardenOutcome::Unchanged {
        return;
    }
    say("new policy", &format!("sha256 {}", new.sha256));
    say("  canonical", &format!("sha256 {}", new.canonical_sha256));
    if let Some(comparison) = &report.comparison {
        say("no new access", &safe(&comparison.reasons.join("; ")));
    }
    let taken = report.edits.iter().flat_map(|edit| &edit.taken);
    let requests = taken.filter(|taken| taken.witness.is_some()).count();
    let less = if requests == 0 {
        "nothing is taken from anybody: the edits only clean up".to_owned()
    } else {
        format!(
            "{} that the old policy allows by itself and the new one does not",
            count(requests, "request", "requests")
        )
    };
    say("less access", &less);
    let account = report.setting.account.as_deref().unwrap_or_default();
    let new = written.policy.as_deref().unwrap_or("NEW");
    let old = &written.old;
    say(
        "check it",
        &format!(
            "kms-audit compare {} {} --account {}",
            safe(old),
            safe(new),
            safe(account)
        ),
    );
    if requests > 0 {
        let cases = written.cases.as_deref().map_or_else(
            || "kms-audit simulate --cases CASES   (harden --cases CASES writes them)".to_owned(),
            |cases| format!("kms-audit simulate --cases {}", shell(cases)),
        );
        say("", &cases);
    }
    for (label, file) in [("policy in", &written.policy), ("proof in", &written.proof)] {
        if let Some(file) = file {
            say(label, &safe(file));
        }
    }
    page.heading("PUT IT IN FORCE, when you have looked at it");
    let file = written.policy.as_deref().unwrap_or("NEW");
    page.line(&format!(
        "  aws kms put-key-policy --key-id KEY_ID --policy-name default --policy {}",
        shell(&format!("file://{file}"))
    ));
    if written.policy.is_none() {
        page.line("  (harden -o NEW writes it, and its proof beside it)");
    }
}

/// A word of a command line.
fn shell(word: &str) -> String {
    let word = safe(word);
    let plain = |char: char| char.is_ascii_alphanumeric() || "_./:@%+=,-".contains(char);
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The unified difference, to be read: what a terminal would obey is made visible, and line ends are not told apart.
fn difference(name: &str, old: &str, new: &str, style: Style) -> String {
    let long = |text: &str| text.lines().any(|line| line.chars().count() > LONGEST);
    let (old, new, note) = if long(old) || long(new) {
        (
            broken(old),
            broken(new),
            ", shown with line breaks that it does not have",
        )
    } else {
        (Some(old.to_owned()), Some(new.to_owned()), "")
    };
    let (Some(old), Some(new)) = (old, new) else {
        return String::new();
    };
    let diff = TextDiff::from_lines(&old, &new);
    let mut text = String::new();
    let mut line = |code: &str, line: &str| {
        if style.color && !code.is_empty() {
            let _ = writeln!(text, "\u{1b}[{code}m{line}\u{1b}[0m");
        } else {
            text.push_str(line);
            text.push('\n');
        }
    };
    line("1", &format!("--- {}{note}", safe(name)));
    line("1", &format!("+++ {}, hardened", safe(name)));
    for hunk in diff.unified_diff().context_radius(AROUND).iter_hunks() {
        line("36", &hunk.header().to_string());
        for change in hunk.iter_changes() {
            let (sign, code) = match change.tag() {
                ChangeTag::Delete => ('-', "31"),
                ChangeTag::Insert => ('+', "32"),
                ChangeTag::Equal => (' ', ""),
            };
            let value = change.value().trim_end_matches(['\r', '\n']);
            line(code, &format!("{sign}{}", visible(value)));
        }
    }
    text
}

/// A line, safe to look at; its tabs are kept as white space.
fn visible(line: &str) -> String {
    let parts: Vec<String> = line.split('\t').map(safe).collect();
    parts.join("    ")
}

/// The document with line breaks, its entries and their order kept.
fn broken(text: &str) -> Option<String> {
    let root = json::parse(text, &Limits::default()).ok()?;
    let mut made = String::new();
    write(text, &root, 0, &mut made);
    made.push('\n');
    Some(made)
}

fn write(text: &str, node: &Node, depth: usize, made: &mut String) {
    let deeper = depth.saturating_add(1);
    let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
    match &node.value {
        Value::Object(members) if !members.is_empty() => {
            made.push('{');
            for (at, member) in members.iter().enumerate() {
                made.push_str(if at > 0 { "," } else { "" });
                made.push_str(&line(deeper));
                made.push_str(text.get(member.key_span.clone()).unwrap_or_default());
                made.push_str(": ");
                write(text, &member.value, deeper, made);
            }
            made.push_str(&line(depth));
            made.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            made.push('[');
            for (at, item) in items.iter().enumerate() {
                made.push_str(if at > 0 { "," } else { "" });
                made.push_str(&line(deeper));
                write(text, item, deeper, made);
            }
            made.push_str(&line(depth));
            made.push(']');
        }
        _ => made.push_str(text.get(node.span.clone()).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_of_one_line_is_shown_with_line_breaks() {
        let text = r#"{"a":[1,"b\u0041"],"c":{},"d":[]}"#;
        let expected = "{\n  \"a\": [\n    1,\n    \"b\\u0041\"\n  ],\n  \"c\": {},\n  \"d\": []\n}\n";
        assert_eq!(broken(text).as_deref(), Some(expected));
    }

    #[test]
    fn a_word_of_a_command_is_one_word() {
        assert_eq!(shell("file://a/b-1.json"), "file://a/b-1.json");
        assert_eq!(shell("a b'c"), r"'a b'\''c'");
        assert_eq!(shell(""), "''");
    }

    #[test]
    fn a_difference_shows_what_a_terminal_would_obey() {
        let old = "{\r\n\t\"a\": \"\u{9b}31m\",\r\n\t\"b\": 1\r\n}";
        let new = "{\r\n\t\"b\": 1\r\n}";
        let shown = difference("x", old, new, Style::default());
        assert!(shown.contains("-    \"a\": \"\\u{9b}31m\",\n"), "{shown}");
        assert!(!shown.contains('\r') && !shown.contains('\t'), "{shown}");
    }
}
