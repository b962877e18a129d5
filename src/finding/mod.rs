//! Findings: what a rule says is wrong, where, and what to do.

mod level;

use sha2::{Digest, Sha256};

pub use level::{Confidence, Severity};

use crate::source::Span;

/// A place and what is to be seen there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is to be seen, short enough to stand under the text.
    pub message: String,
}

/// One thing that is wrong. It has exactly one primary place: it cannot be built without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Id of the rule.
    pub rule: &'static str,
    /// How bad it is here; the rule's usual severity may be raised or lowered by what the evidence shows.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What it is about: a key, a claim, a file.
    pub subject: String,
    /// What is wrong, in one sentence. Text from the evidence in it is not yet made safe: renderers do that.
    pub message: String,
    /// The place.
    pub primary: Label,
    /// Other places that matter.
    pub related: Vec<Label>,
    /// What follows from it: one root cause is one finding.
    pub consequences: Vec<String>,
    /// More to know.
    pub notes: Vec<String>,
    /// What to do.
    pub remedy: String,
    /// SHA-256 over rule, subject and the canonical content concerned, 32 hex digits. Never over a place: a line added
    /// above changes nothing.
    pub fingerprint: String,
}

/// Builds a [`Finding`].
#[derive(Debug)]
pub struct Builder(Finding);

impl Finding {
    /// Starts a finding of `rule` about `subject`, at its one primary place.
    pub fn builder(
        rule: &'static str,
        severity: Severity,
        subject: impl Into<String>,
        message: impl Into<String>,
        primary: Label,
    ) -> Builder {
        Builder(Self {
            rule,
            severity,
            confidence: Confidence::High,
            subject: subject.into(),
            message: message.into(),
            primary,
            related: Vec::new(),
            consequences: Vec::new(),
            notes: Vec::new(),
            remedy: String::new(),
            fingerprint: String::new(),
        })
    }
}

impl Builder {
    /// Less than sure.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.0.confidence = confidence;
        self
    }

    /// Another place that matters.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.0.related.push(Label {
            span,
            message: message.into(),
        });
        self
    }

    /// Something that follows from it.
    #[must_use]
    pub fn consequence(mut self, text: impl Into<String>) -> Self {
        self.0.consequences.push(text.into());
        self
    }

    /// More to know.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.0.notes.push(text.into());
        self
    }

    /// What to do.
    #[must_use]
    pub fn remedy(mut self, text: impl Into<String>) -> Self {
        self.0.remedy = text.into();
        self
    }

    /// Ends with the canonical content that the finding is about, for its fingerprint: a statement, an object, a value;
    /// never a line number or an index.
    pub fn content(mut self, canonical: &str) -> Finding {
        let mut hash = Sha256::new();
        for part in [self.0.rule, self.0.subject.as_str(), canonical] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest: [u8; 32] = hash.finalize().into();
        self.0.fingerprint = crate::encoding::hex::encode(&digest).chars().take(32).collect();
        self.0
    }
}
