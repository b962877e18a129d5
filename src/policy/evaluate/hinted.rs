//! Conditions on values that are not known, but of which something is.

use super::condition::{Family, Test, Value};
use super::context::Hint;
use super::derive::Known;
use super::outcome::Outcome;
use super::pattern::{self, Reach};

impl Test {
    /// Of a value that is not known, what is known of it decides; nothing where that is not enough.
    pub(super) fn hinted(&self, family: Family, negated: bool, context: &Known<'_>) -> Option<Outcome> {
        let (prefixes, stands_for) = match context.hint(&self.name)? {
            Hint::OneOf(values) => {
                let mut each = values
                    .iter()
                    .map(|value| self.one(family, negated, value, context));
                let first = each.next()?;
                return each.all(|own| own.truth == first.truth).then_some(first);
            }
            Hint::Within { prefixes, stands_for } => (prefixes, *stands_for),
        };
        if !matches!(family, Family::Text { .. } | Family::Arn) {
            return None;
        }
        let mut all_miss = true;
        for value in &self.values {
            let Value::Pattern(pattern) = value else {
                return None;
            };
            let Ok(tokens) = pattern.resolve(context) else {
                return None;
            };
            match pattern::within(&tokens, prefixes, stands_for) {
                // Part by part, an ARN may still differ.
                Reach::All if family == Family::Arn && !pattern.is_everything() => return None,
                Reach::All => return Some(Outcome::is(!negated)),
                Reach::Some => all_miss = false,
                Reach::None => {}
            }
        }
        all_miss.then(|| Outcome::is(negated))
    }
}
