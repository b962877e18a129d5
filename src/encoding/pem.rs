//! PEM blocks of RFC 7468, found anywhere in a text.
//!
//! A block whose label says that it holds a private key is reported by label and place alone: its content is
//! neither decoded nor kept, here or in an error.

use std::ops::Range;

use thiserror::Error;

use super::base64::{self, Base64Fault, TextMap};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// One PEM block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The label between `-----BEGIN ` and `-----`, for instance `PUBLIC KEY`.
    pub label: String,
    /// Bytes of the text from the first dash of the BEGIN line to the last dash of the END line.
    pub range: Range<usize>,
    /// What stands between the two lines.
    pub body: Body,
}

/// The content of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Decoded base64.
    Decoded {
        /// Bytes of the text between the BEGIN line and the END line.
        range: Range<usize>,
        /// The decoded bytes.
        bytes: Vec<u8>,
        /// The way back from decoded bytes to the text; offsets count from the text's start.
        map: TextMap,
    },
    /// A private key: not read.
    Withheld,
}

/// A fault of a PEM block, and where. It never holds content of the block, except one character of a block that is
/// no private key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason} at offset {offset}")]
pub struct PemError {
    /// Byte offset in the text: of the BEGIN or END line's first dash, of the header line, or of the bad character.
    pub offset: usize,
    /// The label of the BEGIN line (the END line's where there is no BEGIN), where it can be read.
    pub label: Option<String>,
    /// What is wrong.
    pub reason: PemFault,
}

/// What is wrong with a PEM block.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PemFault {
    /// A line starts like a boundary, but does not end in five dashes, has text after them, or has a bad label.
    #[error("the line starts like a PEM boundary but is none")]
    BadBoundary,
    /// The text, or the next BEGIN, comes before the END line.
    #[error("the END line of this PEM block is missing")]
    MissingEnd,
    /// An END line without a BEGIN.
    #[error("a PEM END line without a BEGIN line")]
    StrayEnd,
    /// The END line names another label than the BEGIN line.
    #[error("the PEM block ends as {0:?}, which is not the label it began with")]
    MismatchedLabel(String),
    /// An RFC 1421 header (`Proc-Type: …`), which RFC 7468 has no place for.
    #[error("a header line inside a PEM block (RFC 7468 has none)")]
    Header,
    /// The body is no base64.
    #[error("{0}")]
    Base64(Base64Fault),
}

enum Boundary {
    Begin(String),
    End(String),
    Bad { begins: bool, label: Option<String> },
}

struct Open {
    label: String,
    start: usize,
    body: usize,
    header: Option<usize>,
}

/// All PEM blocks of a text in order, broken ones as errors; text around them is passed over.
///
/// A boundary counts only at the start of a line (blanks before it are allowed). Lines end in LF or CRLF; the last
/// one may lack its end.
pub fn blocks(text: &[u8]) -> Vec<Result<Block, PemError>> {
    let mut found = Vec::new();
    let mut open: Option<Open> = None;
    let mut line_start = 0_usize;
    for line in text.split(|byte| *byte == b'\n') {
        let next = line_start.saturating_add(line.len()).saturating_add(1);
        let trimmed = line.trim_ascii_start();
        let start = line_start.saturating_add(line.len().saturating_sub(trimmed.len()));
        let trimmed = trimmed.trim_ascii_end();
        match boundary(trimmed) {
            None => {
                if let Some(block) = &mut open
                    && block.header.is_none()
                    && trimmed.contains(&b':')
                {
                    block.header = Some(start);
                }
            }
            Some(Boundary::Begin(label)) => {
                found.extend(open.take().map(missing_end));
                open = Some(Open {
                    label,
                    start,
                    body: next.min(text.len()),
                    header: None,
                });
            }
            Some(Boundary::End(label)) => {
                let end = start.saturating_add(trimmed.len());
                found.push(match open.take() {
                    Some(block) => close(text, block, &label, line_start, start..end),
                    None => Err(fault(start, Some(label), PemFault::StrayEnd)),
                });
            }
            Some(Boundary::Bad { begins, label }) => {
                // A broken END line ends its block: what follows is not its body.
                if begins {
                    found.extend(open.take().map(missing_end));
                    found.push(Err(fault(start, label, PemFault::BadBoundary)));
                } else {
                    let label = open.take().map(|block| block.label).or(label);
                    found.push(Err(fault(start, label, PemFault::BadBoundary)));
                }
            }
        }
        line_start = next;
    }
    found.extend(open.map(missing_end));
    found
}

/// True for a label of private key material (`PRIVATE KEY`, `EC PRIVATE KEY`, `OPENSSH PRIVATE KEY` …).
pub fn is_private(label: &str) -> bool {
    label.to_ascii_uppercase().contains("PRIVATE KEY")
}

fn fault(offset: usize, label: Option<String>, reason: PemFault) -> PemError {
    PemError {
        offset,
        label,
        reason,
    }
}

fn missing_end(block: Open) -> Result<Block, PemError> {
    Err(fault(block.start, Some(block.label), PemFault::MissingEnd))
}

fn close(
    text: &[u8],
    block: Open,
    end_label: &str,
    body_end: usize,
    end: Range<usize>,
) -> Result<Block, PemError> {
    let Open {
        label,
        start,
        body,
        header,
    } = block;
    if label != end_label {
        return Err(fault(
            end.start,
            Some(label),
            PemFault::MismatchedLabel(end_label.to_owned()),
        ));
    }
    let range = start..end.end;
    if is_private(&label) {
        return Ok(Block {
            label,
            range,
            body: Body::Withheld,
        });
    }
    if let Some(offset) = header {
        return Err(fault(offset, Some(label), PemFault::Header));
    }
    let body = body..body_end.max(body);
    match base64::decode_part(text, body.clone()) {
        Ok((bytes, map)) => Ok(Block {
            label,
            range,
            body: Body::Decoded {
                range: body,
                bytes,
                map,
            },
        }),
        Err(error) => Err(fault(error.offset, Some(label), PemFault::Base64(error.reason))),
    }
}

fn boundary(line: &[u8]) -> Option<Boundary> {
    let (rest, begins) = match (line.strip_prefix(BEGIN), line.strip_prefix(END)) {
        (Some(rest), _) => (rest, true),
        (_, Some(rest)) => (rest, false),
        _ => return None,
    };
    let label = rest.strip_suffix(DASHES).and_then(label_text);
    Some(match (label, begins) {
        (Some(label), true) => Boundary::Begin(label),
        (Some(label), false) => Boundary::End(label),
        // Only what stands before five dashes can be a label: anything else might be a key's content.
        (None, begins) => Boundary::Bad {
            begins,
            label: rest
                .windows(DASHES.len())
                .position(|window| window == DASHES)
                .and_then(|at| label_text(rest.get(..at)?)),
        },
    })
}

/// RFC 7468 section 3: printable characters without a hyphen, with single spaces or hyphens between them.
fn label_text(label: &[u8]) -> Option<String> {
    let separator = |byte: &u8| matches!(byte, b' ' | b'-');
    let printable = label.iter().all(|byte| matches!(byte, 0x20..=0x7e));
    let doubled = label.windows(2).any(|pair| pair.iter().all(separator));
    let bare = label.first().is_some_and(separator) || label.last().is_some_and(separator);
    if label.is_empty() || !printable || doubled || bare {
        return None;
    }
    String::from_utf8(label.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &str = "-----BEGIN PUBLIC KEY-----\naGVs\nbG8=\n-----END PUBLIC KEY-----\n";

    fn one(text: &str) -> Result<Block, PemError> {
        let mut all = blocks(text.as_bytes());
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    fn error(text: &str) -> (usize, PemFault) {
        let error = one(text).expect_err("refused");
        (error.offset, error.reason)
    }

    fn content(block: Block) -> Vec<u8> {
        match block.body {
            Body::Decoded { bytes, .. } => bytes,
            Body::Withheld => panic!("withheld"),
        }
    }

    #[test]
    fn a_block_is_found_with_the_text_around_it_and_any_line_end() {
        let bare = HELLO.trim_end();
        for text in [
            HELLO.to_owned(),
            bare.to_owned(),
            HELLO.replace('\n', "\r\n"),
            format!("the key of alice:\n{HELLO}that was it"),
            format!("    {}\n", bare.replace('\n', "\n    ")),
        ] {
            let block = one(&text).expect(&text);
            assert_eq!(block.label, "PUBLIC KEY");
            assert!(text[block.range.clone()].starts_with("-----BEGIN"), "{text:?}");
            assert!(text[block.range.clone()].ends_with("KEY-----"), "{text:?}");
            assert_eq!(content(block), b"hello");
        }
        assert!(blocks(b"no key here").is_empty());
        assert!(blocks(b"prose that says -----BEGIN PUBLIC KEY-----").is_empty());
    }

    #[test]
    fn decoded_bytes_lead_back_to_the_whole_text() {
        let text = format!("x\n{HELLO}");
        let Body::Decoded { range, map, .. } = one(&text).expect("a block").body else {
            panic!("withheld")
        };
        assert_eq!(&text[range], "aGVs\nbG8=\n");
        assert_eq!(&text[map.text_range(0..1)], "aG");
        assert_eq!(&text[map.text_range(3..5)], "bG8");
    }

    #[test]
    fn several_blocks_are_several_results_and_a_broken_one_hides_no_other() {
        let text = format!("{HELLO}-----BEGIN X-----\n!\n-----END X-----\n{HELLO}");
        let all = blocks(text.as_bytes());
        assert_eq!(all.len(), 3);
        assert!(all[0].is_ok() && all[1].is_err() && all[2].is_ok());
    }

    #[test]
    fn a_private_key_is_named_and_never_read() {
        for label in ["PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            let text = format!(
                "-----BEGIN {label}-----\nProc-Type: 4,ENCRYPTED\n\nc2VjcmV0!\n-----END {label}-----\n"
            );
            let block = one(&text).expect("named");
            assert_eq!(block.body, Body::Withheld);
            assert_eq!(block.label, label);
            let unfinished = one("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n").expect_err("no end");
            assert!(!format!("{block:?} {unfinished:?} {unfinished}").contains("c2Vj"));
        }
    }

    #[test]
    fn ends_must_be_there_and_fit() {
        assert_eq!(error("-----BEGIN A-----\naGVs\n"), (0, PemFault::MissingEnd));
        assert_eq!(error("\n-----END A-----\n"), (1, PemFault::StrayEnd));
        assert_eq!(
            error("-----BEGIN A-----\naGVs\n-----END B-----\n"),
            (23, PemFault::MismatchedLabel("B".to_owned()))
        );
        let all = blocks(b"-----BEGIN A-----\naGVs\n-----BEGIN B-----\naGVs\n-----END B-----\n");
        assert_eq!(all[0].as_ref().expect_err("no end").reason, PemFault::MissingEnd);
        assert_eq!(all[1].as_ref().expect("a block").label, "B");
    }

    #[test]
    fn a_line_that_only_starts_like_a_boundary_is_an_error() {
        assert_eq!(error("x\n-----BEGIN A----\n"), (2, PemFault::BadBoundary));
        assert_eq!(
            error("-----BEGIN A----- aGVs -----END A----- x"),
            (0, PemFault::BadBoundary)
        );
        assert_eq!(
            error("-----BEGIN A-----aGVs-----END A-----"),
            (0, PemFault::BadBoundary)
        );
        assert_eq!(
            error("-----BEGIN A-----\naGVs\n-----END A\n"),
            (23, PemFault::BadBoundary)
        );
        assert_eq!(error("-----BEGIN A  B-----\n"), (0, PemFault::BadBoundary));
        let joined =
            one("-----BEGIN PRIVATE KEY----- c2VjcmV0 -----END PRIVATE KEY-----").expect_err("one line");
        assert_eq!(
            joined.label.as_deref(),
            Some("PRIVATE KEY"),
            "the reader can still tell what it is"
        );
        assert_eq!(
            one("-----BEGIN PRIVATE KEY c2VjcmV0")
                .expect_err("no dashes")
                .label,
            None
        );
    }

    #[test]
    fn headers_and_bad_characters_are_placed() {
        let text = "-----BEGIN A-----\nProc-Type: 4\n\naGVs\n-----END A-----\n";
        assert_eq!(error(text), (18, PemFault::Header));
        let text = "-----BEGIN A-----\naG*s\n-----END A-----\n";
        assert_eq!(
            error(text),
            (20, PemFault::Base64(Base64Fault::BadCharacter('*')))
        );
    }
}
