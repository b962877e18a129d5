//! From the files of IAM to one entry a user, role or group.

use std::collections::{BTreeMap, BTreeSet};

use super::super::artefact::{Artefact, Data, Field, Place};
use super::attach::{Owners, unowned};
use super::{IamKind, IamPrincipal, IamSays, ManagedPolicy, merge};
use crate::evidence::{Bundle, FailedCall, Gap};
use crate::source::Span;

/// One access key of a user (IAM API Reference, `AccessKeyMetadata`; the credential report).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKeyFact {
    /// The last four characters of its id; the credential report has no ids.
    pub id: Option<String>,
    /// True for an active one.
    pub active: Option<bool>,
    /// When it was made, as written.
    pub created: Place,
    /// When it was last used, as written; `N/A` for one that never was.
    pub last_used: Place,
    /// The place of the key's entry.
    pub span: Span,
}

/// How a user can sign in. What is not known is nothing, never `false`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFacts {
    /// The access keys, where a list of them is in the evidence. Of several lists, the one with the most active keys.
    pub access_keys: Option<Vec<AccessKeyFact>>,
    /// True where the evidence has the list of all access keys.
    pub access_keys_whole: bool,
    /// Whether an MFA device is registered. Of several answers that differ, `false`.
    pub mfa: Option<Field<bool>>,
    /// Whether there is a password for the console. Of several answers that differ, `true`.
    pub console_password: Option<Field<bool>>,
    /// When the password was last used, as written.
    pub password_last_used: Place,
}

/// Which lists of an entry the evidence has whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Whole {
    /// The inline policies.
    pub inline: bool,
    /// The attached policies.
    pub attached: bool,
    /// The groups of a user.
    pub groups: bool,
}

/// Everything that the evidence says of one user, role or group.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The entry. What several files say is united.
    pub principal: IamPrincipal,
    /// Which of its lists are known whole.
    pub whole: Whole,
    /// True where the evidence tells whether there is a permissions boundary.
    pub boundary_told: bool,
    /// How a user can sign in.
    pub facts: UserFacts,
    /// Where two files contradict each other on its policies or groups: the united entry is then that of no time.
    pub contradiction: Option<String>,
}

impl Identity {
    pub(super) fn new(principal: IamPrincipal) -> Self {
        Self {
            principal,
            whole: Whole::default(),
            boundary_told: false,
            facts: UserFacts::default(),
            contradiction: None,
        }
    }
}

/// Everything of IAM in the evidence, joined.
#[derive(Debug, Default)]
pub struct Identities {
    /// Users, roles and groups by ARN.
    pub(super) by_arn: BTreeMap<String, Identity>,
    /// Managed policies by ARN.
    pub(super) managed: BTreeMap<String, ManagedPolicy>,
    /// Accounts of which a credential report is here, and the users that it lists.
    pub(super) reported: BTreeMap<String, BTreeSet<String>>,
    /// ARNs by kind, account and name: a path is no part of a name.
    pub(super) by_name: BTreeMap<(IamKind, String, String), String>,
    /// ARNs by unique id.
    pub(super) by_id: BTreeMap<String, String>,
}

impl Identities {
    /// The entry of a name in an account.
    pub(super) fn named(&self, kind: IamKind, account: &str, name: &str) -> Option<&Identity> {
        let key = (kind, account.to_owned(), name.to_owned());
        self.by_arn.get(self.by_name.get(&key)?)
    }

    fn index(&mut self) {
        for (arn, identity) in &self.by_arn {
            let own = &identity.principal;
            if let Some(account) = own.account() {
                let key = (own.kind_of(), account.to_owned(), own.name.clone());
                self.by_name.entry(key).or_insert_with(|| arn.clone());
            }
            if let Some(id) = &own.unique_id {
                self.by_id.entry(id.clone()).or_insert_with(|| arn.clone());
            }
        }
    }
}

/// Joins everything of IAM; what names nobody is a gap.
pub(in crate::evidence) fn assemble(bundle: &mut Bundle, paths: &[String]) {
    let mut all = Identities::default();
    for artefact in &bundle.artefacts {
        match &artefact.data {
            Data::Iam(details) => {
                let is_whole = details.truncated.is_none();
                for principal in &details.principals {
                    let whole = Whole {
                        inline: is_whole,
                        attached: is_whole,
                        groups: is_whole,
                    };
                    merge::entry(&mut all, principal, whole);
                }
                for policy in &details.policies {
                    merge::managed(&mut all, policy);
                }
            }
            Data::IamPart(part) => match &part.says {
                IamSays::Principal(principal) => {
                    merge::entry(&mut all, principal, Whole::default());
                }
                IamSays::Managed(policy) => merge::managed(&mut all, policy),
                IamSays::Report(rows) => rows.iter().for_each(|row| merge::row(&mut all, row)),
                _ => {}
            },
            _ => {}
        }
    }
    let owners = Owners::new(&bundle.artefacts, &all, paths);
    let mut gaps: Vec<Gap> = Vec::new();
    // What an answer adds to an access key comes after the lists of them.
    for after_lists in [false, true] {
        for (index, artefact) in bundle.artefacts.iter().enumerate() {
            let is_added = matches!(&artefact.data, Data::IamPart(part)
                if matches!(part.says, IamSays::KeyLastUsed { .. }));
            if is_added == after_lists
                && let Some(gap) = attach(&mut all, &owners, index, artefact, paths)
            {
                gaps.push(gap);
            }
        }
    }
    for identity in all.by_arn.values_mut() {
        identity.principal.name_permissions();
    }
    all.index();
    bundle.gaps.extend(gaps);
    bundle.identities = all;
}

/// Adds what an answer says to its user, role, group or policy; a gap where it is not known whose it is.
fn attach(
    all: &mut Identities,
    owners: &Owners,
    index: usize,
    artefact: &Artefact,
    paths: &[String],
) -> Option<Gap> {
    let part = match &artefact.data {
        Data::IamPart(part) => part,
        Data::Failed(call) => {
            no_password(all, owners, call);
            return None;
        }
        _ => return None,
    };
    match &part.says {
        IamSays::Principal(_) | IamSays::Managed(_) | IamSays::Report(_) => None,
        IamSays::Version {
            policy,
            version,
            is_default,
        } => {
            let Some(arn) = owners.policy_of(index, part) else {
                return Some(unowned(artefact, index, paths, "policy"));
            };
            merge::version(all, &arn, policy, version.as_ref(), *is_default);
            None
        }
        says => {
            let Some((arn, kind)) = owners.of(index, part) else {
                return Some(unowned(artefact, index, paths, "user, role or group"));
            };
            merge::part(all, (&arn, kind), says, part.truncated.is_none(), artefact.span);
            None
        }
    }
}

/// IAM answers `NoSuchEntity` where a user has no password for the console.
fn no_password(all: &mut Identities, owners: &Owners, call: &FailedCall) {
    if let Some(user) = call.without_password()
        && let Some(arn) = owners.user_named(&user.value)
    {
        let identity = merge::identity(all, (&arn, IamKind::User), user.span);
        merge::password(identity, false, user.span);
    }
}
