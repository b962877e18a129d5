//! A Hyperlane announcement file: the validator's own statement of its address, and the signature that makes it one.

use super::fields::Fields;
use super::{Format, Probe, Reader};
use crate::evidence::{Claim, ClaimOrigin, Data, SampleExport};
use crate::hyperlane::request;
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
        let announced = claim.address.value.clone();
        reader.push_with(probe.whole(), Data::Claims(vec![claim]), fields.troubles);
        if let Some(object) = probe.object() {
            let place = object.get("signature").unwrap_or(object);
            let sample = SampleExport {
                request: request::of_announcement(object, Some(&announced)),
                span: probe.at(place),
            };
            reader.push(probe.at(object), Data::Sample(Box::new(sample)));
        }
    }
}
