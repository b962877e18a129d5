//! Characters that KMS does not take in a policy.

use super::text::Text;
use super::{no_policy, policies, put_in_force};
use crate::evidence::Key;
use crate::finding::{Finding, Label};
use crate::rules::{Context, Meta, Outcome, key_rule};
use crate::source::Span;

key_rule!(
    /// `bad-character`
    BadCharacter,
    "bad-character",
    Policy,
    Medium,
    "The key policy has a character that KMS does not take: beyond U+00FF, or a control character",
    "bad_character.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let policies = policies(context.bundle, key);
    if policies.is_empty() {
        return no_policy(context.bundle, key);
    }
    let mut findings = Vec::new();
    for policy in &policies {
        let Some((place, message)) = Text::of(context.bundle, policy).bad_character(policy) else {
            continue;
        };
        let label = Label {
            span: Span::new(policy.source, place),
            message: "KMS does not take this".to_owned(),
        };
        let finding = Finding::builder(
            meta.id,
            meta.severity,
            key.subject(),
            format!("the key policy cannot be put: {message}"),
            label,
        )
        .consequence("what is in force is another policy: KMS refuses this one")
        .note("Often a dash, a quotation mark or a space that a word processor or a chat put in place of the plain one.")
        .remedy(put_in_force(policy, "Write the plain character instead", "."))
        .content(&format!("{}\n{message}", policy.document.canonical()));
        findings.push(finding);
    }
    Outcome::of(
        findings,
        "every character of the key policy is one that KMS takes",
    )
}
