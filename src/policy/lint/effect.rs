//! Statements that apply to no request, though each of their parts is well.
//!
//! Source: IAM User Guide, "Policy evaluation logic", "IAM JSON policy elements: Condition" (all operators and keys of a
//! statement must hold at once).

use std::collections::BTreeMap;
use std::ops::Range;

use super::actions::dead_entries;
use super::conditions::condition_flaws;
use super::principals::principal_flaws;
use super::resources::resource_flaw;
use super::{deleted_principals, unknown_action};
use crate::arn::{Arn, is_account_id, is_unknown};
use crate::json::{Member, Node};
use crate::policy::catalogue;
use crate::policy::evaluate::{Compares, Context, KeyMetadata, Quantifier, Test};
use crate::policy::{Document, Effect, Principal, Statement};

/// Why a statement applies to no request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoEffect {
    /// Two parts of its condition contradict each other.
    Contradiction {
        /// The condition key.
        key: String,
        /// The two places.
        places: (Range<usize>, Range<usize>),
    },
    /// Its condition asks for what none of its principals has.
    OtherPrincipals {
        /// The condition key.
        key: String,
        /// The place.
        place: Range<usize>,
    },
    /// A Deny of what KMS refuses on a signing key anyway.
    DeniesOtherKeys,
    /// A Deny of what nothing allows.
    DeniesNothing,
}

/// The most values of one key that are tried.
const MOST_VALUES: usize = 100;

/// The most statements of a document in which a Deny is held against all Allows.
const MOST_STATEMENTS: usize = 500;

/// Why the statement of an index applies to no request, where that is proved and no other flaw explains it.
///
/// Source: IAM User Guide, "Policy evaluation logic".
pub fn no_effect(document: &Document, index: usize, key: &KeyMetadata) -> Option<NoEffect> {
    let statement = document.statements.get(index)?;
    let effect = statement.effect?;
    let explained = resource_flaw(document, index, None).is_some()
        || !principal_flaws(document, index, None).is_empty()
        || !deleted_principals(statement).is_empty()
        || statement
            .actions
            .iter()
            .any(|(action, _)| unknown_action(action).is_some())
        || !condition_flaws(document, statement, key).is_empty();
    if explained
        || document
            .unknown
            .iter()
            .any(|place| statement.span.start <= place.start && place.end <= statement.span.end)
    {
        return None;
    }
    if effect == Effect::Deny
        && let Some(why) = denies_nothing(document, statement, key)
    {
        return Some(why);
    }
    let tests = tests(document, statement);
    contradiction(&tests).or_else(|| other_principals(statement, &tests))
}

struct Part<'n> {
    operator: &'n Member,
    key: &'n Member,
    test: Test,
}

fn tests<'d>(document: &'d Document, statement: &'d Statement) -> Vec<Part<'d>> {
    let variables = document
        .version
        .as_ref()
        .is_some_and(|(version, _)| version == "2012-10-17");
    let operators = statement.condition.iter().flat_map(Node::members);
    operators
        .flat_map(|operator| operator.value.members().iter().map(move |key| (operator, key)))
        .map(|(operator, key)| Part {
            operator,
            key,
            test: Test::new(&operator.key, &key.key, key.value.one_or_many(), variables),
        })
        .collect()
}

impl Part<'_> {
    /// The values of which the request must have one, where they are all that there can be.
    fn candidates(&self) -> Option<Vec<&str>> {
        let operator = self.test.operator()?;
        let exact = self.operator.key.eq_ignore_ascii_case("StringEquals");
        let items = self.key.value.one_or_many();
        if operator.negated
            || operator.quantifier != Quantifier::One
            || !exact
            || items.len() > MOST_VALUES
            || catalogue::condition_key(&self.key.key).is_none_or(|key| key.multivalued)
        {
            return None;
        }
        items
            .iter()
            .map(|item| item.as_str().filter(|text| !text.contains("${")))
            .collect()
    }

    fn demands_absence(&self) -> bool {
        self.test
            .operator()
            .is_some_and(|operator| operator.compares == Compares::Presence)
            && self.test.holds_with(&["x"]) == Some(false)
    }
}

fn contradiction(parts: &[Part<'_>]) -> Option<NoEffect> {
    let mut by_key: BTreeMap<String, Vec<&Part<'_>>> = BTreeMap::new();
    for part in parts {
        by_key
            .entry(part.key.key.to_ascii_lowercase())
            .or_default()
            .push(part);
    }
    for list in by_key.values().filter(|list| list.len() > 1) {
        let found = list.iter().find_map(|part| against(part, list));
        if let Some((first, second)) = found {
            return Some(NoEffect::Contradiction {
                key: first.key.key.clone(),
                places: (first.key.key_span.clone(), second.key.key_span.clone()),
            });
        }
    }
    None
}

/// A part that cannot hold together with this one.
fn against<'a, 'n>(part: &'a Part<'n>, list: &[&'a Part<'n>]) -> Option<(&'a Part<'n>, &'a Part<'n>)> {
    let others = || list.iter().filter(|other| !std::ptr::eq(**other, part));
    if part.demands_absence() {
        let other = others().find(|other| other.test.holds_with(&[]) == Some(false))?;
        return Some((other, part));
    }
    let candidates = part.candidates().filter(|values| !values.is_empty())?;
    let fails = |other: &Part<'_>, value: &str| other.test.holds_with(&[value]) == Some(false);
    // Every value is refused by one of the others; one that refuses a value is shown.
    let refused = candidates
        .iter()
        .all(|value| others().any(|other| fails(other, value)));
    if !refused {
        return None;
    }
    let first = candidates.first()?;
    let other = others().find(|other| fails(other, first))?;
    Some((part, other))
}

/// What every request of a principal carries.
fn context_of(principal: &Principal) -> Option<Context> {
    let mut context = Context::new();
    context.set_incomplete();
    let (account, arn) = match principal {
        Principal::Account(id) => (id.as_str(), None),
        Principal::User(text) | Principal::Role(text) => (Arn::parse(text)?.account, Some(text)),
        // A session's ARN does not show the path of its role.
        Principal::Session(text) => (Arn::parse(text)?.account, None),
        _ => return None,
    };
    if !is_account_id(account) || arn.is_some_and(|arn| is_unknown(arn)) {
        return None;
    }
    context.set("kms:CallerAccount", vec![account.to_owned()]);
    context.set("aws:PrincipalAccount", vec![account.to_owned()]);
    if let Some(arn) = arn {
        context.set("aws:PrincipalArn", vec![arn.clone()]);
    }
    Some(context)
}

fn other_principals(statement: &Statement, parts: &[Part<'_>]) -> Option<NoEffect> {
    let list = statement
        .principals
        .as_ref()
        .filter(|list| !list.negated && !list.list.is_empty())?;
    let mut shown = None;
    for principal in list.iter() {
        let context = context_of(principal)?;
        let part = parts
            .iter()
            .find(|part| part.test.known(&context) == Some(false))?;
        shown.get_or_insert(part);
    }
    let part = shown?;
    Some(NoEffect::OtherPrincipals {
        key: part.key.key.clone(),
        place: part.key.key_span.clone(),
    })
}

fn denies_nothing(document: &Document, statement: &Statement, key: &KeyMetadata) -> Option<NoEffect> {
    if statement.not_action
        || statement
            .actions
            .iter()
            .any(|(action, _)| is_unknown(action.as_str()))
    {
        return None;
    }
    if key.key_usage.as_deref() == Some("SIGN_VERIFY") {
        let dead = dead_entries(statement, key);
        let other = |why: &super::DeadAction| matches!(why, super::DeadAction::ForKeyType(_));
        if dead.len() == statement.actions.len() && !dead.is_empty() && dead.iter().all(|(_, why)| other(why))
        {
            return Some(NoEffect::DeniesOtherKeys);
        }
    }
    let kms = catalogue::service("kms")?;
    let mut actions = Vec::new();
    for (pattern, _) in &statement.actions {
        for action in catalogue::covered(pattern.as_str()) {
            // A grant may allow it, and what is on no key is not for a key policy to deny.
            if kms.grant_operations.contains(&action.name) || !action.is_on("key") {
                return None;
            }
            actions.push(format!("kms:{}", action.name));
        }
    }
    actions.sort();
    actions.dedup();
    let allowed = |name: &String| {
        document.statements.iter().any(|other| {
            let mut own = other.actions.iter();
            let named = own.any(|(action, _)| action.covers(name) || is_unknown(action.as_str()));
            // What is not known may allow.
            other.effect.is_none() || (other.effect == Some(Effect::Allow) && named != other.not_action)
        })
    };
    // More statements than a key policy can have are not worth the proof.
    let few = document.statements.len() <= MOST_STATEMENTS;
    (few && !actions.is_empty() && !actions.iter().any(allowed)).then_some(NoEffect::DeniesNothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str =
        r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}"#;

    fn of(first: &str, members: &str) -> Option<NoEffect> {
        let text =
            format!(r#"{{"Version":"2012-10-17","Statement":[{first},{{{members},"Resource":"*"}}]}}"#);
        let key = KeyMetadata {
            key_usage: Some("SIGN_VERIFY".to_owned()),
            ..KeyMetadata::default()
        };
        no_effect(&Document::parse(&text).unwrap(), 1, &key)
    }

    fn with(condition: &str) -> &'static str {
        let members = format!(
            r#""Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:user/a"}},"Action":"kms:Sign","Condition":{{{condition}}}"#
        );
        match of(ROOT, &members) {
            None => "applies",
            Some(NoEffect::Contradiction { .. }) => "contradiction",
            Some(NoEffect::OtherPrincipals { .. }) => "other principals",
            Some(_) => "denies",
        }
    }

    #[test]
    fn only_what_is_proved_applies_to_no_request() {
        for (condition, expected) in [
            (r#""StringEquals":{"aws:SourceVpce":"vpce-1"}"#, "applies"),
            (
                r#""StringEquals":{"aws:SourceVpce":"vpce-1"},"StringNotEquals":{"aws:SourceVpce":"vpce-1"}"#,
                "contradiction",
            ),
            (
                r#""StringEquals":{"aws:SourceVpce":["vpce-1","vpce-2"]},"StringNotEquals":{"AWS:sourcevpce":"vpce-1"}"#,
                "applies",
            ),
            (
                r#""StringEquals":{"aws:SourceVpce":"vpce-1"},"StringLike":{"aws:SourceVpce":"vpce-2*"}"#,
                "contradiction",
            ),
            (
                r#""StringEquals":{"aws:SourceVpce":"vpce-1"},"StringEqualsIfExists":{"aws:SourceVpce":"vpce-2"}"#,
                "contradiction",
            ),
            (
                r#""StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"},"StringNotEquals":{"aws:SourceVpce":"vpce-1"}"#,
                "applies",
            ),
            (
                r#""StringLike":{"aws:SourceVpce":"vpce-1*"},"Null":{"aws:SourceVpce":"true"}"#,
                "contradiction",
            ),
            (
                r#""StringNotLike":{"aws:SourceVpce":"vpce-1*"},"Null":{"aws:SourceVpce":"true"}"#,
                "applies",
            ),
            (
                r#""StringEquals":{"aws:username":"${aws:userid}"},"StringNotEquals":{"aws:username":"a"}"#,
                "applies",
            ),
            (
                r#""StringEquals":{"kms:CallerAccount":"111122223333"}"#,
                "applies",
            ),
            (
                r#""StringEquals":{"kms:CallerAccount":"444455556666"}"#,
                "other principals",
            ),
            (
                r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}"#,
                "other principals",
            ),
            (
                r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}"#,
                "applies",
            ),
            // Another flaw says it.
            (r#""StringEquals":{"kms:CallerAccount":"44445555666"}"#, "applies"),
        ] {
            assert_eq!(with(condition), expected, "{condition}");
        }
    }

    #[test]
    fn a_deny_of_what_nobody_can_do_is_noise() {
        let deny = |action: &str| format!(r#""Effect":"Deny","Principal":"*","Action":{action}"#);
        let sign = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/a"},"Action":"kms:Sign","Resource":"*"}"#;
        for (first, action, expected) in [
            (ROOT, r#""kms:Decrypt""#, Some(NoEffect::DeniesOtherKeys)),
            (ROOT, r#"["kms:Decrypt","kms:Sign"]"#, None),
            (ROOT, r#""kms:PutKeyPolicy""#, None),
            (sign, r#""kms:PutKeyPolicy""#, Some(NoEffect::DeniesNothing)),
            // A grant may allow it.
            (sign, r#""kms:Verify""#, None),
            (sign, r#""kms:*""#, None),
            (
                r#"{"Effect":"Allow","Principal":"*","NotAction":"kms:Sign","Resource":"*"}"#,
                r#""kms:PutKeyPolicy""#,
                None,
            ),
            (r#""${Statement}""#, r#""kms:PutKeyPolicy""#, None),
        ] {
            assert_eq!(of(first, &deny(action)), expected, "{first} {action}");
        }
    }
}
