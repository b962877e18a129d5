//! Requests that show a difference: made from what the proof could not exclude, and decided by the evaluator.

use std::collections::{BTreeMap, BTreeSet};

use super::super::evaluate::condition::{Test, Value};
use super::super::evaluate::derive::{Known, is_alias_action};
use super::super::evaluate::pattern::{Pattern, Token};
use super::super::evaluate::{
    self, Caller, CallerKind, Context, Grant, KeyMetadata, Policies, Policy, Request,
};
use super::super::{Document, Kind, catalogue};
use super::classes::{Class, OTHER_ACCOUNTS, Relation};
use super::glob::Budget;
use super::operations::Operation;
use super::solve::Model;
use super::theory::{Atoms, State};
use super::worth::{RESOURCE, Want, has_open};
use super::{Assumed, Setting, Witness};
use crate::arn::Arn;

/// An identity policy that allows everything.
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// A boundary that allows nothing of interest.
const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}"#;

/// An identity policy that allows everything on aliases, and nothing on keys.
const ALIASES: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"arn:*:kms:*:*:alias/*"}]}"#;

/// The most contexts that are tried for one gap.
const MOST_CONTEXTS: usize = 60;

/// Both policies, ready to be evaluated.
pub(super) struct Pair<'a> {
    old: &'a Policy,
    new: &'a Policy,
    setting: &'a Setting,
    /// Keys that the policies name by their ARN.
    keys: BTreeSet<String>,
    everything: Policy,
    nothing: Policy,
    aliases: Policy,
}

/// How much a witness shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// The old policy does not allow the request.
    Sure,
    /// Whether the old policy allows it depends on what is not known.
    Doubtful,
}

impl<'a> Pair<'a> {
    pub(super) fn new(old: &'a Policy, new: &'a Policy, setting: &'a Setting) -> Self {
        let patterns = [old, new]
            .into_iter()
            .flat_map(|policy| policy.statements.iter())
            .flat_map(|statement| statement.resources.iter().flat_map(|(_, list)| list));
        let literal = |pattern: &Pattern| -> Option<String> {
            let char = |token: &Token| match token {
                Token::Char(char) => Some(*char),
                Token::One | Token::Any => None,
            };
            pattern.fixed.as_deref()?.iter().map(char).collect()
        };
        let keys = patterns
            .filter_map(literal)
            .filter(|text| {
                Arn::parse(text).is_some_and(|arn| arn.service == "kms" && arn.resource.starts_with("key/"))
            })
            .collect();
        let read = |text: &str| {
            let document = Document::parse(text).ok();
            document.as_ref().map_or_else(Policy::empty, Policy::new)
        };
        Self {
            old,
            new,
            setting,
            keys,
            everything: read(EVERYTHING),
            nothing: read(NOTHING),
            aliases: read(ALIASES),
        }
    }

    /// Tries what the model says of a request of this class, in every world of other policies that may tell.
    pub(super) fn confirm(
        &self,
        class: &Class,
        operation: &Operation,
        model: &Model,
        atoms: &Atoms,
        budget: &mut Budget,
    ) -> Option<(Strength, Witness)> {
        let statements = self
            .old
            .statements
            .len()
            .saturating_add(self.new.statements.len());
        let cost = statements.saturating_mul(8).saturating_add(50);
        let mut best = None;
        for request in self.requests(class, operation, model, atoms) {
            let metadata = self.metadata(model, atoms);
            for assumed in self.worlds(&request, operation, metadata) {
                if !budget.take(cost) {
                    return best;
                }
                let Some(found) = self.decide(&request, assumed) else {
                    continue;
                };
                if found.0 == Strength::Sure {
                    return Some(found);
                }
                best = best.or(Some(found));
            }
        }
        best
    }

    fn decide(&self, request: &Request, assumed: Assumed) -> Option<(Strength, Witness)> {
        let base = self.others(&assumed);
        let with = |policy: &Policy| {
            let mut own = base.clone();
            place(&mut own, policy.clone(), self.setting.kind);
            own.decide(request)
        };
        let after = with(self.new);
        if after.verdict != evaluate::Verdict::Allowed {
            return None;
        }
        let before = with(self.old);
        let strength = match before.verdict {
            evaluate::Verdict::Allowed => return None,
            evaluate::Verdict::Depends => Strength::Doubtful,
            evaluate::Verdict::ExplicitDeny | evaluate::Verdict::ImplicitDeny => Strength::Sure,
        };
        let witness = Witness {
            request: request.clone(),
            assumed,
            before,
            after,
        };
        Some((strength, witness))
    }

    /// The other policies, ready to be evaluated.
    fn others(&self, assumed: &Assumed) -> Policies {
        let ready = |text: &String| match text.as_str() {
            EVERYTHING => self.everything.clone(),
            ALIASES => self.aliases.clone(),
            _ => self.nothing.clone(),
        };
        Policies {
            key_policy: assumed
                .key_policy
                .as_ref()
                .and_then(|text| Document::parse(text).ok())
                .map(|document| Policy::new(&document)),
            identity_policies: Some(assumed.identity_policies.iter().map(ready).collect()),
            grants: Some(assumed.grants.clone()),
            session_policy: assumed.session_policy.as_ref().map(ready),
            permission_boundaries: assumed.permission_boundaries.iter().map(ready).collect(),
            key_metadata: assumed.key_metadata.clone(),
            ..Policies::default()
        }
    }

    /// Worlds of other policies, the plainest first.
    fn worlds(
        &self,
        request: &Request,
        operation: &Operation,
        metadata: Option<KeyMetadata>,
    ) -> Vec<Assumed> {
        let caller = &request.principal;
        let plain = Assumed {
            key_metadata: metadata,
            ..Assumed::default()
        };
        let all = || vec![EVERYTHING.to_owned()];
        let identity = Assumed {
            identity_policies: all(),
            ..plain.clone()
        };
        let kind = self.setting.kind;
        if matches!(kind, Kind::Identity | Kind::Endpoint) {
            let account = caller.account().unwrap_or_default();
            let delegates = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"*","Resource":"*"}}]}}"#
            );
            let key_policy = Some(delegates);
            return vec![
                plain.clone(),
                Assumed {
                    key_policy: key_policy.clone(),
                    ..plain
                },
                identity.clone(),
                Assumed {
                    key_policy,
                    ..identity
                },
            ];
        }
        let nothing = Some(NOTHING.to_owned());
        let mut list = vec![
            plain.clone(),
            identity.clone(),
            // What a boundary or a session policy limits.
            Assumed {
                permission_boundaries: vec![NOTHING.to_owned()],
                ..plain.clone()
            },
            Assumed {
                session_policy: nothing,
                ..plain
            },
            Assumed {
                permission_boundaries: all(),
                ..identity.clone()
            },
            Assumed {
                session_policy: Some(EVERYTHING.to_owned()),
                ..identity.clone()
            },
        ];
        if kind == Kind::Key && is_alias_action(operation.operation()) {
            list.push(Assumed {
                identity_policies: vec![ALIASES.to_owned()],
                ..list.first().cloned().unwrap_or_default()
            });
        }
        let grantable = kind == Kind::Key
            && catalogue::service("kms")
                .is_some_and(|kms| kms.grant_operations.contains(&operation.operation()));
        if grantable {
            let mut grant = Grant {
                operations: vec![operation.operation().to_owned()],
                ..Grant::default()
            };
            if caller.kind == CallerKind::Service {
                grant.grantee_service = Some(caller.text.clone());
            } else {
                grant.grantee = Some(caller.text.clone());
            }
            list.push(Assumed {
                grants: vec![grant],
                ..identity
            });
        }
        list
    }

    fn metadata(&self, model: &Model, atoms: &Atoms) -> Option<KeyMetadata> {
        if self.setting.key_metadata.is_some() {
            return self.setting.key_metadata.clone();
        }
        let mut key = KeyMetadata::default();
        for (group, state) in &model.states {
            let State::Values(values) = state else { continue };
            let Some(value) = values.first().cloned() else {
                continue;
            };
            match atoms.group_name(*group) {
                "kms:keyspec" | "kms:customermasterkeyspec" => key.key_spec = Some(value),
                "kms:keyusage" | "kms:customermasterkeyusage" => key.key_usage = Some(value),
                "kms:keyorigin" => key.origin = Some(value),
                "kms:multiregion" => key.multi_region = value.parse().ok(),
                "kms:multiregionkeytype" => key.multi_region_key_type = Some(value),
                _ => {}
            }
        }
        (key != KeyMetadata::default()).then_some(key)
    }

    /// The request that the model describes, and a few like it.
    fn requests(&self, class: &Class, operation: &Operation, model: &Model, atoms: &Atoms) -> Vec<Request> {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (group, state) in &model.states {
            let name = atoms.group_name(*group);
            if let State::Values(own) = state
                && !name.starts_with('?')
                && !class.fixed.iter().any(|(fixed, _)| *fixed == name)
            {
                values.insert(name.to_owned(), own.clone());
            }
        }
        let caller = caller(class, &mut values);
        let resource = values.remove(RESOURCE).and_then(|own| own.into_iter().next());
        let account = self
            .setting
            .account
            .clone()
            .or_else(|| match class.relation {
                Relation::Same => caller.account().map(str::to_owned),
                Relation::Other => None,
            })
            .or_else(|| {
                let own = caller.account();
                let other = OTHER_ACCOUNTS.iter().find(|id| Some(**id) != own)?;
                Some((*other).to_owned())
            });
        let account_id = account.as_deref().unwrap_or_default();
        let mut resources = self.resources(resource, account_id);
        if self.setting.kind == Kind::Key && is_alias_action(operation.operation()) {
            // Named by the alias, which IAM may allow where it does not allow the key.
            resources.push(format!("arn:aws:kms:us-east-1:{account_id}:alias/name"));
        }
        let mut request = Request {
            principal: caller,
            action: operation.shown.clone(),
            resource: String::new(),
            resource_account: account,
            context: Context::new(),
        };
        for (name, own) in &values {
            if !is_metadata(name) {
                request.context.set(&spelling(name), own.clone());
            }
        }
        let mut list = Vec::new();
        for resource in resources {
            let request = Request {
                resource,
                ..request.clone()
            };
            list.push(request.clone());
            self.resolve(&request, operation, model, atoms, &mut list);
            vary(&request, operation, model, atoms, &mut list);
        }
        list.truncate(MOST_CONTEXTS);
        list
    }

    /// What the request may be on.
    fn resources(&self, wanted: Option<String>, account: &str) -> Vec<String> {
        let any = || vec!["*".to_owned()];
        match (self.setting.kind, &self.setting.resource) {
            (Kind::Key, Some(key)) => vec![key.clone()],
            // A key that its policy names is this key, and no other.
            (Kind::Key, None) if !self.keys.is_empty() => self.keys.iter().cloned().collect(),
            (Kind::Key, None) => match wanted {
                None => any(),
                Some(wanted) => vec![
                    format!("arn:aws:kms:us-east-1:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
                    wanted,
                ],
            },
            (_, _) if wanted.is_some() => wanted.into_iter().collect(),
            (Kind::Bucket, _) => vec!["arn:aws:s3:::bucket/name".to_owned()],
            (Kind::Trust, _) => vec![format!("arn:aws:iam::{account}:role/role")],
            _ => any(),
        }
    }

    /// Values that variables ask for.
    fn resolve(
        &self,
        request: &Request,
        operation: &Operation,
        model: &Model,
        atoms: &Atoms,
        list: &mut Vec<Request>,
    ) {
        let mut own = request.clone();
        let mut changed = false;
        for (atom, want) in model.literals.values().flatten() {
            let Some(test) = atoms.test(*atom).filter(|test| has_open(test)) else {
                continue;
            };
            let Some((_, negated)) = test.operator else {
                continue;
            };
            if matches!(want, Want::True | Want::May) == negated {
                continue;
            }
            // Beside a variable, another value of the same test may do.
            if test.name != RESOURCE {
                for value in fixed_values(test) {
                    let mut other = request.clone();
                    other.context.set(&spelling(&test.name), vec![value]);
                    list.push(other);
                }
            }
            if let Some(value) = self.value_of(test, &own, operation) {
                if test.name == RESOURCE {
                    own.resource = value;
                } else {
                    own.context.set(&spelling(&test.name), vec![value]);
                }
                changed = true;
            }
        }
        if changed {
            list.push(own);
        }
    }

    fn value_of(&self, test: &Test, request: &Request, operation: &Operation) -> Option<String> {
        let policies = Policies {
            key_metadata: self.setting.key_metadata.clone(),
            ..Policies::default()
        };
        let arn = Arn::parse(&request.resource);
        let context = Known::new(
            &policies,
            request,
            arn.as_ref(),
            &operation.service,
            operation.operation(),
            operation.service == "kms",
            request.resource_account.as_deref(),
        );
        let mut patterns = test.values.iter().filter_map(|value| match value {
            Value::Pattern(pattern) => Some(pattern),
            _ => None,
        });
        let instance = |pattern: &Pattern| -> Option<String> {
            let tokens = pattern.resolve(&context).ok()?;
            let char = |token: &Token| match token {
                Token::Char(char) => *char,
                Token::One | Token::Any => 'x',
            };
            Some(tokens.iter().map(char).collect())
        };
        patterns.find_map(instance)
    }
}

/// The same request with a key of which it is not documented whether requests carry it where it is not set.
fn vary(request: &Request, operation: &Operation, model: &Model, atoms: &Atoms, list: &mut Vec<Request>) {
    let name = "kms:bypasspolicylockoutsafetycheck";
    let asked = model
        .literals
        .keys()
        .any(|group| atoms.group_name(*group) == name);
    if asked && ["PutKeyPolicy", "CreateKey"].contains(&operation.operation()) {
        for value in ["false", "true"] {
            let mut own = request.clone();
            own.context.set(&spelling(name), vec![value.to_owned()]);
            list.push(own);
        }
    }
}

/// The most values of one test that are tried.
const MOST_VALUES: usize = 4;

/// A text for each of the first values without a variable.
fn fixed_values(test: &Test) -> Vec<String> {
    let char = |token: &Token| match token {
        Token::Char(char) => *char,
        Token::One | Token::Any => 'x',
    };
    test.values
        .iter()
        .filter_map(|value| match value {
            Value::Pattern(pattern) => Some(pattern.fixed.as_ref()?.iter().map(char).collect()),
            _ => None,
        })
        .take(MOST_VALUES)
        .collect()
}

/// Puts the compared policy into its place.
pub(super) fn place(policies: &mut Policies, compared: Policy, kind: Kind) {
    match kind {
        Kind::Identity => policies
            .identity_policies
            .get_or_insert_default()
            .insert(0, compared),
        Kind::Endpoint => policies.endpoint_policies = vec![compared],
        _ => policies.key_policy = Some(compared),
    }
}

fn is_metadata(name: &str) -> bool {
    matches!(
        name,
        "kms:keyspec"
            | "kms:customermasterkeyspec"
            | "kms:keyusage"
            | "kms:customermasterkeyusage"
            | "kms:keyorigin"
            | "kms:multiregion"
            | "kms:multiregionkeytype"
    )
}

/// A key as the catalogue writes it.
fn spelling(name: &str) -> String {
    match catalogue::condition_key(name) {
        Some(known) if !known.name.contains("${") => known.name.to_owned(),
        Some(known) => {
            let head = known.name.split("${").next().unwrap_or_default();
            format!("{head}{}", name.get(head.len()..).unwrap_or_default())
        }
        None => name.to_owned(),
    }
}

/// The caller that the keys describe, which then need not be said.
fn caller(class: &Class, values: &mut BTreeMap<String, Vec<String>>) -> Caller {
    let own = &class.caller;
    let first = |values: &BTreeMap<String, Vec<String>>, name: &str| {
        values.get(name).and_then(|list| list.first().cloned())
    };
    let Some(account) = own.account() else {
        return own.clone();
    };
    let mut text = own.text.clone();
    let given = first(values, "aws:principalaccount").or_else(|| first(values, "kms:calleraccount"));
    if let Some(given) = &given {
        text = text.replace(account, given);
    }
    if let Some(name) = first(values, "aws:username")
        && own.kind == CallerKind::User
        && let Some((head, _)) = text.rsplit_once('/')
    {
        text = format!("{head}/{name}");
    }
    if let Some(arn) = first(values, "aws:principalarn") {
        if own.kind == CallerKind::Session {
            if let Some(role) = Caller::parse(&arn).filter(|role| role.kind == CallerKind::Role)
                && let Some(of) = Arn::parse(&arn)
            {
                let session = text.rsplit('/').next().unwrap_or_default();
                text = format!(
                    "arn:{}:sts::{}:assumed-role/{}/{session}",
                    of.partition, of.account, role.role
                );
            }
        } else {
            text = arn;
        }
    }
    let Some(found) = Caller::parse(&text).filter(|found| found.kind == own.kind) else {
        return own.clone();
    };
    for name in ["aws:principalaccount", "kms:calleraccount", "aws:username"] {
        values.remove(name);
    }
    if own.kind != CallerKind::Session {
        values.remove("aws:principalarn");
    }
    found
}
