//! Private keys that got into the column of addresses.

use super::{AS_ADDRESS, Secret, words};
use crate::address::secret_form;
use crate::evidence::SecretKind;

/// Bytes of a header line.
const HEADER: usize = 1000;

/// Fields of the column `address` that have the form of a private key.
pub(super) fn of_addresses(bytes: &[u8]) -> Vec<Secret> {
    let mut found = Vec::new();
    let Some((separator, column)) = header(bytes) else {
        return found;
    };
    let mut at = 0_usize;
    for line in bytes.split(|byte| *byte == b'\n') {
        let start = at;
        at = at.saturating_add(line.len()).saturating_add(1);
        let mut place = start;
        for (index, field) in line.split(|byte| *byte == separator).enumerate() {
            if index == column {
                found.extend(secret(bytes, field, place));
                break;
            }
            place = place.saturating_add(field.len()).saturating_add(1);
        }
    }
    found
}

/// The field, where it could be a private key.
fn secret(bytes: &[u8], field: &[u8], place: usize) -> Option<Secret> {
    let mark = |byte: &u8| *byte == b'"' || byte.is_ascii_whitespace();
    let before = field.iter().take_while(|byte| mark(byte)).count();
    let after = field.iter().rev().take_while(|byte| mark(byte)).count();
    let text = field.get(before..field.len().checked_sub(after)?)?;
    let form = secret_form(std::str::from_utf8(text).ok()?)?;
    let start = place.saturating_add(before);
    let range = start..start.saturating_add(text.len());
    Some(Secret {
        kind: SecretKind::PerhapsPrivateKey(format!("{form}{AS_ADDRESS}")),
        mark: range.clone(),
        hidden: words(bytes, range),
    })
}

/// The separator of a header line, and which column has addresses.
fn header(bytes: &[u8]) -> Option<(u8, usize)> {
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
        Some((separator, column))
    })
}
