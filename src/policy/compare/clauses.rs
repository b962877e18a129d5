//! Statements as clauses: for callers and an action of one kind, what must hold for the statement to have its effect.

use super::super::evaluate::caller::{Entry, How, Scope, excepted, named};
use super::super::evaluate::condition::{Family, Set, Test, Value};
use super::super::evaluate::outcome::{PremiseCode, Truth};
use super::super::evaluate::pattern::Pattern;
use super::super::evaluate::statement::{Asked, Statement};
use super::super::evaluate::{Caller, CallerKind, Policy};
use super::super::principal::OWN_ACCOUNT;
use super::super::{Effect, Kind, Principal};
use super::theory::{Atom, AtomId, Atoms};
use super::worth::RESOURCE;
use crate::arn::is_unknown;

/// Which of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Side {
    Old,
    New,
}

/// A way in which a statement means a caller: how, and what is not known of it.
pub(super) type Means = (How, Option<AtomId>);

/// Whether a statement is about an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Covers {
    No,
    Yes,
    /// By something that is not known.
    If(AtomId),
}

/// A statement, its conditions as atoms.
#[derive(Debug)]
pub(super) struct Compiled<'a> {
    pub(super) side: Side,
    pub(super) statement: &'a Statement,
    /// Its conditions and its resource; nothing for one that has no effect.
    atoms: Option<Vec<AtomId>>,
    /// What the first that says the same is called.
    like: String,
    pub(super) by_arn: bool,
}

impl Side {
    fn word(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// What a statement is called: its `Sid`, or its number from 1.
fn title(side: Side, statement: &Statement) -> String {
    match &statement.sid {
        Some(sid) => format!("statement \"{sid}\" of the {} policy", side.word()),
        None => format!(
            "statement {} of the {} policy",
            statement.index.saturating_add(1),
            side.word()
        ),
    }
}

/// What must hold for a statement to have its effect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clause {
    /// Number of the statement among those of both documents.
    pub(super) statement: usize,
    pub(super) slot: Slot,
    /// Sorted.
    pub(super) atoms: Vec<AtomId>,
}

/// What an Allow reaches, the strongest first: whatever limits a stronger one limits a weaker one, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    /// No boundary and no session policy limits it.
    Exact,
    /// Whether they limit it is not documented.
    Everyone,
    /// They limit it.
    Role,
    /// IAM must allow it, too.
    Account,
}

/// All statements of both documents.
pub(super) fn compile<'a>(
    old: &'a Policy,
    new: &'a Policy,
    kind: Kind,
    atoms: &mut Atoms,
) -> Vec<Compiled<'a>> {
    let mut list: Vec<Compiled<'a>> = Vec::new();
    for (side, policy) in [(Side::Old, old), (Side::New, new)] {
        for statement in policy.statements.iter() {
            let like = list.iter().find(|own| own.statement.is_like(statement));
            let like = like.map_or_else(|| title(side, statement), |own| own.like.clone());
            let own = resource(statement, kind, atoms).map(|mut own| {
                for test in &statement.tests {
                    own.push(atoms.add(Atom::Test(test.clone())));
                    // As the evaluator has it: such a value may make the whole statement invalid.
                    if (0..test.values.len()).any(|at| test.cannot_compare(at)) {
                        own.push(atoms.unknown(format!(
                            "whether a condition on {} with a value that cannot be used makes the statement invalid, \
                             which is not documented",
                            test.key
                        )));
                    }
                }
                own
            });
            list.push(Compiled {
                side,
                statement,
                atoms: own,
                like,
                by_arn: statement.tests.iter().any(|test| test.is_on("aws:principalarn")),
            });
        }
    }
    list
}

/// What the resource element asks; nothing where the statement has no effect.
fn resource(statement: &Statement, kind: Kind, atoms: &mut Atoms) -> Option<Vec<AtomId>> {
    if statement.opaque {
        return Some(Vec::new());
    }
    let Some((negated, patterns)) = &statement.resources else {
        return (kind == Kind::Trust).then(Vec::new);
    };
    if patterns.is_empty() {
        return None;
    }
    if patterns.iter().any(Pattern::is_everything) {
        return (!negated).then(Vec::new);
    }
    let mut own = vec![atoms.add(Atom::Test(Test {
        operator: Some((
            Family::Text {
                wild: true,
                fold: false,
            },
            *negated,
        )),
        set: Set::None,
        if_exists: false,
        key: RESOURCE.to_owned(),
        name: RESOURCE.to_owned(),
        multivalued: false,
        values: patterns.iter().cloned().map(Value::Pattern).collect(),
    }))];
    if kind == Kind::Key {
        own.push(atoms.unknown(
            "whether a Resource other than \"*\" has an effect in a key policy, which is not documented",
        ));
    }
    Some(own)
}

impl Compiled<'_> {
    /// What it is called.
    pub(super) fn title(&self) -> String {
        title(self.side, self.statement)
    }

    /// True for a statement that can have this effect.
    pub(super) fn may(&self, effect: Effect) -> bool {
        self.atoms.is_some() && self.statement.effect.is_none_or(|of| of == effect)
    }

    /// The ways in which the statement means a caller.
    pub(super) fn means(
        &self,
        caller: &Caller,
        scope: Scope<'_>,
        kind: Kind,
        effect: Effect,
        atoms: &mut Atoms,
    ) -> Vec<Means> {
        let refused = |atoms: &mut Atoms| {
            let text = format!("what {} means, which AWS refuses", self.like);
            vec![(How::Exact, Some(atoms.unknown(text)))]
        };
        if self.statement.opaque {
            return refused(atoms);
        }
        let Some((negated, entries)) = &self.statement.principals else {
            return if kind == Kind::Identity {
                vec![(How::Exact, None)]
            } else {
                refused(atoms)
            };
        };
        if kind == Kind::Identity {
            return refused(atoms);
        }
        let found = if *negated {
            excepted(entries, caller, scope)
        } else {
            named(entries, caller, scope)
        };
        let open: Vec<&Entry> = entries.iter().filter(|entry| is_open(entry, caller)).collect();
        let mut list: Vec<Means> = found
            .into_iter()
            .map(|(how, premise)| {
                let unknown = premise.map(|premise| {
                    let of_list = matches!(
                        premise.code,
                        PremiseCode::NotPrincipal | PremiseCode::PermissionBoundaries
                    );
                    if of_list {
                        let text = format!("whether {} means the caller: {}", word(effect), premise.message);
                        atoms.add(Atom::Except(text, entries.clone()))
                    } else {
                        atoms.unknown(premise.message)
                    }
                });
                (how, unknown)
            })
            .collect();
        if *negated && !open.is_empty() {
            let text = format!("whom NotPrincipal in {} lists", self.like);
            let unknown = atoms.unknown(text);
            list = list.into_iter().map(|(how, _)| (how, Some(unknown))).collect();
        } else if !negated {
            for entry in open {
                let how = match entry.principal {
                    Principal::Role(_) => How::Role,
                    _ => How::Exact,
                };
                let text = format!("whether {} is the caller", entry.principal.as_str());
                list.push((how, Some(atoms.unknown(text))));
            }
        }
        list.dedup();
        list
    }

    /// Whether the statement is about the action.
    pub(super) fn covers(&self, asked: Asked<'_>, atoms: &mut Atoms) -> Covers {
        if self.statement.opaque {
            return Covers::Yes;
        }
        let outcome = self.statement.covers(asked);
        match outcome.truth {
            Truth::False => Covers::No,
            Truth::True => Covers::Yes,
            Truth::Unknown => {
                let negated = self
                    .statement
                    .actions
                    .as_ref()
                    .is_some_and(|(negated, _)| *negated);
                let mut words: Vec<String> = outcome
                    .premises
                    .into_iter()
                    .map(|premise| premise.message)
                    .collect();
                words.sort();
                words.dedup();
                let not = if negated { " (in NotAction)" } else { "" };
                Covers::If(atoms.unknown(format!("{}{not}", words.join("; "))))
            }
        }
    }

    /// The clause for a way in which the caller is meant.
    pub(super) fn clause(
        &self,
        number: usize,
        means: Means,
        covers: Covers,
        effect: Effect,
        atoms: &mut Atoms,
    ) -> Clause {
        let (how, unknown) = means;
        let mut own: Vec<AtomId> = self.atoms.clone().unwrap_or_default();
        own.extend(unknown);
        if let Covers::If(unknown) = covers {
            own.push(unknown);
        }
        if self.statement.doubt.is_some() {
            let text = format!("what {} means, which AWS refuses ({effect:?})", self.like);
            own.push(atoms.unknown(text));
        }
        own.sort_unstable();
        own.dedup();
        let slot = match how {
            How::Exact => Slot::Exact,
            // As the evaluator has it: named by a condition on its ARN, a session is let in as such.
            How::Everyone if self.by_arn => Slot::Exact,
            How::Everyone => Slot::Everyone,
            How::Role => Slot::Role,
            How::Account => Slot::Account,
        };
        Clause {
            statement: number,
            slot,
            atoms: own,
        }
    }
}

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "an Allow with NotPrincipal",
        Effect::Deny => "a Deny with NotPrincipal",
    }
}

/// True for a principal that only deployment completes, and that may be this caller.
fn is_open(entry: &Entry, caller: &Caller) -> bool {
    let text = entry.principal.as_str();
    if text == OWN_ACCOUNT || !is_unknown(text) {
        return false;
    }
    match entry.principal {
        Principal::User(_) | Principal::Role(_) | Principal::Session(_) => caller.is_iam(),
        Principal::Service(_) => caller.kind == CallerKind::Service,
        Principal::Federated(_) => caller.kind == CallerKind::Provider,
        _ => false,
    }
}
