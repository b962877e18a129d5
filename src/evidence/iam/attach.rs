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

const KINDS: [IamKind; 3] = [IamKind::User, IamKind::Role, IamKind::Group];

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
            {
                folders.entry(folder_of(path)).or_default().insert(owner);
            }
        }
        // A file may have very many answers.
        let mut places: BTreeMap<(&str, Option<IamKind>, bool), Option<Owner>> = BTreeMap::new();
        let mut versions: BTreeMap<&str, Option<String>> = BTreeMap::new();
        let (mut found, mut policies) = (BTreeMap::new(), BTreeMap::new());
        for (index, (artefact, path)) in artefacts.iter().zip(paths).enumerate() {
            let Data::IamPart(part) = &artefact.data else {
                continue;
            };
            if matches!(part.says, IamSays::Version { .. }) {
                let own = versions.entry(path).or_insert_with(|| {
                    in_path(path, |name| {
                        let arns = self.policies.get(name).into_iter().flatten();
                        arns.take(2).cloned().collect()
                    })
                });
                policies.extend(own.clone().map(|arn| (index, arn)));
            } else {
                let is_groups = matches!(part.says, IamSays::Groups(_));
                let own = places
                    .entry((path, part.of.kind, is_groups))
                    .or_insert_with(|| self.place(path, part.of.kind, is_groups, &folders));
                found.extend(own.clone().map(|owner| (index, owner)));
            }
        }
        self.by_place = found;
        self.policy_by_place = policies;
    }

    /// Whom the place of a file points to: the name in its path, the only one whom the files beside it name, or the only
    /// one of the kind where the path has no name at all.
    fn place(
        &self,
        path: &str,
        kind: Option<IamKind>,
        is_groups: bool,
        folders: &BTreeMap<&str, BTreeSet<Owner>>,
    ) -> Option<Owner> {
        let kind = kind.or_else(|| kind_in(path));
        let of_kind = |own: IamKind| kind.is_none_or(|kind| kind == own);
        // `aws iam list-groups` lists all groups of the account, and its answer looks the same.
        let is_told = !is_groups || path.contains("user");
        let kinds = || KINDS.into_iter().filter(|own| of_kind(*own));
        let named = in_path(path, |name| {
            let mut found: Vec<Owner> = Vec::new();
            for kind in kinds() {
                let arns = self.by_name.get(&(kind, name.to_owned())).into_iter().flatten();
                found.extend(arns.take(2).map(|arn| (arn.clone(), kind)));
            }
            found
        });
        let beside = || {
            let named = folders.get(folder_of(path)).filter(|_| is_told)?;
            only(named.iter().filter(|(_, kind)| of_kind(*kind)))
        };
        let alone = || {
            let label = naming::label(path);
            let mut words = label.split(['/', '-']).filter(|word| !word.is_empty());
            let bare = words.all(|word| WORDS.contains(&word));
            let kind = kind.filter(|_| bare && is_told)?;
            let of_kind = self.by_name.iter().filter(|((own, _), _)| *own == kind);
            only(of_kind.flat_map(|(_, arns)| arns)).map(|arn| (arn, kind))
        };
        named.or_else(beside).or_else(alone)
    }

    /// The one whom an answer, or the command above it, names.
    fn said(&self, part: &IamPart) -> Option<Owner> {
        if let Some(arn) = &part.of.arn
            && let Some(kind) = IamKind::of_arn(&arn.value)
        {
            return Some((arn.value.clone(), kind));
        }
        let name = &part.of.name.as_ref()?.value;
        let found: Vec<Owner> = KINDS
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

/// The folder of a path; empty for a file that lies in what was given.
fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The kind that a file's name tells: `list-attached-user-policies.json`.
fn kind_in(path: &str) -> Option<IamKind> {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let words: BTreeSet<&str> = file.split(|char: char| !char.is_alphanumeric()).collect();
    let mut told = KINDS.into_iter().filter(|kind| words.contains(kind.word()));
    told.next().filter(|_| told.next().is_none())
}

/// The longest name of a file or folder that is looked at, and the most words in it.
const LONGEST: usize = 255;
const MOST_WORDS: usize = 40;

/// The one whose name a path has as a whole, in the file's name or else in the nearest folder's; of several the longest:
/// `validator-base-2` is not `validator-base`.
fn in_path<T: Clone + PartialEq>(path: &str, find: impl Fn(&str) -> Vec<T>) -> Option<T> {
    path.rsplit(['/', '\\'])
        .filter(|component| component.len() <= LONGEST)
        .find_map(|component| {
            let mut texts = between_words(component);
            texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
            let mut longest = 0;
            let mut found: Vec<T> = Vec::new();
            for text in texts.into_iter().filter(|text| text.len() > 2) {
                if text.len() < longest {
                    break;
                }
                let own = find(text);
                if !own.is_empty() {
                    longest = text.len();
                    found.extend(own);
                }
            }
            (!found.is_empty()).then(|| only(found.iter()))
        })?
}

/// Every part of a text that begins and ends with a word.
fn between_words(text: &str) -> Vec<&str> {
    let is_part = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    let edge = |at: usize| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at..).and_then(|tail| tail.chars().next());
        (is_part(before), is_part(after))
    };
    let offsets = || text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let starts: Vec<usize> = offsets()
        .filter(|at| edge(*at) == (false, true))
        .take(MOST_WORDS)
        .collect();
    let ends: Vec<usize> = offsets()
        .filter(|at| edge(*at) == (true, false))
        .take(MOST_WORDS)
        .collect();
    let pairs = starts
        .iter()
        .flat_map(|start| ends.iter().map(move |end| (*start, *end)));
    pairs.filter_map(|(start, end)| text.get(start..end)).collect()
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
