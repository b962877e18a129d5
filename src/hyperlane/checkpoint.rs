//! Signed checkpoints: what a validator says of its chain's merkle tree.

use super::digest::{CHECKPOINT_TAG, checkpoint_hash, domain_hash, signed_digest};
use super::envelope::{Envelope, Fault, FaultCode, Remark, Remarks};
use super::fields;
use crate::json::Node;

/// A checkpoint.
///
/// Source: mono:rust/main/hyperlane-core/src/types/checkpoint.rs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Checkpoint {
    /// Domain of the chain.
    pub domain: u32,
    /// The merkle tree hook; with version 2 the mailbox, in the same place of the digest.
    pub contract: [u8; 32],
    /// The root over the leaves 0 to `index`.
    pub root: [u8; 32],
    /// Index of the last leaf.
    pub index: u32,
    /// That leaf: the id of the message; nothing before 2023-05-25.
    pub message_id: Option<[u8; 32]>,
}

impl Checkpoint {
    /// Its domain hash, which all checkpoints of one hook share.
    pub fn domain_hash(&self) -> [u8; 32] {
        domain_hash(self.domain, &self.contract, CHECKPOINT_TAG)
    }

    /// The digest that is signed.
    pub fn digest(&self) -> [u8; 32] {
        self.digest_under(&self.domain_hash())
    }

    /// The digest under a domain hash that is known.
    pub fn digest_under(&self, domain_hash: &[u8; 32]) -> [u8; 32] {
        signed_digest(&checkpoint_hash(
            domain_hash,
            &self.root,
            self.index,
            self.message_id.as_ref(),
        ))
    }
}

/// True for the members of a checkpoint: the object itself, or the one that has the message id beside it.
pub(super) fn is_value(value: &Node) -> bool {
    let inner = value.get("checkpoint").filter(|inner| inner.is_object());
    let plain = |node: &Node| {
        node.has(&["root", "index"])
            && (node.get("mailbox_domain").is_some()
                || node.get("merkle_tree_hook_address").is_some()
                || node.get("mailbox_address").is_some())
    };
    inner.is_some_and(plain) || value.get("message_id").is_some() || plain(value)
}

/// Reads the record around `value`.
pub(super) fn read(record: &Node, value: &Node, mut remarks: Remarks) -> Result<Envelope<Checkpoint>, Fault> {
    let with_id = fields::member(value, &["checkpoint"])?.filter(|inner| inner.is_object());
    let (inner, message_id) = match with_id {
        Some(inner) => {
            let id = fields::required(value, &["message_id"])?;
            (inner, Some(fields::bytes(id, "message_id", &mut remarks)?))
        }
        None if fields::member(value, &["message_id"])?.is_some() => {
            return Err(Fault::at(
                FaultCode::MissingMember,
                value.span.start,
                "there is no checkpoint beside message_id",
            ));
        }
        None => {
            remarks.add(Remark::NoMessageId);
            (value, None)
        }
    };
    let contract = fields::required(inner, &["merkle_tree_hook_address", "mailbox_address"])?;
    let is_mailbox = fields::member(inner, &["mailbox_address"])?.is_some();
    if is_mailbox {
        remarks.add(Remark::MailboxField);
    }
    let name = if is_mailbox {
        "mailbox_address"
    } else {
        "merkle_tree_hook_address"
    };
    let checkpoint = Checkpoint {
        domain: fields::u32_of(fields::required(inner, &["mailbox_domain"])?, "mailbox_domain")?,
        contract: fields::bytes(contract, name, &mut remarks)?,
        root: fields::bytes(fields::required(inner, &["root"])?, "root", &mut remarks)?,
        index: fields::u32_of(fields::required(inner, &["index"])?, "index")?,
        message_id,
    };
    let signature = fields::signature(record, &mut remarks)?;
    Ok(Envelope {
        value: checkpoint,
        signature,
        remarks,
    })
}
