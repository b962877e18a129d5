//! Secret material in the evidence: what is known of it without showing it.

/// Bytes that nothing may show.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Withheld([u8; 32]);

impl Withheld {
    /// Keeps the bytes.
    pub(crate) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be compared with digests.
    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for Withheld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Withheld")
    }
}

/// What secret material a file holds; each with how it is written, in words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretKind {
    /// A private key.
    PrivateKey(String),
    /// A private key that is encrypted with a password.
    EncryptedKey(String),
    /// Something that could be a private key, or a digest.
    PerhapsPrivateKey(String),
    /// 32 bytes and nothing else, which could be a private key or a digest: what a signature verifies over is one.
    PerhapsDigest(String, Withheld),
    /// 32 bytes that are the digest of something in the evidence, or that a signature of it is over.
    Digest(String),
    /// The secret of an AWS access key.
    AccessKey(String),
    /// The token of temporary AWS credentials.
    SessionToken(String),
}

impl SecretKind {
    /// What it is, with an article.
    pub fn title(&self) -> &'static str {
        match self {
            Self::PrivateKey(_) => "a private key",
            Self::EncryptedKey(_) => "an encrypted private key",
            Self::PerhapsPrivateKey(_) | Self::PerhapsDigest(..) => "what could be a private key",
            Self::Digest(_) => "a digest",
            Self::AccessKey(_) => "the secret of an AWS access key",
            Self::SessionToken(_) => "an AWS session token",
        }
    }

    /// How it is written.
    pub fn what(&self) -> &str {
        match self {
            Self::PrivateKey(what)
            | Self::EncryptedKey(what)
            | Self::PerhapsPrivateKey(what)
            | Self::PerhapsDigest(what, _)
            | Self::Digest(what)
            | Self::AccessKey(what)
            | Self::SessionToken(what) => what,
        }
    }

    /// True for AWS credentials, false for what may be a key that signs by itself.
    pub fn is_credential(&self) -> bool {
        matches!(self, Self::AccessKey(_) | Self::SessionToken(_))
    }
}
