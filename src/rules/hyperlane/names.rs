//! Operators' names in published sets: which are one name, and which are nearly one.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::evidence::{Bundle, Claim, same_chain_form};
use crate::rules::claimed::Same;

/// Names longer than this are compared whole only: a name is no essay.
const LONGEST: usize = 32;

/// Words shorter than this differ too easily: `Risk` and `Lisk` are two names.
const SHORTEST: usize = 5;

/// One spelling of a name, and where it stands.
#[derive(Debug)]
pub(super) struct Spelling<'b> {
    /// As written.
    pub(super) text: &'b str,
    /// The claims that have it, in the order of the evidence.
    pub(super) claims: Vec<&'b Claim>,
    /// Their addresses.
    pub(super) addresses: BTreeSet<Same>,
}

/// Every spelling of every name, by its text.
pub(super) fn spellings(bundle: &Bundle) -> BTreeMap<&str, Spelling<'_>> {
    let mut all: BTreeMap<&str, Spelling<'_>> = BTreeMap::new();
    for (claim, _) in &bundle.claims {
        let Some(text) = claim.alias.as_deref() else {
            continue;
        };
        // A name of punctuation only names nobody.
        if same_chain_form(text).is_empty() {
            continue;
        }
        let spelling = all.entry(text).or_insert_with(|| Spelling {
            text,
            claims: Vec::new(),
            addresses: BTreeSet::new(),
        });
        spelling.claims.push(claim);
        spelling.addresses.extend(Same::of(&claim.address.value));
    }
    all
}

/// How two names are nearly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Near {
    /// They differ in case, blanks or punctuation only.
    Spelling,
    /// One letter of one word is missing, added, another one, or changed places with the next.
    OneLetter,
}

/// Whether two different texts are nearly one name.
pub(super) fn near(one: &str, other: &str) -> Option<Near> {
    if one == other {
        return None;
    }
    if same_chain_form(one) == same_chain_form(other) {
        return Some(Near::Spelling);
    }
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let (one, other): (Vec<&str>, Vec<&str>) = (
        one.split_whitespace().collect(),
        other.split_whitespace().collect(),
    );
    if one.len() != other.len() {
        return None;
    }
    let mut differing = one.iter().zip(&other).filter(|(one, other)| one != other);
    let (one, other) = differing.next()?;
    let long = |word: &str| (SHORTEST..=LONGEST).contains(&word.chars().count());
    let fits = differing.next().is_none() && long(one) && long(other) && one_letter_apart(one, other);
    fits.then_some(Near::OneLetter)
}

/// True for two words one letter apart. A digit that differs counts, it is no typing error: `node1`, `node2`.
fn one_letter_apart(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let head = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (one, other) = (
        one.get(head..).unwrap_or_default(),
        other.get(head..).unwrap_or_default(),
    );
    let tail = one
        .iter()
        .rev()
        .zip(other.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let middle = |word: &[char]| -> Vec<char> {
        word.get(..word.len().saturating_sub(tail))
            .unwrap_or_default()
            .to_vec()
    };
    let (one, other) = (middle(one), middle(other));
    let letters = one.iter().chain(&other).all(|char| char.is_alphabetic());
    letters
        && match (one.as_slice(), other.as_slice()) {
            ([_], [_] | []) | ([], [_]) => true,
            ([a, b], [c, d]) => a == d && b == c,
            _ => false,
        }
}

/// What near names have in common: the name without one of its letters, and the name itself, each as a hash. Two names
/// that are one letter apart share one of these, so that no name is compared with all others; [`near`] then decides.
pub(super) fn traces(text: &str) -> BTreeSet<u64> {
    let form: Vec<char> = same_chain_form(text).chars().collect();
    let trace = |without: Option<usize>| {
        let mut hasher = DefaultHasher::new();
        for (at, char) in form.iter().enumerate() {
            if Some(at) != without {
                char.hash(&mut hasher);
            }
        }
        hasher.finish()
    };
    let positions = if form.len() <= LONGEST { form.len() } else { 0 };
    std::iter::once(None)
        .chain((0..positions).map(Some))
        .map(trace)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_is_near_and_another_name_is_not() {
        for (one, other, expected) in [
            ("Enigma", "Engima", Some(Near::OneLetter)),
            ("Zee Prime", "Zee Primes", Some(Near::OneLetter)),
            ("Luganodes", "Lugannodes", Some(Near::OneLetter)),
            ("Abacus Works", "abacus  works", Some(Near::Spelling)),
            ("P-OPS Team", "POPS Team", Some(Near::Spelling)),
            ("Enigma", "Enigma", None),
            ("Lisk", "Risk", None),
            ("Validator 1", "Validator 2", None),
            ("Validator1", "Validator2", None),
            ("Validator A", "Validator B", None),
            ("Luganodes", "AVS: Luganodes", None),
            ("Staked", "Stakely", None),
            ("Eclipse", "Ellipse", Some(Near::OneLetter)),
            ("Everstake", "Everclear", None),
        ] {
            assert_eq!(near(one, other), expected, "{one} {other}");
            assert_eq!(near(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn near_names_share_a_trace() {
        for (one, other) in [
            ("Enigma", "Engima"),
            ("Zee Prime", "Zee Primes"),
            ("Eclipse", "Ellipse"),
            ("P-OPS Team", "POPS Team"),
        ] {
            assert!(!traces(one).is_disjoint(&traces(other)), "{one} {other}");
        }
        assert!(traces("Enigma").is_disjoint(&traces("Merkly")));
    }
}
