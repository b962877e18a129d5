//! What the rules on the conditions of signing share: the policy in force, single requests, and single statements.

use std::collections::{BTreeMap, BTreeSet};

use super::{no_policy, policies, statement_content};
use crate::address::{PayloadKind, payloads};
use crate::evidence::{Bundle, Key, KeyAccess, PolicyExport, holder_words};
use crate::json::{Member, Node, Value};
use crate::policy::access::{ActionClass, Asker, Holder, Right, View, Way, Who};
use crate::policy::evaluate::{Because, Context, Decision, Policies, Policy, PolicyRef, Verdict};
use crate::policy::{Document, Effect, Principal, Statement};
use crate::rules::Outcome;
use crate::rules::claimed::some_of;
use crate::source::Span;

/// The message type that an EVM signer sends.
pub(super) const DIGEST: &str = "DIGEST";
/// The default of Sign, which hashes what it is given.
pub(super) const RAW: &str = "RAW";

/// The condition keys that requests to sign and to verify carry, and no others.
const PINS: [&str; 2] = ["kms:MessageType", "kms:SigningAlgorithm"];

/// The policy that is evaluated for a key, or the outcome where there is none.
pub(super) fn in_force<'b>(
    bundle: &'b Bundle,
    key: &'b Key,
) -> Result<(&'b KeyAccess, &'b PolicyExport), Outcome> {
    let access = bundle.access(key);
    match access.policy(bundle) {
        Some(policy) => Ok((access, policy)),
        None if policies(bundle, key).is_empty() => Err(no_policy(bundle, key)),
        None => Err(Outcome::NotEvaluated(
            "the exports of the key policy contradict each other".to_owned(),
        )),
    }
}

/// The outcome where a part of the policy itself is not known.
pub(super) fn doubt(access: &KeyAccess) -> Option<Outcome> {
    access
        .open
        .iter()
        .find(|open| open.kind == "policy")
        .map(|open| Outcome::NotEvaluated(open.message.clone()))
}

/// A request to sign, of which only this is known.
pub(super) fn sign(message_type: &str) -> Context {
    let mut context = open_context();
    context.set("kms:MessageType", vec![message_type.to_owned()]);
    context.set("kms:SigningAlgorithm", vec!["ECDSA_SHA_256".to_owned()]);
    context
}

/// A request of which nothing is known but what every such request carries.
pub(super) fn open_context() -> Context {
    let mut context = Context::new();
    context.set_incomplete();
    context
}

/// How signatures of a key are made, by the addresses that are claimed for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chains {
    /// An EVM address is claimed: Keccak-256 is made by the signer, and the digest is signed.
    Evm,
    /// Only addresses whose chains sign SHA-256 of a message.
    Hashed,
    /// Nothing that tells.
    Unknown,
}

impl Chains {
    /// What the claims of a key say. A text that is of one scheme for this key is of that scheme.
    pub(super) fn of(bundle: &Bundle, key: &Key) -> Self {
        let mut found = Self::Unknown;
        for (claim, _) in bundle.claims_of(key) {
            let all = payloads(&claim.address.value);
            let own: Vec<_> = all
                .iter()
                .filter(|payload| key.payloads.contains(payload))
                .collect();
            let of: Vec<_> = if own.is_empty() { all.iter().collect() } else { own };
            if of.iter().any(|payload| payload.kind == PayloadKind::Hash160) {
                found = Self::Hashed;
            } else if !of.is_empty() {
                return Self::Evm;
            }
        }
        found
    }
}

/// True for what may be allowed.
pub(super) fn may(decision: &Decision) -> bool {
    matches!(decision.verdict, Verdict::Allowed | Verdict::Depends)
}

/// Somebody who may sign, and what is said to the same request in another form.
pub(super) struct Signer<'b> {
    pub(super) holder: &'b Holder,
    pub(super) right: &'b Right,
    pub(super) other: Decision,
}

impl Signer<'_> {
    /// True for one who may sign a digest, not only the hash of a message.
    pub(super) fn signs_digests(&self) -> bool {
        self.right.only.is_none()
    }

    /// True where only the account's delegation to IAM, or a grant, lets the other request through.
    pub(super) fn is_let_in_by_others(&self, policy: &PolicyExport) -> bool {
        let by_name = self.other.because.iter().any(|because| {
            let statement = statement_of(policy, *because);
            statement.is_some_and(|statement| {
                because.effect == Effect::Allow && !is_delegation(statement, self.holder.account.as_deref())
            })
        });
        !by_name
    }
}

/// Everybody who may sign, each asked for `context` too.
pub(super) fn signers<'b>(
    bundle: &'b Bundle,
    key: &'b Key,
    context: impl Fn(&Right) -> Context,
) -> Vec<Signer<'b>> {
    let access = bundle.access(key);
    let mut asker = access.asker(bundle, key, access.policies.clone());
    access
        .access
        .who_may(ActionClass::Sign)
        .filter_map(|(holder, right)| {
            let other = asker.ask(&holder.who, "kms:Sign", context(right))?;
            Some(Signer { holder, right, other })
        })
        .collect()
}

/// True where nobody at all gets such a request to sign through: not root, not IAM's principals, no stranger, no grantee.
pub(super) fn binds_everybody(bundle: &Bundle, key: &Key, context: &Context) -> bool {
    let access = bundle.access(key);
    let Some(account) = &access.account else {
        return false;
    };
    let mut asker = access.asker(bundle, key, access.policies.clone());
    [
        Who::Root(account.clone()),
        Who::Account(account.clone()),
        Who::Everyone,
    ]
    .iter()
    .all(|who| {
        asker
            .ask(who, "kms:Sign", context.clone())
            .is_some_and(|decision| decision.verdict == Verdict::ExplicitDeny)
    })
}

/// The statement of the key policy that took part in a decision.
pub(super) fn statement_of(policy: &PolicyExport, because: Because) -> Option<&Statement> {
    if because.policy != PolicyRef::Key {
        return None;
    }
    policy.document.statements.get(because.statement?)
}

/// True for an `Allow` that only hands over to the IAM of this account.
fn is_delegation(statement: &Statement, account: Option<&str>) -> bool {
    statement.principals.as_ref().is_some_and(|list| {
        !list.negated
            && list.iter().all(
                |principal| matches!(principal, Principal::Account(own) if Some(own.as_str()) == account),
            )
    })
}

/// Some holders in a sentence; the root user goes without saying where all of the account is named.
pub(super) fn names(holders: &[&Holder]) -> String {
    let accounts: BTreeSet<&str> = holders
        .iter()
        .filter_map(|holder| match &holder.who {
            Who::Account(account) => Some(account.as_str()),
            _ => None,
        })
        .collect();
    let mut named: Vec<&Holder> = holders
        .iter()
        .copied()
        .filter(|holder| !matches!(&holder.who, Who::Root(account) if accounts.contains(account.as_str())))
        .collect();
    // Those with a name of their own say most.
    named.sort_by_key(|holder| (!holder.is_named(), &holder.who));
    let words: Vec<String> = named
        .into_iter()
        .map(|holder| {
            let through_iam = holder
                .right(ActionClass::Sign)
                .is_some_and(|right| right.ways == [Way::Delegated] && !right.is_sure());
            let words = holder_words(holder);
            if through_iam {
                format!("{words} that IAM lets")
            } else {
                words
            }
        })
        .collect();
    listing(&words)
}

/// Names that a sentence has.
const NAMES: usize = 3;

/// A list in a sentence: the first few, and how many more there are.
pub(super) fn listing(words: &[String]) -> String {
    match words {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [head @ .., last] if words.len() <= NAMES => format!("{} and {last}", head.join(", ")),
        _ => some_of(words, NAMES),
    }
}

/// The places of what lets some holders through, each once, those with a name first, and the canonical text of it all.
pub(super) fn grounds(
    bundle: &Bundle,
    access: &KeyAccess,
    policy: &PolicyExport,
    of: &[(&Holder, &Decision)],
) -> (Vec<(Span, String)>, String) {
    let mut sorted: Vec<&(&Holder, &Decision)> = of.iter().collect();
    sorted.sort_by_key(|(holder, _)| (!holder.is_named(), &holder.who));
    let mut places: Vec<(Span, String)> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut statements = BTreeSet::new();
    let mut content = BTreeSet::new();
    for (holder, decision) in sorted {
        // One statement may let in thousands.
        let allowing: Vec<Because> = decision
            .because
            .iter()
            .filter(|because| because.effect == Effect::Allow)
            .filter(|because| because.policy != PolicyRef::Key || statements.insert(because.statement))
            .copied()
            .collect();
        for because in &allowing {
            content.insert(match (because.policy, because.statement) {
                (PolicyRef::Key, Some(index)) => statement_content(policy, index),
                (other, _) => format!("{} {}", kind_of(other), holder_words(holder)),
            });
        }
        for ground in access.grounds(bundle, holder, &allowing) {
            if let Some(span) = ground.span
                && seen.insert(span)
            {
                places.push((span, ground.words));
            }
        }
    }
    let content: Vec<String> = content.into_iter().collect();
    (places, content.join("\n"))
}

fn kind_of(policy: PolicyRef) -> &'static str {
    match policy {
        PolicyRef::Ram => "AWS_RAM",
        PolicyRef::Grant(_) => "grant",
        PolicyRef::Identity(_) => "identity policy",
        _ => "policy",
    }
}

/// A condition of a statement on what only Sign and Verify carry.
pub(super) struct Pin<'d> {
    /// The key as AWS writes it.
    pub(super) key: &'static str,
    pub(super) values: Vec<&'d Node>,
}

/// The pins of a statement.
pub(super) fn pins(statement: &Statement) -> Vec<Pin<'_>> {
    statement
        .conditions()
        .into_iter()
        .filter_map(|(_, key, values)| {
            let key = PINS.into_iter().find(|pin| pin.eq_ignore_ascii_case(key))?;
            Some(Pin { key, values })
        })
        .collect()
}

/// The names of pins, each once: `kms:MessageType and kms:SigningAlgorithm`.
pub(super) fn pin_names(pins: &[Pin<'_>]) -> String {
    let names: BTreeSet<&str> = pins.iter().map(|pin| pin.key).collect();
    names.into_iter().collect::<Vec<_>>().join(" and ")
}

/// The place of a statement's first pin, else the statement.
pub(super) fn pin_span(policy: &PolicyExport, statement: &Statement) -> Span {
    let first = pins(statement)
        .first()
        .and_then(|pin| pin.values.first().map(|node| node.span.clone()));
    Span::new(policy.source, first.unwrap_or_else(|| statement.span.clone()))
}

/// True where the statement speaks of the action.
pub(super) fn covers(statement: &Statement, action: &str) -> bool {
    !statement.actions.is_empty()
        && statement
            .actions
            .iter()
            .any(|(pattern, _)| pattern.covers(action))
            != statement.not_action
}

/// One statement by itself, for whomever: with its conditions, and without its pins.
pub(super) struct Alone {
    whole: Policies,
    unpinned: Policies,
    resource: String,
    account: String,
}

/// An account that stands for the key's where that is not known: all of a statement by itself is in one account.
const SOME_ACCOUNT: &str = "000000000000";

impl Alone {
    pub(super) fn of(access: &KeyAccess, key: &Key, policy: &PolicyExport, index: usize) -> Option<Self> {
        let root = &policy.document.root;
        let node = root
            .get("Statement")
            .map(Node::one_or_many)
            .unwrap_or_default()
            .get(index)?;
        let policies = |pinned: bool| Policies {
            key_policy: Some(Policy::new(&Document::read(&alone(root, node, pinned)))),
            grants: Some(Vec::new()),
            key_metadata: access.policies.key_metadata.clone(),
            ..Policies::default()
        };
        Some(Self {
            whole: policies(true),
            unpinned: policies(false),
            resource: key.arn.clone().unwrap_or_else(|| "*".to_owned()),
            account: access.account.clone().unwrap_or_else(|| SOME_ACCOUNT.to_owned()),
        })
    }

    fn verdict(&self, policies: &Policies, action: &str, context: Context) -> Verdict {
        let mut asker = Asker::new(
            View {
                resource: &self.resource,
                account: Some(&self.account),
                policies,
                documents: &[],
                known: &[],
                whole: true,
            },
            policies.clone(),
        );
        asker
            .ask(&Who::Account(self.account.clone()), action, context)
            .map_or(Verdict::ImplicitDeny, |decision| decision.verdict)
    }

    /// True for an `Allow` that a request never meets, and would without its pins.
    pub(super) fn keeps_from(&self, action: &str, context: &Context) -> bool {
        !self.may_allow(action, context)
            && self.verdict(&self.unpinned, action, context.clone()) != Verdict::ImplicitDeny
    }

    /// True for an `Allow` that a request may meet.
    pub(super) fn may_allow(&self, action: &str, context: &Context) -> bool {
        self.verdict(&self.whole, action, context.clone()) != Verdict::ImplicitDeny
    }

    /// True for a `Deny` that a request meets for sure.
    pub(super) fn denies(&self, action: &str, context: &Context) -> bool {
        self.verdict(&self.whole, action, context.clone()) == Verdict::ExplicitDeny
    }
}

/// A document of one statement that means everybody.
fn alone(root: &Node, statement: &Node, pinned: bool) -> Node {
    let mut statement = statement.clone();
    if let Some(members) = statement.members_mut() {
        members.retain(|member| !matches!(member.key.as_str(), "Principal" | "NotPrincipal"));
        if !pinned && let Some(condition) = members.iter_mut().find(|member| member.key == "Condition") {
            for operator in condition.value.members_mut().into_iter().flatten() {
                if let Some(keys) = operator.value.members_mut() {
                    keys.retain(|key| !PINS.iter().any(|pin| pin.eq_ignore_ascii_case(&key.key)));
                }
            }
        }
        members.push(member("Principal", root, Value::String("*".to_owned())));
    }
    let version = root
        .members()
        .iter()
        .filter(|member| member.key == "Version")
        .cloned();
    let only = member("Statement", root, Value::Array(vec![statement]));
    Node {
        span: root.span.clone(),
        value: Value::Object(version.chain([only]).collect()),
    }
}

/// A member that stands nowhere: its place is the document's end.
fn member(key: &str, root: &Node, value: Value) -> Member {
    let end = root.span.end..root.span.end;
    Member {
        key: key.to_owned(),
        key_span: end.clone(),
        value: Node { span: end, value },
    }
}

/// Those whom statements mean, asked for one request; each once.
pub(super) struct Meant<'b> {
    asker: Asker<'b>,
    policy: &'b PolicyExport,
    account: Option<&'b str>,
    action: &'static str,
    context: Context,
    said: BTreeMap<Who, Option<Decision>>,
    /// Those whom the `Allow` statements on the action mean, once asked.
    allowed: Option<Vec<Who>>,
}

impl<'b> Meant<'b> {
    pub(super) fn new(
        bundle: &'b Bundle,
        key: &'b Key,
        policy: &'b PolicyExport,
        action: &'static str,
        context: Context,
    ) -> Self {
        let access = bundle.access(key);
        Self {
            asker: access.asker(bundle, key, access.policies.clone()),
            policy,
            account: access.account.as_deref(),
            action,
            context,
            said: BTreeMap::new(),
            allowed: None,
        }
    }

    /// Those whom a statement keeps from the action (a `Deny`), or who do not have it in spite of it (an `Allow`), with
    /// what all policies together say to them.
    pub(super) fn without(&mut self, index: usize) -> Vec<(Who, Verdict)> {
        let statements = &self.policy.document.statements;
        let Some(statement) = statements.get(index) else {
            return Vec::new();
        };
        let deny = statement.effect == Some(Effect::Deny);
        let of = if deny {
            let (action, account) = (self.action, self.account);
            self.allowed
                .get_or_insert_with(|| {
                    let allowing = statements.iter().filter(|statement| {
                        statement.effect == Some(Effect::Allow) && covers(statement, action)
                    });
                    meant(allowing, account)
                })
                .clone()
        } else {
            meant(std::iter::once(statement), self.account)
        };
        of.into_iter()
            .filter_map(|who| {
                if self.said.len() >= MOST_ASKED && !self.said.contains_key(&who) {
                    return None;
                }
                let decision = self
                    .said
                    .entry(who.clone())
                    .or_insert_with(|| self.asker.ask(&who, self.action, self.context.clone()))
                    .as_ref()?;
                let hit = if deny {
                    decision
                        .because
                        .iter()
                        .any(|because| because.policy == PolicyRef::Key && because.statement == Some(index))
                } else {
                    decision.verdict != Verdict::Allowed
                };
                hit.then_some((who, decision.verdict))
            })
            .collect()
    }
}

/// The most principals that one statement is asked for by name.
const MOST: usize = 500;
/// The most that one rule asks for on one key: a policy as AWS takes it, of 32 KiB, cannot name so many.
const MOST_ASKED: usize = 2_000;

/// Those whom statements mean, whether they are let in or not: each once, sorted, at most so many.
fn meant<'d>(statements: impl Iterator<Item = &'d Statement>, account: Option<&str>) -> Vec<Who> {
    let mut found = BTreeSet::new();
    for list in statements.filter_map(|statement| statement.principals.as_ref()) {
        if list.negated {
            found.insert(Who::Everyone);
            found.extend(account.map(|account| Who::Account(account.to_owned())));
            continue;
        }
        for principal in list.iter().take(MOST) {
            match principal {
                Principal::Everyone => {
                    found.insert(Who::Everyone);
                    found.extend(account.map(|account| Who::Account(account.to_owned())));
                }
                Principal::Account(own) => {
                    found.insert(Who::Account(own.clone()));
                }
                Principal::User(text)
                | Principal::Role(text)
                | Principal::Session(text)
                | Principal::Service(text) => {
                    found.insert(Who::Principal(text.clone()));
                }
                Principal::Unknown(text) => {
                    found.insert(Who::Unknown(text.clone()));
                }
                Principal::Deleted(_)
                | Principal::Federated(_)
                | Principal::CanonicalUser(_)
                | Principal::Other(_) => {}
            }
        }
        if found.len() >= MOST {
            break;
        }
    }
    found.into_iter().take(MOST).collect()
}

/// Somebody in words, as holders are.
pub(super) fn who_words(who: &Who, account: Option<&str>) -> String {
    let own = match who {
        Who::Root(own) | Who::Account(own) => Some(own.clone()),
        Who::Principal(text) => crate::arn::Arn::parse(text).map(|arn| arn.account.to_owned()),
        Who::Everyone | Who::Unknown(_) => None,
    };
    let foreign = own
        .as_deref()
        .and_then(|own| account.map(|account| own != account));
    holder_words(&Holder {
        who: who.clone(),
        account: own,
        foreign,
        known: None,
        rights: Vec::new(),
    })
}
