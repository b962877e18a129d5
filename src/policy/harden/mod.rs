//! A tighter key policy, and why it is one.
//!
//! What the rules find removable, dead, redundant or too broad is taken out of the text, edit by edit. An edit stays only
//! if [`compare`](crate::policy::compare) proves that nothing is allowed that was not allowed before, if every signer still signs, and if whoever
//! could put a key policy still can. What cannot be proven is left out, with the reason.
//!
//! Sources: Hyperlane documentation, "Agent Keys"; KMS developer guide, "Key policies in AWS KMS", "Default key policy";
//! KMS API Reference, `PutKeyPolicy`.

mod change;
mod engine;
mod guard;
mod plan;
mod request;
mod witness;

use std::collections::BTreeSet;

use super::evaluate::{Caller, Decision, KeyMetadata};
use super::{Document, FaultCode, Kind, Principal};
use crate::arn::Arn;
use crate::policy::compare::Comparison;

pub use request::Asked;

/// The rules that edits answer.
pub const RULES: &[&str] = &[
    "admin-and-signer-same-principal",
    "allow-notaction",
    "allow-notprincipal",
    "broad-account-delegation",
    "constant-condition",
    "dead-action-for-key-type",
    "deleted-principal",
    "duplicate-sid",
    "iam-only-action",
    "inapplicable-import-action",
    "inapplicable-multi-region-action",
    "message-type-not-pinned",
    "no-effect-statement",
    "pin-on-allow-only",
    "policy-lockout-bypass-allowed",
    "redundant-action",
    "redundant-statement",
    "removable-describe-key",
    "removable-grant-statement",
    "removable-verify",
    "schedule-deletion-unguarded",
    "signer-can-create-grant",
    "signer-can-delete-or-disable",
    "signer-can-put-policy",
    "signer-wildcard-action",
    "undeclared-signer",
    "wildcard-action",
];

/// Bytes of a document that the API takes (KMS API Reference, `PutKeyPolicy`).
const LONGEST: usize = 131_072;

/// What an edit asks for before it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Nothing: it is made by default.
    Nothing,
    /// A word that Deny statements may be added.
    Guards,
    /// A word that the key signs for EVM chains only.
    EvmOnly,
    /// A person: it changes who may do what in a way that only they can judge.
    Person,
}

impl Needs {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Nothing, Self::Guards, Self::EvmOnly, Self::Person];

    /// The option of the command line that has it made; nothing where none is needed.
    pub fn option(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Guards => Some("--guards"),
            Self::EvmOnly => Some("--evm-only"),
            Self::Person => Some("--unsafe"),
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The account of the key, 12 digits.
    pub account: Option<String>,
    /// What `DescribeKey` says of the key.
    pub metadata: Option<KeyMetadata>,
    /// ARNs of those that must be able to sign. Without any, all that the policy names and lets sign are taken.
    pub signers: Vec<String>,
    /// Make the edits that need a person, and all others.
    pub unsafe_edits: bool,
    /// Add Deny statements that no honest request meets.
    pub guards: bool,
    /// The key signs for EVM chains only.
    pub evm_only: bool,
}

impl Options {
    fn makes(&self, needs: Needs) -> bool {
        self.unsafe_edits
            || match needs {
                Needs::Nothing => true,
                Needs::Guards => self.guards,
                Needs::EvmOnly => self.evm_only,
                Needs::Person => false,
            }
    }
}

/// How the account of the key is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountFrom {
    /// It was given.
    Given,
    /// It is the only account whose root principal the policy names.
    Root,
    /// It is the account of all users and roles that the policy names.
    Named,
}

/// Something that an edit took away.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The entry, as it was written: an action, a principal, a condition key, a Sid; a whole statement's Sid.
    pub what: String,
    /// RFC 6901 pointer in the old document; nothing for what an earlier edit had put there.
    pub pointer: Option<String>,
    /// A request that was allowed before and is denied now.
    pub witness: Option<Witness>,
    /// Why there is no such request; nothing where there is one.
    pub unseen: Option<Unseen>,
}

/// Why no request shows what an edit takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unseen {
    /// It takes nothing from anybody, which the comparison proves the other way round.
    Nothing,
    /// It takes away what a wildcard would cover later.
    Future,
    /// None was found that the key policies decide by themselves.
    NotFound,
}

/// A request, decided by the old and the new policy alone: no grants, and no identity policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    /// The request.
    pub asked: Asked,
    /// The decision of the old policy: it is allowed.
    pub before: Decision,
    /// The decision of the new policy: it is denied.
    pub after: Decision,
}

/// An edit: made, or that could be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The rule that it answers.
    pub rule: &'static str,
    /// What it asks for.
    pub needs: Needs,
    /// RFC 6901 pointer of the statement in the old document; nothing for one that is new.
    pub pointer: Option<String>,
    /// The statement in words.
    pub statement: String,
    /// What is done, in words.
    pub actions: Vec<String>,
    /// What goes, and the proof that it does.
    pub taken: Vec<Taken>,
    /// Entries that are new.
    pub added: Vec<String>,
    /// Why.
    pub explanation: String,
}

/// An edit that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The rule that it would answer.
    pub rule: &'static str,
    /// What it asks for.
    pub needs: Needs,
    /// RFC 6901 pointer of the statement in the old document.
    pub pointer: Option<String>,
    /// The statement in words.
    pub statement: String,
    /// What would be done, in words.
    pub action: String,
    /// Why it is not.
    pub reason: String,
}

/// Somebody who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The ARN.
    pub principal: String,
    /// False for one that the policy names and lets sign, taken for a signer where none was declared.
    pub declared: bool,
    /// What signing depends on beside the policy; empty where it does not.
    pub premises: Vec<String>,
}

/// The outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Hardened {
    /// The new document.
    pub text: String,
    /// The account of the key.
    pub account: String,
    /// How it is known.
    pub account_from: AccountFrom,
    /// Who must be able to sign, and is.
    pub signers: Vec<Signer>,
    /// Who can put a key policy, before and after, by the policy alone.
    pub administrators: Vec<String>,
    /// The edits that were made, in order.
    pub edits: Vec<Edit>,
    /// What was not done, and why.
    pub left_out: Vec<LeftOut>,
    /// Edits that an option would have made after these.
    pub offered: Vec<Edit>,
    /// The old policy against the new one.
    pub comparison: Comparison,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Why no policy is proposed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is no key policy.
    #[error("{0}")]
    NoKeyPolicy(String),
    /// AWS refuses the document, and it cannot be told what it means.
    #[error("AWS refuses this document, and what it means cannot be told: {0}")]
    Ambiguous(String),
    /// The account of the key is not known.
    #[error("the account of the key is not known: {0}")]
    NoAccount(String),
    /// The key is not one that signs.
    #[error("the key is no signing key: {0}")]
    WrongKey(String),
    /// A declared signer is no caller.
    #[error("{0} is no ARN of a user, role, session or account")]
    NoSigner(String),
    /// The policy does not let a declared signer sign.
    #[error("{0}")]
    CannotSign(String),
    /// Nobody can put a key policy any more.
    #[error("{0}")]
    Locked(String),
    /// The edits were proven one by one, but not together.
    #[error("the edits together are not proven to take nothing but access away: {0}")]
    NotProven(String),
}

impl Refusal {
    /// True for what other arguments would mend.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::NoAccount(_) | Self::NoSigner(_))
    }

    /// True for an input that is no key policy.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::NoKeyPolicy(_))
    }

    /// The code in kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoKeyPolicy(_) => "no-key-policy",
            Self::Ambiguous(_) => "ambiguous",
            Self::NoAccount(_) => "no-account",
            Self::WrongKey(_) => "wrong-key",
            Self::NoSigner(_) => "no-signer",
            Self::CannotSign(_) => "cannot-sign",
            Self::Locked(_) => "locked",
            Self::NotProven(_) => "not-proven",
        }
    }
}

/// Proposes the tightest policy that is proven to keep the signers signing and the administrators administering.
///
/// The document must have been read from its text ([`Document::parse`]).
///
/// # Errors
/// Where no policy can be proposed: the reason.
pub fn harden(document: &Document, options: &Options) -> Result<Hardened, Refusal> {
    readable(document)?;
    if let Some(usage) = options.metadata.as_ref().and_then(|key| key.key_usage.as_deref())
        && usage != "SIGN_VERIFY"
    {
        let what = format!("its KeyUsage is {usage}, and which of its actions are needed is not known here");
        return Err(Refusal::WrongKey(what));
    }
    let (account, account_from) = account(document, options)?;
    engine::run(document, options, &account, account_from)
}

/// Checks that the statements can be edited.
fn readable(document: &Document) -> Result<(), Refusal> {
    let no = |what: &str| Refusal::NoKeyPolicy(what.to_owned());
    let bytes = document.source().map_or(0, str::len);
    if bytes > LONGEST {
        return Err(no(&format!(
            "the document has {bytes} bytes, and the API takes {LONGEST}"
        )));
    }
    if document.statements.is_empty() {
        return Err(no("the document has no Statement: it is no policy"));
    }
    let (kind, why) = Kind::of(document);
    // A policy that lets in everybody looks like that of an endpoint.
    if !matches!(kind, Kind::Key | Kind::Endpoint) {
        return Err(no(&format!("this is {}, no key policy: {why}", kind.title())));
    }
    let twice = document.root.duplicates();
    if let Some(pair) = twice.iter().find(|pair| pair.object.is_empty()) {
        return Err(Refusal::Ambiguous(format!("\"{}\" stands in it twice", pair.key)));
    }
    match document.source() {
        Some(_) => Ok(()),
        None => Err(no("the document has no text of its own to edit")),
    }
}

/// The account of the key, and how it is known.
fn account(document: &Document, options: &Options) -> Result<(String, AccountFrom), Refusal> {
    if let Some(account) = &options.account {
        return Ok((account.clone(), AccountFrom::Given));
    }
    let mut roots: BTreeSet<String> = BTreeSet::new();
    let mut named: BTreeSet<String> = BTreeSet::new();
    let principals = document
        .statements
        .iter()
        .filter_map(|statement| statement.principals.as_ref().filter(|list| !list.negated))
        .flat_map(super::Principals::iter);
    for principal in principals {
        let (set, account) = match principal {
            Principal::Account(id) => (&mut roots, id.as_str()),
            other if other.is_named() => (
                &mut named,
                Arn::parse(other.as_str()).map_or("", |arn| arn.account),
            ),
            _ => continue,
        };
        if crate::arn::is_account_id(account) {
            set.insert(account.to_owned());
        }
    }
    let all: BTreeSet<&String> = roots.union(&named).collect();
    let only = |set: &BTreeSet<String>| set.first().filter(|_| set.len() == 1).cloned();
    match (only(&roots), only(&named)) {
        // Another account's principals beside the own root are usual; a root alone of its account is not known to be it.
        (Some(root), _) if named.is_empty() || named.contains(&root) => Ok((root, AccountFrom::Root)),
        (None, Some(one)) if roots.is_empty() => Ok((one, AccountFrom::Named)),
        _ if all.is_empty() => Err(Refusal::NoAccount("the policy names none".to_owned())),
        _ => {
            let all: Vec<&str> = all.into_iter().map(String::as_str).collect();
            Err(Refusal::NoAccount(format!(
                "the policy names {}",
                all.join(" and ")
            )))
        }
    }
}

/// What AWS would refuse in a document, in words.
fn refused(document: &Document) -> Vec<String> {
    const MOST: usize = 10;
    let mut faults = document.faults(Kind::Key);
    faults.retain(|fault| fault.code != FaultCode::DuplicateSid);
    let shown = faults.iter().take(MOST);
    let mut notes: Vec<String> = shown
        .map(|fault| {
            let pointer = document.root.pointer_to(&fault.span);
            let place = if pointer.is_empty() { "/" } else { &pointer };
            format!(
                "AWS refuses the document as it stands, at {place}: {}",
                fault.message
            )
        })
        .collect();
    let more = faults.len().saturating_sub(MOST);
    if more > 0 {
        notes.push(format!("AWS refuses the document for {more} more reasons"));
    }
    notes
}

/// A caller of an ARN or an account.
fn caller(text: &str) -> Option<Caller> {
    Caller::parse(text).filter(|caller| caller.account().is_some())
}
