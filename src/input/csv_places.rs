//! Where the fields of CSV stand.

use std::ops::Range;

/// Where each field of a record stands: found again in the row's text, from left to right.
pub(super) fn of_record(text: &str, row: &Range<usize>, record: &csv::StringRecord) -> Vec<Range<usize>> {
    let mut at = row.start;
    record
        .iter()
        .map(|value| {
            let rest = text.get(at..row.end).unwrap_or_default();
            match rest.find(value) {
                Some(offset) => {
                    let start = at.saturating_add(offset);
                    at = start.saturating_add(value.len());
                    start..at
                }
                // A field with doubled quotes reads differently from its text.
                None => row.clone(),
            }
        })
        .collect()
}

/// A row without the line end after it and blank lines before it.
pub(super) fn trimmed(text: &str, row: &Range<usize>) -> Range<usize> {
    let part = text.get(row.clone()).unwrap_or_default();
    let start = row
        .start
        .saturating_add(part.len().saturating_sub(part.trim_start().len()));
    start..start.saturating_add(part.trim().len())
}
