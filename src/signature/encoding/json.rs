//! JSON objects: `{"r", "s", "v"}` with numbers in any of the ways that programs write them, leading zeros stripped or
//! not, `yParity` in the place of v, `yParityAndS` of EIP-2098, and the output of `aws kms sign`.

use super::{Encoding, LIMITS, Reading, eip2098, read_bytes};
use crate::encoding::{base64, hex};
use crate::json::{self, Node, Value};
use crate::signature::{Signature, SignatureError, SignatureErrorKind as Kind, V};

/// The object.
#[derive(Debug)]
pub(super) struct Json;

const SOURCE: &str = "Ethereum JSON-RPC";

impl Encoding for Json {
    fn id(&self) -> &'static str {
        "json"
    }

    fn title(&self) -> &'static str {
        "a JSON object of r, s and v"
    }

    fn source(&self) -> &'static str {
        SOURCE
    }

    fn fits(&self, bytes: &[u8]) -> bool {
        bytes.first() == Some(&b'{')
    }

    fn parse(&self, bytes: &[u8]) -> Result<Signature, SignatureError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            SignatureError::new(Kind::UnknownEncoding, "signature", error.valid_up_to())
                .expected("JSON in UTF-8")
                .found("other bytes")
                .clause("RFC 8259 8.1")
        })?;
        let node = tree(text)?;
        members(&node)
    }

    fn write(&self, signature: &Signature) -> Option<Vec<u8>> {
        let word = |bytes: &[u8; 32]| format!("\"0x{}\"", hex::encode(bytes));
        let v = signature
            .v()
            .map_or_else(String::new, |v| format!(",\"v\":{}", v.number()));
        Some(
            format!(
                "{{\"r\":{},\"s\":{}{v}}}",
                word(signature.r()),
                word(signature.s())
            )
            .into_bytes(),
        )
    }
}

fn tree(text: &str) -> Result<Node, SignatureError> {
    json::parse(text, &LIMITS).map_err(|error| {
        SignatureError::new(Kind::UnknownEncoding, "signature", error.offset)
            .expected("a JSON object")
            .found(error.message)
            .clause("RFC 8259")
    })
}

/// The readings of an object's text.
pub(super) fn parse_text(text: &str) -> Result<Vec<Reading>, SignatureError> {
    parse_node(&tree(text)?)
}

/// The readings of an object: one of r, s and v, or what its `Signature` is.
pub(super) fn parse_node(node: &Node) -> Result<Vec<Reading>, SignatureError> {
    // aws kms sign: base64 of DER.
    if let Some(signature) = node.get("Signature") {
        let bytes = match &signature.value {
            Value::String(text) => base64::decode(text.trim().as_bytes()).map_err(|error| {
                SignatureError::new(
                    Kind::NotBase64,
                    "Signature",
                    signature
                        .span
                        .start
                        .saturating_add(1)
                        .saturating_add(error.offset),
                )
                .expected("base64, as aws kms sign prints it")
                .found(error.reason.to_string())
                .clause("AWS KMS API, Sign")
            })?,
            Value::Bytes(bytes) => bytes.clone(),
            _ => {
                return Err(bad("Signature", signature, "base64 text"));
            }
        };
        return read_bytes(&bytes);
    }
    let signature = members(node)?;
    Ok(vec![Reading {
        encoding: &Json,
        signature,
    }])
}

fn members(node: &Node) -> Result<Signature, SignatureError> {
    if let Some(duplicate) = node.duplicates().first() {
        return Err(
            SignatureError::new(Kind::Contradiction, "signature", duplicate.second.start)
                .expected("each member once")
                .found(format!("a second {}", crate::source::Untrusted(&duplicate.key)))
                .clause("RFC 8259 4"),
        );
    }
    let missing = |field| {
        SignatureError::new(Kind::MissingMember, field, node.span.start)
            .expected("r and s")
            .found(format!("no {field}"))
            .clause(SOURCE)
    };
    let r_node = node.get("r").ok_or_else(|| missing("r"))?;
    let r = number(r_node, "r")?;
    let packed = node.get_any(&["yParityAndS", "_vs", "vs"]);
    let (s_node, signature) = match (node.get("s"), packed) {
        (Some(s_node), _) => (s_node, Signature::new(r, number(s_node, "s")?, None)),
        (None, Some(packed)) => {
            let mut bytes = r.to_vec();
            bytes.extend(number(packed, "yParityAndS")?);
            (packed, eip2098::Eip2098.parse(&bytes))
        }
        (None, None) => return Err(missing("s")),
    };
    let signature = signature.map_err(|error| {
        let at = if error.field == "r" { r_node } else { s_node };
        SignatureError {
            offset: at.span.start,
            ..error
        }
    })?;
    let mut v = signature.v();
    for (name, is_parity) in [
        ("yParity", true),
        ("y_parity", true),
        ("recoveryParam", true),
        ("recid", true),
        ("v", false),
    ] {
        let Some(member) = node.get(name).filter(|member| member.value != Value::Null) else {
            continue;
        };
        let value = small(member, name_of(name))?;
        let read = V::from_number(value)
            .ok()
            .filter(|v| !is_parity || matches!(v, V::Parity(_)))
            .ok_or_else(|| {
                SignatureError::new(Kind::InvalidV, name_of(name), member.span.start)
                    .expected(if is_parity {
                        "0 or 1"
                    } else {
                        "0, 1, 27, 28, or 35 and above in a transaction"
                    })
                    .found(value.to_string())
                    .clause(SOURCE)
            })?;
        if v.is_some_and(|v| v.is_odd() != read.is_odd()) {
            return Err(
                SignatureError::new(Kind::Contradiction, name_of(name), member.span.start)
                    .expected("the parity that the other member says")
                    .found(value.to_string())
                    .clause(SOURCE),
            );
        }
        v = Some(read);
    }
    Ok(signature.with_v(v))
}

fn name_of(name: &str) -> &'static str {
    match name {
        "v" => "v",
        _ => "yParity",
    }
}

fn bad(field: &'static str, node: &Node, expected: &str) -> SignatureError {
    SignatureError::new(Kind::BadMember, field, node.span.start)
        .expected(expected)
        .found(node.kind())
        .clause(SOURCE)
}

/// A number of up to 32 bytes: hexadecimal digits with `0x` of any count, 64 of them without, or decimal digits. What
/// could be either is refused: it would be another number.
fn number(node: &Node, field: &'static str) -> Result<[u8; 32], SignatureError> {
    let expected = "hexadecimal digits with 0x, or 64 without, or decimal digits";
    let (digits, radix, at) = match &node.value {
        Value::Number(text) => (text.as_str(), 10, node.span.start),
        Value::String(text) => {
            let at = node.span.start.saturating_add(1);
            let is_decimal = || text.bytes().all(|byte| byte.is_ascii_digit());
            match text.strip_prefix("0x") {
                Some(digits) => (digits, 16, at.saturating_add(2)),
                None if text.len() == 64 => (text.as_str(), 16, at),
                None if text.len() > 64 && is_decimal() => (text.as_str(), 10, at),
                // A letter says that the digits are hexadecimal ones.
                None if !text.is_empty() && !is_decimal() => (text.as_str(), 16, at),
                None => {
                    return Err(SignatureError::new(Kind::BadMember, field, node.span.start)
                        .expected(expected)
                        .found("digits that may be hexadecimal or decimal")
                        .clause(SOURCE));
                }
            }
        }
        _ => return Err(bad(field, node, expected)),
    };
    parse_digits(digits, radix).map_err(|fault| {
        let (kind, offset, found) = match fault {
            DigitFault::Empty => (Kind::BadMember, 0, "no digit".to_owned()),
            DigitFault::Character(offset, char) => (
                Kind::BadMember,
                offset,
                format!("{}", crate::source::Untrusted(&char.to_string())),
            ),
            DigitFault::TooLarge => (Kind::OutOfRange, 0, "a number of more than 32 bytes".to_owned()),
        };
        SignatureError::new(kind, field, at.saturating_add(offset))
            .expected(expected)
            .found(found)
            .clause(SOURCE)
    })
}

/// What is wrong with digits.
enum DigitFault {
    /// There are none.
    Empty,
    /// Another character, at this offset.
    Character(usize, char),
    /// The number has more than 32 bytes.
    TooLarge,
}

/// The 32 bytes of digits of a radix up to 16, big-endian.
fn parse_digits(digits: &str, radix: u32) -> Result<[u8; 32], DigitFault> {
    if digits.is_empty() {
        return Err(DigitFault::Empty);
    }
    let mut word = [0_u8; 32];
    for (offset, char) in digits.char_indices() {
        let mut carry = char.to_digit(radix).ok_or(DigitFault::Character(offset, char))?;
        for byte in word.iter_mut().rev() {
            let sum = u32::from(*byte).saturating_mul(radix).saturating_add(carry);
            let [carried @ .., low] = sum.to_be_bytes();
            *byte = low;
            let [_, high, middle] = carried;
            carry = u32::from(high) << 8 | u32::from(middle);
        }
        if carry != 0 {
            return Err(DigitFault::TooLarge);
        }
    }
    Ok(word)
}

fn small(node: &Node, field: &'static str) -> Result<u128, SignatureError> {
    let parsed = match &node.value {
        Value::Number(text) => text.parse().ok(),
        Value::String(text) => match text.strip_prefix("0x") {
            Some(digits) if !digits.starts_with('+') => u128::from_str_radix(digits, 16).ok(),
            _ if text.starts_with('+') => None,
            _ => text.parse().ok(),
        },
        Value::Bool(odd) => Some(u128::from(*odd)),
        _ => None,
    };
    parsed.ok_or_else(|| {
        let fault = bad(field, node, "a whole number of at most 38 digits");
        match &node.value {
            Value::Number(text) => fault.found(crate::source::Untrusted(text).to_string()),
            _ => fault,
        }
    })
}
