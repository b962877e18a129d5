//! Mistakes in making the 20 bytes: what was hashed, with which hash, which bytes of it were taken, in which order.

use ripemd::Ripemd160;
use sha2::{Digest as _, Sha256};
use sha3::{Keccak256, Sha3_256};

use super::{Code, Explanation, explain};
use crate::address::payload::hash160;
use crate::address::{Claimed, Payload, PayloadKind, PublicKey};
use crate::encoding::{base64, hex};

/// What was hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Xy,
    Uncompressed,
    Compressed,
    Der,
    X,
    Y,
    Yx,
    LittleEndian,
    AllReversed,
    /// Text instead of bytes: of what, and in which form.
    Text(&'static str, Form),
}

/// A form of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Hex,
    UpperHex,
    PrefixedHex,
    Base64,
    Base64Line,
    Pem,
}

impl Form {
    fn words(self) -> &'static str {
        match self {
            Self::Hex => "hexadecimal text",
            Self::UpperHex => "hexadecimal text in capitals",
            Self::PrefixedHex => "hexadecimal text with 0x",
            Self::Base64 => "base64 text",
            Self::Base64Line => "base64 text with its line end",
            Self::Pem => "PEM text",
        }
    }
}

/// The hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Keccak256,
    Sha3,
    Sha256,
    Hash160,
    Ripemd160,
}

impl Hash {
    const ALL: [Self; 5] = [
        Self::Keccak256,
        Self::Sha3,
        Self::Sha256,
        Self::Hash160,
        Self::Ripemd160,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Keccak256 => "Keccak-256",
            Self::Sha3 => "SHA3-256",
            Self::Sha256 => "SHA-256",
            Self::Hash160 => "HASH160",
            Self::Ripemd160 => "RIPEMD-160 alone",
        }
    }

    /// The parts of 20 bytes that can be taken of the hash.
    fn parts(self, bytes: &[u8]) -> Vec<(Part, [u8; 20])> {
        let long: [u8; 32] = match self {
            Self::Keccak256 => Keccak256::digest(bytes).into(),
            Self::Sha3 => Sha3_256::digest(bytes).into(),
            Self::Sha256 => Sha256::digest(bytes).into(),
            Self::Hash160 => return vec![(Part::Whole, hash160(bytes))],
            Self::Ripemd160 => return vec![(Part::Whole, Ripemd160::digest(bytes).into())],
        };
        let first = long.first_chunk::<20>().map(|part| (Part::First, *part));
        let last = long.last_chunk::<20>().map(|part| (Part::Last, *part));
        last.into_iter().chain(first).collect()
    }
}

/// Which bytes of the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Last,
    First,
}

/// One way to make 20 bytes.
#[derive(Debug, Clone, Copy)]
struct Way {
    input: Input,
    hash: Hash,
    part: Part,
    reversed: bool,
}

/// Each way that makes the claim's bytes, as what it does differently from the right one.
pub(super) fn found(claimed: &Claimed, key: &PublicKey, own: &[Payload]) -> Vec<Explanation> {
    let kinds: Vec<PayloadKind> = claimed.payloads().map(|payload| payload.kind).collect();
    let mut found = Vec::new();
    for (input, bytes) in inputs(key) {
        for hash in Hash::ALL {
            for (part, made) in hash.parts(&bytes) {
                // What is right for another scheme is said as such.
                if own.iter().any(|own| own.bytes == made) && made == claimed.payload {
                    continue;
                }
                let mut backwards = made;
                backwards.reverse();
                for (reversed, made) in [(false, made), (true, backwards)] {
                    if made == claimed.payload {
                        let way = Way {
                            input,
                            hash,
                            part,
                            reversed,
                        };
                        found.extend(nearest(way, &kinds));
                    }
                }
            }
        }
    }
    found
}

/// The mistakes of a way, compared with the scheme from which it differs least.
fn nearest(way: Way, kinds: &[PayloadKind]) -> Option<Explanation> {
    let mistakes = kinds
        .iter()
        .map(|kind| way.mistakes(*kind))
        .min_by_key(Vec::len)?;
    let code = match mistakes.as_slice() {
        [(code, _)] => *code,
        _ => Code::SeveralMistakes,
    };
    let words: Vec<String> = mistakes.into_iter().map(|(_, words)| words).collect();
    Some(explain(
        code,
        format!("it is what this key gives when {}", words.join(", and ")),
    ))
}

impl Way {
    fn mistakes(self, kind: PayloadKind) -> Vec<(Code, String)> {
        let mut mistakes = Vec::new();
        let (input, hash) = match kind {
            PayloadKind::Evm20 => (Input::Xy, Hash::Keccak256),
            PayloadKind::Hash160 => (Input::Compressed, Hash::Hash160),
        };
        let instead = match kind {
            PayloadKind::Evm20 => "X and Y",
            PayloadKind::Hash160 => "the compressed point",
        };
        if self.input != input {
            let (code, what) = self.input.mistake();
            mistakes.push((code, format!("{what} instead of {instead}")));
        }
        if self.hash != hash {
            let code = match (self.hash, hash) {
                (Hash::Sha3, Hash::Keccak256) => Code::Sha3InsteadOfKeccak,
                _ => Code::AnotherHash,
            };
            let which = match (self.part, hash) {
                (Part::Last, Hash::Hash160) => ", the last 20 bytes of it,",
                _ => "",
            };
            let words = format!("{}{which} is used instead of {}", self.hash.name(), hash.name());
            mistakes.push((code, words));
        }
        if self.part == Part::First {
            let words = match kind {
                PayloadKind::Evm20 => "the first 20 bytes of the hash are taken instead of the last",
                PayloadKind::Hash160 => "the first 20 bytes of the hash are taken",
            };
            mistakes.push((Code::First20Bytes, words.to_owned()));
        }
        if self.reversed {
            let words = "the 20 bytes are written in reverse order".to_owned();
            mistakes.push((Code::ReversedAddress, words));
        }
        mistakes
    }
}

impl Input {
    fn mistake(self) -> (Code, String) {
        let (code, what) = match self {
            Self::Xy => (Code::HashedXAndY, "X and Y are hashed"),
            Self::Uncompressed => (
                Code::HashedUncompressedPoint,
                "the 65 bytes of the uncompressed point, with the prefix 04, are hashed",
            ),
            Self::Compressed => (
                Code::HashedCompressedPoint,
                "the 33 bytes of the compressed point are hashed",
            ),
            Self::Der => (Code::HashedDer, "the whole DER (88 bytes) is hashed"),
            Self::X => (Code::HashedXOnly, "X alone is hashed"),
            Self::Y => (Code::HashedYOnly, "Y alone is hashed"),
            Self::Yx => (Code::HashedSwappedCoordinates, "Y and X are hashed in this order"),
            Self::LittleEndian => (
                Code::HashedLittleEndian,
                "X and Y are hashed with the bytes of each in reverse (little-endian) order",
            ),
            Self::AllReversed => (
                Code::HashedLittleEndian,
                "the 64 bytes of X and Y are hashed in reverse order",
            ),
            Self::Text(what, form) => {
                return (
                    Code::HashedText,
                    format!("the {} of {what} is hashed", form.words()),
                );
            }
        };
        (code, what.to_owned())
    }
}

/// Everything that people hash.
fn inputs(key: &PublicKey) -> Vec<(Input, Vec<u8>)> {
    let xy = key.xy();
    let (x, y) = xy.split_at(32);
    let reversed = |bytes: &[u8]| bytes.iter().rev().copied().collect::<Vec<u8>>();
    let (point, short, der) = (key.uncompressed(), key.compressed(), key.spki_der());
    let mut inputs = vec![
        (Input::Xy, xy.to_vec()),
        (Input::Uncompressed, point.to_vec()),
        (Input::Compressed, short.to_vec()),
        (Input::Der, der.to_vec()),
        (Input::X, x.to_vec()),
        (Input::Y, y.to_vec()),
        (Input::Yx, [y, x].concat()),
        (Input::LittleEndian, [reversed(x), reversed(y)].concat()),
        (Input::AllReversed, reversed(&xy)),
    ];
    let texts: [(&'static str, &[u8]); 5] = [
        ("X and Y", &xy),
        ("the uncompressed point", &point),
        ("the compressed point", &short),
        ("the DER", &der),
        ("X", x),
    ];
    for (what, bytes) in texts {
        let digits = hex::encode(bytes);
        let mut add = |form, text: String| inputs.push((Input::Text(what, form), text.into_bytes()));
        add(Form::UpperHex, digits.to_ascii_uppercase());
        add(Form::PrefixedHex, format!("0x{digits}"));
        add(Form::Hex, digits);
        let line = base64::encode(bytes);
        if what == "the DER" {
            add(Form::Pem, pem(&line));
            add(Form::Base64Line, format!("{line}\n"));
        }
        add(Form::Base64, line);
    }
    inputs
}

/// PEM of one base64 line (RFC 7468: 64 characters a line).
fn pem(base64: &str) -> String {
    let (first, rest) = base64.split_at_checked(64).unwrap_or((base64, ""));
    format!("-----BEGIN PUBLIC KEY-----\n{first}\n{rest}\n-----END PUBLIC KEY-----\n")
}
