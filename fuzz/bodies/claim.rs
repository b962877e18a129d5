//! A claimed address of any scheme, its diagnosis, and what may be shown of it.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use kms_audit::address::diagnose::{Hypotheses, diagnose};
use kms_audit::address::{ClaimError, Claimed, Options, parse_claim, payloads, scheme, secret_form, shown};
use kms_audit::key::PublicKey;

/// The generator point of secp256k1, compressed: the key of the private key 1.
const G: [u8; 33] = [
    0x02, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07,
    0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98,
];

pub fn body(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let text = text.trim();
    for options in [Options::new(), Options::new().with_chain_id(30)] {
        match parse_claim(text, &options) {
            Ok(claimed) => {
                canonical(&claimed, &options);
                assert!(secret_form(text).is_none(), "a secret is no address");
            }
            Err(ClaimError::WrongChecksum { claimed, offset }) => {
                assert!(offset < text.len());
                canonical(&claimed, &options);
            }
            Err(error @ ClaimError::Malformed { offset, .. }) => {
                assert!(offset <= text.len() && text.is_char_boundary(offset), "{error}");
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    payloads(text);
    let once = shown(text);
    assert_eq!(shown(&once), once, "what is shown stays as it is");
    let key = PublicKey::from_sec1(&G, true).expect("the generator");
    let found = diagnose(text, &key, &Hypotheses::default(), &Options::new());
    if secret_form(text).is_some() {
        assert!(found.is_empty() && once != text);
    }
    for explanation in found {
        assert!(explanation.message.starts_with("it "), "{}", explanation.message);
    }
}

/// What is written again reads as the same.
fn canonical(claimed: &Claimed, options: &Options) {
    let again = parse_claim(&claimed.canonical, options).expect("what is written reads again");
    assert_eq!(again.payload, claimed.payload);
    assert_eq!(again.schemes, claimed.schemes);
    assert_eq!(again.canonical, claimed.canonical);
    for id in claimed.schemes {
        assert!(scheme(id).is_some(), "{id}");
    }
}
