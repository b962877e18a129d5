//! Policies that are larger than KMS takes, or nearly so.

use super::text::Text;
use super::{no_policy, policies, put_in_force};
use crate::evidence::{Key, PolicyExport};
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::rules::{Context, Meta, Outcome, key_rule};
use crate::source::Span;

key_rule!(
    /// `policy-too-large`
    PolicyTooLarge,
    "policy-too-large",
    Policy,
    Medium,
    "The key policy is larger than the 32,768 bytes that KMS takes, or nearly so",
    "policy_too_large.md",
    judge
);

/// Bytes of a key policy (KMS developer guide, "Resource quotas").
const MOST: usize = 32_768;
/// Nine tenths of it.
const NEARLY: usize = 29_491;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let policies = policies(context.bundle, key);
    if policies.is_empty() {
        return no_policy(context.bundle, key);
    }
    let mut findings = Vec::new();
    let mut largest = 0_usize;
    for policy in &policies {
        let (size, least) = Text::of(context.bundle, policy).sizes(policy);
        largest = largest.max(size);
        findings.extend(finding(meta, key, policy, size, least));
    }
    Outcome::of(
        findings,
        format!("the key policy has {largest} bytes, of {MOST} that KMS takes"),
    )
}

fn finding(
    meta: &'static Meta,
    key: &Key,
    policy: &PolicyExport,
    size: usize,
    least: usize,
) -> Option<Finding> {
    if size <= NEARLY {
        return None;
    }
    let fits = least <= MOST;
    let severity = if size > MOST && !fits {
        meta.severity
    } else {
        Severity::Low
    };
    let start = policy.document.span.start;
    let label = Label {
        span: Span::new(policy.source, start..start.saturating_add(1)),
        message: format!("{size} bytes from here"),
    };
    let message = if size > MOST {
        format!("the key policy has {size} bytes, and KMS takes {MOST}")
    } else {
        format!("the key policy has {size} bytes, nearly the {MOST} that KMS takes")
    };
    let mut builder = Finding::builder(meta.id, severity, key.subject(), message, label);
    if size > MOST && fits {
        builder = builder.confidence(Confidence::Medium).note(format!(
            "Without white space it has {least} bytes, which KMS takes."
        ));
    }
    if size > MOST {
        builder =
            builder.consequence("KMS refuses the policy when it is put: what is in force is another one");
    } else {
        builder = builder.consequence("a change that is needed at once may be refused for its size");
    }
    let change = "Leave out white space, and what the policy says twice; give to IAM policies what need not be in the key policy";
    Some(
        builder
            .remedy(put_in_force(policy, change, "."))
            .content(&policy.document.canonical()),
    )
}
