//! All callers and all actions, one kind after the other: proof where there is one, else a witness, else a reason.

use std::collections::{BTreeMap, BTreeSet};

use super::super::evaluate::Policy;
use super::classes::{Class, classes};
use super::clauses::Compiled;
use super::glob::Budget;
use super::operations::{Operation, operations};
use super::proof::{Gap, Meaning, Prover};
use super::theory::GroupId;
use super::witness::{Pair, Strength};
use super::{Comparison, Setting, Verdict, Witness};

/// What a comparison may cost: a step is a place of a pattern that is followed, or a literal that is looked at.
const BUDGET: u64 = 3_000_000;

/// The most witnesses that are shown.
const MOST_WITNESSES: usize = 5;

/// The most reasons that are given.
const MOST_REASONS: usize = 10;

/// The most gaps for which a request is looked for.
const MOST_TRIES: usize = 200;

const TOO_LARGE: &str =
    "the policies have too many statements, principals or conditions to be compared in full";

pub(super) fn search(old: &Policy, new: &Policy, setting: &Setting) -> Comparison {
    let mut budget = Budget::new(BUDGET);
    let both = [old, new];
    let Some(operations) = operations(&both, setting.kind, &mut budget) else {
        let reason = "the wildcards in the policies' actions are too many to be told apart";
        return Comparison::of(Verdict::NotProven, vec![reason.to_owned()]);
    };
    let Some(classes) = classes(&both, setting) else {
        return Comparison::of(Verdict::NotProven, vec![TOO_LARGE.to_owned()]);
    };
    let mut prover = Prover::new(old, new, setting, budget);
    let mut findings = Findings::default();
    // Each class with the ways in which the statements mean it; of several that cannot be told apart, the first.
    let mut kinds: Vec<(&Class, Meaning)> = Vec::new();
    let mut known = BTreeSet::new();
    for class in &classes {
        if prover.budget.is_spent() {
            return Comparison::of(Verdict::NotProven, vec![TOO_LARGE.to_owned()]);
        }
        let signature = prover.signature(class);
        for meaning in prover.meanings(class) {
            if known.insert((signature.clone(), meaning.clone())) {
                kinds.push((class, meaning));
            }
        }
    }
    let pair = Pair::new(old, new, setting);
    let mut seen = BTreeSet::new();
    let mut count = 0_usize;
    let mut covered = BTreeSet::new();
    // Whoever it is: an action is covered or not.
    let Some((anybody, _)) = kinds.first() else {
        return findings.close(count);
    };
    for operation in &operations {
        let coverage = prover.coverage(&anybody.caller, operation);
        if !covered.insert((
            coverage.clone(),
            operation.service == "kms",
            operation.known.is_none(),
            operation.signature(),
        )) {
            continue;
        }
        for (class, meaning) in &kinds {
            if prover.budget.is_spent() {
                findings.reason(TOO_LARGE.to_owned());
                return findings.close(count);
            }
            let Some(case) = prover.case(class, meaning, operation, &coverage) else {
                continue;
            };
            count = count.saturating_add(1);
            let future = operation.known.is_none();
            if !seen.insert((case.key(&prover.atoms), future)) {
                continue;
            }
            for gap in prover.gaps(&case) {
                findings.gap(&mut prover, &pair, class, operation, &gap, &case.known);
            }
            if findings.witnesses.len() >= MOST_WITNESSES {
                return findings.close(count);
            }
        }
    }
    findings.close(count)
}

#[derive(Default)]
struct Findings {
    witnesses: Vec<Witness>,
    /// Actions that have a witness.
    shown: BTreeSet<String>,
    doubtful: Vec<Witness>,
    reasons: Vec<String>,
    tries: usize,
}

impl Findings {
    fn reason(&mut self, text: String) {
        if !self.reasons.contains(&text) && self.reasons.len() < MOST_REASONS {
            self.reasons.push(text);
        }
    }

    fn gap(
        &mut self,
        prover: &mut Prover<'_>,
        pair: &Pair<'_>,
        class: &Class,
        operation: &Operation,
        gap: &Gap,
        known: &BTreeMap<GroupId, usize>,
    ) {
        if self.shown.contains(&operation.shown) {
            return;
        }
        self.tries = self.tries.saturating_add(1);
        let mut unsure = Vec::new();
        if self.tries <= MOST_TRIES {
            let (model, open) = prover.model(gap, known);
            unsure = open;
            if let Some(model) = model {
                match pair.confirm(class, operation, &model, &prover.atoms, &mut prover.budget) {
                    Some((Strength::Sure, witness)) => {
                        self.shown.insert(operation.shown.clone());
                        self.witnesses.push(witness);
                        return;
                    }
                    Some((Strength::Doubtful, witness)) => self.doubtful.push(witness),
                    None => {}
                }
                unsure.extend(model.unsure);
            }
        }
        let title = |number: usize| {
            prover
                .statements
                .get(number)
                .map_or_else(String::new, Compiled::title)
        };
        let what = operation.words();
        let mut text = match (gap.allow, gap.deny) {
            (_, Some(deny)) => format!(
                "{} denies {} {what}, and it could not be shown that the new policy does so in every case",
                title(deny),
                class.words
            ),
            (Some(allow), None) => format!(
                "{} allows {} {what}, and it could not be shown that the old policy does so in every case",
                title(allow),
                class.words
            ),
            (None, None) => String::new(),
        };
        let names: Vec<&str> = unsure
            .iter()
            .map(|group| prover.atoms.group_name(*group).trim_start_matches('?'))
            .collect();
        if !names.is_empty() {
            text.push_str(": it hangs on ");
            text.push_str(&names.join(", "));
        }
        self.reason(text);
    }

    fn close(self, count: usize) -> Comparison {
        if !self.witnesses.is_empty() {
            return Comparison {
                verdict: Verdict::NewAccess,
                witnesses: self.witnesses,
                reasons: Vec::new(),
            };
        }
        if self.reasons.is_empty() {
            let reason = format!(
                "for each of {count} kinds of callers and actions that the policies tell apart, whatever the new policy \
                 allows follows from the old one"
            );
            return Comparison::of(Verdict::NoNewAccess, vec![reason]);
        }
        Comparison {
            verdict: Verdict::NotProven,
            witnesses: self.doubtful.into_iter().take(MOST_WITNESSES).collect(),
            reasons: self.reasons,
        }
    }
}
