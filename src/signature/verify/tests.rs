use k256::ecdsa::SigningKey;

use super::*;
use crate::signature::encoding::{encoding, read_bytes};

fn signer(byte: u8) -> (SigningKey, PublicKey) {
    let key = SigningKey::from_slice(&[byte; 32]).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let public = PublicKey::from_sec1(point.as_bytes(), false).unwrap();
    (key, public)
}

/// A low signature of a digest, with 27 or 28.
fn sign(key: &SigningKey, digest: &[u8; 32]) -> Signature {
    let (signature, id) = key.sign_prehash_recoverable(digest);
    let (r, s) = signature.split_bytes();
    let made = Signature::new(r.into(), s.into(), Some(V::Electrum(id.is_y_odd()))).unwrap();
    made.normalised()
}

fn readings(signature: &Signature, id: &str) -> Vec<Reading> {
    read_bytes(&encoding(id).unwrap().write(signature).unwrap()).unwrap()
}

const DIGEST: [u8; 32] = [7; 32];

#[test]
fn a_key_an_address_and_both_are_verified_in_every_encoding() {
    let (key, public) = signer(1);
    let address = Wanted::evm(EvmAddress::of(&public));
    let signature = sign(&key, &DIGEST);
    for (signature, id) in [
        (signature, "der"),
        (signature.negated(), "der"),
        (signature, "compact"),
        (signature.negated(), "compact"),
        (signature, "rsv"),
        (signature.negated(), "rsv"),
        (signature, "eip2098"),
        (signature, "json"),
    ] {
        for (key, address) in [
            (Some(&public), None),
            (None, Some(address)),
            (Some(&public), Some(address)),
        ] {
            let claim = Claim { key, address };
            let answer = verify(&readings(&signature, id), &DIGEST, &claim);
            assert_eq!(answer.verdict, Verdict::Verified, "{id} {claim:?}");
            assert_eq!(answer.recovered, Some(EvmAddress::of(&public)));
            assert_eq!(answer.low_s, signature.is_low_s());
            assert_eq!(answer.is_acceptable_on_chain(), signature.is_low_s());
            let expected = if cfg!(feature = "cross-check") {
                Second::Agrees
            } else {
                Second::NotEvaluated
            };
            assert_eq!(answer.second, expected);
        }
    }
}

#[test]
fn another_key_address_or_digest_is_refused_with_the_reason() {
    let (key, public) = signer(1);
    let (_, other) = signer(2);
    let signature = sign(&key, &DIGEST);
    let of = |key, address, digest: &[u8; 32], signature: &Signature, id| {
        let answer = verify(&readings(signature, id), digest, &Claim { key, address });
        assert_eq!(answer.verdict, Verdict::NotVerified);
        assert!(!answer.is_acceptable_on_chain());
        assert_ne!(answer.second, Second::Disagrees);
        answer
    };
    let address = |key: &PublicKey| Some(EvmAddress::of(key));
    let wanted = |key: &PublicKey| Some(Wanted::evm(EvmAddress::of(key)));
    let answer = of(Some(&other), None, &DIGEST, &signature, "rsv");
    assert_eq!(answer.refusal, Some(Refusal::WrongKey));
    assert_eq!(answer.recovered, address(&public), "v says whose it is");
    let answer = of(None, wanted(&other), &DIGEST, &signature, "der");
    assert_eq!(answer.refusal, Some(Refusal::WrongAddress));
    assert_eq!((answer.recovered, answer.candidates.len()), (None, 2));
    let answer = of(Some(&public), wanted(&other), &DIGEST, &signature, "rsv");
    assert_eq!(answer.refusal, Some(Refusal::ClaimsDiffer));
    let flipped = signature.with_v(signature.v().map(V::flipped));
    for (key, claimed) in [(Some(&public), None), (None, wanted(&public))] {
        let answer = of(key, claimed, &DIGEST, &flipped, "rsv");
        assert_eq!(answer.refusal, Some(Refusal::WrongParity));
    }
    assert_eq!(
        of(None, wanted(&public), &[8; 32], &signature, "rsv").refusal,
        Some(Refusal::WrongAddress)
    );
    // No point has this x: 5 is none (SEC 1 v2 2.3.4).
    let mut r = [0; 32];
    r[31] = 5;
    let nobody = Signature::new(r, [1; 32], None).unwrap();
    assert_eq!(
        of(None, wanted(&public), &DIGEST, &nobody, "der").refusal,
        Some(Refusal::NoKey)
    );
}

#[test]
fn without_a_claim_the_address_is_recovered_where_there_is_one_answer() {
    let (key, public) = signer(3);
    let signature = sign(&key, &DIGEST);
    let own = EvmAddress::of(&public);
    for (id, one) in [("rsv", true), ("json", true), ("eip2098", true), ("der", false)] {
        let answer = verify(&readings(&signature, id), &DIGEST, &Claim::default());
        assert_eq!(answer.verdict, Verdict::Recovered, "{id}");
        assert_eq!(answer.recovered, one.then_some(own), "{id}");
        assert!(answer.candidates.contains(&own), "{id}");
    }
}
