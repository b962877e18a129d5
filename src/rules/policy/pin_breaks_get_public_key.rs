//! Conditions of Sign in a statement that speaks of other actions too.

use super::pins::{
    Alone, Meant, covers, doubt, in_force, listing, open_context, pin_names, pin_span, pins, who_words,
};
use super::{put_in_force, statement_content, statement_span};
use crate::evidence::{Bundle, Key, PolicyExport};
use crate::finding::{Finding, Label, Severity};
use crate::policy::access::Who;
use crate::policy::evaluate::Verdict;
use crate::policy::{Effect, Statement};
use crate::rules::common::{at_most_per_file, key_argument};
use crate::rules::{Context, Meta, Outcome, key_rule};
use crate::source::Span;

key_rule!(
    /// `pin-breaks-get-public-key`
    PinBreaksGetPublicKey,
    "pin-breaks-get-public-key",
    Policy,
    Medium,
    "A condition that only Sign and Verify carry stands in a statement on reading the key: nobody reads it by that",
    "pin_breaks_get_public_key.md",
    judge
);

/// The actions of a signer that carry neither a message type nor an algorithm: the needed one first.
const READS: [&str; 2] = ["kms:GetPublicKey", "kms:DescribeKey"];

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let (access, policy) = match in_force(bundle, key) {
        Ok(found) => found,
        Err(outcome) => return outcome,
    };
    let [mut reading, mut describing] =
        READS.map(|action| Meant::new(bundle, key, policy, action, open_context()));
    let mut findings = Vec::new();
    for (index, statement) in policy.document.statements.iter().enumerate() {
        if pins(statement).is_empty() {
            continue;
        }
        let Some(alone) = Alone::of(access, key, policy, index) else {
            continue;
        };
        let lost: Vec<&str> = READS
            .into_iter()
            .filter(|action| covers(statement, action))
            .filter(|action| match statement.effect {
                Some(Effect::Allow) => alone.keeps_from(action, &open_context()),
                Some(Effect::Deny) => alone.denies(action, &open_context()),
                None => false,
            })
            .collect();
        if let Some(first) = lost.first() {
            let meant = if *first == READS[0] {
                &mut reading
            } else {
                &mut describing
            };
            let victims = meant.without(index);
            let of = Lost {
                statement,
                index,
                actions: &lost,
                victims: &victims,
            };
            findings.push(of.finding(meta, bundle, key, policy));
        }
    }
    if findings.is_empty()
        && let Some(outcome) = doubt(access)
    {
        return outcome;
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "no statement of the key policy makes reading the key depend on what only Sign and Verify carry",
    )
}

/// What a statement does not do because of its pins.
struct Lost<'d> {
    statement: &'d Statement,
    index: usize,
    actions: &'d [&'d str],
    victims: &'d [(Who, Verdict)],
}

impl Lost<'_> {
    fn finding(&self, meta: &'static Meta, bundle: &Bundle, key: &Key, policy: &PolicyExport) -> Finding {
        let account = bundle.access(key).account.as_deref();
        let pins = pin_names(&pins(self.statement));
        let actions = self.actions.join(" and ");
        let name = self.statement.name(self.index);
        let deny = self.statement.effect == Some(Effect::Deny);
        let needed = self.actions.first() == READS.first();
        let names: Vec<String> = self
            .victims
            .iter()
            .map(|(who, _)| who_words(who, account))
            .collect();
        let message = if deny {
            format!("{name} denies {actions} always: it asks for {pins}, which only Sign and Verify carry")
        } else {
            format!("{name} gives {actions} to nobody: it asks for {pins}, which only Sign and Verify carry")
        };
        let severity = if needed && !names.is_empty() {
            meta.severity
        } else {
            Severity::Low
        };
        let place = self.statement.actions.iter().find(|(pattern, _)| {
            !self.statement.not_action && self.actions.iter().any(|action| pattern.covers(action))
        });
        let label = Label {
            span: place.map_or_else(
                || statement_span(policy, self.statement),
                |(_, range)| Span::new(policy.source, range.clone()),
            ),
            message: format!(
                "a request for it carries no {}",
                pins.replace(" and ", " and no ")
            ),
        };
        let remedy = if deny {
            "List kms:Sign alone in the Deny".to_owned()
        } else {
            format!("Move {actions} into an Allow of its own, without the condition; kms:Sign keeps it")
        };
        let mut finding = Finding::builder(meta.id, severity, key.subject(), message, label)
            .related(pin_span(policy, self.statement), "the condition")
            .remedy(put_in_force(
                policy,
                &remedy,
                &format!(
                    ": aws kms put-key-policy {} --policy-name default --policy file://key-policy.json.",
                    key_argument(key)
                ),
            ));
        if !names.is_empty() {
            let unless = self
                .victims
                .iter()
                .any(|(_, verdict)| *verdict == Verdict::Depends);
            let unless = if unless { ", unless IAM lets it" } else { "" };
            let what = if needed {
                ": an agent that asks for the public key when it starts does not start"
            } else {
                ""
            };
            finding = finding.consequence(format!(
                "{} cannot call {}{unless}{what}",
                listing(&names),
                self.actions.first().copied().unwrap_or_default()
            ));
        }
        finding.content(&statement_content(policy, self.index))
    }
}
