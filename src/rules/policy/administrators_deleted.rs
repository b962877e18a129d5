//! A key policy whose administrators are all deleted.

use super::lockout::{Lockout, SUPPORT, State};
use super::takeover::Takeover;
use crate::evidence::Key;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `administrators-deleted`
    AdministratorsDeleted,
    "administrators-deleted",
    Policy,
    High,
    "Everybody who could rewrite the key policy was deleted",
    "administrators_deleted.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let lockout = match Takeover::of(context, key) {
        Ok(takeover) => Lockout::of(takeover),
        Err(outcome) => return outcome,
    };
    let State::Gone(because) = &lockout.state else {
        return lockout.other();
    };
    let message = "everybody whom the key policy lets rewrite it was deleted: what stands there are the ids that they left";
    let (builder, content) = lockout.draft(meta, meta.severity, message, "matches nobody", because);
    Outcome::Findings(vec![
        builder
            .consequence("the key policy cannot be changed: no signer can be removed, and no mistake corrected")
            .note("A user or role that is made again under the same name has another id: the policy does not let it in.")
            .remedy(lockout.takeover.remedy(SUPPORT, because))
            .content(&content),
    ])
}
