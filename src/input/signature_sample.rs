//! A signature with what was signed, as a JSON object: a line of a batch, or what wallets and libraries print of a signed
//! message (`{address, msg, sig}` of `MyCrypto` and Etherscan, `{message, signature}` of web3.js).

use super::{Format, Probe, Reader};
use crate::evidence::{Data, SampleExport};
use crate::json::{Member, Node, Value};
use crate::signature::request::Request;

/// The object.
pub(super) struct SignatureSample;

/// What was signed, by the names that a batch has.
const SIGNED: &[&str] = &["digest", "message", "message_hex", "typed_data"];

impl Format for SignatureSample {
    fn id(&self) -> &'static str {
        "signature-sample"
    }

    fn title(&self) -> &'static str {
        "a signature with what was signed"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.object().is_some_and(|object| {
            let is_value = |node: &Node| node.as_str().is_some() || node.has(&["r", "s"]);
            let signed = object.get_any(SIGNED).is_some();
            let transaction = object
                .str_of("transaction")
                .is_some_and(|text| text.starts_with("0x"));
            (signed && object.get("signature").is_some_and(is_value))
                || (transaction && object.get("signature").is_none())
                || is_of_wallet(object)
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let place = object
            .get_any(&["signature", "sig", "transaction"])
            .unwrap_or(object);
        let request = if is_of_wallet(object) {
            Request::parse(&renamed(object))
        } else {
            Request::parse(object)
        };
        let data = SampleExport {
            request,
            span: probe.at(place),
        };
        reader.push(probe.at(object), Data::Sample(Box::new(data)));
    }
}

/// True for `{address, msg, sig}`.
fn is_of_wallet(object: &Node) -> bool {
    ["address", "msg", "sig"]
        .iter()
        .all(|name| object.str_of(name).is_some())
}

/// The same with the names that a batch has.
fn renamed(object: &Node) -> Node {
    let members = object
        .members()
        .iter()
        .filter(|member| member.key != "version" && member.key != "signer")
        .map(|member| Member {
            key: match member.key.as_str() {
                "msg" => "message".to_owned(),
                "sig" => "signature".to_owned(),
                other => other.to_owned(),
            },
            ..member.clone()
        })
        .collect();
    Node {
        span: object.span.clone(),
        value: Value::Object(members),
    }
}
