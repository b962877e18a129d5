//! The context of a request: what is given, what follows from the request, and what is not known.

use crate::actions::kms_fact;
use crate::case::{Caller, Case, text};
use crate::unknown::{answers, role_arns};
use crate::worlds::World;

/// A case in one world.
pub(crate) struct Asked<'c, 'w> {
    pub(crate) case: &'c Case,
    pub(crate) world: &'w mut World,
}

/// Keys that may have several values (IAM User Guide, "AWS global condition context keys"; KMS developer guide, "AWS KMS
/// condition keys": the column "Value type").
const MULTIVALUED: &[&str] = &[
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "kms:encryptioncontextkeys",
    "kms:grantoperations",
    "kms:resourcealiases",
];

pub(crate) fn is_multivalued(key: &str) -> bool {
    MULTIVALUED.contains(&key.to_ascii_lowercase().as_str())
}

/// What follows from the request for a key.
enum Derived {
    Is(Vec<String>),
    /// The ARN of the session's role.
    ArnOfRole,
    /// It has a value, and nothing is known of it.
    Present,
    /// It may be there or not.
    Perhaps,
    Absent,
}

impl Derived {
    fn is(value: impl Into<String>) -> Self {
        Self::Is(vec![value.into()])
    }
}

impl Asked<'_, '_> {
    /// The values of a key; nothing where the request does not have it. An empty list is no value.
    pub(crate) fn key(&mut self, key: &str) -> Option<Vec<String>> {
        let case = self.case;
        let mut given = case
            .context
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(key));
        if let Some((_, values)) = given.next() {
            return (!values.is_empty()).then(|| values.clone());
        }
        let key = key.to_ascii_lowercase();
        let answers = match self.derived(&key) {
            Derived::Is(values) => return Some(values),
            Derived::Absent => return None,
            Derived::ArnOfRole => answers(case, &key, Some(role_arns), false),
            Derived::Present => answers(case, &key, None, false),
            Derived::Perhaps => answers(case, &key, None, true),
        };
        let at = self.world.choose(&format!("key {key}"), answers.len());
        answers[at].clone()
    }

    /// The request's values of a key are known, or that it has none.
    pub(crate) fn is_known(&self, key: &str) -> bool {
        let given = |(name, _): &(String, Vec<String>)| name.eq_ignore_ascii_case(key);
        self.case.context.iter().any(given)
            || matches!(
                self.derived(&key.to_ascii_lowercase()),
                Derived::Is(_) | Derived::Absent
            )
    }

    /// How a value of the request can be written. A session's ARN does not show the path of its role; as names are unique
    /// in an account, a policy that writes the role without a path is taken to mean it.
    pub(crate) fn spellings(&self, key: &str, value: &str) -> Vec<String> {
        let mut spellings = vec![value.to_owned()];
        let given = |(name, _): &(String, Vec<String>)| name.eq_ignore_ascii_case(key);
        if let Caller::Session {
            partition,
            account,
            role,
            ..
        } = &self.case.caller
            && key.eq_ignore_ascii_case("aws:PrincipalArn")
            && !self.case.context.iter().any(given)
        {
            spellings.push(format!("arn:{partition}:iam::{account}:role/{role}"));
        }
        spellings
    }

    fn derived(&self, key: &str) -> Derived {
        if let Some(found) = self.derived_of_principal(key) {
            return found;
        }
        let case = self.case;
        match key {
            "aws:resourceaccount" => match crate::decision::resource_account(case) {
                Some(account) if case.resource != "*" => Derived::is(account),
                _ => Derived::Perhaps,
            },
            "aws:requestedregion" => match case.resource.split(':').nth(3) {
                Some(region) if !region.is_empty() => Derived::is(region),
                // "IAM calls are always made to the us-east-1 Region".
                _ if case.service == "iam" && case.resource.starts_with("arn:aws:") => {
                    Derived::is("us-east-1")
                }
                _ => Derived::Present,
            },
            "aws:viaawsservice" => {
                let given = |name: &str| case.context.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
                if given("aws:CalledVia") || given("kms:ViaService") {
                    Derived::is("true")
                } else {
                    self.by_default("false")
                }
            }
            _ if case.service == "kms" => self.derived_of_kms(key),
            _ => self.unless_complete(),
        }
    }

    /// A key of which nothing follows: it is absent, if the context is complete.
    fn unless_complete(&self) -> Derived {
        if self.case.context_complete {
            Derived::Absent
        } else {
            Derived::Perhaps
        }
    }

    /// What is so unless the request says otherwise.
    fn by_default(&self, value: &str) -> Derived {
        if self.case.context_complete {
            Derived::is(value)
        } else {
            Derived::Present
        }
    }

    /// IAM User Guide, "AWS global condition context keys: Properties of the principal" and "Principal key values".
    fn derived_of_principal(&self, key: &str) -> Option<Derived> {
        let case = self.case;
        let caller = &case.caller;
        let service = matches!(caller, Caller::Service(_));
        Some(match key {
            "aws:principalarn" => match caller {
                Caller::Anonymous => Derived::Absent,
                Caller::Service(_) => Derived::Perhaps,
                Caller::Session { .. } => Derived::ArnOfRole,
                _ => Derived::is(caller.arn()),
            },
            "aws:principalaccount" => match caller {
                // "For anonymous requests, the request context returns `anonymous`."
                Caller::Anonymous => Derived::is("anonymous"),
                Caller::Service(_) => Derived::Present,
                _ => Derived::is(caller.account().expect("an account")),
            },
            "aws:principaltype" => match caller {
                Caller::Root { .. } => Derived::is("Account"),
                Caller::User { .. } => Derived::is("User"),
                Caller::Federated { .. } => Derived::is("FederatedUser"),
                Caller::Role { .. } | Caller::Session { .. } => Derived::is("AssumedRole"),
                Caller::Anonymous => Derived::is("Anonymous"),
                Caller::Service(_) => Derived::Present,
            },
            "aws:username" => match caller {
                Caller::User { path, .. } => Derived::is(path.rsplit('/').next().unwrap_or(path)),
                _ => Derived::Absent,
            },
            "aws:userid" => match caller {
                Caller::Root { account, .. } => Derived::is(account.clone()),
                Caller::Federated { account, name, .. } => Derived::is(format!("{account}:{name}")),
                Caller::Anonymous => Derived::is("anonymous"),
                _ => Derived::Present,
            },
            "aws:principalisawsservice" if *caller == Caller::Anonymous => Derived::Absent,
            "aws:principalisawsservice" => Derived::is(service.to_string()),
            "aws:principalservicename" => match caller {
                Caller::Service(name) => Derived::is(name.clone()),
                _ => Derived::Absent,
            },
            "aws:principalservicenameslist" if service => Derived::Present,
            "aws:principalservicenameslist" => Derived::Absent,
            _ => return None,
        })
    }

    /// KMS developer guide, "AWS KMS condition keys".
    fn derived_of_kms(&self, key: &str) -> Derived {
        let case = self.case;
        let (action, on_key, on_alias) = match kms_fact(&case.action) {
            Some((action, fact)) => (action, fact.on_key, fact.on_alias),
            None => ("", true, false),
        };
        let signs = ["Sign", "Verify"].contains(&action);
        match key {
            "kms:calleraccount" => match case.caller.account() {
                Some(account) => Derived::is(account),
                None => Derived::Perhaps,
            },
            "kms:messagetype" if signs => self.by_default("RAW"),
            "kms:signingalgorithm" if signs => match self.metadata("KeySpec").as_deref() {
                Some("ECC_SECG_P256K1" | "ECC_NIST_P256") => Derived::is("ECDSA_SHA_256"),
                Some("ECC_NIST_P384") => Derived::is("ECDSA_SHA_384"),
                Some("ECC_NIST_P521") => Derived::is("ECDSA_SHA_512"),
                _ => Derived::Present,
            },
            "kms:policyname" if ["PutKeyPolicy", "GetKeyPolicy"].contains(&action) => {
                self.by_default("default")
            }
            "kms:bypasspolicylockoutsafetycheck" if ["PutKeyPolicy", "CreateKey"].contains(&action) => {
                Derived::Perhaps
            }
            "kms:requestalias" if on_key && !on_alias => match alias_name(&case.resource) {
                Some(name) => Derived::is(name),
                None => self.unless_complete(),
            },
            "kms:keyspec" | "kms:customermasterkeyspec" if on_key => self.of_key("KeySpec"),
            "kms:keyusage" | "kms:customermasterkeyusage" if on_key => self.of_key("KeyUsage"),
            "kms:keyorigin" if on_key => self.of_key("Origin"),
            "kms:multiregion" if on_key => self.of_key("MultiRegion"),
            "kms:multiregionkeytype" if on_key => {
                let several = self.metadata("MultiRegion");
                match (several.as_deref(), self.metadata("MultiRegionKeyType")) {
                    (_, Some(kind)) => Derived::is(kind),
                    (Some("false"), None) => Derived::Absent,
                    (Some(_), None) => Derived::Present,
                    (None, None) => Derived::Perhaps,
                }
            }
            _ => self.unless_complete(),
        }
    }

    /// A property of the key, as text.
    pub(crate) fn metadata(&self, name: &str) -> Option<String> {
        let known = self.case.key_metadata.as_ref()?;
        let known = known.get("KeyMetadata").unwrap_or(known);
        let value = match name {
            "MultiRegionKeyType" => known.get("MultiRegionConfiguration")?.get(name)?,
            _ => known.get(name)?,
        };
        (!value.is_null()).then(|| text(value))
    }

    fn of_key(&self, name: &str) -> Derived {
        self.metadata(name).map_or(Derived::Present, Derived::is)
    }
}

/// The alias's name of a resource that is one.
pub(crate) fn alias_name(resource: &str) -> Option<&str> {
    let last = resource.splitn(6, ':').last()?;
    last.starts_with("alias/").then_some(last)
}
