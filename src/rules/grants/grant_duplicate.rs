//! Grants that say the same.

use std::collections::BTreeMap;

use super::{Held, Party, of, terms};
use crate::evidence::Key;
use crate::finding::Finding;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `grant-duplicate`
    GrantDuplicate,
    "grant-duplicate",
    Grants,
    Medium,
    "Several grants say the same: who revokes one leaves the others",
    "grant_duplicate.md",
    judge
);

/// The most grants that one finding points at.
const MOST: usize = 10;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let grants = of(context.bundle, key);
    let mut same: BTreeMap<String, Vec<&Held<'_>>> = BTreeMap::new();
    for held in &grants.all {
        // What nobody can use is for grant-stale-grantee, each of them. A plan of code does not know the id of a grant that
        // is there already.
        let counts = !held.grant.id.is_empty() && !held.in_code;
        if counts && held.party(context.bundle, key) != Party::Deleted {
            let alike = same.entry(terms(held.grant)).or_default();
            if alike.iter().all(|other| other.grant.id != held.grant.id) {
                alike.push(held);
            }
        }
    }
    let mut groups: Vec<(&String, &Vec<&Held<'_>>)> =
        same.iter().filter(|(_, alike)| alike.len() > 1).collect();
    groups.sort_by_key(|(_, alike)| alike.first().map(|held| held.grant.span));
    let findings = groups
        .into_iter()
        .filter_map(|(terms, alike)| finding(meta, key, terms, alike))
        .collect();
    grants.outcome(
        context.bundle,
        key,
        findings,
        "no two grants of the key have the same grantee, operations, constraints and name",
    )
}

fn finding(meta: &'static Meta, key: &Key, terms: &str, alike: &[&Held<'_>]) -> Option<Finding> {
    let (first, others) = alike.split_first()?;
    let message = format!(
        "{} grants to {} say the same: who revokes one of them leaves the access as it was",
        alike.len(),
        first.whom()
    );
    let mut finding = first.finding(
        meta,
        meta.severity,
        key,
        message,
        (first.grant.span, "one of them"),
    );
    for other in others.iter().take(MOST) {
        finding = finding.related(other.grant.span, "the same again");
    }
    Some(
        finding
            .note("CreateGrant without a Name makes a new grant each time; with the same Name and parameters it gives back the one that is there.")
            .remedy(format!("Revoke all but one. {}", first.revoke(key)))
            .content(terms),
    )
}
