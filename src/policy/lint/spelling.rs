//! What a misspelt name was probably meant to be.

/// The longest name that is looked at, in characters.
const LONGEST: usize = 64;

/// The name of `known` that `text` is nearest to, letter case aside, and near enough to have been meant.
///
/// Counted are letters left out, added, changed, and neighbours swapped ("optimal string alignment"): two at most, and
/// no more than a quarter of the name. Of names equally near the first is taken. Costs at most 64 times 64 steps a name.
pub(super) fn nearest<'k>(text: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let own = letters(text)?;
    let mut best: Option<(usize, &str)> = None;
    for name in known {
        let Some(other) = letters(name) else { continue };
        let most = 2.min(own.len().max(other.len()).saturating_div(4));
        let below = best.map_or(most, |(distance, _)| distance.saturating_sub(1).min(most));
        if best.is_some_and(|(distance, _)| distance == 0) || own.len().abs_diff(other.len()) > below {
            continue;
        }
        let found = distance(&own, &other);
        if found <= below {
            best = Some((found, name));
        }
    }
    best.map(|(_, name)| name)
}

fn letters(text: &str) -> Option<Vec<char>> {
    let letters: Vec<char> = text
        .chars()
        .take(LONGEST.saturating_add(1))
        .map(|char| char.to_ascii_lowercase())
        .collect();
    (letters.len() <= LONGEST).then_some(letters)
}

/// Optimal string alignment, three rows at a time.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    let at_column = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX);
    let mut above_own = None;
    for (line, own) in one.iter().enumerate() {
        let mut row = vec![line.saturating_add(1)];
        let mut left = None;
        for (at, char) in other.iter().enumerate() {
            let cost = usize::from(own != char);
            let mut least = at_column(&above, at.saturating_add(1))
                .saturating_add(1)
                .min(at_column(&row, at).saturating_add(1))
                .min(at_column(&above, at).saturating_add(cost));
            if above_own == Some(char) && left == Some(own) {
                least = least.min(at_column(&before, at.saturating_sub(1)).saturating_add(1));
            }
            row.push(least);
            left = Some(char);
        }
        above_own = Some(own);
        before = std::mem::replace(&mut above, row);
    }
    at_column(&above, other.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_definition() {
        let of = |one: &str, other: &str| distance(&letters(one).unwrap(), &letters(other).unwrap());
        for (one, other, expected) in [
            ("sign", "sign", 0),
            ("sgin", "sign", 1),
            ("sgn", "sign", 1),
            ("siign", "sign", 1),
            ("sing", "sign", 1),
            ("", "sign", 4),
            ("ca", "abc", 3),
            ("verify", "sign", 5),
        ] {
            assert_eq!(of(one, other), expected, "{one} {other}");
            assert_eq!(of(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn only_what_is_near_is_suggested() {
        let known = ["kms:Sign", "kms:Verify", "kms:GetPublicKey"];
        for (text, expected) in [
            ("kms:Sgin", Some("kms:Sign")),
            ("KMS:SIGN", Some("kms:Sign")),
            ("kms:GetPubicKeys", Some("kms:GetPublicKey")),
            ("kms:Decrypt", None),
            ("", None),
            (&"k".repeat(100_000), None),
        ] {
            assert_eq!(nearest(text, known), expected);
        }
    }
}
