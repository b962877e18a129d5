//! A signing role that trusts its whole account.

use super::role_trust_open_to_strangers::trust_of;
use super::trust::{Kind, openings};
use super::{Judged, finding, judge_agents, name_argument};
use crate::evidence::IamKind;
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};
use crate::source::Span;

evidence_rule!(
    /// `role-trust-by-whole-account`
    RoleTrustByWholeAccount,
    "role-trust-by-whole-account",
    Iam,
    Low,
    "A role that signs may be taken by everybody of its account whom IAM lets",
    "role_trust_by_whole_account.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let proof = "no role that signs trusts its account as a whole";
    judge_agents(context.bundle, IamKind::Role, proof, |agent| {
        let (policy, account) = match trust_of(context, agent) {
            Ok(found) => found,
            Err(unknown) => return unknown,
        };
        let all = openings(policy, account);
        let Some(opening) = all.iter().find(|opening| opening.kind == Kind::OwnAccount) else {
            return Judged::Good;
        };
        let arn = agent.signer.arn.as_str();
        let message = format!(
            "{}, which signs, may be taken by everybody of account {account} whom its IAM lets call sts:AssumeRole",
            short(arn)
        );
        let span = Span::new(policy.source, opening.range.clone());
        let statement = policy
            .document
            .root
            .get("Statement")
            .map(crate::json::Node::one_or_many)
            .and_then(|list| list.get(opening.statement))
            .map(crate::policy::canonical)
            .unwrap_or_default();
        Judged::Finding(Box::new(
            finding(meta, meta.severity, arn, message, (span, "the whole account"))
                .related(agent.signer.span, "the role may sign")
                .note("Administrators of the account can do so in any case: they may change the trust policy.")
                .remedy(format!(
                    "Name in the trust policy who takes the role: the service or the one role that does (aws iam \
                     update-assume-role-policy --role-name {} --policy-document file://trust.json).",
                    name_argument(arn)
                ))
                .content(&statement),
        ))
    })
}
