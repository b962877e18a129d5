//! Why a text is not JSON: the first character that is wrong, and what it is in plain words, with what to do.
//!
//! `serde_json` decides whether a text is JSON; this walk only looks for the reason when it is none. It keeps a stack of
//! its own and looks at each character once.

use super::parse::{JsonError, Limits};

/// The first fault of a text by RFC 8259. Nothing where this walk finds none.
pub(super) fn find(text: &str, limits: &Limits) -> Option<JsonError> {
    let mut walk = Walk {
        text,
        at: 0,
        open: Vec::new(),
        limits,
    };
    walk.document().err()
}

/// A bracket that is not closed yet.
struct Open {
    bracket: u8,
    at: usize,
}

struct Walk<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Open>,
    limits: &'t Limits,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value, or the bracket that closes an empty array.
    FirstValue,
    Name,
    /// A name, or the brace that closes an empty object.
    FirstName,
    Colon,
    CommaOrEnd,
}

type Step<T> = Result<T, JsonError>;

impl<'t> Walk<'t> {
    fn document(&mut self) -> Step<()> {
        let mut next = Next::Value;
        if self.text.trim().is_empty() {
            return self.fail("there is nothing but white space");
        }
        loop {
            self.blank();
            if self.open.is_empty() && next == Next::CommaOrEnd {
                return self.end();
            }
            let Some(byte) = self.byte() else {
                return self.cut();
            };
            self.stranger(byte)?;
            next = match next {
                Next::Value | Next::FirstValue => self.value(byte, next)?,
                Next::Name | Next::FirstName => self.name(byte, next)?,
                Next::Colon => self.colon(byte)?,
                Next::CommaOrEnd => self.comma(byte)?,
            };
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        let rest = self.rest();
        let blank = rest
            .len()
            .saturating_sub(rest.trim_start_matches([' ', '\t', '\r', '\n']).len());
        self.at = self.at.saturating_add(blank);
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn fail<T>(&self, message: impl Into<String>) -> Step<T> {
        Err(JsonError {
            offset: self.at,
            message: message.into(),
        })
    }

    fn fail_at<T>(offset: usize, message: impl Into<String>) -> Step<T> {
        Err(JsonError {
            offset,
            message: message.into(),
        })
    }

    fn line_of(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        before
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count()
            .saturating_add(1)
    }

    fn is_in_object(&self) -> bool {
        self.open.last().is_some_and(|open| open.bracket == b'{')
    }

    /// The text ends where something must come.
    fn cut<T>(&self) -> Step<T> {
        match self.open.last() {
            Some(open) => {
                let what = if open.bracket == b'{' {
                    "the object"
                } else {
                    "the list"
                };
                self.fail(format!(
                    "the text ends too early, {what} that begins in line {} is not closed: it was cut or not copied \
                     whole. Export it again",
                    self.line_of(open.at)
                ))
            }
            None => self.fail("the text ends too early: it was cut or not copied whole. Export it again"),
        }
    }

    /// What no JSON has outside of strings, wherever it stands.
    fn stranger(&self, byte: u8) -> Step<()> {
        let rest = self.rest();
        if rest.starts_with("//") || rest.starts_with("/*") || byte == b'#' {
            return self.fail("a comment: JSON has none. Take it out, or export the file again");
        }
        if rest.starts_with("...") || rest.starts_with('\u{2026}') {
            return self.fail("something was left out here: give the whole output");
        }
        let char = rest.chars().next().unwrap_or_default();
        match char {
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{ab}' | '\u{bb}' => self.fail(format!(
                "a typographic quote ({char}): JSON has straight ones (\"). A word processor or a mail program changes \
                 them; export the file again"
            )),
            '`' => self.fail("a backquote: JSON has straight double quotes (\")"),
            '\u{feff}' => self.fail("a byte order mark in the middle of the text: two files were put together; give them one by one"),
            '\u{a0}' | '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{2060}' | '\u{3000}' => self.fail(format!(
                "an invisible character (U+{:04X}) that JSON does not allow here: export the file again instead of \
                 copying it from a page",
                u32::from(char)
            )),
            _ => Ok(()),
        }
    }

    fn value(&mut self, byte: u8, next: Next) -> Step<Next> {
        match byte {
            b'{' if self.rest().starts_with("{{") => self.fail(
                "a placeholder of a template ({{…}}) in place of a value: the template was not filled in",
            ),
            b'{' | b'[' => {
                if self.open.len() > self.limits.depth {
                    return self.fail(format!("nests deeper than {} levels", self.limits.depth));
                }
                self.open.push(Open {
                    bracket: byte,
                    at: self.at,
                });
                self.skip(1);
                Ok(if byte == b'{' {
                    Next::FirstName
                } else {
                    Next::FirstValue
                })
            }
            b'"' => {
                self.string()?;
                Ok(Next::CommaOrEnd)
            }
            b']' if next == Next::FirstValue => self.comma(byte),
            b'}' | b']' if !self.is_in_object() => self.after_comma(byte),
            b'}' | b']' => self.fail("a value is missing between the colon and this bracket"),
            b',' if self.is_in_object() => self.fail("a value is missing between the colon and this comma"),
            b',' => self.fail("a comma too many: there is no value before it"),
            b':' => self.fail("a colon too many"),
            b'\'' => self.fail("single quotes: JSON has double ones (\")"),
            b'<' => self.fail("a placeholder (<…>) in place of a value: give the output as it is"),
            b'$' => self.fail("a variable in place of a value: it was not filled in"),
            b'-' | b'+' | b'.' | b'0'..=b'9' => {
                self.number()?;
                Ok(Next::CommaOrEnd)
            }
            _ => {
                self.word()?;
                Ok(Next::CommaOrEnd)
            }
        }
    }

    /// A bracket after a comma: the comma is the fault.
    fn after_comma<T>(&self, bracket: u8) -> Step<T> {
        let before = self.text.get(..self.at).unwrap_or_default().trim_end();
        if before.ends_with(',') {
            let at = before.len().saturating_sub(1);
            return Self::fail_at(
                at,
                "trailing comma: JSON allows none before a closing bracket. Take it out",
            );
        }
        self.fail(format!(
            "a closing bracket ({}) where a value must stand",
            char::from(bracket)
        ))
    }

    fn name(&mut self, byte: u8, next: Next) -> Step<Next> {
        match byte {
            b'"' => {
                self.string()?;
                Ok(Next::Colon)
            }
            b'}' if next == Next::FirstName => self.comma(byte),
            b'}' | b']' => self.after_comma(byte),
            b',' => self.fail("a comma too many: there is nothing before it"),
            b':' => self.fail("a name is missing before this colon"),
            b'\'' => self.fail("single quotes: JSON has double ones (\")"),
            b'{' => self.fail("a name is missing before this brace; or a placeholder of a template ({{…}}) was not filled in"),
            b'[' => self.fail("a name is missing before this bracket"),
            _ => {
                let word = self.run();
                if word.is_empty() {
                    return self.fail("a name in double quotes must stand here");
                }
                self.fail("a name without quotes: JSON has names in double quotes (\")")
            }
        }
    }

    fn colon(&mut self, byte: u8) -> Step<Next> {
        match byte {
            b':' => {
                self.skip(1);
                Ok(Next::Value)
            }
            b'=' => self.fail("an equals sign: JSON has a colon (:) between name and value"),
            b',' | b'}' | b']' => {
                self.fail("a colon and a value are missing before this: the name before it has none")
            }
            byte if byte.is_ascii_alphabetic() && self.touches_string() => self.unescaped(),
            _ => self.fail("a colon (:) is missing before this"),
        }
    }

    fn comma(&mut self, byte: u8) -> Step<Next> {
        match byte {
            b',' => {
                self.skip(1);
                Ok(if self.is_in_object() {
                    Next::Name
                } else {
                    Next::Value
                })
            }
            b'}' | b']' => {
                let Some(open) = self.open.last() else {
                    return self.end().map(|()| Next::CommaOrEnd);
                };
                let fits = if open.bracket == b'{' { b'}' } else { b']' };
                if byte != fits {
                    return self.fail(format!(
                        "the wrong bracket ({}): line {} opens with {}, which {} closes",
                        char::from(byte),
                        self.line_of(open.at),
                        char::from(open.bracket),
                        char::from(fits)
                    ));
                }
                self.open.pop();
                self.skip(1);
                Ok(Next::CommaOrEnd)
            }
            b':' => self.fail("a colon too many"),
            b'=' => self.fail("an equals sign where a comma or a closing bracket must stand"),
            b';' => self.fail("a semicolon: JSON has commas"),
            byte if (byte.is_ascii_alphabetic() || byte == b'{') && self.touches_string() => self.unescaped(),
            _ => self.fail("a comma is missing before this"),
        }
    }

    /// True where the character before is the end of a string: `"a"b`.
    fn touches_string(&self) -> bool {
        self.text
            .get(..self.at)
            .is_some_and(|before| before.ends_with('"'))
    }

    /// A quote inside a text that ends it too early.
    fn unescaped<T>(&self) -> Step<T> {
        Self::fail_at(
            self.at.saturating_sub(1),
            "a quote (\") inside a text that is not escaped (\\\"): the text ends here. Export the file again",
        )
    }

    /// After the one value.
    fn end(&mut self) -> Step<()> {
        let Some(byte) = self.byte() else {
            return Ok(());
        };
        self.stranger(byte)?;
        match byte {
            b'}' | b']' => self.fail(format!("a closing bracket ({}) too many", char::from(byte))),
            b',' => self.fail("a comma after the end of the value: put several values into a list ([…]), or give them one by one"),
            b'{' | b'[' | b'"' => self.fail("a second value follows the first one: give them one by one, or in a list ([…])"),
            _ => self.fail("something follows the value that is not part of it"),
        }
    }

    fn string(&mut self) -> Step<()> {
        let start = self.at;
        self.skip(1);
        loop {
            let rest = self.rest();
            let plain = rest
                .bytes()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
                .unwrap_or(rest.len());
            self.skip(plain);
            match self.byte() {
                None => {
                    return self.fail(format!(
                        "the text ends inside the quoted text that begins in line {}: it was cut or not copied whole. \
                         Export it again",
                        self.line_of(start)
                    ));
                }
                Some(b'"') => {
                    self.skip(1);
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(b'\n' | b'\r') => {
                    return self.fail(
                        "a line end inside a quoted text: the text was wrapped or cut, or the quote that ends it is \
                         missing. Export the file again",
                    );
                }
                Some(b'\t') => return self.fail("a tab inside a quoted text: JSON writes it as \\t"),
                Some(other) => {
                    return self.fail(format!(
                        "a control character (U+{other:04X}) inside a quoted text"
                    ));
                }
            }
        }
    }

    fn escape(&mut self) -> Step<()> {
        let rest = self.rest().as_bytes();
        let unit = |at: usize| {
            let digits = rest.get(at..at.saturating_add(4))?;
            let whole = digits.iter().all(u8::is_ascii_hexdigit);
            let digits = std::str::from_utf8(digits).ok().filter(|_| whole)?;
            u32::from_str_radix(digits, 16).ok()
        };
        match rest.get(1) {
            None => {
                self.skip(1);
                self.cut()
            }
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.skip(2);
                Ok(())
            }
            Some(b'u') => {
                let Some(code) = unit(2) else {
                    return self.fail("an escape sequence \\u without four hex digits");
                };
                match code {
                    0xd800..=0xdbff => {
                        let low = (rest.get(6..8) == Some(b"\\u")).then(|| unit(8)).flatten();
                        if !low.is_some_and(|low| (0xdc00..0xe000).contains(&low)) {
                            return self.fail(format!("half a character (\\u{code:04x}): its second half is missing"));
                        }
                        self.skip(12);
                    }
                    0xdc00..=0xdfff => {
                        return self.fail(format!("half a character (\\u{code:04x}): its first half is missing"));
                    }
                    _ => self.skip(6),
                }
                Ok(())
            }
            Some(_) => self.fail(
                "a backslash before a character that needs none: JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with \
                 four hex digits",
            ),
        }
    }

    /// Characters up to the next blank, bracket, comma or quote.
    fn run(&self) -> &'t str {
        let rest = self.rest();
        let length = rest
            .find(|char: char| {
                char.is_whitespace() || matches!(char, '{' | '}' | '[' | ']' | ',' | '"' | '\'')
            })
            .unwrap_or(rest.len());
        rest.get(..length).unwrap_or_default()
    }

    fn number(&mut self) -> Step<()> {
        let run = self.run();
        if is_number(run) {
            self.skip(run.len());
            return Ok(());
        }
        let body = run.trim_start_matches('-');
        if self.text.len() == self.at.saturating_add(run.len())
            && body
                .chars()
                .all(|char| matches!(char, '0'..='9' | '.' | 'e' | 'E' | '+' | '-'))
        {
            self.skip(run.len());
            return self.cut();
        }
        if is_date(run) {
            return self.fail("a date without quotes: JSON has dates in double quotes (\")");
        }
        if matches!(run, "-Infinity" | "+Infinity" | "-inf" | "-NaN") {
            return self.fail("not a number that JSON knows");
        }
        if body.starts_with("0x") || body.starts_with("0X") {
            return self.fail("hex digits without quotes: JSON has them in double quotes (\")");
        }
        if body.len() > 1 && body.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.fail("a number with a leading zero: an account id stands in double quotes (\")");
        }
        if body.is_empty() || body.starts_with(['+', '.']) || body.ends_with('.') || run.starts_with('+') {
            return self.fail("not a number as JSON writes one");
        }
        self.fail("a text without quotes: JSON has texts in double quotes (\")")
    }

    fn word(&mut self) -> Step<()> {
        let run = self.run();
        let word = run.split([':', '=', ';', '(']).next().unwrap_or_default();
        match run {
            "true" | "false" | "null" => {
                self.skip(run.len());
                return Ok(());
            }
            _ => {}
        }
        let at_end = self.text.len() == self.at.saturating_add(run.len());
        let begun = ["true", "false", "null"]
            .iter()
            .any(|whole| whole.starts_with(run));
        if at_end && begun && !run.is_empty() {
            self.skip(run.len());
            return self.cut();
        }
        match word {
            "True" | "False" => self.fail(format!(
                "{word} is how Python writes it: JSON has {}",
                word.to_lowercase()
            )),
            "None" | "undefined" | "nil" | "Null" | "NULL" => {
                let whose = match word {
                    "None" => "Python",
                    "undefined" => "JavaScript",
                    _ => "another language",
                };
                self.fail(format!("{word} is how {whose} writes it: JSON has null"))
            }
            "TRUE" | "FALSE" => self.fail("JSON has true and false in small letters"),
            "NaN" | "nan" | "Infinity" | "inf" => self.fail("not a number that JSON knows"),
            "b" | "u" | "r" => self.fail("a text as Python prints it: JSON has no letter before the quotes"),
            "" => self.fail("a character that no value begins with"),
            _ => self.fail("a text without quotes: JSON has texts in double quotes (\")"),
        }
    }
}

/// RFC 8259 section 6.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| {
        text.len()
            .saturating_sub(text.trim_start_matches(|char: char| char.is_ascii_digit()).len())
    };
    let mut rest = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return false;
    }
    rest = rest.get(whole..).unwrap_or_default();
    if let Some(part) = rest.strip_prefix('.') {
        let count = digits(part);
        if count == 0 {
            return false;
        }
        rest = part.get(count..).unwrap_or_default();
    }
    if let Some(part) = rest.strip_prefix(['e', 'E']) {
        let part = part.strip_prefix(['+', '-']).unwrap_or(part);
        let count = digits(part);
        return count > 0 && count == part.len();
    }
    rest.is_empty()
}

/// `2026-11-02`, `2026-11-02T…`, `10:11:12`.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let date = [0, 1, 2, 3, 5, 6, 8, 9].iter().all(|at| digit(*at))
        && bytes.get(4) == Some(&b'-')
        && bytes.get(7) == Some(&b'-');
    let time = digit(0) && digit(1) && bytes.get(2) == Some(&b':') && digit(3) && digit(4);
    date || time
}
