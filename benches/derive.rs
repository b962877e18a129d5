//! 10,000 exported keys to addresses: checked (both derivations), once, and the plain library calls as reference.
//!
//! Times drift on shared machines, so the ratio is taken from alternating rounds in this one process and printed.

#![allow(clippy::print_stdout, missing_docs, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use k256::ProjectivePoint;
use k256::elliptic_curve::sec1::ToSec1Point as _;
use kms_audit::address::{self, Agreement, Options, evm::Evm, evm::EvmAddress};
use kms_audit::key::{SPKI_PREFIX, cross_check, spki};
use sha3::{Digest as _, Keccak256};

const KEYS: usize = 10_000;
const ROUNDS: usize = 15;

/// The exports of the private keys 1 to 10,000.
fn exports() -> Vec<Vec<u8>> {
    std::iter::successors(Some(ProjectivePoint::GENERATOR), |point| {
        Some(*point + ProjectivePoint::GENERATOR)
    })
    .take(KEYS)
    .map(|point| {
        let mut der = SPKI_PREFIX.to_vec();
        der.extend_from_slice(point.to_affine().to_sec1_point(false).as_bytes());
        der
    })
    .collect()
}

/// What a short script would do: spki, k256, sha3; 20 bytes, no text.
fn reference(exports: &[Vec<u8>]) -> u8 {
    exports
        .iter()
        .filter_map(|der| {
            let info = ::spki::SubjectPublicKeyInfoRef::try_from(der.as_slice()).ok()?;
            let key = k256::PublicKey::from_sec1_bytes(info.subject_public_key.as_bytes()?).ok()?;
            let point = key.to_sec1_point(false);
            Keccak256::digest(point.as_bytes().get(1..)?).last().copied()
        })
        .fold(0, |all, last| all ^ last)
}

/// The first derivation alone, as 20 bytes.
fn first(exports: &[Vec<u8>]) -> u8 {
    exports
        .iter()
        .filter_map(|der| spki::decode(der, spki::Options::new()).ok())
        .filter_map(|key| EvmAddress::of(&key).0.last().copied())
        .fold(0, |all, last| all ^ last)
}

/// Both derivations, with the address as text: what the tool does.
fn checked(exports: &[Vec<u8>]) -> usize {
    exports
        .iter()
        .filter_map(|der| {
            address::derive_checked_der(&Evm, der, spki::Options::new(), &Options::new())
                .ok()?
                .1
        })
        .filter(|checked| !matches!(checked.second, Agreement::Disagrees { .. }))
        .count()
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, Duration::as_secs_f64)
}

fn ratios(exports: &[Vec<u8>]) {
    let (mut plain, mut once, mut twice) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(time(|| reference(black_box(exports))));
        once.push(time(|| first(black_box(exports))));
        twice.push(time(|| checked(black_box(exports))));
    }
    let (plain, once, twice) = (median(&mut plain), median(&mut once), median(&mut twice));
    println!("{KEYS} keys, median of {ROUNDS} alternating rounds, one thread:");
    println!("  reference (spki + k256 + sha3)      {:7.2} ms", plain * 1e3);
    println!(
        "  first derivation                    {:7.2} ms, {:.2} of the reference",
        once * 1e3,
        once / plain
    );
    println!(
        "  checked address ({})   {:7.2} ms, {:.2} of the reference",
        if cross_check::AVAILABLE {
            "both derivations"
        } else {
            "first only      "
        },
        twice * 1e3,
        twice / plain
    );
}

fn derive(criterion: &mut Criterion) {
    let exports = exports();
    assert_eq!(checked(&exports), KEYS);
    assert_eq!(reference(&exports), first(&exports));
    ratios(&exports);
    let mut group = criterion.benchmark_group("derive-10000-keys");
    group.sample_size(20);
    group.bench_function("reference", |bencher| {
        bencher.iter(|| reference(black_box(&exports)));
    });
    group.bench_function("first", |bencher| bencher.iter(|| first(black_box(&exports))));
    group.bench_function("checked", |bencher| bencher.iter(|| checked(black_box(&exports))));
    group.finish();
}

criterion_group!(benches, derive);
criterion_main!(benches);
