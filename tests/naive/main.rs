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
mod generate;
mod patterns;
mod principals;
mod shrink;
mod unknown;
mod worlds;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use case::Case;
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

/// What the engine decides; nothing where the case is none.
fn by_the_engine(case: &Value) -> Option<&'static str> {
    let node = kms_audit::json::parse(&case.to_string(), &kms_audit::json::Limits::default()).expect("JSON");
    let row = kms_audit::audit::simulate_case(&node);
    row.decision.map(kms_audit::audit::DecisionWord::word)
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

fn compare(case: &Value) -> Option<Comparison> {
    let engine = by_the_engine(case)?;
    let read = Case::read(case);
    let naive = decision::decide(&read);
    Some(if naive == engine {
        Comparison::Same(naive)
    } else if engine == "Depends" && decision::decide_loosely(&read) == "Depends" {
        Comparison::Cautious
    } else {
        Comparison::Different { naive, engine }
    })
}

/// A case on which the two differ, made small.
fn shown(seed: u64, case: &Value) -> String {
    let before = compare(case);
    let small = shrink::shrink(case, |case| compare(case) == before);
    format!("{before:?} on case {seed}: {small}")
}

/// `NAIVE_CASES` is another number of cases, `NAIVE_FIRST` another first one.
#[test]
fn agrees_on_100_000_random_requests() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |count| count.parse().expect("a number"))
    };
    let (first, count) = (number("NAIVE_FIRST", 0), number("NAIVE_CASES", 100_000));
    let next = AtomicU64::new(first);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut table = BTreeMap::new();
        let mut wrong = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count {
                return (table, wrong);
            }
            let case = generate::case(&mut generate::Random::new(seed));
            let comparison = compare(&case).expect("a case that the engine reads");
            *table.entry(comparison).or_insert(0_u64) += 1;
            if let Comparison::Different { .. } = comparison {
                wrong.push((seed, case));
            }
        }
    };
    let mut table: BTreeMap<Comparison, u64> = BTreeMap::new();
    let mut wrong = Vec::new();
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in running {
            let (own, more) = thread.join().expect("no panic");
            for (comparison, number) in own {
                *table.entry(comparison).or_default() += number;
            }
            wrong.extend(more);
        }
    });
    wrong.sort_by_key(|(seed, _)| *seed);
    let examples: Vec<String> = wrong
        .iter()
        .take(10)
        .map(|(seed, case)| shown(*seed, case))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        examples.join("\n")
    );
    println!("{table:#?}");
    for word in ["Allowed", "ExplicitDeny", "ImplicitDeny", "Depends"] {
        let found = table.get(&Comparison::Same(word)).copied().unwrap_or_default();
        assert!(found * 20 >= count, "only {found} of {count} are {word}");
    }
    let cautious = table.get(&Comparison::Cautious).copied().unwrap_or_default();
    assert!(
        cautious * 100 <= count,
        "{cautious} of {count} depend only for the engine"
    );
}
