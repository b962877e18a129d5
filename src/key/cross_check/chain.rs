//! The derivation itself. No line here may use what the first one uses.

use base58ck::Base58CkString;
use bitcoin_hashes::hash160;
use tiny_keccak::{Hasher as _, Keccak};

use super::{Form, Outcome};

/// Written out a second time on purpose: a slip in the other constant must not hide here.
const UNCOMPRESSED: &[u8; 23] =
    b"\x30\x56\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a\x03\x42\x00";
const COMPRESSED: &[u8; 23] =
    b"\x30\x36\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a\x03\x22\x00";

pub(super) fn derive(form: Form<'_>, der: &[u8], allow_compressed: bool) -> Outcome {
    let key = match point(der, allow_compressed) {
        Ok(key) => key,
        Err(why) => return Outcome::Refused(why.to_owned()),
    };
    let ethereum = |key: &secp256k1::PublicKey| -> [u8; 20] {
        let point = key.serialize_uncompressed();
        let hash = keccak(&[point.split_at(1).1]);
        let mut last = [0; 20];
        last.copy_from_slice(hash.split_at(12).1);
        last
    };
    let bitcoin = |key: &secp256k1::PublicKey| hash160::hash(&key.serialize()).to_byte_array();
    Outcome::Address(match form {
        Form::Evm { chain_id } => checksummed(&ethereum(&key), chain_id),
        Form::Tron => base58(b'A', &ethereum(&key)),
        Form::BitcoinP2pkh => base58(0, &bitcoin(&key)),
        Form::Cosmos(prefix) => bech32(prefix, None, &bitcoin(&key)),
        Form::CosmosEth(prefix) => bech32(prefix, None, &ethereum(&key)),
        Form::BitcoinP2wpkh => bech32("bc", Some(0), &bitcoin(&key)),
    })
}

fn point(der: &[u8], allow_compressed: bool) -> Result<secp256k1::PublicKey, &'static str> {
    if let Some(point) = der.strip_prefix(UNCOMPRESSED) {
        let point: [u8; 65] = point.try_into().map_err(|_| "the input is not 88 bytes long")?;
        // libsecp256k1 takes the hybrid forms 06 and 07 too.
        if point.first() != Some(&0x04) {
            return Err("the point does not start with 04");
        }
        return parse(&point);
    }
    let Some(point) = der.strip_prefix(COMPRESSED).filter(|_| allow_compressed) else {
        return Err("the first 23 bytes are not those of a secp256k1 export");
    };
    let point: [u8; 33] = point.try_into().map_err(|_| "the input is not 56 bytes long")?;
    parse(&point)
}

fn parse(point: &[u8]) -> Result<secp256k1::PublicKey, &'static str> {
    secp256k1::PublicKey::from_slice(point).map_err(|_| "libsecp256k1 refuses the point")
}

fn keccak(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Keccak::v256();
    for part in parts {
        hasher.update(part);
    }
    let mut hash = [0; 32];
    hasher.finalize(&mut hash);
    hash
}

fn nibbles(bytes: &[u8]) -> impl Iterator<Item = u8> {
    bytes.iter().flat_map(|byte| [byte / 16, byte % 16])
}

/// Hexadecimal digits with the checksum of EIP-55 or ERC-1191.
fn checksummed(address: &[u8; 20], chain_id: Option<u64>) -> String {
    let lower: String = nibbles(address)
        .filter_map(|nibble| char::from_digit(nibble.into(), 16))
        .collect();
    // ERC-1191 is in use on Rootstock alone (its table of adopters).
    let lead = match chain_id {
        Some(30) => "300x",
        Some(31) => "310x",
        _ => "",
    };
    let checksum = keccak(&[lead.as_bytes(), lower.as_bytes()]);
    let digits = lower.chars().zip(nibbles(&checksum));
    let cased = digits.map(|(digit, nibble)| {
        if nibble > 7 {
            digit.to_ascii_uppercase()
        } else {
            digit
        }
    });
    ['0', 'x'].into_iter().chain(cased).collect()
}

/// Base58check of a version byte and 20 bytes.
fn base58(version: u8, bytes: &[u8; 20]) -> String {
    let data: Vec<u8> = std::iter::once(version).chain(bytes.iter().copied()).collect();
    Base58CkString::encode_unbounded(&data).as_str().to_owned()
}

/// Bech32 as the reference code of BIP-173 makes it: five bits a symbol, then the remainder of a division by the
/// generator. 160 bits are 32 symbols, without padding.
fn bech32(prefix: &str, version: Option<u8>, bytes: &[u8; 20]) -> String {
    const CHARSET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let bits: Vec<u8> = bytes
        .iter()
        .flat_map(|byte| (0..8_u32).rev().map(move |at| (byte >> at) & 1))
        .collect();
    let groups = bits
        .chunks(5)
        .map(|group| group.iter().fold(0, |symbol, bit| symbol * 2 + bit));
    let mut symbols: Vec<u8> = version.into_iter().chain(groups).collect();
    let high = prefix.bytes().map(|byte| byte / 32);
    let low = prefix.bytes().map(|byte| byte % 32);
    let expanded = high.chain(std::iter::once(0)).chain(low);
    let residue = expanded
        .chain(symbols.iter().copied())
        .chain([0; 6])
        .fold(1, polymod)
        ^ 1;
    symbols.extend(
        (0..6_u32)
            .rev()
            .filter_map(|at| u8::try_from((residue >> (5 * at)) % 32).ok()),
    );
    let data = symbols
        .iter()
        .filter_map(|symbol| CHARSET.get(usize::from(*symbol)))
        .map(|byte| char::from(*byte));
    prefix.chars().chain(std::iter::once('1')).chain(data).collect()
}

/// One step of the division (BIP-173, "Checksum").
fn polymod(state: u32, symbol: u8) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let top = state >> 25;
    let shifted = ((state & 0x01ff_ffff) << 5) ^ u32::from(symbol);
    GENERATOR
        .iter()
        .enumerate()
        .filter(|(at, _)| (top >> at) & 1 == 1)
        .fold(shifted, |state, (_, generator)| state ^ generator)
}
