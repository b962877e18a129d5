//! Signatures against published vectors: Wycheproof's ECDSA suites for secp256k1.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use k256::ecdsa::SigningKey;
use kms_audit::address::EvmAddress;
use kms_audit::audit::{Line, RowVerdict, verify_lines};
use kms_audit::key::{PublicKey, cross_check};
use kms_audit::signature::diagnose::Known;
use kms_audit::signature::encoding::{ENCODINGS, Reading, encoding, read_bytes};
use kms_audit::signature::verify::{Claim, Second, Verdict, Verification, Wanted};
use kms_audit::signature::{Signature, V, verify, verify_many};
use proptest::prelude::*;
use sha2::Digest as _;
use tiny_keccak::Hasher as _;
use wycheproof::TestResult;
use wycheproof::ecdsa::{TestName, TestSet};

const fn second() -> Second {
    if cross_check::AVAILABLE {
        Second::Agrees
    } else {
        Second::NotEvaluated
    }
}

/// The leftmost 32 bytes of a hash, as SEC 1 v2 4.1.4 step 3 takes them.
fn leftmost(hash: &[u8]) -> [u8; 32] {
    hash[..32].try_into().expect("32 bytes")
}

fn hash(name: TestName, message: &[u8]) -> [u8; 32] {
    let shake = |mut shake: tiny_keccak::Shake| {
        let mut out = [0; 64];
        shake.update(message);
        shake.finalize(&mut out);
        out
    };
    match name {
        TestName::EcdsaSecp256k1Sha256
        | TestName::EcdsaSecp256k1Sha256P1363
        | TestName::EcdsaSecp256k1Sha256Bitcoin => leftmost(&sha2::Sha256::digest(message)),
        TestName::EcdsaSecp256k1Sha512 | TestName::EcdsaSecp256k1Sha512P1363 => {
            leftmost(&sha2::Sha512::digest(message))
        }
        TestName::EcdsaSecp256k1Sha3_256 => leftmost(&sha3::Sha3_256::digest(message)),
        TestName::EcdsaSecp256k1Sha3_512 => leftmost(&sha3::Sha3_512::digest(message)),
        TestName::EcdsaSecp256k1Shake128 | TestName::EcdsaSecp256k1Shake128P1363 => {
            leftmost(&shake(tiny_keccak::Shake::v128()))
        }
        _ => leftmost(&shake(tiny_keccak::Shake::v256())),
    }
}

/// Suite, encoding, and how many cases it has, good and bad.
const SUITES: [(TestName, &str, usize, usize); 11] = [
    (TestName::EcdsaSecp256k1Sha256, "der", 168, 308),
    (TestName::EcdsaSecp256k1Sha256P1363, "compact", 167, 85),
    (TestName::EcdsaSecp256k1Sha256Bitcoin, "der", 162, 301),
    (TestName::EcdsaSecp256k1Sha3_256, "der", 172, 302),
    (TestName::EcdsaSecp256k1Sha3_512, "der", 237, 303),
    (TestName::EcdsaSecp256k1Sha512, "der", 237, 309),
    (TestName::EcdsaSecp256k1Sha512P1363, "compact", 236, 86),
    (TestName::EcdsaSecp256k1Shake128, "der", 170, 302),
    (TestName::EcdsaSecp256k1Shake128P1363, "compact", 169, 79),
    (TestName::EcdsaSecp256k1Shake256, "der", 239, 303),
    (TestName::EcdsaSecp256k1Shake256P1363, "compact", 238, 80),
];

#[test]
fn wycheproof_every_case_of_every_suite_gives_the_suites_own_result() {
    let mut cases = 0;
    for (name, id, valid, invalid) in SUITES {
        let set = TestSet::load(name).expect("the vectors");
        let mut counts = [0_usize; 2];
        let mut high_refused = 0;
        for group in &set.test_groups {
            let key = PublicKey::from_sec1(&group.key.key, false).expect("a key");
            for test in &group.tests {
                let digest = hash(name, &test.msg);
                let place = format!("{name:?} {}: {}", test.tc_id, test.comment);
                let answer = encoding(id)
                    .expect("an encoding")
                    .parse(&test.sig)
                    .ok()
                    .map(|signature| {
                        let readings = [Reading {
                            encoding: encoding(id).expect("an encoding"),
                            signature,
                        }];
                        let claim = Claim {
                            key: Some(&key),
                            address: None,
                        };
                        verify(&readings, &digest, &claim)
                    });
                if let Some(answer) = &answer {
                    assert_eq!(answer.second, second(), "{place}");
                }
                let verified = answer
                    .as_ref()
                    .is_some_and(|answer| answer.verdict == Verdict::Verified);
                let on_chain = answer.as_ref().is_some_and(Verification::is_acceptable_on_chain);
                // Bitcoin's suite refuses a high s, as Ethereum does; ECDSA does not.
                let is_bitcoin = name == TestName::EcdsaSecp256k1Sha256Bitcoin;
                let accepted = if is_bitcoin { on_chain } else { verified };
                assert_eq!(accepted, test.result == TestResult::Valid, "{place}");
                high_refused += usize::from(is_bitcoin && verified && !on_chain);
                counts[usize::from(test.result != TestResult::Valid)] += 1;
            }
        }
        assert_eq!(counts, [valid, invalid], "{name:?}");
        if name == TestName::EcdsaSecp256k1Sha256Bitcoin {
            assert_eq!(
                high_refused, BITCOIN_HIGH,
                "cases that fail by their high s alone"
            );
        }
        cases += valid + invalid;
    }
    assert_eq!(cases, 4653);
}

/// Cases of the Bitcoin suite that ECDSA takes and the chain does not.
const BITCOIN_HIGH: usize = 2;

/// The signature of a random key, with 27 or 28, low or high.
#[derive(Debug)]
struct Signed {
    key: PublicKey,
    digest: [u8; 32],
    signature: Signature,
}

fn signed() -> impl Strategy<Value = Signed> {
    let secret =
        any::<[u8; 32]>().prop_filter_map("a private key", |bytes| SigningKey::from_slice(&bytes).ok());
    (secret, any::<[u8; 32]>(), any::<bool>()).prop_map(|(secret, digest, high)| {
        let (signature, id) = secret.sign_prehash_recoverable(&digest);
        let (r, s) = signature.split_bytes();
        let low = Signature::new(r.into(), s.into(), Some(V::Electrum(id.is_y_odd())))
            .expect("r and s")
            .normalised();
        Signed {
            key: PublicKey::from_sec1(secret.verifying_key().to_sec1_point(false).as_bytes(), false)
                .expect("a point"),
            digest,
            signature: if high { low.negated() } else { low },
        }
    })
}

fn verdict(signature: &Signature, digest: &[u8; 32], claim: Claim<'_>) -> Verdict {
    let readings = [Reading {
        encoding: encoding("rsv").expect("an encoding"),
        signature: *signature,
    }];
    let answer = verify(&readings, digest, &claim);
    assert_eq!(answer.second, second());
    answer.verdict
}

proptest! {
    #[test]
    fn a_signature_verifies_after_any_chain_of_conversions(signed in signed(), chain in proptest::collection::vec(0..5_usize, 1..6)) {
        let mut signature = signed.signature;
        let key = Claim { key: Some(&signed.key), address: None };
        for at in chain {
            let Some(bytes) = ENCODINGS[at].write(&signature) else {
                // EIP-2098 says no high s: the chain goes on with the low one; without v it says nothing.
                signature = signature.normalised();
                continue;
            };
            let readings = read_bytes(&bytes).expect("what is written is read");
            let answer = verify(&readings, &signed.digest, &key);
            prop_assert_eq!(answer.verdict, Verdict::Verified);
            signature = readings[answer.reading].signature;
        }
        prop_assert_eq!(verdict(&signature, &signed.digest, key), Verdict::Verified);
        let address = Claim { key: None, address: Some(Wanted::evm(EvmAddress::of(&signed.key))) };
        prop_assert_eq!(verdict(&signature, &signed.digest, address), Verdict::Verified);
    }

    #[test]
    fn a_flipped_bit_of_signature_digest_or_key_never_verifies(signed in signed(), bit in 0..256_usize) {
        let flip = |bytes: &[u8; 32]| {
            let mut bytes = *bytes;
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        };
        let Signed { key, digest, signature } = &signed;
        for claim in [
            Claim { key: Some(key), address: None },
            Claim { key: None, address: Some(Wanted::evm(EvmAddress::of(key))) },
        ] {
            prop_assert_eq!(verdict(signature, &flip(digest), claim), Verdict::NotVerified);
            for changed in [
                Signature::new(flip(signature.r()), *signature.s(), signature.v()),
                Signature::new(*signature.r(), flip(signature.s()), signature.v()),
                Ok(signature.with_v(signature.v().map(V::flipped))),
            ].into_iter().flatten() {
                prop_assert_eq!(verdict(&changed, digest, claim), Verdict::NotVerified);
            }
        }
        let mut point = key.uncompressed();
        point[33 + bit / 8] ^= 1 << (bit % 8);
        prop_assert!(PublicKey::from_sec1(&point, false).is_err());
        let mut other = key.compressed();
        other[1 + bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = PublicKey::from_sec1(&other, true) {
            let claim = Claim { key: Some(&other), address: None };
            prop_assert_eq!(verdict(signature, digest, claim), Verdict::NotVerified);
        }
    }

    #[test]
    fn normalising_flips_the_parity_and_recovery_gives_the_key(signed in signed()) {
        let Signed { key, digest, signature } = &signed;
        let negated = signature.negated();
        prop_assert_eq!(negated.negated(), *signature);
        prop_assert_ne!(negated.is_low_s(), signature.is_low_s());
        prop_assert_eq!(negated.v().map(V::is_odd), signature.v().map(|v| !v.is_odd()));
        for signature in [signature, &negated, &signature.normalised()] {
            let readings = [Reading { encoding: encoding("rsv").expect("an encoding"), signature: *signature }];
            let answer = verify(&readings, digest, &Claim::default());
            prop_assert_eq!(answer.verdict, Verdict::Recovered);
            prop_assert_eq!(answer.key, Some(*key));
            prop_assert_eq!(verify::right_v(signature, digest, key), signature.v());
        }
    }

    #[test]
    fn many_at_once_are_each_for_itself(batch in proptest::collection::vec((signed(), any::<bool>()), 0..12)) {
        let readings: Vec<[Reading; 1]> = batch
            .iter()
            .map(|(signed, _)| [Reading { encoding: encoding("rsv").expect("an encoding"), signature: signed.signature }])
            .collect();
        let wrong = [0x55; 32];
        let items: Vec<_> = batch
            .iter()
            .zip(&readings)
            .map(|((signed, good), readings)| kms_audit::signature::bulk::Item {
                readings,
                digest: if *good { &signed.digest } else { &wrong },
                claim: Claim { key: Some(&signed.key), address: None },
            })
            .collect();
        let answers = verify_many(&items);
        prop_assert_eq!(answers.len(), batch.len());
        for ((item, (_, good)), answer) in items.iter().zip(&batch).zip(&answers) {
            prop_assert_eq!(answer, &verify(item.readings, item.digest, &item.claim));
            prop_assert_eq!(answer.verdict == Verdict::Verified, *good);
        }
    }
}

/// EIP-2098's own two examples: the private key, the message, and the signature in its long and its short form.
#[test]
fn the_examples_of_eip_2098_in_both_forms() {
    let secret = [0x12, 0x34, 0x56, 0x78, 0x90].repeat(7);
    let key = SigningKey::from_slice(&secret[..32]).expect("a private key");
    let point = key.verifying_key().to_sec1_point(false);
    let public = PublicKey::from_sec1(point.as_bytes(), false).expect("a point");
    let address = EvmAddress::of(&public).to_checksum(None);
    let examples = [
        (
            "Hello World",
            "68a020a209d3d56c46f38cc50a33f704f4a9a10a59377f8dd762ac66910e9b90",
            "7e865ad05c4035ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064",
            27,
            "7e865ad05c4035ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064",
        ),
        (
            "It's a small(er) world",
            "9328da16089fcba9bececa81663203989f2df5fe1faa6291a45381c81bd17f76",
            "139c6d6b623b42da56557e5e734a43dc83345ddfadec52cbe24d0cc64f550793",
            28,
            "939c6d6b623b42da56557e5e734a43dc83345ddfadec52cbe24d0cc64f550793",
        ),
    ];
    let mut lines = Vec::new();
    for (message, r, s, v, packed) in examples {
        for signature in [
            format!("\"0x{r}{s}{v:02x}\""),
            format!("\"0x{r}{packed}\""),
            format!("{{\"r\":\"0x{r}\",\"s\":\"0x{s}\",\"v\":{v}}}"),
            format!("{{\"r\":\"0x{r}\",\"yParityAndS\":\"0x{packed}\"}}"),
        ] {
            let what = format!("\"signature\":{signature},\"message\":\"{message}\"");
            lines.push(format!("{{{what},\"address\":\"{address}\"}}"));
            lines.push(format!("{{{what}}}"));
        }
    }
    let views: Vec<Line<'_>> = (1..)
        .zip(&lines)
        .map(|(number, line)| Line {
            number,
            bytes: Some(line.as_bytes()),
        })
        .collect();
    let rows = verify_lines(&views, &Known::default());
    assert_eq!(rows.len(), 16);
    for (row, line) in rows.iter().zip(&lines) {
        let expected = if line.contains("address") {
            RowVerdict::Verified
        } else {
            RowVerdict::Recovered
        };
        assert_eq!(row.verdict, expected, "{line}");
        assert_eq!(row.recovered.as_deref(), Some(address.as_str()), "{line}");
        assert_eq!(row.acceptable_on_chain, Some(true), "{line}");
    }
}
