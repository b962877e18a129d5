//! Members of a record, read as the agents read them.

use super::envelope::{Fault, FaultCode, RawSignature, Remark, Remarks};
use crate::encoding::{hex, number};
use crate::json::Node;
use crate::source::Untrusted;

/// What the one member of these names is; nothing where there is none.
///
/// Of aliases and duplicates the agents' reader takes none: it refuses the file.
pub(super) fn member<'n>(node: &'n Node, names: &[&str]) -> Result<Option<&'n Node>, Fault> {
    let mut found = None;
    for member in node.members() {
        if !names.contains(&member.key.as_str()) {
            continue;
        }
        if found.is_some() {
            return Err(Fault::at(
                FaultCode::DuplicateMember,
                member.key_span.start,
                format!("a second {}: readers differ in which one they take", member.key),
            ));
        }
        found = Some(&member.value);
    }
    Ok(found)
}

/// As [`member`], where it must be there.
pub(super) fn required<'n>(node: &'n Node, names: &[&str]) -> Result<&'n Node, Fault> {
    member(node, names)?.ok_or_else(|| {
        Fault::at(
            FaultCode::MissingMember,
            node.span.start,
            format!("there is no {}", names.first().copied().unwrap_or_default()),
        )
    })
}

fn text<'n>(node: &'n Node, name: &str) -> Result<&'n str, Fault> {
    node.as_str().ok_or_else(|| {
        Fault::at(
            FaultCode::WrongType,
            node.span.start,
            format!("{name} is {}, and not a text", node.kind()),
        )
    })
}

/// A text.
pub(super) fn string(node: &Node, name: &str) -> Result<String, Fault> {
    text(node, name).map(str::to_owned)
}

/// A fixed number of bytes: the exact number of digits, of either case, `0x` or not. White space inside is passed over, as
/// the agents do, and noted.
pub(super) fn bytes<const N: usize>(
    node: &Node,
    name: &str,
    remarks: &mut Remarks,
) -> Result<[u8; N], Fault> {
    let written = text(node, name)?;
    let offset = node.span.start.saturating_add(1);
    let tight: String;
    let mut digits = written;
    if written.bytes().any(|byte| byte.is_ascii_whitespace()) {
        remarks.add(Remark::LooseHex);
        tight = written
            .chars()
            .filter(|char| !char.is_ascii_whitespace())
            .collect();
        digits = &tight;
    }
    let decoded = hex::decode(digits.as_bytes()).map_err(|error| match error.reason {
        hex::HexFault::BadCharacter(char) => Fault::at(
            FaultCode::NotHex,
            offset.saturating_add(error.offset),
            format!("{name}: {} is no hexadecimal digit", Untrusted(&char.to_string())),
        ),
        hex::HexFault::OddDigits => Fault::at(
            FaultCode::WrongLength,
            node.span.start,
            format!(
                "{name} has an odd number of digits, and needs {}",
                N.saturating_mul(2)
            ),
        ),
    })?;
    let count = decoded.bytes.len();
    decoded.bytes.try_into().map_err(|_| {
        Fault::at(
            FaultCode::WrongLength,
            node.span.start,
            format!("{name} has {count} bytes, and needs {N}"),
        )
    })
}

/// A number of up to 256 bits: 1 to 64 digits, odd or even, `0x` or not; leading zeros are stripped by the agents.
pub(super) fn scalar_digits(digits: &str) -> Result<[u8; 32], (FaultCode, usize, String)> {
    let (start, digits) = match digits.strip_prefix("0x") {
        Some(rest) => (2_usize, rest),
        None => (0, digits),
    };
    if digits.is_empty() || digits.len() > 64 {
        return Err((
            FaultCode::WrongLength,
            0,
            format!("has {} digits, and needs 1 to 64", digits.len()),
        ));
    }
    let mut word = [0; 32];
    for (at, char) in digits.char_indices() {
        let digit = char.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let Some(digit) = digit else {
            return Err((
                FaultCode::NotHex,
                at.saturating_add(start),
                format!(
                    "has {}, which is no hexadecimal digit",
                    Untrusted(&char.to_string())
                ),
            ));
        };
        // 64 digits of four bits always fit.
        let _ = number::shift_in(&mut word, 16, digit);
    }
    Ok(word)
}

fn scalar(node: &Node, name: &str) -> Result<[u8; 32], Fault> {
    scalar_digits(text(node, name)?).map_err(|(code, at, words)| {
        let offset = node.span.start.saturating_add(1).saturating_add(at);
        Fault::at(code, offset, format!("{name} {words}"))
    })
}

/// A whole number, as a JSON number.
fn whole(node: &Node, name: &str) -> Result<u64, Fault> {
    use crate::json::Value;
    match &node.value {
        Value::Number(digits) => node.as_u64().ok_or_else(|| {
            Fault::at(
                FaultCode::NumberOutOfRange,
                node.span.start,
                format!(
                    "{name} is {}, and not a whole number of 64 bits",
                    Untrusted(digits)
                ),
            )
        }),
        _ => Err(Fault::at(
            FaultCode::WrongType,
            node.span.start,
            format!("{name} is {}, and not a number", node.kind()),
        )),
    }
}

/// A whole number of 32 bits.
pub(super) fn u32_of(node: &Node, name: &str) -> Result<u32, Fault> {
    let value = whole(node, name)?;
    u32::try_from(value).map_err(|_| {
        Fault::at(
            FaultCode::NumberOutOfRange,
            node.span.start,
            format!("{name} is {value}, above 2^32 - 1"),
        )
    })
}

/// The signature of a record: the object `signature`, or one text of 65 bytes as other readers allow it; and
/// `serialized_signature` beside it.
pub(super) fn signature(record: &Node, remarks: &mut Remarks) -> Result<RawSignature, Fault> {
    let node = required(record, &["signature"])?;
    let signature = if node.is_object() {
        RawSignature {
            r: scalar(required(node, &["r"])?, "r")?,
            s: scalar(required(node, &["s"])?, "s")?,
            v: whole(required(node, &["v"])?, "v")?,
        }
    } else {
        remarks.add(Remark::SignatureAsText);
        let serialized = bytes::<65>(node, "signature", remarks)?;
        RawSignature::of_serialized(&serialized).ok_or_else(|| {
            Fault::at(
                FaultCode::WrongLength,
                node.span.start,
                "signature needs 65 bytes",
            )
        })?
    };
    remarks.extend(signature.remarks());
    match member(record, &["serialized_signature"])? {
        None if node.is_object() => remarks.add(Remark::SerializedMissing),
        None => {}
        Some(serialized) => {
            let mut loose = Remarks::default();
            let same = bytes::<65>(serialized, "serialized_signature", &mut loose)
                .is_ok_and(|bytes| bytes == signature.serialized());
            // The agents do not read it: whatever it is, the record is readable.
            if !same {
                remarks.add(Remark::SerializedDiffers);
            }
        }
    }
    Ok(signature)
}
