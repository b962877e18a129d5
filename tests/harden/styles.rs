//! However a policy is written, only what is edited changes. The expected text is written by `serde_json` from the edited
//! tree, in the same style.

use serde::Serialize as _;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use serde_json::{Value, json};

use super::*;

fn written(value: &Value, formatter: impl Formatter) -> String {
    let mut bytes = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut bytes, formatter))
        .expect("in memory");
    String::from_utf8(bytes).expect("UTF-8")
}

/// `"key" : value` and `[ {` as AWS itself writes the policies that it makes.
struct Aws {
    depth: usize,
}

impl Aws {
    fn line<W: ?Sized + std::io::Write>(&self, out: &mut W) -> std::io::Result<()> {
        write!(out, "\n{}", "  ".repeat(self.depth))
    }
}

impl Formatter for Aws {
    fn begin_array<W: ?Sized + std::io::Write>(&mut self, out: &mut W) -> std::io::Result<()> {
        out.write_all(b"[ ")
    }
    fn end_array<W: ?Sized + std::io::Write>(&mut self, out: &mut W) -> std::io::Result<()> {
        out.write_all(b" ]")
    }
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }
    fn begin_object<W: ?Sized + std::io::Write>(&mut self, out: &mut W) -> std::io::Result<()> {
        self.depth += 1;
        out.write_all(b"{")
    }
    fn end_object<W: ?Sized + std::io::Write>(&mut self, out: &mut W) -> std::io::Result<()> {
        self.depth -= 1;
        self.line(out)?;
        out.write_all(b"}")
    }
    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b"," })?;
        self.line(out)
    }
    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, out: &mut W) -> std::io::Result<()> {
        out.write_all(b" : ")
    }
}

/// One line with spaces, as Python's `json.dumps` writes it.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }
    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }
    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, out: &mut W) -> std::io::Result<()> {
        out.write_all(b": ")
    }
}

/// Name of the style, and the policy in it.
fn styles(policy: &Value) -> Vec<(&'static str, String)> {
    let lines = written(policy, PrettyFormatter::with_indent(b"    "));
    vec![
        ("Terraform's jsonencode", written(policy, CompactFormatter)),
        ("Python's json.dumps", written(policy, Spaced)),
        ("AWS itself", written(policy, Aws { depth: 0 })),
        (
            "one space, as CDK writes",
            written(policy, PrettyFormatter::with_indent(b" ")),
        ),
        (
            "tabs",
            format!("{}\n", written(policy, PrettyFormatter::with_indent(b"\t"))),
        ),
        ("four spaces and a blank line", format!("\n{lines}\n\n")),
        ("Windows", lines.replace('\n', "\r\n")),
    ]
}

#[test]
fn the_style_of_a_document_is_kept() {
    for options in [
        Options::default(),
        Options {
            evm_only: true,
            guards: true,
            ..Options::default()
        },
        Options {
            unsafe_edits: true,
            metadata: Some(of_kms()),
            ..Options::default()
        },
    ] {
        let mut made = None;
        for (name, text) in styles(&console()) {
            let new = run(&text, &options).expect("a policy").text;
            let edited: Value = serde_json::from_str(&new).expect("JSON");
            // The same edits whatever the style, and the text that the style has for the edited tree.
            assert_eq!(*made.get_or_insert_with(|| edited.clone()), edited, "{name}");
            let (_, wanted) = styles(&edited)
                .into_iter()
                .find(|(other, _)| *other == name)
                .expect("a style");
            if new.lines().count() > 2 {
                assert_eq!(sorted(&new), sorted(&wanted), "{name}");
            }
            if !options.guards && !options.unsafe_edits {
                assert_eq!(new, wanted, "{name}");
            }
        }
    }
}

/// The lines of a text, without their commas: `serde_json` writes the members of an object by name, and those of a new
/// statement come in the order in which AWS writes them.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text
        .split('\n')
        .map(|line| line.trim_end_matches([',', '\r']))
        .collect();
    lines.sort_unstable();
    lines
}

#[test]
fn a_statement_that_stands_alone_becomes_a_list() {
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \"Principal\": {\"AWS\": \"111122223333\"},\n    \"Action\": \"kms:*\",\n    \"Resource\": \"*\"\n  }\n}\n";
    let options = Options {
        evm_only: true,
        ..Options::default()
    };
    let new = run(text, &options).expect("a policy").text;
    let deny = "{\n    \"Sid\": \"DenySignUnlessDigest\",\n    \"Effect\": \"Deny\",\n    \"Principal\": {\"AWS\": \"*\"},\n    \"Action\": \"kms:Sign\",\n    \"Resource\": \"*\",\n    \"Condition\": {\"StringNotEquals\": {\"kms:MessageType\": \"DIGEST\"}}\n  }";
    let wanted = text
        .replace("\"Statement\": {", "\"Statement\": [{")
        .replace("\n  }\n}\n", &format!("\n  }}, {deny}]\n}}\n"));
    assert_eq!(new, wanted);
}

#[test]
fn strange_writing_is_left_alone() {
    let text = "{ \"Statement\" :[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"111122223333\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}\n\n,{\"Action\":[\"kms:Sign\"\n , \"kms:V\\u0065rify\", \"kms:GetPublicKey\"],   \"Effect\":\"Allow\",\"Resource\":\"*\",\"Principal\":{\"AWS\":[\"arn:aws:iam::111122223333:role/r\"]}, \"Sid\":\"\\u00e9\"}],\n \"Version\":\"2012-10-17\"}";
    let new = run(text, &Options::default()).expect("a policy").text;
    assert_eq!(new, text.replace(" \"kms:V\\u0065rify\",", ""));
}

#[test]
fn a_list_of_one_stays_a_list() {
    let mut statement = signing(&["kms:Sign", "kms:GetPublicKey"]);
    statement["Principal"] = json!({"AWS": ["AIDAIOSFODNN7EXAMPLE", SIGNER]});
    let new = value(&hardened(&policy(&[account(), statement]), &Options::default()));
    assert_eq!(new["Statement"][1]["Principal"], json!({"AWS": [SIGNER]}));
}
