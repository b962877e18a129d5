//! A key that AWS manages for a service.

use super::{not_told, teller, told};
use crate::evidence::Key;
use crate::finding::{Finding, Label};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `aws-managed-key`
    AwsManagedKey,
    "aws-managed-key",
    Key,
    High,
    "The key is one that AWS manages for a service, not the customer's own",
    "aws_managed_key.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let managers = told(context.bundle, key, |metadata| &metadata.key_manager);
    if managers.is_empty() {
        return not_told(context.bundle, key, "KeyManager");
    }
    let says = teller(context.bundle, key, |metadata| &metadata.key_manager).words();
    let Some(aws) = managers.iter().find(|manager| manager.value != "CUSTOMER") else {
        return Outcome::Pass(format!("{says} says KeyManager CUSTOMER"));
    };
    let label = Label {
        span: aws.span,
        message: "not CUSTOMER".to_owned(),
    };
    let message = format!(
        "{says} says KeyManager {}: the key belongs to an AWS service and signs for nobody",
        aws.value
    );
    let finding = Finding::builder(meta.id, meta.severity, key.subject(), message, label)
        .consequence("the export is of another key than the one that signs: nothing else here speaks of the signer")
        .remedy(
            "Find the key that signs (aws kms describe-key --key-id with the alias that the agent is configured with) \
             and give its exports.",
        )
        .content(&aws.value);
    Outcome::Findings(vec![finding])
}
