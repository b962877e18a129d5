//! The first implementation: k256.

use k256::ecdsa::signature::hazmat::PrehashVerifier as _;
use k256::ecdsa::{RecoveryId, Signature as Ecdsa, VerifyingKey};

use crate::key::PublicKey;
use crate::signature::Signature;

/// r and the lower of s and n - s: k256 takes no other.
fn low(signature: &Signature) -> Option<Ecdsa> {
    let low = signature.normalised();
    Ecdsa::from_scalars(*low.r(), *low.s()).ok()
}

pub(super) fn verify(signature: &Signature, digest: &[u8; 32], key: &PublicKey) -> bool {
    let key = VerifyingKey::from(key.to_k256());
    low(signature).is_some_and(|signature| key.verify_prehash(digest, &signature).is_ok())
}

/// The key for a parity of the signature as it is; not verified yet: `ecdsa` leaves that to its caller.
pub(super) fn recover(signature: &Signature, digest: &[u8; 32], odd: bool) -> Option<PublicKey> {
    // The other s has the other parity.
    let odd = odd == signature.is_low_s();
    let id = RecoveryId::new(odd, false);
    let key = VerifyingKey::recover_from_prehash(digest, &low(signature)?, id).ok()?;
    PublicKey::from_sec1(key.to_sec1_point(false).as_bytes(), false).ok()
}
