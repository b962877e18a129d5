//! Renderers of `inspect`.

use super::page::{Page, count, safe};
use super::{Style, json_text};
use crate::audit::{Inspection, SourceStatus};

/// The inspection as tables.
pub fn table(inspection: &Inspection, style: Style) -> String {
    let mut page = Page::new(style);
    for (index, file) in inspection.files.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.labelled("", 0, &safe(&file.path));
        let status = match file.status {
            SourceStatus::Used => "used",
            SourceStatus::NotRecognised => "not recognised",
            SourceStatus::Broken => "broken",
        };
        let title = file
            .title
            .as_ref()
            .map_or(String::new(), |title| format!(": {title}"));
        page.labelled("  status", 11, &format!("{status}{title}"));
        page.labelled(
            "  size",
            11,
            &format!("{}, SHA-256 {}", count(file.bytes, "byte", "bytes"), file.sha256),
        );
        if let Some(reason) = &file.reason {
            page.labelled("  reason", 11, &safe(reason));
        }
        for (index, line) in file.contents.iter().enumerate() {
            page.labelled(if index == 0 { "  says" } else { "" }, 11, &safe(line));
        }
        for der in &file.der {
            page.gap();
            page.labelled(
                "",
                2,
                &format!(
                    "DER of the {}, {}",
                    safe(&der.origin),
                    count(der.bytes, "byte", "bytes")
                ),
            );
            let rows: Vec<Vec<String>> = der
                .elements
                .iter()
                .map(|element| {
                    vec![
                        element.offset.to_string(),
                        element.header.clone(),
                        format!("{}{}", "\u{b7} ".repeat(element.depth), element.tag),
                        element.length.to_string(),
                        element.field.clone().unwrap_or_default(),
                        safe(&element.meaning),
                    ]
                })
                .collect();
            let header = ["OFFSET", "HEADER", "TAG", "LENGTH", "FIELD", "MEANING"];
            page.grid(
                Some(&header),
                &rows,
                &[(0, 6), (1, 12), (2, 24), (3, 6), (4, 22)],
                2,
            );
            if let Some(fault) = &der.fault {
                page.labelled(
                    "  breaks",
                    11,
                    &format!("at byte {}: {}", fault.offset, safe(&fault.message)),
                );
            }
            if let Some(verdict) = &der.verdict {
                page.labelled("  verdict", 11, &safe(verdict));
            }
        }
    }
    page.finish()
}

/// The inspection as JSON.
pub fn json(inspection: &Inspection) -> String {
    json_text(inspection)
}
