//! Lines of a batch: one row for each, and what is verified verifies again with k256's own arithmetic, though with no
//! other digest.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use k256::elliptic_curve::PrimeField as _;
use k256::elliptic_curve::ops::Reduce;
use k256::elliptic_curve::sec1::ToSec1Point as _;
use k256::{FieldBytes, ProjectivePoint, Scalar};

use kms_audit::audit::{Line, MEMBERS, RowVerdict, VerifyRow, encoding_ids, verify_lines};
use kms_audit::json::{Limits, parse};
use kms_audit::key::PublicKey;
use kms_audit::signature::diagnose::Known;
use kms_audit::signature::encoding::read_node;
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

/// Whether the equation of SEC 1 v2 4.1.4 holds for some reading and the key of the claim, and not with one bit of the digest
/// turned; nothing for a claim without a key, and for a transaction.
fn judged_again(line: &[u8], row: &VerifyRow) -> Option<bool> {
    let text = std::str::from_utf8(line).ok()?.trim_start_matches('\u{feff}');
    let node = parse(
        text,
        &Limits {
            depth: 96,
            values: 200_000,
        },
    )
    .ok()?;
    let key = node.get("public_key")?.as_str()?;
    let key = kms_audit::audit::read_public_key(key.trim()).ok()?;
    let readings = read_node(node.get("signature")?).ok()?;
    let digits = row.digest.as_ref()?;
    let digest: [u8; 32] = kms_audit::encoding::hex::decode(digits.as_bytes())
        .ok()?
        .bytes
        .try_into()
        .ok()?;
    let mut turned = digest;
    if let Some(last) = turned.last_mut() {
        *last ^= 1;
    }
    let holds = |digest: &[u8; 32]| {
        readings
            .iter()
            .any(|reading| holds(&reading.signature, digest, &key))
    };
    Some(holds(&digest) && !holds(&turned))
}

/// The equation, written out.
fn holds(signature: &Signature, digest: &[u8; 32], key: &PublicKey) -> bool {
    let number =
        |bytes: &[u8; 32]| Option::<Scalar>::from(Scalar::from_repr((*bytes).into())).expect("below n");
    let (r, s) = (number(signature.r()), number(signature.s()));
    let z = <Scalar as Reduce<FieldBytes>>::reduce(&(*digest).into());
    let inverse = Option::<Scalar>::from(s.invert()).expect("not 0");
    let point = ProjectivePoint::GENERATOR * (z * inverse) + key.to_k256().to_projective() * (r * inverse);
    let encoded = point.to_affine().to_sec1_point(false);
    let x: Option<[u8; 32]> = encoded.as_bytes().get(1..33).and_then(|x| x.try_into().ok());
    x.is_some_and(|x| <Scalar as Reduce<FieldBytes>>::reduce(&x.into()) == r)
}
