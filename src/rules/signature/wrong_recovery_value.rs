//! A signature with the v of another key.

use super::{content, explained, finding, sample_rule};
use crate::evidence::{Bundle, Sample};
use crate::finding::Finding;
use crate::rules::Meta;
use crate::signature::diagnose::Code;

sample_rule!(
    /// `wrong-recovery-value`
    WrongRecoveryValue,
    "wrong-recovery-value",
    Medium,
    "A signature is the key's, but its recovery value v is that of another one",
    "wrong_recovery_value.md",
    "every recovery value is right",
    one
);

fn one(meta: &'static Meta, bundle: &Bundle, sample: &Sample) -> Option<Finding> {
    let why = explained(sample, Code::WrongV)?;
    Some(
        finding(meta, bundle, sample, why.to_owned(), "v is wrong")
            .consequence("ecrecover gives another address for it, of a key that nobody has: contracts refuse it")
            .remedy(
                "Let the signer find v by trying both values against its own address, after it has replaced a high s by \
                 n - s; each replacement flips v.",
            )
            .content(&content(sample)),
    )
}
