//! A name that stands twice in one JSON object.

use crate::evidence::{Artefact, Bundle, Data, Trouble};
use crate::finding::{Finding, Label, Severity};
use crate::json::{Limits, Node, parse};
use crate::rules::common::{short, subject_of};
use crate::rules::{Context, Meta, Outcome, evidence_rule};
use crate::source::Span;

evidence_rule!(
    /// `duplicate-json-key`
    DuplicateJsonKey,
    "duplicate-json-key",
    Inventory,
    High,
    "A name stands twice in one JSON object: two readers may take two different values",
    "duplicate_json_key.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    if bundle.artefacts.is_empty() {
        return Outcome::NotEvaluated("no file was recognised".to_owned());
    }
    let mut findings = Vec::new();
    for (index, artefact) in bundle.artefacts.iter().enumerate() {
        if artefact.troubles.is_empty() {
            continue;
        }
        let Some(subject) = subject_of(bundle, index) else {
            continue;
        };
        for trouble in &artefact.troubles {
            if let Trouble::DuplicateKey { key, first, second } = trouble {
                findings.push(finding(meta, bundle, artefact, &subject, (key, *first, *second)));
            }
        }
    }
    Outcome::of(findings, "no name stands twice in one object of any JSON file")
}

fn finding(
    meta: &'static Meta,
    bundle: &Bundle,
    artefact: &Artefact,
    subject: &str,
    (key, first, second): (&str, Span, Span),
) -> Finding {
    let severity = match artefact.data {
        Data::Policy(_) | Data::Metadata(_) | Data::PublicKey(_) => meta.severity,
        _ => Severity::Medium,
    };
    let label = Label {
        span: second,
        message: "the later one, whose value counts here".to_owned(),
    };
    Finding::builder(
        meta.id,
        severity,
        subject,
        format!("\"{}\" stands twice in one object: the later value is taken", short(key)),
        label,
    )
    .related(first, "the earlier one, whose value is passed over")
    .consequence("a reviewer who reads the earlier value, or a program that takes it, sees another document than AWS")
    .note("AWS and most readers take the later value; RFC 8259 leaves it open. AWS never exports such a document.")
    .remedy("Export the file again with the AWS CLI, and find out who changed this copy. Keep one of the two.")
    .content(&content(bundle, key, second))
}

/// The canonical text of the object, so that nothing around it changes the fingerprint.
fn content(bundle: &Bundle, key: &str, span: Span) -> String {
    let object = bundle
        .sources
        .get(span.source)
        .text()
        .and_then(|text| parse(text, &Limits::default()).ok())
        .and_then(|root| innermost_object(&root, span).map(crate::policy::canonical));
    format!("{key}\n{}", object.unwrap_or_default())
}

fn innermost_object(root: &Node, span: Span) -> Option<&Node> {
    let covers = |node: &&Node| node.span.start <= span.start && span.end <= node.span.end;
    let (mut node, mut found) = (root, None);
    loop {
        if node.is_object() {
            found = Some(node);
        }
        let children = node
            .members()
            .iter()
            .map(|member| &member.value)
            .chain(node.items());
        match children.into_iter().find(covers) {
            Some(child) => node = child,
            None => return found,
        }
    }
}
