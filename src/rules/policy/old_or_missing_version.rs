//! Policies in the old language.

use std::ops::Range;

use super::{no_policy, policies, put_in_force};
use crate::evidence::{Key, PolicyExport};
use crate::finding::{Finding, Label, Severity};
use crate::json::Node;
use crate::rules::common::{at_most_per_file, key_argument, short};
use crate::rules::{Context, Meta, Outcome, key_rule};
use crate::source::Span;

key_rule!(
    /// `old-or-missing-version`
    OldOrMissingVersion,
    "old-or-missing-version",
    Policy,
    Low,
    "The policy has no Version, or not the current one: variables are letters there",
    "old_or_missing_version.md",
    judge
);

const CURRENT: &str = "2012-10-17";
const OLD: &str = "2008-10-17";

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let policies = policies(context.bundle, key);
    if policies.is_empty() {
        return no_policy(context.bundle, key);
    }
    let mut findings = Vec::new();
    for policy in &policies {
        let version = policy.document.root.get("Version");
        let text = version.and_then(Node::as_str);
        if text.is_some_and(crate::arn::is_unknown) {
            let what = "the policy's Version is given by deployment only";
            return Outcome::NotEvaluated(what.to_owned());
        }
        // One that is no text is told as such.
        if text != Some(CURRENT) && (text.is_some() || version.is_none()) {
            findings.push(finding(meta, key, policy, version));
        }
    }
    Outcome::of(
        at_most_per_file(context.bundle, meta, findings),
        format!("the key policy has the Version {CURRENT}"),
    )
}

/// The first variable, such as `${aws:username}`, of a condition or a resource.
fn variable(policy: &PolicyExport) -> Option<(String, Range<usize>)> {
    fn find(node: &Node) -> Option<(String, Range<usize>)> {
        if let Some(text) = node.as_str() {
            let (_, rest) = text.split_once("${")?;
            let (name, _) = rest.split_once('}')?;
            let is_variable = name.contains(':') && !name.contains("::");
            return is_variable.then(|| (format!("${{{name}}}"), node.span.clone()));
        }
        let members = node.members().iter().map(|member| &member.value);
        members.chain(node.items()).find_map(find)
    }
    let list = policy.document.root.get("Statement")?.one_or_many();
    list.iter()
        .flat_map(|statement| ["Condition", "Resource", "NotResource"].map(|name| statement.get(name)))
        .flatten()
        .find_map(find)
}

fn finding(meta: &'static Meta, key: &Key, policy: &PolicyExport, version: Option<&Node>) -> Finding {
    let text = version.and_then(Node::as_str);
    let source = policy.source;
    // Without one, the brace that it should stand behind.
    let start = policy.document.span.start;
    let place = version.map_or_else(|| start..start.saturating_add(1), |node| node.span.clone());
    let label = Label {
        span: Span::new(source, place),
        message: version.map_or("no Version", |_| "not the current one").to_owned(),
    };
    let variable = variable(policy);
    let is_none = text.is_some_and(|text| text != OLD);
    let severity = if is_none || variable.is_some() {
        Severity::Medium
    } else {
        meta.severity
    };
    let message = match text {
        None => format!("the key policy has no Version, and so that of {OLD}"),
        Some(text) if is_none => format!(
            "the key policy has the Version {}, which there is not",
            short(text)
        ),
        Some(text) => format!("the key policy has the Version {text}, the old one"),
    };
    let mut builder = Finding::builder(meta.id, severity, key.subject(), message, label);
    if is_none {
        builder = builder.consequence("KMS refuses the policy when it is put");
    }
    if let Some((name, place)) = &variable {
        builder = builder
            .consequence(format!(
                "{} stands for nothing there: it is compared letter by letter, and so matches no request",
                short(name)
            ))
            .related(Span::new(source, place.clone()), "no variable in this Version");
    }
    let by_hand = format!(
        ", and put the policy back: aws kms put-key-policy {}.",
        key_argument(key)
    );
    let change = if variable.is_some() {
        format!("Write \"Version\": \"{CURRENT}\", and see that the variables then mean what they should")
    } else {
        format!("Write \"Version\": \"{CURRENT}\": without variables in it the policy says the same")
    };
    builder
        .remedy(put_in_force(policy, &change, &by_hand))
        .content(&format!(
            "{}\n{}",
            text.unwrap_or_default(),
            variable.map_or(String::new(), |(name, _)| name)
        ))
}
