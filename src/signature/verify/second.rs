//! The second implementation: libsecp256k1. No line here may use what the first one uses.

use secp256k1::Message;
use secp256k1::ecdsa::{self, RecoverableSignature, RecoveryId};

use crate::signature::Signature;

pub(super) fn verify(signature: &Signature, digest: &[u8; 32], point: &[u8; 65]) -> bool {
    let Ok(key) = secp256k1::PublicKey::from_slice(point) else {
        return false;
    };
    let Ok(mut signature) = ecdsa::Signature::from_compact(&signature.rs()) else {
        return false;
    };
    // libsecp256k1 takes the lower s only, and brings it about by itself.
    signature.normalize_s();
    ecdsa::verify(&signature, Message::from_digest(*digest), &key).is_ok()
}

/// The uncompressed point for a parity, not verified yet.
pub(super) fn recover_unverified(signature: &Signature, digest: &[u8; 32], odd: bool) -> Option<[u8; 65]> {
    let id = if odd { RecoveryId::One } else { RecoveryId::Zero };
    let recoverable = RecoverableSignature::from_compact(&signature.rs(), id).ok()?;
    let key = recoverable.recover(Message::from_digest(*digest)).ok()?;
    Some(key.serialize_uncompressed())
}

/// The uncompressed point for a parity, verified afterwards.
pub(super) fn recover(signature: &Signature, digest: &[u8; 32], odd: bool) -> Option<[u8; 65]> {
    recover_unverified(signature, digest, odd).filter(|point| verify(signature, digest, point))
}
