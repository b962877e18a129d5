//! Conditions of Sign that an EVM signer never meets.

use super::pins::{
    Alone, Chains, DIGEST, Meant, RAW, covers, doubt, in_force, listing, pin_span, pins, sign, who_words,
};
use super::{put_in_force, statement_content, statement_span};
use crate::evidence::{Bundle, Key, PolicyExport};
use crate::finding::{Confidence, Finding, Label, Severity};
use crate::policy::access::Who;
use crate::policy::evaluate::Verdict;
use crate::policy::{Effect, Statement};
use crate::rules::claimed::some_of;
use crate::rules::common::{at_most_per_file, key_argument, short};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `wrong-pin-value`
    WrongPinValue,
    "wrong-pin-value",
    Policy,
    High,
    "A condition on kms:MessageType or kms:SigningAlgorithm has a value that keeps an EVM signer from signing",
    "wrong_pin_value.md",
    judge
);

/// The message types of KMS (KMS API Reference, Sign).
const MESSAGE_TYPES: [&str; 3] = [DIGEST, RAW, "EXTERNAL_MU"];
/// The one algorithm of a secp256k1 key.
const ALGORITHM: &str = "ECDSA_SHA_256";

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let (access, policy) = match in_force(bundle, key) {
        Ok(found) => found,
        Err(outcome) => return outcome,
    };
    let chains = Chains::of(bundle, key);
    let mut meant = Meant::new(bundle, key, policy, "kms:Sign", sign(DIGEST));
    let mut findings = Vec::new();
    let mut rightly = false;
    for (index, statement) in policy.document.statements.iter().enumerate() {
        if pins(statement).is_empty() || !covers(statement, "kms:Sign") {
            continue;
        }
        let Some(alone) = Alone::of(access, key, policy, index) else {
            continue;
        };
        let (hit, raw) = match statement.effect {
            Some(Effect::Allow) => (
                alone.keeps_from("kms:Sign", &sign(DIGEST)),
                alone.may_allow("kms:Sign", &sign(RAW)),
            ),
            Some(Effect::Deny) => (
                alone.denies("kms:Sign", &sign(DIGEST)),
                !alone.denies("kms:Sign", &sign(RAW)),
            ),
            None => (false, false),
        };
        if !hit {
            continue;
        }
        let victims = meant.without(index);
        if victims.is_empty() {
            continue;
        }
        if raw && chains == Chains::Hashed {
            rightly = true;
            continue;
        }
        let of = Wrong {
            statement,
            index,
            victims: &victims,
            raw,
            chains,
        };
        findings.push(of.finding(meta, bundle, key, policy));
    }
    if !findings.is_empty()
        && let Some(spec) = other_spec(bundle, key)
    {
        return Outcome::NotApplicable(format!(
            "the key is {spec}, no key of EVM chains: see wrong-key-spec"
        ));
    }
    if findings.is_empty()
        && let Some(outcome) = doubt(access)
    {
        return outcome;
    }
    if findings.is_empty() && rightly {
        return Outcome::Pass(
            "the key policy lets sign with RAW alone, as the chain of the claimed address does".to_owned(),
        );
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "no condition on kms:MessageType or kms:SigningAlgorithm in the key policy keeps from signing whoever signs digests \
         with ECDSA_SHA_256",
    )
}

/// The key's spec, where it is known to be another than EVM chains need.
fn other_spec(bundle: &Bundle, key: &Key) -> Option<String> {
    let spec = bundle
        .access(key)
        .policies
        .key_metadata
        .as_ref()?
        .key_spec
        .clone()?;
    (spec != "ECC_SECG_P256K1").then_some(spec)
}

/// A statement whose pins an EVM signer does not meet.
struct Wrong<'d> {
    statement: &'d Statement,
    index: usize,
    victims: &'d [(Who, Verdict)],
    /// True where RAW would do.
    raw: bool,
    chains: Chains,
}

impl Wrong<'_> {
    fn finding(&self, meta: &'static Meta, bundle: &Bundle, key: &Key, policy: &PolicyExport) -> Finding {
        let account = bundle.access(key).account.as_deref();
        let name = self.statement.name(self.index);
        let names: Vec<String> = self
            .victims
            .iter()
            .map(|(who, _)| who_words(who, account))
            .collect();
        let names = listing(&names);
        let what = self.values();
        let message = if self.statement.effect == Some(Effect::Deny) {
            format!("{name} keeps {names} from signing: {what}")
        } else {
            format!("{name} does not let {names} sign: {what}")
        };
        let (severity, confidence) = match (self.raw, self.chains) {
            (true, Chains::Unknown) => (Severity::Medium, Confidence::Medium),
            _ => (meta.severity, Confidence::High),
        };
        let label = Label {
            span: pin_span(policy, self.statement),
            message: "an EVM signer never meets this".to_owned(),
        };
        let unless = if self
            .victims
            .iter()
            .any(|(_, verdict)| *verdict == Verdict::Depends)
        {
            ", unless an IAM policy lets it sign"
        } else {
            ""
        };
        let mut finding = Finding::builder(meta.id, severity, key.subject(), message, label)
            .confidence(confidence)
            .related(statement_span(policy, self.statement), "the statement")
            .consequence(format!(
                "KMS refuses every request of an EVM signer, which sends kms:MessageType {DIGEST} and \
                 kms:SigningAlgorithm {ALGORITHM}{unless}"
            ))
            .remedy(put_in_force(
                policy,
                &format!("Write the values as KMS has them: kms:MessageType {DIGEST}, kms:SigningAlgorithm {ALGORITHM}"),
                &format!(
                    " (aws kms put-key-policy {} --policy-name default --policy file://key-policy.json), and see that the \
                     agent signs again.",
                    key_argument(key)
                ),
            ));
        if self.raw && self.chains == Chains::Unknown {
            finding = finding.note(
                "A key of a Cosmos chain signs with RAW and is right so: claim its address, and this is no finding.",
            );
        }
        finding.content(&statement_content(policy, self.index))
    }

    /// What is wrong with the values, in words.
    fn values(&self) -> String {
        if self.raw {
            return format!("it asks for kms:MessageType {RAW}, and an EVM signer sends {DIGEST}");
        }
        let mut wrong: Vec<String> = Vec::new();
        for pin in pins(self.statement) {
            for text in pin.values.iter().filter_map(|node| node.as_str()) {
                let shown = short(text);
                if pin.key == "kms:MessageType" && !MESSAGE_TYPES.contains(&text) {
                    wrong.push(format!(
                        "\"{shown}\" is no kms:MessageType, of which there are {}",
                        MESSAGE_TYPES.join(", ")
                    ));
                } else if pin.key == "kms:SigningAlgorithm" && text != ALGORITHM {
                    wrong.push(format!(
                        "\"{shown}\" is not {ALGORITHM}, the one kms:SigningAlgorithm of a secp256k1 key"
                    ));
                }
            }
        }
        if wrong.is_empty() {
            return "its conditions on kms:MessageType and kms:SigningAlgorithm never let a digest through"
                .to_owned();
        }
        some_of(&wrong, 2)
    }
}
