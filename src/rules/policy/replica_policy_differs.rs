//! Replicas of a multi-Region key under policies that differ.

use std::collections::BTreeMap;

use super::policies;
use crate::evidence::{Bundle, Key, PolicyExport};
use crate::finding::{Finding, Label, Severity};
use crate::json::{Node, Value};
use crate::policy::{Effect, Statement, canonical};
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
        return super::no_policy();
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
        let same = own.document.canonical() == policy.document.canonical();
        if mine.is_empty()
            && theirs.is_empty()
            && !same
            && (key.region < other.region || other.scope.is_none())
        {
            findings.push(here.cosmetic(meta));
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
        "the policies of the replicas in the evidence allow and deny the same, statement by statement",
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

impl Pair<'_> {
    /// The `Allow` statements that the other policy lacks, and the `Deny` statements of the other that this one lacks.
    fn allows_more(&self) -> Vec<More> {
        let region = |key: &Key| {
            key.region
                .clone()
                .unwrap_or_else(|| "the other region".to_owned())
        };
        let (own, other) = (statements(self.policy), statements(self.against));
        let mut more = Vec::new();
        for (content, (name, statement)) in &own {
            if statement.effect == Some(Effect::Allow) && !other.contains_key(content) {
                let text = format!(
                    "{name} allows in {} what no statement does in {}",
                    region(self.key),
                    region(self.other)
                );
                let span = Span::new(self.policy.source, statement.span.clone());
                more.push((span, text, content.clone()));
            }
        }
        for (content, (name, statement)) in &other {
            if statement.effect == Some(Effect::Deny) && !own.contains_key(content) {
                let text = format!(
                    "{name} denies in {} and is missing in {}",
                    region(self.other),
                    region(self.key)
                );
                let span = Span::new(self.against.source, statement.span.clone());
                more.push((span, text, content.clone()));
            }
        }
        more
    }

    fn finding(&self, meta: &'static Meta, judged: &Key, more: &[More]) -> Finding {
        let texts: Vec<&str> = more.iter().map(|(_, text, _)| text.as_str()).collect();
        let message = format!(
            "the policy of {} allows more than that of {}: {}",
            self.key.subject(),
            self.other.subject(),
            texts.join("; ")
        );
        let mut places = more.iter();
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
            .note("Statements are compared as they are written: one that another statement covers counts as a difference.")
            .remedy(
                "Make the policies the same, from the one that allows least: aws kms put-key-policy --region REGION \
                 --key-id KEY_ID --policy-name default --policy file://key-policy.json.",
            );
        for (span, text, _) in places {
            finding = finding.related(*span, text.as_str());
        }
        let whole = Span::new(self.against.source, self.against.document.span.clone());
        finding = finding.related(whole, format!("the policy of {}", self.other.subject()));
        let mut content: Vec<&str> = more.iter().map(|(.., content)| content.as_str()).collect();
        content.sort_unstable();
        finding.content(&format!("{}\n{}", self.other.subject(), content.join("\n")))
    }

    /// The statements say the same; Version, Id or Sids do not.
    fn cosmetic(&self, meta: &'static Meta) -> Finding {
        let span = Span::new(self.policy.source, self.policy.document.span.clone());
        let other = Span::new(self.against.source, self.against.document.span.clone());
        let label = Label {
            span,
            message: "another Version, Id or Sid".to_owned(),
        };
        let message = format!(
            "the policy differs from that of {} in its Version, Id or Sids, not in its statements",
            self.other.subject()
        );
        let content = format!(
            "{}\n{}",
            self.policy.document.canonical(),
            self.against.document.canonical()
        );
        Finding::builder(meta.id, Severity::Low, self.key.subject(), message, label)
            .related(other, "the other policy")
            .remedy("Put the same document on every replica (aws kms put-key-policy), so that a real difference shows.")
            .content(&content)
    }
}

/// The statements by their canonical text without the Sid, which changes nothing about what they do.
fn statements(policy: &PolicyExport) -> BTreeMap<String, (String, &Statement)> {
    let list = policy
        .document
        .root
        .get("Statement")
        .map(Node::one_or_many)
        .unwrap_or_default();
    list.iter()
        .zip(&policy.document.statements)
        .enumerate()
        .map(|(index, (node, statement))| (canonical(&without_sid(node)), (statement.name(index), statement)))
        .collect()
}

fn without_sid(node: &Node) -> Node {
    let mut node = node.clone();
    if let Value::Object(members) = &mut node.value {
        members.retain(|member| member.key != "Sid");
    }
    node
}
