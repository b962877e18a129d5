//! Slips of the pen: one or two characters changed, two neighbours swapped, one missing or one too many.

use super::Code;

/// The longest text that is compared: longer than any address.
const LONGEST: usize = 200;

/// How a text differs from the right one. Places count characters from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Typo {
    /// These one or two characters are others.
    Changed(Vec<usize>),
    /// This character and the next one are swapped.
    Swapped(usize),
    /// A character of the right text is missing: any of these places in it, where equal ones stand in a row.
    Missing(usize, usize),
    /// A character is too many: any of these places in the text.
    Extra(usize, usize),
}

impl Typo {
    /// Compares a text with the right one; nothing where they are equal, or differ by more than one slip.
    pub fn between(text: &str, right: &str, case_counts: bool) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let fold = |text: &str| -> Vec<char> {
            text.chars()
                .map(|char| {
                    if case_counts {
                        char
                    } else {
                        char.to_ascii_lowercase()
                    }
                })
                .collect()
        };
        let (text, right) = (fold(text), fold(right));
        match (text.len(), right.len()) {
            (found, expected) if found == expected => Self::same_length(&text, &right),
            (found, expected) if found.checked_add(1) == Some(expected) => {
                one_more(&text, &right).map(|(from, to)| Self::Missing(from, to))
            }
            (found, expected) if expected.checked_add(1) == Some(found) => {
                one_more(&right, &text).map(|(from, to)| Self::Extra(from, to))
            }
            _ => None,
        }
    }

    fn same_length(text: &[char], right: &[char]) -> Option<Self> {
        let differ: Vec<usize> = text
            .iter()
            .zip(right)
            .enumerate()
            .filter(|(_, (found, expected))| found != expected)
            .map(|(at, _)| at)
            .take(3)
            .collect();
        match differ.as_slice() {
            [at, next]
                if at.checked_add(1) == Some(*next)
                    && text.get(*at) == right.get(*next)
                    && text.get(*next) == right.get(*at) =>
            {
                Some(Self::Swapped(*at))
            }
            [_] | [_, _] => Some(Self::Changed(differ)),
            _ => None,
        }
    }

    /// The code of the explanation.
    pub fn code(&self) -> Code {
        match self {
            Self::Changed(places) if places.len() == 1 => Code::OneCharacterChanged,
            Self::Changed(_) => Code::TwoCharactersChanged,
            Self::Swapped(_) => Code::NeighboursSwapped,
            Self::Missing(..) => Code::CharacterMissing,
            Self::Extra(..) => Code::CharacterExtra,
        }
    }

    /// The sentence, with the places counted from 1 and set in brackets in the text.
    pub fn message(&self, text: &str, right: &str, case_counts: bool) -> String {
        let found: Vec<char> = text.chars().collect();
        // A reader of small letters looks for a small one.
        let small = !case_counts && !text.chars().any(|char| char.is_ascii_uppercase());
        let expected: Vec<char> = right
            .chars()
            .map(|char| if small { char.to_ascii_lowercase() } else { char })
            .collect();
        let at =
            |chars: &[char], place: usize| chars.get(place).map_or(String::new(), |char| format!("{char:?}"));
        let place = |place: usize| place.saturating_add(1);
        match self {
            Self::Changed(places) => {
                let each: Vec<String> = places
                    .iter()
                    .map(|own| {
                        format!(
                            "character {} is {} instead of {}",
                            place(*own),
                            at(&found, *own),
                            at(&expected, *own)
                        )
                    })
                    .collect();
                let ends: Vec<(usize, usize)> = places.iter().map(|at| (*at, place(*at))).collect();
                format!(
                    "it is this key's address {right} but for a slip: {}, {}",
                    each.join(" and "),
                    marked(&found, &ends)
                )
            }
            Self::Swapped(own) => format!(
                "it is this key's address {right} but for a slip: characters {} and {} are swapped, {}",
                place(*own),
                place(place(*own)),
                marked(&found, &[(*own, place(place(*own)))])
            ),
            Self::Missing(from, to) => format!(
                "it is this key's address {right} but for a slip: {} {} of it is missing, {}",
                one_of(*from, *to),
                at(&expected, *from),
                marked(&found, &[(*to, *to)])
            ),
            Self::Extra(from, to) => format!(
                "it is this key's address {right} but for a slip: {} {} is one too many, {}",
                one_of(*from, *to),
                at(&found, *from),
                marked(&found, &[(*to, place(*to))])
            ),
        }
    }
}

fn one_of(from: usize, to: usize) -> String {
    let (first, last) = (from.saturating_add(1), to.saturating_add(1));
    if first == last {
        format!("character {first}")
    } else {
        format!("one of the characters {first} to {last}")
    }
}

/// Where the longer text has one character more; the places between which equal characters stand.
fn one_more(short: &[char], long: &[char]) -> Option<(usize, usize)> {
    let head = short
        .iter()
        .zip(long)
        .take_while(|(one, other)| one == other)
        .count();
    let tail = short
        .iter()
        .rev()
        .zip(long.iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    let from = short.len().saturating_sub(tail);
    (from <= head).then_some((from, head))
}

/// The text with brackets around places.
fn marked(text: &[char], places: &[(usize, usize)]) -> String {
    let mut marked = String::new();
    for at in 0..=text.len() {
        for (from, to) in places {
            if *to == at && from != to {
                marked.push(']');
            }
            if *from == at {
                marked.push('[');
            }
            if *to == at && from == to {
                marked.push(']');
            }
        }
        marked.extend(text.get(at));
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, right: &str) -> String {
        Typo::between(text, right, true)
            .expect("a slip")
            .message(text, right, true)
            .split_once(": ")
            .expect("a reason")
            .1
            .to_owned()
    }

    #[test]
    fn a_slip_is_shown_in_brackets_with_its_place_counted_from_one() {
        assert_eq!(said("abXd", "abcd"), "character 3 is 'X' instead of 'c', ab[X]d");
        assert_eq!(
            said("XbcY", "abcd"),
            "character 1 is 'X' instead of 'a' and character 4 is 'Y' instead of 'd', [X]bc[Y]"
        );
        assert_eq!(said("acbd", "abcd"), "characters 2 and 3 are swapped, a[cb]d");
        assert_eq!(said("abd", "abcd"), "character 3 'c' of it is missing, ab[]d");
        assert_eq!(said("abc", "abcd"), "character 4 'd' of it is missing, abc[]");
        assert_eq!(said("abXcd", "abcd"), "character 3 'X' is one too many, ab[X]cd");
        assert_eq!(
            said("abbbc", "abbc"),
            "one of the characters 2 to 4 'b' is one too many, abb[b]c"
        );
        assert_eq!(
            said("abc", "abbc"),
            "one of the characters 2 to 3 'b' of it is missing, ab[]c"
        );
    }

    #[test]
    fn what_is_equal_or_further_away_is_no_slip() {
        for (text, right) in [
            ("abcd", "abcd"),
            ("XYZd", "abcd"),
            ("ab", "abcd"),
            ("abcdef", "abcd"),
            ("dabc", "abcd"),
            ("", "abcd"),
        ] {
            assert_eq!(Typo::between(text, right, true), None, "{text}");
        }
        assert_eq!(Typo::between("ABCD", "abcd", false), None);
        assert_eq!(Typo::between("ABCD", "abcX", false), Some(Typo::Changed(vec![3])));
    }
}
