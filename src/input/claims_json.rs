//! Claims as JSON: one object or a list of objects with `address`, `role`, `chain`, `key`, `source`, `signer`,
//! `administrator` (each a string or a list), or that list as `claims`.

use super::fields::Fields;
use super::{Format, Probe, Reader};
use crate::evidence::{Claim, ClaimOrigin, Data, Field, Trouble};
use crate::json::Node;

/// Claims in JSON.
pub(super) struct ClaimsJson;

fn list(probe: &Probe) -> Option<&Node> {
    let root = probe.tree()?;
    // Signatures with what was signed: samples, whose addresses are no claims of their own.
    let is_sample = |node: &Node| node.get_any(&["signature", "sig"]).is_some();
    if is_sample(root) || root.items().iter().any(is_sample) {
        return None;
    }
    if root.get("address").is_some() && root.get_any(&["role", "chain", "key", "source"]).is_some() {
        return Some(root);
    }
    let list = root.get("claims").unwrap_or(root);
    let items = list.items();
    (list.is_array() && !items.is_empty() && items.iter().all(Node::is_object) && items.iter().any(is_claim))
        .then_some(list)
}

/// True for an object with an address and what a claim says of it, or with what has the form of an address: many things
/// have a member of that name.
fn is_claim(item: &Node) -> bool {
    let Some(address) = item.str_of("address") else {
        return false;
    };
    item.get_any(&["role", "chain", "key", "source"]).is_some()
        || address.starts_with("0x")
        || (address.len() >= 26 && address.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

impl Format for ClaimsJson {
    fn id(&self) -> &'static str {
        "claims-json"
    }

    fn title(&self) -> &'static str {
        "a claims file in JSON"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        list(probe).is_some()
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(list) = list(probe) else { return };
        let mut fields = Fields::new(probe);
        let mut claims = Vec::new();
        for item in list.one_or_many() {
            let Some(address) = fields.text(item, "address") else {
                let message = "the entry claims no address".to_owned();
                fields.troubles.push(Trouble::BadValue {
                    span: probe.at(item),
                    message,
                });
                continue;
            };
            let mut lower = |name: &str| fields.text(item, name).map(|field| field.value.to_lowercase());
            let (role, chain) = (lower("role"), lower("chain"));
            let several = |name: &str| -> Vec<Field<String>> {
                let values = item.get(name).map(Node::one_or_many).unwrap_or_default();
                values
                    .iter()
                    .filter_map(|value| {
                        Some(Field {
                            value: value.as_str()?.to_owned(),
                            span: probe.at(value),
                        })
                    })
                    .collect()
            };
            let (signers, administrators) = (several("signer"), several("administrator"));
            claims.push(Claim {
                address,
                role,
                chain,
                key: fields.text(item, "key"),
                source: fields.text(item, "source").map(|field| field.value),
                signers,
                administrators,
                alias: None,
                origin: ClaimOrigin::Owner,
                set: None,
            });
        }
        reader.push_with(probe.at(list), Data::Claims(claims), fields.troubles);
    }
}
