//! Configurations of Hyperlane's agents: JSON files, files of environment variables and scripts that start an agent, and
//! the trees of those who deploy them (Compose, Kubernetes, ECS).

mod deployment;
mod settings;
mod shell;

use super::{Format, Probe, Reader, hyperlane_contracts};
use crate::evidence::{AgentExport, Data};
use crate::hyperlane::agent::{Layer, Source, flat};
use crate::json::Node;

/// A JSON file that an agent reads.
pub(super) struct AgentConfig;

/// A file of environment variables, or a script that starts an agent.
pub(super) struct AgentEnvironment;

/// Containers with an agent's environment.
pub(super) struct AgentDeployment;

/// True for an object that is, or is part of, a signer.
fn is_signer(node: &Node) -> bool {
    node.members()
        .iter()
        .any(|member| matches!(flat(&member.key).as_str(), "type" | "id" | "region" | "key"))
        && node
            .members()
            .iter()
            .all(|member| member.value.as_str().is_some())
}

/// True for the object of an agent's configuration file.
pub(super) fn is_config(object: &Node) -> bool {
    object.members().iter().any(|member| {
        let value = &member.value;
        match flat(&member.key).as_str() {
            "originchainname" => value.as_str().is_some(),
            "relaychains" => value.as_str().is_some() || value.is_array(),
            "validator" | "defaultsigner" => is_signer(value),
            "checkpointsyncer" => value.get("type").is_some(),
            "chains" => value.members().iter().any(|chain| {
                hyperlane_contracts::is_chain(&chain.value)
                    || chain.value.get("signer").is_some_and(is_signer)
            }),
            _ => false,
        }
    })
}

impl Format for AgentConfig {
    fn id(&self) -> &'static str {
        "hyperlane-agent-config"
    }

    fn title(&self) -> &'static str {
        "a configuration file of a Hyperlane agent"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.object().is_some_and(is_config)
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let mut settings = settings::of_tree(probe, object);
        let source = Source {
            layer: Layer::File,
            program: None,
            settings: std::mem::take(&mut settings.found),
        };
        let export = AgentExport {
            name: None,
            is_process: false,
            sources: vec![source],
        };
        reader.push_with(probe.at(object), Data::Agent(export), settings.troubles);
        hyperlane_contracts::push(probe, reader);
    }
}

impl Format for AgentEnvironment {
    fn id(&self) -> &'static str {
        "hyperlane-agent-environment"
    }

    fn title(&self) -> &'static str {
        "environment variables or a command of a Hyperlane agent"
    }

    fn is_of_trees(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe
            .text()
            .is_some_and(|text| shell::may_be(text) && shell::read(text).is_some())
    }

    fn is_output(&self) -> bool {
        false
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(read) = probe.text().and_then(shell::read) else {
            return;
        };
        let is_process = read.is_process();
        let export = AgentExport {
            name: None,
            is_process,
            sources: read.sources(|range| probe.span(range)),
        };
        reader.push(probe.whole(), Data::Agent(export));
    }
}

impl Format for AgentDeployment {
    fn id(&self) -> &'static str {
        "hyperlane-agent-deployment"
    }

    fn title(&self) -> &'static str {
        "a deployment of Hyperlane agents (Compose, Kubernetes, ECS)"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        let may_be = probe.own_text().is_some_and(shell::may_be);
        may_be
            && probe
                .object()
                .is_some_and(|object| deployment::is_one(probe, object))
    }

    fn is_output(&self) -> bool {
        false
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        for (node, export) in deployment::containers(probe, object) {
            reader.push(probe.at(node), Data::Agent(export));
        }
    }
}
