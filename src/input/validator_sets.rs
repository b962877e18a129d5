//! Published validator sets: `{chain: {threshold, validators: [{address, alias}]}}`, as `@hyperlane-xyz/sdk` has them,
//! and `{chain: {validators: [address]}}`, as Hyperlane's infrastructure repository has them.

use super::fields::Fields;
use super::{Format, Probe, Reader};
use crate::evidence::{Claim, ClaimOrigin, Data, Field, Trouble};
use crate::json::Node;

/// Validator sets.
pub(super) struct ValidatorSets;

impl Format for ValidatorSets {
    fn id(&self) -> &'static str {
        "validator-sets"
    }

    fn title(&self) -> &'static str {
        "a published list of validator sets"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.object().is_some_and(|object| {
            let members = object.members();
            !members.is_empty()
                && members
                    .iter()
                    .all(|member| member.value.get("validators").is_some_and(Node::is_array))
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let mut fields = Fields::new(probe);
        let mut claims = Vec::new();
        for chain in object.members() {
            let threshold = chain.value.get("threshold").and_then(Node::as_u64);
            for validator in fields.list(&chain.value, "validators") {
                let (address, alias) = match validator.as_str() {
                    Some(text) => (
                        Some(Field {
                            value: text.to_owned(),
                            span: probe.at(validator),
                        }),
                        None,
                    ),
                    None => (fields.text(validator, "address"), fields.text(validator, "alias")),
                };
                let Some(address) = address else {
                    let message = "the validator has no address".to_owned();
                    fields.troubles.push(Trouble::BadValue {
                        span: probe.at(validator),
                        message,
                    });
                    continue;
                };
                let name = chain.key.to_lowercase();
                claims.push(Claim {
                    address,
                    role: Some("validator".to_owned()),
                    chain: Some(name.clone()),
                    key: None,
                    source: None,
                    alias: alias.map(|alias| alias.value),
                    origin: ClaimOrigin::PublishedSet,
                    set: Some((name, threshold)),
                });
            }
        }
        reader.push_with(probe.at(object), Data::Claims(claims), fields.troubles);
    }
}
