//! What is not known may be one thing or another. A world is one answer to every question that came up; what holds in
//! all of them is sure, and what differs between them depends.

use std::collections::BTreeSet;

use crate::decision::Outcome;

/// More worlds than any case of these tests has.
const MANY: usize = 2_000_000;

pub(crate) struct World {
    /// Question, answer, number of answers there are.
    answers: Vec<(String, usize, usize)>,
    given: Vec<usize>,
    /// One question has one answer wherever it is asked. Where it is not tied, each asking is a question of its own.
    tied: bool,
}

impl World {
    /// A world of its own, to try something.
    pub(crate) fn apart() -> Self {
        Self {
            answers: Vec::new(),
            given: Vec::new(),
            tied: true,
        }
    }

    pub(crate) fn was_asked(&self) -> bool {
        !self.answers.is_empty()
    }

    /// The answer to a question, from 0.
    pub(crate) fn choose(&mut self, question: &str, of: usize) -> usize {
        assert!(of > 0, "a question has an answer");
        if self.tied
            && let Some((_, answer, _)) = self.answers.iter().find(|(known, _, _)| known == question)
        {
            return *answer;
        }
        let answer = self.given.get(self.answers.len()).copied().unwrap_or(0);
        self.answers.push((question.to_owned(), answer, of));
        answer
    }

    /// A question with two answers.
    pub(crate) fn maybe(&mut self, question: &str) -> bool {
        self.choose(question, 2) == 1
    }

    /// The answers that lead to the next world: the last one that can grow grows.
    fn next(mut self) -> Option<Vec<usize>> {
        while let Some((_, answer, of)) = self.answers.pop() {
            if answer + 1 < of {
                let mut next: Vec<usize> = self.answers.iter().map(|(_, answer, _)| *answer).collect();
                next.push(answer + 1);
                return Some(next);
            }
        }
        None
    }
}

/// All outcomes that there are in any world; a search that has found both an Allow and a denial ends.
pub(crate) fn outcomes(tied: bool, mut of: impl FnMut(&mut World) -> Outcome) -> BTreeSet<Outcome> {
    let mut all = BTreeSet::new();
    let mut given = Vec::new();
    for _ in 0..MANY {
        let mut world = World {
            answers: Vec::new(),
            given,
            tied,
        };
        all.insert(of(&mut world));
        if all.contains(&Outcome::Allowed) && all.len() > 1 {
            return all;
        }
        match world.next() {
            Some(next) => given = next,
            None => return all,
        }
    }
    panic!("more worlds than can be looked at");
}
