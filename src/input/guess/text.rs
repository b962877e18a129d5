//! Guesses at texts that are no tree: one line each, the surest first.

use crate::encoding::{base64, hex};

/// What to do with addresses that are not claimed in a form that is read.
pub(super) const ADDRESSES: &str = "it holds addresses, but not as claims: those are CSV with a header line (address,role,chain,key,source), \
     JSON objects or TOML tables with these names";

/// A text and what the guesses need of it.
struct Text<'t> {
    /// Without blanks around it.
    trimmed: &'t str,
    /// Its first line that is not blank, in small letters.
    head: String,
}

impl Text<'_> {
    fn has(&self, word: &str) -> bool {
        self.trimmed.contains(word)
    }

    fn begins(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.head.starts_with(word))
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.trimmed.lines().map(str::trim)
    }

    fn has_line(&self, beginnings: &[&str]) -> bool {
        self.lines()
            .any(|line| beginnings.iter().any(|begin| line.starts_with(begin)))
    }
}

/// A guess: when it fits, and what it says.
type Guess = (fn(&Text<'_>) -> bool, &'static str);

/// Every guess by the words of a text.
static GUESSES: &[Guess] = &[
    (
        |text| text.begins(&["<!doctype html", "<html"]),
        "a web page, perhaps of a login: the download did not give the data; get it again when signed in",
    ),
    (
        |text| text.begins(&["<?xml", "<response", "<error"]),
        "XML: export the data as JSON (aws … --output json)",
    ),
    (
        is_terraform,
        "Terraform source, which says what is asked for and not what is there, or its state in the same words: run terraform show -json and give its output",
    ),
    (
        |text| {
            text.has("Unable to locate credentials")
                || text.has("ExpiredToken")
                || text.has("Error loading SSO Token")
                || text.has("Token has expired")
        },
        "an error of the AWS CLI: it had no valid credentials, so that nothing was exported. Sign in and run the command again",
    ),
    (
        |text| {
            text.has("You must specify a region")
                || text.has("Could not connect to the endpoint URL")
                || text.has("Unknown options:")
                || text.has("the following arguments are required")
        },
        "an error of the AWS CLI: the command did not run, so that nothing was exported. Run it again as it should be",
    ),
    (
        |text| text.has("command not found") && text.trimmed.len() < 2000,
        "an error of a shell: the command did not run",
    ),
    (
        |text| text.begins(&["usage: aws", "usage:"]) || (text.has("SYNOPSIS") && text.has("DESCRIPTION")),
        "the help of a program, not its output",
    ),
    (
        |text| text.begins(&["traceback (most recent call last)"]),
        "an error of a Python program: nothing was exported",
    ),
    (
        |text| text.has("\"eventSource\"") || text.has("eventSource:"),
        "CloudTrail events: this version does not read them",
    ),
    (
        |text| {
            text.has_line(&[
                "ssh-rsa ",
                "ssh-ed25519 ",
                "ecdsa-sha2-",
                "sk-ssh-",
                "sk-ecdsa-",
                "ssh-dss ",
            ])
        },
        "an SSH key: export the key with aws kms get-public-key",
    ),
    (
        |text| text.has("---- BEGIN SSH2"),
        "an SSH key: export the key with aws kms get-public-key",
    ),
    (
        |text| text.begins(&["#!"]),
        "a script: run it, and give its output",
    ),
    (
        |text| text.begins(&["diff --git", "--- a/"]),
        "a difference between two versions: give the files themselves",
    ),
    (
        |text| text.begins(&["from:", "received:", "return-path:", "mime-version:"]),
        "a mail: save what is attached to it, and give that",
    ),
    (
        |text| text.begins(&["eyj"]) && text.trimmed.matches('.').count() == 2 && !text.has(" "),
        "a token of a sign-in (JWT): it is not read. Remove it from the evidence",
    ),
    (|text| text.begins(&["apiversion:"]), "a Kubernetes manifest"),
    (
        |text| text.has_line(&["services:"]) && text.has("image:"),
        "a Compose file: how an agent is started, not what its key is",
    ),
    (
        |text| text.begins(&["[default]", "[profile ", "[sso-session "]),
        "the configuration of the AWS CLI: not evidence of a key",
    ),
    (
        is_environment,
        "settings of an environment (NAME=value): how an agent is started, not what its key is",
    ),
    (
        is_claims_table,
        "a table with addresses, but without the header line of claims: that is address,role,chain,key,source, of which address and one more must be there",
    ),
    (
        is_log,
        "lines of a log: give the outputs of the commands themselves",
    ),
];

/// What a text probably is.
pub(super) fn reason(text: &str) -> String {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return "nothing but white space".to_owned();
    }
    let head = trimmed.lines().next().unwrap_or_default();
    let head = head.chars().take(400).flat_map(char::to_lowercase).collect();
    let own = Text { trimmed, head };
    if let Some((_, what)) = GUESSES.iter().find(|(fits, _)| fits(&own)) {
        return (*what).to_owned();
    }
    if let Some(what) = digits(trimmed).or_else(|| encoded(trimmed)) {
        return what;
    }
    if holds_addresses(text) {
        return ADDRESSES.to_owned();
    }
    match super::looks_like(text) {
        Some(what) => format!("text of no known form, with words of {what}: give it as it was printed"),
        None => "text of no known form".to_owned(),
    }
}

/// True if something that looks like an EVM address stands in the text.
pub(super) fn holds_addresses(text: &str) -> bool {
    text.split("0x").skip(1).any(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        digits == 40
    })
}

/// True for Terraform source.
pub(super) fn terraform(text: &str) -> bool {
    is_terraform(&Text {
        trimmed: text.trim(),
        head: String::new(),
    })
}

/// Blocks of Terraform's language: `resource "aws_kms_key" "x" {`.
fn is_terraform(text: &Text<'_>) -> bool {
    text.lines().any(|line| {
        let mut words = line.split_whitespace();
        let block = words.next().unwrap_or_default();
        let name = words.next().unwrap_or_default();
        let last = line.ends_with('{');
        match block {
            "resource" | "data" => last && name.starts_with('"') && name.ends_with('"'),
            "module" | "provider" | "variable" | "output" => {
                last && name.starts_with('"') && words.next() == Some("{")
            }
            "terraform" | "locals" => name == "{" && last,
            _ => false,
        }
    })
}

/// Every line is a setting, a remark or blank.
fn is_environment(text: &Text<'_>) -> bool {
    let mut settings = 0_usize;
    for line in text.lines() {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let name = line.split_once('=').map(|(name, _)| name);
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if !name.is_some_and(is_name) {
            return false;
        }
        settings = settings.saturating_add(1);
    }
    settings > 0 && text.has_line_with_capital_name()
}

impl Text<'_> {
    fn has_line_with_capital_name(&self) -> bool {
        self.lines().any(|line| {
            line.split_once('=')
                .is_some_and(|(name, _)| name.len() > 3 && !name.chars().any(char::is_lowercase))
        })
    }
}

/// A first line of names between separators, one of which speaks of an address.
fn is_claims_table(text: &Text<'_>) -> bool {
    let columns = text.head.split([',', ';', '\t', '|']);
    let names: Vec<&str> = columns
        .map(|name| name.trim().trim_matches('"'))
        .filter(|name| !name.is_empty())
        .collect();
    let spoken = names.iter().any(|name| {
        name.len() < 40
            && ["address", "addr", "wallet", "signer"]
                .iter()
                .any(|word| name.contains(word))
    });
    names.len() > 1 && spoken && text.lines().count() > 1
}

/// Lines that begin with a date.
fn is_log(text: &Text<'_>) -> bool {
    let dated = |line: &str| {
        let line = line.trim_start_matches('[');
        line.get(..10).is_some_and(|date| {
            date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && date.matches('-').count() == 2
        })
    };
    let mut lines = text.lines().filter(|line| !line.is_empty()).take(5).peekable();
    lines.peek().is_some() && lines.all(dated)
}

/// What hex digits may be, by their number.
fn digits(text: &str) -> Option<String> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let decoded = hex::decode(digits.as_bytes()).map(|decoded| decoded.bytes);
    let Ok(bytes) = decoded else {
        return Some(format!(
            "{} hex digits, an odd number: some are missing",
            digits.len()
        ));
    };
    if bytes.len() == 20 {
        return Some(
            "an address: claims are read from CSV, JSON or TOML with a column \"address\"".to_owned(),
        );
    }
    let what = self::bytes(&bytes);
    Some(what.unwrap_or_else(|| format!("{} bytes in hex that are no public key", bytes.len())))
}

/// What base64 decodes to.
fn encoded(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    if plain.len() < 24 || plain.len() > 1 << 20 {
        return None;
    }
    let bytes = base64::decode(plain.as_bytes()).ok()?;
    let what = self::bytes(&bytes).or_else(|| {
        let text = std::str::from_utf8(&bytes).ok()?.trim_start();
        if text.starts_with(['{', '[']) {
            Some("JSON".to_owned())
        } else if text.starts_with("-----BEGIN ") {
            Some("a PEM block".to_owned())
        } else if text
            .chars()
            .all(|char| !char.is_control() || char.is_whitespace())
        {
            Some("a text".to_owned())
        } else {
            None
        }
    });
    let what = what.unwrap_or_else(|| format!("{} bytes of no known form", bytes.len()));
    Some(format!("base64, not of a public key, but of {what}"))
}

/// What bytes may be, by their length and how they begin.
pub(super) fn bytes(bytes: &[u8]) -> Option<String> {
    const POINT: &str = "give the SPKI that aws kms get-public-key exports";
    let what = match bytes {
        [0x04, ..] if bytes.len() == 65 => format!("a bare SEC 1 point: {POINT}"),
        [.., 0 | 1 | 27 | 28] if bytes.len() == 65 => {
            "a signature of an EVM chain (65 bytes: r, s and v), not a key".to_owned()
        }
        [2 | 3, ..] if bytes.len() == 33 => format!("a bare SEC 1 point, compressed: {POINT}"),
        _ if bytes.len() == 64 => {
            format!("perhaps a point without its first byte, or a signature (r and s): {POINT}")
        }
        _ if bytes.len() == 32 => "32 bytes, perhaps a digest".to_owned(),
        [0x30, length, 0x02, 0x20 | 0x21, ..] if usize::from(*length).checked_add(2) == Some(bytes.len()) => {
            "an ECDSA signature in DER, not a key".to_owned()
        }
        [0x30, 0x82, _, _, 0x30, 0x82, _, _, 0xa0 | 0x02, ..] => {
            "a certificate: export its key with: openssl x509 -pubkey -noout".to_owned()
        }
        [0x01, 0x02, 0x01 | 0x02, 0x03 | 0x00, ..] if bytes.len() > 100 => "a ciphertext of KMS".to_owned(),
        [0x01..=0x04, 0xf8 | 0xf9, ..] | [0xf8 | 0xf9, ..] if bytes.len() > 80 => {
            "a transaction of an EVM chain, not a key".to_owned()
        }
        [0x1f, 0x8b, ..] => "a gzip file: unpack it first".to_owned(),
        _ => return None,
    };
    Some(what)
}

#[cfg(test)]
mod tests {
    use crate::evidence::FileStatus;
    use crate::input::{Options, gather_bytes};

    /// What is said of a file that is not recognised.
    fn reason(bytes: &[u8]) -> String {
        let files = vec![("file".to_owned(), bytes.to_vec())];
        let gathered = gather_bytes(files, &Options::default()).unwrap();
        match &gathered.files[0].status {
            FileStatus::NotRecognised(reason) => reason.clone(),
            other => panic!("{}: {other:?}", String::from_utf8_lossy(bytes)),
        }
    }

    #[test]
    fn what_people_hand_over_by_mistake_is_named() {
        for (text, words) in [
            ("<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
            (
                "resource \"aws_kms_key\" \"x\" {\n  description = \"a\"\n}\n",
                "terraform show -json",
            ),
            (
                "# keys\ndata \"aws_kms_alias\" \"x\" {\n}\n",
                "terraform show -json",
            ),
            (
                "\nUnable to locate credentials. You can configure credentials by running \"aws configure\".\n",
                "no valid credentials",
            ),
            ("\nAn error occurred (ExpiredToken", "no valid credentials"),
            (
                "You must specify a region. You can also configure your region",
                "did not run",
            ),
            ("bash: aws: command not found\n", "error of a shell"),
            (
                "usage: aws [options] <command> <subcommand>\n",
                "help of a program",
            ),
            ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI a@b\n", "an SSH key"),
            ("#!/bin/sh\naws kms list-keys\n", "a script"),
            (
                "HYP_CHAINS=base\nAWS_REGION=us-east-1\n",
                "settings of an environment",
            ),
            ("[default]\nregion = us-east-1\n", "configuration of the AWS CLI"),
            (
                "name;validator_address;chian\na;0xc7e1588f24177f5f834140C3599B83FE7d0b7761;base\n",
                "header line of claims",
            ),
            ("0xc7e1588f24177f5f834140C3599B83FE7d0b7761", "an address"),
            (
                "base: 0xc7e1588f24177f5f834140C3599B83FE7d0b7761 is the validator",
                "holds addresses",
            ),
            ("0x1234567", "an odd number"),
            (
                "0x02f8730181d98459682f008459682f0e8252089400000000000000000000000000000000000000008080c001a000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
                "a transaction",
            ),
            ("eyJrZXkiOiAidmFsdWUiLCAiYSI6IDF9", "of JSON"),
            (
                "{\"Records\": [{\"eventName\": \"Sign\", \"eventSource\": \"kms.amazonaws.com\"}]}",
                "CloudTrail",
            ),
            (
                "{\"UserId\": \"A\", \"Account\": \"111122223333\", \"Arn\": \"arn:aws:iam::111122223333:user/a\"}",
                "get-caller-identity",
            ),
            (
                "{\"nonce\": 1, \"gasLimit\": \"0x1\", \"to\": \"0x0\"}",
                "a transaction of an EVM chain",
            ),
            (
                "2026-11-02 10:11:12 started\n2026-11-02 10:11:13 stopped\n",
                "lines of a log",
            ),
            (
                "Dear auditor, the keys follow next week.\n",
                "text of no known form",
            ),
        ] {
            let said = reason(text.as_bytes());
            assert!(said.contains(words), "{text}: {said}");
        }
    }

    #[test]
    fn bytes_are_named_by_their_length_and_beginning() {
        let signature = format!("0x{}1b", "ab".repeat(64));
        assert!(
            reason(signature.as_bytes()).contains("a signature of an EVM chain"),
            "{}",
            reason(signature.as_bytes())
        );
        // An ECDSA signature in DER, as `aws kms sign` has it, in base64.
        let mut der = vec![0x30, 0x44, 0x02, 0x20];
        der.extend([0x11; 32]);
        der.extend([0x02, 0x20]);
        der.extend([0x22; 32]);
        let encoded = crate::encoding::base64::encode(&der);
        assert!(super::encoded(&encoded).is_some_and(|said| said.contains("an ECDSA signature")));
        for (bytes, words) in [
            (&b"%PDF-1.7"[..], "a PDF document"),
            (b"\x1f\x8b\x08\x00\xff", "a gzip file"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
            (b"\xff\x00\xfe", "binary data"),
            (b"", "empty"),
        ] {
            assert!(reason(bytes).contains(words), "{bytes:?}: {}", reason(bytes));
        }
    }
}
