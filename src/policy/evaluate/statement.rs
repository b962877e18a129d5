//! Policies made ready to be evaluated many times.
//!
//! Source: IAM User Guide, "IAM JSON policy elements reference".

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::super::document::Problem;
use super::super::{Document, Effect};
use super::caller::{Caller, CallerKind, Entry, How, Scope, excepted, named};
use super::condition::{self, Test};
use super::derive::Known;
use super::outcome::{Because, Outcome, PolicyRef, Premise, PremiseCode, Truth};
use super::pattern::{self, Pattern, Reach, Token, Unresolved};
use crate::arn::is_unknown;
use crate::json::{Node, Value};

/// The resource that a request is on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Resource<'a> {
    /// This one.
    Exact(&'a str),
    /// One of which only a part is known.
    Partly(Partly<'a>),
}

/// What is known of an ARN of KMS.
#[derive(Debug, Clone, Copy)]
pub(super) struct Partly<'a> {
    pub(super) partition: &'a str,
    pub(super) region: Option<&'a str>,
    pub(super) account: Option<&'a str>,
    /// `key/` or `alias/`
    pub(super) kind: &'a str,
    /// What stands behind the slash.
    pub(super) name: Option<&'a str>,
}

/// What `Resource` means in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Form {
    /// A key policy: `*` is this key, and what else is accepted is not documented.
    Key,
    /// A role's trust policy: there is none.
    Trust,
    /// Names of resources.
    Names,
}

/// All that a statement is held against.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) struct Asked<'a> {
    pub(in crate::policy) caller: &'a Caller,
    /// In small letters.
    pub(in crate::policy) service: &'a str,
    /// In small letters.
    pub(in crate::policy) action: &'a str,
    pub(in crate::policy) context: &'a Known<'a>,
}

/// An entry of `Action`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::policy) enum Action {
    All,
    Named(String, Vec<Token>),
    /// Whether it means anything is not known.
    Unknown(String),
    /// It matches nothing.
    Nothing,
}

impl Action {
    fn new(text: &str) -> Self {
        if text == "*" {
            return Self::All;
        }
        if is_unknown(text) {
            return Self::Unknown(format!("{text} is given by deployment only"));
        }
        if text == "*:*" {
            return Self::Unknown("whether the action *:* is taken for * is not documented".to_owned());
        }
        let Some((service, name)) = text.split_once(':') else {
            return Self::Nothing;
        };
        let tokens = name
            .chars()
            .map(|char| match char {
                '*' => Token::Any,
                '?' => Token::One,
                char => Token::Char(char.to_ascii_lowercase()),
            })
            .collect();
        Self::Named(service.to_ascii_lowercase(), tokens)
    }

    pub(in crate::policy) fn covers(&self, asked: Asked<'_>) -> Outcome {
        match self {
            Self::All => Outcome::TRUE,
            Self::Nothing => Outcome::FALSE,
            Self::Unknown(why) => Outcome::unknown(PremiseCode::Template, why.clone()),
            Self::Named(service, name) => {
                Outcome::is(service == asked.service && pattern::matches(name, asked.action))
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::policy) struct Statement {
    pub(in crate::policy) index: usize,
    pub(in crate::policy) sid: Option<String>,
    pub(in crate::policy) effect: Option<Effect>,
    /// Why it may mean something else.
    pub(in crate::policy) doubt: Option<(PremiseCode, String)>,
    /// Nothing of it is known.
    pub(in crate::policy) opaque: bool,
    pub(in crate::policy) principals: Option<(bool, Vec<Entry>)>,
    pub(in crate::policy) actions: Option<(bool, Vec<Action>)>,
    pub(in crate::policy) resources: Option<(bool, Vec<Pattern>)>,
    pub(in crate::policy) tests: Vec<Test>,
}

/// A policy document, ready to be evaluated. The default has no statement: it does nothing.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    pub(in crate::policy) statements: Arc<[Statement]>,
    listed: bool,
    index: Arc<Index>,
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.listed == other.listed && self.statements == other.statements
    }
}

/// Where the statements are that may mean a caller: a policy of many agents names each in a statement of its own.
#[derive(Debug, Default)]
struct Index {
    /// Places of the statements that name users, roles and sessions alone, by the last part of the name.
    by_name: HashMap<String, Vec<usize>>,
    /// Places of all others.
    others: Vec<usize>,
}

impl Index {
    fn new(statements: &[Statement]) -> Self {
        let mut index = Self::default();
        for (place, statement) in statements.iter().enumerate() {
            let names: Option<Vec<&str>> = match &statement.principals {
                Some((false, entries)) if !statement.opaque => entries.iter().map(Entry::name).collect(),
                _ => None,
            };
            let Some(names) = names else {
                index.others.push(place);
                continue;
            };
            for name in names {
                let places = index.by_name.entry(name.to_owned()).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        index
    }

    /// The places of the statements that may mean the caller, in two lists that are in order.
    fn places(&self, caller: &Caller) -> [&[usize]; 2] {
        let named = caller.name().and_then(|name| self.by_name.get(name));
        [&self.others, named.map_or(&[], Vec::as_slice)]
    }
}

/// The next of two lists that are in order.
fn next([one, other]: &mut [&[usize]; 2]) -> Option<usize> {
    let list = match (one.first(), other.first()) {
        (Some(first), Some(second)) if second < first => other,
        (None, _) => other,
        _ => one,
    };
    let (first, rest) = list.split_first()?;
    *list = rest;
    Some(*first)
}

fn negatable<'n>(node: &'n Node, name: &str, not: &str) -> Option<(bool, &'n Node)> {
    node.get(name)
        .map(|value| (false, value))
        .or_else(|| node.get(not).map(|value| (true, value)))
}

fn strings(value: &Node) -> impl Iterator<Item = &str> {
    value.one_or_many().iter().filter_map(Node::as_str)
}

impl Policy {
    /// Makes a document ready. Of elements that stand twice the last counts, but what such a statement means is unknown:
    /// AWS refuses it (IAM User Guide, "Grammar of the IAM JSON policy language").
    pub fn new(document: &Document) -> Self {
        let root = &document.root;
        let version = root.str_of("Version");
        let variables = version == Some("2012-10-17");
        let twice: Vec<_> = root.duplicates();
        let list = root.get("Statement");
        let whole = twice
            .iter()
            .find(|pair| pair.object.is_empty())
            .map(|pair| format!("the document has two members \"{}\"", pair.key));
        let statements = list.map(Node::one_or_many).unwrap_or_default();
        let statements = statements
            .iter()
            .enumerate()
            .map(|(index, node)| {
                let inside = |span: &std::ops::Range<usize>| {
                    node.span.start <= span.start && span.end <= node.span.end
                };
                let doubt = whole
                    .clone()
                    .or_else(|| {
                        let pair = twice.iter().find(|pair| inside(&pair.second))?;
                        Some(format!("the statement has two members \"{}\"", pair.key))
                    })
                    .or_else(|| {
                        let problem: &Problem =
                            document.problems.iter().find(|problem| inside(&problem.span))?;
                        Some(problem.message.clone())
                    });
                statement(index, node, doubt, variables)
            })
            .collect();
        Self::of(statements, list.is_some_and(Node::is_array))
    }

    fn of(statements: Vec<Statement>, listed: bool) -> Self {
        Self {
            index: Arc::new(Index::new(&statements)),
            statements: statements.into(),
            listed,
        }
    }

    /// A policy without statements: it does nothing.
    pub(in crate::policy) fn empty() -> Self {
        Self::of(Vec::new(), true)
    }

    /// The `Sid` of a statement (IAM User Guide, "IAM JSON policy elements: Sid").
    pub fn sid(&self, statement: usize) -> Option<&str> {
        self.statements.get(statement)?.sid.as_deref()
    }

    /// True where each Allow of this policy stands in `other` too, and each Deny of `other` in this one.
    pub(in crate::policy) fn is_within(&self, other: &Self) -> bool {
        let all = |from: &Self, to: &Self, harmless: Effect| {
            from.statements
                .iter()
                .filter(|statement| statement.effect != Some(harmless))
                .all(|statement| to.statements.iter().any(|own| own.is_like(statement)))
        };
        all(self, other, Effect::Deny) && all(other, self, Effect::Allow)
    }

    /// The policy with those statements alone that `keep` says, by index and effect: what they do without the others
    /// (IAM User Guide, "IAM JSON policy elements: Statement").
    #[must_use]
    pub fn keeping(&self, keep: impl Fn(usize, Option<Effect>) -> bool) -> Self {
        let own = self.statements.iter();
        let kept = own.filter(|statement| keep(statement.index, statement.effect));
        Self::of(kept.cloned().collect(), self.listed)
    }

    /// Each way in which the policy does `effect` to what is asked.
    pub(super) fn ways(
        &self,
        own: PolicyRef,
        effect: Effect,
        asked: Asked<'_>,
        resource: Resource<'_>,
        form: Form,
        scope: Option<Scope<'_>>,
    ) -> Vec<Way> {
        let mut found = Vec::new();
        let mut add = |statement: &Statement| {
            if statement.effect.is_some_and(|of| of != effect) {
                return;
            }
            let because = Because {
                policy: own,
                statement: Some(statement.index),
                listed: self.listed,
                effect,
            };
            statement.ways(asked, resource, form, scope, |how, outcome| {
                if !outcome.is_false() {
                    found.push(Way {
                        how,
                        by_arn: statement.tests.iter().any(|test| test.is_on("aws:principalarn")),
                        outcome: outcome.by(because),
                    });
                }
            });
        };
        // Policies of identities name nobody, and whose session a federated user is does not show.
        if scope.is_none() || asked.caller.kind == CallerKind::FederatedUser {
            self.statements.iter().for_each(add);
            return found;
        }
        let mut places = self.index.places(asked.caller);
        while let Some(place) = next(&mut places) {
            if let Some(statement) = self.statements.get(place) {
                add(statement);
            }
        }
        found
    }
}

/// One way in which a policy lets a caller in, or keeps it out.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) how: How,
    /// True where a condition names `aws:PrincipalArn`.
    pub(super) by_arn: bool,
    pub(super) outcome: Outcome,
}

fn statement(index: usize, node: &Node, doubt: Option<String>, variables: bool) -> Statement {
    let mut doubt = doubt.map(|why| (PremiseCode::Document, why));
    let mut refuse = |why: fmt::Arguments<'_>| {
        doubt.get_or_insert_with(|| (PremiseCode::Document, why.to_string()));
    };
    for (name, not) in [
        ("Principal", "NotPrincipal"),
        ("Action", "NotAction"),
        ("Resource", "NotResource"),
    ] {
        if node.has(&[name, not]) {
            refuse(format_args!("the statement has both {name} and {not}"));
        }
    }
    let principals = negatable(node, "Principal", "NotPrincipal").map(|(negated, value)| {
        let entries = if value.is_object() {
            let entry = |kind: &str, item: &Node| item.as_str().map(|text| Entry::new(kind, text));
            value
                .members()
                .iter()
                .flat_map(|member| {
                    member
                        .value
                        .one_or_many()
                        .iter()
                        .filter_map(move |item| entry(&member.key, item))
                })
                .collect()
        } else {
            strings(value)
                .map(|text| Entry::new(if text == "*" { "AWS" } else { "" }, text))
                .collect()
        };
        (negated, entries)
    });
    let actions = negatable(node, "Action", "NotAction")
        .map(|(negated, value)| (negated, strings(value).map(Action::new).collect()));
    let resources = negatable(node, "Resource", "NotResource").map(|(negated, value)| {
        let patterns = strings(value).map(|text| Pattern::new(text, true, variables));
        (negated, patterns.collect())
    });
    let mut tests = Vec::new();
    if let Some(condition) = node.get("Condition") {
        if !condition.is_object() {
            refuse(format_args!(
                "Condition must be an object, not {}",
                condition.kind()
            ));
        }
        for operator in condition.members() {
            if !operator.value.is_object() {
                refuse(format_args!("the operator {} must hold an object", operator.key));
            }
            for key in operator.value.members() {
                tests.push(Test::new(
                    &operator.key,
                    &key.key,
                    key.value.one_or_many(),
                    variables,
                ));
            }
        }
    }
    let effect = match node.get("Effect").map(|value| &value.value) {
        Some(Value::String(text)) if text == "Allow" => Some(Effect::Allow),
        Some(Value::String(text)) if text == "Deny" => Some(Effect::Deny),
        _ => None,
    };
    if effect.is_none() {
        refuse(format_args!("the statement's Effect is not known"));
    }
    Statement {
        index,
        sid: node.str_of("Sid").map(str::to_owned),
        effect,
        doubt,
        opaque: !node.is_object(),
        principals,
        actions,
        resources,
        tests,
    }
}

impl Statement {
    /// True for one that says the same, wherever it stands and whatever it is called.
    pub(in crate::policy) fn is_like(&self, other: &Self) -> bool {
        self.effect == other.effect
            && self.doubt == other.doubt
            && self.opaque == other.opaque
            && self.principals == other.principals
            && self.actions == other.actions
            && self.resources == other.resources
            && self.tests == other.tests
    }

    fn ways(
        &self,
        asked: Asked<'_>,
        resource: Resource<'_>,
        form: Form,
        scope: Option<Scope<'_>>,
        mut found: impl FnMut(How, Outcome),
    ) {
        let doubted = |outcome: Outcome| match &self.doubt {
            Some((code, why)) => outcome.doubted(*code, why),
            None => outcome,
        };
        if self.opaque {
            found(How::Exact, doubted(Outcome::TRUE));
            return;
        }
        let common = self.covers(asked);
        if common.is_false() {
            return;
        }
        let common = common.and(self.on(resource, form, asked.context));
        if common.is_false() {
            return;
        }
        let refused = |why: &str| vec![(How::Exact, Some(Premise::new(PremiseCode::Document, why)))];
        let ways = match (&self.principals, scope) {
            (None, None) => vec![(How::Exact, None)],
            (Some((true, entries)), Some(scope)) => excepted(entries, asked.caller, scope),
            (Some((false, entries)), Some(scope)) => named(entries, asked.caller, scope),
            (Some(_), None) => refused("a policy of an identity has no Principal: AWS refuses it"),
            (None, Some(_)) => {
                refused("the statement has no Principal: AWS refuses it in a resource's policy")
            }
        };
        if ways.is_empty() {
            return;
        }
        let common = doubted(common.and(condition::all(&self.tests, asked.context)));
        if common.is_false() {
            return;
        }
        for (how, premise) in ways {
            let outcome = match premise {
                Some(premise) => common.clone().and(Outcome::premise(premise)),
                None => common.clone(),
            };
            found(how, outcome);
        }
    }

    /// A statement without actions has no effect, also as a Deny.
    pub(in crate::policy) fn covers(&self, asked: Asked<'_>) -> Outcome {
        let Some((negated, actions)) = &self.actions else {
            return Outcome::FALSE;
        };
        if actions.is_empty() {
            return Outcome::FALSE;
        }
        let sum = actions
            .iter()
            .fold(Outcome::FALSE, |sum, action| sum.or(action.covers(asked)));
        if *negated { not(sum) } else { sum }
    }

    /// A statement without resources has no effect, also as a Deny.
    fn on(&self, resource: Resource<'_>, form: Form, context: &Known<'_>) -> Outcome {
        let Some((negated, patterns)) = &self.resources else {
            return Outcome::is(form == Form::Trust);
        };
        if patterns.is_empty() {
            return Outcome::FALSE;
        }
        let everything = patterns.iter().any(Pattern::is_everything);
        if everything {
            return Outcome::is(!negated);
        }
        let mut sum = Outcome::FALSE;
        let mut unresolved = false;
        for pattern in patterns {
            match pattern.resolve(context) {
                Ok(tokens) => sum = sum.or(matches(&tokens, resource)),
                Err(Unresolved::Missing) => unresolved = true,
                Err(Unresolved::Unknown(guess)) => {
                    unresolved |= guess.perhaps_missing;
                    if !matches(&guess.tokens, resource).is_false() {
                        sum = sum.or(Outcome::premise(guess.premise));
                    }
                }
            }
        }
        let sum = if *negated { not(sum) } else { sum };
        let sum = if unresolved {
            let why = "whether a resource whose variable has no value makes the statement invalid is not documented";
            sum.doubted(PremiseCode::Value, why)
        } else {
            sum
        };
        if form == Form::Key {
            let why = "a key policy's Resource is \"*\": whether another that fits the key has an effect is not documented";
            return sum.doubted(PremiseCode::ResourceForm, why);
        }
        sum
    }
}

fn matches(tokens: &[Token], resource: Resource<'_>) -> Outcome {
    let (truth, why) = match resource {
        Resource::Exact(name) => (
            pattern::matches_resource(tokens, name),
            "whether a wildcard inside a segment of an ARN runs on past its colon is not documented",
        ),
        Resource::Partly(known) => (
            known.is_in(tokens),
            "the request does not name the resource by its ARN",
        ),
    };
    match truth {
        Truth::True => Outcome::TRUE,
        Truth::False => Outcome::FALSE,
        Truth::Unknown => Outcome::unknown(PremiseCode::ResourceForm, why),
    }
}

impl Partly<'_> {
    /// Whether a pattern matches all, none or some of the ARNs that this may be.
    fn is_in(&self, tokens: &[Token]) -> Truth {
        let unknown = pattern::UNKNOWN;
        let prefix = format!(
            "arn:{}:kms:{}:{}:{}",
            self.partition,
            self.region.unwrap_or(unknown),
            self.account.unwrap_or(unknown),
            self.kind
        );
        let reach = match self.name {
            None => pattern::reach_resource(tokens, &prefix),
            Some(name) => match pattern::matches_resource(tokens, &(prefix + name)) {
                Truth::True => Reach::All,
                Truth::Unknown => Reach::Some,
                Truth::False => Reach::None,
            },
        };
        match reach {
            Reach::All if !tokens.contains(&Token::One) => return Truth::True,
            Reach::All | Reach::Some => return Truth::Unknown,
            Reach::None if self.region.is_some() && self.account.is_some() => return Truth::False,
            Reach::None => {}
        }
        let complete = pattern::completed(tokens);
        let Some(parts) = pattern::arn_parts(complete.as_deref().unwrap_or(tokens)) else {
            return Truth::False;
        };
        let mut all = true;
        let mut runs_on = false;
        let known = [
            Some("arn"),
            Some(self.partition),
            Some("kms"),
            self.region,
            self.account,
        ];
        for (part, own) in parts.iter().zip(known) {
            match own {
                Some(own) if pattern::matches(part, own) => {}
                None if **part == [Token::Any] => {}
                None => all = false,
                // A `*` before may run on past the end of its segment.
                Some(_) if runs_on => return Truth::Unknown,
                Some(_) => return Truth::False,
            }
            runs_on |= part.contains(&Token::Any);
        }
        let name = parts.last().copied().unwrap_or_default();
        match self.name {
            Some(own) if !pattern::matches(name, &format!("{}{own}", self.kind)) => Truth::False,
            None => match pattern::reach(name, self.kind) {
                Reach::None => Truth::False,
                Reach::All if all => Truth::True,
                Reach::All | Reach::Some => Truth::Unknown,
            },
            Some(_) if all => Truth::True,
            Some(_) => Truth::Unknown,
        }
    }
}

fn not(outcome: Outcome) -> Outcome {
    if outcome.is_false() {
        Outcome::TRUE
    } else if outcome.is_true() {
        Outcome::FALSE
    } else {
        outcome
    }
}
