//! Announcements: a validator's own statement of where its checkpoints are.

use super::digest::{ANNOUNCEMENT_TAG, CHECKPOINT_TAG, announcement_hash, domain_hash, signed_digest};
use super::envelope::{Envelope, Fault, Remark, Remarks};
use super::fields;
use crate::address::EvmAddress;
use crate::json::Node;

/// An announcement.
///
/// Source: mono:rust/main/hyperlane-core/src/types/announcement.rs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Who announces; before 2023-01-27 nobody was named.
    pub validator: Option<EvmAddress>,
    /// The mailbox: another contract than the hook that checkpoints name.
    pub mailbox: [u8; 32],
    /// Domain of the chain.
    pub domain: u32,
    /// Where the checkpoints are, as it was signed.
    pub location: String,
    /// True for `storage_metadata` and the tag of checkpoints, as in January 2023.
    pub old: bool,
}

impl Announcement {
    /// The tag that it is signed under.
    pub const fn tag(&self) -> &'static str {
        if self.old {
            CHECKPOINT_TAG
        } else {
            ANNOUNCEMENT_TAG
        }
    }

    /// The digest that is signed.
    pub fn digest(&self) -> [u8; 32] {
        let domain = domain_hash(self.domain, &self.mailbox, self.tag());
        signed_digest(&announcement_hash(&domain, self.location.as_bytes()))
    }

    /// The location without the zero bytes that fill it up on Aleo.
    pub fn shown_location(&self) -> &str {
        self.location.trim_end_matches('\0')
    }
}

/// True for the members of an announcement.
pub(super) fn is_value(value: &Node) -> bool {
    value.get("storage_location").is_some() || value.get("storage_metadata").is_some()
}

/// Reads the record around `value`.
pub(super) fn read(
    record: &Node,
    value: &Node,
    mut remarks: Remarks,
) -> Result<Envelope<Announcement>, Fault> {
    let old = fields::member(value, &["storage_location"])?.is_none();
    let (name, validator) = if old {
        remarks.add(Remark::OldTag);
        ("storage_metadata", fields::member(value, &["validator"])?)
    } else {
        ("storage_location", Some(fields::required(value, &["validator"])?))
    };
    let validator = match validator {
        Some(node) => Some(EvmAddress(fields::bytes(node, "validator", &mut remarks)?)),
        None => None,
    };
    let announcement = Announcement {
        validator,
        mailbox: fields::bytes(
            fields::required(value, &["mailbox_address"])?,
            "mailbox_address",
            &mut remarks,
        )?,
        domain: fields::u32_of(fields::required(value, &["mailbox_domain"])?, "mailbox_domain")?,
        location: fields::string(fields::required(value, &[name])?, name)?,
        old,
    };
    let signature = fields::signature(record, &mut remarks)?;
    Ok(Envelope {
        value: announcement,
        signature,
        remarks,
    })
}
