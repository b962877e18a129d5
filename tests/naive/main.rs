//! A second evaluator, by another hand: naive, slow, and without a line of the engine's. It is written from AWS's text,
//! decides in every possible world, and is compared with the engine on cases decided by hand and on random ones.

#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod actions;
mod case;
mod conditions;
mod context;
mod decision;
mod duplicates;
mod engine;
mod generate;
mod grants;
mod metamorphic;
mod patterns;
mod principals;
mod resources;
mod shrink;
mod unknown;
mod words;
mod worlds;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use case::{Case, Given};
use serde_json::Value;

#[test]
fn agrees_with_every_case_decided_by_hand() {
    let text = include_str!("../../testdata/policy/cases.jsonl");
    let mut cited = 0;
    let mut wrong = Vec::new();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        cited += usize::from(case["cite"].as_str().is_some_and(|cite| !cite.is_empty()));
        let decided = decision::decide(&Case::read(&case));
        if case["expected"] != decided {
            wrong.push(format!("{}: {decided}, not {}", case["id"], case["expected"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cited >= 150, "{cited} cases cite their source");
}

/// How the two compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Comparison {
    Same(&'static str),
    /// The engine says that it depends, and so does the naive evaluator where nothing ties two conditions on one unknown
    /// thing together. By taking all worlds in turn it knows better.
    Cautious,
    Different {
        naive: &'static str,
        engine: &'static str,
    },
}

fn compared(case: &Case, engine: &'static str) -> Comparison {
    let naive = decision::decide(case);
    if naive == engine {
        Comparison::Same(naive)
    } else if engine == "Depends" && decision::decide_loosely(case) == "Depends" {
        Comparison::Cautious
    } else {
        Comparison::Different { naive, engine }
    }
}

/// A case on which the two differ, made small.
fn shown(seed: u64, case: &Value) -> String {
    let compare = |case: &Value| Some(compared(&Case::read(case), engine::simulate(case)?));
    let before = compare(case);
    let small = shrink::shrink(case, |case| compare(case) == before);
    format!("{before:?} from {seed}: {small}")
}

#[derive(Default)]
struct Tally {
    table: BTreeMap<Comparison, u64>,
    different: Vec<(u64, Value)>,
}

impl Tally {
    /// All requests of one set of policies.
    fn add(&mut self, seed: u64) {
        let (case, requests) = generate::case(&mut generate::Random::new(seed));
        let prepared = engine::Engine::read(&case);
        let given = Rc::new(Given::read(&case));
        let whole = |request: &Value| {
            let mut case = case.clone();
            case["request"] = request.clone();
            case
        };
        for (at, request) in requests.iter().enumerate() {
            let decided = prepared.decide(request);
            if at == 0 {
                assert_eq!(
                    engine::simulate(&whole(request)),
                    Some(decided),
                    "the command reads what is meant"
                );
            }
            let read = Case::of(&given, request, case["context_complete"] != false);
            let comparison = compared(&read, decided);
            *self.table.entry(comparison).or_default() += 1;
            if let Comparison::Different { .. } = comparison {
                self.different.push((seed, whole(request)));
            }
        }
    }
}

/// `NAIVE_CASES` is another number of requests, `NAIVE_FIRST` another first set of policies.
#[test]
fn agrees_on_100_000_random_requests() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |count| count.parse().expect("a number"))
    };
    let (first, count) = (number("NAIVE_FIRST", 0), number("NAIVE_CASES", 100_000));
    let end = first + count.div_ceil(generate::REQUESTS as u64);
    let next = AtomicU64::new(first);
    let work = || {
        let mut tally = Tally::default();
        loop {
            match next.fetch_add(1, Ordering::Relaxed) {
                seed if seed < end => tally.add(seed),
                _ => return tally,
            }
        }
    };
    let mut all = Tally::default();
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in running {
            let own = thread.join().expect("no panic");
            for (comparison, number) in own.table {
                *all.table.entry(comparison).or_default() += number;
            }
            all.different.extend(own.different);
        }
    });
    all.different.sort_by_key(|(seed, _)| *seed);
    let examples: Vec<String> = all
        .different
        .iter()
        .take(20)
        .map(|(seed, case)| shown(*seed, case))
        .collect();
    let lines = examples.join("\n");
    println!("{:?}", all.table);
    assert!(examples.is_empty(), "{} differ:\n{lines}", all.different.len());
    let found = |comparison| all.table.get(&comparison).copied().unwrap_or_default();
    for word in ["Allowed", "ExplicitDeny", "ImplicitDeny", "Depends"] {
        let own = found(Comparison::Same(word));
        assert!(own * 20 >= count, "only {own} of {count} are {word}");
    }
    let cautious = found(Comparison::Cautious);
    assert!(
        cautious * 100 <= count,
        "{cautious} of {count} depend only for the engine"
    );
}
