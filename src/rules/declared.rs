//! Who is meant to sign with a key, and who to administer it: by the claims and by whoever runs the audit.

use crate::arn::Arn;
use crate::evidence::Key;
use crate::policy::access::{Holder, Who};
use crate::policy::evaluate::{Caller, CallerKind};
use crate::rules::Context;
use crate::source::Span;

/// What somebody is declared to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// He may sign.
    Signer,
    /// He may administer the key.
    Administrator,
}

/// Declarations that hold for every key: those of whoever runs the audit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declarations {
    /// ARNs, or `user/NAME` and `role/NAME` of the key's account.
    pub signers: Vec<String>,
    /// The same of administrators.
    pub administrators: Vec<String>,
}

/// One declaration that speaks of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// As written.
    pub text: String,
    /// Where the evidence says so; nothing for an option.
    pub span: Option<Span>,
}

impl Context<'_> {
    /// Everybody who is declared for a key; empty where nothing declares anybody.
    pub fn declared(&self, key: &Key, part: Part) -> Vec<Declared> {
        let options = match part {
            Part::Signer => &self.declarations.signers,
            Part::Administrator => &self.declarations.administrators,
        };
        let mut found: Vec<Declared> = options
            .iter()
            .map(|text| Declared {
                text: text.clone(),
                span: None,
            })
            .collect();
        for (claim, _) in self.bundle.claims_of(key) {
            let list = match part {
                Part::Signer => &claim.signers,
                Part::Administrator => &claim.administrators,
            };
            found.extend(list.iter().map(|field| Declared {
                text: field.value.clone(),
                span: Some(field.span),
            }));
        }
        found.sort_by(|a, b| (&a.text, a.span.is_none()).cmp(&(&b.text, b.span.is_none())));
        found.dedup_by(|a, b| a.text == b.text);
        found
    }

    /// Whether a principal is declared; nothing where nobody is, so that it cannot be said.
    pub fn is_declared(&self, key: &Key, part: Part, principal: &str) -> Option<bool> {
        let list = self.declared(key, part);
        (!list.is_empty()).then(|| list.iter().any(|declared| declared.means(principal, key)))
    }

    /// The same for a holder of rights: whom only a class names is never declared.
    pub fn is_declared_holder(&self, key: &Key, part: Part, holder: &Holder) -> Option<bool> {
        match &holder.who {
            Who::Principal(principal) => self.is_declared(key, part, principal),
            Who::Root(account) => self.is_declared(key, part, &format!("arn:aws:iam::{account}:root")),
            Who::Account(_) | Who::Everyone | Who::Unknown(_) => {
                (!self.declared(key, part).is_empty()).then_some(false)
            }
        }
    }
}

impl Declared {
    /// True where the declaration means this principal: by its ARN, as a session of its role, or by its short name in
    /// the key's account.
    pub fn means(&self, principal: &str, key: &Key) -> bool {
        if self.text == principal {
            return true;
        }
        let Some(caller) = Caller::parse(principal) else {
            return false;
        };
        let of_role = |arn: &str| {
            Caller::parse(arn).is_some_and(|role| {
                role.kind == CallerKind::Role
                    && caller.kind == CallerKind::Session
                    && role.account() == caller.account()
                    && role.role_name() == caller.role_name()
            })
        };
        if of_role(&self.text) {
            return true;
        }
        let own = Arn::parse(principal).filter(|arn| {
            key.account
                .as_deref()
                .is_none_or(|account| account == arn.account)
        });
        own.is_some_and(|arn| {
            arn.resource == self.text
                || of_role(&format!(
                    "arn:{}:iam::{}:{}",
                    arn.partition, arn.account, self.text
                ))
        })
    }
}
