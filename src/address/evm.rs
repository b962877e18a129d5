//! Ethereum and the chains like it: the last 20 bytes of Keccak-256(X || Y).
//!
//! Written as 40 hexadecimal digits after `0x`, the case of the letters being a checksum: EIP-55, or ERC-1191 on the
//! chains that adopted it, where the chain id goes into the checksum.

use std::fmt;

use sha3::{Digest as _, Keccak256};

use super::{AddressScheme, Checksum, ClaimError, Claimed, MalformedReason, Options, PayloadKind};
use crate::encoding::hex;
use crate::key::cross_check::{self, Form, Outcome};
use crate::key::{PublicKey, spki};

/// Chain ids whose addresses carry the checksum of ERC-1191 (the list of adopters in ERC-1191): Rootstock and its test
/// network.
pub const ERC1191_CHAINS: &[u64] = &[30, 31];

const DIGITS: usize = 40;

/// A 20-byte address. Shown with `0x` and the EIP-55 checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvmAddress(pub [u8; 20]);

impl EvmAddress {
    /// The address of a key: the last 20 bytes of Keccak-256 over X and Y.
    pub fn of(key: &PublicKey) -> Self {
        let hash: [u8; 32] = Keccak256::digest(key.xy()).into();
        let mut address = [0; 20];
        address.copy_from_slice(hash.split_at(12).1);
        Self(address)
    }

    /// The 20 bytes of a text that has the form of an address, whatever its letters' case says: for comparing addresses
    /// that are judged elsewhere.
    pub fn from_digits(text: &str) -> Option<Self> {
        let digits = text.trim();
        let digits = digits
            .strip_prefix("0x")
            .or_else(|| digits.strip_prefix("0X"))
            .unwrap_or(digits);
        Some(Self(hex::decode(digits.as_bytes()).ok()?.bytes.try_into().ok()?))
    }

    /// True for the zero address, which nobody has the key of.
    pub fn is_zero(&self) -> bool {
        self.0 == [0; 20]
    }

    /// The address with the EIP-55 checksum, or, for a chain of [`ERC1191_CHAINS`], with that of ERC-1191.
    pub fn to_checksum(&self, chain_id: Option<u64>) -> String {
        let lower = hex::encode(&self.0);
        let mut hasher = Keccak256::new();
        if let Some(chain_id) = erc1191(chain_id) {
            hasher.update(format!("{chain_id}0x"));
        }
        hasher.update(&lower);
        let hash: [u8; 32] = hasher.finalize().into();
        let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
        let mut text = String::with_capacity(DIGITS.saturating_add(2));
        text.push_str("0x");
        text.extend(lower.chars().zip(nibbles).map(|(digit, nibble)| {
            if nibble >= 8 {
                digit.to_ascii_uppercase()
            } else {
                digit
            }
        }));
        text
    }
}

impl fmt::Display for EvmAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_checksum(None))
    }
}

fn erc1191(chain_id: Option<u64>) -> Option<u64> {
    chain_id.filter(|id| ERC1191_CHAINS.contains(id))
}

/// The scheme `evm`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evm;

impl AddressScheme for Evm {
    fn id(&self) -> &'static str {
        "evm"
    }

    fn title(&self) -> &'static str {
        "Ethereum and other EVM chains"
    }

    fn kind(&self) -> PayloadKind {
        PayloadKind::Evm20
    }

    fn write(&self, payload: &[u8; 20], options: &Options) -> Option<String> {
        Some(EvmAddress(*payload).to_checksum(options.chain_id))
    }

    fn second(&self, spki_der: &[u8], encoding: spki::Options, options: &Options) -> Outcome {
        cross_check::derive(
            Form::Evm {
                chain_id: options.chain_id,
            },
            spki_der,
            encoding.allow_compressed,
        )
    }

    /// 40 hexadecimal digits, with or without `0x`. Letters of both cases must satisfy EIP-55, or ERC-1191 where the
    /// options name a chain of [`ERC1191_CHAINS`]; letters of one case carry no checksum.
    fn parse_claim(&self, text: &str, options: &Options) -> Result<Claimed, ClaimError> {
        let (digits, start) = split_prefix(text)?;
        check_digits(digits, start)?;
        let payload: [u8; 20] = hex::decode(digits.as_bytes())
            .ok()
            .and_then(|decoded| decoded.bytes.try_into().ok())
            .ok_or(malformed(
                start,
                MalformedReason::TooShort { digits: digits.len() },
            ))?;
        let canonical = EvmAddress(payload).to_checksum(options.chain_id);
        let lower = digits.bytes().any(|byte| byte.is_ascii_lowercase());
        let upper = digits.bytes().any(|byte| byte.is_ascii_uppercase());
        let claimed = Claimed {
            schemes: &["evm"],
            canonical,
            payload,
            prefixed: start > 0,
            checksum: match (lower, upper) {
                (true, false) => Checksum::AbsentLower,
                (false, true) => Checksum::AbsentUpper,
                (false, false) => Checksum::AbsentNoLetters,
                (true, true) if erc1191(options.chain_id).is_some() => Checksum::Erc1191,
                (true, true) => Checksum::Eip55,
            },
            prefix: None,
        };
        let right = claimed.canonical.bytes().skip(2);
        let differs = digits
            .bytes()
            .zip(right)
            .position(|(found, right)| found != right)
            .filter(|_| lower && upper);
        match differs {
            Some(at) => Err(ClaimError::WrongChecksum {
                claimed: Box::new(claimed),
                offset: at.saturating_add(start),
            }),
            None => Ok(claimed),
        }
    }
}

fn malformed(offset: usize, reason: MalformedReason) -> ClaimError {
    ClaimError::Malformed { offset, reason }
}

fn split_prefix(text: &str) -> Result<(&str, usize), ClaimError> {
    if text.starts_with("0X") {
        return Err(malformed(1, MalformedReason::UpperCasePrefix));
    }
    Ok(text.strip_prefix("0x").map_or((text, 0), |digits| (digits, 2)))
}

/// Reports the first character that is no digit, or is one too many.
fn check_digits(digits: &str, start: usize) -> Result<(), ClaimError> {
    for (at, found) in digits.char_indices() {
        let reason = if !found.is_ascii_hexdigit() {
            reason_for(found)
        } else if at >= DIGITS {
            MalformedReason::TooLong
        } else {
            continue;
        };
        return Err(malformed(start.saturating_add(at), reason));
    }
    if digits.len() < DIGITS {
        let reason = MalformedReason::TooShort { digits: digits.len() };
        return Err(malformed(start.saturating_add(digits.len()), reason));
    }
    Ok(())
}

fn reason_for(found: char) -> MalformedReason {
    if is_blank(found) {
        return MalformedReason::Whitespace;
    }
    match lookalike(found) {
        Some(like) => MalformedReason::Lookalike { found, like },
        None => MalformedReason::BadCharacter(found),
    }
}

/// True for white space and for what shows nothing at all: the zero-width space and joiners, the word joiner and the byte
/// order mark.
pub(super) fn is_blank(found: char) -> bool {
    found.is_whitespace() || matches!(found, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// The hexadecimal digit, or the prefix's x, that a reader would take `found` for: Latin letters and those of the Greek
/// (0370 to 03ff) and Cyrillic (0400 to 052f) alphabets. Written as numbers, since nobody could tell the letters apart.
fn lookalike(found: char) -> Option<char> {
    Some(match found {
        'O' | 'o' | '\u{41e}' | '\u{43e}' | '\u{39f}' | '\u{3bf}' => '0',
        'l' | 'I' | '\u{406}' | '\u{456}' | '\u{399}' | '|' => '1',
        '\u{430}' | '\u{251}' | '\u{3b1}' => 'a',
        '\u{410}' | '\u{391}' => 'A',
        '\u{412}' | '\u{392}' => 'B',
        '\u{42c}' | '\u{44c}' => 'b',
        '\u{441}' | '\u{3f2}' => 'c',
        '\u{421}' | '\u{3f9}' => 'C',
        '\u{501}' => 'd',
        '\u{435}' | '\u{454}' => 'e',
        '\u{415}' | '\u{395}' => 'E',
        '\u{192}' => 'f',
        '\u{3dc}' => 'F',
        '\u{445}' | '\u{425}' | '\u{3c7}' | '\u{d7}' => 'x',
        '\u{417}' | '\u{437}' => '3',
        '\u{431}' => '6',
        // Full-width forms stand at a fixed distance from ASCII.
        '\u{ff01}'..='\u{ff5e}' => {
            let ascii = u32::from(found).checked_sub(0xfee0).and_then(char::from_u32)?;
            return (ascii.is_ascii_hexdigit() || ascii == 'x').then_some(ascii);
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::tests::g;

    const OF_G: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";

    fn parse(text: &str) -> Result<Claimed, ClaimError> {
        Evm.parse_claim(text, &Options::new())
    }

    fn fault(text: &str) -> (usize, MalformedReason) {
        match parse(text).expect_err("refused") {
            ClaimError::Malformed { offset, reason } => (offset, reason),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn the_address_of_the_private_key_one_is_the_known_one() {
        assert_eq!(EvmAddress::of(&g()).to_string(), OF_G);
        assert_eq!(Evm.derive(&g(), &Options::new()).as_deref(), Some(OF_G));
        assert!(!EvmAddress::of(&g()).is_zero() && EvmAddress([0; 20]).is_zero());
    }

    #[test]
    fn a_claim_with_the_right_checksum_is_the_address() {
        let claim = parse(OF_G).expect("right");
        assert_eq!(claim.evm(), Some(EvmAddress::of(&g())));
        assert_eq!(
            (claim.canonical.as_str(), claim.prefixed, claim.checksum),
            (OF_G, true, Checksum::Eip55)
        );
        assert!(!parse(&OF_G[2..]).expect("right").prefixed);
    }

    #[test]
    fn letters_of_one_case_carry_no_checksum_and_that_is_said() {
        let lower = parse(&OF_G.to_lowercase()).expect("no checksum");
        assert_eq!(
            (lower.checksum, lower.canonical.as_str()),
            (Checksum::AbsentLower, OF_G)
        );
        let upper = parse(&OF_G[2..].to_uppercase()).expect("no checksum");
        assert_eq!(upper.checksum, Checksum::AbsentUpper);
        assert_eq!(
            parse(&"0".repeat(40)).expect("zero").checksum,
            Checksum::AbsentNoLetters
        );
        assert!(!lower.checksum.is_present());
    }

    #[test]
    fn a_wrong_case_is_its_own_error_with_the_right_text_and_the_place() {
        let wrong = OF_G.replace("Df", "df");
        assert_ne!(wrong, OF_G);
        assert_eq!(
            parse(&wrong),
            Err(ClaimError::WrongChecksum {
                claimed: Box::new(parse(OF_G).expect("right")),
                offset: wrong.find("dfC").expect("there")
            })
        );
    }

    #[test]
    fn the_chain_id_counts_on_the_chains_that_adopted_erc_1191() {
        // Test cases of ERC-1191 for Rootstock (30).
        let rootstock = "0x5aaEB6053f3e94c9b9a09f33669435E7ef1bEAeD";
        let on_30 = Options::new().with_chain_id(30);
        assert_eq!(
            Evm.parse_claim(rootstock, &on_30).expect("right").checksum,
            Checksum::Erc1191
        );
        assert!(matches!(parse(rootstock), Err(ClaimError::WrongChecksum { .. })));
        let ethereum = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        assert!(matches!(
            Evm.parse_claim(ethereum, &on_30),
            Err(ClaimError::WrongChecksum { .. })
        ));
        let on_1 = Options::new().with_chain_id(1);
        assert_eq!(
            Evm.parse_claim(ethereum, &on_1).expect("right").checksum,
            Checksum::Eip55
        );
    }

    #[test]
    fn malformed_claims_say_where_and_why() {
        assert_eq!(fault(""), (0, MalformedReason::TooShort { digits: 0 }));
        assert_eq!(fault("0x"), (2, MalformedReason::TooShort { digits: 0 }));
        assert_eq!(fault(&OF_G[..41]), (41, MalformedReason::TooShort { digits: 39 }));
        assert_eq!(fault(&format!("{OF_G}0")), (42, MalformedReason::TooLong));
        assert_eq!(
            fault(&OF_G.replace("0x", "0X")),
            (1, MalformedReason::UpperCasePrefix)
        );
        assert_eq!(fault(&format!(" {OF_G}")), (0, MalformedReason::Whitespace));
        assert_eq!(fault(&format!("{OF_G}\n")), (42, MalformedReason::Whitespace));
        assert_eq!(
            fault(&format!("0x\u{200b}{}", &OF_G[2..])),
            (2, MalformedReason::Whitespace)
        );
        assert_eq!(
            fault(&OF_G.replace('E', "g")),
            (3, MalformedReason::BadCharacter('g'))
        );
    }

    #[test]
    fn lookalikes_are_named() {
        let fullwidth = OF_G.replacen('7', "\u{ff17}", 1);
        assert_eq!(
            fault(&fullwidth),
            (
                2,
                MalformedReason::Lookalike {
                    found: '\u{ff17}',
                    like: '7'
                }
            )
        );
        let cyrillic = OF_G.replacen('E', "\u{415}", 1);
        assert_eq!(
            fault(&cyrillic),
            (
                3,
                MalformedReason::Lookalike {
                    found: '\u{415}',
                    like: 'E'
                }
            )
        );
        assert_eq!(
            fault(&OF_G.replacen("20", "2O", 1)),
            (
                10,
                MalformedReason::Lookalike {
                    found: 'O',
                    like: '0'
                }
            )
        );
    }
}
