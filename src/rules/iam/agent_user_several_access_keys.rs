//! Several active access keys of a user whom a grant lets sign.

use super::access_keys::{self, AccessKeys};
use super::{Judged, finding, judge_agents};
use crate::evidence::IamKind;
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `agent-user-several-access-keys`
    AgentUserSeveralAccessKeys,
    "agent-user-several-access-keys",
    Iam,
    High,
    "A user whom a grant lets sign has several active access keys",
    "agent_user_several_access_keys.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let proof = "no user whom a grant lets sign has more than one active access key";
    judge_agents(bundle, IamKind::User, proof, |agent| {
        let arn = agent.signer.arn.as_str();
        if agent.signer.by_policy {
            return Judged::Elsewhere("user-principal-signer");
        }
        let keys = AccessKeys::of(bundle, arn, context.as_of);
        let Some(keys) = keys.filter(|keys| keys.whole || keys.active.len() > 1) else {
            return Judged::Unknown(format!(
                "the access keys of {arn} are not in the evidence ({})",
                access_keys::command(arn)
            ));
        };
        if keys.active.len() < 2 {
            return Judged::Good;
        }
        // An old one among them is the finding; that there are several makes it worse.
        if !keys.old.is_empty() {
            return Judged::Elsewhere("agent-user-old-access-key");
        }
        let message = format!(
            "{}, whom {} lets sign, has {} active access keys: one of them can be used unseen",
            short(arn),
            agent.signer.by,
            keys.active.len()
        );
        let span = keys.place().unwrap_or(agent.signer.span);
        let mut builder = finding(meta, meta.severity, arn, message, (span, "one of them"))
            .related(agent.signer.span, "it may sign");
        for key in keys.active.iter().skip(1).take(4) {
            builder = builder.related(key.span, "another active access key");
        }
        Judged::Finding(Box::new(
            builder
                .remedy(format!(
                    "Find out which one the agent uses (aws iam get-access-key-last-used --access-key-id ID), deactivate the others \
                     (aws iam update-access-key --user-name {} --status Inactive --access-key-id ID) and delete them.",
                    super::name_argument(arn)
                ))
                .content(arn),
        ))
    })
}
