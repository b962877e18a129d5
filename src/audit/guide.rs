//! The checklist of Hyperlane's guide "Agent Keys": for each key, step by step, follows, differs or not evaluated.
//!
//! Following the guide is never called safe: the checklist says what was done, the findings say what it means.

use super::report::{GuideRow, GuideStatus};
use crate::evidence::{Bundle, ClaimOrigin, Data, IamPrincipal, Key, Metadata, PolicyExport, guide_alias};
use crate::policy::{Effect, Principal, Statement};
use crate::rules::Context;
use crate::rules::address::{Verdict, judge_claim};
use crate::rules::policy::removable_grant_statement::is_grant_statement;

/// Id and title of each step, in the guide's order.
pub const STEPS: [(&str, &str); 12] = [
    ("user", "1  IAM user without permissions"),
    ("key", "2  customer's own KMS key"),
    ("region", "2  in the agent's region"),
    ("type", "2  type: asymmetric"),
    ("usage", "2  usage: sign and verify"),
    ("spec", "2  spec: ECC_SECG_P256K1"),
    ("alias", "2  alias of the guide's pattern"),
    ("administrator", "2  no administrator needed"),
    ("usage-permission", "2  usage for that user alone"),
    ("reduce-use-statement", "2a DescribeKey, Verify removed"),
    ("reduce-grant-statement", "2b grant statement removed"),
    ("address", "3  address compared"),
];

/// True for evidence of Hyperlane agents: their alias pattern, their users, their claims or announcements.
pub(super) fn is_hyperlane(bundle: &Bundle) -> bool {
    bundle
        .keys
        .iter()
        .flat_map(|key| &key.aliases)
        .any(|alias| alias.contains("hyperlane"))
        || bundle.claims.iter().any(|(claim, _)| {
            claim.origin != ClaimOrigin::Owner
                || matches!(claim.role.as_deref(), Some("validator" | "relayer"))
        })
        || bundle
            .iam()
            .flat_map(|details| &details.principals)
            .any(|principal| principal.name.starts_with("hyperlane-"))
}

/// What a step came to: status, better or worse, evidence.
type Step = (GuideStatus, Option<bool>, String);

fn follows(evidence: impl Into<String>) -> Step {
    (GuideStatus::Follows, None, evidence.into())
}

fn better(evidence: impl Into<String>) -> Step {
    (GuideStatus::Differs, Some(true), evidence.into())
}

fn worse(evidence: impl Into<String>) -> Step {
    (GuideStatus::Differs, Some(false), evidence.into())
}

fn unknown(evidence: impl Into<String>) -> Step {
    (GuideStatus::NotEvaluated, None, evidence.into())
}

/// The checklist of every key in scope.
pub(super) fn check(context: &Context<'_>) -> Vec<GuideRow> {
    let mut rows = Vec::new();
    for key in context.bundle.keys.iter().filter(|key| key.scope.is_some()) {
        let facts = Facts::of(context.bundle, key);
        for (step, title) in STEPS {
            let (status, better, evidence) = match step {
                "user" => facts.user(),
                "key" => facts.own_key(),
                "region" => region(key),
                "type" => facts.key_type(),
                "usage" => facts.field("usage", |metadata| &metadata.key_usage, "SIGN_VERIFY"),
                "spec" => facts.spec(),
                "alias" => alias(context, key),
                "administrator" => facts.administrator(),
                "usage-permission" => facts.usage_permission(),
                "reduce-use-statement" => facts.reduced_use(),
                "reduce-grant-statement" => facts.reduced_grants(),
                _ => address(context, key),
            };
            rows.push(GuideRow {
                step: step.to_owned(),
                title: title.to_owned(),
                status,
                better,
                subject: key.subject(),
                evidence,
            });
        }
    }
    rows
}

/// What the evidence says of one key, gathered once.
struct Facts<'b> {
    bundle: &'b Bundle,
    key: &'b Key,
    metadata: Option<&'b Metadata>,
    policy: Option<&'b PolicyExport>,
    /// The named principals that an Allow lets sign, sorted.
    signers: Vec<&'b Principal>,
}

impl<'b> Facts<'b> {
    fn of(bundle: &'b Bundle, key: &'b Key) -> Self {
        let metadata = bundle.of_key(key).find_map(|(artefact, _)| match &artefact.data {
            Data::Metadata(metadata) => Some(metadata.as_ref()),
            _ => None,
        });
        let policy = bundle.of_key(key).find_map(|(artefact, _)| match &artefact.data {
            Data::Policy(export)
                if export.is_key_policy
                    && export.name.as_ref().is_none_or(|name| name.value == "default") =>
            {
                Some(export)
            }
            _ => None,
        });
        let mut signers: Vec<&Principal> = policy
            .iter()
            .flat_map(|policy| &policy.document.statements)
            .filter(|statement| statement.allows("kms:Sign"))
            .flat_map(named)
            .collect();
        signers.sort();
        signers.dedup();
        Self {
            bundle,
            key,
            metadata,
            policy,
            signers,
        }
    }

    fn statements(&self) -> &'b [Statement] {
        self.policy.map_or(&[], |policy| &policy.document.statements)
    }

    fn iam_entry(&self, arn: &str) -> Option<&'b IamPrincipal> {
        self.bundle
            .iam()
            .flat_map(|details| &details.principals)
            .find(|principal| principal.arn == arn)
    }

    fn user(&self) -> Step {
        if self.policy.is_none() {
            return unknown("the key policy is not in the evidence");
        }
        let [signer] = self.signers.as_slice() else {
            return match self.signers.len() {
                0 => unknown("the key policy itself names no signer: IAM may"),
                count => worse(format!(
                    "the key policy lets {count} principals sign: {}",
                    list(&self.signers)
                )),
            };
        };
        let arn = signer.as_str();
        match signer {
            Principal::Role(_) => {
                return better(format!("a role signs, which has no long-term access key: {arn}"));
            }
            Principal::Session(_) => return better(format!("one session of a role signs: {arn}")),
            _ => {}
        }
        let Some(entry) = self.iam_entry(arn) else {
            return unknown(format!(
                "{arn} is not in the IAM evidence: its permissions are not known"
            ));
        };
        let named = if entry.name.starts_with("hyperlane-") {
            ""
        } else {
            ", whose name is not the guide's"
        };
        if entry.permissions.is_empty() {
            follows(format!(
                "user {}{named}: no policy, no group; access keys not in the evidence",
                entry.name
            ))
        } else {
            worse(format!(
                "user {}{named} has permissions of its own: {}",
                entry.name,
                entry.permissions.join(", ")
            ))
        }
    }

    fn own_key(&self) -> Step {
        let Some(metadata) = self.metadata else {
            return unknown("DescribeKey is not in the evidence");
        };
        let value =
            |field: &Option<crate::evidence::Field<String>>| field.as_ref().map(|field| field.value.clone());
        match (
            value(&metadata.key_manager).as_deref(),
            value(&metadata.key_state).as_deref(),
            value(&metadata.origin).as_deref(),
        ) {
            (Some("AWS"), ..) => worse("KeyManager AWS: not the customer's own key"),
            (_, Some(state), _) if state != "Enabled" => worse(format!("KeyState {state}")),
            (.., Some(origin)) if origin != "AWS_KMS" => {
                worse(format!("Origin {origin}: the key was not made by KMS"))
            }
            (Some("CUSTOMER"), Some("Enabled"), Some("AWS_KMS")) => {
                follows("KeyManager CUSTOMER, KeyState Enabled, Origin AWS_KMS")
            }
            _ => unknown("DescribeKey does not say KeyManager, KeyState and Origin"),
        }
    }

    fn field(
        &self,
        name: &str,
        read: impl Fn(&Metadata) -> &Option<crate::evidence::Field<String>>,
        expected: &str,
    ) -> Step {
        match self
            .metadata
            .map(|metadata| read(metadata).as_ref().map(|field| field.value.as_str()))
        {
            None => unknown("DescribeKey is not in the evidence"),
            Some(None) => unknown(format!("DescribeKey does not say the {name}")),
            Some(Some(value)) if value == expected => follows(format!("DescribeKey says {value}")),
            Some(Some(value)) => worse(format!("DescribeKey says {value}")),
        }
    }

    fn key_type(&self) -> Step {
        let exported = self
            .bundle
            .of_key(self.key)
            .any(|(artefact, _)| match &artefact.data {
                Data::PublicKey(export) => export
                    .result
                    .as_ref()
                    .err()
                    .is_none_or(crate::key::SpkiError::is_another_key),
                _ => false,
            });
        if exported {
            return follows("it has a public key");
        }
        match self.metadata.and_then(|metadata| metadata.key_spec.as_ref()) {
            Some(spec) if spec.value.starts_with("SYMMETRIC") || spec.value.starts_with("HMAC") => {
                worse(format!("DescribeKey says KeySpec {}", spec.value))
            }
            Some(spec) => follows(format!("DescribeKey says KeySpec {}", spec.value)),
            None => unknown("neither a public key nor DescribeKey is in the evidence"),
        }
    }

    fn spec(&self) -> Step {
        let computed = self
            .bundle
            .of_key(self.key)
            .find_map(|(artefact, _)| match &artefact.data {
                Data::PublicKey(export) => match &export.result {
                    Ok(_) => Some(follows("computed from the public key")),
                    Err(error) if error.is_another_key() => Some(worse(error.summary())),
                    Err(_) => None,
                },
                _ => None,
            });
        computed.unwrap_or_else(|| self.field("key spec", |metadata| &metadata.key_spec, "ECC_SECG_P256K1"))
    }

    fn administrator(&self) -> Step {
        if self.policy.is_none() {
            return unknown("the key policy is not in the evidence");
        }
        let mut admins: Vec<&Principal> = self
            .statements()
            .iter()
            .filter(|statement| statement.allows("kms:PutKeyPolicy"))
            .flat_map(named)
            .collect();
        admins.sort();
        admins.dedup();
        if admins.is_empty() {
            follows("none named; the account's IAM administers the key")
        } else if admins.iter().any(|admin| self.signers.contains(admin)) {
            worse(format!("a signer also administers the key: {}", list(&admins)))
        } else {
            better(format!(
                "named administrators, apart from the signer: {}",
                list(&admins)
            ))
        }
    }

    fn usage_permission(&self) -> Step {
        if self.policy.is_none() {
            return unknown("the key policy is not in the evidence");
        }
        let public = self.statements().iter().any(|statement| {
            statement.allows("kms:Sign")
                && statement.principals.as_ref().is_some_and(|list| {
                    list.negated || list.iter().any(|principal| *principal == Principal::Everyone)
                })
        });
        if public {
            return worse("a statement lets everyone sign");
        }
        match self.signers.as_slice() {
            [] => unknown("the key policy itself lets nobody named sign: IAM may"),
            [one] => {
                let reads = self.statements().iter().any(|statement| {
                    statement.allows("kms:GetPublicKey")
                        && named(statement).any(|principal| principal == *one)
                });
                if reads {
                    follows(format!("kms:Sign and kms:GetPublicKey for {}", one.as_str()))
                } else {
                    worse(format!(
                        "{} may sign but not read the public key: an agent would not start",
                        one.as_str()
                    ))
                }
            }
            several => worse(format!(
                "{} principals may sign: {}",
                several.len(),
                list(several)
            )),
        }
    }

    fn reduced_use(&self) -> Step {
        if self.policy.is_none() {
            return unknown("the key policy is not in the evidence");
        }
        let mut left: Vec<&str> = Vec::new();
        for action in ["kms:DescribeKey", "kms:Verify"] {
            let held = self.statements().iter().any(|statement| {
                statement.allows(action)
                    && named(statement).any(|principal| self.signers.contains(&principal))
            });
            if held {
                left.push(action);
            }
        }
        if self.signers.is_empty() {
            unknown("the key policy itself names no signer")
        } else if left.is_empty() {
            follows("the signer holds neither")
        } else {
            worse(format!("the signer still holds {}", left.join(" and ")))
        }
    }

    fn reduced_grants(&self) -> Step {
        if self.policy.is_none() {
            return unknown("the key policy is not in the evidence");
        }
        match self
            .statements()
            .iter()
            .enumerate()
            .find(|(_, statement)| is_grant_statement(statement))
        {
            None => follows("there is no such statement"),
            Some((index, statement)) => worse(format!("{} is still there", statement.name(index))),
        }
    }
}

/// The users, roles and sessions of an Allow.
fn named(statement: &Statement) -> impl Iterator<Item = &Principal> {
    let list = statement
        .principals
        .as_ref()
        .filter(|list| !list.negated && statement.effect == Some(Effect::Allow));
    list.into_iter()
        .flat_map(crate::policy::Principals::iter)
        .filter(|principal| principal.is_named())
}

fn list(principals: &[&Principal]) -> String {
    principals
        .iter()
        .map(|principal| principal.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

fn region(key: &Key) -> Step {
    match &key.region {
        Some(region) => unknown(format!(
            "the key is in {region}; the agent's configuration was not read"
        )),
        None => unknown("the key's region is not in the evidence"),
    }
}

fn alias(context: &Context<'_>, key: &Key) -> Step {
    let bundle = context.bundle;
    let has_list = bundle
        .of_key(key)
        .any(|(artefact, _)| matches!(artefact.data, Data::Aliases(_)));
    if key.aliases.is_empty() {
        return if has_list {
            worse("the key has no alias")
        } else {
            unknown("ListAliases is not in the evidence")
        };
    }
    let fits = |alias: &str| {
        guide_alias(alias).is_some_and(|alias| {
            bundle.claims_of(key).all(|(claim, _)| {
                claim.role.as_deref().is_none_or(|role| role == alias.role.word())
                    && claim.chain.as_deref().is_none_or(|chain| chain == alias.chain)
            })
        })
    };
    match key.aliases.iter().find(|alias| fits(alias)) {
        Some(alias) => follows(alias.clone()),
        None => worse(format!(
            "{}: not the guide's name for what is claimed",
            key.aliases.join(", ")
        )),
    }
}

fn address(context: &Context<'_>, key: &Key) -> Step {
    let bundle = context.bundle;
    let verdicts: Vec<(Verdict, &str)> = bundle
        .claims_of(key)
        .map(|(claim, _)| {
            (
                judge_claim(bundle, key, claim, context.chain_id),
                claim.address.value.as_str(),
            )
        })
        .collect();
    if verdicts.is_empty() {
        return unknown("no address is claimed for this key");
    }
    if let Some((_, claimed)) = verdicts
        .iter()
        .find(|(verdict, _)| matches!(verdict, Verdict::Mismatch(_)))
    {
        return worse(format!("the claimed {claimed} is not this key's address"));
    }
    match verdicts.iter().find(|(verdict, _)| *verdict == Verdict::Match) {
        Some((_, claimed)) => follows(format!("derived here, and equal to the claimed {claimed}")),
        None => unknown(match &verdicts.first() {
            Some((Verdict::NotEvaluated(why) | Verdict::Malformed(why), _)) => why.clone(),
            Some((Verdict::WrongChecksum { error, .. }, _)) => error.clone(),
            _ => "the claim cannot be compared".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_an_id_of_its_own() {
        let ids: std::collections::BTreeSet<&str> = STEPS.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.len(), STEPS.len());
    }
}
