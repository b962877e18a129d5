//! `--output text` of the AWS CLI: columns between tabs, without the names of the fields.
//!
//! A record inside the output begins with its name in capitals (`KEYMETADATA`), a scalar at the top with nothing; the
//! columns are known by the shape of their values. `get-key-policy` prints the document as it is, a tab, and `default`.

use std::ops::Range;

use super::aws_names::{OUTPUTS, Record, assign, object, record_of, scalar};
use super::documents::{self, named_policy, shift};
use super::{Notation, Read, Root, by_shape};
use crate::json::{self, Limits, Member, Node, Value};
use crate::source::OffsetMap;

/// Text output.
#[derive(Debug)]
pub(super) struct AwsText;

/// One column: its text and its place.
type Cell<'t> = (&'t str, Range<usize>);

impl Notation for AwsText {
    fn id(&self) -> &'static str {
        "aws-text"
    }

    fn title(&self) -> &'static str {
        "text output of the AWS CLI"
    }

    fn read(&self, text: &str, limits: &Limits) -> Read {
        if text.trim_start().starts_with('{') {
            return policy(text, limits);
        }
        // A page or a mail program makes blanks of the tabs.
        let has_tabs = text.contains('\t');
        let mut tree = Tree::default();
        let mut heading = None;
        let mut lines = 0_usize;
        let mut at = 0_usize;
        for line in text.split_inclusive('\n') {
            let start = at;
            at = at.saturating_add(line.len());
            let line = line.trim_end_matches(['\n', '\r']);
            if line.trim().is_empty() {
                continue;
            }
            lines = lines.saturating_add(1);
            if lines > limits.values {
                return Read::No;
            }
            let cells = if has_tabs {
                cells(line, start)
            } else {
                words(line, start)
            };
            if !tree.line(&cells) {
                // What stands above the output may be a prompt; what stands in it, or is a record of another answer, makes it
                // something else.
                if lines > 1 || is_record(&cells) {
                    return Read::No;
                }
                heading = Some(start..start.saturating_add(line.len()));
            }
        }
        match tree.finish() {
            Some(node) => Read::Roots(vec![Root::below(node, heading)]),
            None => Read::No,
        }
    }

    fn content(&self, text: &str, node: &Node) -> Option<(Vec<u8>, OffsetMap)> {
        documents::content(text, node)
    }

    fn has_pointers(&self) -> bool {
        false
    }
}

/// A policy document, and behind it a tab and the policy's name.
fn policy(text: &str, limits: &Limits) -> Read {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&serde_json::value::RawValue>();
    let Some(Ok(raw)) = values.next() else {
        return Read::No;
    };
    let end = values.byte_offset();
    let Ok(mut node) = json::parse(raw.get(), limits) else {
        return Read::No;
    };
    shift(&mut node, end.saturating_sub(raw.get().len()));
    let root = named_policy(text, node);
    let rest = text.get(root.span.end..).unwrap_or_default();
    if root.get("PolicyName").is_none() || !rest.trim().is_empty() {
        return Read::No;
    }
    Read::Roots(vec![Root::alone(root)])
}

fn cells(line: &str, start: usize) -> Vec<Cell<'_>> {
    let mut at = start;
    line.split('\t')
        .map(|cell| {
            let range = at..at.saturating_add(cell.len());
            at = range.end.saturating_add(1);
            (cell, range)
        })
        .collect()
}

/// The columns of a line in which blanks stand for the tabs: where there are two blanks somewhere, what they divide, so
/// that a text with single ones stays whole. Without a record's name before them a line of words is prose.
fn words(line: &str, start: usize) -> Vec<Cell<'_>> {
    let separator = if line.trim().contains("  ") { "  " } else { " " };
    let name = line.split_whitespace().next().unwrap_or_default();
    let is_record = record_of(name).is_some_and(|record| separator == "  " || record.name != "Tags")
        && name.bytes().all(|byte| byte.is_ascii_uppercase());
    if !is_record {
        return cells(line, start);
    }
    let mut at = 0_usize;
    let found: Vec<Cell<'_>> = line
        .split(separator)
        .filter_map(|part| {
            let from = at;
            at = at.saturating_add(part.len()).saturating_add(separator.len());
            let lead = part.len().saturating_sub(part.trim_start().len());
            let text = part.trim();
            let first = start.saturating_add(from).saturating_add(lead);
            (!text.is_empty()).then(|| (text, first..first.saturating_add(text.len())))
        })
        .collect();
    // Where one blank stood for a tab among longer ones, two columns would be read as one.
    if found.iter().any(|(text, _)| is_grown_together(text)) {
        return cells(line, start);
    }
    found
}

/// True for a text with words of which the first or the last looks like a column of its own.
fn is_grown_together(text: &str) -> bool {
    let is_column = |word: &str| {
        word.starts_with("arn:")
            || word.ends_with(".amazonaws.com")
            || word.eq_ignore_ascii_case("true")
            || word.eq_ignore_ascii_case("false")
            || word.eq_ignore_ascii_case("none")
            || word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            || (word.contains('T') && word.starts_with("20"))
    };
    let words = text
        .rsplit_once(char::is_whitespace)
        .zip(text.split_once(char::is_whitespace));
    words.is_some_and(|((_, last), (first, _))| is_column(first) || is_column(last))
}

/// True for a line that begins as a record does: a name in capitals, a tab, columns.
fn is_record(cells: &[Cell<'_>]) -> bool {
    let name = cells.first().filter(|_| cells.len() > 1);
    name.is_some_and(|(name, _)| name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// The output as it grows line by line.
#[derive(Default)]
struct Tree {
    /// Members of the top.
    top: Vec<Member>,
    /// Rows without a name: what `--query` picks of a list.
    rows: Vec<Node>,
    /// True where a row without a name has a value that only KMS has, and that nobody masked.
    is_kms: bool,
}

impl Tree {
    /// Takes a line; false where it is none of this output.
    fn line(&mut self, cells: &[Cell<'_>]) -> bool {
        let Some(((first, place), rest)) = cells.split_first() else {
            return false;
        };
        let is_name = first.len() > 2
            && first
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        match record_of(first).filter(|_| is_name && !rest.is_empty()) {
            Some(record) => self.record(record, place, rest),
            None => self.scalars(cells),
        }
    }

    fn record(&mut self, record: &'static Record, place: &Range<usize>, cells: &[Cell<'_>]) -> bool {
        if record.name.starts_with("EncryptionContext") {
            self.context(record, place);
            return true;
        }
        let node = if record.columns.is_empty() {
            match cells {
                [(text, range)] => scalar(text, range.clone()),
                _ => return true,
            }
        } else {
            let Some(node) = row(cells, record.columns) else {
                return false;
            };
            node
        };
        // A key's metadata come before what is inside them, and a grant's operations after the grant.
        let inside = matches!(
            record.name,
            "PrimaryKey"
                | "ReplicaKeys"
                | "MultiRegionConfiguration"
                | "Operations"
                | "Constraints"
                | "PermissionsBoundary"
                | "Tags"
        );
        let owner = if inside { self.owner(record.name) } else { None };
        let members = match owner {
            Some(members) => members,
            None => &mut self.top,
        };
        push(members, record, place, node);
        true
    }

    /// The encryption context of the last grant's constraints: its pairs have names of their own, which are left out, so
    /// that only the constraint itself is known.
    fn context(&mut self, record: &'static Record, place: &Range<usize>) {
        let Some(members) = self.owner("Constraints") else {
            return;
        };
        let empty = |name: &str| Member {
            key: name.to_owned(),
            key_span: place.clone(),
            value: Node {
                span: place.clone(),
                value: Value::Object(Vec::new()),
            },
        };
        if members.last().is_none_or(|last| last.key != "Constraints") {
            members.push(empty("Constraints"));
        }
        let constraints = members.last_mut().and_then(|last| last.value.members_mut());
        if let Some(constraints) = constraints {
            constraints.push(empty(record.name));
        }
    }

    /// The object that a nested record belongs to: the last grant, or the metadata's configuration.
    fn owner(&mut self, name: &str) -> Option<&mut Vec<Member>> {
        let (list, inner) = match name {
            "Operations" | "Constraints" => ("Grants", None),
            "PermissionsBoundary" | "Tags" => ("User", None),
            "PrimaryKey" | "ReplicaKeys" => ("KeyMetadata", Some("MultiRegionConfiguration")),
            _ => ("KeyMetadata", None),
        };
        let member = self.top.iter_mut().rev().find(|member| member.key == list)?;
        let members = member.value.last_record_mut()?.members_mut()?;
        let Some(inner) = inner else {
            return Some(members);
        };
        let member = members.iter_mut().find(|member| member.key == inner)?;
        member.value.members_mut()
    }

    fn scalars(&mut self, cells: &[Cell<'_>]) -> bool {
        self.is_kms = self.is_kms || cells.iter().any(|(text, _)| by_shape::is_of_kms(text));
        if cells.len() > 1 && cells.iter().all(|(text, _)| by_shape::is_key(text)) {
            let names = cells.iter().map(|(text, range)| scalar(text, range.clone()));
            let rows: Vec<Node> = names.filter_map(|name| by_shape::record(vec![name])).collect();
            // The ARN and the id of one key are one row.
            let same = cells.iter().all(|(text, _)| {
                text.rsplit('/').next() == cells.first().and_then(|(first, _)| first.rsplit('/').next())
            });
            if !same {
                self.rows.extend(rows);
                return true;
            }
        }
        // A key's metadata without their name, picked by --query.
        let metadata = record_of("KeyMetadata").filter(|_| cells.len() > 4);
        let by_order = OUTPUTS
            .iter()
            .copied()
            .chain(metadata.map(|record| record.columns))
            .find_map(|columns| row(cells, columns));
        let node = by_order.or_else(|| {
            let values = cells.iter().map(|(text, range)| scalar(text, range.clone()));
            by_shape::record(values.collect())
        });
        let Some(node) = node else {
            return false;
        };
        self.rows.push(node);
        true
    }

    fn finish(self) -> Option<Node> {
        let Self {
            mut top,
            rows,
            is_kms,
        } = self;
        // `[section]` and `</end>` could be masked values, and a line of hyphens too.
        if top.is_empty() && !is_kms {
            return None;
        }
        let span = |members: &[Member]| {
            let start = members.iter().map(|member| member.value.span.start).min();
            let end = members.iter().map(|member| member.value.span.end).max();
            start.unwrap_or(0)..end.unwrap_or(0)
        };
        let only_names = rows.iter().all(|row| {
            row.get_any(&["PublicKey", "Signature", "Truncated", "KeyState"])
                .is_none()
        });
        if (rows.len() == 1 && !only_names) || !top.is_empty() {
            // The scalars of the top stand on one line, before everything else.
            for row in rows {
                if let Value::Object(members) = row.value {
                    top.extend(members);
                }
            }
            return (!top.is_empty()).then(|| Node {
                span: span(&top),
                value: Value::Object(top),
            });
        }
        by_shape::list(rows)
    }
}

fn row(cells: &[Cell<'_>], columns: &'static [super::aws_names::Column]) -> Option<Node> {
    let values: Vec<&str> = cells.iter().map(|(text, _)| *text).collect();
    let names = assign(&values, columns)?;
    let fields = names
        .into_iter()
        .zip(cells)
        .filter_map(|(name, (text, range))| Some((name?, scalar(text, range.clone()))))
        .collect();
    Some(object(fields))
}

fn push(members: &mut Vec<Member>, record: &'static Record, place: &Range<usize>, node: Node) {
    if !record.is_list {
        members.push(Member {
            key: record.name.to_owned(),
            key_span: place.clone(),
            value: node,
        });
        return;
    }
    if let Some(member) = members.iter_mut().find(|member| member.key == record.name)
        && let Value::Array(items) = &mut member.value.value
    {
        member.value.span.end = node.span.end;
        items.push(node);
        return;
    }
    members.push(Member {
        key: record.name.to_owned(),
        key_span: place.clone(),
        value: Node {
            span: node.span.clone(),
            value: Value::Array(vec![node]),
        },
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> Node {
        match AwsText.read(text, &Limits::default()) {
            Read::Roots(mut roots) => roots.remove(0).node,
            other => panic!("{other:?}"),
        }
    }

    const ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";

    #[test]
    fn a_policy_ends_with_a_tab_and_its_name() {
        let text = "{\n  \"Statement\": []\n}\tdefault\n";
        let root = root(text);
        assert_eq!(root.str_of("PolicyName"), Some("default"));
        assert_eq!(
            &text[root.get("Policy").unwrap().span.clone()],
            "{\n  \"Statement\": []\n}"
        );
        assert!(AwsText.read("{\"a\": 1}", &Limits::default()).is_no());
        assert!(AwsText.read("{\"a\": 1}\n{\"b\": 2}", &Limits::default()).is_no());
    }

    #[test]
    fn lists_and_what_is_inside_their_items() {
        let text = format!(
            "GRANTS\t1764000000.0\t{0}\tarn:aws:iam::111122223333:role/r\tarn:aws:iam::111122223333:root\t{ARN}\n\
             OPERATIONS\tSign\nOPERATIONS\tGetPublicKey\nGRANTS\t1764000001.0\t{1}\tarn:aws:iam::111122223333:role/s\tarn:aws:iam::111122223333:root\t{ARN}\n",
            "a".repeat(64),
            "b".repeat(64)
        );
        let root = root(&text);
        let grants = root.get("Grants").unwrap().items();
        assert_eq!(grants.len(), 2);
        assert_eq!(grants[0].get("Operations").unwrap().items().len(), 2);
        assert_eq!(grants[0].str_of("KeyId"), Some(ARN));
        assert_eq!(
            grants[1].str_of("GranteePrincipal"),
            Some("arn:aws:iam::111122223333:role/s")
        );
    }

    #[test]
    fn scalars_at_the_top_and_lists_below() {
        let text = format!(
            "ECC_SECG_P256K1\t{ARN}\tECC_SECG_P256K1\tSIGN_VERIFY\tMFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEabcdefghij\nSIGNINGALGORITHMS\tECDSA_SHA_256\n"
        );
        let root = root(&text);
        assert_eq!(root.str_of("KeyId"), Some(ARN));
        assert_eq!(
            &text[root.get("PublicKey").unwrap().span.clone()],
            root.str_of("PublicKey").unwrap()
        );
        assert_eq!(root.get("SigningAlgorithms").unwrap().items().len(), 1);
    }

    #[test]
    fn blanks_may_stand_for_the_tabs_but_never_join_two_columns() {
        let id = ARN.rsplit('/').next().unwrap();
        let root = root(&format!("KEYS   {ARN}   {id}\nKEYS {ARN} {id}\n"));
        assert_eq!(root.get("Keys").unwrap().items().len(), 2);
        let grant = "a".repeat(64);
        let role = "arn:aws:iam::111122223333:role/r";
        for text in [
            format!("GRANTS  1764000000.0  {grant}  {role}  {ARN}  a name {role}\n"),
            format!("KEYMETADATA  {ARN}  a description True  {id}\n"),
            format!("KEYS are {ARN} {id}\n"),
        ] {
            assert!(AwsText.read(&text, &Limits::default()).is_no(), "{text}");
        }
    }

    #[test]
    fn other_text_is_none_of_it() {
        for text in ["hello\tworld", "a,b\n1,2", "KEYS\tx\ty", "", "words"] {
            assert!(AwsText.read(text, &Limits::default()).is_no(), "{text}");
        }
    }
}
