//! Condition keys that are not of one service.
//!
//! Source: IAM User Guide, "AWS global condition context keys": name, data type and value type of each. The Service
//! Authorization Reference lists only those that a service documents again, so these are kept by hand.

use super::{ConditionKey, KeyType};

const fn one(name: &'static str, kind: KeyType) -> ConditionKey {
    ConditionKey {
        name,
        kind,
        multivalued: false,
    }
}

const fn many(name: &'static str, kind: KeyType) -> ConditionKey {
    ConditionKey {
        name,
        kind,
        multivalued: true,
    }
}

/// The keys, by name.
pub(super) const KEYS: &[ConditionKey] = &[
    one("aws:AssumedRoot", KeyType::Bool),
    many("aws:CalledVia", KeyType::String),
    one("aws:CalledViaFirst", KeyType::String),
    one("aws:CalledViaLast", KeyType::String),
    one("aws:ChatbotSourceArn", KeyType::Arn),
    one("aws:CurrentTime", KeyType::Date),
    one("aws:Ec2InstanceSourcePrivateIPv4", KeyType::IpAddress),
    one("aws:Ec2InstanceSourceVpc", KeyType::String),
    one("aws:EpochTime", KeyType::Date),
    one("aws:FederatedProvider", KeyType::String),
    one("aws:MultiFactorAuthAge", KeyType::Numeric),
    one("aws:MultiFactorAuthPresent", KeyType::Bool),
    one("aws:PrincipalAccount", KeyType::String),
    one("aws:PrincipalArn", KeyType::Arn),
    one("aws:PrincipalIsAWSService", KeyType::Bool),
    one("aws:PrincipalOrgID", KeyType::String),
    many("aws:PrincipalOrgPaths", KeyType::String),
    one("aws:PrincipalServiceName", KeyType::String),
    many("aws:PrincipalServiceNamesList", KeyType::String),
    one("aws:PrincipalTag/${TagKey}", KeyType::String),
    one("aws:PrincipalType", KeyType::String),
    one("aws:RequestTag/${TagKey}", KeyType::String),
    one("aws:RequestedRegion", KeyType::String),
    one("aws:ResourceAccount", KeyType::String),
    one("aws:ResourceOrgID", KeyType::String),
    many("aws:ResourceOrgPaths", KeyType::String),
    one("aws:ResourceTag/${TagKey}", KeyType::String),
    one("aws:SecureTransport", KeyType::Bool),
    one("aws:SourceAccount", KeyType::String),
    one("aws:SourceArn", KeyType::Arn),
    one("aws:SourceIdentity", KeyType::String),
    one("aws:SourceIp", KeyType::IpAddress),
    one("aws:SourceOrgID", KeyType::String),
    many("aws:SourceOrgPaths", KeyType::String),
    one("aws:SourceVpc", KeyType::String),
    one("aws:SourceVpcArn", KeyType::Arn),
    one("aws:SourceVpce", KeyType::String),
    many("aws:TagKeys", KeyType::String),
    one("aws:TokenIssueTime", KeyType::Date),
    one("aws:UserAgent", KeyType::String),
    one("aws:ViaAWSService", KeyType::Bool),
    one("aws:VpcSourceIp", KeyType::IpAddress),
    one("aws:VpceAccount", KeyType::String),
    one("aws:VpceOrgID", KeyType::String),
    many("aws:VpceOrgPaths", KeyType::String),
    one("aws:referer", KeyType::String),
    one("aws:userid", KeyType::String),
    one("aws:username", KeyType::String),
];
