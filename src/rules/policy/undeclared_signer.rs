//! Somebody whom a policy lets sign, and whom nobody declared.

use super::takeover::{Takeover, ask, listed, names, with_premises};
use crate::evidence::{Key, holder_words};
use crate::finding::{Confidence, Finding};
use crate::policy::access::{ActionClass, Holder, Party};
use crate::policy::evaluate::{Because, Decision, PolicyRef};
use crate::rules::{Context, Meta, Outcome, Part, key_rule};

key_rule!(
    /// `undeclared-signer`
    UndeclaredSigner,
    "undeclared-signer",
    Policy,
    High,
    "Somebody may sign whom nobody declared",
    "undeclared_signer.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let mut asker = takeover.asker_without_iam();
    let signers: Vec<Signer<'_>> = takeover
        .holders()
        .iter()
        .filter(|holder| holder.is_named() && holder.foreign != Some(true))
        .filter_map(|holder| {
            holder.right(ActionClass::Sign)?;
            let party = takeover.party(&holder.who)?;
            let decision = ask(&mut asker, party, "kms:Sign", &[])?;
            let mut because = takeover.left_by_name(&decision, party);
            // Grants, and what IAM gives through the account's statement, have rules of their own.
            because.retain(|because| {
                !matches!(because.policy, PolicyRef::Grant(_))
                    && takeover
                        .statement(*because)
                        .is_some_and(|(_, statement, _)| names(statement, &party.caller))
            });
            (!because.is_empty()).then_some(Signer {
                holder,
                party,
                decision,
                because,
            })
        })
        .collect();
    if !signers.is_empty() && context.declared(key, Part::Signer).is_empty() {
        let names = listed(signers.iter().map(|signer| holder_words(signer.holder)));
        return Outcome::NotEvaluated(format!(
            "the policy lets {names} sign, and nobody is declared as a signer of the key (column signer of the claims)"
        ));
    }
    let findings = signers
        .into_iter()
        .filter(|signer| takeover.is_declared_signer(signer.holder) == Some(false))
        .map(|signer| finding(meta, &takeover, &signer))
        .collect();
    takeover.settle(
        findings,
        &["policy", "policy-names"],
        &[ActionClass::Sign],
        "everybody whom the key's policies name and let sign is declared as a signer",
    )
}

/// Somebody whom the key's policies name and let sign.
struct Signer<'b> {
    holder: &'b Holder,
    party: &'b Party,
    decision: Decision,
    because: Vec<Because>,
}

fn finding(meta: &'static Meta, takeover: &Takeover<'_>, signer: &Signer<'_>) -> Finding {
    let (holder, party, because) = (signer.holder, signer.party, &signer.because);
    let name = holder_words(holder);
    let message = format!("{name} may sign with the key, and nobody declared it as a signer");
    let (mut builder, content) = takeover.draft(
        meta,
        meta.severity,
        message,
        "lets it sign",
        (party.known, because),
    );
    for class in [ActionClass::Administer, ActionClass::Grant, ActionClass::Delete] {
        if holder.right(class).is_some() {
            builder = builder.consequence(format!("it may {} as well", class.words()));
        }
    }
    if !signer.decision.premises.is_empty() {
        builder = with_premises(builder.confidence(Confidence::Medium), &signer.decision);
    }
    if let Some(only) = holder.right(ActionClass::Sign).and_then(|right| right.only) {
        builder = builder.note(format!("It may sign {only}."));
    }
    for declared in takeover.context.declared(takeover.key, Part::Signer) {
        if let Some(span) = declared.span {
            builder = builder.related(span, "declared is this one");
        }
    }
    builder
        .remedy(takeover.remedy(
            "Remove it from the statement, or declare it as a signer in the claims",
            because,
        ))
        .content(&format!("{}\n{content}", party.caller.text))
}
