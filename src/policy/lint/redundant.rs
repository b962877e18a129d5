//! What other statements, or other entries of the same, cover already.
//!
//! Source: IAM User Guide, "Policy evaluation logic": an Allow, or a Deny, that another one of the same effect contains
//! adds nothing to it.

use std::collections::{BTreeMap, BTreeSet};

use crate::arn::is_unknown;
use crate::policy::atoms::is_wider;
use crate::policy::{Document, Effect, Principal, Statement, normal};

/// An entry that is covered, and by which.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Redundant {
    /// Index of the statement.
    pub statement: usize,
    /// Index of the entry of its `Action`.
    pub action: usize,
    /// Statement and entry that cover it, for each of its principals and resources the first that does.
    pub by: BTreeSet<(usize, usize)>,
}

/// What of a document is covered by the rest of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redundants {
    /// Statements, each with the statements that cover it.
    pub statements: Vec<(usize, BTreeSet<usize>)>,
    /// Entries of statements that are not covered whole.
    pub actions: Vec<Redundant>,
    /// True where the document was too large to compare all of it.
    pub cut: bool,
}

/// How many comparisons one document is worth.
const MOST: usize = 500_000;

/// A statement made ready.
struct Ready<'s> {
    statement: &'s Statement,
    effect: Effect,
    /// Nothing for what is compared whole.
    principals: Option<BTreeSet<&'s Principal>>,
    resources: BTreeSet<&'s str>,
    /// Normal form of the condition; empty for none.
    condition: String,
    /// Normal form of the statement without its Sid.
    whole: String,
    /// Entries that are not taken away so far.
    kept: Vec<bool>,
}

/// What of a document is covered by the rest of it. All of it can be taken away together, and the document allows and
/// denies the same as before; of two that cover each other the earlier stays.
///
/// Proved is only what needs no knowledge of callers: the same principal, or for a Deny also `*`; an action that another
/// entry's wildcards contain; the same resource, or `*`; the same condition, or none. Whatever a value that only
/// deployment gives may be, it is the same in both places.
///
/// Source: IAM User Guide, "Policy evaluation logic".
pub fn redundant(document: &Document) -> Redundants {
    let mut ready: Vec<Option<Ready<'_>>> = (0..document.statements.len())
        .map(|index| make_ready(document, index))
        .collect();
    let mut found = Redundants::default();
    let mut budget = MOST;
    let same = same_as_before(&ready);
    for index in (0..ready.len()).rev() {
        if let Some(other) = same.get(&index) {
            found.statements.push((index, BTreeSet::from([*other])));
            if let Some(slot) = ready.get_mut(index) {
                *slot = None;
            }
            continue;
        }
        let covered = entries_covered(&mut ready, index, &mut budget);
        let all = ready
            .get(index)
            .and_then(Option::as_ref)
            .is_some_and(|own| !own.kept.contains(&true) && !covered.is_empty());
        if all {
            let by = covered.iter().flat_map(|entry| &entry.by);
            found
                .statements
                .push((index, by.map(|(statement, _)| *statement).collect()));
        } else {
            found.actions.extend(covered);
        }
        if budget == 0 {
            found.cut = true;
            break;
        }
    }
    found.statements.sort();
    found.actions.sort();
    found
}

fn make_ready(document: &Document, index: usize) -> Option<Ready<'_>> {
    let statement = document.statements.get(index)?;
    let node = document.statement_node(index)?;
    // Of a statement with faults it is not known what it does.
    let inside =
        |place: &std::ops::Range<usize>| node.span.start <= place.start && place.end <= node.span.end;
    let faulty = document.problems.iter().any(|problem| inside(&problem.span))
        || !node.duplicates().is_empty()
        || document.unknown.contains(&node.span);
    let effect = statement.effect.filter(|_| !faulty)?;
    let list = statement.principals.as_ref()?;
    let plain = !list.negated && !statement.not_action && !statement.not_resource;
    Some(Ready {
        statement,
        effect,
        principals: plain.then(|| list.iter().collect()),
        resources: statement
            .resources
            .iter()
            .map(|(text, _)| text.as_str())
            .collect(),
        condition: statement
            .condition
            .as_ref()
            .filter(|condition| !condition.members().is_empty())
            .map(normal::condition)
            .unwrap_or_default(),
        whole: normal::effect_of(node),
        kept: vec![true; statement.actions.len()],
    })
}

/// The first statement that says the same, for each that is not itself the first.
fn same_as_before(ready: &[Option<Ready<'_>>]) -> BTreeMap<usize, usize> {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for (index, own) in ready.iter().enumerate() {
        let Some(own) = own else { continue };
        match first.get(own.whole.as_str()) {
            Some(earlier) => {
                found.insert(index, *earlier);
            }
            None => {
                first.insert(&own.whole, index);
            }
        }
    }
    found
}

/// Takes away the entries of a statement that others cover, from the last to the first.
fn entries_covered(ready: &mut [Option<Ready<'_>>], index: usize, budget: &mut usize) -> Vec<Redundant> {
    let mut found = Vec::new();
    let count = ready
        .get(index)
        .and_then(Option::as_ref)
        .map_or(0, |own| own.statement.actions.len());
    for action in (0..count).rev() {
        let Some(by) = covered(ready, index, action, budget) else {
            continue;
        };
        let own = ready.get_mut(index).and_then(Option::as_mut);
        if let Some(kept) = own.and_then(|own| own.kept.get_mut(action)) {
            *kept = false;
        }
        found.push(Redundant {
            statement: index,
            action,
            by,
        });
    }
    found
}

/// What covers an entry for all principals and resources of its statement.
fn covered(
    ready: &[Option<Ready<'_>>],
    index: usize,
    action: usize,
    budget: &mut usize,
) -> Option<BTreeSet<(usize, usize)>> {
    let own = ready.get(index)?.as_ref()?;
    let principals = own.principals.as_ref()?;
    let (pattern, _) = own.statement.actions.get(action)?;
    if is_unknown(pattern.as_str()) || own.resources.is_empty() || principals.is_empty() {
        return None;
    }
    // The entries that are as wide, whatever their principals and resources.
    let mut wider: Vec<(usize, usize, &Ready<'_>)> = Vec::new();
    for (at, other) in ready.iter().enumerate() {
        let Some(other) = other else { continue };
        *budget = budget.saturating_sub(1);
        // Whom a condition names by ARN, `*` lets in otherwise than without it: a permissions boundary does not limit that.
        let open = own.effect == Effect::Allow && principals.contains(&Principal::Everyone);
        let weaker = (other.condition.is_empty() && !open) || other.condition == own.condition;
        if other.effect != own.effect || other.principals.is_none() || !weaker {
            continue;
        }
        for (entry, (own_pattern, _)) in other.statement.actions.iter().enumerate() {
            *budget = budget.checked_sub(1)?;
            let itself = at == index && entry == action;
            if !itself && other.kept.get(entry) == Some(&true) && is_wider(own_pattern, pattern.as_str()) {
                wider.push((at, entry, other));
                break;
            }
        }
    }
    let mut by = BTreeSet::new();
    for principal in principals {
        for resource in &own.resources {
            let mut hit = None;
            for (at, entry, other) in &wider {
                *budget = budget.checked_sub(1)?;
                let there = other.principals.as_ref()?;
                let everyone = own.effect == Effect::Deny && there.contains(&Principal::Everyone);
                let covers = (there.contains(principal) || (everyone && is_person(principal)))
                    && (other.resources.contains(resource) || other.resources.contains("*"));
                if covers {
                    hit = Some((*at, *entry));
                    break;
                }
            }
            by.insert(hit?);
        }
    }
    Some(by)
}

/// True for those that `*` means for certain: whether it means services is not documented.
fn is_person(principal: &Principal) -> bool {
    principal.is_named() || matches!(principal, Principal::Account(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Statements that go, and entries as `statement/entry`.
    fn found(statements: &str) -> (Vec<usize>, Vec<String>) {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let found = redundant(&Document::parse(&text).unwrap());
        assert!(!found.cut);
        (
            found.statements.iter().map(|(index, _)| *index).collect(),
            found
                .actions
                .iter()
                .map(|entry| format!("{}/{}", entry.statement, entry.action))
                .collect(),
        )
    }

    fn allow(who: &str, actions: &str, more: &str) -> String {
        format!(r#"{{"Effect":"Allow","Principal":{{"AWS":{who}}},"Action":{actions},"Resource":"*"{more}}}"#)
    }

    const A: &str = r#""arn:aws:iam::111122223333:user/a""#;
    const AB: &str = r#"["arn:aws:iam::111122223333:user/a","arn:aws:iam::111122223333:user/b"]"#;
    const B: &str = r#""arn:aws:iam::111122223333:user/b""#;
    const IF: &str = r#","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#;

    #[test]
    fn an_entry_that_another_contains_goes_and_the_wider_stays() {
        let none: Vec<String> = Vec::new();
        for (actions, expected) in [
            (r#"["kms:*","kms:Sign"]"#, vec!["0/1"]),
            (r#"["kms:Sign","KMS:*"]"#, vec!["0/0"]),
            (r#"["kms:Sign","KMS:sign","kms:Sign"]"#, vec!["0/1", "0/2"]),
            (
                r#"["kms:Describe*","kms:DescribeKey","kms:Desc*"]"#,
                vec!["0/0", "0/1"],
            ),
            (r#"["kms:Sig?","kms:Sig*"]"#, vec!["0/0"]),
            (r#"["kms:Sign","kms:Verify"]"#, vec![]),
            (r#"["kms:${A}","kms:${A}"]"#, vec![]),
        ] {
            let (statements, entries) = found(&allow(A, actions, ""));
            assert_eq!(
                (statements.len(), entries),
                (0, expected.iter().map(ToString::to_string).collect()),
                "{actions}"
            );
        }
        assert_eq!(
            found(r#"{"Effect":"Allow","Principal":"*","NotAction":["kms:*","kms:Sign"],"Resource":"*"}"#),
            (vec![], none)
        );
    }

    #[test]
    fn a_statement_goes_when_others_cover_all_of_it() {
        let join = |list: &[String]| list.join(",");
        let sign = r#"["kms:Sign"]"#;
        for (statements, gone) in [
            (join(&[allow(A, sign, ""), allow(A, sign, "")]), vec![1]),
            (
                join(&[allow(A, sign, r#","Sid":"x""#), allow(A, sign, r#","Sid":"y""#)]),
                vec![1],
            ),
            (join(&[allow(A, sign, ""), allow(A, r#""kms:*""#, "")]), vec![0]),
            (join(&[allow(A, sign, IF), allow(A, sign, "")]), vec![0]),
            (join(&[allow(A, sign, IF), allow(A, sign, IF)]), vec![1]),
            (
                join(&[allow(AB, sign, ""), allow(A, sign, ""), allow(B, sign, "")]),
                vec![1, 2],
            ),
            // Two together cover a third: of the three, the earlier stay where they can.
            (
                join(&[allow(A, sign, ""), allow(B, sign, ""), allow(AB, sign, "")]),
                vec![2],
            ),
            // Nothing of these is proved.
            (
                join(&[allow(r#""111122223333""#, sign, ""), allow(A, sign, "")]),
                vec![],
            ),
            (join(&[allow(r#""*""#, sign, ""), allow(A, sign, "")]), vec![]),
            (join(&[allow(A, sign, ""), allow(AB, sign, "")]), vec![0]),
            (
                join(&[
                    allow(A, sign, IF),
                    allow(A, sign, r#","Condition":{"Bool":{"aws:ViaAWSService":"true"}}"#),
                ]),
                vec![],
            ),
            (
                join(&[allow(A, sign, "").replace("Allow", "Deny"), allow(A, sign, "")]),
                vec![],
            ),
            (
                join(&[
                    allow(r#""*""#, sign, "").replace("Allow", "Deny"),
                    allow(A, sign, "").replace("Allow", "Deny"),
                ]),
                vec![1],
            ),
        ] {
            assert_eq!(found(&statements).0, gone, "{statements}");
        }
        // Each covers a part of the other: only one of the two parts goes.
        let (whole, entries) = found(&join(&[
            allow(A, r#"["kms:Sign","kms:GetPublicKey"]"#, ""),
            allow(A, r#"["kms:Sign","kms:Verify"]"#, ""),
        ]));
        assert_eq!((whole, entries), (vec![], vec!["1/0".to_owned()]));
    }

    #[test]
    fn what_is_faulty_covers_nothing() {
        let odd = allow(A, r#""kms:*""#, r#","resource":"x""#);
        assert_eq!(
            found(&[odd, allow(A, r#""kms:Sign""#, "")].join(",")).0,
            [] as [usize; 0]
        );
    }

    #[test]
    fn a_hostile_document_is_cut() {
        let actions: Vec<String> = (0..1_500).map(|n| format!("\"kms:A{n}\"")).collect();
        let one = allow(A, &format!("[{}]", actions.join(",")), "");
        let text = format!(r#"{{"Statement":[{one},{}]}}"#, one.replace("kms:A", "kms:B"));
        assert!(redundant(&Document::parse(&text).unwrap()).cut);
    }
}
