//! Principals that AWS refuses, or that mean nobody.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal"; KMS API Reference, `PutKeyPolicy` (principals must
//! exist); IAM Access Analyzer, "Policy check reference" (invalid principal).

use std::ops::Range;

use crate::arn::{Arn, is_account_id, is_unknown};
use crate::json::{Node, Value};
use crate::policy::{Document, Principal, Statement};

/// Why a principal is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalFault {
    /// There is no `Principal` at all.
    Missing,
    /// A list without entries.
    Empty,
    /// A text that stands without `AWS`, `Service` and the like.
    Bare,
    /// A kind that there is not, such as `aws`.
    Kind,
    /// White space stands in it.
    Space,
    /// A wildcard in a part of it.
    Wildcard,
    /// A group.
    Group,
    /// An instance profile.
    InstanceProfile,
    /// An account id that has not twelve digits.
    Account,
    /// An ARN of something that makes no requests, or of a wrong form.
    Arn,
    /// An ARN of another partition than the key's, or of none that there is.
    Partition,
    /// A name that is no ARN.
    Name,
    /// A service under `AWS`.
    ServiceAsAws,
    /// No name of a service.
    Service,
    /// `CanonicalUser`, which S3 alone knows.
    CanonicalUser,
    /// `Federated`: what it names reaches KMS as a session of a role only.
    Federated,
}

/// A principal that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalFlaw {
    /// Why.
    pub fault: PrincipalFault,
    /// Where.
    pub place: Range<usize>,
    /// As it is written; empty where there is nothing.
    pub text: String,
    /// What to write instead, where that is known.
    pub instead: Option<String>,
}

/// The partitions of AWS (IAM User Guide, "Amazon Resource Names (ARNs)", and the endpoints of the SDKs).
const PARTITIONS: &[&str] = &[
    "aws",
    "aws-cn",
    "aws-eusc",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-us-gov",
];

/// The most principals of one statement that are looked at; those beyond are taken for good.
const MOST: usize = 2_000;

/// The principals of a statement that are none, in the order of the text. `partition` is the key's, where it is known.
/// What only deployment gives has no flaw, and neither have ids of deleted users and roles: those are
/// [`deleted_principals`].
///
/// Source: IAM User Guide, "AWS JSON policy elements: Principal".
pub fn principal_flaws(document: &Document, index: usize, partition: Option<&str>) -> Vec<PrincipalFlaw> {
    let Some(node) = document.statement_node(index).filter(|node| node.is_object()) else {
        return Vec::new();
    };
    let Some(value) = node.get_any(&["Principal", "NotPrincipal"]) else {
        let misspelt = node.members().iter().any(|member| {
            ["Principal", "NotPrincipal"]
                .iter()
                .any(|name| member.key.eq_ignore_ascii_case(name))
        });
        // A misspelt element is a fault of its own.
        let flaw = flaw(PrincipalFault::Missing, &node.span, "", None);
        return if misspelt { Vec::new() } else { vec![flaw] };
    };
    let mut found = Vec::new();
    match &value.value {
        Value::Object(members) if members.is_empty() => {
            found.push(flaw(PrincipalFault::Empty, &value.span, "", None));
        }
        Value::Object(members) => {
            for member in members {
                let items = member.value.one_or_many();
                let known = ["AWS", "Service", "Federated", "CanonicalUser"];
                if !known.contains(&member.key.as_str()) {
                    if is_unknown(&member.key) {
                        continue;
                    }
                    let meant = known.iter().find(|name| name.eq_ignore_ascii_case(&member.key));
                    let instead = meant.map(|name| (*name).to_owned());
                    found.push(flaw(PrincipalFault::Kind, &member.key_span, &member.key, instead));
                    continue;
                }
                if items.is_empty() {
                    found.push(flaw(PrincipalFault::Empty, &member.value.span, "", None));
                }
                found.extend(
                    items
                        .iter()
                        .take(MOST)
                        .filter_map(|item| entry(&member.key, item, partition)),
                );
            }
        }
        _ => found.extend(value.one_or_many().iter().take(MOST).filter_map(bare)),
    }
    found.sort_by_key(|flaw| flaw.place.start);
    found
}

fn flaw(fault: PrincipalFault, place: &Range<usize>, text: &str, instead: Option<String>) -> PrincipalFlaw {
    PrincipalFlaw {
        fault,
        place: place.clone(),
        text: text.to_owned(),
        instead,
    }
}

/// A text that stands without its kind: only `"*"` may.
fn bare(item: &Node) -> Option<PrincipalFlaw> {
    let text = item.as_str()?;
    if text == "*" || is_unknown(text) {
        return None;
    }
    let kind = if text.ends_with(".amazonaws.com") {
        "Service"
    } else {
        "AWS"
    };
    let is_one = Arn::parse(text).is_some() || is_account_id(text) || kind == "Service";
    let instead = is_one.then(|| format!("{{\"{kind}\": \"{text}\"}}"));
    Some(flaw(PrincipalFault::Bare, &item.span, text, instead))
}

fn entry(kind: &str, item: &Node, partition: Option<&str>) -> Option<PrincipalFlaw> {
    let text = item.as_str()?;
    if is_unknown(text) {
        return None;
    }
    let (fault, instead) = match kind {
        "CanonicalUser" => (PrincipalFault::CanonicalUser, None),
        "Federated" => (PrincipalFault::Federated, None),
        "Service" => service(text)?,
        _ => aws(text, partition)?,
    };
    Some(flaw(fault, &item.span, text, instead))
}

type Found = Option<(PrincipalFault, Option<String>)>;

/// The name of a service: labels of small letters, the last of them AWS's domain.
fn service(text: &str) -> Found {
    if text.contains(char::is_whitespace) {
        let bare: String = text.split_whitespace().collect();
        let instead = service(&bare).is_none().then_some(bare);
        return Some((PrincipalFault::Space, instead));
    }
    if text.contains(['*', '?']) {
        return Some((PrincipalFault::Wildcard, None));
    }
    let plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.')
    };
    if plain(text) && text.contains('.') {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let instead = if !plain(&lower) || lower.is_empty() {
        None
    } else if lower.contains('.') {
        Some(lower)
    } else {
        Some(format!("{lower}.amazonaws.com"))
    };
    Some((PrincipalFault::Service, instead))
}

/// A value under `AWS`.
fn aws(text: &str, partition: Option<&str>) -> Found {
    if text == "*" || is_account_id(text) {
        return None;
    }
    if text.contains(char::is_whitespace) {
        let bare: String = text.split_whitespace().collect();
        let instead = aws(&bare, partition).is_none().then_some(bare);
        return Some((PrincipalFault::Space, instead));
    }
    if let Principal::Deleted(id) = Principal::aws(text) {
        return match id.get(..4) {
            Some("AGPA") => Some((PrincipalFault::Group, None)),
            Some("ANPA") => Some((PrincipalFault::InstanceProfile, None)),
            _ => None,
        };
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return Some((PrincipalFault::Account, is_account_id(&digits).then_some(digits)));
    }
    let Some(arn) = Arn::parse(text) else {
        if text.contains(['*', '?']) {
            return Some((PrincipalFault::Wildcard, None));
        }
        if text.ends_with(".amazonaws.com") {
            let instead = format!("{{\"Service\": \"{text}\"}}");
            return Some((PrincipalFault::ServiceAsAws, Some(instead)));
        }
        return Some((PrincipalFault::Name, None));
    };
    if text.contains(['*', '?']) {
        return Some((PrincipalFault::Wildcard, None));
    }
    let other = partition.is_some_and(|own| own != arn.partition);
    if other || !PARTITIONS.contains(&arn.partition) {
        let instead = partition.map(|own| {
            let Arn {
                service,
                region,
                account,
                resource,
                ..
            } = arn;
            format!("arn:{own}:{service}:{region}:{account}:{resource}")
        });
        return Some((PrincipalFault::Partition, instead));
    }
    if !is_account_id(arn.account) {
        return Some((PrincipalFault::Account, None));
    }
    resource(&arn)
}

/// What the ARN is of.
fn resource(arn: &Arn<'_>) -> Found {
    let Arn {
        partition, account, ..
    } = *arn;
    let (kind, name) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
    let ends = name.rsplit('/').next().unwrap_or_default();
    match (arn.service, kind) {
        ("iam", "root") if name.is_empty() && arn.region.is_empty() && arn.resource == "root" => None,
        ("iam", "user" | "role") if !ends.is_empty() && arn.region.is_empty() => None,
        ("sts", "assumed-role") if name.split('/').filter(|part| !part.is_empty()).count() == 2 => None,
        ("sts", "federated-user") if !name.is_empty() => None,
        ("iam", "group") => Some((PrincipalFault::Group, None)),
        ("iam", "instance-profile") => Some((PrincipalFault::InstanceProfile, None)),
        ("iam", "saml-provider" | "oidc-provider") => Some((PrincipalFault::Federated, None)),
        // A session without a name is meant to be any session of the role.
        ("sts" | "iam", "assumed-role") => {
            let role = name.split('/').next().unwrap_or_default();
            let instead = (!role.is_empty()).then(|| format!("arn:{partition}:iam::{account}:role/{role}"));
            Some((PrincipalFault::Arn, instead))
        }
        ("iam" | "sts", _) => {
            let lower = kind.to_ascii_lowercase();
            let known = (lower == "root" && name.is_empty())
                || (["user", "role"].contains(&lower.as_str()) && !ends.is_empty());
            let tail = if name.is_empty() {
                String::new()
            } else {
                format!("/{name}")
            };
            let instead = known.then(|| format!("arn:{partition}:iam::{account}:{lower}{tail}"));
            Some((PrincipalFault::Arn, instead))
        }
        _ => Some((PrincipalFault::Arn, None)),
    }
}

/// The ids of deleted users and roles that a statement names, each with its place: nobody has them any more, and a new
/// user or role of the same name has another (IAM User Guide, "AWS JSON policy elements: Principal").
pub fn deleted_principals(statement: &Statement) -> Vec<(&str, Range<usize>)> {
    let list = statement.principals.iter().flat_map(|list| &list.list);
    list.filter_map(|(principal, place)| match principal {
        Principal::Deleted(id) if id.starts_with("AIDA") || id.starts_with("AROA") => {
            Some((id.as_str(), place.clone()))
        }
        _ => None,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::lint::tests::document;

    fn faults(principal: &str) -> Vec<(PrincipalFault, Option<String>)> {
        let document = document(&format!(r#""Effect":"Allow","Action":"kms:Sign",{principal}"#));
        principal_flaws(&document, 0, Some("aws"))
            .into_iter()
            .map(|flaw| (flaw.fault, flaw.instead))
            .collect()
    }

    #[test]
    fn a_principal_that_is_none_has_its_reason_and_what_was_meant() {
        use PrincipalFault::{
            Account, Arn, Bare, CanonicalUser, Empty, Federated, Group, InstanceProfile, Kind, Missing, Name,
            Partition, Service, ServiceAsAws, Space, Wildcard,
        };
        let user = "arn:aws:iam::111122223333:user/a";
        for (principal, fault, instead) in [
            (r#""Sid":"x""#, Missing, None),
            (r#""Principal":{}"#, Empty, None),
            (r#""Principal":{"AWS":[]}"#, Empty, None),
            (
                r#""Principal":"arn:aws:iam::111122223333:user/a""#,
                Bare,
                Some(r#"{"AWS": "arn:aws:iam::111122223333:user/a"}"#),
            ),
            (r#""Principal":"alice""#, Bare, None),
            (
                r#""Principal":["sns.amazonaws.com"]"#,
                Bare,
                Some(r#"{"Service": "sns.amazonaws.com"}"#),
            ),
            (r#""Principal":{"aws":"*"}"#, Kind, Some("AWS")),
            (r#""Principal":{"User":"*"}"#, Kind, None),
            (
                r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/a "}"#,
                Space,
                Some(user),
            ),
            (
                r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/*"}"#,
                Wildcard,
                None,
            ),
            (r#""Principal":{"AWS":"arn:aws:iam::*:root"}"#, Wildcard, None),
            (
                r#""Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/r/*"}"#,
                Wildcard,
                None,
            ),
            (
                r#""NotPrincipal":{"AWS":"arn:aws:iam::111122223333:group/g"}"#,
                Group,
                None,
            ),
            (r#""Principal":{"AWS":"AGPAIOSFODNN7EXAMPLE"}"#, Group, None),
            (
                r#""Principal":{"AWS":"arn:aws:iam::111122223333:instance-profile/i"}"#,
                InstanceProfile,
                None,
            ),
            (r#""Principal":{"AWS":"11112222333"}"#, Account, None),
            (
                r#""Principal":{"AWS":"1111-2222-3333"}"#,
                Account,
                Some("111122223333"),
            ),
            (
                r#""Principal":{"AWS":"arn:aws:iam::11112222333:user/a"}"#,
                Account,
                None,
            ),
            (
                r#""Principal":{"AWS":"arn:aws:iam::alias:user/a"}"#,
                Account,
                None,
            ),
            (
                r#""Principal":{"AWS":"arn:aws-cn:iam::111122223333:user/a"}"#,
                Partition,
                Some(user),
            ),
            (
                r#""Principal":{"AWS":"arn:amazon:iam::111122223333:user/a"}"#,
                Partition,
                Some(user),
            ),
            (
                r#""Principal":{"AWS":"arn:aws:iam::111122223333:User/a"}"#,
                Arn,
                Some(user),
            ),
            (
                r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/"}"#,
                Arn,
                None,
            ),
            (
                r#""Principal":{"AWS":"arn:aws:iam:us-east-1:111122223333:user/a"}"#,
                Arn,
                Some(user),
            ),
            (
                r#""Principal":{"AWS":"arn:aws:iam::111122223333:policy/p"}"#,
                Arn,
                None,
            ),
            (
                r#""Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/r"}"#,
                Arn,
                Some("arn:aws:iam::111122223333:role/r"),
            ),
            (r#""Principal":{"AWS":"arn:aws:s3:::bucket"}"#, Account, None),
            (r#""Principal":{"AWS":"alice"}"#, Name, None),
            (r#""Principal":{"AWS":""}"#, Name, None),
            (r#""Principal":{"AWS":"root"}"#, Name, None),
            (
                r#""Principal":{"AWS":"ec2.amazonaws.com"}"#,
                ServiceAsAws,
                Some(r#"{"Service": "ec2.amazonaws.com"}"#),
            ),
            (
                r#""Principal":{"Service":"ec2"}"#,
                Service,
                Some("ec2.amazonaws.com"),
            ),
            (
                r#""Principal":{"Service":"EC2.amazonaws.com"}"#,
                Service,
                Some("ec2.amazonaws.com"),
            ),
            (
                r#""Principal":{"Service":"arn:aws:iam::111122223333:role/r"}"#,
                Service,
                None,
            ),
            (r#""Principal":{"Service":"*"}"#, Wildcard, None),
            (r#""Principal":{"CanonicalUser":"79a59d"}"#, CanonicalUser, None),
            (
                r#""Principal":{"Federated":"accounts.google.com"}"#,
                Federated,
                None,
            ),
        ] {
            assert_eq!(
                faults(principal),
                [(fault, instead.map(str::to_owned))],
                "{principal}"
            );
        }
    }

    #[test]
    fn what_is_right_or_not_known_or_told_elsewhere_has_no_flaw() {
        for principal in [
            r#""Principal":"*""#,
            r#""Principal":{"AWS":["*","111122223333","arn:aws:iam::111122223333:root"]}"#,
            r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/path/a"}"#,
            r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/R"}"#,
            r#""Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/r/session"}"#,
            r#""Principal":{"AWS":"arn:aws:sts::111122223333:federated-user/f"}"#,
            r#""Principal":{"AWS":"AIDAIOSFODNN7EXAMPLE"}"#,
            r#""Principal":{"AWS":"${AdminArn}"}"#,
            r#""Principal":{"AWS":"arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}"#,
            r#""Principal":{"Service":"logs.us-east-1.amazonaws.com"}"#,
            r#""Principal":"${Who}""#,
            r#""principal":"*""#,
        ] {
            assert_eq!(faults(principal), [], "{principal}");
        }
    }
}
