//! Grants on a key.
//!
//! KMS developer guide, "Grants in AWS KMS"; KMS API reference, `GrantConstraints`.

use serde_json::Value;

use crate::case::{Caller, many};
use crate::decision::Deciding;
use crate::principals::{Named, ways};

impl Deciding<'_, '_> {
    pub(crate) fn has_grant(&mut self, operation: &str, across: bool) -> bool {
        let case = self.case();
        let resource = self.resource();
        let mut ways = Vec::new();
        for grant in case.grants.iter().flatten() {
            if many(&grant["Operations"]).any(|listed| listed == operation) {
                let named = self.grantee(grant);
                if !named.is_empty() && self.constraints_are_met(grant, operation) {
                    ways.extend(named);
                }
            }
        }
        if (case.grants.is_none() || case.lacks("grants")) && self.maybe("an unknown grant") {
            ways.push(Named::Itself);
        }
        self.grants_suffice(&ways, across, &resource)
    }

    /// Grants name the caller in these ways: is it enough?
    fn grants_suffice(&mut self, ways: &[Named], across: bool, resource: &str) -> bool {
        if ways.is_empty() || matches!(self.case().caller, Caller::Service(_)) {
            return !ways.is_empty();
        }
        if across {
            return self.identity_allows(resource) || self.maybe("a grant across accounts is enough");
        }
        // "If a session policy is present and does not allow the requested action, then the request is implicitly denied."
        // Whether it limits what is granted to the session itself, or a boundary limits a grant, is not said.
        let itself = ways.contains(&Named::Itself) && !matches!(self.case().caller, Caller::User { .. });
        (self.session_policy_allows(resource)
            || (itself && self.maybe("a session policy does not limit its grants")))
            && (self.boundary_allows(resource) || self.maybe("a boundary does not limit grants"))
    }

    fn grantee(&mut self, grant: &Value) -> Vec<Named> {
        self.named_by(&[&grant["GranteePrincipal"], &grant["GranteeServicePrincipal"]])
    }

    /// How members of a grant name the caller. `*` is no principal of a grant.
    fn named_by(&mut self, members: &[&Value]) -> Vec<Named> {
        let mut all = Vec::new();
        for name in members
            .iter()
            .filter_map(|member| member.as_str())
            .filter(|name| *name != "*")
        {
            // "the GranteePrincipal field contains the service principal".
            let list = serde_json::json!({"AWS": name, "Service": name});
            all.extend(ways(&list, &mut self.asked));
        }
        all
    }

    /// KMS API reference, `GrantConstraints`: "applied only to cryptographic operations that support an encryption context,
    /// that is, all cryptographic operations with a symmetric KMS key".
    fn constraints_are_met(&mut self, grant: &Value, operation: &str) -> bool {
        const SYMMETRIC: &[&str] = &[
            "Decrypt",
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext",
            "ReEncryptFrom",
            "ReEncryptTo",
        ];
        // "The grantee principal can only create grants that allow some or all of the operations in the parent grant."
        if operation == "CreateGrant"
            && let Some(wanted) = self.asked.key("kms:GrantOperations")
            && !wanted
                .iter()
                .all(|own| many(&grant["Operations"]).any(|listed| listed == own))
        {
            return false;
        }
        let Some(constraints) = grant["Constraints"].as_object() else {
            return true;
        };
        let spec = self.asked.metadata("KeySpec");
        let symmetric = SYMMETRIC.contains(&operation) && spec.is_none_or(|spec| spec == "SYMMETRIC_DEFAULT");
        for (name, wanted) in constraints {
            let met = match name.as_str() {
                "SourceArn" => {
                    let source = self.asked.key("aws:SourceArn");
                    source.is_some_and(|values| values.iter().any(|value| wanted == value))
                }
                "EncryptionContextEquals" | "EncryptionContextSubset" if operation == "CreateGrant" => {
                    // "any grants that they create have an equally strict or stricter encryption context constraint".
                    self.maybe("the new grant is as strict")
                }
                "EncryptionContextEquals" | "EncryptionContextSubset" => {
                    !symmetric || self.has_encryption_context(wanted, name.ends_with("Equals"))
                }
                _ => self.maybe("a constraint that nobody knows"),
            };
            if !met {
                return false;
            }
        }
        true
    }

    /// "the key in each key-value pair is not case sensitive, but the value is".
    fn has_encryption_context(&mut self, wanted: &Value, exactly: bool) -> bool {
        let case = self.case();
        let wanted = wanted.as_object().expect("pairs");
        for (name, value) in wanted {
            let own = self.asked.key(&format!("kms:EncryptionContext:{name}"));
            if own.is_none_or(|own| own.len() != 1 || *value != own[0]) {
                return false;
            }
        }
        if !exactly {
            return true;
        }
        // Which keys there are says `kms:EncryptionContextKeys`; a case may leave it away.
        match self.asked.key("kms:EncryptionContextKeys") {
            Some(keys) => keys.len() == wanted.len(),
            None if case.context_complete => self.maybe("the encryption context has no more"),
            None => false,
        }
    }

    /// KMS developer guide, "Retiring and revoking grants": "The grant determines who can retire it."
    pub(crate) fn may_retire(&mut self) -> bool {
        let case = self.case();
        let resource = self.resource();
        let mut ways = Vec::new();
        for grant in case.grants.iter().flatten() {
            ways.extend(self.named_by(&[&grant["RetiringPrincipal"], &grant["RetiringServicePrincipal"]]));
            let named = self.grantee(grant);
            if many(&grant["Operations"]).any(|listed| listed == "RetireGrant")
                && !named.is_empty()
                && self.constraints_are_met(grant, "RetireGrant")
            {
                ways.extend(named);
            }
        }
        let unknown = case.grants.is_none() || case.lacks("grants");
        if unknown && self.maybe("an unknown grant") {
            ways.push(Named::Itself);
        }
        if self.grants_suffice(&ways, false, &resource) {
            return true;
        }
        // "As a backup, the AWS account in which the grant was created can retire the grant", and can hand that on by IAM.
        let some = unknown || case.grants.as_ref().is_some_and(|list| !list.is_empty());
        some && self.identity_allows(&resource) && self.maybe("the caller's account created the grant")
    }
}
