//! 100,000 mixed lines of a batch to verdicts, and libsecp256k1 alone as reference.
//!
//! Times drift on shared machines, so the ratio is taken from alternating rounds in this one process and printed.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark prints its figures"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use k256::ecdsa::SigningKey;
use kms_audit::address::EvmAddress;
use kms_audit::audit::{Line, RowVerdict, verify_lines};
use kms_audit::encoding::{base64, hex};
use kms_audit::key::PublicKey;
use kms_audit::signature::diagnose::Known;
use kms_audit::signature::encoding::encoding;
use kms_audit::signature::{Signature, V};
use secp256k1::Message;
use sha3::{Digest as _, Keccak256};

const LINES: usize = 100_000;
const SIGNERS: u8 = 8;
const ROUNDS: usize = 3;
/// As the command line does it.
const CHUNK: usize = 4096;

/// One signature as the reference takes it.
struct Plain {
    digest: [u8; 32],
    compact: [u8; 64],
    key: secp256k1::PublicKey,
}

/// Lines of every form, one in a hundred wrong, and what libsecp256k1 is given for the same.
fn made() -> (String, Vec<Plain>) {
    let signers: Vec<(SigningKey, PublicKey)> = (1..=SIGNERS)
        .map(|byte| {
            let key = SigningKey::from_slice(&[byte; 32]).expect("a private key");
            let point = key.verifying_key().to_sec1_point(false);
            let public = PublicKey::from_sec1(point.as_bytes(), false).expect("a point");
            (key, public)
        })
        .collect();
    let (mut text, mut plain) = (String::new(), Vec::new());
    for number in 0..LINES {
        let (key, public) = signers.get(number % signers.len()).expect("a signer");
        let message = format!("message {number}");
        let prefixed = format!("\x19Ethereum Signed Message:\n{}{message}", message.len());
        let digest: [u8; 32] = Keccak256::digest(prefixed.as_bytes()).into();
        let (made, id) = key.sign_prehash_recoverable(&digest);
        let (r, s) = made.split_bytes();
        let signature = Signature::new(r.into(), s.into(), Some(V::Electrum(id.is_y_odd())))
            .expect("r and s")
            .normalised();
        let written = |name: &str| {
            let bytes = encoding(name)
                .and_then(|encoding| encoding.write(&signature))
                .expect("written");
            format!("\"0x{}\"", hex::encode(&bytes))
        };
        let form = match number % 5 {
            0 => written("rsv"),
            1 => written("compact"),
            2 => written("eip2098"),
            3 => {
                let der = encoding("der")
                    .and_then(|encoding| encoding.write(&signature))
                    .expect("written");
                format!("\"{}\"", base64::encode(&der))
            }
            _ => {
                let object = encoding("json")
                    .and_then(|encoding| encoding.write(&signature))
                    .expect("written");
                String::from_utf8(object).expect("text")
            }
        };
        let claim = match number % 3 {
            0 => format!("\"public_key\":\"0x{}\"", hex::encode(&public.uncompressed())),
            _ => format!("\"address\":\"{}\"", EvmAddress::of(public).to_checksum(None)),
        };
        let what = match number % 2 {
            0 => format!("\"message\":\"{message}\""),
            _ => format!("\"digest\":\"0x{}\"", hex::encode(&digest)),
        };
        let what = if number % 100 == 99 {
            "\"message\":\"another\"".to_owned()
        } else {
            what
        };
        let _ = writeln!(text, "{{\"id\":{number},\"signature\":{form},{claim},{what}}}");
        plain.push(Plain {
            digest,
            compact: signature.rs(),
            key: secp256k1::PublicKey::from_slice(&public.uncompressed()).expect("a key"),
        });
    }
    (text, plain)
}

fn judged(text: &str) -> usize {
    let lines: Vec<Line<'_>> = (1..)
        .zip(text.lines())
        .map(|(number, line)| Line {
            number,
            bytes: Some(line.as_bytes()),
        })
        .collect();
    let known = Known::default();
    lines
        .chunks(CHUNK)
        .flat_map(|chunk| verify_lines(chunk, &known))
        .filter(|row| row.verdict == RowVerdict::Verified)
        .count()
}

fn reference(plain: &[Plain]) -> usize {
    plain
        .iter()
        .filter(|one| {
            let signature = secp256k1::ecdsa::Signature::from_compact(&one.compact).expect("a signature");
            secp256k1::ecdsa::verify(&signature, Message::from_digest(one.digest), &one.key).is_ok()
        })
        .count()
}

fn compare(_: &mut Criterion) {
    let (text, plain) = made();
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        assert_eq!(black_box(reference(&plain)), LINES);
        theirs = theirs.min(start.elapsed());
        let start = Instant::now();
        assert_eq!(black_box(judged(&text)), LINES / 100 * 99);
        ours = ours.min(start.elapsed());
    }
    let rate = |time: Duration| f64::from(u32::try_from(LINES).unwrap_or(u32::MAX)) / time.as_secs_f64();
    println!(
        "{LINES} mixed lines, 1 in 100 wrong and diagnosed: {:.0} a second on {} threads; libsecp256k1 verify alone, one \
         thread: {:.0} a second; ratio {:.2}",
        rate(ours),
        rayon::current_num_threads(),
        rate(theirs),
        rate(ours) / rate(theirs),
    );
}

criterion_group!(benches, compare);
criterion_main!(benches);
