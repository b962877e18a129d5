//! Who can do what with a key, by all of its evidence.
//!
//! Source: KMS developer guide, "Determining access to AWS KMS keys".

use std::collections::BTreeSet;

use super::{Bundle, Data, Field, Grant, Key, Metadata, PolicyExport};
use crate::arn::{Arn, is_account_id};
use crate::json::Node;
use crate::policy::access::{Access, Asker, Holder, Known, View, Who};
use crate::policy::evaluate::{Because, KeyMetadata, Policies, Policy, PolicyRef};
use crate::policy::{Document, Effect, OWN_ACCOUNT, Principal, Statement};
use crate::source::Span;

/// Something that is not known of a key's access, so that the list of those who may act may be longer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Open {
    /// The kind of evidence that would settle it, as gaps name it.
    pub kind: &'static str,
    /// What is not known.
    pub message: String,
}

/// What is open of a policy that code says is to be.
const INTENT: &str = "the key policy is what code says is to be: it need not be in force";

impl Open {
    /// True where all that is not known is whether the policy was deployed: what it says itself is.
    pub fn is_intent(&self) -> bool {
        self.message == INTENT
    }
}

/// Who can do what with one key, and what that rests on.
#[derive(Debug, Default)]
pub struct KeyAccess {
    /// Everybody who may do something.
    pub access: Access,
    /// What is not known; empty where the list is complete, limits that only take away aside.
    pub open: Vec<Open>,
    /// The key's account.
    pub account: Option<String>,
    /// How the account was found, where no export of the key itself says it.
    pub assumed: Option<String>,
    /// What is evaluated; callers' policies are put in one by one.
    pub policies: Policies,
    /// True where a part of the policies is not known, so that it may let in more.
    pub partial: bool,
    /// The artefacts of the key policy and of `AWS_RAM`.
    policy: Option<usize>,
    ram: Option<usize>,
    /// Artefact and index in its list of each grant.
    grants: Vec<(usize, usize)>,
}

/// A statement or grant that lets somebody act, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// In words: `key policy, statement "Allow use of the key"`.
    pub words: String,
    /// Its place, where it has one in the evidence.
    pub span: Option<Span>,
}

impl KeyAccess {
    /// Asks for everybody (KMS developer guide, "Determining access to AWS KMS keys").
    pub(super) fn of(bundle: &Bundle, key: &Key, known: &[Known], whole: &BTreeSet<String>) -> Self {
        let mut found = Self::default();
        let mut named: Vec<(PolicyRef, &Document)> = Vec::new();
        match policy_in_force(bundle, key, "default") {
            Chosen::One(at, export) => {
                found.policy = Some(at);
                named.push((PolicyRef::Key, &export.document));
            }
            Chosen::None => found.lacks("policy", "the key policy is not in the evidence"),
            Chosen::Several => found.lacks("policy", "the exports of the key policy contradict each other"),
        }
        match policy_in_force(bundle, key, "AWS_RAM") {
            Chosen::One(at, export) => {
                found.ram = Some(at);
                named.push((PolicyRef::Ram, &export.document));
            }
            Chosen::None if names_no_ram(bundle, key) => {}
            Chosen::None => found.lacks(
                "policy-names",
                "whether the key has a second policy, AWS_RAM, is not in the evidence",
            ),
            Chosen::Several => found.lacks(
                "policy",
                "the exports of the policy AWS_RAM contradict each other",
            ),
        }
        let documents: Vec<&Document> = named.iter().map(|(_, document)| *document).collect();
        (found.account, found.assumed) = account_of(key, bundle.account.as_deref(), &documents);
        found.weigh_documents(bundle, key, &documents);
        // Without a policy nothing is delegated; that it is missing is said beside the list.
        found.policies.key_policy = Some(
            documents
                .first()
                .filter(|_| found.policy.is_some())
                .map_or_else(Policy::default, |document| Policy::new(document)),
        );
        found.policies.ram_policy = documents
            .last()
            .filter(|_| found.ram.is_some())
            .map(|document| Policy::new(document));
        found.take_grants(bundle, key);
        found.policies.key_metadata = metadata(bundle, key);
        let own = found.account.clone();
        let of_account: Vec<Known> = known
            .iter()
            .filter(|known| known.caller.account().is_some())
            .cloned()
            .collect();
        let whole = own.as_ref().is_some_and(|own| whole.contains(own));
        found.access = Access::of(&View {
            resource: resource_of(key),
            account: own.as_deref(),
            policies: &found.policies,
            documents: &named,
            known: &of_account,
            whole,
        });
        if found.access.cut {
            found.lacks(
                "policy",
                "there are more principals or open statements than are looked at",
            );
            found.partial = true;
        }
        found.open.sort();
        found.open.dedup();
        found
    }

    fn lacks(&mut self, kind: &'static str, message: impl Into<String>) {
        self.open.push(Open {
            kind,
            message: message.into(),
        });
    }

    /// What of the documents cannot be evaluated.
    fn weigh_documents(&mut self, bundle: &Bundle, key: &Key, documents: &[&Document]) {
        if documents.iter().any(|document| !document.unknown.is_empty()) {
            self.lacks(
                "policy",
                "a part of the key policy is known only when it is deployed",
            );
            self.partial = true;
        }
        let intent = [self.policy, self.ram]
            .into_iter()
            .flatten()
            .filter_map(|at| bundle.artefact(at))
            .any(|artefact| artefact.intent);
        if intent {
            self.lacks("policy", INTENT);
        }
        let redacted = bundle
            .of_key(key)
            .any(|(artefact, _)| super::conflict::is_redacted(&artefact.troubles));
        if redacted {
            self.lacks("policy", "a part of the key policy is masked");
            self.partial = true;
        }
        if self.account.is_none() {
            self.lacks("metadata", "the key's account is not in the evidence");
        }
    }

    fn take_grants(&mut self, bundle: &Bundle, key: &Key) {
        let mut list = Vec::new();
        let mut whole = false;
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for join in &key.joins {
            let Some(Data::Grants(export)) = bundle.artefact(join.artefact).map(|artefact| &artefact.data)
            else {
                continue;
            };
            whole = whole || (export.whole && export.truncated.is_none());
            for (at, grant) in export.grants.iter().enumerate() {
                if is_of(grant, key) && (grant.id.is_empty() || seen.insert(&grant.id)) {
                    self.grants.push((join.artefact, at));
                    list.push(grant.into());
                }
            }
        }
        self.policies.grants = Some(list);
        if !whole {
            self.lacks("grants", "grants are not in the evidence, or not all of them");
        }
    }

    /// The statements and grants that a decision rests on, in words and with their places.
    pub fn grounds(&self, bundle: &Bundle, holder: &Holder, because: &[Because]) -> Vec<Ground> {
        self.grounds_of(bundle, holder.known, because)
    }

    /// The same of a party whose policies are those of `known`.
    pub fn grounds_of(&self, bundle: &Bundle, known: Option<usize>, because: &[Because]) -> Vec<Ground> {
        because
            .iter()
            .map(|because| self.ground(bundle, known, *because))
            .collect()
    }

    fn ground(&self, bundle: &Bundle, known: Option<usize>, because: Because) -> Ground {
        let statement = |name: &str, at: Option<usize>| {
            let export = at.and_then(|at| match &bundle.artefact(at)?.data {
                Data::Policy(export) => Some(export),
                _ => None,
            });
            let index = because.statement.unwrap_or_default();
            let own = export.and_then(|export| Some((export, export.document.statements.get(index)?)));
            match own {
                Some((export, statement)) => Ground {
                    words: format!("{name}, {}", statement.name(index)),
                    span: Some(Span::new(export.source, statement.span.clone())),
                },
                None => Ground {
                    words: name.to_owned(),
                    span: None,
                },
            }
        };
        match because.policy {
            PolicyRef::Key => statement("key policy", self.policy),
            PolicyRef::Ram => statement("policy AWS_RAM", self.ram),
            PolicyRef::Grant(at) => {
                let grant =
                    self.grants
                        .get(at)
                        .and_then(|(artefact, at)| match &bundle.artefact(*artefact)?.data {
                            Data::Grants(list) => list.grants.get(*at),
                            _ => None,
                        });
                Ground {
                    words: grant.map_or_else(|| "a grant".to_owned(), |grant| format!("grant {}", grant.id)),
                    span: grant.map(|grant| grant.span),
                }
            }
            PolicyRef::Identity(at) => bundle.identity_ground(known, at, because.statement),
            other => Ground {
                words: other.to_string(),
                span: None,
            },
        }
    }

    /// The conditions of the statements that a decision rests on, as they stand there: for an Allow what must hold, for a
    /// Deny what must not.
    pub fn conditions(&self, bundle: &Bundle, because: &[Because]) -> Vec<String> {
        let mut found = Vec::new();
        for because in because {
            let at = match because.policy {
                PolicyRef::Key => self.policy,
                PolicyRef::Ram => self.ram,
                _ => None,
            };
            let export = at
                .and_then(|at| bundle.artefact(at))
                .and_then(|artefact| match &artefact.data {
                    Data::Policy(export) => Some(export),
                    _ => None,
                });
            let statement = export
                .zip(because.statement)
                .and_then(|(export, index)| export.document.statements.get(index));
            let Some(statement) = statement else { continue };
            let texts: Vec<String> = statement
                .conditions()
                .into_iter()
                .map(|(operator, key, values)| {
                    let values: Vec<String> = values.into_iter().map(value_words).collect();
                    format!("{operator} {key} {}", values.join(" or "))
                })
                .collect();
            if !texts.is_empty() {
                let not = if because.effect == Effect::Deny {
                    "not: "
                } else {
                    ""
                };
                found.push(format!("{not}{}", texts.join(" and ")));
            }
        }
        found.dedup();
        found
    }

    /// The export of the key policy that was evaluated.
    pub fn policy<'b>(&self, bundle: &'b Bundle) -> Option<&'b PolicyExport> {
        self.export(bundle, PolicyRef::Key)
    }

    /// The export of the key policy or of `AWS_RAM` that was evaluated.
    pub fn export<'b>(&self, bundle: &'b Bundle, of: PolicyRef) -> Option<&'b PolicyExport> {
        let at = match of {
            PolicyRef::Key => self.policy,
            PolicyRef::Ram => self.ram,
            _ => None,
        };
        match &bundle.artefact(at?)?.data {
            Data::Policy(export) => Some(export),
            _ => None,
        }
    }

    /// Asks these policies, with those of the callers that are in the evidence.
    pub fn asker<'b>(&'b self, bundle: &'b Bundle, key: &'b Key, policies: Policies) -> Asker<'b> {
        let (known, _) = bundle.known();
        let view = View {
            resource: resource_of(key),
            account: self.account.as_deref(),
            policies: &self.policies,
            documents: &[],
            known,
            whole: false,
        };
        Asker::new(view, policies)
    }
}

/// What a request names the key by.
fn resource_of(key: &Key) -> &str {
    key.arn.as_deref().or(key.id.as_deref()).unwrap_or("*")
}

/// A value of a condition.
fn value_words(node: &Node) -> String {
    match node.as_str() {
        Some(text) => text.to_owned(),
        None => crate::policy::canonical(node),
    }
}

enum Chosen<'b> {
    None,
    One(usize, &'b PolicyExport),
    Several,
}

/// The policy of a name that is in force, as far as the evidence tells: what AWS says before what code says.
fn policy_in_force<'b>(bundle: &'b Bundle, key: &Key, name: &str) -> Chosen<'b> {
    let exports = |intent: bool| -> Vec<(usize, &'b PolicyExport)> {
        key.joins
            .iter()
            .filter_map(|join| {
                let artefact = bundle.artefact(join.artefact)?;
                match &artefact.data {
                    Data::Policy(export)
                        if artefact.intent == intent
                            && export.is_key_policy
                            && export.name.as_ref().map_or("default", |own| own.value.as_str()) == name =>
                    {
                        Some((join.artefact, export))
                    }
                    _ => None,
                }
            })
            .collect()
    };
    let mut found = exports(false);
    if found.is_empty() {
        found = exports(true);
    }
    let Some((at, first)) = found.first().copied() else {
        return Chosen::None;
    };
    if found.len() > 1 {
        let canonical = first.document.canonical();
        if found
            .iter()
            .any(|(_, other)| other.document.canonical() != canonical)
        {
            return Chosen::Several;
        }
    }
    Chosen::One(at, first)
}

/// True where a whole list of the key's policies does not have `AWS_RAM`.
fn names_no_ram(bundle: &Bundle, key: &Key) -> bool {
    let mut lists = bundle
        .of_key(key)
        .filter_map(|(artefact, _)| match &artefact.data {
            Data::PolicyList(list) if list.truncated.is_none() => Some(list),
            _ => None,
        });
    let first = lists.next();
    first
        .into_iter()
        .chain(lists)
        .map(|list| !list.names.iter().any(|name| name.value == "AWS_RAM"))
        .reduce(|a, b| a && b)
        .unwrap_or_default()
}

/// The key's account, and how it was found where no export of the key says it.
fn account_of(key: &Key, given: Option<&str>, documents: &[&Document]) -> (Option<String>, Option<String>) {
    if let Some(account) = &key.account {
        return (Some(account.clone()), None);
    }
    if let Some(account) = given {
        return (
            Some(account.to_owned()),
            Some(format!("account {account}, as given")),
        );
    }
    match guessed_account(documents) {
        Some(account) => {
            let how = format!("account {account}, by the principals of its policy");
            (Some(account), Some(how))
        }
        None => (None, None),
    }
}

/// The account of those whom the policies let administer the key: KMS lets no other account rewrite a key policy. Else the
/// account that they delegate to, else that of their principals, where there is only one.
fn guessed_account(documents: &[&Document]) -> Option<String> {
    let principals = |counts: fn(&Statement, &Principal) -> bool| -> BTreeSet<&str> {
        documents
            .iter()
            .flat_map(|document| &document.statements)
            .filter(|statement| statement.effect == Some(Effect::Allow))
            .filter_map(|statement| {
                Some((
                    statement,
                    statement.principals.as_ref().filter(|list| !list.negated)?,
                ))
            })
            .flat_map(|(statement, list)| list.iter().map(move |principal| (statement, principal)))
            .filter(|(statement, principal)| counts(statement, principal))
            .filter_map(|(_, principal)| account_of_principal(principal))
            .collect()
    };
    let delegated = principals(|_, principal| matches!(principal, Principal::Account(_)));
    let named = principals(|_, principal| !matches!(principal, Principal::Account(_)));
    // A template names the account that it is deployed in, and its keys are made there.
    if delegated.contains(OWN_ACCOUNT) || named.contains(OWN_ACCOUNT) {
        return Some(OWN_ACCOUNT.to_owned());
    }
    let administering = principals(|statement, _| statement.allows("kms:PutKeyPolicy"));
    let only = |set: &BTreeSet<&str>| {
        let mut found = set.iter().filter(|account| is_account_id(account));
        let first = found.next()?;
        found.next().is_none().then(|| (*first).to_owned())
    };
    only(&administering).or_else(|| only(if delegated.is_empty() { &named } else { &delegated }))
}

fn account_of_principal(principal: &Principal) -> Option<&str> {
    match principal {
        Principal::Account(account) => Some(account),
        Principal::User(arn) | Principal::Role(arn) | Principal::Session(arn) => {
            Arn::parse(arn).map(|arn| arn.account)
        }
        _ => None,
    }
}

/// What is known of the key: of exports that contradict each other, nothing.
fn metadata(bundle: &Bundle, key: &Key) -> Option<KeyMetadata> {
    let all: Vec<&Metadata> = bundle
        .of_key(key)
        .filter_map(|(artefact, _)| match &artefact.data {
            Data::Metadata(metadata) => Some(metadata.as_ref()),
            _ => None,
        })
        .collect();
    let one = |read: fn(&Metadata) -> Option<&Field<String>>| -> Option<String> {
        let values: BTreeSet<&str> = all
            .iter()
            .filter_map(|metadata| read(metadata))
            .map(|field| field.value.as_str())
            .collect();
        let mut values = values.into_iter();
        let first = values.next()?;
        values.next().is_none().then(|| first.to_owned())
    };
    let flags: BTreeSet<bool> = all
        .iter()
        .filter_map(|metadata| metadata.multi_region.as_ref())
        .map(|field| field.value)
        .collect();
    let of_bytes = key.public_key.is_some().then(|| "ECC_SECG_P256K1".to_owned());
    let found = KeyMetadata {
        key_spec: one(|metadata| metadata.key_spec.as_ref()).or(of_bytes),
        key_usage: one(|metadata| metadata.key_usage.as_ref()),
        origin: one(|metadata| metadata.origin.as_ref()),
        multi_region: if flags.len() == 1 {
            flags.first().copied()
        } else {
            None
        },
        multi_region_key_type: None,
    };
    (found != KeyMetadata::default()).then_some(found)
}

/// True if a grant speaks of the key, or of none by name.
fn is_of(grant: &Grant, key: &Key) -> bool {
    grant
        .key
        .as_ref()
        .and_then(|named| named.value.id())
        .is_none_or(|id| key.id.as_deref().is_none_or(|own| own == id))
}

impl Bundle {
    /// Who can do what with a key; asked for once.
    pub fn access<'b>(&'b self, key: &'b Key) -> &'b KeyAccess {
        key.access.get(|| {
            let (known, whole) = self.known();
            KeyAccess::of(self, key, known, whole)
        })
    }
}

/// The holder in words: `role/ci-deploy`, with the account where it is another one.
pub fn holder_words(holder: &Holder) -> String {
    let named = |text: &str| {
        let name = Arn::parse(text).map_or_else(|| text.to_owned(), |arn| arn.resource.to_owned());
        match (&holder.account, holder.foreign) {
            (Some(account), Some(true)) => format!("{name} of account {account}"),
            _ => name,
        }
    };
    match &holder.who {
        Who::Root(account) => format!("root user of account {account}"),
        Who::Principal(text) => named(text),
        Who::Account(account) if holder.foreign == Some(true) => {
            format!("any principal of account {account}, which is not the key's")
        }
        Who::Account(account) => format!("any principal of account {account}"),
        Who::Everyone => "any principal of any other account".to_owned(),
        Who::Unknown(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(statements: &[(&str, &str)]) -> Option<String> {
        let statements: Vec<String> = statements
            .iter()
            .map(|(principal, action)| {
                format!(
                    r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"{action}","Resource":"*"}}"#
                )
            })
            .collect();
        let text = format!(r#"{{"Statement":[{}]}}"#, statements.join(","));
        guessed_account(&[&Document::parse(&text).unwrap()])
    }

    #[test]
    fn the_keys_account_is_that_of_those_who_administer_it() {
        let (own, other) = ("111122223333", "444455556666");
        let (role, stranger) = (
            "arn:aws:iam::111122223333:role/admin",
            "arn:aws:iam::444455556666:role/partner",
        );
        for (statements, expected) in [
            (&[(own, "kms:*")][..], Some(own)),
            (&[(own, "kms:*"), (other, "kms:Sign")], Some(own)),
            (&[(role, "kms:*"), (other, "kms:Sign")], Some(own)),
            (&[(stranger, "kms:*"), (own, "kms:*")], Some(own)),
            (&[(role, "kms:Sign")], Some(own)),
            (&[(own, "kms:*"), (other, "kms:*")], None),
            (&[(role, "kms:Sign"), (stranger, "kms:Sign")], None),
            (
                &[
                    (own, "kms:Sign"),
                    ("arn:aws:iam::${AWS::AccountId}:root", "kms:Sign"),
                ],
                Some(OWN_ACCOUNT),
            ),
        ] {
            assert_eq!(guessed(statements).as_deref(), expected, "{statements:?}");
        }
    }
}
