//! The digests that are signed, byte by byte.
//!
//! All hashes are Keccak-256. `u32` is 4 bytes, big-endian; an address of a contract is 32 bytes, an address of 20 bytes
//! (EVM, Tron) having 12 zero bytes before it; a text is its UTF-8 bytes, without a length and without an end.

/// The tag of checkpoints; before 2023-01-27 also that of announcements.
pub const CHECKPOINT_TAG: &str = "HYPERLANE";

/// The tag of announcements since mono:#1674.
pub const ANNOUNCEMENT_TAG: &str = "HYPERLANE_ANNOUNCEMENT";

/// The tag of a relayer's authentication towards an off-chain lookup server.
pub const OFFCHAIN_LOOKUP_TAG: &str = "HYPERLANE_OFFCHAINLOOKUP";

/// Keccak-256.
pub(crate) fn keccak256(parts: &[&[u8]]) -> [u8; 32] {
    use sha3::Digest as _;
    let mut hash = sha3::Keccak256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// An address of 20 bytes as a contract's 32: 12 zero bytes before it.
pub fn padded(address: &[u8; 20]) -> [u8; 32] {
    let mut word = [0; 32];
    word.split_at_mut(12).1.copy_from_slice(address);
    word
}

/// The 20 bytes of an address that has 12 zero bytes before it.
pub fn unpadded(word: &[u8; 32]) -> Option<[u8; 20]> {
    let (head, tail) = word.split_first_chunk::<12>()?;
    (*head == [0; 12]).then(|| tail.try_into().ok()).flatten()
}

/// `keccak( u32(domain) || contract, 32 bytes || tag )`.
///
/// For a checkpoint the contract is the merkle tree hook, for an announcement the mailbox.
/// Source: mono:rust/main/hyperlane-core/src/utils.rs, mono:solidity/contracts/libs/CheckpointLib.sol.
pub fn domain_hash(domain: u32, contract: &[u8; 32], tag: &str) -> [u8; 32] {
    keccak256(&[&domain.to_be_bytes(), contract, tag.as_bytes()])
}

/// What a checkpoint's signature is over, before EIP-191: `keccak( domain hash, 32 || root, 32 || u32(index) || message
/// id, 32 )`, 100 bytes; without the message id 68, as it was before 2023-05-25.
///
/// Source: `mono:rust/main/hyperlane-core/src/types/checkpoint.rs`.
pub fn checkpoint_hash(
    domain_hash: &[u8; 32],
    root: &[u8; 32],
    index: u32,
    message_id: Option<&[u8; 32]>,
) -> [u8; 32] {
    let index = index.to_be_bytes();
    match message_id {
        Some(id) => keccak256(&[domain_hash, root, &index, id]),
        None => keccak256(&[domain_hash, root, &index]),
    }
}

/// A checkpoint of November 2022, whose index still had 32 bytes: `keccak( domain hash, 32 || root, 32 || 28 zero bytes ||
/// u32(index) )`.
///
/// Source: mono:#1394, which ended it.
pub fn wide_index_hash(domain_hash: &[u8; 32], root: &[u8; 32], index: u32) -> [u8; 32] {
    keccak256(&[domain_hash, root, &[0; 28], &index.to_be_bytes()])
}

/// What an announcement's signature is over, before EIP-191: `keccak( domain hash, 32 || storage location, UTF-8 )`.
///
/// Source: mono:rust/main/hyperlane-core/src/types/announcement.rs,
/// mono:solidity/contracts/isms/multisig/ValidatorAnnounce.sol.
pub fn announcement_hash(domain_hash: &[u8; 32], location: &[u8]) -> [u8; 32] {
    keccak256(&[domain_hash, location])
}

/// What a relayer's signature for an off-chain lookup is over, before EIP-191: `keccak( "HYPERLANE_OFFCHAINLOOKUP" ||
/// sender, 20 || call data || URL template, UTF-8 )`. There is no domain in it: it counts on every chain.
///
/// Source: `mono:rust/main/agents/relayer/src/msg/metadata/ccip_read/mod.rs`.
pub fn offchain_lookup_hash(sender: &[u8; 20], call_data: &[u8], url_template: &str) -> [u8; 32] {
    keccak256(&[
        OFFCHAIN_LOOKUP_TAG.as_bytes(),
        sender,
        call_data,
        url_template.as_bytes(),
    ])
}

/// EIP-191 over a hash: `keccak( 0x19 || "Ethereum Signed Message:\n32" || hash, 32 )`. This is what KMS signs.
///
/// Source: EIP-191 version 0x45, mono:rust/main/hyperlane-core/src/traits/signing.rs.
pub fn signed_digest(hash: &[u8; 32]) -> [u8; 32] {
    keccak256(&[b"\x19Ethereum Signed Message:\n32", hash])
}

/// The same by the crate's own scheme of messages, for tests that hold one to the other.
#[cfg(test)]
fn by_scheme(hash: &[u8; 32]) -> Option<[u8; 32]> {
    use crate::signature::message::{Material, scheme};
    scheme("eip191")?.digest(&Material::Bytes(hash)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex;
    use tiny_keccak::{Hasher as _, Keccak};

    /// Keccak-256 by another program.
    fn keccak(bytes: &[u8]) -> [u8; 32] {
        let mut hash = Keccak::v256();
        hash.update(bytes);
        let mut out = [0; 32];
        hash.finalize(&mut out);
        out
    }

    fn bytes<const N: usize>(digits: &str) -> [u8; N] {
        hex::decode(digits.as_bytes()).unwrap().bytes.try_into().unwrap()
    }

    /// Ethereum, Hyperlane v3: the contracts of the public registry.
    const HOOK: &str = "48e6c30B97748d1e2e03bf3e9FbE3890ca5f8CCA";
    const MAILBOX: &str = "c005dc82818d67AF737725bD4bf75435d065D239";

    #[test]
    fn the_domain_hashes_of_ethereum_are_the_known_ones() {
        assert_eq!(
            hex::encode(&domain_hash(1, &padded(&bytes(HOOK)), CHECKPOINT_TAG)),
            "e72749507a7df2f782a2f07eec7023f375b2637a92a146338a70dee1e962416f"
        );
        assert_eq!(
            hex::encode(&domain_hash(1, &padded(&bytes(MAILBOX)), ANNOUNCEMENT_TAG)),
            "c0416d381ceb044cb368d557a800b95f45c5a3622ddc62767bbf0e58a5e38868"
        );
    }

    #[test]
    fn preimages_have_these_bytes_in_this_order() {
        let hash = [1; 32];
        let mut preimage = Vec::new();
        preimage.extend([1; 32]);
        preimage.extend([2; 32]);
        preimage.extend([0x00, 0x01, 0x02, 0x03]);
        assert_eq!(
            checkpoint_hash(&hash, &[2; 32], 0x0001_0203, None),
            keccak(&preimage)
        );
        preimage.extend([3; 32]);
        assert_eq!(preimage.len(), 100);
        assert_eq!(
            checkpoint_hash(&hash, &[2; 32], 0x0001_0203, Some(&[3; 32])),
            keccak(&preimage)
        );
        let mut wide = [[1; 32], [2; 32]].concat();
        wide.extend([0; 28]);
        wide.extend([0x00, 0x01, 0x02, 0x03]);
        assert_eq!(wide_index_hash(&hash, &[2; 32], 0x0001_0203), keccak(&wide));
        assert_eq!(
            announcement_hash(&hash, "s3://b/eu-west-1".as_bytes()),
            keccak(&[&[1; 32][..], b"s3://b/eu-west-1"].concat())
        );
        assert_eq!(
            offchain_lookup_hash(&[9; 20], &[0xca, 0x11], "https://x/{data}"),
            keccak(
                &[
                    b"HYPERLANE_OFFCHAINLOOKUP",
                    &[9; 20][..],
                    &[0xca, 0x11],
                    b"https://x/{data}"
                ]
                .concat()
            )
        );
        assert_eq!(
            domain_hash(0xce4d_1234, &[7; 32], "HYPERLANE"),
            keccak(&[&[0xce, 0x4d, 0x12, 0x34][..], &[7; 32], b"HYPERLANE"].concat())
        );
    }

    #[test]
    fn what_kms_signs_is_eip_191_of_the_hash() {
        for byte in [0, 1, 0x80, 0xff] {
            let hash = [byte; 32];
            assert_eq!(Some(signed_digest(&hash)), by_scheme(&hash));
        }
    }

    #[test]
    fn before_its_own_tag_an_announcement_could_be_a_checkpoint() {
        // A location of 36 bytes under the old tag has the preimage of a checkpoint without a message id (mono:#1674).
        let hash = domain_hash(5, &[4; 32], CHECKPOINT_TAG);
        let location = [[b'a'; 32].to_vec(), vec![b'b'; 4]].concat();
        assert_eq!(
            announcement_hash(&hash, &location),
            checkpoint_hash(&hash, &[b'a'; 32], u32::from_be_bytes([b'b'; 4]), None)
        );
    }

    #[test]
    fn an_address_of_twenty_bytes_is_padded_on_the_left() {
        let word = padded(&[7; 20]);
        assert_eq!(word, [[0; 12].to_vec(), vec![7; 20]].concat()[..]);
        assert_eq!(unpadded(&word), Some([7; 20]));
        assert_eq!(unpadded(&[1; 32]), None);
    }
}
