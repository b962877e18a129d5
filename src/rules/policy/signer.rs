//! What the rules on signers that may do more than sign share.

use super::takeover::{POLICIES, Takeover, ask, grants_at_will, is_free, listed, with_premises};
use crate::evidence::{Key, holder_words};
use crate::finding::{Confidence, Finding, Severity};
use crate::policy::access::{ActionClass, Asker, Holder, Party};
use crate::policy::evaluate::{Because, Decision, PolicyRef};
use crate::policy::{Principal, Statement};
use crate::rules::{Context, Meta, Outcome};

/// What a signer may do beside signing: the first that fits is the finding, with the rest of the same statement as its
/// consequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Power {
    Policy,
    Grant,
    Halt,
}

/// A power of a signer.
struct Held {
    power: Power,
    actions: Vec<&'static str>,
    because: Vec<Because>,
    /// Of the action that is allowed most surely.
    decision: Decision,
}

/// What a rule says of its power.
pub(super) struct Words {
    pub(super) power: Power,
    /// `may …`
    pub(super) may: &'static str,
    pub(super) consequence: &'static str,
    pub(super) change: &'static str,
    pub(super) proof: &'static str,
}

/// What halts the signing, or moves it to another key.
const HALTS: &[&str] = &[
    "kms:ScheduleKeyDeletion",
    "kms:DisableKey",
    "kms:DeleteImportedKeyMaterial",
    "kms:UpdateAlias",
    "kms:DeleteAlias",
];

/// Whoever holds one of these through a wildcard holds it by accident: that is a finding of its own.
const ADMINISTRATION: &[&str] = &[
    "kms:PutKeyPolicy",
    "kms:CreateGrant",
    "kms:ScheduleKeyDeletion",
    "kms:DisableKey",
    "kms:UpdateAlias",
    "kms:DeleteAlias",
];

pub(super) fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key, words: &Words) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let mut askers = (takeover.asker_without_iam(), takeover.asker());
    let mut findings = Vec::new();
    for (holder, party) in takeover.signers() {
        // Who is not to sign at all is spoken of by undeclared-signer.
        if takeover.is_declared_signer(holder) == Some(false) {
            continue;
        }
        let held = powers(&takeover, &mut askers, party);
        let Some(own) = held.iter().find(|held| held.power == words.power) else {
            continue;
        };
        if held
            .iter()
            .any(|senior| senior.power < own.power && senior.tells(own))
        {
            continue;
        }
        findings.push(finding(meta, &takeover, words, (holder, party), own, &held));
    }
    takeover.settle(findings, POLICIES, &[ActionClass::Sign], words.proof)
}

impl Held {
    /// True where the same statements give both.
    fn tells(&self, junior: &Self) -> bool {
        junior
            .because
            .iter()
            .all(|because| self.because.iter().any(|own| own.is(*because)))
    }

    /// An alias that points elsewhere stops one agent, and IAM must allow it on the alias, too.
    fn is_on_aliases_alone(&self) -> bool {
        self.actions.iter().all(|action| action.ends_with("Alias"))
    }
}

/// `askers`: without IAM, and with what it may give, which an action on an alias needs.
fn powers<'a>(takeover: &Takeover<'_>, askers: &mut (Asker<'a>, Asker<'a>), party: &Party) -> Vec<Held> {
    let (asker, with_iam) = askers;
    // Nobody of another account may act without IAM there.
    let foreign = party.is_foreign(takeover.account()) == Some(true);
    let mut found = Vec::new();
    let mut take = |power, given: Vec<(&'static str, Decision)>| {
        let mut own: Option<Held> = None;
        for (action, decision) in given {
            let because = grounds(takeover, &decision, party);
            if because.is_empty() {
                continue;
            }
            let held = own.get_or_insert_with(|| Held {
                power,
                actions: Vec::new(),
                because: Vec::new(),
                decision,
            });
            held.actions.push(action);
            held.because.extend(because);
        }
        if let Some(mut own) = own {
            own.because.sort();
            own.because.dedup();
            found.push(own);
        }
    };
    let own = if foreign { &mut *with_iam } else { &mut *asker };
    let put = ask(own, party, "kms:PutKeyPolicy", &[]);
    take(
        Power::Policy,
        put.map(|decision| ("kms:PutKeyPolicy", decision))
            .into_iter()
            .collect(),
    );
    let grant = grants_at_will(own, party);
    take(
        Power::Grant,
        grant
            .map(|decision| ("kms:CreateGrant", decision))
            .into_iter()
            .collect(),
    );
    let imported = takeover
        .access
        .policies
        .key_metadata
        .as_ref()
        .and_then(|key| key.origin.as_deref())
        == Some("EXTERNAL");
    let halts = HALTS
        .iter()
        .filter(|action| imported || **action != "kms:DeleteImportedKeyMaterial")
        .filter_map(|action| {
            let asker = if foreign || action.ends_with("Alias") {
                &mut *with_iam
            } else {
                &mut *asker
            };
            Some((*action, ask(asker, party, action, &[])?))
        })
        .collect();
    take(Power::Halt, halts);
    found
}

/// The grounds of a power that are spoken of here.
fn grounds(takeover: &Takeover<'_>, decision: &Decision, party: &Party) -> Vec<Because> {
    let mut left = takeover.left_by_name(decision, party);
    left.retain(|because| match because.policy {
        // Grants have rules of their own.
        PolicyRef::Grant(_) => false,
        _ => takeover
            .statement(*because)
            .is_some_and(|(_, statement, _)| !statement.not_action && !is_by_wildcard(statement)),
    });
    left
}

/// True where a wildcard gives somebody by name what administers a key.
fn is_by_wildcard(statement: &Statement) -> bool {
    let by_name = statement
        .principals
        .iter()
        .flat_map(crate::policy::Principals::iter)
        .any(|principal| !matches!(principal, Principal::Account(_)));
    by_name
        && statement.actions.iter().any(|(pattern, _)| {
            pattern.has_wildcard() && ADMINISTRATION.iter().any(|action| pattern.covers(action))
        })
}

fn finding(
    meta: &'static Meta,
    takeover: &Takeover<'_>,
    words: &Words,
    (holder, party): (&Holder, &Party),
    own: &Held,
    held: &[Held],
) -> Finding {
    let message = format!(
        "{} may sign, and may {} ({})",
        holder_words(holder),
        words.may,
        listed(&own.actions)
    );
    let severity = if own.power == Power::Halt && own.is_on_aliases_alone() {
        Severity::Medium
    } else {
        meta.severity
    };
    let (mut builder, content) = takeover.draft(
        meta,
        severity,
        message,
        "more than signing",
        (party.known, &own.because),
    );
    builder = builder.consequence(words.consequence);
    for junior in held
        .iter()
        .filter(|junior| junior.power > own.power && own.tells(junior))
    {
        builder = builder.consequence(format!("it may do {} as well", listed(&junior.actions)));
    }
    if !is_free(&own.decision) {
        builder = with_premises(builder.confidence(Confidence::Medium), &own.decision);
    }
    builder
        .remedy(takeover.remedy(words.change, &own.because))
        .content(&format!("{}\n{content}", party.caller.text))
}
