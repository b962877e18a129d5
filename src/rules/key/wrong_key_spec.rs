//! A key of another algorithm or curve: it has no EVM address, whatever a script printed.

use super::{metadata, public_keys};
use crate::address;
use crate::evidence::{Bundle, Key};
use crate::finding::{Confidence, Finding, Label};
use crate::rules::address::keys_with;
use crate::rules::{Context, Meta, Outcome, key_rule};
use crate::source::Span;

key_rule!(
    /// `wrong-key-spec`
    WrongKeySpec,
    "wrong-key-spec",
    Key,
    High,
    "The key is not a secp256k1 key: it has no EVM address",
    "wrong_key_spec.md",
    judge
);

const RIGHT: &str = "ECC_SECG_P256K1";

/// What the evidence says of a key's spec.
struct Told {
    /// Where it says something else than secp256k1: the place, what is said there, and the spec's short name.
    wrong: Vec<(Span, String, String)>,
    /// True where the bytes of a public key are a point of secp256k1.
    computed: bool,
    /// True where some export says so.
    said: bool,
}

fn told(bundle: &Bundle, key: &Key) -> Told {
    let mut told = Told {
        wrong: Vec::new(),
        computed: false,
        said: false,
    };
    for export in public_keys(bundle, key) {
        match &export.result {
            Ok(_) => told.computed = true,
            Err(error) if error.is_another_key() => {
                let name = error
                    .key_spec()
                    .map_or_else(|| error.found.clone(), str::to_owned);
                told.wrong
                    .push((export.span, format!("the key's own bytes: {error}"), name));
            }
            Err(_) => {}
        }
    }
    let named = public_keys(bundle, key)
        .filter_map(|export| export.key_spec.as_ref())
        .chain(metadata(bundle, key).filter_map(|metadata| metadata.key_spec.as_ref()));
    for spec in named {
        if spec.value == RIGHT {
            told.said = true;
        } else {
            let message = format!("KeySpec {}", spec.value);
            told.wrong.push((spec.span, message, spec.value.clone()));
        }
    }
    told
}

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let told = told(bundle, key);
    let contradicted = told.computed || told.said;
    let mut wrong = told.wrong.into_iter();
    let Some((span, message, name)) = wrong.next() else {
        return if told.computed {
            Outcome::Pass("the bytes of the public key are a point of secp256k1".to_owned())
        } else if told.said {
            Outcome::Pass(format!(
                "the exports say KeySpec {RIGHT}; no public key is in the evidence to compute it from"
            ))
        } else {
            Outcome::NotEvaluated(
                "neither a public key nor a KeySpec is in the evidence (aws kms get-public-key, describe-key)"
                    .to_owned(),
            )
        };
    };
    let mut finding = Finding::builder(
        meta.id,
        meta.severity,
        key.subject(),
        if contradicted {
            format!("one place says that the key is {name}, another that it is {RIGHT}: it may have no EVM address")
        } else {
            format!("the key is {name}, not {RIGHT}: it has no EVM address")
        },
        Label { span, message },
    )
    .remedy(
        "A key's spec cannot be changed. Make another key (aws kms create-key --key-usage SIGN_VERIFY --key-spec \
         ECC_SECG_P256K1), point the alias and the agent at it, and withdraw the claimed address.",
    );
    let mut names = vec![name];
    for (span, message, name) in wrong {
        finding = finding.related(span, message);
        names.push(name);
    }
    for (claim, _) in bundle.claims_of(key) {
        finding = finding.consequence(claim_consequence(bundle, claim));
        finding = finding.related(claim.address.span, "claimed for this key");
    }
    if contradicted {
        finding = finding.confidence(Confidence::Medium).note(format!(
            "other places of the evidence say {RIGHT}: it contradicts itself, and a file may be of another key"
        ));
    }
    names.sort_unstable();
    names.dedup();
    Outcome::Findings(vec![finding.content(&names.join(" "))])
}

fn claim_consequence(bundle: &Bundle, claim: &crate::evidence::Claim) -> String {
    let whose = keys_with(bundle, &address::payloads(&claim.address.value))
        .into_iter()
        .filter_map(|index| bundle.keys.get(index))
        .map(Key::subject)
        .collect::<Vec<_>>();
    let whose = if whose.is_empty() {
        String::new()
    } else {
        format!("; it is that of {}", whose.join(" and "))
    };
    format!(
        "the claimed address {} cannot be this key's: signatures of this key are valid for no EVM address{whose}",
        crate::rules::common::short(&claim.address.value)
    )
}
