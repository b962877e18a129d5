//! A grant to the key's account as a whole.

use super::{Party, content, judge as each};
use crate::evidence::Key;
use crate::finding::Severity;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `grant-to-account-root`
    GrantToAccountRoot,
    "grant-to-account-root",
    Grants,
    Medium,
    "A grant is to the whole account, not to one principal",
    "grant_to_account_root.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let proof = "no grant of the key is to the account as a whole";
    each(context, key, proof, |held| {
        if held.party(context.bundle, key) != Party::Account {
            return None;
        }
        let powers = held.powers();
        let (severity, may) = if powers.is_empty() {
            (Severity::Low, "use it for what only reads".to_owned())
        } else {
            (meta.severity, powers.join(" and "))
        };
        let message = format!(
            "{} is to the account as a whole: whom its IAM lets may {may}",
            held.name()
        );
        let mut finding = held.finding(meta, severity, key, message, (held.place(), "the whole account"));
        if let Some(also) = held.also("Sign") {
            finding = finding.consequence(also);
        }
        Some(
            finding
                .note("It stays when the statement of the account is taken out of the key policy.")
                .remedy(format!(
                    "Name the one role that is meant, in the key policy. {}",
                    held.revoke(key)
                ))
                .content(&content(held.grant)),
        )
    })
}
