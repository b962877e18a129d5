//! What must hold for every key and for any bytes.

#![allow(clippy::indexing_slicing, reason = "helpers of tests may fail as tests do")]

use k256::elliptic_curve::sec1::ToSec1Point as _;
use kms_audit::address::{self, AddressScheme as _, Agreement, Checksum, Options, evm::Evm, evm::EvmAddress};
use kms_audit::encoding::{base64, der, hex, pem};
use kms_audit::key::{PublicKey, SpkiError, cross_check, spki};
use proptest::prelude::*;

/// The key of a random scalar, as k256 encodes it.
fn keys() -> impl Strategy<Value = [u8; 65]> {
    any::<[u8; 32]>().prop_filter_map("a scalar of 1 to n - 1", |scalar| {
        let secret = k256::SecretKey::from_slice(&scalar).ok()?;
        secret
            .public_key()
            .to_sec1_point(false)
            .as_bytes()
            .try_into()
            .ok()
    })
}

/// Bytes near the truth: a good export, cut, stretched and changed in a few places.
fn almost_keys() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((0..90_usize, any::<u8>()), 0..4);
    let tail = prop::collection::vec(any::<u8>(), 0..3);
    (keys(), changes, tail, 0..90_usize, any::<bool>()).prop_map(|(point, changes, tail, cut, is_cut)| {
        let mut der = der_of(&point);
        der.extend(tail);
        for (at, byte) in changes {
            if let Some(place) = der.get_mut(at) {
                *place = byte;
            }
        }
        if is_cut {
            der.truncate(cut);
        }
        der
    })
}

fn der_of(point: &[u8; 65]) -> Vec<u8> {
    let mut der = kms_audit::key::SPKI_PREFIX.to_vec();
    der.extend(point);
    der
}

fn decode(der: &[u8]) -> Result<PublicKey, SpkiError> {
    spki::decode(der, spki::Options::new())
}

/// The plain way, by the libraries alone.
fn by_crates(der: &[u8]) -> Option<Vec<u8>> {
    let info = ::spki::SubjectPublicKeyInfoRef::try_from(der).ok()?;
    let curve = info.algorithm.parameters_oid().ok()?;
    if info.algorithm.oid.to_string() != "1.2.840.10045.2.1" || curve.to_string() != "1.3.132.0.10" {
        return None;
    }
    let point = info
        .subject_public_key
        .as_bytes()
        .filter(|point| point.len() == 65 && point[0] == 4)?;
    k256::PublicKey::from_sec1_bytes(point).ok()?;
    Some(point.to_vec())
}

fn agrees(der: &[u8]) -> Result<(), TestCaseError> {
    let walked = decode(der);
    if let Err(error) = &walked {
        prop_assert_ne!(error.code(), "internal-disagreement", "{}", error);
        prop_assert!(error.offset <= der.len(), "{}", error);
    }
    let walked = walked.ok().map(|key| key.uncompressed().to_vec());
    prop_assert_eq!(&walked, &by_crates(der));
    match cross_check::evm(der, false, None) {
        cross_check::Outcome::Address(_) => prop_assert!(walked.is_some()),
        cross_check::Outcome::Refused(_) => prop_assert!(walked.is_none()),
        cross_check::Outcome::NotEvaluated(_) => prop_assert!(!cross_check::AVAILABLE),
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_key_comes_back_from_every_encoding(point in keys()) {
        let key = decode(&der_of(&point)).expect("a key");
        prop_assert_eq!(key.uncompressed(), point);
        prop_assert_eq!(key.spki_der().to_vec(), der_of(&point));
        prop_assert_eq!(PublicKey::from_sec1(&key.compressed(), true), Ok(key));
        prop_assert_eq!(PublicKey::from_sec1(&point, false), Ok(key));
        prop_assert_eq!(PublicKey::from_xy(&key.xy()), Ok(key));
        prop_assert_eq!(der::dump(&der_of(&point)).error, None);
    }

    #[test]
    fn one_changed_byte_is_refused_or_is_another_point(point in keys(), at in 0..88_usize, change in 1..=255_u8) {
        let good = der_of(&point);
        let mut der = good.clone();
        der[at] ^= change;
        if let Ok(key) = decode(&der) {
            prop_assert!(at >= 24, "the change at {} was not seen", at);
            prop_assert_eq!(key.spki_der().to_vec(), der);
            prop_assert_ne!(key.spki_der().to_vec(), good);
        }
    }

    #[test]
    fn the_walk_and_the_libraries_accept_the_same_bytes(der in almost_keys()) {
        agrees(&der)?;
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        agrees(&bytes)?;
        let dump = der::dump(&bytes);
        prop_assert!(dump.lines.iter().all(|line| line.content.end <= bytes.len()));
        let _ = PublicKey::from_sec1(&bytes, true);
        let _ = spki::decode(&bytes, spki::Options::new().with_compressed(true));
        let _ = hex::decode(&bytes);
        let _ = base64::decode(&bytes);
        let _ = pem::blocks(&bytes);
        let _ = Evm.parse_claim(&String::from_utf8_lossy(&bytes), &Options::new());
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "(?s)(-----(BEGIN|END) (A|PRIVATE KEY)-----\n?|0x|[a-fA-F0-9=+/]{1,8}|\r?\n|.){0,20}") {
        for block in pem::blocks(text.as_bytes()) {
            match block {
                Ok(block) => prop_assert!(text.get(block.range).is_some()),
                Err(error) => prop_assert!(error.offset <= text.len()),
            }
        }
        if let Err(error) = base64::decode(text.as_bytes()) {
            prop_assert!(error.offset <= text.len());
        }
        let _ = hex::decode(text.as_bytes());
        let _ = Evm.parse_claim(&text, &Options::new());
    }

    #[test]
    fn both_derivations_agree(point in keys(), chain_id in prop::option::of(prop_oneof![Just(30), Just(31), any::<u64>()])) {
        let options = chain_id.map_or(Options::new(), |id| Options::new().with_chain_id(id));
        let (_, checked) =
            address::derive_checked_der(&Evm, &der_of(&point), spki::Options::new(), &options).expect("a key");
        let expected = if cross_check::AVAILABLE {
            Agreement::Agrees
        } else {
            Agreement::NotEvaluated(cross_check::WITHOUT)
        };
        let checked = checked.expect("an address");
        prop_assert_eq!(&checked.second, &expected);
        // The same key with a compressed point, by permission: the same address.
        let mut der = b"\x30\x36".to_vec();
        der.extend_from_slice(&kms_audit::key::SPKI_PREFIX[2..20]);
        der.extend_from_slice(b"\x03\x22\x00");
        der.extend_from_slice(&PublicKey::from_sec1(&point, false).expect("a key").compressed());
        let compressed = spki::Options::new().with_compressed(true);
        let (_, again) = address::derive_checked_der(&Evm, &der, compressed, &options).expect("a key");
        prop_assert_eq!(again, Some(checked));

    }

    #[test]
    fn a_shown_address_reads_back_as_itself(bytes in any::<[u8; 20]>()) {
        let address = EvmAddress(bytes);
        for (text, prefixed) in [
            (address.to_string(), true),
            (address.to_string().replace("0x", ""), false),
            (address.to_string().to_lowercase(), true),
        ] {
            let claim = Evm.parse_claim(&text, &Options::new()).expect("an address");
            prop_assert_eq!(claim.evm(), Some(address));
            prop_assert_eq!(&claim.canonical, &address.to_string());
            prop_assert_eq!(claim.prefixed, prefixed);
            prop_assert_ne!(claim.checksum, Checksum::Erc1191);
        }
    }

    #[test]
    fn base64_leads_every_byte_back_to_its_characters(bytes in prop::collection::vec(any::<u8>(), 1..100), width in 1..80_usize) {
        let line = base64::encode(&bytes);
        let wrapped: Vec<_> = line.as_bytes().chunks(width).map(|part| String::from_utf8_lossy(part)).collect();
        let text = wrapped.join("\r\n");
        let (decoded, map) = base64::decode_with_map(text.as_bytes()).expect("decodes");
        prop_assert_eq!(&decoded, &bytes);
        for at in 0..bytes.len() {
            let range = map.text_range(at..at + 1);
            let characters = text[range].bytes().filter(u8::is_ascii_graphic).count();
            prop_assert_eq!(characters, 2, "a byte's bits lie in two characters");
        }
    }
}
