//! What one file, or one part of a file, says.

use std::sync::Arc;

use super::agents::AgentExport;
use super::bucket::BucketPart;
use super::grant::Grant;
use super::iam::{IamDetails, IamPart};
use super::redacted::Masked;
use super::secret::SecretKind;
use crate::address::diagnose::{Hypothesis, Subject};
use crate::arn::KeyRef;
use crate::challenge::Challenge;
use crate::key::{PublicKey, SpkiError};
use crate::policy::Document;
use crate::signature::request::{Request, RequestError};
use crate::source::{SourceId, Span};

/// How strong a piece of evidence is (design: computed > AWS-signed > collected > client file > statement).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Somebody says so.
    Statement,
    /// An export that the client made and handed over.
    ClientFile,
    /// Collected by this tool, under its manifest.
    Collected,
    /// Under AWS's own signature.
    AwsSigned,
    /// Mathematics on the bytes.
    Computed,
}

impl Strength {
    /// The word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::ClientFile => "client file",
            Self::Collected => "collected",
            Self::AwsSigned => "AWS-signed",
            Self::Computed => "computed",
        }
    }
}

/// Where the metadata or the policy of a key were read, in the words of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Teller {
    /// AWS itself: `DescribeKey`, `GetKeyPolicy`, or a document that somebody kept.
    Aws,
    /// The state that Terraform keeps of what it made.
    TerraformState,
    /// What Terraform is about to make.
    TerraformPlan,
    /// A CloudFormation template.
    CloudFormation,
}

impl Teller {
    /// Who says the metadata.
    pub fn words(self) -> &'static str {
        match self {
            Self::Aws => "DescribeKey",
            Self::TerraformState => "the Terraform state",
            Self::TerraformPlan => "the Terraform plan",
            Self::CloudFormation => "the CloudFormation template",
        }
    }

    /// True for what says what is to be, which need not be what is.
    pub fn is_intent(self) -> bool {
        matches!(self, Self::TerraformPlan | Self::CloudFormation)
    }

    /// True where a change by hand would be undone: what code manages is changed there.
    pub fn is_code(self) -> bool {
        self != Self::Aws
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// Where a value stands: shorthand for an optional field of text.
pub type Place = Option<Field<String>>;

/// One thing that the evidence says, with the format that was recognised.
#[derive(Debug)]
pub struct Artefact {
    /// The file.
    pub file: SourceId,
    /// The whole of it.
    pub span: Span,
    /// Id of the input format.
    pub format: &'static str,
    /// How strong it is.
    pub strength: Strength,
    /// True for what code says is to be (a plan, a template): it is not in force until it is deployed.
    pub intent: bool,
    /// What it says.
    pub data: Data,
    /// What is wrong with it, apart from what it says.
    pub troubles: Vec<Trouble>,
}

/// Something wrong with the form of a recognised input; a rule makes the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// A key of a JSON object stands twice.
    DuplicateKey {
        /// The key.
        key: String,
        /// The earlier one.
        first: Span,
        /// The later one, whose value counts.
        second: Span,
    },
    /// A value is of another type or form than the format says.
    BadValue {
        /// Where.
        span: Span,
        /// What is wrong.
        message: String,
    },
    /// A value is masked, left out or not filled in: nothing is joined or compared by it.
    Redacted {
        /// The part of the value that is none.
        span: Span,
        /// The member that has it.
        member: String,
        /// How it is none.
        masked: Masked,
        /// True inside of a policy document, whose effect is then unknown.
        in_policy: bool,
    },
    /// The document is of another kind than the file says.
    WrongKind {
        /// Where.
        span: Span,
        /// What it is, with an article.
        is: &'static str,
        /// What the file says it is, with an article.
        expected: &'static str,
        /// Why it is judged so.
        why: &'static str,
    },
}

/// What an artefact says.
#[derive(Debug)]
pub enum Data {
    /// A public key, good or not.
    PublicKey(PublicKeyExport),
    /// `DescribeKey`.
    Metadata(Box<Metadata>),
    /// A key policy.
    Policy(PolicyExport),
    /// `ListKeyPolicies`.
    PolicyList(PolicyList),
    /// `ListGrants`.
    Grants(GrantList),
    /// `ListAliases`.
    Aliases(AliasList),
    /// `ListResourceTags`.
    Tags(Tags),
    /// `ListKeys`.
    Keys(KeyList),
    /// `Sign`.
    Signature(SignExport),
    /// A signature with what was signed.
    Sample(Box<SampleExport>),
    /// A text that a key's owner is to sign.
    Challenge(Box<Challenge>),
    /// `GetAccountAuthorizationDetails`.
    Iam(IamDetails),
    /// An answer of IAM about one user, role, group or policy, or the credential report.
    IamPart(Box<IamPart>),
    /// Claimed addresses.
    Claims(Vec<Claim>),
    /// An error in place of an output.
    Failed(FailedCall),
    /// What a file says that it does not know.
    NotTold(NotTold),
    /// Addresses of contracts, which no key has.
    Contracts(Vec<Contract>),
    /// What a file, an environment or a container configures an agent with.
    Agent(AgentExport),
    /// An answer of S3 about a bucket.
    Bucket(Box<BucketPart>),
    /// Secret material, which is reported by place and never kept.
    Secret(SecretKind),
}

/// A call that AWS refused, or that found nothing: why some evidence is missing.
#[derive(Debug, Clone)]
pub struct FailedCall {
    /// The code: `AccessDeniedException`, `NotFoundException` and the like.
    pub code: Field<String>,
    /// The operation: `GetKeyPolicy`.
    pub operation: Option<String>,
    /// ARN of the caller, where the message names it.
    pub caller: Option<String>,
    /// The key that was asked for, where the message or the command names it.
    pub key: Option<Field<KeyRef>>,
    /// The IAM user who was asked for, where the message or the command names one.
    pub user: Option<Field<String>>,
}

impl FailedCall {
    /// The user whom IAM says to have no password for the console: that is an answer, and no gap.
    pub fn without_password(&self) -> Option<&Field<String>> {
        let is_answer = self.operation.as_deref() == Some("GetLoginProfile")
            && self.code.value.starts_with("NoSuchEntity");
        self.user.as_ref().filter(|_| is_answer)
    }

    /// What the error says, in words.
    pub fn words(&self) -> String {
        let operation = self.operation.as_deref().unwrap_or("a call");
        let code = &self.code.value;
        let whom = self
            .caller
            .as_ref()
            .map_or_else(String::new, |caller| format!(" to {caller}"));
        if code.starts_with("AccessDenied") || code.starts_with("Unauthorized") {
            format!("AWS refused {operation}{whom} ({code})")
        } else if code.starts_with("NotFound") {
            format!("AWS found no such key, alias or policy for {operation} ({code})")
        } else {
            format!("AWS answered {operation} with {code}")
        }
    }

    /// The kind of evidence that the output would have been, as the gaps name it.
    pub fn kind(&self) -> &'static str {
        match self.operation.as_deref() {
            Some("GetPublicKey") => "public-key",
            Some("DescribeKey") => "metadata",
            Some("GetKeyPolicy") => "policy",
            Some("ListKeyPolicies") => "policy-names",
            Some("ListGrants" | "ListRetirableGrants") => "grants",
            Some("ListAliases") => "aliases",
            Some("ListResourceTags") => "tags",
            Some("ListKeys") => "keys",
            Some("Sign") => "signature",
            Some(operation) if IAM_CALLS.contains(&operation) => "iam",
            _ => "error",
        }
    }
}

/// The calls of IAM whose answers are evidence.
const IAM_CALLS: [&str; 19] = [
    "GetAccountAuthorizationDetails",
    "GetUser",
    "GetRole",
    "GetGroup",
    "ListAttachedUserPolicies",
    "ListAttachedRolePolicies",
    "ListAttachedGroupPolicies",
    "ListUserPolicies",
    "ListRolePolicies",
    "GetUserPolicy",
    "GetRolePolicy",
    "GetGroupPolicy",
    "GetPolicy",
    "GetPolicyVersion",
    "ListGroupsForUser",
    "ListAccessKeys",
    "ListMFADevices",
    "GetLoginProfile",
    "GetCredentialReport",
];

/// The address of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// The chain that it is on, where the file says so.
    pub chain: Option<String>,
    /// What it is there: `mailbox`, `merkleTreeHook`.
    pub name: String,
    /// Its address.
    pub bytes: [u8; 20],
    /// The place of the address.
    pub span: Span,
}

impl Contract {
    /// The hypothesis that a claim is this contract; `path` is that of its file.
    pub fn hypothesis(&self, path: &str) -> Hypothesis {
        let chain = self
            .chain
            .as_ref()
            .map_or(String::new(), |chain| format!(" of {chain}"));
        Hypothesis {
            label: format!("the contract {}{chain} ({path})", self.name),
            subject: Subject::Contract(self.bytes),
        }
    }
}

/// A part of a key's evidence that a file has a place for, and no value: `(known after apply)`, a template's parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTold {
    /// The key.
    pub key: Option<Field<KeyRef>>,
    /// The kind of evidence, as [`super::kind_word`] has it.
    pub kind: &'static str,
    /// What is not known, and why.
    pub message: String,
}

/// A public key as exported.
#[derive(Debug)]
pub struct PublicKeyExport {
    /// How the export names the key, where it does.
    pub key: Option<Field<KeyRef>>,
    /// The key, or why its bytes are none.
    pub result: Result<PublicKey, SpkiError>,
    /// The SPKI bytes as exported; around a bare point, those that hold it.
    pub spki: Vec<u8>,
    /// How many of them, from the first on, stand nowhere in the evidence: a bare point has no header.
    pub lead: usize,
    /// Place of the key's text or bytes.
    pub span: Span,
    /// `KeySpec` (or `CustomerMasterKeySpec`) beside it.
    pub key_spec: Place,
    /// `KeyUsage` beside it.
    pub key_usage: Place,
}

/// The parts of `DescribeKey`'s `KeyMetadata` that speak of a signing key.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// Who says so.
    pub teller: Teller,
    /// The key; nothing where its names are masked.
    pub key: Option<Field<KeyRef>>,
    /// `AWSAccountId`
    pub account: Place,
    /// `KeySpec`, or else `CustomerMasterKeySpec`.
    pub key_spec: Place,
    /// `KeyUsage`
    pub key_usage: Place,
    /// `KeyState`
    pub key_state: Place,
    /// `Origin`
    pub origin: Place,
    /// `KeyManager`
    pub key_manager: Place,
    /// `MultiRegion`
    pub multi_region: Option<Field<bool>>,
    /// `MultiRegionConfiguration`: ARNs of primary and replicas.
    pub replicas: Vec<Field<String>>,
    /// `DeletionDate`, as written.
    pub deletion_date: Place,
    /// `ValidTo` of imported key material, as written.
    pub valid_to: Place,
    /// `CustomKeyStoreId`
    pub custom_key_store: Place,
    /// `CreationDate`, as written.
    pub creation_date: Place,
    /// `Description`
    pub description: Place,
}

/// A key policy as exported.
#[derive(Debug)]
pub struct PolicyExport {
    /// Where it was read.
    pub teller: Teller,
    /// How the export names the key, where it does.
    pub key: Option<Field<KeyRef>>,
    /// `PolicyName`: `default`, or the read-only `AWS_RAM`.
    pub name: Place,
    /// The source whose text the document's spans count in: a file, or the view of an escaped string.
    pub source: SourceId,
    /// The document.
    pub document: Document,
    /// False where the content is not a key policy (its [`Trouble::WrongKind`] says what it is).
    pub is_key_policy: bool,
}

/// `ListKeyPolicies`: the names of a key's policies.
#[derive(Debug, Clone)]
pub struct PolicyList {
    /// The key, where the command above the answer names it: the answer itself does not.
    pub key: Option<Field<KeyRef>>,
    /// The names.
    pub names: Vec<Field<String>>,
    /// Where the export says that there is more.
    pub truncated: Option<Span>,
}

/// `ListGrants`.
#[derive(Debug, Clone)]
pub struct GrantList {
    /// The key, where the command above the answer names it: the answer itself does not.
    pub key: Option<Field<KeyRef>>,
    /// The grants.
    pub grants: Vec<Grant>,
    /// True for all grants of a key; code knows only those that it made.
    pub whole: bool,
    /// Where the export says that there is more.
    pub truncated: Option<Span>,
}

/// One alias (`ListAliases`).
#[derive(Debug, Clone)]
pub struct Alias {
    /// `AliasName`, with its `alias/`.
    pub name: Field<String>,
    /// `AliasArn`
    pub arn: Place,
    /// `TargetKeyId`
    pub target: Option<Field<KeyRef>>,
    /// `LastUpdatedDate`, else `CreationDate`, as written.
    pub updated: Place,
}

/// `ListAliases`.
#[derive(Debug, Clone)]
pub struct AliasList {
    /// The aliases.
    pub aliases: Vec<Alias>,
    /// Where the export says that there is more.
    pub truncated: Option<Span>,
}

/// `ListResourceTags`.
#[derive(Debug, Clone)]
pub struct Tags {
    /// The key: code names it, and so may the command above an answer, which does not name it itself.
    pub key: Option<Field<KeyRef>>,
    /// Key and value of each tag.
    pub tags: Vec<(Field<String>, Field<String>)>,
    /// Where the export says that there is more.
    pub truncated: Option<Span>,
}

/// `ListKeys`.
#[derive(Debug, Clone)]
pub struct KeyList {
    /// The keys.
    pub keys: Vec<Field<KeyRef>>,
    /// Where the export says that there is more.
    pub truncated: Option<Span>,
}

/// `Sign`: a signature that KMS returned.
#[derive(Debug, Clone)]
pub struct SignExport {
    /// `KeyId`
    pub key: Option<Field<KeyRef>>,
    /// `Signature`, base64 as written.
    pub signature: Field<String>,
    /// `SigningAlgorithm`
    pub algorithm: Place,
}

/// A signature with what was signed: a line of a batch, what a wallet prints, a signed transaction.
#[derive(Debug, Clone)]
pub struct SampleExport {
    /// The request, or why it cannot be judged.
    pub request: Result<Request, RequestError>,
    /// The place of the signature.
    pub span: Span,
}

impl SampleExport {
    /// What it is, in words.
    pub fn words(&self) -> String {
        match &self.request {
            Ok(request) => format!("signature with what was signed ({})", request.scheme),
            Err(error) => format!("signature that cannot be judged: {}", error.message),
        }
    }
}

/// Where a claim comes from, which decides what its silence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimOrigin {
    /// A row of a list that the key's owner wrote: each one is expected to have its key here.
    Owner,
    /// A published set (a chain's validators): most of its keys are somebody else's.
    PublishedSet,
    /// An announcement file.
    Announcement,
}

/// One claimed address.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The address, as written.
    pub address: Field<String>,
    /// `role`, lower case: `validator`, `relayer` and the like.
    pub role: Option<String>,
    /// `chain`, lower case.
    pub chain: Option<String>,
    /// `key`, as written.
    pub key: Place,
    /// `source`: where the claim was published, as written.
    pub source: Option<String>,
    /// `signer`: ARNs of those who are meant to sign with the key.
    pub signers: Vec<Field<String>>,
    /// `administrator`: ARNs of those who are meant to administer the key.
    pub administrators: Vec<Field<String>>,
    /// The operator's or validator's name, where a set gives one.
    pub alias: Option<String>,
    /// Where the claim comes from.
    pub origin: ClaimOrigin,
    /// The set it belongs to, for [`ClaimOrigin::PublishedSet`].
    pub set: Option<Arc<ValidatorSet>>,
}

/// What a published list says of one chain's validator set, beside its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatorSet {
    /// The chain, lower case.
    pub chain: String,
    /// How many members must sign, where the list says so: without it, the list may have only some of the set's members.
    pub threshold: Option<Field<u64>>,
}
