//! From what was signed to the 32 bytes that ECDSA signs: one scheme a file.

pub(super) mod eip191;
pub mod eip712;
pub(super) mod hashes;
pub mod transaction;

use std::fmt;

use crate::address::evm::EvmAddress;
use crate::json::Node;

/// What a scheme hashes.
#[derive(Debug, Clone, Copy)]
pub enum Material<'a> {
    /// The digest itself.
    Digest(&'a [u8; 32]),
    /// Bytes: a message.
    Bytes(&'a [u8]),
    /// Bytes for the validator contract of EIP-191 version 0x00.
    ForValidator(&'a EvmAddress, &'a [u8]),
    /// A document of EIP-712: `types`, `primaryType`, `domain`, `message`.
    TypedData(&'a Node),
    /// A signed transaction, as it goes over the wire (EIP-2718).
    Transaction(&'a [u8]),
}

impl Material<'_> {
    /// What it is, with an article.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Digest(_) => "a digest",
            Self::Bytes(_) => "a message",
            Self::ForValidator(..) => "a message for a validator contract",
            Self::TypedData(_) => "typed data",
            Self::Transaction(_) => "a transaction",
        }
    }
}

/// A way to make a digest of a message.
pub trait MessageScheme: fmt::Debug + Sync {
    /// The id that reports and batches use, in kebab case; it never changes.
    fn id(&self) -> &'static str;

    /// The name for readers.
    fn title(&self) -> &'static str;

    /// Where it is defined.
    fn source(&self) -> &'static str;

    /// The digest.
    ///
    /// # Errors
    /// [`MessageError`] where the material is not of this scheme, or is not well formed.
    fn digest(&self, material: &Material<'_>) -> Result<[u8; 32], MessageError>;
}

/// All schemes, in the order of the documentation.
pub const SCHEMES: &[&dyn MessageScheme] = &[
    &hashes::Digest,
    &hashes::Keccak,
    &hashes::Sha256,
    &eip191::PersonalSign,
    &eip191::ForValidator,
    &eip712::Eip712,
    &transaction::Scheme,
];

/// The scheme of an id.
pub fn scheme(id: &str) -> Option<&'static dyn MessageScheme> {
    SCHEMES.iter().copied().find(|scheme| scheme.id() == id)
}

/// Whether a second program, which shares no code with this one, hashes the same.
///
/// That they differ is an error of its own (`hash-disagreement`), never a choice between the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecondHash {
    /// It does.
    Agrees,
    /// It was not asked, or does not read the message: why.
    NotEvaluated(String),
}

/// Why a message has no digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageError {
    /// What is wrong, in kebab case; it never changes.
    pub code: &'static str,
    /// What is wrong, in words, and what was expected.
    pub message: String,
    /// Byte offset in the material, where it has bytes; for typed data in the document's text.
    pub offset: Option<usize>,
    /// RFC 6901 pointer into a document.
    pub pointer: Option<String>,
    /// The clause that is broken, for instance `EIP-712, encodeData`.
    pub clause: &'static str,
}

impl MessageError {
    /// An error without a place.
    pub fn new(code: &'static str, clause: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            offset: None,
            pointer: None,
            clause,
        }
    }

    /// The same at a byte offset.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The same at a pointer.
    #[must_use]
    pub fn in_member(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// The material is none that the scheme hashes.
    fn not_for(scheme: &dyn MessageScheme, material: &Material<'_>) -> Self {
        Self::new(
            "wrong-material",
            scheme.source(),
            format!("{} hashes no such thing as {}", scheme.title(), material.kind()),
        )
    }
}

impl std::error::Error for MessageError {}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(pointer) = &self.pointer {
            write!(
                f,
                " at {}",
                if pointer.is_empty() {
                    "the document"
                } else {
                    pointer
                }
            )?;
        }
        if let Some(offset) = self.offset {
            write!(f, " at offset {offset}")?;
        }
        write!(f, " ({})", self.clause)
    }
}
