//! What identity policies give a user beside signing.
//!
//! Read from the statements as they stand: an Allow counts whatever its conditions, a Deny only where it is without
//! condition and for every resource, a permissions boundary where its document is in the evidence.

use std::collections::BTreeSet;

use crate::arn::Arn;
use crate::evidence::{Boundary, Bundle, IamPolicy, IdentityPolicies, Key, identity_policies_of};
use crate::policy::catalogue::{self, Access};
use crate::policy::{ActionPattern, Effect, Principal, Statement, glob};
use crate::rules::policy::policies;

/// Actions by which somebody takes more rights, or becomes somebody else (IAM User Guide, "Permissions boundaries for
/// IAM entities"; "Policy evaluation logic").
const ESCALATION: &[&str] = &[
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PassRole",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "sts:AssumeRole",
];

/// Those that make somebody an administrator of the account.
const ADMINISTRATION: &[&str] = &[
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
];

/// What changes a signing key or who may use it: more than reading, and more than signing.
const ON_KEY: &[&str] = &[
    "kms:CreateGrant",
    "kms:DeleteAlias",
    "kms:DeleteImportedKeyMaterial",
    "kms:DisableKey",
    "kms:ImportKeyMaterial",
    "kms:PutKeyPolicy",
    "kms:ReplicateKey",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdatePrimaryRegion",
];

/// Policies of AWS that give administration, for an export that has not their documents (AWS Managed Policy Reference
/// Guide).
const OF_AWS: &[&str] = &[
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "arn:aws:iam::aws:policy/IAMFullAccess",
    "arn:aws:iam::aws:policy/PowerUserAccess",
];

/// What somebody's identity policies give.
#[derive(Debug, Default)]
pub(in crate::rules) struct Rights {
    /// Ways to more rights.
    pub(in crate::rules) escalation: BTreeSet<&'static str>,
    /// Rights over the keys beside reading and signing, as far as the key policies leave them to IAM.
    pub(in crate::rules) on_key: BTreeSet<&'static str>,
    /// Names of policies of AWS that give administration.
    pub(in crate::rules) of_aws: BTreeSet<String>,
    /// Action patterns that do more than read.
    pub(in crate::rules) writing: BTreeSet<String>,
    /// What of the policies is not in the evidence.
    pub(in crate::rules) missing: Vec<String>,
}

/// A key, and what its policies leave to IAM.
pub(in crate::rules) struct Over<'b> {
    key: &'b Key,
    delegated: BTreeSet<&'static str>,
}

impl<'b> Over<'b> {
    /// Looks at the key's policies once.
    pub(in crate::rules) fn of(bundle: &'b Bundle, key: &'b Key) -> Self {
        let policies = policies(bundle, key);
        let statements = || policies.iter().flat_map(|policy| &policy.document.statements);
        Self {
            key,
            delegated: ON_KEY
                .iter()
                .copied()
                .filter(|action| {
                    policies.is_empty() || statements().any(|statement| delegates(statement, action))
                })
                .collect(),
        }
    }
}

impl Rights {
    /// The rights of a principal, over some keys.
    pub(in crate::rules) fn of(bundle: &Bundle, arn: &str, keys: &[Over<'_>]) -> Self {
        let IdentityPolicies {
            policies,
            missing,
            boundary,
            ..
        } = identity_policies_of(bundle, arn);
        let boundary = match boundary {
            Boundary::Found(policy) => Some(policy),
            _ => None,
        };
        let all = Policies {
            documents: &policies,
            boundary,
        };
        let mut rights = Self {
            of_aws: OF_AWS
                .iter()
                .filter(|own| missing.iter().any(|missing| missing.ends_with(*own)))
                .map(|own| own.rsplit('/').next().unwrap_or_default().to_owned())
                .collect(),
            missing,
            ..Self::default()
        };
        rights.escalation = ESCALATION
            .iter()
            .copied()
            .filter(|action| all.allow(action, |_| true))
            .collect();
        rights.on_key = ON_KEY
            .iter()
            .copied()
            .filter(|action| {
                keys.iter().any(|over| {
                    over.delegated.contains(action) && all.allow(action, |text| is_of(text, over.key))
                })
            })
            .collect();
        rights.writing = all.writing();
        rights
    }

    /// True for rights that lead to more than signing: to more rights, or to the keys themselves.
    pub(in crate::rules) fn lead_further(&self) -> bool {
        !self.escalation.is_empty() || !self.on_key.is_empty() || !self.of_aws.is_empty()
    }

    /// True for anything but reading and signing.
    pub(in crate::rules) fn do_more(&self) -> bool {
        self.lead_further() || !self.writing.is_empty()
    }

    /// True for somebody who can give rights to himself, or change a key.
    pub(in crate::rules) fn administer(&self) -> bool {
        let by_iam = self
            .escalation
            .iter()
            .any(|action| ADMINISTRATION.contains(action));
        let by_key = ["kms:PutKeyPolicy", "kms:CreateGrant"];
        by_iam || self.on_key.iter().any(|action| by_key.contains(action)) || !self.of_aws.is_empty()
    }
}

/// Identity policies, and the boundary that limits them.
struct Policies<'p> {
    documents: &'p [&'p IamPolicy],
    boundary: Option<&'p IamPolicy>,
}

impl Policies<'_> {
    /// True where an Allow covers the action on a resource that counts, and no plain Deny takes it away.
    fn allow(&self, action: &str, counts: impl Fn(&str) -> bool) -> bool {
        let statements = || {
            self.documents
                .iter()
                .flat_map(|policy| &policy.document.statements)
        };
        let allowed = statements().any(|statement| {
            statement.effect == Some(Effect::Allow)
                && covers(statement, action)
                && has_resource(statement, &counts)
        });
        let limited = self.boundary.is_some_and(|boundary| {
            !boundary
                .document
                .statements
                .iter()
                .any(|statement| statement.effect == Some(Effect::Allow) && covers(statement, action))
        });
        allowed && !limited && !statements().any(|statement| denies(statement, action))
    }

    /// The patterns that do more than read, and are not those of signing alone.
    fn writing(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for statement in self
            .documents
            .iter()
            .flat_map(|policy| &policy.document.statements)
        {
            if statement.effect != Some(Effect::Allow) {
                continue;
            }
            if statement.not_action {
                found.insert("NotAction".to_owned());
                continue;
            }
            let patterns = statement.actions.iter().map(|(pattern, _)| pattern);
            found.extend(
                patterns
                    .filter(|pattern| !only_reads(pattern))
                    .map(|pattern| pattern.as_str().to_owned()),
            );
        }
        found
    }
}

/// True if the statement's actions have this one.
fn covers(statement: &Statement, action: &str) -> bool {
    let listed = statement
        .actions
        .iter()
        .any(|(pattern, _)| pattern.covers(action));
    listed != statement.not_action
}

/// True where a resource of the statement counts. What everybody may do to himself (`user/${aws:username}`) is no way to
/// more rights.
fn has_resource(statement: &Statement, counts: impl Fn(&str) -> bool) -> bool {
    if statement.not_resource {
        return true;
    }
    let mut others = statement
        .resources
        .iter()
        .filter(|(text, _)| !text.contains("${aws:username}"));
    others.any(|(text, _)| counts(text))
}

/// True for a Deny of the action without condition, for every resource.
fn denies(statement: &Statement, action: &str) -> bool {
    let everywhere = statement.resources.iter().any(|(text, _)| text == "*");
    statement.effect == Some(Effect::Deny)
        && covers(statement, action)
        && everywhere
        && !statement.not_resource
        && statement
            .condition
            .as_ref()
            .is_none_or(|condition| condition.members().is_empty())
}

/// True where a resource of an identity policy may mean the key, or an alias of it.
fn is_of(text: &str, key: &Key) -> bool {
    let Some(arn) = &key.arn else {
        // Of a key without a name, anything of KMS may be it.
        return text == "*" || Arn::parse(text).is_some_and(|arn| glob(arn.service, "kms"));
    };
    let mut own = key.aliases.iter().filter_map(|alias| {
        let (head, _) = arn.split_once(":key/")?;
        Some(format!("{head}:{alias}"))
    });
    glob(text, arn) || own.any(|alias| glob(text, &alias))
}

/// True for a statement that leaves an action to the IAM of the account.
fn delegates(statement: &Statement, action: &str) -> bool {
    let is_class = |one: &Principal| {
        matches!(
            one,
            Principal::Account(_) | Principal::Everyone | Principal::Unknown(_)
        )
    };
    let to_account = statement
        .principals
        .as_ref()
        .is_some_and(|list| list.negated || list.iter().any(is_class));
    statement.effect == Some(Effect::Allow) && to_account && covers(statement, action)
}

/// True for a pattern that matches nothing but reading: by the access level of every action that it covers, or, of a
/// service that is not known, by the verb.
fn only_reads(pattern: &ActionPattern) -> bool {
    const SIGNING: [&str; 4] = ["kms:Sign", "kms:GetPublicKey", "kms:Verify", "kms:DescribeKey"];
    const VERBS: [&str; 6] = ["get", "list", "describe", "head", "batchget", "view"];
    let text = pattern.as_str();
    if SIGNING.iter().any(|action| pattern.is_exactly(action)) {
        return true;
    }
    let Some((service, name)) = text.split_once(':') else {
        return false;
    };
    if let Some(service) = catalogue::service(service) {
        let mut covered = service
            .actions
            .iter()
            .filter(|action| pattern.covers(&format!("{}:{}", action.service, action.name)));
        return covered.all(|action| {
            action
                .access
                .iter()
                .all(|access| matches!(access, Access::List | Access::Read))
        });
    }
    let name = name.to_ascii_lowercase();
    VERBS.iter().any(|verb| name.starts_with(verb))
}
