//! Does a policy allow anything that another does not?
//!
//! Source: IAM User Guide, "Policy evaluation logic"; what the decisions rest on is [`super::evaluate`].

mod classes;
mod clauses;
mod domain;
mod glob;
mod operations;
mod proof;
mod search;
mod solve;
mod theory;
mod witness;
mod worth;

use super::evaluate::{Decision, Grant, KeyMetadata, Policies, Policy, Request};
use super::{Document, Kind};

/// What is known of the resource whose policy is compared.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The account that the key (or other resource) belongs to.
    pub account: Option<String>,
    /// The key's ARN; nothing where it is not known. Of other kinds it is not used.
    pub resource: Option<String>,
    /// What is known of the key.
    pub key_metadata: Option<KeyMetadata>,
    /// What kind of policy both documents are.
    pub kind: Kind,
}

impl Default for Setting {
    /// A key policy, and nothing else known.
    fn default() -> Self {
        Self {
            account: None,
            resource: None,
            key_metadata: None,
            kind: Kind::Key,
        }
    }
}

/// What the comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Whatever the new policy allows, the old one allows as well: in every world of other policies, for every request.
    NoNewAccess,
    /// A request is allowed by the new policy and not by the old one: a witness shows it.
    NewAccess,
    /// Neither could be shown.
    NotProven,
}

/// The policies beside the one that is compared, as a witness assumes them: documents as JSON text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Assumed {
    /// The resource's policy, where an identity policy is compared.
    pub key_policy: Option<String>,
    /// All identity policies of the caller.
    pub identity_policies: Vec<String>,
    /// All grants on the key.
    pub grants: Vec<Grant>,
    /// The session policy.
    pub session_policy: Option<String>,
    /// Permissions boundaries.
    pub permission_boundaries: Vec<String>,
    /// The key.
    pub key_metadata: Option<KeyMetadata>,
}

/// A request that shows a difference, decided by [`Policies::decide`].
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    /// Who asks for what.
    pub request: Request,
    /// The other policies.
    pub assumed: Assumed,
    /// The decision with the old policy.
    pub before: Decision,
    /// The decision with the new policy.
    pub after: Decision,
}

/// What is found of two policies.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The verdict.
    pub verdict: Verdict,
    /// Requests that show new access, the most telling first. Beside [`Verdict::NotProven`]: requests that the new
    /// policy allows, and of which it cannot be said whether the old one does.
    pub witnesses: Vec<Witness>,
    /// Why: what the proof rests on, or what kept it from succeeding.
    pub reasons: Vec<String>,
}

/// Compares two documents: is there a request that `new` allows and `old` does not, the other policies being the same?
///
/// Both are policies of one resource, alone: a second key policy, `AWS_RAM`, is compared by itself. Requests are taken to
/// be consistent: what AWS fills in of the caller and of the key is what the caller and the key are.
pub fn compare(old: &Document, new: &Document, setting: &Setting) -> Comparison {
    let (before, after) = (Policy::new(old), Policy::new(new));
    if after.is_within(&before) {
        let reason =
            "each Allow of the new policy stands in the old one, and each Deny of the old one in the new one";
        return Comparison::of(Verdict::NoNewAccess, vec![reason.to_owned()]);
    }
    search::search(&before, &after, setting)
}

impl Comparison {
    fn of(verdict: Verdict, reasons: Vec<String>) -> Self {
        Self {
            verdict,
            witnesses: Vec::new(),
            reasons,
        }
    }
}

impl Assumed {
    /// All policies together, the compared one in its place.
    pub fn policies(&self, compared: &Document, kind: Kind) -> Policies {
        let mut policies = self.others();
        witness::place(&mut policies, Policy::new(compared), kind);
        policies
    }

    fn others(&self) -> Policies {
        let read = |text: &String| Document::parse(text).ok().map(|document| Policy::new(&document));
        let list = |texts: &[String]| texts.iter().filter_map(read).collect::<Vec<_>>();
        Policies {
            key_policy: self.key_policy.as_ref().and_then(read),
            identity_policies: Some(list(&self.identity_policies)),
            grants: Some(self.grants.clone()),
            session_policy: self.session_policy.as_ref().and_then(read),
            permission_boundaries: list(&self.permission_boundaries),
            key_metadata: self.key_metadata.clone(),
            ..Policies::default()
        }
    }
}
