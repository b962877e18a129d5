//! Replicas of a multi-Region key under policies that differ.

use std::collections::BTreeSet;

use super::{policies, statement_content};
use crate::evidence::{Bundle, Key, PolicyExport};
use crate::finding::{Finding, Label, Severity};
use crate::policy::{Atoms, Document, Effect, Element};
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, key_rule};
use crate::source::Span;

key_rule!(
    /// `replica-policy-differs`
    ReplicaPolicyDiffers,
    "replica-policy-differs",
    Policy,
    High,
    "Replicas of one multi-Region key have policies that differ: the weakest decides",
    "replica_policy_differs.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    if !key.id.as_deref().is_some_and(|id| id.starts_with("mrk-")) {
        return Outcome::NotApplicable(
            "the key is no multi-Region key: its id does not begin with mrk-".to_owned(),
        );
    }
    let Some(own) = default_policy(bundle, key) else {
        return super::no_policy(bundle, key);
    };
    let others: Vec<(&Key, &PolicyExport)> = bundle
        .keys
        .iter()
        .filter(|other| other.id == key.id && other.region != key.region)
        .filter_map(|other| Some((other, default_policy(bundle, other)?)))
        .collect();
    if others.is_empty() {
        return Outcome::NotEvaluated(
            "no policy of this key in another region is in the evidence (aws kms get-key-policy --region REGION)"
                .to_owned(),
        );
    }
    let mut findings = Vec::new();
    let mut elsewhere = Vec::new();
    for (other, policy) in others {
        let here = Pair {
            key,
            policy: own,
            other,
            against: policy,
        };
        let there = Pair {
            key: other,
            policy,
            other: key,
            against: own,
        };
        let (mine, theirs) = (here.allows_more(), there.allows_more());
        if !mine.is_empty() {
            findings.push(here.finding(meta, key, &mine));
        }
        if !theirs.is_empty() {
            // It is said at the replica that allows more; where that one is not judged, here.
            if other.scope.is_some() {
                elsewhere.push(other.subject());
            } else {
                findings.push(there.finding(meta, key, &theirs));
            }
        }
        if mine.is_empty() && theirs.is_empty() && (key.region < other.region || other.scope.is_none()) {
            findings.extend(here.cosmetic(meta));
        }
    }
    if findings.is_empty() && !elsewhere.is_empty() {
        return Outcome::NotApplicable(format!(
            "this replica allows nothing more than the others; {} does, and is judged there",
            elsewhere.join(" and ")
        ));
    }
    Outcome::of(
        findings,
        "the policies of the replicas in the evidence allow and deny the same",
    )
}

fn default_policy<'b>(bundle: &'b Bundle, key: &'b Key) -> Option<&'b PolicyExport> {
    policies(bundle, key)
        .into_iter()
        .find(|export| export.name.as_ref().is_none_or(|name| name.value == "default"))
}

/// One replica and its policy against another's.
struct Pair<'b> {
    key: &'b Key,
    policy: &'b PolicyExport,
    other: &'b Key,
    against: &'b PolicyExport,
}

/// One way in which a policy allows more: the place, and what is to be said of it.
type More = (Span, String, String);

/// The most statements that one finding names.
const MOST: usize = 10;

impl Pair<'_> {
    /// The `Allow` statements beyond those of the other policy, and the `Deny` statements of the other that this one
    /// lacks.
    fn allows_more(&self) -> Vec<More> {
        let (own, other) = (&self.policy.document, &self.against.document);
        let (mine, theirs) = (Atoms::of(own), Atoms::of(other));
        let (here, there) = (region(self.key), region(self.other));
        let mut more = Vec::new();
        for (index, actions) in mine.beyond(&theirs, Effect::Allow) {
            if let Some(statement) = own.statements.get(index) {
                let text = format!(
                    "{} allows {} in {here} beyond what {there} allows",
                    statement.name(index),
                    listed(&actions)
                );
                let content = format!("allow\n{}", statement_content(self.policy, index));
                more.push((
                    Span::new(self.policy.source, statement.span.clone()),
                    text,
                    content,
                ));
            }
        }
        for (index, actions) in theirs.beyond(&mine, Effect::Deny) {
            if let Some(statement) = other.statements.get(index) {
                let text = format!(
                    "{here} does not deny {}, as {} does in {there}",
                    listed(&actions),
                    statement.name(index)
                );
                let content = format!("deny\n{}", statement_content(self.against, index));
                more.push((
                    Span::new(self.against.source, statement.span.clone()),
                    text,
                    content,
                ));
            }
        }
        more
    }

    fn finding(&self, meta: &'static Meta, judged: &Key, more: &[More]) -> Finding {
        let mut texts: Vec<String> = more.iter().take(MOST).map(|(_, text, _)| text.clone()).collect();
        if more.len() > MOST {
            texts.push(format!("and {} more", more.len().saturating_sub(MOST)));
        }
        let message = format!(
            "the policy in {} allows more than that in {}: {}",
            region(self.key),
            region(self.other),
            texts.join("; ")
        );
        let mut places = more.iter().take(MOST);
        let (span, text) = places.next().map_or_else(
            || {
                (
                    Span::new(self.policy.source, self.policy.document.span.clone()),
                    message.clone(),
                )
            },
            |(span, text, _)| (*span, text.clone()),
        );
        let label = Label { span, message: text };
        let mut finding = Finding::builder(meta.id, meta.severity, judged.subject(), message, label)
            .consequence("all replicas are one private key: whoever may sign under the weakest policy signs as all of them")
            .note(
                "Compared per principal, action, resource and condition; a wildcard of actions covers the actions that it \
                 matches, and nothing else covers another.",
            )
            .remedy(
                "Make the policies the same, from the one that allows least: aws kms put-key-policy --region REGION \
                 --key-id KEY_ID --policy-name default --policy file://key-policy.json.",
            );
        for (span, text, _) in places {
            finding = finding.related(*span, text.as_str());
        }
        let whole = Span::new(self.against.source, self.against.document.span.clone());
        finding = finding.related(whole, format!("the policy in {}", region(self.other)));
        let mut content: Vec<&str> = more.iter().map(|(.., content)| content.as_str()).collect();
        content.sort_unstable();
        finding.content(&format!("{}\n{}", self.other.subject(), content.join("\n")))
    }

    /// The policies allow and deny the same; Version, Id or Sids may differ, which is worth little.
    fn cosmetic(&self, meta: &'static Meta) -> Option<Finding> {
        let (own, against) = (&self.policy.document, &self.against.document);
        let text = |element: &Option<Element<String>>| element.as_ref().map(|(text, _)| text.clone());
        let sids = |document: &Document| {
            let sids = document.statements.iter();
            sids.filter_map(|statement| text(&statement.sid))
                .collect::<BTreeSet<String>>()
        };
        let parts: Vec<&str> = [
            (text(&own.version) != text(&against.version), "Version"),
            (text(&own.id) != text(&against.id), "Id"),
            (sids(own) != sids(against), "Sids"),
        ]
        .iter()
        .filter(|(differs, _)| *differs)
        .map(|(_, word)| *word)
        .collect();
        if parts.is_empty() {
            return None;
        }
        let parts = parts.join(" and ");
        let span = Span::new(self.policy.source, own.span.clone());
        let other = Span::new(self.against.source, against.span.clone());
        let label = Label {
            span,
            message: format!("another {parts}"),
        };
        let message = format!(
            "the policy in {} differs from that in {} in its {parts}, not in what it allows and denies",
            region(self.key),
            region(self.other)
        );
        let content = format!("{}\n{}", own.canonical(), against.canonical());
        Some(
            Finding::builder(meta.id, Severity::Low, self.key.subject(), message, label)
                .related(other, "the other policy")
                .remedy(
                    "Put the same document on every replica (aws kms put-key-policy), so that a real difference shows.",
                )
                .content(&content),
        )
    }
}

/// The region of a replica, in words.
fn region(key: &Key) -> String {
    key.region
        .clone()
        .unwrap_or_else(|| "a region without a name".to_owned())
}

/// Some actions in words.
fn listed(actions: &BTreeSet<String>) -> String {
    const MOST: usize = 5;
    let mut names: Vec<String> = actions.iter().take(MOST).map(|name| short(name)).collect();
    if names.is_empty() {
        return "no action".to_owned();
    }
    if actions.len() > MOST {
        names.push(format!("{} more", actions.len().saturating_sub(MOST)));
    }
    names.join(", ")
}
