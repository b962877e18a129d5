//! The rules: each judges one kind of subject and says findings, pass, not applicable or not evaluated.
//!
//! One rule is one `.rs` and one `.md` in its group's folder, and one line in [`RULES`]. The `.md` is the one source of
//! `explain`, of the rules page of the docs and of SARIF help; its Bad and Good examples are run by the tests.

pub mod address;
pub mod bucket;
pub mod claims;
pub mod duties;
pub mod grants;
pub mod hyperlane;
pub mod iam;
pub mod inventory;
pub mod key;
pub mod policy;
pub mod signature;

mod aliases;
mod claimed;
mod common;
mod declared;
mod declared_signers;
mod document;
mod signers;

use jiff::civil::Date;

pub use declared::{Declarations, Declared, Part};
pub use document::{Example, Page};

use crate::evidence::{Bundle, Key};
use crate::finding::{Finding, Severity};

/// The groups of rules, as `--select` and `--ignore` name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The public key and its metadata.
    Key,
    /// Addresses and claims.
    Address,
    /// The S3 bucket in which a validator publishes.
    Bucket,
    /// Claims of several sources beside each other.
    Claims,
    /// Separation of duties: between keys, roles and principals.
    Duties,
    /// Grants on keys.
    Grants,
    /// Users and roles of IAM.
    Iam,
    /// Key policies.
    Policy,
    /// Sample signatures.
    Signature,
    /// Conventions of Hyperlane's guide and validator sets.
    Hyperlane,
    /// The evidence itself.
    Inventory,
}

impl Group {
    /// The word of options.
    pub fn word(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Address => "address",
            Self::Bucket => "bucket",
            Self::Claims => "claims",
            Self::Duties => "duties",
            Self::Grants => "grants",
            Self::Iam => "iam",
            Self::Policy => "policy",
            Self::Signature => "signature",
            Self::Hyperlane => "hyperlane",
            Self::Inventory => "inventory",
        }
    }
}

/// What a rule judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Each key in scope.
    Key,
    /// The evidence as a whole.
    Evidence,
}

/// What is judged now.
#[derive(Clone, Copy)]
pub enum Subject<'b> {
    /// A key in scope.
    Key(&'b Key),
    /// The evidence as a whole.
    Evidence,
}

/// What a rule knows.
pub struct Context<'b> {
    /// The evidence.
    pub bundle: &'b Bundle,
    /// True where the conventions of Hyperlane's guide are expected.
    pub hyperlane: bool,
    /// The day of the audit.
    pub as_of: Date,
    /// How addresses are written and read.
    pub addresses: crate::address::Options,
    /// Who is meant to sign and to administer, by whoever runs the audit.
    pub declarations: &'b Declarations,
}

/// What a rule says of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Something is wrong.
    Findings(Vec<Finding>),
    /// Nothing is, and this sentence proves it.
    Pass(String),
    /// The question does not arise, because of this.
    NotApplicable(String),
    /// Evidence is missing: this one.
    NotEvaluated(String),
}

impl Outcome {
    /// Findings if there are any, else the proof of a pass.
    pub fn of(findings: Vec<Finding>, proof: impl Into<String>) -> Self {
        if findings.is_empty() {
            Self::Pass(proof.into())
        } else {
            Self::Findings(findings)
        }
    }
}

/// What is fixed about a rule.
#[derive(Debug)]
pub struct Meta {
    /// Kebab-case, for ever.
    pub id: &'static str,
    /// Its group.
    pub group: Group,
    /// One line: what it finds.
    pub title: &'static str,
    /// The usual severity.
    pub severity: Severity,
    /// What it judges.
    pub on: On,
    /// The text of its `.md`.
    pub page: &'static str,
}

/// A rule.
pub trait Rule: Sync {
    /// What is fixed about it.
    fn meta(&self) -> &'static Meta;
    /// Judges one subject of the kind that [`Meta::on`] says; for another kind the answer is "not applicable".
    fn judge(&self, context: &Context<'_>, subject: Subject<'_>) -> Outcome;
}

/// Declares a rule on keys in scope: a unit struct, its meta, and its judgement by a function of context and key.
macro_rules! key_rule {
    ($(#[$doc:meta])* $name:ident, $id:literal, $group:ident, $severity:ident, $title:literal, $page:literal, $judge:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl $crate::rules::Rule for $name {
            fn meta(&self) -> &'static $crate::rules::Meta {
                static META: $crate::rules::Meta = $crate::rules::Meta {
                    id: $id,
                    group: $crate::rules::Group::$group,
                    title: $title,
                    severity: $crate::finding::Severity::$severity,
                    on: $crate::rules::On::Key,
                    page: include_str!($page),
                };
                &META
            }

            fn judge(&self, context: &$crate::rules::Context<'_>, subject: $crate::rules::Subject<'_>) -> $crate::rules::Outcome {
                match subject {
                    $crate::rules::Subject::Key(key) => $judge(self.meta(), context, key),
                    $crate::rules::Subject::Evidence => $crate::rules::Outcome::NotApplicable("it judges keys".to_owned()),
                }
            }
        }
    };
}

/// Declares a rule on the evidence as a whole: a unit struct, its meta, and its judgement by a function of the context.
macro_rules! evidence_rule {
    ($(#[$doc:meta])* $name:ident, $id:literal, $group:ident, $severity:ident, $title:literal, $page:literal, $judge:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl $crate::rules::Rule for $name {
            fn meta(&self) -> &'static $crate::rules::Meta {
                static META: $crate::rules::Meta = $crate::rules::Meta {
                    id: $id,
                    group: $crate::rules::Group::$group,
                    title: $title,
                    severity: $crate::finding::Severity::$severity,
                    on: $crate::rules::On::Evidence,
                    page: include_str!($page),
                };
                &META
            }

            fn judge(&self, context: &$crate::rules::Context<'_>, subject: $crate::rules::Subject<'_>) -> $crate::rules::Outcome {
                match subject {
                    $crate::rules::Subject::Evidence => $judge(self.meta(), context),
                    $crate::rules::Subject::Key(_) => {
                        $crate::rules::Outcome::NotApplicable("it judges the evidence as a whole".to_owned())
                    }
                }
            }
        }
    };
}

pub(crate) use {evidence_rule, key_rule};

/// Every rule, by group and id. A new one is one line here; `rules`, `explain`, the docs and the tests follow from it.
pub static RULES: &[&dyn Rule] = &[
    &address::claim_belongs_to_another_key::ClaimBelongsToAnotherKey,
    &address::claim_checksum::ClaimChecksum,
    &address::claim_mismatch::ClaimMismatch,
    &address::malformed_claim::MalformedClaim,
    &address::zero_address_claim::ZeroAddressClaim,
    &bucket::bucket_delete_allowed::BucketDeleteAllowed,
    &bucket::bucket_public_access_blocked::BucketPublicAccessBlocked,
    &bucket::bucket_public_read_missing::BucketPublicReadMissing,
    &bucket::bucket_public_write::BucketPublicWrite,
    &bucket::bucket_versioning_off::BucketVersioningOff,
    &bucket::bucket_written_by_several::BucketWrittenBySeveral,
    &claims::address_in_several_roles::AddressInSeveralRoles,
    &claims::claim_sources_disagree::ClaimSourcesDisagree,
    &duties::admin_and_signer_same_principal::AdminAndSignerSamePrincipal,
    &duties::alias_in_use_by_agent::AliasInUseByAgent,
    &duties::alias_points_elsewhere::AliasPointsElsewhere,
    &duties::same_key_several_chains::SameKeySeveralChains,
    &duties::same_key_validator_and_relayer::SameKeyValidatorAndRelayer,
    &duties::same_principal_several_keys::SamePrincipalSeveralKeys,
    &duties::shared_account_admins::SharedAccountAdmins,
    &duties::signer_shared_by_many::SignerSharedByMany,
    &grants::grant_allows_create_grant::GrantAllowsCreateGrant,
    &grants::grant_allows_sign::GrantAllowsSign,
    &grants::grant_cross_account::GrantCrossAccount,
    &grants::grant_duplicate::GrantDuplicate,
    &grants::grant_ineffective_constraint::GrantIneffectiveConstraint,
    &grants::grant_no_retiring_principal::GrantNoRetiringPrincipal,
    &grants::grant_stale_grantee::GrantStaleGrantee,
    &grants::grant_to_account_root::GrantToAccountRoot,
    &hyperlane::address_under_several_names::AddressUnderSeveralNames,
    &hyperlane::agent_alias_names_another_chain::AgentAliasNamesAnotherChain,
    &hyperlane::agent_domain_mismatch::AgentDomainMismatch,
    &hyperlane::agent_empty_key_id::AgentEmptyKeyId,
    &hyperlane::agent_hex_key_configured::AgentHexKeyConfigured,
    &hyperlane::agent_region_mismatch::AgentRegionMismatch,
    &hyperlane::agent_signer_not_in_kms::AgentSignerNotInKms,
    &hyperlane::agent_signer_setting_ignored::AgentSignerSettingIgnored,
    &hyperlane::agent_validator_key_signs_transactions::AgentValidatorKeySignsTransactions,
    &hyperlane::alias_pattern::AliasPattern,
    &hyperlane::duplicate_validator_in_set::DuplicateValidatorInSet,
    &hyperlane::operator_on_several_seats::OperatorOnSeveralSeats,
    &hyperlane::similar_operator_names::SimilarOperatorNames,
    &hyperlane::unsound_threshold::UnsoundThreshold,
    &hyperlane::unusable_validator_seat::UnusableValidatorSeat,
    &hyperlane::validator_in_many_sets::ValidatorInManySets,
    &hyperlane::validator_missing_from_set::ValidatorMissingFromSet,
    &hyperlane::validator_sets_disagree::ValidatorSetsDisagree,
    &iam::administrator_without_mfa::AdministratorWithoutMfa,
    &iam::agent_user_console_password::AgentUserConsolePassword,
    &iam::agent_user_has_permissions::AgentUserHasPermissions,
    &iam::agent_user_old_access_key::AgentUserOldAccessKey,
    &iam::agent_user_several_access_keys::AgentUserSeveralAccessKeys,
    &iam::role_trust_by_whole_account::RoleTrustByWholeAccount,
    &iam::role_trust_open_to_strangers::RoleTrustOpenToStrangers,
    &inventory::broken_evidence::BrokenEvidence,
    &inventory::conflicting_evidence::ConflictingEvidence,
    &inventory::duplicate_json_key::DuplicateJsonKey,
    &inventory::redacted_value::RedactedValue,
    &inventory::unreadable_value::UnreadableValue,
    &inventory::wrong_document_kind::WrongDocumentKind,
    &key::access_key_in_evidence::AccessKeyInEvidence,
    &key::aws_managed_key::AwsManagedKey,
    &key::custom_key_store::CustomKeyStore,
    &key::derivation_disagreement::DerivationDisagreement,
    &key::imported_key_material::ImportedKeyMaterial,
    &key::key_not_usable::KeyNotUsable,
    &key::malformed_public_key::MalformedPublicKey,
    &key::multi_region_key::MultiRegionKey,
    &key::private_key_in_evidence::PrivateKeyInEvidence,
    &key::wrong_key_spec::WrongKeySpec,
    &key::wrong_key_usage::WrongKeyUsage,
    &policy::admin_condition_unsatisfiable::AdminConditionUnsatisfiable,
    &policy::administrators_deleted::AdministratorsDeleted,
    &policy::alias_redirect::AliasRedirect,
    &policy::allow_notaction::AllowNotaction,
    &policy::allow_notprincipal::AllowNotprincipal,
    &policy::bad_character::BadCharacter,
    &policy::broad_account_delegation::BroadAccountDelegation,
    &policy::condition_key_not_for_action::ConditionKeyNotForAction,
    &policy::condition_type_mismatch::ConditionTypeMismatch,
    &policy::constant_condition::ConstantCondition,
    &policy::cross_account_account_root::CrossAccountAccountRoot,
    &policy::cross_account_create_grant::CrossAccountCreateGrant,
    &policy::cross_account_sign::CrossAccountSign,
    &policy::dead_action_for_key_type::DeadActionForKeyType,
    &policy::deleted_principal::DeletedPrincipal,
    &policy::deny_locks_out_root::DenyLocksOutRoot,
    &policy::duplicate_sid::DuplicateSid,
    &policy::iam_only_action::IamOnlyAction,
    &policy::inapplicable_import_action::InapplicableImportAction,
    &policy::inapplicable_multi_region_action::InapplicableMultiRegionAction,
    &policy::invalid_principal::InvalidPrincipal,
    &policy::message_type_not_pinned::MessageTypeNotPinned,
    &policy::missing_resource_or_action::MissingResourceOrAction,
    &policy::no_cancel_deletion::NoCancelDeletion,
    &policy::no_effect_statement::NoEffectStatement,
    &policy::no_network_guard::NoNetworkGuard,
    &policy::no_policy_administrator::NoPolicyAdministrator,
    &policy::no_signer::NoSigner,
    &policy::old_or_missing_version::OldOrMissingVersion,
    &policy::only_deletable_administrators::OnlyDeletableAdministrators,
    &policy::pin_breaks_get_public_key::PinBreaksGetPublicKey,
    &policy::pin_on_allow_only::PinOnAllowOnly,
    &policy::policy_lockout_bypass_allowed::PolicyLockoutBypassAllowed,
    &policy::policy_too_large::PolicyTooLarge,
    &policy::public_principal::PublicPrincipal,
    &policy::redundant_action::RedundantAction,
    &policy::redundant_statement::RedundantStatement,
    &policy::removable_describe_key::RemovableDescribeKey,
    &policy::removable_grant_statement::RemovableGrantStatement,
    &policy::removable_verify::RemovableVerify,
    &policy::replica_policy_differs::ReplicaPolicyDiffers,
    &policy::resource_not_star::ResourceNotStar,
    &policy::schedule_deletion_unguarded::ScheduleDeletionUnguarded,
    &policy::service_principal_without_source::ServicePrincipalWithoutSource,
    &policy::set_operator_misuse::SetOperatorMisuse,
    &policy::signer_can_create_grant::SignerCanCreateGrant,
    &policy::signer_can_delete_or_disable::SignerCanDeleteOrDisable,
    &policy::signer_can_put_policy::SignerCanPutPolicy,
    &policy::signer_wildcard_action::SignerWildcardAction,
    &policy::tag_or_alias_abac_path::TagOrAliasAbacPath,
    &policy::undeclared_signer::UndeclaredSigner,
    &policy::unknown_action::UnknownAction,
    &policy::unknown_condition_key::UnknownConditionKey,
    &policy::unknown_condition_operator::UnknownConditionOperator,
    &policy::unrestricted_create_grant::UnrestrictedCreateGrant,
    &policy::user_principal_signer::UserPrincipalSigner,
    &policy::weak_public_condition::WeakPublicCondition,
    &policy::wildcard_action::WildcardAction,
    &policy::wrong_pin_value::WrongPinValue,
    &signature::high_s_signature::HighSSignature,
    &signature::malformed_signature::MalformedSignature,
    &signature::raw_message_type::RawMessageType,
    &signature::reused_nonce::ReusedNonce,
    &signature::signature_by_another_key::SignatureByAnotherKey,
    &signature::signature_not_verified::SignatureNotVerified,
    &signature::signature_of_two_keys::SignatureOfTwoKeys,
    &signature::verification_disagreement::VerificationDisagreement,
    &signature::wrong_recovery_value::WrongRecoveryValue,
];

/// The rule of an id.
pub fn rule_by_id(id: &str) -> Option<&'static dyn Rule> {
    RULES.iter().copied().find(|rule| rule.meta().id == id)
}
