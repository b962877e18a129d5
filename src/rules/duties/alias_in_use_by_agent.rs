//! An agent that calls its key by an alias.

use crate::evidence::Key;
use crate::finding::{Confidence, Finding, Label};
use crate::rules::aliases::{self, CalledBy};
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
        } else if bundle.uses_of(key).next().is_some() {
            Outcome::Pass("the agents that are configured with the key call it by its id or ARN".to_owned())
        } else {
            Outcome::NotEvaluated(
                "how the agent calls its key stands in its configuration, and none that names this key is in the evidence; \
                 neither a claim nor the key policy says it"
                    .to_owned(),
            )
        };
    };
    let asked = used.iter().any(|used| used.by != CalledBy::Claim);
    let name = short(&first.name);
    let message = match first.by {
        CalledBy::Policy => format!("the key policy lets sign only those who call the key by {name}"),
        CalledBy::Agent => format!("an agent is configured with the key by {name}"),
        CalledBy::Claim => format!("a claim calls the key by {name}, and so may its agent"),
    };
    let label = Label {
        span: first.span,
        message: "by an alias".to_owned(),
    };
    let mut finding = Finding::builder(meta.id, meta.severity, key.subject(), message, label)
        .confidence(if asked { Confidence::High } else { Confidence::Medium })
        .consequence("whoever may move the alias decides with which key an agent signs that is configured by it")
        .note("A Hyperlane agent that runs keeps the old address when the alias moves, and stops with bad signatures.")
        .remedy(match first.by {
            CalledBy::Policy => {
                "Configure the agent by the key's id or ARN, and take kms:RequestAlias from the policy."
            }
            CalledBy::Agent => "Configure the agent by the key's id or ARN.",
            CalledBy::Claim => "Configure the agent by the key's id or ARN, and write the claim so.",
        });
    for used in used.iter().skip(1).take(PLACES) {
        finding = finding.related(used.span, short(&used.name));
    }
    let names: Vec<&str> = used.iter().map(|used| used.name.as_str()).collect();
    Outcome::Findings(vec![finding.content(&names.join("\n"))])
}
