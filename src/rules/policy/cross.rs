//! What the rules on other accounts share: what each of them may do, and which rule speaks of it.

use std::collections::{BTreeMap, BTreeSet};

use super::takeover::{Takeover, ask, grants_at_will, is_free, listed, with_premises};
use crate::evidence::holder_words;
use crate::finding::{Builder, Severity};
use crate::policy::access::{ActionClass, Harm, Holder, Opening, Party, Right, Who};
use crate::policy::evaluate::{Because, Caller};
use crate::rules::{Meta, Part};

/// The rule that speaks of another account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    Sign,
    Grant,
    Account,
}

/// Somebody of another account, with a right that no other rule speaks of and its grounds.
pub(super) struct Entry<'b> {
    pub(super) holder: &'b Holder,
    pub(super) right: &'b Right,
    pub(super) because: Vec<Because>,
    pub(super) declared: bool,
}

/// Another account, and what it may do.
pub(super) struct Outside<'b> {
    pub(super) account: String,
    pub(super) signers: Vec<Entry<'b>>,
    pub(super) granters: Vec<Entry<'b>>,
    /// What any of its principals may do, where a policy names the account as a whole.
    pub(super) whole: BTreeSet<&'static str>,
    /// The grounds of that.
    pub(super) of_whole: Vec<Because>,
    /// True where somebody of it is declared as a signer.
    pub(super) is_declared: bool,
}

/// The other accounts that the policies and grants let in.
pub(super) fn outsides<'b>(takeover: &Takeover<'b>) -> Vec<Outside<'b>> {
    let mut found: BTreeMap<String, Outside<'b>> = BTreeMap::new();
    let mut asker = takeover.asker();
    for party in &takeover.access.access.parties {
        let (Some(true), Some(account)) = (party.is_foreign(takeover.account()), party.account()) else {
            continue;
        };
        let outside = found.entry(account.to_owned()).or_insert_with(|| Outside {
            account: account.to_owned(),
            signers: Vec::new(),
            granters: Vec::new(),
            whole: BTreeSet::new(),
            of_whole: Vec::new(),
            is_declared: is_declared(takeover, account),
        });
        if matches!(party.who, Who::Account(_)) {
            for action in Harm::actions() {
                let decision = ask(&mut asker, party, action, &[]);
                let left = decision
                    .map(|decision| takeover.left(&decision))
                    .unwrap_or_default();
                if !left.is_empty() {
                    outside.whole.insert(action);
                    outside.of_whole.extend(left);
                }
            }
            outside.of_whole.sort();
            outside.of_whole.dedup();
        }
    }
    for holder in takeover
        .holders()
        .iter()
        .filter(|holder| holder.foreign == Some(true))
    {
        let Some(outside) = holder.account.as_ref().and_then(|account| found.get_mut(account)) else {
            continue;
        };
        let entry = |class| {
            let (right, because) = takeover.own_right(holder, class)?;
            Some(Entry {
                holder,
                right,
                because,
                declared: takeover.is_declared_signer(holder) == Some(true),
            })
        };
        outside.signers.extend(entry(ActionClass::Sign));
        let at_will = takeover
            .party(&holder.who)
            .is_some_and(|party| grants_at_will(&mut asker, party).is_some());
        if at_will {
            outside.granters.extend(entry(ActionClass::Grant));
        }
    }
    found.into_values().collect()
}

fn is_declared(takeover: &Takeover<'_>, account: &str) -> bool {
    let declared = takeover.context.declared(takeover.key, Part::Signer);
    declared
        .iter()
        .filter_map(|declared| Caller::parse(&declared.text))
        .any(|caller| caller.account() == Some(account))
}

impl Outside<'_> {
    /// The rule that speaks of the account, if one does.
    pub(super) fn speaks(&self) -> Option<Speaks> {
        let mut undeclared = self.signers.iter().filter(|entry| !entry.declared).peekable();
        if undeclared.peek().is_some() {
            // The one who is declared is of the account that is let in as a whole.
            let wide = self.is_declared && undeclared.all(|entry| !entry.holder.is_named());
            return Some(if wide { Speaks::Account } else { Speaks::Sign });
        }
        if !self.signers.is_empty() {
            return Some(Speaks::Sign);
        }
        if !self.granters.is_empty() {
            return Some(Speaks::Grant);
        }
        (!self.whole.is_empty()).then_some(Speaks::Account)
    }
}

/// True where one of the rules on other accounts speaks of a party.
pub(super) fn is_spoken_of(takeover: &Takeover<'_>, others: &[Outside<'_>], party: &Party) -> bool {
    party.is_foreign(takeover.account()) == Some(true)
        && others
            .iter()
            .any(|outside| Some(outside.account.as_str()) == party.account() && outside.speaks().is_some())
}

/// An opening that lets in the accounts of an organisation, for one of these actions first.
pub(super) fn of_organisation<'b>(
    takeover: &Takeover<'b>,
    action: &str,
    unless: Option<&str>,
) -> Vec<&'b Opening> {
    takeover
        .openings(None)
        .filter(|opening| opening.members.contains(action))
        .filter(|opening| unless.is_none_or(|action| !opening.members.contains(action)))
        .collect()
}

/// Those of a list in words, each once; the root user goes without saying where the whole account is there.
pub(super) fn words(entries: &[&Entry<'_>]) -> String {
    let whole = entries
        .iter()
        .any(|entry| matches!(entry.holder.who, Who::Account(_)));
    listed(
        entries
            .iter()
            .filter(|entry| !(whole && matches!(entry.holder.who, Who::Root(_))))
            .map(|entry| match &entry.holder.who {
                Who::Account(account) => format!("any principal of account {account}"),
                _ => holder_words(entry.holder),
            }),
    )
}

/// A finding on some of another account, without its remedy, and its content.
pub(super) fn draft(
    takeover: &Takeover<'_>,
    meta: &'static Meta,
    outside: &Outside<'_>,
    entries: &[&Entry<'_>],
    message: &str,
) -> (Builder, String) {
    let mut because: Vec<Because> = entries
        .iter()
        .flat_map(|entry| entry.because.iter().copied())
        .collect();
    because.sort();
    because.dedup();
    let all_declared = entries.iter().all(|entry| entry.declared);
    let free = entries
        .iter()
        .any(|entry| is_free(&entry.right.decision) && entry.right.only.is_none());
    let severity = if all_declared {
        Severity::Info
    } else if free {
        Severity::Critical
    } else {
        Severity::High
    };
    let (mut builder, content) = takeover.draft(meta, severity, message, "another account", (None, &because));
    if !all_declared && takeover.context.declared(takeover.key, Part::Signer).is_empty() {
        builder = builder.note(
            "Nobody is declared as a signer of this key. Where the other account is meant to sign, say so in the claims \
             (column signer): then this is only worth knowing.",
        );
    }
    if !free && let Some(entry) = entries.first() {
        builder = with_premises(builder, &entry.right.decision);
        if let Some(only) = entry.right.only {
            builder = builder.note(format!("It may sign {only}."));
        }
    }
    (builder, format!("{}\n{content}", outside.account))
}
