//! The evidence: what each file says, and which key it speaks of.
//!
//! Readers (`input`) turn files into [`Artefact`]s; [`assemble`] joins artefacts into [`Key`]s and binds [`Claim`]s to
//! them. Nothing is overwritten: where two artefacts contradict each other both are kept and a [`Conflict`] is noted.

mod access;
mod agents;
mod artefact;
mod assemble;
mod bind;
mod bucket;
mod bundle;
mod callers;
mod conflict;
mod grant;
mod iam;
mod join;
mod known;
mod naming;
mod place;
pub mod redacted;
mod samples;
mod secret;
mod signed;
mod takeover;

pub use access::{Ground, KeyAccess, Open, holder_words};
pub use agents::{AgentExport, AgentKey, ConfiguredAgent, ConfiguredUse};
pub use artefact::{
    Alias, AliasList, Artefact, Claim, ClaimOrigin, Contract, Data, FailedCall, Field, GrantList, KeyList,
    Metadata, NotTold, Place, PolicyExport, PolicyList, PublicKeyExport, SampleExport, SignExport, Strength,
    Tags, Teller, Trouble, ValidatorSet,
};
pub use assemble::assemble;
pub use bucket::{
    Bucket, BucketPart, BucketPolicy, BucketSays, PublicAccess, bucket_of_arn, bucket_of_policy,
};
pub use bundle::{
    BoundBy, BoundClaim, Bundle, Conflict, Expected, FileRecord, FileStatus, Gap, Join, JoinedBy, Key, Once,
    ScopeReason,
};
pub use callers::Callers;
pub(crate) use grant::grantee_kind;
pub use grant::{ContextPairs, Grant, GrantConstraints, GranteeKind};
pub use iam::{
    AccessKeyFact, Boundary, IamDetails, IamKind, IamOwner, IamPart, IamPolicy, IamPrincipal, IamSays,
    Identities, Identity, IdentityPolicies, ManagedPolicy, ReportRow, UserFacts, Whole, iam_missing,
    iam_whole, identities, identity_by_arn, identity_policies_of, managed_policy, masked_key_id,
    principal_by_arn, principal_by_unique_id, user_facts,
};
pub use join::kind_word;
pub use known::known_of;
pub(crate) use naming::same_chain_form;
pub use naming::{AgentRole, GuideAlias, guide_alias};
pub use samples::{Sample, SampleOutcome};
pub use secret::{SecretKind, Withheld};
pub use takeover::{Takeover, takeovers};
