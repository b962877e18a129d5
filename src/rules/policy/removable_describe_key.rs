//! The guide's first reduction, its first half: `kms:DescribeKey` for the signer.

use super::removable::{self, Removable};
use crate::evidence::Key;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `removable-describe-key`
    RemovableDescribeKey,
    "removable-describe-key",
    Policy,
    Info,
    "The signer may call kms:DescribeKey, which signing does not need",
    "removable_describe_key.md",
    judge
);

const WHAT: Removable = Removable {
    action: "kms:DescribeKey",
    note: "Certain for alloy (and so Foundry's cast) and for Hyperlane's agents, which call GetPublicKey and Sign only; some \
           other client libraries do call DescribeKey: look into yours.",
};

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    removable::judge(meta, context, key, &WHAT)
}
