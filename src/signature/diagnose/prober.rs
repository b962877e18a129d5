//! Whose signature it is over many digests: the work that does not depend on the digest is done once.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt;

use k256::elliptic_curve::BatchNormalize as _;
use k256::elliptic_curve::point::DecompressPoint as _;
use k256::elliptic_curve::sec1::ToSec1Point as _;
use k256::elliptic_curve::{PrimeField as _, ops::Reduce as _};
use k256::{AffinePoint, ProjectivePoint, Scalar};

use super::Known;
use crate::address::EvmAddress;
use crate::key::PublicKey;
use crate::signature::Signature;
use crate::signature::message::hashes::keccak256;
use crate::signature::verify::Claim;

/// A scalar of 32 bytes, reduced modulo n.
pub(super) fn scalar(bytes: &[u8; 32]) -> Scalar {
    Scalar::reduce(&k256::FieldBytes::from(*bytes))
}

/// X and Y; nothing for the point at infinity.
pub(super) fn xy_of(point: &AffinePoint) -> Option<[u8; 64]> {
    let encoded = point.to_sec1_point(false);
    encoded.as_bytes().split_first()?.1.try_into().ok()
}

/// The address of X and Y.
fn address_of(xy: &[u8; 64]) -> EvmAddress {
    let mut address = [0; 20];
    address.copy_from_slice(keccak256(xy).split_at(12).1);
    EvmAddress(address)
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

    /// Those digests over which the signature is that of a signer (SEC 1 v2 4.1.6), in their order.
    pub(super) fn search(&self, digests: &[[u8; 32]], signers: &Signers<'_>) -> Vec<Hit> {
        // Q = s/r R - z/r G, for R of even and of odd Y; all of them are made affine with one inversion.
        let points: Vec<ProjectivePoint> = digests
            .iter()
            .flat_map(|digest| {
                let base = ProjectivePoint::mul_by_generator(&(self.minus_inverse * scalar(digest)));
                [base + self.part, base - self.part]
            })
            .collect();
        let affine: Vec<AffinePoint> = ProjectivePoint::batch_normalize(points.as_slice());
        affine
            .iter()
            .enumerate()
            .filter_map(|(index, point)| {
                Some(Hit {
                    digest: index / 2,
                    odd: index % 2 == 1,
                    who: signers.who(point)?,
                })
            })
            .collect()
    }

    /// The keys whose signature it is over a digest (SEC 1 v2 4.1.6), with the parity of R for each.
    pub(crate) fn keys(&self, digest: &[u8; 32]) -> Vec<(PublicKey, bool)> {
        // Q = s/r R - z/r G
        let base = ProjectivePoint::mul_by_generator(&(self.minus_inverse * scalar(digest)));
        [(base + self.part, false), (base - self.part, true)]
            .into_iter()
            .filter_map(|(point, odd)| Some((PublicKey::from_xy(&xy_of(&point.to_affine())?).ok()?, odd)))
            .collect()
    }
}

/// A digest over which the signature is somebody's.
pub(super) struct Hit {
    /// Index of the digest.
    pub(super) digest: usize,
    /// Whether the Y of R is odd then.
    pub(super) odd: bool,
    pub(super) who: Who,
}

/// Whose signature it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// The claimed signer's.
    Claimed,
    /// That of another key or address, with its label and address.
    Another(String),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claimed => f.write_str("the claimed signer's"),
            Self::Another(name) => write!(f, "that of {name},"),
        }
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

    /// The claimed signer, or a known one. Few points are anybody's: a key is only made of them where it must be.
    pub(super) fn who(&self, point: &AffinePoint) -> Option<Who> {
        let xy = xy_of(point)?;
        let address = OnceCell::new();
        let address = || *address.get_or_init(|| address_of(&xy));
        let is_claimed = match (self.claim.key, self.claim.address) {
            (Some(claimed), _) => claimed.xy() == xy,
            (None, Some(wanted)) => match wanted.only_evm() {
                Some(bytes) => address().0 == bytes,
                None => wanted.is_of(&PublicKey::from_xy(&xy).ok()?),
            },
            (None, None) => false,
        };
        if is_claimed {
            return Some(Who::Claimed);
        }
        if self.known.is_empty() {
            return None;
        }
        self.known
            .get(&address().0)
            .map(|label| Who::Another(format!("{label}, {}", address().to_checksum(None))))
    }

    /// The claimed key, where it is one.
    pub(super) fn claimed_key(&self) -> Option<&PublicKey> {
        self.claim.key
    }
}
