//! Whether somebody can still rewrite the key policy, and why not.
//!
//! Source: KMS developer guide, "Default key policy": allowing access to the account; KMS API Reference, `PutKeyPolicy`:
//! `BypassPolicyLockoutSafetyCheck`.
//!
//! Asked is who surely can: what is not known counts against it, but for what an administrator has in his own hands.

use std::collections::BTreeSet;

use super::takeover::{Takeover, names, put};
use crate::arn::is_unknown;
use crate::finding::{Builder, Severity};
use crate::policy::access::{Asker, Party, Who};
use crate::policy::evaluate::{
    Because, Context as Sent, Decision, Policies, Policy, PolicyRef, PremiseCode, Verdict,
};
use crate::policy::{Effect, Principal, Statement, catalogue};
use crate::rules::{Meta, Outcome};

const ACTION: &str = "kms:PutKeyPolicy";

/// How it stands with the administration of the key policy.
pub(super) enum State<'b> {
    /// The account's root user can always: he cannot be deleted.
    Safe,
    /// Only users and roles can, who can be deleted.
    Deletable(Vec<&'b Party>),
    /// Nobody surely can, these under conditions.
    Conditional(Vec<(&'b Party, Decision)>),
    /// A Deny keeps out the account's root user, or everybody.
    Denied {
        /// The denying statements.
        by: Vec<Because>,
        /// Those who still can.
        left: Vec<&'b Party>,
    },
    /// The only ones who could were deleted.
    Gone(Vec<Because>),
    /// The condition of those who could never holds.
    Unsatisfiable {
        /// Their statements.
        by: Vec<Because>,
        /// Those who still can.
        left: Vec<&'b Party>,
    },
    /// Nobody can.
    Nobody,
    /// It is not known.
    Unknown(String),
}

/// The state of a key, and what it is found by.
pub(super) struct Lockout<'b> {
    pub(super) takeover: Takeover<'b>,
    pub(super) state: State<'b>,
}

impl<'b> Lockout<'b> {
    pub(super) fn of(takeover: Takeover<'b>) -> Self {
        let state = state(&takeover);
        Self { takeover, state }
    }

    /// The outcome of a rule whose finding this state is not.
    pub(super) fn other(&self) -> Outcome {
        match &self.state {
            State::Safe => Outcome::Pass(
                "the key policy lets the account's root user rewrite it, and he cannot be deleted".to_owned(),
            ),
            State::Unknown(why) => Outcome::NotEvaluated(why.clone()),
            State::Deletable(left) => Outcome::Pass(format!(
                "the key policy lets {} rewrite it",
                super::takeover::listed(left.iter().map(|party| party_words(party)))
            )),
            _ => Outcome::NotApplicable(
                "whoever could rewrite the key policy cannot, for a reason that another rule names"
                    .to_owned(),
            ),
        }
    }

    /// A finding at statements of the policy, or at the whole of it, without its remedy.
    pub(super) fn draft(
        &self,
        meta: &'static Meta,
        severity: Severity,
        message: &str,
        label: &str,
        because: &[Because],
    ) -> (Builder, String) {
        let (builder, content) = self
            .takeover
            .draft(meta, severity, message, label, (None, because));
        if because.is_empty() {
            let whole = self.takeover.policy().document.canonical();
            return (builder, whole);
        }
        (builder, content)
    }
}

/// A user or role in words.
pub(super) fn party_words(party: &Party) -> String {
    let text = party.caller.text.as_str();
    crate::arn::Arn::parse(text).map_or_else(|| text.to_owned(), |arn| arn.resource.to_owned())
}

/// What to do where nobody can rewrite the policy any more.
pub(super) const SUPPORT: &str = "Only AWS Support can make the key manageable again: open a case from the key's account. \
                                  Move what the key holds while it still signs. In a policy that is not in force yet, \
                                  let the account (arn:aws:iam::ACCOUNT:root) do kms:PutKeyPolicy";

fn state<'b>(takeover: &Takeover<'b>) -> State<'b> {
    let Some(account) = takeover.account() else {
        return State::Unknown("the key's account is not in the evidence".to_owned());
    };
    let policies = own_policies(takeover);
    let mut asker = asker(takeover, policies.clone());
    let sent = sent(takeover);
    let decide = |asker: &mut Asker<'_>, party: &Party| asker.decide(party, ACTION, sent.clone());
    let root = Who::Root(account.to_owned());
    let mut sure: Vec<&'b Party> = Vec::new();
    let mut maybe: Vec<(&'b Party, Decision)> = Vec::new();
    let mut denied: Vec<(&'b Party, Decision)> = Vec::new();
    let mut of_root = None;
    for party in &takeover.access.access.parties {
        // What code leaves to deployment is judged below.
        if matches!(party.who, Who::Everyone | Who::Unknown(_))
            || party.is_foreign(Some(account)) == Some(true)
        {
            continue;
        }
        let decision = decide(&mut asker, party);
        if party.who == root {
            of_root = Some(decision.verdict);
        }
        match decision.verdict {
            Verdict::Allowed => sure.push(party),
            Verdict::Depends => maybe.push((party, decision)),
            Verdict::ExplicitDeny => denied.push((party, decision)),
            Verdict::ImplicitDeny => {}
        }
    }
    if sure.iter().any(|party| !matches!(party.who, Who::Principal(_))) {
        return State::Safe;
    }
    if takeover.access.partial {
        return State::Unknown("a part of the key policy is not known".to_owned());
    }
    let statements: Vec<Found<'b>> = takeover
        .allows()
        .filter(|(of, statement, _)| *of == PolicyRef::Key && covers(statement))
        .collect();
    if let Some(name) = statements
        .iter()
        .find_map(|(_, statement, _)| unknown_principal(statement))
    {
        return State::Unknown(format!(
            "only deployment tells who {name} is, whom the key policy lets rewrite it"
        ));
    }
    // Those whom a Deny keeps out, and only that.
    let mut undenied = self::asker(takeover, without_denies(&policies));
    let kept_out: Vec<&(&Party, Decision)> = denied
        .iter()
        .filter(|(party, _)| {
            decide(&mut undenied, party).verdict == Verdict::Allowed
                && (party.who == root || (sure.is_empty() && maybe.is_empty()))
        })
        .collect();
    if !kept_out.is_empty() && maybe.is_empty() {
        let by: BTreeSet<Because> = kept_out
            .iter()
            .flat_map(|(_, decision)| decision.because.iter().copied())
            .collect();
        return State::Denied {
            by: by.into_iter().collect(),
            left: sure,
        };
    }
    let by_nobody: Vec<Because> = statements
        .iter()
        .filter(|(of, statement, index)| {
            is_unsatisfiable(takeover, &policies, &sent, (*of, statement, *index))
        })
        .map(|(of, _, index)| Because::allow(*of, *index))
        .collect();
    if !sure.is_empty() {
        let by: Vec<Because> = by_nobody
            .iter()
            .copied()
            .filter(|because| {
                takeover
                    .statement(*because)
                    .is_some_and(|(_, statement, _)| names_account(statement, account))
            })
            .collect();
        let root_could = of_root == Some(Verdict::ImplicitDeny) && !by.is_empty();
        return if root_could {
            State::Unsatisfiable { by, left: sure }
        } else {
            State::Deletable(sure)
        };
    }
    if !maybe.is_empty() {
        return State::Conditional(maybe);
    }
    of_nobody(&statements, by_nobody)
}

/// Nobody may, surely or perhaps: why. `unsatisfiable` are the statements whose conditions no request meets.
fn of_nobody<'b>(statements: &[Found<'b>], unsatisfiable: Vec<Because>) -> State<'b> {
    if !unsatisfiable.is_empty() {
        return State::Unsatisfiable {
            by: unsatisfiable,
            left: Vec::new(),
        };
    }
    let mut of_deleted = statements.iter().map(|(_, statement, _)| *statement);
    if statements.is_empty() || !of_deleted.all(are_all_deleted) {
        return State::Nobody;
    }
    let by = statements
        .iter()
        .map(|(of, _, index)| Because::allow(*of, *index));
    State::Gone(by.collect())
}

/// A statement of the key's policies, and where it stands.
type Found<'b> = (PolicyRef, &'b Statement, usize);

/// The check looks at the key policy alone (KMS API Reference, `PutKeyPolicy`).
fn own_policies(takeover: &Takeover<'_>) -> Policies {
    let all = &takeover.access.policies;
    Policies {
        ram_policy: None,
        grants: Some(Vec::new()),
        ..all.clone()
    }
}

fn asker<'b>(takeover: &Takeover<'b>, policies: Policies) -> Asker<'b> {
    takeover.access.asker(takeover.bundle, takeover.key, policies)
}

fn without_denies(policies: &Policies) -> Policies {
    let keep = |policy: &Policy| policy.keeping(|_, effect| effect != Some(Effect::Deny));
    Policies {
        key_policy: policies.key_policy.as_ref().map(keep),
        ..policies.clone()
    }
}

fn covers(statement: &Statement) -> bool {
    let listed = statement.actions.iter().any(|(action, _)| action.covers(ACTION));
    !statement.actions.is_empty() && listed != statement.not_action
}

fn unknown_principal(statement: &Statement) -> Option<String> {
    statement
        .principals
        .iter()
        .flat_map(crate::policy::Principals::iter)
        .find_map(|principal| match principal {
            Principal::Unknown(text) => Some(crate::rules::common::short(text)),
            _ => None,
        })
}

fn names_account(statement: &Statement, account: &str) -> bool {
    let list = statement.principals.as_ref().filter(|list| !list.negated);
    list.is_some_and(|list| {
        list.iter().any(|principal| match principal {
            Principal::Account(own) => own == account,
            Principal::Everyone => true,
            _ => false,
        })
    })
}

fn are_all_deleted(statement: &Statement) -> bool {
    statement.principals.as_ref().is_some_and(|list| {
        !list.negated
            && !list.list.is_empty()
            && list
                .iter()
                .all(|principal| matches!(principal, Principal::Deleted(_)))
    })
}

/// True for a statement that would let somebody of the account rewrite the policy, were it not for its condition.
fn is_unsatisfiable(
    takeover: &Takeover<'_>,
    policies: &Policies,
    sent: &Sent,
    (of, statement, index): Found<'_>,
) -> bool {
    let whole = statement.resources.iter().any(|(resource, _)| resource == "*") && !statement.not_resource;
    if statement.conditions().is_empty() || !whole {
        return false;
    }
    let keep = |policy: &Policy| policy.keeping(|at, _| of == PolicyRef::Key && at == index);
    let alone = Policies {
        key_policy: policies.key_policy.as_ref().map(keep),
        ..policies.clone()
    };
    let mut asker = asker(takeover, alone);
    let own = takeover.account();
    let meant: Vec<&Party> = takeover
        .access
        .access
        .parties
        .iter()
        .filter(|party| party.is_foreign(own) == Some(false))
        .filter(|party| match &party.who {
            Who::Principal(_) => names(statement, &party.caller),
            Who::Root(account) | Who::Account(account) => names_account(statement, account),
            Who::Everyone | Who::Unknown(_) => false,
        })
        .collect();
    !meant.is_empty()
        && meant.into_iter().all(|party| {
            let decision = asker.decide(party, ACTION, sent.clone());
            matches!(decision.verdict, Verdict::ImplicitDeny)
        })
}

/// What an administrator sends: what he has in his own hands is as it must be, and what such a request never carries is
/// absent.
fn sent(takeover: &Takeover<'_>) -> Sent {
    let mut context = Sent::new();
    context.set_incomplete();
    put(
        &mut context,
        &[
            ("aws:SecureTransport", &["true"]),
            ("aws:MultiFactorAuthPresent", &["true"]),
            ("aws:MultiFactorAuthAge", &["1"]),
            ("kms:BypassPolicyLockoutSafetyCheck", &["false"]),
            // No service that KMS knows so puts key policies (KMS developer guide, "kms:ViaService").
            ("kms:ViaService", &[]),
            ("aws:SourceArn", &[]),
            ("aws:SourceAccount", &[]),
            ("aws:SourceOrgID", &[]),
            ("aws:SourceOrgPaths", &[]),
            ("aws:PrincipalServiceName", &[]),
            ("aws:PrincipalServiceNamesList", &[]),
        ],
    );
    let Some(action) = catalogue::action(ACTION) else {
        return context;
    };
    let on_key: &[&str] = catalogue::service("kms")
        .and_then(|kms| kms.resources.iter().find(|resource| resource.name == "key"))
        .map_or(&[], |resource| resource.condition_keys);
    let mut organisations: BTreeSet<&str> = BTreeSet::new();
    for (_, key, values) in takeover
        .policy()
        .document
        .statements
        .iter()
        .flat_map(Statement::conditions)
    {
        let lower = key.to_ascii_lowercase();
        if lower == "aws:principalorgid" {
            organisations.extend(values.iter().filter_map(|value| value.as_str()));
        }
        let general = ["kms:calleraccount", "kms:viaservice"].contains(&lower.as_str());
        let carried = || {
            action
                .condition_keys
                .iter()
                .chain(on_key)
                .any(|own| own.eq_ignore_ascii_case(key))
        };
        let deprecated = lower.starts_with("kms:customermasterkey");
        if lower.starts_with("kms:") && !general && !deprecated && !carried() {
            context.set(key, Vec::new());
        }
    }
    // The account is of the one organisation that its policy speaks of.
    let mut organisations = organisations.into_iter();
    if let (Some(only), None) = (organisations.next(), organisations.next())
        && !only.contains(['*', '?'])
        && !is_unknown(only)
    {
        context.set("aws:PrincipalOrgID", vec![only.to_owned()]);
    }
    context
}

/// True where a decision hangs on the caller's IAM alone.
pub(super) fn is_by_iam_alone(decision: &Decision) -> bool {
    decision
        .premises
        .iter()
        .all(|premise| premise.code == PremiseCode::IdentityPolicies)
}
