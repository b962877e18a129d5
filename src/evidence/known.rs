//! What the evidence holds that may explain a signature: who may have signed, and what.

use std::sync::Arc;

use super::bundle::{Bundle, FileStatus};
use super::{Data, SecretKind};
use crate::address::{EvmAddress, PayloadKind, payloads};
use crate::signature::diagnose::{Known, Labelled};
use crate::signature::request::Signed;

/// Largest file that is tried as a message, in bytes.
const LARGEST: usize = 1 << 20;
/// Files that are tried as messages at most.
const MOST_MESSAGES: usize = 256;

/// A file that may be what was signed.
pub(super) struct Message {
    /// What reports call it.
    pub(super) label: String,
    /// All of it.
    pub(super) bytes: Arc<[u8]>,
    /// The challenge that it is, as an index of artefacts.
    pub(super) challenge: Option<usize>,
    /// The artefact of which these are the 32 bytes that could be a private key: never to be shown.
    pub(super) withheld: Option<usize>,
}

/// Keys, claimed addresses, messages and contracts of the evidence, each with what reports call it.
pub fn known_of(bundle: &Bundle) -> Known {
    known(bundle, &messages(bundle))
}

/// The challenges, small files that are no evidence of another kind, and those of 32 bytes.
pub(super) fn messages(bundle: &Bundle) -> Vec<Message> {
    let mut found = Vec::new();
    for (index, artefact) in bundle.artefacts.iter().enumerate() {
        if let Data::Challenge(challenge) = &artefact.data
            && found.len() < MOST_MESSAGES
        {
            let file = bundle.sources.file_of(artefact.file);
            found.push(Message {
                label: format!("the challenge {}", bundle.sources.get(file).name()),
                bytes: challenge.to_text().into_bytes().into(),
                challenge: Some(index),
                withheld: None,
            });
        }
    }
    for file in &bundle.files {
        if found.len() == MOST_MESSAGES {
            break;
        }
        let content = bundle.sources.get(file.source).shared();
        let is_free = matches!(file.status, FileStatus::NotRecognised(_));
        if is_free && !content.is_empty() && content.len() <= LARGEST {
            found.push(Message {
                label: file.below.clone(),
                bytes: content,
                challenge: None,
                withheld: None,
            });
        }
    }
    for (index, artefact) in bundle.artefacts.iter().enumerate() {
        if let Data::Secret(SecretKind::PerhapsDigest(_, bytes)) = &artefact.data
            && found.len() < MOST_MESSAGES
        {
            let file = bundle.files.iter().find(|file| file.source == artefact.file);
            found.push(Message {
                label: file.map_or_else(|| "a digest".to_owned(), |file| file.below.clone()),
                bytes: bytes.bytes().to_vec().into(),
                challenge: None,
                withheld: Some(index),
            });
        }
    }
    found
}

/// What may explain a signature that is not verified.
pub(super) fn known(bundle: &Bundle, messages: &[Message]) -> Known {
    let mut known = Known::default();
    for key in &bundle.keys {
        if let Some(public) = &key.public_key {
            known.keys.push(Labelled {
                label: key.subject(),
                value: *public,
            });
        }
    }
    for (claim, _) in &bundle.claims {
        for payload in payloads(&claim.address.value) {
            if payload.kind == PayloadKind::Evm20 && !bundle.by_address.contains_key(&payload) {
                known.addresses.push(Labelled {
                    label: format!(
                        "the {} that is claimed",
                        claim.role.as_deref().unwrap_or("address")
                    ),
                    value: EvmAddress(payload.bytes),
                });
            }
        }
    }
    for message in messages.iter().filter(|message| message.withheld.is_none()) {
        known.messages.push(Labelled {
            label: message.label.clone(),
            value: message.bytes.to_vec(),
        });
    }
    for artefact in &bundle.artefacts {
        match &artefact.data {
            Data::Contracts(contracts) => {
                known.contracts.extend(contracts.iter().map(|contract| Labelled {
                    label: format!("the contract {}", contract.name),
                    value: EvmAddress(contract.bytes),
                }));
            }
            Data::Sample(sample) if known.messages.len() < MOST_MESSAGES => {
                if let Ok(request) = &sample.request
                    && let Signed::Bytes(bytes) = &request.signed
                    && known.messages.iter().all(|message| message.value != *bytes)
                {
                    let place = bundle.sources.place(sample.span);
                    known.messages.push(Labelled {
                        label: format!("that of {}:{}", place.path, place.start.line),
                        value: bytes.clone(),
                    });
                }
            }
            _ => {}
        }
    }
    known
}
