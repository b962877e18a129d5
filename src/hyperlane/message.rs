//! A Hyperlane message, and its id: the leaf that the merkle tree gets.

use super::digest::keccak256;

/// Bytes before the body: version 1, nonce 4, origin 4, sender 32, destination 4, recipient 32.
pub const HEADER: usize = 77;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Version; 3 today.
    pub version: u8,
    /// Number of the message at its origin's mailbox.
    pub nonce: u32,
    /// Domain of the origin.
    pub origin: u32,
    /// Who sent it.
    pub sender: [u8; 32],
    /// Domain of the destination.
    pub destination: u32,
    /// Who gets it.
    pub recipient: [u8; 32],
    /// What it says.
    pub body: Vec<u8>,
}

impl Message {
    /// Reads the bytes of a message: `u8 version || u32 nonce || u32 origin || sender, 32 || u32 destination || recipient,
    /// 32 || body`; nothing where there are fewer than 77.
    ///
    /// Source: mono:solidity/contracts/libs/Message.sol.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (nonce, rest) = rest.split_first_chunk::<4>()?;
        let (origin, rest) = rest.split_first_chunk::<4>()?;
        let (sender, rest) = rest.split_first_chunk::<32>()?;
        let (destination, rest) = rest.split_first_chunk::<4>()?;
        let (recipient, body) = rest.split_first_chunk::<32>()?;
        Some(Self {
            version: *version,
            nonce: u32::from_be_bytes(*nonce),
            origin: u32::from_be_bytes(*origin),
            sender: *sender,
            destination: u32::from_be_bytes(*destination),
            recipient: *recipient,
            body: body.to_vec(),
        })
    }

    /// The bytes, as they are dispatched.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER.saturating_add(self.body.len()));
        bytes.push(self.version);
        bytes.extend(self.nonce.to_be_bytes());
        bytes.extend(self.origin.to_be_bytes());
        bytes.extend(self.sender);
        bytes.extend(self.destination.to_be_bytes());
        bytes.extend(self.recipient);
        bytes.extend(&self.body);
        bytes
    }

    /// The id: Keccak-256 of the bytes.
    pub fn id(&self) -> [u8; 32] {
        keccak256(&[&self.bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex;

    #[test]
    fn a_message_is_read_and_written_the_same() {
        let mut bytes = vec![3, 0, 0, 0, 7, 0, 0, 0, 1];
        bytes.extend([0x11; 32]);
        bytes.extend([0xce, 0x4d, 0x12, 0x34]);
        bytes.extend([0x22; 32]);
        bytes.extend(b"hello");
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(
            (
                message.version,
                message.nonce,
                message.origin,
                message.destination
            ),
            (3, 7, 1, 0xce4d_1234)
        );
        assert_eq!(message.body, b"hello");
        assert_eq!(message.bytes(), bytes);
        assert_eq!(message.id(), keccak256(&[&bytes]));
        assert_eq!(Message::parse(&bytes[..76]), None);
        assert_eq!(Message::parse(&bytes[..77]).unwrap().body, b"");
    }

    #[test]
    fn the_id_of_the_public_vector() {
        // mono:vectors/message.json
        let message = Message {
            version: 3,
            nonce: 0,
            origin: 1000,
            sender: super::super::digest::padded(&[0x11; 20]),
            destination: 2000,
            recipient: super::super::digest::padded(&[0x22; 20]),
            body: vec![0x12, 0x34],
        };
        assert_eq!(
            hex::encode(&message.id()),
            "f8a66f8aadee751d842616fee0ed14a3ad6da1e13564920364ee0ad35a02703f"
        );
    }
}
