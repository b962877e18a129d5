//! A value that is masked, left out or not filled in.

use std::collections::BTreeMap;

use crate::evidence::redacted::Masked;
use crate::evidence::{Artefact, Data, Trouble};
use crate::finding::{Finding, Label, Severity};
use crate::rules::common::{at_most_per_file, short, subject_of};
use crate::rules::{Context, Meta, Outcome, evidence_rule};
use crate::source::Span;

evidence_rule!(
    /// `redacted-value`
    RedactedValue,
    "redacted-value",
    Inventory,
    Low,
    "A value is masked or a placeholder: nothing is joined or compared by it",
    "redacted_value.md",
    judge
);

/// The most places that one finding shows beside the first.
const MOST_PLACES: usize = 4;

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    if bundle.artefacts.is_empty() {
        return Outcome::NotEvaluated("no file was recognised".to_owned());
    }
    let mut findings = Vec::new();
    for (index, artefact) in bundle.artefacts.iter().enumerate() {
        let groups = groups(artefact);
        if groups.is_empty() {
            continue;
        }
        let Some(subject) = subject_of(bundle, index) else {
            continue;
        };
        for (group, places) in groups {
            let first = places
                .first()
                .and_then(|span| bundle.sources.snippet(*span))
                .unwrap_or_default();
            findings.push(finding(meta, artefact, &subject, &group, &places, &short(first)));
        }
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "no id, account or principal of the files that were read is masked or a placeholder",
    )
}

/// What masked values have in common to be told as one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group<'b> {
    in_policy: bool,
    member: &'b str,
    /// Digits of account ids that are none; nothing for placeholders.
    digits: Option<usize>,
}

fn groups(artefact: &Artefact) -> BTreeMap<Group<'_>, Vec<Span>> {
    let mut groups: BTreeMap<Group<'_>, Vec<Span>> = BTreeMap::new();
    for trouble in &artefact.troubles {
        if let Trouble::Redacted {
            span,
            member,
            masked,
            in_policy,
        } = trouble
        {
            // A principal that is none for its number of digits is told by the rule on principals.
            let is_principal = matches!(member.as_str(), "AWS" | "Principal");
            if *in_policy && is_principal && matches!(masked, Masked::AccountLength(_)) {
                continue;
            }
            let group = Group {
                in_policy: *in_policy,
                member,
                digits: match masked {
                    Masked::AccountLength(digits) => Some(*digits),
                    Masked::Placeholder => None,
                },
            };
            groups.entry(group).or_default().push(*span);
        }
    }
    groups
}

fn finding(
    meta: &'static Meta,
    artefact: &Artefact,
    subject: &str,
    group: &Group<'_>,
    places: &[Span],
    text: &str,
) -> Finding {
    // A principal that nobody can read may be anybody.
    let severity = if group.in_policy {
        Severity::Medium
    } else {
        meta.severity
    };
    let member = match group.member {
        "AWS" | "Principal" | "Service" | "Federated" if group.in_policy => "a principal".to_owned(),
        member => short(member),
    };
    let whose = if group.in_policy { " of the policy" } else { "" };
    let times = match places.len() {
        1 => String::new(),
        count => format!(", in {count} places"),
    };
    let message = match group.digits {
        Some(digits) => {
            format!("{member}{whose} has an account id of {digits} digits, not 12 ({text}{times})")
        }
        None => format!("{member}{whose} is masked or a placeholder ({text}{times})"),
    };
    let label = Label {
        span: places.first().copied().unwrap_or(artefact.span),
        message: "no value".to_owned(),
    };
    let consequence = match artefact.data {
        _ if group.in_policy => {
            "what the statement allows, and to whom, is unknown: the rest of it is judged as it stands"
        }
        Data::Claims(_) if group.member == "address" => "no address is claimed here: nothing is compared",
        Data::Claims(_) => "the claim names no key: it is bound by role and chain, or by its address",
        _ => {
            "files are not joined by this value, and it is not compared with others: what depends on it is unknown"
        }
    };
    let mut finding = Finding::builder(meta.id, severity, subject, message, label).consequence(consequence);
    for place in places.iter().skip(1).take(MOST_PLACES) {
        finding = finding.related(*place, "and here");
    }
    finding
        .remedy(
            "Ask for the export as AWS prints it. Account ids, key ids and ARNs give no access by themselves, and without \
             them nothing shows that two files are of one key.",
        )
        .content(&format!("{}\n{text}", group.member))
}
