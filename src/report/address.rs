//! Renderers of `address`.

use super::page::{Page, safe};
use super::{Style, json_text};
use crate::address::SCHEMES;
use crate::audit::{AddressReport, ExpectedVerdict};

/// Column where the texts begin: after the longest scheme's id.
const AT: usize = 18;

/// The addresses as tables.
pub fn table(report: &AddressReport, style: Style) -> String {
    let mut page = Page::new(style);
    for key in &report.keys {
        page.labelled("", 0, &safe(&key.source));
        for scheme in SCHEMES {
            if let Some(address) = key.addresses.get(scheme.id()) {
                page.labelled(&format!("  {}", scheme.id()), AT, address);
            }
        }
        page.labelled("  key spec", AT, &key.key_spec);
        page.labelled(
            "  fingerprint",
            AT,
            &format!("SHA-256 of the SPKI {}", key.fingerprint),
        );
        page.labelled(
            "  second",
            AT,
            &format!("the second derivation: {}", key.second_derivation),
        );
        if let Some(expected) = &key.expected {
            let words = match expected.verdict {
                ExpectedVerdict::Match => "is this key's address",
                ExpectedVerdict::Mismatch => "IS NOT this key's address",
                ExpectedVerdict::WrongChecksum => {
                    "has a wrong checksum: at least one character, or the case of one, is not what its author meant"
                }
            };
            page.labelled("  expected", AT, &format!("{} {words}", safe(&expected.address)));
            if expected.verdict != ExpectedVerdict::Match && expected.diagnosis.is_empty() {
                page.labelled("", AT, "none of the known mistakes explains it");
            }
            for diagnosis in &expected.diagnosis {
                page.labelled("  perhaps", AT, &safe(&diagnosis.message));
            }
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
