//! The access keys of a user, counted and aged.

use jiff::civil::Date;

use crate::evidence::{AccessKeyFact, Bundle, user_facts};
use crate::rules::key::date;
use crate::source::Span;

/// Days after which an access key is old (IAM User Guide, "Update access keys"; CIS AWS Foundations Benchmark, "Ensure
/// access keys are rotated every 90 days or less").
pub(in crate::rules) const OLD: i32 = 90;

/// What the evidence says of a user's access keys.
pub(in crate::rules) struct AccessKeys<'b> {
    /// The active ones; one of which it is not known whether it is counts as active.
    pub(in crate::rules) active: Vec<&'b AccessKeyFact>,
    /// The active ones that are old, and their days.
    pub(in crate::rules) old: Vec<(&'b AccessKeyFact, i32)>,
    /// True where an active one has no date that can be read.
    pub(in crate::rules) undated: bool,
    /// True where the list is whole.
    pub(in crate::rules) whole: bool,
}

impl<'b> AccessKeys<'b> {
    /// Nothing where the evidence says nothing of them.
    pub(in crate::rules) fn of(bundle: &'b Bundle, arn: &str, as_of: Date) -> Option<Self> {
        let facts = user_facts(bundle, arn)?;
        let all = facts.access_keys.as_ref()?;
        let active: Vec<&AccessKeyFact> = all.iter().filter(|key| key.active != Some(false)).collect();
        let mut found = Self {
            old: Vec::new(),
            undated: false,
            whole: facts.access_keys_whole,
            active,
        };
        for key in &found.active {
            let made = key
                .created
                .as_ref()
                .and_then(|at| date::moment(&at.value))
                .map(date::day);
            match made.and_then(|made| date::days_between(made, as_of)) {
                Some(days) if days > OLD => found.old.push((key, days)),
                Some(_) => {}
                None => found.undated = true,
            }
        }
        Some(found)
    }

    /// The place of the first old one, else of the first.
    pub(in crate::rules) fn place(&self) -> Option<Span> {
        let old = self.old.first().map(|(key, _)| key.span);
        old.or_else(|| self.active.first().map(|key| key.span))
    }
}

/// An access key in a sentence: `the access key …4O5P`, or `an access key`.
pub(in crate::rules) fn words(key: &AccessKeyFact) -> String {
    match &key.id {
        Some(id) => format!("the access key {id}"),
        None => "an access key".to_owned(),
    }
}

/// How to change access keys without a gap.
pub(in crate::rules) fn rotate(arn: &str) -> String {
    let name = super::name_argument(arn);
    format!(
        "Make a new access key (aws iam create-access-key --user-name {name}), give it to the agent, deactivate the old one (aws \
         iam update-access-key --user-name {name} --status Inactive --access-key-id ID) and then delete it."
    )
}

/// Where to get the list of access keys.
pub(in crate::rules) fn command(arn: &str) -> String {
    format!(
        "aws iam list-access-keys --user-name {}",
        super::name_argument(arn)
    )
}
