//! Rules on the users and roles of IAM: those who sign with a key in scope, and those who administer it.
//!
//! Judged are users and roles that a key policy or a grant names as signers ("agents"), by their ARN: what they may do
//! beside signing, how they sign in, who may become them. What a key policy says of a signer is for the rules on policies:
//! `user-principal-signer` says that a user signs, and speaks of the access keys of whom a key policy names, so that an
//! old access key is one finding; `agent-user-old-access-key` and `agent-user-several-access-keys` speak of those whom
//! only a grant names.

pub mod administrator_without_mfa;
pub mod agent_user_console_password;
pub mod agent_user_has_permissions;
pub mod agent_user_old_access_key;
pub mod agent_user_several_access_keys;
pub mod role_trust_by_whole_account;
pub mod role_trust_open_to_strangers;

pub(super) mod access_keys;
mod rights;
mod trust;

use crate::arn::is_account_id;
use crate::evidence::{Bundle, IamKind, Key};
use crate::finding::{Finding, Label, Severity};
use crate::rules::signers::{Agent, Agents};
use crate::rules::{Meta, Outcome};
use crate::source::Span;

pub(super) use access_keys::AccessKeys;
pub(super) use rights::Rights;

/// The account's whole IAM.
const EXPORT: &str = "aws iam get-account-authorization-details";

/// The subject of a finding on a user or role.
fn subject(arn: &str) -> String {
    format!("principal {arn}")
}

/// The name of a user or role as an argument of the AWS CLI, where it has nothing that a shell would read.
pub(super) fn name_argument(arn: &str) -> &str {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'@' | b'+' | b'=' | b',');
    if !name.is_empty() && !name.starts_with('-') && name.bytes().all(plain) {
        name
    } else {
        "NAME"
    }
}

/// A finding on a user or role.
fn finding(
    meta: &'static Meta,
    severity: Severity,
    arn: &str,
    message: String,
    label: (Span, &str),
) -> crate::finding::Builder {
    let label = Label {
        span: label.0,
        message: label.1.to_owned(),
    };
    Finding::builder(meta.id, severity, subject(arn), message, label)
}

/// The keys that an agent signs with.
fn keys_of<'b>(bundle: &'b Bundle, agent: &Agent) -> Vec<&'b Key> {
    agent.keys.iter().filter_map(|index| bundle.keys.get(*index)).collect()
}

/// What one agent gives a rule.
enum Judged {
    /// Something is wrong.
    Finding(Box<Finding>),
    /// Nothing is.
    Good,
    /// Another rule speaks of it.
    Elsewhere(&'static str),
    /// Evidence is missing: this one.
    Unknown(String),
}

/// The most agents that an outcome names.
const MOST: usize = 5;

/// Judges each agent of a kind. Findings come in any case; a pass is for all of them.
fn judge_agents(
    bundle: &Bundle,
    kind: IamKind,
    proof: &str,
    mut judge: impl FnMut(&Agent) -> Judged,
) -> Outcome {
    let word = kind.word();
    if Agents::are_unknown(bundle) {
        return Outcome::NotEvaluated(format!(
            "which {word}s sign is not known: neither a policy nor the grants of a key in scope are in the evidence (aws kms \
             get-key-policy)"
        ));
    }
    let agents = Agents::of(bundle);
    let agents = agents.of_kind(kind);
    if agents.is_empty() {
        return Outcome::NotApplicable(format!(
            "neither a key policy nor a grant names a {word} as a signer of a key in scope"
        ));
    }
    let (mut findings, mut unknown, mut elsewhere) = (Vec::new(), Vec::new(), None);
    for agent in agents {
        match judge(agent) {
            Judged::Finding(finding) => findings.push(*finding),
            Judged::Good => {}
            Judged::Elsewhere(rule) => elsewhere = Some(rule),
            Judged::Unknown(what) => unknown.push(what),
        }
    }
    if !findings.is_empty() {
        return Outcome::Findings(findings);
    }
    if let Some(first) = unknown.first() {
        let more = match unknown.len() {
            1 => String::new(),
            count => format!("; and so of {} more", count.saturating_sub(1)),
        };
        return Outcome::NotEvaluated(format!("{first}{more}"));
    }
    match elsewhere {
        Some(rule) => Outcome::NotApplicable(format!("the key policy names every such {word}: see {rule}")),
        None => Outcome::Pass(proof.to_owned()),
    }
}

/// Several things in a sentence.
fn listed<T: AsRef<str>>(all: impl IntoIterator<Item = T>) -> String {
    let all: Vec<T> = all.into_iter().collect();
    let mut names: Vec<String> = all.iter().take(MOST).map(|one| crate::rules::common::short(one.as_ref())).collect();
    if all.len() > MOST {
        names.push(format!("{} more", all.len().saturating_sub(MOST)));
    }
    names.join(", ")
}

/// The account that a principal belongs to.
fn account_of(arn: &str) -> Option<&str> {
    crate::arn::Arn::parse(arn)
        .map(|arn| arn.account)
        .filter(|account| is_account_id(account))
}
