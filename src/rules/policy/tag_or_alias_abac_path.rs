//! Tags or aliases that decide who may act, and somebody who may change them.

use std::collections::BTreeSet;

use super::takeover::{POLICIES, Takeover, ask, listed};
use crate::evidence::{Key, holder_words};
use crate::finding::{Finding, Severity};
use crate::policy::Statement;
use crate::policy::access::{ActionClass, Holder, Party, Who};
use crate::policy::evaluate::{Because, PolicyRef};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `tag-or-alias-abac-path`
    TagOrAliasAbacPath,
    "tag-or-alias-abac-path",
    Policy,
    Medium,
    "Who may change tags or aliases changes who may use the key",
    "tag_or_alias_abac_path.md",
    judge
);

/// What conditions speak of, and what changes it.
struct Path {
    what: &'static str,
    is_key: fn(&str) -> bool,
    actions: &'static [&'static str],
}

const PATHS: &[Path] = &[
    Path {
        what: "tags",
        is_key: |key| key.to_ascii_lowercase().starts_with("aws:resourcetag/"),
        actions: &["kms:TagResource", "kms:UntagResource"],
    },
    Path {
        what: "aliases",
        is_key: |key| key.eq_ignore_ascii_case("kms:ResourceAliases"),
        actions: &["kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"],
    },
];

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let takeover = match Takeover::of(context, key) {
        Ok(takeover) => takeover,
        Err(outcome) => return outcome,
    };
    let findings: Vec<Finding> = PATHS
        .iter()
        .filter_map(|path| finding(meta, &takeover, path))
        .collect();
    let by_iam = takeover.account().is_some_and(|account| {
        let anyone = Party::anyone_of(account, takeover.partition());
        ask(&mut takeover.asker(), &anyone, "kms:Sign", &[]).is_some()
    });
    if findings.is_empty() && by_iam {
        return Outcome::NotEvaluated(
            "the key's policies leave nobody such a way, but they leave signing to IAM, and whether IAM policies have \
             conditions on the key's tags or aliases is not looked at"
                .to_owned(),
        );
    }
    takeover.settle(
        findings,
        POLICIES,
        &[],
        "no statement of the key's policies has a condition on tags or aliases of the key that somebody may change who \
         does not administer it",
    )
}

/// A statement of the key's policies, and where it stands.
type Found<'b> = (PolicyRef, &'b Statement, usize);

fn finding(meta: &'static Meta, takeover: &Takeover<'_>, path: &Path) -> Option<Finding> {
    let decided: Vec<Found<'_>> = [PolicyRef::Key, PolicyRef::Ram]
        .into_iter()
        .filter_map(|of| Some((of, takeover.access.export(takeover.bundle, of)?)))
        .flat_map(|(of, export)| {
            let statements = export.document.statements.iter().enumerate();
            statements.map(move |(index, statement)| (of, statement, index))
        })
        .filter(|(_, statement, _)| {
            statement
                .conditions()
                .iter()
                .any(|(_, key, _)| (path.is_key)(key))
        })
        .collect();
    let first = decided.first()?;
    let mut asker = takeover.asker();
    let mut names: Vec<String> = Vec::new();
    let mut because: BTreeSet<Because> = BTreeSet::new();
    let mut by_name = false;
    for party in &takeover.access.access.parties {
        let holder = takeover.access.access.holder(&party.who);
        if !counts(party, holder) {
            continue;
        }
        for action in path.actions {
            let Some(decision) = ask(&mut asker, party, action, &[]) else {
                continue;
            };
            let left = if matches!(party.who, Who::Account(_)) {
                takeover.left(&decision)
            } else {
                takeover.left_by_name(&decision, party)
            };
            if left.is_empty() {
                continue;
            }
            by_name |= matches!(party.who, Who::Principal(_));
            let name = match &party.who {
                Who::Account(account) => format!("any principal of account {account} whose IAM allows it"),
                _ => holder.map_or_else(|| party.caller.text.clone(), holder_words),
            };
            if !names.contains(&name) {
                names.push(name);
            }
            because.extend(left);
        }
    }
    if because.is_empty() {
        return None;
    }
    let severity = if by_name { meta.severity } else { Severity::Low };
    let (_, statement, index) = first;
    let message = format!(
        "{} decides by the key's {}, which {} may change ({})",
        statement.name(*index),
        path.what,
        listed(&names),
        listed(path.actions)
    );
    let because: Vec<Because> = because.into_iter().collect();
    let grounds: Vec<Because> = decided
        .iter()
        .map(|(of, _, index)| Because::allow(*of, *index))
        .chain(because.iter().copied())
        .collect();
    let (builder, content) = takeover.draft(
        meta,
        severity,
        message,
        "decided by what can be changed",
        (None, &grounds),
    );
    Some(
        builder
            .consequence("who changes them gives or takes the leave to use the key, without touching its policy")
            .note("KMS documents these condition keys for IAM policies; in a key policy, name the principal instead.")
            .remedy(takeover.remedy(
                "Name those who are meant in place of the condition, or leave tags and aliases to the administrators alone",
                &because,
            ))
            .content(&content),
    )
}

/// Those of the key's account who do not administer it: whoever does may change its policy anyway.
fn counts(party: &Party, holder: Option<&Holder>) -> bool {
    match &party.who {
        Who::Principal(_) => holder.is_none_or(|holder| holder.right(ActionClass::Administer).is_none()),
        Who::Account(_) => true,
        Who::Root(_) | Who::Everyone | Who::Unknown(_) => false,
    }
}
