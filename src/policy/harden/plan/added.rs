//! Deny statements that are added: they bind grants and IAM too, which a condition on an Allow does not.

use std::collections::BTreeSet;

use super::dead::texts;
use super::{Plan, Proposal, Seen};
use crate::json::edit::Draft;
use crate::policy::Principal;
use crate::policy::evaluate::{Caller, Context, Request, Verdict};
use crate::policy::harden::Needs;
use crate::policy::harden::change::Change;
use crate::policy::harden::guard::{Ask, Standing};
use crate::policy::harden::request::Asked;

type Pairs = Vec<(String, Vec<String>)>;

fn pairs(list: &[(&str, &str)]) -> Pairs {
    list.iter()
        .map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()]))
        .collect()
}

impl Seen<'_> {
    /// Callers of all sorts: those that the policy names, another user of the account, and another account's.
    fn sorts(&self) -> Vec<Caller> {
        let account = self.ground.account;
        let other = if account == "444455556666" {
            "111122223333"
        } else {
            "444455556666"
        };
        let mut all: Vec<Caller> = self.callers.values().cloned().collect();
        let user = |account: &str| format!("arn:{}:iam::{account}:user/somebody-else", self.partition);
        all.extend(
            [user(account), user(other)]
                .iter()
                .filter_map(|text| Caller::parse(text)),
        );
        all
    }

    fn verdict(
        &self,
        policies: &crate::policy::evaluate::Policies,
        caller: &Caller,
        action: &str,
        set: &Pairs,
    ) -> Verdict {
        let mut context = Context::new();
        context.set_incomplete();
        for (key, values) in set {
            context.set(key, values.clone());
        }
        let request = Request {
            principal: caller.clone(),
            action: action.to_owned(),
            resource: "*".to_owned(),
            resource_account: Some(self.ground.account.to_owned()),
            context,
        };
        policies.decide(&request).verdict
    }

    /// True where a Deny of the policy hits the request, whoever makes it.
    fn is_denied(&self, action: &str, set: &Pairs) -> bool {
        let policies = self.ground.policies(self.document);
        self.sorts()
            .iter()
            .all(|caller| self.verdict(&policies, caller, action, set) == Verdict::ExplicitDeny)
    }

    /// True where somebody may make the request.
    fn is_possible(&self, action: &str, set: &Pairs) -> bool {
        let policies = self.ground.policies(self.document);
        self.sorts().iter().any(|caller| {
            let verdict = self.verdict(&policies, caller, action, set);
            matches!(verdict, Verdict::Allowed | Verdict::Depends)
        })
    }

    /// A Sid that no statement has.
    fn fresh_sid(&self, sid: &str) -> String {
        let all: BTreeSet<&str> = self
            .document
            .statements
            .iter()
            .filter_map(|statement| statement.sid.as_ref().map(|(sid, _)| sid.as_str()))
            .collect();
        let others = (2_usize..1_000).map(|number| format!("{sid}{number}"));
        std::iter::once(sid.to_owned())
            .chain(others)
            .find(|one| !all.contains(one.as_str()))
            .unwrap_or_else(|| sid.to_owned())
    }

    fn deny(
        &self,
        rule: &'static str,
        sid: &str,
        action: &str,
        (operator, key, value): (&str, &str, &str),
        shown: &[&str],
        (denied, why): (String, String),
    ) -> Proposal {
        let draft = Draft::object(vec![
            ("Sid", Draft::text(self.fresh_sid(sid))),
            ("Effect", Draft::text("Deny")),
            ("Principal", Draft::object(vec![("AWS", Draft::text("*"))])),
            ("Action", Draft::text(action)),
            ("Resource", Draft::text("*")),
            (
                "Condition",
                Draft::object(vec![(operator, Draft::object(vec![(key, Draft::text(value))]))]),
            ),
        ]);
        let mut proposal = Proposal::new(rule, self.document.statements.len(), Change::Add(draft), why);
        proposal.denied = denied;
        proposal.asked = shown
            .iter()
            .flat_map(|value| {
                self.callers.values().map(|caller| {
                    Asked::new(
                        caller.clone(),
                        action,
                        self.ground.account,
                        pairs(&[(key, *value)]),
                    )
                })
            })
            .collect();
        proposal
    }
}

const MESSAGE_TYPE: &str = "kms:MessageType";
/// KMS API Reference, `Sign`.
const MESSAGE_TYPES: [&str; 3] = ["DIGEST", "EXTERNAL_MU", "RAW"];

fn pin(seen: &Seen<'_>, rule: &'static str, kind: &str, why: String) -> Option<Proposal> {
    let others: Vec<&str> = MESSAGE_TYPES.iter().copied().filter(|one| *one != kind).collect();
    let open = others
        .iter()
        .any(|one| !seen.is_denied("kms:Sign", &pairs(&[(MESSAGE_TYPE, *one)])));
    open.then(|| {
        let what = format!("kms:Sign where kms:MessageType is not {kind}");
        let mut shown = others.clone();
        shown.reverse();
        seen.deny(
            rule,
            &format!(
                "DenySignUnless{}",
                if kind == "DIGEST" { "Digest" } else { "Raw" }
            ),
            "kms:Sign",
            ("StringNotEquals", MESSAGE_TYPE, kind),
            &shown,
            (what, why),
        )
    })
}

/// `pin-on-allow-only`: every Allow of Sign to a named principal is pinned to one message type.
pub(super) fn pin_of_the_allow(seen: &Seen<'_>, plan: &mut Plan) {
    let mut kinds: BTreeSet<String> = BTreeSet::new();
    for (_, statement) in seen.allows() {
        let named = statement
            .principals
            .as_ref()
            .is_some_and(|list| list.iter().any(Principal::is_named));
        if !named || !statement.allows("kms:Sign") {
            continue;
        }
        let pinned = statement
            .conditions()
            .into_iter()
            .find_map(|(operator, key, values)| {
                let exact =
                    operator.eq_ignore_ascii_case("StringEquals") && key.eq_ignore_ascii_case(MESSAGE_TYPE);
                texts(&values).filter(|_| exact)
            });
        match pinned {
            Some(values) => kinds.extend(values),
            None => return,
        }
    }
    let only = kinds.first().filter(|_| kinds.len() == 1);
    let Some(kind) = only.filter(|kind| matches!(kind.as_str(), "DIGEST" | "RAW")) else {
        return;
    };
    let why = format!(
        "The policy pins kms:MessageType {kind} on its Allow statements, which does not bind grants and IAM's delegation. As a \
         Deny it binds everybody, and takes nothing from the signers."
    );
    if let Some(mut proposal) = pin(seen, "pin-on-allow-only", kind, why) {
        // The account signs by delegation: that is what the Deny is to bind.
        let root = seen.root();
        if !seen.signers.contains(&root) {
            proposal.leave.signing.insert(root);
        }
        plan.add(proposal);
    }
}

/// `message-type-not-pinned`
pub(super) fn message_type(seen: &Seen<'_>, plan: &mut Plan) {
    if !seen.is_possible("kms:Sign", &pairs(&[(MESSAGE_TYPE, "RAW")])) {
        return;
    }
    // Who can sign messages only would be left without.
    let by_raw_alone = seen.callers.keys().any(|caller| {
        seen.rights.may_sign(caller) && *seen.rights.get(caller, Ask::SignDigest) == Standing::No
    });
    if by_raw_alone {
        return;
    }
    let why = "An EVM client signs digests (Keccak-256). With MessageType RAW KMS hashes with SHA-256, which is never valid on \
               an EVM chain, and is on Cosmos-like and Bitcoin-like chains. It does not keep a holder of Sign from signing \
               any digest.";
    if let Some(mut proposal) = pin(seen, "message-type-not-pinned", "DIGEST", why.to_owned()) {
        proposal.needs = Needs::EvmOnly;
        proposal.leave.raw = true;
        plan.add(proposal);
    }
}

/// `policy-lockout-bypass-allowed`
pub(super) fn lockout_bypass(seen: &Seen<'_>, plan: &mut Plan) {
    const KEY: &str = "kms:BypassPolicyLockoutSafetyCheck";
    let set = pairs(&[(KEY, "true")]);
    let can_put = seen
        .callers
        .keys()
        .any(|caller| *seen.rights.get(caller, Ask::PutKeyPolicySafely) != Standing::No);
    if !can_put || seen.is_denied("kms:PutKeyPolicy", &set) {
        return;
    }
    let denied = "kms:PutKeyPolicy where its lock-out check is bypassed".to_owned();
    let why = "With BypassPolicyLockoutSafetyCheck a policy can be put that nobody can change any more. No honest change \
               needs it."
        .to_owned();
    let mut proposal = seen.deny(
        "policy-lockout-bypass-allowed",
        "DenyPolicyLockoutBypass",
        "kms:PutKeyPolicy",
        ("Bool", KEY, "true"),
        &["true"],
        (denied, why),
    );
    proposal.needs = Needs::Guards;
    plan.add(proposal);
}

/// `schedule-deletion-unguarded`
pub(super) fn deletion_window(seen: &Seen<'_>, plan: &mut Plan) {
    const KEY: &str = "kms:ScheduleKeyDeletionPendingWindowInDays";
    let set = pairs(&[(KEY, "7")]);
    if !seen.is_possible("kms:ScheduleKeyDeletion", &set) {
        return;
    }
    let denied = "kms:ScheduleKeyDeletion with a window of less than 30 days".to_owned();
    let why = "A key can be scheduled to be deleted in 7 days, and with it goes what it holds. With 30, the longest window \
               that KMS has, there is time to see it and to cancel. Who deletes keys by a script with a shorter window must \
               change it."
        .to_owned();
    let proposal = seen.deny(
        "schedule-deletion-unguarded",
        "DenyDeletionWithin30Days",
        "kms:ScheduleKeyDeletion",
        ("NumericLessThan", KEY, "30"),
        &["7"],
        (denied, why),
    );
    plan.add(proposal.by_a_person());
}
