//! Claims as CSV: a header line with `address`, and any of `role`, `chain`, `key`, `source`, `signer`, `administrator`.
//! The last two are ARNs; several in one field are separated by semicolons, commas or white space.

use super::csv_places::{of_record, trimmed};
use super::{Format, Probe, Reader};
use crate::evidence::{Claim, ClaimOrigin, Data, Field, Trouble};

/// Claims in CSV.
pub(super) struct ClaimsCsv;

/// The columns that a claim has; others are passed over.
const COLUMNS: [&str; 7] = [
    "address",
    "role",
    "chain",
    "key",
    "source",
    "signer",
    "administrator",
];

/// The separator of a header line, where the line is the header of a claims file.
fn separator(text: &str) -> Option<u8> {
    let header = text.lines().next()?;
    [b',', b';', b'\t']
        .into_iter()
        .find(|separator| {
            let names: Vec<String> = header.split(char::from(*separator)).map(column).collect();
            names.iter().any(|name| name == "address")
                && names
                    .iter()
                    .filter(|name| COLUMNS.contains(&name.as_str()))
                    .count()
                    >= 2
        })
        .or_else(|| (column(header) == "address").then_some(b','))
}

fn column(name: &str) -> String {
    name.trim().trim_matches('"').trim().to_ascii_lowercase()
}

impl Format for ClaimsCsv {
    fn id(&self) -> &'static str {
        "claims-csv"
    }

    fn title(&self) -> &'static str {
        "a claims file in CSV"
    }

    fn is_of_trees(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.text().and_then(separator).is_some()
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let text = probe.text().unwrap_or_default();
        let separator = separator(text).unwrap_or(b',');
        let mut rows = csv::ReaderBuilder::new()
            .delimiter(separator)
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(text.as_bytes());
        let names: Vec<String> = match rows.headers() {
            Ok(header) => header.iter().map(column).collect(),
            Err(error) => {
                reader.broken(format!("not CSV: {error}"), probe.whole());
                return;
            }
        };
        let mut claims = Vec::new();
        let mut troubles = Vec::new();
        let mut record = csv::StringRecord::new();
        loop {
            let start = usize::try_from(rows.position().byte()).unwrap_or(usize::MAX);
            match rows.read_record(&mut record) {
                Ok(false) => break,
                Err(error) => {
                    reader.broken(format!("not CSV: {error}"), probe.span(start..start));
                    break;
                }
                Ok(true) => {}
            }
            let end = usize::try_from(rows.position().byte()).unwrap_or(usize::MAX);
            let row = start..end.min(text.len());
            let places = of_record(text, &row, &record);
            let field = |name: &str| {
                let index = names.iter().position(|own| own == name)?;
                let value = record.get(index).filter(|value| !value.is_empty())?.to_owned();
                let range = places.get(index).cloned().unwrap_or_else(|| row.clone());
                Some(Field {
                    value,
                    span: probe.span(range),
                })
            };
            if record.iter().all(str::is_empty) {
                continue;
            }
            if record.len() != names.len() {
                let message = format!(
                    "fields in this row: {}, in the header: {}",
                    record.len(),
                    names.len()
                );
                troubles.push(Trouble::BadValue {
                    span: probe.span(trimmed(text, &row)),
                    message,
                });
            }
            let Some(address) = field("address") else {
                let message = "the row claims no address".to_owned();
                troubles.push(Trouble::BadValue {
                    span: probe.span(trimmed(text, &row)),
                    message,
                });
                continue;
            };
            let lower = |field: Option<Field<String>>| field.map(|field| field.value.to_lowercase());
            claims.push(Claim {
                address,
                role: lower(field("role")),
                chain: lower(field("chain")),
                key: field("key"),
                source: field("source").map(|field| field.value),
                signers: field("signer").as_ref().map(several).unwrap_or_default(),
                administrators: field("administrator").as_ref().map(several).unwrap_or_default(),
                alias: None,
                origin: ClaimOrigin::Owner,
                set: None,
            });
        }
        reader.push_with(probe.whole(), Data::Claims(claims), troubles);
    }
}

/// The ARNs of one field: they have none of the separators in them.
fn several(field: &Field<String>) -> Vec<Field<String>> {
    field
        .value
        .split([';', ',', ' ', '\t', '\n', '\r'])
        .filter(|part| !part.is_empty())
        .map(|part| Field {
            value: part.to_owned(),
            span: field.span,
        })
        .collect()
}
