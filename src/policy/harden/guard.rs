//! What an edit must not take away: signing from the signers, and the key policy from its administrators.

use std::collections::{BTreeMap, BTreeSet};

use crate::arn::Arn;
use crate::policy::evaluate::{
    Caller, CallerKind, Context, KeyMetadata, Policies, Policy, Premise, Request, Verdict,
};
use crate::policy::{Document, Effect};

/// The key that the policy is of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) account: &'a str,
    pub(super) metadata: Option<&'a KeyMetadata>,
}

/// What is asked of a document before and after an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ask {
    /// `kms:Sign` of a digest, as every EVM client signs.
    SignDigest,
    /// `kms:Sign` of a message that KMS hashes.
    SignRaw,
    /// `kms:GetPublicKey`
    GetPublicKey,
    /// `kms:PutKeyPolicy`, whose request has no word of the lock-out check.
    PutKeyPolicy,
    /// `kms:PutKeyPolicy`, whose request keeps the lock-out check.
    PutKeyPolicySafely,
}

impl Ask {
    const SIGNER: [Self; 3] = [Self::SignDigest, Self::SignRaw, Self::GetPublicKey];
    const ADMINISTRATOR: [Self; 2] = [Self::PutKeyPolicy, Self::PutKeyPolicySafely];

    fn words(self) -> &'static str {
        match self {
            Self::SignDigest => "kms:Sign (MessageType DIGEST)",
            Self::SignRaw => "kms:Sign (MessageType RAW)",
            Self::GetPublicKey => "kms:GetPublicKey",
            Self::PutKeyPolicy | Self::PutKeyPolicySafely => "kms:PutKeyPolicy",
        }
    }
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is denied, or nothing allows it.
    No,
    /// It is allowed if these hold.
    If(BTreeSet<Premise>),
    /// The policy allows it by itself.
    Yes,
}

impl Ground<'_> {
    /// No grants, and IAM not known: what the policy gives by itself, and what depends on IAM.
    pub(super) fn policies(self, document: &Document) -> Policies {
        Policies {
            key_policy: Some(Policy::new(document)),
            grants: Some(Vec::new()),
            key_metadata: self.metadata.cloned(),
            ..Policies::default()
        }
    }

    /// No grants and no identity policies: what the policy gives by itself.
    pub(super) fn bare(self, document: &Document) -> Policies {
        Policies {
            identity_policies: Some(Vec::new()),
            ..self.policies(document)
        }
    }

    /// True for a key of Ethereum's curve, as far as is known.
    fn is_secp256k1(self) -> bool {
        let spec = self.metadata.and_then(|key| key.key_spec.as_deref());
        spec.is_none_or(|spec| spec == "ECC_SECG_P256K1")
    }

    /// A request of which nothing is known that the question does not say.
    fn request(self, caller: &Caller, ask: Ask) -> Request {
        let mut context = Context::new();
        context.set_incomplete();
        let mut set = |key: &str, value: Option<&str>| {
            context.set(key, value.into_iter().map(str::to_owned).collect());
        };
        let action = match ask {
            Ask::SignDigest | Ask::SignRaw => {
                let kind = if ask == Ask::SignRaw { "RAW" } else { "DIGEST" };
                set("kms:MessageType", Some(kind));
                if self.is_secp256k1() {
                    set("kms:SigningAlgorithm", Some("ECDSA_SHA_256"));
                }
                "kms:Sign"
            }
            Ask::GetPublicKey => "kms:GetPublicKey",
            Ask::PutKeyPolicy => {
                set("kms:BypassPolicyLockoutSafetyCheck", None);
                "kms:PutKeyPolicy"
            }
            Ask::PutKeyPolicySafely => {
                set("kms:BypassPolicyLockoutSafetyCheck", Some("false"));
                "kms:PutKeyPolicy"
            }
        };
        Request {
            principal: caller.clone(),
            action: action.to_owned(),
            resource: "*".to_owned(),
            resource_account: Some(self.account.to_owned()),
            context,
        }
    }

    fn standing(self, policies: &Policies, caller: &Caller, ask: Ask) -> Standing {
        let decision = policies.decide(&self.request(caller, ask));
        match decision.verdict {
            Verdict::Allowed => Standing::Yes,
            Verdict::Depends => Standing::If(decision.premises.into_iter().collect()),
            Verdict::ExplicitDeny | Verdict::ImplicitDeny => Standing::No,
        }
    }
}

/// The callers that a document's Allow statements name, in order, and the root user of the key's account.
pub(super) fn callers(document: &Document, account: &str) -> BTreeMap<String, Caller> {
    let mut found = BTreeMap::new();
    let partition = partition(document).unwrap_or_else(|| "aws".to_owned());
    let root = format!("arn:{partition}:iam::{account}:root");
    let names = document
        .statements
        .iter()
        .filter(|statement| statement.effect == Some(Effect::Allow))
        .filter_map(|statement| statement.principals.as_ref().filter(|list| !list.negated))
        .flat_map(crate::policy::Principals::iter)
        .filter(|principal| principal.is_named())
        .map(|principal| principal.as_str().to_owned());
    for name in names.chain(std::iter::once(root)) {
        if let Some(caller) = Caller::parse(&name) {
            found.insert(name, caller);
        }
    }
    found
}

/// The partition of the ARNs that the document names.
pub(super) fn partition(document: &Document) -> Option<String> {
    let statements = document.statements.iter();
    let mut principals = statements
        .filter_map(|statement| statement.principals.as_ref())
        .flat_map(|list| list.list.iter());
    principals.find_map(|(principal, span)| {
        let text = document
            .source()
            .and_then(|text| text.get(span.clone()))
            .unwrap_or_else(|| principal.as_str());
        let partition = Arn::parse(text.trim_matches('"'))?.partition;
        (!partition.starts_with("${")).then(|| partition.to_owned())
    })
}

/// What a document gives to each caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rights {
    given: BTreeMap<(String, Ask), Standing>,
}

/// What an edit may take away, because it is meant to.
#[derive(Debug, Clone, Default)]
pub(super) struct Leave {
    /// Signing of messages that KMS hashes.
    pub(super) raw: bool,
    /// Signing of these callers.
    pub(super) signing: BTreeSet<String>,
    /// Administration of these callers, as long as somebody else administers.
    pub(super) administration: BTreeSet<String>,
}

impl Leave {
    /// What either of two edits may take away.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.raw |= other.raw;
        self.signing.extend(other.signing.iter().cloned());
        self.administration.extend(other.administration.iter().cloned());
        self
    }
}

impl Rights {
    /// What the document gives to these callers: by itself, and together with IAM to those that `by_iam` names and to
    /// those of other accounts, who need it in any case.
    pub(super) fn of(
        document: &Document,
        ground: Ground<'_>,
        callers: &BTreeMap<String, Caller>,
        by_iam: &BTreeSet<String>,
    ) -> Self {
        let (alone, with_iam) = (ground.bare(document), ground.policies(document));
        let mut given = BTreeMap::new();
        for (name, caller) in callers {
            let policies = if by_iam.contains(name) || caller.account() != Some(ground.account) {
                &with_iam
            } else {
                &alone
            };
            let administrator: &[Ask] = if caller.account() == Some(ground.account) {
                &Ask::ADMINISTRATOR
            } else {
                &[]
            };
            for ask in Ask::SIGNER.iter().chain(administrator) {
                given.insert((name.clone(), *ask), ground.standing(policies, caller, *ask));
            }
        }
        Self { given }
    }

    /// The answer to a question.
    pub(super) fn get(&self, caller: &str, ask: Ask) -> &Standing {
        self.given.get(&(caller.to_owned(), ask)).unwrap_or(&Standing::No)
    }

    /// True for a caller that the policy lets sign, by itself or under conditions.
    pub(super) fn may_sign(&self, caller: &str) -> bool {
        [Ask::SignDigest, Ask::SignRaw]
            .iter()
            .any(|ask| *self.get(caller, *ask) != Standing::No)
    }

    /// Those that may put another key policy, surely or perhaps.
    pub(super) fn administrators(&self, surely: bool) -> BTreeSet<&str> {
        self.given
            .iter()
            .filter(|((_, ask), standing)| {
                *ask == Ask::PutKeyPolicySafely
                    && if surely {
                        **standing == Standing::Yes
                    } else {
                        **standing != Standing::No
                    }
            })
            .map(|((caller, _), _)| caller.as_str())
            .collect()
    }

    /// What is lost on the way to `after` that must not be; nothing where all is kept.
    pub(super) fn loss(&self, after: &Self, leave: &Leave) -> Option<String> {
        for ((caller, ask), standing) in &self.given {
            let now = after.get(caller, *ask);
            let kept = match standing {
                Standing::No => true,
                Standing::Yes => *now == Standing::Yes,
                // With other premises it may be less, or more: neither is proven.
                Standing::If(_) => *now == Standing::Yes || now == standing,
            };
            let administers = Ask::ADMINISTRATOR.contains(ask);
            let meant = (!administers && leave.signing.contains(caller))
                || (leave.raw && *ask == Ask::SignRaw)
                || (administers && leave.administration.contains(caller));
            if !kept && !meant {
                return Some(format!("{caller} would lose {}", ask.words()));
            }
        }
        let surely = !self.administrators(true).is_empty();
        let others = |rights: &Self| {
            rights
                .administrators(surely)
                .iter()
                .any(|one| !leave.administration.contains(*one))
        };
        if self.administrators(surely) != after.administrators(surely) && !others(after) {
            return Some("nobody else could put a key policy: the key would be locked".to_owned());
        }
        None
    }
}

/// What a caller is, in a word.
pub(super) fn is_root(caller: &Caller) -> bool {
    caller.kind == CallerKind::Root
}
