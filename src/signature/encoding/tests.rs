use super::*;
use crate::signature::{N, V};

const R: [u8; 32] = [0x9a; 32];
const LOW: [u8; 32] = [0x11; 32];

fn low() -> Signature {
    Signature::new(R, LOW, None).unwrap()
}

fn codes(text: &str) -> (&'static str, usize) {
    let error = read_text(text).unwrap_err();
    (error.code(), error.offset)
}

fn hex_of(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

#[test]
fn every_encoding_reads_what_it_writes() {
    for v in [None, Some(V::Parity(true)), Some(V::Electrum(false))] {
        for signature in [low(), low().negated()] {
            let signature = signature.with_v(v);
            for encoding in ENCODINGS {
                let Some(bytes) = encoding.write(&signature) else {
                    let needs_v = matches!(encoding.id(), "rsv" | "eip2098");
                    assert!(needs_v && (v.is_none() || !signature.is_low_s()));
                    continue;
                };
                let read = encoding.parse(&bytes).unwrap();
                assert_eq!((read.r(), read.s()), (signature.r(), signature.s()));
                if encoding.id() != "der" && encoding.id() != "compact" {
                    assert_eq!(read.v().map(V::is_odd), v.map(V::is_odd));
                }
                assert!(
                    read_bytes(&bytes)
                        .unwrap()
                        .iter()
                        .any(|reading| reading.encoding.id() == encoding.id())
                );
            }
        }
    }
}

#[test]
fn der_of_kms_is_read_in_every_text_form() {
    let der = encoding("der").unwrap().write(&low()).unwrap();
    // r begins with 9a, so it needs a zero byte; s does not.
    assert_eq!(der[..5], [0x30, 0x45, 0x02, 0x21, 0x00]);
    let base64 = base64::encode(&der);
    for text in [
        format!("0x{}", hex_of(&der)),
        hex_of(&der),
        base64.clone(),
        format!("\"{base64}\"\n"),
        base64.replace('+', "-").replace('/', "_").replace('=', ""),
        format!("{{\"KeyId\": \"k\", \"Signature\": \"{base64}\", \"SigningAlgorithm\": \"ECDSA_SHA_256\"}}"),
    ] {
        let readings = read_text(&text).unwrap();
        assert_eq!(readings.len(), 1, "{text}");
        assert_eq!(readings[0].encoding.id(), "der");
        assert_eq!(readings[0].signature, low());
    }
}

#[test]
fn what_der_forbids_is_said_with_its_place_and_clause() {
    for (text, code, offset) in [
        ("3006020101020101ff", "trailing-data", 8),
        ("3080020101020101", "indefinite-length", 0),
        ("308106020101020101", "non-minimal-length", 0),
        ("3007020101020101", "truncated", 0),
        ("30050200020101", "empty-integer", 4),
        ("3006020181020101", "negative-integer", 4),
        ("300702020001020101", "non-minimal-integer", 4),
        ("3006020100020101", "out-of-range", 4),
        ("3006020101020100", "out-of-range", 7),
        ("3003020101", "missing-element", 5),
        ("3006040101020101", "unexpected-tag", 2),
        ("3009020101020101020101", "trailing-data", 8),
        ("3106020101020101", "wrong-length", 0),
        ("30070201010202", "truncated", 5),
        ("3006020101020501ffffffffff", "element-overrun", 5),
    ] {
        let (found, at) = codes(&format!("0x{text}"));
        assert_eq!((found, at), (code, offset), "{text}");
    }
    // n itself as r.
    let mut der = vec![0x30, 0x26, 0x02, 0x21, 0x00];
    der.extend(N);
    der.extend([0x02, 0x01, 0x01]);
    let error = read_bytes(&der).unwrap_err();
    assert_eq!(
        (error.code(), error.offset, error.clause),
        ("out-of-range", 4, "SEC 1 v2 4.1.4")
    );
}

#[test]
fn sixty_four_bytes_have_two_readings() {
    let mut bytes = low().rs();
    bytes[32] |= 0x80;
    let readings = read_bytes(&bytes).unwrap();
    let ids: Vec<&str> = readings.iter().map(|reading| reading.encoding.id()).collect();
    assert_eq!(ids, ["compact", "eip2098"]);
    assert_eq!(readings[1].signature, low().with_v(Some(V::Parity(true))));
    assert!(!readings[0].signature.is_low_s());
}

#[test]
fn v_is_one_of_those_that_programs_write() {
    for (byte, v) in [
        (0, Some(V::Parity(false))),
        (1, Some(V::Parity(true))),
        (27, Some(V::Electrum(false))),
        (28, Some(V::Electrum(true))),
        (
            37,
            Some(V::Eip155 {
                chain_id: 1,
                odd: false,
            }),
        ),
        (
            38,
            Some(V::Eip155 {
                chain_id: 1,
                odd: true,
            }),
        ),
        (2, None),
        (26, None),
        (29, None),
        (34, None),
    ] {
        let mut bytes = low().rs().to_vec();
        bytes.push(byte);
        let read = read_bytes(&bytes);
        if let Some(v) = v {
            assert_eq!(read.unwrap()[0].signature.v(), Some(v));
            assert_eq!(v.number(), u128::from(byte));
        } else {
            let error = read.unwrap_err();
            assert_eq!((error.code(), error.offset), ("invalid-v", 64));
        }
    }
}

#[test]
fn json_keeps_numbers_whose_zeros_were_stripped() {
    let mut r = [0; 32];
    r[31] = 0x0f;
    let signature = Signature::new(r, LOW, Some(V::Electrum(true))).unwrap();
    let s = hex_of(&LOW);
    for text in [
        format!("{{\"r\":\"0xf\",\"s\":\"0x{s}\",\"v\":28}}"),
        format!("{{\"r\":\"0x0f\",\"s\":\"{s}\",\"v\":\"0x1c\"}}"),
        format!("{{\"r\":15,\"s\":\"0x{s}\",\"v\":\"28\",\"yParity\":\"0x1\",\"x\":null}}"),
    ] {
        let reading = read_text(&text).unwrap()[0];
        assert_eq!(reading.signature.with_v(None), signature.with_v(None), "{text}");
        assert_eq!(reading.signature.v().map(V::is_odd), Some(true), "{text}");
    }
    // A decimal number of Python.
    let text = "{\"r\": 115792089237316195423570985008687907852837564279074904382605163141518161494336, \
                \"s\": 1, \"v\": 27}";
    assert_eq!(read_text(text).unwrap()[0].signature.r()[31], 0x40);
    let odd = format!("{{\"r\":\"0xf\",\"yParityAndS\":\"0x91{}\"}}", &s[2..]);
    assert_eq!(read_text(&odd).unwrap()[0].signature.v(), Some(V::Parity(true)));
}

#[test]
fn json_that_says_two_things_or_none_is_refused() {
    for (text, code) in [
        ("{\"r\":\"0x1\",\"v\":27}", "missing-member"),
        ("{\"s\":\"0x1\"}", "missing-member"),
        ("{\"r\":\"12\",\"s\":\"0x1\"}", "bad-member"),
        ("{\"r\":\"0xg\",\"s\":\"0x1\"}", "bad-member"),
        ("{\"r\":\"0x\",\"s\":\"0x1\"}", "bad-member"),
        ("{\"r\":true,\"s\":\"0x1\"}", "bad-member"),
        ("{\"r\":\"0x0\",\"s\":\"0x1\"}", "out-of-range"),
        ("{\"r\":\"0x1\",\"s\":\"0x1\",\"v\":29}", "invalid-v"),
        (
            "{\"r\":\"0x1\",\"s\":\"0x1\",\"v\":27,\"yParity\":1}",
            "contradiction",
        ),
        ("{\"r\":\"0x1\",\"s\":\"0x1\",\"r\":\"0x2\"}", "contradiction"),
        ("{\"r\":1.5,\"s\":\"0x1\"}", "bad-member"),
        ("{\"r\":\"0x1\"", "unknown-encoding"),
        ("{\"Signature\":\"%\"}", "not-base64"),
    ] {
        assert_eq!(codes(text).0, code, "{text}");
    }
    let long = format!("{{\"r\":\"0x1{}\",\"s\":\"0x1\"}}", "0".repeat(64));
    assert_eq!(codes(&long).0, "out-of-range");
}

#[test]
fn other_texts_say_what_was_expected() {
    assert_eq!(codes(""), ("empty", 0));
    assert_eq!(codes("0x"), ("empty", 0));
    assert_eq!(codes("0x123"), ("not-hex", 5));
    assert_eq!(codes("0x12zz"), ("not-hex", 4));
    assert_eq!(codes("no signature"), ("not-base64", 2));
    assert_eq!(codes("0x1234"), ("wrong-length", 0));
    assert_eq!(codes(&format!("0x{}", "11".repeat(66))), ("wrong-length", 0));
}

proptest::proptest! {
    #[test]
    fn any_bytes_and_any_text_are_read_without_a_panic(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..80),
        text in ".{0,80}",
    ) {
        let _ = read_bytes(&bytes);
        let _ = read_text(&text);
        let _ = read_text(&format!("{{\"r\":\"{text}\",\"s\":\"0x1\"}}"));
    }

    #[test]
    fn der_has_one_form(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..12),
        r in 1_u8.., s in 1_u8..,
    ) {
        // What is accepted is what would be written.
        let der = encoding("der").unwrap();
        let mut near = vec![0x30, 6, 2, 1, r & 0x7f, 2, 1, s & 0x7f];
        for (at, byte) in bytes.chunks_exact(2).map(|pair| (usize::from(pair[0]) % 8, pair[1])) {
            near[at] = byte;
        }
        if let Ok(signature) = der.parse(&near) {
            proptest::prop_assert_eq!(der.write(&signature).unwrap(), near);
        }
    }
}

#[test]
fn an_s_of_n_is_out_of_range_and_no_parity() {
    let n = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let error = read_text(&format!("0x{}{n}", "11".repeat(32))).unwrap_err();
    assert_eq!((error.code(), error.offset), ("out-of-range", 32));
}

#[test]
fn a_number_that_is_none_is_shown_and_0x_has_a_small_x() {
    let one = "11".repeat(32);
    for v in ["-1", "27.0", "1e99"] {
        let error = read_text(&format!("{{\"r\":\"0x{one}\",\"s\":\"0x{one}\",\"v\":{v}}}")).unwrap_err();
        assert!(error.to_string().contains(&format!("found {v}")), "{error}");
    }
    let error = read_text(&format!("0X{one}{one}")).unwrap_err();
    assert_eq!((error.code(), error.offset), ("not-hex", 1));
}
