//! Who can do what with each key, as rows of the report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{Bundle, Key, KeyAccess, holder_words};
use crate::policy::Effect;
use crate::policy::access::{ActionClass, Holder, Right, Way, Who};
use crate::policy::evaluate::PremiseCode;
use crate::rules::{Context, Declarations, Part};
use crate::source::Span;

/// Whether somebody may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccessDecision {
    /// He may.
    Allowed,
    /// He may if the premises hold.
    Depends,
}

/// How somebody comes to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccessWay {
    /// The key policy names him, or everybody.
    Direct,
    /// The key policy hands over to his account, and IAM allows it.
    Delegated,
    /// A grant names him.
    Grant,
}

impl From<Way> for AccessWay {
    fn from(way: Way) -> Self {
        match way {
            Way::Direct => Self::Direct,
            Way::Delegated => Self::Delegated,
            Way::Grant => Self::Grant,
        }
    }
}

/// What one principal may do with one key, of one class of actions. What is denied has no row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccessRow {
    /// The key.
    pub key: String,
    /// ARN or service principal; `account 111122223333` for any other principal of an account, `*` for any other
    /// principal of any other account.
    pub principal: String,
    /// The principal in words.
    pub name: String,
    /// What it may do: `sign`, `read-key`, `administer`, `grant`, `delete`, `redirect-alias`.
    pub action_class: String,
    /// The action of the class that is answered for.
    pub action: String,
    /// Whether it may.
    pub decision: AccessDecision,
    /// How.
    pub ways: Vec<AccessWay>,
    /// By which statements and grants, with their places.
    pub via: Vec<String>,
    /// What must be so for it to be allowed.
    pub premises: Vec<String>,
    /// True for a principal of another account than the key's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign: Option<bool>,
    /// Whether it is declared: as a signer for `sign`, as an administrator for the rest; nothing where nobody is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<bool>,
}

/// Why the list of those who may act on a key may be longer than its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccessOpenRow {
    /// The key.
    pub key: String,
    /// Kind of evidence.
    pub kind: String,
    /// What is not known.
    pub message: String,
}

/// Every right of every key in scope: keys in the order of the report, holders and classes in theirs.
pub(super) fn rows(context: &Context<'_>) -> Vec<AccessRow> {
    context
        .bundle
        .keys
        .iter()
        .filter(|key| key.scope.is_some())
        .flat_map(|key| of_key(context, key))
        .collect()
}

/// What is not known of the access to each key in scope.
pub(super) fn open(bundle: &Bundle) -> Vec<AccessOpenRow> {
    let keys = bundle.keys.iter().filter(|key| key.scope.is_some());
    keys.flat_map(|key| {
        let subject = key.subject();
        bundle.access(key).open.iter().map(move |open| AccessOpenRow {
            key: subject.clone(),
            kind: open.kind.to_owned(),
            message: open.message.clone(),
        })
    })
    .collect()
}

/// Every right on one key.
pub(super) fn of_key(context: &Context<'_>, key: &Key) -> Vec<AccessRow> {
    let access = context.bundle.access(key);
    let mut rows = Vec::new();
    for holder in &access.access.holders {
        for right in &holder.rights {
            rows.push(row(context, key, access, holder, right));
        }
    }
    rows
}

fn row(context: &Context<'_>, key: &Key, access: &KeyAccess, holder: &Holder, right: &Right) -> AccessRow {
    let bundle = context.bundle;
    let part = if right.class == ActionClass::Sign {
        Part::Signer
    } else {
        Part::Administrator
    };
    AccessRow {
        key: key.subject(),
        principal: principal(holder),
        name: holder_words(holder),
        action_class: right.class.word().to_owned(),
        action: right.action.to_owned(),
        decision: if right.is_sure() {
            AccessDecision::Allowed
        } else {
            AccessDecision::Depends
        },
        ways: right.ways.iter().map(|way| (*way).into()).collect(),
        via: via(bundle, access, holder, right),
        premises: premises(bundle, access, holder, right),
        foreign: holder.foreign,
        declared: context
            .is_declared_holder(key, part, holder)
            // The root user of the key's own account need not be declared: he is the owner.
            .filter(|_| !(matches!(holder.who, Who::Root(_)) && holder.foreign == Some(false))),
    }
}

/// An ARN or service principal; for a class `account 111122223333` or `*`.
fn principal(holder: &Holder) -> String {
    match &holder.who {
        Who::Root(account) => format!("arn:aws:iam::{account}:root"),
        Who::Principal(text) | Who::Unknown(text) => text.clone(),
        Who::Account(account) => format!("account {account}"),
        Who::Everyone => "*".to_owned(),
    }
}

/// What lets the holder act, with its place.
fn via(bundle: &Bundle, access: &KeyAccess, holder: &Holder, right: &Right) -> Vec<String> {
    let allowing: Vec<_> = right
        .decision
        .because
        .iter()
        .filter(|because| because.effect == Effect::Allow)
        .copied()
        .collect();
    let mut found: Vec<String> = access
        .grounds(bundle, holder, &allowing)
        .into_iter()
        .map(|ground| match ground.span {
            Some(span) => format!("{} ({})", ground.words, place(bundle, span)),
            None => ground.words,
        })
        .collect();
    found.dedup();
    found
}

/// What must be so for the holder to be let in. A condition stands as the statement writes it.
fn premises(bundle: &Bundle, access: &KeyAccess, holder: &Holder, right: &Right) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(right.only.map(str::to_owned));
    let mut conditional = false;
    for premise in &right.decision.premises {
        match (premise.code, &holder.who) {
            (PremiseCode::Context, _) => conditional = true,
            // Who is meant stands before it.
            (PremiseCode::IdentityPolicies, Who::Account(_) | Who::Everyone) => {
                found.push(format!("its IAM policy allows {}", right.action));
            }
            _ => found.push(premise.message.clone()),
        }
    }
    if conditional {
        let conditions = access.conditions(bundle, &right.decision.because);
        if conditions.is_empty() {
            let rest = right.decision.premises.iter();
            found.extend(
                rest.filter(|premise| premise.code == PremiseCode::Context)
                    .map(|premise| premise.message.clone()),
            );
        }
        found.extend(conditions);
    }
    found.dedup();
    found
}

/// `path:line`, with the line of the document inside.
pub(super) fn place(bundle: &Bundle, span: Span) -> String {
    let place = bundle.sources.place(span);
    let outer = format!("{}:{}", place.path, place.start.line);
    match place.inner {
        Some((document, at)) => format!("{outer}, {document} line {}", at.line),
        None => outer,
    }
}

/// What `access` says of some evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccessReport {
    /// 1.
    pub schema_version: u32,
    /// What the evidence is called.
    pub evidence: String,
    /// True where only some principals or classes were asked for.
    pub filtered: bool,
    /// The keys.
    pub keys: Vec<AccessKeyRow>,
    /// Who may do what.
    pub access: Vec<AccessRow>,
    /// Why that list may not be whole.
    pub access_open: Vec<AccessOpenRow>,
    /// Files that are broken, and files that were named and not recognised.
    pub broken: Vec<String>,
}

/// One key of [`AccessReport`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccessKeyRow {
    /// Its name in the rows.
    pub key: String,
    /// Its aliases.
    pub aliases: Vec<String>,
    /// Its account, where it is known.
    pub account: Option<String>,
    /// How the account was found, where no export of the key says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumed: Option<String>,
}

/// What `access` asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessOptions {
    /// Only these principals: ARNs, or parts of their names; empty for all.
    pub principals: Vec<String>,
    /// Only these classes of actions; empty for all.
    pub classes: Vec<ActionClass>,
    /// Who is meant to sign and to administer.
    pub declarations: Declarations,
    /// What the evidence is called.
    pub evidence: String,
}

/// Who can do what with every key that has evidence of its own.
pub fn access(bundle: &Bundle, as_of: jiff::civil::Date, options: &AccessOptions) -> AccessReport {
    let context = Context {
        bundle,
        hyperlane: false,
        as_of,
        addresses: crate::address::Options::new(),
        declarations: &options.declarations,
    };
    let asked = |row: &AccessRow| {
        let principal = options.principals.is_empty()
            || options.principals.iter().any(|part| {
                row.principal == *part
                    || row.principal.contains(part.as_str())
                    || row.name.contains(part.as_str())
            });
        let class = options.classes.is_empty()
            || options
                .classes
                .iter()
                .any(|class| class.word() == row.action_class);
        principal && class
    };
    let keys: Vec<&Key> = bundle.keys.iter().filter(|key| key.scope.is_some()).collect();
    AccessReport {
        schema_version: super::SCHEMA_VERSION,
        evidence: options.evidence.clone(),
        filtered: !options.principals.is_empty() || !options.classes.is_empty(),
        keys: keys
            .iter()
            .map(|key| {
                let access = bundle.access(key);
                AccessKeyRow {
                    key: key.subject(),
                    aliases: key.aliases.clone(),
                    account: access.account.clone(),
                    assumed: access.assumed.clone(),
                }
            })
            .collect(),
        access: rows(&context).into_iter().filter(asked).collect(),
        access_open: open(bundle),
        broken: super::exit::broken(bundle),
    }
}
