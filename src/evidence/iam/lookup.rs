//! Questions to what IAM says.

use std::collections::BTreeSet;

use super::{IamKind, IamPolicy, IamPrincipal, Identity, ManagedPolicy, UserFacts, name_of};
use crate::arn::Arn;
use crate::evidence::{Bundle, Data, IamDetails};

/// A permissions boundary (IAM User Guide, "Permissions boundaries for IAM entities").
#[derive(Debug, Clone, PartialEq)]
pub enum Boundary<'b> {
    /// The document of the policy that is the boundary.
    Found(&'b IamPolicy),
    /// There is one, of this ARN, and its document is not in the evidence.
    Missing(String),
    /// There is none.
    None,
    /// The evidence does not tell whether there is one.
    Unknown,
}

/// The identity policies of a user or role, those of a user's groups among them.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityPolicies<'b> {
    /// The documents that the evidence has: inline policies, attached policies, those of groups.
    pub policies: Vec<&'b IamPolicy>,
    /// What is not in the evidence, in words: attached policies and groups whose documents are missing, lists that
    /// nobody gave. AWS's own policies among them, where the export has no document of theirs.
    pub missing: Vec<String>,
    /// True where `policies` is all there is.
    pub complete: bool,
    /// The permissions boundary.
    pub boundary: Boundary<'b>,
}

/// The user, role or group of an ARN; for a role's session the role, and so for a role's ARN without its path.
pub fn identity_by_arn<'b>(bundle: &'b Bundle, arn: &str) -> Option<&'b Identity> {
    let all = &bundle.identities;
    if let Some(found) = all.by_arn.get(arn) {
        return Some(found);
    }
    // Names of roles are unique in an account, and a session's ARN does not have the role's path.
    let parts = Arn::parse(arn)?;
    let role = match parts.service {
        "sts" => parts.resource.strip_prefix("assumed-role/")?.split('/').next()?,
        "iam" => name_of(parts.resource.strip_prefix("role/")?),
        _ => return None,
    };
    all.named(IamKind::Role, parts.account, role)
}

/// The entry of an ARN, as [`identity_by_arn`].
pub fn principal_by_arn<'b>(bundle: &'b Bundle, arn: &str) -> Option<&'b IamPrincipal> {
    identity_by_arn(bundle, arn).map(|identity| &identity.principal)
}

/// The entry of a unique id (`AIDA…`, `AROA…`; also `AROA…:session`).
pub fn principal_by_unique_id<'b>(bundle: &'b Bundle, id: &str) -> Option<&'b IamPrincipal> {
    let id = id.split(':').next().unwrap_or(id);
    let arn = bundle.identities.by_id.get(id)?;
    principal_by_arn(bundle, arn)
}

/// Every user, role and group that IAM's answers speak of, by ARN.
pub fn identities(bundle: &Bundle) -> impl Iterator<Item = &Identity> {
    bundle.identities.by_arn.values()
}

/// How a user signs in; nothing for one of whom the evidence says nothing.
pub fn user_facts<'b>(bundle: &'b Bundle, arn: &str) -> Option<&'b UserFacts> {
    bundle.identities.by_arn.get(arn).map(|identity| &identity.facts)
}

/// The managed policy of an ARN.
pub fn managed_policy<'b>(bundle: &'b Bundle, arn: &str) -> Option<&'b ManagedPolicy> {
    bundle.identities.managed.get(arn)
}

/// The document in force of a managed policy, or why it is not known.
fn document<'b>(bundle: &'b Bundle, arn: &str) -> Result<&'b IamPolicy, String> {
    let what = if arn.starts_with("arn:") && arn.contains(":iam::aws:policy/") {
        "AWS's policy"
    } else {
        "policy"
    };
    let Some(held) = managed_policy(bundle, arn) else {
        return Err(format!("the document of {what} {arn}"));
    };
    match &held.policy {
        Some(policy) if policy.masked => Err(format!("what is masked in {what} {arn}")),
        Some(policy) if !held.disputed => Ok(policy),
        Some(_) => Err(format!("which of two documents {what} {arn} has")),
        None => Err(format!("the document of {what} {arn}")),
    }
}

/// The identity policies of a user or role; for a role's session those of the role.
///
/// An entry of which nothing is known is not complete and has no policies.
pub fn identity_policies_of<'b>(bundle: &'b Bundle, arn: &str) -> IdentityPolicies<'b> {
    let mut found = IdentityPolicies {
        policies: Vec::new(),
        missing: Vec::new(),
        complete: false,
        boundary: Boundary::Unknown,
    };
    let Some(identity) = identity_by_arn(bundle, arn) else {
        found.missing.push(format!("everything of {arn}"));
        return found;
    };
    let own = &identity.principal;
    let mut seen = BTreeSet::new();
    gather(bundle, identity, &mut found, &mut seen);
    if own.kind_of() == IamKind::User {
        if !identity.whole.groups {
            found
                .missing
                .push(format!("the list of the groups of {}", own.arn));
        }
        for name in &own.groups {
            match group(bundle, own, &name.value) {
                Some(group) => gather(bundle, group, &mut found, &mut seen),
                None => found
                    .missing
                    .push(format!("the policies of the group {}", name.value)),
            }
        }
    }
    found.boundary = match &own.boundary {
        Some(boundary) => match document(bundle, &boundary.value) {
            Ok(policy) => Boundary::Found(policy),
            Err(_) => Boundary::Missing(boundary.value.clone()),
        },
        None if identity.boundary_told => Boundary::None,
        None => Boundary::Unknown,
    };
    let mut seen: BTreeSet<String> = BTreeSet::new();
    found.missing.retain(|missing| seen.insert(missing.clone()));
    found.complete = found.missing.is_empty();
    found
}

/// Adds the inline and attached policies of one entry.
fn gather<'b>(
    bundle: &'b Bundle,
    identity: &'b Identity,
    found: &mut IdentityPolicies<'b>,
    seen: &mut BTreeSet<&'b str>,
) {
    let own = &identity.principal;
    found.policies.extend(&own.inline);
    let masked = own.inline.iter().filter(|policy| policy.masked);
    found.missing.extend(masked.map(|policy| {
        format!(
            "what is masked in the inline policy {} of {}",
            policy.name, own.arn
        )
    }));
    let unread = own.unread.iter().map(|name| &name.value);
    found
        .missing
        .extend(unread.map(|name| format!("the document of the inline policy {name} of {}", own.arn)));
    if !identity.whole.inline {
        found
            .missing
            .push(format!("the list of the inline policies of {}", own.arn));
    }
    if !identity.whole.attached {
        found
            .missing
            .push(format!("the list of the policies attached to {}", own.arn));
    }
    for arn in &own.attached {
        // A policy that is attached to a user and to its group is one.
        if !seen.insert(&arn.value) {
            continue;
        }
        match document(bundle, &arn.value) {
            Ok(policy) => found.policies.push(policy),
            Err(missing) => found.missing.push(missing),
        }
    }
    found.missing.extend(identity.contradiction.clone());
}

/// The group of a name in the account of a user.
fn group<'b>(bundle: &'b Bundle, user: &IamPrincipal, name: &str) -> Option<&'b Identity> {
    bundle.identities.named(IamKind::Group, user.account()?, name)
}

/// True where the evidence has the whole of an account's users, roles and groups. See [`iam_missing`].
pub fn iam_whole(bundle: &Bundle, account: &str) -> bool {
    iam_missing(bundle, account).is_empty()
}

/// The command that exports all of it.
const EXPORT: &str = "aws iam get-account-authorization-details, without --filter";

/// What the evidence lacks of an account's users, roles and groups, in words; empty where it has the whole.
///
/// An export with `--filter User` has the other lists too, and they are empty. So an empty list counts only where
/// something else shows that nothing is in it: every account has the service-linked role of AWS Support (AWS Support User
/// Guide, "Using service-linked roles for AWS Support"), the credential report lists all users, and a group without users
/// gives nothing to anybody. One page of several does not say which page it is, so that
/// beside one that is cut none counts as whole.
pub fn iam_missing(bundle: &Bundle, account: &str) -> Vec<String> {
    let of_account = |arn: &str| Arn::parse(arn).is_some_and(|arn| arn.account == account);
    let exports: Vec<&IamDetails> = bundle
        .artefacts
        .iter()
        .filter_map(|artefact| match &artefact.data {
            Data::Iam(details) => Some(details),
            _ => None,
        })
        .filter(|details| {
            let mut arns = details
                .principals
                .iter()
                .map(|one| one.arn.as_str())
                .chain(details.policies.iter().map(|policy| policy.arn.as_str()))
                .filter(|arn| !arn.contains(":iam::aws:"))
                .peekable();
            // One that names nobody may be of any account.
            arns.peek().is_none() || arns.any(of_account)
        })
        .collect();
    if exports.is_empty() {
        return vec![format!(
            "the users, roles and groups of account {account} ({EXPORT})"
        )];
    }
    if exports.iter().any(|details| details.truncated.is_some()) {
        return vec![format!(
            "the other pages of the users, roles and groups of account {account} ({EXPORT})"
        )];
    }
    let has = |kind: IamKind| {
        let principals = exports.iter().flat_map(|details| &details.principals);
        principals
            .filter(|one| of_account(&one.arn))
            .any(|one| one.kind_of() == kind)
    };
    let mut missing = Vec::new();
    let reported = bundle.identities.reported.get(account);
    let listed: BTreeSet<&str> = exports
        .iter()
        .flat_map(|details| &details.principals)
        .map(|one| one.arn.as_str())
        .collect();
    if !has(IamKind::User) && reported.is_none_or(|users| !users.is_empty()) {
        missing.push(format!(
            "the users of account {account}: the export lists none, as it would with a --filter ({EXPORT}, or the \
             credential report)"
        ));
    } else if let Some(user) = reported
        .into_iter()
        .flatten()
        .find(|user| !listed.contains(user.as_str()))
    {
        missing.push(format!(
            "the user {} of the credential report, which the export does not list ({EXPORT})",
            name_of(user)
        ));
    }
    if !has(IamKind::Role) {
        missing.push(format!(
            "the roles of account {account}: the export lists none, and every account has that of AWS Support ({EXPORT})"
        ));
    }
    let mut groups: BTreeSet<&str> = BTreeSet::new();
    for identity in identities(bundle).filter(|identity| of_account(&identity.principal.arn)) {
        let names = identity.principal.groups.iter();
        groups.extend(
            names
                .filter(|name| group(bundle, &identity.principal, &name.value).is_none())
                .map(|name| name.value.as_str()),
        );
    }
    missing.extend(
        groups
            .into_iter()
            .map(|name| format!("the group {name} of account {account}, which a user is in ({EXPORT})")),
    );
    missing
}
