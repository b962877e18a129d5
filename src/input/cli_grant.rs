//! One grant of `aws kms list-grants` (KMS API Reference, `GrantListEntry`).

use super::Probe;
use super::fields::Fields;
use crate::evidence::{ContextPairs, Field, Grant, GrantConstraints, GranteeKind, grantee_kind};
use crate::json::Node;

/// Reads a grant.
pub(super) fn read(grant: &Node, probe: &Probe, fields: &mut Fields) -> Grant {
    let service = fields.text(grant, "GranteeServicePrincipal");
    let principal = fields.text(grant, "GranteePrincipal");
    let grantee_kind = match (&principal, &service) {
        (Some(principal), _) => grantee_kind(&principal.value),
        (None, Some(_)) => GranteeKind::Service,
        (None, None) => GranteeKind::Principal,
    };
    let (operations, operation_places) = fields
        .list(grant, "Operations")
        .iter()
        .filter_map(|operation| Some((operation.as_str()?.to_owned(), probe.at(operation))))
        .unzip();
    Grant {
        key: fields.key(grant, "KeyId"),
        id: grant.str_of("GrantId").unwrap_or_default().to_owned(),
        // A grant without a name has an empty one.
        name: fields.text(grant, "Name").filter(|name| !name.value.is_empty()),
        grantee: principal.or(service),
        grantee_kind,
        retiring: fields
            .text(grant, "RetiringPrincipal")
            .or_else(|| fields.text(grant, "RetiringServicePrincipal")),
        issuing_account: fields.scalar(grant, "IssuingAccount"),
        creation_date: fields.scalar(grant, "CreationDate"),
        operations,
        operation_places,
        constraints: grant
            .get("Constraints")
            .filter(|node| node.is_object())
            .map(|node| constraints(node, probe, fields)),
        span: probe.at(grant),
    }
}

fn constraints(node: &Node, probe: &Probe, fields: &mut Fields) -> GrantConstraints {
    let known = ["EncryptionContextEquals", "EncryptionContextSubset", "SourceArn"];
    let pairs = |name: &str| {
        node.get(name)
            .filter(|node| node.is_object())
            .map(|node| pairs(node, probe))
    };
    GrantConstraints {
        context_equals: pairs("EncryptionContextEquals"),
        context_subset: pairs("EncryptionContextSubset"),
        source_arn: fields.text(node, "SourceArn"),
        others: node
            .members()
            .iter()
            .filter(|member| !known.contains(&member.key.as_str()))
            .map(|member| Field {
                value: member.key.clone(),
                span: probe.span(member.key_span.clone()),
            })
            .collect(),
        span: probe.at(node),
    }
}

/// The members of an object with string values; a value of another kind counts as its text.
pub(super) fn pairs(node: &Node, probe: &Probe) -> ContextPairs {
    node.members()
        .iter()
        .map(|member| {
            let key = Field {
                value: member.key.clone(),
                span: probe.span(member.key_span.clone()),
            };
            let value = Field {
                value: member.value.as_str().unwrap_or_default().to_owned(),
                span: probe.at(&member.value),
            };
            (key, value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Data;
    use crate::evidence::assemble;
    use crate::input::{Options, gather_bytes};
    use crate::policy::evaluate;

    fn grants(text: &str) -> Vec<Grant> {
        let files = vec![("grants.json".to_owned(), text.as_bytes().to_vec())];
        let gathered = gather_bytes(files, &Options::default()).unwrap();
        let bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
        match &bundle.artefacts[0].data {
            Data::Grants(list) => list.grants.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn everything_that_list_grants_says_reaches_the_evaluation() {
        let text = r#"{"Grants": [{
            "KeyId": "arn:aws:kms:us-east-1:111122223333:key/c198e57b-ff7b-4500-911d-c1c85f2ef956",
            "GrantId": "a", "Name": "n", "GranteePrincipal": "arn:aws:iam::444455556666:role/r",
            "RetiringPrincipal": "arn:aws:iam::111122223333:user/u", "IssuingAccount": "arn:aws:iam::111122223333:root",
            "Operations": ["GetPublicKey", "Sign"],
            "Constraints": {"EncryptionContextSubset": {"k": "v"}, "SourceArn": "arn:aws:s3:::b", "Later": 1}
        }, {"GrantId": "b", "GranteePrincipal": "dynamodb.us-east-1.amazonaws.com", "Operations": ["DescribeKey"]}]}"#;
        let grants = grants(text);
        let own = &grants[0];
        assert_eq!(own.issuer(), Some("111122223333"));
        assert_eq!(
            &text[own.place_of("Sign").start..own.place_of("Sign").end],
            "\"Sign\""
        );
        assert_eq!(own.place_of("Verify"), own.span);
        assert_eq!(
            evaluate::Grant::from(own),
            evaluate::Grant {
                grantee: Some("arn:aws:iam::444455556666:role/r".to_owned()),
                grantee_service: None,
                retiring: Some("arn:aws:iam::111122223333:user/u".to_owned()),
                operations: vec!["GetPublicKey".to_owned(), "Sign".to_owned()],
                context_equals: None,
                context_subset: Some(vec![("k".to_owned(), "v".to_owned())]),
                source_arn: Some("arn:aws:s3:::b".to_owned()),
                other_constraint: true,
            }
        );
        assert_eq!(
            evaluate::Grant::from(&grants[1]).grantee_service.as_deref(),
            Some("dynamodb.us-east-1.amazonaws.com")
        );
    }
}
