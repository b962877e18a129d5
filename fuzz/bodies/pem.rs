//! PEM, base64 and hex, judged by base64ct and by writing the bytes again.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use base64ct::{Base64, Encoding};
use kms_audit::encoding::pem::{Block, Body, blocks, is_private};
use kms_audit::encoding::{base64, hex};

pub fn body(data: &[u8]) {
    let mut end = 0;
    for block in blocks(data) {
        match block {
            Ok(block) => {
                assert!(block.range.start >= end, "blocks do not overlap");
                end = block.range.end;
                one(data, &block);
            }
            Err(error) => {
                assert!(error.offset <= data.len(), "{error}");
                assert!(!error.to_string().is_empty());
            }
        }
    }
    plain_base64(data);
    plain_hex(data);
}

fn one(data: &[u8], block: &Block) {
    let text = data.get(block.range.clone()).expect("a range of the text");
    let begin = format!("-----BEGIN {}-----", block.label);
    assert!(text.starts_with(begin.as_bytes()));
    assert!(text.ends_with(format!("-----END {}-----", block.label).as_bytes()));
    match &block.body {
        Body::Withheld => assert!(is_private(&block.label)),
        Body::Decoded { range, bytes, map } => {
            assert!(!is_private(&block.label), "a private key was read");
            assert!(block.range.start < range.start && range.end <= block.range.end);
            let body = data.get(range.clone()).expect("a range of the text");
            assert_eq!(strictly(body).as_ref(), Some(bytes));
            for at in 0..bytes.len() {
                let place = map.text_range(at..at + 1);
                assert!(range.start <= place.start && place.end <= range.end);
            }
            let beyond = map.text_range(bytes.len()..bytes.len() + 1);
            assert!(beyond.end <= range.end, "{beyond:?} beyond {range:?}");
        }
    }
}

/// White space at the ends of lines left out, then base64ct.
fn strictly(text: &[u8]) -> Option<Vec<u8>> {
    let lines: Vec<u8> = text
        .split(|byte| *byte == b'\n')
        .flat_map(|line| line.trim_ascii().to_vec())
        .collect();
    Base64::decode_vec(std::str::from_utf8(&lines).ok()?).ok()
}

fn plain_base64(data: &[u8]) {
    match base64::decode_with_map(data) {
        Ok((bytes, map)) => {
            assert_eq!(base64::decode(data).as_ref(), Ok(&bytes));
            let line: Vec<u8> = data
                .iter()
                .copied()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect();
            assert_eq!(base64::encode(&bytes).into_bytes(), line, "writes back as it was");
            for at in 0..bytes.len() {
                let place = map.text_range(at..at + 1);
                assert!(place.start < place.end && place.end <= data.len());
            }
        }
        Err(error) => {
            assert!(error.offset <= data.len(), "{error}");
            let wrapped = data.iter().any(u8::is_ascii_whitespace);
            assert!(
                wrapped || data.is_empty() || strictly(data).is_none(),
                "{error} for what base64ct takes"
            );
        }
    }
}

fn plain_hex(data: &[u8]) {
    match hex::decode(data) {
        Ok(decoded) => {
            let text = String::from_utf8_lossy(data).to_ascii_lowercase();
            assert!(text.contains(&hex::encode(&decoded.bytes)));
        }
        Err(error) => assert!(error.offset <= data.len(), "{error}"),
    }
}
