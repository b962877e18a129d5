//! Statements that let in whoever it may be, and what those make of them whom no policy names.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal", "AWS JSON policy elements: `NotPrincipal`", "AWS global
//! condition context keys".

use std::collections::{BTreeMap, BTreeSet};

use super::super::evaluate::{Because, Context, Decision, Policies, Policy, PolicyRef, PremiseCode, Verdict};
use super::super::{Document, Effect, Principal, Statement};
use super::candidates::ANY_ACCOUNT;
use super::{Asker, Party, View};

/// What an action on a signing key does to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// It tells something.
    Read,
    /// It changes something that can be changed back.
    Change,
    /// The key is lost, or stands still.
    Lose,
    /// It signs, or gives the leave to sign.
    Take,
}

/// How freely somebody may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leave {
    /// If something holds that is not known, and that he may bring about.
    Conditional,
    /// As he is; from another account, IAM there must allow it, which is in his own hands.
    Free,
}

/// An Allow for everybody, or for everybody but some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The policy that it stands in.
    pub policy: PolicyRef,
    /// Index of the statement.
    pub statement: usize,
    /// True for `NotPrincipal`.
    pub negated: bool,
    /// What principals of any other account may do.
    pub strangers: BTreeMap<&'static str, Leave>,
    /// What principals of other accounts may do if they are of an organisation that a condition names.
    pub members: BTreeSet<&'static str>,
    /// What every principal of the key's own account may do, whatever IAM says.
    pub neighbours: BTreeMap<&'static str, Leave>,
    /// The condition keys that all this rests on, those of a Deny included.
    pub conditions: BTreeSet<String>,
    /// The statements that deny it under a condition.
    pub denies: Vec<Because>,
    /// True where a value that only deployment gives decides whom it lets in.
    pub undecided: bool,
}

impl Opening {
    /// True where it lets somebody do something.
    pub fn opens(&self) -> bool {
        !(self.strangers.is_empty() && self.members.is_empty() && self.neighbours.is_empty())
    }

    /// The worst that principals of any other account may do, and how freely.
    pub fn worst_of_strangers(&self) -> Option<(Harm, Leave)> {
        worst(&self.strangers)
    }

    /// The worst that every principal of the key's own account may do, and how freely.
    pub fn worst_of_neighbours(&self) -> Option<(Harm, Leave)> {
        worst(&self.neighbours)
    }
}

fn worst(actions: &BTreeMap<&'static str, Leave>) -> Option<(Harm, Leave)> {
    actions
        .iter()
        .map(|(action, leave)| (Harm::of(action), *leave))
        .max()
}

/// The actions that work on a signing key, but for those that only its owner's services use (KMS API Reference).
const ACTIONS: &[(&str, Harm)] = &[
    ("kms:CancelKeyDeletion", Harm::Change),
    ("kms:CreateAlias", Harm::Change),
    ("kms:CreateGrant", Harm::Take),
    ("kms:DeleteAlias", Harm::Change),
    ("kms:DescribeKey", Harm::Read),
    ("kms:DisableKey", Harm::Lose),
    ("kms:EnableKey", Harm::Change),
    ("kms:GetKeyPolicy", Harm::Read),
    ("kms:GetPublicKey", Harm::Read),
    ("kms:ListGrants", Harm::Read),
    ("kms:ListResourceTags", Harm::Read),
    ("kms:PutKeyPolicy", Harm::Take),
    ("kms:RevokeGrant", Harm::Change),
    ("kms:ScheduleKeyDeletion", Harm::Lose),
    ("kms:Sign", Harm::Take),
    ("kms:TagResource", Harm::Change),
    ("kms:UntagResource", Harm::Change),
    ("kms:UpdateAlias", Harm::Change),
    ("kms:UpdateKeyDescription", Harm::Change),
    ("kms:Verify", Harm::Read),
];

impl Harm {
    /// What an action does; an action that no signing key takes tells at most something.
    pub fn of(action: &str) -> Self {
        ACTIONS
            .iter()
            .find(|(name, _)| *name == action)
            .map_or(Self::Read, |(_, harm)| *harm)
    }

    /// The actions that do something to the owner of a signing key (KMS API Reference).
    pub fn actions() -> impl Iterator<Item = &'static str> {
        ACTIONS.iter().map(|(action, _)| *action)
    }
}

/// The most open statements of one policy that are looked at.
const MOST: usize = 100;

/// The openings, and whether there are more than are looked at.
pub(super) fn of(view: &View<'_>) -> (Vec<Opening>, bool) {
    let mut found = Vec::new();
    let mut more = false;
    for (of, document) in view.documents {
        let mut open = document
            .statements
            .iter()
            .enumerate()
            .filter(|(_, statement)| is_open(statement));
        for (index, statement) in open.by_ref().take(MOST) {
            let because = (*of, index);
            found.extend(opening(view, because, document, statement));
        }
        more |= open.next().is_some();
    }
    (found, more)
}

fn is_open(statement: &Statement) -> bool {
    statement.effect == Some(Effect::Allow)
        && statement
            .principals
            .as_ref()
            .is_some_and(|list| list.negated || list.iter().any(|one| *one == Principal::Everyone))
}

/// The policies with one statement alone that allows, and all that deny.
fn alone(policies: &Policies, (of, index): (PolicyRef, usize)) -> Policies {
    let keep = |own: PolicyRef, policy: &Option<Policy>| {
        policy.as_ref().map(|policy| {
            policy.keeping(|at, effect| effect == Some(Effect::Deny) || (own == of && at == index))
        })
    };
    Policies {
        key_policy: keep(PolicyRef::Key, &policies.key_policy),
        ram_policy: keep(PolicyRef::Ram, &policies.ram_policy),
        grants: Some(Vec::new()),
        ..policies.clone()
    }
}

fn opening(
    view: &View<'_>,
    at: (PolicyRef, usize),
    document: &Document,
    statement: &Statement,
) -> Option<Opening> {
    // That the key is of no account that is known does not make anybody its own.
    let own = view.account.unwrap_or("the key's account");
    let view = View {
        account: Some(own),
        ..*view
    };
    let mut asker = Asker::new(view, alone(view.policies, at));
    let (stranger, neighbour) = (
        Party::stranger(view.partition()),
        Party::anyone_of(own, view.partition()),
    );
    let mut found = Opening {
        policy: at.0,
        statement: at.1,
        negated: statement.principals.as_ref().is_some_and(|list| list.negated),
        strangers: BTreeMap::new(),
        members: BTreeSet::new(),
        neighbours: BTreeMap::new(),
        conditions: BTreeSet::new(),
        denies: Vec::new(),
        undecided: false,
    };
    for action in Harm::actions() {
        let mut ask = |party: &Party, of: Organisation| {
            let mut best: Option<Leave> = None;
            for context in asker.contexts(action) {
                let decision = asker.decide(party, action, request(context, of));
                found.undecided |= is_undecided(&decision);
                if let Some(leave) = leave(&decision) {
                    best = best.max(Some(leave));
                    found.rest_on(document, &decision);
                }
            }
            best
        };
        let stranger_may = ask(&stranger, Organisation::None).max(ask(&stranger, Organisation::Another));
        let member_may = ask(&stranger, Organisation::Unknown);
        let neighbour_may = ask(&neighbour, Organisation::Unknown);
        match (stranger_may, member_may) {
            (Some(leave), _) => {
                found.strangers.insert(action, leave);
            }
            (None, Some(_)) => {
                found.members.insert(action);
            }
            (None, None) => {}
        }
        if let Some(leave) = neighbour_may {
            found.neighbours.insert(action, leave);
        }
    }
    found.denies.sort();
    found.denies.dedup();
    (found.undecided || found.opens()).then_some(found)
}

impl Opening {
    /// Adds the condition keys of the statements that a decision rests on.
    fn rest_on(&mut self, document: &Document, decision: &Decision) {
        let own = decision
            .because
            .iter()
            .filter(|because| because.policy == self.policy);
        for because in own {
            let statement = because.statement.and_then(|at| document.statements.get(at));
            let keys = statement.map(Statement::conditions).unwrap_or_default();
            self.conditions
                .extend(keys.iter().map(|(_, key, _)| (*key).to_owned()));
            if because.effect == Effect::Deny {
                self.denies.push(*because);
            }
        }
    }
}

/// True where only deployment decides.
fn is_undecided(decision: &Decision) -> bool {
    let mut premises = decision.premises.iter();
    decision.verdict == Verdict::Depends && premises.any(|premise| premise.code == PremiseCode::Template)
}

/// How freely; nothing where it is denied, where only deployment decides, and for a statement that AWS refuses.
fn leave(decision: &Decision) -> Option<Leave> {
    let refused = |code: PremiseCode| matches!(code, PremiseCode::Document | PremiseCode::Template);
    if decision.premises.iter().any(|premise| refused(premise.code)) {
        return None;
    }
    // What other accounts' IAM allows is for those accounts to say.
    let free = |code: PremiseCode| matches!(code, PremiseCode::IdentityPolicies | PremiseCode::RamPolicy);
    match decision.verdict {
        Verdict::Allowed => Some(Leave::Free),
        Verdict::Depends if decision.premises.iter().all(|premise| free(premise.code)) => Some(Leave::Free),
        Verdict::Depends => Some(Leave::Conditional),
        Verdict::ImplicitDeny | Verdict::ExplicitDeny => None,
    }
}

/// The organisation of the caller's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Organisation {
    /// It has none: the keys are absent.
    None,
    /// Not one that a policy names.
    Another,
    Unknown,
}

/// What somebody sends who is out to use the key.
fn request(mut context: Context, organisation: Organisation) -> Context {
    let mut set = |key: &str, value: &str| context.set(key, vec![value.to_owned()]);
    // Anybody can have these.
    set("aws:SecureTransport", "true");
    set("aws:MultiFactorAuthPresent", "true");
    set("aws:MultiFactorAuthAge", "1");
    set(
        "kms:GranteePrincipal",
        &format!("arn:aws:iam::{ANY_ACCOUNT}:role/any"),
    );
    // The key's organisation is that of its account.
    set("aws:ResourceOrgID", "o-ofthekey00");
    set("aws:ResourceOrgPaths", "o-ofthekey00/r-0000/");
    match organisation {
        Organisation::None => {
            context.set("aws:PrincipalOrgID", Vec::new());
            context.set("aws:PrincipalOrgPaths", Vec::new());
        }
        Organisation::Another => {
            context.set("aws:PrincipalOrgID", vec!["o-another0000".to_owned()]);
            context.set("aws:PrincipalOrgPaths", vec!["o-another0000/r-0000/".to_owned()]);
        }
        Organisation::Unknown => {}
    }
    context
}
