//! A user who signs and can sign in to the console with a password.

use super::{Judged, finding, judge_agents, name_argument};
use crate::evidence::{IamKind, user_facts};
use crate::finding::Severity;
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `agent-user-console-password`
    AgentUserConsolePassword,
    "agent-user-console-password",
    Iam,
    Medium,
    "A user who signs for an agent has a password for the console",
    "agent_user_console_password.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let proof = "no user who signs has a password for the console";
    judge_agents(bundle, IamKind::User, proof, |agent| {
        let arn = agent.signer.arn.as_str();
        let facts = user_facts(bundle, arn);
        let Some(password) = facts.and_then(|facts| facts.console_password.as_ref()) else {
            return Judged::Unknown(format!(
                "whether {arn} has a password for the console is not in the evidence (aws iam get-login-profile --user-name {}, \
                 or the credential report)",
                name_argument(arn)
            ));
        };
        if !password.value {
            return Judged::Good;
        }
        let mfa = facts.and_then(|facts| facts.mfa.as_ref());
        let (severity, and) = match mfa {
            Some(mfa) if !mfa.value => (Severity::High, ", and no MFA device"),
            _ => (meta.severity, ""),
        };
        let message = format!("{}, who signs, has a password for the console{and}", short(arn));
        let mut builder = finding(meta, severity, arn, message, (password.span, "a console password"))
            .related(agent.signer.span, "it may sign")
            .consequence("whoever has the password signs from the console's shell (CloudShell), and no access key is needed");
        if let Some(mfa) = mfa.filter(|mfa| !mfa.value && mfa.span != password.span) {
            builder = builder.related(mfa.span, "no MFA device");
        }
        Judged::Finding(Box::new(
            builder
                .note("Hyperlane's guide makes the agent's user for programmatic access alone.")
                .remedy(format!(
                    "Delete the password: aws iam delete-login-profile --user-name {}.",
                    name_argument(arn)
                ))
                .content(&format!("{arn}{and}")),
        ))
    })
}
