//! What programs print of a value: Python's `print(response)` and `pprint`, and Node's `console.log(response)`.
//!
//! Python: `{'KeyId': 'x', 'PublicKey': b'0V0\x10…', 'CreationDate': datetime.datetime(2026, 1, 2, 3, 4, tzinfo=tzutc())}`.
//! Node: `{ KeyId: 'x', PublicKey: Uint8Array(88) [ 48, 86, … ], '$metadata': { … } }`.

use std::ops::Range;

use super::documents::is_frame;
use super::{Notation, Read, Root, fault, mapped};
use crate::json::{JsonError, Limits, Member, Node, Value};
use crate::source::OffsetMap;

/// Python and Node values as they are printed.
#[derive(Debug)]
pub(super) struct Literal;

impl Notation for Literal {
    fn id(&self) -> &'static str {
        "literal"
    }

    fn title(&self) -> &'static str {
        "a value as Python or Node prints it"
    }

    fn read(&self, text: &str, limits: &Limits) -> Read {
        let Some(at) = start(text) else {
            return Read::No;
        };
        let mut parser = Parser {
            text,
            limits,
            at,
            values: 0,
        };
        let read = if is_numbers(text) {
            parser.numbers()
        } else {
            parser.value(0)
        };
        let node = match read {
            Ok(node) => node,
            Err(error) => return Read::Broken(error),
        };
        parser.blank();
        // The next prompt of the shell that printed it.
        match parser.rest().trim_end() {
            "" | ">>>" | "$" | ">" => Read::Roots(vec![Root::alone(node)]),
            _ => Read::Broken(fault(parser.at, "something follows the value")),
        }
    }

    fn content(&self, text: &str, node: &Node) -> Option<(Vec<u8>, OffsetMap)> {
        let raw = text.get(node.span.clone())?;
        if let Some(inside) = raw.strip_prefix("<Buffer") {
            let start = node.span.start.saturating_add("<Buffer".len());
            return mapped(node, hex_pairs(inside, start));
        }
        // bytearray(b'…')
        let lead = if raw.starts_with("bytearray(") {
            "bytearray(".len()
        } else {
            0
        };
        if !raw.get(lead..)?.starts_with(['\'', '"', 'b', 'u', 'r', 'B']) {
            return super::verbatim(text, node);
        }
        // Adjacent strings are one: `pprint` breaks long ones so.
        let mut parser = Parser {
            text,
            limits: &Limits::default(),
            at: node.span.start.saturating_add(lead),
            values: 0,
        };
        let mut pieces = Vec::new();
        while parser.at < node.span.end {
            let Ok((_, more)) = parser.string() else { break };
            pieces.extend(more);
            parser.blank();
        }
        mapped(node, pieces)
    }

    fn has_pointers(&self) -> bool {
        false
    }
}

/// True for a text that begins as such a value does, and as JSON does not: a string in single quotes or of bytes, or an
/// object whose first key is a name or stands in single quotes.
fn looks_like(text: &str) -> bool {
    let start = text.trim_start();
    if is_numbers(text) {
        return true;
    }
    if ["b'", "b\"", "<Buffer ", "Uint8Array(", "bytearray(b"]
        .iter()
        .any(|head| start.starts_with(head))
    {
        return true;
    }
    let mut inner = start;
    while let Some(rest) = inner.strip_prefix(['{', '[', '(']) {
        inner = rest.trim_start();
    }
    if inner.len() == start.len() {
        return false;
    }
    let name = inner
        .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '_' | '$')))
        .unwrap_or(0);
    inner.starts_with('\'')
        || (name > 0
            && !inner.starts_with(|first: char| first.is_ascii_digit())
            && inner.get(name..).is_some_and(|rest| rest.starts_with(": ")))
}

/// Where the value begins: at the start, or on the first line behind the time and level of a log, or behind a command.
fn start(text: &str) -> Option<usize> {
    if looks_like(text) {
        return Some(0);
    }
    let first = text.trim_start();
    let lead = text.len().saturating_sub(first.len());
    let line = first.lines().next().unwrap_or_default();
    if !is_frame(line) && !line.starts_with("In [") {
        return None;
    }
    let behind = line.find("{\'").map(|at| lead.saturating_add(at));
    behind.or_else(|| {
        let mut next = lead.saturating_add(line.len());
        // IPython says on a line of its own, or before the value, whose answer it is.
        let rest = text.get(next..)?.trim_start();
        if line.starts_with("In [")
            && rest.starts_with("Out[")
            && let Some(end) = rest.find("]:")
        {
            next = text
                .len()
                .saturating_sub(rest.len())
                .saturating_add(end)
                .saturating_add(2);
        }
        looks_like(text.get(next..)?).then_some(next)
    })
}

/// True for numbers between commas or blanks and nothing else: what JavaScript makes of a `Uint8Array` as text, and what
/// Go prints of bytes.
fn is_numbers(text: &str) -> bool {
    let body = text.trim();
    let body = body
        .strip_prefix('[')
        .and_then(|body| body.strip_suffix(']'))
        .unwrap_or(body);
    body.contains([',', ' '])
        && body.starts_with(|first: char| first.is_ascii_digit())
        && body
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b' ' | b'\r' | b'\n' | b'-'))
}

struct Parser<'t> {
    text: &'t str,
    limits: &'t Limits,
    at: usize,
    values: usize,
}

/// A piece of a string: its place, its bytes, and whether they stand there as they are.
type Piece = (Range<usize>, Vec<u8>, bool);

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blank(&mut self) {
        let rest = self.rest();
        let blank = rest.len().saturating_sub(rest.trim_start().len());
        self.at = self.at.saturating_add(blank);
    }

    fn take(&mut self, token: &str) -> bool {
        self.blank();
        let found = self.rest().starts_with(token);
        if found {
            self.at = self.at.saturating_add(token.len());
        }
        found
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T, JsonError> {
        Err(fault(self.at, message))
    }

    fn value(&mut self, depth: usize) -> Result<Node, JsonError> {
        self.blank();
        self.values = self.values.saturating_add(1);
        if depth > self.limits.depth {
            return self.fail(format!("nests deeper than {} levels", self.limits.depth));
        }
        if self.values > self.limits.values {
            return self.fail(format!("holds more than {} values", self.limits.values));
        }
        let start = self.at;
        let below = depth.saturating_add(1);
        let value = match self.rest().as_bytes() {
            [b'{', ..] => self.object(below)?,
            [b'[', ..] => Value::Array(self.items('[', ']', below)?),
            [b'(', ..] => Value::Array(self.items('(', ')', below)?),
            [b'\'' | b'"', ..] | [b'b' | b'u' | b'r' | b'B', b'\'' | b'"', ..] => {
                return self.strings(start);
            }
            [b'<', ..] => self.buffer()?,
            _ => self.word(below)?,
        };
        Ok(Node {
            span: start..self.at,
            value,
        })
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.take("{");
        let mut members = Vec::new();
        while !self.take("}") {
            self.blank();
            let start = self.at;
            let key = if self.rest().starts_with(['\'', '"']) {
                match self.strings(start)?.value {
                    Value::String(text) => text,
                    _ => return self.fail("a key must be text"),
                }
            } else {
                let name = self.name();
                if name.is_empty() {
                    return self.fail("expected a key or a closing brace");
                }
                name.to_owned()
            };
            let key_span = start..self.at;
            if !self.take(":") {
                return self.fail("expected a colon after the key");
            }
            members.push(Member {
                key,
                key_span,
                value: self.value(depth)?,
            });
            if !self.take(",") && !self.at_token("}") {
                return self.fail("expected a comma or a closing brace");
            }
        }
        Ok(Value::Object(members))
    }

    /// The numbers of a list without brackets.
    fn numbers(&mut self) -> Result<Node, JsonError> {
        let mut items = Vec::new();
        self.take("[");
        loop {
            items.push(self.value(1)?);
            self.take(",");
            if self.take("]") || self.rest().trim().is_empty() {
                break;
            }
        }
        let span = 0..self.at;
        Ok(Node {
            span,
            value: Value::Array(items),
        })
    }

    fn at_token(&mut self, token: &str) -> bool {
        self.blank();
        self.rest().starts_with(token)
    }

    fn items(&mut self, open: char, close: char, depth: usize) -> Result<Vec<Node>, JsonError> {
        let close = close.to_string();
        self.take(&open.to_string());
        let mut items = Vec::new();
        while !self.take(&close) {
            self.blank();
            if self.rest().starts_with("...") {
                return self.fail("something was left out here: print the whole value");
            }
            items.push(self.value(depth)?);
            if !self.take(",") && !self.at_token(&close) {
                return self.fail("expected a comma or a closing bracket");
            }
        }
        Ok(items)
    }

    /// A name or a number.
    fn name(&mut self) -> &'t str {
        let rest = self.rest();
        let length = rest
            .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '_' | '$' | '.' | '-' | '+')))
            .unwrap_or(rest.len());
        self.at = self.at.saturating_add(length);
        rest.get(..length).unwrap_or_default()
    }

    /// A constant, a number, a call (`datetime.datetime(…)`) or a typed array (`Uint8Array(88) [ … ]`).
    fn word(&mut self, depth: usize) -> Result<Value, JsonError> {
        let start = self.at;
        let name = self.name();
        match name {
            "None" | "null" | "undefined" => return Ok(Value::Null),
            "True" | "true" => return Ok(Value::Bool(true)),
            "False" | "false" => return Ok(Value::Bool(false)),
            "" => return self.fail("expected a value"),
            _ => {}
        }
        if serde_json::from_str::<serde_json::Number>(name).is_ok() {
            return Ok(Value::Number(name.to_owned()));
        }
        // A date as Node prints it stands without quotes.
        if name.starts_with(|first: char| first.is_ascii_digit()) && name.contains('T') {
            let rest = self.rest();
            let length = rest
                .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, ':' | '.' | '-' | '+')))
                .unwrap_or(rest.len());
            self.at = self.at.saturating_add(length);
            let date = self.text.get(start..self.at).unwrap_or_default();
            return Ok(Value::String(date.to_owned()));
        }
        if name == "datetime.timezone.utc" {
            return Ok(Value::String("utc".to_owned()));
        }
        if !self.at_token("(") {
            self.at = start;
            return self.fail(format!("\"{name}\" is no value"));
        }
        let arguments = self.arguments(depth)?;
        let short = name.rsplit('.').next().unwrap_or(name);
        match short {
            "datetime" => Ok(Value::String(date(&arguments))),
            "Uint8Array" | "Array" => {
                let items = self.items('[', ']', depth)?;
                Ok(Value::Array(items))
            }
            // What wraps one value: Decimal('1'), OrderedDict([…]), bytearray(b'…').
            _ => match arguments.into_iter().next() {
                Some((_, node)) => Ok(node.value),
                None => Ok(Value::String(short.to_owned())),
            },
        }
    }

    /// The arguments of a call, each with its name where it has one.
    fn arguments(&mut self, depth: usize) -> Result<Vec<(String, Node)>, JsonError> {
        self.take("(");
        let mut arguments = Vec::new();
        while !self.take(")") {
            self.blank();
            let start = self.at;
            let name = self.name().to_owned();
            let named = !name.is_empty() && self.take("=");
            if !named {
                self.at = start;
            }
            let value = self.value(depth)?;
            arguments.push((if named { name } else { String::new() }, value));
            if !self.take(",") && !self.at_token(")") {
                return self.fail("expected a comma or a closing parenthesis");
            }
        }
        Ok(arguments)
    }

    /// `<Buffer 30 56 … >`
    fn buffer(&mut self) -> Result<Value, JsonError> {
        if self.rest().starts_with("<binary>") {
            return self.fail("the program left the bytes out here: print them in base64");
        }
        let start = self.at;
        let inside = self
            .rest()
            .strip_prefix("<Buffer")
            .and_then(|rest| rest.split_once('>'))
            .map(|(inside, _)| inside);
        let Some(inside) = inside else {
            return self.fail("expected a value");
        };
        let mut bytes = Vec::new();
        let mut at = start.saturating_add("<Buffer".len());
        for part in inside.split(' ') {
            if part.starts_with("...") {
                return Err(fault(
                    at,
                    "Node left bytes out here: print buffer.toString(\"base64\") instead",
                ));
            }
            if !part.is_empty() {
                match u8::from_str_radix(part, 16) {
                    Ok(byte) => bytes.push(byte),
                    Err(_) => return Err(fault(at, "expected a byte in hex")),
                }
            }
            at = at.saturating_add(part.len()).saturating_add(1);
        }
        self.at = start
            .saturating_add("<Buffer".len())
            .saturating_add(inside.len())
            .saturating_add(1);
        Ok(Value::Bytes(bytes))
    }

    /// A string or bytes, and those that follow without a comma.
    fn strings(&mut self, start: usize) -> Result<Node, JsonError> {
        let mut bytes = Vec::new();
        let mut is_bytes = false;
        let mut end;
        loop {
            let (of_bytes, pieces) = self.string()?;
            is_bytes |= of_bytes;
            bytes.extend(pieces.into_iter().flat_map(|(_, bytes, _)| bytes));
            end = self.at;
            self.blank();
            let again = matches!(
                self.rest().as_bytes(),
                [b'\'' | b'"', ..] | [b'b', b'\'' | b'"', ..]
            );
            if !again {
                break;
            }
        }
        self.at = end;
        let value = if is_bytes {
            Value::Bytes(bytes)
        } else {
            match String::from_utf8(bytes) {
                Ok(text) => Value::String(text),
                Err(_) => return self.fail("the string is no text"),
            }
        };
        Ok(Node {
            span: start..end,
            value,
        })
    }

    /// One string: true for bytes, and its pieces.
    fn string(&mut self) -> Result<(bool, Vec<Piece>), JsonError> {
        let start = self.at;
        let of_bytes = self.rest().starts_with(['b', 'B']);
        if self.rest().starts_with(['b', 'B', 'u', 'r']) {
            self.at = self.at.saturating_add(1);
        }
        let quote = self.rest().chars().next().unwrap_or_default();
        if quote != '\'' && quote != '"' {
            return self.fail("expected a string");
        }
        self.at = self.at.saturating_add(1);
        let mut pieces = Vec::new();
        loop {
            let rest = self.rest();
            let plain = rest.find([quote, '\\', '\n']).unwrap_or(rest.len());
            let next = self.at.saturating_add(plain);
            if plain > 0 {
                let bytes = rest.get(..plain).unwrap_or_default().as_bytes().to_vec();
                pieces.push((self.at..next, bytes, true));
            }
            self.at = next;
            match self.rest().as_bytes() {
                [b'\\', ..] => {
                    let (length, bytes) = escape(self.rest(), of_bytes);
                    let end = self.at.saturating_add(length);
                    pieces.push((self.at..end, bytes, false));
                    self.at = end;
                }
                [first, ..] if char::from(*first) == quote => {
                    self.at = self.at.saturating_add(1);
                    return Ok((of_bytes, pieces));
                }
                _ => return Err(fault(start, "the string has no end on its line")),
            }
        }
    }
}

/// The bytes inside `<Buffer 30 56>`, each with its place.
fn hex_pairs(inside: &str, start: usize) -> Vec<Piece> {
    let mut at = start;
    inside
        .trim_end_matches('>')
        .split(' ')
        .filter_map(|part| {
            let from = at;
            at = at.saturating_add(part.len()).saturating_add(1);
            let byte = u8::from_str_radix(part, 16).ok()?;
            Some((from..from.saturating_add(part.len()), vec![byte], false))
        })
        .collect()
}

/// An escape of Python (Language Reference 2.4.1), and those of JavaScript that are the same.
fn escape(rest: &str, of_bytes: bool) -> (usize, Vec<u8>) {
    let hex = |from: usize, digits: usize| {
        rest.get(from..from.saturating_add(digits))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
    };
    let text = |code: Option<u32>| {
        code.and_then(char::from_u32)
            .map_or_else(Vec::new, |char| char.to_string().into_bytes())
    };
    match rest.as_bytes().get(1) {
        Some(b'n') => (2, b"\n".to_vec()),
        Some(b't') => (2, b"\t".to_vec()),
        Some(b'r') => (2, b"\r".to_vec()),
        Some(b'a') => (2, vec![7]),
        Some(b'b') => (2, vec![8]),
        Some(b'f') => (2, vec![12]),
        Some(b'v') => (2, vec![11]),
        Some(b'0') => (2, vec![0]),
        Some(b'x') if of_bytes => (
            4,
            hex(2, 2)
                .and_then(|byte| u8::try_from(byte).ok())
                .into_iter()
                .collect(),
        ),
        Some(b'x') => (4, text(hex(2, 2))),
        Some(b'u') => (6, text(hex(2, 4))),
        Some(b'U') => (10, text(hex(2, 8))),
        Some(other) if other.is_ascii() => (2, vec![*other]),
        _ => (1, b"\\".to_vec()),
    }
}

/// `datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=tzutc())` as ISO 8601; without an offset where the time zone is
/// that of a computer nobody knows.
fn date(arguments: &[(String, Node)]) -> String {
    let number = |at: usize| {
        arguments
            .get(at)
            .filter(|(name, _)| name.is_empty())
            .and_then(|(_, node)| node.as_u64())
            .unwrap_or(0)
    };
    let zone = arguments.iter().find(|(name, _)| name == "tzinfo");
    let utc = zone
        .and_then(|(_, node)| node.as_str())
        .is_some_and(|zone| zone.to_lowercase().contains("utc"));
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}{}",
        number(0),
        number(1),
        number(2),
        number(3),
        number(4),
        number(5),
        number(6),
        if utc { "Z" } else { "" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_of_python_around_a_value_are_no_part_of_it() {
        for text in [
            "In [3]: kms.list_keys()\nOut[3]: {'Keys': []}\n",
            "In [3]: kms.list_keys()\nOut[3]:\n{'Keys': []}\n",
            ">>> kms.list_keys()\n{'Keys': []}\n>>>\n",
            ">>> kms.list_keys()\n{'Keys': []}\n>>> ",
        ] {
            let Read::Roots(roots) = Literal.read(text, &Limits::default()) else {
                panic!("{text}: {:?}", Literal.read(text, &Limits::default()));
            };
            let place = roots.first().unwrap().node.span.clone();
            assert_eq!(&text[place], "{'Keys': []}", "{text}");
        }
        let more = "{'Keys': []} and more";
        assert!(matches!(Literal.read(more, &Limits::default()), Read::Broken(_)));
    }
}
