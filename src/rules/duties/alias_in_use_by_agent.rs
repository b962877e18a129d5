//! An agent that calls its key by an alias.

use crate::evidence::Key;
use crate::finding::{Confidence, Finding, Label};
use crate::rules::aliases;
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `alias-in-use-by-agent`
    AliasInUseByAgent,
    "alias-in-use-by-agent",
    Duties,
    Info,
    "The key is called by an alias, which can be pointed to another key",
    "alias_in_use_by_agent.md",
    judge
);

/// Places that a finding shows.
const PLACES: usize = 10;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let used = aliases::used(bundle, key);
    let Some(first) = used.first() else {
        return if aliases::has_none(bundle, key) {
            Outcome::Pass("the key has no alias by which an agent could call it".to_owned())
        } else {
            Outcome::NotEvaluated(
                "how the agent calls its key stands in its configuration, which is not read by this version; neither a \
                 claim nor the key policy says it"
                    .to_owned(),
            )
        };
    };
    let asked = used.iter().any(|used| used.is_asked_for);
    let message = if first.is_asked_for {
        format!(
            "the key policy lets sign only those who call the key by {}",
            short(&first.name)
        )
    } else {
        format!(
            "a claim calls the key by {}, and so may its agent",
            short(&first.name)
        )
    };
    let label = Label {
        span: first.span,
        message: "by an alias".to_owned(),
    };
    let mut finding = Finding::builder(meta.id, meta.severity, key.subject(), message, label)
        .confidence(if asked { Confidence::High } else { Confidence::Medium })
        .consequence("whoever may move the alias decides with which key an agent signs that is configured by it")
        .note("A Hyperlane agent that runs keeps the old address when the alias moves, and stops with bad signatures.")
        .remedy(if first.is_asked_for {
            "Configure the agent by the key's id or ARN, and take kms:RequestAlias from the policy."
        } else {
            "Configure the agent by the key's id or ARN, and write the claim so."
        });
    for used in used.iter().skip(1).take(PLACES) {
        finding = finding.related(used.span, short(&used.name));
    }
    let names: Vec<&str> = used.iter().map(|used| used.name.as_str()).collect();
    Outcome::Findings(vec![finding.content(&names.join("\n"))])
}
