//! A signer that may rewrite the key policy.

use super::signer::{self, Power, Words};
use crate::evidence::Key;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `signer-can-put-policy`
    SignerCanPutPolicy,
    "signer-can-put-policy",
    Policy,
    High,
    "A signer may rewrite the key policy",
    "signer_can_put_policy.md",
    judge
);

const WORDS: Words = Words {
    power: Power::Policy,
    may: "rewrite the key policy",
    consequence: "whoever gets hold of the signer can let in anybody, and lock everybody else out",
    change: "Take kms:PutKeyPolicy from the signer: a signer needs kms:Sign and kms:GetPublicKey",
    proof: "no signer that the key's policies name may rewrite the key policy by an action that they list",
};

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    signer::judge(meta, context, key, &WORDS)
}
