//! What a document allows and denies, taken apart: one principal, action and resource at a time.

use std::collections::{BTreeMap, BTreeSet};

use super::{ActionPattern, Document, Effect, Principal, Principals, Statement};

/// The most atoms that one document is taken apart into; the statements beyond are compared whole.
const MOST_ATOMS: usize = 20_000;

/// The most wildcards of one group that are tried on an action.
const MOST_WILDCARDS: usize = 200;

/// Everything of an atom but its action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    effect: Effect,
    /// `NotPrincipal`, and the principals: one, or all that are excepted.
    principals: (bool, BTreeSet<Principal>),
    /// `NotResource`, and the resources: one, or all that are excepted.
    resources: (bool, BTreeSet<String>),
    condition: String,
}

/// The actions of a group, in small letters, each with the first statement that has it.
#[derive(Debug, Default)]
struct Actions {
    listed: BTreeMap<String, usize>,
    /// Lists of `NotAction`, and of statements that are compared whole.
    whole: BTreeMap<(bool, BTreeSet<String>), usize>,
}

/// What a document allows and denies.
#[derive(Debug, Default)]
pub struct Atoms(BTreeMap<Group, Actions>);

impl Atoms {
    /// Takes a document apart. Statements without a readable effect do nothing, and are left out.
    pub fn of(document: &Document) -> Self {
        let mut atoms = Self::default();
        let mut count = 0_usize;
        for (index, statement) in document.statements.iter().enumerate() {
            count = atoms.add(index, statement, count);
        }
        atoms
    }

    fn add(&mut self, index: usize, statement: &Statement, count: usize) -> usize {
        let Some(effect) = statement.effect else {
            return count;
        };
        let negated = statement.principals.as_ref().is_some_and(|list| list.negated);
        let named: BTreeSet<Principal> = statement
            .principals
            .iter()
            .flat_map(Principals::iter)
            .cloned()
            .collect();
        let resources: BTreeSet<String> = statement.resources.iter().map(|(text, _)| text.clone()).collect();
        let actions: BTreeSet<String> = statement
            .actions
            .iter()
            .map(|(action, _)| action.as_str().to_ascii_lowercase())
            .collect();
        let condition = statement
            .condition
            .as_ref()
            .map(super::normal::condition)
            .unwrap_or_default();
        let product = named
            .len()
            .max(1)
            .saturating_mul(resources.len().max(1))
            .saturating_mul(actions.len().max(1));
        let total = count.saturating_add(product);
        let fits = total <= MOST_ATOMS;
        let principals = single(negated || !fits, named);
        let resources = single(statement.not_resource || !fits, resources);
        for principals in principals {
            for resources in &resources {
                let group = Group {
                    effect,
                    principals: (negated, principals.clone()),
                    resources: (statement.not_resource, resources.clone()),
                    condition: condition.clone(),
                };
                let held = self.0.entry(group).or_default();
                if statement.not_action || !fits {
                    let list = (statement.not_action, actions.clone());
                    held.whole.entry(list).or_insert(index);
                } else {
                    for action in &actions {
                        held.listed.entry(action.clone()).or_insert(index);
                    }
                }
            }
        }
        if fits { total } else { count }
    }

    /// The statements of this document, by number, with an atom of `effect` that no statement of `other` covers; each
    /// with those of its actions.
    pub fn beyond(&self, other: &Self, effect: Effect) -> BTreeMap<usize, BTreeSet<String>> {
        let mut found: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (group, actions) in self.0.iter().filter(|(group, _)| group.effect == effect) {
            let against = other.0.get(group);
            let wildcards: Vec<ActionPattern> = against
                .into_iter()
                .flat_map(|against| against.listed.keys())
                .map(|text| ActionPattern::new(text))
                .filter(ActionPattern::has_wildcard)
                .take(MOST_WILDCARDS)
                .collect();
            for (action, index) in &actions.listed {
                let same = against.is_some_and(|against| against.listed.contains_key(action));
                if !same && !wildcards.iter().any(|pattern| is_wider(pattern, action)) {
                    found.entry(*index).or_default().insert(action.clone());
                }
            }
            for (list, index) in &actions.whole {
                let same = against.is_some_and(|against| against.whole.contains_key(list));
                let (negated, names) = list;
                let wider = wildcards.iter().any(|pattern| pattern.as_str() == "*")
                    || (!negated
                        && names
                            .iter()
                            .all(|name| wildcards.iter().any(|pattern| is_wider(pattern, name))));
                if !same && !wider {
                    let words = if *negated { "all but " } else { "" };
                    found
                        .entry(*index)
                        .or_default()
                        .extend(names.iter().map(|name| format!("{words}{name}")));
                }
            }
        }
        found
    }
}

/// One set for each entry; or, where the list means something as a whole only, that.
fn single<T: Ord>(whole: bool, list: BTreeSet<T>) -> Vec<BTreeSet<T>> {
    if whole || list.is_empty() {
        vec![list]
    } else {
        list.into_iter().map(|one| BTreeSet::from([one])).collect()
    }
}

/// True if `pattern` covers all that `action`, which may have wildcards itself, covers.
pub(super) fn is_wider(pattern: &ActionPattern, action: &str) -> bool {
    // A question mark would take the star of the other for a letter.
    let sound = !action.contains('*') || !pattern.as_str().contains('?');
    sound && pattern.covers(action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    fn atoms(actions: &str) -> Atoms {
        let text =
            format!(r#"{{"Statement":{{"Effect":"Allow","Principal":"*",{actions},"Resource":"*"}}}}"#);
        Atoms::of(&Document::read(&parse(&text, &Limits::default()).unwrap()))
    }

    #[test]
    fn the_wider_side_alone_goes_beyond() {
        for (one, other, beyond) in [
            (r#""Action":"kms:*""#, r#""Action":["kms:Sign"]"#, true),
            (r#""Action":["kms:Sign"]"#, r#""Action":"kms:*""#, false),
            (r#""Action":"kms:S*""#, r#""Action":"kms:Sig?""#, true),
            (r#""Action":"kms:Sig*""#, r#""Action":"kms:Sig?""#, true),
            (r#""Action":"kms:Sig?""#, r#""Action":"kms:Sig*""#, false),
            (r#""NotAction":"kms:Sign""#, r#""Action":"kms:*""#, true),
            (r#""NotAction":"kms:Sign""#, r#""Action":"*""#, false),
            (r#""NotAction":"KMS:Sign""#, r#""NotAction":["kms:sign"]"#, false),
        ] {
            let found = atoms(one).beyond(&atoms(other), Effect::Allow);
            assert_eq!(!found.is_empty(), beyond, "{one} {other}");
        }
    }

    #[test]
    fn a_product_without_end_is_compared_whole() {
        let list: Vec<String> = (0..1_000).map(|n| format!("\"kms:A{n}\"")).collect();
        let resources = list.join(",");
        let text = format!(
            r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":[{resources}]}},"Action":[{resources}],"Resource":[{resources}]}}}}"#
        );
        let document = Document::read(&parse(&text, &Limits::default()).unwrap());
        let atoms = Atoms::of(&document);
        assert_eq!(atoms.0.len(), 1);
        assert!(atoms.beyond(&Atoms::of(&document), Effect::Allow).is_empty());
    }
}
