//! What every request carries, whether it says so or not.
//!
//! Source: IAM User Guide, "AWS global condition context keys"; KMS developer guide, "Condition keys for AWS KMS".

use super::caller::CallerKind;
use super::context::Context;
use super::outcome::PremiseCode;
use super::{KeyMetadata, Policies, Request};
use crate::arn::Arn;

/// The context with what every such request carries.
pub(in crate::policy) fn derive(
    policies: &Policies,
    request: &Request,
    service: &str,
    operation: &str,
    on_key: bool,
    resource_account: Option<&str>,
) -> Context {
    let mut context = request.context.clone();
    let caller = &request.principal;
    let text = caller.text.as_str();
    let name = || text.rsplit('/').next().unwrap_or_default();
    let given = context.has("aws:PrincipalArn");
    if let Some(account) = caller.account() {
        context.derive("aws:PrincipalAccount", account);
        let kind = match caller.kind {
            CallerKind::Root => "Account",
            CallerKind::User => "User",
            CallerKind::FederatedUser => "FederatedUser",
            _ => "AssumedRole",
        };
        context.derive("aws:PrincipalType", kind);
        let partition = if caller.partition.is_empty() {
            "aws"
        } else {
            &caller.partition
        };
        match caller.kind {
            CallerKind::Session => {
                let roles = format!("arn:{partition}:iam::{account}:role/");
                context.derive("aws:PrincipalArn", format!("{roles}{}", caller.role));
                if !given {
                    context.pathless = Some((roles, caller.role.clone()));
                }
            }
            CallerKind::Root => {
                context.derive("aws:PrincipalArn", format!("arn:{partition}:iam::{account}:root"));
            }
            _ => context.derive("aws:PrincipalArn", text),
        }
        if caller.kind == CallerKind::User {
            context.derive("aws:username", name());
        }
        if service == "kms" {
            context.derive("kms:CallerAccount", account);
        }
    }
    let is_service = caller.kind == CallerKind::Service;
    context.derive(
        "aws:PrincipalIsAWSService",
        if is_service { "true" } else { "false" },
    );
    if is_service {
        context.derive("aws:PrincipalServiceName", text);
    }
    let via = context.has("aws:CalledVia") || context.has("kms:ViaService");
    context.derive("aws:ViaAWSService", if via { "true" } else { "false" });
    if let Some(account) = resource_account {
        context.derive("aws:ResourceAccount", account);
    }
    if let Some(arn) = Arn::parse(&request.resource) {
        if !arn.region.is_empty() {
            context.derive("aws:RequestedRegion", arn.region);
        }
        if on_key && arn.resource.starts_with("alias/") && !is_alias_action(operation) {
            context.derive("kms:RequestAlias", arn.resource);
        }
    } else if on_key && request.resource.starts_with("alias/") && !is_alias_action(operation) {
        context.derive("kms:RequestAlias", request.resource.as_str());
    }
    if service == "kms" {
        derive_kms(policies.key_metadata.as_ref(), &mut context, operation, on_key);
    }
    context
}

pub(super) fn is_alias_action(operation: &str) -> bool {
    ["CreateAlias", "DeleteAlias", "UpdateAlias"].contains(&operation)
}

/// What a request to KMS carries of its key and its parameters' defaults.
fn derive_kms(metadata: Option<&KeyMetadata>, context: &mut Context, operation: &str, on_key: bool) {
    match operation {
        "Sign" | "Verify" => {
            context.derive("kms:MessageType", "RAW");
            if metadata.is_some_and(|key| key.key_spec.as_deref() == Some("ECC_SECG_P256K1")) {
                // The only one that the curve has.
                context.derive("kms:SigningAlgorithm", "ECDSA_SHA_256");
            }
        }
        "PutKeyPolicy" | "GetKeyPolicy" => context.derive("kms:PolicyName", "default"),
        _ => {}
    }
    if ["PutKeyPolicy", "CreateKey"].contains(&operation) {
        // Not documented: whether the key is there when the parameter is not given.
        context.derive_unknown("kms:BypassPolicyLockoutSafetyCheck", PremiseCode::Context);
    }
    if !on_key {
        return;
    }
    let text = |value: Option<&String>| value.cloned();
    let flag = metadata
        .and_then(|key| key.multi_region)
        .map(|flag| flag.to_string());
    for (key, value) in [
        (
            "kms:KeySpec",
            text(metadata.and_then(|key| key.key_spec.as_ref())),
        ),
        (
            "kms:CustomerMasterKeySpec",
            text(metadata.and_then(|key| key.key_spec.as_ref())),
        ),
        (
            "kms:KeyUsage",
            text(metadata.and_then(|key| key.key_usage.as_ref())),
        ),
        (
            "kms:CustomerMasterKeyUsage",
            text(metadata.and_then(|key| key.key_usage.as_ref())),
        ),
        (
            "kms:KeyOrigin",
            text(metadata.and_then(|key| key.origin.as_ref())),
        ),
        ("kms:MultiRegion", flag.clone()),
    ] {
        match value {
            Some(value) => context.derive(key, value),
            None => context.derive_unknown(key, PremiseCode::KeyMetadata),
        }
    }
    match (
        flag.as_deref(),
        metadata.and_then(|key| key.multi_region_key_type.clone()),
    ) {
        (_, Some(kind)) => context.derive("kms:MultiRegionKeyType", kind),
        // A single-Region key has none.
        (Some("false"), None) => {}
        _ => context.derive_unknown("kms:MultiRegionKeyType", PremiseCode::Context),
    }
}
