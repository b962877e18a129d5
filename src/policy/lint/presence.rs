//! Which requests carry a condition key.
//!
//! Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Key Management Service"; KMS
//! developer guide, "Condition keys for AWS KMS"; IAM User Guide, "AWS global condition context keys".

use crate::policy::catalogue::{self, Action};
use crate::policy::{Principal, Statement};

/// Keys of requests that an AWS service makes as itself; a user's or role's own request has none of them (IAM User Guide,
/// "AWS global condition context keys", the availability of each).
const OF_SERVICES: &[&str] = &[
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

/// Keys of requests that a principal of IAM makes; a service's own request has none of them (the same page).
const OF_PRINCIPALS: &[&str] = &[
    "aws:federatedprovider",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltype",
    "aws:tokenissuetime",
    "aws:userid",
    "aws:username",
];

/// Keys that every request of a principal of IAM to KMS carries.
const ALWAYS: &[&str] = &[
    "aws:currenttime",
    "aws:epochtime",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltype",
    "aws:requestedregion",
    "aws:securetransport",
    "aws:userid",
    "kms:calleraccount",
    "kms:keyorigin",
    "kms:keyspec",
    "kms:keyusage",
    "kms:multiregion",
];

/// Keys that are documented for IAM policies only (KMS developer guide, "Condition keys for AWS KMS").
pub(super) fn is_for_iam_only(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    lower == "kms:resourcealiases" || lower.starts_with("aws:resourcetag/")
}

/// True for a key that a request for `action` may carry; `signs` where the key is known to sign. Keys of AWS as a whole may
/// be anywhere.
pub(super) fn may_carry(action: &Action, key: &str, signs: bool) -> bool {
    let lower = key.to_ascii_lowercase();
    if signs && lower.starts_with("kms:encryptioncontext") {
        // An encryption context belongs to symmetric encryption; on other keys KMS takes none, in grants neither.
        return false;
    }
    let own = lower.starts_with("kms:")
        || lower == "aws:tagkeys"
        || lower.starts_with("aws:requesttag/")
        || lower.starts_with("aws:resourcetag/");
    let general = [
        "kms:calleraccount",
        "kms:viaservice",
        // Deprecated names of keys that every request has.
        "kms:customermasterkeyspec",
        "kms:customermasterkeyusage",
    ];
    if !own || general.contains(&lower.as_str()) {
        return true;
    }
    let of_key = catalogue::service("kms")
        .and_then(|kms| kms.resources.iter().find(|resource| resource.name == "key"))
        .map(|resource| resource.condition_keys)
        .unwrap_or_default();
    action
        .condition_keys
        .iter()
        .chain(of_key)
        .any(|name| is_name(name, &lower))
}

/// True where `name`, in which `${…}` stands for any text, is this key, which is in small letters.
fn is_name(name: &str, key: &str) -> bool {
    match name.split_once("${") {
        None => name.eq_ignore_ascii_case(key),
        Some((head, _)) => key
            .get(..head.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(head)),
    }
}

/// Why no request of the statement's principals carries the key, whatever the action.
pub(super) fn of_other_callers(statement: &Statement, key: &str) -> Option<&'static str> {
    let lower = key.to_ascii_lowercase();
    let list = statement.principals.as_ref().filter(|list| !list.negated)?;
    let all = |test: fn(&Principal) -> bool| list.iter().next().is_some() && list.iter().all(test);
    let is_tag = lower.starts_with("aws:principaltag/");
    if OF_SERVICES.contains(&lower.as_str())
        && all(|one| one.is_named() || matches!(one, Principal::Account(_)))
    {
        return Some("it is in requests that an AWS service makes as itself, and the statement names none");
    }
    if (is_tag || OF_PRINCIPALS.contains(&lower.as_str())) && all(|one| matches!(one, Principal::Service(_)))
    {
        return Some("a request that an AWS service makes as itself has no user or role");
    }
    None
}

/// True where every request that the statement is about carries the key.
pub(super) fn is_always_there(statement: &Statement, key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    if ALWAYS.contains(&lower.as_str()) {
        let services = statement
            .principals
            .as_ref()
            .is_none_or(|list| list.negated || list.iter().any(|one| matches!(one, Principal::Service(_))));
        return lower.starts_with("kms:key") || lower == "kms:multiregion" || !services;
    }
    // A grant has operations.
    lower == "kms:grantoperations"
        && !statement.not_action
        && statement
            .actions
            .iter()
            .all(|(pattern, _)| pattern.is_exactly("kms:CreateGrant"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::lint::tests::statement;

    #[test]
    fn keys_are_in_the_requests_that_the_reference_says() {
        for (action, key, expected) in [
            ("kms:Sign", "kms:SigningAlgorithm", true),
            ("kms:Sign", "KMS:signingalgorithm", true),
            ("kms:GetPublicKey", "kms:SigningAlgorithm", false),
            ("kms:Sign", "kms:RecipientAttestation:PCR0", false),
            ("kms:Sign", "kms:EncryptionContext:team", false),
            ("kms:CreateGrant", "kms:EncryptionContextKeys", false),
            ("kms:CreateGrant", "kms:GrantOperations", true),
            ("kms:Sign", "kms:KeySpec", true),
            ("kms:Sign", "kms:CustomerMasterKeySpec", true),
            ("kms:Sign", "aws:SourceVpce", true),
            ("kms:Sign", "aws:RequestTag/team", false),
            ("kms:TagResource", "aws:RequestTag/team", true),
            ("kms:PutKeyPolicy", "kms:PolicyName", true),
            ("kms:SynchronizeMultiRegionKey", "kms:CallerAccount", true),
        ] {
            let found = may_carry(catalogue::action(action).unwrap(), key, true);
            assert_eq!(found, expected, "{action} {key}");
        }
    }

    #[test]
    fn an_encryption_context_may_be_there_while_the_key_is_not_known_to_sign() {
        let grant = catalogue::action("kms:CreateGrant").unwrap();
        let sign = catalogue::action("kms:Sign").unwrap();
        assert!(may_carry(grant, "kms:EncryptionContext:team", false));
        assert!(!may_carry(sign, "kms:EncryptionContext:team", false));
    }

    #[test]
    fn services_and_people_have_keys_of_their_own() {
        let role = statement(r#""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/r"}"#);
        let service = statement(r#""Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"}"#);
        let both =
            statement(r#""Effect":"Allow","Principal":{"AWS":"111122223333","Service":"sns.amazonaws.com"}"#);
        let all = statement(r#""Effect":"Allow","Principal":"*""#);
        for (statement, key, expected) in [
            (&role, "aws:SourceArn", true),
            (&role, "aws:PrincipalOrgID", false),
            (&service, "aws:SourceArn", false),
            (&service, "aws:PrincipalOrgID", true),
            (&service, "aws:PrincipalTag/team", true),
            (&both, "aws:SourceArn", false),
            (&both, "aws:PrincipalOrgID", false),
            (&all, "aws:SourceArn", false),
        ] {
            assert_eq!(of_other_callers(statement, key).is_some(), expected, "{key}");
        }
        assert!(is_always_there(&role, "aws:PrincipalArn"));
        assert!(!is_always_there(&service, "aws:PrincipalArn"));
        assert!(!is_always_there(&role, "aws:SourceVpce"));
    }
}
