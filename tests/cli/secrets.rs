//! A secret in the evidence is told by its place, and no output of any command shows eight bytes of it.

use std::path::Path;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::{AS_OF, ROOT, folder, run, run_with, text};

/// The bytes of a secret: nothing else in the evidence has them.
fn bytes(seed: u8) -> Vec<u8> {
    Sha256::digest([b's', b'e', b'e', b'd', seed]).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    kms_audit::encoding::hex::encode(bytes)
}

/// SEC 1 (RFC 5915) of a private key without its public half.
fn sec1(key: &[u8]) -> Vec<u8> {
    let mut der = vec![0x30, 0x2e, 0x02, 0x01, 0x01, 0x04, 0x20];
    der.extend(key);
    der.extend([0xa0, 0x07, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a]);
    der
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = Base64::encode_string(der);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("ASCII"))
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// Every command and format that shows something of evidence.
fn outputs(path: &str) -> Vec<(String, String)> {
    let mut outputs = Vec::new();
    let mut take = |arguments: &[&str]| {
        let output = run(arguments);
        outputs.push((
            format!("{arguments:?}"),
            format!("{}\n{}", output.stdout, output.stderr),
        ));
    };
    for format in kms_audit::report::FORMATS {
        take(
            &[
                &[
                    "audit",
                    path,
                    "--format",
                    format.id(),
                    "--show",
                    "all",
                    "--profile",
                    "hyperlane",
                ],
                &AS_OF[..],
            ]
            .concat(),
        );
    }
    for input_format in [
        "spki-pem",
        "spki-base64",
        "aws-describe-key",
        "key-policy",
        "claims-json",
        "claims-csv",
    ] {
        take(
            &[
                &["audit", path, "--format", "human", "--input-format", input_format],
                &AS_OF[..],
            ]
            .concat(),
        );
    }
    for arguments in [
        &["inspect", path][..],
        &["inspect", "--bytes", path],
        &["inspect", "--bytes", path, "--format", "json"],
        &["address", path],
        &["address", path, "--format", "json"],
        &[
            "address",
            path,
            "--expect",
            "0xc7e1588f24177f5f834140C3599B83FE7d0b7761",
        ],
    ] {
        take(arguments);
    }
    outputs
}

/// No eight characters of the secret stand in the output, as they are or over line ends and other marks.
fn assert_silent(what: &str, output: &str, secret: &str) {
    let plain: String = output.chars().filter(char::is_ascii_alphanumeric).collect();
    let lower = plain.to_ascii_lowercase();
    let own: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
    for piece in own.as_bytes().windows(8) {
        let piece = std::str::from_utf8(piece).expect("ASCII");
        assert!(
            !plain.contains(piece) && !lower.contains(&piece.to_ascii_lowercase()),
            "{what} shows {piece}"
        );
    }
    for piece in secret.as_bytes().windows(8) {
        let piece = std::str::from_utf8(piece).expect("ASCII");
        assert!(!output.contains(piece), "{what} shows {piece}");
    }
}

const ID: &str = "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";

/// A file with a secret, and the texts of it that no output may show.
type Made = (Vec<u8>, Vec<String>);

/// Files with secrets, each with the secret, and the rule that tells it. Every secret begins with another byte.
#[expect(clippy::too_many_lines, reason = "a list")]
fn files() -> Vec<(String, Vec<u8>, Vec<String>, &'static str)> {
    const KEY: &str = "private-key-in-evidence";
    const ACCESS: &str = "access-key-in-evidence";
    let arn = format!("arn:aws:kms:eu-west-1:111122223333:key/{ID}");
    let mut files: Vec<(String, Vec<u8>, Vec<String>, &'static str)> = Vec::new();
    let mut seed = 0_u8;
    let mut add = |name: &str, rule: &'static str, make: &dyn Fn(&[u8]) -> Made| {
        seed = seed.wrapping_add(7);
        let (content, secrets) = make(&bytes(seed));
        files.push((name.to_owned(), content, secrets, rule));
    };
    let forms = |key: &[u8]| {
        let der = sec1(key);
        vec![hex(key), Base64::encode_string(&der), Base64::encode_string(key)]
    };
    let aws = |key: &[u8]| Base64::encode_string(&key[..30]);
    add("plain.pem", KEY, &|key| {
        (pem("EC PRIVATE KEY", &sec1(key)).into_bytes(), forms(key))
    });
    add("no-end.pem", KEY, &|key| {
        let block = pem("EC PRIVATE KEY", &sec1(key));
        (
            block.replace("-----END EC PRIVATE KEY-----\n", "").into_bytes(),
            forms(key),
        )
    });
    add("broken-end.pem", KEY, &|key| {
        let block = pem("EC PRIVATE KEY", &sec1(key));
        (
            block
                .replace("-----END EC PRIVATE", "-----END RSA PRIVATE")
                .into_bytes(),
            forms(key),
        )
    });
    add("commented.txt", KEY, &|key| {
        let block = pem("EC PRIVATE KEY", &sec1(key));
        (
            format!("# {}\n", block.trim_end().replace('\n', "\n# ")).into_bytes(),
            forms(key),
        )
    });
    add("describe.json", KEY, &|key| {
        let described = json!({"KeyMetadata": {"Arn": arn, "KeyState": pem("EC PRIVATE KEY", &sec1(key)),
            "KeySpec": pem("EC PRIVATE KEY", &sec1(key)), "Description": pem("PRIVATE KEY", &sec1(key))}});
        (described.to_string().into_bytes(), forms(key))
    });
    add("policy.json", KEY, &|key| {
        let block = pem("EC PRIVATE KEY", &sec1(key));
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Sid": block, "Effect": block, "Principal": {"AWS": block},
            "Action": ["kms:Sign", "kms:CreateGrant", block], "Resource": "*", "Principle": block}]});
        let answer = json!({"Policy": policy.to_string(), "PolicyName": "default", "KeyId": arn});
        (answer.to_string().into_bytes(), forms(key))
    });
    add("tags.yaml", KEY, &|key| {
        let block = pem("PRIVATE KEY", &sec1(key)).replace('\n', "\n    ");
        (
            format!("Tags:\n- TagKey: pem\n  TagValue: |\n    {block}\n").into_bytes(),
            forms(key),
        )
    });
    add("public-key.json", KEY, &|key| {
        let answer = json!({"KeyId": arn, "PublicKey": Base64::encode_string(&sec1(key))});
        (answer.to_string().into_bytes(), forms(key))
    });
    add("public-key-bytes.json", KEY, &|key| {
        let answer = json!({"KeyId": arn, "PublicKey": {"type": "Buffer", "data": sec1(key)}});
        let numbers: Vec<String> = key.iter().map(u8::to_string).collect();
        (
            serde_json::to_string_pretty(&answer).expect("JSON").into_bytes(),
            vec![numbers.join(","), hex(key)],
        )
    });
    add("numbers.json", KEY, &|key| {
        let numbers: Vec<String> = key.iter().map(u8::to_string).collect();
        (
            json!(key).to_string().into_bytes(),
            vec![numbers.join(","), hex(key)],
        )
    });
    add("key.der", KEY, &|key| (sec1(key), forms(key)));
    add("key.raw", KEY, &|key| (key.to_vec(), forms(key)));
    add("key.b64", KEY, &|key| {
        (Base64::encode_string(&sec1(key)).into_bytes(), forms(key))
    });
    add("der.hex", KEY, &|key| (hex(&sec1(key)).into_bytes(), forms(key)));
    add("bare.hex", KEY, &|key| {
        (format!("0x{}\n", hex(key)).into_bytes(), forms(key))
    });
    add("agent.json", KEY, &|key| {
        let config = json!({"validator": {"type": "hexKey", "key": format!("0x{}", hex(key))}});
        (config.to_string().into_bytes(), forms(key))
    });
    add("agent.env", KEY, &|key| {
        (
            format!(
                "HYP_CHAINS=base\nHYP_VALIDATOR_KEY=0x{}\n",
                hex(key).to_uppercase()
            )
            .into_bytes(),
            forms(key),
        )
    });
    add("claims.csv", "malformed-claim", &|key| {
        (
            format!("address,role,chain\n0x{},validator,base\n", hex(key)).into_bytes(),
            forms(key),
        )
    });
    add("wif.csv", "malformed-claim", &|key| {
        // The wallet import format is 51 characters of base58 that begin with 5: any 50 do.
        let letters: String = hex(key).replace('0', "g").chars().take(50).collect();
        let wif = format!("5{letters}");
        (
            format!("address,role,chain\n{wif},validator,base\nx,y\n").into_bytes(),
            vec![wif],
        )
    });
    add("phrase.csv", "malformed-claim", &|key| {
        let word = |byte: &u8| {
            format!(
                "w{}",
                hex(&[*byte]).replace(|char: char| char.is_ascii_digit(), "q")
            )
        };
        let phrase: Vec<String> = key.iter().take(12).map(word).collect();
        let phrase = phrase.join(" ");
        (
            format!("address,role\n{phrase},validator\nx,y\n").into_bytes(),
            vec![phrase],
        )
    });
    add("claims.json", KEY, &|key| {
        let claims =
            json!([{"address": hex(key), "role": "relayer", "chain": format!("private_key: {}", hex(key))}]);
        (claims.to_string().into_bytes(), forms(key))
    });
    add("jwk.json", KEY, &|key| {
        let jwk = json!({"kty": "EC", "crv": "secp256k1", "x": Base64UrlUnpadded::encode_string(&[7; 32]),
            "y": Base64UrlUnpadded::encode_string(&[9; 32]), "d": Base64UrlUnpadded::encode_string(key)});
        (
            jwk.to_string().into_bytes(),
            vec![Base64UrlUnpadded::encode_string(key), hex(key)],
        )
    });
    add("openssl.txt", KEY, &|key| {
        let pairs: Vec<String> = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let lines: Vec<String> = pairs.chunks(15).map(|line| line.join(":")).collect();
        let text = format!(
            "Private-Key: (256 bit)\npriv:\n    {}\npub:\n    04:00\n",
            lines.join(":\n    ")
        );
        (text.into_bytes(), forms(key))
    });
    add("pair.json", KEY, &|key| {
        let pair = json!({"PrivateKeyPlaintext": Base64::encode_string(&sec1(key)), "PublicKey": "AAAA", "KeyId": arn});
        (pair.to_string().into_bytes(), forms(key))
    });
    add("keystore.json", KEY, &|key| {
        let keystore =
            json!({"version": 3, "crypto": {"ciphertext": hex(key), "kdf": "scrypt", "mac": "00"}});
        (keystore.to_string().into_bytes(), forms(key))
    });
    add("broken.json", KEY, &|key| {
        let block = pem("EC PRIVATE KEY", &sec1(key)).replace('\n', "\\n");
        (
            format!("{{\"KeyMetadata\": {{\"a\": \"{block}\", 'b': 1}}").into_bytes(),
            forms(key),
        )
    });
    add("transcript.txt", KEY, &|key| {
        let block = pem("EC PRIVATE KEY", &sec1(key));
        let described = json!({"KeyMetadata": {"Arn": arn, "KeyState": "Disabled", "KeyState ": 1}});
        (
            format!("$ cat key.pem\n{block}$ aws kms describe-key\n{described:#}\n").into_bytes(),
            forms(key),
        )
    });
    add("credentials", ACCESS, &|key| {
        let text = format!(
            "[default]\naws_access_key_id = AKIAIOSFODNN7ABCDEFG\naws_secret_access_key = {}\n",
            aws(key)
        );
        (text.into_bytes(), vec![aws(key)])
    });
    add("accessKeys.csv", ACCESS, &|key| {
        let text = format!(
            "\u{feff}Access key ID,Secret access key\nAKIAIOSFODNN7ABCDEFG,{}\n",
            aws(key)
        );
        (text.into_bytes(), vec![aws(key)])
    });
    add("session.json", ACCESS, &|key| {
        let answer = json!({"Credentials": {"AccessKeyId": "ASIAIOSFODNN7ABCDEFG", "SecretAccessKey": aws(key), "SessionToken": Base64::encode_string(key)}});
        (
            answer.to_string().into_bytes(),
            vec![aws(key), Base64::encode_string(key)],
        )
    });
    add("state.json", ACCESS, &|key| {
        let state = json!({"resources": [{"type": "aws_iam_access_key", "instances": [{"attributes": {"id": "AKIAIOSFODNN7ABCDEFG",
            "secret": aws(key), "ses_smtp_password_v4": format!("B{}", aws(key))}}]}]});
        (state.to_string().into_bytes(), vec![aws(key)])
    });
    add("utf16.env", ACCESS, &|key| {
        let text = format!("\u{feff}AWS_SECRET_ACCESS_KEY={}\r\n", aws(key));
        (
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            vec![aws(key)],
        )
    });
    add("metadata.json", ACCESS, &|key| {
        let described = json!({"KeyMetadata": {"KeyId": ID, "Arn": arn, "KeyState": format!("aws_secret_access_key={}", aws(key)),
            "Description": format!("SecretAccessKey: {}", aws(key)), "Origin": format!("AKIAIOSFODNN7ABCDEFG {}", aws(key))}});
        (described.to_string().into_bytes(), vec![aws(key)])
    });
    add("aliases.json", ACCESS, &|key| {
        let aliases = json!({"Aliases": [{"AliasName": format!("alias/AWS_SECRET_ACCESS_KEY={}", aws(key)), "TargetKeyId": ID}]});
        (aliases.to_string().into_bytes(), vec![aws(key)])
    });
    files
}

#[test]
fn no_output_shows_eight_bytes_of_any_secret() {
    let files = files();
    let contents: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content, ..)| (name.as_str(), content.as_slice()))
        .collect();
    let all = folder(&contents);
    let report = run(&[&["audit", text(all.path()), "--format", "json"], &AS_OF[..]].concat());
    let report: Json = serde_json::from_str(&report.stdout).expect("JSON");
    for (name, _, _, rule) in &files {
        let told = report["findings"]
            .as_array()
            .expect("a list")
            .iter()
            .any(|finding| {
                let path = finding["location"]["path"].as_str().expect("a path");
                finding["rule"] == *rule && path.ends_with(&format!("/{name}"))
            });
        assert!(told, "{name}: {rule} does not tell it");
    }
    for (what, output) in outputs(text(all.path())) {
        for (name, _, secrets, _) in &files {
            for secret in secrets {
                assert_silent(&format!("{name}: {what}"), &output, secret);
            }
        }
    }
    // One by one, and named: then its own errors are told.
    for (name, content, secrets, _) in &files {
        let one = folder(&[(name.as_str(), content.as_slice())]);
        let path = one.path().join(name);
        for arguments in [
            &[
                "audit",
                text(&path),
                "--format",
                "human",
                "--show",
                "all",
                AS_OF[0],
                AS_OF[1],
            ][..],
            &["address", text(&path)],
            &["inspect", "--bytes", text(&path)],
        ] {
            let output = run(arguments);
            for secret in secrets {
                assert_silent(
                    &format!("{arguments:?}"),
                    &format!("{}{}", output.stdout, output.stderr),
                    secret,
                );
            }
        }
        let piped = run_with(
            &["audit", "-", "--format", "human", AS_OF[0], AS_OF[1]],
            content,
            &[],
        );
        for secret in secrets {
            assert_silent(
                &format!("{name} on standard input"),
                &format!("{}{}", piped.stdout, piped.stderr),
                secret,
            );
        }
    }
}

#[test]
fn no_output_shows_a_secret_of_the_forms() {
    let root = Path::new(ROOT).join("testdata/forms");
    let manifest = std::fs::read_to_string(root.join("manifest.json")).expect("the manifest");
    let entries: Vec<Json> = serde_json::from_str(&manifest).expect("JSON");
    let mut looked_at = 0;
    for entry in &entries {
        let says = entry["says"].as_array().expect("a list").iter();
        let places: Vec<&Json> = says
            .filter(|says| says["kind"] == "secret")
            .flat_map(|says| says["places"].as_array().expect("places"))
            .collect();
        if places.is_empty() {
            continue;
        }
        looked_at += 1;
        let file = entry["file"].as_str().expect("a file");
        let path = root.join(file);
        let content = std::fs::read_to_string(&path).expect("UTF-8");
        let lines: Vec<Vec<char>> = content
            .trim_start_matches('\u{feff}')
            .lines()
            .map(|line| line.chars().collect())
            .collect();
        let number =
            |says: &Json, name: &str| usize::try_from(says[name].as_u64().expect("a number")).expect("small");
        let outputs: Vec<(String, String)> = outputs(text(&path));
        for place in places {
            let line = &lines[number(place, "line") - 1];
            let start = number(place, "column") - 1;
            let secret: String = line[start..start + number(place, "length")].iter().collect();
            for (what, output) in &outputs {
                if secret.len() >= 8 {
                    assert_silent(&format!("{file}: {what}"), output, &secret);
                } else {
                    assert!(!output.contains(&format!(" {secret}")), "{file}: {what}");
                }
            }
        }
        assert!(
            outputs
                .iter()
                .any(|(_, output)| output.contains("not read, kept or shown")),
            "{file}: nothing tells it"
        );
    }
    assert!(looked_at > 20, "{looked_at} files with a secret");
}

#[test]
fn a_private_key_given_as_an_expected_address_is_not_repeated() {
    let key = hex(&bytes(3));
    for given in [key.clone(), format!("0x{key}")] {
        let output = run(&["address", "testdata/forms/key.der", "--expect", &given]);
        assert_eq!(output.code, 2);
        assert_silent("--expect", &format!("{}{}", output.stdout, output.stderr), &key);
    }
}
