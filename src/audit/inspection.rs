//! What is in a file, and for DER every element of it: what the `inspect` command shows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::report::{SCHEMA_VERSION, SourceStatus};
use crate::encoding::der::{self, DumpLine};
use crate::encoding::{base64, hex};
use crate::evidence::redacted::Masked;
use crate::evidence::{Artefact, Contract, Data, FileStatus, Trouble};
use crate::input::Gathered;
use crate::key::{self, spki};

/// What some files hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inspection {
    /// 1.
    pub schema_version: u32,
    /// The files, sorted by path.
    pub files: Vec<InspectedFile>,
    /// The exit code of the command.
    #[serde(skip)]
    pub exit_code: u8,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InspectedFile {
    /// Path as given.
    pub path: String,
    /// Bytes in it.
    pub bytes: usize,
    /// SHA-256, hex.
    pub sha256: String,
    /// Id of the format.
    pub format: Option<String>,
    /// The format in words.
    pub title: Option<String>,
    /// What became of it.
    pub status: SourceStatus,
    /// Why it was not used, or what is broken.
    pub reason: Option<String>,
    /// What it says, one line each.
    pub contents: Vec<String>,
    /// The DER in it, where asked for.
    pub der: Vec<InspectedDer>,
}

/// One DER value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InspectedDer {
    /// Where it comes from: the file itself, a PEM block, a JSON member.
    pub origin: String,
    /// Bytes in it.
    pub bytes: usize,
    /// Its elements, up to the byte that breaks it.
    pub elements: Vec<DerElement>,
    /// What breaks the DER, where something does: offset and words.
    pub fault: Option<DerFault>,
    /// What the strict decoder of public keys says, for a public key.
    pub verdict: Option<String>,
}

/// One element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DerElement {
    /// Offset of the tag.
    pub offset: usize,
    /// Nesting, from 0.
    pub depth: usize,
    /// Tag and length octets, hex.
    pub header: String,
    /// Name of the tag.
    pub tag: String,
    /// Length of the content as the header says.
    pub length: usize,
    /// Name of the field, in a structure that is known.
    pub field: Option<String>,
    /// What the content means.
    pub meaning: String,
}

/// The byte that breaks the DER.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DerFault {
    /// Offset of the element at fault.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
}

/// Looks into everything that was gathered; with `bytes`, also into the DER.
pub fn inspect(gathered: &Gathered, options: key::Options, bytes: bool) -> Inspection {
    let mut records: Vec<_> = gathered.files.iter().collect();
    records.sort_by(|a, b| a.path.cmp(&b.path));
    let by_file = gathered.by_file();
    let mut exit_code = 0;
    let files = records
        .into_iter()
        .map(|file| {
            let source = gathered.sources.get(file.source);
            let own = by_file.get(&file.source).map(Vec::as_slice).unwrap_or_default();
            let mut der = Vec::new();
            if bytes {
                for artefact in own {
                    der.extend(of_artefact(artefact, options));
                }
                if der.is_empty()
                    && own.is_empty()
                    && source
                        .text()
                        .is_none_or(|text| text.is_empty() || !printable(text))
                {
                    der.push(public_key("the file".to_owned(), source.bytes(), options));
                }
            }
            let (status, reason) = match &file.status {
                FileStatus::Used => (SourceStatus::Used, None),
                FileStatus::NotRecognised(reason) => (SourceStatus::NotRecognised, Some(reason.clone())),
                FileStatus::Broken { message, .. } => (SourceStatus::Broken, Some(message.clone())),
            };
            let faulty = der.iter().any(|der| der.fault.is_some());
            if faulty
                || status == SourceStatus::Broken
                || (file.named && status == SourceStatus::NotRecognised)
            {
                exit_code = 3;
            }
            InspectedFile {
                path: file.path.clone(),
                bytes: source.bytes().len(),
                sha256: hex::encode(&source.sha256()),
                format: file.format.map(str::to_owned),
                title: file
                    .format
                    .and_then(crate::input::format_by_id)
                    .map(|format| format.title().to_owned()),
                status,
                reason,
                contents: own.iter().flat_map(|artefact| contents(artefact)).collect(),
                der,
            }
        })
        .collect();
    Inspection {
        schema_version: SCHEMA_VERSION,
        files,
        exit_code,
    }
}

fn printable(text: &str) -> bool {
    !text
        .chars()
        .any(|char| char.is_control() && !char.is_whitespace())
}

fn of_artefact(artefact: &Artefact, options: key::Options) -> Option<InspectedDer> {
    match &artefact.data {
        Data::PublicKey(export) => Some(public_key("public key".to_owned(), &export.spki, options)),
        Data::Signature(export) => {
            let der = base64::decode(export.signature.value.as_bytes()).ok()?;
            Some(elements("signature".to_owned(), &der))
        }
        _ => None,
    }
}

fn public_key(origin: String, bytes: &[u8], options: key::Options) -> InspectedDer {
    let verdict = match spki::decode(bytes, options) {
        Ok(key) => format!(
            "accepted: {} SHA-256 {}",
            crate::address::EvmAddress::of(&key),
            key.fingerprint()
        ),
        Err(error) => format!("refused, {}: {error}", error.code()),
    };
    InspectedDer {
        verdict: Some(verdict),
        ..elements(origin, bytes)
    }
}

fn elements(origin: String, bytes: &[u8]) -> InspectedDer {
    let dump = der::dump(bytes);
    InspectedDer {
        origin,
        bytes: bytes.len(),
        elements: dump.lines.iter().map(element).collect(),
        fault: dump.error.map(|error| DerFault {
            offset: error.offset,
            message: error.to_string(),
        }),
        verdict: None,
    }
}

fn element(line: &DumpLine) -> DerElement {
    DerElement {
        offset: line.offset,
        depth: line.depth,
        header: hex::encode(&line.header),
        tag: line.tag_name.clone(),
        length: line.length,
        field: line.field.map(str::to_owned),
        meaning: line.meaning.clone(),
    }
}

/// A contract, in words.
fn contract(contract: &Contract) -> String {
    let address = crate::address::EvmAddress(contract.bytes);
    let chain = contract
        .chain
        .as_ref()
        .map_or(String::new(), |chain| format!(" of {chain}"));
    format!("contract {}{chain} {address}", contract.name)
}

/// What an artefact says, one line each.
fn contents(artefact: &Artefact) -> Vec<String> {
    let key = |key: &Option<crate::evidence::Field<crate::arn::KeyRef>>| {
        key.as_ref()
            .map_or("an unnamed key".to_owned(), |key| key.value.to_string())
    };
    let mut lines = match &artefact.data {
        Data::PublicKey(export) => {
            let what = match &export.result {
                Ok(public) => format!("secp256k1, address {}", crate::address::EvmAddress::of(public)),
                Err(error) => error.to_string(),
            };
            vec![format!("public key of {}: {what}", key(&export.key))]
        }
        Data::Metadata(metadata) => vec![format!("metadata of {}", key(&metadata.key))],
        Data::Policy(export) => {
            let name = export.name.as_ref().map_or("default", |name| name.value.as_str());
            let what = if export.is_key_policy {
                "key policy"
            } else {
                "policy that is no key policy"
            };
            let statements = export.document.statements.len();
            vec![format!(
                "{what} \"{name}\" of {}: {statements} statements",
                key(&export.key)
            )]
        }
        Data::PolicyList(list) => {
            let names: Vec<&str> = list.names.iter().map(|name| name.value.as_str()).collect();
            vec![format!("names of key policies: {}", names.join(", "))]
        }
        Data::Grants(list) => vec![format!("{} grants", list.grants.len())],
        Data::Aliases(list) => list
            .aliases
            .iter()
            .map(|alias| format!("{} of {}", alias.name.value, key(&alias.target)))
            .collect(),
        Data::Tags(tags) => tags
            .tags
            .iter()
            .map(|(key, value)| format!("tag {}: {}", key.value, value.value))
            .collect(),
        Data::Keys(list) => list
            .keys
            .iter()
            .map(|key| format!("lists {}", key.value))
            .collect(),
        Data::Signature(export) => vec![format!("signature of {}", key(&export.key))],
        Data::Sample(sample) => vec![sample.words()],
        Data::Challenge(challenge) => vec![format!("challenge for {}", challenge.parts().key)],
        Data::Iam(details) => details
            .principals
            .iter()
            .map(|one| format!("{} {}", one.kind, one.arn))
            .collect(),
        Data::IamPart(part) => vec![part.words()],
        Data::Claims(claims) => claims
            .iter()
            .map(|claim| {
                let what: Vec<&str> = [claim.role.as_deref(), claim.chain.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect();
                format!(
                    "claims {} {}",
                    crate::address::shown(&claim.address.value),
                    what.join(" on ")
                )
            })
            .collect(),
        Data::Contracts(contracts) => contracts.iter().map(contract).collect(),
        Data::Agent(export) => super::agent_lines::of(export),
        Data::Bucket(part) => vec![part.words()],
        Data::NotTold(part) => vec![part.message.clone()],
        Data::Failed(call) => vec![format!("{} for {}", call.words(), key(&call.key))],
        Data::Secret(kind) => vec![format!(
            "{} ({}): not read, kept or shown",
            kind.title(),
            kind.what()
        )],
    };
    lines.extend(artefact.troubles.iter().map(|trouble| match trouble {
        Trouble::DuplicateKey { key, .. } => format!("the key \"{key}\" stands twice in one object"),
        Trouble::BadValue { message, .. } => message.clone(),
        Trouble::Redacted { member, masked, .. } => match masked {
            Masked::Placeholder => format!("{member} is masked or a placeholder"),
            Masked::AccountLength(digits) => format!("{member} has an account id of {digits} digits"),
        },
        Trouble::WrongKind {
            is, expected, why, ..
        } => format!("it should be {expected}, but is {is}: {why}"),
    }));
    lines
}
