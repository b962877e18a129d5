//! From files to artefacts: one format a file, recognised by its content.
//!
//! A file is tried against every [`Format`] of [`FORMATS`]. One that fits reads it; two that fit are an error that
//! names both; none leaves the file listed as not recognised, with the nearest guess.

mod announcement;
mod claims_csv;
mod claims_json;
mod claims_toml;
mod cli_describe_key;
mod cli_get_key_policy;
mod cli_get_public_key;
mod cli_lists;
mod cli_sign;
mod decode;
mod fields;
mod guess;
mod hyperlane_contracts;
mod iam_details;
mod key_policy;
mod public_key;
mod spki_base64;
mod spki_der;
mod spki_hex;
mod spki_pem;
mod validator_sets;
mod walk;

use std::sync::Arc;

use crate::evidence::{Artefact, Data, FileRecord, FileStatus, Strength, Trouble};
use crate::json::{self, JsonError, Node};
use crate::source::{SourceId, SourceMap, Span};

pub use walk::{Gathered, InputError, Limits, Options, gather, gather_bytes};

/// One form of evidence.
pub trait Format: Sync {
    /// The id that `--input-format` and reports use.
    fn id(&self) -> &'static str;
    /// What it is, with an article, for messages.
    fn title(&self) -> &'static str;
    /// True if the content has this form. Looks at the content alone, never at a name, and decides by what only this
    /// form has; whether it is well formed is for [`Format::read`] to say.
    fn recognise(&self, probe: &Probe) -> bool;
    /// Reads the content. Never fails: what is wrong goes into the reader.
    fn read(&self, probe: &Probe, reader: &mut Reader);
}

/// Every format. A new one is one file and one line here; the order is that of `--help` and of the messages.
pub static FORMATS: &[&dyn Format] = &[
    &spki_der::SpkiDer,
    &spki_pem::SpkiPem,
    &spki_base64::SpkiBase64,
    &spki_hex::SpkiHex,
    &cli_get_public_key::GetPublicKey,
    &cli_describe_key::DescribeKey,
    &cli_get_key_policy::GetKeyPolicy,
    &cli_lists::ListKeyPolicies,
    &cli_lists::ListGrants,
    &cli_lists::ListAliases,
    &cli_lists::ListResourceTags,
    &cli_lists::ListKeys,
    &cli_sign::Sign,
    &key_policy::KeyPolicy,
    &iam_details::IamDetailsFormat,
    &claims_csv::ClaimsCsv,
    &claims_json::ClaimsJson,
    &claims_toml::ClaimsToml,
    &validator_sets::ValidatorSets,
    &announcement::Announcement,
    &hyperlane_contracts::HyperlaneContracts,
];

/// The format of an id.
pub fn format_by_id(id: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.id() == id)
}

/// One content, and what is known of it before any format looks.
pub struct Probe {
    /// The source that spans count in.
    pub source: SourceId,
    /// The bytes.
    pub bytes: Arc<[u8]>,
    /// The JSON tree, where the text starts like one.
    pub json: Option<Result<Node, JsonError>>,
    /// How keys are read.
    pub key_options: crate::key::Options,
    /// True for UTF-8.
    is_text: bool,
}

impl Probe {
    /// Looks at one source.
    pub fn new(sources: &SourceMap, source: SourceId, options: &Options) -> Self {
        let bytes = sources.get(source).shared();
        let text = std::str::from_utf8(&bytes).ok();
        let is_text = text.is_some();
        let json = text
            .filter(|text| text.trim_start().starts_with(['{', '[']))
            .map(|text| json::parse(text, &options.limits.json));
        Self {
            source,
            bytes,
            json,
            key_options: options.key_options,
            is_text,
        }
    }

    /// The text, where the bytes are UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// The tree, where the text is JSON.
    pub fn tree(&self) -> Option<&Node> {
        self.json.as_ref().and_then(|json| json.as_ref().ok())
    }

    /// The JSON object that the text is.
    pub fn object(&self) -> Option<&Node> {
        self.tree().filter(|node| node.is_object())
    }

    /// A span of this source: cut at its end, and in a text never through a character.
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        let inside =
            |at: usize| self.is_text && self.bytes.get(at).is_some_and(|byte| (0x80..0xc0).contains(byte));
        let (mut start, mut end) = (range.start.min(self.bytes.len()), range.end.min(self.bytes.len()));
        while inside(start) {
            start = start.saturating_sub(1);
        }
        while inside(end) {
            end = end.saturating_add(1);
        }
        Span::new(self.source, start..end)
    }

    /// The span of a node.
    pub fn at(&self, node: &Node) -> Span {
        Span::new(self.source, node.span.clone())
    }

    /// The whole content.
    pub fn whole(&self) -> Span {
        Span::new(self.source, 0..self.bytes.len())
    }
}

/// Takes what a format reads out of one file.
pub struct Reader<'s> {
    /// The sources, for views of parts of the file.
    pub sources: &'s mut SourceMap,
    /// What JSON may cost.
    pub json_limits: json::Limits,
    file: SourceId,
    format: &'static str,
    artefacts: Vec<Artefact>,
    broken: Option<(String, Span)>,
}

impl Reader<'_> {
    /// Adds an artefact.
    pub fn push(&mut self, span: Span, data: Data) {
        self.push_with(span, data, Vec::new());
    }

    /// Adds an artefact with what is wrong about its form.
    pub fn push_with(&mut self, span: Span, mut data: Data, troubles: Vec<Trouble>) {
        // What could be a private key is kept nowhere, so that nothing can show it.
        if let Data::Claims(claims) = &mut data {
            for claim in claims {
                claim.address.value = crate::address::shown(&claim.address.value);
            }
        }
        let strength = if matches!(data, Data::Claims(_)) {
            Strength::Statement
        } else {
            Strength::ClientFile
        };
        self.artefacts.push(Artefact {
            file: self.file,
            span,
            format: self.format,
            strength,
            data,
            troubles,
        });
    }

    /// Says that the file is broken, and where. The first word on it stays.
    pub fn broken(&mut self, message: impl Into<String>, span: Span) {
        if self.broken.is_none() {
            self.broken = Some((message.into(), span));
        }
    }
}

/// Recognises and reads one file; returns what became of it.
pub fn read_file(
    sources: &mut SourceMap,
    file: SourceId,
    options: &Options,
    artefacts: &mut Vec<Artefact>,
) -> (Option<&'static str>, FileStatus) {
    let text = decode::decoded(sources, file);
    let probe = Probe::new(sources, text, options);
    let found: Vec<&'static dyn Format> = match options.format {
        Some(forced) => vec![forced],
        None => FORMATS
            .iter()
            .copied()
            .filter(|format| format.recognise(&probe))
            .collect(),
    };
    let format = match found.as_slice() {
        [] => return (None, unrecognised(&probe)),
        [one] => *one,
        several => {
            let titles: Vec<&str> = several.iter().map(|format| format.title()).collect();
            let message = format!(
                "could be {}: say which with --input-format ({})",
                titles.join(" or "),
                several
                    .iter()
                    .map(|format| format.id())
                    .collect::<Vec<_>>()
                    .join(", ")
            );
            return (
                None,
                FileStatus::Broken {
                    message,
                    span: probe.whole(),
                },
            );
        }
    };
    if let Some(Err(error)) = &probe.json
        && options.format.is_some()
    {
        let span = probe.span(error.offset..error.offset);
        return (
            Some(format.id()),
            FileStatus::Broken {
                message: format!("not JSON: {error}"),
                span,
            },
        );
    }
    let json_limits = options.limits.json;
    let mut reader = Reader {
        sources,
        json_limits,
        file,
        format: format.id(),
        artefacts: Vec::new(),
        broken: None,
    };
    format.read(&probe, &mut reader);
    let Reader {
        artefacts: made,
        broken,
        ..
    } = reader;
    let nothing = made.is_empty();
    artefacts.extend(made);
    let status = match broken {
        Some((message, span)) => FileStatus::Broken { message, span },
        None if nothing => {
            FileStatus::NotRecognised(format!("it has the form of {}, but says nothing", format.title()))
        }
        None => FileStatus::Used,
    };
    (Some(format.id()), status)
}

/// A file that no format knows: broken JSON, or something else.
fn unrecognised(probe: &Probe) -> FileStatus {
    if let Some(Err(error)) = &probe.json {
        let text = probe.text().unwrap_or_default().trim_start();
        let second = text.get(1..).unwrap_or_default().trim_start();
        if text.starts_with('{') || second.starts_with(['{', '"', '[', ']']) {
            let span = probe.span(error.offset..error.offset);
            return FileStatus::Broken {
                message: format!("not JSON: {error}"),
                span,
            };
        }
    }
    FileStatus::NotRecognised(guess::reason(probe))
}

/// A file record without a format, for what cannot be read at all.
fn unread(source: SourceId, path: String, below: String, named: bool, status: FileStatus) -> FileRecord {
    FileRecord {
        source,
        path,
        below,
        named,
        format: None,
        status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_stays_inside_and_cuts_no_character() {
        let span = |bytes: &[u8], range| {
            let mut sources = SourceMap::new();
            let source = sources.add_file("a", bytes.to_vec());
            let span = Probe::new(&sources, source, &Options::default()).span(range);
            span.start..span.end
        };
        assert_eq!(span(b"", 0..1), 0..0);
        assert_eq!(span("aéb".as_bytes(), 2..3), 1..3);
        assert_eq!(span("aéb".as_bytes(), 3..9), 3..4);
        assert_eq!(
            span(&[0x30, 0x80, 0xff, 0x80], 1..2),
            1..2,
            "bytes that are no text"
        );
    }
}
