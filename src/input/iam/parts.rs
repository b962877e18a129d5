//! Answers of IAM about one user, role, group or policy.
//!
//! Many of them do not say whom they are about: then the command above them does, in a copy of a terminal, or the name of
//! the file, which is for the evidence to look at.

use super::document;
use crate::evidence::{
    AccessKeyFact, Data, Field, IamKind, IamOwner, IamPart, IamPolicy, IamPrincipal, IamSays, ManagedPolicy,
    masked_key_id,
};
use crate::input::fields::Fields;
use crate::input::{Format, Probe, Reader};
use crate::json::Node;

/// What AWS and its clients put beside an answer.
const BESIDE: [&str; 6] = [
    "IsTruncated",
    "Marker",
    "NextToken",
    "ResponseMetadata",
    "$metadata",
    "@metadata",
];

/// True for an object that has the members, and beside them nothing but what every answer has.
fn is_answer(probe: &Probe, members: &[&str]) -> bool {
    probe.object().is_some_and(|object| {
        object
            .members()
            .iter()
            .all(|member| members.contains(&member.key.as_str()) || BESIDE.contains(&member.key.as_str()))
    })
}

/// True for an answer that is a list of objects with these members; an empty one counts.
fn is_list(probe: &Probe, name: &str, marks: &[&str]) -> bool {
    let list = probe.object().and_then(|object| object.get(name));
    is_answer(probe, &[name])
        && list.is_some_and(|list| list.is_array() && list.items().iter().all(|item| item.has(marks)))
}

/// The member of the answer that is an entry of IAM of a kind.
fn entry<'p>(probe: &'p Probe, name: &str, kind: IamKind) -> Option<&'p Node> {
    let entry = probe.object()?.get(name)?;
    let is_own = IamKind::of_arn(entry.str_of("Arn")?) == Some(kind) || entry.has(&["CreateDate", "Path"]);
    is_own.then_some(entry)
}

/// Fills in what every form of an entry has.
pub(super) fn fill(
    probe: &Probe,
    reader: &mut Reader,
    fields: &mut Fields,
    entry: &Node,
    own: &mut IamPrincipal,
) {
    own.unique_id = ["UserId", "RoleId", "GroupId"]
        .iter()
        .find_map(|id| fields.text(entry, id))
        .map(|id| id.value);
    own.create_date = fields.scalar(entry, "CreateDate");
    own.last_used = fields.scalar(entry, "PasswordLastUsed");
    if let Some(used) = entry.get("RoleLastUsed") {
        own.last_used = fields.scalar(used, "LastUsedDate");
    }
    if let Some(boundary) = entry.get("PermissionsBoundary") {
        own.boundary = fields.text(boundary, "PermissionsBoundaryArn");
    }
    if let Some(trust) = entry.get("AssumeRolePolicyDocument") {
        own.trust = document::read(probe, reader, &mut fields.troubles, trust, "trust policy");
    }
    for tag in fields.list(entry, "Tags") {
        // In text output the names are those of KMS's tags.
        let key = fields.text(tag, "Key").or_else(|| fields.text(tag, "TagKey"));
        let value = fields.text(tag, "Value").or_else(|| fields.text(tag, "TagValue"));
        own.tags.extend(key.zip(value));
    }
    own.instance_profiles = fields
        .list(entry, "InstanceProfileList")
        .iter()
        .filter_map(|profile| profile.str_of("Arn").map(str::to_owned))
        .collect();
}

/// The strings of a list member.
pub(super) fn list_of_names(
    fields: &mut Fields,
    probe: &Probe,
    object: &Node,
    name: &str,
) -> Vec<Field<String>> {
    let list = fields.list(object, name);
    list.iter()
        .filter_map(|item| {
            Some(Field {
                value: item.as_str()?.to_owned(),
                span: probe.at(item),
            })
        })
        .collect()
}

/// The owner that the command above an answer names.
fn of_command(probe: &Probe) -> IamOwner {
    for (option, kind) in [
        ("--user-name", IamKind::User),
        ("--role-name", IamKind::Role),
        ("--group-name", IamKind::Group),
    ] {
        if let Some(name) = probe.argument("iam", option) {
            return IamOwner {
                kind: Some(kind),
                name: Some(name),
                arn: None,
            };
        }
    }
    IamOwner {
        arn: probe.argument("iam", "--policy-arn"),
        ..IamOwner::default()
    }
}

/// The owner of a kind that a member of the answer names, else the command.
fn owner(fields: &mut Fields, probe: &Probe, object: &Node, name: &str, kind: IamKind) -> IamOwner {
    let said = fields.text(object, name);
    let of_command = of_command(probe);
    IamOwner {
        kind: Some(kind),
        name: said.or(of_command.name.filter(|_| of_command.kind == Some(kind))),
        arn: None,
    }
}

fn part(of: IamOwner, says: IamSays, fields: &Fields, object: &Node) -> Data {
    Data::IamPart(Box::new(IamPart {
        of,
        says,
        truncated: fields.truncated(object),
    }))
}

macro_rules! format_of_answer {
    ($(#[$doc:meta])* $name:ident, $id:literal, $title:literal, $recognise:expr, $read:expr) => {
        $(#[$doc])*
        pub(in crate::input) struct $name;

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
                let read: fn(&Node, &Probe, &mut Reader, &mut Fields) -> Vec<Data> = $read;
                let mut all = read(object, probe, reader, &mut fields).into_iter();
                if let Some(first) = all.next() {
                    reader.push_with(probe.at(object), first, fields.troubles);
                }
                for data in all {
                    reader.push(probe.at(object), data);
                }
            }
        }
    };
}

/// The entry of a `Get…` answer.
fn principal(
    (object, name, kind): (&Node, &str, IamKind),
    probe: &Probe,
    reader: &mut Reader,
    fields: &mut Fields,
) -> Option<IamPrincipal> {
    let entry = object.get(name)?;
    let (arn, named) = (
        fields.text(entry, "Arn")?,
        fields.text(entry, &format!("{name}Name"))?,
    );
    let mut own = IamPrincipal::new(arn.value, named.value, kind, probe.at(entry));
    fill(probe, reader, fields, entry, &mut own);
    Some(own)
}

/// The answer of `GetUser` or `GetRole`.
fn entity(
    (object, name, kind): (&Node, &str, IamKind),
    probe: &Probe,
    reader: &mut Reader,
    fields: &mut Fields,
) -> Vec<Data> {
    let Some(own) = principal((object, name, kind), probe, reader, fields) else {
        return Vec::new();
    };
    let of = IamOwner {
        kind: Some(kind),
        name: None,
        arn: object.get(name).and_then(|entry| fields.text(entry, "Arn")),
    };
    vec![part(of, IamSays::Principal(Box::new(own)), fields, object)]
}

format_of_answer!(
    /// `GetUser`.
    GetUser,
    "aws-iam-get-user",
    "the output of aws iam get-user",
    |probe| is_answer(probe, &["User"]) && entry(probe, "User", IamKind::User).is_some(),
    |object, probe, reader, fields| entity((object, "User", IamKind::User), probe, reader, fields)
);

format_of_answer!(
    /// `GetRole`.
    GetRole,
    "aws-iam-get-role",
    "the output of aws iam get-role",
    |probe| is_answer(probe, &["Role"]) && entry(probe, "Role", IamKind::Role).is_some(),
    |object, probe, reader, fields| entity((object, "Role", IamKind::Role), probe, reader, fields)
);

format_of_answer!(
    /// `GetGroup`: the group, and the users in it.
    GetGroup,
    "aws-iam-get-group",
    "the output of aws iam get-group",
    |probe| is_answer(probe, &["Group", "Users"]) && entry(probe, "Group", IamKind::Group).is_some(),
    |object, probe, reader, fields| {
        let mut all = entity((object, "Group", IamKind::Group), probe, reader, fields);
        let group = object.get("Group").and_then(|group| fields.text(group, "GroupName"));
        for user in fields.list(object, "Users") {
            if let (Some(group), Some(arn)) = (group.clone(), fields.text(user, "Arn")) {
                let of = IamOwner {
                    kind: Some(IamKind::User),
                    name: None,
                    arn: Some(arn),
                };
                all.push(part(of, IamSays::InGroup(group), fields, object));
            }
        }
        all
    }
);

format_of_answer!(
    /// `ListUserPolicies`, `ListRolePolicies`, `ListGroupPolicies`. `ListKeyPolicies` of KMS has the same shape, and always
    /// the name `default`.
    InlinePolicyNames,
    "aws-iam-list-inline-policies",
    "the output of aws iam list-user-policies, list-role-policies or list-group-policies",
    |probe| {
        let names = probe.object().and_then(|object| object.get("PolicyNames"));
        is_answer(probe, &["PolicyNames"])
            && names.is_some_and(|names| {
                names.is_array()
                    && names
                        .items()
                        .iter()
                        .all(|name| !matches!(name.as_str(), None | Some("default" | "AWS_RAM")))
            })
    },
    |object, probe, _, fields| {
        let names = list_of_names(fields, probe, object, "PolicyNames");
        vec![part(of_command(probe), IamSays::InlineNames(names), fields, object)]
    }
);

format_of_answer!(
    /// `GetUserPolicy`, `GetRolePolicy`, `GetGroupPolicy`.
    InlinePolicy,
    "aws-iam-get-inline-policy",
    "the output of aws iam get-user-policy, get-role-policy or get-group-policy",
    |probe| {
        is_answer(
            probe,
            &["UserName", "RoleName", "GroupName", "PolicyName", "PolicyDocument"],
        ) && probe
            .object()
            .is_some_and(|object| object.has(&["PolicyName", "PolicyDocument"]))
    },
    |object, probe, reader, fields| {
        let of = [
            ("UserName", IamKind::User),
            ("RoleName", IamKind::Role),
            ("GroupName", IamKind::Group),
        ]
        .into_iter()
        .find(|(name, _)| object.get(name).is_some())
        .map_or_else(|| of_command(probe), |(name, kind)| owner(fields, probe, object, name, kind));
        let Some(name) = fields.text(object, "PolicyName") else {
            return Vec::new();
        };
        let policy = object
            .get("PolicyDocument")
            .and_then(|node| document::read(probe, reader, &mut fields.troubles, node, &name.value));
        let says = policy.map_or(IamSays::InlineUnread(name), |policy| {
            IamSays::Inline(Box::new(policy))
        });
        vec![part(of, says, fields, object)]
    }
);

format_of_answer!(
    /// `ListAttachedUserPolicies`, `ListAttachedRolePolicies`, `ListAttachedGroupPolicies`.
    AttachedPolicies,
    "aws-iam-list-attached-policies",
    "the output of aws iam list-attached-user-policies, -role-policies or -group-policies",
    |probe| is_list(probe, "AttachedPolicies", &["PolicyArn"]),
    |object, probe, _, fields| {
        let list = fields.list(object, "AttachedPolicies");
        let arns = list
            .iter()
            .filter_map(|policy| fields.text(policy, "PolicyArn"))
            .collect();
        vec![part(of_command(probe), IamSays::Attached(arns), fields, object)]
    }
);

format_of_answer!(
    /// `ListGroupsForUser`. `ListGroups` has the same shape; the command, or the file's name, tells.
    GroupsForUser,
    "aws-iam-list-groups-for-user",
    "the output of aws iam list-groups-for-user",
    |probe| {
        is_list(probe, "Groups", &["GroupName", "Arn"])
            && probe.object().and_then(|object| object.get("Groups")).is_some_and(|list| {
                list.items()
                    .iter()
                    .all(|group| group.str_of("Arn").and_then(IamKind::of_arn) == Some(IamKind::Group))
            })
    },
    |object, probe, _, fields| {
        let list = fields.list(object, "Groups");
        let names = list
            .iter()
            .filter_map(|group| fields.text(group, "GroupName"))
            .collect();
        let of = owner(fields, probe, object, "UserName", IamKind::User);
        vec![part(of, IamSays::Groups(names), fields, object)]
    }
);

format_of_answer!(
    /// `GetPolicy`: a managed policy without its document.
    GetPolicy,
    "aws-iam-get-policy",
    "the output of aws iam get-policy",
    |probe| {
        is_answer(probe, &["Policy"])
            && probe
                .object()
                .and_then(|object| object.get("Policy"))
                .is_some_and(|policy| policy.has(&["PolicyName", "Arn", "DefaultVersionId"]))
    },
    |object, probe, _, fields| {
        let Some(entry) = object.get("Policy") else {
            return Vec::new();
        };
        let (Some(arn), Some(name)) = (fields.text(entry, "Arn"), fields.text(entry, "PolicyName")) else {
            return Vec::new();
        };
        let policy = ManagedPolicy {
            arn: arn.value.clone(),
            name: name.value,
            default_version: fields.text(entry, "DefaultVersionId"),
            policy: None,
            disputed: false,
            span: probe.at(entry),
        };
        let of = IamOwner {
            arn: Some(arn),
            ..IamOwner::default()
        };
        vec![part(of, IamSays::Managed(Box::new(policy)), fields, object)]
    }
);

format_of_answer!(
    /// `GetPolicyVersion`: a document, and not which policy it is of.
    GetPolicyVersion,
    "aws-iam-get-policy-version",
    "the output of aws iam get-policy-version",
    |probe| {
        is_answer(probe, &["PolicyVersion"])
            && probe
                .object()
                .and_then(|object| object.get("PolicyVersion"))
                .is_some_and(|version| version.has(&["Document", "VersionId"]))
    },
    |object, probe, reader, fields| {
        let Some(entry) = object.get("PolicyVersion") else {
            return Vec::new();
        };
        let version = fields.text(entry, "VersionId");
        let is_default = fields.bool(entry, "IsDefaultVersion").is_some_and(|own| own.value);
        let Some(policy) = entry
            .get("Document")
            .and_then(|node| document::read(probe, reader, &mut fields.troubles, node, ""))
        else {
            return Vec::new();
        };
        let says = IamSays::Version {
            policy: Box::new(IamPolicy {
                inline: false,
                ..policy
            }),
            version,
            is_default,
        };
        vec![part(of_command(probe), says, fields, object)]
    }
);

/// The user whom the items of a list name, where they name one.
fn user_of_items(fields: &mut Fields, probe: &Probe, list: &[Node]) -> IamOwner {
    let mut names = list.iter().filter_map(|item| fields.text(item, "UserName"));
    let name = names.next();
    IamOwner {
        kind: Some(IamKind::User),
        name: name.or_else(|| of_command(probe).name),
        arn: None,
    }
}

format_of_answer!(
    /// `ListAccessKeys`.
    ListAccessKeys,
    "aws-iam-list-access-keys",
    "the output of aws iam list-access-keys",
    |probe| is_list(probe, "AccessKeyMetadata", &["AccessKeyId"]),
    |object, probe, _, fields| {
        let list = fields.list(object, "AccessKeyMetadata");
        let of = user_of_items(fields, probe, list);
        let keys = list
            .iter()
            .map(|key| AccessKeyFact {
                id: fields.text(key, "AccessKeyId").map(|id| masked_key_id(&id.value)),
                active: fields.text(key, "Status").map(|status| status.value == "Active"),
                created: fields.scalar(key, "CreateDate"),
                last_used: None,
                span: probe.at(key),
            })
            .collect();
        vec![part(of, IamSays::AccessKeys(keys), fields, object)]
    }
);

format_of_answer!(
    /// `GetAccessKeyLastUsed`: names the user, and not the key.
    AccessKeyLastUsed,
    "aws-iam-get-access-key-last-used",
    "the output of aws iam get-access-key-last-used",
    |probe| {
        is_answer(probe, &["UserName", "AccessKeyLastUsed"])
            && probe
                .object()
                .and_then(|object| object.get("AccessKeyLastUsed"))
                .is_some_and(Node::is_object)
    },
    |object, probe, _, fields| {
        let Some(used) = object.get("AccessKeyLastUsed") else {
            return Vec::new();
        };
        let of = owner(fields, probe, object, "UserName", IamKind::User);
        let id = probe.argument("iam", "--access-key-id");
        // A key that was never used has no date, or N/A.
        let date = fields.scalar(used, "LastUsedDate").or_else(|| {
            Some(Field {
                value: "N/A".to_owned(),
                span: probe.at(used),
            })
        });
        let says = IamSays::KeyLastUsed {
            id: id.map(|id| masked_key_id(&id.value)),
            date,
        };
        vec![part(of, says, fields, object)]
    }
);

format_of_answer!(
    /// `ListMFADevices`.
    MfaDevices,
    "aws-iam-list-mfa-devices",
    "the output of aws iam list-mfa-devices",
    |probe| is_list(probe, "MFADevices", &["SerialNumber"]),
    |object, probe, _, fields| {
        let list = fields.list(object, "MFADevices");
        let of = user_of_items(fields, probe, list);
        let devices = list
            .iter()
            .filter_map(|device| fields.text(device, "SerialNumber"))
            .collect();
        vec![part(of, IamSays::MfaDevices(devices), fields, object)]
    }
);

format_of_answer!(
    /// `GetLoginProfile`: there is one where the user has a password for the console.
    LoginProfile,
    "aws-iam-get-login-profile",
    "the output of aws iam get-login-profile",
    |probe| {
        is_answer(probe, &["LoginProfile"])
            && probe
                .object()
                .and_then(|object| object.get("LoginProfile"))
                .is_some_and(|profile| profile.has(&["UserName"]))
    },
    |object, probe, _, fields| {
        let Some(profile) = object.get("LoginProfile") else {
            return Vec::new();
        };
        let of = owner(fields, probe, profile, "UserName", IamKind::User);
        vec![part(of, IamSays::ConsolePassword(probe.at(profile)), fields, object)]
    }
);
