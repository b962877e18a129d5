//! Who asks, and whom a statement means.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal" and "AWS JSON policy elements: `NotPrincipal`".

use super::super::Principal;
use super::super::principal::OWN_ACCOUNT;
use super::outcome::{Premise, PremiseCode};
use crate::arn::{Arn, is_account_id};

/// The forms of a caller (IAM User Guide, "The request context: Principal").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// The root user of an account.
    Root,
    /// An IAM user.
    User,
    /// A role: any of its sessions.
    Role,
    /// A session of a role: name of the role, and of the session.
    Session,
    /// A session of `GetFederationToken`.
    FederatedUser,
    /// A service principal.
    Service,
    /// An identity provider's user, before a role is assumed.
    Provider,
    /// Nobody in particular: a request without a signature.
    Anonymous,
}

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The form.
    pub kind: CallerKind,
    /// As it was given.
    pub text: String,
    pub(in crate::policy) partition: String,
    pub(in crate::policy) account: String,
    /// Name of the role, for a role or its session.
    pub(in crate::policy) role: String,
}

impl Caller {
    /// Reads a caller: the ARN of a user, role, session, federated user, root or identity provider; an account's 12
    /// digits for its root user; `service.amazonaws.com`; `*` or `anonymous` for a request without a signature.
    /// Nothing for any other text.
    ///
    /// Source: IAM User Guide, "IAM identifiers", "AWS service principals".
    pub fn parse(text: &str) -> Option<Self> {
        let new = |kind, partition: &str, account: &str, role: &str| {
            Some(Self {
                kind,
                text: text.to_owned(),
                partition: partition.to_owned(),
                account: account.to_owned(),
                role: role.to_owned(),
            })
        };
        if text == "*" || text.eq_ignore_ascii_case("anonymous") {
            return new(CallerKind::Anonymous, "", "", "");
        }
        if is_account_id(text) {
            return new(CallerKind::Root, "", text, "");
        }
        let Some(arn) = Arn::parse(text) else {
            let name = text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
            let service = name && (text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn"));
            if service && !text.starts_with("cognito-identity.") {
                return new(CallerKind::Service, "", "", "");
            }
            let provider = [
                "cognito-identity.amazonaws.com",
                "accounts.google.com",
                "graph.facebook.com",
                "www.amazon.com",
            ];
            return provider
                .contains(&text)
                .then(|| new(CallerKind::Provider, "", "", ""))
                .flatten();
        };
        if !is_account_id(arn.account) || !arn.region.is_empty() {
            return None;
        }
        let (kind, rest) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
        match (arn.service, kind, rest) {
            ("iam", "root", "") => new(CallerKind::Root, arn.partition, arn.account, ""),
            (_, _, "") => None,
            ("iam", "user", _) => new(CallerKind::User, arn.partition, arn.account, ""),
            ("iam", "role", path) => {
                let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
                new(CallerKind::Role, arn.partition, arn.account, name)
            }
            ("iam", "saml-provider" | "oidc-provider", _) => {
                new(CallerKind::Provider, arn.partition, arn.account, "")
            }
            ("sts", "assumed-role", names) => {
                let (role, session) = names.split_once('/')?;
                (!session.is_empty())
                    .then(|| new(CallerKind::Session, arn.partition, arn.account, role))
                    .flatten()
            }
            ("sts", "federated-user", _) => new(CallerKind::FederatedUser, arn.partition, arn.account, ""),
            _ => None,
        }
    }

    /// The root user of an account.
    pub(in crate::policy) fn root(text: &str, partition: &str, account: &str) -> Self {
        Self {
            kind: CallerKind::Root,
            text: text.to_owned(),
            partition: partition.to_owned(),
            account: account.to_owned(),
            role: String::new(),
        }
    }

    /// Any user or role of an account that nothing names: `words` say so where its ARN would stand.
    pub(in crate::policy) fn any(words: &str, partition: &str, account: &str) -> Self {
        Self {
            kind: CallerKind::Role,
            ..Self::root(words, partition, account)
        }
    }

    /// A caller as policies write it: also of the account that a template is deployed in.
    pub(in crate::policy) fn of_text(text: &str) -> Option<Self> {
        const DIGITS: &str = "000000000000";
        Self::parse(text).or_else(|| {
            let own = Self::parse(&text.replace(OWN_ACCOUNT, DIGITS))?;
            let is_own = text.contains(OWN_ACCOUNT) && own.account == DIGITS;
            is_own.then(|| Self {
                text: text.to_owned(),
                account: OWN_ACCOUNT.to_owned(),
                ..own
            })
        })
    }

    /// Name of the role, for a role or its session; empty for others (IAM User Guide, "IAM identifiers").
    pub fn role_name(&self) -> &str {
        &self.role
    }

    /// The name of the user or the role, without path; that of a session's role. Nothing for others.
    pub(super) fn name(&self) -> Option<&str> {
        match self.kind {
            CallerKind::User => self.text.rsplit('/').next(),
            CallerKind::Role | CallerKind::Session => Some(&self.role),
            _ => None,
        }
    }

    /// True for the root user of an account.
    pub fn is_root(&self) -> bool {
        self.kind == CallerKind::Root
    }

    /// The caller's account; nothing for services, identity providers and requests without a signature.
    pub fn account(&self) -> Option<&str> {
        let has = !self.account.is_empty() && self.kind != CallerKind::Provider;
        has.then_some(self.account.as_str())
    }

    /// True for a caller that IAM's policies speak of.
    pub(in crate::policy) fn is_iam(&self) -> bool {
        self.account().is_some()
    }
}

/// How a statement means a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::policy) enum How {
    /// By name: user, session, root user, service, identity provider.
    Exact,
    /// By the name of its role.
    Role,
    /// As everyone.
    Everyone,
    /// By its account: IAM decides.
    Account,
}

/// One entry of a `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::policy) struct Entry {
    pub(in crate::policy) principal: Principal,
    /// Of an account that is written as an ARN.
    pub(in crate::policy) partition: Option<String>,
}

impl Entry {
    pub(super) fn new(kind: &str, text: &str) -> Self {
        Self {
            principal: Principal::of_kind(kind, text),
            partition: Arn::parse(text).map(|arn| arn.partition.to_owned()),
        }
    }

    /// What a caller whom this means is called by ([`Caller::name`]); nothing where it may mean others.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.principal {
            Principal::User(arn) | Principal::Role(arn) => arn.rsplit('/').next(),
            // Also the role that the session is of.
            Principal::Session(arn) => arn.split('/').nth(1),
            _ => None,
        }
    }

    /// Whether this entry means the caller, and how; with what that rests on.
    pub(super) fn matches(&self, caller: &Caller, scope: Scope<'_>) -> Option<(How, Option<Premise>)> {
        let sure = |how, held: bool| held.then_some((how, None));
        let doubt = |how, code, message: String| Some((how, Some(Premise::new(code, message))));
        match &self.principal {
            Principal::Everyone => match caller.kind {
                CallerKind::Service | CallerKind::Provider if !scope.denies => doubt(
                    How::Everyone,
                    PremiseCode::EveryoneAndServices,
                    format!("whether the principal * means {} is not documented", caller.text),
                ),
                _ => sure(How::Everyone, true),
            },
            Principal::Account(id) => {
                let own = id == OWN_ACCOUNT && scope.resource_account == caller.account();
                let partition = self
                    .partition
                    .as_ref()
                    .is_none_or(|partition| *partition == scope.partition || partition.starts_with("${"));
                let held = (own || Some(id.as_str()) == caller.account()) && partition;
                let how = if caller.kind == CallerKind::Root {
                    How::Exact
                } else {
                    How::Account
                };
                sure(how, held)
            }
            Principal::User(arn) => match caller.kind {
                CallerKind::User => sure(How::Exact, *arn == caller.text),
                // The session's ARN does not name its user.
                CallerKind::FederatedUser
                    if !arn.contains(['*', '?'])
                        && Arn::parse(arn).is_some_and(|arn| {
                            arn.account == caller.account && arn.partition == caller.partition
                        }) =>
                {
                    doubt(
                        How::Role,
                        PremiseCode::FederatedUser,
                        format!("{} is a session of {arn}", caller.text),
                    )
                }
                _ => None,
            },
            Principal::Role(arn) => match caller.kind {
                CallerKind::Role => sure(How::Role, *arn == caller.text),
                CallerKind::Session => sure(How::Role, is_role(arn, caller)),
                _ => None,
            },
            Principal::Session(arn) => match caller.kind {
                CallerKind::Session | CallerKind::FederatedUser => sure(How::Exact, *arn == caller.text),
                CallerKind::Role => {
                    let session = Self::parse_session(arn)?;
                    let same = session.partition == caller.partition
                        && session.account == caller.account
                        && session.role == caller.role;
                    same.then(|| {
                        let message = format!("the caller's session is {arn}");
                        (How::Exact, Some(Premise::new(PremiseCode::SessionName, message)))
                    })
                }
                _ => None,
            },
            Principal::Service(name) => sure(
                How::Exact,
                caller.kind == CallerKind::Service && *name == caller.text,
            ),
            Principal::Federated(name) => sure(
                How::Exact,
                caller.kind == CallerKind::Provider && *name == caller.text,
            ),
            Principal::CanonicalUser(id) if scope.canonical_users && caller.kind != CallerKind::Service => {
                doubt(
                    How::Exact,
                    PremiseCode::CanonicalUser,
                    format!("{id} is the canonical id of the caller's account"),
                )
            }
            Principal::Unknown(text) => doubt(
                How::Exact,
                PremiseCode::Template,
                format!("{text} is the caller: only deployment says who it is"),
            ),
            Principal::Deleted(_) | Principal::CanonicalUser(_) | Principal::Other(_) => None,
        }
    }

    fn parse_session(arn: &str) -> Option<Caller> {
        // "you cannot use a wildcard * to mean all sessions"
        Caller::parse(arn).filter(|session| session.kind == CallerKind::Session && !arn.contains(['*', '?']))
    }

    fn is_account_of(&self, caller: &Caller, scope: Scope<'_>) -> bool {
        matches!(self.principal, Principal::Account(_))
            && self
                .matches(caller, scope)
                .is_some_and(|(_, premise)| premise.is_none())
    }
}

/// True where the ARN is that of the session's role. A session does not show its role's path, and names are unique in
/// an account.
fn is_role(arn: &str, caller: &Caller) -> bool {
    Arn::parse(arn).is_some_and(|arn| {
        arn.partition == caller.partition
            && arn.account == caller.account
            && arn.resource.rsplit('/').next() == Some(caller.role.as_str())
    })
}

/// What the meaning of a principal depends on beside the caller.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) struct Scope<'a> {
    /// The statement denies: `*` means services too (IAM User Guide, "AWS global condition context keys":
    /// `aws:PrincipalIsAWSService` is there to except them).
    pub(in crate::policy) denies: bool,
    /// The caller's partition.
    pub(in crate::policy) partition: &'a str,
    pub(in crate::policy) canonical_users: bool,
    /// True, false, or not known; false of callers that can have none.
    pub(in crate::policy) has_boundary: Option<bool>,
    pub(in crate::policy) resource_account: Option<&'a str>,
}

/// All ways in which a `Principal` element means the caller.
pub(in crate::policy) fn named(
    entries: &[Entry],
    caller: &Caller,
    scope: Scope<'_>,
) -> Vec<(How, Option<Premise>)> {
    entries
        .iter()
        .filter_map(|entry| entry.matches(caller, scope))
        .collect()
}

/// Whether a `NotPrincipal` element means the caller.
pub(in crate::policy) fn excepted(
    entries: &[Entry],
    caller: &Caller,
    scope: Scope<'_>,
) -> Vec<(How, Option<Premise>)> {
    let means = |code, message: &str| vec![(How::Everyone, Some(Premise::new(code, message)))];
    let found: Vec<(How, Option<Premise>)> = named(entries, caller, scope);
    if found.is_empty() {
        let service = matches!(caller.kind, CallerKind::Service | CallerKind::Provider);
        if service && !scope.denies {
            return means(
                PremiseCode::EveryoneAndServices,
                "whether NotPrincipal means services is not documented",
            );
        }
        return vec![(How::Everyone, None)];
    }
    let sure = |how: How| found.iter().any(|(of, premise)| *of == how && premise.is_none());
    if !scope.denies {
        // Listed by name: left out. Listed by the account, or perhaps listed: not documented.
        if sure(How::Everyone) || sure(How::Exact) || sure(How::Role) {
            return Vec::new();
        }
        return means(
            PremiseCode::NotPrincipal,
            "NotPrincipal lists the caller in part only",
        );
    }
    match scope.has_boundary {
        Some(true) => return vec![(How::Everyone, None)],
        None => {
            return means(
                PremiseCode::PermissionBoundaries,
                "the caller has no permissions boundary: a Deny with NotPrincipal hits those that have one",
            );
        }
        Some(false) => {}
    }
    if sure(How::Everyone) {
        return Vec::new();
    }
    let account = entries.iter().any(|entry| entry.is_account_of(caller, scope));
    let whole = match caller.kind {
        CallerKind::Root | CallerKind::Service | CallerKind::Provider => sure(How::Exact),
        CallerKind::User | CallerKind::FederatedUser => sure(How::Exact) && account,
        CallerKind::Session => sure(How::Exact) && sure(How::Role) && account,
        CallerKind::Role | CallerKind::Anonymous => false,
    };
    if whole {
        Vec::new()
    } else {
        means(
            PremiseCode::NotPrincipal,
            "NotPrincipal with Deny lists the caller without its role, session or account",
        )
    }
}
