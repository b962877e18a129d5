//! DER integers that were read as slices of 32 bytes: a leading zero byte was taken for a digit and the last digit lost,
//! or a short integer was filled up at the wrong end.
//!
//! The lost byte is found by trying all 256, one point addition each; only where the bytes show the mistake.

use k256::elliptic_curve::BatchNormalize as _;
use k256::elliptic_curve::PrimeField as _;
use k256::{AffinePoint, ProjectivePoint, Scalar};

use super::Case;
use super::prober::{Signers, key_of, lift, scalar};
use crate::key::PublicKey;

/// One value that a half may have been: the known digits, and where one unknown byte stands.
#[derive(Clone, Copy)]
struct Half {
    bytes: [u8; 32],
    unknown: Option<Unknown>,
}

#[derive(Clone, Copy)]
enum Unknown {
    First,
    Last,
}

/// What each half may have been, with itself first.
fn halves(bytes: &[u8; 32]) -> Vec<Half> {
    let mut left = *bytes;
    left.rotate_left(1);
    if let Some(last) = left.last_mut() {
        *last = 0;
    }
    let mut right = *bytes;
    right.rotate_right(1);
    if let Some(first) = right.first_mut() {
        *first = 0;
    }
    let mut made = vec![Half {
        bytes: *bytes,
        unknown: None,
    }];
    // The sign byte 00, or the length of the INTEGER, was taken for the first digit.
    if matches!(bytes.first(), Some(0x00 | 0x20 | 0x21)) {
        made.push(Half {
            bytes: left,
            unknown: Some(Unknown::Last),
        });
    }
    // The next tag, or a filling zero, was taken for the last digit.
    if matches!(bytes.last(), Some(0x00 | 0x02)) {
        made.push(Half {
            bytes: right,
            unknown: None,
        });
    }
    made
}

/// What s may have been beside that, once r was short: all of it one place further.
fn shifted(bytes: &[u8; 32]) -> [Half; 2] {
    let mut right = *bytes;
    right.rotate_right(1);
    if let Some(first) = right.first_mut() {
        *first = 0;
    }
    [None, Some(Unknown::First)].map(|unknown| Half {
        bytes: right,
        unknown,
    })
}

/// Keys of known signers for which one of the readings is right.
pub(super) fn search(case: &Case<'_>, signers: &Signers<'_>) -> Vec<(String, PublicKey)> {
    let mut found: Vec<(String, PublicKey)> = Vec::new();
    for reading in case.readings {
        let (r, s) = (reading.signature.r(), reading.signature.s());
        for (index, r_half) in halves(r).into_iter().enumerate() {
            let mut s_halves = halves(s);
            if index > 0 {
                s_halves.extend(shifted(s));
            }
            for (at, s_half) in s_halves.into_iter().enumerate() {
                if index == 0 && at == 0 {
                    continue;
                }
                let rs: Vec<[u8; 32]> = match r_half.unknown {
                    None => vec![r_half.bytes],
                    Some(_) => (0..=u8::MAX)
                        .map(|byte| {
                            let mut bytes = r_half.bytes;
                            if let Some(last) = bytes.last_mut() {
                                *last = byte;
                            }
                            bytes
                        })
                        .collect(),
                };
                for r in rs {
                    for key in keys(&r, &s_half, case.digest) {
                        if signers.whose(&key).is_some() && !found.iter().any(|(_, known)| *known == key) {
                            found.push((words(index > 0, at > 0), key));
                        }
                    }
                }
            }
        }
    }
    found
}

fn words(r: bool, s: bool) -> String {
    let which = match (r, s) {
        (true, true) => "r and s were",
        (true, false) => "r was",
        _ => "s was",
    };
    format!(
        "{which} cut from DER as if every INTEGER had 32 bytes; it has 31 to 33: read tag and length, drop the sign byte \
         and fill up on the left"
    )
}

/// The keys for one r and up to 256 values of s.
fn keys(r: &[u8; 32], s: &Half, digest: &[u8; 32]) -> Vec<PublicKey> {
    let parsed = Option::<Scalar>::from(Scalar::from_repr((*r).into()));
    let Some((inverse, point)) = parsed
        .and_then(|r| Option::<Scalar>::from(r.invert()))
        .zip(lift(r))
    else {
        return Vec::new();
    };
    let base = ProjectivePoint::mul_by_generator(&-(inverse * scalar(digest)));
    let mut part = point * (inverse * scalar(&s.bytes));
    let (count, step) = match s.unknown {
        None => (1, ProjectivePoint::IDENTITY),
        Some(unknown) => {
            let mut one = [0; 32];
            let place = match unknown {
                Unknown::First => one.first_mut(),
                Unknown::Last => one.last_mut(),
            };
            if let Some(byte) = place {
                *byte = 1;
            }
            (256, point * (inverse * scalar(&one)))
        }
    };
    let mut points = Vec::with_capacity(512);
    for _ in 0..count {
        points.push(base + part);
        points.push(base - part);
        part += step;
    }
    let affine: Vec<AffinePoint> = ProjectivePoint::batch_normalize(points.as_slice());
    affine.iter().filter_map(key_of).collect()
}
