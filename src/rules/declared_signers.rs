//! Who is meant to sign with a key.

use crate::evidence::Key;
use crate::rules::signers::{self, Signer};
use crate::rules::{Context, Part};

/// The declared signers of a key.
pub(super) struct Declared<'c> {
    signers: Vec<Signer>,
    context: &'c Context<'c>,
    key: &'c Key,
}

impl<'c> Declared<'c> {
    /// Everybody who is declared: by claims and options, else whom the key policy itself names as a signer.
    pub(super) fn of(context: &'c Context<'c>, key: &'c Key) -> Self {
        Self {
            signers: signers::of_policies(context.bundle, key),
            context,
            key,
        }
    }

    /// Whether a principal is declared: `true` or `false` where something says who is meant to sign with the key, nothing
    /// where nothing does.
    ///
    /// A key policy shows who may sign, not who is meant to: whom it names counts as declared by it, and of others it says
    /// nothing.
    pub(super) fn is_declared(&self, principal: &str) -> Option<bool> {
        if let Some(declared) = self.context.is_declared(self.key, Part::Signer, principal) {
            return Some(declared);
        }
        let mut named = self.signers.iter();
        named.any(|signer| signer.is(principal)).then_some(true)
    }
}
