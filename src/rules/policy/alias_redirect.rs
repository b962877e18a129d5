//! Somebody who may point the agent's alias to another key.

use super::pins::{grounds, in_force, listing, statement_of};
use super::put_in_force;
use crate::evidence::{Key, PolicyExport, holder_words};
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::policy::Statement;
use crate::policy::access::{ActionClass, Holder, Right, Way, Who};
use crate::policy::evaluate::PremiseCode;
use crate::rules::aliases;
use crate::rules::common::{key_argument, short};
use crate::rules::{Context, Meta, Outcome, Part, key_rule};
use crate::source::Span;

key_rule!(
    /// `alias-redirect`
    AliasRedirect,
    "alias-redirect",
    Policy,
    Medium,
    "Somebody who does not administer the key may move or delete its alias: an agent that uses it signs with another key",
    "alias_redirect.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let (access, policy) = match in_force(bundle, key) {
        Ok(found) => found,
        Err(outcome) => return outcome,
    };
    if aliases::has_none(bundle, key) {
        return Outcome::NotApplicable("the key has no alias".to_owned());
    }
    let mut found = Vec::new();
    let (mut nameless, mut through) = (None, None);
    for (holder, right) in access.access.who_may(ActionClass::RedirectAlias) {
        let by_iam_alone = right.ways == [Way::Delegated] && !right.is_sure();
        match &holder.who {
            // Administrators are meant to; the account's root user is one.
            Who::Root(_) => {}
            Who::Principal(_) if administers(context, key, holder) => {}
            // What a wildcard gives beside all else is said of the wildcard.
            Who::Principal(_) if !by_iam_alone && !is_named(policy, right) => {
                through.get_or_insert_with(|| holder_words(holder));
            }
            Who::Principal(_) if !by_iam_alone => {
                found.push((holder, right));
            }
            _ => nameless = Some(holder_words(holder)),
        }
    }
    if !found.is_empty() {
        return Outcome::Findings(vec![finding(meta, context, key, policy, &found)]);
    }
    // A grant gives nobody a right on an alias.
    if let Some(open) = access.open.iter().find(|open| open.kind != "grants") {
        return Outcome::NotEvaluated(open.message.clone());
    }
    if let Some(who) = nameless {
        return Outcome::NotEvaluated(format!(
            "the key policy lets {who} move or delete the key's alias where IAM does, and whom IAM lets is not in the \
             evidence (aws iam get-account-authorization-details)"
        ));
    }
    if let Some(who) = through {
        return Outcome::NotApplicable(format!(
            "held through a wildcard: {who} may move or delete the alias as it may do much else"
        ));
    }
    Outcome::Pass("nobody but the key's administrators may move or delete its alias".to_owned())
}

/// True where a statement lists the actions on aliases, by their names or by a pattern of them.
fn is_named(policy: &PolicyExport, right: &Right) -> bool {
    let lists = |statement: &Statement| {
        !statement.not_action
            && statement.actions.iter().any(|(pattern, _)| {
                let text = pattern.as_str().to_ascii_lowercase();
                (pattern.covers("kms:UpdateAlias") || pattern.covers("kms:DeleteAlias"))
                    && text.contains("alias")
            })
    };
    right
        .decision
        .because
        .iter()
        .any(|because| statement_of(policy, *because).is_none_or(lists))
}

/// True for one who may rewrite the policy, or is declared to administer the key.
fn administers(context: &Context<'_>, key: &Key, holder: &Holder) -> bool {
    let may = holder
        .right(ActionClass::Administer)
        .is_some_and(|right| right.ways != [Way::Delegated] || right.is_sure());
    may || context.is_declared_holder(key, Part::Administrator, holder) == Some(true)
}

/// Places that a finding shows.
const PLACES: usize = 5;

fn finding(
    meta: &'static Meta,
    context: &Context<'_>,
    key: &Key,
    policy: &PolicyExport,
    found: &[(&Holder, &Right)],
) -> Finding {
    let bundle = context.bundle;
    let access = bundle.access(key);
    let used = aliases::used(bundle, key);
    let known = aliases::of_key(bundle, key);
    let of: Vec<_> = found
        .iter()
        .map(|(holder, right)| (*holder, &right.decision))
        .collect();
    let (places, canonical) = grounds(bundle, access, policy, &of);
    let whole = Span::new(policy.source, policy.document.span.clone());
    let mut places = places.into_iter();
    let (span, _) = places.next().unwrap_or((whole, String::new()));
    let (severity, confidence) = match (used.is_empty(), known.is_empty()) {
        (false, _) => (Severity::High, Confidence::High),
        (true, false) => (meta.severity, Confidence::High),
        (true, true) => (meta.severity, Confidence::Medium),
    };
    let name = used
        .first()
        .map(|used| used.name.as_str())
        .or_else(|| known.first().map(|alias| alias.name.value.as_str()));
    let moves = found.iter().any(|(_, right)| right.action == "kms:UpdateAlias");
    let what = name.map_or_else(|| "the key's alias".to_owned(), short);
    let who: Vec<String> = found.iter().map(|(holder, _)| holder_words(holder)).collect();
    let label = Label {
        span,
        message: format!(
            "lets {} the alias",
            if moves { "move or delete" } else { "delete" }
        ),
    };
    let mut finding = Finding::builder(
        meta.id,
        severity,
        key.subject(),
        format!(
            "{} may {} {what} without administering the key",
            listing(&who),
            if moves { "move or delete" } else { "delete" },
        ),
        label,
    )
    .confidence(confidence)
    .consequence(if moves {
        "an agent that calls the key by the alias signs with whatever key it points to, and nothing tells it"
    } else {
        "an agent that calls the key by the alias stops; whoever makes the alias again chooses the key"
    })
    .remedy(put_in_force(
        policy,
        "Take kms:UpdateAlias and kms:DeleteAlias from whoever does not administer the key, and configure agents by key id \
         or ARN",
        &format!(
            ": aws kms put-key-policy {} --policy-name default --policy file://key-policy.json.",
            key_argument(key)
        ),
    ));
    let needs_iam = found.iter().any(|(_, right)| {
        let premises = &right.decision.premises;
        premises.iter().any(|premise| premise.code == PremiseCode::Alias)
    });
    if needs_iam {
        finding = finding
            .note("It also needs the permission on the alias itself, by IAM, which is not in the evidence as a whole.");
    }
    for (span, words) in places.take(PLACES) {
        finding = finding.related(span, words);
    }
    for used in used.iter().take(PLACES) {
        let words = if used.by == aliases::CalledBy::Policy {
            "the policy asks for the alias"
        } else {
            "the key is called by the alias"
        };
        finding = finding.related(used.span, words);
    }
    if used.is_empty()
        && let Some(alias) = known.first()
    {
        finding = finding.related(alias.name.span, "the alias");
    }
    finding.content(&canonical)
}
