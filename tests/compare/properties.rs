//! The comparison never contradicts the evaluator.

use kms_audit::policy::Document;
use kms_audit::policy::compare::{Comparison, Setting, Verdict, compare};
use kms_audit::policy::evaluate::{self, Policies, Policy};
use rayon::prelude::*;
use serde_json::Value;

use super::generator::{Hints, OWN, Rng, edited, metadata, policy, request, world};
use super::{document, holds, word};

/// Pairs that the suite tries, unless `KMS_AUDIT_PAIRS` says otherwise.
const PAIRS: u64 = 4_000;

/// Requests that each pair is held against, each in a world of its own.
const REQUESTS: usize = 16;

/// A request that the evaluator allows with the new policy and not with the old one, in one world.
fn contradiction(
    rng: &mut Rng,
    hints: &Hints,
    old: &Policy,
    new: &Policy,
    setting: &Setting,
) -> Option<String> {
    for _ in 0..REQUESTS {
        let asked = request(rng, hints, setting.key_metadata.as_ref());
        let others = world(rng, &asked, setting.key_metadata.as_ref());
        let with = |policy: &Policy| {
            Policies {
                key_policy: Some(policy.clone()),
                ..others.clone()
            }
            .decide(&asked)
        };
        let after = with(new);
        if after.verdict != evaluate::Verdict::Allowed {
            continue;
        }
        let before = with(old);
        if before.verdict != evaluate::Verdict::Allowed {
            return Some(format!("{asked:?}\nin {others:?}\nwas {before:?}\nis {after:?}"));
        }
    }
    None
}

fn try_pair(seed: u64) -> Result<(Comparison, Value, Value), String> {
    let mut rng = Rng::new(seed);
    let one = policy(&mut rng);
    let other = if rng.chance(85) {
        edited(&mut rng, &one)
    } else {
        policy(&mut rng)
    };
    let setting = Setting {
        account: Some(OWN.to_owned()),
        key_metadata: metadata(&mut rng),
        ..Setting::default()
    };
    let (old, new) = (document(&one), document(&other));
    let found = compare(&old, &new, &setting);
    holds(&found, &old, &new, &setting);
    if found.verdict == Verdict::NoNewAccess {
        let ready = |document: &Document| Policy::new(document);
        if let Some(why) = contradiction(
            &mut rng,
            &Hints::of(&[&one, &other]),
            &ready(&old),
            &ready(&new),
            &setting,
        ) {
            return Err(format!(
                "seed {seed}\nold {one}\nnew {other}\n{:?}\n{why}",
                found.reasons
            ));
        }
    }
    let same = compare(&new, &new, &setting);
    if same.verdict != Verdict::NoNewAccess {
        return Err(format!("seed {seed}: a policy is within itself: {other}"));
    }
    Ok((found, one, other))
}

#[test]
fn no_comparison_contradicts_the_evaluator() {
    let count = std::env::var("KMS_AUDIT_PAIRS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(PAIRS);
    let first = std::env::var("KMS_AUDIT_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0_u64);
    let results: Vec<Result<Verdict, String>> = (first..first + count)
        .into_par_iter()
        .map(|seed| try_pair(seed).map(|(found, _, _)| found.verdict))
        .collect();
    let wrong: Vec<&String> = results
        .iter()
        .filter_map(|result| result.as_ref().err())
        .collect();
    let number = |verdict: Verdict| results.iter().filter(|result| **result == Ok(verdict)).count();
    let all = [Verdict::NoNewAccess, Verdict::NewAccess, Verdict::NotProven];
    let words: Vec<String> = all
        .iter()
        .map(|verdict| format!("{} {}", number(*verdict), word(*verdict)))
        .collect();
    println!("{count} pairs: {}", words.join(", "));
    assert!(
        wrong.is_empty(),
        "{} of {count} pairs, the first:\n{}",
        wrong.len(),
        wrong[0]
    );
    // Neither answer is given for want of the other.
    assert!(number(Verdict::NoNewAccess) > results.len() / 10);
    assert!(number(Verdict::NewAccess) > results.len() / 10);
}
