//! Values that are no arrays and no structs: from JSON to 32 bytes.

use super::convention::Convention;
use super::fault;
use super::integer::{self, Fault, Integer, MAX_SAFE};
use super::types::Atomic;
use crate::address::evm::EvmAddress;
use crate::encoding::hex;
use crate::json::{Node, Value};
use crate::signature::message::MessageError;
use crate::signature::message::hashes::keccak256;

const CLAUSE: &str = "EIP-712, definition of encodeData";

/// What a value is, once read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Atom {
    /// A word as it is.
    Word([u8; 32]),
    /// An integer.
    Integer(Integer),
    /// An address, and whether its capitals are a checksum that does not fit.
    Address([u8; 20], bool),
    /// Bytes that are hashed.
    Bytes(Vec<u8>),
}

impl Atom {
    /// encodeData's 32 bytes.
    pub(super) fn word(&self) -> [u8; 32] {
        match self {
            Self::Word(word) => *word,
            Self::Integer(integer) => integer.word(),
            Self::Address(address, _) => {
                let mut word = [0; 32];
                word.split_at_mut(12).1.copy_from_slice(address);
                word
            }
            Self::Bytes(bytes) => keccak256(bytes),
        }
    }
}

fn flag(value: bool) -> Atom {
    let mut word = [0; 32];
    if let Some(last) = word.last_mut() {
        *last = u8::from(value);
    }
    Atom::Word(word)
}

/// Bytes at the left of a word, zeros behind.
fn left(bytes: &[u8]) -> Option<Atom> {
    let mut word = [0; 32];
    word.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(Atom::Word(word))
}

/// Reads a value of an atomic type.
pub(super) fn atom(atomic: Atomic, node: &Node, convention: Convention) -> Result<Atom, MessageError> {
    let found = match atomic {
        Atomic::Bool => boolean(node, convention),
        Atomic::Int { signed, bits } => return number(atomic, signed, bits, node, convention),
        Atomic::Address => return address(node, convention),
        Atomic::String => string(node, convention).map(Atom::Bytes),
        Atomic::Bytes => return bytes(atomic, node, convention).map(Atom::Bytes),
        Atomic::Fixed(length) => return fixed(atomic, usize::from(length), node, convention),
    };
    found.ok_or_else(|| wrong_kind(atomic, node))
}

fn wrong_kind(atomic: Atomic, node: &Node) -> MessageError {
    let hint = match (atomic, &node.value) {
        (Atomic::Bool, Value::String(_)) => " (programs differ: to JavaScript \"false\" is true)",
        _ => "",
    };
    fault(
        "wrong-kind",
        CLAUSE,
        format!(
            "{} stands where {} is expected{hint}",
            node.kind(),
            expected(atomic)
        ),
    )
}

fn expected(atomic: Atomic) -> String {
    match atomic {
        Atomic::Bool => "true or false".to_owned(),
        Atomic::Int { .. } => format!("an integer of {}, a number or a string,", atomic.name()),
        Atomic::Address => "an address, `0x` and 40 hexadecimal digits,".to_owned(),
        Atomic::String => "a string".to_owned(),
        Atomic::Bytes => "bytes, `0x` and hexadecimal digits,".to_owned(),
        Atomic::Fixed(length) => format!("{length} bytes, `0x` and hexadecimal digits,"),
    }
}

fn is_zero_number(digits: &str) -> bool {
    digits.parse::<f64>().is_ok_and(|number| number == 0.0)
}

/// Whether JavaScript and Python take a value for false.
fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(digits) => is_zero_number(digits),
        Value::String(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::Array(_) | Value::Object(_) => false,
    }
}

fn boolean(node: &Node, convention: Convention) -> Option<Atom> {
    match convention {
        Convention::Strict | Convention::Viem => node.as_bool().map(flag),
        Convention::EthAccount => match &node.value {
            // In Python a list or a dict is false where it is empty; with items it is no member of a set.
            Value::Array(items) => items.is_empty().then(|| flag(false)),
            Value::Object(members) => members.is_empty().then(|| flag(false)),
            Value::String(text) => Some(flag(!["", "False", "false", "0"].contains(&text.as_str()))),
            _ => Some(flag(!is_empty(node))),
        },
        _ => Some(flag(!is_empty(node))),
    }
}

fn number(
    atomic: Atomic,
    signed: bool,
    bits: u16,
    node: &Node,
    convention: Convention,
) -> Result<Atom, MessageError> {
    let read = match (&node.value, convention) {
        // `BigInt("")` is 0.
        (Value::String(text), Convention::V3 | Convention::V4 | Convention::Viem) if text.is_empty() => {
            Integer::of_number("0")
        }
        // `BigInt(true)` is 1; eth-sig-util asks for more.
        (Value::Bool(value), Convention::Viem) => Integer::of_number(if *value { "1" } else { "0" }),
        (Value::String(text), _) => Integer::of_text(text),
        (Value::Number(text), Convention::Strict) => Integer::of_number(text),
        (Value::Number(text), Convention::EthAccount) => {
            // Python reads `1.0` and `1e3` as floats, which eth-abi refuses.
            if text.contains(['.', 'e', 'E']) {
                Err(Fault::Fraction)
            } else {
                Integer::of_number(text)
            }
        }
        (Value::Number(text), Convention::Ethers5 | Convention::Ethers6) => {
            // ethers 5 refuses 2^53 - 1 itself.
            Integer::of_double(text).and_then(safe).and_then(|integer| {
                let last = convention == Convention::Ethers5 && integer.magnitude == MAX_SAFE.magnitude;
                if last { Err(Fault::TooLarge) } else { Ok(integer) }
            })
        }
        (Value::Number(text), _) => Integer::of_double(text),
        _ => return Err(wrong_kind(atomic, node)),
    };
    let written = match &node.value {
        Value::Number(text) | Value::String(text) => text.as_str(),
        _ => "",
    };
    let out_of_range = || {
        fault(
            "out-of-range",
            CLAUSE,
            format!("{} is outside the range of {}", shown(written), atomic.name()),
        )
    };
    let integer = read.map_err(|read| match read {
        Fault::TooLarge => out_of_range(),
        Fault::Fraction => fault(
            "bad-integer",
            CLAUSE,
            format!("{} is no integer: {} is expected", shown(written), atomic.name()),
        ),
        Fault::Malformed => fault(
            "bad-integer",
            CLAUSE,
            format!(
                "{} is no integer: decimal digits, or `0x` and hexadecimal ones, are expected for {}",
                shown(written),
                atomic.name()
            ),
        ),
    })?;
    let fits = if signed && convention.is_sig_util() {
        // eth-sig-util checks an intN against 2^N - 1 on both sides; the ABI's int256 stops a negative one.
        integer.bits() <= bits && (!integer.negative || integer.fits(true, 256))
    } else {
        integer.fits(signed, bits)
    };
    if fits {
        Ok(Atom::Integer(integer))
    } else {
        Err(out_of_range())
    }
}

/// Whether a JSON number is past what a double holds exactly.
pub(super) fn is_unsafe(node: &Node) -> bool {
    match &node.value {
        Value::Number(text) => Integer::of_number(text).is_ok_and(|integer| safe(integer).is_err()),
        _ => false,
    }
}

fn safe(integer: Integer) -> Result<Integer, Fault> {
    if integer.magnitude <= MAX_SAFE.magnitude {
        Ok(integer)
    } else {
        Err(Fault::TooLarge)
    }
}

/// A text for a message, cut where it is long.
fn shown(text: &str) -> String {
    if text.chars().count() <= 80 {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(77).collect();
    format!("{start:?}…")
}

fn address(node: &Node, convention: Convention) -> Result<Atom, MessageError> {
    let text = match &node.value {
        Value::String(text) => text.as_str(),
        Value::Number(digits) if convention.is_sig_util() => {
            return unsigned(digits)
                .and_then(|bytes| padded_address(&bytes))
                .ok_or_else(|| wrong_kind(Atomic::Address, node));
        }
        _ => return Err(wrong_kind(Atomic::Address, node)),
    };
    let refused = |words: &str| {
        Err(fault(
            "bad-address",
            CLAUSE,
            format!("{} is no address: {words}", shown(text)),
        ))
    };
    let digits = text.strip_prefix("0x");
    if convention.is_sig_util() {
        let atom = match digits {
            Some(digits) => loose_hex(digits).and_then(|bytes| padded_address(&bytes)),
            None => strange_address(text),
        };
        return atom.map_or_else(|| refused("eth-sig-util refuses it"), Ok);
    }
    let bare = matches!(
        convention,
        Convention::Ethers5 | Convention::Ethers6 | Convention::EthAccount
    );
    let digits = match digits {
        Some(digits) => digits,
        None if bare => text,
        None => return refused("`0x` is missing"),
    };
    if digits.len() != 40 {
        return refused("40 hexadecimal digits are expected after `0x`");
    }
    let Some(bytes) = hex::decode(digits.as_bytes())
        .ok()
        .filter(|decoded| !decoded.prefixed)
        .and_then(|decoded| <[u8; 20]>::try_from(decoded.bytes).ok())
    else {
        return refused("40 hexadecimal digits are expected after `0x`");
    };
    let upper = digits.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower = digits.bytes().any(|byte| byte.is_ascii_lowercase());
    let checksum = EvmAddress(bytes).to_checksum(None);
    let right = checksum.strip_prefix("0x") == Some(digits);
    let accepted = match convention {
        Convention::Strict => true,
        // viem takes all lower case or the checksum, the others all upper case as well.
        Convention::Viem => right || !upper,
        _ => right || !(upper && lower),
    };
    if accepted {
        Ok(Atom::Address(bytes, upper && lower && !right))
    } else {
        refused("its capitals are no EIP-55 checksum")
    }
}

fn padded_address(bytes: &[u8]) -> Option<Atom> {
    let mut address = [0; 20];
    let start = address.len().checked_sub(bytes.len())?;
    address.get_mut(start..)?.copy_from_slice(bytes);
    Some(Atom::Address(address, false))
}

/// eth-sig-util's `reallyStrangeAddressToBytes`: hexadecimal digits, valued in base 10, for an address without `0x`.
fn strange_address(text: &str) -> Option<Atom> {
    // Of 40 characters the value stays below 2^160; longer texts wrap nothing that anybody writes.
    if text.len() > 40 {
        return None;
    }
    let value = integer::horner(text, 10, |character| {
        let base = match character {
            '0'..='9' => 48_u8,
            'A'..='Z' => 55,
            'a'..='z' => 87,
            _ => return None,
        };
        u8::try_from(character).ok()?.checked_sub(base)
    })
    .ok()?;
    let minimal = Integer {
        negative: false,
        magnitude: value,
    }
    .minimal();
    padded_address(&minimal)
}

/// The bytes of an odd or even number of digits, a zero before an odd one; none where there is no digit.
fn loose_hex(digits: &str) -> Option<Vec<u8>> {
    if digits.is_empty() {
        return None;
    }
    let padded = if digits.len().is_multiple_of(2) {
        digits.to_owned()
    } else {
        format!("0{digits}")
    };
    plain_hex(&padded)
}

fn plain_hex(digits: &str) -> Option<Vec<u8>> {
    let decoded = hex::decode(digits.as_bytes()).ok()?;
    (!decoded.prefixed).then_some(decoded.bytes)
}

/// A number that JavaScript writes as bytes: a safe integer, none below zero.
fn unsigned(digits: &str) -> Option<Vec<u8>> {
    let integer = Integer::of_double(digits).and_then(safe).ok()?;
    (!integer.negative).then(|| integer.minimal())
}

/// A number that Python writes as bytes: of any size.
fn python_unsigned(digits: &str) -> Option<Vec<u8>> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain
        .then(|| Integer::of_number(digits).ok())?
        .map(|integer| integer.minimal())
}

fn string(node: &Node, convention: Convention) -> Option<Vec<u8>> {
    match (&node.value, convention) {
        (Value::String(text), _) => Some(text.as_bytes().to_vec()),
        (Value::Number(digits), Convention::V3 | Convention::V4 | Convention::Viem) => unsigned(digits),
        (Value::Number(digits), Convention::EthAccount) => python_unsigned(digits),
        (Value::Bool(value), Convention::Viem | Convention::EthAccount) => Some(vec![u8::from(*value)]),
        // `toUtf8Bytes` walks `str.length` characters, and these have no length.
        (Value::Bool(_) | Value::Number(_), Convention::Ethers5) => Some(Vec::new()),
        _ => None,
    }
}

fn bytes(atomic: Atomic, node: &Node, convention: Convention) -> Result<Vec<u8>, MessageError> {
    let found = match (&node.value, convention) {
        (Value::Bytes(bytes), Convention::Strict) => Some(bytes.clone()),
        (Value::String(text), Convention::Strict | Convention::Ethers5 | Convention::Ethers6) => {
            return strict_hex(text);
        }
        (Value::String(text), Convention::Viem) => match text.strip_prefix("0x") {
            Some("") => Some(Vec::new()),
            Some(digits) => loose_hex(digits),
            None => Some(text.as_bytes().to_vec()),
        },
        (Value::String(text), _) => Some(hex_or_text(text)),
        (Value::Number(digits), Convention::V3 | Convention::V4 | Convention::Ethers5) => unsigned(digits),
        (Value::Number(_), Convention::EthAccount) => python_bytes(node),
        (Value::Bool(value), Convention::EthAccount) => Some(vec![u8::from(*value)]),
        (Value::Array(items), Convention::Ethers5) => items
            .iter()
            .map(|item| item.as_u64().and_then(|byte| u8::try_from(byte).ok()))
            .collect(),
        _ => None,
    };
    found.ok_or_else(|| wrong_kind(atomic, node))
}

/// `isStrictHexString`, and `0x` alone; anything else is its own UTF-8.
fn hex_or_text(text: &str) -> Vec<u8> {
    match text.strip_prefix("0x") {
        Some("") => Some(Vec::new()),
        Some(digits) => loose_hex(digits),
        None => None,
    }
    .unwrap_or_else(|| text.as_bytes().to_vec())
}

fn python_bytes(node: &Node) -> Option<Vec<u8>> {
    match &node.value {
        Value::Number(digits) => match digits.strip_prefix('-') {
            // `if isinstance(value, int) and value < 0: value = 0`
            Some(rest) if rest.bytes().all(|byte| byte.is_ascii_digit()) => Some(vec![0]),
            _ => python_unsigned(digits),
        },
        Value::Bool(value) => Some(vec![u8::from(*value)]),
        _ => None,
    }
}

fn strict_hex(text: &str) -> Result<Vec<u8>, MessageError> {
    let refused = |words: String| {
        Err(fault(
            "bad-hex",
            CLAUSE,
            format!("{} is no bytes: {words}", shown(text)),
        ))
    };
    if !text.starts_with("0x") {
        return refused("`0x` is missing (some programs hash such a text as its own UTF-8)".to_owned());
    }
    match hex::decode(text.as_bytes()) {
        Ok(decoded) => Ok(decoded.bytes),
        Err(error) => refused(error.reason.to_string()),
    }
}

fn fixed(atomic: Atomic, length: usize, node: &Node, convention: Convention) -> Result<Atom, MessageError> {
    let wrong = |found: usize| {
        fault(
            "wrong-length",
            CLAUSE,
            format!("{found} bytes stand where {length} are expected"),
        )
    };
    let exact = |bytes: Vec<u8>| {
        if bytes.len() == length {
            left(&bytes).ok_or_else(|| wrong(bytes.len()))
        } else {
            Err(wrong(bytes.len()))
        }
    };
    match (&node.value, convention) {
        (Value::Bytes(bytes), Convention::Strict) => exact(bytes.clone()),
        (Value::String(text), Convention::Strict | Convention::Ethers5 | Convention::Ethers6) => {
            exact(strict_hex(text)?)
        }
        (Value::String(text), Convention::Viem) => exact(strict_hex(text)?),
        // The type is written `bytes32` whatever N is, so that up to 32 bytes are taken for any of them.
        (Value::String(text), Convention::V3 | Convention::V4) => {
            let bytes = match text.strip_prefix("0x") {
                Some("") => Some(Vec::new()),
                Some(digits) => loose_hex(digits),
                None => None,
            }
            .ok_or_else(|| wrong_kind(atomic, node))?;
            left(&bytes).ok_or_else(|| wrong(bytes.len()))
        }
        (Value::Number(digits), Convention::V3 | Convention::V4) => {
            if digits.starts_with('-') && !is_zero_number(digits) {
                return Ok(Atom::Word([0; 32]));
            }
            Integer::of_double(digits)
                .ok()
                .and_then(|integer| left(&integer.minimal()))
                .ok_or_else(|| wrong_kind(atomic, node))
        }
        (Value::String(_) | Value::Number(_) | Value::Bool(_), Convention::EthAccount) => {
            let bytes = match &node.value {
                Value::String(text) => Some(hex_or_text(text)),
                _ => python_bytes(node),
            }
            .ok_or_else(|| wrong_kind(atomic, node))?;
            left(&bytes)
                .filter(|_| bytes.len() <= length)
                .ok_or_else(|| wrong(bytes.len()))
        }
        (Value::Array(_) | Value::Number(_), Convention::Ethers5) => exact(bytes(atomic, node, convention)?),
        _ => Err(wrong_kind(atomic, node)),
    }
}
