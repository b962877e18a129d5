//! Grants that nobody is named to retire.

use super::{Held, Party, content, of};
use crate::evidence::Key;
use crate::policy::Principal;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `grant-no-retiring-principal`
    GrantNoRetiringPrincipal,
    "grant-no-retiring-principal",
    Grants,
    Info,
    "A grant names nobody who may retire it: it stays until somebody revokes it",
    "grant_no_retiring_principal.md",
    judge
);

/// The most grants that the finding points at.
const MOST: usize = 10;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let grants = of(context.bundle, key);
    let lonely: Vec<&Held<'_>> = grants
        .all
        .iter()
        .filter(|held| is_lonely(held) && held.party(context.bundle, key) != Party::Deleted)
        .collect();
    let mut findings = Vec::new();
    if let Some((first, others)) = lonely.split_first() {
        let message = match lonely.len() {
            1 => format!("{} names nobody who may retire it", first.name()),
            count => format!("{count} grants name nobody who may retire them"),
        };
        let span = first.grant.span;
        let mut finding = first.finding(meta, meta.severity, key, message, (span, "no RetiringPrincipal"));
        for other in others.iter().take(MOST) {
            finding = finding.related(other.grant.span, "another one");
        }
        let mut about: Vec<String> = lonely.iter().map(|held| content(held.grant)).collect();
        about.sort_unstable();
        findings.push(
            finding
                .note("The account that made a grant may always retire it; whoever may call kms:RevokeGrant on the key may revoke it.")
                .remedy(format!(
                    "Where a grant has to be, make it with a retiring principal (aws kms create-grant --retiring-principal), so \
                     that its user can end it when the work is done. {}",
                    first.revoke(key)
                ))
                .content(&about.join("\n")),
        );
    }
    grants.outcome(
        context.bundle,
        key,
        findings,
        "every grant of the key names somebody who may retire it",
    )
}

/// True where neither a retiring principal nor the grantee may retire the grant.
fn is_lonely(held: &Held<'_>) -> bool {
    let retiring = held.grant.retiring.as_ref();
    let is_somebody = |text: &str| !matches!(Principal::aws(text), Principal::Deleted(_));
    !held.grant.allows("RetireGrant") && !retiring.is_some_and(|retiring| is_somebody(&retiring.value))
}
