//! The credential report: CSV, or base64 of it in the answer of `aws iam get-credential-report`.
//!
//! Source: IAM User Guide, "Getting credential reports for your AWS account".

use std::ops::Range;

use crate::encoding::base64;
use crate::evidence::{AccessKeyFact, Data, Field, IamOwner, IamPart, IamSays, ReportRow, Trouble};
use crate::input::fields::Fields;
use crate::input::{Format, Probe, Reader, csv_places};
use crate::json::Value;
use crate::source::{OffsetMap, SourceId, Span};

/// The report itself.
pub(in crate::input) struct CredentialReport;

/// The answer that holds it.
pub(in crate::input) struct GetCredentialReport;

/// Bytes of a report in base64 that are read: an account has at most some thousand users.
const MOST: usize = 16 << 20;

/// True for the header line of a report.
fn is_report(text: &str) -> bool {
    let header = text.lines().next().unwrap_or_default();
    let has = |name: &str| {
        header
            .split(',')
            .any(|column| column.trim().trim_matches('"') == name)
    };
    has("user") && has("arn") && has("access_key_1_active")
}

impl Format for CredentialReport {
    fn id(&self) -> &'static str {
        "aws-iam-credential-report"
    }

    fn title(&self) -> &'static str {
        "a credential report of IAM"
    }

    fn is_of_trees(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.text().is_some_and(is_report)
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let text = probe.text().unwrap_or_default();
        rows(reader, probe.source, text, probe.whole(), Vec::new());
    }
}

impl Format for GetCredentialReport {
    fn id(&self) -> &'static str {
        "aws-iam-get-credential-report"
    }

    fn title(&self) -> &'static str {
        "the output of aws iam get-credential-report"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.object().is_some_and(|object| {
            object.get("Content").is_some() && object.str_of("ReportFormat") == Some("text/csv")
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let fields = Fields::new(probe);
        let Some(content) = object.get("Content") else {
            return;
        };
        let Some((bytes, map)) = probe.content(content) else {
            reader.broken("Content must be the report, as base64", probe.at(content));
            return;
        };
        if bytes.len() > MOST {
            reader.broken(
                format!("the report is longer than {MOST} bytes: it is not read"),
                probe.at(content),
            );
            return;
        }
        // Python has the bytes of the report itself.
        let is_decoded = matches!(content.value, Value::Bytes(_)) || bytes.starts_with(b"user,");
        let source = reader
            .sources
            .add_view(probe.source, "Content", bytes.clone(), map);
        if is_decoded {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            rows(reader, source, &text, probe.at(object), fields.troubles);
            return;
        }
        match base64::decode_with_map(&bytes) {
            Ok((decoded, places)) => {
                let mut map = OffsetMap::new();
                let mut at = 0_usize;
                while at < decoded.len() {
                    let end = at.saturating_add(3).min(decoded.len());
                    map.replaced(at..end, places.text_range(at..end));
                    at = end;
                }
                let view = reader
                    .sources
                    .add_view(source, "credential report", decoded.clone(), map);
                match String::from_utf8(decoded) {
                    Ok(text) if is_report(&text) => {
                        rows(reader, view, &text, probe.at(object), fields.troubles);
                    }
                    _ => reader.broken("Content is no credential report", probe.at(content)),
                }
            }
            Err(error) => reader.broken(
                format!("Content is not base64: {error}"),
                Span::new(source, error.offset..error.offset),
            ),
        }
    }
}

/// The columns of one row.
struct Row<'r> {
    source: SourceId,
    names: &'r [String],
    record: &'r csv::StringRecord,
    places: Vec<Range<usize>>,
    span: Span,
}

impl Row<'_> {
    /// A column that has a value: the report says `N/A`, `no_information` and `not_supported` for none.
    fn field(&self, name: &str) -> Option<Field<String>> {
        let is_none = |value: &str| matches!(value, "" | "N/A" | "no_information" | "not_supported");
        self.column(name).filter(|field| !is_none(&field.value))
    }

    /// A column as it is written.
    fn column(&self, name: &str) -> Option<Field<String>> {
        let index = self.names.iter().position(|own| own == name)?;
        let value = self.record.get(index)?;
        let range = self.places.get(index)?.clone();
        Some(Field {
            value: value.to_owned(),
            span: Span::new(self.source, range),
        })
    }

    fn flag(&self, name: &str) -> Option<bool> {
        match self.field(name)?.value.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A key that was never made is inactive and has no date.
    fn access_key(&self, number: u8) -> Option<AccessKeyFact> {
        let column = |what: &str| format!("access_key_{number}_{what}");
        let active = self.flag(&column("active"));
        let created = self.field(&column("last_rotated"));
        if active != Some(true) && created.is_none() {
            return None;
        }
        let span = created.as_ref().map_or(self.span, |created| created.span);
        Some(AccessKeyFact {
            id: None,
            active,
            created,
            last_used: self.column(&column("last_used_date")),
            span,
        })
    }
}

fn rows(reader: &mut Reader, source: SourceId, text: &str, whole: Span, mut troubles: Vec<Trouble>) {
    let mut table = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let names: Vec<String> = match table.headers() {
        Ok(header) => header.iter().map(str::to_owned).collect(),
        Err(error) => {
            reader.broken(format!("not CSV: {error}"), whole);
            return;
        }
    };
    let mut found = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        let start = usize::try_from(table.position().byte()).unwrap_or(usize::MAX);
        match table.read_record(&mut record) {
            Ok(false) => break,
            Err(error) => {
                reader.broken(format!("not CSV: {error}"), Span::new(source, start..start));
                break;
            }
            Ok(true) => {}
        }
        let end = usize::try_from(table.position().byte()).unwrap_or(usize::MAX);
        let range = csv_places::trimmed(text, &(start..end.min(text.len())));
        let span = Span::new(source, range.clone());
        let row = Row {
            source,
            names: &names,
            record: &record,
            places: csv_places::of_record(text, &range, &record),
            span,
        };
        let (Some(arn), Some(user)) = (row.field("arn"), row.field("user")) else {
            troubles.push(Trouble::BadValue {
                span,
                message: "the row has no user and ARN".to_owned(),
            });
            continue;
        };
        found.push(ReportRow {
            arn,
            user: user.value,
            password: row.flag("password_enabled"),
            password_last_used: row.field("password_last_used"),
            mfa: row.flag("mfa_active"),
            access_keys: [1, 2]
                .into_iter()
                .filter_map(|number| row.access_key(number))
                .collect(),
            span,
        });
    }
    let part = IamPart {
        of: IamOwner::default(),
        says: IamSays::Report(found),
        truncated: None,
    };
    reader.push_with(whole, Data::IamPart(Box::new(part)), troubles);
}
