//! What is around everything that an agent signs: the value, the signature, and what is odd about how they are written.

use crate::signature::{HALF_N, N, Signature, SignatureError, V};

/// A value with its signature, as a file has them.
///
/// Source: mono:rust/main/hyperlane-core/src/traits/signing.rs, `SignedType`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<T> {
    /// What was signed.
    pub value: T,
    /// The signature, as it is written.
    pub signature: RawSignature,
    /// What is odd about the file.
    pub remarks: Remarks,
}

/// r, s and v as a file gives them, in range or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RawSignature {
    /// r, big-endian.
    pub r: [u8; 32],
    /// s, big-endian.
    pub s: [u8; 32],
    /// v, any number.
    pub v: u64,
}

impl RawSignature {
    /// The signature, where r, s and v are possible ones.
    ///
    /// # Errors
    /// As [`Signature::new`] and [`V::from_number`].
    pub fn checked(&self) -> Result<Signature, SignatureError> {
        let v = V::from_number(u128::from(self.v))?;
        Signature::new(self.r, self.s, Some(v))
    }

    /// r, s and the low byte of v: what `serialized_signature` should be.
    pub fn serialized(&self) -> [u8; 65] {
        let mut bytes = [0; 65];
        let (r, rest) = bytes.split_at_mut(32);
        let (s, v) = rest.split_at_mut(32);
        r.copy_from_slice(&self.r);
        s.copy_from_slice(&self.s);
        v.copy_from_slice(&[self.v.to_le_bytes()[0]]);
        bytes
    }

    /// r, s and v of 65 bytes.
    pub(super) fn of_serialized(bytes: &[u8; 65]) -> Option<Self> {
        let (r, rest) = bytes.split_first_chunk::<32>()?;
        let (s, v) = rest.split_first_chunk::<32>()?;
        Some(Self {
            r: *r,
            s: *s,
            v: u64::from(*v.first()?),
        })
    }

    /// What is odd about the numbers.
    pub(super) fn remarks(&self) -> Remarks {
        const ONE: [u8; 32] = {
            let mut one = [0; 32];
            one[31] = 1;
            one
        };
        let mut remarks = Remarks::default();
        let in_range = |value: &[u8; 32]| *value != [0; 32] && *value < N;
        if !in_range(&self.r) || !in_range(&self.s) {
            remarks.add(Remark::OutOfRange);
        } else if self.s > HALF_N {
            remarks.add(Remark::HighS);
        }
        if !matches!(self.v, 27 | 28) {
            remarks.add(Remark::UnusualV);
        }
        if self.r == ONE && self.s == ONE {
            remarks.add(Remark::Placeholder);
        }
        remarks
    }
}

macro_rules! remarks {
    ($($(#[$doc:meta])* $variant:ident = $bit:literal, $id:literal;)+) => {
        /// Something odd about how a signed record is written.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Remark {
            $($(#[$doc])* $variant,)+
        }

        impl Remark {
            /// Every remark.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its code.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }

            const fn bit(self) -> u16 {
                match self {
                    $(Self::$variant => 1 << $bit,)+
                }
            }
        }
    };
}

remarks! {
    /// s is above (n - 1) / 2: contracts refuse it; the agents never write it.
    HighS = 0, "high-s";
    /// v is neither 27 nor 28: contracts refuse it; the agents never write it.
    UnusualV = 1, "unusual-v";
    /// r or s is 0, or n or above: it is no signature.
    OutOfRange = 2, "out-of-range";
    /// r and s are 1: what a relayer fills gaps with, nobody's signature.
    Placeholder = 3, "placeholder-signature";
    /// `serialized_signature` says something else than r, s and v.
    SerializedDiffers = 4, "serialized-signature-differs";
    /// There is no `serialized_signature`: files before 2023-03-01.
    SerializedMissing = 5, "serialized-signature-missing";
    /// The signature is one text, which the agents do not read.
    SignatureAsText = 6, "signature-as-text";
    /// The value stands under the name that it had before 2023.
    OldWrapper = 7, "old-wrapper";
    /// A checkpoint with `mailbox_address`, as before 2023-10-04.
    MailboxField = 8, "mailbox-address-field";
    /// A checkpoint without a message id, as before 2023-05-25.
    NoMessageId = 9, "no-message-id";
    /// An announcement with `storage_metadata`, signed under the tag of checkpoints, as in January 2023.
    OldTag = 10, "old-announcement-tag";
    /// White space among hexadecimal digits, which the agents ignore.
    LooseHex = 11, "loose-hex";
    /// The index of the file's name is not that of its checkpoint.
    NameDiffers = 12, "file-name-index-differs";
}

/// A set of [`Remark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub struct Remarks(u16);

impl Remarks {
    /// Adds one.
    pub fn add(&mut self, remark: Remark) {
        self.0 |= remark.bit();
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// True if it is there.
    pub const fn has(self, remark: Remark) -> bool {
        self.0 & remark.bit() != 0
    }

    /// Those that are there.
    pub fn iter(self) -> impl Iterator<Item = Remark> {
        Remark::ALL
            .iter()
            .copied()
            .filter(move |remark| self.has(*remark))
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $id:literal;)+) => {
        /// What makes a record unreadable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FaultCode {
            $($(#[$doc])* $variant,)+
        }

        impl FaultCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its word.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }
        }
    };
}

codes! {
    /// There is nothing, or white space alone.
    Empty = "empty";
    /// It is longer than what is read.
    TooLarge = "too-large";
    /// It is not UTF-8.
    NotUtf8 = "not-utf8";
    /// It ends in the middle.
    Truncated = "truncated";
    /// It is not JSON.
    NotJson = "not-json";
    /// It nests too deep, or holds too many values.
    TooComplex = "too-complex";
    /// A member that counts stands twice: readers differ in which one they take.
    DuplicateMember = "duplicate-member";
    /// A member is missing.
    MissingMember = "missing-member";
    /// A member is of another type.
    WrongType = "wrong-type";
    /// A hexadecimal value has another length.
    WrongLength = "wrong-length";
    /// Something else stands where hexadecimal digits should.
    NotHex = "not-hex";
    /// A number does not fit.
    NumberOutOfRange = "number-out-of-range";
    /// The content is not what the file's name says.
    NotWhatTheNameSays = "not-what-the-name-says";
    /// It is nothing that a bucket of a validator holds.
    NotRecognised = "not-recognised";
    /// The file could not be read.
    CannotBeRead = "cannot-be-read";
}

/// Why a record cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What.
    pub code: FaultCode,
    /// In words.
    pub message: String,
    /// Byte offset in the record.
    pub offset: Option<usize>,
}

impl Fault {
    /// A fault at a place.
    pub fn at(code: FaultCode, offset: usize, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            offset: Some(offset),
        }
    }

    /// A fault of the whole record.
    pub fn of(code: FaultCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            offset: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_remark_has_its_own_bit_and_code() {
        let mut all = Remarks::default();
        for (index, remark) in Remark::ALL.iter().enumerate() {
            assert!(!all.has(*remark), "{remark:?}");
            all.add(*remark);
            assert_eq!(all.iter().count(), index + 1);
        }
        let mut ids: Vec<&str> = Remark::ALL.iter().map(|remark| remark.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Remark::ALL.len());
    }

    #[test]
    fn numbers_are_judged_at_their_bounds() {
        let of = |r: [u8; 32], s: [u8; 32], v| {
            RawSignature { r, s, v }
                .remarks()
                .iter()
                .map(Remark::id)
                .collect::<Vec<_>>()
        };
        let mut above_half = HALF_N;
        above_half[31] += 1;
        let mut one = [0; 32];
        one[31] = 1;
        assert_eq!(of(one, HALF_N, 27), [""; 0]);
        assert_eq!(of(one, above_half, 28), ["high-s"]);
        assert_eq!(of(one, N, 28), ["out-of-range"]);
        assert_eq!(of([0; 32], one, 28), ["out-of-range"]);
        assert_eq!(of(one, one, 1), ["unusual-v", "placeholder-signature"]);
        assert_eq!(of(one, HALF_N, 35), ["unusual-v"]);
    }
}
