//! The guide's first reduction, its second half: `kms:Verify` for the signer.

use super::removable::{self, Removable};
use crate::evidence::Key;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `removable-verify`
    RemovableVerify,
    "removable-verify",
    Policy,
    Info,
    "The signer may call kms:Verify, which signing does not need",
    "removable_verify.md",
    judge
);

const WHAT: Removable = Removable {
    action: "kms:Verify",
    note: "Anybody verifies an EVM signature with the address alone, without AWS.",
};

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    removable::judge(meta, context, key, &WHAT)
}
