//! What the rules on takeovers share: whom the policies let act, and which rule speaks of which statement.
//!
//! One root cause is one finding. Each statement that allows is spoken of by the first of these that it fits:
//!
//! 1. `removable-grant-statement`: grant actions alone, as the console writes them for AWS services;
//! 2. `allow-notprincipal`, `public-principal`, `weak-public-condition`: it lets in whoever it may be;
//! 3. `cross-account-sign`, `cross-account-create-grant`, `cross-account-account-root`: for each other account the first
//!    that fits, with the rest as its consequences;
//! 4. `allow-notaction`;
//! 5. for each signer `undeclared-signer`, else the first of `signer-can-put-policy`, `signer-can-create-grant` and
//!    `signer-can-delete-or-disable`; a wildcard that gives a signer such actions is a finding of its own;
//! 6. `unrestricted-create-grant` and `schedule-deletion-unguarded` for those who neither sign nor administer.
//!
//! Who administers a key may do anything by rewriting its policy: that he may is no finding here.

use std::collections::BTreeSet;

use super::removable_grant_statement::is_grant_statement;
use super::{no_policy, policies, put_in_force, statement_content};
use crate::arn::Arn;
use crate::evidence::{Bundle, Ground, Key, KeyAccess, PolicyExport};
use crate::finding::{Builder, Finding, Label, Severity};
pub(super) use crate::policy::access::names;
use crate::policy::access::{ActionClass, Asker, Harm, Holder, Leave, Opening, Party, Right, Who};
use crate::policy::evaluate::{Because, Context as Sent, Decision, PolicyRef, PremiseCode, Verdict};
use crate::policy::lint::CONSOLE_ADMINISTRATORS;
use crate::policy::{ActionPattern, Effect, Statement};
use crate::rules::common::{key_argument, short};
use crate::rules::{Context, Meta, Outcome, Part};
use crate::source::Span;

/// What must be known for a rule on the policies to pass.
pub(super) const POLICIES: &[&str] = &["policy", "policy-names", "metadata"];

/// The same where a grant would matter as well.
pub(super) const POLICIES_AND_GRANTS: &[&str] = &["policy", "policy-names", "metadata", "grants"];

/// The rules on statements that let in whoever it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    GrantStatement,
    NotPrincipal,
    Public,
    WeakCondition,
}

/// One key, as the rules on takeovers see it.
pub(super) struct Takeover<'b> {
    pub(super) context: &'b Context<'b>,
    pub(super) bundle: &'b Bundle,
    pub(super) key: &'b Key,
    pub(super) access: &'b KeyAccess,
    policy: &'b PolicyExport,
}

impl<'b> Takeover<'b> {
    /// The outcome says why it cannot be judged: the policy in force is not known.
    pub(super) fn of(context: &'b Context<'b>, key: &'b Key) -> Result<Self, Outcome> {
        let bundle = context.bundle;
        let access = bundle.access(key);
        let Some(policy) = access.policy(bundle) else {
            if policies(bundle, key).is_empty() {
                return Err(no_policy(bundle, key));
            }
            let why = access.open.iter().find(|open| open.kind == "policy");
            let why = why.map_or("the key policy is not known", |open| open.message.as_str());
            return Err(Outcome::NotEvaluated(why.to_owned()));
        };
        Ok(Self {
            context,
            bundle,
            key,
            access,
            policy,
        })
    }

    pub(super) fn account(&self) -> Option<&str> {
        self.access.account.as_deref()
    }

    /// The export of the key policy in force.
    pub(super) fn policy(&self) -> &'b PolicyExport {
        self.policy
    }

    pub(super) fn asker(&self) -> Asker<'b> {
        let (access, bundle, key) = (self.access, self.bundle, self.key);
        access.asker(bundle, key, access.policies.clone())
    }

    /// What the key's policies and grants give by themselves, and IAM where it is in the evidence.
    pub(super) fn asker_without_iam(&self) -> Asker<'b> {
        self.asker().without_iam()
    }

    pub(super) fn holders(&self) -> &'b [Holder] {
        &self.access.access.holders
    }

    pub(super) fn party(&self, who: &Who) -> Option<&'b Party> {
        self.access.access.party(who)
    }

    /// Everybody whom something names: users, roles, sessions.
    pub(super) fn named(&self) -> impl Iterator<Item = &'b Party> {
        let parties = &self.access.access.parties;
        parties
            .iter()
            .filter(|party| matches!(party.who, Who::Principal(_)) && party.caller.account().is_some())
    }

    /// The statement that a decision rests on, where it stands in one of the key's policies.
    pub(super) fn statement(&self, because: Because) -> Option<(&'b PolicyExport, &'b Statement, usize)> {
        let export = self.access.export(self.bundle, because.policy)?;
        let index = because.statement?;
        Some((export, export.document.statements.get(index)?, index))
    }

    /// Every statement of the key's policies that allows, with the policy that it stands in.
    pub(super) fn allows(&self) -> impl Iterator<Item = (PolicyRef, &'b Statement, usize)> {
        [PolicyRef::Key, PolicyRef::Ram]
            .into_iter()
            .filter_map(|of| Some((of, self.access.export(self.bundle, of)?)))
            .flat_map(|(of, export)| {
                let statements = export.document.statements.iter().enumerate();
                statements
                    .filter(|(_, statement)| statement.effect == Some(Effect::Allow))
                    .map(move |(index, statement)| (of, statement, index))
            })
    }

    fn opening(&self, of: PolicyRef, index: usize) -> Option<&'b Opening> {
        let mut openings = self.access.access.openings.iter();
        openings.find(|opening| opening.policy == of && opening.statement == index)
    }

    /// Which of the rules on open statements speaks of a statement, if one does.
    pub(super) fn claim(&self, of: PolicyRef, index: usize) -> Option<Claim> {
        let export = self.access.export(self.bundle, of)?;
        let statement = export.document.statements.get(index)?;
        if is_grant_statement(statement) {
            return Some(Claim::GrantStatement);
        }
        let opening = self.opening(of, index)?;
        if opening.negated {
            return Some(Claim::NotPrincipal);
        }
        let (_, leave) = opening.worst_of_strangers()?;
        let plain = opening.conditions.iter().all(|key| is_of_the_request(key));
        Some(if plain && leave == Leave::Free {
            Claim::Public
        } else {
            Claim::WeakCondition
        })
    }

    /// The openings that a rule speaks of; nothing for those that none does.
    pub(super) fn openings(&self, claim: Option<Claim>) -> impl Iterator<Item = &'b Opening> {
        let openings = self.access.access.openings.iter();
        openings
            .filter(|opening| opening.opens())
            .filter(move |opening| self.claim(opening.policy, opening.statement) == claim)
    }

    /// The statements and grants that let act, without those that another rule speaks of.
    pub(super) fn left(&self, decision: &Decision) -> Vec<Because> {
        let allowing = decision.because.iter().copied();
        allowing
            .filter(|because| because.effect == Effect::Allow)
            .filter(|because| {
                because
                    .statement
                    .is_none_or(|index| self.claim(because.policy, index).is_none())
            })
            // The caller's own policies let act only together with the key's.
            .filter(|because| {
                matches!(
                    because.policy,
                    PolicyRef::Key | PolicyRef::Ram | PolicyRef::Grant(_)
                )
            })
            .collect()
    }

    /// A right of a holder that no other rule speaks of, and the grounds.
    pub(super) fn own_right(
        &self,
        holder: &'b Holder,
        class: ActionClass,
    ) -> Option<(&'b Right, Vec<Because>)> {
        let right = holder.right(class)?;
        let left = self.left(&right.decision);
        (!left.is_empty()).then_some((right, left))
    }

    pub(super) fn is_declared_signer(&self, holder: &Holder) -> Option<bool> {
        let declared = |text: &str| self.context.is_declared(self.key, Part::Signer, text);
        match &holder.who {
            Who::Account(account) => declared(&format!("arn:aws:iam::{account}:root")),
            _ => self.context.is_declared_holder(self.key, Part::Signer, holder),
        }
    }

    /// The users, roles and sessions that are signers: named for it by a policy or a grant, or declared.
    ///
    /// Whom IAM alone lets sign is none of them unless somebody declared it: an administrator of the account is not.
    pub(super) fn signers(&self) -> impl Iterator<Item = (&'b Holder, &'b Party)> {
        self.holders().iter().filter_map(|holder| {
            let right = holder.right(ActionClass::Sign)?;
            let party = self.party(&holder.who)?;
            party.caller.account()?;
            let declared = self.is_declared_signer(holder);
            let by_name = || !self.left_by_name(&right.decision, party).is_empty();
            let is_signer = declared == Some(true) || (holder.foreign != Some(true) && by_name());
            (holder.is_named() && is_signer).then_some((holder, party))
        })
    }

    /// The grounds that no other rule speaks of and that name the party itself, not only its account; those by which IAM
    /// gives it too, where its policies are in the evidence.
    pub(super) fn left_by_name(&self, decision: &Decision, party: &Party) -> Vec<Because> {
        let mut left = self.left(decision);
        let by_iam = party.known.is_some()
            && decision
                .because
                .iter()
                .any(|because| matches!(because.policy, PolicyRef::Identity(_)));
        left.retain(|because| {
            by_iam
                || self
                    .statement(*because)
                    .is_none_or(|(_, statement, _)| names(statement, &party.caller))
        });
        left
    }

    pub(super) fn partition(&self) -> &'b str {
        let arn = self.key.arn.as_deref().and_then(Arn::parse);
        arn.map_or("aws", |arn| arn.partition)
    }

    /// The outcome of a rule that found nothing, or of one that did: it passes only where nothing of these kinds is open.
    pub(super) fn settle(
        &self,
        findings: Vec<Finding>,
        kinds: &[&str],
        classes: &[ActionClass],
        proof: impl Into<String>,
    ) -> Outcome {
        if !findings.is_empty() {
            return Outcome::Findings(findings);
        }
        if let Some(why) = self.open(kinds, classes) {
            return Outcome::NotEvaluated(why);
        }
        Outcome::Pass(proof.into())
    }

    /// What of these kinds is not known, and who may act of whom only deployment tells who he is.
    pub(super) fn open(&self, kinds: &[&str], classes: &[ActionClass]) -> Option<String> {
        let open = self.access.open.iter();
        let mut words: Vec<String> = open
            .filter(|open| kinds.contains(&open.kind) && !open.is_intent())
            .map(|open| open.message.clone())
            .collect();
        let undecided = self.access.access.openings.iter();
        words.extend(
            undecided
                .filter(|opening| opening.undecided)
                .map(|opening| format!("only deployment tells whom {} lets in", self.name_of(opening))),
        );
        words.extend(
            self.holders()
                .iter()
                .filter(|holder| classes.iter().any(|class| holder.right(*class).is_some()))
                .filter_map(|holder| match &holder.who {
                    Who::Unknown(text) => Some(format!("only deployment tells who {} is", short(text))),
                    _ => None,
                }),
        );
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// A finding at the statements and grants that it rests on, without its remedy, and its canonical content.
    pub(super) fn draft(
        &self,
        meta: &'static Meta,
        severity: Severity,
        message: impl Into<String>,
        label: &str,
        (known, because): (Option<usize>, &[Because]),
    ) -> (Builder, String) {
        let grounds = self.access.grounds_of(self.bundle, known, because);
        let mut places = grounds.iter().filter_map(|ground| Some((ground.span?, ground)));
        let whole = Span::new(self.policy.source, self.policy.document.span.clone());
        let primary = Label {
            span: places.next().map_or(whole, |(span, _)| span),
            message: label.to_owned(),
        };
        let mut builder = Finding::builder(meta.id, severity, self.key.subject(), message, primary);
        let mut seen = BTreeSet::new();
        for (span, ground) in places
            .filter(|(_, ground)| seen.insert(ground.words.clone()))
            .take(MOST)
        {
            builder = builder.related(span, ground.words.clone());
        }
        (builder, self.content(because, &grounds))
    }

    /// The canonical content of the statements and grants, for a fingerprint.
    fn content(&self, because: &[Because], grounds: &[Ground]) -> String {
        let mut parts: Vec<String> = because
            .iter()
            .zip(grounds)
            .map(|(because, ground)| match self.statement(*because) {
                Some((export, _, index)) => statement_content(export, index),
                None => ground.words.clone(),
            })
            .collect();
        parts.sort();
        parts.dedup();
        parts.join("\n")
    }

    /// What to do to the policy that the grounds stand in.
    pub(super) fn remedy(&self, change: &str, because: &[Because]) -> String {
        let ram = because.iter().any(|because| because.policy == PolicyRef::Ram);
        if ram {
            return format!(
                "{change}. The policy AWS_RAM is written by AWS Resource Access Manager: change the resource share \
                 (aws ram get-resource-share-associations)."
            );
        }
        put_in_force(
            self.policy,
            change,
            &format!(
                ", and put the policy back: aws kms put-key-policy {} --policy-name default --policy \
                 file://key-policy.json.",
                key_argument(self.key)
            ),
        )
    }

    /// A finding on a statement that lets in whoever it may be, without its remedy, and its content.
    pub(super) fn opened(&self, meta: &'static Meta, opening: &Opening, message: &str) -> (Builder, String) {
        let because = Self::ground_of(opening);
        let (mut builder, content) = self.draft(
            meta,
            severity(opening),
            message,
            "opens the key",
            (None, &because),
        );
        for deny in self.access.grounds_of(self.bundle, None, &opening.denies) {
            if let Some(span) = deny.span {
                builder = builder.related(span, format!("{} denies it under a condition", deny.words));
            }
        }
        if !opening.strangers.is_empty() {
            builder = builder.consequence(format!(
                "any principal of any other account may do {}{}, if IAM of its own account allows it",
                listed(by_harm(opening.strangers.keys())),
                provided(opening.worst_of_strangers())
            ));
        }
        if !opening.members.is_empty() {
            builder = builder.consequence(format!(
                "principals of other accounts of the organisation may do {}, if IAM of their own account allows it",
                listed(by_harm(opening.members.iter()))
            ));
        }
        if !opening.neighbours.is_empty() {
            builder = builder.consequence(format!(
                "every principal of the key's own account may do {}{}, even one that no IAM policy allows it",
                listed(by_harm(opening.neighbours.keys())),
                provided(opening.worst_of_neighbours())
            ));
        }
        (builder, content)
    }

    /// The statement of an opening as a ground.
    pub(super) fn ground_of(opening: &Opening) -> Vec<Because> {
        vec![Because::allow(opening.policy, opening.statement)]
    }

    /// The name of the statement of an opening.
    pub(super) fn name_of(&self, opening: &Opening) -> String {
        let export = self.access.export(self.bundle, opening.policy);
        let statement = export.and_then(|export| export.document.statements.get(opening.statement));
        statement.map_or_else(String::new, |statement| statement.name(opening.statement))
    }
}

/// The most places and premises that a finding names.
const MOST: usize = 5;

/// True for a condition key that speaks of the request or of the key, which a caller can fit, and not of the caller.
fn is_of_the_request(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let of_caller = ["kms:calleraccount", "kms:viaservice"];
    (lower.starts_with("kms:") && !of_caller.contains(&lower.as_str())) || lower == "aws:securetransport"
}

/// How bad it is that a statement lets in whoever it may be.
pub(super) fn severity(opening: &Opening) -> Severity {
    let strangers = opening
        .worst_of_strangers()
        .map_or(Severity::Info, |worst| match worst {
            (Harm::Take | Harm::Lose, Leave::Free) => Severity::Critical,
            (Harm::Take | Harm::Lose, Leave::Conditional) => Severity::High,
            (Harm::Change, _) => Severity::Medium,
            (Harm::Read, _) => Severity::Low,
        });
    let neighbours = opening
        .worst_of_neighbours()
        .map_or(Severity::Info, |worst| match worst {
            (Harm::Take | Harm::Lose, Leave::Free) => Severity::High,
            (Harm::Take | Harm::Lose, Leave::Conditional) | (Harm::Change, Leave::Free) => Severity::Medium,
            (Harm::Change, Leave::Conditional) | (Harm::Read, _) => Severity::Low,
        });
    let worst_of_members = opening.members.iter().map(|action| Harm::of(action)).max();
    let members = worst_of_members.map_or(Severity::Info, |harm| match harm {
        Harm::Take | Harm::Lose => Severity::High,
        Harm::Change | Harm::Read => Severity::Low,
    });
    strangers.max(neighbours).max(members)
}

/// Actions, the worst first.
pub(super) fn by_harm<'a>(actions: impl Iterator<Item = &'a &'static str>) -> Vec<&'static str> {
    let mut list: Vec<&'static str> = actions.copied().collect();
    list.sort_by_key(|action| {
        (
            std::cmp::Reverse(Harm::of(action)),
            *action != "kms:Sign",
            *action,
        )
    });
    list
}

fn provided(worst: Option<(Harm, Leave)>) -> &'static str {
    match worst {
        Some((_, Leave::Conditional)) => ", if it meets the condition",
        _ => "",
    }
}

/// Some names in words: `a, b and 3 more`.
pub(super) fn listed<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    const FEW: usize = 4;
    let names: Vec<String> = names.into_iter().map(|name| short(name.as_ref())).collect();
    let more = names.len().saturating_sub(FEW);
    let mut shown: Vec<String> = names.into_iter().take(FEW).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    match shown.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// True where a decision does not deny.
pub(super) fn may(decision: &Decision) -> bool {
    matches!(decision.verdict, Verdict::Allowed | Verdict::Depends)
}

/// True where all that is not known is in the caller's own hands: the IAM of another account.
pub(super) fn is_free(decision: &Decision) -> bool {
    let free = |code: PremiseCode| {
        matches!(
            code,
            PremiseCode::IdentityPolicies | PremiseCode::GrantAcrossAccounts | PremiseCode::RamPolicy
        )
    };
    may(decision) && decision.premises.iter().all(|premise| free(premise.code))
}

/// What a decision depends on, each as a note.
pub(super) fn premises(decision: &Decision) -> Vec<String> {
    let mut messages: Vec<&str> = decision
        .premises
        .iter()
        .map(|premise| premise.message.as_str())
        .collect();
    messages.dedup();
    let more = messages.len().saturating_sub(MOST);
    let mut notes: Vec<String> = messages
        .into_iter()
        .take(MOST)
        .map(|message| {
            format!(
                "It depends on this: {}.",
                message.chars().take(300).collect::<String>()
            )
        })
        .collect();
    if more > 0 {
        notes.push(format!("It depends on {more} more things."));
    }
    notes
}

/// Adds what a decision depends on.
pub(super) fn with_premises(mut builder: Builder, decision: &Decision) -> Builder {
    for note in premises(decision) {
        builder = builder.note(note);
    }
    builder
}

/// The best answer that a party gets for an action over what it may choose, with these keys set besides; nothing where it
/// is denied.
pub(super) fn ask(
    asker: &mut Asker<'_>,
    party: &Party,
    action: &str,
    set: &[(&str, &[&str])],
) -> Option<Decision> {
    let mut best: Option<Decision> = None;
    for mut context in asker.contexts(action) {
        put(&mut context, set);
        let decision = asker.decide(party, action, context);
        if decision.verdict == Verdict::Allowed {
            return Some(decision);
        }
        if may(&decision) {
            best.get_or_insert(decision);
        }
    }
    best
}

/// Sets keys of a request; no value is no key.
pub(super) fn put(context: &mut Sent, set: &[(&str, &[&str])]) {
    for (key, values) in set {
        context.set(key, values.iter().map(|value| (*value).to_owned()).collect());
    }
}

/// How a party can give the leave to sign to somebody of its choice by a grant: to anybody, or to itself.
pub(super) fn grants_at_will(asker: &mut Asker<'_>, party: &Party) -> Option<Decision> {
    let own = party.caller.text.as_str();
    ["arn:aws:iam::any other account:role/any", own]
        .iter()
        .find_map(|grantee| {
            let set: &[(&str, &[&str])] = &[
                ("kms:GranteePrincipal", &[grantee]),
                ("kms:GranteeServicePrincipal", &[]),
            ];
            ask(asker, party, "kms:CreateGrant", set)
        })
}

/// True for the statement that the console writes for the key's administrators, or one that says less of the same
/// (KMS developer guide, "Default key policy": key administrators).
pub(super) fn is_of_administrators(statement: &Statement) -> bool {
    let names = |name: &str| {
        statement
            .actions
            .iter()
            .any(|(action, _)| action.is_exactly(name))
    };
    let covered = |action: &ActionPattern| {
        let pattern =
            |name: &&str| action.is_exactly(name) || ActionPattern::new(name).covers(action.as_str());
        CONSOLE_ADMINISTRATORS.iter().any(pattern)
    };
    let mut actions = statement.actions.iter();
    statement.effect == Some(Effect::Allow)
        && !statement.not_action
        && actions.all(|(action, _)| covered(action))
        && names("kms:Create*")
        && names("kms:Put*")
}
