//! The secp256k1 public key that AWS KMS exports, and nothing else.
//!
//! A [`PublicKey`] is a validated point: whoever holds one need not ask again whether it is on the curve. It is made
//! by [`spki::decode`] from the export's 88 bytes, or by [`PublicKey::from_sec1`] from the bare point. Both refuse
//! everything that is not exactly the accepted form, with a typed [`SpkiError`].

pub mod cross_check;
mod error;
mod sec1;
pub mod spki;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use k256::elliptic_curve::sec1::ToSec1Point as _;
use sha2::{Digest as _, Sha256};

pub use error::{CODES, SpkiError, SpkiErrorKind};
pub use spki::Options;

use crate::encoding::hex;

/// The first 23 bytes of every accepted export: all but the point.
///
/// SEQUENCE, `AlgorithmIdentifier`, id-ecPublicKey, secp256k1, and the BIT STRING's header with 0 unused bits.
pub const SPKI_PREFIX: [u8; 23] = [
    0x30, 0x56, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
    0x04, 0x00, 0x0a, 0x03, 0x42, 0x00,
];

/// Length of the accepted export, in bytes.
pub const SPKI_LEN: usize = 88;

/// A secp256k1 public key: a point on the curve that is not the point at infinity.
///
/// Two keys are equal, and ordered, by their uncompressed point; how they were encoded is not kept.
#[derive(Clone, Copy)]
pub struct PublicKey {
    /// `04`, X, Y.
    point: [u8; 65],
    inner: k256::PublicKey,
}

impl PublicKey {
    /// Reads a SEC 1 point: `04`, X and Y, or, with `allow_compressed`, `02` or `03` and X.
    ///
    /// # Errors
    /// [`SpkiError`] of a point's kinds; its offset counts from the first byte of `bytes` (X at 1, Y at 33), clause
    /// SEC 1 v2 2.3.4.
    pub fn from_sec1(bytes: &[u8], allow_compressed: bool) -> Result<Self, SpkiError> {
        sec1::parse(bytes, 0, 0, allow_compressed)
    }

    /// Reads a bare X and Y, 32 bytes each, big-endian.
    ///
    /// # Errors
    /// [`SpkiError`] of the kinds `coordinate-out-of-range` (offset 0 or 32) and `not-on-curve` (offset 0).
    pub fn from_xy(xy: &[u8; 64]) -> Result<Self, SpkiError> {
        sec1::parse_xy(xy)
    }

    /// The SEC 1 uncompressed point: `04`, X, Y.
    pub fn uncompressed(&self) -> [u8; 65] {
        self.point
    }

    /// The SEC 1 compressed point: `02` for an even Y, `03` for an odd one, then X.
    pub fn compressed(&self) -> [u8; 33] {
        let mut compressed = [0; 33];
        let odd = self.point.last().is_some_and(|byte| byte & 1 == 1);
        let tag = if odd { 0x03 } else { 0x02 };
        let x = self.point.iter().skip(1);
        for (to, from) in compressed.iter_mut().zip(std::iter::once(&tag).chain(x)) {
            *to = *from;
        }
        compressed
    }

    /// X and Y, 32 bytes each, big-endian.
    pub fn xy(&self) -> [u8; 64] {
        let mut xy = [0; 64];
        xy.copy_from_slice(self.point.split_at(1).1);
        xy
    }

    /// The 88 bytes that AWS KMS exports for this key (RFC 5480 section 2).
    pub fn spki_der(&self) -> [u8; SPKI_LEN] {
        let mut der = [0; SPKI_LEN];
        let (prefix, point) = der.split_at_mut(SPKI_PREFIX.len());
        prefix.copy_from_slice(&SPKI_PREFIX);
        point.copy_from_slice(&self.point);
        der
    }

    /// SHA-256 of the canonical 88 bytes: what OpenSSL and others show as the key's fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::digest(self.spki_der()).into())
    }

    /// The key for k256's arithmetic.
    pub fn to_k256(&self) -> k256::PublicKey {
        self.inner
    }

    /// A key that k256 already validated.
    fn from_k256(inner: k256::PublicKey) -> Option<Self> {
        let point = inner.to_sec1_point(false).as_bytes().try_into().ok()?;
        Some(Self { point, inner })
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.point.cmp(&other.point)
    }
}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.point.hash(state);
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}

/// SHA-256 of a key's canonical SPKI; shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The generator point G of secp256k1 (SEC 2 2.4.1): the key of the private key 1.
    pub(crate) const G: &[u8] = b"0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798\
        483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";

    pub(crate) fn g() -> PublicKey {
        PublicKey::from_sec1(&hex::decode(G).expect("hex").bytes, false).expect("the generator")
    }

    #[test]
    fn every_encoding_of_a_key_leads_back_to_it() {
        let key = g();
        assert_eq!(hex::encode(&key.uncompressed()).as_bytes(), G);
        assert_eq!(PublicKey::from_sec1(&key.uncompressed(), false), Ok(key));
        assert_eq!(PublicKey::from_sec1(&key.compressed(), true), Ok(key));
        assert_eq!(PublicKey::from_xy(&key.xy()), Ok(key));
        assert_eq!(spki::decode(&key.spki_der(), Options::default()), Ok(key));
        assert_eq!(key.compressed()[0], 0x02, "the Y of G is even");
    }

    #[test]
    fn an_odd_y_compresses_to_03() {
        // -G: Y is p - Y(G).
        let mut odd = g().compressed();
        odd[0] = 0x03;
        let key = PublicKey::from_sec1(&odd, true).expect("on the curve");
        assert_eq!(key.compressed(), odd);
        assert_ne!(key, g());
    }

    #[test]
    fn the_fingerprint_is_sha256_of_the_88_bytes() {
        let key = g();
        let expected = hex::encode(&Sha256::digest(key.spki_der()));
        assert_eq!(key.fingerprint().to_string(), expected);
        assert_eq!(format!("{key:?}"), format!("PublicKey({expected})"));
    }
}
