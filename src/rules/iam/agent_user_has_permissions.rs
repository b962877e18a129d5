//! A user who signs, and may do more than that.

use super::{
    AccessKeys, Judged, Rights, content, finding, judge_agents, listed, name_argument, opens_more, places,
    rights_of, take_away, tell,
};
use crate::evidence::{IamKind, Identity, identity_by_arn};
use crate::finding::{Finding, Severity};
use crate::rules::common::short;
use crate::rules::signers::Agent;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `agent-user-has-permissions`
    AgentUserHasPermissions,
    "agent-user-has-permissions",
    Iam,
    Medium,
    "A user who signs for an agent has permissions of its own: policies or groups",
    "agent_user_has_permissions.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let proof = "no user who signs has a policy of its own or is in a group";
    judge_agents(bundle, IamKind::User, proof, |agent| {
        let arn = agent.signer.arn.as_str();
        let lacks = || {
            Judged::Unknown(format!(
                "the policies and groups of {arn} are not in the evidence ({}, or aws iam list-user-policies, \
                 list-attached-user-policies and list-groups-for-user --user-name {})",
                super::EXPORT,
                name_argument(arn)
            ))
        };
        let Some(identity) = identity_by_arn(bundle, arn) else {
            return lacks();
        };
        if !identity.principal.permissions.is_empty() {
            let rights = rights_of(bundle, agent);
            let keys = AccessKeys::of(bundle, arn, context.as_of);
            if agent.signer.by_policy && opens_more(keys.as_ref(), &rights) {
                return Judged::Elsewhere("user-principal-signer");
            }
            return Judged::Finding(Box::new(of_user(meta, agent, identity, &rights)));
        }
        let whole = identity.whole;
        if whole.inline && whole.attached && whole.groups && identity.contradiction.is_none() {
            Judged::Good
        } else {
            lacks()
        }
    })
}

fn of_user(meta: &'static Meta, agent: &Agent, identity: &Identity, rights: &Rights) -> Finding {
    let (arn, own) = (agent.signer.arn.as_str(), &identity.principal);
    let severity = if rights.lead_further() {
        Severity::High
    } else {
        meta.severity
    };
    let message = format!(
        "{}, who signs, has permissions of its own: {}",
        short(arn),
        listed(&own.permissions)
    );
    let mut places = places(own);
    let first = places.next().unwrap_or((own.span, "its permissions"));
    let mut builder = finding(meta, severity, arn, message, first);
    for (span, words) in places {
        builder = builder.related(span, words);
    }
    tell(builder.related(agent.signer.span, "it may sign"), rights)
        .note(
            "Hyperlane's guide makes the agent's user without permissions: the key policy lets it sign, the bucket's policy lets it \
             write.",
        )
        .remedy(take_away(arn))
        .content(&content(own))
}
