//! The list commands of `aws kms`: `list-key-policies`, `list-grants`, `list-aliases`, `list-resource-tags`, `list-keys`.
//!
//! The AWS CLI follows pages on its own and then prints no `Truncated`; other clients, and `--no-paginate` or
//! `--max-items`, leave a page that says of itself that there is more.

use super::fields::Fields;
use super::{Format, Probe, Reader, cli_grant};
use crate::arn::Arn;
use crate::evidence::{Alias, AliasList, Data, Field, GrantList, KeyList, PolicyList, Tags};
use crate::json::Node;

/// What AWS and its clients put beside the list of an answer.
const BESIDE: [&str; 9] = [
    "Truncated",
    "IsTruncated",
    "NextMarker",
    "NextToken",
    "Marker",
    "KeyId",
    "ResponseMetadata",
    "$metadata",
    "@metadata",
];

/// True for an object whose member `list` is a list, every item of which has one of `marks`. An empty list has none to
/// look at, and is taken where nothing stands beside it that the answer does not have: much else has empty tags.
fn is_list_of(probe: &Probe, list: &str, marks: &[&str]) -> bool {
    let Some((object, found)) = probe
        .object()
        .and_then(|object| Some((object, object.get(list)?)))
    else {
        return false;
    };
    let is_alone = || {
        object
            .members()
            .iter()
            .all(|member| member.key == list || BESIDE.contains(&member.key.as_str()))
    };
    // Lambda has aliases too, and other services keys.
    let is_foreign = |item: &Node| {
        ["AliasArn", "KeyArn"]
            .iter()
            .filter_map(|name| Arn::parse(item.str_of(name)?))
            .any(|arn| arn.service != "kms")
            || (list == "Aliases" && item.get_any(&["FunctionVersion", "KeyArn"]).is_some())
    };
    found.is_array()
        && !found.items().iter().any(is_foreign)
        && found.items().iter().all(|item| item.get_any(marks).is_some())
        && (!found.items().is_empty() || is_alone())
}

macro_rules! format_of_list {
    ($(#[$doc:meta])* $name:ident, $id:literal, $title:literal, $recognise:expr, $read:expr) => {
        $(#[$doc])*
        pub(super) struct $name;

        impl Format for $name {
            fn id(&self) -> &'static str {
                $id
            }

            fn title(&self) -> &'static str {
                $title
            }

            fn recognise(&self, probe: &Probe) -> bool {
                let recognise: fn(&Probe) -> bool = $recognise;
                recognise(probe)
            }

            fn read(&self, probe: &Probe, reader: &mut Reader) {
                let Some(object) = probe.object() else { return };
                let mut fields = Fields::new(probe);
                let read: fn(&Node, &Probe, &mut Fields) -> Data = $read;
                let data = read(object, probe, &mut fields);
                reader.push_with(probe.at(object), data, fields.troubles);
            }
        }
    };
}

format_of_list!(
    /// `ListKeyPolicies`. IAM's `list-user-policies` has the same shape; only a key has a policy called `default`.
    ListKeyPolicies,
    "aws-list-key-policies",
    "the output of aws kms list-key-policies",
    |probe| probe.object().and_then(|object| object.get("PolicyNames")).is_some_and(|names| {
        names.is_array() && names.items().iter().any(|name| matches!(name.as_str(), Some("default" | "AWS_RAM")))
    }),
    |object, probe, fields| {
        let names = fields.list(object, "PolicyNames");
        let names = names
            .iter()
            .filter_map(|name| Some(Field { value: name.as_str()?.to_owned(), span: probe.at(name) }))
            .collect();
        Data::PolicyList(PolicyList { key: fields.key_of_command(), names, truncated: fields.truncated(object) })
    }
);

format_of_list!(
    /// `ListGrants` (and `ListRetirableGrants`).
    ListGrants,
    "aws-list-grants",
    "the output of aws kms list-grants",
    |probe| is_list_of(probe, "Grants", &["GrantId"])
        // S3's ACLs have a list of that name too, and an owner beside it.
        && probe.object().is_some_and(|object| object.get("Owner").is_none()),
    |object, probe, fields| {
        let list = fields.list(object, "Grants");
        let grants = list.iter().map(|grant| cli_grant::read(grant, probe, fields)).collect();
        Data::Grants(GrantList { key: fields.key_of_command(), grants, whole: true, truncated: fields.truncated(object) })
    }
);

format_of_list!(
    /// `ListAliases`.
    ListAliases,
    "aws-list-aliases",
    "the output of aws kms list-aliases",
    |probe| is_list_of(probe, "Aliases", &["AliasName", "AliasArn"]),
    |object, _, fields| {
        let mut aliases = Vec::new();
        for alias in fields.list(object, "Aliases") {
            let Some(name) = fields.text(alias, "AliasName") else { continue };
            aliases.push(Alias { name, arn: fields.text(alias, "AliasArn"), target: fields.key(alias, "TargetKeyId"), updated: fields.scalar(alias, "LastUpdatedDate").or_else(|| fields.scalar(alias, "CreationDate")), });
        }
        Data::Aliases(AliasList { aliases, truncated: fields.truncated(object) })
    }
);

format_of_list!(
    /// `ListResourceTags`. Other services' tags have `Key` and `Value`; KMS's have `TagKey` and `TagValue`.
    ListResourceTags,
    "aws-list-resource-tags",
    "the output of aws kms list-resource-tags",
    |probe| is_list_of(probe, "Tags", &["TagKey"]) && probe.object().is_some_and(|object| object.get("KeyMetadata").is_none()),
    |object, _, fields| {
        let mut tags = Vec::new();
        for tag in fields.list(object, "Tags") {
            if let (Some(key), Some(value)) = (fields.text(tag, "TagKey"), fields.text(tag, "TagValue")) {
                tags.push((key, value));
            }
        }
        Data::Tags(Tags { key: fields.key_of_command(), tags, truncated: fields.truncated(object) })
    }
);

format_of_list!(
    /// `ListKeys`.
    ListKeys,
    "aws-list-keys",
    "the output of aws kms list-keys",
    |probe| is_list_of(probe, "Keys", &["KeyArn", "KeyId"]),
    |object, _, fields| {
        let mut keys = Vec::new();
        for key in fields.list(object, "Keys") {
            keys.extend(fields.key(key, "KeyArn").or_else(|| fields.key(key, "KeyId")));
        }
        Data::Keys(KeyList { keys, truncated: fields.truncated(object) })
    }
);
