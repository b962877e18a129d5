//! DER integers that were read as slices of 32 bytes: a leading zero byte was taken for a digit and the last digit lost,
//! or a short integer was filled up at the wrong end.
//!
//! The lost bytes are found by trying all values, only where the bytes show the mistake. One lost byte is found for every
//! signer, two for the claimed one; three, which half of what KMS returns loses when it is cut at fixed places, only with
//! the claimed key, by baby steps and giant steps. Of an address alone such bytes are named for what they look like.

use std::collections::BTreeSet;

use k256::elliptic_curve::{BatchNormalize as _, PrimeField as _};
use k256::{AffinePoint, ProjectivePoint, Scalar};

use super::prober::{Signers, Who, lift, scalar, xy_of};
use super::{Case, Code, Found};
use crate::key::PublicKey;

/// What to do.
const ADVICE: &str = "read tag and length of each INTEGER, drop the sign byte and fill up on the left";

/// How r was cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// It has 32 bytes, or was filled up on the left.
    Whole,
    /// 33 bytes with the sign byte: the last one is lost.
    Long,
    /// 31 bytes, filled up on the right.
    Filled,
    /// 31 bytes and the tag of s.
    Tagged,
}

/// One value that a half may have been: the digits that are left, and what the lost ones are worth.
#[derive(Clone, Copy)]
struct Half {
    bytes: [u8; 32],
    /// How many values the lost bytes may have; 1 where none is lost.
    count: u32,
    /// Place of the last lost byte.
    place: usize,
}

impl Half {
    const fn known(bytes: [u8; 32]) -> Self {
        Self {
            bytes,
            count: 1,
            place: 31,
        }
    }

    /// Bytes are lost at the end.
    fn cut_off(bytes: &[u8; 32], lost: usize) -> Self {
        let mut left = [0; 32];
        for (to, from) in left.iter_mut().zip(bytes.iter().skip(lost)) {
            *to = *from;
        }
        Self {
            bytes: left,
            count: if lost > 1 { 1 << 16 } else { 1 << 8 },
            place: 31,
        }
    }

    /// One byte is lost at a place near the front.
    const fn without(bytes: [u8; 32], place: usize) -> Self {
        Self {
            bytes,
            count: 1 << 8,
            place,
        }
    }

    /// 1 at the place of the lost byte.
    fn step(&self) -> Scalar {
        let mut one = [0; 32];
        if let Some(byte) = one.get_mut(self.place) {
            *byte = 1;
        }
        scalar(&one)
    }
}

/// Zeros at the front, and the bytes behind them.
fn moved_right(bytes: &[u8; 32], by: usize) -> [u8; 32] {
    let mut right = [0; 32];
    for (to, from) in right.iter_mut().skip(by).zip(bytes) {
        *to = *from;
    }
    right
}

/// What r may have been, with itself first.
fn of_r(bytes: &[u8; 32]) -> Vec<(Cut, Half)> {
    let mut made = vec![(Cut::Whole, Half::known(*bytes))];
    if bytes.first() == Some(&0) {
        made.push((Cut::Long, Half::cut_off(bytes, 1)));
    }
    match bytes.last() {
        Some(0x00) => made.push((Cut::Filled, Half::known(moved_right(bytes, 1)))),
        Some(0x02) => made.push((Cut::Tagged, Half::known(moved_right(bytes, 1)))),
        _ => {}
    }
    made
}

/// What s may have been, where r was cut so; with itself first.
fn of_s(cut: Cut, bytes: &[u8; 32]) -> Vec<Half> {
    let mut made = vec![Half::known(*bytes)];
    if cut == Cut::Tagged {
        // It begins one byte too late.
        match bytes {
            [.., 0, 0] => made.push(Half::without(moved_right(bytes, 2), 1)),
            [0, 0, ..] => made.push(Half::without(*bytes, 1)),
            _ => {}
        }
        match bytes {
            [.., 0] => made.push(Half::without(moved_right(bytes, 1), 0)),
            [0, ..] => made.push(Half::without(*bytes, 0)),
            _ => {}
        }
        return made;
    }
    match bytes {
        [0, ..] => made.push(Half::cut_off(bytes, 1)),
        // r was long: the length of s stands before it.
        [0x20, ..] if cut == Cut::Long => made.push(Half::cut_off(bytes, 1)),
        [0x21, 0, ..] if cut == Cut::Long => made.push(Half::cut_off(bytes, 2)),
        [0x1f, rest @ ..] if cut == Cut::Long => {
            let mut short = [0; 32];
            for (to, from) in short.iter_mut().skip(1).zip(rest) {
                *to = *from;
            }
            made.push(Half::known(short));
        }
        _ => {}
    }
    if bytes.last() == Some(&0) {
        made.push(Half::known(moved_right(bytes, 1)));
    }
    made
}

/// Explains the signature by an INTEGER that was cut wrongly.
pub(super) fn search(found: &mut Found, case: &Case<'_>, signers: &Signers<'_>) {
    let mut done = BTreeSet::new();
    for reading in case.readings {
        if !done.insert(reading.signature.rs()) {
            continue;
        }
        for (cut, r) in of_r(reading.signature.r()) {
            for (at, s) in of_s(cut, reading.signature.s()).into_iter().enumerate() {
                if cut == Cut::Whole && at == 0 {
                    continue;
                }
                let words = words(cut != Cut::Whole, at > 0);
                match (r.count.saturating_mul(s.count), signers.claimed_key()) {
                    (257.., Some(key)) => {
                        if is_of_key(&r, &s, case.digest, key) {
                            found.add(&[(Code::SlicedDer, ADVICE)], &Who::Claimed, &words);
                        }
                    }
                    (..=65536, _) => {
                        for who in every_key(&r, &s, case.digest, signers) {
                            found.add(&[(Code::SlicedDer, ADVICE)], &who, &words);
                        }
                    }
                    (_, None) => found.push(
                        Code::SlicedDer,
                        format!(
                            "r begins with 00 and s with 2100, as they do after DER was cut at fixed places; three bytes are lost, \
                             and only with the key can be told whose signature it was: {ADVICE}"
                        ),
                    ),
                }
            }
        }
    }
}

fn words(r: bool, s: bool) -> String {
    let which = match (r, s) {
        (true, true) => "r and s were",
        (true, false) => "r was",
        _ => "s was",
    };
    format!("if {which} cut from DER as if every INTEGER had 32 bytes, which has 31 to 33")
}

/// Each r that a half may be, with 1/r and its point.
fn every_r(half: &Half) -> impl Iterator<Item = (Scalar, ProjectivePoint)> {
    let mut bytes = half.bytes;
    (0..half.count).filter_map(move |lost| {
        if half.count > 1
            && let (Some(last), Ok(lost)) = (bytes.last_mut(), u8::try_from(lost))
        {
            *last = lost;
        }
        let r = Option::<Scalar>::from(Scalar::from_repr(bytes.into()))?;
        Some((Option::<Scalar>::from(r.invert())?, lift(&bytes)?))
    })
}

/// Every known signer for whom one of the values is right.
fn every_key(r: &Half, s: &Half, digest: &[u8; 32], signers: &Signers<'_>) -> Vec<Who> {
    let mut found = Vec::new();
    for (inverse, point) in every_r(r) {
        let base = ProjectivePoint::mul_by_generator(&-(inverse * scalar(digest)));
        let mut part = point * (inverse * scalar(&s.bytes));
        let step = point * (inverse * s.step());
        let mut points = Vec::with_capacity(512);
        for _ in 0..s.count {
            points.push(base + part);
            points.push(base - part);
            part += step;
        }
        let affine: Vec<AffinePoint> = ProjectivePoint::batch_normalize(points.as_slice());
        for who in affine.iter().filter_map(|point| signers.who(point)) {
            if !found.contains(&who) {
                found.push(who);
            }
        }
        // Values that fit by accident do not exist: the signer is found.
        if found.contains(&Who::Claimed) {
            break;
        }
    }
    found
}

/// Whether one of the values is right for a key: (s + e step) R = z G + r Q, with e found by baby steps and giant steps.
fn is_of_key(r: &Half, s: &Half, digest: &[u8; 32], key: &PublicKey) -> bool {
    let key = key.to_k256().to_projective();
    let side: u32 = if s.count > 256 { 256 } else { 16 };
    every_r(r).any(|(inverse, point)| {
        // Divided by r: the key and its parts.
        let base = ProjectivePoint::mul_by_generator(&-(inverse * scalar(digest)));
        let part = point * (inverse * scalar(&s.bytes));
        let step = point * (inverse * s.step());
        // e step = ±(Q - base) - part.
        let wanted = key - base;
        let (mut points, mut baby) = (Vec::new(), ProjectivePoint::IDENTITY);
        for _ in 0..side {
            points.push(baby);
            baby += step;
        }
        // What is left after the last baby step is the giant step.
        let giant = baby;
        for mut target in [wanted - part, -wanted - part] {
            for _ in 0..side {
                points.push(target);
                target -= giant;
            }
        }
        let affine: Vec<AffinePoint> = ProjectivePoint::batch_normalize(points.as_slice());
        let babies = usize::try_from(side).unwrap_or_default();
        let steps: BTreeSet<[u8; 64]> = affine.iter().take(babies).map(key_bytes).collect();
        affine
            .iter()
            .skip(babies)
            .any(|point| steps.contains(&key_bytes(point)))
    })
}

/// The point as bytes; nothing but zeros for infinity.
fn key_bytes(point: &AffinePoint) -> [u8; 64] {
    xy_of(point).unwrap_or([0; 64])
}
