//! Many signatures at once: the one door behind which the work is done, however it is done.

use rayon::prelude::*;

use super::encoding::Reading;
use super::verify::{Claim, Verification, verify};

/// One signature to be verified.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// What it may say, as [`super::encoding::read_bytes`] and its sisters give it.
    pub readings: &'a [Reading],
    /// What was signed.
    pub digest: &'a [u8; 32],
    /// Whose it is said to be.
    pub claim: Claim<'a>,
}

/// Verifies every item, on all threads of the current [`rayon`] pool; verdict i is that of item i.
///
/// Each verdict is exact and for itself, the same that [`verify()`] gives: no item's outcome depends on another's.
pub fn verify_many(items: &[Item<'_>]) -> Vec<Verification> {
    items
        .par_iter()
        .map(|item| verify(item.readings, item.digest, &item.claim))
        .collect()
}
