//! Answers of IAM: the whole account, one user, role, group or policy, the credential report.

mod details;
mod document;
mod parts;
mod report;

pub(super) use details::AccountAuthorizationDetails;
pub(super) use parts::{
    AccessKeyLastUsed, AttachedPolicies, GetGroup, GetPolicy, GetPolicyVersion, GetRole, GetUser,
    GroupsForUser, InlinePolicy, InlinePolicyNames, ListAccessKeys, LoginProfile, MfaDevices,
};
pub(super) use report::{CredentialReport, GetCredentialReport};
