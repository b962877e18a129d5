//! Somebody who can change a key or the account, and signs in with a password alone.

use super::{Over, Rights, account_of, finding, listed, name_argument};
use crate::evidence::{Bundle, IamKind, Identity, iam_whole, identities};
use crate::finding::{Finding, Severity};
use crate::policy::{Effect, Principals};
use crate::rules::common::short;
use crate::rules::policy::policies;
use crate::rules::signers::same;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `administrator-without-mfa`
    AdministratorWithoutMfa,
    "administrator-without-mfa",
    Iam,
    Medium,
    "A user who can change a key or give rights, or the root user, signs in without MFA",
    "administrator_without_mfa.md",
    judge
);

/// Where the evidence comes from.
const REPORT: &str = "aws iam generate-credential-report, then aws iam get-credential-report";

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let keys: Vec<_> = bundle.keys.iter().filter(|key| key.scope.is_some()).collect();
    let over: Vec<Over<'_>> = keys.iter().map(|key| Over::of(bundle, key)).collect();
    let by_policy = administrators_of_policies(bundle);
    let (mut findings, mut unknown, mut seen) = (Vec::new(), Vec::new(), 0_usize);
    for identity in identities(bundle).filter(|identity| identity.principal.kind_of() == IamKind::User) {
        let arn = identity.principal.arn.as_str();
        let root = is_root(arn);
        let by_name = by_policy.iter().find(|own| same(own, arn));
        let why = if root {
            "it is the account's root user".to_owned()
        } else if let Some(own) = by_name {
            format!("the key policy lets {} change it", short(own))
        } else {
            let rights = Rights::of(bundle, arn, &over);
            if !rights.administer() {
                continue;
            }
            let by = rights.escalation.iter().chain(&rights.on_key);
            let actions: Vec<String> = by
                .map(|action| (*action).to_owned())
                .chain(rights.of_aws.iter().cloned())
                .collect();
            format!("its policies give it {}", listed(&actions))
        };
        seen = seen.saturating_add(1);
        match weigh(identity, root) {
            Weighed::Without => findings.push(of_user(meta, identity, root, &why)),
            Weighed::With => {}
            Weighed::Unknown => unknown.push(arn),
        }
    }
    if !findings.is_empty() {
        return Outcome::Findings(findings);
    }
    if !unknown.is_empty() {
        return Outcome::NotEvaluated(format!(
            "how {} signs in is not in the evidence ({REPORT})",
            listed(&unknown)
        ));
    }
    let mut accounts = keys.iter().filter_map(|key| key.account.as_deref()).peekable();
    let whole = accounts.peek().is_some() && accounts.all(|account| iam_whole(bundle, account));
    if !whole {
        return Outcome::NotEvaluated(format!(
            "the users of the keys' accounts, their policies and how they sign in are not in the evidence ({}; {REPORT})",
            super::EXPORT
        ));
    }
    Outcome::Pass(match seen {
        0 => "no user can change a key or give rights".to_owned(),
        _ => "every user who can change a key or give rights signs in with MFA, or not with a password"
            .to_owned(),
    })
}

fn is_root(arn: &str) -> bool {
    account_of(arn).is_some() && arn.ends_with(":root")
}

enum Weighed {
    With,
    Without,
    Unknown,
}

/// The root user always has a password; of others it must be known.
fn weigh(identity: &Identity, root: bool) -> Weighed {
    let facts = &identity.facts;
    let password = if root {
        Some(true)
    } else {
        facts.console_password.as_ref().map(|own| own.value)
    };
    match (password, facts.mfa.as_ref().map(|own| own.value)) {
        (Some(false), _) | (_, Some(true)) => Weighed::With,
        (Some(true), Some(false)) => Weighed::Without,
        (None, _) | (_, None) => Weighed::Unknown,
    }
}

/// Users whom a key policy of a key in scope lets change it.
fn administrators_of_policies(bundle: &Bundle) -> Vec<String> {
    let mut found = std::collections::BTreeSet::new();
    for key in bundle.keys.iter().filter(|key| key.scope.is_some()) {
        for policy in policies(bundle, key) {
            for statement in &policy.document.statements {
                let covers = statement
                    .actions
                    .iter()
                    .any(|(own, _)| own.covers("kms:PutKeyPolicy"));
                if statement.effect != Some(Effect::Allow) || covers == statement.not_action {
                    continue;
                }
                let named = statement.principals.iter().filter(|list| !list.negated);
                let users = named.flat_map(Principals::iter).filter(|one| one.is_named());
                found.extend(users.map(|one| one.as_str().to_owned()));
            }
        }
    }
    found.into_iter().collect()
}

fn of_user(meta: &'static Meta, identity: &Identity, root: bool, why: &str) -> Finding {
    let arn = identity.principal.arn.as_str();
    let span = identity
        .facts
        .mfa
        .as_ref()
        .map_or(identity.principal.span, |own| own.span);
    let severity = if root { Severity::High } else { meta.severity };
    let message = if root {
        format!(
            "the root user of account {} signs in without MFA",
            account_of(arn).unwrap_or_default()
        )
    } else {
        format!("{} signs in with a password and without MFA; {why}", short(arn))
    };
    let mut builder = finding(meta, severity, arn, message, (span, "no MFA device"))
        .consequence("whoever learns the password can let himself sign");
    if let Some(password) = identity
        .facts
        .console_password
        .as_ref()
        .filter(|own| own.value && own.span != span)
    {
        builder = builder.related(password.span, "a console password");
    }
    builder
        .remedy(if root {
            "Register an MFA device for the root user, or remove its password (IAM User Guide, \"Centrally manage root access \
             for member accounts\")."
                .to_owned()
        } else {
            format!(
                "Register an MFA device (aws iam enable-mfa-device --user-name {}), and deny without aws:MultiFactorAuthPresent \
                 what changes keys and rights.",
                name_argument(arn)
            )
        })
        .content(arn)
}
