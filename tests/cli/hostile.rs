//! Text from the evidence that wants to do something: no format lets it.

use kms_audit::source::is_deceptive;

use super::{AS_OF, folder, run, text};

/// A terminal escape, a window title, C1 control, right-to-left override, zero-width space, carriage return, markup.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{202e}evil\u{2066}\u{200b}\r\n=cmd|' /C'!A1<script>alert(1)</script>`|[a](b)\u{7f}";

/// Evidence with the hostile text in every place that a report shows.
fn evidence() -> tempfile::TempDir {
    let id = "49f9c126-501a-45d8-bb1e-507ce68bb597";
    let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{id}");
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Id": HOSTILE,
        "Statement": [{
            "Sid": format!("{HOSTILE} sid"), "Effect": "Allow",
            "Principal": {"AWS": [format!("arn:aws:iam::111122223333:user/{HOSTILE}"), HOSTILE]},
            "Action": ["kms:CreateGrant", "kms:ListGrants"], "Resource": "*", HOSTILE: 1,
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        }, {
            "Sid": "Allow use of the key", "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::111122223333:role/{HOSTILE}")},
            "Action": ["kms:Sign", "kms:Verify", "kms:DescribeKey"], "Resource": "*"
        }]
    });
    let files: Vec<(&str, String)> = vec![
        ("policy.json", serde_json::json!({"Policy": policy.to_string(), "PolicyName": "default"}).to_string()),
        ("describe.json", serde_json::json!({"KeyMetadata": {
            "Arn": arn, "KeyId": id, "KeySpec": HOSTILE, "KeyUsage": HOSTILE, "KeyState": HOSTILE, "Origin": HOSTILE,
            "Description": HOSTILE, "KeyManager": HOSTILE, "CustomKeyStoreId": HOSTILE, "MultiRegion": true,
            "DeletionDate": HOSTILE, "ValidTo": HOSTILE,
            "MultiRegionConfiguration": {"PrimaryKey": {"Arn": HOSTILE}, "ReplicaKeys": [{"Arn": HOSTILE}]}}}).to_string()),
        ("aliases.json", serde_json::json!({"Aliases": [
            {"AliasName": format!("alias/{HOSTILE}"), "AliasArn": format!("arn:aws:kms:us-east-1:111122223333:alias/{HOSTILE}"), "TargetKeyId": id}]}).to_string()),
        ("grants.json", serde_json::json!({"Grants": [
            {"KeyId": arn, "GrantId": HOSTILE, "GranteePrincipal": HOSTILE, "Operations": [HOSTILE]}], "Truncated": true}).to_string()),
        ("tags.json", serde_json::json!({"Tags": [{"TagKey": HOSTILE, "TagValue": HOSTILE}]}).to_string()),
        ("public-key.json", serde_json::json!({"KeyId": arn, "PublicKey": HOSTILE, "KeySpec": HOSTILE}).to_string()),
        ("claims.json", serde_json::json!([
            {"address": HOSTILE, "role": HOSTILE, "chain": HOSTILE, "key": arn, "source": HOSTILE},
            {"address": "0x0000000000000000000000000000000000000000", "role": HOSTILE, "chain": HOSTILE, "source": HOSTILE}]).to_string()),
        ("broken.json", format!("{{\"{HOSTILE}")),
        ("set.json", serde_json::json!({HOSTILE: {"threshold": 1, "validators": [
            {"address": "0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5", "alias": HOSTILE},
            {"address": "0xe134dc78c2efcf6ad2a1ab1a6b643433d7a266e5", "alias": HOSTILE}, {"address": HOSTILE}]}}).to_string()),
        ("details.json", serde_json::json!({"UserDetailList": [
            {"Arn": format!("arn:aws:iam::111122223333:user/{HOSTILE}"), "UserName": HOSTILE, "GroupList": [HOSTILE]}]}).to_string()),
        ("private.pem", format!("{HOSTILE}\n-----BEGIN {HOSTILE} PRIVATE KEY-----\nAAAA\n-----END {HOSTILE} PRIVATE KEY-----\n")),
        ("key.pem", format!("{HOSTILE}\n-----BEGIN PUBLIC KEY-----\n{HOSTILE}\n-----END PUBLIC KEY-----\n")),
        ("unknown.json", serde_json::json!({HOSTILE: HOSTILE}).to_string()),
        ("na\u{1b}[31mme\u{202e}.txt", HOSTILE.to_owned()),
    ];
    let borrowed: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content)| (*name, content.as_bytes()))
        .collect();
    folder(&borrowed)
}

/// Nothing but visible characters and line ends.
fn assert_safe(what: &str, output: &str) {
    for (number, line) in output.lines().enumerate() {
        if let Some(bad) = line.chars().find(|char| is_deceptive(*char)) {
            panic!(
                "{what}, line {}: U+{:04X} in {line:?}",
                number + 1,
                u32::from(bad)
            );
        }
    }
    assert!(!output.contains('\r'), "{what}: a carriage return");
}

#[test]
fn no_format_lets_text_from_the_evidence_act() {
    let folder = evidence();
    let path = text(folder.path());
    let audit = |more: &[&str]| run(&[&["audit", path], more, &AS_OF[..]].concat());
    let mut seen = String::new();
    for format in kms_audit::report::FORMATS {
        let output = audit(&["--format", format.id(), "--show", "all", "--profile", "hyperlane"]);
        assert!(!output.stdout.is_empty(), "{}", format.id());
        assert_safe(format.id(), &output.stdout);
        seen.push_str(&output.stdout);
    }
    assert!(seen.contains("evil"), "the text is shown, made visible");
    for arguments in [
        &["inspect", path][..],
        &["inspect", "--bytes", path],
        &["inspect", path, "--format", "json"],
        &["address", path],
        &["address", path, "--format", "json"],
    ] {
        assert_safe(&format!("{arguments:?}"), &run(arguments).stdout);
    }
}

/// A key policy that can be hardened, with the hostile text wherever a policy has one. What JSON must escape is escaped;
/// the rest stands there as it is.
fn hostile_policy() -> String {
    let name = HOSTILE.replace(['\r', '\n'], "");
    serde_json::json!({
        "Version": "2012-10-17", "Id": name,
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
            {"Sid": name, "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::111122223333:role/{name}")},
                "Action": ["kms:Sign", "kms:GetPublicKey", "kms:Verify", name], "Resource": "*",
                "Condition": {"StringNotEquals": {name.clone(): name.clone()}}},
            {"Sid": name, "Effect": "Allow", "Principal": {"AWS": ["AIDAIOSFODNN7EXAMPLE", format!("arn:aws:iam::111122223333:user/{name}")]},
                "Action": ["kms:Get*", "kms:Encrypt"], "Resource": "*",
                "Condition": {"StringEquals": {name.clone(): name}}},
        ]
    })
    .to_string()
}

#[test]
fn a_hardened_policy_does_nothing_to_a_terminal() {
    let policy = hostile_policy();
    assert!(policy.contains('\u{9b}') && policy.contains('\u{202e}'));
    let folder = folder(&[("po\u{202e}licy.json", policy.as_bytes())]);
    let path = folder.path().join("po\u{202e}licy.json");
    let mut seen = String::new();
    for arguments in [
        &["--format", "diff"][..],
        &["--format", "diff", "--unsafe"],
        &["--format", "json", "--unsafe"],
        &["--format", "policy"],
    ] {
        let output = run(&[&["harden", text(&path)], arguments].concat());
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert_safe(&format!("{arguments:?}"), &output.stdout);
        seen.push_str(&output.stdout);
    }
    assert!(seen.contains("evil"), "the text is shown, made visible");
    let output = run(&["harden", text(&path), "--signer", "no\u{1b}[31m\u{202e}such"]);
    assert_eq!(output.code, 2);
    assert_safe("stderr", &output.stderr);
}

#[test]
fn with_colours_the_only_escapes_are_our_own() {
    let folder = evidence();
    for format in ["table", "human"] {
        let output = run(&[
            &[
                "audit",
                text(folder.path()),
                "--format",
                format,
                "--color",
                "always",
            ],
            &AS_OF[..],
        ]
        .concat());
        let mut rest = output.stdout.as_str();
        let mut plain = String::new();
        while let Some(at) = rest.find('\u{1b}') {
            plain.push_str(&rest[..at]);
            let tail = rest[at..]
                .strip_prefix("\u{1b}[")
                .expect("a colour, not another escape");
            let end = tail.find('m').expect("the end of a colour");
            assert!(
                tail[..end]
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b';'),
                "{:?}",
                &tail[..end]
            );
            rest = &tail[end + 1..];
        }
        plain.push_str(rest);
        assert_safe(format, &plain);
    }
}

#[test]
fn error_messages_are_safe_too() {
    let output = run(&["audit", "no\u{1b}[31m\u{202e}such"]);
    assert_eq!(output.code, 2);
    assert_safe("stderr", &output.stderr);
    let output = run(&["explain", "no\u{1b}[31m\u{202e}such"]);
    assert_safe("stderr", &output.stderr);
}
