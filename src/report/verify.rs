//! Renderers of `verify`.

use super::page::{Page, safe};
use super::{Style, json_text};
use crate::audit::{RowVerdict, VERIFY_DIAGNOSIS_CODES, VerifyError, VerifyRow};

/// Column where the texts begin.
const AT: usize = 14;

/// One verdict as a text.
pub fn table(row: &VerifyRow, style: Style) -> String {
    let mut page = Page::new(style);
    page.labelled("VERDICT", AT, verdict(row.verdict));
    if let Some(error) = &row.error {
        page.labelled("error", AT, &words(error));
    }
    let mut field = |label: &str, value: &Option<String>| {
        if let Some(value) = value {
            page.labelled(label, AT, &safe(value));
        }
    };
    field("claimed", &row.address);
    field("recovered", &row.recovered);
    if !row.candidates.is_empty() {
        field("perhaps of", &Some(row.candidates.join(", ")));
    }
    field("encoding", &row.encoding);
    field("message", &row.message_scheme);
    field("digest", &row.digest);
    let s = row.low_s.map(|low| if low { "low" } else { "high" }.to_owned());
    field("s", &s);
    let on_chain = row.acceptable_on_chain.map(|good| {
        if good {
            "taken as it is"
        } else if row.verdict == RowVerdict::NotVerified {
            "refused"
        } else {
            "refused for its high s (EIP-2); n - s with the other v is taken"
        }
        .to_owned()
    });
    field("on chain", &on_chain);
    field("second", &row.second_verification);
    field("second hash", &row.second_hash);
    if let Some(transaction) = &row.transaction {
        let chain = transaction
            .chain_id
            .map_or_else(|| "any chain".to_owned(), |id| format!("chain {id}"));
        let to = transaction.to.as_deref().unwrap_or("a new contract");
        field(
            "transaction",
            &Some(format!(
                "{} for {chain}, nonce {}, {} wei to {to}, hash {}",
                transaction.kind, transaction.nonce, transaction.value, transaction.hash
            )),
        );
        for tuple in &transaction.authorizations {
            let who = match (&tuple.signer, &tuple.error) {
                (Some(signer), None) => format!("by {signer}"),
                (Some(signer), Some(error)) => format!("by {signer}, void: {error}"),
                (None, error) => format!("by nobody: {}", error.as_deref().unwrap_or("no signature")),
            };
            field(
                "authorization",
                &Some(format!(
                    "of the code at {} {who}, for chain {}, nonce {}",
                    tuple.address, tuple.chain_id, tuple.nonce
                )),
            );
        }
    }
    if let Some(typed) = &row.typed_data {
        field(
            "typed data",
            &Some(format!(
                "{}, domain separator {}",
                typed.primary_type, typed.domain_separator
            )),
        );
    }
    if !row.unused.is_empty() {
        field("not used", &Some(row.unused.join(", ")));
    }
    for diagnosis in &row.diagnosis {
        // What is verified needs no reason.
        let label = if row.verdict == RowVerdict::NotVerified && is_reason(&diagnosis.code) {
            "because"
        } else {
            "note"
        };
        page.labelled(
            label,
            AT,
            &format!("{} ({})", safe(&diagnosis.message), diagnosis.code),
        );
    }
    let explained = row.diagnosis.iter().any(|diagnosis| is_reason(&diagnosis.code));
    if row.verdict == RowVerdict::NotVerified && !explained {
        page.labelled("because", AT, "none of the known mistakes explains it");
    }
    page.finish()
}

/// True for what explains a verdict, false for what is worth knowing beside it.
fn is_reason(code: &str) -> bool {
    code != "wrong-checksum" && !VERIFY_DIAGNOSIS_CODES.contains(&code)
}

fn verdict(verdict: RowVerdict) -> &'static str {
    match verdict {
        RowVerdict::Verified => "verified",
        RowVerdict::NotVerified => "NOT VERIFIED",
        RowVerdict::Recovered => "recovered: nobody was claimed",
        RowVerdict::Error => "none: the input cannot be judged",
    }
}

fn words(error: &VerifyError) -> String {
    let place = match (&error.pointer, error.offset) {
        (Some(pointer), Some(offset)) if !pointer.is_empty() => {
            format!(" [{}, byte {offset}]", safe(pointer))
        }
        (_, Some(offset)) => format!(" [byte {offset}]"),
        (Some(pointer), None) if !pointer.is_empty() => format!(" [{}]", safe(pointer)),
        _ => String::new(),
    };
    format!("{} ({}){place}", safe(&error.message), error.code)
}

/// One verdict as JSON.
pub fn json(row: &VerifyRow) -> String {
    json_text(row)
}

/// One verdict as a line of JSON.
pub fn json_line(row: &VerifyRow) -> String {
    let mut text = serde_json::to_string(row).unwrap_or_else(|_| "{}".to_owned());
    text.push('\n');
    text
}

/// One verdict as a line of text.
pub fn line(row: &VerifyRow) -> String {
    let number = row.line.map_or_else(String::new, |line| line.to_string());
    let id = row.id.as_ref().map_or_else(String::new, |id| {
        let text = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        format!(" {}", safe(&text))
    });
    // The reason of a verdict before what is worth knowing beside it.
    let reason = row
        .diagnosis
        .iter()
        .find(|diagnosis| row.verdict == RowVerdict::NotVerified && is_reason(&diagnosis.code))
        .or_else(|| row.diagnosis.first());
    let rest = match (&row.error, reason) {
        (Some(error), _) => words(error),
        (None, Some(diagnosis)) => format!(
            "{}: {}",
            row.recovered.as_deref().or(row.address.as_deref()).unwrap_or("-"),
            safe(&diagnosis.message)
        ),
        (None, None) => row
            .recovered
            .as_deref()
            .or(row.address.as_deref())
            .unwrap_or("-")
            .to_owned(),
    };
    format!("{number:>8}{id} {} {rest}\n", row.verdict.word())
}
