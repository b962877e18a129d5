//! The joined evidence.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::access::KeyAccess;
use super::agents::ConfiguredAgent;
use super::bucket::Bucket;
use super::callers::Callers;
use super::{Artefact, Claim, IamDetails, Identities, Sample};
use crate::address::diagnose::Hypotheses;
use crate::address::{EvmAddress, Payload};
use crate::key::PublicKey;
use crate::source::{SourceId, SourceMap, Span};

/// Something that is worked out when it is first asked for.
#[derive(Debug)]
pub struct Once<T>(OnceLock<T>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> Once<T> {
    pub(super) fn get(&self, make: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(make)
    }
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileStatus {
    /// Recognised and read.
    Used,
    /// No format recognised it.
    NotRecognised(String),
    /// A format recognised it, but it is broken.
    Broken {
        /// What is wrong, with what to do.
        message: String,
        /// Where.
        span: Span,
    },
}

/// One file of the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// The file.
    pub source: SourceId,
    /// Path as given; inside an archive, `archive.zip!/member`.
    pub path: String,
    /// Id of the format, where one was recognised.
    pub format: Option<&'static str>,
    /// What became of it.
    pub status: FileStatus,
    /// Path below the folder or archive that was given; the file's own name for one that was named itself.
    pub below: String,
    /// True for a file that was named itself, false for one found in a folder or archive.
    pub named: bool,
}

/// How an artefact was joined to a key, from the surest to the weakest.
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
pub enum JoinedBy {
    /// The artefact itself is the public key, or the policy of a key that nothing names.
    Fingerprint,
    /// It is a signature of the key.
    Signature,
    /// It names the key's ARN.
    Arn,
    /// It names the key's id.
    KeyId,
    /// It names an alias of the key.
    Alias,
    /// It names the key as the code in the same file declares it.
    Declared,
    /// The key id stands in its path.
    KeyIdInName,
    /// It lies beside the key in one folder.
    Folder,
    /// Its file name is that of the key.
    FileName,
    /// There is only one key in the evidence.
    OnlyKey,
}

impl JoinedBy {
    /// The words that reports use.
    pub fn words(self) -> &'static str {
        match self {
            Self::Fingerprint => "its own bytes",
            Self::Signature => "its signature",
            Self::Arn => "key ARN",
            Self::KeyId => "key id",
            Self::Alias => "alias",
            Self::Declared => "name in the code",
            Self::KeyIdInName => "key id in the file name",
            Self::Folder => "folder",
            Self::FileName => "file name",
            Self::OnlyKey => "the only key given",
        }
    }

    /// True where nothing in the artefact itself names the key: only its place among the files does.
    pub fn is_by_place(self) -> bool {
        self >= Self::KeyIdInName
    }
}

/// One artefact of a key, and how it was joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// Index in [`Bundle::artefacts`].
    pub artefact: usize,
    /// How it was joined.
    pub by: JoinedBy,
}

/// How a claim was bound to a key.
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
pub enum BoundBy {
    /// The claim names the key.
    Key,
    /// The claim names a role and a chain, and one key alone has both.
    RoleChain,
    /// Only the address is equal.
    Address,
}

/// A claim bound to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundClaim {
    /// Index in [`Bundle::claims`].
    pub claim: usize,
    /// How.
    pub by: BoundBy,
    /// What the binding rests on, in words.
    pub note: String,
}

/// Why a key is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeReason {
    /// A claim is bound to it.
    Claimed,
    /// An agent is configured to sign with it.
    Configured,
    /// It was given singly: as a file of its own, or as the only key.
    GivenSingly,
    /// Nothing declares which keys matter, so every key with evidence of its own does.
    NothingDeclared,
    /// Addresses are claimed, but none could be bound to a key: every key with evidence of its own is judged.
    NothingBound,
}

/// One KMS key, or one public key of which only the bytes are known.
#[derive(Debug, Default)]
pub struct Key {
    /// Key id, where known.
    pub id: Option<String>,
    /// Key ARN, where known.
    pub arn: Option<String>,
    /// Account, 12 digits.
    pub account: Option<String>,
    /// Region code.
    pub region: Option<String>,
    /// The public key, where one good one is known and no other contradicts it.
    pub public_key: Option<PublicKey>,
    /// What the public key's addresses stand for, one for each kind; empty without a public key.
    pub payloads: Vec<Payload>,
    /// Its name in the code that declares it, for a key without ARN and id: a plan's or a template's.
    pub declared: Option<String>,
    /// The file that the key is known by, where only its bytes, its policy or its declaration are there.
    pub file: Option<String>,
    /// Alias names, sorted.
    pub aliases: Vec<String>,
    /// The artefacts that speak of it.
    pub joins: Vec<Join>,
    /// The claims bound to it.
    pub claims: Vec<BoundClaim>,
    /// The uses of it that agents are configured with: indices in [`Bundle::agents`] and in the agent's uses.
    pub agents: Vec<(usize, usize)>,
    /// Why it is judged; nothing for a key that is only listed.
    pub scope: Option<ScopeReason>,
    /// Who can do what with it, once asked.
    pub access: Once<KeyAccess>,
}

impl Key {
    /// The key's name in reports: its ARN, else its id, else its name in the code, else its fingerprint, else the file
    /// it is known by.
    pub fn subject(&self) -> String {
        if let Some(arn) = &self.arn {
            return arn.clone();
        }
        if let Some(id) = &self.id {
            return format!("key {id}");
        }
        if let (Some(name), Some(file)) = (&self.declared, &self.file) {
            return format!("{name} of {file}");
        }
        match (&self.public_key, &self.file) {
            (Some(key), _) => format!("public key {}", key.fingerprint()),
            (None, Some(file)) => format!("the key of {file}"),
            (None, None) => "a key without identity".to_owned(),
        }
    }

    /// The EVM address of the public key.
    pub fn evm(&self) -> Option<EvmAddress> {
        self.public_key.as_ref().map(EvmAddress::of)
    }
}

/// Two artefacts that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Index of the key in [`Bundle::keys`].
    pub key: usize,
    /// What they disagree on: "public key", "default key policy" and the like.
    pub about: String,
    /// The two values, short.
    pub values: (String, String),
    /// The two places.
    pub places: (Span, Span),
}

/// Evidence that is missing, incomplete or only weakly joined. A gap turns answers to unknown; it is no finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What kind of evidence: `grants`, `iam`, `aliases` and the like.
    pub kind: String,
    /// What is missing, in a few words.
    pub message: String,
    /// Where the evidence says so.
    pub span: Option<Span>,
    /// Index of the key concerned, where it is one.
    pub key: Option<usize>,
}

/// An address that the owner says is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Index of the claim in [`Bundle::claims`].
    pub claim: usize,
    /// Index of the key that the claim is bound to.
    pub key: Option<usize>,
}

/// All evidence of one run, joined.
#[derive(Debug, Default)]
pub struct Bundle {
    /// Every file and view.
    pub sources: SourceMap,
    /// What became of each file, sorted by path.
    pub files: Vec<FileRecord>,
    /// What the files say.
    pub artefacts: Vec<Artefact>,
    /// The keys, sorted by subject.
    pub keys: Vec<Key>,
    /// The claims, in the order of files and rows, and the artefact that each comes from.
    pub claims: Vec<(Claim, usize)>,
    /// The addresses expected to have a key here.
    pub expected: Vec<Expected>,
    /// Contradictions.
    pub conflicts: Vec<Conflict>,
    /// What is missing.
    pub gaps: Vec<Gap>,
    /// Keys by what their addresses stand for: indices in [`Bundle::keys`].
    pub by_address: BTreeMap<Payload, Vec<usize>>,
    /// Claims that are bound to some key, by what they stand for: indices in [`Bundle::claims`].
    pub bound_by_address: BTreeMap<Payload, Vec<usize>>,
    /// What a claim may be by mistake: every key, and every contract.
    pub hypotheses: Hypotheses,
    /// The sample signatures, judged, in the order of files.
    pub samples: Vec<Sample>,
    /// Indices of the IAM documents in [`Bundle::artefacts`].
    pub iam: Vec<usize>,
    /// The account of keys whose own evidence does not say it, by whoever runs the audit: 12 digits.
    pub account: Option<String>,
    /// The users and roles whose policies are known, once asked.
    pub callers: Once<Callers>,
    /// The agents, in the order of the files.
    pub agents: Vec<ConfiguredAgent>,
    /// The buckets of checkpoints, by name.
    pub buckets: Vec<Bucket>,
    /// What all answers of IAM say, joined: see [`super::identity_policies_of`].
    pub identities: Identities,
}

impl Bundle {
    /// The artefact of an index.
    pub fn artefact(&self, index: usize) -> Option<&Artefact> {
        self.artefacts.get(index)
    }

    /// The artefacts of a key, with how each was joined.
    pub fn of_key<'b>(&'b self, key: &'b Key) -> impl Iterator<Item = (&'b Artefact, &'b Join)> {
        key.joins
            .iter()
            .filter_map(|join| Some((self.artefacts.get(join.artefact)?, join)))
    }

    /// The key that each artefact is joined to, as indices; of several the last one.
    pub(super) fn keys_of_artefacts(&self) -> BTreeMap<usize, usize> {
        self.keys
            .iter()
            .enumerate()
            .flat_map(|(index, key)| key.joins.iter().map(move |join| (join.artefact, index)))
            .collect()
    }

    /// The IAM documents of the evidence.
    pub fn iam(&self) -> impl Iterator<Item = &IamDetails> {
        self.iam
            .iter()
            .filter_map(|index| match &self.artefacts.get(*index)?.data {
                super::Data::Iam(details) => Some(details),
                _ => None,
            })
    }

    /// The claims bound to a key, with how.
    pub fn claims_of<'b>(&'b self, key: &'b Key) -> impl Iterator<Item = (&'b Claim, &'b BoundClaim)> {
        key.claims
            .iter()
            .filter_map(|bound| Some((&self.claims.get(bound.claim)?.0, bound)))
    }
}
