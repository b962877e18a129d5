//! One answer of KMS, made of the bytes, in every notation: all forms say the same as its JSON.
//!
//! The writers here are those of the programs (Python's `repr`, the text and table formatters of the AWS CLI, YAML in
//! two styles), written for this target alone.

#![allow(
    unreachable_pub,
    clippy::format_collect,
    clippy::manual_is_multiple_of,
    reason = "shared by the fuzz targets and a test"
)]

use std::fmt::Write as _;

use kms_audit::evidence::{Data, Field};
use kms_audit::input::{Options, gather_bytes};
use serde_json::{Map, Value, json};

pub fn body(data: &[u8]) {
    let mut bytes = Bytes(data);
    let form = bytes.next();
    let answer = answer(&mut bytes);
    let pretty = serde_json::to_string_pretty(&answer).expect("JSON");
    let expected = said(pretty.clone().into_bytes());
    assert!(!expected.is_empty(), "{answer}");
    let text = match form % 8 {
        0 => yaml(&answer, true),
        1 => yaml(&answer, false),
        2 => python(&answer),
        3 => text(&answer),
        4 => table(&answer),
        5 => yaml(&answer, true).replace('\n', "\r\n"),
        6 => commented(&answer),
        _ => format!("$ aws kms command\n{pretty}\n$ \n"),
    };
    let found = said(text.clone().into_bytes());
    assert_eq!(found, expected, "{text}");
}

/// What is read of a file, without places.
fn said(bytes: Vec<u8>) -> Vec<String> {
    let gathered = gather_bytes(vec![("file".to_owned(), bytes)], &Options::default()).expect("small");
    let text = |field: &Option<Field<String>>| field.as_ref().map(|field| field.value.clone());
    gathered
        .artefacts
        .iter()
        .map(|artefact| match &artefact.data {
            Data::Metadata(data) => format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                data.key.as_ref().map(|key| &key.value),
                text(&data.account),
                text(&data.key_spec),
                text(&data.key_state),
                text(&data.origin),
                text(&data.creation_date),
                text(&data.description),
                data.multi_region.as_ref().map(|field| field.value),
            ),
            Data::Aliases(list) => list
                .aliases
                .iter()
                .map(|alias| {
                    format!(
                        "{} {:?} {:?};",
                        alias.name.value,
                        text(&alias.arn),
                        alias.target.as_ref().map(|key| &key.value)
                    )
                })
                .collect(),
            Data::Tags(tags) => tags
                .tags
                .iter()
                .map(|(key, value)| format!("{}={};", key.value, value.value))
                .collect(),
            Data::Keys(list) => list.keys.iter().map(|key| format!("{:?};", key.value)).collect(),
            Data::Grants(list) => list
                .grants
                .iter()
                .map(|grant| {
                    format!(
                        "{} {:?} {:?} {:?};",
                        grant.id,
                        text(&grant.grantee),
                        grant.key.as_ref().map(|key| &key.value),
                        grant.operations
                    )
                })
                .collect(),
            Data::PublicKey(export) => format!(
                "{:?} {:?} {}",
                export.key.as_ref().map(|key| &key.value),
                text(&export.key_spec),
                export.result.is_ok()
            ),
            _ => "something else".to_owned(),
        })
        .collect()
}

/// Choices out of the input.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        match self.0 {
            [first, rest @ ..] => {
                let first = *first;
                self.0 = rest;
                first
            }
            [] => 0,
        }
    }

    fn hex(&mut self, digits: usize) -> String {
        (0..digits)
            .map(|_| char::from_digit(u32::from(self.next() % 16), 16).unwrap_or('0'))
            .collect()
    }

    fn id(&mut self) -> String {
        if self.next() % 8 == 0 {
            return format!("mrk-{}", self.hex(32));
        }
        [8, 4, 4, 4, 12].map(|digits| self.hex(digits)).join("-")
    }

    fn account(&mut self) -> String {
        (0..12).map(|_| char::from(b'0' + self.next() % 10)).collect()
    }

    /// Free text of one line that begins and ends with a letter.
    fn words(&mut self) -> String {
        const CHARACTERS: &[u8] = b"abcXYZ019 -_.:/'\"#&*!|>%@`{}[],?=+~<()\\";
        let length = usize::from(self.next() % 24);
        let middle: String = (0..length)
            .map(|_| char::from(CHARACTERS[usize::from(self.next()) % CHARACTERS.len()]))
            .collect();
        format!("w{middle}z")
    }

    fn pick(&mut self, from: &[&str]) -> String {
        from[usize::from(self.next()) % from.len()].to_owned()
    }
}

const SPECS: [&str; 4] = [
    "ECC_SECG_P256K1",
    "ECC_NIST_P256",
    "RSA_2048",
    "SYMMETRIC_DEFAULT",
];
const KEY: &str = "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEeb5mfvncu6xVoGKVzocLBwKb/NstzijZWfKBWxb4F5hIOtp3JqPEZV2k+/wOEQio/Re0SKaFVBmcR9CP+xDUuA==";

fn answer(bytes: &mut Bytes<'_>) -> Value {
    let id = bytes.id();
    let account = bytes.account();
    let arn = format!("arn:aws:kms:eu-west-{}:{account}:key/{id}", bytes.next() % 3 + 1);
    let date = if bytes.next() % 2 == 0 {
        json!("2026-01-02T03:04:05.678000+00:00")
    } else {
        json!("1764000000.123")
    };
    let spec = bytes.pick(&SPECS);
    let count = usize::from(bytes.next() % 3) + 1;
    match bytes.next() % 6 {
        0 => {
            let mut metadata = Map::new();
            metadata.insert("AWSAccountId".to_owned(), json!(account));
            metadata.insert("Arn".to_owned(), json!(arn));
            metadata.insert("CreationDate".to_owned(), date);
            if bytes.next() % 2 == 0 {
                metadata.insert("CustomerMasterKeySpec".to_owned(), json!(spec));
            }
            metadata.insert("Description".to_owned(), json!(bytes.words()));
            metadata.insert("Enabled".to_owned(), json!(bytes.next() % 2 == 0));
            metadata.insert("KeyId".to_owned(), json!(id));
            metadata.insert("KeyManager".to_owned(), json!(bytes.pick(&["CUSTOMER", "AWS"])));
            metadata.insert("KeySpec".to_owned(), json!(spec));
            metadata.insert(
                "KeyState".to_owned(),
                json!(bytes.pick(&["Enabled", "Disabled", "PendingDeletion"])),
            );
            metadata.insert("KeyUsage".to_owned(), json!("SIGN_VERIFY"));
            metadata.insert("MultiRegion".to_owned(), json!(bytes.next() % 2 == 0));
            metadata.insert("Origin".to_owned(), json!(bytes.pick(&["AWS_KMS", "EXTERNAL"])));
            metadata.insert("SigningAlgorithms".to_owned(), json!(["ECDSA_SHA_256"]));
            json!({"KeyMetadata": metadata})
        }
        1 => {
            let items: Vec<Value> = (0..count)
                .map(|_| {
                    let name = format!("alias/{}", bytes.hex(6));
                    json!({"AliasArn": format!("arn:aws:kms:eu-west-1:{account}:{name}"), "AliasName": name, "TargetKeyId": bytes.id()})
                })
                .collect();
            json!({ "Aliases": items })
        }
        2 => {
            let items: Vec<Value> = (0..count)
                .map(|_| json!({"TagKey": bytes.words(), "TagValue": bytes.words()}))
                .collect();
            json!({ "Tags": items })
        }
        3 => {
            let items: Vec<Value> = (0..count)
                .map(|_| {
                    let id = bytes.id();
                    json!({"KeyArn": format!("arn:aws:kms:eu-west-1:{account}:key/{id}"), "KeyId": id})
                })
                .collect();
            json!({ "Keys": items })
        }
        4 => {
            let items: Vec<Value> = (0..count)
                .map(|_| {
                    json!({
                        "CreationDate": date, "GrantId": bytes.hex(64), "GranteePrincipal": format!("arn:aws:iam::{account}:role/{}", bytes.hex(5)),
                        "IssuingAccount": format!("arn:aws:iam::{account}:root"), "KeyId": arn, "Operations": ["Sign", "GetPublicKey"],
                    })
                })
                .collect();
            json!({ "Grants": items })
        }
        _ => json!({
            "CustomerMasterKeySpec": spec, "KeyId": arn, "KeySpec": spec, "KeyUsage": "SIGN_VERIFY", "PublicKey": KEY,
            "SigningAlgorithms": ["ECDSA_SHA_256"],
        }),
    }
}

fn commented(answer: &Value) -> String {
    let text = serde_json::to_string_pretty(answer).expect("JSON");
    text.lines().map(|line| format!("# {line}\n")).collect()
}

/// YAML; plain where a plain scalar says the same.
fn yaml(value: &Value, quoted: bool) -> String {
    let mut out = String::new();
    yaml_members(value, quoted, 0, &mut out);
    out
}

fn yaml_members(value: &Value, quoted: bool, indent: usize, out: &mut String) {
    let members = value.as_object().expect("an object");
    for (index, (key, value)) in members.iter().enumerate() {
        if index > 0 || !out.ends_with("- ") {
            out.push_str(&" ".repeat(indent));
        }
        let _ = write!(out, "{key}:");
        match value {
            Value::Object(_) => {
                out.push('\n');
                yaml_members(value, quoted, indent + 2, out);
            }
            Value::Array(items) => {
                out.push('\n');
                for item in items {
                    let _ = write!(out, "{}- ", " ".repeat(indent));
                    if item.is_object() {
                        yaml_members(item, quoted, indent + 2, out);
                    } else {
                        let _ = writeln!(out, "{}", yaml_scalar(item, quoted));
                    }
                }
            }
            _ => {
                let _ = writeln!(out, " {}", yaml_scalar(value, quoted));
            }
        }
    }
}

fn yaml_scalar(value: &Value, quoted: bool) -> String {
    let Value::String(text) = value else {
        return value.to_string();
    };
    let plain = text
        .chars()
        .all(|char| char.is_ascii_alphanumeric() || "-_/.".contains(char) || char == ':')
        && !text.contains(": ")
        && !text.ends_with(':')
        && text.contains(|char: char| char.is_ascii_alphabetic());
    if plain && !quoted {
        text.clone()
    } else if quoted {
        value.to_string()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// `repr` of Python.
fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => {
            let escaped = text.replace('\\', "\\\\");
            if text.contains('\'') && !text.contains('"') {
                format!("\"{escaped}\"")
            } else {
                format!("'{}'", escaped.replace('\'', "\\'"))
            }
        }
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let parts: Vec<String> = members
                .iter()
                .map(|(key, value)| format!("'{key}': {}", python(value)))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => python(other),
    }
}

/// The AWS CLI's text formatter.
fn text(value: &Value) -> String {
    let mut out = String::new();
    text_of(value, None, &mut out);
    out
}

fn text_of(value: &Value, name: Option<&str>, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut scalars: Vec<String> = name.iter().map(|name| name.to_uppercase()).collect();
            let first = scalars.len();
            scalars.extend(
                members
                    .values()
                    .filter(|value| !value.is_array() && !value.is_object())
                    .map(scalar),
            );
            if scalars.len() > first {
                let _ = writeln!(out, "{}", scalars.join("\t"));
            }
            for (key, value) in members
                .iter()
                .filter(|(_, value)| value.is_array() || value.is_object())
            {
                text_of(value, Some(key), out);
            }
        }
        Value::Array(items) => {
            for item in items {
                if item.is_object() {
                    text_of(item, name, out);
                } else {
                    let _ = writeln!(
                        out,
                        "{}\t{}",
                        name.unwrap_or_default().to_uppercase(),
                        scalar(item)
                    );
                }
            }
        }
        other => {
            let _ = writeln!(out, "{}", scalar(other));
        }
    }
}

/// The AWS CLI's table formatter, as it lays out records that are wider than a terminal: one field a row.
fn table(value: &Value) -> String {
    let mut out = format!("{}\n|{:^150}|\n", "-".repeat(152), "Command");
    let members = value.as_object().expect("an object");
    section(members, 0, &mut out);
    out
}

fn section(members: &Map<String, Value>, level: usize, out: &mut String) {
    let bars = "|".repeat(level);
    let rows: Vec<(&String, &Value)> = members
        .iter()
        .filter(|(_, value)| !value.is_array() && !value.is_object())
        .collect();
    if rows.is_empty() {
        let _ = writeln!(out, "{bars}+{}+{bars}", "-".repeat(150 - 2 * level));
    } else {
        let name = rows.iter().map(|(key, _)| key.len()).max().unwrap_or(0) + 4;
        let width = 149 - 2 * level - name;
        let rule = format!("{bars}+{}+{}+{bars}\n", "-".repeat(name), "-".repeat(width));
        out.push_str(&rule);
        for (key, value) in rows {
            let _ = writeln!(
                out,
                "{bars}|  {key:<0$}|  {1:<2$}|{bars}",
                name - 2,
                scalar(value),
                width - 2
            );
        }
        out.push_str(&rule);
    }
    for (key, value) in members {
        let below = "|".repeat(level + 1);
        let title = format!("{below}|{key:^0$}|{below}\n", 150 - 2 * (level + 1));
        match value {
            Value::Object(inner) => {
                out.push_str(&title);
                section(inner, level + 1, out);
            }
            Value::Array(items) if items.iter().all(Value::is_object) => {
                for item in items {
                    out.push_str(&title);
                    section(item.as_object().expect("an object"), level + 1, out);
                }
            }
            Value::Array(items) => {
                out.push_str(&title);
                let rule = format!("{below}+{}+{below}\n", "-".repeat(150 - 2 * (level + 1)));
                out.push_str(&rule);
                for item in items {
                    let _ = writeln!(
                        out,
                        "{below}|  {:<1$}|{below}",
                        scalar(item),
                        148 - 2 * (level + 1)
                    );
                }
                out.push_str(&rule);
            }
            _ => {}
        }
    }
}
