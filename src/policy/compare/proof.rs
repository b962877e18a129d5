//! The proof: for callers and an action of one kind, what the new policy allows follows from the old one.
//!
//! Two things must be shown. Whatever an Allow of the new policy lets through, and no Deny of it stops, an Allow of the old
//! one lets through as strongly. And what a Deny of the old policy stops, a Deny of the new one stops as well, wherever
//! something could let it through: an Allow of the new policy, a grant, or IAM. Both are shown by looking for a request for
//! which it is not so, and finding none.

use std::collections::{BTreeMap, BTreeSet};

use super::super::evaluate::caller::Scope;
use super::super::evaluate::condition::matches_alone;
use super::super::evaluate::derive::{self, is_alias_action, partition};
use super::super::evaluate::statement::Asked;
use super::super::evaluate::{Caller, CallerKind, Context, KeyMetadata, Policy};
use super::super::{Effect, Kind, catalogue};
use super::Setting;
use super::classes::{Class, Relation};
use super::clauses::{Clause, Compiled, Covers, Means, Side, Slot, compile};
use super::glob::{Budget, Step, glob};
use super::operations::Operation;
use super::solve::{Answer, Mode, Model, Problem, Solver};
use super::theory::{AtomId, Atoms, GroupId, Known};
use super::worth::{RESOURCE, Want, has_open};

/// All that a comparison works on.
pub(super) struct Prover<'a> {
    pub(super) setting: &'a Setting,
    pub(super) statements: Vec<Compiled<'a>>,
    pub(super) atoms: Atoms,
    pub(super) budget: Budget,
    /// True where boundaries bear on what the statements mean.
    has_negated_deny: bool,
}

/// Of each statement whether it is about an action.
pub(super) type Coverage = Vec<Covers>;

/// How the statements mean callers of one class: number of the statement, what it does, and how it means them.
pub(super) type Meaning = Vec<(usize, Effect, Means)>;

/// The four lists of clauses.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lists {
    new_allow: Vec<Clause>,
    new_deny: Vec<Clause>,
    old_allow: Vec<Clause>,
    old_deny: Vec<Clause>,
}

/// Callers and an action of one kind.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) lists: Lists,
    pub(super) known: BTreeMap<GroupId, usize>,
    /// All ways to be allowed are limited alike.
    alike: bool,
    /// All ways but delegation are limited alike.
    limited: bool,
    /// Something else than the policy can allow it.
    elsewhere: bool,
}

impl Case {
    /// What the proof of the case rests on: equal for two that stand and fall together.
    pub(super) fn key(&self, atoms: &Atoms) -> (Lists, Vec<(GroupId, usize)>, [bool; 3]) {
        let lists = &self.lists;
        let groups: BTreeSet<GroupId> = [
            &lists.new_allow,
            &lists.new_deny,
            &lists.old_allow,
            &lists.old_deny,
        ]
        .into_iter()
        .flatten()
        .flat_map(|clause| &clause.atoms)
        .map(|atom| atoms.group_of(*atom))
        .collect();
        let known = self
            .known
            .iter()
            .filter(|(group, _)| groups.contains(group))
            .map(|(group, own)| (*group, *own))
            .collect();
        let flags = [self.alike, self.limited, self.elsewhere];
        (lists.clone(), known, flags)
    }
}

/// Something that could not be shown.
#[derive(Debug, Clone)]
pub(super) struct Gap {
    /// The Allow of the new policy in question; nothing where something else allows.
    pub(super) allow: Option<usize>,
    /// The Deny of the old policy that may be missing; nothing where the Allow is new.
    pub(super) deny: Option<usize>,
    problem: Problem,
}

impl<'a> Prover<'a> {
    pub(super) fn new(old: &'a Policy, new: &'a Policy, setting: &'a Setting, budget: Budget) -> Self {
        let mut atoms = Atoms::new();
        let statements = compile(old, new, setting.kind, &mut atoms);
        let has_negated_deny = statements.iter().any(|own| {
            own.may(Effect::Deny)
                && own
                    .statement
                    .principals
                    .as_ref()
                    .is_some_and(|(negated, _)| *negated)
        });
        Self {
            setting,
            statements,
            atoms,
            budget,
            has_negated_deny,
        }
    }

    /// Which statements are about an action.
    pub(super) fn coverage(&mut self, caller: &Caller, operation: &Operation) -> Coverage {
        let context = Context::new();
        let asked = Asked {
            caller,
            service: &operation.service,
            action: &operation.name,
            context: &derive::Known::bare(&context, caller),
        };
        let (statements, atoms) = (&self.statements, &mut self.atoms);
        self.budget.take(statements.len().saturating_mul(2));
        statements.iter().map(|own| own.covers(asked, atoms)).collect()
    }

    /// How the statements mean the callers of a class: once for each way in which boundaries and session policies bear on
    /// it.
    pub(super) fn meanings(&mut self, class: &Class) -> BTreeSet<Meaning> {
        let account = match (&self.setting.account, class.relation) {
            (Some(own), _) => Some(own.clone()),
            (None, Relation::Same) => class.caller.account().map(str::to_owned),
            (None, Relation::Other) => None,
        };
        let kind = self.setting.kind;
        let varies = self.has_negated_deny || class.caller.kind == CallerKind::FederatedUser;
        let mut found = BTreeSet::new();
        let own = partition(&class.caller, None);
        for boundary in [Some(false), None, Some(true)] {
            if !varies && boundary != Some(false) {
                continue;
            }
            let scope = |effect: Effect| Scope {
                denies: effect == Effect::Deny,
                partition: own,
                canonical_users: kind != Kind::Key && kind != Kind::Trust,
                has_boundary: boundary,
                resource_account: account.as_deref(),
            };
            let (statements, atoms, budget) = (&self.statements, &mut self.atoms, &mut self.budget);
            let mut meaning = Meaning::new();
            for (number, own) in statements.iter().enumerate() {
                let entries = own
                    .statement
                    .principals
                    .as_ref()
                    .map_or(0, |(_, list)| list.len());
                if !budget.take(entries.saturating_mul(2).saturating_add(1)) {
                    return found;
                }
                for effect in [Effect::Allow, Effect::Deny] {
                    if own.may(effect) {
                        let means = own.means(&class.caller, scope(effect), kind, effect, atoms);
                        meaning.extend(means.into_iter().map(|means| (number, effect, means)));
                    }
                }
            }
            found.insert(meaning);
        }
        found
    }

    /// The case of a class and an action; nothing where nothing is to be shown.
    pub(super) fn case(
        &mut self,
        class: &Class,
        meaning: &Meaning,
        operation: &Operation,
        coverage: &Coverage,
    ) -> Option<Case> {
        let kind = self.setting.kind;
        let caller = &class.caller;
        let other = class.relation == Relation::Other;
        let cross = operation.known.and_then(|action| action.cross_account);
        if other && caller.is_iam() && cross == Some(false) {
            return None;
        }
        // The root user assumes no role, and these services take no request without a signature.
        let never = match caller.kind {
            CallerKind::Root => kind == Kind::Trust,
            CallerKind::Anonymous => {
                ["kms", "sts", "iam", "organizations"].contains(&operation.service.as_str())
            }
            _ => false,
        };
        if never {
            return None;
        }
        let retire = kind == Kind::Key && operation.operation() == "RetireGrant";
        let identities = matches!(kind, Kind::Identity | Kind::Endpoint);
        let alike = identities || other || !caller.is_iam() || caller.kind == CallerKind::Root;
        // There, either side can allow in one account.
        let either = matches!(kind, Kind::Bucket | Kind::OtherResource) && caller.is_iam() && !other;
        let grantable = kind == Kind::Key
            && catalogue::service("kms").is_some_and(|kms| {
                operation.known.is_none() || kms.grant_operations.contains(&operation.operation())
            });
        let (fixed, known) = self.facts(class, operation);
        // Whatever the policy says: IAM lets it through.
        let free = either && caller.kind == CallerKind::Root;
        let mut lists = Lists::default();
        self.budget.take(meaning.len());
        for (number, effect, means) in meaning {
            let covers = coverage.get(*number).copied().unwrap_or(Covers::No);
            if covers == Covers::No {
                continue;
            }
            // An Allow of it in a key policy has no effect.
            if retire && *effect == Effect::Allow {
                continue;
            }
            let Some(own) = self.statements.get(*number) else {
                continue;
            };
            let side = own.side;
            let clause = own.clause(*number, *means, covers, *effect, &mut self.atoms);
            if free && *effect == Effect::Allow && side == Side::New {
                continue;
            }
            if kind == Kind::Bucket && either && *effect == Effect::Allow && clause.slot == Slot::Account {
                continue;
            }
            let Some(clause) = self.fold(clause, &fixed) else {
                continue;
            };
            let list = match (side, effect) {
                (Side::New, Effect::Allow) => &mut lists.new_allow,
                (Side::New, Effect::Deny) => &mut lists.new_deny,
                (Side::Old, Effect::Allow) => &mut lists.old_allow,
                (Side::Old, Effect::Deny) => &mut lists.old_deny,
            };
            list.push(clause);
        }
        Some(Case {
            lists,
            known,
            alike,
            // On the alias, which boundary and session policy must allow in any case.
            limited: kind == Kind::Key && is_alias_action(operation.operation()),
            elsewhere: identities || either || grantable || retire,
        })
    }

    /// What the proof rests on of a class: equal for two that stand and fall together, however the statements mean them.
    pub(super) fn signature(&mut self, class: &Class) -> (Vec<(GroupId, usize)>, [bool; 4]) {
        let mut keys = Vec::new();
        for (name, value) in &class.fixed {
            if let Some(group) = self.atoms.find_group(name) {
                keys.push((group, self.atoms.know(only(value))));
            }
        }
        for (name, known) in &class.keys {
            if let Some(group) = self.atoms.find_group(name) {
                keys.push((group, self.atoms.know(known.clone())));
            }
        }
        let flags = [
            class.caller.is_iam(),
            class.caller.kind == CallerKind::Root,
            class.relation == Relation::Other,
            class.caller.kind == CallerKind::Anonymous,
        ];
        (keys, flags)
    }

    /// What is known of the keys of a request: those with one value, and the rest.
    fn facts(&mut self, class: &Class, operation: &Operation) -> (Context, BTreeMap<GroupId, usize>) {
        let mut fixed = Context::new();
        let mut known: BTreeMap<GroupId, usize> = BTreeMap::new();
        let is_kms = operation.service == "kms";
        // Of keys that no statement speaks of, nothing need be known.
        let mut know = |atoms: &mut Atoms, name: &str, own: Known| {
            if let Some(group) = atoms.find_group(name) {
                let own = atoms.know(own);
                known.insert(group, own);
            }
        };
        let mut one = |atoms: &mut Atoms, name: &str, value: &str| {
            if atoms.find_group(name).is_some() {
                fixed.set(name, vec![value.to_owned()]);
                know(atoms, name, only(value));
            }
        };
        let atoms = &mut self.atoms;
        // Only requests to KMS carry it.
        let carried = |name: &str| is_kms || name != "kms:calleraccount";
        for (name, value) in class.fixed.iter().filter(|(name, _)| carried(name)) {
            one(atoms, name, value);
        }
        if is_kms {
            for (name, value) in metadata(self.setting.key_metadata.as_ref()) {
                if let Some(value) = value {
                    one(atoms, name, &value);
                }
            }
        }
        for (name, own) in class.keys.iter().filter(|(name, _)| carried(name)) {
            know(atoms, name, own.clone());
        }
        if is_kms {
            let (present, hidden) = (
                &Known {
                    present: true,
                    ..Known::default()
                },
                &Known {
                    hidden: true,
                    ..Known::default()
                },
            );
            for (name, value) in metadata(self.setting.key_metadata.as_ref()) {
                if value.is_none() {
                    know(atoms, name, hidden.clone());
                }
            }
            match operation.operation() {
                "Sign" | "Verify" => {
                    know(atoms, "kms:messagetype", present.clone());
                    let metadata = self.setting.key_metadata.as_ref();
                    let spec = metadata.and_then(|key| key.key_spec.as_deref());
                    // Without the key's spec the evaluator asks for it.
                    let algorithm = if spec == Some("ECC_SECG_P256K1") {
                        present
                    } else {
                        hidden
                    };
                    know(atoms, "kms:signingalgorithm", algorithm.clone());
                }
                "PutKeyPolicy" | "GetKeyPolicy" => know(atoms, "kms:policyname", present.clone()),
                _ => {}
            }
        }
        if atoms.find_group(RESOURCE).is_none() {
            return (fixed, known);
        }
        let mut resource = Known {
            hidden: true,
            ..Known::default()
        };
        if self.setting.kind == Kind::Key {
            let account = self.setting.account.as_deref().unwrap_or("????????????");
            let mut pattern = glob(&format!("arn:*:kms:*:{account}:key/*"));
            for step in pattern.iter_mut().take_while(|step| **step != Step::Char('/')) {
                if *step == Step::Any {
                    *step = Step::AnyInPart;
                }
            }
            resource.inside = vec![vec![pattern]];
        }
        know(atoms, RESOURCE, resource);
        (fixed, known)
    }

    /// The clause without what holds of itself; nothing where something does not.
    fn fold(&self, mut clause: Clause, fixed: &Context) -> Option<Clause> {
        let mut kept = Vec::new();
        for atom in clause.atoms {
            let Some(test) = self.atoms.test(atom) else {
                kept.push(atom);
                continue;
            };
            if test.name == RESOURCE
                && self.setting.kind == Kind::Key
                && let (Some(arn), Some((family, negated)), false) =
                    (&self.setting.resource, test.operator, has_open(test))
            {
                let held = test.values.iter().any(|value| matches_alone(family, value, arn));
                if held == negated {
                    return None;
                }
                continue;
            }
            if has_open(test) || !fixed.has(&test.name) {
                kept.push(atom);
                continue;
            }
            match test.known(fixed) {
                Some(true) => {}
                Some(false) => return None,
                None => kept.push(atom),
            }
        }
        clause.atoms = kept;
        Some(clause)
    }

    /// What could not be shown of a case.
    pub(super) fn gaps(&mut self, case: &Case) -> Vec<Gap> {
        let lists = &case.lists;
        let mut gaps = Vec::new();
        // Nothing is left of what is denied in any case.
        if lists.new_deny.iter().any(|deny| deny.atoms.is_empty()) {
            return gaps;
        }
        let stops = |facts: Vec<(AtomId, Want)>| Problem {
            facts,
            clauses: lists
                .new_deny
                .iter()
                .map(|deny| deny.atoms.iter().map(|atom| (*atom, Want::False)).collect())
                .collect(),
        };
        let all = |clause: &Clause, want: Want| -> Vec<(AtomId, Want)> {
            clause.atoms.iter().map(|atom| (*atom, want)).collect()
        };
        for allow in &lists.new_allow {
            let against: Vec<&Clause> = lists
                .old_allow
                .iter()
                .filter(|old| {
                    case.alike || old.slot.reaches(allow.slot) || (case.limited && old.slot != Slot::Account)
                })
                .collect();
            if against.iter().any(|old| within(&old.atoms, &allow.atoms)) {
                continue;
            }
            let mut problem = stops(all(allow, Want::True));
            let mut without: Vec<Vec<(AtomId, Want)>> =
                against.iter().map(|old| all(old, Want::Below)).collect();
            without.sort();
            without.dedup();
            problem.clauses.extend(without);
            if !self.is_impossible(&problem, &case.known) {
                gaps.push(Gap {
                    allow: Some(allow.statement),
                    deny: None,
                    problem,
                });
            }
        }
        for deny in &lists.old_deny {
            if lists.new_deny.iter().any(|new| within(&new.atoms, &deny.atoms)) {
                continue;
            }
            let facts = all(deny, Want::May);
            let sources: Vec<Option<&Clause>> = if case.elsewhere {
                vec![None]
            } else {
                lists.new_allow.iter().map(Some).collect()
            };
            for source in sources {
                let mut own = facts.clone();
                own.extend(source.into_iter().flat_map(|allow| all(allow, Want::True)));
                let problem = stops(own);
                if !self.is_impossible(&problem, &case.known) {
                    gaps.push(Gap {
                        allow: source.map(|allow| allow.statement),
                        deny: Some(deny.statement),
                        problem,
                    });
                }
            }
        }
        gaps
    }

    fn is_impossible(&mut self, problem: &Problem, known: &BTreeMap<GroupId, usize>) -> bool {
        self.solve(problem, known, Mode::Any) == Answer::Impossible
    }

    fn solve(&mut self, problem: &Problem, known: &BTreeMap<GroupId, usize>, mode: Mode) -> Answer {
        let mut solver = Solver {
            atoms: &mut self.atoms,
            known,
            budget: &mut self.budget,
        };
        solver.solve(problem, mode)
    }

    /// A request that may show the gap, and what stands in the way of one where there is none.
    pub(super) fn model(
        &mut self,
        gap: &Gap,
        known: &BTreeMap<GroupId, usize>,
    ) -> (Option<Model>, Vec<GroupId>) {
        match self.solve(&gap.problem, known, Mode::Concrete) {
            Answer::Possible(model) => (Some(model), Vec::new()),
            Answer::Unfinished => (None, Vec::new()),
            Answer::Impossible => match self.solve(&gap.problem, known, Mode::Any) {
                // What cannot be written down is not known.
                Answer::Possible(model) => (None, model.unsure),
                _ => (None, Vec::new()),
            },
        }
    }
}

/// Every request carries this one value.
fn only(value: &str) -> Known {
    Known {
        inside: vec![vec![value.chars().map(Step::Char).collect()]],
        present: true,
        ..Known::default()
    }
}

/// The keys that a key's metadata gives, in small letters, and their values where they are known.
pub(super) fn metadata(key: Option<&KeyMetadata>) -> Vec<(&'static str, Option<String>)> {
    let text = |value: Option<&String>| value.cloned();
    let spec = text(key.and_then(|key| key.key_spec.as_ref()));
    let usage = text(key.and_then(|key| key.key_usage.as_ref()));
    vec![
        ("kms:keyspec", spec.clone()),
        ("kms:customermasterkeyspec", spec),
        ("kms:keyusage", usage.clone()),
        ("kms:customermasterkeyusage", usage),
        ("kms:keyorigin", text(key.and_then(|key| key.origin.as_ref()))),
        (
            "kms:multiregion",
            key.and_then(|key| key.multi_region).map(|flag| flag.to_string()),
        ),
    ]
}

/// True where all of `few`, sorted, are in `many`, sorted.
fn within(few: &[AtomId], many: &[AtomId]) -> bool {
    few.iter().all(|atom| many.binary_search(atom).is_ok())
}

impl Slot {
    /// True where what is allowed so is allowed at least as far as what is allowed as `other`.
    fn reaches(self, other: Self) -> bool {
        self <= other
    }
}
