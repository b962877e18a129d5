//! A grant that reaches another account.

use super::{Held, Party, account_of, content, judge as each, party};
use crate::evidence::Key;
use crate::finding::{Finding, Severity};
use crate::policy::Principal;
use crate::rules::declared_signers::Declared;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `grant-cross-account`
    GrantCrossAccount,
    "grant-cross-account",
    Grants,
    High,
    "A grant is to another account, may be retired by it, or was made by it",
    "grant_cross_account.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let declared = Declared::of(context, key);
    let mut unplaced = false;
    let proof = "every grantee and retiring principal of the key's grants is of the key's account, or a service of AWS";
    let outcome = each(context, key, proof, |held| {
        unplaced |= account_of(key, held.grant).is_none();
        finding(meta, (context, &declared), key, held)
    });
    match outcome {
        Outcome::Pass(_) if unplaced => Outcome::NotEvaluated(
            "the key's account is not in the evidence (aws kms describe-key)".to_owned(),
        ),
        outcome => outcome,
    }
}

fn finding(
    meta: &'static Meta,
    (context, declared): (&Context<'_>, &Declared),
    key: &Key,
    held: &Held<'_>,
) -> Option<Finding> {
    let grant = held.grant;
    let own = account_of(key, grant)?;
    let name = held.name();
    let grantee = match held.party(context.bundle, key) {
        Party::Foreign(account) => Some(account),
        _ => None,
    };
    let retiring = grant.retiring.as_ref().and_then(|retiring| {
        match party(context.bundle, key, grant, &retiring.value) {
            Party::Foreign(account) => Some((account, retiring)),
            _ => None,
        }
    });
    let issuer = grant.issuer().filter(|issuer| *issuer != own);
    let (severity, message, span, words) = if let Some(account) = &grantee {
        let (severity, message) = of_grantee(meta, declared, held, account);
        (severity, message, held.place(), "another account")
    } else if let Some((account, retiring)) = &retiring {
        let message = format!("{name} may be retired by account {account}, which is not the key's");
        (Severity::Medium, message, retiring.span, "another account")
    } else {
        let issuer = issuer?;
        let span = grant
            .issuing_account
            .as_ref()
            .map_or(grant.span, |field| field.span);
        let message = format!("{name} was made by account {issuer}, which is not the key's");
        (Severity::Medium, message, span, "made by another account")
    };
    let mut finding = held.finding(meta, severity, key, message, (span, words));
    if grantee.is_some() {
        if matches!(Principal::aws(held.grantee()), Principal::Account(_)) {
            finding = finding.consequence("who of that account acts is decided by its own IAM alone");
        }
        if let Some((account, _)) = &retiring {
            finding = finding.consequence(format!("account {account} decides when the grant ends"));
        }
    }
    if let Some(issuer) = issuer.filter(|_| grantee.is_some() || retiring.is_some()) {
        finding = finding.consequence(format!(
            "account {issuer} made the grant itself: it may make others"
        ));
    }
    if grantee.is_some() {
        finding = finding.note(
            "Whether the other account's IAM must allow it too is not documented for grants: take it that it need not.",
        );
    }
    Some(
        finding
            .remedy(format!(
                "Find out who made it and why (CloudTrail, CreateGrant). Where the other account is not meant to act on the key: {}",
                held.revoke(key)
            ))
            .content(&content(grant)),
    )
}

fn of_grantee(
    meta: &'static Meta,
    declared: &Declared,
    held: &Held<'_>,
    account: &str,
) -> (Severity, String) {
    let (name, whom, powers) = (held.name(), held.whom(), held.powers());
    if powers.is_empty() {
        let message =
            format!("{name} is to {whom} of account {account}, which is not the key's; it only reads");
        return (Severity::Low, message);
    }
    let may = powers.join(" and ");
    match declared.is_declared(held.grantee()) {
        Some(true) => (
            Severity::Info,
            format!("{name} lets {whom} of account {account} {may}, who is declared as a signer of the key"),
        ),
        Some(false) => (
            Severity::Critical,
            format!(
                "{name} lets {whom} of account {account} {may}, who is not declared as a signer of the key"
            ),
        ),
        None => (
            meta.severity,
            format!("{name} lets {whom} of account {account}, which is not the key's, {may}"),
        ),
    }
}
