//! Whether facts and alternatives can all be so at once: unit propagation, and a bounded search.

use std::collections::BTreeMap;

use super::glob::Budget;
use super::theory::{Atoms, GroupId, Literal, State};

/// The most choices that one search makes.
const MOST_CHOICES: usize = 300;

/// What must be so: all facts, and of each clause one.
#[derive(Debug, Clone, Default)]
pub(super) struct Problem {
    pub(super) facts: Vec<Literal>,
    pub(super) clauses: Vec<Vec<Literal>>,
}

/// Which requests are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Also those of which something is not known.
    Any,
    /// Those that can be written down.
    Concrete,
}

/// What a search came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// There is no such request.
    Impossible,
    /// There is, with this of each key that matters; or it could not be shown that there is none.
    Possible(Model),
    /// It was not searched to the end.
    Unfinished,
}

/// What is asked of the keys, and what they may carry.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Model {
    pub(super) literals: BTreeMap<GroupId, Vec<Literal>>,
    pub(super) states: BTreeMap<GroupId, State>,
    /// Of these keys it could not be said.
    pub(super) unsure: Vec<GroupId>,
}

/// A solver for callers and actions of one kind: what is known of a key beforehand, by its number.
pub(super) struct Solver<'a> {
    pub(super) atoms: &'a mut Atoms,
    pub(super) known: &'a BTreeMap<GroupId, usize>,
    pub(super) budget: &'a mut Budget,
}

type Assigned = BTreeMap<GroupId, Vec<Literal>>;

impl Solver<'_> {
    pub(super) fn solve(&mut self, problem: &Problem, mode: Mode) -> Answer {
        let mut assigned = Assigned::new();
        for literal in &problem.facts {
            match self.with(&assigned, *literal, mode) {
                Some((group, list)) => assigned.insert(group, list),
                None => return Answer::Impossible,
            };
        }
        let mut choices = MOST_CHOICES;
        self.search(assigned, problem.clauses.clone(), mode, &mut choices)
    }

    fn possible(&mut self, group: GroupId, literals: &[Literal], mode: Mode) -> bool {
        let known = self.known.get(&group).copied().unwrap_or(0);
        self.budget.take(literals.len());
        let check = self.atoms.check(group, known, literals, self.budget);
        match mode {
            Mode::Any => check.possible,
            Mode::Concrete => check.state.is_some() || check.unsure,
        }
    }

    /// The literals of a group with one more; nothing where that cannot be.
    fn with(&mut self, assigned: &Assigned, literal: Literal, mode: Mode) -> Option<(GroupId, Vec<Literal>)> {
        let group = self.atoms.group_of(literal.0);
        let mut list = assigned.get(&group).cloned().unwrap_or_default();
        if let Err(at) = list.binary_search(&literal) {
            list.insert(at, literal);
        }
        self.possible(group, &list, mode).then_some((group, list))
    }

    fn search(
        &mut self,
        mut assigned: Assigned,
        mut clauses: Vec<Vec<Literal>>,
        mode: Mode,
        choices: &mut usize,
    ) -> Answer {
        // What cannot be is left out; what alone is left must be.
        loop {
            let mut left = Vec::new();
            let mut changed = false;
            for clause in clauses {
                let is_so = clause.iter().any(|(atom, want)| {
                    let group = self.atoms.group_of(*atom);
                    assigned
                        .get(&group)
                        .is_some_and(|list| list.iter().any(|(of, own)| of == atom && own.implies(*want)))
                });
                if is_so {
                    continue;
                }
                if !self.budget.take(clause.len().saturating_add(1)) {
                    return Answer::Unfinished;
                }
                let before = clause.len();
                let rest: Vec<Literal> = clause
                    .into_iter()
                    .filter(|literal| self.with(&assigned, *literal, mode).is_some())
                    .collect();
                match rest.as_slice() {
                    [] => return Answer::Impossible,
                    [only] => {
                        if let Some((group, list)) = self.with(&assigned, *only, mode) {
                            assigned.insert(group, list);
                        }
                        changed = true;
                    }
                    _ => {
                        changed |= rest.len() != before;
                        left.push(rest);
                    }
                }
            }
            clauses = left;
            if !changed {
                break;
            }
        }
        clauses.sort_by_key(Vec::len);
        let Some(first) = clauses.first().cloned() else {
            return Answer::Possible(self.model(assigned));
        };
        let rest: Vec<Vec<Literal>> = clauses.into_iter().skip(1).collect();
        let mut unfinished = false;
        for literal in first {
            let Some(fewer) = choices.checked_sub(1) else {
                return Answer::Unfinished;
            };
            *choices = fewer;
            let Some((group, list)) = self.with(&assigned, literal, mode) else {
                continue;
            };
            let mut next = assigned.clone();
            next.insert(group, list);
            match self.search(next, rest.clone(), mode, choices) {
                Answer::Impossible => {}
                Answer::Unfinished => unfinished = true,
                found @ Answer::Possible(_) => return found,
            }
        }
        if unfinished {
            Answer::Unfinished
        } else {
            Answer::Impossible
        }
    }

    fn model(&mut self, assigned: Assigned) -> Model {
        let mut model = Model::default();
        for (group, list) in &assigned {
            let known = self.known.get(group).copied().unwrap_or(0);
            let check = self.atoms.check(*group, known, list, self.budget);
            if let Some(state) = check.state {
                model.states.insert(*group, state);
            } else {
                model.unsure.push(*group);
            }
        }
        model.literals = assigned;
        model
    }
}
