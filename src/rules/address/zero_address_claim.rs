//! The zero address, claimed as somebody's.

use super::{claim_content, claimed_for, is_zero, keys_of_claims, subject_of_claim};
use crate::address::{self, PayloadKind};
use crate::finding::{Finding, Label};
use crate::rules::common::at_most_per_file;
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `zero-address-claim`
    ZeroAddressClaim,
    "zero-address-claim",
    Address,
    High,
    "The zero address is claimed: nobody has its key, and a failed ecrecover returns it",
    "zero_address_claim.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    if bundle.claims.is_empty() {
        return Outcome::NotEvaluated("no claimed address is in the evidence".to_owned());
    }
    let mut findings = Vec::new();
    let keys = keys_of_claims(bundle);
    for (index, (claim, _)) in bundle.claims.iter().enumerate() {
        if !is_zero(claim) {
            continue;
        }
        let message = format!("the zero address is claimed {}", claimed_for(claim));
        let label = Label {
            span: claim.address.span,
            message: "the zero address".to_owned(),
        };
        let subject = subject_of_claim(keys.get(&index).copied(), claim);
        let mut finding = Finding::builder(meta.id, meta.severity, subject, message, label)
            .consequence("a seat or a payment of this address is nobody's: what is sent there is lost");
        if address::payloads(&claim.address.value)
            .iter()
            .any(|payload| payload.kind == PayloadKind::Evm20)
        {
            finding = finding.consequence(
                "Solidity's ecrecover returns the zero address for an invalid signature: a contract that does not \
                 exclude it takes every invalid signature for this signer's",
            );
        }
        let finding = finding
            .remedy(
                "Replace it by the address of the key that was meant; an empty field is not a zero address.",
            )
            .content(&claim_content(claim));
        findings.push(finding);
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "no claimed address is the zero address",
    )
}
