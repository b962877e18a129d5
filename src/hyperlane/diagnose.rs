//! Why a signed record is not of whom it should be: the usual mistakes, tried one by one.

use super::announcement::Announcement;
use super::checkpoint::Checkpoint;
use super::digest::{
    ANNOUNCEMENT_TAG, CHECKPOINT_TAG, announcement_hash, checkpoint_hash, domain_hash, keccak256,
    signed_digest, unpadded, wide_index_hash,
};
use super::envelope::Envelope;
use super::registry::{Chain, Registry};
use crate::address::EvmAddress;
use crate::signature::Signature;
use crate::signature::verify::recover;

/// Digests that are tried for one record, at most.
pub const MOST_TRIES: usize = 2048;

/// Bytes that a location is filled up to on Aleo.
const ALEO_LOCATION: usize = 480;

macro_rules! mistakes {
    ($($(#[$doc:meta])* $variant:ident = $id:literal;)+) => {
        /// A mistake that explains a signature.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mistake {
            $($(#[$doc])* $variant,)+
        }

        impl Mistake {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its code.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }
        }
    };
}

mistakes! {
    /// v is that of the other R.
    OtherParity = "other-parity";
    /// The hash was signed without EIP-191.
    MissingEip191 = "missing-eip191";
    /// An announcement under the tag of checkpoints.
    OldTag = "old-tag";
    /// A record under the tag of the other kind.
    OtherTag = "other-tag";
    /// The contract was hashed with 20 bytes.
    Unpadded = "unpadded-contract";
    /// The mailbox where the merkle tree hook belongs, or the other way round.
    MailboxAndHook = "mailbox-and-hook";
    /// The chain id in the place of the domain.
    ChainId = "chain-id-for-domain";
    /// Another chain of the registry.
    OtherChain = "other-chain";
    /// Another contract of the registry.
    OtherContract = "other-contract";
    /// The location filled up with zero bytes, as on Aleo.
    PaddedLocation = "padded-location";
    /// A checkpoint that was signed without its message id.
    WithoutMessageId = "signed-without-message-id";
    /// A checkpoint whose index was hashed with 32 bytes, as in November 2022.
    WideIndex = "wide-index";
}

/// A mistake that explains a signature, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Which one.
    pub mistake: Mistake,
    /// Whose signature it is, if it was made so.
    pub signer: EvmAddress,
    /// In words.
    pub message: String,
}

/// Digests that are tried, until one fits or there were enough.
struct Tries<'a> {
    signature: Signature,
    odd: bool,
    wanted: &'a [EvmAddress],
    left: usize,
    found: Option<Explanation>,
}

impl<'a> Tries<'a> {
    fn new(signature: Signature, wanted: &'a [EvmAddress]) -> Self {
        Self {
            signature,
            odd: signature.v().is_some_and(crate::signature::V::is_odd),
            wanted,
            left: MOST_TRIES,
            found: None,
        }
    }

    fn recovered(&self, digest: &[u8; 32], odd: bool) -> Option<EvmAddress> {
        let address = EvmAddress::of(&recover(&self.signature, digest, odd)?);
        self.wanted.contains(&address).then_some(address)
    }

    fn digest(&mut self, digest: &[u8; 32], mistake: Mistake, message: impl FnOnce() -> String) {
        self.parity(digest, self.odd, mistake, message);
    }

    fn parity(&mut self, digest: &[u8; 32], odd: bool, mistake: Mistake, message: impl FnOnce() -> String) {
        if self.found.is_some() || self.left == 0 {
            return;
        }
        self.left = self.left.saturating_sub(1);
        self.found = self.recovered(digest, odd).map(|signer| Explanation {
            mistake,
            signer,
            message: message(),
        });
    }
}

/// A chain in words.
fn named(chain: &Chain) -> String {
    let domain = chain
        .domain
        .map_or_else(String::new, |domain| format!(" (domain {domain})"));
    format!("{}{domain}", chain.name)
}

/// The domain hash of a contract that is hashed with 20 bytes.
fn unpadded_domain_hash(domain: u32, contract: &[u8; 32], tag: &str) -> Option<[u8; 32]> {
    let address = unpadded(contract)?;
    Some(keccak256(&[&domain.to_be_bytes(), &address, tag.as_bytes()]))
}

/// What explains an announcement that is not signed by any of `wanted`: the validator that it names, and whoever is expected.
///
/// Tried are the other parity, the signature without EIP-191, the old tag, the contract with 20 bytes, the location filled
/// up, and the chains and contracts of the registry; [`MOST_TRIES`] digests at most.
pub fn announcement(
    envelope: &Envelope<Announcement>,
    wanted: &[EvmAddress],
    registry: &Registry,
) -> Option<Explanation> {
    let value = &envelope.value;
    let mut tries = Tries::new(envelope.signature.checked().ok()?, wanted);
    let location = value.location.as_bytes();
    let of = |domain_hash: &[u8; 32]| signed_digest(&announcement_hash(domain_hash, location));
    let own = domain_hash(value.domain, &value.mailbox, value.tag());
    tries.parity(&of(&own), !tries.odd, Mistake::OtherParity, || {
        "v is that of the other R: with the other v it is right".to_owned()
    });
    tries.digest(&announcement_hash(&own, location), Mistake::MissingEip191, || {
        "it was signed without the prefix of EIP-191 (\\x19Ethereum Signed Message)".to_owned()
    });
    let other = if value.old {
        ANNOUNCEMENT_TAG
    } else {
        CHECKPOINT_TAG
    };
    let under_other = domain_hash(value.domain, &value.mailbox, other);
    tries.digest(
        &of(&under_other),
        if value.old {
            Mistake::OtherTag
        } else {
            Mistake::OldTag
        },
        || {
            format!(
                "it was signed under the tag {other}, and {} is right",
                value.tag()
            )
        },
    );
    for tag in [value.tag(), other] {
        if let Some(hash) = unpadded_domain_hash(value.domain, &value.mailbox, tag) {
            tries.digest(&of(&hash), Mistake::Unpadded, || {
                format!("the mailbox was hashed with its 20 bytes, and not with 32 (tag {tag})")
            });
        }
    }
    let shown = value.shown_location().as_bytes();
    let mut filled = shown.to_vec();
    filled.resize(ALEO_LOCATION.max(shown.len()), 0);
    for form in [shown, &filled] {
        if form != location {
            let digest = signed_digest(&announcement_hash(&own, form));
            tries.digest(&digest, Mistake::PaddedLocation, || {
                format!(
                    "the location was signed with {} bytes: on Aleo it is filled up with zero bytes to {ALEO_LOCATION}",
                    form.len()
                )
            });
        }
    }
    pairs(
        &mut tries,
        value.domain,
        &value.mailbox,
        registry,
        |chain| chain.mailbox,
        |chain| chain.hook,
        |domain, contract| of(&domain_hash(domain, contract, value.tag())),
    );
    tries.found
}

/// What explains a checkpoint that is signed by somebody unknown: as [`announcement`], and the ways in which older agents
/// signed.
pub fn checkpoint(
    envelope: &Envelope<Checkpoint>,
    wanted: &[EvmAddress],
    registry: &Registry,
) -> Option<Explanation> {
    let value = &envelope.value;
    let mut tries = Tries::new(envelope.signature.checked().ok()?, wanted);
    let hash = |domain_hash: &[u8; 32]| {
        checkpoint_hash(domain_hash, &value.root, value.index, value.message_id.as_ref())
    };
    let own = value.domain_hash();
    tries.parity(&value.digest(), !tries.odd, Mistake::OtherParity, || {
        "v is that of the other R: with the other v it is right".to_owned()
    });
    tries.digest(&hash(&own), Mistake::MissingEip191, || {
        "it was signed without the prefix of EIP-191 (\\x19Ethereum Signed Message)".to_owned()
    });
    if value.message_id.is_some() {
        let without = checkpoint_hash(&own, &value.root, value.index, None);
        tries.digest(&signed_digest(&without), Mistake::WithoutMessageId, || {
            "it was signed without the message id, as before 2023-05-25: the id beside it is not signed"
                .to_owned()
        });
    }
    let wide = wide_index_hash(&own, &value.root, value.index);
    tries.digest(&signed_digest(&wide), Mistake::WideIndex, || {
        "its index was hashed with 32 bytes, as in November 2022".to_owned()
    });
    if let Some(unpadded) = unpadded_domain_hash(value.domain, &value.contract, CHECKPOINT_TAG) {
        tries.digest(&signed_digest(&hash(&unpadded)), Mistake::Unpadded, || {
            "the merkle tree hook was hashed with its 20 bytes, and not with 32".to_owned()
        });
    }
    let tagged = domain_hash(value.domain, &value.contract, ANNOUNCEMENT_TAG);
    tries.digest(&signed_digest(&hash(&tagged)), Mistake::OtherTag, || {
        format!("it was signed under the tag {ANNOUNCEMENT_TAG}, which is that of announcements")
    });
    pairs(
        &mut tries,
        value.domain,
        &value.contract,
        registry,
        |chain| chain.hook,
        |chain| chain.mailbox,
        |domain, contract| value.digest_under(&domain_hash(domain, contract, CHECKPOINT_TAG)),
    );
    tries.found
}

/// Tries the domains and contracts of a registry, the likelier ones first: `right` is the contract that such a record
/// binds, `wrong` the one that it is taken for.
fn pairs(
    tries: &mut Tries<'_>,
    domain: u32,
    contract: &[u8; 32],
    registry: &Registry,
    right: impl Fn(&Chain) -> Option<[u8; 32]>,
    wrong: impl Fn(&Chain) -> Option<[u8; 32]>,
    digest: impl Fn(u32, &[u8; 32]) -> [u8; 32],
) {
    let own: Vec<&Chain> = registry
        .chains()
        .filter(|chain| {
            chain.domain == Some(domain) || right(chain) == Some(*contract) || wrong(chain) == Some(*contract)
        })
        .collect();
    for chain in &own {
        for other in [right(chain), wrong(chain)].into_iter().flatten() {
            if other != *contract {
                let mistake = if wrong(chain) == Some(other) || wrong(chain) == Some(*contract) {
                    Mistake::MailboxAndHook
                } else {
                    Mistake::OtherContract
                };
                tries.digest(&digest(domain, &other), mistake, || {
                    format!(
                        "it was signed for the contract 0x{} of {}",
                        crate::encoding::hex::encode(&other),
                        named(chain)
                    )
                });
            }
        }
        let id = chain.chain_id.as_deref().and_then(|id| id.parse::<u32>().ok());
        if let Some(id) = id.filter(|id| *id != domain) {
            tries.digest(&digest(id, contract), Mistake::ChainId, || {
                format!(
                    "it was signed with the chain id {id} of {} in the place of the domain",
                    named(chain)
                )
            });
        }
    }
    for chain in registry.chains() {
        let Some(other) = chain.domain else { continue };
        for candidate in [right(chain), Some(*contract)].into_iter().flatten() {
            if (other, candidate) != (domain, *contract) {
                tries.digest(&digest(other, &candidate), Mistake::OtherChain, || {
                    format!("it was signed for {}", named(chain))
                });
            }
        }
    }
}

#[cfg(test)]
mod tests;
