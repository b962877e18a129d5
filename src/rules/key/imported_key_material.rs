//! Key material that was made outside AWS KMS and imported.

use super::{date, metadata, not_told, teller, told};
use crate::evidence::Key;
use crate::finding::{Finding, Label};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `imported-key-material`
    ImportedKeyMaterial,
    "imported-key-material",
    Key,
    High,
    "The private key was made outside AWS KMS and imported",
    "imported_key_material.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let origins = told(bundle, key, |metadata| &metadata.origin);
    let Some(first) = origins.first() else {
        return not_told(bundle, key, "Origin");
    };
    let Some(external) = origins.iter().find(|origin| origin.value == "EXTERNAL") else {
        return if first.value == "AWS_KMS" {
            let says = teller(bundle, key, |metadata| &metadata.origin);
            let makes = if says.is_intent() { "makes" } else { "made" };
            Outcome::Pass(format!(
                "{} says Origin AWS_KMS: KMS {makes} the key material",
                says.words()
            ))
        } else {
            Outcome::NotApplicable(format!(
                "Origin {} is no import: see custom-key-store",
                first.value
            ))
        };
    };
    let label = Label {
        span: external.span,
        message: "not AWS_KMS".to_owned(),
    };
    let message = "the key material was imported (Origin EXTERNAL): the private key existed outside AWS KMS";
    let mut finding = Finding::builder(meta.id, meta.severity, key.subject(), message, label)
        .consequence(
            "whoever made, carried or kept the key material can sign as this key, and no log of AWS shows it",
        )
        .remedy(
            "Make a key whose material never leaves KMS (aws kms create-key --origin AWS_KMS --key-usage SIGN_VERIFY \
             --key-spec ECC_SECG_P256K1) and move the agent to its address; or show how the material was made and \
             that no copy is left.",
        );
    let mut canonical = "EXTERNAL".to_owned();
    for valid_to in metadata(bundle, key).filter_map(|metadata| metadata.valid_to.as_ref()) {
        let Some(moment) = date::moment(&valid_to.value) else {
            finding = finding.related(valid_to.span, "ValidTo, which is no date");
            continue;
        };
        let day = date::day(moment);
        let left = date::days_between(context.as_of, day);
        let when = match left {
            Some(left) if left < 0 => format!("ValidTo {day} has passed: KMS has deleted the key material"),
            Some(left) => format!("ValidTo {day}: in {left} days KMS deletes the key material"),
            None => format!("ValidTo {day}"),
        };
        finding = finding
            .consequence(format!("{when}, and signing stops"))
            .related(valid_to.span, "when KMS deletes the key material");
        canonical = format!("EXTERNAL {}", moment.as_second());
    }
    Outcome::Findings(vec![finding.content(&canonical)])
}
