//! Containers with an agent's environment or command, wherever they stand in a tree.
//!
//! `environment` as a map or as a list of `NAME=value` (Compose), or of names and values (ECS); `env` as a list of names and
//! values (Kubernetes); `data` and `stringData` of a `ConfigMap` or a `Secret`; `command`, `args`, `entrypoint`.
//!
//! Sources: Compose specification, "Services top-level elements"; Kubernetes API, `Container`, `EnvVar`; ECS API,
//! `ContainerDefinition`.

use super::{settings, shell};
use crate::evidence::AgentExport;
use crate::hyperlane::agent::{Layer, Setting, Source};
use crate::input::Probe;
use crate::json::{Node, Value};

/// Levels of a tree that are looked at.
const DEPTH: usize = 24;

/// The most containers of one tree.
const MOST: usize = 1_000;

/// Trees that formats of their own read.
const OTHERS: [&str; 5] = [
    "Resources",
    "AWSTemplateFormatVersion",
    "terraform_version",
    "planned_values",
    "format_version",
];

/// True for a tree with a container of an agent, which no other format reads.
pub(super) fn is_one(probe: &Probe, object: &Node) -> bool {
    object.get_any(&OTHERS).is_none() && !super::is_config(object) && !containers(probe, object).is_empty()
}

/// The containers of agents, in the order of the text.
pub(super) fn containers<'p>(probe: &Probe, object: &'p Node) -> Vec<(&'p Node, AgentExport)> {
    let mut found = Vec::new();
    walk(probe, object, None, 0, &mut found);
    found
}

fn walk<'p>(
    probe: &Probe,
    node: &'p Node,
    name: Option<&str>,
    depth: usize,
    found: &mut Vec<(&'p Node, AgentExport)>,
) {
    if depth > DEPTH || found.len() >= MOST {
        return;
    }
    if let Some(export) = container(probe, node, name) {
        found.push((node, export));
        return;
    }
    let below = depth.saturating_add(1);
    for member in node.members() {
        walk(probe, &member.value, Some(&member.key), below, found);
    }
    for item in node.items() {
        walk(probe, item, name, below, found);
    }
}

/// The environment and the command of one container, where they are an agent's.
fn container(probe: &Probe, node: &Node, name: Option<&str>) -> Option<AgentExport> {
    if !node.is_object() {
        return None;
    }
    let mut environment: Vec<Setting> = Vec::new();
    for member in ["environment", "env", "stringData", "data"] {
        if let Some(variables) = node.get(member) {
            // What a Secret has under `data` is encoded.
            let is_encoded = member == "data" && node.str_of("kind") == Some("Secret");
            environment.extend(variables_of(probe, variables, is_encoded));
        }
    }
    let mut words = Vec::new();
    for member in ["entrypoint", "entryPoint", "command", "args"] {
        match node.get(member) {
            Some(list) if list.is_array() => words.extend(
                list.items()
                    .iter()
                    .filter_map(|item| Some((item.as_str()?.to_owned(), item.span.clone()))),
            ),
            Some(text) if text.as_str().is_some() => words.extend(split(probe, text)),
            _ => {}
        }
    }
    let command = shell::of_list(&words);
    let mut sources = command.sources(|range| probe.span(range));
    let program = sources.iter().find_map(|source| source.program);
    if sources.iter().all(|source| source.settings.is_empty()) {
        if environment.is_empty() {
            return None;
        }
        sources.clear();
    }
    if !environment.is_empty() {
        sources.push(Source {
            layer: Layer::Environment,
            program,
            settings: environment,
        });
    }
    let named = node
        .str_of("container_name")
        .or_else(|| node.str_of("name"))
        .or_else(|| node.get("metadata").and_then(|metadata| metadata.str_of("name")))
        .or(name);
    Some(AgentExport {
        name: named.map(str::to_owned),
        // A ConfigMap or a Secret is a part of another's environment.
        is_process: node.get_any(&["data", "stringData"]).is_none(),
        sources,
    })
}

fn variables_of(probe: &Probe, variables: &Node, is_encoded: bool) -> Vec<Setting> {
    let mut found = Vec::new();
    for member in variables.members() {
        let Some(path) = shell::path_of_variable(&member.key) else {
            continue;
        };
        let span = probe.at(&member.value);
        let written = member.key.clone();
        found.extend(match &member.value.value {
            Value::String(_) | Value::Null if is_encoded => {
                settings::unknown(path, written, "a value of a Secret", span)
            }
            Value::String(text) | Value::Number(text) => settings::setting(path, written, text, span),
            Value::Bool(value) => settings::setting(path, written, &value.to_string(), span),
            _ => settings::unknown(path, written, "a variable of the host's environment", span),
        });
    }
    for item in variables.items() {
        let span = probe.at(item);
        if let Some(text) = item.as_str() {
            let (name, value) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (text, None),
            };
            let Some(path) = shell::path_of_variable(name) else {
                continue;
            };
            found.extend(match value {
                Some(value) => settings::setting(path, name.to_owned(), value, span),
                None => settings::unknown(
                    path,
                    name.to_owned(),
                    "a variable of the host's environment",
                    span,
                ),
            });
            continue;
        }
        let Some(name) = item.str_of("name") else { continue };
        let Some(path) = shell::path_of_variable(name) else {
            continue;
        };
        let written = name.to_owned();
        found.extend(match item.get("value") {
            Some(value) => match &value.value {
                Value::String(text) | Value::Number(text) => {
                    settings::setting(path, written, text, probe.at(value))
                }
                _ => None,
            },
            None => settings::unknown(path, written, "a reference to a Secret or a ConfigMap", span),
        });
    }
    found
}

/// The words of a command in one string, by its blanks.
fn split(probe: &Probe, node: &Node) -> Vec<(String, std::ops::Range<usize>)> {
    let Some(text) = node.as_str() else {
        return Vec::new();
    };
    let raw = probe.text().and_then(|all| all.get(node.span.clone()));
    let mut at = 0_usize;
    text.split_whitespace()
        .map(|word| {
            // The place of the word, where the text stands there as it is.
            let place = raw
                .and_then(|raw| raw.get(at..))
                .and_then(|rest| rest.find(word))
                .map(|offset| at.saturating_add(offset));
            let range = match place {
                Some(place) => {
                    at = place.saturating_add(word.len());
                    let start = node.span.start.saturating_add(place);
                    start..start.saturating_add(word.len())
                }
                None => node.span.clone(),
            };
            (word.trim_matches(['"', '\'']).to_owned(), range)
        })
        .collect()
}
