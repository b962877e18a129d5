//! Whose an answer of IAM is: many name nobody, and their file does.

use std::collections::{BTreeMap, BTreeSet};

use super::identity::Identities;
use super::{IamKind, IamPart, IamSays, name_of};
use crate::evidence::artefact::{Artefact, Data};
use crate::evidence::{Gap, naming, redacted};
use crate::policy::Principal;

/// An entry of IAM: its ARN and kind.
type Owner = (String, IamKind);

/// Users, roles, groups and managed policies that the evidence names, and where.
pub(super) struct Owners {
    /// ARNs by kind and name.
    by_name: BTreeMap<(IamKind, String), BTreeSet<String>>,
    /// ARNs of managed policies by name.
    policies: BTreeMap<String, BTreeSet<String>>,
    /// The one that an answer's place points to, by artefact.
    by_place: BTreeMap<usize, Owner>,
    /// The managed policy that an answer's place points to.
    policy_by_place: BTreeMap<usize, String>,
}

/// Words of paths that say what an answer is, not whose, beside those that every path has.
const WORDS: &[&str] = &[
    "access",
    "account",
    "attached",
    "credential",
    "details",
    "devices",
    "for",
    "group",
    "groups",
    "iam",
    "inline",
    "last",
    "login",
    "mfa",
    "password",
    "profile",
    "report",
    "role",
    "roles",
    "used",
    "user",
    "users",
    "v1",
    "v2",
    "version",
    "yaml",
    "yml",
];

impl Owners {
    /// Looks at everything that names somebody: entries of IAM, key policies and grants.
    pub(super) fn new(artefacts: &[Artefact], all: &Identities, paths: &[String]) -> Self {
        let mut owners = Self {
            by_name: BTreeMap::new(),
            policies: BTreeMap::new(),
            by_place: BTreeMap::new(),
            policy_by_place: BTreeMap::new(),
        };
        for arn in all.by_arn.keys() {
            owners.know(arn);
        }
        for identity in all.by_arn.values() {
            for arn in identity
                .principal
                .attached
                .iter()
                .chain(&identity.principal.boundary)
            {
                owners.know_policy(&arn.value);
            }
        }
        for arn in all.managed.keys() {
            owners.know_policy(arn);
        }
        for artefact in artefacts {
            match &artefact.data {
                Data::Policy(export) => {
                    for statement in &export.document.statements {
                        let named = statement
                            .principals
                            .iter()
                            .flat_map(crate::policy::Principals::iter);
                        for principal in
                            named.filter(|one| matches!(one, Principal::User(_) | Principal::Role(_)))
                        {
                            owners.know(principal.as_str());
                        }
                    }
                }
                Data::Grants(list) => {
                    for grantee in list.grants.iter().filter_map(|grant| grant.grantee.as_ref()) {
                        owners.know(&grantee.value);
                    }
                }
                Data::IamPart(part) => {
                    owners.know(part.of.arn.as_ref().map_or("", |arn| arn.value.as_str()));
                    if let IamSays::Attached(list) = &part.says {
                        for arn in list {
                            owners.know_policy(&arn.value);
                        }
                    }
                }
                _ => {}
            }
        }
        owners.find_places(artefacts, paths);
        owners
    }

    fn know(&mut self, arn: &str) {
        if let Some(kind) = IamKind::of_arn(arn).filter(|_| !redacted::is_masked(arn)) {
            let name = name_of(arn).to_owned();
            self.by_name
                .entry((kind, name))
                .or_default()
                .insert(arn.to_owned());
        }
    }

    fn know_policy(&mut self, arn: &str) {
        if !redacted::is_masked(arn) {
            let name = name_of(arn).to_owned();
            self.policies.entry(name).or_default().insert(arn.to_owned());
        }
    }

    fn find_places(&mut self, artefacts: &[Artefact], paths: &[String]) {
        // Folders whose files name one user, role or group.
        let mut folders: BTreeMap<&str, BTreeSet<Owner>> = BTreeMap::new();
        for (artefact, path) in artefacts.iter().zip(paths) {
            if let Data::IamPart(part) = &artefact.data
                && let Some(owner) = self.said(part)
                && let Some((folder, _)) = path.rsplit_once('/')
            {
                folders.entry(folder).or_default().insert(owner);
            }
        }
        let mut found = BTreeMap::new();
        let mut policies = BTreeMap::new();
        for (index, (artefact, path)) in artefacts.iter().zip(paths).enumerate() {
            let Data::IamPart(part) = &artefact.data else {
                continue;
            };
            if matches!(part.says, IamSays::Version { .. }) {
                let names = self.policies.iter().map(|(name, arns)| (name.as_str(), arns, ()));
                if let Some((arn, ())) = in_path(path, names) {
                    policies.insert(index, arn);
                }
                continue;
            }
            let of_kind = |kind: IamKind| part.of.kind.is_none_or(|own| own == kind);
            let names = self
                .by_name
                .iter()
                .filter(|((kind, _), _)| of_kind(*kind))
                .map(|((kind, name), arns)| (name.as_str(), arns, *kind));
            let owner = in_path(path, names).or_else(|| {
                let folder = path.rsplit_once('/').map(|(folder, _)| folder);
                let beside = folder
                    .and_then(|folder| folders.get(folder))
                    .into_iter()
                    .flatten();
                only(beside.filter(|(_, kind)| of_kind(*kind)))
            });
            let alone = || {
                let label = naming::label(path);
                let mut words = label.split(['/', '-']).filter(|word| !word.is_empty());
                let bare = words.all(|word| WORDS.contains(&word));
                // `aws iam list-groups` lists all groups of the account, and its answer looks the same.
                let is_of_user = !matches!(part.says, IamSays::Groups(_)) || path.contains("user");
                let kind = part.of.kind?;
                let of_kind = self.by_name.iter().filter(|((own, _), _)| *own == kind);
                let arns = of_kind.flat_map(|(_, arns)| arns).map(|arn| (arn.clone(), kind));
                only(arns.collect::<Vec<Owner>>().iter()).filter(|_| bare && is_of_user)
            };
            if let Some(owner) = owner.or_else(alone) {
                found.insert(index, owner);
            }
        }
        self.by_place = found;
        self.policy_by_place = policies;
    }

    /// The one whom an answer, or the command above it, names.
    fn said(&self, part: &IamPart) -> Option<Owner> {
        if let Some(arn) = &part.of.arn
            && let Some(kind) = IamKind::of_arn(&arn.value)
        {
            return Some((arn.value.clone(), kind));
        }
        let name = &part.of.name.as_ref()?.value;
        let kinds = [IamKind::User, IamKind::Role, IamKind::Group];
        let found: Vec<Owner> = kinds
            .into_iter()
            .filter(|kind| part.of.kind.is_none_or(|own| own == *kind))
            .filter_map(|kind| Some((kind, self.by_name.get(&(kind, name.clone()))?)))
            .flat_map(|(kind, arns)| arns.iter().map(move |arn| (arn.clone(), kind)))
            .collect();
        only(found.iter())
    }

    /// Whose an answer is: by what it says, else by its place. One that names somebody unknown is not moved by its place.
    pub(super) fn of(&self, index: usize, part: &IamPart) -> Option<Owner> {
        if part.of.name.is_some() || part.of.arn.is_some() {
            return self.said(part);
        }
        self.by_place.get(&index).cloned()
    }

    /// The managed policy that a version is of.
    pub(super) fn policy_of(&self, index: usize, part: &IamPart) -> Option<String> {
        match &part.of.arn {
            Some(arn) => Some(arn.value.clone()),
            None => self.policy_by_place.get(&index).cloned(),
        }
    }

    /// The one user of a name.
    pub(super) fn user_named(&self, name: &str) -> Option<String> {
        let arns = self.by_name.get(&(IamKind::User, name.to_owned()))?;
        only(arns.iter())
    }
}

/// The one element.
fn only<'o, T: Clone + PartialEq + 'o>(mut all: impl Iterator<Item = &'o T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then(|| first.clone())
}

/// The one whose name a path has as a whole, in the file's name or else in the nearest folder's; of several the longest:
/// `validator-base-2` is not `validator-base`.
fn in_path<'n, K: Copy + PartialEq>(
    path: &str,
    names: impl Iterator<Item = (&'n str, &'n BTreeSet<String>, K)>,
) -> Option<(String, K)> {
    let names: Vec<(&str, &BTreeSet<String>, K)> = names.filter(|(name, ..)| name.len() > 2).collect();
    path.rsplit(['/', '\\']).find_map(|component| {
        let longest = names
            .iter()
            .filter(|(name, ..)| has_word(component, name))
            .map(|(name, ..)| name.len())
            .max()?;
        let found: Vec<(String, K)> = names
            .iter()
            .filter(|(name, ..)| name.len() == longest && has_word(component, name))
            .flat_map(|(_, arns, kind)| arns.iter().map(|arn| (arn.clone(), *kind)))
            .collect();
        Some(only(found.iter()))
    })?
}

/// True for a text that has the name with no letter or digit beside it.
fn has_word(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text
            .get(at.saturating_add(name.len())..)
            .and_then(|tail| tail.chars().next());
        let is_part = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
        !is_part(before) && !is_part(after)
    })
}

/// The gap of an answer that is nobody's.
pub(super) fn unowned(artefact: &Artefact, index: usize, paths: &[String], what: &str) -> Gap {
    let path = paths.get(index).map_or("", String::as_str);
    let says = match &artefact.data {
        Data::IamPart(part) => part.says.words(),
        _ => "an answer of IAM",
    };
    Gap {
        kind: "iam".to_owned(),
        message: format!("{path} ({says}) is of no {what} that the evidence knows: it is not used"),
        span: Some(artefact.span),
        key: None,
    }
}
