//! A signer that may delete or disable the key, or point its alias elsewhere.

use super::signer::{self, Power, Words};
use crate::evidence::Key;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `signer-can-delete-or-disable`
    SignerCanDeleteOrDisable,
    "signer-can-delete-or-disable",
    Policy,
    High,
    "A signer may delete or disable the key, or point its alias elsewhere",
    "signer_can_delete_or_disable.md",
    judge
);

const WORDS: Words = Words {
    power: Power::Halt,
    may: "halt the signing",
    consequence: "whoever gets hold of the signer can stop it; a deleted key never comes back, and neither does what only \
                  its address can move",
    change: "Take these actions from the signer: a signer needs kms:Sign and kms:GetPublicKey",
    proof: "no signer that the key's policies name may delete or disable the key, or move its alias, by an action that \
            they list",
};

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    signer::judge(meta, context, key, &WORDS)
}
