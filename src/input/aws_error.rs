//! What the AWS CLI and the SDKs say in place of an output: the call was refused, or found nothing.
//!
//! That is evidence too: of what is missing, and why. The words are those of botocore (`ClientError`), of the JSON that
//! KMS itself answers with (`__type`), and of the SDKs' error objects.

use std::ops::Range;

use super::fields::Fields;
use super::{Format, Probe, Reader};
use crate::arn::KeyRef;
use crate::evidence::{Artefact, Data, FailedCall, Field, FileStatus, Strength};
use crate::json::{self, Node};
use crate::source::{SourceId, SourceMap, Span};

/// An error of AWS.
pub(super) struct AwsError;

const ID: &str = "aws-error";
const OCCURRED: &str = "An error occurred (";
const CALLING: &str = " when calling the ";

/// The most errors of one text.
const MOST: usize = 1000;

/// The longest message that is looked at.
const MESSAGE: usize = 2000;

impl Format for AwsError {
    fn id(&self) -> &'static str {
        ID
    }

    fn title(&self) -> &'static str {
        "an error of AWS in place of an output"
    }

    /// Of trees alone: errors in plain text stand among anything, and are looked for when it has been read.
    fn recognise(&self, probe: &Probe) -> bool {
        probe.object().is_some_and(|object| of_object(object).is_some())
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else {
            for call in calls(probe.text().unwrap_or_default(), probe.source) {
                reader.push(call.code.span, Data::Failed(call));
            }
            return;
        };
        let Some((code, message)) = of_object(object) else {
            return;
        };
        let mut fields = Fields::new(probe);
        let key = fields.key_or_command(object, "KeyId");
        let text = code.as_str().unwrap_or_default();
        let call = FailedCall {
            code: Field {
                value: text.rsplit(['#', ':']).next().unwrap_or_default().to_owned(),
                span: probe.at(code),
            },
            operation: message.and_then(Node::as_str).and_then(operation_in),
            caller: message.and_then(Node::as_str).and_then(caller_in),
            user: message.and_then(|node| {
                let (value, _) = user_in(node.as_str()?)?;
                Some(Field {
                    value,
                    span: probe.at(node),
                })
            }),
            key: key.or_else(|| {
                let message = message?;
                let (value, _) = key_in(message.as_str()?)?;
                Some(Field {
                    value,
                    span: probe.at(message),
                })
            }),
        };
        reader.push_with(probe.at(object), Data::Failed(call), fields.troubles);
    }
}

/// Code and message of an error object: `{"__type": …}`, `{"Error": {"Code": …}}`, `{"name": …, "$fault": …}`.
fn of_object(object: &Node) -> Option<(&Node, Option<&Node>)> {
    if let Some(error) = object.get("Error").filter(|error| error.is_object()) {
        let code = error.get("Code").filter(|code| code.as_str().is_some())?;
        return Some((code, error.get("Message")));
    }
    let code = object
        .get("__type")
        .or_else(|| object.get("name").filter(|_| object.get("$fault").is_some()))?;
    let text = code.as_str()?;
    let is_code = text.ends_with("Exception") || text.ends_with("Error") || text.ends_with("Fault");
    is_code.then_some((code, object.get_any(&["message", "Message"])))
}

/// Adds the errors that stand in a text beside what was read from it: a loop over several keys, a copy of a terminal.
pub(super) fn beside(
    sources: &SourceMap,
    source: SourceId,
    file: SourceId,
    (format, status): (Option<&'static str>, FileStatus),
    artefacts: &mut Vec<Artefact>,
) -> (Option<&'static str>, FileStatus) {
    let text = sources.get(source).text().unwrap_or_default();
    if format == Some(ID) || !text.contains(OCCURRED) {
        return (format, status);
    }
    // In a text that is one value these words are part of that value.
    if status == FileStatus::Used && json::parse(text, &json::Limits::default()).is_ok() {
        return (format, status);
    }
    let calls = calls(text, source);
    let none = calls.is_empty();
    artefacts.extend(calls.into_iter().map(|call| Artefact {
        intent: false,
        file,
        span: call.code.span,
        format: ID,
        strength: Strength::ClientFile,
        data: Data::Failed(call),
        troubles: Vec::new(),
    }));
    match status {
        FileStatus::NotRecognised(_) if !none => (Some(ID), FileStatus::Used),
        status => (format, status),
    }
}

/// The failed calls of a text.
fn calls(text: &str, source: SourceId) -> Vec<FailedCall> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(OCCURRED).take(MOST) {
        let start = at.saturating_add(OCCURRED.len());
        let rest = text.get(start..).unwrap_or_default();
        let rest = rest.get(..floor(rest, MESSAGE)).unwrap_or_default();
        let Some((code, rest)) = rest.split_once(')') else {
            continue;
        };
        if code.is_empty()
            || code.len() > 64
            || !code
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
        {
            continue;
        }
        let message = rest.split(['\n', '\r']).next().unwrap_or_default();
        let operation = message
            .strip_prefix(CALLING)
            .and_then(|rest| rest.split_once(" operation"))
            .map(|(operation, _)| operation.to_owned())
            .filter(|operation| operation.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let message_at = start.saturating_add(code.len()).saturating_add(1);
        let span = |range: Range<usize>| Span::new(source, range);
        let key = key_in(message).map(|(value, range)| Field {
            value,
            span: span(message_at.saturating_add(range.start)..message_at.saturating_add(range.end)),
        });
        found.push(FailedCall {
            code: Field {
                value: code.to_owned(),
                span: span(start..start.saturating_add(code.len())),
            },
            operation,
            caller: caller_in(message),
            user: user_in(message).map(|(value, range)| Field {
                value,
                span: span(message_at.saturating_add(range.start)..message_at.saturating_add(range.end)),
            }),
            key: key.or_else(|| key_of_command(text, at, source)),
        });
    }
    found
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// The operation of `not authorized to perform: kms:GetKeyPolicy`.
fn operation_in(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("perform: ")?;
    let action = rest
        .split(|char: char| char.is_whitespace() || char == ',')
        .next()?;
    Some(action.split_once(':').map_or(action, |(_, name)| name).to_owned())
}

/// The caller of `User: arn:… is not authorized`.
fn caller_in(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("User: ")?;
    let caller = rest.split_whitespace().next()?;
    caller.starts_with("arn:").then(|| caller.to_owned())
}

/// The user of IAM's `Login Profile for User a cannot be found`, and where. Stand-ins say `Login profile for a not found`.
fn user_in(message: &str) -> Option<(String, Range<usize>)> {
    let start = ["Login Profile for User ", "Login profile for "]
        .iter()
        .find_map(|words| Some(message.find(words)?.saturating_add(words.len())))?;
    let name = message.get(start..)?.split_whitespace().next()?;
    Some((name.to_owned(), start..start.saturating_add(name.len())))
}

/// The key or alias that a message names, and where.
fn key_in(message: &str) -> Option<(KeyRef, Range<usize>)> {
    let end = |char: char| char.is_whitespace() || matches!(char, '\'' | '"' | ',' | ';' | ')');
    message.match_indices("arn:").find_map(|(at, _)| {
        let rest = message.get(at..)?;
        let text = rest
            .get(..rest.find(end).unwrap_or(rest.len()))?
            .trim_end_matches('.');
        Some((KeyRef::parse(text)?, at..at.saturating_add(text.len())))
    })
}

/// The key that the command in the line above names.
fn key_of_command(text: &str, at: usize, source: SourceId) -> Option<Field<KeyRef>> {
    const OPTION: &str = "--key-id";
    let head = text.get(..at)?;
    let from = head.len().saturating_sub(MESSAGE);
    let from = (from..=head.len()).find(|at| head.is_char_boundary(*at))?;
    let near = head.get(from..)?;
    // The line of the error may have words before it; the command is the last line that is one.
    let option = near.rfind(OPTION)?;
    let after = near.get(option.saturating_add(OPTION.len())..)?;
    if after.contains('{') || after.contains(OCCURRED) {
        return None;
    }
    let value = after.trim_start_matches([' ', '=', '"', '\'']);
    let start = head.len().saturating_sub(value.len());
    let length = value
        .find(|char: char| char.is_whitespace() || matches!(char, '"' | '\'' | ';' | '|' | '>'))
        .unwrap_or(value.len());
    Some(Field {
        value: KeyRef::parse(value.get(..length)?)?,
        span: Span::new(source, start..start.saturating_add(length)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Bundle, assemble};
    use crate::input::{Options, gather_bytes};

    const ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/c198e57b-ff7b-4500-911d-c1c85f2ef956";

    fn bundle(text: &str) -> Bundle {
        let files = vec![("answer.txt".to_owned(), text.as_bytes().to_vec())];
        let gathered = gather_bytes(files, &Options::default()).unwrap();
        assemble(gathered.sources, gathered.files, gathered.artefacts)
    }

    fn refused() -> String {
        format!(
            "\nAn error occurred (AccessDeniedException) when calling the GetKeyPolicy operation: User: \
             arn:aws:iam::111122223333:user/auditor is not authorized to perform: kms:GetKeyPolicy on resource: {ARN} because \
             no identity-based policy allows the kms:GetKeyPolicy action\n"
        )
    }

    #[test]
    fn a_refused_call_is_evidence_of_what_is_missing() {
        let bundle = bundle(&refused());
        assert_eq!(bundle.files[0].format, Some("aws-error"));
        assert_eq!(bundle.files[0].status, FileStatus::Used);
        let gap = bundle.gaps.iter().find(|gap| gap.kind == "policy").unwrap();
        assert_eq!(
            gap.message,
            "answer.txt: AWS refused GetKeyPolicy to arn:aws:iam::111122223333:user/auditor (AccessDeniedException), so \
             that its output is not in the evidence"
        );
        assert_eq!(bundle.keys[gap.key.unwrap()].arn.as_deref(), Some(ARN));
        assert_eq!(
            bundle.sources.snippet(gap.span.unwrap()),
            Some("AccessDeniedException")
        );
    }

    #[test]
    fn errors_in_every_form() {
        let id = "c198e57b-ff7b-4500-911d-c1c85f2ef956";
        for (text, code, kind, key) in [
            (format!("$ aws kms list-grants --key-id {id}\n{}", refused().replace("GetKeyPolicy", "ListGrants")), "AccessDeniedException", "grants", Some(ARN)),
            (format!("$ aws kms describe-key --key-id {id}\nAn error occurred (NotFoundException) when calling the DescribeKey operation: Key 'x' does not exist\n"), "NotFoundException", "metadata", Some(id)),
            (format!("Traceback (most recent call last):\n  File \"x.py\"\nbotocore.exceptions.ClientError: {}", refused().trim()), "AccessDeniedException", "policy", Some(ARN)),
            (format!("{{\"__type\": \"AccessDeniedException\", \"Message\": \"User: arn:aws:iam::111122223333:user/a is not authorized to perform: kms:GetPublicKey on resource: {ARN} because\"}}"), "AccessDeniedException", "public-key", Some(ARN)),
            ("{\"Error\": {\"Code\": \"ThrottlingException\", \"Message\": \"Rate exceeded\"}, \"ResponseMetadata\": {}}".to_owned(), "ThrottlingException", "error", None),
            ("{\"name\": \"NotFoundException\", \"$fault\": \"client\", \"message\": \"x\"}".to_owned(), "NotFoundException", "error", None),
        ] {
            let bundle = bundle(&text);
            let Data::Failed(call) = &bundle.artefacts[0].data else {
                panic!("{text}: {:?}", bundle.artefacts);
            };
            assert_eq!(call.code.value, code, "{text}");
            assert_eq!(call.key.as_ref().map(|key| key.value.to_string()).as_deref(), key, "{text}");
            assert!(bundle.gaps.iter().any(|gap| gap.kind == kind && gap.message.contains(code)), "{text}: {:?}", bundle.gaps);
        }
    }

    #[test]
    fn an_error_among_outputs_hides_none_of_them() {
        let text = format!(
            "$ aws kms describe-key\n{{\"KeyMetadata\": {{\"Arn\": \"{ARN}\"}}}}\n$ aws kms get-key-policy\n{}",
            refused()
        );
        let bundle = bundle(&text);
        assert!(
            bundle
                .artefacts
                .iter()
                .any(|artefact| matches!(artefact.data, Data::Metadata(_)))
        );
        assert!(
            bundle
                .artefacts
                .iter()
                .any(|artefact| matches!(artefact.data, Data::Failed(_)))
        );
        assert_eq!(bundle.keys.len(), 1);
    }
}
