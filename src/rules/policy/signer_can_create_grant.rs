//! A signer that may make grants.

use super::signer::{self, Power, Words};
use crate::evidence::Key;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `signer-can-create-grant`
    SignerCanCreateGrant,
    "signer-can-create-grant",
    Policy,
    High,
    "A signer may make grants, and so let anybody sign",
    "signer_can_create_grant.md",
    judge
);

const WORDS: Words = Words {
    power: Power::Grant,
    may: "make grants, and so let anybody sign",
    consequence: "whoever gets hold of the signer can give himself a grant, which stays when the signer is removed from \
                  the policy",
    change: "Take kms:CreateGrant from the signer, or bind it to kms:GranteePrincipal and to kms:GrantOperations without \
             Sign",
    proof: "no signer that the key's policies name may make grants at will by an action that they list",
};

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    signer::judge(meta, context, key, &WORDS)
}
