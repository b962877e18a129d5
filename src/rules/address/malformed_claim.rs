//! A claim whose text is no address.

use super::{claim_content, claimed_for, keys_of_claims, subject_of_claim};
use crate::address::evm::Evm;
use crate::address::{AddressScheme as _, ClaimError, Options};
use crate::evidence::ClaimOrigin;
use crate::finding::{Finding, Label};
use crate::rules::common::{at_most_per_file, short};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `malformed-claim`
    MalformedClaim,
    "malformed-claim",
    Address,
    Medium,
    "The text of a claim is no address: nothing can be compared with it",
    "malformed_claim.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let options = Options {
        chain_id: context.chain_id,
    };
    let mut findings = Vec::new();
    let mut judged = 0_usize;
    let keys = keys_of_claims(bundle);
    for (index, (claim, _)) in bundle.claims.iter().enumerate() {
        if claim.origin == ClaimOrigin::PublishedSet {
            continue;
        }
        judged = judged.saturating_add(1);
        let Err(error @ ClaimError::Malformed { .. }) = Evm.parse_claim(claim.address.value.trim(), &options)
        else {
            continue;
        };
        let label = Label {
            span: claim.address.span,
            message: error.to_string(),
        };
        let message = format!(
            "the claim \"{}\" {} is {error}",
            short(&claim.address.value),
            claimed_for(claim)
        );
        let finding = Finding::builder(
            meta.id,
            meta.severity,
            subject_of_claim(keys.get(&index).copied(), claim),
            message,
            label,
        )
        .consequence("the claim is compared with no key: whether the address is right stays unknown")
        .note("This version reads addresses of EVM chains: 0x and 40 hexadecimal digits.")
        .remedy("Ask for the address again, copied and not typed.")
        .content(&claim_content(claim));
        findings.push(finding);
    }
    if judged == 0 {
        return Outcome::NotEvaluated(
            "no claim of the owner's and no announcement is in the evidence".to_owned(),
        );
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "every claim of the owner's and every announcement has the form of an EVM address",
    )
}
