//! JSON Web Keys (RFC 7517, RFC 7518 section 6.2, RFC 8812 for secp256k1), also as Azure Key Vault prints them.

use std::ops::Range;

use super::public_key::{Beside, push};
use super::{Format, Probe, Reader, spki_base64};
use crate::json::Node;

/// One JWK.
pub(super) struct Jwk;

/// The curves: names in a JWK, OID in DER, bytes of a coordinate. `P-256K` is Azure's older name for secp256k1.
const CURVES: &[(&[&str], &[u8], usize)] = &[
    (
        &["secp256k1", "P-256K", "SECP256K1"],
        &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a],
        32,
    ),
    (
        &["P-256"],
        &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
        32,
    ),
    (&["P-384"], &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22], 48),
    (&["P-521"], &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23], 66),
];

/// The bytes of a coordinate, and the place of its text.
type Coordinate = (Vec<u8>, Range<usize>);

/// id-ecPublicKey in DER.
const EC_PUBLIC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

impl Format for Jwk {
    fn id(&self) -> &'static str {
        "jwk"
    }

    fn title(&self) -> &'static str {
        "a JSON Web Key"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.object().is_some_and(|object| {
            object.str_of("kty").is_some() && object.get_any(&["crv", "n", "k"]).is_some()
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let secret = object.get("d").or_else(|| object.get("k"));
        if secret.and_then(Node::as_str).is_some_and(|text| !text.is_empty()) {
            // Found before, like every secret. The public half is not used: whoever holds this file holds the key.
            return;
        }
        let kty = object.str_of("kty").unwrap_or_default();
        if !matches!(kty, "EC" | "EC-HSM") {
            let message = format!("a key of type \"{kty}\": it has no secp256k1 address");
            reader.broken(message, probe.at(object));
            return;
        }
        let curve = object.str_of("crv").unwrap_or_default();
        let Some((_, oid, width)) = CURVES.iter().find(|(names, ..)| names.contains(&curve)) else {
            let span = object.get("crv").map_or(probe.at(object), |node| probe.at(node));
            reader.broken(
                format!("the curve \"{curve}\" is unknown: it has no secp256k1 address"),
                span,
            );
            return;
        };
        let coordinate = |name: &str| -> Result<Coordinate, (String, Range<usize>)> {
            let Some(node) = object.get(name) else {
                return Err((format!("the coordinate {name} is missing"), object.span.clone()));
            };
            let text = node.as_str().unwrap_or_default();
            let (bytes, _) =
                spki_base64::decode(text).map_err(|error| (format!("{name}: {error}"), node.span.clone()))?;
            if bytes.len() != *width {
                let message = format!(
                    "{name} has {} bytes, not {width} (RFC 7518 6.2.1.2: leading zeros are kept)",
                    bytes.len()
                );
                return Err((message, node.span.clone()));
            }
            let start = node.span.start.saturating_add(1);
            Ok((bytes, start..node.span.end.saturating_sub(1)))
        };
        let (x, y) = match (coordinate("x"), coordinate("y")) {
            (Ok(x), Ok(y)) => (x, y),
            (Err((message, place)), _) | (_, Err((message, place))) => {
                reader.broken(message, probe.span(place));
                return;
            }
        };
        let der = spki(oid, &x.0, &y.0);
        let lead = der.len().saturating_sub(x.0.len()).saturating_sub(y.0.len());
        let curve_place = object
            .get("crv")
            .map_or(object.span.clone(), |node: &Node| node.span.clone());
        let beside = Beside {
            lead,
            ..Beside::alone(probe.at(object))
        };
        push(probe, reader, &der, beside, |at| {
            // A character of base64 has six bits of the coordinate.
            let place = |(bytes, text): &Coordinate, offset: usize| {
                let from = offset.min(bytes.len()).saturating_mul(8) / 6;
                let start = text.start.saturating_add(from);
                probe.span(start..start.saturating_add(1).min(text.end))
            };
            match at.checked_sub(lead) {
                Some(offset) if offset < x.0.len() => place(&x, offset),
                Some(offset) => place(&y, offset.saturating_sub(x.0.len())),
                None => probe.span(curve_place.clone()),
            }
        });
    }
}

/// The SPKI of a point on a curve, so that one decoder judges every form.
fn spki(oid: &[u8], x: &[u8], y: &[u8]) -> Vec<u8> {
    let tagged = |tag: u8, content: &[u8]| {
        let mut der = vec![tag];
        match u8::try_from(content.len()) {
            Ok(length @ 0..=0x7f) => der.push(length),
            Ok(length) => der.extend([0x81, length]),
            // No curve is that wide.
            Err(_) => {}
        }
        der.extend(content);
        der
    };
    let algorithm = tagged(0x30, &[EC_PUBLIC_KEY, oid].concat());
    let point = tagged(0x03, &[&[0x00, 0x04], x, y].concat());
    tagged(0x30, &[algorithm, point].concat())
}
