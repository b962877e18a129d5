//! Nothing forbids putting a policy that locks everybody out.

use std::collections::BTreeSet;

use super::takeover::{POLICIES, Takeover, ask};
use crate::evidence::Key;
use crate::policy::access::{ActionClass, Who};
use crate::policy::evaluate::Because;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `policy-lockout-bypass-allowed`
    PolicyLockoutBypassAllowed,
    "policy-lockout-bypass-allowed",
    Policy,
    Low,
    "The check against locking everybody out of the key policy may be bypassed",
    "policy_lockout_bypass_allowed.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let mut asker = takeover.asker();
    let mut because: BTreeSet<Because> = BTreeSet::new();
    let mut any = false;
    for (holder, _) in takeover.access.access.who_may(ActionClass::Administer) {
        any = true;
        let Some(party) = takeover.party(&holder.who) else {
            continue;
        };
        // What only deployment names may be nobody.
        if matches!(holder.who, Who::Unknown(_)) {
            continue;
        }
        let set: &[(&str, &[&str])] = &[("kms:BypassPolicyLockoutSafetyCheck", &["true"])];
        if let Some(decision) = ask(&mut asker, party, "kms:PutKeyPolicy", set) {
            because.extend(takeover.left(&decision));
        }
    }
    let because: Vec<Because> = because.into_iter().collect();
    let mut findings = Vec::new();
    if !because.is_empty() {
        let message =
            "whoever may rewrite the key policy may bypass the check against locking everybody out of it";
        let (builder, content) =
            takeover.draft(meta, meta.severity, message, "bypass included", (None, &because));
        findings.push(
            builder
                .consequence("a policy without an administrator can be put on purpose: only AWS Support brings the key back")
                .remedy(takeover.remedy(
                    "Add a Deny of kms:PutKeyPolicy for everybody with Bool kms:BypassPolicyLockoutSafetyCheck true",
                    &because,
                ))
                .content(&content),
        );
    } else if !any {
        return Outcome::NotApplicable(
            "nobody may rewrite the key policy by what is in the evidence".to_owned(),
        );
    }
    takeover.settle(
        findings,
        POLICIES,
        &[ActionClass::Administer],
        "the key policy denies kms:PutKeyPolicy with the bypass of the lock-out check",
    )
}
