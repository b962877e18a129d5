//! A bare SEC 1 point (SEC 1 v2, 2.3.3): 65 bytes `04 || X || Y`, 64 bytes `X || Y`, 33 bytes compressed; raw, in hex or
//! in base64.
//!
//! Bytes of these lengths are many things, a signature above all. They are a point where they lie on the curve, which no
//! other bytes do; and 65 bytes with the tag 04 that are not the 65 bytes of a signature are meant as one.

use super::public_key::{Beside, push};
use super::spki_hex::Digits;
use super::{Format, Probe, Reader, spki_base64};
use crate::encoding::hex;
use crate::key::PublicKey;

/// A point.
pub(super) struct Sec1Point;

/// The 23 bytes before an uncompressed point in an SPKI on secp256k1 (RFC 5480).
const UNCOMPRESSED: [u8; 23] = [
    0x30, 0x56, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
    0x04, 0x00, 0x0a, 0x03, 0x42, 0x00,
];

/// The same before a compressed one.
const COMPRESSED: [u8; 23] = [
    0x30, 0x36, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
    0x04, 0x00, 0x0a, 0x03, 0x22, 0x00,
];

impl Format for Sec1Point {
    fn id(&self) -> &'static str {
        "sec1-point"
    }

    fn title(&self) -> &'static str {
        "a SEC 1 point"
    }

    fn is_of_trees(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        point_of(probe).is_some()
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some((bytes, place)) = point_of(probe) else {
            reader.broken(
                "no point: 65 bytes 04 || X || Y, 64 bytes X || Y or 33 compressed bytes, raw, in hex or in base64",
                probe.whole(),
            );
            return;
        };
        read(probe, reader, &bytes, Beside::alone(probe.whole()), |at| {
            probe.span(place(at))
        });
    }
}

/// Reads a point through the SPKI that holds it, so that one decoder judges every form.
pub(super) fn read(
    probe: &Probe,
    reader: &mut Reader,
    point: &[u8],
    beside: Beside,
    place: impl Fn(usize) -> crate::source::Span,
) {
    let mut der = match point.len() {
        33 => COMPRESSED.to_vec(),
        _ => UNCOMPRESSED.to_vec(),
    };
    if point.len() == 64 {
        der.push(0x04);
    }
    let lead = der.len();
    der.extend(point);
    let beside = Beside { lead, ..beside };
    push(probe, reader, &der, beside, |at| place(at.saturating_sub(lead)));
}

type Place = Box<dyn Fn(usize) -> std::ops::Range<usize>>;

/// The bytes of a point, and where each stands.
fn point_of(probe: &Probe) -> Option<(Vec<u8>, Place)> {
    if is_point(&probe.bytes) {
        return Some((probe.bytes.to_vec(), Box::new(|at| at..at.saturating_add(1))));
    }
    // Twice 65 digits, with blanks between; more is none of it.
    let text = probe.text().filter(|text| text.len() <= 400)?;
    let digits = Digits::of(text);
    if digits.is_hex()
        && let Some(bytes) = hex::decode(digits.text.as_bytes())
            .ok()
            .map(|decoded| decoded.bytes)
        && is_point(&bytes)
    {
        return Some((
            bytes,
            Box::new(move |at| {
                let at = at.saturating_mul(2);
                digits.place(at..at.saturating_add(2))
            }),
        ));
    }
    let (bytes, map) = spki_base64::decode(text).ok()?;
    is_point(&bytes).then(|| -> (Vec<u8>, Place) {
        (
            bytes,
            Box::new(move |at| map.text_range(at..at.saturating_add(1))),
        )
    })
}

fn is_point(bytes: &[u8]) -> bool {
    match (bytes.len(), bytes.first(), bytes.last()) {
        (65, Some(4), Some(last)) => {
            PublicKey::from_sec1(bytes, false).is_ok() || !matches!(last, 0 | 1 | 27 | 28)
        }
        (64, ..) => bytes
            .try_into()
            .is_ok_and(|xy: &[u8; 64]| PublicKey::from_xy(xy).is_ok()),
        (33, Some(2 | 3), _) => PublicKey::from_sec1(bytes, true).is_ok(),
        _ => false,
    }
}
