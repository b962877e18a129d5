//! Resources of a key policy: only `*` means the key for certain.
//!
//! Source: KMS developer guide, "Creating a key policy", element `Resource`; KMS API Reference, `PutKeyPolicy`.

use std::ops::Range;

use crate::arn::is_unknown;
use crate::json::Node;
use crate::policy::{Document, Statement, glob};

/// Why a statement is on no resource, or on none that is certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceFlaw {
    /// It has no `Resource`, or none in it.
    NoResource,
    /// It has no `Action`, or none in it.
    NoAction,
    /// Neither.
    Neither,
    /// It has `NotResource`.
    NotResource(Vec<Range<usize>>),
    /// It has other resources than `*`.
    Others {
        /// The places of those others.
        places: Vec<Range<usize>>,
        /// True where `*` stands beside them: the statement has its effect all the same.
        beside: bool,
        /// Whether one of them is the key; nothing where its ARN is not known.
        is_key: Option<bool>,
    },
}

/// The flaw of a statement's resources, or that of its missing actions. `arn` is the key's, where it is known. What only
/// deployment gives has none, and neither has a misspelt element, which is a fault of its own.
///
/// Source: KMS developer guide, "Creating a key policy".
pub fn resource_flaw(document: &Document, index: usize, arn: Option<&str>) -> Option<ResourceFlaw> {
    let node = document.statement_node(index).filter(|node| node.is_object())?;
    let statement = document.statements.get(index)?;
    match (
        lacks(node, "Resource", "NotResource"),
        lacks(node, "Action", "NotAction"),
    ) {
        (true, true) => return Some(ResourceFlaw::Neither),
        (true, false) => return Some(ResourceFlaw::NoResource),
        (false, true) => return Some(ResourceFlaw::NoAction),
        (false, false) => {}
    }
    others(statement, arn)
}

fn lacks(node: &Node, name: &str, not: &str) -> bool {
    match node.get_any(&[name, not]) {
        Some(value) => value.one_or_many().is_empty(),
        None => !node
            .members()
            .iter()
            .any(|member| member.key.eq_ignore_ascii_case(name) || member.key.eq_ignore_ascii_case(not)),
    }
}

fn others(statement: &Statement, arn: Option<&str>) -> Option<ResourceFlaw> {
    let is_everything = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte == b'*');
    let list = || statement.resources.iter();
    if list().any(|(text, _)| is_unknown(text)) {
        return None;
    }
    if statement.not_resource {
        return Some(ResourceFlaw::NotResource(
            list().map(|(_, place)| place.clone()).collect(),
        ));
    }
    let places: Vec<Range<usize>> = list()
        .filter(|(text, _)| !is_everything(text))
        .map(|(_, place)| place.clone())
        .collect();
    if places.is_empty() {
        return None;
    }
    Some(ResourceFlaw::Others {
        places,
        beside: list().any(|(text, _)| is_everything(text)),
        is_key: arn.map(|arn| list().any(|(text, _)| glob(text, arn))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::lint::tests::document;

    const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";

    #[test]
    fn only_the_star_is_the_key_for_certain() {
        let others = |beside, is_key| {
            Some(ResourceFlaw::Others {
                places: Vec::new(),
                beside,
                is_key,
            })
        };
        for (members, arn, expected) in [
            (r#""Action":"kms:Sign","Resource":"*""#, Some(ARN), None),
            (r#""Action":"kms:Sign","Resource":["*"]"#, None, None),
            (r#""Action":"kms:Sign","Resource":"${KeyArn}""#, Some(ARN), None),
            (r#""Action":"kms:Sign","resource":"*""#, Some(ARN), None),
            (
                r#""Action":"kms:Sign""#,
                Some(ARN),
                Some(ResourceFlaw::NoResource),
            ),
            (
                r#""Action":"kms:Sign","Resource":[]"#,
                Some(ARN),
                Some(ResourceFlaw::NoResource),
            ),
            (r#""Resource":"*""#, Some(ARN), Some(ResourceFlaw::NoAction)),
            (r#""Sid":"x""#, Some(ARN), Some(ResourceFlaw::Neither)),
            (
                r#""Action":"kms:Sign","NotResource":"*""#,
                Some(ARN),
                Some(ResourceFlaw::NotResource(Vec::new())),
            ),
            (
                r#""Action":"kms:Sign","Resource":"arn:aws:kms:*:*:key/*""#,
                Some(ARN),
                others(false, Some(true)),
            ),
            (
                r#""Action":"kms:Sign","Resource":"arn:aws:kms:*:*:key/*""#,
                None,
                others(false, None),
            ),
            (
                r#""Action":"kms:Sign","Resource":"arn:aws:dynamodb:*""#,
                Some(ARN),
                others(false, Some(false)),
            ),
            (
                r#""Action":"kms:Sign","Resource":["x","*"]"#,
                Some(ARN),
                others(true, Some(true)),
            ),
        ] {
            let found = resource_flaw(&document(members), 0, arn).map(|flaw| match flaw {
                ResourceFlaw::NotResource(_) => ResourceFlaw::NotResource(Vec::new()),
                ResourceFlaw::Others { beside, is_key, .. } => ResourceFlaw::Others {
                    places: Vec::new(),
                    beside,
                    is_key,
                },
                other => other,
            });
            assert_eq!(found, expected, "{members}");
        }
    }
}
