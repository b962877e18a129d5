//! Who is meant to sign with a key.

use crate::evidence::Key;
use crate::rules::Context;
use crate::rules::signers::{self, Signer};

/// The declared signers of a key.
pub(super) struct Declared {
    signers: Vec<Signer>,
}

impl Declared {
    /// Everybody who is declared: as yet, whom the key policy itself names as a signer.
    pub(super) fn of(context: &Context<'_>, key: &Key) -> Self {
        Self {
            signers: signers::of_policies(context.bundle, key),
        }
    }

    /// Whether a principal is declared: `true` or `false` where something says who is meant to sign with the key, nothing
    /// where nothing does.
    ///
    /// A key policy shows who may sign, not who is meant to: whom it names counts as declared by it, and of others it says
    /// nothing.
    pub(super) fn is_declared(&self, principal: &str) -> Option<bool> {
        let mut named = self.signers.iter();
        named.any(|signer| signer.is(principal)).then_some(true)
    }
}
