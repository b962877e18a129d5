//! The policy document model, over any JSON.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use std::ops::Range;

use kms_audit::json::{Limits, Node, parse};
use kms_audit::policy::evaluate::{Caller, Context, Policies, Policy, Request, Verdict};
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
    let whole = Document::parse(text).expect("it was JSON before");
    assert_eq!(whole.source(), Some(text), "nothing is lost");
    for kind in [Kind::Key, Kind::Identity, Kind::Trust, Kind::Bucket] {
        for fault in whole.faults(kind) {
            assert!(text.get(fault.span).is_some() && !fault.message.is_empty());
        }
    }
    evaluate(&document);
}

/// The document as each kind of policy, held against a few requests.
fn evaluate(document: &Document) {
    let policy = || Policy::new(document);
    assert!(policy().sid(document.statements.len()).is_none());
    let lists = || vec![policy()];
    let everything = Policies {
        key_policy: Some(policy()),
        ram_policy: Some(policy()),
        identity_policies: Some(lists()),
        grants: Some(Vec::new()),
        session_policy: Some(policy()),
        permission_boundaries: lists(),
        scps: vec![lists()],
        rcps: vec![lists()],
        endpoint_policies: lists(),
        ..Policies::default()
    };
    let alone = Policies {
        key_policy: Some(policy()),
        identity_policies: Some(Vec::new()),
        grants: Some(Vec::new()),
        ..Policies::default()
    };
    for principal in [
        "arn:aws:sts::111122223333:assumed-role/r/s",
        "arn:aws:iam::111122223333:user/u",
        "x.amazonaws.com",
        "*",
    ] {
        for (action, resource) in [
            (
                "kms:Sign",
                "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
            ),
            ("kms:UpdateAlias", "arn:aws:kms:eu-west-1:111122223333:alias/v"),
            ("s3:GetObject", "arn:aws:s3:::b/k"),
            ("sts:AssumeRole", "arn:aws:iam::111122223333:role/r"),
        ] {
            let mut context = Context::new();
            context.set("aws:TagKeys", vec!["a".to_owned(), "b".to_owned()]);
            context.set("aws:SourceIp", vec!["10.0.0.1".to_owned()]);
            let request = Request {
                principal: Caller::parse(principal).expect("a caller"),
                action: action.to_owned(),
                resource: resource.to_owned(),
                resource_account: None,
                context,
            };
            for policies in [&everything, &alone] {
                let decision = policies.decide(&request);
                assert_eq!(
                    decision.verdict == Verdict::Depends,
                    !decision.premises.is_empty()
                );
                for because in &decision.because {
                    let statement = because.statement.expect("there are no grants");
                    assert!(statement < document.statements.len());
                    assert!(because.pointer().starts_with("/Statement"));
                }
            }
        }
    }
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
