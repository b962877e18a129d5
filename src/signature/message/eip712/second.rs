//! The second hash of typed data: alloy-dyn-abi, which shares no code with this module.
//!
//! It is given the strings of the document as they stand, and numbers as the strings of the integers that were read.
//! It is asked only where it can say the same: it knows only the canonical domain, it builds no type that holds itself
//! even where no value does, and it sorts the texts of the types rather than their names, which differ for a name that
//! goes on with `$` where another one ends. It writes every type out in full, once for each place that has it, and its
//! text again for each value, so what a document would cost is counted first.

use super::domain::Plan;
use super::{One, Parts, SecondHash};
use crate::signature::message::MessageError;

/// Without the second implementation there is nothing to compare with.
#[cfg(not(feature = "cross-check"))]
#[expect(clippy::unnecessary_wraps, reason = "as with the feature")]
pub(super) fn check(_: &Parts<'_>, _: &Plan<'_>, _: &One) -> Result<SecondHash, MessageError> {
    Ok(SecondHash::NotEvaluated("built without cross-check".to_owned()))
}

/// Compares the digest with alloy's.
#[cfg(feature = "cross-check")]
pub(super) fn check(parts: &Parts<'_>, plan: &Plan<'_>, one: &One) -> Result<SecondHash, MessageError> {
    use crate::encoding::hex::encode;

    match alloy::digest(parts, plan) {
        Ok(digest) if digest == one.digest => Ok(SecondHash::Agrees),
        Ok(digest) => Err(super::fault(
            "hash-disagreement",
            "EIP-712, definition of hashStruct",
            format!(
                "the two implementations disagree, please report: {} and, by alloy-dyn-abi, {}",
                encode(&one.digest),
                encode(&digest)
            ),
        )
        .at(parts.offset)
        .in_member("")),
        Err(reason) => Ok(SecondHash::NotEvaluated(reason)),
    }
}

#[cfg(feature = "cross-check")]
mod alloy {
    use std::collections::BTreeMap;

    use alloy_dyn_abi::{Eip712Domain, PropertyDef, Resolver, TypeDef, TypedData};
    use alloy_primitives::{Address, B256, U256};

    use super::super::Parts;
    use super::super::convention::Convention;
    use super::super::domain::Plan;
    use super::super::integer::Integer;
    use super::super::types::{Base, DOMAIN, Field, Types};
    use crate::json::{Node, Value};

    /// How many types alloy may write out.
    const MAX_EXPANDED: usize = 20_000;
    /// How deep types may refer to types.
    const MAX_DEPTH: usize = 48;
    /// How many bytes of type texts it may hash.
    const MAX_TYPE_TEXT: usize = 16 << 20;

    /// The digest, or why there is none.
    pub(super) fn digest(parts: &Parts<'_>, plan: &Plan<'_>) -> Result<[u8; 32], String> {
        if !plan.is_canonical() {
            return Err("alloy-dyn-abi knows only the domain's own members, in EIP-712's order".to_owned());
        }
        let mut resolver = Resolver::default();
        let mut message = serde_json::Value::Null;
        if parts.primary != DOMAIN {
            let types = &parts.types;
            let strict = Convention::Strict;
            let reached = types
                .reached(parts.primary, strict)
                .map_err(|error| error.to_string())?;
            if types.has_cycle(&reached) {
                return Err("alloy-dyn-abi has no values of a type that refers to itself".to_owned());
            }
            if reached.iter().any(|name| name.contains('$')) {
                return Err("alloy-dyn-abi sorts names with `$` in another order".to_owned());
            }
            for name in &reached {
                let fields = types.fields(name).map_err(|error| error.to_string())?;
                let members = fields
                    .iter()
                    .map(|field| {
                        PropertyDef::new_unchecked(
                            format!("{}{}", field.base_text, field.brackets),
                            field.name,
                        )
                    })
                    .collect();
                resolver.ingest(TypeDef::new_unchecked((*name).to_owned(), members));
            }
            let mut costs = BTreeMap::new();
            if expanded(types, parts.primary, &mut costs, 0) > MAX_EXPANDED {
                return Err("alloy-dyn-abi would write out too many types".to_owned());
            }
            let text = types
                .encode_type(parts.primary, strict)
                .map_err(|error| error.to_string())?
                .len();
            let Some(node) = parts.message else {
                return Err("there is no message".to_owned());
            };
            let mut left = MAX_TYPE_TEXT;
            message = structure(types, parts.primary, node, text, &mut left)
                .ok_or_else(|| "alloy-dyn-abi would hash too many bytes of types".to_owned())?;
        }
        let data = TypedData {
            domain: domain(plan).ok_or_else(|| "alloy-dyn-abi does not read the domain".to_owned())?,
            resolver,
            primary_type: parts.primary.to_owned(),
            message,
        };
        data.eip712_signing_hash()
            .map(|digest| digest.0)
            .map_err(|error| {
                // Its errors write out types and values in full.
                let words: String = error.to_string().chars().take(200).collect();
                format!("alloy-dyn-abi does not read it: {words}")
            })
    }

    /// How many types a type is, written out. The types have no cycle; the depth is limited nevertheless.
    fn expanded<'a>(
        types: &Types<'a>,
        name: &str,
        costs: &mut BTreeMap<&'a str, usize>,
        depth: usize,
    ) -> usize {
        if let Some(cost) = costs.get(name) {
            return *cost;
        }
        if depth > MAX_DEPTH {
            return usize::MAX;
        }
        let mut cost: usize = 1;
        for field in types.fields(name).unwrap_or_default() {
            let inner = match field.base {
                Base::Struct(base) => expanded(types, base, costs, depth.saturating_add(1)),
                _ => 1,
            };
            cost = cost.saturating_add(inner).saturating_add(field.dimensions.len());
        }
        if let Ok(known) = types.known(name) {
            costs.insert(known, cost);
        }
        cost
    }

    /// The message's members that are signed. Its depth and size have been found good.
    fn structure(
        types: &Types<'_>,
        name: &str,
        node: &Node,
        text: usize,
        left: &mut usize,
    ) -> Option<serde_json::Value> {
        *left = left.checked_sub(text)?;
        let mut object = serde_json::Map::new();
        for field in types.fields(name).ok()? {
            let value = value(
                types,
                field,
                field.dimensions.len(),
                node.get(field.name)?,
                text,
                left,
            )?;
            object.insert(field.name.to_owned(), value);
        }
        Some(serde_json::Value::Object(object))
    }

    fn value(
        types: &Types<'_>,
        field: &Field<'_>,
        dimensions: usize,
        node: &Node,
        text: usize,
        left: &mut usize,
    ) -> Option<serde_json::Value> {
        if let Some(inner) = dimensions.checked_sub(1) {
            return node
                .items()
                .iter()
                .map(|item| value(types, field, inner, item, text, left))
                .collect::<Option<Vec<_>>>()
                .map(serde_json::Value::Array);
        }
        match field.base {
            Base::Struct(name) => structure(types, name, node, text, left),
            _ => scalar(node),
        }
    }

    fn scalar(node: &Node) -> Option<serde_json::Value> {
        Some(match &node.value {
            Value::Bool(value) => serde_json::Value::Bool(*value),
            Value::Number(digits) => Integer::of_number(digits).ok()?.to_decimal().into(),
            Value::String(text) => text.as_str().into(),
            Value::Bytes(bytes) => format!("0x{}", crate::encoding::hex::encode(bytes)).into(),
            _ => return None,
        })
    }

    fn domain(plan: &Plan<'_>) -> Option<Eip712Domain> {
        let values = plan.values();
        let chain_id = match &values.chain_id {
            Some(digits) => Some(U256::from_str_radix(digits, 10).ok()?),
            None => None,
        };
        Some(Eip712Domain::new(
            values.name.map(Into::into),
            values.version.map(Into::into),
            chain_id,
            values.verifying_contract.map(|address| Address::from(address.0)),
            values.salt.map(B256::from),
        ))
    }
}
