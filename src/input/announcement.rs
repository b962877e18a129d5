//! A Hyperlane announcement file: the validator's own statement of its address. Its signature is not verified here.

use super::fields::Fields;
use super::{Format, Probe, Reader};
use crate::evidence::{Claim, ClaimOrigin, Data};
use crate::json::Node;

/// `announcement.json`.
pub(super) struct Announcement;

/// The announced value, under its present or its older name.
fn value(probe: &Probe) -> Option<&Node> {
    let object = probe.object()?;
    let value = object.get_any(&["value", "announcement"])?;
    (object.get("signature").is_some() && value.has(&["validator", "mailbox_address"])).then_some(value)
}

impl Format for Announcement {
    fn id(&self) -> &'static str {
        "hyperlane-announcement"
    }

    fn title(&self) -> &'static str {
        "a Hyperlane validator announcement"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        value(probe).is_some()
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(value) = value(probe) else { return };
        let mut fields = Fields::new(probe);
        let Some(address) = fields.text(value, "validator") else {
            reader.broken("validator must be an address", probe.at(value));
            return;
        };
        let domain = value.get("mailbox_domain").and_then(Node::as_u64);
        let location = fields.text(value, "storage_location").map(|field| field.value);
        let claim = Claim {
            address,
            role: Some("validator".to_owned()),
            chain: None,
            key: None,
            source: Some(format!(
                "announcement for domain {}{}",
                domain.map_or("unknown".to_owned(), |domain| domain.to_string()),
                location.map_or(String::new(), |location| format!(", storage {location}")),
            )),
            signers: Vec::new(),
            administrators: Vec::new(),
            alias: None,
            origin: ClaimOrigin::Announcement,
            set: None,
        };
        reader.push_with(probe.whole(), Data::Claims(vec![claim]), fields.troubles);
    }
}
