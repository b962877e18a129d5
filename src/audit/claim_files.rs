//! What each source of claims comes to: a line a file.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{ClaimFileRow, ClaimKind};
use crate::evidence::{Bundle, ClaimOrigin};
use crate::rules::Context;
use crate::rules::address::{Verdict, judge_claim};

/// Names of sources that a row lists.
const NAMES: usize = 10;

/// A row for each file with claims, by path.
pub(super) fn rows(context: &Context<'_>) -> Vec<ClaimFileRow> {
    let bundle = context.bundle;
    let verdicts = verdicts(context);
    let mut rows: BTreeMap<(String, ClaimOrigin), (ClaimFileRow, Seen<'_>)> = BTreeMap::new();
    let mut paths: BTreeMap<usize, String> = BTreeMap::new();
    for (index, (claim, artefact)) in bundle.claims.iter().enumerate() {
        let path = paths
            .entry(*artefact)
            .or_insert_with(|| path(bundle, *artefact))
            .clone();
        let (row, seen) = rows
            .entry((path, claim.origin))
            .or_insert_with_key(|(path, origin)| (empty(path.clone(), *origin), Seen::default()));
        row.claims = row.claims.saturating_add(1);
        if let Some(set) = &claim.set {
            seen.sets.insert((*artefact, &set.chain));
        }
        if seen.names.len() < NAMES {
            seen.names.extend(claim.source.as_deref());
        }
        let Some(verdict) = verdicts.get(&index) else {
            continue;
        };
        row.of_keys_here = row.of_keys_here.saturating_add(1);
        match verdict {
            Some(true) => row.hold = row.hold.saturating_add(1),
            Some(false) => row.do_not_hold = row.do_not_hold.saturating_add(1),
            None => {}
        }
    }
    rows.into_values()
        .map(|(mut row, seen)| {
            row.sets = seen.sets.len();
            row.named = seen.names.into_iter().map(str::to_owned).collect();
            row
        })
        .collect()
}

/// What was seen in a file so far.
#[derive(Default)]
struct Seen<'b> {
    sets: BTreeSet<(usize, &'b String)>,
    names: BTreeSet<&'b str>,
}

fn path(bundle: &Bundle, artefact: usize) -> String {
    bundle.artefact(artefact).map_or_else(String::new, |artefact| {
        let file = bundle.sources.file_of(artefact.file);
        bundle.sources.get(file).name().to_owned()
    })
}

fn empty(path: String, origin: ClaimOrigin) -> ClaimFileRow {
    ClaimFileRow {
        path,
        kind: match origin {
            ClaimOrigin::Owner => ClaimKind::Owner,
            ClaimOrigin::PublishedSet => ClaimKind::PublishedSet,
            ClaimOrigin::Announcement => ClaimKind::Announcement,
        },
        named: Vec::new(),
        claims: 0,
        sets: 0,
        of_keys_here: 0,
        hold: 0,
        do_not_hold: 0,
    }
}

/// Whether each claim that is bound to a judged key holds; nothing for one that cannot be told. A claim bound to several
/// keys (replicas) holds where it holds for all.
fn verdicts(context: &Context<'_>) -> BTreeMap<usize, Option<bool>> {
    let bundle = context.bundle;
    let mut verdicts: BTreeMap<usize, Option<bool>> = BTreeMap::new();
    for key in bundle.keys.iter().filter(|key| key.scope.is_some()) {
        for (claim, bound) in bundle.claims_of(key) {
            let holds = match judge_claim(bundle, key, claim, &context.addresses) {
                Verdict::Match => Some(true),
                Verdict::Mismatch { .. } => Some(false),
                Verdict::WrongChecksum {
                    same_bytes: false, ..
                } if key.public_key.is_some() => Some(false),
                Verdict::WrongChecksum { .. } | Verdict::Malformed(_) | Verdict::NotEvaluated(_) => None,
            };
            verdicts
                .entry(bound.claim)
                .and_modify(|known| {
                    if *known != Some(false) && holds != Some(true) {
                        *known = holds;
                    }
                })
                .or_insert(holds);
        }
    }
    verdicts
}
