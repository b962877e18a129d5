//! Actions that two policies cannot tell apart: those of the catalogue one by one, and for each shape of a name that no
//! action has yet, one that stands for all.
//!
//! Source: Service Authorization Reference, as the catalogue has it; IAM User Guide, "IAM JSON policy elements: Action".

use std::collections::BTreeSet;

use super::super::catalogue::{self, SERVICES};
use super::super::evaluate::Policy;
use super::super::evaluate::pattern::Token;
use super::super::evaluate::statement::Action;
use super::super::{Kind, evaluate::engine::ROLE_ACTIONS};
use super::glob::{Budget, Glob, Step, shapes};

/// The most actions that are told apart.
const MOST_OPERATIONS: usize = 4_000;

/// An action, or one that stands for all of its shape.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    /// In small letters.
    pub(super) service: String,
    /// In small letters.
    pub(super) name: String,
    /// As it is shown: `kms:Sign`.
    pub(super) shown: String,
    /// Nothing for an action that the service does not have yet.
    pub(super) known: Option<&'static catalogue::Action>,
    /// The more it tells, the smaller.
    rank: usize,
}

/// What a signer's owner asks of first.
const TELLING: &[&str] = &[
    "kms:Sign",
    "kms:PutKeyPolicy",
    "kms:CreateGrant",
    "kms:ScheduleKeyDeletion",
    "kms:DisableKey",
    "kms:ImportKeyMaterial",
    "kms:DeleteImportedKeyMaterial",
    "kms:ReplicateKey",
    "kms:RevokeGrant",
    "kms:UpdateAlias",
    "kms:GetPublicKey",
];

impl Operation {
    fn of(action: &'static catalogue::Action) -> Self {
        let shown = format!("{}:{}", action.service, action.name);
        let rank = TELLING.iter().position(|name| *name == shown);
        Self {
            service: action.service.to_ascii_lowercase(),
            name: action.name.to_ascii_lowercase(),
            rank: rank.unwrap_or(TELLING.len()),
            shown,
            known: Some(action),
        }
    }

    fn future(service: &str, name: &str) -> Self {
        Self {
            service: service.to_owned(),
            name: name.to_owned(),
            shown: format!("{service}:{name}"),
            known: None,
            rank: usize::MAX,
        }
    }

    /// The action in words.
    pub(super) fn words(&self) -> String {
        match self.known {
            Some(_) => self.shown.clone(),
            None => format!(
                "actions that {} does not have, or not yet, such as {}",
                self.service, self.shown
            ),
        }
    }

    /// What the proof rests on of an action: equal for two that stand and fall together, where the same statements are
    /// about them.
    pub(super) fn signature(&self) -> (bool, Option<bool>, Option<&'static str>) {
        let own = self.known.filter(|action| {
            action.service == "kms"
                && [
                    "Sign",
                    "Verify",
                    "PutKeyPolicy",
                    "GetKeyPolicy",
                    "RetireGrant",
                    "CreateAlias",
                    "DeleteAlias",
                    "UpdateAlias",
                ]
                .contains(&action.name)
        });
        let grantable = self.service == "kms"
            && catalogue::service("kms")
                .is_some_and(|kms| self.known.is_none() || kms.grant_operations.contains(&self.operation()));
        (
            grantable,
            self.known.and_then(|action| action.cross_account),
            own.map(|action| action.name),
        )
    }

    /// The name as the catalogue has it.
    pub(super) fn operation(&self) -> &str {
        self.known.map_or(self.name.as_str(), |action| action.name)
    }
}

/// All actions that the policies tell apart, the most telling first; nothing where there are too many.
pub(super) fn operations(policies: &[&Policy], kind: Kind, budget: &mut Budget) -> Option<Vec<Operation>> {
    let mut named: Vec<(String, Glob)> = Vec::new();
    let mut open = false;
    for statement in policies.iter().flat_map(|policy| policy.statements.iter()) {
        let Some((negated, actions)) = &statement.actions else {
            continue;
        };
        open |= *negated;
        for action in actions {
            match action {
                Action::Named(service, tokens) => {
                    let steps = tokens.iter().map(|token| match token {
                        Token::Char(char) => Step::Char(*char),
                        Token::One => Step::One,
                        Token::Any => Step::Any,
                    });
                    let own = (service.clone(), steps.collect());
                    if !named.contains(&own) {
                        named.push(own);
                    }
                }
                Action::All | Action::Unknown(_) => open = true,
                Action::Nothing => {}
            }
        }
    }
    let mut list = Vec::new();
    if kind == Kind::Trust {
        // No other action is on a role.
        let sts = catalogue::service("sts").map_or(&[][..], |service| service.actions);
        let own = sts
            .iter()
            .filter(|action| ROLE_ACTIONS.contains(&action.name.to_ascii_lowercase().as_str()));
        list.extend(own.map(Operation::of));
    } else {
        let services: BTreeSet<String> = match kind {
            Kind::Key => BTreeSet::from(["kms".to_owned()]),
            Kind::Bucket => BTreeSet::from(["s3".to_owned()]),
            _ => {
                let mut services: BTreeSet<String> =
                    named.iter().map(|(service, _)| service.clone()).collect();
                if open {
                    services.extend(SERVICES.iter().map(|service| service.prefix.to_owned()));
                    services.insert("example".to_owned());
                }
                services
            }
        };
        for service in services {
            let globs: Vec<Glob> = named
                .iter()
                .filter(|(of, _)| *of == service)
                .map(|(_, glob)| glob.clone())
                .collect();
            of_service(&service, &globs, kind, budget, &mut list)?;
        }
    }
    list.sort_by(|one, other| (one.rank, &one.shown).cmp(&(other.rank, &other.shown)));
    (list.len() <= MOST_OPERATIONS).then_some(list)
}

fn of_service(
    service: &str,
    globs: &[Glob],
    kind: Kind,
    budget: &mut Budget,
    list: &mut Vec<Operation>,
) -> Option<()> {
    let known = catalogue::service(service).map_or(&[][..], |service| service.actions);
    let on_it = |action: &&catalogue::Action| kind != Kind::Key || action.is_on("key");
    list.extend(known.iter().filter(on_it).map(Operation::of));
    for (matching, name) in shapes(globs, budget)? {
        let is_known = known.iter().any(|action| action.name.eq_ignore_ascii_case(&name));
        let literal = matching.iter().any(|at| {
            globs
                .get(*at)
                .is_some_and(|glob| glob.iter().all(|step| matches!(step, Step::Char(_))))
        });
        if !(is_known && literal) {
            list.push(Operation::future(service, &name));
        }
    }
    Some(())
}
