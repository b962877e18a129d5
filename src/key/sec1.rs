//! SEC 1 points (SEC 1 v2 2.3.4), checked by hand before k256 sees them.
//!
//! k256's own parser takes more forms than a key may have: a `05` point is read as *another* key than its maker
//! meant, and `02`/`03` are taken without being asked for. So form, length and range are judged here, in the order
//! of the bytes; k256 decides whether the point is on the curve.

use super::{PublicKey, SpkiError, SpkiErrorKind};
use crate::encoding::der::bytes;

const CLAUSE: &str = "SEC 1 v2 2.3.4";

/// The field prime p = 2^256 - 2^32 - 977, big-endian (SEC 2 2.4.1).
const P: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xfc, 0x2f,
];

/// Reads a point that stands at offset `base` of the input. A point without any byte is reported at `holder`: the
/// element that should hold it.
pub(super) fn parse(
    octets: &[u8],
    base: usize,
    holder: usize,
    allow_compressed: bool,
) -> Result<PublicKey, SpkiError> {
    use SpkiErrorKind as Kind;

    let fault = |kind, offset, found: String| {
        let expected = if allow_compressed {
            "an uncompressed (04, 65 bytes) or compressed (02 or 03, 33 bytes) point"
        } else {
            "an uncompressed point (04, 65 bytes)"
        };
        Err(SpkiError::new(kind, "point", offset)
            .expected(expected)
            .found(found)
            .clause(CLAUSE))
    };
    let Some((tag, coordinates)) = octets.split_first() else {
        return fault(Kind::PointMissing, holder, "no byte".to_owned());
    };
    let kind = match tag {
        0x00 => Some(Kind::PointAtInfinity),
        0x02 | 0x03 if octets.len() != 33 => Some(Kind::WrongPointLength),
        0x02 | 0x03 if !allow_compressed => Some(Kind::CompressedPoint),
        0x04 if octets.len() != 65 => Some(Kind::WrongPointLength),
        0x02..=0x04 => None,
        0x05 => Some(Kind::CompactPoint),
        0x06 | 0x07 => Some(Kind::HybridPoint),
        _ => Some(Kind::InvalidPointTag),
    };
    if let Some(kind) = kind {
        return fault(
            kind,
            base,
            format!("{tag:02x} first, {} in all", bytes(octets.len())),
        );
    }
    let (x, y) = coordinates.split_at_checked(32).unwrap_or((coordinates, &[]));
    check_range(x, "X", base.saturating_add(1))?;
    check_range(y, "Y", base.saturating_add(33))?;
    on_curve(octets, base)
}

/// Reads X and Y without a form byte; offsets count from X.
pub(super) fn parse_xy(xy: &[u8; 64]) -> Result<PublicKey, SpkiError> {
    let (x, y) = xy.split_at(32);
    check_range(x, "X", 0)?;
    check_range(y, "Y", 32)?;
    let mut octets = [0x04; 65];
    octets.split_at_mut(1).1.copy_from_slice(xy);
    on_curve(&octets, 0)
}

fn check_range(coordinate: &[u8], name: &'static str, offset: usize) -> Result<(), SpkiError> {
    if coordinate < P.as_slice() {
        return Ok(());
    }
    Err(SpkiError::new(SpkiErrorKind::CoordinateOutOfRange, name, offset)
        .expected(format!("{name} below p = 2^256 - 2^32 - 977"))
        .found(crate::encoding::hex::encode(coordinate))
        .clause("SEC 1 v2 2.3.5"))
}

fn on_curve(octets: &[u8], base: usize) -> Result<PublicKey, SpkiError> {
    k256::PublicKey::from_sec1_bytes(octets)
        .ok()
        .and_then(PublicKey::from_k256)
        .ok_or_else(|| {
            SpkiError::new(SpkiErrorKind::NotOnCurve, "point", base)
                .expected("a point with y^2 = x^3 + 7 modulo p")
                .found("a point off the curve")
                .clause(CLAUSE)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::tests::g;

    fn fault(octets: &[u8]) -> (&'static str, usize) {
        let error = PublicKey::from_sec1(octets, false).expect_err("refused");
        (error.code(), error.offset)
    }

    fn with_tag(tag: u8) -> Vec<u8> {
        let mut octets = g().uncompressed().to_vec();
        octets[0] = tag;
        octets
    }

    #[test]
    fn the_first_byte_is_judged_before_the_length() {
        assert_eq!(fault(&[]), ("point-missing", 0));
        assert_eq!(fault(&[0x00]), ("point-at-infinity", 0));
        assert_eq!(fault(&with_tag(0x00)), ("point-at-infinity", 0));
        assert_eq!(fault(&with_tag(0x05)), ("compact-point", 0));
        assert_eq!(fault(&g().xy()), ("invalid-point-tag", 0));
        for tag in [0x06, 0x07] {
            assert_eq!(fault(&[tag]), ("hybrid-point", 0));
        }
        for tag in [0x01, 0x08, 0x84, 0xff] {
            assert_eq!(fault(&with_tag(tag)), ("invalid-point-tag", 0));
        }
    }

    #[test]
    fn lengths_must_fit_the_form() {
        assert_eq!(fault(&g().uncompressed()[..64]), ("wrong-point-length", 0));
        assert_eq!(fault(&[0x04]), ("wrong-point-length", 0));
        assert_eq!(fault(&with_tag(0x02)), ("wrong-point-length", 0));
    }

    #[test]
    fn a_compressed_point_needs_permission() {
        let compressed = g().compressed();
        assert_eq!(fault(&compressed), ("compressed-point", 0));
        assert_eq!(PublicKey::from_sec1(&compressed, true), Ok(g()));
        let hybrid = PublicKey::from_sec1(&with_tag(0x06), true).expect_err("no permission covers it");
        assert_eq!(hybrid.code(), "hybrid-point");
    }

    #[test]
    fn coordinates_must_be_below_p_and_on_the_curve() {
        let mut octets = g().uncompressed();
        octets[64] ^= 1;
        assert_eq!(fault(&octets), ("not-on-curve", 0));
        octets[33..].copy_from_slice(&P);
        assert_eq!(fault(&octets), ("coordinate-out-of-range", 33));
        octets[1..33].fill(0xff);
        assert_eq!(
            fault(&octets),
            ("coordinate-out-of-range", 1),
            "X is judged first"
        );
        // x = 5 has no y on secp256k1.
        let mut compressed = [0_u8; 33];
        (compressed[0], compressed[32]) = (0x02, 5);
        let error = PublicKey::from_sec1(&compressed, true).expect_err("no such point");
        assert_eq!((error.code(), error.offset), ("not-on-curve", 0));
    }

    #[test]
    fn bare_coordinates_count_from_x() {
        let mut xy = g().xy();
        xy[32..].fill(0xff);
        let error = PublicKey::from_xy(&xy).expect_err("Y too large");
        assert_eq!((error.code(), error.offset), ("coordinate-out-of-range", 32));
    }
}
