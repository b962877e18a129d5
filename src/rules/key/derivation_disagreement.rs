//! Two derivations of one key that do not give the same address.

use super::{no_public_key, public_keys};
use crate::address::{self, Agreement};
use crate::evidence::{Key, PublicKeyExport};
use crate::finding::{Finding, Label};
use crate::key::{PublicKey, SpkiError, SpkiErrorKind, spki};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `derivation-disagreement`
    DerivationDisagreement,
    "derivation-disagreement",
    Key,
    Critical,
    "The two derivations of the key's address do not agree",
    "derivation_disagreement.md",
    judge
);

type Derived = Result<(PublicKey, address::Addresses), SpkiError>;

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    judge_with(meta, context, key, &|export| {
        // A compressed point was accepted only where that was asked for.
        let encoding = spki::Options::new().with_compressed(export.result.is_ok());
        address::derive_all_der(&export.spki, encoding, &context.addresses)
    })
}

/// Takes the derivation as a value, so that a test can make one that disagrees.
fn judge_with(
    meta: &'static Meta,
    context: &Context<'_>,
    key: &Key,
    derive: &dyn Fn(&PublicKeyExport) -> Derived,
) -> Outcome {
    let exports: Vec<&PublicKeyExport> = public_keys(context.bundle, key).collect();
    if exports.is_empty() {
        return no_public_key();
    }
    let mut findings = Vec::new();
    let (mut agreed, mut another) = (0_usize, false);
    for export in exports {
        match derive(export) {
            Ok((_, addresses)) => {
                for (scheme, checked) in addresses {
                    match checked.second {
                        Agreement::Agrees => agreed = agreed.saturating_add(1),
                        Agreement::Disagrees { first, second } => {
                            let (first, second) = (format!("{scheme} {first}"), format!("{scheme} {second}"));
                            findings.push(disagreement(meta, key, export, &first, &second));
                        }
                        Agreement::NotEvaluated(why) => {
                            return Outcome::NotEvaluated(format!("second derivation: {why}"));
                        }
                    }
                }
            }
            Err(error) if error.kind == SpkiErrorKind::InternalDisagreement => {
                findings.push(disagreement(meta, key, export, "refused", &error.found));
            }
            Err(error) => another = another || error.is_another_key(),
        }
    }
    if !findings.is_empty() {
        Outcome::Findings(findings)
    } else if agreed > 0 {
        Outcome::Pass(
            "libsecp256k1 with tiny-keccak and bitcoin_hashes, and k256 with sha3 and ripemd, give the same addresses for every \
             export"
                .to_owned(),
        )
    } else if another {
        Outcome::NotApplicable("the key has no secp256k1 address: see wrong-key-spec".to_owned())
    } else {
        Outcome::NotEvaluated(
            "no export of the public key can be read: see malformed-public-key (aws kms get-public-key)"
                .to_owned(),
        )
    }
}

fn disagreement(
    meta: &'static Meta,
    key: &Key,
    export: &PublicKeyExport,
    first: &str,
    second: &str,
) -> Finding {
    let label = Label {
        span: export.span,
        message: "read in two ways".to_owned(),
    };
    let message = format!("two derivations of this public key disagree: {first}, and {second}");
    Finding::builder(meta.id, meta.severity, key.subject(), message, label)
        .consequence("neither address may be relied on, and no claim can be judged by them")
        .remedy(
            "This is a fault of kms-audit or of a library it uses. Derive the address with another program (cast wallet \
             address --aws), and report the public key, which is no secret, to kms-audit.",
        )
        .content(&format!("{first} {second}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Checked;
    use crate::evidence::assemble;
    use crate::input::{Options, gather_bytes};
    use crate::rules::Rule as _;

    const GOOD: &str = "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEiQhbW5qFhmTl5TPc7EWbtn0IBLwS0w3Guu7udzy0xYR2M1URhaHRVKQ7tjyjBy9csHxd8XVbbD7DFbMrw3zb9w==";

    fn judged(text: &str, derive: &dyn Fn(&PublicKeyExport) -> Derived) -> Outcome {
        let files = vec![("key.b64".to_owned(), text.as_bytes().to_vec())];
        let gathered = gather_bytes(files, &Options::default()).unwrap();
        let bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
        let context = Context {
            bundle: &bundle,
            hyperlane: false,
            as_of: jiff::civil::date(2026, 11, 20),
            addresses: address::Options::new(),
            declarations: &crate::rules::Declarations::default(),
        };
        judge_with(DerivationDisagreement.meta(), &context, &bundle.keys[0], derive)
    }

    fn with(second: Agreement) -> impl Fn(&PublicKeyExport) -> Derived {
        move |export| {
            let key = export.result.clone()?;
            let checked = Checked {
                address: "0x01".to_owned(),
                second: second.clone(),
            };
            Ok((key, vec![("evm", checked)]))
        }
    }

    #[test]
    fn a_disagreement_is_critical_and_names_both() {
        let differs = Agreement::Disagrees {
            first: "0x01".to_owned(),
            second: "0x02".to_owned(),
        };
        let Outcome::Findings(found) = judged(GOOD, &with(differs)) else {
            panic!("no finding")
        };
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, crate::finding::Severity::Critical);
        assert!(found[0].message.contains("0x01") && found[0].message.contains("0x02"));
        assert!(!found[0].remedy.is_empty());
    }

    #[test]
    fn bytes_that_only_one_decoder_accepts_are_a_disagreement() {
        let outcome = judged(GOOD, &|_| {
            let refused = spki::decode(&[], spki::Options::new()).expect_err("no key");
            Err(crate::key::cross_check::only_second(&refused, "0x02"))
        });
        assert!(matches!(outcome, Outcome::Findings(found) if found[0].message.contains("0x02")));
    }

    #[test]
    fn agreement_passes_and_a_missing_second_derivation_does_not() {
        assert!(matches!(judged(GOOD, &with(Agreement::Agrees)), Outcome::Pass(_)));
        let without = Agreement::NotEvaluated("built without cross-check");
        assert_eq!(
            judged(GOOD, &with(without)),
            Outcome::NotEvaluated("second derivation: built without cross-check".to_owned())
        );
    }
}
