//! Claims side by side: which address two texts stand for, which sets there are, and who says so.

use std::collections::BTreeMap;
use std::fmt;

use crate::address::evm::EvmAddress;
use crate::address::{Payload, PayloadKind};
use crate::evidence::{BoundBy, Bundle, Claim, ClaimOrigin, Key, same_chain_form};
use crate::source::{SourceId, Span};

/// What a claimed address stands for, however it is written. Every rule that compares claims with each other compares
/// these: a scheme more is one line here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Same(EvmAddress);

/// How an address is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// `0x` and 40 digits.
    Usual,
    /// 40 digits alone.
    WithoutPrefix,
    /// As a Hyperlane identifier of 32 bytes: twelve zero bytes first.
    Padded,
}

impl Written {
    /// The words of labels.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Usual => "with 0x",
            Self::WithoutPrefix => "without 0x",
            Self::Padded => "as 32 bytes",
        }
    }
}

impl Same {
    /// What a text stands for; nothing where it is no address.
    ///
    /// The 32-byte form is Hyperlane's: `addressToBytes32` puts 12 zero bytes before the 20
    /// (hyperlane-monorepo, `solidity/contracts/libs/TypeCasts.sol`).
    pub(super) fn of(text: &str) -> Option<Self> {
        Self::written(text).map(|(same, _)| same)
    }

    /// The same, with how it is written.
    pub(super) fn written(text: &str) -> Option<(Self, Written)> {
        let text = text.trim();
        let bare = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let digits = bare.unwrap_or(text);
        let short = digits
            .strip_prefix("000000000000000000000000")
            .filter(|rest| rest.len() == 40);
        let form = match (short, bare) {
            (Some(_), _) => Written::Padded,
            (None, Some(_)) => Written::Usual,
            (None, None) => Written::WithoutPrefix,
        };
        // A second prefix inside would be read as one.
        let digits = short.unwrap_or(digits);
        let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        EvmAddress::from_digits(digits)
            .filter(|_| plain)
            .map(|address| (Self(address), form))
    }

    /// True for the zero address, which is nobody's.
    pub(super) fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The judged key of the evidence whose address it is.
    pub(super) fn key_here(self, bundle: &Bundle) -> Option<&Key> {
        bundle
            .by_address
            .get(&Payload {
                bytes: self.0.0,
                kind: PayloadKind::Evm20,
            })?
            .iter()
            .filter_map(|key| bundle.keys.get(*key))
            .find(|key| key.scope.is_some())
    }

    /// True if it is this key's address.
    pub(super) fn is_of(self, key: &Key) -> bool {
        key.evm() == Some(self.0)
    }

    /// The address of a key.
    pub(super) fn of_key(key: &Key) -> Option<Self> {
        key.evm().map(Self)
    }
}

impl fmt::Display for Same {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// One member of a set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat<'b> {
    /// The claim.
    pub(super) claim: &'b Claim,
    /// The address, where the text is one.
    pub(super) address: Option<Same>,
}

impl Seat<'_> {
    /// Where it stands.
    pub(super) fn span(&self) -> Span {
        self.claim.address.span
    }

    /// The address, with its owner's name where the set gives one.
    pub(super) fn named(&self) -> String {
        let address = self.address.map_or_else(
            || super::common::short(&self.claim.address.value),
            |same| same.to_string(),
        );
        match &self.claim.alias {
            Some(alias) => format!("{address} ({})", super::common::short(alias)),
            None => address,
        }
    }
}

/// The set of one chain in one file.
#[derive(Debug)]
pub(super) struct Set<'b> {
    /// Index of the file's artefact.
    pub(super) artefact: usize,
    /// The chain, lower case.
    pub(super) chain: &'b str,
    /// The threshold, where the file gives one.
    pub(super) threshold: Option<u64>,
    /// Place of the threshold, else of the first seat.
    pub(super) place: Span,
    /// The members, in the order of the file.
    pub(super) seats: Vec<Seat<'b>>,
}

impl<'b> Set<'b> {
    /// The seats by address; those of nobody are left out.
    pub(super) fn by_address(&self) -> BTreeMap<Same, Vec<Seat<'b>>> {
        let mut seats: BTreeMap<Same, Vec<Seat<'b>>> = BTreeMap::new();
        for seat in &self.seats {
            if let Some(address) = seat.address.filter(|address| !address.is_zero()) {
                seats.entry(address).or_default().push(*seat);
            }
        }
        seats
    }

    /// True if a judged key of the evidence is a member.
    pub(super) fn has_key_here(&self, bundle: &Bundle) -> bool {
        self.seats.iter().any(|seat| {
            seat.address
                .is_some_and(|address| address.key_here(bundle).is_some())
        })
    }

    /// The chain's name without what people write differently.
    pub(super) fn chain_form(&self) -> String {
        same_chain_form(self.chain)
    }

    /// True where the chain's name is that of a test network.
    pub(super) fn is_test(&self) -> bool {
        is_test_network(self.chain)
    }
}

/// Every published set, by file, then by chain.
pub(super) fn sets(bundle: &Bundle) -> Vec<Set<'_>> {
    let mut sets: BTreeMap<(usize, &str), Set<'_>> = BTreeMap::new();
    for (claim, artefact) in &bundle.claims {
        let Some(of) = &claim.set else { continue };
        let threshold = of.threshold.as_ref();
        sets.entry((*artefact, of.chain.as_str()))
            .or_insert_with(|| Set {
                artefact: *artefact,
                chain: of.chain.as_str(),
                threshold: threshold.map(|field| field.value),
                place: threshold.map_or(claim.address.span, |field| field.span),
                seats: Vec::new(),
            })
            .seats
            .push(Seat {
                claim,
                address: Same::of(&claim.address.value),
            });
    }
    sets.into_values().collect()
}

/// What a rule on sets says where there is none.
pub(super) const NO_SET: &str = "no published validator set is in the evidence";

/// Words in names of test networks, as Hyperlane's registry names them.
const TEST_WORDS: &[&str] = &[
    "testnet",
    "sepolia",
    "holesky",
    "hoodi",
    "goerli",
    "fuji",
    "amoy",
    "mumbai",
    "alfajores",
    "chiado",
    "shasta",
    "devnet",
];

/// True where a chain's name says that it is a test network.
pub(super) fn is_test_network(chain: &str) -> bool {
    TEST_WORDS.iter().any(|word| chain.contains(word))
}

/// The names of files, as findings use them.
pub(super) struct Files<'b>(BTreeMap<SourceId, &'b str>);

impl<'b> Files<'b> {
    /// The files of the evidence.
    pub(super) fn of(bundle: &'b Bundle) -> Self {
        Self(
            bundle
                .files
                .iter()
                .map(|file| (file.source, file.below.as_str()))
                .collect(),
        )
    }

    /// The file of an artefact.
    pub(super) fn name(&self, bundle: &Bundle, artefact: usize) -> String {
        bundle
            .artefact(artefact)
            .and_then(|artefact| self.0.get(&bundle.sources.file_of(artefact.file)))
            .map_or_else(String::new, |name| (*name).to_owned())
    }
}

/// Some of many, for a sentence: the first few, and how many more there are.
pub(super) fn some_of(items: &[String], most: usize) -> String {
    let head: Vec<&str> = items.iter().take(most).map(String::as_str).collect();
    let text = head.join(", ");
    match items.len().saturating_sub(head.len()) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// A number and its noun.
pub(super) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The key that each claim was made for, by its name or by role and chain; of several (replicas) the first.
pub(super) fn made_for(bundle: &Bundle) -> BTreeMap<usize, usize> {
    let mut keys = BTreeMap::new();
    for (index, key) in bundle.keys.iter().enumerate() {
        for bound in key.claims.iter().filter(|bound| bound.by != BoundBy::Address) {
            keys.entry(bound.claim).or_insert(index);
        }
    }
    keys
}

/// True for the claims that a person or an agent makes of its own keys; a published set speaks of everybody's.
pub(super) fn is_own(claim: &Claim) -> bool {
    claim.origin != ClaimOrigin::PublishedSet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_the_same_in_each_of_its_forms() {
        let forms = [
            ("0x83c49fBb091927A24d83eF2CE1Ca1F76Bb13256e", Written::Usual),
            ("0x83C49FBB091927A24D83EF2CE1CA1F76BB13256E", Written::Usual),
            ("83c49fbb091927a24d83ef2ce1ca1f76bb13256e", Written::WithoutPrefix),
            (
                "0x00000000000000000000000083c49fbb091927a24d83ef2ce1ca1f76bb13256e",
                Written::Padded,
            ),
            (
                "00000000000000000000000083c49fbb091927a24d83ef2ce1ca1f76bb13256e",
                Written::Padded,
            ),
        ];
        for (text, form) in forms {
            let (same, written) = Same::written(text).unwrap();
            assert_eq!(
                same.to_string(),
                "0x83c49fBb091927A24d83eF2CE1Ca1F76Bb13256e",
                "{text}"
            );
            assert_eq!(written, form, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_the_same_as_nothing() {
        for text in [
            "",
            "0x",
            "0x83c49fBb091927A24d83eF2CE1Ca1F76Bb1325",
            "0x00000000000000000000000183c49fbb091927a24d83ef2ce1ca1f76bb13256e",
            "0x0000000000000000000000000x83c49fbb091927a24d83ef2ce1ca1f76bb1325",
            "0x0x83c49fbb091927a24d83ef2ce1ca1f76bb132",
            "zee prime",
        ] {
            assert_eq!(Same::of(text), None, "{text}");
        }
    }

    #[test]
    fn a_test_network_is_known_by_its_name() {
        for (chain, test) in [
            ("arbitrumsepolia", true),
            ("chiado", true),
            ("plumetestnet", true),
            ("base", false),
            ("arbitrum", false),
        ] {
            assert_eq!(is_test_network(chain), test, "{chain}");
        }
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let items: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(some_of(&items, 3), "a, b, c");
        assert_eq!(some_of(&items, 1), "a and 2 more");
    }
}
