//! The secret that stands beside the id of an access key and has no name of its own: text output of the AWS CLI, the
//! console's CSV files, copies of a terminal.

use std::ops::Range;

use super::token::{Escape, Token, escape, is_part};
use super::{Secret, places};
use crate::evidence::SecretKind;

/// Bytes between an access key id and its secret.
const NEAR: usize = 400;

/// Runs of 40 characters of base64 near an access key id (IAM User Guide, "IAM identifiers": `AKIA`, `ASIA`).
pub(super) fn beside_access_key_ids(bytes: &[u8]) -> Vec<Secret> {
    let mut ids: Vec<usize> = [&b"AKIA"[..], b"ASIA"]
        .iter()
        .flat_map(|prefix| places(bytes, prefix))
        .filter(|at| is_id(bytes, *at))
        .collect();
    ids.sort_unstable();
    let mut found = Vec::new();
    let mut done = 0_usize;
    for window in windows(&ids, bytes.len()) {
        let mut at = window.start.max(done);
        // Not in the middle of a run.
        while at > done
            && bytes.get(at.saturating_sub(1)).is_some_and(|byte| is_part(*byte))
            && at < window.end
        {
            at = at.saturating_add(1);
        }
        while at < window.end {
            let run = Token::at(bytes, at);
            let next = run.end.max(at.saturating_add(1));
            if run.text.is_empty() {
                // The letter of `\n` is none of what follows.
                at = match bytes.get(at) {
                    Some(b'\\') => match escape(bytes, at) {
                        Escape::Other(length) => at.saturating_add(length.max(1)),
                        _ => next,
                    },
                    _ => next,
                };
                continue;
            }
            if let Some(secret) = secret(run) {
                found.push(secret);
            }
            at = next;
        }
        done = at;
    }
    found
}

fn is_id(bytes: &[u8], at: usize) -> bool {
    let inside = at
        .checked_sub(1)
        .and_then(|before| bytes.get(before))
        .is_some_and(u8::is_ascii_alphanumeric);
    let id = at.checked_add(20).and_then(|end| bytes.get(at..end));
    !inside
        && id.is_some_and(|id| {
            id.iter()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        })
}

/// The neighbourhoods of the ids, those that touch as one.
fn windows(ids: &[usize], length: usize) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    for id in ids {
        let (start, end) = (id.saturating_sub(NEAR), id.saturating_add(NEAR).min(length));
        match windows.last_mut() {
            Some(last) if last.end >= start => last.end = end,
            _ => windows.push(start..end),
        }
    }
    windows
}

fn secret(run: Token) -> Option<Secret> {
    let text = run.text.as_slice();
    let chance = text.iter().any(u8::is_ascii_uppercase) && text.iter().any(u8::is_ascii_lowercase);
    let form = text.len() == 40
        && text
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    if !form || !chance || text.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    Some(Secret {
        kind: SecretKind::AccessKey("secret access key beside an access key id".to_owned()),
        mark: run.pieces.first()?.range.start..run.end,
        hidden: run.pieces,
    })
}
