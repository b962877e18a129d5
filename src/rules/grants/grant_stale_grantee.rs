//! A grant to a user or role that is deleted.

use super::{Party, content, judge as each};
use crate::evidence::Key;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `grant-stale-grantee`
    GrantStaleGrantee,
    "grant-stale-grantee",
    Grants,
    Low,
    "A grant is to a deleted user or role: nobody can use it",
    "grant_stale_grantee.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let proof = "no grantee of the key's grants is the id of a deleted user or role";
    each(context, key, proof, |held| {
        if held.party(context.bundle, key) != Party::Deleted {
            return None;
        }
        let message = format!(
            "{} is to {}, the id of a deleted user or role: nobody can use it",
            held.name(),
            held.whom()
        );
        Some(
            held.finding(meta, meta.severity, key, message, (held.place(), "nobody"))
                .note(
                    "AWS shows the id (AIDA…, AROA…) of a user or role that is deleted; a new one of the same name has \
                     another id.",
                )
                .remedy(held.revoke(key))
                .content(&content(held.grant)),
        )
    })
}
