//! Signing that is left to the account's IAM, or to every principal of the account.

use super::takeover::{POLICIES, Takeover, ask, grants_at_will, listed, may};
use crate::evidence::{Key, holder_words};
use crate::finding::{Finding, Severity};
use crate::policy::Principal;
use crate::policy::access::{ActionClass, Harm, Holder, Leave, Opening, Party, Way};
use crate::policy::evaluate::{Because, Decision};
use crate::rules::{Context, Meta, Outcome, Part, key_rule};

key_rule!(
    /// `broad-account-delegation`
    BroadAccountDelegation,
    "broad-account-delegation",
    Policy,
    Info,
    "Who of the account may sign is left to its IAM",
    "broad_account_delegation.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let mut findings: Vec<Finding> = takeover
        .openings(None)
        .filter(|opening| opens_to_the_account(opening))
        .map(|opening| direct(meta, &takeover, opening))
        .collect();
    if let Some(account) = takeover.account() {
        let anyone = Party::anyone_of(account, takeover.partition());
        findings.extend(delegated(meta, &takeover, &anyone));
    }
    takeover.settle(
        findings,
        POLICIES,
        &[],
        "no statement of the key's policies leaves to IAM who of the account may sign, or make grants",
    )
}

/// True for a statement that lets every principal of the account take the key; those of other accounts of an organisation
/// are another rule's.
fn opens_to_the_account(opening: &Opening) -> bool {
    let takes = matches!(opening.worst_of_neighbours(), Some((Harm::Take | Harm::Lose, _)));
    let of_organisation = ["kms:Sign", "kms:CreateGrant"]
        .iter()
        .any(|action| opening.members.contains(action));
    takes && !of_organisation
}

fn direct(meta: &'static Meta, takeover: &Takeover<'_>, opening: &Opening) -> Finding {
    let provided = match opening.worst_of_neighbours() {
        Some((_, Leave::Conditional)) => {
            format!(", if it fits the condition on {}", listed(&opening.conditions))
        }
        _ => String::new(),
    };
    let message = format!(
        "{} lets in every principal of the key's own account{provided}, whatever IAM says",
        takeover.name_of(opening)
    );
    let (builder, content) = takeover.opened(meta, opening, &message);
    builder
        .remedy(takeover.remedy(
            "Name the role that signs in place of the principal \"*\"",
            &Takeover::ground_of(opening),
        ))
        .content(&content)
}

/// The statements that hand signing, or the making of grants, over to the account's IAM.
fn delegated(meta: &'static Meta, takeover: &Takeover<'_>, anyone: &Party) -> Option<Finding> {
    let mut asker = takeover.asker();
    let signs = ask(&mut asker, anyone, "kms:Sign", &[]).map(|decision| by_account(takeover, &decision));
    let signs = signs.filter(|because| !because.is_empty());
    let grants = grants_at_will(&mut asker, anyone).map(|decision| by_account(takeover, &decision));
    let grants = grants.filter(|because| !because.is_empty());
    let (because, what) = match (&signs, &grants) {
        (Some(because), Some(_)) => (because, "sign and make grants"),
        (Some(because), None) => (because, "sign"),
        (None, Some(because)) => (because, "make grants, and so let anybody sign,"),
        (None, None) => return None,
    };
    let extra = extra(takeover);
    let declared = !takeover.context.declared(takeover.key, Part::Signer).is_empty();
    let severity = match (extra.is_empty(), declared) {
        (true, _) => meta.severity,
        (false, true) => Severity::High,
        // Whether they are meant to is not known.
        (false, false) => Severity::Low,
    };
    let names = listed(extra.iter().map(|holder| holder_words(holder)));
    let message = if extra.is_empty() {
        format!("who of the account may {what} is left to its IAM")
    } else if declared {
        format!(
            "who of the account may {what} is left to its IAM, which lets {names} sign, whom nobody declared"
        )
    } else {
        format!(
            "who of the account may {what} is left to its IAM, which lets {names} sign, whom the policy does not name"
        )
    };
    let (mut builder, content) = takeover.draft(meta, severity, message, "left to IAM", (None, because));
    if extra.is_empty()
        && !takeover
            .access
            .access
            .parties
            .iter()
            .any(|party| party.known.is_some())
    {
        builder = builder.note(
            "Who may sign by IAM is not known from the key policy alone: give the IAM policies \
             (aws iam get-account-authorization-details).",
        );
    }
    let mut parts: Vec<String> = extra.iter().map(|holder| holder_words(holder)).collect();
    parts.push(content);
    Some(
        builder
            .consequence("whoever administers IAM of the account can let himself sign")
            .note(
                "AWS writes this statement by default, and without it IAM policies on the key do nothing. It can be kept to \
                 what administers the key, so that the policy alone says who signs.",
            )
            .remedy(takeover.remedy(
                "Keep the account's statement to the actions that administer and read, and let the statement of the signer \
                 alone give kms:Sign",
                because,
            ))
            .content(&parts.join("\n")),
    )
}

/// The grounds that name the account.
fn by_account(takeover: &Takeover<'_>, decision: &Decision) -> Vec<Because> {
    let mut left = takeover.left(decision);
    left.retain(|because| {
        may(decision)
            && takeover.statement(*because).is_some_and(|(_, statement, _)| {
                let mut list = statement
                    .principals
                    .iter()
                    .flat_map(crate::policy::Principals::iter);
                list.any(|principal| matches!(principal, Principal::Account(_)))
            })
    });
    left
}

/// The users and roles whom IAM lets sign, and who are declared neither as signers nor as administrators.
fn extra<'b>(takeover: &Takeover<'b>) -> Vec<&'b Holder> {
    let context = takeover.context;
    takeover
        .holders()
        .iter()
        .filter(|holder| holder.known.is_some() && holder.foreign != Some(true))
        .filter(|holder| {
            holder
                .right(ActionClass::Sign)
                .is_some_and(|right| right.ways == [Way::Delegated])
        })
        .filter(|holder| {
            takeover.is_declared_signer(holder) != Some(true)
                && context.is_declared_holder(takeover.key, Part::Administrator, holder) != Some(true)
        })
        .collect()
}
