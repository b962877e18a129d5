//! Renderers of `address`.

use super::page::{Page, safe};
use super::{Style, json_text};
use crate::audit::{AddressReport, ExpectedVerdict};

/// The addresses as tables.
pub fn table(report: &AddressReport, style: Style) -> String {
    let mut page = Page::new(style);
    for key in &report.keys {
        page.labelled("", 0, &safe(&key.source));
        for (scheme, address) in &key.addresses {
            page.labelled(&format!("  {scheme}"), 15, address);
        }
        page.labelled("  key spec", 15, &key.key_spec);
        page.labelled(
            "  fingerprint",
            15,
            &format!("SHA-256 of the SPKI {}", key.fingerprint),
        );
        page.labelled(
            "  second",
            15,
            &format!("the second derivation: {}", key.second_derivation),
        );
        if let Some(expected) = &key.expected {
            let words = match expected.verdict {
                ExpectedVerdict::Match => "is this key's address",
                ExpectedVerdict::Mismatch => "IS NOT this key's address",
                ExpectedVerdict::WrongChecksum => {
                    "has a wrong checksum: its letters' case is no EIP-55 (or, for the chain id given, ERC-1191) of its digits"
                }
            };
            page.labelled("  expected", 15, &format!("{} {words}", safe(&expected.address)));
        }
    }
    if !report.errors.is_empty() {
        if !report.keys.is_empty() {
            page.gap();
        }
        for error in &report.errors {
            let source = if error.source.is_empty() {
                String::new()
            } else {
                format!("{}: ", safe(&error.source))
            };
            page.labelled(
                "error",
                7,
                &format!("{source}{} ({})", safe(&error.message), error.code),
            );
        }
    }
    page.finish()
}

/// The addresses as JSON.
pub fn json(report: &AddressReport) -> String {
    json_text(report)
}
