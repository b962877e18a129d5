//! Callers that two policies cannot tell apart: each named principal, and the others of each kind.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal". Requests are taken to be consistent: the keys that AWS
//! fills in from the caller say what the caller is.

use std::collections::{BTreeMap, BTreeSet};

use super::super::evaluate::caller::Entry;
use super::super::evaluate::condition::{Test, Value};
use super::super::evaluate::pattern::Token;
use super::super::evaluate::{Caller, CallerKind, Policy};
use super::super::{Kind, Principal};
use super::Setting;
use super::glob::{Glob, glob};
use super::theory::Known;
use crate::arn::{Arn, is_account_id, is_unknown};

/// Accounts that stand for one that no policy names.
pub(super) const OTHER_ACCOUNTS: &[&str] = &[
    "444455556666",
    "777788889999",
    "123456789012",
    "210987654321",
    "999999999999",
];

/// The most kinds of callers that are told apart.
const MOST_CLASSES: usize = 4_000;

/// How a caller's account and the resource's stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Relation {
    /// One account, or a caller without one.
    Same,
    /// Two accounts.
    Other,
}

/// Callers that no statement of the policies tells apart.
#[derive(Debug, Clone)]
pub(super) struct Class {
    /// One of them.
    pub(super) caller: Caller,
    pub(super) words: String,
    /// The wider, the smaller.
    pub(super) rank: u8,
    pub(super) relation: Relation,
    /// Keys with the one value that they have in every request of theirs.
    pub(super) fixed: Vec<(&'static str, String)>,
    /// What else is known of their keys.
    pub(super) keys: Vec<(&'static str, Known)>,
}

/// ARNs by the partition and the account that they are of.
type OfAccounts = BTreeMap<(String, String), BTreeSet<String>>;

/// Who is named in two policies.
#[derive(Debug, Default)]
struct Named {
    partitions: BTreeSet<String>,
    accounts: BTreeSet<String>,
    users: OfAccounts,
    roles: OfAccounts,
    sessions: OfAccounts,
    federated: OfAccounts,
    services: BTreeSet<String>,
    providers: BTreeSet<String>,
    /// Last parts of names, which others must not have.
    names: BTreeSet<String>,
}

impl Named {
    fn of(policies: &[&Policy], setting: &Setting) -> Self {
        let mut named = Self::default();
        for statement in policies.iter().flat_map(|policy| policy.statements.iter()) {
            for entry in statement.principals.iter().flat_map(|(_, list)| list) {
                named.entry(entry);
            }
            for test in &statement.tests {
                named.test(test);
            }
        }
        named.accounts.extend(setting.account.clone());
        if let Some(arn) = setting.resource.as_deref().and_then(Arn::parse) {
            // All callers of a key are of its partition.
            named.partitions = BTreeSet::from([arn.partition.to_owned()]);
        }
        if named.partitions.is_empty() {
            named.partitions.insert("aws".to_owned());
        }
        named
    }

    fn entry(&mut self, entry: &Entry) {
        let text = entry.principal.as_str();
        if is_unknown(text) {
            return;
        }
        self.partitions.extend(entry.partition.clone());
        match &entry.principal {
            Principal::Account(id) if is_account_id(id) => {
                self.accounts.insert(id.clone());
            }
            Principal::Service(name) => {
                self.services.insert(name.clone());
            }
            Principal::Federated(name) => {
                self.providers.insert(name.clone());
            }
            Principal::User(_) | Principal::Role(_) | Principal::Session(_) => self.arn(text),
            _ => {}
        }
    }

    fn arn(&mut self, text: &str) {
        let Some(caller) = Caller::parse(text) else { return };
        if let Some(account) = caller.account() {
            self.accounts.insert(account.to_owned());
            self.partitions.insert(caller.partition.clone());
        }
        self.names.extend(text.rsplit('/').next().map(str::to_owned));
        let list = match caller.kind {
            CallerKind::User => &mut self.users,
            CallerKind::Role => &mut self.roles,
            CallerKind::Session => {
                self.names.insert(caller.role);
                &mut self.sessions
            }
            CallerKind::FederatedUser => &mut self.federated,
            _ => return,
        };
        let of = (caller.partition, caller.account);
        list.entry(of).or_default().insert(text.to_owned());
    }

    /// Accounts and callers that conditions speak of are told apart, too.
    fn test(&mut self, test: &Test) {
        for value in &test.values {
            let Value::Pattern(pattern) = value else { continue };
            let Some(tokens) = &pattern.fixed else { continue };
            let own: String = tokens
                .iter()
                .map(|token| match token {
                    Token::Char(char) => *char,
                    Token::One => '?',
                    Token::Any => '*',
                })
                .collect();
            if is_account_id(&own) {
                self.accounts.insert(own);
                continue;
            }
            let Some(arn) = Arn::parse(&own).filter(|arn| is_account_id(arn.account)) else {
                continue;
            };
            self.accounts.insert(arn.account.to_owned());
            if test.name == "aws:principalarn" && !own.contains(['*', '?']) {
                self.arn(&own);
            }
        }
    }

    /// A name that nobody has.
    fn fresh(&self, name: &str) -> String {
        let mut own = name.to_owned();
        while self.names.contains(&own) {
            own.push('x');
        }
        own
    }
}

/// All classes, the widest first; nothing where there are too many.
pub(super) fn classes(policies: &[&Policy], setting: &Setting) -> Option<Vec<Class>> {
    let named = Named::of(policies, setting);
    let mut list = Vec::new();
    if setting.kind == Kind::Identity {
        list.extend(somebody(setting));
        return Some(list);
    }
    for partition in &named.partitions {
        for account in &named.accounts {
            for relation in relations(Some(account), setting) {
                let maker = Maker {
                    named: &named,
                    setting,
                    partition,
                    account: Some(account),
                    relation,
                };
                maker.all(&mut list);
                if list.len() > MOST_CLASSES {
                    return None;
                }
            }
        }
        for relation in relations(None, setting) {
            let maker = Maker {
                named: &named,
                setting,
                partition,
                account: None,
                relation,
            };
            maker.all(&mut list);
        }
    }
    others(&named, setting, &mut list);
    list.sort_by(|one, other| (one.rank, &one.caller.text).cmp(&(other.rank, &other.caller.text)));
    (list.len() <= MOST_CLASSES).then_some(list)
}

fn relations(account: Option<&str>, setting: &Setting) -> Vec<Relation> {
    match (&setting.account, account) {
        (None, _) => vec![Relation::Same, Relation::Other],
        (Some(own), Some(account)) if own == account => vec![Relation::Same],
        _ => vec![Relation::Other],
    }
}

/// Whoever an identity policy belongs to.
fn somebody(setting: &Setting) -> Option<Class> {
    let account = setting.account.as_deref().unwrap_or("111122223333");
    let caller = Caller::parse(&format!("arn:aws:iam::{account}:user/someone"))?;
    let pathless = Known {
        pathless: true,
        present: true,
        ..Known::default()
    };
    Some(Class {
        caller,
        words: "whoever has the policy".to_owned(),
        rank: 0,
        relation: Relation::Same,
        fixed: Vec::new(),
        keys: vec![("aws:principalarn", pathless)],
    })
}

/// Services, identity providers, and nobody in particular.
fn others(named: &Named, setting: &Setting, list: &mut Vec<Class>) {
    let mut add = |text: &str, words: String, rank: u8, kind: CallerKind, of_name: bool| {
        let Some(caller) = Caller::parse(text).filter(|caller| caller.kind == kind) else {
            return;
        };
        let is_service = kind == CallerKind::Service;
        let mut fixed = Vec::new();
        if kind != CallerKind::Anonymous {
            fixed.push(("aws:principalisawsservice", is_service.to_string()));
        }
        if is_service && of_name {
            fixed.push(("aws:principalservicename", text.to_owned()));
        }
        fixed.extend(resource_account(setting));
        list.push(Class {
            caller,
            words,
            rank,
            relation: Relation::Same,
            fixed,
            keys: Vec::new(),
        });
    };
    for name in &named.services {
        let words = format!("the service {name}");
        add(name, words, 40, CallerKind::Service, true);
    }
    for name in ["example.amazonaws.com", "other.amazonaws.com"] {
        if !named.services.contains(name) {
            add(
                name,
                "any other service".to_owned(),
                9,
                CallerKind::Service,
                false,
            );
        }
    }
    for name in &named.providers {
        let words = format!("users of the identity provider {name}");
        add(name, words, 41, CallerKind::Provider, true);
    }
    for name in ["accounts.google.com", "www.amazon.com", "graph.facebook.com"] {
        if !named.providers.contains(name) {
            let words = "users of any other identity provider".to_owned();
            add(name, words, 42, CallerKind::Provider, false);
            break;
        }
    }
    // KMS takes no request without a signature.
    if setting.kind != Kind::Key {
        let words = "anybody, without a signature".to_owned();
        add("*", words, 0, CallerKind::Anonymous, false);
    }
}

fn resource_account(setting: &Setting) -> Option<(&'static str, String)> {
    let account = setting.account.clone()?;
    Some(("aws:resourceaccount", account))
}

/// Makes the classes of one account, or of all accounts that are not named.
struct Maker<'a> {
    named: &'a Named,
    setting: &'a Setting,
    partition: &'a str,
    account: Option<&'a str>,
    relation: Relation,
}

impl Maker<'_> {
    fn id(&self) -> &str {
        self.account.unwrap_or_else(|| {
            OTHER_ACCOUNTS
                .iter()
                .find(|id| !self.named.accounts.contains(**id))
                .unwrap_or(&"000000000000")
        })
    }

    /// The account in words.
    fn whose(&self) -> String {
        match self.account {
            Some(id) if self.setting.account.as_deref() == Some(id) => format!("the key's account {id}")
                .replace(
                    "key's",
                    if self.setting.kind == Kind::Key {
                        "key's"
                    } else {
                        "resource's"
                    },
                ),
            Some(id) => format!("account {id}"),
            None => "any other account".to_owned(),
        }
    }

    fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:{}:{service}::{}:{rest}", self.partition, self.id())
    }

    /// The same for any account that this may be.
    fn pattern(&self, service: &str, rest: &str) -> Glob {
        let account = self.account.unwrap_or("????????????");
        glob(&format!("arn:{}:{service}::{account}:{rest}", self.partition))
    }

    /// Those of the list that are of the account.
    fn own<'n>(&self, list: &'n OfAccounts) -> impl Iterator<Item = &'n String> + use<'n> {
        let of = self
            .account
            .map(|account| (self.partition.to_owned(), account.to_owned()));
        of.and_then(|of| list.get(&of)).into_iter().flatten()
    }

    /// Adds a class. `one`: there is nobody else in it. `inside` and `outside`: what `aws:PrincipalArn` can be.
    fn add(&self, list: &mut Vec<Class>, text: &str, words: String, rank: u8, one: bool, arn: Option<Known>) {
        let Some(caller) = Caller::parse(text) else { return };
        let kind = caller.kind;
        let shown = match kind {
            CallerKind::Root => "Account",
            CallerKind::User => "User",
            CallerKind::FederatedUser => "FederatedUser",
            _ => "AssumedRole",
        };
        let mut fixed = vec![
            ("aws:principalisawsservice", "false".to_owned()),
            ("aws:principaltype", shown.to_owned()),
        ];
        let mut keys = Vec::new();
        fixed.extend(resource_account(self.setting));
        if let Some(account) = self.account {
            fixed.push(("aws:principalaccount", account.to_owned()));
            fixed.push(("kms:calleraccount", account.to_owned()));
        } else {
            let known = Known {
                inside: vec![vec![glob("????????????")]],
                outside: self.named.accounts.iter().map(|id| glob(id)).collect(),
                present: true,
                ..Known::default()
            };
            keys.push(("aws:principalaccount", known.clone()));
            keys.push(("kms:calleraccount", known));
        }
        if one && kind != CallerKind::Session {
            fixed.push(("aws:principalarn", text.to_owned()));
        } else if let Some(known) = arn {
            keys.push(("aws:principalarn", known));
        }
        if kind == CallerKind::User {
            if one {
                let name = text.rsplit('/').next().unwrap_or_default();
                fixed.push(("aws:username", name.to_owned()));
            } else {
                let present = Known {
                    present: true,
                    ..Known::default()
                };
                keys.push(("aws:username", present));
            }
        }
        list.push(Class {
            caller,
            words,
            rank,
            relation: self.relation,
            fixed,
            keys,
        });
    }

    fn known(&self, inside: Vec<Glob>, mut outside: Vec<Glob>, pathless: bool) -> Known {
        if self.account.is_none() {
            let own = |id: &String| glob(&format!("arn:*:*::{id}:*"));
            outside.extend(self.named.accounts.iter().map(own));
        }
        Known {
            inside: vec![inside],
            outside,
            present: true,
            pathless,
            hidden: false,
        }
    }

    fn all(&self, list: &mut Vec<Class>) {
        let whose = self.whose();
        // Another account's principals are the widest; then those of an account; then single ones.
        let rank = if self.account.is_none() { 1 } else { 10 };
        let fresh = |name: &str| self.named.fresh(name);
        let exactly = |list: &OfAccounts| -> Vec<Glob> { self.own(list).map(|text| glob(text)).collect() };
        let user = self.arn("iam", &format!("user/{}", fresh("someone")));
        let known = self.known(
            vec![self.pattern("iam", "user/*")],
            exactly(&self.named.users),
            false,
        );
        let words = format!("any other user of {whose}");
        self.add(list, &user, words, rank, false, Some(known));
        let known = self.known(vec![self.pattern("sts", "federated-user/*")], Vec::new(), false);
        let federated = self.arn("sts", &format!("federated-user/{}", fresh("someone")));
        let words = format!("any other federated user of {whose}");
        self.add(
            list,
            &federated,
            words,
            rank.saturating_add(3),
            false,
            Some(known),
        );
        let root = self.arn("iam", "root");
        let words = format!("the root user of {whose}");
        let known = self.known(vec![self.pattern("iam", "root")], Vec::new(), false);
        let one = self.account.is_some();
        self.add(list, &root, words, rank.saturating_add(4), one, Some(known));
        self.roles(list, &whose, rank);
        for text in self.own(&self.named.users) {
            self.add(list, text, format!("the user {text}"), 30, true, None);
        }
        for text in self.own(&self.named.federated) {
            self.add(list, text, format!("the federated user {text}"), 32, true, None);
        }
    }

    fn roles(&self, list: &mut Vec<Class>, whose: &str, rank: u8) {
        // By name, as sessions show it: the ARNs of roles, and the sessions.
        let mut names: BTreeMap<String, (Vec<&String>, Vec<&String>)> = BTreeMap::new();
        for text in self.own(&self.named.roles) {
            if let Some(caller) = Caller::parse(text) {
                names.entry(caller.role).or_default().0.push(text);
            }
        }
        for text in self.own(&self.named.sessions) {
            if let Some(caller) = Caller::parse(text) {
                names.entry(caller.role).or_default().1.push(text);
            }
        }
        let of_name = |name: &str| {
            vec![
                self.pattern("iam", &format!("role/{name}")),
                self.pattern("iam", &format!("role/*/{name}")),
            ]
        };
        let taken: Vec<Glob> = names.keys().flat_map(|name| of_name(name)).collect();
        let any = vec![self.pattern("iam", "role/*")];
        let role = self.named.fresh("some-role");
        let session = self.named.fresh("session");
        let other = self.arn("sts", &format!("assumed-role/{role}/{session}"));
        let known = self.known(any.clone(), taken.clone(), true);
        let words = format!("a session of any other role of {whose}");
        self.add(list, &other, words, rank.saturating_add(1), false, Some(known));
        let other = self.arn("iam", &format!("role/{role}"));
        let words = format!("any other role of {whose}");
        let known = self.known(any, taken, false);
        self.add(list, &other, words, rank.saturating_add(2), false, Some(known));
        for (name, (roles, sessions)) in &names {
            let known = || self.known(of_name(name), Vec::new(), true);
            let text = self.arn("sts", &format!("assumed-role/{name}/{session}"));
            let words = format!("a session of the role {name} of {whose}");
            self.add(list, &text, words, 20, false, Some(known()));
            for text in sessions {
                self.add(
                    list,
                    text,
                    format!("the session {text}"),
                    31,
                    false,
                    Some(known()),
                );
            }
            for text in roles {
                self.add(list, text, format!("the role {text}"), 21, true, None);
            }
            let plain = self.arn("iam", &format!("role/{name}"));
            let elsewhere = if roles.contains(&&plain) {
                self.arn("iam", &format!("role/{}/{name}", self.named.fresh("path")))
            } else {
                plain
            };
            let outside = roles.iter().map(|text| glob(text)).collect();
            let known = self.known(of_name(name), outside, false);
            let words = format!("a role {name} of {whose} with another path");
            self.add(list, &elsewhere, words, 22, false, Some(known));
        }
    }
}
