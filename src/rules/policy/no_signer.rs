//! A key that nobody may sign with, or none of those who are declared.

use super::takeover::{POLICIES_AND_GRANTS, Takeover, listed};
use crate::evidence::Key;
use crate::finding::{Confidence, Finding, Label};
use crate::policy::access::{ActionClass, Holder, Who};
use crate::rules::common::short;
use crate::rules::{Context, Declared, Meta, Outcome, Part, key_rule};
use crate::source::Span;

key_rule!(
    /// `no-signer`
    NoSigner,
    "no-signer",
    Policy,
    Medium,
    "Nobody may sign with the key, or a declared signer may not",
    "no_signer.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let signers: Vec<&Holder> = takeover
        .access
        .access
        .who_may(ActionClass::Sign)
        .map(|(holder, _)| holder)
        // No agent signs as the root user of an account.
        .filter(|holder| !matches!(holder.who, Who::Root(_)))
        .collect();
    if let Some(why) = takeover
        .open(POLICIES_AND_GRANTS, &[])
        .filter(|_| signers.is_empty())
    {
        return Outcome::NotEvaluated(format!("by what is in the evidence nobody may sign, but {why}"));
    }
    if signers.is_empty() {
        return Outcome::Findings(vec![nobody(meta, &takeover)]);
    }
    // Whom a class may hold is not known to be left out.
    let open = signers.iter().any(|holder| !holder.is_named());
    let left_out: Vec<Declared> = context
        .declared(key, Part::Signer)
        .into_iter()
        .filter(|declared| !open && !signers.iter().any(|holder| is(declared, holder, key)))
        .collect();
    if left_out.is_empty() {
        let open = takeover.open(&["policy"], &[]);
        return match open {
            Some(why) if takeover.access.partial => Outcome::NotEvaluated(why),
            _ => Outcome::Pass("somebody may sign with the key".to_owned()),
        };
    }
    if let Some(why) = takeover.open(POLICIES_AND_GRANTS, &[]) {
        return Outcome::NotEvaluated(format!(
            "by what is in the evidence {} may not sign, but {why}",
            listed(left_out.iter().map(|declared| &declared.text))
        ));
    }
    Outcome::Findings(
        left_out
            .iter()
            .map(|declared| not_this_one(meta, &takeover, declared))
            .collect(),
    )
}

fn is(declared: &Declared, holder: &Holder, key: &Key) -> bool {
    match &holder.who {
        Who::Principal(text) => declared.means(text, key),
        _ => true,
    }
}

fn nobody(meta: &'static Meta, takeover: &Takeover<'_>) -> Finding {
    let message = "nobody may sign with the key: neither its policies nor its grants let anybody";
    let (builder, _) = takeover.draft(meta, meta.severity, message, "lets nobody sign", (None, &[]));
    builder
        .consequence("an agent with this key would fail")
        .note("The root user of the account does not count: no agent should sign as it.")
        .remedy(takeover.remedy(
            "Add a statement that lets the agent's role do kms:Sign and kms:GetPublicKey, or retire the key",
            &[],
        ))
        .content(&takeover.policy().document.canonical())
}

fn not_this_one(meta: &'static Meta, takeover: &Takeover<'_>, declared: &Declared) -> Finding {
    let policy = takeover.policy();
    let whole = Span::new(policy.source, policy.document.span.clone());
    let label = Label {
        span: declared.span.unwrap_or(whole),
        message: "declared as a signer".to_owned(),
    };
    let message = format!(
        "{} is declared as a signer, and nothing lets it sign",
        short(&declared.text)
    );
    Finding::builder(meta.id, meta.severity, takeover.key.subject(), message, label)
        .confidence(Confidence::Medium)
        .related(whole, "the key policy does not name it")
        .consequence("the agent would fail, or signs as somebody else")
        .remedy(takeover.remedy(
            "Correct the declaration, or add a statement that lets it do kms:Sign and kms:GetPublicKey",
            &[],
        ))
        .content(&format!("{}\n{}", declared.text, policy.document.canonical()))
}
