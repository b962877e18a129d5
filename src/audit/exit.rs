//! What makes the command fail.

use crate::evidence::{Bundle, Data, FileStatus, Key};
use crate::finding::{Finding, Severity};

use super::report::{Answer, AnswerRow};

/// One `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// A finding of this level or above.
    Level(Severity),
    /// An unknown answer.
    Unknown,
    /// Nothing.
    Never,
}

impl FailOn {
    /// Reads `info`, `low`, `medium`, `high`, `critical`, `unknown`, `none`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "unknown" => Some(Self::Unknown),
            "none" => Some(Self::Never),
            _ => Severity::ALL
                .into_iter()
                .find(|level| level.word() == text)
                .map(Self::Level),
        }
    }

    /// The word of the option.
    pub fn word(self) -> &'static str {
        match self {
            Self::Level(level) => level.word(),
            Self::Unknown => "unknown",
            Self::Never => "none",
        }
    }
}

/// One kind of evidence that `--require` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    /// A good public key.
    PublicKey,
    /// `DescribeKey`.
    Metadata,
    /// The key policy.
    Policy,
    /// `ListGrants`, complete.
    Grants,
    /// `ListAliases`.
    Aliases,
    /// `ListKeyPolicies`.
    PolicyNames,
    /// `GetAccountAuthorizationDetails` of the key's account, complete.
    Iam,
    /// A claimed address.
    Claim,
}

impl Requirement {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::PublicKey,
        Self::Metadata,
        Self::Policy,
        Self::Grants,
        Self::Aliases,
        Self::PolicyNames,
        Self::Iam,
        Self::Claim,
    ];

    /// What `standard` stands for.
    pub const STANDARD: [Self; 5] = [
        Self::PublicKey,
        Self::Metadata,
        Self::Policy,
        Self::Grants,
        Self::Claim,
    ];

    /// The word of the option.
    pub fn word(self) -> &'static str {
        match self {
            Self::PublicKey => "public-key",
            Self::Metadata => "metadata",
            Self::Policy => "policy",
            Self::Grants => "grants",
            Self::Aliases => "aliases",
            Self::PolicyNames => "policy-names",
            Self::Iam => "iam",
            Self::Claim => "claim",
        }
    }

    /// Reads a word; `standard` gives several.
    pub fn parse(text: &str) -> Option<Vec<Self>> {
        if text == "standard" {
            return Some(Self::STANDARD.to_vec());
        }
        Self::ALL
            .into_iter()
            .find(|kind| kind.word() == text)
            .map(|kind| vec![kind])
    }

    /// The command that exports it.
    pub fn command(self) -> &'static str {
        match self {
            Self::PublicKey => "aws kms get-public-key",
            Self::Metadata => "aws kms describe-key",
            Self::Policy => "aws kms get-key-policy",
            Self::Grants => "aws kms list-grants",
            Self::Aliases => "aws kms list-aliases",
            Self::PolicyNames => "aws kms list-key-policies",
            Self::Iam => "aws iam get-account-authorization-details",
            Self::Claim => "the operator's statement of the address (claims.csv)",
        }
    }

    /// True if the evidence has it, whole, for the key.
    pub fn is_met(self, bundle: &Bundle, key: &Key) -> bool {
        let any = |test: &dyn Fn(&Data) -> bool| bundle.of_key(key).any(|(artefact, _)| test(&artefact.data));
        match self {
            // A key of another kind is supplied all the same; what it means is for the rules to say.
            Self::PublicKey => any(&|data| {
                matches!(data, Data::PublicKey(export)
                    if export.result.as_ref().err().is_none_or(crate::key::SpkiError::is_another_key))
            }),
            Self::Metadata => any(&|data| matches!(data, Data::Metadata(_))),
            Self::Policy => any(&|data| matches!(data, Data::Policy(export) if export.is_key_policy)),
            Self::Grants => {
                any(&|data| matches!(data, Data::Grants(list) if list.whole && list.truncated.is_none()))
            }
            Self::Aliases => any(&|data| matches!(data, Data::Aliases(_))),
            Self::PolicyNames => {
                any(&|data| matches!(data, Data::PolicyList(list) if list.truncated.is_none()))
            }
            Self::Iam => match &key.account {
                Some(account) => crate::evidence::iam_whole(bundle, account),
                None => bundle.iam().any(|details| details.truncated.is_none()),
            },
            Self::Claim => !key.claims.is_empty(),
        }
    }
}

/// Every required kind that a judged key lacks, in words.
pub(super) fn missing(bundle: &Bundle, require: &[Requirement]) -> Vec<String> {
    let mut missing = Vec::new();
    for key in bundle.keys.iter().filter(|key| key.scope.is_some()) {
        for kind in require.iter().filter(|kind| !kind.is_met(bundle, key)) {
            missing.push(format!(
                "{} of {} ({})",
                kind.word(),
                key.subject(),
                kind.command()
            ));
        }
    }
    if bundle.keys.iter().all(|key| key.scope.is_none()) {
        missing.extend(
            require
                .iter()
                .map(|kind| format!("{} ({}): no key is in scope", kind.word(), kind.command())),
        );
    }
    missing
}

/// Files that are broken, and files that were named and not recognised, each with the reason.
pub(super) fn broken(bundle: &Bundle) -> Vec<String> {
    let reason = |file: &crate::evidence::FileRecord| match &file.status {
        FileStatus::Broken { message, .. } => Some(message.clone()),
        FileStatus::NotRecognised(reason) => file.named.then(|| reason.clone()),
        FileStatus::Used => None,
    };
    bundle
        .files
        .iter()
        .filter_map(|file| Some(format!("{}: {}", file.path, reason(file)?)))
        .collect()
}

/// The exit code: findings are never masked by broken or missing evidence.
pub(super) fn code(
    bundle: &Bundle,
    fail_on: &[FailOn],
    findings: &[Finding],
    answers: &[AnswerRow],
    missing: &[String],
) -> u8 {
    let failed = fail_on.iter().any(|fail| match fail {
        FailOn::Level(level) => findings.iter().any(|finding| finding.severity >= *level),
        FailOn::Unknown => answers.iter().any(|answer| answer.answer == Answer::Unknown),
        FailOn::Never => false,
    });
    let broken = !broken(bundle).is_empty();
    let nothing = !bundle.files.iter().any(|file| file.status == FileStatus::Used);
    if failed {
        1
    } else if broken || nothing {
        3
    } else if !missing.is_empty() {
        4
    } else {
        0
    }
}
