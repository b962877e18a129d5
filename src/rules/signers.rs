//! Who signs with a key by name: whom a statement of the key policy, or a grant, names.

use std::collections::{BTreeMap, BTreeSet};

use crate::arn::Arn;
use crate::evidence::{Bundle, Data, IamKind, Key};
use crate::policy::{Effect, Principal, Principals, Statement};
use crate::rules::policy::policies;
use crate::source::Span;

/// A user or role that may sign, by its own name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signer {
    /// ARN of the user, or of the role; of a session the role's, without its path.
    pub(super) arn: String,
    /// Where it is named.
    pub(super) span: Span,
    /// What names it, in words: `statement "Allow use of the key"`, `grant 222b…`.
    pub(super) by: String,
    /// True where the key policy names it.
    pub(super) by_policy: bool,
}

impl Signer {
    /// True for this user, this role, or a session of it.
    pub(super) fn is(&self, principal: &str) -> bool {
        same(&self.arn, principal)
    }

    /// Its kind.
    pub(super) fn kind(&self) -> Option<IamKind> {
        IamKind::of_arn(&self.arn)
    }
}

/// The role of a session, without the path that a session's ARN does not have; anything else as it is.
fn role_of(principal: &str) -> String {
    let session = Arn::parse(principal).filter(|arn| arn.service == "sts");
    let role = session.and_then(|arn| {
        let name = arn.resource.strip_prefix("assumed-role/")?.split('/').next()?;
        Some(format!("arn:{}:iam::{}:role/{name}", arn.partition, arn.account))
    });
    role.unwrap_or_else(|| principal.to_owned())
}

/// True for two names of one user, of one role, or of a role and its session.
pub(super) fn same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let parts = |text: &str| {
        let text = role_of(text);
        let arn = Arn::parse(&text)?;
        let name = arn.resource.strip_prefix("role/")?.rsplit('/').next()?.to_owned();
        Some((arn.partition.to_owned(), arn.account.to_owned(), name))
    };
    parts(one).is_some_and(|own| parts(other) == Some(own))
}

/// True if the statement allows signing, through `NotAction` too.
pub(super) fn lets_sign(statement: &Statement) -> bool {
    let covered = statement
        .actions
        .iter()
        .any(|(pattern, _)| pattern.covers("kms:Sign"));
    statement.effect == Some(Effect::Allow) && covered != statement.not_action
}

/// Whom the key policies name as signers: users, roles, sessions. Each once, where it is named first.
pub(super) fn of_policies(bundle: &Bundle, key: &Key) -> Vec<Signer> {
    let mut seen = BTreeSet::new();
    let mut found: Vec<Signer> = Vec::new();
    for policy in policies(bundle, key) {
        let statements = policy.document.statements.iter().enumerate();
        for (index, statement) in statements.filter(|(_, statement)| lets_sign(statement)) {
            let named = statement.principals.iter().filter(|list| !list.negated);
            for (principal, range) in named.flat_map(|list: &Principals| &list.list) {
                if !principal.is_named() {
                    continue;
                }
                let arn = role_of(principal.as_str());
                if seen.insert(arn.clone()) {
                    found.push(Signer {
                        arn,
                        span: Span::new(policy.source, range.clone()),
                        by: format!("{} of the key policy", statement.name(index)),
                        by_policy: true,
                    });
                }
            }
        }
    }
    found
}

/// Whom grants name as signers.
fn of_grants(bundle: &Bundle, key: &Key) -> Vec<Signer> {
    let mut found: Vec<Signer> = Vec::new();
    for grant in super::grants::of(bundle, key).all {
        let Some(grantee) = grant
            .grant
            .grantee
            .as_ref()
            .filter(|_| grant.grant.allows("Sign"))
        else {
            continue;
        };
        if Principal::aws(&grantee.value).is_named() {
            found.push(Signer {
                arn: role_of(&grantee.value),
                span: grantee.span,
                by: format!("grant {}", super::common::short(&grant.grant.id)),
                by_policy: false,
            });
        }
    }
    found
}

/// Everybody who signs with a key in scope, by ARN, with the keys: the subjects of those, sorted.
pub(super) struct Agents(pub(super) BTreeMap<String, Agent>);

/// One of them.
pub(super) struct Agent {
    /// How it is named first.
    pub(super) signer: Signer,
    /// The keys that it signs with.
    pub(super) keys: Vec<usize>,
}

impl Agents {
    /// Looks at the key policies and grants of every key in scope.
    pub(super) fn of(bundle: &Bundle) -> Self {
        let mut found: BTreeMap<String, Agent> = BTreeMap::new();
        let judged = bundle
            .keys
            .iter()
            .enumerate()
            .filter(|(_, key)| key.scope.is_some());
        for (index, key) in judged {
            let all = of_policies(bundle, key).into_iter().chain(of_grants(bundle, key));
            for signer in all {
                let agent = found.entry(signer.arn.clone()).or_insert_with(|| Agent {
                    signer: signer.clone(),
                    keys: Vec::new(),
                });
                // A key policy says more than a grant.
                if signer.by_policy && !agent.signer.by_policy {
                    agent.signer = signer;
                }
                if !agent.keys.contains(&index) {
                    agent.keys.push(index);
                }
            }
        }
        Self(found)
    }

    /// Those of a kind.
    pub(super) fn of_kind(&self, kind: IamKind) -> Vec<&Agent> {
        self.0
            .values()
            .filter(|agent| agent.signer.kind() == Some(kind))
            .collect()
    }

    /// True where no key in scope has a policy or a grant in the evidence, so that nobody can be known.
    pub(super) fn are_unknown(bundle: &Bundle) -> bool {
        let judged = bundle.keys.iter().filter(|key| key.scope.is_some());
        !judged.into_iter().any(|key| {
            bundle.of_key(key).any(|(artefact, _)| {
                matches!(&artefact.data, Data::Policy(export) if export.is_key_policy)
                    || matches!(artefact.data, Data::Grants(_))
            })
        })
    }
}
