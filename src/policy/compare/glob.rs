//! Texts that some wildcard patterns match and others do not.
//!
//! All patterns are followed at once, character by character, so the answer is exact: a text, or that there is none.
//! Characters that no pattern names are alike, and one of them stands for all. What that costs is paid from a budget.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

/// One place of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    /// This character.
    Char(char),
    /// This small letter, or its capital.
    Fold(char),
    /// Any one character.
    One,
    /// Any run of characters.
    Any,
    /// Any one character but a colon.
    OneInPart,
    /// Any run of characters but colons.
    AnyInPart,
}

/// A pattern.
pub(super) type Glob = Vec<Step>;

/// `*` and `?` are wildcards.
pub(super) fn glob(text: &str) -> Glob {
    text.chars()
        .map(|char| match char {
            '*' => Step::Any,
            '?' => Step::One,
            char => Step::Char(char),
        })
        .collect()
}

/// How much work is left.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
}

impl Budget {
    pub(super) fn new(left: u64) -> Self {
        Self { left }
    }

    /// Takes some; false where it is used up.
    pub(super) fn take(&mut self, amount: usize) -> bool {
        self.left = self
            .left
            .saturating_sub(u64::try_from(amount).unwrap_or(u64::MAX));
        self.left > 0
    }

    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Search {
    /// This text.
    Found(String),
    /// There is none.
    None,
    /// It was not looked for to the end.
    Unfinished,
}

/// One place of one pattern; without a step its end.
#[derive(Debug, Clone, Copy)]
struct Cell {
    glob: usize,
    step: Option<Step>,
}

/// Several patterns, one after the other.
struct Table {
    cells: Vec<Cell>,
    starts: Vec<u32>,
    /// A character that no pattern names.
    fresh: char,
}

/// The places that are reached, by number.
type State = Vec<u32>;

impl Table {
    fn new<'a>(globs: impl Iterator<Item = &'a Glob>) -> Self {
        let mut cells = Vec::new();
        let mut starts = Vec::new();
        for (glob, steps) in globs.enumerate() {
            starts.push(u32::try_from(cells.len()).unwrap_or(u32::MAX));
            cells.extend(steps.iter().map(|step| Cell {
                glob,
                step: Some(*step),
            }));
            cells.push(Cell { glob, step: None });
        }
        let used: BTreeSet<char> = cells
            .iter()
            .filter_map(|cell| match cell.step {
                Some(Step::Char(char) | Step::Fold(char)) => Some(char.to_ascii_lowercase()),
                _ => None,
            })
            .collect();
        let fresh = "xzqjwvyk0123456789abcdefghilmnoprstu"
            .chars()
            .chain('\u{e000}'..='\u{f8ff}')
            .find(|char| !used.contains(char))
            .unwrap_or('\u{10fffd}');
        Self { cells, starts, fresh }
    }

    fn cell(&self, at: u32) -> Option<Cell> {
        self.cells.get(usize::try_from(at).ok()?).copied()
    }

    /// Adds what is reached without a character.
    fn close(&self, mut state: State) -> State {
        let mut at = 0;
        while let Some(place) = state.get(at).copied() {
            if let Some(Cell {
                step: Some(Step::Any | Step::AnyInPart),
                ..
            }) = self.cell(place)
            {
                state.push(place.saturating_add(1));
            }
            at = at.saturating_add(1);
        }
        state.sort_unstable();
        state.dedup();
        state
    }

    fn start(&self) -> State {
        self.close(self.starts.clone())
    }

    fn next(&self, state: &State, char: char) -> State {
        let mut next = State::new();
        for place in state {
            let Some(Cell { step: Some(step), .. }) = self.cell(*place) else {
                continue;
            };
            let after = place.saturating_add(1);
            match step {
                Step::Char(own) if own == char => next.push(after),
                Step::Fold(own) if own == char.to_ascii_lowercase() => next.push(after),
                Step::One => next.push(after),
                Step::OneInPart if char != ':' => next.push(after),
                Step::Any => next.push(*place),
                Step::AnyInPart if char != ':' => next.push(*place),
                _ => {}
            }
        }
        self.close(next)
    }

    /// The characters after which something differs.
    fn chars(&self, state: &State) -> Vec<char> {
        let mut chars = BTreeSet::new();
        for place in state {
            match self.cell(*place).and_then(|cell| cell.step) {
                Some(Step::Char(char)) => {
                    chars.insert(char);
                }
                Some(Step::Fold(char)) => {
                    chars.extend([char, char.to_ascii_uppercase()]);
                }
                Some(Step::OneInPart | Step::AnyInPart) => {
                    chars.insert(':');
                }
                _ => {}
            }
        }
        // First, so that of two texts of one length the one that is nothing in particular is found.
        let mut list = vec![self.fresh];
        list.extend(chars);
        list
    }

    /// Numbers of the patterns that match the text that led here.
    fn ends(&self, state: &State) -> impl Iterator<Item = usize> {
        state.iter().filter_map(|place| {
            let cell = self.cell(*place)?;
            cell.step.is_none().then_some(cell.glob)
        })
    }

    /// Numbers of the patterns that match whatever comes.
    fn certain(&self, state: &State) -> impl Iterator<Item = usize> {
        state.iter().filter_map(|place| {
            let cell = self.cell(*place)?;
            let last = self.cell(place.saturating_add(1))?;
            (cell.step == Some(Step::Any) && last.step.is_none()).then_some(cell.glob)
        })
    }

    fn alive(&self, state: &State) -> impl Iterator<Item = usize> {
        state
            .iter()
            .filter_map(|place| self.cell(*place).map(|cell| cell.glob))
    }
}

/// True for a text that the pattern matches.
pub(super) fn matches(glob: &Glob, text: &str) -> bool {
    let table = Table::new(std::iter::once(glob));
    let mut state = table.start();
    for char in text.chars() {
        state = table.next(&state, char);
    }
    table.ends(&state).next().is_some()
}

/// A shortest text that one pattern of each list of `inside` matches, and no pattern of `outside`.
pub(super) fn search(inside: &[Vec<Glob>], outside: &[Glob], budget: &mut Budget) -> Search {
    let table = Table::new(inside.iter().flatten().chain(outside));
    // Which list a pattern is of; those outside are of none.
    let lists: Vec<usize> = inside
        .iter()
        .enumerate()
        .flat_map(|(list, globs)| globs.iter().map(move |_| list))
        .collect();
    let covers_all = |globs: &mut dyn Iterator<Item = usize>| {
        let mut found = vec![false; inside.len()];
        for glob in globs {
            if let Some(found) = lists.get(glob).and_then(|list| found.get_mut(*list)) {
                *found = true;
            }
        }
        found.into_iter().all(|found| found)
    };
    let hopeless = |state: &State| {
        !covers_all(&mut table.alive(state)) || table.certain(state).any(|glob| glob >= lists.len())
    };
    let accepts = |state: &State| {
        covers_all(&mut table.ends(state)) && table.ends(state).all(|glob| glob < lists.len())
    };
    let mut found = None;
    let walk = Walk {
        table: &table,
        hopeless,
        allowed: |_| true,
    };
    let finished = walk.run(budget, |state, spell| {
        if accepts(state) {
            found = Some(spell());
        }
        found.is_some()
    });
    match found {
        Some(text) => Search::Found(text),
        None if finished => Search::None,
        None => Search::Unfinished,
    }
}

/// All ways in which names, which are not empty, can fall to the patterns: the numbers of those that match, each with a
/// shortest name. Nothing where it was not looked for to the end.
pub(super) fn shapes(globs: &[Glob], budget: &mut Budget) -> Option<BTreeMap<Vec<usize>, String>> {
    let table = Table::new(globs.iter());
    let mut found = BTreeMap::new();
    let walk = Walk {
        table: &table,
        hopeless: |_: &State| false,
        // Names of actions are letters and digits.
        allowed: |char: char| char.is_ascii_alphanumeric(),
    };
    let finished = walk.run(budget, |state, spell| {
        let ends: Vec<usize> = table.ends(state).collect();
        if !found.contains_key(&ends) {
            let name = spell();
            if !name.is_empty() {
                found.insert(ends, name);
            }
        }
        false
    });
    finished.then_some(found)
}

struct Walk<'a, H, A> {
    table: &'a Table,
    /// True for a state behind which nothing is wanted.
    hopeless: H,
    /// True for a character that texts may have.
    allowed: A,
}

impl<H: Fn(&State) -> bool, A: Fn(char) -> bool> Walk<'_, H, A> {
    /// Shows every state with a shortest text that leads to it, until `visit` says that it is enough. False where the
    /// budget did not last.
    fn run(
        &self,
        budget: &mut Budget,
        mut visit: impl FnMut(&State, &mut dyn FnMut() -> String) -> bool,
    ) -> bool {
        // Only asked whether a state is in it: the order does not matter.
        let mut seen: HashSet<State> = HashSet::new();
        // Where each state came from: the number of the state before, and the character.
        let mut trail: Vec<(usize, char)> = vec![(usize::MAX, '\0')];
        let mut queue: VecDeque<(State, usize)> = VecDeque::new();
        let start = self.table.start();
        if !(self.hopeless)(&start) {
            // Not yet seen: a text that is not empty may lead back to it.
            queue.push_back((start, 0));
        }
        while let Some((state, number)) = queue.pop_front() {
            if visit(&state, &mut || spell(&trail, number)) {
                return true;
            }
            for char in self.table.chars(&state) {
                if !(self.allowed)(char) {
                    continue;
                }
                if !budget.take(state.len().saturating_add(4)) {
                    return false;
                }
                let next = self.table.next(&state, char);
                if (self.hopeless)(&next) || !seen.insert(next.clone()) {
                    continue;
                }
                queue.push_back((next, trail.len()));
                trail.push((number, char));
            }
        }
        true
    }
}

fn spell(trail: &[(usize, char)], mut at: usize) -> String {
    let mut text = Vec::new();
    while let Some((before, char)) = trail.get(at).filter(|(before, _)| *before != usize::MAX) {
        text.push(*char);
        at = *before;
    }
    text.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(inside: &[&[&str]], outside: &[&str]) -> Search {
        let list = |texts: &[&str]| texts.iter().map(|text| glob(text)).collect::<Vec<Glob>>();
        let inside: Vec<Vec<Glob>> = inside.iter().map(|texts| list(texts)).collect();
        search(&inside, &list(outside), &mut Budget::new(1_000_000))
    }

    #[test]
    fn a_text_is_found_exactly_where_there_is_one() {
        let found = |text: &str| Search::Found(text.to_owned());
        for (inside, outside, expected) in [
            (&[&["a*"][..]][..], &["ab*"][..], found("a")),
            (&[&["a*"]], &["a", "a?*"], Search::None),
            (&[&["a*b"], &["*cb", "d*"]], &[], found("acb")),
            (&[&["a*"], &["b*"]], &[], Search::None),
            (&[&["*?"]], &["?*"], Search::None),
            (&[&["abc", "abd"]], &["ab?"], Search::None),
            (&[], &["*"], Search::None),
            (&[], &["a*"], found("")),
            (&[&["*"]], &["", "x", "z"], found("q")),
        ] {
            assert_eq!(find(inside, outside), expected, "{inside:?} {outside:?}");
        }
    }

    #[test]
    fn parts_of_an_arn_end_at_their_colon() {
        let arn = |part: Step| vec![Step::Char('a'), Step::Char(':'), part, Step::Char(':'), Step::Any];
        let text = glob("a:*:b:*");
        let mut budget = Budget::new(100_000);
        assert_eq!(
            search(
                &[vec![arn(Step::AnyInPart)], vec![text.clone()]],
                &[],
                &mut budget
            ),
            Search::Found("a::b:".to_owned())
        );
        assert!(matches(&text, "a:b:b:c") && !matches(&text, "a:b"));
        let folded = vec![Step::Fold('a'), Step::One];
        assert!(matches(&folded, "Ab") && matches(&folded, "ab") && !matches(&folded, "b"));
        assert_eq!(
            search(&[vec![folded]], &[glob("a?"), glob("A?")], &mut budget),
            Search::None
        );
    }

    #[test]
    fn every_shape_of_a_name_has_an_example() {
        let globs: Vec<Glob> = ["*", "get*", "get?", "sign"].into_iter().map(glob).collect();
        let found = shapes(&globs, &mut Budget::new(100_000)).unwrap();
        let names: Vec<(&[usize], &str)> = found
            .iter()
            .map(|(ends, name)| (ends.as_slice(), name.as_str()))
            .collect();
        assert_eq!(
            names,
            [
                (&[0][..], "x"),
                (&[0, 1], "get"),
                (&[0, 1, 2], "getx"),
                (&[0, 3], "sign")
            ]
        );
    }

    #[test]
    fn hostile_patterns_use_up_the_budget_and_no_more() {
        let globs: Vec<Glob> = (0..40)
            .map(|at| glob(&format!("*{}*b*{}*d", "a".repeat(at), "c".repeat(at))))
            .collect();
        let mut budget = Budget::new(200_000);
        assert_eq!(shapes(&globs, &mut budget), None);
        assert!(budget.is_spent());
    }
}
