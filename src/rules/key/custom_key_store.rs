//! A key of a custom key store, where no asymmetric key can be.

use super::{metadata, not_told, teller, told};
use crate::evidence::Key;
use crate::finding::{Finding, Label};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `custom-key-store`
    CustomKeyStore,
    "custom-key-store",
    Key,
    Medium,
    "The metadata put the key into a custom key store, which holds no asymmetric keys",
    "custom_key_store.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let origins = told(bundle, key, |metadata| &metadata.origin);
    let store = metadata(bundle, key).find_map(|metadata| metadata.custom_key_store.as_ref());
    let custom = origins
        .iter()
        .find(|origin| matches!(origin.value.as_str(), "AWS_CLOUDHSM" | "EXTERNAL_KEY_STORE"));
    let (span, what) = match (custom, store) {
        (Some(origin), _) => (origin.span, format!("Origin {}", origin.value)),
        (None, Some(store)) => (store.span, format!("CustomKeyStoreId {}", store.value)),
        (None, None) if origins.is_empty() => return not_told(bundle, key, "Origin"),
        (None, None) => {
            let says = teller(bundle, key, |metadata| &metadata.origin).words();
            return Outcome::Pass(format!("{says} names no custom key store, and no Origin of one"));
        }
    };
    let label = Label {
        span,
        message: "a custom key store".to_owned(),
    };
    let says = match custom {
        Some(_) => teller(bundle, key, |metadata| &metadata.origin).words(),
        None => teller(bundle, key, |metadata| &metadata.custom_key_store).words(),
    };
    let message = format!("{says} says {what}: a custom key store, which holds symmetric keys only");
    let mut finding = Finding::builder(meta.id, meta.severity, key.subject(), message, label)
        .consequence(
            "the export is not of a key that signs, or it was changed: what rests on it is not known",
        )
        .remedy(format!(
            "Export the metadata again (aws kms describe-key {}) and ask where this file came from.",
            crate::rules::common::key_argument(key)
        ));
    if let Some(store) = store.filter(|store| store.span != span) {
        finding = finding.related(store.span, "and the store's id");
    }
    Outcome::Findings(vec![finding.content(&what)])
}
