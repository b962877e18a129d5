//! Rules on grants: who may act on a key beside its policy.
//!
//! A grant is one object, and each rule speaks of one thing about it. Whose account the grantee is in comes first: a
//! grantee of another account is for `grant-cross-account`, the whole account for `grant-to-account-root`, the id of a
//! deleted user or role for `grant-stale-grantee`; only what is left is for `grant-allows-sign` and
//! `grant-allows-create-grant`. Each finding lists what else the grant allows.

pub mod grant_allows_create_grant;
pub mod grant_allows_sign;
pub mod grant_cross_account;
pub mod grant_duplicate;
pub mod grant_ineffective_constraint;
pub mod grant_no_retiring_principal;
pub mod grant_stale_grantee;
pub mod grant_to_account_root;

use std::collections::{BTreeMap, BTreeSet};

use super::common::{key_argument, short};
use super::{Context, Meta, Outcome};
use crate::arn::{Arn, is_account_id};
use crate::evidence::{Artefact, Bundle, Data, Grant, GranteeKind, Key, principal_by_unique_id};
use crate::finding::{Builder, Finding, Label, Severity};
use crate::policy::Principal;
use crate::source::Span;

/// A grant of a key, and where it is said.
#[derive(Clone, Copy)]
pub(super) struct Held<'b> {
    /// The grant.
    pub(super) grant: &'b Grant,
    /// True where code made it: it is changed there.
    in_code: bool,
}

/// What the evidence says of a key's grants.
pub(super) struct Grants<'b> {
    /// Each grant once, in the order of the files.
    pub(super) all: Vec<Held<'b>>,
    /// True where these are all grants of the key.
    whole: bool,
    /// True where some list of the key's grants is there.
    given: bool,
    /// True where a list says that there is more.
    cut: bool,
}

/// The grants of a key.
pub(super) fn of<'b>(bundle: &'b Bundle, key: &'b Key) -> Grants<'b> {
    let lists: Vec<(&Artefact, &crate::evidence::GrantList)> = bundle
        .of_key(key)
        .filter_map(|(artefact, _)| match &artefact.data {
            Data::Grants(list) => Some((artefact, list)),
            _ => None,
        })
        .collect();
    let mut grants: Vec<Held<'b>> = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (_, list) in &lists {
        for grant in list.grants.iter().filter(|grant| is_of(grant, key)) {
            let index = *seen.entry(content(grant)).or_insert(grants.len());
            match grants.get_mut(index) {
                Some(held) => held.in_code |= !list.whole,
                None => grants.push(Held {
                    grant,
                    in_code: !list.whole,
                }),
            }
        }
    }
    // A last page says nothing of the pages before it: beside a page that is cut, only a list that has all of that
    // page's grants is a whole one.
    let ids = |list: &'b crate::evidence::GrantList| -> BTreeSet<&'b str> {
        list.grants.iter().map(|grant| grant.id.as_str()).collect()
    };
    let pages: Vec<BTreeSet<&str>> = lists
        .iter()
        .filter(|(_, list)| list.truncated.is_some())
        .map(|(_, list)| ids(list))
        .collect();
    let whole = lists.iter().any(|(_, list)| {
        let own = ids(list);
        list.whole
            && list.truncated.is_none()
            && pages.iter().all(|page| !page.is_empty() && page.is_subset(&own))
    });
    Grants {
        all: grants,
        whole,
        given: !lists.is_empty(),
        cut: !pages.is_empty(),
    }
}

fn is_of(grant: &Grant, key: &Key) -> bool {
    let Some(named) = grant.key.as_ref() else {
        return true;
    };
    match named.value.id() {
        Some(id) => key.id.as_deref().is_none_or(|own| own == id),
        None => true,
    }
}

/// The canonical content of a grant: its id, and what it says.
fn content(grant: &Grant) -> String {
    format!("{}\n{}", grant.id, terms(grant))
}

/// What a grant says, without its id: two grants with the same terms are duplicates.
fn terms(grant: &Grant) -> String {
    let value =
        |place: &crate::evidence::Place| place.as_ref().map_or("", |field| field.value.as_str()).to_owned();
    let mut operations = grant.operations.clone();
    operations.sort_unstable();
    operations.dedup();
    let pairs = |pairs: Option<&crate::evidence::ContextPairs>| {
        pairs.map(|pairs| {
            let pairs: BTreeMap<&str, &str> = pairs
                .iter()
                .map(|(key, value)| (key.value.as_str(), value.value.as_str()))
                .collect();
            format!("{pairs:?}")
        })
    };
    let constraints = grant.constraints.as_ref().map(|own| {
        format!(
            "{:?} {:?} {} {:?}",
            pairs(own.context_equals.as_ref()),
            pairs(own.context_subset.as_ref()),
            value(&own.source_arn),
            own.others.iter().map(|name| &name.value).collect::<BTreeSet<_>>()
        )
    });
    format!(
        "{}\n{}\n{}\n{}",
        value(&grant.grantee),
        value(&grant.name),
        operations.join(","),
        constraints.unwrap_or_default()
    )
}

/// Who a grantee, or somebody who may retire a grant, is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Party {
    /// Somebody of another account than the key's, and which.
    Foreign(String),
    /// The key's account as a whole.
    Account,
    /// The id of a deleted user or role.
    Deleted,
    /// A service of AWS.
    Service,
    /// A user, role or session of the key's account; somebody who cannot be placed.
    Somebody,
}

/// The account that a key belongs to: as its own names say, or as its grants name it.
fn account_of<'b>(key: &'b Key, grant: &'b Grant) -> Option<&'b str> {
    let named = grant.key.as_ref().and_then(|key| match &key.value {
        crate::arn::KeyRef::Arn { account, .. } => Some(account.as_str()),
        _ => None,
    });
    key.account
        .as_deref()
        .or(named)
        .filter(|account| is_account_id(account))
}

fn party(bundle: &Bundle, key: &Key, grant: &Grant, principal: &str) -> Party {
    let own = account_of(key, grant);
    let account = match Principal::aws(principal) {
        // A user or role that is still there, of which AWS shows the id.
        Principal::Deleted(id) if principal_by_unique_id(bundle, &id).is_some() => return Party::Somebody,
        Principal::Deleted(_) => return Party::Deleted,
        Principal::Account(account) if own.is_none_or(|own| own == account) => return Party::Account,
        Principal::Account(account) => Some(account),
        _ if crate::evidence::grantee_kind(principal) == GranteeKind::Service => return Party::Service,
        _ => Arn::parse(principal).map(|arn| arn.account.to_owned()),
    };
    match (own, account.filter(|account| is_account_id(account))) {
        (Some(own), Some(account)) if own != account => Party::Foreign(account),
        _ => Party::Somebody,
    }
}

impl Held<'_> {
    fn grantee(&self) -> &str {
        self.grant
            .grantee
            .as_ref()
            .map_or("", |grantee| grantee.value.as_str())
    }

    /// Who the grantee is.
    fn party(&self, bundle: &Bundle, key: &Key) -> Party {
        if self.grant.grantee_kind == GranteeKind::Service {
            return Party::Service;
        }
        party(bundle, key, self.grant, self.grantee())
    }

    /// `grant 222b… ("rotation")`
    fn name(&self) -> String {
        let id = short(&self.grant.id);
        match &self.grant.name {
            Some(name) => format!("grant {id} (\"{}\")", short(&name.value)),
            None => format!("grant {id}"),
        }
    }

    /// The grantee in a sentence.
    fn whom(&self) -> String {
        match self.grantee() {
            "" => "a grantee that the export does not name".to_owned(),
            text => short(text),
        }
    }

    /// The place of the grantee, else of the grant.
    fn place(&self) -> Span {
        self.grant
            .grantee
            .as_ref()
            .map_or(self.grant.span, |grantee| grantee.span)
    }

    /// How the grant is taken away.
    fn revoke(&self, key: &Key) -> String {
        if self.in_code {
            return "Remove the grant in the code and deploy it: what is revoked by hand, the next deployment makes again."
                .to_owned();
        }
        // Only what has the form of a grant id gets into a command line that a reader may copy.
        let id = &self.grant.id;
        let plain = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = if plain { id.as_str() } else { "GRANT_ID" };
        format!(
            "Revoke it: aws kms revoke-grant {} --grant-id {id}.",
            key_argument(key)
        )
    }

    /// A finding on the grant.
    fn finding(
        &self,
        meta: &'static Meta,
        severity: Severity,
        key: &Key,
        message: String,
        label: (Span, &str),
    ) -> Builder {
        let label = Label {
            span: label.0,
            message: label.1.to_owned(),
        };
        let is_whole = label.span == self.grant.span;
        let finding = Finding::builder(meta.id, severity, key.subject(), message, label);
        if is_whole {
            finding
        } else {
            finding.related(self.grant.span, "the grant")
        }
    }

    /// The operations beside one, as a consequence: one grant is one object, and is told once.
    fn also(&self, operation: &str) -> Option<String> {
        let others: Vec<&str> = self
            .grant
            .operations
            .iter()
            .map(String::as_str)
            .filter(|own| *own != operation)
            .take(12)
            .collect();
        (!others.is_empty()).then(|| format!("the grant allows {} too", others.join(", ")))
    }

    /// What the grant lets the grantee do, as far as it is more than reading.
    fn powers(&self) -> Vec<&'static str> {
        let mut powers = Vec::new();
        if self.grant.allows("Sign") {
            powers.push("sign");
        }
        if self.grant.allows("CreateGrant") {
            powers.push("make further grants");
        }
        powers
    }
}

/// The outcome of a rule that looks at each grant of a key.
fn judge<'b>(
    context: &Context<'b>,
    key: &'b Key,
    proof: &str,
    find: impl FnMut(&Held<'b>) -> Option<Finding>,
) -> Outcome {
    let grants = of(context.bundle, key);
    let findings: Vec<Finding> = grants.all.iter().filter_map(find).collect();
    grants.outcome(context.bundle, key, findings, proof)
}

impl Grants<'_> {
    /// Findings on what is there come in any case; without any, only the whole list is a pass.
    fn outcome(&self, bundle: &Bundle, key: &Key, findings: Vec<Finding>, proof: &str) -> Outcome {
        if !findings.is_empty() || self.whole {
            return Outcome::of(findings, proof);
        }
        let command = format!("aws kms list-grants {}", key_argument(key));
        let why = if self.cut {
            format!("the list of the key's grants is one page of several ({command})")
        } else if self.given {
            format!(
                "only the grants that code makes are in the evidence, and there may be others ({command})"
            )
        } else {
            format!("the key's grants are not in the evidence ({command})")
        };
        let told = bundle.of_key(key).find_map(|(artefact, _)| match &artefact.data {
            Data::NotTold(part) if part.kind == "grants" => Some(part.message.clone()),
            _ => None,
        });
        Outcome::NotEvaluated(told.map_or_else(|| why.clone(), |told| format!("{why}: {told}")))
    }
}
