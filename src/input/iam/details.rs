//! `aws iam get-account-authorization-details`.

use super::document;
use super::parts::{fill, list_of_names};
use crate::evidence::{Data, Field, IamDetails, IamKind, IamPolicy, IamPrincipal, ManagedPolicy};
use crate::input::fields::Fields;
use crate::input::{Format, Probe, Reader};
use crate::json::Node;

/// `GetAccountAuthorizationDetails`.
pub(in crate::input) struct AccountAuthorizationDetails;

/// Lists of the export, the names of their members, and the kind of principal.
const LISTS: [(&str, &str, &str, IamKind); 3] = [
    ("UserDetailList", "UserName", "UserPolicyList", IamKind::User),
    ("RoleDetailList", "RoleName", "RolePolicyList", IamKind::Role),
    ("GroupDetailList", "GroupName", "GroupPolicyList", IamKind::Group),
];

impl Format for AccountAuthorizationDetails {
    fn id(&self) -> &'static str {
        "aws-iam-account-authorization-details"
    }

    fn title(&self) -> &'static str {
        "the output of aws iam get-account-authorization-details"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe
            .object()
            .is_some_and(|object| object.get_any(&["UserDetailList", "RoleDetailList"]).is_some())
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let mut fields = Fields::new(probe);
        let mut principals = Vec::new();
        for (list, name, inline, kind) in LISTS {
            for entry in fields.list(object, list) {
                let (Some(arn), Some(name)) = (fields.text(entry, "Arn"), fields.text(entry, name)) else {
                    continue;
                };
                let mut own = IamPrincipal::new(arn.value, name.value, kind, probe.at(entry));
                fill(probe, reader, &mut fields, entry, &mut own);
                for policy in fields.list(entry, inline) {
                    inline_policy(probe, reader, &mut fields, policy, &mut own);
                }
                for policy in fields.list(entry, "AttachedManagedPolicies") {
                    own.attached.extend(fields.text(policy, "PolicyArn"));
                }
                own.groups = list_of_names(&mut fields, probe, entry, "GroupList");
                own.permissions = permissions(&mut fields, entry);
                principals.push(own);
            }
        }
        let mut policies = Vec::new();
        for entry in fields.list(object, "Policies") {
            policies.extend(managed(probe, reader, &mut fields, entry));
        }
        let data = Data::Iam(IamDetails {
            principals,
            policies,
            truncated: fields.truncated(object),
        });
        reader.push_with(probe.at(object), data, fields.troubles);
    }
}

fn inline_policy(
    probe: &Probe,
    reader: &mut Reader,
    fields: &mut Fields,
    entry: &Node,
    own: &mut IamPrincipal,
) {
    let name = fields.text(entry, "PolicyName").unwrap_or_else(|| Field {
        value: "without a name".to_owned(),
        span: probe.at(entry),
    });
    let read = entry
        .get("PolicyDocument")
        .and_then(|node| document::read(probe, reader, &mut fields.troubles, node, &name.value));
    match read {
        Some(policy) => own.inline.push(policy),
        None => own.unread.push(name),
    }
}

/// An entry of `Policies`; of its versions, the one in force counts.
fn managed(probe: &Probe, reader: &mut Reader, fields: &mut Fields, entry: &Node) -> Option<ManagedPolicy> {
    let arn = fields.text(entry, "Arn")?;
    let name = fields.text(entry, "PolicyName").map_or_else(
        || arn.value.rsplit('/').next().unwrap_or_default().to_owned(),
        |name| name.value,
    );
    let default_version = fields.text(entry, "DefaultVersionId");
    let mut policy = None;
    for version in fields.list(entry, "PolicyVersionList") {
        let is_named = default_version.is_some()
            && version.str_of("VersionId") == default_version.as_ref().map(|id| id.value.as_str());
        let is_default = version.get("IsDefaultVersion").and_then(Node::as_bool);
        if is_default.unwrap_or(is_named)
            && let Some(node) = version.get("Document")
        {
            policy = document::read(probe, reader, &mut fields.troubles, node, &name);
        }
    }
    Some(ManagedPolicy {
        policy: policy.map(|policy| IamPolicy {
            arn: Some(arn.value.clone()),
            inline: false,
            ..policy
        }),
        arn: arn.value,
        name,
        default_version,
        disputed: false,
        span: probe.at(entry),
    })
}

/// Everything that gives a principal permissions, by name.
fn permissions(fields: &mut Fields, entry: &Node) -> Vec<String> {
    let mut names = Vec::new();
    for (.., list, _) in LISTS {
        let inline = fields
            .list(entry, list)
            .iter()
            .filter_map(|policy| policy.str_of("PolicyName"));
        names.extend(inline.map(|name| format!("inline policy {name}")));
    }
    let attached = fields
        .list(entry, "AttachedManagedPolicies")
        .iter()
        .filter_map(|policy| policy.str_of("PolicyName"));
    names.extend(attached.map(|name| format!("attached policy {name}")));
    let groups = fields.list(entry, "GroupList").iter().filter_map(Node::as_str);
    names.extend(groups.map(|name| format!("group {name}")));
    names
}
