//! A claimed address whose letters are no checksum of its digits.

use super::{Verdict, claim_content, judge_claim, keys_of_claims, subject_of_claim};
use crate::address::evm::{Evm, EvmAddress};
use crate::address::{AddressScheme as _, ClaimError, Options};
use crate::evidence::{Claim, ClaimOrigin, Key};
use crate::finding::{Finding, Label, Severity};
use crate::rules::common::{at_most_per_file, short};
use crate::rules::{Context, Meta, Outcome, evidence_rule};

evidence_rule!(
    /// `claim-checksum`
    ClaimChecksum,
    "claim-checksum",
    Address,
    High,
    "A claimed address whose capital letters are not its checksum: at least one character is wrong",
    "claim_checksum.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    let mut findings = Vec::new();
    let mut judged = 0_usize;
    let keys = keys_of_claims(bundle);
    for (index, (claim, _)) in bundle.claims.iter().enumerate() {
        let key = keys.get(&index).copied();
        // Most of a published set is of keys that nobody here answers for.
        if claim.origin == ClaimOrigin::PublishedSet && key.is_none() {
            continue;
        }
        judged = judged.saturating_add(1);
        let options = Options {
            chain_id: context.chain_id,
        };
        // To judge a claim whole may compare it with all others: only one with a wrong checksum is worth it.
        let read = Evm.parse_claim(claim.address.value.trim(), &options);
        if !matches!(read, Err(ClaimError::WrongChecksum { .. })) {
            continue;
        }
        let unbound = Key::default();
        let Verdict::WrongChecksum { same_digits, error } =
            judge_claim(bundle, key.unwrap_or(&unbound), claim, context.chain_id)
        else {
            continue;
        };
        let own = key.and_then(Key::evm);
        let severity = match (same_digits, own) {
            (true, _) => Severity::Low,
            (false, Some(_)) => meta.severity,
            (false, None) => Severity::Medium,
        };
        let subject = subject_of_claim(key, claim);
        findings.push(finding(meta, severity, subject, claim, own, &error));
    }
    if judged == 0 {
        return Outcome::NotEvaluated("no claimed address of these keys is in the evidence".to_owned());
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "every claimed address that is written with letters of both cases has the right checksum",
    )
}

fn finding(
    meta: &'static Meta,
    severity: Severity,
    subject: String,
    claim: &Claim,
    own: Option<EvmAddress>,
    error: &str,
) -> Finding {
    let text = short(&claim.address.value);
    let (message, remedy) = match (severity, own) {
        (Severity::Low, Some(own)) => (
            format!("the claim {text} has the key's digits, but its letters' case is no EIP-55 checksum"),
            format!("Write the address as {own}."),
        ),
        (_, Some(own)) => (
            format!(
                "the claim {text} is not this key's address {own}, and its checksum is wrong: probably a typing error"
            ),
            format!("Compare the claim with its source character by character; the key's address is {own}."),
        ),
        (_, None) => (
            format!(
                "the claim {text} has a wrong checksum: at least one character is not what its author meant"
            ),
            "Ask for the address again, copied and not typed; and give the public key to compare it with."
                .to_owned(),
        ),
    };
    let label = Label {
        span: claim.address.span,
        message: error.to_owned(),
    };
    let mut finding = Finding::builder(meta.id, severity, subject, message, label)
        .note("EIP-55 puts a checksum into the case of the letters; ERC-1191 another one, for Rootstock (--chain-id).")
        .remedy(remedy);
    if severity > Severity::Low {
        finding = finding.consequence(
            "whoever uses the claim as written pays, trusts or enrols an address without a known key",
        );
    }
    finding.content(&claim_content(claim))
}
