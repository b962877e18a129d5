//! The checklist of Hyperlane's guide "Agent Keys": for each key, step by step, follows, differs or not evaluated.
//!
//! Following the guide is never called safe: the checklist says what was done, the findings say what it means.

mod access;

use std::collections::BTreeSet;

use self::access::{Access, Who};
use super::answers;
use super::report::{Answer, GuideRow, GuideStatus};
use crate::arn::{Arn, is_unknown};
use crate::evidence::{Bundle, ClaimOrigin, Data, Field, IamPrincipal, Key, Metadata, Teller, guide_alias};
use crate::hyperlane::agent::SignerKind;
use crate::policy::{Principal, Statement};
use crate::rules::Context;
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
            .artefacts
            .iter()
            .any(|artefact| matches!(artefact.data, Data::Agent(_)))
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
                "region" => region(context.bundle, key),
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

/// What lets its holder take the key over, spoil it, or hand it on.
const ADMINISTRATION: [&str; 6] = [
    "kms:PutKeyPolicy",
    "kms:CreateGrant",
    "kms:ScheduleKeyDeletion",
    "kms:DisableKey",
    "kms:DeleteImportedKeyMaterial",
    "kms:ReplicateKey",
];

const CONTRADICT: &str = "the exports contradict each other";

/// What the evidence says of one key, gathered once.
struct Facts<'b> {
    bundle: &'b Bundle,
    key: &'b Key,
    metadata: Vec<&'b Metadata>,
    access: Access<'b>,
}

/// A field of `DescribeKey`.
type ReadField = fn(&Metadata) -> &Option<Field<String>>;

impl<'b> Facts<'b> {
    fn of(bundle: &'b Bundle, key: &'b Key) -> Self {
        let metadata = bundle
            .of_key(key)
            .filter_map(|(artefact, _)| match &artefact.data {
                Data::Metadata(metadata) => Some(metadata.as_ref()),
                _ => None,
            });
        Self {
            bundle,
            key,
            metadata: metadata.collect(),
            access: Access::of(bundle, key),
        }
    }

    /// Every value that the exports of `DescribeKey` give a field.
    fn values(&self, read: ReadField) -> BTreeSet<&'b str> {
        self.metadata
            .iter()
            .filter_map(|metadata| read(metadata).as_ref().map(|field| field.value.as_str()))
            .collect()
    }

    /// The one value of a field; nothing where no export says it; the step where they contradict each other.
    fn value(&self, name: &str, read: ReadField) -> Result<Option<&'b str>, Step> {
        let values = self.values(read);
        if values.len() > 1 {
            let values: Vec<&str> = values.into_iter().collect();
            return Err(unknown(format!("{CONTRADICT}: {name} {}", values.join(", "))));
        }
        Ok(values.into_iter().next())
    }

    /// Who says something of the metadata, in words: the first that does.
    fn teller(&self, says: impl Fn(&Metadata) -> bool) -> &'static str {
        self.metadata
            .iter()
            .find(|metadata| says(metadata))
            .map_or(Teller::Aws, |metadata| metadata.teller)
            .words()
    }

    fn user(&self) -> Step {
        let signer = match self.access.signer() {
            Ok(Some(signer)) => signer,
            Ok(None) => return unknown("the key policy itself names no signer: IAM may"),
            Err(step) => return step,
        };
        let arn = signer.as_str();
        let step = match &signer {
            Principal::Role(_) => better(format!("a role signs, which has no long-term access key: {arn}")),
            Principal::Session(_) => better(format!("one session of a role signs: {arn}")),
            _ => self.iam_user(arn),
        };
        self.access.settled(step)
    }

    /// What IAM says of the user who signs.
    fn iam_user(&self, arn: &str) -> Step {
        let entries: Vec<&IamPrincipal> = self
            .bundle
            .iam()
            .flat_map(|details| &details.principals)
            .filter(|principal| principal.arn == arn)
            .collect();
        let Some(entry) = entries.first() else {
            return unknown(format!(
                "{arn} is not in the IAM evidence: its permissions are not known"
            ));
        };
        if entries.iter().any(|other| other.permissions != entry.permissions) {
            return unknown(format!("{CONTRADICT}: the permissions of {arn}"));
        }
        let named = if entry.name.starts_with("hyperlane-") {
            ""
        } else {
            ", whose name is not the guide's"
        };
        if !entry.permissions.is_empty() {
            return worse(format!(
                "user {}{named} has permissions of its own: {}",
                entry.name,
                entry.permissions.join(", ")
            ));
        }
        let account = Arn::parse(arn).map_or("", |arn| arn.account);
        let truncated = self.bundle.iam().any(|details| {
            details.truncated.is_some()
                && (details.principals.is_empty()
                    || details
                        .principals
                        .iter()
                        .any(|principal| principal.arn.contains(&format!(":{account}:"))))
        });
        if truncated {
            return unknown(format!(
                "the IAM export is not whole: what it has of {arn} may not be all"
            ));
        }
        follows(format!(
            "user {}{named}: no policy, no group; access keys not in the evidence",
            entry.name
        ))
    }

    fn own_key(&self) -> Step {
        if self.metadata.is_empty() {
            return unknown("DescribeKey is not in the evidence");
        }
        let read = || -> Result<_, Step> {
            Ok((
                self.value("KeyManager", |metadata| &metadata.key_manager)?,
                self.value("KeyState", |metadata| &metadata.key_state)?,
                self.value("Origin", |metadata| &metadata.origin)?,
            ))
        };
        match read() {
            Err(step) => step,
            Ok((Some("AWS"), ..)) => worse("KeyManager AWS: not the customer's own key"),
            Ok((_, Some(state), _)) if state != "Enabled" => worse(format!("KeyState {state}")),
            Ok((.., Some(origin))) if origin != "AWS_KMS" => {
                worse(format!("Origin {origin}: the key was not made by KMS"))
            }
            Ok((Some("CUSTOMER"), Some("Enabled"), Some("AWS_KMS"))) => {
                follows("KeyManager CUSTOMER, KeyState Enabled, Origin AWS_KMS")
            }
            Ok(_) => unknown(format!(
                "{} does not say KeyManager, KeyState and Origin",
                self.teller(|_| true)
            )),
        }
    }

    fn field(&self, name: &str, read: ReadField, expected: &str) -> Step {
        if self.metadata.is_empty() {
            return unknown("DescribeKey is not in the evidence");
        }
        match self.value(name, read) {
            Err(step) => step,
            Ok(None) => unknown(format!("{} does not say the {name}", self.teller(|_| true))),
            Ok(Some(value)) => {
                let says = self.teller(|metadata| read(metadata).is_some());
                let step = if value == expected { follows } else { worse };
                step(format!("{says} says {value}"))
            }
        }
    }

    /// What the bytes of the exported public keys are: the key spec, and whether it is the guide's.
    fn computed(&self) -> Vec<(Option<&'static str>, Step)> {
        self.bundle
            .of_key(self.key)
            .filter_map(|(artefact, _)| match &artefact.data {
                Data::PublicKey(export) => match &export.result {
                    Ok(_) => Some((Some("ECC_SECG_P256K1"), follows("computed from the public key"))),
                    Err(error) if error.is_another_key() => Some((error.key_spec(), worse(error.summary()))),
                    Err(_) => None,
                },
                _ => None,
            })
            .collect()
    }

    fn key_type(&self) -> Step {
        let spec = match self.value("KeySpec", |metadata| &metadata.key_spec) {
            Ok(spec) => spec,
            Err(step) => return step,
        };
        let says = self.teller(|metadata| metadata.key_spec.is_some());
        let symmetric = |spec: &&str| spec.starts_with("SYMMETRIC") || spec.starts_with("HMAC");
        match (self.computed().is_empty(), spec) {
            (false, Some(spec)) if symmetric(&spec) => unknown(format!(
                "{CONTRADICT}: {says} says KeySpec {spec}, and there is a public key"
            )),
            (false, _) => follows("it has a public key"),
            (true, Some(spec)) if symmetric(&spec) => worse(format!("{says} says KeySpec {spec}")),
            (true, Some(spec)) => follows(format!("{says} says KeySpec {spec}")),
            (true, None) => unknown("neither a public key nor DescribeKey is in the evidence"),
        }
    }

    fn spec(&self) -> Step {
        let computed = self.computed();
        let Some((_, step)) = computed.first() else {
            return self.field("key spec", |metadata| &metadata.key_spec, "ECC_SECG_P256K1");
        };
        let mut specs = self.values(|metadata| &metadata.key_spec);
        specs.extend(computed.iter().filter_map(|(spec, _)| *spec));
        if specs.len() > 1 || computed.iter().any(|(_, other)| other != step) {
            let specs: Vec<&str> = specs.into_iter().collect();
            return unknown(format!("{CONTRADICT}: key spec {}", specs.join(", ")));
        }
        step.clone()
    }

    fn administrator(&self) -> Step {
        if let Err(step) = self.access.blocked() {
            return step;
        }
        let admins = self
            .access
            .holders(&ADMINISTRATION, |statement| !serves_aws_resources(statement));
        if admins.is_empty() {
            return self.access.settled(follows(format!(
                "none named; the account's IAM administers the key{}",
                self.access.by_policy_alone()
            )));
        }
        let names = self.access.names(&admins);
        if let Some(why) = self.access.denied(&ADMINISTRATION) {
            return unknown(format!("{why}; allowed: {names}"));
        }
        let sure: Vec<&Who> = admins
            .iter()
            .filter(|(_, hold)| hold.limit.is_none())
            .map(|(who, _)| who)
            .collect();
        let signers = self.access.holders(&["kms:Sign"], |_| true);
        if sure.iter().any(|admin| !self.access.is_own(admin))
            || admins
                .iter()
                .any(|(who, hold)| hold.by_grant && hold.limit.is_none() && !signers.contains_key(who))
        {
            worse(format!(
                "not only users and roles of the key's account administer the key: {names}"
            ))
        } else if sure.iter().any(|admin| signers.contains_key(*admin)) {
            worse(format!("a signer also administers the key: {names}"))
        } else if let Some(why) = admins.values().find_map(|hold| hold.limit.as_ref()) {
            unknown(format!("{why}; allowed: {names}"))
        } else {
            self.access.settled(better(format!(
                "named administrators, apart from the signer: {names}"
            )))
        }
    }

    fn usage_permission(&self) -> Step {
        let signer = match self.access.signer() {
            Ok(Some(signer)) => signer,
            Ok(None) => return unknown("the key policy itself lets nobody named sign: IAM may"),
            Err(step) => return step,
        };
        let name = signer.as_str().to_owned();
        if let Some(why) = self.access.denied(&["kms:GetPublicKey"]) {
            return unknown(why);
        }
        let step = match self.access.hold_of(&Who::Principal(signer), "kms:GetPublicKey") {
            None => worse(format!(
                "{name} may sign but not read the public key: an agent would not start"
            )),
            Some(hold) => match hold.limit {
                Some(why) => unknown(why),
                None => follows(format!(
                    "kms:Sign and kms:GetPublicKey for {name}{}",
                    self.access.by_policy_alone()
                )),
            },
        };
        self.access.settled(step)
    }

    fn reduced_use(&self) -> Step {
        if let Err(step) = self.access.blocked() {
            return step;
        }
        let signers = self.access.holders(&["kms:Sign"], |_| true);
        if signers.is_empty() {
            return unknown("the key policy itself names no signer");
        }
        let (mut left, mut unclear) = (Vec::new(), None);
        for action in ["kms:DescribeKey", "kms:Verify"] {
            let holds: Vec<_> = signers
                .keys()
                .filter_map(|signer| self.access.hold_of(signer, action))
                .collect();
            if holds.iter().any(|hold| hold.limit.is_none()) {
                left.push(action);
            }
            unclear = unclear.or_else(|| holds.into_iter().find_map(|hold| hold.limit));
        }
        if !left.is_empty() {
            return match self.access.denied(&left) {
                Some(why) => unknown(why),
                None => worse(format!("the signer still holds {}", left.join(" and "))),
            };
        }
        if let Some(why) = unclear.or_else(|| signers.values().find_map(|hold| hold.limit.clone())) {
            return unknown(why);
        }
        self.access.settled(follows(format!(
            "the signer holds neither{}",
            self.access.by_policy_alone()
        )))
    }

    fn reduced_grants(&self) -> Step {
        if let Err(step) = self.access.blocked() {
            return step;
        }
        match self
            .access
            .statements()
            .iter()
            .enumerate()
            .find(|(_, statement)| is_grant_statement(statement))
        {
            None => self.access.settled(follows("there is no such statement")),
            Some((index, statement)) => worse(format!("{} is still there", statement.name(index))),
        }
    }
}

/// True for the console's statement that step 2b removes, as long as its condition binds it to AWS services.
fn serves_aws_resources(statement: &Statement) -> bool {
    is_grant_statement(statement)
        && statement.conditions().iter().any(|(operator, key, values)| {
            operator.eq_ignore_ascii_case("Bool")
                && key.eq_ignore_ascii_case("kms:GrantIsForAWSResource")
                && !values.is_empty()
                && values.iter().all(|value| {
                    value.as_bool() == Some(true)
                        || value
                            .as_str()
                            .is_some_and(|text| text.eq_ignore_ascii_case("true"))
                })
        })
}

/// The region that agents are configured with, against the key's own.
fn region(bundle: &Bundle, key: &Key) -> Step {
    let Some(region) = &key.region else {
        return unknown("the key's region is not in the evidence");
    };
    // One that looks for the key elsewhere does not find it: it names the key all the same.
    let position = bundle.keys.iter().position(|own| std::ptr::eq(own, key));
    let lost = bundle.agents.iter().flat_map(|agent| {
        let uses = agent.agent.uses.iter().zip(&agent.keys);
        uses.filter(|(_, own)| {
            own.found.is_none() && position.is_some_and(|key| own.elsewhere.contains(&key))
        })
        .map(move |(one, _)| (agent, one))
    });
    let found = bundle.uses_of(key).map(|one| (one.agent, one.of));
    let mut same = None;
    for (agent, one) in lost.chain(found) {
        let SignerKind::Aws {
            region: Some(configured),
            ..
        } = &one.signer.kind
        else {
            continue;
        };
        match configured.known() {
            Some(text) if text == region => same = same.or(Some(&agent.name)),
            Some(text) => {
                return worse(format!(
                    "the key is in {region}; the {} is configured with {}",
                    agent.name,
                    if text.is_empty() { "no region" } else { text }
                ));
            }
            None => {}
        }
    }
    match same {
        Some(name) => follows(format!(
            "the key is in {region}, and so is what the {name} is configured with"
        )),
        None => unknown(format!(
            "the key is in {region}; no agent's configuration in the evidence names the key with a region"
        )),
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
        None if key.aliases.iter().any(|alias| is_unknown(alias)) => unknown(format!(
            "{}: known only when it is deployed",
            key.aliases.join(", ")
        )),
        None => worse(format!(
            "{}: not the guide's name for what is claimed",
            key.aliases.join(", ")
        )),
    }
}

/// The step is what the first question comes to.
fn address(context: &Context<'_>, key: &Key) -> Step {
    let claimed = answers::claimed(context, key);
    let judged = answers::judged_claims(context, key);
    let first = |answer: Answer| judged.iter().find(|claim| claim.answer == answer);
    match claimed.answer {
        Answer::Yes => {
            let address = first(Answer::Yes).map_or("", |claim| claim.address);
            let place =
                answers::by_place_alone(context.bundle, key).map_or(String::new(), |why| format!("; {why}"));
            follows(format!("derived here, and equal to the claimed {address}{place}"))
        }
        Answer::No => {
            let address = first(Answer::No).map_or("", |claim| claim.address);
            worse(format!("the claimed {address} is not this key's address"))
        }
        Answer::Unknown => unknown(first(Answer::Unknown).map_or_else(
            || "no address is claimed for this key".to_owned(),
            |claim| claim.why.clone(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_an_id_of_its_own() {
        let ids: BTreeSet<&str> = STEPS.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.len(), STEPS.len());
    }
}
