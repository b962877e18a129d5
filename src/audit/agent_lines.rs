//! What a configuration of an agent says of keys, a line each, as `inspect` shows it.

use crate::evidence::AgentExport;
use crate::hyperlane::agent::{Agent, Source};

/// The lines of one file, environment or container by itself.
pub(super) fn of(export: &AgentExport) -> Vec<String> {
    let sources: Vec<&Source> = export.sources.iter().collect();
    let agent = Agent::of(None, &sources);
    let program = agent.program.map_or("an agent", |program| program.word());
    let chain = agent
        .origin_chain()
        .map_or_else(String::new, |chain| format!(" of {chain}"));
    let layers: Vec<&str> = sources.iter().map(|source| source.layer.words()).collect();
    let mut lines = vec![format!("configures {program}{chain} ({})", layers.join(" and "))];
    for one in &agent.uses {
        lines.push(format!(
            "signs {} with {} ({})",
            one.words(),
            one.signer.words(),
            one.how.words()
        ));
    }
    for setting in &agent.ignored {
        lines.push(format!("sets {}, which no agent reads", setting.written));
    }
    if let Some(bucket) = agent.syncer.as_ref().and_then(|syncer| syncer.bucket.as_ref()) {
        lines.push(format!("puts checkpoints into the bucket {}", bucket.shown));
    }
    lines
}
