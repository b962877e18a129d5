//! Lines of a batch: one row for each, and what is verified verifies again with k256's own arithmetic, though with no
//! other digest.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use k256::elliptic_curve::PrimeField as _;
use k256::elliptic_curve::ops::Reduce;
use k256::elliptic_curve::point::DecompressPoint as _;
use k256::elliptic_curve::sec1::ToSec1Point as _;
use k256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};

use kms_audit::address::EvmAddress;
use kms_audit::audit::{Line, RowVerdict, VerifyRow, encoding_ids, verify_lines};
use kms_audit::json::{Limits, parse};
use kms_audit::key::PublicKey;
use kms_audit::signature::diagnose::Known;
use kms_audit::signature::encoding::read_node;
use kms_audit::signature::request::{MEMBERS, read_public_key};
use kms_audit::signature::{Signature, message};

/// Lines of one input that are judged: the explanations of each take a while.
const MOST: usize = 4;

pub fn body(data: &[u8]) {
    let texts: Vec<&[u8]> = data.split(|byte| *byte == b'\n').take(MOST).collect();
    let lines: Vec<Line<'_>> = (1..)
        .zip(&texts)
        .map(|(number, bytes)| Line {
            number,
            bytes: Some(*bytes),
        })
        .collect();
    let rows = verify_lines(&lines, &Known::default());
    assert_eq!(rows.len(), lines.len(), "one row a line");
    for (line, row) in lines.iter().zip(&rows) {
        assert_eq!(row.line, Some(line.number));
        assert_eq!(row.error.is_some(), row.verdict == RowVerdict::Error, "{row:?}");
        if let Some(error) = &row.error {
            assert_ne!(error.code, "implementations-disagree", "{row:?}");
            assert!(!error.message.is_empty());
        }
        assert!(
            row.encoding
                .as_ref()
                .is_none_or(|id| encoding_ids().contains(&id.as_str()))
        );
        assert!(
            row.message_scheme
                .as_ref()
                .is_none_or(|id| message::scheme(id).is_some())
        );
        assert!(row.unused.iter().all(|name| !MEMBERS.contains(&name.as_str())));
        if row.verdict == RowVerdict::Verified {
            let again = line.bytes.and_then(|bytes| judged_again(bytes, row));
            assert_ne!(again, Some(false), "{row:?}");
        }
        // What is written is read again.
        let text = serde_json::to_string(row).expect("JSON");
        let read: VerifyRow = serde_json::from_str(&text).expect("a row");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
    }
}

/// Whether the signature is the claimed key's, or that of the address that was found, and is refused where one bit of the
/// digest is turned; nothing for a transaction, which has its signature inside.
fn judged_again(line: &[u8], row: &VerifyRow) -> Option<bool> {
    let text = std::str::from_utf8(line).ok()?.trim_start_matches('\u{feff}');
    let limits = Limits {
        depth: 96,
        values: 200_000,
    };
    let node = parse(text, &limits).ok()?;
    let readings = read_node(node.get("signature")?).ok()?;
    let digits = row.digest.as_ref()?;
    let bytes = kms_audit::encoding::hex::decode(digits.as_bytes()).ok()?.bytes;
    let digest: [u8; 32] = bytes.try_into().ok()?;
    let mut turned = digest;
    if let Some(last) = turned.last_mut() {
        *last ^= 1;
    }
    let claimed = node.get("public_key").and_then(|key| key.as_str());
    let claimed = claimed.and_then(|key| read_public_key(key.trim()).ok());
    let is_own = |digest: &[u8; 32]| {
        readings.iter().any(|reading| {
            let signature = &reading.signature;
            let mut keys = match claimed {
                Some(key) => vec![key],
                None => recovered(signature, digest),
            };
            keys.retain(|key| Some(EvmAddress::of(key).to_checksum(None)) == row.recovered);
            keys.iter().any(|key| holds(signature, digest, key))
        })
    };
    let member = |name| node.get(name).and_then(|node| text.get(node.span.clone()));
    let mut other = format!(
        "{{\"digest\":\"{}\",\"signature\":{}",
        kms_audit::encoding::hex::encode(&turned),
        member("signature")?
    );
    for name in ["address", "public_key"] {
        if let Some(value) = member(name) {
            other.push_str(&[",\"", name, "\":", value].concat());
        }
    }
    other.push('}');
    let line = Line {
        number: 1,
        bytes: Some(other.as_bytes()),
    };
    let rows = verify_lines(&[line], &Known::default());
    let refused = rows.iter().all(|row| row.verdict == RowVerdict::NotVerified);
    Some(is_own(&digest) && !is_own(&turned) && refused)
}

fn number(bytes: &[u8; 32]) -> Scalar {
    Option::from(Scalar::from_repr((*bytes).into())).expect("below n")
}

/// The number that a digest is modulo n.
fn reduced(bytes: &[u8; 32]) -> Scalar {
    <Scalar as Reduce<FieldBytes>>::reduce(&(*bytes).into())
}

/// The keys of which it may be: Q = (s R - z G) / r (SEC 1 v2 4.1.6).
fn recovered(signature: &Signature, digest: &[u8; 32]) -> Vec<PublicKey> {
    let inverse = Option::<Scalar>::from(number(signature.r()).invert()).expect("not 0");
    (0..2)
        .filter_map(|odd| {
            let point = AffinePoint::decompress(&(*signature.r()).into(), odd.into());
            let point = ProjectivePoint::from(Option::<AffinePoint>::from(point)?);
            let key =
                (point * number(signature.s()) - ProjectivePoint::GENERATOR * reduced(digest)) * inverse;
            PublicKey::from_sec1(key.to_affine().to_sec1_point(false).as_bytes(), false).ok()
        })
        .collect()
}

/// The equation of SEC 1 v2 4.1.4, written out.
fn holds(signature: &Signature, digest: &[u8; 32], key: &PublicKey) -> bool {
    let r = number(signature.r());
    let inverse = Option::<Scalar>::from(number(signature.s()).invert()).expect("not 0");
    let point = ProjectivePoint::GENERATOR * (reduced(digest) * inverse)
        + key.to_k256().to_projective() * (r * inverse);
    let encoded = point.to_affine().to_sec1_point(false);
    let x: Option<[u8; 32]> = encoded.as_bytes().get(1..33).and_then(|x| x.try_into().ok());
    x.is_some_and(|x| reduced(&x) == r)
}
