//! A key that is not for signing.

use super::{metadata, public_keys};
use crate::evidence::{Field, Key};
use crate::finding::{Finding, Label};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `wrong-key-usage`
    WrongKeyUsage,
    "wrong-key-usage",
    Key,
    High,
    "The key's usage is not SIGN_VERIFY: AWS KMS refuses to sign with it",
    "wrong_key_usage.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let told: Vec<&Field<String>> = metadata(bundle, key)
        .filter_map(|metadata| metadata.key_usage.as_ref())
        .chain(public_keys(bundle, key).filter_map(|export| export.key_usage.as_ref()))
        .collect();
    if told.is_empty() {
        return Outcome::NotEvaluated(
            "nothing in the evidence says the key's usage (aws kms describe-key)".to_owned(),
        );
    }
    let mut wrong = told.iter().filter(|usage| usage.value != "SIGN_VERIFY");
    let Some(first) = wrong.next() else {
        return Outcome::Pass("every export that says a usage says SIGN_VERIFY".to_owned());
    };
    let label = Label {
        span: first.span,
        message: "not SIGN_VERIFY".to_owned(),
    };
    let message = format!(
        "the key's usage is {}: AWS KMS refuses to sign with it",
        first.value
    );
    let mut finding = Finding::builder(meta.id, meta.severity, key.subject(), message, label)
        .consequence("an agent that is configured with this key fails at its first signature")
        .remedy(
            "A key's usage cannot be changed. Make another key: aws kms create-key --key-usage SIGN_VERIFY --key-spec \
             ECC_SECG_P256K1.",
        );
    for other in wrong {
        finding = finding.related(other.span, format!("also {}", other.value));
    }
    Outcome::Findings(vec![finding.content(&first.value)])
}
