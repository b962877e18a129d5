//! What has the words of evidence, but says something else: records of calls, and code.

use super::{guess, notation};
use crate::json::Node;

/// True for an event of CloudTrail: it tells what a call said once, not what is there.
pub(super) fn is_event(node: &Node) -> bool {
    node.has(&["eventSource", "eventName"])
}

/// True for source code: the values in it are examples, tests or what somebody asks for.
///
/// The text must begin as code does, behind remarks at most, and go on so. A mail, a page or a copy of a terminal that
/// has a piece of code in it does not, and nothing with a command of AWS on a line of its own is taken for code.
pub(super) fn is_code(text: &str) -> bool {
    let Some(first) = first_line(text) else {
        return false;
    };
    // A block of Terraform's language says what should be; its own guess says what to give instead.
    let is_terraform = guess::is_terraform(first);
    if !is_terraform && !is_head(first) {
        return false;
    }
    let (mut heads, mut statements) = (0_usize, 0_usize);
    for line in text.lines().map(str::trim_end).take(LINES) {
        let start = line.trim_start();
        if notation::is_command(line) || start.starts_with("```") || start.starts_with("~~~") {
            return false;
        }
        if is_head(start) {
            heads = heads.saturating_add(1);
        }
        let is_statement =
            line.ends_with(';') || line.ends_with('{') || line.ends_with("):") || line.ends_with("= (");
        if is_statement && start.len() > 2 && !start.starts_with(['"', '\'', '{', '[']) {
            statements = statements.saturating_add(1);
        }
    }
    let is_page = || text.lines().take(LINES).any(is_sentence);
    (is_terraform && !is_page()) || (heads > 0 && statements > 1) || (heads > 1 && statements > 0)
}

/// The first line that is no remark, and no blank.
fn first_line(text: &str) -> Option<&str> {
    let mut inside: Option<&str> = None;
    for line in text.lines().map(str::trim).take(LINES) {
        if let Some(end) = inside {
            if line.contains(end) {
                inside = None;
            }
            continue;
        }
        let block = REMARKS.iter().find(|(start, _)| line.starts_with(start));
        if let Some((start, end)) = block {
            let is_closed = line.get(start.len()..).is_some_and(|rest| rest.contains(end));
            inside = (!is_closed).then_some(*end);
            continue;
        }
        let is_remark = line.is_empty()
            || ["//", "#!/", "# ", "\"use strict\"", "'use strict'"]
                .iter()
                .any(|start| line.starts_with(start))
            || line == "#"
            || (line.starts_with("#[") || line.starts_with("#!["));
        if !is_remark {
            return Some(line);
        }
    }
    None
}

/// Remarks over several lines.
const REMARKS: [(&str, &str); 3] = [("/*", "*/"), ("\"\"\"", "\"\"\""), ("'''", "'''")];

/// True for a line of words that says something of what stands below it, as no line of Terraform does.
fn is_sentence(line: &str) -> bool {
    let line = line.trim_end();
    line.starts_with(char::is_alphabetic) && line.contains(' ') && line.ends_with([':', '.'])
}

/// True for a line as source files and their functions begin; a sentence that begins so has an end.
fn is_head(line: &str) -> bool {
    HEADS.iter().any(|head| line.starts_with(head)) && !line.ends_with(['.', ',', ':'])
        || (["def ", "async def ", "class "]
            .iter()
            .any(|head| line.starts_with(head))
            && line.ends_with("):"))
}

/// Lines that are looked at.
const LINES: usize = 4_000;

/// How the first lines of a source file, or of its functions, begin.
const HEADS: &[&str] = &[
    "package ",
    "import ",
    "import(",
    "from ",
    "use ",
    "using ",
    "namespace ",
    "#include ",
    "fn ",
    "pub fn ",
    "pub struct ",
    "func ",
    "def ",
    "async def ",
    "const ",
    "let ",
    "var ",
    "export const ",
    "export function ",
    "export class ",
    "function ",
    "public class ",
    "pub mod ",
    "mod ",
    "pub enum ",
    "type ",
    "require(",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{FileStatus, Trouble};
    use crate::input::{Gathered, Options, gather_bytes};

    const ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";

    fn read(text: &str) -> Gathered {
        gather_bytes(
            vec![("file".to_owned(), text.as_bytes().to_vec())],
            &Options::default(),
        )
        .unwrap()
    }

    fn reason(text: &str) -> String {
        match &read(text).files[0].status {
            FileStatus::NotRecognised(reason) => reason.clone(),
            other => panic!("{text}: {other:?}"),
        }
    }

    /// What is told of the parts of a text that are not used, and the piece of the text each is about.
    fn unused(text: &str) -> Vec<(String, String)> {
        let gathered = read(text);
        assert_eq!(gathered.files[0].status, FileStatus::Used, "{text}");
        gathered
            .artefacts
            .iter()
            .flat_map(|artefact| &artefact.troubles)
            .filter_map(|trouble| match trouble {
                Trouble::BadValue { span, message } => {
                    let place = gathered.sources.place(*span);
                    Some((message.clone(), text[place.bytes].trim().to_owned()))
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn the_answer_of_another_service_is_told_and_not_read() {
        let other =
            "$ aws lambda list-tags --resource a\n{\"Tags\": [{\"TagKey\": \"a\", \"TagValue\": \"b\"}]}\n";
        assert!(
            reason(other).contains("the output of aws lambda"),
            "{}",
            reason(other)
        );
        let both = format!(
            "{other}$ aws kms list-keys\n{{\"Keys\": [{{\"KeyId\": \"a\", \"KeyArn\": \"{ARN}\"}}]}}\n"
        );
        let told = unused(&both);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].0.contains("the output of aws lambda"), "{told:?}");
        assert!(told[0].1.starts_with("{\"Tags\""), "{told:?}");
    }

    #[test]
    fn what_is_wrapped_beside_evidence_and_unknown_is_told() {
        let text = format!(
            "{{\"data\": {{\"a\": 1}}, \"b\": {{\"Keys\": [{{\"KeyId\": \"a\", \"KeyArn\": \"{ARN}\"}}]}}}}"
        );
        let told = unused(&text);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].1, "{\"a\": 1}");
    }

    #[test]
    fn key_arns_are_a_list_of_keys_where_somebody_listed_keys() {
        let list = format!("[\"{ARN}\", \"{}\"]", ARN.replace("1a2b", "2a2b"));
        let answer = format!(
            "$ aws kms list-keys --query 'Keys[].KeyArn'\n{list}\n$ aws kms list-aliases\n{{\"Aliases\": []}}\n"
        );
        assert_eq!(unused(&answer), []);
        let setting =
            format!("{{\"Keys\": [{{\"KeyId\": \"a\", \"KeyArn\": \"{ARN}\"}}]}}\n{{\"allowed\": {list}}}\n");
        assert_eq!(unused(&setting).len(), 1);
    }

    #[test]
    fn an_event_and_code_are_no_evidence() {
        let event = format!(
            "{{\"eventSource\": \"kms.amazonaws.com\", \"eventName\": \"CreateKey\", \"responseElements\": {{\"keyMetadata\": {{\"keyId\": \"{ARN}\", \"arn\": \"{ARN}\", \"keyState\": \"Enabled\"}}}}}}"
        );
        assert!(reason(&event).contains("CloudTrail"), "{}", reason(&event));
        let code = format!(
            "package a\n\nimport \"b\"\n\nfunc c() {{\n\td := `\n{{\"Keys\": [{{\"KeyArn\": \"{ARN}\"}}]}}\n`\n}}\n"
        );
        reason(&code);
        let terraform =
            "# Keys\nresource \"aws_kms_key\" \"k\" {\n  policy = <<EOF\n{\"Statement\": []}\nEOF\n}\n";
        assert!(
            reason(terraform).contains("terraform show -json"),
            "{}",
            reason(terraform)
        );
    }

    #[test]
    fn code_is_told_from_outputs_and_mails() {
        for code in [
            "package types\n\nimport (\n\t\"bytes\"\n)\n\nfunc T(t *testing.T) {\n\tif a {\n\t}\n}\n",
            "import json\nfrom x import y\n\ndef f(a):\n    pass\n\ndef g(b):\n    pass\n",
            "const a = 1;\nfoo();\n",
            "package a\n\nimport \"b\"\n\nfunc c() {\n\td := `\n{\n  \"e\": 1\n}`\n}\n",
            "resource \"aws_kms_key\" \"k\" {\n}\n",
            "# Copyright\n\"\"\"Reads\nkeys.\n\"\"\"\nimport a\nfrom b import c\n\ndef d(e):\n    pass\n",
            "/* a\n * b */\n#![no_std]\nuse a::b;\n\nfn c() {\n    d();\n}\n",
        ] {
            assert!(is_code(code), "{code}");
        }
        for text in [
            "Hi,\nuse the key below.\nfrom Joe\n{\n  \"a\": 1\n}\n",
            "$ aws kms list-keys\n{\n    \"Keys\": [\n        {\n        }\n    ]\n}\n",
            "A: 1\nb:\n  - c\n",
            "```rust\nfn a() {\n    b();\n}\n```\n",
            "The code is\n\nimport a\nconst b = 1;\nfoo();\n\nand the output {\"a\": 1}\n",
            "$ cat main.tf\nresource \"aws_kms_key\" \"k\" {\n}\n$ aws kms list-keys\n{\"Keys\": []}\n",
            "import a\nconst b = 1;\nfoo();\n$ aws kms list-keys\n{\"Keys\": []}\n",
            "module.exports = {\n  a: [\n  ],\n};\n",
            "# Keys\nresource \"aws_kms_key\" \"k\" {\n}\n\nOutput of list-keys:\n{\"Keys\": []}\n",
        ] {
            assert!(!is_code(text), "{text}");
        }
    }

    #[test]
    fn the_words_of_kms_in_other_answers_and_lone_ids_are_no_evidence() {
        let id = "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
        for text in [
            // An alias of Lambda, a key of Payment Cryptography, a thing without tags.
            "{\"Aliases\": [{\"AliasArn\": \"arn:aws:lambda:us-east-1:111122223333:function:f:a\", \"AliasName\": \"a\"}]}".to_owned(),
            "{\"Keys\": [{\"KeyArn\": \"arn:aws:payment-cryptography:us-east-1:111122223333:key/a\"}]}".to_owned(),
            "{\"Name\": \"a\", \"Tags\": []}".to_owned(),
            // The definition of an API.
            "{\"KeyMetadata\": {\"type\": \"structure\", \"members\": {}}}".to_owned(),
            "{\"PublicKey\": {\"shape\": \"PublicKeyType\"}}".to_owned(),
            "{\"Policy\": {\"type\": \"string\"}}".to_owned(),
            "{\"Arn\": \"arn:aws:iam::111122223333:role/r\", \"CreationDate\": \"2026-01-01\"}".to_owned(),
            format!("[\"{id}\"]"),
            format!("{{\"KeyId\": \"{id}\", \"a\": 1}}"),
        ] {
            reason(&text);
        }
        for text in [
            format!("{{\"Arn\": \"{ARN}\", \"KeyState\": \"Enabled\"}}"),
            format!("[\"{ARN}\"]"),
            "{\"Tags\": [], \"Truncated\": false}".to_owned(),
        ] {
            assert_eq!(unused(&text), [], "{text}");
        }
    }
}
