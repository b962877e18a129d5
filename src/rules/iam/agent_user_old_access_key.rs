//! An old access key of a user whom a grant lets sign.

use super::access_keys::{self, AccessKeys, OLD};
use super::{Judged, finding, judge_agents, rights_of};
use crate::evidence::IamKind;
use crate::finding::Severity;
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `agent-user-old-access-key`
    AgentUserOldAccessKey,
    "agent-user-old-access-key",
    Iam,
    Medium,
    "A user whom a grant lets sign has an access key of more than 90 days",
    "agent_user_old_access_key.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let proof = "no user whom a grant lets sign has an active access key of more than 90 days";
    judge_agents(bundle, IamKind::User, proof, |agent| {
        let arn = agent.signer.arn.as_str();
        if agent.signer.by_policy {
            return Judged::Elsewhere("user-principal-signer");
        }
        let Some(keys) = AccessKeys::of(bundle, arn, context.as_of) else {
            return Judged::Unknown(format!(
                "the access keys of {arn} are not in the evidence ({})",
                access_keys::command(arn)
            ));
        };
        let Some((old, days)) = keys.old.iter().max_by_key(|(_, days)| *days) else {
            return if keys.undated || !keys.whole {
                Judged::Unknown(format!(
                    "how old each access key of {arn} is, is not in the evidence ({})",
                    access_keys::command(arn)
                ))
            } else {
                Judged::Good
            };
        };
        let does_more = rights_of(bundle, agent).do_more();
        let severity = if keys.active.len() > 1 || does_more {
            Severity::High
        } else {
            meta.severity
        };
        let message = format!(
            "{} of {}, whom {} lets sign, is {days} days old, more than {OLD}",
            access_keys::words(old),
            short(arn),
            agent.signer.by
        );
        let mut builder = finding(meta, severity, arn, message, (old.span, "an old access key"))
            .related(agent.signer.span, "it may sign");
        if keys.active.len() > 1 {
            builder = builder.consequence(format!(
                "it has {} active access keys: one of them can be used unseen",
                keys.active.len()
            ));
        }
        if does_more {
            builder = builder.consequence(
                "whoever finds the access key may do more than sign: agent-user-has-permissions tells what",
            );
        }
        Judged::Finding(Box::new(builder.remedy(access_keys::rotate(arn)).content(
            &format!(
                "{arn}\n{}",
                old.created.as_ref().map_or("", |at| at.value.as_str())
            ),
        )))
    })
}
