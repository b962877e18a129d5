//! What conditions say of one key of the request, and whether all that is asked of it can be so at once.
//!
//! A request carries a key with one value, with several, or not at all; or what it carries is not known, as the evaluator
//! has it. Which of these there can be is decided key by key. Sources: IAM User Guide, "IAM JSON policy elements: Condition
//! operators", "Set operators for multivalued context keys".

use std::collections::BTreeMap;

use super::super::catalogue;
use super::super::evaluate::caller::Entry;
use super::super::evaluate::condition::{Family, Set, Test, Value};
use super::domain::{self, Exists, Matchers};
use super::glob::{Budget, Glob};
use super::worth::{
    RESOURCE, Want, Worth, asked, empty, has_empty_values, has_open, is_spoilt, is_usable, missing, null,
    unknown,
};

/// A number of an atom.
pub(super) type AtomId = usize;

/// A number of a group of atoms: those on one key.
pub(super) type GroupId = usize;

/// Something that holds of a request or does not.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Atom {
    /// A test of a condition, or of the resource.
    Test(Test),
    /// Something that is not known of AWS or of the document: any of the three values, but the same wherever it stands.
    Unknown(String),
    /// Whether a `NotPrincipal` element that lists the caller in part, or perhaps, means it. Whatever the answer, a
    /// longer list means fewer.
    Except(String, Vec<Entry>),
}

impl Known {
    fn admits(&self, text: &str) -> bool {
        let held = |globs: &[Glob]| Matchers::Globs(globs).hold(text);
        self.inside.iter().all(|globs| held(globs)) && !held(&self.outside)
    }
}

/// An atom, and what is asked of it.
pub(super) type Literal = (AtomId, Want);

/// What a request carries under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Missing,
    Values(Vec<String>),
}

/// What is known beforehand of one key, for callers and actions of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// One of each list matches.
    pub(super) inside: Vec<Vec<Glob>>,
    /// None of these matches.
    pub(super) outside: Vec<Glob>,
    /// Every request carries it.
    pub(super) present: bool,
    /// Where a session's role has a path, the value shown is not the whole.
    pub(super) pathless: bool,
    /// Every request carries it, but with what may not be known.
    pub(super) hidden: bool,
}

/// Whether all that is asked of a key can be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Check {
    /// It can, or it could not be said that it cannot.
    pub(super) possible: bool,
    /// How it can be so.
    pub(super) state: Option<State>,
    /// It could not be said to the end.
    pub(super) unsure: bool,
}

/// All atoms of two policies, and what was found out about them.
#[derive(Debug, Default)]
pub(super) struct Atoms {
    list: Vec<(Atom, GroupId)>,
    groups: Vec<String>,
    known: Vec<Known>,
    checked: BTreeMap<(GroupId, usize, Vec<Literal>), Check>,
}

impl Atoms {
    pub(super) fn new() -> Self {
        Self {
            // What nothing is known of is the first.
            known: vec![Known::default()],
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, atom: Atom) -> AtomId {
        if let Some(at) = self.list.iter().position(|(known, _)| *known == atom) {
            return at;
        }
        let name = match &atom {
            Atom::Test(test) => test.name.clone(),
            Atom::Unknown(text) | Atom::Except(text, _) => format!("?{text}"),
        };
        let group = self.group(&name);
        self.list.push((atom, group));
        self.list.len().saturating_sub(1)
    }

    pub(super) fn unknown(&mut self, text: impl Into<String>) -> AtomId {
        self.add(Atom::Unknown(text.into()))
    }

    /// The group of the atoms on a key, given in small letters.
    pub(super) fn group(&mut self, name: &str) -> GroupId {
        if let Some(at) = self.groups.iter().position(|known| known == name) {
            return at;
        }
        self.groups.push(name.to_owned());
        self.groups.len().saturating_sub(1)
    }

    /// The group of the atoms on a key, where there are any.
    pub(super) fn find_group(&self, name: &str) -> Option<GroupId> {
        self.groups.iter().position(|known| known == name)
    }

    pub(super) fn group_name(&self, group: GroupId) -> &str {
        self.groups.get(group).map_or("", String::as_str)
    }

    pub(super) fn group_of(&self, atom: AtomId) -> GroupId {
        self.list.get(atom).map_or(0, |(_, group)| *group)
    }

    pub(super) fn get(&self, atom: AtomId) -> Option<&Atom> {
        self.list.get(atom).map(|(atom, _)| atom)
    }

    pub(super) fn test(&self, atom: AtomId) -> Option<&Test> {
        match self.get(atom)? {
            Atom::Test(test) => Some(test),
            Atom::Unknown(_) | Atom::Except(..) => None,
        }
    }

    /// A number for what is known beforehand of a key.
    pub(super) fn know(&mut self, known: Known) -> usize {
        if let Some(at) = self.known.iter().position(|own| *own == known) {
            return at;
        }
        self.known.push(known);
        self.known.len().saturating_sub(1)
    }

    /// Whether all that is asked of the atoms of one group can be so at once. `literals` sorted, without repetition.
    pub(super) fn check(
        &mut self,
        group: GroupId,
        known: usize,
        literals: &[Literal],
        budget: &mut Budget,
    ) -> Check {
        let place = (group, known, literals.to_vec());
        if let Some(found) = self.checked.get(&place) {
            return found.clone();
        }
        let own = self.known.get(known).cloned().unwrap_or_default();
        let check = if self.contradict(literals, budget) {
            Check::default()
        } else if self.group_name(group).starts_with('?') {
            // The evaluator takes it for not known.
            let half = literals.iter().all(|(_, want)| want.takes_unknown());
            Check {
                possible: true,
                state: half.then_some(State::Missing),
                unsure: false,
            }
        } else {
            self.states(group, &own, literals, budget)
        };
        if !budget.is_spent() {
            self.checked.insert(place, check.clone());
        }
        check
    }

    /// True where two of the literals exclude each other, whatever the request.
    fn contradict(&self, literals: &[Literal], budget: &mut Budget) -> bool {
        let size = |atom: AtomId| {
            self.test(atom)
                .map_or(1, |test| test.values.len().saturating_add(1))
        };
        literals.iter().any(|(one, high)| {
            literals.iter().any(|(other, low)| {
                if !budget.take(size(*one).saturating_mul(size(*other))) {
                    return false;
                }
                match (high, low) {
                    (Want::True | Want::May, Want::False) => self.at_most(*one, *other, false),
                    (Want::True, Want::Below) => self.at_most(*one, *other, true),
                    _ => false,
                }
            })
        })
    }

    /// True where `other` may hold in every request in which `one` may: the same test, with fewer values or, negated, with
    /// more. `surely`: where `other` holds in every request in which `one` does.
    fn at_most(&self, one: AtomId, other: AtomId, surely: bool) -> bool {
        if one == other {
            return true;
        }
        if let (Some(Atom::Except(text, long)), Some(Atom::Except(same, short))) =
            (self.get(one), self.get(other))
        {
            return text == same && short.iter().all(|entry| long.contains(entry));
        }
        let (Some(one), Some(other)) = (self.test(one), self.test(other)) else {
            return false;
        };
        let same = one.operator == other.operator
            && one.set == other.set
            && one.if_exists == other.if_exists
            && one.name == other.name
            && one.multivalued == other.multivalued;
        let all_in = |one: &Test, other: &Test| one.values.iter().all(|value| other.values.contains(value));
        match one.operator {
            // A value that only deployment gives makes it unknown, also where another value would do.
            Some((Family::Null, _)) => false,
            Some((_, true)) if same => all_in(other, one),
            // One more value that cannot be used makes it unknown.
            Some((family, false)) if same => {
                let sure = |value: &Value| one.values.contains(value) || is_usable(family, value);
                all_in(one, other) && (!surely || other.values.iter().all(sure))
            }
            _ => false,
        }
    }

    fn states(&self, group: GroupId, known: &Known, literals: &[Literal], budget: &mut Budget) -> Check {
        let key = self.group_name(group);
        let tests: Vec<(&Test, Want)> = literals
            .iter()
            .filter_map(|(atom, want)| Some((self.test(*atom)?, *want)))
            .collect();
        let mut check = Check::default();
        if !known.present && !known.hidden && tests.iter().all(|(test, want)| missing(test).fits(*want)) {
            check.possible = true;
            check.state = Some(State::Missing);
            return check;
        }
        let many = key != RESOURCE && catalogue::condition_key(key).is_none_or(|known| known.multivalued);
        for several in [false, true] {
            if several && !many {
                continue;
            }
            match values(key, known, &tests, several, budget) {
                (Exists::No, _) => {}
                (Exists::Unsure, _) => {
                    check.possible = true;
                    check.unsure = true;
                }
                (Exists::Yes(_), list) => {
                    check.possible = true;
                    check.state = Some(State::Values(list));
                    return check;
                }
            }
        }
        check.possible |= !known.present
            && tests
                .iter()
                .all(|(test, want)| unknown(test, known.hidden).fits(*want));
        if !check.possible && has_empty_values(key) && tests.iter().any(|(test, _)| test.set != Set::None) {
            check.possible = known.admits("") && tests.iter().all(|(test, want)| empty(test).fits(*want));
            check.state = check.possible.then(|| State::Values(vec![String::new()]));
        }
        check
    }
}

/// Looks for a value, or for several, with which every test is as wanted.
fn values(
    key: &str,
    known: &Known,
    tests: &[(&Test, Want)],
    several: bool,
    budget: &mut Budget,
) -> (Exists, Vec<String>) {
    // What each value must match or must not, and what one of them must.
    let mut inside: Vec<Matchers<'_>> = known.inside.iter().map(|list| Matchers::Globs(list)).collect();
    let mut outside: Vec<Matchers<'_>> = vec![Matchers::Globs(&known.outside)];
    let mut some: Vec<(bool, Matchers<'_>)> = Vec::new();
    for (test, want) in tests {
        let (want_true, no) = (want.wants(), (Exists::No, Vec::new()));
        let fixed = match test.operator {
            None => Some(Worth::Is(false)),
            Some((Family::Null, _)) => Some(null(test, false)),
            Some((_, true)) if is_spoilt(test) => Some(Worth::Is(false)),
            Some(_) if test.set == Set::None && (several || test.multivalued) => Some(Worth::Is(false)),
            Some(_) => None,
        };
        if let Some(worth) = fixed {
            if worth.fits(*want) {
                continue;
            }
            return no;
        }
        let Some((family, negated)) = test.operator else {
            continue;
        };
        if has_open(test) {
            continue;
        }
        let (is_in, matchers) = asked(test, family, negated, *want);
        // The role may have a path that the value does not show: then the whole ARN matches, whatever the value.
        if known.pathless && matches!((want, negated), (Want::May, false) | (Want::Below, true)) {
            let mut whole = inside.get(..known.inside.len()).unwrap_or_default().to_vec();
            whole.push(Matchers::Values(family, &test.values));
            if domain::exists(key, &whole, &[Matchers::Globs(&known.outside)], budget) == Exists::No {
                return no;
            }
            continue;
        }
        // With one value, all and any are the same.
        let all = !several || (test.set == Set::All) == want_true;
        match (all, is_in) {
            (true, true) => inside.push(matchers),
            (true, false) => outside.push(matchers),
            (false, is_in) => some.push((is_in, matchers)),
        }
    }
    let mut found = Vec::new();
    let mut unsure = false;
    let mut look = |extra: Option<(bool, Matchers<'_>)>| {
        let (mut inside, mut outside) = (inside.clone(), outside.clone());
        match extra {
            Some((true, matchers)) => inside.push(matchers),
            Some((false, matchers)) => outside.push(matchers),
            None => {}
        }
        match domain::exists(key, &inside, &outside, budget) {
            Exists::Yes(value) => {
                if !found.contains(&value) {
                    found.push(value);
                }
                true
            }
            Exists::Unsure => {
                unsure = true;
                true
            }
            Exists::No => false,
        }
    };
    if !look(None) || !some.iter().all(|extra| look(Some(*extra))) {
        return (Exists::No, Vec::new());
    }
    if unsure {
        return (Exists::Unsure, Vec::new());
    }
    if several
        && found.len() < 2
        && let Some(first) = found.first().cloned()
    {
        // A list may have the same twice.
        found.push(first);
    }
    (Exists::Yes(String::new()), found)
}
