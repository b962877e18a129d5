//! The text of a policy as AWS gets it: what `policy-too-large` and `bad-character` share.

use std::ops::Range;

use crate::evidence::{Bundle, PolicyExport, Teller};
use crate::json::Node;
use crate::policy::{Document, Fault, FaultCode, Kind};

/// What of a policy AWS counts and reads.
pub(super) enum Text<'b> {
    /// The text itself: it is JSON, from this place of its source on.
    Json(&'b str, usize),
    /// It is written in another language, or as a part of a template: what AWS gets is made from it.
    Made(String),
}

impl<'b> Text<'b> {
    /// The text of a policy.
    pub(super) fn of(bundle: &'b Bundle, policy: &PolicyExport) -> Self {
        let span = &policy.document.span;
        let own = bundle
            .sources
            .get(policy.source)
            .text()
            .and_then(|text| text.get(span.clone()));
        match own {
            Some(text) if policy.teller != Teller::CloudFormation && Document::parse(text).is_ok() => {
                Self::Json(text, span.start)
            }
            _ => Self::Made(crate::policy::canonical(&policy.document.root)),
        }
    }

    /// Its bytes, and how few they are without white space.
    pub(super) fn sizes(&self, policy: &PolicyExport) -> (usize, usize) {
        match self {
            Self::Json(text, _) => (text.len(), crate::policy::canonical(&policy.document.root).len()),
            Self::Made(text) => (text.len(), text.len()),
        }
    }

    /// The first character that AWS does not take, with its place and how many there are; and what is to be said.
    pub(super) fn bad_character(&self, policy: &PolicyExport) -> Option<(Range<usize>, String)> {
        match self {
            Self::Json(text, start) => {
                let fault = fault_of(text)?;
                let place = fault.span.start.saturating_add(*start)..fault.span.end.saturating_add(*start);
                Some((place, fault.message))
            }
            Self::Made(_) => in_tree(&policy.document.root),
        }
    }
}

fn fault_of(text: &str) -> Option<Fault> {
    let document = Document::parse(text).ok()?;
    let mut faults = document.faults(Kind::Key).into_iter();
    faults.find(|fault| fault.code == FaultCode::BadCharacter)
}

/// The first text of the tree with such a character: a comment of the file around it is no part of the policy.
fn in_tree(node: &Node) -> Option<(Range<usize>, String)> {
    let bad = |text: &str| {
        let char = text.chars().find(|char| *char > '\u{ff}')?;
        Some(format!(
            "U+{:04X} is not among the characters that AWS takes (tab, line breaks, U+0020 to U+00FF)",
            u32::from(char)
        ))
    };
    if let Some(message) = node.as_str().and_then(bad) {
        return Some((node.span.clone(), message));
    }
    for member in node.members() {
        if let Some(message) = bad(&member.key) {
            return Some((member.key_span.clone(), message));
        }
        if let Some(found) = in_tree(&member.value) {
            return Some(found);
        }
    }
    node.items().iter().find_map(in_tree)
}
