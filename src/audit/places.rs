//! From spans to places that a reader can look up.

use std::collections::BTreeMap;

use super::report::{FindingRow, InnerPlace, Location, RelatedRow};
use crate::evidence::Bundle;
use crate::finding::{Finding, Label};
use crate::input::notation::{self, Root};
use crate::json;
use crate::source::{SourceId, Span};

/// Finds places; keeps the trees that it needed for pointers, since one file can have many findings.
pub(super) struct Places<'b> {
    bundle: &'b Bundle,
    trees: BTreeMap<SourceId, Vec<Root>>,
}

impl<'b> Places<'b> {
    /// Places in this evidence.
    pub(super) fn new(bundle: &'b Bundle) -> Self {
        Self {
            bundle,
            trees: BTreeMap::new(),
        }
    }

    /// A finding as the report has it.
    pub(super) fn finding(&mut self, finding: &Finding) -> FindingRow {
        FindingRow {
            rule: finding.rule.to_owned(),
            severity: finding.severity,
            confidence: finding.confidence,
            subject: finding.subject.clone(),
            message: finding.message.clone(),
            location: self.location(finding.primary.span),
            label: finding.primary.message.clone(),
            related: finding
                .related
                .iter()
                .map(|Label { span, message }| RelatedRow {
                    location: self.location(*span),
                    message: message.clone(),
                })
                .collect(),
            consequences: finding.consequences.clone(),
            notes: finding.notes.clone(),
            remedy: finding.remedy.clone(),
            fingerprint: finding.fingerprint.clone(),
            waived: None,
            baseline: None,
            framework: Vec::new(),
        }
    }

    /// A span as a reader looks for it.
    fn location(&mut self, span: Span) -> Location {
        let place = self.bundle.sources.place(span);
        let own = self.pointer(span);
        let (outer, inner) = match place.inner {
            None => (own, None),
            Some((document, at)) => {
                let outside = self
                    .bundle
                    .sources
                    .parent(span)
                    .and_then(|span| self.pointer(span));
                (
                    outside,
                    Some(InnerPlace {
                        document,
                        line: at.line,
                        column: at.column,
                        pointer: own,
                    }),
                )
            }
        };
        Location {
            path: place.path,
            line: place.start.line,
            column: place.start.column,
            end_line: place.end.line,
            end_column: place.end.column,
            pointer: outer,
            inner,
        }
    }

    /// The JSON pointer of a span in its own source.
    fn pointer(&mut self, span: Span) -> Option<String> {
        let text = self.bundle.sources.get(span.source).text();
        let trees = self
            .trees
            .entry(span.source)
            .or_insert_with(|| notation::pointed_trees(text.unwrap_or_default(), &json::Limits::default()));
        trees
            .iter()
            .find(|root| root.node.span.start <= span.start && span.end <= root.node.span.end)
            .map(|root| root.node.pointer_to(&(span.start..span.end)))
    }
}
