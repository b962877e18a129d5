//! Rules on the users and roles of IAM: those who sign with a key in scope, and those who administer it.
//!
//! Judged are users and roles that a key policy or a grant names as signers ("agents"), by their ARN: what they may do
//! beside signing, how they sign in, who may become them.
//!
//! One thing is one finding: of a user whom a key policy names, `user-principal-signer` tells the access keys and what
//! they open beside signing, as the spread of one leaked access key. `agent-user-old-access-key` and
//! `agent-user-several-access-keys` speak of users whom only a grant names, `agent-user-has-permissions` of those and of
//! permissions that `user-principal-signer` does not tell: those that only read, or that no access key opens.

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
use crate::evidence::{Bundle, IamKind, IamPrincipal};
use crate::finding::{Builder, Finding, Label, Severity};
use crate::rules::signers::{Agent, Agents};
use crate::rules::{Meta, Outcome};
use crate::source::Span;

pub(super) use access_keys::AccessKeys;
pub(super) use rights::{Over, Rights};

/// The account's whole IAM.
const EXPORT: &str = "aws iam get-account-authorization-details";

/// The subject of a finding on a user or role.
fn subject(arn: &str) -> String {
    format!("principal {arn}")
}

/// The name of a user or role as an argument of the AWS CLI, where it has nothing that a shell would read.
pub(super) fn name_argument(arn: &str) -> &str {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'@' | b'+' | b'=' | b',')
    };
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
) -> Builder {
    let label = Label {
        span: label.0,
        message: label.1.to_owned(),
    };
    Finding::builder(meta.id, severity, subject(arn), message, label)
}

/// What an agent may do beside signing, with the keys that it signs with too.
fn rights_of(bundle: &Bundle, agent: &Agent) -> Rights {
    let keys = agent.keys.iter().filter_map(|index| bundle.keys.get(*index));
    let keys: Vec<Over<'_>> = keys.map(|key| Over::of(bundle, key)).collect();
    Rights::of(bundle, &agent.signer.arn, &keys)
}

/// True where the access keys of a user open more than signing: then `user-principal-signer` tells its permissions.
pub(super) fn opens_more(keys: Option<&AccessKeys<'_>>, rights: &Rights) -> bool {
    rights.do_more() && keys.is_none_or(|keys| !keys.active.is_empty() || !keys.whole)
}

/// The most places that a finding points at.
const MOST_PLACES: usize = 10;

/// The places of what gives an entry permissions.
pub(super) fn places(own: &IamPrincipal) -> impl Iterator<Item = (Span, &'static str)> + '_ {
    let inline = own.inline.iter().map(|policy| (policy.span, "an inline policy"));
    let unread = own.unread.iter().map(|name| (name.span, "an inline policy"));
    let attached = own.attached.iter().map(|arn| (arn.span, "an attached policy"));
    let groups = own.groups.iter().map(|name| (name.span, "a group"));
    inline
        .chain(unread)
        .chain(attached)
        .chain(groups)
        .take(MOST_PLACES)
}

/// What permissions lead to, as consequences.
pub(super) fn tell(mut builder: Builder, rights: &Rights) -> Builder {
    if !rights.escalation.is_empty() {
        builder = builder.consequence(format!("it may take more rights: {}", listed(&rights.escalation)));
    }
    if !rights.on_key.is_empty() {
        builder = builder.consequence(format!(
            "it may do more with its key than sign and read: {}",
            listed(&rights.on_key)
        ));
    }
    if !rights.of_aws.is_empty() {
        builder = builder.consequence(format!(
            "it administers the account by AWS's policy {}",
            listed(&rights.of_aws)
        ));
    }
    if !rights.lead_further() && !rights.writing.is_empty() {
        builder = builder.consequence(format!("it may do more than read: {}", listed(&rights.writing)));
    }
    if !rights.missing.is_empty() {
        builder = builder.note(format!("Not in the evidence: {}.", listed(&rights.missing)));
    }
    builder
}

/// The canonical text of an entry's permissions, for a fingerprint.
pub(super) fn content(own: &IamPrincipal) -> String {
    let mut names = own.permissions.clone();
    names.sort_unstable();
    let mut documents: Vec<String> = own
        .inline
        .iter()
        .map(|policy| policy.document.canonical())
        .collect();
    documents.sort_unstable();
    format!("{}\n{}", names.join("\n"), documents.join("\n"))
}

/// How permissions are taken away.
pub(super) fn take_away(arn: &str) -> String {
    format!(
        "Take the permissions away (aws iam delete-user-policy, detach-user-policy, remove-user-from-group --user-name {}); what \
         the agent needs beside the key is given by the policy of what it uses.",
        name_argument(arn)
    )
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
        Some(rule) => Outcome::NotApplicable(format!(
            "what there is to say of such a {word} is told elsewhere: see {rule}"
        )),
        None => Outcome::Pass(proof.to_owned()),
    }
}

/// Several things in a sentence.
pub(super) fn listed<T: AsRef<str>>(all: impl IntoIterator<Item = T>) -> String {
    let all: Vec<T> = all.into_iter().collect();
    let mut names: Vec<String> = all
        .iter()
        .take(MOST)
        .map(|one| crate::rules::common::short(one.as_ref()))
        .collect();
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
