//! Whose signature it is over many digests: the work that does not depend on the digest is done once.

use std::collections::BTreeMap;

use k256::elliptic_curve::point::DecompressPoint as _;
use k256::elliptic_curve::sec1::ToSec1Point as _;
use k256::elliptic_curve::{PrimeField as _, ops::Reduce as _};
use k256::{AffinePoint, ProjectivePoint, Scalar};

use super::Known;
use crate::address::EvmAddress;
use crate::key::PublicKey;
use crate::signature::Signature;
use crate::signature::verify::Claim;

/// A scalar of 32 bytes, reduced modulo n.
pub(super) fn scalar(bytes: &[u8; 32]) -> Scalar {
    Scalar::reduce(&k256::FieldBytes::from(*bytes))
}

/// A point as a key; nothing for the point at infinity.
pub(super) fn key_of(point: &AffinePoint) -> Option<PublicKey> {
    PublicKey::from_sec1(point.to_sec1_point(false).as_bytes(), false).ok()
}

/// One r and s.
pub(crate) struct Prober {
    /// -1/r
    minus_inverse: Scalar,
    /// s/r times the R of even Y.
    part: ProjectivePoint,
}

impl Prober {
    /// Nothing where r is no point's x.
    pub(crate) fn new(signature: &Signature) -> Option<Self> {
        let r = Option::<Scalar>::from(Scalar::from_repr((*signature.r()).into()))?;
        let s = Option::<Scalar>::from(Scalar::from_repr((*signature.s()).into()))?;
        let point = lift(signature.r())?;
        let inverse = Option::<Scalar>::from(r.invert())?;
        Some(Self {
            minus_inverse: -inverse,
            part: point * (s * inverse),
        })
    }

    /// The keys whose signature it is over a digest (SEC 1 v2 4.1.6), with the parity of R for each.
    pub(crate) fn keys(&self, digest: &[u8; 32]) -> Vec<(PublicKey, bool)> {
        // Q = s/r R - z/r G
        let base = ProjectivePoint::mul_by_generator(&(self.minus_inverse * scalar(digest)));
        [(base + self.part, false), (base - self.part, true)]
            .into_iter()
            .filter_map(|(point, odd)| Some((key_of(&point.to_affine())?, odd)))
            .collect()
    }
}

/// The point of even Y with this x.
pub(super) fn lift(x: &[u8; 32]) -> Option<ProjectivePoint> {
    Option::<AffinePoint>::from(AffinePoint::decompress(&(*x).into(), 0.into())).map(Into::into)
}

/// Who may have signed.
pub(super) struct Signers<'a> {
    claim: &'a Claim<'a>,
    known: BTreeMap<[u8; 20], &'a str>,
}

impl<'a> Signers<'a> {
    pub(super) fn new(claim: &'a Claim<'a>, known: &'a Known) -> Self {
        let keys = known
            .keys
            .iter()
            .map(|key| (EvmAddress::of(&key.value).0, key.label.as_str()));
        let addresses = known
            .addresses
            .iter()
            .map(|address| (address.value.0, address.label.as_str()));
        let mut by_address = BTreeMap::new();
        // The first label stays: keys come before addresses.
        for (address, label) in keys.chain(addresses) {
            by_address.entry(address).or_insert(label);
        }
        Self {
            claim,
            known: by_address,
        }
    }

    /// True for the key that is claimed, by itself or by its address.
    pub(super) fn is_claimed(&self, key: &PublicKey) -> bool {
        match (self.claim.key, self.claim.address) {
            (Some(claimed), _) => claimed == key,
            (None, Some(address)) => address.is_of(key),
            (None, None) => false,
        }
    }

    /// What a key that is not the claimed one is known as.
    pub(super) fn name(&self, key: &PublicKey) -> Option<String> {
        if self.is_claimed(key) {
            return None;
        }
        let address = EvmAddress::of(key);
        self.known
            .get(&address.0)
            .map(|label| format!("{label}, {}", address.to_checksum(None)))
    }

    /// "the claimed signer's", "that of key …".
    pub(super) fn whose(&self, key: &PublicKey) -> Option<String> {
        if self.is_claimed(key) {
            return Some("the claimed signer's".to_owned());
        }
        self.name(key).map(|name| format!("that of {name}"))
    }
}
