//! Bytes that are no signed Ethereum transaction, by name, so that the error can say what they are.

use super::fields::typed;
use super::rlp;
use crate::signature::message::MessageError;

/// Types of other chains and of drafts, and what is known of them.
const TYPES: &[(u8, &str)] = &[
    (
        0x00,
        "no type: EIP-2718 leaves 0 to legacy transactions, which have no such byte",
    ),
    (
        0x06,
        "a frame transaction (EIP-8141, a draft), whose signatures this program does not read",
    ),
    (0x64, "Arbitrum's deposit, which nobody signs"),
    (0x65, "Arbitrum's unsigned transaction"),
    (0x66, "Arbitrum's contract transaction, which nobody signs"),
    (0x68, "Arbitrum's retry, which nobody signs"),
    (0x69, "Arbitrum's retryable ticket, which nobody signs"),
    (0x6a, "Arbitrum's internal transaction, which nobody signs"),
    (
        0x71,
        "ZKsync's EIP-712 transaction, which is signed as typed data",
    ),
    (
        0x78,
        "Arbitrum's wrapped legacy transaction, or an envelope of Kaia",
    ),
    (0x7a, "Celo's transaction of CIP-66"),
    (0x7b, "Celo's transaction of CIP-64"),
    (0x7c, "Celo's transaction of CIP-42"),
    (
        0x7e,
        "a deposit of the OP Stack or a message of Scroll from layer 1, which nobody signs",
    ),
    (0x7f, "Polygon's transfer of state, which nobody signs"),
];

/// Bytes with a type that is not one of Ethereum's.
pub(super) fn unknown_type(bytes: &[u8], byte: u8) -> MessageError {
    let message = match TYPES.iter().find(|(known, _)| *known == byte) {
        // Before the names: the digits of a legacy transaction begin with `f`, which is 0x66.
        _ if is_hexadecimal(bytes) => {
            "the bytes are the text of hexadecimal digits, not what the digits say".to_owned()
        }
        Some((_, name)) => format!("the type {byte:#04x} is {name}"),
        None => {
            format!("there is no signed Ethereum transaction of the type {byte:#04x}: 0x01 to 0x04 are known")
        }
    };
    MessageError::new("unknown-transaction-type", "EIP-2718", message).at(0)
}

fn is_hexadecimal(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii();
    let digits = text
        .strip_prefix(b"0x")
        .or_else(|| text.strip_prefix(b"0X"))
        .unwrap_or(text);
    text.len() > 1 && digits.iter().all(u8::is_ascii_hexdigit)
}

/// Bytes that are an RLP string, as typed transactions are in a block's body and between nodes.
pub(super) fn wrapped(bytes: &[u8]) -> MessageError {
    let inner = rlp::header(bytes, 0, bytes.len(), true).ok();
    let message = match inner.and_then(|item| Some((item, item.content().first().copied()?))) {
        Some((item, byte)) if typed(byte).is_some() => format!(
            "this is an RLP string around a transaction of the type {byte:#04x}, as it stands in the body of a block: \
             the transaction itself is the {} bytes from offset {} on",
            item.content().len(),
            item.start
        ),
        _ => "this is an RLP string: a transaction is a list, or begins with the byte of its type".to_owned(),
    };
    MessageError::new("wrapped-transaction", "EIP-2718", message).at(0)
}
