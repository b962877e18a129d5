//! The policy document model, over any JSON.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use std::ops::Range;

use kms_audit::json::{Limits, Node, parse};
use kms_audit::policy::{Document, Kind, Statement};

const LIMITS: Limits = Limits {
    depth: 32,
    values: 10_000,
};

pub fn body(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(root) = parse(text, &LIMITS) else {
        return;
    };
    let document = Document::read(&root);
    let _ = Document::looks_like(&root);
    let _ = Kind::of(&document);
    assert_eq!(document.span, root.span);
    for problem in &document.problems {
        inside(&root, &problem.span);
        assert!(text.get(problem.span.clone()).is_some());
    }
    for (index, part) in document.statements.iter().enumerate() {
        statement(text, &root, index, part);
    }
    let canonical = document.canonical();
    let again = parse(&canonical, &LIMITS).expect("canonical text is JSON");
    let again = Document::read(&again);
    assert_eq!(
        again.canonical(),
        canonical,
        "the canonical text of a canonical text is itself"
    );
    assert_eq!(Document::read(&root), document, "twice the same");
}

fn inside(root: &Node, span: &Range<usize>) {
    assert!(root.span.start <= span.start && span.start <= span.end && span.end <= root.span.end);
}

fn statement(text: &str, root: &Node, index: usize, statement: &Statement) {
    inside(root, &statement.span);
    assert!(!statement.name(index).is_empty());
    let within = |span: &Range<usize>| {
        assert!(statement.span.start <= span.start && span.end <= statement.span.end);
        assert!(text.get(span.clone()).is_some());
    };
    let _ = statement.allows("kms:Sign");
    let _ = statement.conditions();
    if let Some((sid, span)) = &statement.sid {
        within(span);
        assert_eq!(
            serde_json::from_str::<String>(&text[span.clone()]).ok().as_ref(),
            Some(sid)
        );
    }
    for (_, span) in &statement.actions {
        within(span);
    }
    for (resource, span) in &statement.resources {
        within(span);
        assert_eq!(
            serde_json::from_str::<String>(&text[span.clone()]).ok().as_ref(),
            Some(resource)
        );
    }
    for (principal, span) in statement
        .principals
        .iter()
        .flat_map(|principals| &principals.list)
    {
        within(span);
        let _ = (principal.as_str(), principal.is_named());
    }
}
