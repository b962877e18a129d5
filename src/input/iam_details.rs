//! `aws iam get-account-authorization-details` as JSON.

use super::fields::Fields;
use super::{Format, Probe, Reader};
use crate::evidence::{Data, IamDetails, IamPrincipal};
use crate::json::Node;

/// `GetAccountAuthorizationDetails`.
pub(super) struct IamDetailsFormat;

/// List, member with the name, and kind of principal.
const LISTS: [(&str, &str, &str); 3] = [
    ("UserDetailList", "UserName", "user"),
    ("RoleDetailList", "RoleName", "role"),
    ("GroupDetailList", "GroupName", "group"),
];

impl Format for IamDetailsFormat {
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
        for (list, name, kind) in LISTS {
            for entry in fields.list(object, list) {
                let (Some(arn), Some(name)) = (fields.text(entry, "Arn"), fields.text(entry, name)) else {
                    continue;
                };
                principals.push(IamPrincipal {
                    arn: arn.value,
                    name: name.value,
                    kind,
                    permissions: permissions(&mut fields, entry),
                    span: probe.at(entry),
                });
            }
        }
        let data = Data::Iam(IamDetails {
            principals,
            truncated: fields.truncated(object),
        });
        reader.push_with(probe.at(object), data, fields.troubles);
    }
}

/// Everything that gives a principal permissions, by name.
fn permissions(fields: &mut Fields, entry: &Node) -> Vec<String> {
    let mut names = Vec::new();
    for list in ["UserPolicyList", "RolePolicyList", "GroupPolicyList"] {
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
