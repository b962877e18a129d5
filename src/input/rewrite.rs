//! Texts whose characters somebody's program wrote otherwise, one way for the whole text: escapes of a string that has lost
//! its quotes, entities of a web page, an object that has lost its braces, PEM that has lost its line ends.
//!
//! Each is undone where nothing else can be meant, and what comes out is read strictly.

use crate::source::{OffsetMap, SourceId, SourceMap};

/// Bytes of such a text that are looked at.
const LIMIT: usize = 8 << 20;

/// A text as it grows, with the way back.
#[derive(Default)]
struct Made {
    text: String,
    map: OffsetMap,
}

impl Made {
    fn copy(&mut self, part: &str, at: usize) {
        let start = self.text.len();
        self.text.push_str(part);
        self.map
            .copied(start..self.text.len(), at..at.saturating_add(part.len()));
    }

    fn put(&mut self, part: &str, stands_for: std::ops::Range<usize>) {
        let start = self.text.len();
        self.text.push_str(part);
        self.map.replaced(start..self.text.len(), stands_for);
    }
}

/// Undoes the first of the ways that the text has, if any.
pub(super) fn undone(sources: &mut SourceMap, source: SourceId) -> Option<SourceId> {
    let text = sources
        .get(source)
        .shared_text()
        .filter(|text| text.len() <= LIMIT)?;
    let made = unescaped(&text)
        .or_else(|| without_entities(&text))
        .or_else(|| with_braces(&text))
        .or_else(|| with_line_ends(&text))?;
    Some(sources.add_stripped(source, made.text, made.map))
}

/// `{\"KeyId\": …}`: the inside of a JSON string.
fn unescaped(text: &str) -> Option<Made> {
    let inside = text.trim_start().strip_prefix('{')?;
    let inside = inside.trim_start_matches(|char: char| char.is_whitespace());
    let inside = inside
        .trim_start_matches("\\n")
        .trim_start_matches("\\r")
        .trim_start();
    if !inside.starts_with("\\\"") {
        return None;
    }
    let mut made = Made::default();
    let mut at = 0_usize;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = rest.find('\\').unwrap_or(rest.len());
        made.copy(rest.get(..plain).unwrap_or_default(), at);
        at = at.saturating_add(plain);
        let escape = rest.get(plain..).unwrap_or_default();
        let written = match escape.as_bytes().get(1) {
            Some(b'"') => "\"",
            Some(b'\\') => "\\",
            Some(b'n') => "\n",
            Some(b'r') => "\r",
            Some(b't') => "\t",
            Some(b'/') => "/",
            // Other escapes mean the same one level further out.
            Some(_) | None => {
                let length = usize::from(!escape.is_empty());
                made.copy(escape.get(..length).unwrap_or_default(), at);
                at = at.saturating_add(length);
                continue;
            }
        };
        made.put(written, at..at.saturating_add(2));
        at = at.saturating_add(2);
    }
    Some(made)
}

/// The characters that HTML writes as entities (HTML 13.5), those that evidence has.
const ENTITIES: [(&str, &str); 9] = [
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&#x22;", "\""),
    ("&#39;", "'"),
    ("&apos;", "'"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// `{&quot;KeyId&quot;: …}`: the source of a web page.
fn without_entities(text: &str) -> Option<Made> {
    if !ENTITIES.iter().take(3).any(|(entity, _)| text.contains(entity)) {
        return None;
    }
    let mut made = Made::default();
    let mut at = 0_usize;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = rest.find('&').unwrap_or(rest.len());
        made.copy(rest.get(..plain).unwrap_or_default(), at);
        at = at.saturating_add(plain);
        let tail = rest.get(plain..).unwrap_or_default();
        if let Some((entity, char)) = ENTITIES.iter().find(|(entity, _)| tail.starts_with(entity)) {
            made.put(char, at..at.saturating_add(entity.len()));
            at = at.saturating_add(entity.len());
        } else if !tail.is_empty() {
            made.copy("&", at);
            at = at.saturating_add(1);
        }
    }
    Some(made)
}

/// `"KeyId": …, "PublicKey": …`: the members of an object, copied without one of its braces or both.
fn with_braces(text: &str) -> Option<Made> {
    let body = text.trim();
    let start = text.len().saturating_sub(text.trim_start().len());
    let key_end = body.strip_prefix('"')?.find('"')?.saturating_add(2);
    if !body.get(key_end..)?.trim_start().starts_with(':') {
        return None;
    }
    let end = start.saturating_add(body.len());
    let kept = body.trim_end_matches(',');
    [kept, body].into_iter().find_map(|kept| {
        ["}", ""].into_iter().find_map(|close| {
            let mut made = Made::default();
            made.put("{", start..start);
            made.copy(kept, start);
            made.put(close, end..end);
            serde_json::from_str::<serde::de::IgnoredAny>(&made.text)
                .is_ok()
                .then_some(made)
        })
    })
}

/// `-----BEGIN PUBLIC KEY----- MFYw… -----END PUBLIC KEY-----` on one line.
fn with_line_ends(text: &str) -> Option<Made> {
    const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
    const END: &str = "-----END PUBLIC KEY-----";
    let mut made = Made::default();
    let mut at = 0_usize;
    let mut found = false;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find(BEGIN)) {
        let begin = at.saturating_add(open);
        let body = begin.saturating_add(BEGIN.len());
        let Some(length) = text.get(body..).and_then(|rest| rest.find(END)) else {
            break;
        };
        let inside = text.get(body..body.saturating_add(length)).unwrap_or_default();
        let end = body.saturating_add(length);
        let is_line = !inside.contains('\n')
            && inside
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b' '));
        made.copy(text.get(at..begin).unwrap_or_default(), at);
        if is_line {
            found = true;
            made.put("\n", begin..begin);
            made.copy(BEGIN, begin);
            let mut from = body;
            for part in inside.split(' ') {
                if !part.is_empty() {
                    made.put("\n", from..from);
                    made.copy(part, from);
                }
                from = from.saturating_add(part.len()).saturating_add(1);
            }
            made.put("\n", end..end);
            made.copy(END, end);
            made.put("\n", end.saturating_add(END.len())..end.saturating_add(END.len()));
        } else {
            made.copy(
                text.get(begin..end.saturating_add(END.len())).unwrap_or_default(),
                begin,
            );
        }
        at = end.saturating_add(END.len());
    }
    made.copy(text.get(at..).unwrap_or_default(), at);
    found.then_some(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    /// What comes out, and the piece of the original that the word `KeyId` or the base64 in it stands for.
    fn read(text: &str, word: &str) -> Option<(String, String)> {
        let mut sources = SourceMap::new();
        let file = sources.add_file("f", text.as_bytes().to_vec());
        let view = undone(&mut sources, file)?;
        let made = sources.get(view).text().unwrap().to_owned();
        let at = made.find(word).unwrap();
        let place = sources.place(Span::new(view, at..at + word.len()));
        Some((made, text[place.bytes].to_owned()))
    }

    #[test]
    fn each_way_is_undone_and_places_stay_those_of_the_file() {
        for (text, made) in [
            (r#"{\"KeyId\": \"a\\\"b\"}"#, r#"{"KeyId": "a\"b"}"#),
            (r#"{\n  \"KeyId\": \"a\"\n}"#, "{\n  \"KeyId\": \"a\"\n}"),
            (
                "<p>{&quot;KeyId&quot;: &quot;a&amp;b&quot;}</p>",
                "<p>{\"KeyId\": \"a&b\"}</p>",
            ),
            ("\"KeyId\": \"a\",\n\"b\": 1,\n", "{\"KeyId\": \"a\",\n\"b\": 1}"),
            ("  \"KeyId\": \"a\"\n}\n", "{\"KeyId\": \"a\"\n}"),
        ] {
            assert_eq!(
                read(text, "KeyId"),
                Some((made.to_owned(), "KeyId".to_owned())),
                "{text}"
            );
        }
        let pem = "key: -----BEGIN PUBLIC KEY----- MFYw EAYH -----END PUBLIC KEY-----\n";
        let (made, place) = read(pem, "EAYH").unwrap();
        assert_eq!(place, "EAYH");
        assert_eq!(
            made,
            "key: \n-----BEGIN PUBLIC KEY-----\nMFYw\nEAYH\n-----END PUBLIC KEY-----\n\n"
        );
    }

    #[test]
    fn what_is_written_as_it_should_be_stays() {
        for text in [
            "{\"a\": \"\\\"b\\\"\"}",
            "a & b &amp; c",
            "\"a sentence\", he said",
            "\"a\": \"b\" \"c\"",
            "-----BEGIN PUBLIC KEY-----\nMFYw\n-----END PUBLIC KEY-----\n",
            "-----BEGIN PRIVATE KEY----- MFYw -----END PRIVATE KEY-----",
        ] {
            assert_eq!(read(text, ""), None, "{text}");
        }
    }
}
