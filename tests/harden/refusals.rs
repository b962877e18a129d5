//! What is refused, and why.

use serde_json::json;

use super::*;

fn refusal(policy: &Value, options: &Options) -> Refusal {
    run(&policy.to_string(), options).expect_err("it is refused")
}

fn with_account() -> Options {
    Options {
        account: Some(ACCOUNT.to_owned()),
        ..Options::default()
    }
}

#[test]
fn a_locked_key_is_refused() {
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"});
    for policy in [
        policy(&[signing(&["kms:Sign", "kms:GetPublicKey"])]),
        policy(&[allow("a", "AROAIOSFODNN7EXAMPLE", &["kms:*"])]),
        policy(&[account(), deny]),
        // Another account's principals cannot put a key policy, whatever it says.
        policy(&[allow("a", "arn:aws:iam::444455556666:root", &["kms:*"])]),
    ] {
        let refusal = refusal(&policy, &with_account());
        assert_eq!(refusal.code(), "locked", "{policy}");
        assert!(!refusal.is_usage() && !refusal.is_broken());
    }
}

#[test]
fn a_signer_that_cannot_sign_is_refused() {
    let elsewhere = policy(&[
        allow("a", ADMIN, &["kms:PutKeyPolicy"]),
        signing(&["kms:Sign", "kms:GetPublicKey"]),
    ]);
    let deny = json!({"Effect": "Deny", "Principal": {"AWS": SIGNER}, "Action": "kms:Sign", "Resource": "*"});
    for (policy, signer) in [
        (elsewhere, "arn:aws:iam::111122223333:role/other"),
        (policy(&[account(), signing(&["kms:Sign"]), deny]), SIGNER),
    ] {
        let options = Options {
            signers: vec![signer.to_owned()],
            ..Options::default()
        };
        let refusal = refusal(&policy, &options);
        assert_eq!(refusal.code(), "cannot-sign", "{policy}");
        assert!(refusal.to_string().contains(signer), "{refusal}");
    }
}

#[test]
fn what_other_arguments_would_mend_is_a_matter_of_usage() {
    let two = policy(&[
        account(),
        allow("b", "arn:aws:iam::444455556666:root", &["kms:Sign"]),
    ]);
    let unknown = refusal(&two, &Options::default());
    assert!(
        unknown.is_usage() && unknown.to_string().contains("444455556666"),
        "{unknown}"
    );
    assert!(run(&two.to_string(), &with_account()).is_ok());
    let options = Options {
        signers: vec!["validator".to_owned()],
        ..Options::default()
    };
    assert!(refusal(&console(), &options).is_usage());
}

#[test]
fn what_is_no_key_policy_is_no_input() {
    let identity = json!({"Statement": [{"Effect": "Allow", "Action": "kms:Sign", "Resource": "*"}]});
    let bucket = json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]});
    for policy in [identity, bucket, json!({"Statement": []}), json!({"a": 1})] {
        assert!(refusal(&policy, &with_account()).is_broken(), "{policy}");
    }
    let long = policy(&[
        signing(&["kms:Sign"]),
        allow("x".repeat(140_000).as_str(), ADMIN, &["kms:*"]),
    ]);
    assert!(refusal(&long, &with_account()).is_broken());
}

#[test]
fn a_key_that_does_not_sign_is_refused() {
    let options = Options {
        metadata: Some(KeyMetadata {
            key_usage: Some("ENCRYPT_DECRYPT".to_owned()),
            ..KeyMetadata::default()
        }),
        ..Options::default()
    };
    assert_eq!(refusal(&console(), &options).code(), "wrong-key");
}

#[test]
fn what_aws_refuses_is_not_guessed_at() {
    let twice = r#"{"Statement":[],"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]}"#;
    assert_eq!(
        run(twice, &Options::default()).expect_err("refused").code(),
        "ambiguous"
    );
    // A statement with two effects is not touched, and said.
    let inside = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},{"Effect":"Allow","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/r"},"Action":["kms:Encrypt","kms:Sign"],"Resource":"*"}]}"#;
    let found = run(inside, &Options::default()).expect("a policy");
    assert_eq!(found.text, inside);
    assert!(
        found.notes.iter().any(|note| note.contains("stands twice")),
        "{:?}",
        found.notes
    );
}
