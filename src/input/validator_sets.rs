//! Published validator sets: `{chain: {threshold, validators: [{address, alias}]}}`, as `@hyperlane-xyz/sdk` has them,
//! and `{chain: {validators: [address]}}`, as Hyperlane's infrastructure repository has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fields::Fields;
use super::{Format, Probe, Reader};
use crate::evidence::{Claim, ClaimOrigin, Data, Field, Trouble, ValidatorSet};
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
        // Of two members with one name the last counts; `Fields` reports the two.
        let last: BTreeMap<&str, usize> = (0..)
            .zip(object.members())
            .map(|(at, chain)| (chain.key.as_str(), at))
            .collect();
        for (at, chain) in object.members().iter().enumerate() {
            if last.get(chain.key.as_str()) != Some(&at) {
                continue;
            }
            let set = Arc::new(ValidatorSet {
                chain: chain.key.to_lowercase(),
                threshold: threshold(probe, &mut fields, &chain.value),
            });
            let members = fields.list(&chain.value, "validators");
            if members.is_empty() {
                fields.troubles.push(Trouble::BadValue {
                    span: probe.span(chain.key_span.clone()),
                    message: "the set has no validator".to_owned(),
                });
            }
            for validator in members {
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
                claims.push(Claim {
                    address,
                    role: Some("validator".to_owned()),
                    chain: Some(set.chain.clone()),
                    key: None,
                    source: None,
                    signers: Vec::new(),
                    administrators: Vec::new(),
                    alias: alias.map(|alias| alias.value),
                    origin: ClaimOrigin::PublishedSet,
                    set: Some(Arc::clone(&set)),
                });
            }
        }
        reader.push_with(probe.at(object), Data::Claims(claims), fields.troubles);
    }
}

/// How many of a set must sign. Only a whole number from 0 on is one.
fn threshold(probe: &Probe, fields: &mut Fields<'_>, set: &Node) -> Option<Field<u64>> {
    let node = set.get("threshold")?;
    let span = probe.at(node);
    let value = node.as_u64();
    if value.is_none() {
        let message = "the threshold must be a whole number".to_owned();
        fields.troubles.push(Trouble::BadValue { span, message });
    }
    Some(Field { value: value?, span })
}
