//! ECDSA signatures over secp256k1: their encodings, the messages they sign, and whether they verify.
//!
//! A [`Signature`] holds r and s in their range and, where the encoding has one, the recovery value v. What it says is
//! kept as it was: s is never normalised behind the caller's back, because a high s is valid mathematics (SEC 1 v2
//! 4.1.4) and is refused on chain (EIP-2), and a reviewer must see which.

pub mod bulk;
pub mod diagnose;
pub mod encoding;
mod error;
pub mod message;
pub mod request;
pub mod verify;

use std::fmt;

pub use bulk::verify_many;
pub use error::{CODES, SignatureError, SignatureErrorKind};
pub use verify::verify;

/// The order n of secp256k1's group, big-endian (SEC 2 2.4.1).
pub const N: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba,
    0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
];

/// (n - 1) / 2, big-endian: the highest s that Ethereum takes (EIP-2).
pub const HALF_N: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5d,
    0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

/// A recovery value, as the encoding writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum V {
    /// 0 or 1: whether the Y of R is odd (EIP-2930 `yParity`).
    Parity(bool),
    /// 27 or 28: 27 and the parity, as Bitcoin began it and the Yellow Paper has it.
    Electrum(bool),
    /// 35 and twice the chain id and the parity (EIP-155).
    Eip155 {
        /// The chain id.
        chain_id: u64,
        /// Whether the Y of R is odd.
        odd: bool,
    },
}

impl V {
    /// Reads a value: 0, 1, 27, 28, or 35 and above.
    ///
    /// # Errors
    /// [`SignatureErrorKind::InvalidV`] for every other value.
    pub fn from_number(value: u128) -> Result<Self, SignatureError> {
        match value {
            0 | 1 => Ok(Self::Parity(value == 1)),
            27 | 28 => Ok(Self::Electrum(value == 28)),
            35.. => {
                let offset = value.saturating_sub(35);
                let chain_id = u64::try_from(offset >> 1).map_err(|_| {
                    SignatureError::new(SignatureErrorKind::InvalidV, "v", 0)
                        .expected("35 + 2 * chain id + parity, of a chain id of 64 bits")
                        .found(value.to_string())
                        .clause("EIP-155")
                })?;
                Ok(Self::Eip155 {
                    chain_id,
                    odd: offset & 1 == 1,
                })
            }
            _ => Err(SignatureError::new(SignatureErrorKind::InvalidV, "v", 0)
                .expected("0, 1, 27, 28, or 35 and above in a transaction")
                .found(value.to_string())
                .clause("Yellow Paper, appendix F")),
        }
    }

    /// Whether the Y of R is odd.
    pub const fn is_odd(self) -> bool {
        match self {
            Self::Parity(odd) | Self::Electrum(odd) | Self::Eip155 { odd, .. } => odd,
        }
    }

    /// The value as the encoding writes it.
    pub fn number(self) -> u128 {
        match self {
            Self::Parity(odd) => u128::from(odd),
            Self::Electrum(odd) => 27_u128.saturating_add(u128::from(odd)),
            Self::Eip155 { chain_id, odd } => u128::from(chain_id)
                .saturating_mul(2)
                .saturating_add(35)
                .saturating_add(u128::from(odd)),
        }
    }

    /// The same kind of value with the other parity.
    #[must_use]
    pub const fn flipped(self) -> Self {
        match self {
            Self::Parity(odd) => Self::Parity(!odd),
            Self::Electrum(odd) => Self::Electrum(!odd),
            Self::Eip155 { chain_id, odd } => Self::Eip155 { chain_id, odd: !odd },
        }
    }
}

/// r and s in `[1, n - 1]`, and v where the encoding has one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature {
    r: [u8; 32],
    s: [u8; 32],
    v: Option<V>,
}

impl Signature {
    /// A signature of r and s, 32 bytes each, big-endian.
    ///
    /// # Errors
    /// [`SignatureErrorKind::OutOfRange`] for r or s of 0 or of n and above (SEC 1 v2 4.1.4 step 1); the offset counts
    /// from r.
    pub fn new(r: [u8; 32], s: [u8; 32], v: Option<V>) -> Result<Self, SignatureError> {
        for (name, value, offset) in [("r", &r, 0), ("s", &s, 32)] {
            if *value == [0; 32] || *value >= N {
                return Err(SignatureError::new(SignatureErrorKind::OutOfRange, name, offset)
                    .expected("1 to n - 1")
                    .found(format!("0x{}", crate::encoding::hex::encode(value)))
                    .clause("SEC 1 v2 4.1.4"));
            }
        }
        Ok(Self { r, s, v })
    }

    /// r, big-endian.
    pub const fn r(&self) -> &[u8; 32] {
        &self.r
    }

    /// s as it was given, big-endian.
    pub const fn s(&self) -> &[u8; 32] {
        &self.s
    }

    /// v, where the encoding has one.
    pub const fn v(&self) -> Option<V> {
        self.v
    }

    /// True where s is at most (n - 1) / 2: Ethereum refuses any other (EIP-2).
    pub fn is_low_s(&self) -> bool {
        self.s <= HALF_N
    }

    /// The same signature with another v.
    #[must_use]
    pub const fn with_v(self, v: Option<V>) -> Self {
        Self { v, ..self }
    }

    /// The signature with n - s in the place of s, which signs the same with the other parity.
    #[must_use]
    pub fn negated(&self) -> Self {
        let mut s = [0; 32];
        let mut borrow = 0_u8;
        // n - s with s in [1, n - 1]: never negative.
        for ((to, n), s) in s.iter_mut().zip(&N).zip(&self.s).rev() {
            let (part, first) = n.overflowing_sub(*s);
            let (part, second) = part.overflowing_sub(borrow);
            *to = part;
            borrow = u8::from(first | second);
        }
        Self {
            r: self.r,
            s,
            v: self.v.map(V::flipped),
        }
    }

    /// The signature with the lower of s and n - s (EIP-2), parity adapted.
    #[must_use]
    pub fn normalised(&self) -> Self {
        if self.is_low_s() { *self } else { self.negated() }
    }

    /// r and s, 64 bytes.
    pub fn rs(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        let (r, s) = bytes.split_at_mut(32);
        r.copy_from_slice(&self.r);
        s.copy_from_slice(&self.s);
        bytes
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = crate::encoding::hex::encode;
        write!(
            f,
            "Signature(r {}, s {}, v {:?})",
            hex(&self.r),
            hex(&self.s),
            self.v
        )
    }
}
