//! Typed data: a digest, or an error with a place; the second implementation never says another.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use kms_audit::json::{Limits, parse};
use kms_audit::signature::message::eip712::{CODES, DomainChange, digest_of, hash, readings, with_domain};

pub fn body(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(document) = parse(text, &Limits::default()) else {
        return;
    };
    let found = hash(&document);
    let others = readings(&document);
    let unchanged = with_domain(&document, &DomainChange::default());
    match found {
        Ok(data) => {
            assert_eq!(
                digest_of(&data.domain_separator, data.struct_hash.as_ref()),
                data.digest
            );
            assert_eq!(unchanged, Some(data.digest));
            assert_eq!(others, data.readings);
            assert!(others.iter().all(|other| other.digest != data.digest));
            assert!(data.unsigned.iter().all(|pointer| pointer.starts_with('/')));
            for remark in &data.remarks {
                assert!(remark.offset <= text.len());
            }
        }
        Err(error) => {
            assert_eq!(unchanged, None);
            assert!(CODES.contains(&error.code), "{error:?}");
            assert_ne!(error.code, "hash-disagreement", "{error:?}");
            let offset = error.offset.expect("a place");
            assert!(text.is_char_boundary(offset), "{error:?}");
            assert!(error.pointer.is_some(), "{error:?}");
        }
    }
}
