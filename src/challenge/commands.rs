//! The commands with which a key's owner answers a challenge.
//!
//! The two versions of the AWS CLI take bytes in different ways: v2 takes base64 as an argument unless it is configured
//! otherwise (`cli_binary_format`), v1 takes the bytes themselves. A file named with `fileb://` works in both (AWS CLI
//! user guide, "Breaking changes in AWS CLI version 2").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Challenge;
use crate::encoding::base64;

/// File that the answer goes to.
pub const ANSWER: &str = "answer.json";
/// File that the digest goes to, where the command takes it from one.
pub const DIGEST: &str = "digest.bin";
/// The algorithm that a challenge is answered with.
pub const ALGORITHM: &str = "ECDSA_SHA_256";

/// One way to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Way {
    /// With what: `aws-cli-v2`, or `aws-cli-any` for either version.
    pub with: Cli,
    /// Lines for a POSIX shell, to be run in this order.
    pub lines: Vec<String>,
}

/// What a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cli {
    /// AWS CLI v2 alone.
    AwsCliV2,
    /// AWS CLI v1 and v2.
    AwsCliAny,
}

/// The ways to answer a challenge.
pub fn ways(challenge: &Challenge) -> Vec<Way> {
    let digest = base64::encode(&challenge.digest());
    let sign = |message: &str, more: &[&str]| {
        let mut words = vec![
            "aws",
            "kms",
            "sign",
            "--region",
            challenge.region(),
            "--key-id",
            &challenge.parts().key,
            "--message",
            message,
            "--message-type",
            "DIGEST",
            "--signing-algorithm",
            ALGORITHM,
        ];
        words.extend(more);
        words.extend(["--output", "json"]);
        format!("{} > {}", line(&words), quoted(ANSWER))
    };
    vec![
        Way {
            with: Cli::AwsCliV2,
            // A profile may have the other format: here it is always this one.
            lines: vec![sign(&digest, &["--cli-binary-format", "base64"])],
        },
        Way {
            with: Cli::AwsCliAny,
            lines: vec![
                format!(
                    "{} | {} > {}",
                    line(&["printf", "%s", &digest]),
                    line(&["base64", "--decode"]),
                    quoted(DIGEST)
                ),
                sign(&format!("fileb://{DIGEST}"), &[]),
            ],
        },
    ]
}

fn line(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// A word as a POSIX shell takes it for one word (IEEE Std 1003.1, Shell Command Language, 2.2.2).
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"%+,-./:=@_".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        assert_eq!(quoted("arn:aws:kms:a-1:1:key/x"), "arn:aws:kms:a-1:1:key/x");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("$(id)"), "'$(id)'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a\nb"), "'a\nb'");
    }

    #[test]
    fn each_command_names_key_region_digest_type_and_algorithm() {
        let challenge = crate::challenge::tests::challenge();
        let digest = base64::encode(&challenge.digest());
        let ways = ways(&challenge);
        assert_eq!(
            ways.iter().map(|way| way.with).collect::<Vec<_>>(),
            [Cli::AwsCliV2, Cli::AwsCliAny]
        );
        let arn = &challenge.parts().key;
        let head = format!("aws kms sign --region eu-west-1 --key-id {arn} --message ");
        let tail = "--message-type DIGEST --signing-algorithm ECDSA_SHA_256";
        assert_eq!(
            ways[0].lines,
            [format!(
                "{head}{digest} {tail} --cli-binary-format base64 --output json > answer.json"
            )]
        );
        assert_eq!(
            ways[1].lines,
            [
                format!("printf %s {digest} | base64 --decode > digest.bin"),
                format!("{head}fileb://digest.bin {tail} --output json > answer.json"),
            ]
        );
    }
}
