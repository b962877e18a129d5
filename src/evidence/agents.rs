//! The agents of the evidence: which files configure one together, and which keys it signs with.
//!
//! Nothing in a file says which other files an agent reads beside it. Files of one folder, or of a folder above, that do
//! not contradict each other in one layer are taken together, and so is what stands in a folder `config`.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::{Bundle, Gap, Join, JoinedBy, Key};
use super::{Data, redacted};
use crate::arn::KeyRef;
use crate::hyperlane::agent::{
    Agent, KeyUse, Layer, Program, Purpose, Signer, SignerKind, Source, Text, Value, flat, program_of,
};
use crate::source::Span;

/// What one file, environment or container says of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentExport {
    /// The name of the container or service, where it has one.
    pub name: Option<String>,
    /// True for what is one process: nothing else is a part of it that is one itself.
    pub is_process: bool,
    /// The settings, by where they are read from.
    pub sources: Vec<Source>,
}

/// One agent.
#[derive(Debug)]
pub struct ConfiguredAgent {
    /// What it does, by all of its settings.
    pub agent: Agent,
    /// What it is called in reports: `validator of base (validator.env)`.
    pub name: String,
    /// The artefacts that configure it.
    pub artefacts: Vec<usize>,
    /// For each of [`Agent::uses`], the key that it names.
    pub keys: Vec<AgentKey>,
}

/// The key of a use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentKey {
    /// Index in [`Bundle::keys`], and how it was found.
    pub found: Option<(usize, JoinedBy)>,
    /// Keys that have the id or the alias, and are in another region than the agent is configured with.
    pub elsewhere: Vec<usize>,
}

/// A use of a key by an agent.
#[derive(Debug, Clone, Copy)]
pub struct ConfiguredUse<'b> {
    /// The agent.
    pub agent: &'b ConfiguredAgent,
    /// The use.
    pub of: &'b KeyUse,
    /// Index in [`Agent::uses`].
    pub index: usize,
}

impl ConfiguredUse<'_> {
    /// The place of the signer.
    pub fn span(&self) -> Span {
        self.of.signer.span
    }

    /// The role and the chain that a claim would have for it: `validator` on the chain whose checkpoints the key signs,
    /// `relayer` on a chain that a relayer delivers to. Nothing for a validator's transactions, which are part of being
    /// one.
    pub fn role(&self) -> Option<&'static str> {
        match (self.of.purpose, self.agent.agent.program) {
            (Purpose::Checkpoints, _) => Some("validator"),
            (Purpose::Transactions, Some(Program::Relayer)) => Some("relayer"),
            _ => None,
        }
    }
}

impl Bundle {
    /// The uses of a key that agents are configured with.
    pub fn uses_of<'b>(&'b self, key: &'b Key) -> impl Iterator<Item = ConfiguredUse<'b>> {
        key.agents.iter().filter_map(|(agent, index)| {
            let agent = self.agents.get(*agent)?;
            let of = agent.agent.uses.get(*index)?;
            Some(ConfiguredUse {
                agent,
                of,
                index: *index,
            })
        })
    }
}

/// One export among those that are grouped.
struct Part<'b> {
    artefact: usize,
    folder: String,
    export: &'b AgentExport,
    sources: Vec<Source>,
    program: Option<Program>,
    origin: Option<String>,
    /// Every setting of every layer; of two in one source the last.
    values: BTreeMap<(Layer, Vec<String>), Value>,
}

impl Part<'_> {
    /// True where two parts say different things of one setting in one layer.
    fn contradicts(&self, other: &Self) -> bool {
        let (few, many) = if self.values.len() < other.values.len() {
            (&self.values, &other.values)
        } else {
            (&other.values, &self.values)
        };
        few.iter()
            .any(|(name, value)| many.get(name).is_some_and(|other| other != value))
    }

    /// True for a process that is described above the folder of another's files: a service of Compose, with a folder for
    /// each validator.
    fn is_started_from(&self, other: &Self) -> bool {
        self.export.is_process && self.origin == other.origin && is_below(&other.folder, &self.folder)
    }

    fn fits(&self, other: &Self) -> bool {
        let is_beside = self.folder == other.folder
            || (self.origin.is_some() && (self.is_started_from(other) || other.is_started_from(self)));
        is_beside
            && self.program == other.program
            && !(self.export.is_process && other.export.is_process)
            && (self.origin.is_none() || other.origin.is_none() || self.origin == other.origin)
            && !self.contradicts(other)
    }
}

/// Finds the agents, and joins their keys. The keys and their names must be known.
pub(super) fn assemble(bundle: &mut Bundle, paths: &[String]) {
    let mut gaps = Vec::new();
    let agents = grouped(bundle, paths, &mut gaps);
    for agent in &agents {
        gaps.extend(missing(agent));
    }
    for (at, agent) in agents.iter().enumerate() {
        for (index, own) in agent.keys.iter().enumerate() {
            let Some((key, by)) = own.found else { continue };
            let Some(key) = bundle.keys.get_mut(key) else {
                continue;
            };
            key.agents.push((at, index));
            let span = agent.agent.uses.get(index).map(|one| one.signer.span);
            let artefact = agent.artefacts.iter().find(|artefact| {
                bundle.artefacts.get(**artefact).is_some_and(|artefact| {
                    let own = artefact.span;
                    span.is_some_and(|span| {
                        span.source == own.source && own.start <= span.start && span.end <= own.end
                    })
                })
            });
            if let Some(artefact) = artefact
                && !key.joins.iter().any(|join| join.artefact == *artefact)
            {
                key.joins.push(Join {
                    artefact: *artefact,
                    by,
                });
                key.joins.sort_by_key(|join| (join.artefact, join.by));
            }
        }
    }
    bundle.gaps.extend(gaps);
    bundle.agents = agents;
}

/// The folder that a file configures agents for: that of the file, and for a folder `config` the one above.
fn folder(path: &str) -> (String, bool) {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    match folder.rsplit_once('/') {
        Some((above, "config")) => (above.to_owned(), true),
        None if folder == "config" => (String::new(), true),
        _ => (folder.to_owned(), false),
    }
}

/// True for a folder that is another or lies below it.
fn is_below(folder: &str, above: &str) -> bool {
    above.is_empty()
        || folder == above
        || folder
            .strip_prefix(above)
            .is_some_and(|rest| rest.starts_with('/'))
}

fn parts<'b>(bundle: &'b Bundle, paths: &[String]) -> Vec<Part<'b>> {
    let mut parts = Vec::new();
    for (artefact, own) in bundle.artefacts.iter().enumerate() {
        let Data::Agent(export) = &own.data else { continue };
        let (folder, is_config) = folder(paths.get(artefact).map_or("", String::as_str));
        let mut sources = export.sources.clone();
        for source in sources
            .iter_mut()
            .filter(|source| is_config && source.layer == Layer::File)
        {
            source.layer = Layer::Config;
        }
        let settings = || sources.iter().flat_map(|source| &source.settings);
        let program = sources
            .iter()
            .find_map(|source| source.program)
            .or_else(|| settings().find_map(|setting| program_of(&setting.path)));
        let origin = settings()
            .filter(|setting| setting.path == ["originchainname"])
            .find_map(|setting| match &setting.value {
                Value::Text(text) => Some(flat(text)),
                _ => None,
            });
        let values = sources
            .iter()
            .flat_map(|source| {
                let layer = source.layer;
                let settings = source.settings.iter();
                settings.map(move |setting| ((layer, setting.path.clone()), setting.value.clone()))
            })
            .collect();
        parts.push(Part {
            artefact,
            folder,
            export,
            sources,
            program,
            origin,
            values,
        });
    }
    parts
}

/// The most agents that are looked at: comparing them is quadratic.
const AGENTS: usize = 200;

fn grouped(bundle: &Bundle, paths: &[String], gaps: &mut Vec<Gap>) -> Vec<ConfiguredAgent> {
    let mut parts = parts(bundle, paths);
    if let Some(first) = parts.get(AGENTS) {
        gaps.push(Gap {
            kind: "agent-configuration".to_owned(),
            message: format!(
                "of {} configurations of agents the first {AGENTS} are looked at: give them in several runs",
                parts.len()
            ),
            span: bundle.artefacts.get(first.artefact).map(|artefact| artefact.span),
            key: None,
        });
    }
    parts.truncate(AGENTS);
    let (mut anchors, shared): (Vec<Part>, Vec<Part>) =
        parts.into_iter().partition(|part| part.program.is_some());
    // What names its chain first: what does not belongs to it where it is the only one.
    anchors.sort_by_key(|part| (part.origin.is_none(), part.artefact));
    let mut groups: Vec<Vec<Part>> = Vec::new();
    for part in anchors {
        let mut fitting = groups
            .iter()
            .enumerate()
            .filter(|(_, group)| group.iter().all(|own| own.fits(&part)))
            .map(|(at, _)| at);
        let only = fitting.next().filter(|_| fitting.next().is_none());
        match only.and_then(|at| groups.get_mut(at)) {
            Some(group) => group.push(part),
            None => groups.push(vec![part]),
        }
    }
    groups.sort_by_key(|group| group.iter().map(|part| part.artefact).min());
    let mut agents: Vec<ConfiguredAgent> = groups
        .iter()
        .map(|group| {
            let folders = group.iter().map(|part| part.folder.as_str());
            let folder = folders.max_by_key(|folder| folder.len()).unwrap_or_default();
            let own = shared
                .iter()
                .filter(|part| !part.export.is_process && is_below(folder, &part.folder));
            configured(bundle, paths, &own.chain(group).collect::<Vec<_>>(), group)
        })
        .collect();
    let alone: Vec<&Part> = shared
        .iter()
        .filter(|part| {
            part.export.is_process
                || !groups
                    .iter()
                    .flatten()
                    .any(|anchor| is_below(&anchor.folder, &part.folder))
        })
        .collect();
    let mut by_folder: BTreeMap<(&str, Option<usize>), Vec<&Part>> = BTreeMap::new();
    for part in alone {
        let own = part.export.is_process.then_some(part.artefact);
        by_folder.entry((&part.folder, own)).or_default().push(part);
    }
    for group in by_folder.values() {
        let agent = configured(bundle, paths, group, &[]);
        if !agent.agent.uses.is_empty() || !agent.agent.ignored.is_empty() {
            agents.push(agent);
        }
    }
    agents
}

fn configured(bundle: &Bundle, paths: &[String], parts: &[&Part], own: &[Part]) -> ConfiguredAgent {
    let sources: Vec<&Source> = parts.iter().flat_map(|part| &part.sources).collect();
    let program = own.iter().find_map(|part| part.program);
    let agent = Agent::of(program, &sources);
    let named = own.first().or_else(|| parts.first().copied());
    let path = named
        .and_then(|part| paths.get(part.artefact))
        .map_or("", String::as_str);
    let service = named
        .and_then(|part| part.export.name.as_deref())
        .map_or_else(String::new, |name| format!(", {name}"));
    let what = match (agent.program, agent.origin_chain()) {
        (Some(program), Some(chain)) if program == Program::Validator => {
            format!("{} of {chain}", program.word())
        }
        (Some(program), _) => program.word().to_owned(),
        (None, _) => "agent".to_owned(),
    };
    let keys = agent
        .uses
        .iter()
        .map(|one| key_of(&bundle.keys, &one.signer))
        .collect();
    ConfiguredAgent {
        name: format!("{what} ({path}{service})"),
        artefacts: parts.iter().map(|part| part.artefact).collect(),
        agent,
        keys,
    }
}

/// The key that a signer names: by ARN, by id, or by an alias in the region that the agent is configured with.
fn key_of(keys: &[Key], signer: &Signer) -> AgentKey {
    let SignerKind::Aws { id: Some(id), region } = &signer.kind else {
        return AgentKey::default();
    };
    let Some(reference) = id.known().and_then(KeyRef::parse) else {
        return AgentKey::default();
    };
    let region = region
        .as_ref()
        .and_then(Text::known)
        .filter(|region| !region.is_empty());
    let named = |is_declared: bool| -> Vec<usize> {
        let all = keys.iter().enumerate();
        let own = all.filter(|(_, key)| key.declared.is_some() == is_declared);
        own.filter(|(_, key)| match &reference {
            KeyRef::Arn { id, account, .. } => {
                key.id.as_deref() == Some(id) && key.account.as_ref().is_none_or(|own| own == account)
            }
            KeyRef::Id(id) => key.id.as_deref() == Some(id),
            KeyRef::Alias { name, scope } => {
                key.aliases.contains(name)
                    && scope
                        .as_ref()
                        .is_none_or(|(account, _)| key.account.as_ref().is_none_or(|own| own == account))
            }
            KeyRef::Declared { .. } => false,
        })
        .map(|(index, _)| index)
        .collect()
    };
    let mut all = named(false);
    if all.is_empty() {
        all = named(true);
    }
    // What the id itself says of the region counts: KMS takes it from there.
    let wanted = match &reference {
        KeyRef::Arn { region, .. }
        | KeyRef::Alias {
            scope: Some((_, region)),
            ..
        } => Some(region.as_str()),
        _ => region,
    };
    let by = match &reference {
        KeyRef::Arn { .. } => JoinedBy::Arn,
        KeyRef::Id(_) => JoinedBy::KeyId,
        _ => JoinedBy::Alias,
    };
    let (here, elsewhere): (Vec<usize>, Vec<usize>) = all.into_iter().partition(|index| {
        let own = keys.get(*index).and_then(|key| key.region.as_deref());
        wanted.is_none() || own.is_none() || own == wanted
    });
    // Several keys of one name: which one is meant cannot be told.
    let found = match here.as_slice() {
        [only] => Some((*only, by)),
        _ => None,
    };
    AgentKey { found, elsewhere }
}

/// Text of the evidence that a shell would take for one word.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_/:.".contains(&byte))
}

/// Keys that an agent signs with and that are not here: what to export.
fn missing(agent: &ConfiguredAgent) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if agent.agent.program == Some(Program::Validator) && agent.agent.own_key().is_none() {
        gaps.push(Gap {
            kind: "agent-key".to_owned(),
            message: format!(
                "{}: which key signs its checkpoints is not in the evidence: give the rest of its configuration \
                 (validator.type, .id and .region; HYP_VALIDATOR_…)",
                agent.name
            ),
            span: None,
            key: None,
        });
    }
    if let Some(first) = agent.agent.without.first() {
        let more = agent.agent.without.len().saturating_sub(1);
        let and = if more > 0 {
            format!(" and {more} more chains")
        } else {
            String::new()
        };
        gaps.push(Gap {
            kind: "agent-key".to_owned(),
            message: format!(
                "{}: which key signs transactions on {first}{and} is not in the evidence: give the rest of its \
                 configuration (chains.{first}.signer, defaultSigner; HYP_CHAINS_…, HYP_DEFAULTSIGNER_…)",
                agent.name
            ),
            span: None,
            key: None,
        });
    }
    if agent.agent.is_cut {
        gaps.push(Gap {
            kind: "agent-key".to_owned(),
            message: format!("{}: it has more chains than are looked at", agent.name),
            span: None,
            key: None,
        });
    }
    let mut by_words: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in &agent.agent.uses {
        by_words.entry(one.signer.words()).or_default().push(one.words());
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (one, own) in agent.agent.uses.iter().zip(&agent.keys) {
        let SignerKind::Aws { id, region } = &one.signer.kind else {
            continue;
        };
        let words = one.signer.words();
        if own.found.is_some() || !seen.insert(words.clone()) {
            continue;
        }
        let uses = by_words.remove(&words).unwrap_or_default();
        let more = uses.len().saturating_sub(3);
        let mut what = uses.into_iter().take(3).collect::<Vec<_>>().join(", ");
        if more > 0 {
            what = format!("{what} and {more} more");
        }
        let known = |text: &Option<Text>| {
            text.as_ref()
                .and_then(|text| text.value.clone())
                .filter(|text| is_plain(text) && !redacted::is_masked(text))
        };
        let key = known(id).unwrap_or_else(|| "KEY_ID".to_owned());
        let region = known(region).unwrap_or_else(|| "REGION".to_owned());
        gaps.push(Gap {
            kind: "agent-key".to_owned(),
            message: format!(
                "{}: {what} are signed with {words}, which is no key of this evidence: give aws kms get-public-key, \
                 describe-key, get-key-policy and list-grants, each with --key-id {key} --region {region}, and aws kms \
                 list-aliases --region {region}",
                agent.name
            ),
            span: Some(one.signer.span),
            key: None,
        });
    }
    gaps
}
