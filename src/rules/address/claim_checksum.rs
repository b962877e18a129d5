//! A claimed address whose letters are no checksum of its digits.

use super::{Verdict, because, claim_content, explain, judge_claim, keys_of_claims, subject_of_claim};
use crate::address::{self, ClaimError};
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
    "A claimed address with a wrong checksum: at least one character is not what its author meant",
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
        // To judge a claim whole may compare it with all others: only one with a wrong checksum is worth it.
        let read = address::parse_claim(claim.address.value.trim(), &context.addresses);
        if !matches!(read, Err(ClaimError::WrongChecksum { .. })) {
            continue;
        }
        let unbound = Key::default();
        let Verdict::WrongChecksum {
            claimed,
            same_bytes,
            error,
        } = judge_claim(bundle, key.unwrap_or(&unbound), claim, &context.addresses)
        else {
            continue;
        };
        let own = key
            .filter(|key| key.public_key.is_some())
            .map(|key| claimed.own_words(&key.payloads, &context.addresses));
        let wrong = Wrong {
            severity: match (same_bytes, &own) {
                (true, _) => Severity::Low,
                (false, Some(_)) => meta.severity,
                (false, None) => Severity::Medium,
            },
            subject: subject_of_claim(key, claim),
            claim,
            own,
            because: key.map_or(String::new(), |key| {
                because(&explain(bundle, key, claim, &context.addresses))
            }),
            in_the_case: claimed.checksum.is_in_the_case(),
            error,
        };
        findings.push(finding(meta, wrong));
    }
    if judged == 0 {
        return Outcome::NotEvaluated("no claimed address of these keys is in the evidence".to_owned());
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "every claimed address that carries a checksum carries the right one",
    )
}

/// A claim with a wrong checksum.
struct Wrong<'b> {
    severity: Severity,
    subject: String,
    claim: &'b Claim,
    /// The key's own address, as the claim's scheme writes it.
    own: Option<String>,
    /// What explains it.
    because: String,
    /// True for a checksum in the case of the letters.
    in_the_case: bool,
    error: String,
}

fn finding(meta: &'static Meta, wrong: Wrong<'_>) -> Finding {
    let Wrong {
        severity,
        subject,
        claim,
        own,
        because,
        in_the_case,
        error,
    } = wrong;
    let text = short(&claim.address.value);
    let (message, remedy) = match (severity, own) {
        (Severity::Low, Some(own)) => (
            if in_the_case {
                format!("the claim {text} has the key's digits, but its letters' case is no EIP-55 checksum")
            } else {
                format!(
                    "the claim {text} stands for the key's address, but its last characters are no checksum of it"
                )
            },
            format!("Write the address as {own}."),
        ),
        (_, Some(own)) => (
            if because.is_empty() {
                format!(
                    "the claim {text} is not this key's address {own}, and its checksum is wrong: probably a typing error"
                )
            } else {
                format!("the claim {text} is not this key's address, and its checksum is wrong{because}")
            },
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
        message: error,
    };
    let note = if in_the_case {
        "EIP-55 puts a checksum into the case of the letters; ERC-1191 another one, for Rootstock (--chain-id)."
    } else {
        "The last characters of a base58check or bech32 address are a checksum of all others."
    };
    let mut finding = Finding::builder(meta.id, severity, subject, message, label)
        .note(note)
        .remedy(remedy);
    if severity > Severity::Low {
        finding = finding.consequence(
            "whoever uses the claim as written pays, trusts or enrols an address without a known key",
        );
    }
    finding.content(&claim_content(claim))
}
