//! A challenge for a key's owner (`kms-audit challenge new`).

use super::{Format, Probe, Reader};
use crate::challenge;
use crate::evidence::Data;
use crate::source::Span;

/// The text.
pub(super) struct ChallengeText;

impl Format for ChallengeText {
    fn id(&self) -> &'static str {
        "challenge"
    }

    fn title(&self) -> &'static str {
        "a challenge of kms-audit"
    }

    fn is_of_trees(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe
            .text()
            .is_some_and(|text| text.starts_with(challenge::TITLE))
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        match challenge::parse(&probe.bytes) {
            Ok(challenge) => reader.push(probe.whole(), Data::Challenge(Box::new(challenge))),
            Err(error) => {
                let at = probe
                    .text()
                    .map_or(0, |text| offset(text, error.line, error.column));
                let span = Span::new(probe.source, at..at);
                reader.broken(format!("the challenge was altered: {error}"), span);
            }
        }
    }
}

/// The byte offset of a line and a character in it, both from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let rest = text.get(start..).unwrap_or_default();
    let within = rest
        .char_indices()
        .nth(column.saturating_sub(1))
        .map_or(rest.len(), |(at, _)| at);
    start.saturating_add(within)
}
