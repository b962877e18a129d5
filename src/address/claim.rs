//! An address that somebody wrote down: what it stands for, or why it is none.

use thiserror::Error;

use super::{AddressScheme, EvmAddress, Options, Payload, Prefix, PublicKey, scheme};
use crate::address::secret::SecretForm;

/// An address as somebody wrote it down, well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claimed {
    /// Ids of the schemes that the text may be of: one, or, for bech32 with the prefix of a chain, `cosmos` and
    /// `cosmos-eth`, which the text alone does not tell apart.
    pub schemes: &'static [&'static str],
    /// The address as the scheme writes it under the same options: equal to what [`AddressScheme::derive`] gives where
    /// the claim is true.
    pub canonical: String,
    /// The bytes that the text stands for, without prefix, version and checksum.
    pub payload: [u8; 20],
    /// False where the text lacks the prefix that its scheme leaves optional (`0x`).
    pub prefixed: bool,
    /// What the text's checksum says.
    pub checksum: Checksum,
    /// The text's own bech32 prefix, where a chain chooses it.
    pub prefix: Option<Prefix>,
}

impl Claimed {
    /// The schemes that the text may be of.
    pub fn schemes(&self) -> impl Iterator<Item = &'static dyn AddressScheme> {
        self.schemes.iter().filter_map(|id| scheme(id))
    }

    /// What the text stands for, in each scheme that it may be of.
    pub fn payloads(&self) -> impl Iterator<Item = Payload> {
        let bytes = self.payload;
        self.schemes().map(move |scheme| Payload {
            bytes,
            kind: scheme.kind(),
        })
    }

    /// True if it is the address of a key, given by its payloads, in a scheme that the text may be of.
    pub fn is_one_of(&self, payloads: &[Payload]) -> bool {
        self.payloads().any(|own| payloads.contains(&own))
    }

    /// The claim as an EVM address, where its scheme is `evm`.
    pub fn evm(&self) -> Option<EvmAddress> {
        (self.schemes == ["evm"]).then_some(EvmAddress(self.payload))
    }

    /// The address of a key, given by its payloads, in each scheme that the text may be of and with the text's own
    /// prefix: scheme and address.
    pub fn own_of(&self, payloads: &[Payload], options: &Options) -> Vec<(&'static str, String)> {
        let options = self.prefix.map_or(*options, |prefix| options.with_prefix(prefix));
        self.schemes()
            .filter_map(|scheme| {
                let payload = payloads.iter().find(|payload| payload.kind == scheme.kind())?;
                Some((scheme.id(), scheme.write(&payload.bytes, &options)?))
            })
            .collect()
    }

    /// As [`Claimed::own_of`], in words: the address; of two schemes both, each with its scheme.
    pub fn own_words(&self, payloads: &[Payload], options: &Options) -> String {
        let own = self.own_of(payloads, options);
        match own.as_slice() {
            [(_, address)] => address.clone(),
            several => several
                .iter()
                .map(|(scheme, address)| format!("{address} ({scheme})"))
                .collect::<Vec<_>>()
                .join(" or "),
        }
    }

    /// True if it is the address of the key.
    pub fn is_of(&self, key: &PublicKey) -> bool {
        self.is_one_of(&Payload::all_of(key))
    }

    /// True where the bytes are all zero: nobody has a key of such an address.
    pub fn is_zero(&self) -> bool {
        self.payload == [0; 20]
    }
}

/// What is known from a claim's checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Checksum {
    /// None: all letters are lower case.
    AbsentLower,
    /// None: all letters are upper case.
    AbsentUpper,
    /// None: there is no letter that could carry one.
    AbsentNoLetters,
    /// None: this form of the address never has one (Tron in hexadecimal).
    AbsentInForm,
    /// Right by EIP-55.
    Eip55,
    /// Right by ERC-1191 for the stated chain.
    Erc1191,
    /// Right by base58check.
    Base58,
    /// Right by BIP-173.
    Bech32,
}

impl Checksum {
    /// True where the text carries a checksum (which is then right).
    pub fn is_present(self) -> bool {
        matches!(self, Self::Eip55 | Self::Erc1191 | Self::Base58 | Self::Bech32)
    }

    /// True where it lies in the case of the letters, and not in characters of its own.
    pub fn is_in_the_case(self) -> bool {
        matches!(self, Self::Eip55 | Self::Erc1191)
    }
}

/// Why a claim cannot be compared with anything.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// The text is no address of the scheme.
    #[error("not an address: {}", placed(reason, *offset))]
    Malformed {
        /// Byte offset in the text of the first fault; 0 for a fault of the whole.
        offset: usize,
        /// What is wrong there.
        reason: MalformedReason,
    },
    /// The text is an address, but its checksum is wrong: at least one character is not what its author meant.
    #[error("{}", wrong(claimed, *offset))]
    WrongChecksum {
        /// What the text stands for all the same; `canonical` is the same bytes with the right checksum, `checksum` the
        /// kind of it.
        claimed: Box<Claimed>,
        /// Byte offset in the text of the first character that differs from `canonical`.
        offset: usize,
    },
}

impl ClaimError {
    /// A wrong checksum, found by comparing the text with what it should be.
    pub(super) fn wrong_checksum(text: &str, claimed: Claimed) -> Self {
        let offset = text
            .bytes()
            .zip(claimed.canonical.bytes())
            .position(|(found, right)| !found.eq_ignore_ascii_case(&right))
            .unwrap_or_default();
        Self::WrongChecksum {
            claimed: Box::new(claimed),
            offset,
        }
    }
}

fn placed(reason: &MalformedReason, offset: usize) -> String {
    if reason.has_place() {
        format!("{reason} at offset {offset}")
    } else {
        reason.to_string()
    }
}

fn wrong(claimed: &Claimed, offset: usize) -> String {
    if claimed.checksum.is_in_the_case() {
        let expected = &claimed.canonical;
        return format!("wrong checksum: expected {expected}, the first difference is at offset {offset}");
    }
    // The same bytes with a new checksum would be somebody else's address, well formed: never shown.
    let name = match claimed.checksum {
        Checksum::Bech32 => "bech32",
        _ => "base58check",
    };
    format!("wrong checksum: the last characters are not the {name} checksum of those before them")
}

/// What is wrong with the form of a claimed address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MalformedReason {
    /// Fewer digits than an address has; the offset is the text's end.
    #[error("too short: {digits} of 40 digits")]
    TooShort {
        /// Digits found.
        digits: usize,
    },
    /// More digits than an address has; the offset is that of the first surplus one.
    #[error("too long: more than 40 digits")]
    TooLong,
    /// `0X` instead of `0x`.
    #[error("the prefix is 0X, not 0x")]
    UpperCasePrefix,
    /// A blank, a line break or an invisible character that stands for a space.
    #[error("white space")]
    Whitespace,
    /// A character that looks like a digit and is another one: Cyrillic, Greek, full-width, the letters O and l …
    #[error("{found:?} looks like {like:?} and is another character")]
    Lookalike {
        /// The character found.
        found: char,
        /// The hexadecimal digit it looks like.
        like: char,
    },
    /// Any other character.
    #[error("{0:?} is not a hexadecimal digit")]
    BadCharacter(char),
    /// 20 bytes with 12 zero bytes before them.
    #[error(
        "it is an address as 32 bytes, as Hyperlane writes identifiers: the last 40 digits are the address"
    )]
    Identifier,
    /// Nothing at all.
    #[error("the text is empty")]
    Empty,
    /// Only its beginning and its end are there: `0x1234…abcd`, `0x12...ab`.
    #[error("it is shortened, its middle is left out")]
    Shortened,
    /// What could be a private key, which is never shown.
    #[error("{0}, which could be a private key: it is not shown")]
    Secret(SecretForm),
    /// No scheme writes addresses like this.
    #[error(
        "it has no form of an address: neither 0x and 40 hexadecimal digits, nor base58 (1…, T…), nor bech32 (bc1…, cosmos1…)"
    )]
    UnknownForm,
    /// More characters than any address has; they are not looked at.
    #[error("the text is too long for an address")]
    LongText,
    /// A character that base58 does not have.
    #[error("{0:?} is not a base58 character (0, O, I and l are none)")]
    Base58Character(char),
    /// Base58 of another length.
    #[error("it decodes to {bytes} bytes, not 25")]
    Base58Length {
        /// Bytes that the text decodes to.
        bytes: usize,
    },
    /// Base58 of 25 bytes with neither the version nor the checksum of an address, nor its number of characters.
    #[error("it has {found} characters instead of {expected}, and a wrong checksum")]
    TextLength {
        /// Characters found.
        found: usize,
        /// Characters of such an address.
        expected: usize,
    },
    /// A right checksum, but a version byte of something else.
    #[error("its version byte is 0x{found:02x}: {meaning}")]
    Version {
        /// The version byte.
        found: u8,
        /// What it is the version of.
        meaning: &'static str,
    },
    /// No 1 between prefix and data.
    #[error("there is no separator 1")]
    NoSeparator,
    /// A character that bech32 does not have.
    #[error("{0:?} is not a bech32 character (1, b, i and o are none)")]
    Bech32Character(char),
    /// Letters of both cases; the offset is that of the first one whose case differs.
    #[error("letters of both cases, which bech32 forbids,")]
    MixedCase,
    /// No prefix, one of more than 83 characters, or another than the scheme's.
    #[error("its prefix is none of an address")]
    BadPrefix,
    /// Bitcoin's own prefix where a chain's was expected.
    #[error("its prefix is Bitcoin's own")]
    BitcoinPrefix,
    /// `tb1…` or `bcrt1…`.
    #[error("an address of a Bitcoin test network")]
    BitcoinTestNetwork,
    /// Fewer or more characters after the separator than an address of a key has, and no right checksum.
    #[error("{found} characters after the separator instead of {expected}, and a wrong checksum")]
    DataLength {
        /// Characters found after the separator.
        found: usize,
        /// Characters of a key's address.
        expected: usize,
    },
    /// A right checksum, but the bytes are not 20.
    #[error(
        "it stands for {bytes} bytes, not 20: the address of a contract, a module or a group, not of a key"
    )]
    PayloadLength {
        /// The bytes that it stands for.
        bytes: usize,
    },
    /// A right checksum over bits that are no whole bytes.
    #[error("its data are no whole bytes")]
    Padding,
    /// A witness version before the program, after another prefix than Bitcoin's.
    #[error("it is a segwit address of another chain than Bitcoin")]
    ForeignSegwit,
    /// The checksum of BIP-350 where that of BIP-173 belongs.
    #[error("its checksum is that of bech32m, not of bech32")]
    Bech32mForBech32,
    /// The checksum of BIP-173 where that of BIP-350 belongs.
    #[error("its checksum is that of bech32, but its witness version wants bech32m")]
    Bech32ForBech32m,
    /// Another witness version than 0.
    #[error("its witness version is {0}, not 0{taproot}", taproot = taproot(*.0))]
    WitnessVersion(u8),
    /// A witness program of another length.
    #[error("its witness program has {bytes} bytes, not 20{script}", script = script(*bytes))]
    ProgramLength {
        /// Bytes of the program.
        bytes: usize,
    },
}

fn taproot(version: u8) -> &'static str {
    if version == 1 { ": taproot" } else { "" }
}

fn script(bytes: usize) -> &'static str {
    if bytes == 32 {
        ": the address of a script, not of a key"
    } else {
        ""
    }
}

impl MalformedReason {
    /// True where the fault lies at one character.
    pub fn has_place(self) -> bool {
        matches!(
            self,
            Self::TooShort { .. }
                | Self::TooLong
                | Self::UpperCasePrefix
                | Self::Whitespace
                | Self::Lookalike { .. }
                | Self::BadCharacter(_)
                | Self::Shortened
                | Self::Base58Character(_)
                | Self::Bech32Character(_)
                | Self::MixedCase
                | Self::WitnessVersion(_)
        )
    }
}
