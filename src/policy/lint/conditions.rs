//! Conditions that do not do what they say: one flaw for each operator and key.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition", "Condition operators", "Set operators for multivalued
//! context keys"; IAM Access Analyzer, "Policy check reference"; KMS developer guide, "Condition keys for AWS KMS".

use std::ops::Range;

use super::presence::{is_always_there, is_for_iam_only, may_carry, of_other_callers};
use super::spelling::nearest;
use super::values::{self, Fit, ValueFlaw};
use super::{actions, spelling_of_operator};
use crate::arn::is_unknown;
use crate::json::{Member, Node};
use crate::policy::catalogue::{self, ConditionKey};
use crate::policy::evaluate::{Compares, Context, KeyMetadata, Operator, Quantifier, Test};
use crate::policy::{Document, Effect, Statement};

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionFlaw {
    /// IAM has no such operator.
    UnknownOperator,
    /// There is no such condition key; with why, where that is known.
    UnknownKey(&'static str),
    /// The key has several values, and the operator takes one.
    NeedsQuantifier,
    /// `ForAllValues:` holds also where the request has no such key.
    ForAllValues {
        /// True for a key that has several values.
        multivalued: bool,
    },
    /// `ForAnyValue:` on a key with one value.
    ForAnyValue,
    /// The operator is for values of another type.
    OperatorType(&'static str),
    /// Values of no use, each with why and its place.
    Values(Vec<(ValueFlaw, Range<usize>)>),
    /// No request for these actions carries the key; true where that is so for every action of the statement.
    NotForActions(Vec<&'static str>, bool),
    /// No request of the statement's principals carries the key; with why.
    NotForPrincipals(&'static str),
    /// The key is documented for IAM policies only.
    IamOnly,
    /// Of this very key it is always true, or never.
    Constant(bool),
}

/// What a flaw does to the condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// It never holds: the statement does nothing.
    Never,
    /// It holds only for requests without the key.
    OnlyWithoutKey,
    /// It always holds: it is as if it were not there.
    Always,
    /// It holds for requests without the key as well.
    WithoutKeyToo,
    /// It does not hold for requests without the key, as it would if it were written plainly.
    NotWithoutKey,
    /// It holds for less than it lists.
    Narrower,
    /// It excepts less than it lists.
    Wider,
    /// It holds as if it were written plainly.
    Plainly,
    /// What it does is not documented.
    Unclear,
}

/// A flaw of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong.
    pub flaw: ConditionFlaw,
    /// Where.
    pub place: Range<usize>,
    /// What follows.
    pub holds: Holds,
    /// The operator, as it is written.
    pub operator: String,
    /// The condition key, as it is written.
    pub key: String,
    /// What to write instead of what stands at the place, where that is known.
    pub instead: Option<String>,
}

/// The most values of one key that are looked at; those beyond are taken for good.
const MOST_VALUES: usize = 1_000;

/// The flaws of a statement's condition, in the order of the text: of each operator with a key the first reason that
/// explains it, and no other. Values that only deployment gives have none.
///
/// Source: IAM User Guide, "IAM JSON policy elements: Condition".
pub fn condition_flaws(document: &Document, statement: &Statement, key: &KeyMetadata) -> Vec<Flaw> {
    let Some(condition) = &statement.condition else {
        return Vec::new();
    };
    let variables = document
        .version
        .as_ref()
        .is_some_and(|(version, _)| version == "2012-10-17");
    let mut found = Vec::new();
    for operator in condition
        .members()
        .iter()
        .filter(|member| !is_unknown(&member.key))
    {
        if Test::new(&operator.key, "", &[], variables).operator().is_none() {
            found.push(Flaw {
                flaw: ConditionFlaw::UnknownOperator,
                place: operator.key_span.clone(),
                holds: Holds::Never,
                operator: operator.key.clone(),
                key: String::new(),
                instead: spelling_of_operator(&operator.key),
            });
        }
        let members = operator.value.members().iter();
        for member in members.filter(|member| !is_unknown(&member.key)) {
            let entry = Entry {
                condition,
                statement,
                metadata: key,
                operator,
                member,
                test: Test::new(&operator.key, &member.key, member.value.one_or_many(), variables),
            };
            found.extend(entry.flaw());
        }
    }
    found
}

/// One operator with one key.
struct Entry<'a> {
    condition: &'a Node,
    statement: &'a Statement,
    metadata: &'a KeyMetadata,
    operator: &'a Member,
    member: &'a Member,
    test: Test,
}

impl Entry<'_> {
    fn flaw(&self) -> Option<Flaw> {
        let name = self.member.key.as_str();
        let Some(key) = catalogue::condition_key(name) else {
            return self.unknown_key(name);
        };
        let (prefix, _) = name.split_once(':')?;
        if !["kms", "aws"].iter().any(|own| own.eq_ignore_ascii_case(prefix)) {
            let why = "it is in requests to another service";
            return Some(self.at_key(ConditionFlaw::UnknownKey(why), self.without(), None));
        }
        let operator = self.test.operator()?;
        self.absent()
            .or_else(|| self.quantifier(operator, key))
            .or_else(|| self.of_type(operator, key))
            .or_else(|| self.constant())
    }

    fn at(&self, place: &Range<usize>, flaw: ConditionFlaw, holds: Holds, instead: Option<String>) -> Flaw {
        Flaw {
            flaw,
            place: place.clone(),
            holds,
            operator: self.operator.key.clone(),
            key: self.member.key.clone(),
            instead,
        }
    }

    fn at_key(&self, flaw: ConditionFlaw, holds: Holds, instead: Option<String>) -> Flaw {
        self.at(&self.member.key_span, flaw, holds, instead)
    }

    fn at_operator(&self, flaw: ConditionFlaw, holds: Holds, instead: Option<String>) -> Flaw {
        self.at(&self.operator.key_span, flaw, holds, instead)
    }

    /// What it is where no request has the key.
    fn without(&self) -> Holds {
        match self.test.holds_with(&[]) {
            Some(true) => Holds::Always,
            Some(false) => Holds::Never,
            None => Holds::Unclear,
        }
    }

    fn unknown_key(&self, name: &str) -> Option<Flaw> {
        if is_carried_along(name) {
            return None;
        }
        let meant = key_suggestion(name);
        let why = match name.split_once(':') {
            None => "a condition key has the name of its service before a colon",
            Some((prefix, _)) if ["kms", "aws"].iter().any(|own| own.eq_ignore_ascii_case(prefix)) => "",
            Some(_) if meant.is_some() => "",
            Some(_) => "it is in requests to another service",
        };
        Some(self.at_key(ConditionFlaw::UnknownKey(why), self.without(), meant))
    }

    /// No request has the key.
    fn absent(&self) -> Option<Flaw> {
        let name = self.member.key.as_str();
        if is_for_iam_only(name) {
            return Some(self.at_key(ConditionFlaw::IamOnly, Holds::Unclear, None));
        }
        if let Some(why) = of_other_callers(self.statement, name) {
            return Some(self.at_key(ConditionFlaw::NotForPrincipals(why), self.without(), None));
        }
        let live = actions::live(self.statement, self.metadata);
        let signs = self.metadata.key_usage.as_deref() == Some("SIGN_VERIFY");
        let lacking: Vec<_> = live
            .iter()
            .filter(|(action, _)| !may_carry(action, name, signs))
            .collect();
        let whole = lacking.len() == live.len();
        if lacking.is_empty() {
            return None;
        }
        let holds = self.without();
        let names: Vec<&'static str> = lacking
            .iter()
            // What a wildcard brings with it was not meant by name.
            .filter(|(_, pattern)| whole || !pattern.has_wildcard())
            .map(|(action, _)| action.name)
            .collect();
        // A pin of the signature that stands on other actions too is judged by what it does to them.
        let pin = ["kms:signingalgorithm", "kms:messagetype"].contains(&name.to_ascii_lowercase().as_str());
        if names.is_empty() || (!whole && (pin || holds != Holds::Never)) {
            return None;
        }
        let holds = if whole { holds } else { Holds::Narrower };
        Some(self.at_key(ConditionFlaw::NotForActions(names, whole), holds, None))
    }

    fn quantifier(&self, operator: Operator, key: &ConditionKey) -> Option<Flaw> {
        let (plain, bare) = (self.plain_operator(), self.operator.key.as_str());
        if operator.compares == Compares::Presence {
            return None;
        }
        let name = self.member.key.as_str();
        let always = is_always_there(self.statement, name);
        let denies = self.statement.effect == Some(Effect::Deny);
        match (operator.quantifier, key.multivalued) {
            (Quantifier::One, true) => {
                let holds = match self.test.holds_with(&[]) {
                    Some(true) => Holds::OnlyWithoutKey,
                    _ => Holds::Never,
                };
                let prefix = if operator.negated {
                    "ForAllValues"
                } else {
                    "ForAnyValue"
                };
                let instead = Some(format!("{prefix}:{bare}"));
                Some(self.at_operator(ConditionFlaw::NeedsQuantifier, holds, instead))
            }
            (Quantifier::All, false) => {
                // Without a value it holds, as a negated operator does by itself.
                let plainly = always || operator.negated || self.requires_key();
                let holds = if plainly {
                    Holds::Plainly
                } else {
                    Holds::WithoutKeyToo
                };
                let flaw = ConditionFlaw::ForAllValues { multivalued: false };
                Some(self.at_operator(flaw, holds, Some(plain.to_owned())))
            }
            (Quantifier::All, true) => {
                if always || denies || operator.negated || self.requires_key() {
                    return None;
                }
                let flaw = ConditionFlaw::ForAllValues { multivalued: true };
                Some(self.at_operator(flaw, Holds::WithoutKeyToo, None))
            }
            (Quantifier::Any, false) => {
                let holds = if operator.negated && !always && !self.requires_key() {
                    Holds::NotWithoutKey
                } else {
                    Holds::Plainly
                };
                Some(self.at_operator(ConditionFlaw::ForAnyValue, holds, Some(plain.to_owned())))
            }
            (Quantifier::One, false) | (Quantifier::Any, true) => None,
        }
    }

    /// The operator without what stands before its colon.
    fn plain_operator(&self) -> &str {
        let text = self.operator.key.as_str();
        text.split_once(':').map_or(text, |(_, plain)| plain)
    }

    /// True where the condition says of the same key that it must be there.
    fn requires_key(&self) -> bool {
        let name = self.member.key.as_str();
        self.condition.members().iter().any(|operator| {
            operator.key.eq_ignore_ascii_case("Null")
                && operator.value.members().iter().any(|member| {
                    member.key.eq_ignore_ascii_case(name)
                        && Test::new("Null", name, member.value.one_or_many(), false).holds_with(&[])
                            == Some(false)
                })
        })
    }

    fn of_type(&self, operator: Operator, key: &ConditionKey) -> Option<Flaw> {
        let name = self.member.key.as_str();
        let fit = values::fit(operator, key, name);
        if fit != Fit::Right {
            let holds = match (fit, operator.negated, self.test.holds_with(&[])) {
                (Fit::Unclear, ..) => Holds::Unclear,
                (_, true, _) => Holds::Always,
                (_, false, Some(true)) => Holds::OnlyWithoutKey,
                _ => Holds::Never,
            };
            let better = super::operator_for(key.kind, operator.negated);
            let flaw = ConditionFlaw::OperatorType(better);
            return Some(self.at_operator(flaw, holds, Some(better.to_owned())));
        }
        let items = self.member.value.one_or_many();
        let mut bad: Vec<(ValueFlaw, Range<usize>)> = Vec::new();
        for (index, item) in items.iter().enumerate().take(MOST_VALUES) {
            let text = item.as_str().or(match &item.value {
                crate::json::Value::Number(digits) => Some(digits),
                _ => None,
            });
            let unreadable = self.test.cannot_compare(index);
            if let Some(flaw) = values::flaw(operator, key, name, text.unwrap_or_default(), unreadable)
                && (text.is_some() || unreadable)
            {
                bad.push((flaw, item.span.clone()));
            }
        }
        if items.is_empty() {
            let none = vec![(ValueFlaw::None, self.member.value.span.clone())];
            return Some(self.at(
                &self.member.value.span,
                ConditionFlaw::Values(none),
                Holds::Unclear,
                None,
            ));
        }
        let (first, place) = bad.first()?.clone();
        let all = bad.len() == items.len();
        let unreadable = bad
            .iter()
            .any(|(flaw, _)| matches!(flaw, ValueFlaw::Unreadable(_)));
        let absent = self.test.holds_with(&[]);
        let holds = match (operator.negated, all) {
            // A value that is none breaks a negated operator whole.
            (true, _) if unreadable && absent != Some(true) => Holds::Never,
            (true, _) if unreadable => Holds::OnlyWithoutKey,
            (true, true) if absent == Some(false) => Holds::NotWithoutKey,
            (true, true) => Holds::Always,
            (true, false) => Holds::Wider,
            (false, false) => Holds::Narrower,
            (false, true) if absent == Some(true) => Holds::OnlyWithoutKey,
            (false, true) => Holds::Never,
        };
        let instead = (first == ValueFlaw::LiteralWildcard).then(|| self.with_wildcards(operator));
        Some(self.at(&place, ConditionFlaw::Values(bad), holds, instead))
    }

    /// The same operator, for which a wildcard is one.
    fn with_wildcards(&self, operator: Operator) -> String {
        let text = self.operator.key.as_str();
        let prefix = text
            .split_once(':')
            .map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
        let suffix = if text.to_ascii_lowercase().ends_with("ifexists") {
            "IfExists"
        } else {
            ""
        };
        let own = if operator.negated {
            "StringNotLike"
        } else {
            "StringLike"
        };
        format!("{prefix}{own}{suffix}")
    }

    /// Of this very key it is always true, or never.
    fn constant(&self) -> Option<Flaw> {
        let values = constants(self.metadata);
        let name = self.member.key.as_str();
        let (_, value) = values.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        let mut context = Context::new();
        context.set_incomplete();
        context.set(name, value.iter().map(|value| (*value).to_owned()).collect());
        let holds = self.test.known(&context)?;
        let what = if holds { Holds::Always } else { Holds::Never };
        Some(self.at_key(ConditionFlaw::Constant(holds), what, None))
    }
}

/// True for a key that says of a key of KMS what never changes of it (KMS developer guide, "Condition keys for AWS KMS").
pub fn is_of_the_key_itself(name: &str) -> bool {
    const NAMES: [&str; 7] = [
        "kms:CustomerMasterKeySpec",
        "kms:CustomerMasterKeyUsage",
        "kms:KeyOrigin",
        "kms:KeySpec",
        "kms:KeyUsage",
        "kms:MultiRegion",
        "kms:MultiRegionKeyType",
    ];
    NAMES.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// What every request on this key carries, as far as its metadata is known: no value where it carries none.
fn constants(key: &KeyMetadata) -> Vec<(&'static str, Option<&str>)> {
    let mut found = Vec::new();
    let spec = key.key_spec.as_deref();
    let usage = key.key_usage.as_deref();
    for (name, value) in [
        ("kms:CustomerMasterKeySpec", spec),
        ("kms:CustomerMasterKeyUsage", usage),
        ("kms:KeyOrigin", key.origin.as_deref()),
        ("kms:KeySpec", spec),
        ("kms:KeyUsage", usage),
        ("kms:MultiRegionKeyType", key.multi_region_key_type.as_deref()),
    ] {
        if let Some(value) = value {
            found.push((name, Some(value)));
        }
    }
    if let Some(multi_region) = key.multi_region {
        found.push((
            "kms:MultiRegion",
            Some(if multi_region { "true" } else { "false" }),
        ));
        if !multi_region && key.multi_region_key_type.is_none() {
            found.push(("kms:MultiRegionKeyType", None));
        }
    }
    found
}

/// Keys of services and identity providers that the credentials of a session carry to other services (IAM User Guide,
/// "Cross-service OIDC federation condition keys", and the like of EC2, Lambda and Systems Manager).
fn is_carried_along(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let Some((prefix, name)) = lower.split_once(':') else {
        return false;
    };
    // The prefix of an identity provider's keys is its host.
    prefix.contains('.')
        || prefix == "saml"
        || prefix == "identitystore"
        || [
            ("ec2", "sourceinstancearn"),
            ("ec2", "roledelivery"),
            ("lambda", "sourcefunctionarn"),
            ("ssm", "sourceinstancearn"),
            ("glue", "credentialissuingservice"),
            ("glue", "roleassumedby"),
        ]
        .contains(&(prefix, name))
}

fn key_suggestion(name: &str) -> Option<String> {
    let kms = catalogue::service("kms")?.condition_keys;
    let known: Vec<&'static ConditionKey> = kms.iter().chain(catalogue::global_keys()).collect();
    // The name of a tag, or of an entry of an encryption context, that was left out.
    let headless = known.iter().find(|own| {
        own.name.split_once("${").is_some_and(|(head, _)| {
            head.trim_end_matches(['/', ':'])
                .eq_ignore_ascii_case(name.trim_end_matches(['/', ':']))
        })
    });
    if let Some(own) = headless {
        let (head, _) = own.name.split_once("${")?;
        return Some(format!("{head}NAME"));
    }
    let names = || {
        known
            .iter()
            .map(|own| own.name)
            .filter(|name| !name.contains("${"))
    };
    if let Some(found) = nearest(name, names()) {
        return Some(found.to_owned());
    }
    // The service's name was left out, or is another's.
    let bare = name.rsplit_once(':').map_or(name, |(_, bare)| bare);
    names()
        .find(|own| {
            own.split_once(':')
                .is_some_and(|(_, own)| own.eq_ignore_ascii_case(bare))
        })
        .map(str::to_owned)
}
