//! What IAM says: users, roles and groups, their policies, their credentials.
//!
//! Source: IAM API Reference, `GetAccountAuthorizationDetails` and the `Get…` and `List…` operations of users, roles,
//! groups and policies; IAM User Guide, "Getting credential reports for your AWS account".

mod attach;
mod identity;
mod lookup;
mod merge;

use super::artefact::{Field, Place};
use super::redacted;
use crate::arn::Arn;
use crate::json::Node;
use crate::policy::Document;
use crate::source::{SourceId, Span};

pub(super) use identity::assemble;
pub use identity::{AccessKeyFact, Identities, Identity, UserFacts, Whole};
pub use lookup::{
    Boundary, IdentityPolicies, iam_missing, iam_whole, identities, identity_by_arn, identity_policies_of,
    managed_policy, principal_by_arn, principal_by_unique_id, user_facts,
};

/// What an entry of IAM is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IamKind {
    /// A user.
    User,
    /// A role.
    Role,
    /// A group of users.
    Group,
}

impl IamKind {
    /// The word, as ARNs have it too.
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Group => "group",
        }
    }

    /// The kind of an ARN of IAM: `arn:aws:iam::111122223333:user/a`.
    pub fn of_arn(arn: &str) -> Option<Self> {
        let arn = Arn::parse(arn).filter(|arn| arn.service == "iam")?;
        [Self::User, Self::Role, Self::Group].into_iter().find(|kind| {
            arn.resource
                .split_once('/')
                .is_some_and(|(word, _)| word == kind.word())
        })
    }
}

/// The name in an ARN of IAM, without its path: names are unique in an account.
pub(super) fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// A policy document of IAM, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct IamPolicy {
    /// `PolicyName`; `trust policy` for that of a role.
    pub name: String,
    /// `PolicyArn`, for a managed policy.
    pub arn: Option<String>,
    /// The source whose text the document's spans count in: a file, or the view of an escaped or URL-encoded string.
    pub source: SourceId,
    /// The document.
    pub document: Document,
    /// The place of the document.
    pub span: Span,
    /// True for an inline policy, false for a managed one.
    pub inline: bool,
    /// True where a part of it is masked or not filled in, so that what it allows is not known.
    pub masked: bool,
}

impl IamPolicy {
    /// True for a document with a value that is none: `arn:aws:kms:us-east-1:XXXXXXXXXXXX:key/*`.
    pub(crate) fn is_masked(document: &Document) -> bool {
        fn walk(node: &Node, member: &str) -> bool {
            if matches!(member, "Sid" | "Id" | "Version") {
                return false;
            }
            let own = node.as_str().is_some_and(|text| {
                redacted::is_placeholder(text) || (text.starts_with("arn:") && redacted::is_masked(text))
            });
            own || node.members().iter().any(|own| walk(&own.value, &own.key))
                || node.items().iter().any(|item| walk(item, member))
        }
        walk(&document.root, "")
    }
}

/// A managed policy and the document of its default version, which is the one in force.
#[derive(Debug, Clone, PartialEq)]
pub struct ManagedPolicy {
    /// `Arn`
    pub arn: String,
    /// `PolicyName`
    pub name: String,
    /// `DefaultVersionId`
    pub default_version: Place,
    /// The document of the default version, where the evidence has it.
    pub policy: Option<IamPolicy>,
    /// True where two files have different documents for the version in force: which one it is is not known.
    pub disputed: bool,
    /// The whole entry.
    pub span: Span,
}

/// A user, role or group.
#[derive(Debug, Clone, PartialEq)]
pub struct IamPrincipal {
    /// `Arn`
    pub arn: String,
    /// `UserName`, `RoleName` or `GroupName`
    pub name: String,
    /// `user`, `role` or `group`
    pub kind: &'static str,
    /// Names of inline and attached policies, and of groups: everything that gives it permissions.
    pub permissions: Vec<String>,
    /// The whole entry.
    pub span: Span,
    /// `UserId`, `RoleId` or `GroupId`: `AIDA…`, `AROA…`, `AGPA…`.
    pub unique_id: Option<String>,
    /// `CreateDate`, as written.
    pub create_date: Place,
    /// The inline policies whose document can be read.
    pub inline: Vec<IamPolicy>,
    /// Names of inline policies whose document is not there, or cannot be read.
    pub unread: Vec<Field<String>>,
    /// ARNs of the managed policies attached to it.
    pub attached: Vec<Field<String>>,
    /// Names of the groups that a user is in.
    pub groups: Vec<Field<String>>,
    /// ARN of the managed policy that is its permissions boundary.
    pub boundary: Option<Field<String>>,
    /// A role's trust policy.
    pub trust: Option<IamPolicy>,
    /// Key and value of each tag.
    pub tags: Vec<(Field<String>, Field<String>)>,
    /// When a role was last used, or a user's console password; as written.
    pub last_used: Place,
    /// ARNs of the instance profiles that hand the role to EC2 instances.
    pub instance_profiles: Vec<String>,
}

impl IamPrincipal {
    /// One of which nothing else is known yet.
    pub fn new(arn: String, name: String, kind: IamKind, span: Span) -> Self {
        Self {
            arn,
            name,
            kind: kind.word(),
            permissions: Vec::new(),
            span,
            unique_id: None,
            create_date: None,
            inline: Vec::new(),
            unread: Vec::new(),
            attached: Vec::new(),
            groups: Vec::new(),
            boundary: None,
            trust: None,
            tags: Vec::new(),
            last_used: None,
            instance_profiles: Vec::new(),
        }
    }

    /// The account of its ARN, 12 digits.
    pub fn account(&self) -> Option<&str> {
        Arn::parse(&self.arn).map(|arn| arn.account)
    }

    /// What it is.
    pub fn kind_of(&self) -> IamKind {
        match self.kind {
            "role" => IamKind::Role,
            "group" => IamKind::Group,
            _ => IamKind::User,
        }
    }

    /// Every policy document of the entry, the trust policy among them.
    pub fn documents(&self) -> impl Iterator<Item = &IamPolicy> {
        self.inline.iter().chain(&self.trust)
    }

    /// Fills [`IamPrincipal::permissions`] from what is known of policies and groups.
    pub fn name_permissions(&mut self) {
        let inline = self.inline.iter().map(|policy| policy.name.as_str());
        let unread = self.unread.iter().map(|name| name.value.as_str());
        let mut names: Vec<String> = inline
            .chain(unread)
            .map(|name| format!("inline policy {name}"))
            .collect();
        names.extend(
            self.attached
                .iter()
                .map(|arn| format!("attached policy {}", name_of(&arn.value))),
        );
        names.extend(self.groups.iter().map(|name| format!("group {}", name.value)));
        self.permissions = names;
    }
}

/// `GetAccountAuthorizationDetails`.
#[derive(Debug, Clone)]
pub struct IamDetails {
    /// Users, roles and groups.
    pub principals: Vec<IamPrincipal>,
    /// The managed policies: all of the account's own, and those of AWS that are attached to something.
    pub policies: Vec<ManagedPolicy>,
    /// Where the export says that there is more.
    pub truncated: Option<Span>,
}

impl IamDetails {
    /// Every policy document of the export.
    pub fn documents(&self) -> impl Iterator<Item = &IamPolicy> {
        let managed = self.policies.iter().filter_map(|policy| policy.policy.as_ref());
        self.principals
            .iter()
            .flat_map(IamPrincipal::documents)
            .chain(managed)
    }
}

/// Whom an answer of IAM is about: many do not say it, but for the command above them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IamOwner {
    /// What it is, where the answer or its command tells.
    pub kind: Option<IamKind>,
    /// Its name.
    pub name: Option<Field<String>>,
    /// Its ARN.
    pub arn: Place,
}

/// An answer about one user, role, group or managed policy.
#[derive(Debug, Clone)]
pub struct IamPart {
    /// Whom it is about.
    pub of: IamOwner,
    /// What it says.
    pub says: IamSays,
    /// Where the answer says that there is more.
    pub truncated: Option<Span>,
}

impl IamPart {
    /// Every policy document of the answer.
    pub fn documents(&self) -> Vec<&IamPolicy> {
        match &self.says {
            IamSays::Principal(principal) => principal.documents().collect(),
            IamSays::Inline(policy) | IamSays::Version { policy, .. } => vec![policy],
            _ => Vec::new(),
        }
    }

    /// What it is and whose, in words.
    pub fn words(&self) -> String {
        let what = self.says.words();
        if let IamSays::Principal(principal) = &self.says {
            return format!("{} {}", principal.kind, principal.arn);
        }
        let named = self.of.arn.as_ref().or(self.of.name.as_ref());
        match (named, self.of.kind) {
            (Some(name), Some(kind)) => format!("{what} of {} {}", kind.word(), name.value),
            (Some(name), None) => format!("{what} of {}", name.value),
            (None, _) => what.to_owned(),
        }
    }
}

/// What such an answer says.
#[derive(Debug, Clone)]
pub enum IamSays {
    /// `GetUser`, `GetRole`, `GetGroup`: the entry, without its policies.
    Principal(Box<IamPrincipal>),
    /// `ListUserPolicies`, `ListRolePolicies`, `ListGroupPolicies`: names of inline policies.
    InlineNames(Vec<Field<String>>),
    /// `GetUserPolicy`, `GetRolePolicy`, `GetGroupPolicy`.
    Inline(Box<IamPolicy>),
    /// The same, where the document cannot be read.
    InlineUnread(Field<String>),
    /// `ListAttachedUserPolicies` and the like: ARNs of managed policies.
    Attached(Vec<Field<String>>),
    /// `ListGroupsForUser`: names of groups.
    Groups(Vec<Field<String>>),
    /// `GetGroup`: the user is in a group of this name, and may be in others.
    InGroup(Field<String>),
    /// `GetPolicy`: ARN, name and default version of a managed policy.
    Managed(Box<ManagedPolicy>),
    /// `GetPolicyVersion`: one version of a managed policy.
    Version {
        /// Its document.
        policy: Box<IamPolicy>,
        /// `VersionId`
        version: Place,
        /// `IsDefaultVersion`: only then it is in force.
        is_default: bool,
    },
    /// `ListAccessKeys`.
    AccessKeys(Vec<AccessKeyFact>),
    /// `GetAccessKeyLastUsed`.
    KeyLastUsed {
        /// The last characters of the access key id, where the command names it.
        id: Option<String>,
        /// `LastUsedDate`, as written; `N/A` for a key that was never used.
        date: Place,
    },
    /// `ListMFADevices`: serial numbers.
    MfaDevices(Vec<Field<String>>),
    /// `GetLoginProfile`: the user has a console password.
    ConsolePassword(Span),
    /// The credential report: a row a user.
    Report(Vec<ReportRow>),
}

impl IamSays {
    /// What it is, in words.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Principal(_) => "a user, role or group",
            Self::InlineNames(_) => "names of inline policies",
            Self::Inline(_) | Self::InlineUnread(_) => "an inline policy",
            Self::Attached(_) => "attached managed policies",
            Self::Groups(_) | Self::InGroup(_) => "groups of a user",
            Self::Managed(_) => "a managed policy",
            Self::Version { .. } => "a version of a managed policy",
            Self::AccessKeys(_) => "access keys",
            Self::KeyLastUsed { .. } => "the last use of an access key",
            Self::MfaDevices(_) => "MFA devices",
            Self::ConsolePassword(_) => "a console password",
            Self::Report(_) => "the credential report",
        }
    }
}

/// A row of the credential report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportRow {
    /// `arn`
    pub arn: Field<String>,
    /// `user`; `<root_account>` for the account's root user.
    pub user: String,
    /// `password_enabled`; nothing for the root user, of whom the report does not say it.
    pub password: Option<bool>,
    /// `password_last_used`, as written.
    pub password_last_used: Place,
    /// `mfa_active`
    pub mfa: Option<bool>,
    /// The access keys: the report has two places for them, and no ids.
    pub access_keys: Vec<AccessKeyFact>,
    /// The whole row.
    pub span: Span,
}

/// The last four characters of an access key id, which tell the keys of a user apart without showing one whole.
pub fn masked_key_id(id: &str) -> String {
    let tail: Vec<char> = id.chars().rev().take(4).collect();
    let tail: String = tail.into_iter().rev().collect();
    format!("…{tail}")
}
