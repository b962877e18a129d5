//! Private keys that got into the column of addresses.

use super::Secret;
use super::named::perhaps_address;
use super::token::Token;

/// Bytes of a header line.
const HEADER: usize = 1000;

/// Fields of the column `address` that have 32 bytes.
pub(super) fn of_addresses(bytes: &[u8]) -> Vec<Secret> {
    let mut found = Vec::new();
    let Some((separator, column, quote)) = header(bytes) else {
        return found;
    };
    let mut at = 0_usize;
    for line in bytes.split(|byte| *byte == b'\n') {
        let start = at;
        at = at.saturating_add(line.len()).saturating_add(1);
        let mut place = start;
        for (index, field) in line.split(|byte| *byte == separator).enumerate() {
            if index == column {
                let blank = field
                    .iter()
                    .take_while(|byte| **byte == quote || byte.is_ascii_whitespace())
                    .count();
                let run = Token::at(bytes, place.saturating_add(blank));
                found.extend(perhaps_address(run, place..place.saturating_add(field.len())));
                break;
            }
            place = place.saturating_add(field.len()).saturating_add(1);
        }
    }
    found
}

/// The separator of a header line, and which column has addresses.
fn header(bytes: &[u8]) -> Option<(u8, usize, u8)> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line.get(..HEADER.min(line.len()))?).ok()?;
    let line = line.trim_start_matches('\u{feff}');
    [b',', b';', b'\t'].into_iter().find_map(|separator| {
        let column = line.split(char::from(separator)).position(|name| {
            name.trim()
                .trim_matches('"')
                .trim()
                .eq_ignore_ascii_case("address")
        })?;
        Some((separator, column, b'"'))
    })
}
