//! The hashes of a transaction once more, by alloy-consensus, which shares no code with the decoder here.

use super::Transaction;
use crate::signature::message::{MessageError, SecondHash};

/// Compares with alloy's hashes.
///
/// # Errors
/// `hash-disagreement` where the digest that was signed, the transaction's hash, the chain id or an authorization's
/// digest differ: one of the two is wrong, and nothing may be said of the signature.
#[cfg(feature = "cross-check")]
pub(super) fn compare(bytes: &[u8], transaction: &Transaction) -> Result<SecondHash, MessageError> {
    use alloy_consensus::{Transaction as _, TxEnvelope};
    use alloy_eips::eip2718::Decodable2718 as _;

    let second = match TxEnvelope::decode_2718_exact(bytes) {
        Ok(second) => second,
        // It reads less than the protocol allows: fees above 128 bits, for instance.
        Err(error) => {
            return Ok(SecondHash::NotEvaluated(format!(
                "alloy-consensus does not read this transaction: {error}"
            )));
        }
    };
    let digest = second.signature_hash().0;
    if digest != transaction.signing_digest {
        return Err(disagreement(
            "digest to sign",
            &transaction.signing_digest,
            &digest,
        ));
    }
    let hash = second.tx_hash().0;
    if hash != transaction.hash {
        return Err(disagreement("transaction's hash", &transaction.hash, &hash));
    }
    let chain_ids = [transaction.chain_id, second.chain_id()].map(|id| id.unwrap_or_default().to_be_bytes());
    let [ours, theirs] = &chain_ids;
    if transaction.chain_id != second.chain_id() {
        return Err(disagreement("chain id", ours, theirs));
    }
    let authorizations = second.authorization_list().unwrap_or_default();
    if authorizations.len() != transaction.authorizations.len() {
        return Err(disagreement("number of authorizations", &[], &[]));
    }
    for (ours, theirs) in transaction.authorizations.iter().zip(authorizations) {
        let digest = theirs.inner().signature_hash().0;
        if digest != ours.digest {
            return Err(disagreement("digest of an authorization", &ours.digest, &digest));
        }
    }
    Ok(SecondHash::Agrees)
}

#[cfg(feature = "cross-check")]
fn disagreement(what: &str, ours: &[u8], theirs: &[u8]) -> MessageError {
    let hex = crate::encoding::hex::encode;
    MessageError::new(
        "hash-disagreement",
        "EIP-2718",
        format!(
            "two independent programs differ about the {what}: 0x{} here, 0x{} by alloy-consensus; please report this, \
             and trust neither",
            hex(ours),
            hex(theirs)
        ),
    )
}

/// There is nothing to compare with.
#[cfg(not(feature = "cross-check"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature there is an error")]
pub(super) fn compare(_: &[u8], _: &Transaction) -> Result<SecondHash, MessageError> {
    Ok(SecondHash::NotEvaluated("built without cross-check".to_owned()))
}
