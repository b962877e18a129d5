//! The arguments of `simulate`, and their help.

use std::path::PathBuf;

use clap::Args;

use super::super::args::TextFormat;

const EXAMPLES: &str = "\
Examples:
  kms-audit simulate --policy policy.json --principal arn:aws:iam::111122223333:role/validator --action kms:Sign
  kms-audit simulate --policy policy.json --principal 111122223333 --action kms:PutKeyPolicy --no-grants
  kms-audit simulate --policy policy.json --identity-policy role.json --principal arn:aws:iam::111122223333:user/a \\
      --action kms:Sign --context kms:MessageType=DIGEST --expect Allowed
  kms-audit simulate --cases policy-tests.jsonl

A line of --cases is a JSON object: {id?, policies:{key_policy, ram_policy?, identity_policies?:[...], grants?:[...],
session_policy?, permission_boundaries?:[...], scps?:[[...]], rcps?:[[...]], endpoint_policies?:[...]}, key_metadata?,
unknown?:[member...], request:{principal, action, resource, resource_account, context:{}}, context_complete?, expected?}.
Policies are objects or strings; scps and rcps are levels of lists. identity_policies or grants that are absent are
unknown, [] is none; any other member that is absent is none, unless \"unknown\" names it. Context keys that are not given
are absent from the request, unless context_complete is false.

Decisions: Allowed, ExplicitDeny, ImplicitDeny, and Depends where it hangs on what is not known, which is then named.

Exit codes: 0 decided, and as expected wherever something is expected; 1 not as expected; 3 a case cannot be read.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SimulateArgs {
    /// The key policy (or another resource's policy): JSON, or the answer of aws kms get-key-policy
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "cases",
        conflicts_with = "cases"
    )]
    pub(crate) policy: Option<PathBuf>,
    /// The key's second policy, which Resource Access Manager writes
    #[arg(long, value_name = "FILE", conflicts_with = "cases")]
    pub(crate) ram_policy: Option<PathBuf>,
    /// An identity policy of the caller; repeatable: give all that it has. Without any they are unknown
    #[arg(long, value_name = "FILE", conflicts_with = "cases")]
    pub(crate) identity_policy: Vec<PathBuf>,
    /// The caller has no identity policy
    #[arg(long, conflicts_with_all = ["cases", "identity_policy"])]
    pub(crate) no_identity_policies: bool,
    /// The grants on the key: the answer of aws kms list-grants. Without it they are unknown
    #[arg(long, value_name = "FILE", conflicts_with = "cases")]
    pub(crate) grants: Option<PathBuf>,
    /// There is no grant on the key
    #[arg(long, conflicts_with_all = ["cases", "grants"])]
    pub(crate) no_grants: bool,
    /// The session policy
    #[arg(long, value_name = "FILE", conflicts_with = "cases")]
    pub(crate) session_policy: Option<PathBuf>,
    /// The caller's permissions boundary
    #[arg(long, value_name = "FILE", conflicts_with = "cases")]
    pub(crate) boundary: Option<PathBuf>,
    /// A service control policy; repeatable: each is a level of its own
    #[arg(long, value_name = "FILE", conflicts_with = "cases")]
    pub(crate) scp: Vec<PathBuf>,
    /// A resource control policy; repeatable
    #[arg(long, value_name = "FILE", conflicts_with = "cases")]
    pub(crate) rcp: Vec<PathBuf>,
    /// The policy of the VPC endpoint that the request passes
    #[arg(long, value_name = "FILE", conflicts_with = "cases")]
    pub(crate) endpoint_policy: Option<PathBuf>,
    /// What DescribeKey says of the key
    #[arg(long, value_name = "FILE", conflicts_with = "cases")]
    pub(crate) metadata: Option<PathBuf>,
    /// Who asks: ARN of a user, role, session or root user, 12 digits, or a service
    #[arg(
        long,
        value_name = "ARN",
        required_unless_present = "cases",
        conflicts_with = "cases"
    )]
    pub(crate) principal: Option<String>,
    /// What is asked: service:Name
    #[arg(
        long,
        value_name = "ACTION",
        required_unless_present = "cases",
        conflicts_with = "cases"
    )]
    pub(crate) action: Option<String>,
    /// ARN of the resource; * for the key whose policy this is
    #[arg(long, value_name = "ARN", default_value = "*", conflicts_with = "cases")]
    pub(crate) resource: String,
    /// Account of the resource, where its ARN does not say it; default the caller's, which is then said
    #[arg(long, value_name = "ID", conflicts_with = "cases")]
    pub(crate) account: Option<String>,
    /// A condition key of the request; repeatable, also for several values of one key
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "cases")]
    pub(crate) context: Vec<String>,
    /// The request may carry keys that are not given
    #[arg(long, conflicts_with = "cases")]
    pub(crate) context_incomplete: bool,
    /// A part that is not known; repeatable
    #[arg(long, value_name = "MEMBER", value_parser = members(), conflicts_with = "cases")]
    pub(crate) unknown: Vec<String>,
    /// Exit 1 unless this is the decision
    #[arg(long, value_name = "DECISION", value_parser = decisions(), conflicts_with = "cases")]
    pub(crate) expect: Option<String>,
    /// A file of JSON Lines, one case a line; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) cases: Option<PathBuf>,
    /// Format on standard output; cases give JSON Lines, unless a table is asked for
    #[arg(long, value_enum)]
    pub(crate) format: Option<TextFormat>,
}

fn members() -> clap::builder::PossibleValuesParser {
    kms_audit::policy::evaluate::Member::ALL
        .iter()
        .map(|member| member.name())
        .collect::<Vec<_>>()
        .into()
}

fn decisions() -> clap::builder::PossibleValuesParser {
    kms_audit::audit::DecisionWord::ALL
        .iter()
        .map(|decision| decision.word())
        .collect::<Vec<_>>()
        .into()
}
