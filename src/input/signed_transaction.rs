//! A signed transaction as it goes over the wire (EIP-2718), in hexadecimal digits.

use super::{Format, Probe, Reader};
use crate::encoding::hex;
use crate::evidence::{Data, SampleExport};
use crate::json::{Member, Node, Value};
use crate::signature::message::transaction;
use crate::signature::request::Request;

/// The digits.
pub(super) struct SignedTransaction;

/// The shortest transaction has far more digits.
const LEAST: usize = 160;

fn bytes(probe: &Probe) -> Option<Vec<u8>> {
    let text = probe.text()?.trim();
    let text = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    let digits = text.strip_prefix("0x").unwrap_or(text);
    // Of a list of more than 55 bytes, or of a known type before one.
    let is_meant = ["01f", "02f", "03f", "04f", "f8", "f9", "fa"]
        .iter()
        .any(|head| digits.starts_with(head));
    if !is_meant || digits.len() < LEAST {
        return None;
    }
    hex::decode(text.as_bytes()).ok().map(|decoded| decoded.bytes)
}

impl Format for SignedTransaction {
    fn id(&self) -> &'static str {
        "signed-transaction"
    }

    fn title(&self) -> &'static str {
        "a signed transaction"
    }

    fn is_of_trees(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        bytes(probe).is_some_and(|bytes| transaction::decode(&bytes).is_ok())
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(bytes) = bytes(probe) else { return };
        let node = |value| Node { span: 0..0, value };
        let request = Request::parse(&node(Value::Object(vec![Member {
            key: "transaction".to_owned(),
            key_span: 0..0,
            value: node(Value::String(hex::encode(&bytes))),
        }])));
        let span = probe.whole();
        reader.push(span, Data::Sample(Box::new(SampleExport { request, span })));
    }
}
