//! A signing role that strangers may become.

use super::trust::{Kind, Opening, openings};
use super::{Judged, account_of, finding, judge_agents, name_argument};
use crate::evidence::{IamKind, IamPolicy, principal_by_arn};
use crate::finding::{Confidence, Finding, Severity};
use crate::policy::Effect;
use crate::rules::common::short;
use crate::rules::signers::Agent;
use crate::rules::{Context, Meta, Outcome, evidence_rule};
use crate::source::Span;

evidence_rule!(
    /// `role-trust-open-to-strangers`
    RoleTrustOpenToStrangers,
    "role-trust-open-to-strangers",
    Iam,
    High,
    "The trust policy of a role that signs lets strangers become the role",
    "role_trust_open_to_strangers.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let proof = "the trust policies of the roles that sign let in nobody but principals of the own account, services of AWS, \
                 and others under a condition on who they are";
    judge_agents(context.bundle, IamKind::Role, proof, |agent| {
        let (policy, account) = match trust_of(context, agent) {
            Ok(found) => found,
            Err(unknown) => return unknown,
        };
        let strangers: Vec<Opening> = openings(policy, account)
            .into_iter()
            .filter(|opening| matches!(opening.kind, Kind::Strangers(..)))
            .collect();
        match of_role(meta, agent, policy, &strangers) {
            Some(finding) => Judged::Finding(Box::new(finding)),
            None => Judged::Good,
        }
    })
}

/// The trust policy of a role that signs, and the role's account.
pub(super) fn trust_of<'b>(
    context: &Context<'b>,
    agent: &'b Agent,
) -> Result<(&'b IamPolicy, &'b str), Judged> {
    let arn = agent.signer.arn.as_str();
    let command = format!(
        "aws iam get-role --role-name {}, or {}",
        name_argument(arn),
        super::EXPORT
    );
    let trust = principal_by_arn(context.bundle, arn).and_then(|role| role.trust.as_ref());
    let (Some(trust), Some(account)) = (trust, account_of(arn)) else {
        return Err(Judged::Unknown(format!(
            "the trust policy of {arn} is not in the evidence ({command})"
        )));
    };
    if trust.masked {
        return Err(Judged::Unknown(format!(
            "a part of the trust policy of {arn} is masked ({command})"
        )));
    }
    Ok((trust, account))
}

/// The most places that a finding points at.
const MOST: usize = 10;

fn of_role(meta: &'static Meta, agent: &Agent, policy: &IamPolicy, strangers: &[Opening]) -> Option<Finding> {
    let mut all: Vec<(&str, Severity, &str, &Opening)> = strangers
        .iter()
        .filter_map(|opening| match &opening.kind {
            Kind::Strangers(words, severity, ask) => Some((words.as_str(), *severity, *ask, opening)),
            Kind::OwnAccount => None,
        })
        .collect();
    all.sort_by_key(|(_, severity, ..)| std::cmp::Reverse(*severity));
    let (words, worst, ask, first) = *all.first()?;
    let place = |opening: &Opening| Span::new(policy.source, opening.range.clone());
    let denies = policy
        .document
        .statements
        .iter()
        .any(|statement| statement.effect == Some(Effect::Deny));
    let arn = agent.signer.arn.as_str();
    let statement = policy.document.statements.get(first.statement);
    let name = statement.map_or_else(String::new, |statement| statement.name(first.statement));
    let message = format!(
        "{} of the trust policy of {}, which signs, lets in {}",
        name,
        short(arn),
        short(words)
    );
    // A Deny may take away what the statement gives.
    let (severity, confidence) = if denies {
        (worst.min(Severity::Medium), Confidence::Low)
    } else {
        (worst, Confidence::High)
    };
    let mut builder = finding(meta, severity, arn, message, (place(first), "lets strangers in"))
        .confidence(confidence)
        .related(agent.signer.span, "the role may sign");
    for (words, _, _, opening) in all.iter().skip(1).take(MOST) {
        builder = builder.related(place(opening), format!("lets in {}", short(words)));
    }
    if denies {
        builder = builder.note("A statement of the trust policy denies: look into what it takes away.");
    }
    let mut about: Vec<String> = all
        .iter()
        .filter_map(|(.., opening)| {
            let list = policy
                .document
                .root
                .get("Statement")
                .map(crate::json::Node::one_or_many)?;
            list.get(opening.statement).map(crate::policy::canonical)
        })
        .collect();
    about.sort_unstable();
    about.dedup();
    Some(
        builder
            .consequence("whoever becomes the role signs with its keys")
            .remedy(format!(
                "Ask in the trust policy for {ask} (aws iam update-assume-role-policy --role-name {} --policy-document \
                 file://trust.json).",
                name_argument(arn)
            ))
            .content(&about.join("\n")),
    )
}
