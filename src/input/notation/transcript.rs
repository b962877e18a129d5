//! A copy of a terminal: commands of the AWS CLI at prompts, each with its answer below in whatever output format.

use std::ops::Range;

use super::documents::shift;
use super::{Notation, Read, Root, of_part};
use crate::json::{JsonError, Limits, Node, Value};

/// Commands and their answers.
#[derive(Debug)]
pub(super) struct Transcript;

impl Notation for Transcript {
    fn id(&self) -> &'static str {
        "transcript"
    }

    fn title(&self) -> &'static str {
        "a copy of a terminal"
    }

    fn read(&self, text: &str, limits: &Limits) -> Read {
        let commands = commands(text);
        if !commands.iter().any(|command| command.is_aws) {
            return Read::No;
        }
        let mut roots = Vec::new();
        let mut fault: Option<JsonError> = None;
        for (index, command) in commands.iter().enumerate() {
            let end = commands
                .get(index.saturating_add(1))
                .map_or(text.len(), |next| next.line.start);
            let start = command.line.end;
            let answer = without_prompt(text.get(start..end).unwrap_or_default());
            let line = text.get(command.line.clone()).unwrap_or_default();
            if command.is_aws && other_service(line).is_some() {
                // The answer of another service is not looked into: its words are those of KMS, and mean other things. It
                // is one part of the file, so that it can be told.
                if answer.trim().is_empty() {
                    continue;
                }
                roots.push(Root::below(
                    Node {
                        span: start..start.saturating_add(answer.len()),
                        value: Value::Null,
                    },
                    Some(command.line.clone()),
                ));
                continue;
            }
            let Some((notation, read)) = of_part(self.id(), answer, limits) else {
                continue;
            };
            let (found, broken) = match read {
                Read::No => (Vec::new(), None),
                Read::Roots(found) => (found, None),
                Read::Partly(found, error) => (found, Some(error)),
                Read::Broken(error) => (Vec::new(), Some(error)),
            };
            if let Some(error) = broken.filter(|_| fault.is_none()) {
                fault = Some(JsonError {
                    offset: error.offset.saturating_add(start),
                    ..error
                });
            }
            roots.extend(found.into_iter().map(|mut root| {
                shift(&mut root.node, start);
                // What another program prints is no answer about the key of an earlier command.
                root.heading = (command.is_aws && !command.is_redirected).then(|| command.line.clone());
                root.notation = Some(root.notation.unwrap_or(notation));
                root
            }));
        }
        Read::of(roots, fault)
    }

    // Each tree has the notation of its own answer.
    fn has_pointers(&self) -> bool {
        false
    }
}

/// A command in a text.
struct Command {
    /// Its line, or lines where they end with the sign that goes on in the next.
    line: Range<usize>,
    /// True for one of the AWS CLI.
    is_aws: bool,
    /// True where its answer went to a file: what stands below is another's.
    is_redirected: bool,
}

/// The commands of a text: of the AWS CLI with or without a prompt, of others at a prompt.
fn commands(text: &str) -> Vec<Command> {
    let mut found: Vec<Command> = Vec::new();
    let mut at = 0_usize;
    let mut goes_on = false;
    for line in text.split_inclusive('\n') {
        let start = at;
        at = at.saturating_add(line.len());
        let content = line.trim_end();
        let end = start.saturating_add(content.len());
        if goes_on && let Some(last) = found.last_mut() {
            last.line.end = end;
            goes_on = content.ends_with(['\\', '^', '`']);
            continue;
        }
        let behind = behind_prompt(content);
        let command = behind.unwrap_or(content).trim_start();
        let is_aws = is_aws(command, behind.is_some());
        // A number sign or an angle bracket at the start of a line is more often a heading or a quotation.
        let is_other = behind.is_some_and(is_command) && !content.trim_start().starts_with(['#', '>', '%']);
        if !is_aws && !is_other {
            continue;
        }
        found.push(Command {
            line: start..end,
            is_aws,
            is_redirected: is_redirected(command),
        });
        goes_on = content.ends_with(['\\', '^']) || (content.ends_with('`') && is_aws);
    }
    found
}

/// The last line of a text that is an AWS command whose answer stands in the next block.
pub(super) fn last_command(text: &str) -> Option<Range<usize>> {
    let last = commands(text).pop()?;
    (last.is_aws && !last.is_redirected).then_some(last.line)
}

/// What stands behind a shell's prompt, on a line that has one.
fn behind_prompt(line: &str) -> Option<&str> {
    let trimmed = line.trim_start();
    for (at, sign) in trimmed.match_indices(['$', '#', '%', '>', '❯', '➜']) {
        let before = trimmed.get(..at).unwrap_or_default();
        // A prompt is short, and says who, where and when; it is no text with a sign in it.
        if before.len() > 120
            || before.contains(['"', '{', '}', '=', ',', '|', '\t', '\'', '`'])
            || before.contains(": ")
        {
            return None;
        }
        let rest = trimmed.get(at.saturating_add(sign.len())..).unwrap_or_default();
        let is_prompt = before.is_empty()
            || before.starts_with("PS ")
            || before.contains(['@', ':', '~', '/', '\\', ']', ')'])
            || !before.trim().contains(' ');
        if is_prompt && rest.starts_with(' ') {
            return Some(rest);
        }
    }
    None
}

/// True for a command of the AWS CLI, wrapped in another (`aws-vault exec prod -- aws kms …`) or behind variables.
///
/// Without a prompt it must be a whole command of KMS or IAM: a sentence may begin with the word `aws` too.
fn is_aws(command: &str, has_prompt: bool) -> bool {
    const WRAPPERS: [&str; 7] = ["aws-vault", "sudo", "env", "time", "op", "granted", "saml2aws"];
    let words: Vec<&str> = command.split_whitespace().take(24).collect();
    let Some(at) = words
        .iter()
        .position(|word| matches!(*word, "aws" | "awslocal" | "aws.exe"))
    else {
        return false;
    };
    let is_wrapped = at == 0
        || words
            .first()
            .is_some_and(|first| first.contains('=') || WRAPPERS.contains(first));
    let is_whole = !command.ends_with(['.', ':', ','])
        && (service_of(command).is_some()
            || words
                .windows(2)
                .any(|pair| matches!(pair, ["kms", "sign" | "verify" | "encrypt" | "decrypt"])));
    // The prompt of some shells ends with the folder.
    (is_wrapped && (has_prompt || is_whole)) || (has_prompt && at <= 4 && is_whole)
}

/// True for a line with a command of the AWS CLI, behind a prompt or without one.
pub(in crate::input) fn is_command_line(line: &str) -> bool {
    // Nearly every line of a text has none: this is looked at first.
    if !line.contains("aws") {
        return false;
    }
    let behind = behind_prompt(line);
    is_aws(behind.unwrap_or(line).trim_start(), behind.is_some())
}

/// The service that a command of the AWS CLI asks, where it is none of those whose answers may be evidence.
pub(in crate::input) fn other_service(command: &str) -> Option<&str> {
    service_of(command).filter(|service| !is_own_service(service))
}

/// The service that a command of the AWS CLI asks: the word before the operation.
fn service_of(command: &str) -> Option<&str> {
    const VERBS: [&str; 32] = [
        "add-",
        "associate-",
        "attach-",
        "batch-",
        "cancel-",
        "create-",
        "delete-",
        "describe-",
        "disable-",
        "disassociate-",
        "enable-",
        "export-",
        "generate-",
        "get-",
        "import-",
        "invoke-",
        "list-",
        "lookup-",
        "modify-",
        "put-",
        "register-",
        "remove-",
        "request-",
        "retire-",
        "revoke-",
        "rotate-",
        "schedule-",
        "start-",
        "stop-",
        "tag-",
        "untag-",
        "update-",
    ];
    let words: Vec<&str> = command.split_whitespace().take(24).collect();
    let at = words
        .iter()
        .position(|word| matches!(*word, "aws" | "awslocal" | "aws.exe"))?;
    words
        .iter()
        .skip(at)
        .zip(words.iter().skip(at.saturating_add(1)))
        .find_map(|(service, operation)| {
            let is_name = service
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            (is_name && !service.starts_with('-') && VERBS.iter().any(|verb| operation.starts_with(verb)))
                .then_some(*service)
        })
}

/// True for a service whose answers may be evidence about keys.
fn is_own_service(service: &str) -> bool {
    matches!(
        service,
        "kms"
            | "iam"
            | "sts"
            | "cloudformation"
            | "cloudcontrol"
            | "organizations"
            | "configservice"
            | "secretsmanager"
            | "ssm"
            | "s3"
            | "s3api"
    )
}

/// True where the answer of a command went to a file.
fn is_redirected(command: &str) -> bool {
    command
        .rsplit_once(" > ")
        .or_else(|| command.rsplit_once(" >"))
        .is_some_and(|(_, rest)| !rest.contains("&&") && !rest.contains(';') && !rest.starts_with('&'))
}

/// True for what looks like a command: a word in small letters, and no sentence or value behind it.
fn is_command(behind: &str) -> bool {
    let command = behind.trim();
    let first = command.split_whitespace().next().unwrap_or_default();
    !first.is_empty()
        && !command.contains(['{', '}'])
        && !command.ends_with(['.', ':', ','])
        && first.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'/' | b'_' | b'-')
        })
}

/// An answer without the prompt that the next command, or the end, left behind it.
fn without_prompt(answer: &str) -> &str {
    let mut kept = answer;
    loop {
        let trimmed = kept.trim_end();
        let last = trimmed.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let line = trimmed.get(last..).unwrap_or_default();
        let is_prompt = line
            .split_once(['$', '#', '%', '>'])
            .is_some_and(|(before, after)| {
                // A command that is not of the AWS CLI: exit, export.
                !before.contains(['{', '"', '|', '\t']) && !after.contains(['{', '}', '"', '|', '\t'])
            });
        if trimmed.is_empty() || !(is_prompt || line == "logout" || line == "exit") {
            return kept;
        }
        kept = trimmed.get(..last).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_in_several_formats_are_read_each_in_its_own() {
        let text = "me@host:~$ aws kms list-key-policies --key-id a --output text\nPOLICYNAMES\tdefault\n\
                    me@host:~$ aws kms list-keys\n{\n  \"Keys\": []\n}\nme@host:~$ ls\nme@host:~$ exit\nlogout\n";
        let Read::Roots(roots) = Transcript.read(text, &Limits::default()) else {
            panic!("nothing found");
        };
        let seen: Vec<_> = roots
            .iter()
            .map(|root| {
                let heading = &text[root.heading.clone().unwrap()];
                let notation = root.notation.unwrap().id();
                (
                    heading.contains("list-key-policies"),
                    notation,
                    text[root.node.span.clone()].trim(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (true, "aws-text", "default"),
                (false, "json", "{\n  \"Keys\": []\n}")
            ]
        );
    }

    /// The line above each tree of a text, where it is a command.
    fn headings(text: &str) -> Vec<Option<String>> {
        let Read::Roots(roots) = Transcript.read(text, &Limits::default()) else {
            panic!("{text}: {:?}", Transcript.read(text, &Limits::default()));
        };
        roots
            .into_iter()
            .map(|root| root.heading.map(|range| text[range].to_owned()))
            .collect()
    }

    #[test]
    fn a_command_may_go_on_in_the_next_line_and_stand_behind_another() {
        for command in [
            "$ aws kms list-keys \\\n    --output json",
            "PS C:\\> aws kms list-keys `\n  --output json",
            "C:\\Users\\me> aws kms list-keys ^\n  --output json",
            "[me@bastion ~]$ aws-vault exec prod -- aws kms list-keys",
            "$ AWS_PROFILE=prod aws kms list-keys",
            "aws --profile prod kms list-keys",
            "➜  evidence aws kms list-keys",
            "(venv) me@host ~ % aws kms list-keys",
        ] {
            let text = format!("{command}\n{{\n  \"Keys\": []\n}}\n");
            assert_eq!(headings(&text), [Some(command.to_owned())], "{command}");
        }
    }

    #[test]
    fn what_another_program_prints_is_not_the_answer_of_an_aws_command() {
        for text in [
            "$ aws kms get-key-policy --key-id a > a.json\n$ cat b.json\n{\"b\": 1}\n",
            "$ aws kms put-key-policy --key-id a --policy file://b.json\n$ cat b.json\n{\"b\": 1}\n",
            "$ aws kms get-key-policy --key-id a > a.json\n{\"b\": 1}\n",
        ] {
            assert_eq!(headings(text), [None], "{text}");
        }
    }

    #[test]
    fn the_service_of_a_command_is_found_behind_its_options() {
        for (command, service) in [
            ("aws kms list-keys", Some("kms")),
            (
                "$ aws --profile prod --region us-east-1 dynamodb list-tables --output json",
                Some("dynamodb"),
            ),
            (
                "aws-vault exec a -- aws iam get-account-authorization-details",
                Some("iam"),
            ),
            ("aws kms sign --key-id a", None),
            ("aws is a cloud", None),
            ("ls list-keys", None),
        ] {
            assert_eq!(service_of(command), service, "{command}");
        }
    }

    #[test]
    fn one_broken_answer_does_not_hide_the_others() {
        let text = "$ aws kms list-keys\n{\n  \"Keys\": [,]\n}\n$ aws kms list-aliases\n{\"Aliases\": []}\n";
        let Read::Partly(roots, fault) = Transcript.read(text, &Limits::default()) else {
            panic!("{:?}", Transcript.read(text, &Limits::default()));
        };
        assert_eq!(&text[roots[0].node.span.clone()], "{\"Aliases\": []}");
        assert_eq!(&text[fault.offset..=fault.offset], ",");
    }

    #[test]
    fn a_text_without_a_command_is_none() {
        for text in [
            "{}",
            "$ ls\nKEYS\ta\tb\n",
            "the aws command\n",
            "With aws kms get-key-policy you get:\n{}\n",
            "Description: of prod > staging\n",
        ] {
            assert!(Transcript.read(text, &Limits::default()).is_no(), "{text}");
        }
    }
}
