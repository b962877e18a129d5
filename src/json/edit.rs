//! Edits of a JSON text that leave every other byte where it is.
//!
//! A change of the tree is a few cuts and insertions in the text: white space, the order of members, line ends and the
//! way of writing of everything else stay as they are. Places are those of the tree that was parsed from the text.

use std::ops::Range;

use super::{Node, Value};

/// Why edits cannot be made together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two of them change the same place.
    #[error("two edits change the same place")]
    Overlap,
    /// A place is not one of the text.
    #[error("a place of an edit is not in the text")]
    Place,
}

/// Cuts and insertions in one text.
#[derive(Debug, Clone)]
pub struct Edits<'t> {
    text: &'t str,
    splices: Vec<(Range<usize>, String)>,
}

impl<'t> Edits<'t> {
    /// No edit yet.
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            splices: Vec::new(),
        }
    }

    fn splice(&mut self, range: Range<usize>, new: impl Into<String>) {
        self.splices.push((range, new.into()));
    }

    fn between(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// Puts another JSON text in the place of a value or a key.
    pub fn replace(&mut self, place: &Range<usize>, new: impl Into<String>) {
        self.splice(place.clone(), new);
    }

    /// Removes the items of these indices from an array.
    pub fn remove_items(&mut self, array: &Node, which: &[usize]) {
        let places: Vec<Range<usize>> = array.items().iter().map(|item| item.span.clone()).collect();
        self.remove(&array.span, &places, which);
    }

    /// Removes the members of these indices from an object.
    pub fn remove_members(&mut self, object: &Node, which: &[usize]) {
        self.remove(&object.span, &member_places(object), which);
    }

    /// What is cut is what stands from a removed entry to the next that stays; at the end, from the last that stays.
    fn remove(&mut self, whole: &Range<usize>, places: &[Range<usize>], which: &[usize]) {
        let mut stays = vec![true; places.len()];
        for at in which {
            if let Some(stays) = stays.get_mut(*at) {
                *stays = false;
            }
        }
        if !stays.contains(&true) {
            if !places.is_empty() {
                let inside = whole.start.saturating_add(1)..whole.end.saturating_sub(1);
                self.splice(inside, "");
            }
            return;
        }
        let mut cut_from: Option<usize> = None;
        let mut last_end = None;
        for (place, stays) in places.iter().zip(&stays) {
            if !*stays {
                cut_from.get_or_insert(place.start);
                continue;
            }
            if let Some(from) = cut_from.take() {
                self.splice(from..place.start, "");
            }
            last_end = Some(place.end);
        }
        if let (Some(_), Some(end), Some(last)) = (cut_from, last_end, places.last()) {
            self.splice(end..last.end, "");
        }
    }

    /// Puts these items in the place of one item of an array, each as a line of its own where the array has lines.
    pub fn replace_item(&mut self, array: &Node, at: usize, new: &[String]) {
        let Some(item) = array.items().get(at) else { return };
        let separator = self.separator(array);
        self.splice(item.span.clone(), new.join(&separator));
    }

    /// Adds an item at the end of an array.
    pub fn append_item(&mut self, array: &Node, new: &str) {
        if let Some(last) = array.items().last() {
            let separator = self.separator(array);
            self.splice(last.span.end..last.span.end, format!("{separator}{new}"));
        } else {
            let start = array.span.start.saturating_add(1);
            self.splice(start..start, new);
        }
    }

    /// What stands between two items of an array: as between its last two, or as before its only one.
    fn separator(&self, array: &Node) -> String {
        match array.items() {
            [.., one, other] => self.between(one.span.end, other.span.start).to_owned(),
            [only] => {
                let before = self.between(array.span.start.saturating_add(1), only.span.start);
                if before.is_empty() && !only.is_object() {
                    ", ".to_owned()
                } else {
                    format!(",{before}")
                }
            }
            [] => ", ".to_owned(),
        }
    }

    /// The text with all edits made.
    ///
    /// # Errors
    /// Where two edits touch the same bytes, or a place is not in the text.
    pub fn finish(mut self) -> Result<String, EditError> {
        self.splices.sort_by_key(|(range, _)| (range.start, range.end));
        let mut made = String::with_capacity(self.text.len());
        let mut done = 0_usize;
        for (range, new) in &self.splices {
            if range.start < done {
                return Err(EditError::Overlap);
            }
            made.push_str(self.text.get(done..range.start).ok_or(EditError::Place)?);
            made.push_str(new);
            done = range.end;
        }
        made.push_str(self.text.get(done..).ok_or(EditError::Place)?);
        Ok(made)
    }
}

fn member_places(object: &Node) -> Vec<Range<usize>> {
    object
        .members()
        .iter()
        .map(|member| member.key_span.start..member.value.span.end)
        .collect()
}

/// A value that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Draft {
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Draft>),
    /// An object, members in this order.
    Object(Vec<(String, Draft)>),
}

impl Draft {
    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An array of strings.
    pub fn texts(texts: &[impl AsRef<str>]) -> Self {
        Self::List(texts.iter().map(|text| Self::text(text.as_ref())).collect())
    }

    /// An object.
    pub fn object(members: Vec<(&str, Draft)>) -> Self {
        Self::Object(
            members
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    }
}

/// A string as JSON (RFC 8259 section 7).
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// How brackets are written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Layout {
    /// `[` and this, items with the second between them, and the first again.
    Inline(String, String),
    /// Each entry on a line of its own.
    Lines,
}

/// How a document is written, as far as one of its objects shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    newline: &'static str,
    /// Before the closing bracket of the object.
    outer: String,
    /// What one level is indented by.
    unit: String,
    /// From the end of a key to its value.
    colon: String,
    object: Layout,
    nested: Layout,
    list: Layout,
}

/// White space before the first entry, between two, and before the closing bracket.
fn gaps<'t>(text: &'t str, whole: &Range<usize>, places: &[Range<usize>]) -> Option<[&'t str; 3]> {
    let (first, last) = (places.first()?, places.last()?);
    let before = text.get(whole.start.saturating_add(1)..first.start)?;
    let between = match places {
        [one, other, ..] => text.get(one.end..other.start)?,
        _ => "",
    };
    let after = text.get(last.end..whole.end.saturating_sub(1))?;
    Some([before, between, after])
}

fn layout(gaps: [&str; 3]) -> Layout {
    let [before, between, _] = gaps;
    if before.contains('\n') {
        return Layout::Lines;
    }
    let between = if between.is_empty() || between.contains('\n') {
        if before.is_empty() { "," } else { ", " }
    } else {
        between
    };
    Layout::Inline(before.to_owned(), between.to_owned())
}

fn places_of(node: &Node) -> Vec<Range<usize>> {
    match &node.value {
        Value::Object(_) => member_places(node),
        Value::Array(items) => items.iter().map(|item| item.span.clone()).collect(),
        _ => Vec::new(),
    }
}

/// The first array of scalars below a node: two entries or more show more than one does.
fn first_list(node: &Node) -> Option<&Node> {
    fn walk<'n>(node: &'n Node, found: &mut Vec<&'n Node>) {
        match &node.value {
            Value::Array(items) => {
                if !items.is_empty() && !items.iter().any(|item| item.is_object() || item.is_array()) {
                    found.push(node);
                }
                for item in items {
                    walk(item, found);
                }
            }
            Value::Object(members) => {
                for member in members {
                    walk(&member.value, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(node, &mut found);
    found
        .iter()
        .find(|list| list.items().len() > 1)
        .or(found.first())
        .copied()
}

impl Style {
    /// The style of an object, which `root`, parsed from `text`, holds. What the object does not show, the document may.
    pub fn of(text: &str, root: &Node, sample: &Node) -> Self {
        let own = gaps(text, &sample.span, &places_of(sample)).unwrap_or_default();
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let object = layout(own);
        let tail = |gap: &str| gap.rsplit('\n').next().unwrap_or_default().to_owned();
        let (inner, outer) = if object == Layout::Lines {
            let [before, _, after] = own;
            (
                tail(before),
                if after.contains('\n') {
                    tail(after)
                } else {
                    String::new()
                },
            )
        } else {
            (String::new(), String::new())
        };
        let unit = inner
            .strip_prefix(outer.as_str())
            .filter(|unit| !unit.is_empty())
            .map_or_else(|| "  ".to_owned(), str::to_owned);
        let colon = sample
            .members()
            .first()
            .and_then(|member| text.get(member.key_span.end..member.value.span.start))
            .filter(|colon| !colon.contains('\n'))
            .unwrap_or(": ")
            .to_owned();
        let nested = sample
            .members()
            .iter()
            .map(|member| &member.value)
            .filter(|value| value.is_object())
            .find_map(|value| gaps(text, &value.span, &places_of(value)))
            .map_or_else(|| object.clone(), layout);
        let list = first_list(sample)
            .or_else(|| first_list(root))
            .and_then(|list| gaps(text, &list.span, &places_of(list)))
            .map_or_else(|| nested.clone(), layout);
        // Lines inside a line would be indented by nothing.
        let flat = |own: Layout| match (&object, own) {
            (Layout::Inline(pad, between), Layout::Lines) => Layout::Inline(pad.clone(), between.clone()),
            (_, own) => own,
        };
        Self {
            newline,
            outer,
            unit,
            colon,
            nested: flat(nested),
            list: flat(list),
            object,
        }
    }

    /// The text of an object that stands beside the sample.
    pub fn beside(&self, draft: &Draft) -> String {
        let mut made = String::new();
        self.write(draft, 0, &mut made);
        made
    }

    /// The text of a value of a member of the sample.
    pub fn member(&self, draft: &Draft) -> String {
        let mut made = String::new();
        self.write(draft, 1, &mut made);
        made
    }

    fn write(&self, draft: &Draft, depth: usize, made: &mut String) {
        let deeper = depth.saturating_add(1);
        match draft {
            Draft::Text(text) => made.push_str(&quoted(text)),
            Draft::List(items) => self.entries(
                ('[', ']'),
                &self.list,
                depth,
                items,
                |item, made| self.write(item, deeper, made),
                made,
            ),
            Draft::Object(members) => {
                let layout = if depth == 0 { &self.object } else { &self.nested };
                self.entries(
                    ('{', '}'),
                    layout,
                    depth,
                    members,
                    |(key, value), made| {
                        made.push_str(&quoted(key));
                        made.push_str(&self.colon);
                        self.write(value, deeper, made);
                    },
                    made,
                );
            }
        }
    }

    fn entries<T>(
        &self,
        (open, close): (char, char),
        layout: &Layout,
        depth: usize,
        entries: &[T],
        write: impl Fn(&T, &mut String),
        made: &mut String,
    ) {
        made.push(open);
        let line = |depth: usize| format!("{}{}{}", self.newline, self.outer, self.unit.repeat(depth));
        let (before, between, after) = match layout {
            _ if entries.is_empty() => (String::new(), String::new(), String::new()),
            Layout::Inline(pad, between) => (pad.clone(), between.clone(), pad.clone()),
            Layout::Lines => {
                let own = line(depth.saturating_add(1));
                (own.clone(), format!(",{own}"), line(depth))
            }
        };
        made.push_str(&before);
        for (at, entry) in entries.iter().enumerate() {
            if at > 0 {
                made.push_str(&between);
            }
            write(entry, made);
        }
        made.push_str(&after);
        made.push(close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    fn tree(text: &str) -> Node {
        parse(text, &Limits::default()).unwrap()
    }

    fn without(text: &str, which: &[usize]) -> String {
        let root = tree(text);
        let mut edits = Edits::new(text);
        if root.is_array() {
            edits.remove_items(&root, which);
        } else {
            edits.remove_members(&root, which);
        }
        edits.finish().unwrap()
    }

    #[test]
    fn an_entry_goes_with_its_comma_and_its_line() {
        let lines = "[\n  1,\n  2,\n  3\n]";
        for (text, which, expected) in [
            (lines, &[0][..], "[\n  2,\n  3\n]"),
            (lines, &[1], "[\n  1,\n  3\n]"),
            (lines, &[2], "[\n  1,\n  2\n]"),
            (lines, &[1, 2], "[\n  1\n]"),
            (lines, &[0, 2], "[\n  2\n]"),
            (lines, &[0, 1, 2], "[]"),
            ("[ 1 , 2 ]", &[0], "[ 2 ]"),
            ("[ 1 , 2 ]", &[1], "[ 1 ]"),
            ("[1,2,3]", &[0, 1], "[3]"),
            ("[]", &[0], "[]"),
            ("[1]", &[], "[1]"),
            ("{\"a\": 1, \"b\" : [2, 3]}", &[0], "{\"b\" : [2, 3]}"),
            ("{\"a\": 1, \"b\" : [2, 3]}", &[1], "{\"a\": 1}"),
            (
                "{\r\n\t\"a\": 1,\r\n\t\"b\": 2\r\n}",
                &[0],
                "{\r\n\t\"b\": 2\r\n}",
            ),
            (
                "[ {\n  \"a\" : 1\n}, {\n  \"b\" : 2\n} ]",
                &[0],
                "[ {\n  \"b\" : 2\n} ]",
            ),
        ] {
            assert_eq!(without(text, which), expected, "{text} {which:?}");
        }
    }

    #[test]
    fn an_entry_comes_with_the_separator_of_its_list() {
        for (text, expected) in [
            ("[\n  1,\n  2\n]", "[\n  1,\n  2,\n  9\n]"),
            ("[\n\t1\n]", "[\n\t1,\n\t9\n]"),
            ("[1,2]", "[1,2,9]"),
            ("[ 1 ]", "[ 1, 9 ]"),
            ("[1]", "[1, 9]"),
            ("[]", "[9]"),
            ("[ {\"a\":1} ]", "[ {\"a\":1}, 9 ]"),
        ] {
            let root = tree(text);
            let mut edits = Edits::new(text);
            edits.append_item(&root, "9");
            assert_eq!(edits.finish().unwrap(), expected, "{text}");
        }
        let text = "[\n  1,\n  2\n]";
        let mut edits = Edits::new(text);
        edits.replace_item(&tree(text), 0, &["7".to_owned(), "8".to_owned()]);
        assert_eq!(edits.finish().unwrap(), "[\n  7,\n  8,\n  2\n]");
    }

    #[test]
    fn edits_of_the_same_place_are_refused() {
        let text = "[1, 2]";
        let root = tree(text);
        let mut edits = Edits::new(text);
        edits.remove_items(&root, &[0]);
        edits.replace(&root.items()[0].span, "3");
        assert_eq!(edits.finish(), Err(EditError::Overlap));
        let mut edits = Edits::new(text);
        edits.replace(&(90..91), "3");
        assert_eq!(edits.finish(), Err(EditError::Place));
    }

    fn draft() -> Draft {
        Draft::object(vec![
            ("Sid", Draft::text("New \"one\"")),
            ("Principal", Draft::object(vec![("AWS", Draft::text("*"))])),
            ("Action", Draft::texts(&["a", "b"])),
        ])
    }

    fn added(text: &str) -> String {
        let root = tree(text);
        let list = root.get("Statement").unwrap();
        let style = Style::of(text, &root, list.items().last().unwrap());
        let mut edits = Edits::new(text);
        edits.append_item(list, &style.beside(&draft()));
        edits.finish().unwrap()
    }

    #[test]
    fn a_new_object_is_written_as_those_beside_it() {
        // As AWS itself writes a policy.
        let aws = "{\n  \"Statement\" : [ {\n    \"Sid\" : \"x\",\n    \"Principal\" : {\n      \"AWS\" : \"y\"\n    },\n    \"Action\" : [ \"p\", \"q\" ]\n  } ]\n}";
        assert_eq!(
            added(aws),
            aws.replace(
                "\n  } ]\n}",
                "\n  }, {\n    \"Sid\" : \"New \\\"one\\\"\",\n    \"Principal\" : {\n      \"AWS\" : \"*\"\n    },\n    \"Action\" : [ \"a\", \"b\" ]\n  } ]\n}"
            )
        );
        let lines = "{\r\n\t\"Statement\": [\r\n\t\t{\r\n\t\t\t\"Sid\": \"x\",\r\n\t\t\t\"Principal\": {\"AWS\": \"y\"},\r\n\t\t\t\"Action\": [\r\n\t\t\t\t\"p\"\r\n\t\t\t]\r\n\t\t}\r\n\t]\r\n}\r\n";
        assert_eq!(
            added(lines),
            lines.replace(
                "\r\n\t\t}\r\n\t]",
                "\r\n\t\t},\r\n\t\t{\r\n\t\t\t\"Sid\": \"New \\\"one\\\"\",\r\n\t\t\t\"Principal\": {\"AWS\": \"*\"},\r\n\t\t\t\"Action\": [\r\n\t\t\t\t\"a\",\r\n\t\t\t\t\"b\"\r\n\t\t\t]\r\n\t\t}\r\n\t]"
            )
        );
        let line = r#"{"Statement":[{"Sid":"x","Action":"p"}]}"#;
        assert_eq!(
            added(line),
            r#"{"Statement":[{"Sid":"x","Action":"p"},{"Sid":"New \"one\"","Principal":{"AWS":"*"},"Action":["a","b"]}]}"#
        );
        let spaced = r#"{"Statement": [{"Sid": "x", "Action": ["p", "q"]}, {"Sid": "y", "Action": "p"}]}"#;
        assert_eq!(
            added(spaced),
            r#"{"Statement": [{"Sid": "x", "Action": ["p", "q"]}, {"Sid": "y", "Action": "p"}, {"Sid": "New \"one\"", "Principal": {"AWS": "*"}, "Action": ["a", "b"]}]}"#
        );
    }
}
