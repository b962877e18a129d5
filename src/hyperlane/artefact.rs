//! What a document in a validator's storage is.

use super::announcement::{self, Announcement};
use super::checkpoint::{self, Checkpoint};
use super::envelope::{Envelope, Fault, FaultCode, Remark, Remarks};
use super::layout::Kind;
use super::{fast, fields};
use crate::json::{self, JsonError, Limits, Node, Value};

/// What the JSON of one document may cost; the largest real one has some hundred values.
const LIMITS: Limits = Limits {
    depth: 32,
    values: 20_000,
};

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Artefact {
    /// A signed checkpoint.
    Checkpoint(Envelope<Checkpoint>),
    /// A signed announcement.
    Announcement(Box<Envelope<Announcement>>),
    /// The latest index; unsigned.
    LatestIndex(u32),
    /// What the agent says of itself; unsigned.
    Metadata(Box<Metadata>),
    /// A reorg flag; unsigned. What it says, where it can be read: its presence alone stops a validator.
    ReorgFlag(Option<Box<ReorgEvent>>),
    /// What the nodes answered at a reorg: how many answers; unsigned.
    ReorgLog(usize),
    /// Something of Hyperlane that is not verified here.
    Other(Other),
}

/// What is recognised and left unverified, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Other {
    /// A checkpoint of abacus v1, before November 2022: its digest names no contract.
    AbacusCheckpoint,
    /// A failure notice of Optics, the ancestor.
    OpticsFailure,
    /// A relayer's metadata for an interchain security module.
    IsmMetadata,
    /// A relayer's authentication towards an off-chain lookup server.
    OffchainLookup,
}

impl Other {
    /// Its word.
    pub const fn id(self) -> &'static str {
        match self {
            Self::AbacusCheckpoint => "abacus-checkpoint",
            Self::OpticsFailure => "optics-failure",
            Self::IsmMetadata => "ism-metadata",
            Self::OffchainLookup => "offchain-lookup",
        }
    }

    /// Why it is not verified.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::AbacusCheckpoint => {
                "a checkpoint of abacus v1 (2022): its digest binds a domain and no contract, and nothing uses it any more"
            }
            Self::OpticsFailure => "a failure notice of Optics, whose digests nothing uses any more",
            Self::IsmMetadata => {
                "metadata for a security module: give the checkpoints that its signatures come from"
            }
            Self::OffchainLookup => {
                "a relayer's authentication towards a lookup server: it is no validator's statement"
            }
        }
    }
}

/// `metadata_latest.json`.
///
/// Source: mono:rust/main/agents/validator/src/validator.rs, `ValidatorMetadata`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The commit that the agent was built from.
    pub git_sha: Option<String>,
    /// Keccak-256 of the host of each RPC endpoint: equal ones are one provider. Empty before agents-v1.6.
    pub host_hashes: Vec<String>,
    /// True where public endpoints are allowed.
    pub allows_public_rpcs: Option<bool>,
}

/// `reorg_flag.json`.
///
/// Source: mono:rust/main/hyperlane-core/src/types/reorg.rs, `ReorgEvent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReorgEvent {
    /// The root that the validator had.
    pub local_root: [u8; 32],
    /// The root that the chain has.
    pub canonical_root: [u8; 32],
    /// The index at which they differ.
    pub index: u32,
    /// Seconds since 1970.
    pub timestamp: Option<u64>,
}

impl Artefact {
    /// A word for what it is.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Checkpoint(_) => "checkpoint",
            Self::Announcement(_) => "announcement",
            Self::LatestIndex(_) => "latest-index",
            Self::Metadata(_) => "metadata",
            Self::ReorgFlag(_) => "reorg-flag",
            Self::ReorgLog(_) => "reorg-log",
            Self::Other(other) => other.id(),
        }
    }
}

/// Reads one document; `name` is what the file's name says, where it has one.
///
/// # Errors
/// Why it is nothing that can be read, and where.
pub fn read(bytes: &[u8], name: Option<Kind>) -> Result<Artefact, Fault> {
    let trimmed = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // The presence of the flag counts, not what it says (mono:#5401).
    if name == Some(Kind::ReorgFlag) {
        let event = parse(trimmed).ok().as_ref().and_then(reorg_event);
        return Ok(Artefact::ReorgFlag(event.map(Box::new)));
    }
    let skipped = bytes.len().saturating_sub(trimmed.len());
    let mut artefact = document(trimmed).map_err(|fault| Fault {
        offset: fault.offset.map(|offset| offset.saturating_add(skipped)),
        ..fault
    })?;
    if let Some(name) = name {
        fits(&mut artefact, name)?;
    }
    Ok(artefact)
}

/// Compares what a file is with its name.
fn fits(artefact: &mut Artefact, name: Kind) -> Result<(), Fault> {
    let fits = match (&mut *artefact, name) {
        (Artefact::Checkpoint(envelope), Kind::Checkpoint { index, .. }) => {
            if envelope.value.index != index {
                envelope.remarks.add(Remark::NameDiffers);
            }
            true
        }
        (Artefact::Announcement(_), Kind::Announcement)
        | (Artefact::LatestIndex(_), Kind::LatestIndex)
        | (Artefact::Metadata(_), Kind::Metadata)
        | (Artefact::ReorgLog(_), Kind::ReorgLog)
        | (Artefact::Other(_), _) => true,
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let expected = match name {
        Kind::Checkpoint { .. } => "a checkpoint",
        Kind::LatestIndex => "the latest index",
        Kind::Announcement => "an announcement",
        Kind::Metadata => "the agent's metadata",
        Kind::ReorgFlag => "a reorg flag",
        Kind::ReorgLog => "the answers at a reorg",
    };
    Err(Fault::of(
        FaultCode::NotWhatTheNameSays,
        format!(
            "by its name it is {expected}, by its content it is: {}",
            artefact.kind()
        ),
    ))
}

fn document(bytes: &[u8]) -> Result<Artefact, Fault> {
    if let Some(envelope) = std::str::from_utf8(bytes).ok().and_then(fast::checkpoint) {
        return Ok(Artefact::Checkpoint(envelope));
    }
    of_node(&parse(bytes)?)
}

fn parse(bytes: &[u8]) -> Result<Node, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        // A character that is cut in half at the very end is a cut, not another encoding.
        let code = if error.error_len().is_none() {
            FaultCode::Truncated
        } else {
            FaultCode::NotUtf8
        };
        Fault::at(code, error.valid_up_to(), "it is not UTF-8 from here on")
    })?;
    if text.trim().is_empty() {
        return Err(Fault::of(FaultCode::Empty, "there is nothing in it"));
    }
    json::parse(text, &LIMITS).map_err(|error| fault(text, error))
}

fn fault(text: &str, error: JsonError) -> Fault {
    let code = if error.message.starts_with("nests deeper") || error.message.starts_with("holds more") {
        FaultCode::TooComplex
    } else if error.offset >= text.trim_end().len() {
        FaultCode::Truncated
    } else {
        FaultCode::NotJson
    };
    Fault::at(code, error.offset, error.message)
}

/// What a parsed document is.
///
/// # Errors
/// Why it is nothing that can be read, and where.
pub fn of_node(node: &Node) -> Result<Artefact, Fault> {
    match &node.value {
        Value::Number(_) => return fields::u32_of(node, "the latest index").map(Artefact::LatestIndex),
        Value::Array(items) => {
            let is_answer = |item: &Node| item.get("rpc_url_hash").is_some();
            if !items.is_empty() && items.iter().all(is_answer) {
                return Ok(Artefact::ReorgLog(items.len()));
            }
        }
        Value::Object(_) => {
            if let Some(found) = signed(node).transpose()? {
                return Ok(found);
            }
            if let Some(found) = unsigned(node) {
                return Ok(found);
            }
        }
        _ => {}
    }
    Err(Fault::of(
        FaultCode::NotRecognised,
        format!("it is {} that is none of a validator's documents", node.kind()),
    ))
}

/// What has a signature, or is an envelope in any other way.
fn signed(node: &Node) -> Option<Result<Artefact, Fault>> {
    let names = ["value", "checkpoint", "announcement"];
    let value = node.get_any(&names).filter(|value| value.is_object());
    if value.is_some_and(|value| value.get("outbox_domain").is_some()) {
        return Some(Ok(Artefact::Other(Other::AbacusCheckpoint)));
    }
    if let Some(value) = value
        && (announcement::is_value(value) || checkpoint::is_value(value))
    {
        return Some(enveloped(node, value, &names));
    }
    if node.has(&["outboxDomain", "signature"]) || node.has(&["outbox_domain", "signature"]) {
        return Some(Ok(Artefact::Other(Other::AbacusCheckpoint)));
    }
    if node.has(&["homeDomain", "updater", "signature"]) || node.has(&["home_domain", "updater", "signature"])
    {
        return Some(Ok(Artefact::Other(Other::OpticsFailure)));
    }
    if node.get("signature").is_some() && node.get_any(&["call_data", "callData"]).is_some()
        || node.has(&["sender", "data", "signature"])
    {
        return Some(Ok(Artefact::Other(Other::OffchainLookup)));
    }
    (node.get("signatures").is_some()
        && node
            .get_any(&["merkle_tree_hook", "originMerkleTree", "merkleTreeHook", "type"])
            .is_some())
    .then_some(Ok(Artefact::Other(Other::IsmMetadata)))
}

/// A checkpoint or an announcement, below one of `names`.
fn enveloped(node: &Node, value: &Node, names: &[&str]) -> Result<Artefact, Fault> {
    // Two of the names are one member twice: the agents' reader refuses that.
    fields::member(node, names)?;
    let mut remarks = Remarks::default();
    if node.get("value").is_none() {
        remarks.add(Remark::OldWrapper);
    }
    if announcement::is_value(value) {
        let envelope = announcement::read(node, value, remarks)?;
        return Ok(Artefact::Announcement(Box::new(envelope)));
    }
    checkpoint::read(node, value, remarks).map(Artefact::Checkpoint)
}

fn unsigned(node: &Node) -> Option<Artefact> {
    if let Some(event) = reorg_event(node) {
        return Some(Artefact::ReorgFlag(Some(Box::new(event))));
    }
    node.get("git_sha").map(|git_sha| {
        let rpcs = node.get("rpcs").map(Node::items).unwrap_or_default();
        let quorum = node
            .get("additional_quorum_rpcs")
            .map(Node::items)
            .unwrap_or_default();
        Artefact::Metadata(Box::new(Metadata {
            git_sha: git_sha.as_str().map(str::to_owned),
            host_hashes: rpcs
                .iter()
                .chain(quorum)
                .filter_map(|rpc| rpc.str_of("host_hash"))
                .map(str::to_owned)
                .collect(),
            allows_public_rpcs: node.get("allows_public_rpcs").and_then(Node::as_bool),
        }))
    })
}

fn reorg_event(node: &Node) -> Option<ReorgEvent> {
    let mut loose = Remarks::default();
    let mut root = |name: &str| fields::bytes::<32>(node.get(name)?, name, &mut loose).ok();
    Some(ReorgEvent {
        local_root: root("local_merkle_root")?,
        canonical_root: root("canonical_merkle_root")?,
        index: fields::u32_of(node.get("checkpoint_index")?, "checkpoint_index").ok()?,
        timestamp: node.get("unix_timestamp").and_then(Node::as_u64),
    })
}

#[cfg(test)]
mod tests;
