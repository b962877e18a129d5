//! An IAM user as a signer: it has access keys that do not expire.

use super::{no_policy, policies, undecided};
use crate::evidence::{IamKind, Key, principal_by_arn};
use crate::finding::{Finding, Label, Severity};
use crate::policy::{Principal, Principals};
use crate::rules::common::short;
use crate::rules::iam::access_keys::{self, OLD};
use crate::rules::iam::{self, AccessKeys, Over, Rights, opens_more, tell};
use crate::rules::signers::{self, Signer, lets_sign};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `user-principal-signer`
    UserPrincipalSigner,
    "user-principal-signer",
    Policy,
    Low,
    "The key policy names an IAM user as a signer, whose access keys do not expire",
    "user_principal_signer.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let policies = policies(context.bundle, key);
    if policies.is_empty() {
        return no_policy(context.bundle, key);
    }
    let signers = signers::of_policies(context.bundle, key);
    let users = signers
        .iter()
        .filter(|signer| signer.kind() == Some(IamKind::User));
    let findings: Vec<Finding> = users.map(|user| finding(meta, context, key, user)).collect();
    if findings.is_empty() {
        let unknown = policies
            .iter()
            .flat_map(|policy| &policy.document.statements)
            .filter(|statement| lets_sign(statement))
            .flat_map(|statement| statement.principals.iter().flat_map(Principals::iter))
            .find(|principal| matches!(principal, Principal::Unknown(_)));
        if let Some(unknown) = unknown {
            return Outcome::NotEvaluated(format!(
                "only deployment tells whether this signer is a user: {}",
                short(unknown.as_str())
            ));
        }
        if let Some(outcome) = undecided(context.bundle, &policies) {
            return outcome;
        }
    }
    Outcome::of(findings, "the key policy names no IAM user as a signer")
}

fn finding(meta: &'static Meta, context: &Context<'_>, key: &Key, user: &Signer) -> Finding {
    let (bundle, arn) = (context.bundle, user.arn.as_str());
    let keys = AccessKeys::of(bundle, arn, context.as_of);
    let rights = Rights::of(bundle, arn, &[Over::of(bundle, key)]);
    let mut severity = meta.severity;
    let mut worse: Vec<(&str, String)> = Vec::new();
    if let Some(keys) = &keys {
        if keys.active.len() > 1 {
            severity = severity.max(Severity::High);
            worse.push((
                "several",
                format!("it has {} active access keys", keys.active.len()),
            ));
        }
        if let Some((old, days)) = keys.old.iter().max_by_key(|(_, days)| *days) {
            severity = severity.max(Severity::Medium);
            worse.push((
                "old",
                format!("{} is {days} days old, more than {OLD}", access_keys::words(old)),
            ));
        }
    }
    let opens = opens_more(keys.as_ref(), &rights);
    if opens {
        severity = severity.max(Severity::High);
        worse.push(("rights", "its access keys open more than signing".to_owned()));
    }
    let mut message = format!("{} lets the IAM user {} sign", user.by, short(arn));
    if let Some((_, first)) = worse.first() {
        message = format!("{message}: {first}");
    } else {
        message.push_str(", whose access keys do not expire");
    }
    let label = Label {
        span: user.span,
        message: "an IAM user".to_owned(),
    };
    let mut finding = Finding::builder(meta.id, severity, key.subject(), message, label);
    for (_, text) in worse.iter().skip(1) {
        finding = finding.consequence(text.as_str());
    }
    let own = principal_by_arn(bundle, arn).filter(|_| opens);
    if let Some(own) = own {
        finding = tell(finding, &rights);
        for (span, words) in iam::places(own) {
            finding = finding.related(span, words);
        }
    }
    let mut places: Vec<_> = keys
        .iter()
        .flat_map(|keys| keys.active.iter().map(|key| key.span))
        .collect();
    places.dedup();
    for place in places.into_iter().take(4) {
        finding = finding.related(place, "an active access key");
    }
    match &keys {
        None => {
            finding = finding.note(format!(
                "Its access keys are not in the evidence ({}).",
                access_keys::command(arn)
            ));
        }
        Some(keys) if keys.undated => {
            finding = finding.note("Of an access key the evidence does not say when it was made.");
        }
        Some(_) => {}
    }
    let remedy = match worse.first() {
        Some(("old" | "several", _)) => access_keys::rotate(arn),
        Some(_) => iam::take_away(arn),
        None => "Hyperlane's guide prescribes a user, as an agent may run anywhere. Where it runs in AWS, let a role sign (an \
              instance profile, a task role, a service account's role): it has no access key that could leak."
            .to_owned(),
    };
    let kinds: Vec<&str> = worse.iter().map(|(kind, _)| *kind).collect();
    finding
        .remedy(remedy)
        .content(&format!("{arn}\n{}", kinds.join(",")))
}
