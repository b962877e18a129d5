//! What the AWS CLI leaves out in its text output: the names of the fields, known by the shape of their values.
//!
//! The CLI sorts the fields of a record by name (the text formatter of both versions), so a line of columns is matched
//! against the sorted list of the names that the record can have, each with the shape of its values.

use crate::arn::{Arn, is_account_id, is_key_id};
use crate::encoding::base64;
use crate::json::{Member, Node, Value};

/// A field: its name and what its values look like.
pub(super) type Column = (&'static str, fn(&str) -> bool);

/// A record of the output: the name in the JSON, true for a list of them, and its fields sorted by name.
pub(super) struct Record {
    pub(super) name: &'static str,
    pub(super) is_list: bool,
    pub(super) columns: &'static [Column],
}

const fn record(name: &'static str, is_list: bool, columns: &'static [Column]) -> Record {
    Record {
        name,
        is_list,
        columns,
    }
}

/// The records of the outputs of KMS, and of some of IAM, that hold scalars.
pub(super) static RECORDS: &[Record] = &[
    record(
        "KeyMetadata",
        false,
        &[
            ("AWSAccountId", account),
            ("Arn", key_arn),
            ("CloudHsmClusterId", cluster),
            ("CreationDate", date),
            ("CurrentKeyMaterialId", digest),
            ("CustomKeyStoreId", store),
            ("CustomerMasterKeySpec", spec),
            ("DeletionDate", date),
            ("Description", any),
            ("Enabled", boolean),
            ("ExpirationModel", expiration),
            ("KeyId", key_id),
            ("KeyManager", manager),
            ("KeySpec", spec),
            ("KeyState", state),
            ("KeyUsage", usage),
            ("MultiRegion", boolean),
            ("Origin", origin),
            ("PendingDeletionWindowInDays", number),
            ("ValidTo", date),
        ],
    ),
    record(
        "Aliases",
        true,
        &[
            ("AliasArn", alias_arn),
            ("AliasName", alias),
            ("CreationDate", date),
            ("LastUpdatedDate", date),
            ("TargetKeyId", key_id),
        ],
    ),
    record(
        "Grants",
        true,
        &[
            ("CreationDate", date),
            ("GrantId", digest),
            ("GranteePrincipal", principal),
            ("GranteeServicePrincipal", service),
            ("IssuingAccount", principal),
            ("KeyId", key),
            ("Name", any),
            ("RetiringPrincipal", principal),
            ("RetiringServicePrincipal", service),
        ],
    ),
    record("Keys", true, &[("KeyArn", key_arn), ("KeyId", key_id)]),
    record("Tags", true, &[("TagKey", any), ("TagValue", any)]),
    record(
        "AccessKeyMetadata",
        true,
        &[
            ("AccessKeyId", access_key),
            ("CreateDate", date),
            ("Status", status),
            ("UserName", any),
        ],
    ),
    record(
        "AttachedPolicies",
        true,
        &[("PolicyArn", iam_arn), ("PolicyName", any)],
    ),
    record(
        "MFADevices",
        true,
        &[("EnableDate", date), ("SerialNumber", any), ("UserName", any)],
    ),
    record(
        "LoginProfile",
        false,
        &[
            ("CreateDate", date),
            ("PasswordResetRequired", boolean),
            ("UserName", any),
        ],
    ),
    record(
        "Groups",
        true,
        &[
            ("Arn", iam_arn),
            ("CreateDate", date),
            ("GroupId", any),
            ("GroupName", any),
            ("Path", path),
        ],
    ),
    record(
        "User",
        false,
        &[
            ("Arn", iam_arn),
            ("CreateDate", date),
            ("PasswordLastUsed", date),
            ("Path", path),
            ("UserId", any),
            ("UserName", any),
        ],
    ),
    record(
        "PermissionsBoundary",
        false,
        &[
            ("PermissionsBoundaryArn", iam_arn),
            ("PermissionsBoundaryType", any),
        ],
    ),
    record("PrimaryKey", false, &[("Arn", key_arn), ("Region", region)]),
    record("ReplicaKeys", true, &[("Arn", key_arn), ("Region", region)]),
    record("MultiRegionConfiguration", false, &[("MultiRegionKeyType", any)]),
    record("Constraints", false, &[]),
    record("XksKeyConfiguration", false, &[("Id", any)]),
    record("PolicyNames", true, &[]),
    record("Operations", true, &[]),
    record("SigningAlgorithms", true, &[]),
    record("EncryptionAlgorithms", true, &[]),
    record("MacAlgorithms", true, &[]),
    record("KeyAgreementAlgorithms", true, &[]),
    record("EncryptionContextSubset", false, &[]),
    record("EncryptionContextEquals", false, &[]),
    record("NextToken", false, &[("NextToken", any)]),
    record("ResponseMetadata", false, &[]),
];

/// The commands whose output has scalars at the top, with no name before them.
pub(super) static OUTPUTS: &[&[Column]] = &[
    // GetPublicKey
    &[
        ("CustomerMasterKeySpec", spec),
        ("KeyId", key),
        ("KeySpec", spec),
        ("KeyUsage", usage),
        ("PublicKey", public_key),
    ],
    // Sign
    &[
        ("KeyId", key),
        ("Signature", signature),
        ("SigningAlgorithm", algorithm),
    ],
    // The head of a list that is cut
    &[("NextMarker", marker), ("Truncated", boolean)],
    &[("Truncated", boolean)],
    // What --query picks: an alias and its key, a key's two names
    &[("AliasName", alias), ("TargetKeyId", key)],
    &[
        ("AliasArn", alias_arn),
        ("AliasName", alias),
        ("TargetKeyId", key),
    ],
    &[("KeyArn", key_arn), ("KeyId", key_id)],
    &[("KeyId", key), ("PublicKey", public_key)],
    &[("KeyArn", key_arn)],
];

/// The record of a name, in any letter case: text output has it in capitals.
pub(super) fn record_of(name: &str) -> Option<&'static Record> {
    RECORDS
        .iter()
        .find(|record| record.name.eq_ignore_ascii_case(name))
}

/// The fields that the columns of a line are, in order: each column has one field, in the order of the fields. Nothing
/// where no such order exists. An empty column is a field that this record does not have.
pub(super) fn assign(values: &[&str], columns: &[Column]) -> Option<Vec<Option<&'static str>>> {
    // Free text fits everywhere: it is a column only where the others do not do.
    let strict: Vec<Column> = columns
        .iter()
        .copied()
        .filter(|(name, _)| !matches!(*name, "Description" | "Name"))
        .collect();
    in_order(values, &strict).or_else(|| in_order(values, columns))
}

fn in_order(values: &[&str], columns: &[Column]) -> Option<Vec<Option<&'static str>>> {
    // reach[i][j]: the values from i on fit the fields from j on.
    let (rows, width) = (values.len(), columns.len());
    let stride = width.saturating_add(1);
    let at = |row: usize, column: usize| row.saturating_mul(stride).saturating_add(column);
    let mut reach = vec![false; rows.saturating_add(1).saturating_mul(stride)];
    for row in (0..=rows).rev() {
        for column in (0..=width).rev() {
            let fits = match (values.get(row), columns.get(column)) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(value), Some((_, shape))) => {
                    let skip = reach.get(at(row, column.saturating_add(1))).copied();
                    let take = (value.is_empty() || shape(value))
                        && reach
                            .get(at(row.saturating_add(1), column.saturating_add(1)))
                            .copied()
                            .unwrap_or_default();
                    take || skip.unwrap_or_default()
                }
            };
            if let Some(slot) = reach.get_mut(at(row, column)) {
                *slot = fits;
            }
        }
    }
    if reach.first() != Some(&true) {
        return None;
    }
    let mut names = Vec::with_capacity(rows);
    let mut column = 0_usize;
    for (row, value) in values.iter().enumerate() {
        loop {
            let (name, shape) = columns.get(column)?;
            column = column.saturating_add(1);
            let rest = reach
                .get(at(row.saturating_add(1), column))
                .copied()
                .unwrap_or_default();
            if (value.is_empty() || shape(value)) && rest {
                names.push((!value.is_empty()).then_some(*name));
                break;
            }
        }
    }
    Some(names)
}

/// An object of values whose names are known now. Each value's own place stands for its key.
pub(super) fn object(values: Vec<(&'static str, Node)>) -> Node {
    let start = values.iter().map(|(_, node)| node.span.start).min().unwrap_or(0);
    let end = values
        .iter()
        .map(|(_, node)| node.span.end)
        .max()
        .unwrap_or(start);
    let members = values
        .into_iter()
        .map(|(name, value)| Member {
            key: name.to_owned(),
            key_span: value.span.clone(),
            value,
        })
        .collect();
    Node {
        span: start..end,
        value: Value::Object(members),
    }
}

/// A value of the CLI's text and table output: Booleans are Python's, an absent value is `None`.
pub(super) fn scalar(text: &str, span: std::ops::Range<usize>) -> Node {
    let value = match text {
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        "None" => Value::Null,
        _ => Value::String(text.to_owned()),
    };
    Node { span, value }
}

fn any(_: &str) -> bool {
    true
}

/// True where somebody put letters or signs over digits: such a column is still that of an id.
fn masked(text: &str) -> bool {
    !text.is_empty()
        && (text
            .chars()
            .all(|char| matches!(char, 'x' | 'X' | '*' | '-' | '#'))
            || (text.len() <= 40
                && !text.contains(' ')
                && text.starts_with(['<', '['])
                && text.ends_with(['>', ']'])))
}

fn account(text: &str) -> bool {
    is_account_id(text)
        || masked(text)
        || ((9..=13).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn arn_of(text: &str, service: &str, resource: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| arn.service == service && arn.resource.starts_with(resource))
}

pub(super) fn key_arn(text: &str) -> bool {
    arn_of(text, "kms", "key/")
}

fn iam_arn(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| arn.service == "iam")
}

fn access_key(text: &str) -> bool {
    (text.starts_with("AKIA") || text.starts_with("ASIA")) || masked(text)
}

fn status(text: &str) -> bool {
    matches!(text, "Active" | "Inactive" | "Expired")
}

fn path(text: &str) -> bool {
    text.starts_with('/') && text.ends_with('/')
}

pub(super) fn alias_arn(text: &str) -> bool {
    arn_of(text, "kms", "alias/")
}

pub(super) fn alias(text: &str) -> bool {
    text.starts_with("alias/")
}

fn key_id(text: &str) -> bool {
    is_key_id(text) || masked(text)
}

fn key(text: &str) -> bool {
    key_arn(text) || key_id(text) || alias(text) || alias_arn(text)
}

fn date(text: &str) -> bool {
    let digits = text.trim_end_matches(|char: char| char.is_ascii_digit() || char == '.');
    (digits.is_empty() && text.len() >= 9)
        || (text.get(4..5) == Some("-")
            && text.get(7..8) == Some("-")
            && text.starts_with(|first: char| first.is_ascii_digit()))
}

fn boolean(text: &str) -> bool {
    matches!(text, "True" | "False")
}

fn number(text: &str) -> bool {
    text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn digest(text: &str) -> bool {
    (text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())) || masked(text)
}

fn marker(text: &str) -> bool {
    text.len() >= 20 && looks_like_base64(text)
}

fn cluster(text: &str) -> bool {
    text.starts_with("cluster-")
}

fn store(text: &str) -> bool {
    text.starts_with("cks-")
}

pub(super) fn spec(text: &str) -> bool {
    ["ECC_", "RSA_", "HMAC_", "ML_DSA_", "SYMMETRIC_DEFAULT", "SM2"]
        .iter()
        .any(|head| text.starts_with(head))
}

pub(super) fn usage(text: &str) -> bool {
    matches!(
        text,
        "SIGN_VERIFY" | "ENCRYPT_DECRYPT" | "GENERATE_VERIFY_MAC" | "KEY_AGREEMENT"
    )
}

fn expiration(text: &str) -> bool {
    text.starts_with("KEY_MATERIAL_")
}

pub(super) fn manager(text: &str) -> bool {
    matches!(text, "CUSTOMER" | "AWS")
}

pub(super) fn state(text: &str) -> bool {
    matches!(
        text,
        "Creating"
            | "Enabled"
            | "Disabled"
            | "PendingDeletion"
            | "PendingImport"
            | "PendingReplicaDeletion"
            | "Unavailable"
            | "Updating"
    )
}

pub(super) fn origin(text: &str) -> bool {
    matches!(
        text,
        "AWS_KMS" | "EXTERNAL" | "AWS_CLOUDHSM" | "EXTERNAL_KEY_STORE"
    )
}

fn region(text: &str) -> bool {
    text.contains('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn principal(text: &str) -> bool {
    text.starts_with("arn:") || text.ends_with(".amazonaws.com") || is_account_id(text)
}

fn service(text: &str) -> bool {
    text.ends_with(".amazonaws.com")
}

fn looks_like_base64(text: &str) -> bool {
    text.len() >= 40
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

/// Base64 of a SEQUENCE whose first element is a SEQUENCE too, as an SPKI is; that of a signature is an INTEGER.
pub(super) fn public_key(text: &str) -> bool {
    let head = text
        .get(..8)
        .and_then(|head| base64::decode(head.as_bytes()).ok());
    let inner = match head.as_deref() {
        // The length in one octet, or in two or three.
        Some([0x30, 0..=0x7f, inner, ..] | [0x30, 0x81, _, inner, ..] | [0x30, 0x82, _, _, inner, ..]) => {
            *inner
        }
        _ => return false,
    };
    inner == 0x30 && looks_like_base64(text)
}

fn signature(text: &str) -> bool {
    looks_like_base64(text)
}

fn algorithm(text: &str) -> bool {
    ["ECDSA_", "RSASSA_", "SM2DSA", "ML_DSA_", "ED25519_"]
        .iter()
        .any(|head| text.starts_with(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_their_shape_and_order() {
        let metadata = record_of("KEYMETADATA").unwrap();
        let values = [
            "111122223333",
            "arn:aws:kms:us-east-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
            "1764000000.0",
            "ECC_SECG_P256K1",
            "True",
            "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
            "CUSTOMER",
            "ECC_SECG_P256K1",
            "Enabled",
            "SIGN_VERIFY",
            "False",
            "AWS_KMS",
        ];
        let names: Vec<_> = assign(&values, metadata.columns)
            .unwrap()
            .into_iter()
            .flatten()
            .collect();
        assert_eq!(
            names,
            [
                "AWSAccountId",
                "Arn",
                "CreationDate",
                "CustomerMasterKeySpec",
                "Enabled",
                "KeyId",
                "KeyManager",
                "KeySpec",
                "KeyState",
                "KeyUsage",
                "MultiRegion",
                "Origin"
            ]
        );
    }

    #[test]
    fn a_line_that_fits_no_order_is_nothing() {
        let keys = record_of("Keys").unwrap();
        assert_eq!(assign(&["words", "more words"], keys.columns), None);
        assert_eq!(assign(&["a", "b", "c"], record_of("Tags").unwrap().columns), None);
    }
}
