//! Conditions that do not do what they say: what the rules on them share.
//!
//! Of an operator with a key there is one finding at most, of the rule whose reason comes first.

use super::case::{Case, each, listed};
use super::removable_grant_statement::is_grant_statement;
use crate::evidence::Key;
use crate::finding::{Confidence, Finding, Severity};
use crate::policy::lint::{ConditionFlaw, Flaw, Holds, ValueFlaw, condition_flaws};
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome};

/// The most actions that a sentence names, and the most values that are shown.
const MOST: usize = 4;

/// Judges each condition: the flaws that are the rule's.
pub(super) fn judge(
    meta: &'static Meta,
    context: &Context<'_>,
    key: &Key,
    pass: &str,
    is_own: fn(&ConditionFlaw) -> bool,
) -> Outcome {
    each(meta, context, key, pass, |case| {
        let flaws = condition_flaws(&case.policy.document, case.statement, case.metadata);
        flaws
            .iter()
            .filter(|flaw| is_own(&flaw.flaw) && !is_told_elsewhere(case, flaw))
            .map(|flaw| finding(case, flaw))
            .collect()
    })
}

fn is_told_elsewhere(case: &Case<'_>, flaw: &Flaw) -> bool {
    // What the condition of such a statement says, or fails to say, is that rule's.
    let of_grants =
        flaw.key.eq_ignore_ascii_case("kms:GrantIsForAWSResource") && is_grant_statement(case.statement);
    of_grants || case.is_masked(&flaw.place)
}

/// How bad it is, by what the statement does then.
fn severity(case: &Case<'_>, holds: Holds) -> Severity {
    use Holds::{
        Always, Narrower, Never, NotWithoutKey, OnlyWithoutKey, Plainly, Unclear, Wider, WithoutKeyToo,
    };
    match (case.denies(), holds) {
        // It protects from nothing, or lets in whom it was to keep out.
        (true, Never | OnlyWithoutKey | NotWithoutKey) | (false, Always | WithoutKeyToo) => Severity::High,
        (_, Unclear) | (true, Always | Narrower) | (false, Never | OnlyWithoutKey | Wider) => {
            Severity::Medium
        }
        (true, WithoutKeyToo | Wider) | (false, NotWithoutKey | Narrower) | (_, Plainly) => Severity::Low,
    }
}

/// What follows for the statement.
fn consequence(case: &Case<'_>, holds: Holds) -> &'static str {
    use Holds::{
        Always, Narrower, Never, NotWithoutKey, OnlyWithoutKey, Plainly, Unclear, Wider, WithoutKeyToo,
    };
    match (case.denies(), holds) {
        (true, Never) => {
            "the condition never holds: the Deny denies nothing, and what a reviewer reads there is not there"
        }
        (false, Never) => {
            "the condition never holds: the Allow allows nothing, and whoever needs it is refused"
        }
        (true, OnlyWithoutKey) => "the Deny hits only requests that do not carry the key: all others pass it",
        (false, OnlyWithoutKey) => "the Allow is for requests that do not carry the key, and for no others",
        (true, Always) => "the condition always holds: the Deny is as if it had none",
        (false, Always) => "the condition always holds: the Allow is as if it had none",
        (true, WithoutKeyToo) => "the Deny hits requests that do not carry the key as well",
        (false, WithoutKeyToo) => "requests that do not carry the key are allowed as well",
        (true, NotWithoutKey) => "requests that do not carry the key pass the Deny",
        (false, NotWithoutKey) => "requests that do not carry the key are not allowed",
        (true, Narrower) => "the Deny hits less than a reviewer reads there",
        (false, Narrower) => "the Allow gives less than it says",
        (true, Wider) => "the Deny excepts less than it says",
        (false, Wider) => "the Allow excepts less than a reviewer reads there",
        (_, Plainly) => "it does what the plain operator does, and is read as something else",
        (_, Unclear) => "what the condition does is not documented",
    }
}

fn finding(case: &Case<'_>, flaw: &Flaw) -> Finding {
    let (message, label, change) = words(case, flaw);
    let constant = matches!(flaw.flaw, ConditionFlaw::Constant(_));
    let severity = match flaw.flaw {
        ConditionFlaw::Constant(true) => Severity::Info,
        // It is about keys of another sort, and such keys are not concerned.
        ConditionFlaw::Constant(false) => Severity::Low,
        _ => severity(case, flaw.holds),
    };
    let mut builder = case.finding(severity, message, &flaw.place, label);
    if let ConditionFlaw::Values(values) = &flaw.flaw {
        for (_, place) in values.iter().skip(1).take(MOST) {
            builder = builder.related(case.span(place), "and this");
        }
    }
    builder = match flaw.flaw {
        ConditionFlaw::Constant(true) => builder.consequence("the condition says nothing of this key"),
        ConditionFlaw::Constant(false) => builder.consequence("the statement does nothing on this key"),
        _ => builder.consequence(consequence(case, flaw.holds)),
    };
    if let Some(note) = note(flaw) {
        builder = builder.note(note);
    }
    let unsure = matches!(
        flaw.flaw,
        ConditionFlaw::IamOnly | ConditionFlaw::NotForPrincipals(_) | ConditionFlaw::UnknownKey(_)
    ) || flaw.holds == Holds::Unclear;
    if unsure && !constant {
        builder = builder.confidence(Confidence::Medium);
    }
    let what = format!("{}\n{}", flaw.operator, flaw.key);
    builder.remedy(case.change(&change)).content(&case.content(&what))
}

fn note(flaw: &Flaw) -> Option<&'static str> {
    Some(match &flaw.flaw {
        ConditionFlaw::UnknownOperator => {
            "KMS refuses a policy with an operator that there is not when it is put."
        }
        ConditionFlaw::UnknownKey(_) => {
            "A key that no request carries is no fault to KMS: the policy is taken as it is."
        }
        ConditionFlaw::ForAllValues { .. } => {
            "ForAllValues holds for every request without a value: with an Allow, say in Null that there must be one."
        }
        ConditionFlaw::IamOnly => "The developer guide lists the key for IAM policies only.",
        ConditionFlaw::Constant(_) => "These properties of a key never change.",
        ConditionFlaw::Values(values) => match values.first()?.0 {
            ValueFlaw::LiteralWildcard => {
                "Only the operators with Like in their names take * and ? for wildcards."
            }
            ValueFlaw::PrivateAddress => {
                "aws:SourceIp is the address on the internet; a request through a VPC endpoint has none, but aws:VpcSourceIp."
            }
            ValueFlaw::SessionArn => {
                "For a session aws:PrincipalArn is the ARN of its role: arn:aws:iam::ACCOUNT:role/NAME."
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// Message, label and remedy.
fn words(case: &Case<'_>, flaw: &Flaw) -> (String, &'static str, String) {
    let name = case.name();
    let (operator, key) = (short(&flaw.operator), short(&flaw.key));
    let instead = flaw.instead.as_deref();
    let meant = instead.map_or_else(String::new, |instead| format!(": did you mean {instead}?"));
    let write = |other: &str, what: &str| match instead {
        Some(instead) => format!("Write {instead} instead of {what}"),
        None => other.to_owned(),
    };
    match &flaw.flaw {
        ConditionFlaw::UnknownOperator => (
            format!("{operator} in {name} is no condition operator{meant}"),
            "there is no such operator",
            write("Write the operator that is meant", &operator),
        ),
        ConditionFlaw::UnknownKey(why) => {
            let why = if why.is_empty() {
                String::new()
            } else {
                format!(": {why}")
            };
            let what = if why.is_empty() {
                format!("{key} in {name} is no condition key{meant}")
            } else {
                format!("{key} in {name} is no condition key of requests to KMS{why}{meant}")
            };
            (
                what,
                "no request carries it",
                write("Write the key that is meant", &key),
            )
        }
        ConditionFlaw::NeedsQuantifier | ConditionFlaw::ForAllValues { .. } | ConditionFlaw::ForAnyValue => {
            of_quantifier(case, flaw)
        }
        ConditionFlaw::OperatorType(better) => (
            format!("{operator} in {name} does not go with the values of {key}: {better} does"),
            "of another type",
            format!("Write {better}, or another operator of its kind, instead of {operator}"),
        ),
        ConditionFlaw::Values(values) => of_values(case, flaw, values),
        ConditionFlaw::NotForActions(actions, whole) => {
            let actions: Vec<String> = actions.iter().map(|action| format!("kms:{action}")).collect();
            let (rest, change) = if *whole {
                (
                    "",
                    "Remove the condition, or write one that such requests can meet, in",
                )
            } else {
                (
                    ", which the statement lists as well",
                    "Put these actions into a statement without the condition, out of",
                )
            };
            (
                format!(
                    "{key} in {name} is in no request for {}{rest}",
                    listed(&actions, MOST)
                ),
                "not in such requests",
                format!("{change} {name}"),
            )
        }
        ConditionFlaw::NotForPrincipals(why) => (
            format!("{key} in {name} is in no request of the principals that it names: {why}"),
            "not in their requests",
            format!("Remove the condition from {name}, or name there whom it is for"),
        ),
        ConditionFlaw::IamOnly => (
            format!("{key} in {name} is documented for IAM policies only"),
            "may do nothing in a key policy",
            format!("Name the principals and the actions that are meant in {name} instead of the condition"),
        ),
        ConditionFlaw::Constant(holds) => (
            format!(
                "the condition on {key} in {name} {} on this key",
                if *holds { "is always true" } else { "is never true" }
            ),
            "of this key always the same",
            if *holds {
                format!("Remove the condition on {key} from {name}: it says the same without it")
            } else {
                format!("Delete {name}: on this key it does nothing")
            },
        ),
    }
}

/// The same, of an operator that does not go with how many values a key has.
fn of_quantifier(case: &Case<'_>, flaw: &Flaw) -> (String, &'static str, String) {
    let (operator, key, name) = (short(&flaw.operator), short(&flaw.key), case.name());
    let write = |other: &str| match &flaw.instead {
        Some(instead) => format!("Write {instead} instead of {operator}"),
        None => other.to_owned(),
    };
    match flaw.flaw {
        ConditionFlaw::NeedsQuantifier => (
            format!("{key} in {name} has several values, and {operator} takes one"),
            "takes one value",
            write("Write a set operator"),
        ),
        ConditionFlaw::ForAllValues { multivalued: true } => (
            format!("{operator} in {name} holds also where the request has no {key}"),
            "holds without any value",
            format!("Add {{\"Null\": {{\"{key}\": \"false\"}}}} to the condition"),
        ),
        _ => (
            format!("{operator} in {name} is for keys with several values, and {key} has one"),
            "for keys with several values",
            write("Write the plain operator"),
        ),
    }
}

fn of_values(
    case: &Case<'_>,
    flaw: &Flaw,
    values: &[(ValueFlaw, std::ops::Range<usize>)],
) -> (String, &'static str, String) {
    let (operator, key, name) = (short(&flaw.operator), short(&flaw.key), case.name());
    let Some((first, place)) = values.first() else {
        return (
            format!("{key} in {name} has no value"),
            "no value",
            "Write the value that is meant".to_owned(),
        );
    };
    let text = value_text(case, place);
    let more = match values.len() {
        1 => String::new(),
        2 => format!(", and another value of {key} is like it"),
        several => format!(
            ", and {} more values of {key} are like it",
            several.saturating_sub(1)
        ),
    };
    let (why, label, change) = match first {
        ValueFlaw::Unreadable(kind) => (
            format!("{text} for {key} in {name} is not {kind}, which {operator} compares"),
            "cannot be compared",
            format!("Write {kind} instead of {text}"),
        ),
        ValueFlaw::LiteralWildcard => (
            format!("{text} for {key} in {name} has a wildcard, which {operator} takes for a letter"),
            "no wildcard under this operator",
            match &flaw.instead {
                Some(instead) => format!("Write {instead} instead of {operator}"),
                None => "Write an operator with Like".to_owned(),
            },
        ),
        ValueFlaw::PrivateAddress => (
            format!("{text} for {key} in {name} is a private address, from which no request over the internet comes"),
            "a private address",
            "Write the public address of the network, or aws:VpcSourceIp with aws:SourceVpce for requests through a VPC endpoint"
                .to_owned(),
        ),
        ValueFlaw::NoAccount => (
            format!("{text} for {key} in {name} is no account id, which has 12 digits"),
            "no account id",
            format!("Write the account's 12 digits in quotation marks instead of {text}"),
        ),
        ValueFlaw::NoArn => (
            format!("{text} for {key} in {name} is no ARN, and {key} is one"),
            "no ARN",
            format!("Write the ARN that is meant instead of {text}"),
        ),
        ValueFlaw::SessionArn => (
            format!("{text} for {key} in {name} is the ARN of a session, and {key} is that of the role"),
            "a session's ARN",
            format!("Write the ARN of the role instead of {text}"),
        ),
        ValueFlaw::NoBoolean => (
            format!("{text} for {key} in {name} is neither true nor false as requests have it, letter by letter"),
            "no request has it",
            format!("Write Bool instead of {operator}"),
        ),
        ValueFlaw::None => (
            format!("{key} in {name} has no value to compare with"),
            "no value",
            format!("Write the value that is meant for {key}"),
        ),
    };
    (format!("{why}{more}"), label, change)
}

/// The value at a place, for a sentence.
fn value_text(case: &Case<'_>, place: &std::ops::Range<usize>) -> String {
    fn find<'n>(
        node: &'n crate::json::Node,
        place: &std::ops::Range<usize>,
    ) -> Option<&'n crate::json::Node> {
        if node.span == *place {
            return Some(node);
        }
        let members = node.members().iter().map(|member| &member.value);
        members.chain(node.items()).find_map(|inner| find(inner, place))
    }
    let node = case
        .statement
        .condition
        .as_ref()
        .and_then(|condition| find(condition, place));
    match node {
        Some(node) => match &node.value {
            crate::json::Value::String(text) => format!("\"{}\"", short(text)),
            _ => short(&crate::policy::canonical(node)),
        },
        None => "a value".to_owned(),
    }
}
