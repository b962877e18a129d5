//! 10,000 key files from disk: recognise, read, decode and derive twice, beside plain reading and one derivation by
//! the same libraries in the same process. Prints the ratio.
//!
//! `cargo bench --bench files`

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark"
)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use k256::elliptic_curve::sec1::ToSec1Point as _;
use kms_audit::audit::{AddressOptions, addresses};
use kms_audit::input;
use sha3::{Digest as _, Keccak256};
use spki::SubjectPublicKeyInfoRef;

const FILES: usize = 10_000;
const ROUNDS: usize = 5;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let head = kms_audit::key::SPKI_PREFIX;
    for number in 0..FILES {
        let mut secret = [0_u8; 32];
        let tail = u64::try_from(number).expect("small") + 1;
        secret
            .iter_mut()
            .rev()
            .zip(tail.to_le_bytes())
            .for_each(|(to, from)| *to = from);
        let key = k256::SecretKey::from_bytes(&secret.into())
            .expect("a scalar")
            .public_key();
        let der = [&head[..], key.to_sec1_point(false).as_bytes()].concat();
        fs::write(folder.path().join(format!("{number:05}.der")), der).expect("a file");
    }
    let mut ours = Vec::new();
    let mut reference = Vec::new();
    for _ in 0..ROUNDS {
        ours.push(time(|| whole(folder.path())));
        reference.push(time(|| plain(folder.path())));
    }
    let (ours, reference) = (median(ours), median(reference));
    println!("{FILES} key files, median of {ROUNDS} rounds");
    println!("read, recognised and derived twice: {ours:?}");
    println!("reference, read and derived once with spki + k256 + sha3: {reference:?}");
    println!("ratio: {:.2}", ours.as_secs_f64() / reference.as_secs_f64());
}

fn time(work: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    assert_eq!(work(), FILES, "every key has an address");
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.into_iter().nth(ROUNDS / 2).expect("some rounds")
}

fn whole(folder: &Path) -> usize {
    let gathered = input::gather(
        &[folder.to_owned()],
        &mut std::io::empty(),
        &input::Options::default(),
    )
    .expect("reads");
    let report = addresses(&gathered, &AddressOptions::default());
    assert!(report.errors.is_empty(), "no errors");
    report
        .keys
        .iter()
        .filter(|key| key.addresses.contains_key("evm"))
        .count()
}

fn plain(folder: &Path) -> usize {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let mut sum = 0;
    for path in paths {
        let der = fs::read(path).expect("a file");
        let info = SubjectPublicKeyInfoRef::try_from(der.as_slice()).expect("an SPKI");
        let point = info.subject_public_key.as_bytes().expect("whole octets");
        let key = k256::PublicKey::from_sec1_bytes(point).expect("a point");
        let digest = Keccak256::digest(key.to_sec1_point(false).as_bytes().split_at(1).1);
        sum += usize::from(digest.len() == 32);
    }
    sum
}
