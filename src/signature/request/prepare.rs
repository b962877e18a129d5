//! The digest of a request.

use super::{Request, RequestError, Signed};
use crate::signature::encoding::Reading;
use crate::signature::message::{self, Material, MessageError, eip712, transaction};
use crate::signature::{SignatureErrorKind, V};

/// A request with its digest.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The request; one of a transaction has the reading of the transaction's own signature.
    pub request: Request,
    /// What should have been signed.
    pub digest: [u8; 32],
    /// The transaction, where it is one.
    pub transaction: Option<Box<transaction::Transaction>>,
    /// The document of EIP-712, where it is one.
    pub typed_data: Option<Box<eip712::TypedData>>,
    /// What stands in the place of the digest that the rules of EIP-712 refuse.
    pub only_by_convention: Option<MessageError>,
}

/// The error of a message in a request.
pub fn of_message(error: MessageError, member: &str) -> RequestError {
    let message = format!("{} ({})", error.message, error.clause);
    RequestError {
        code: error.code,
        message,
        offset: error.offset,
        pointer: Some(format!("/{member}{}", error.pointer.unwrap_or_default())),
    }
}

/// Hashes what was signed.
///
/// # Errors
/// [`RequestError`] where it has no digest, or where v holds a chain id outside of a transaction.
pub fn prepare(mut request: Request) -> Result<Prepared, RequestError> {
    let mut transaction = None;
    let mut typed_data = None;
    let mut only_by_convention = None;
    let digest = match &request.signed {
        Signed::Transaction(bytes) => {
            let decoded = transaction::decode(bytes).map_err(|error| of_message(error, "transaction"))?;
            request.readings = vec![Reading::of(decoded.signature)];
            let digest = decoded.signing_digest;
            transaction = Some(Box::new(decoded));
            digest
        }
        Signed::TypedData(document) => match eip712::hash(document) {
            Ok(hashed) => {
                let digest = hashed.digest;
                typed_data = Some(Box::new(hashed));
                digest
            }
            Err(error) => {
                // Some programs sign what the rules refuse: whoever gave a claim may have one of those signatures.
                let readings = eip712::readings(document);
                let Some(first) = readings.first() else {
                    return Err(of_message(error, "typed_data"));
                };
                let digest = first.digest;
                only_by_convention = Some(error);
                digest
            }
        },
        signed => {
            let material = material(signed);
            let scheme = message::scheme(request.scheme).ok_or_else(|| {
                RequestError::of("unknown-scheme", "scheme", "this build has no such scheme")
            })?;
            scheme
                .digest(&material)
                .map_err(|error| of_message(error, "message"))?
        }
    };
    let is_transaction = transaction.is_some();
    for reading in &request.readings {
        if let Some(V::Eip155 { chain_id, .. }) = reading.signature.v()
            && !is_transaction
        {
            return Err(RequestError::of(
                SignatureErrorKind::VOutOfContext.code(),
                "signature",
                format!(
                    "v holds the chain id {chain_id} (EIP-155), which only a transaction signs: give the transaction, \
                     or v as 27 or 28"
                ),
            ));
        }
    }
    Ok(Prepared {
        request,
        digest,
        transaction,
        typed_data,
        only_by_convention,
    })
}

/// What a scheme is given.
pub fn material(signed: &Signed) -> Material<'_> {
    match signed {
        Signed::Digest(digest) => Material::Digest(digest),
        Signed::Bytes(bytes) => Material::Bytes(bytes),
        Signed::ForValidator(validator, bytes) => Material::ForValidator(validator, bytes),
        Signed::TypedData(document) => Material::TypedData(document),
        Signed::Transaction(bytes) => Material::Transaction(bytes),
    }
}
