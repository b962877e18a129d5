//! Wildcards that make a signer an administrator.

use super::wildcard::{self, Whose};
use crate::evidence::Key;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `signer-wildcard-action`
    SignerWildcardAction,
    "signer-wildcard-action",
    Policy,
    High,
    "A wildcard of actions gives a signer administration of its own key",
    "signer_wildcard_action.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "no wildcard of actions gives administration to a user, role or session that the key policy lets sign";
    wildcard::judge(meta, context, key, Whose::Signers, pass)
}
