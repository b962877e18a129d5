//! Action patterns: `service:Name` with `*` and `?`.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Action". Both halves are case-insensitive, and wildcards have a
//! meaning in the name only.

/// One entry of an `Action` or `NotAction` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionPattern(String);

impl ActionPattern {
    /// Takes the pattern as it is written.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if the pattern names exactly this action: no wildcard, letter case aside.
    pub fn is_exactly(&self, action: &str) -> bool {
        self.0.eq_ignore_ascii_case(action)
    }

    /// True if the pattern covers `action`, given as `service:Name`.
    pub fn covers(&self, action: &str) -> bool {
        if self.0 == "*" {
            return true;
        }
        let (Some((service, name)), Some((of, action))) = (self.0.split_once(':'), action.split_once(':'))
        else {
            return false;
        };
        if !service.eq_ignore_ascii_case(of) {
            return false;
        }
        if !name.contains(['*', '?']) {
            return name.eq_ignore_ascii_case(action);
        }
        glob(&name.to_ascii_lowercase(), &action.to_ascii_lowercase())
    }

    /// True if a wildcard stands in the pattern.
    pub fn has_wildcard(&self) -> bool {
        self.0.contains(['*', '?'])
    }
}

/// Matches `text` against `pattern`: `*` is any run of characters, `?` is one; everything else is itself.
///
/// Costs at most length of pattern times length of text, whatever the pattern.
pub fn glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0_usize, 0_usize);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p = p.saturating_add(1);
            }
            Some(char) if *char == '?' || text.get(t) == Some(char) => {
                p = p.saturating_add(1);
                t = t.saturating_add(1);
            }
            _ => match star {
                Some((at, taken)) => {
                    let taken = taken.saturating_add(1);
                    star = Some((at, taken));
                    p = at.saturating_add(1);
                    t = taken;
                }
                None => return false,
            },
        }
    }
    pattern
        .get(p..)
        .is_none_or(|rest| rest.iter().all(|char| *char == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_actions_whatever_the_case() {
        for (pattern, action, expected) in [
            ("kms:Sign", "kms:Sign", true),
            ("KMS:sIGN", "kms:Sign", true),
            ("kms:*", "kms:Sign", true),
            ("*", "kms:Sign", true),
            ("kms:S*n", "kms:Sign", true),
            ("kms:Sig?", "kms:Sign", true),
            ("kms:S*", "kms:Verify", false),
            ("k*:Sign", "kms:Sign", false),
            ("*:Sign", "kms:Sign", false),
            (" kms:Sign", "kms:Sign", false),
            ("Sign", "kms:Sign", false),
            ("s3:*", "kms:Sign", false),
        ] {
            assert_eq!(ActionPattern::new(pattern).covers(action), expected, "{pattern}");
        }
    }

    #[test]
    fn a_hostile_glob_ends_soon() {
        assert!(!glob(&"*a".repeat(500), &"b".repeat(5_000)));
        assert!(glob("***", ""));
        assert!(!glob("", "a"));
    }
}
