//! Which edits are made, one rule after the other.

use serde_json::{Value, json};

use super::*;
use kms_audit::policy::compare::Verdict;
use kms_audit::policy::harden::Unseen;

fn plain() -> Options {
    Options::default()
}

fn risky() -> Options {
    Options {
        unsafe_edits: true,
        metadata: Some(of_kms()),
        ..Options::default()
    }
}

#[test]
fn of_the_consoles_policy_exactly_the_guides_items_are_removed() {
    for metadata in [None, Some(of_kms())] {
        let options = Options {
            metadata,
            ..Options::default()
        };
        let hardened = hardened(&console(), &options);
        assert_eq!(
            made(&hardened),
            [
                ("removable-grant-statement", "remove the statement"),
                ("removable-describe-key", "remove kms:DescribeKey"),
                ("removable-verify", "remove kms:Verify"),
            ]
        );
        assert_eq!(value(&hardened), tightened());
        assert_eq!(hardened.comparison.verdict, Verdict::NoNewAccess);
        assert!(hardened.left_out.is_empty(), "{:?}", hardened.left_out);
        let witnesses = hardened.edits.iter().flat_map(|edit| &edit.taken);
        for taken in witnesses {
            assert!(taken.witness.is_some(), "{taken:?}");
        }
        assert_eq!(
            hardened.edits[1].taken[0].pointer.as_deref(),
            Some("/Statement/2/Action/0")
        );
    }
}

#[test]
fn the_guides_policy_and_awss_own_stay_as_they_are() {
    for policy in [tightened(), policy(&[account()])] {
        let hardened = hardened(&policy, &plain());
        assert!(hardened.edits.is_empty(), "{:?}", hardened.edits);
        assert_eq!(hardened.text, policy.to_string());
    }
}

#[test]
fn what_is_offered_is_done_by_its_option() {
    let hardened = hardened(&console(), &plain());
    let offered: Vec<(&str, Option<&str>)> = hardened
        .offered
        .iter()
        .map(|edit| (edit.rule, edit.needs.option()))
        .filter(|(rule, _)| *rule != "wildcard-action")
        .collect();
    assert_eq!(
        offered,
        [
            ("broad-account-delegation", Some("--unsafe")),
            ("message-type-not-pinned", Some("--evm-only")),
            ("policy-lockout-bypass-allowed", Some("--guards")),
            ("schedule-deletion-unguarded", Some("--unsafe")),
        ]
    );
    let guarded = super::hardened(
        &tightened(),
        &Options {
            evm_only: true,
            guards: true,
            ..Options::default()
        },
    );
    assert_eq!(
        made(&guarded).iter().map(|(rule, _)| *rule).collect::<Vec<_>>(),
        ["message-type-not-pinned", "policy-lockout-bypass-allowed"]
    );
    assert_eq!(
        value(&guarded)["Statement"][3],
        json!({"Sid": "DenySignUnlessDigest", "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "kms:Sign",
            "Resource": "*", "Condition": {"StringNotEquals": {"kms:MessageType": "DIGEST"}}})
    );
}

/// Statements, the edits that are made by default, and the statements that are left. The account's stands before them.
fn by_default(statements: &[Value], rules: &[(&str, &str)], left: &[Value]) {
    let with = |list: &[Value]| policy(&[&[account()], list].concat());
    let options = Options {
        metadata: Some(of_kms()),
        ..Options::default()
    };
    let hardened = hardened(&with(statements), &options);
    assert_eq!(made(&hardened), rules, "{:?}", hardened.left_out);
    assert_eq!(value(&hardened), with(left));
}

#[test]
fn what_is_dead_on_the_key_goes() {
    let own = signing(&["kms:GetPublicKey", "kms:Sign"]);
    by_default(
        &[signing(&[
            "kms:Encrypt",
            "kms:GetPublicKey",
            "kms:GenerateDataKey*",
            "kms:Sign",
            "kms:ListKeys",
            "kms:ImportKeyMaterial",
            "kms:ReplicateKey",
            "kms:RetireGrant",
        ])],
        &[
            ("iam-only-action", "remove kms:ListKeys, kms:RetireGrant"),
            (
                "dead-action-for-key-type",
                "remove kms:Encrypt, kms:GenerateDataKey*",
            ),
            ("inapplicable-import-action", "remove kms:ImportKeyMaterial"),
            ("inapplicable-multi-region-action", "remove kms:ReplicateKey"),
        ],
        std::slice::from_ref(&own),
    );
    by_default(
        &[allow("x", ADMIN, &["kms:Decrypt", "kms:Encrypt"]), own.clone()],
        &[(
            "dead-action-for-key-type",
            "remove kms:Decrypt, kms:Encrypt, and with it the statement",
        )],
        std::slice::from_ref(&own),
    );
}

#[test]
fn import_and_replication_go_only_where_the_metadata_says_so() {
    let given = policy(&[
        account(),
        allow(
            "a",
            ADMIN,
            &["kms:PutKeyPolicy", "kms:ImportKeyMaterial", "kms:ReplicateKey"],
        ),
    ]);
    assert!(made(&hardened(&given, &plain())).is_empty());
    let with = Options {
        metadata: Some(of_kms()),
        ..Options::default()
    };
    assert_eq!(made(&hardened(&given, &with)).len(), 2);
    let other = Options {
        metadata: Some(KeyMetadata {
            origin: Some("EXTERNAL".to_owned()),
            multi_region: Some(true),
            ..of_kms()
        }),
        ..Options::default()
    };
    assert!(made(&hardened(&given, &other)).is_empty());
}

#[test]
fn what_is_said_twice_is_said_once() {
    let own = signing(&["kms:GetPublicKey", "kms:Sign"]);
    let mut again = own.clone();
    again["Sid"] = json!("again");
    by_default(
        &[own.clone(), again],
        &[("redundant-statement", "remove the statement")],
        std::slice::from_ref(&own),
    );
    by_default(
        &[own.clone(), allow("a", ADMIN, &["kms:Get*", "kms:GetKeyPolicy"])],
        &[("redundant-action", "remove kms:GetKeyPolicy")],
        &[own.clone(), allow("a", ADMIN, &["kms:Get*"])],
    );
    let mut same_sid = allow("Allow use of the key", ADMIN, &["kms:PutKeyPolicy"]);
    let before = same_sid.clone();
    same_sid["Sid"] = json!("Allow use of the key 2");
    by_default(
        &[own.clone(), before],
        &[("duplicate-sid", "rename it to \"Allow use of the key 2\"")],
        &[own, same_sid],
    );
}

#[test]
fn what_matches_nobody_goes() {
    let own = signing(&["kms:GetPublicKey", "kms:Sign"]);
    by_default(
        &[own.clone(), allow("x", "AROAIOSFODNN7EXAMPLE", &["kms:Sign"])],
        &[("deleted-principal", "remove the statement")],
        std::slice::from_ref(&own),
    );
    let mut both = own.clone();
    both["Principal"] = json!({"AWS": [SIGNER, "AIDAIOSFODNN7EXAMPLE"]});
    let mut one = own;
    one["Principal"] = json!({"AWS": [SIGNER]});
    by_default(
        &[both],
        &[("deleted-principal", "remove the principal AIDAIOSFODNN7EXAMPLE")],
        &[one],
    );
}

#[test]
fn conditions_that_the_key_decides_go() {
    let own = signing(&["kms:GetPublicKey", "kms:Sign"]);
    let mut always = own.clone();
    always["Condition"] =
        json!({"StringEquals": {"kms:KeySpec": "ECC_SECG_P256K1", "aws:PrincipalOrgID": "o-1"}});
    let mut rest = own.clone();
    rest["Condition"] = json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}});
    by_default(
        &[always],
        &[("constant-condition", "remove the condition")],
        &[rest],
    );
    let mut only = own.clone();
    only["Condition"] = json!({"Bool": {"kms:MultiRegion": "false"}});
    by_default(
        &[only],
        &[("constant-condition", "remove the condition")],
        std::slice::from_ref(&own),
    );
    let mut never = own.clone();
    never["Sid"] = json!("never");
    never["Condition"] = json!({"StringEquals": {"kms:KeyOrigin": "EXTERNAL"}});
    by_default(
        &[own.clone(), never],
        &[("constant-condition", "remove the statement")],
        std::slice::from_ref(&own),
    );
}

#[test]
fn a_statement_of_signers_and_others_is_left_and_said() {
    let mut both = signing(&["kms:GetPublicKey", "kms:Sign", "kms:DescribeKey"]);
    both["Principal"] = json!({"AWS": [SIGNER, "arn:aws:iam::444455556666:root"]});
    // Both of them sign: it goes for both.
    let options = Options {
        account: Some(ACCOUNT.to_owned()),
        ..Options::default()
    };
    let both_sign = hardened(&policy(&[account(), both.clone()]), &options);
    assert_eq!(
        made(&both_sign),
        [("removable-describe-key", "remove kms:DescribeKey")]
    );
    let reads = {
        let mut reads = allow("read", SIGNER, &["kms:DescribeKey"]);
        reads["Principal"] = json!({"AWS": [SIGNER, ADMIN]});
        reads
    };
    let given = policy(&[account(), signing(&["kms:GetPublicKey", "kms:Sign"]), reads]);
    let hardened = hardened(&given, &plain());
    assert!(hardened.edits.is_empty());
    assert_eq!(hardened.left_out.len(), 1);
    assert_eq!(hardened.left_out[0].rule, "removable-describe-key");
    assert!(
        hardened.left_out[0].reason.contains(ADMIN),
        "{:?}",
        hardened.left_out
    );
}

#[test]
fn a_grant_statement_without_its_condition_needs_a_person() {
    let mut open = grants();
    open.as_object_mut().expect("an object").remove("Condition");
    let given = policy(&[account(), signing(&["kms:GetPublicKey", "kms:Sign"]), open]);
    assert!(hardened(&given, &plain()).edits.is_empty());
    let rules = hardened(&given, &risky());
    assert!(made(&rules).contains(&("removable-grant-statement", "remove the statement")));
}

#[test]
fn a_pin_on_an_allow_becomes_a_deny() {
    let mut pinned = signing(&["kms:Sign"]);
    pinned["Condition"] = json!({"StringEquals": {"kms:MessageType": "DIGEST"}});
    let read = allow("read", SIGNER, &["kms:GetPublicKey"]);
    let given = policy(&[account(), pinned.clone(), read.clone()]);
    let found = hardened(&given, &plain());
    assert_eq!(
        made(&found),
        [(
            "pin-on-allow-only",
            "add a Deny of kms:Sign where kms:MessageType is not DIGEST"
        )]
    );
    // One that signs without a pin would lose it.
    let open = allow("other", ADMIN, &["kms:Sign"]);
    let found = hardened(&policy(&[account(), pinned, read, open]), &plain());
    assert!(found.edits.is_empty());
}

#[test]
fn a_pin_that_is_there_is_not_added_again() {
    for condition in [
        json!({"StringNotEquals": {"kms:MessageType": "DIGEST"}}),
        json!({"StringNotEqualsIfExists": {"kms:MessageType": ["DIGEST"]}}),
        json!({"StringEquals": {"kms:MessageType": ["RAW", "EXTERNAL_MU"]}}),
    ] {
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "kms:Sign", "Resource": "*", "Condition": condition});
        let given = policy(&[account(), signing(&["kms:GetPublicKey", "kms:Sign"]), deny]);
        let options = Options {
            evm_only: true,
            ..Options::default()
        };
        assert!(hardened(&given, &options).edits.is_empty(), "{condition}");
    }
}

#[test]
fn a_signer_with_a_wildcard_is_left_with_signing() {
    let given = policy(&[account(), signing(&["kms:*"])]);
    // Nobody says whether it is a signer or an administrator.
    let unsure = hardened(&given, &risky());
    assert!(
        made(&unsure)
            .iter()
            .all(|(rule, _)| *rule != "signer-wildcard-action")
    );
    assert!(
        unsure
            .left_out
            .iter()
            .any(|one| one.rule == "signer-wildcard-action" && one.reason.contains("--signer")),
        "{:?}",
        unsure.left_out
    );
    let declared = Options {
        signers: vec![SIGNER.to_owned()],
        ..risky()
    };
    let found = hardened(&given, &declared);
    assert_eq!(
        value(&found)["Statement"][1],
        signing(&["kms:GetPublicKey", "kms:Sign"])
    );
    let narrow = hardened(
        &policy(&[account(), signing(&["kms:GetPublicKey", "kms:S*"])]),
        &risky(),
    );
    assert_eq!(
        value(&narrow)["Statement"][1],
        signing(&["kms:GetPublicKey", "kms:Sign"])
    );
}

#[test]
fn administration_of_a_signer_goes_while_somebody_else_has_it() {
    let mine = [
        "kms:Sign",
        "kms:GetPublicKey",
        "kms:PutKeyPolicy",
        "kms:CreateGrant",
        "kms:DisableKey",
        "kms:TagResource",
        "kms:GetKeyPolicy",
    ];
    let found = hardened(&policy(&[account(), signing(&mine)]), &risky());
    let rules: Vec<&str> = made(&found).iter().map(|(rule, _)| *rule).take(4).collect();
    assert_eq!(
        rules,
        [
            "admin-and-signer-same-principal",
            "signer-can-create-grant",
            "signer-can-delete-or-disable",
            "signer-can-put-policy"
        ]
    );
    assert_eq!(
        value(&found)["Statement"][1]["Action"],
        json!(["kms:Sign", "kms:GetPublicKey", "kms:GetKeyPolicy"])
    );
    // It is the only one who can put a policy: that it keeps.
    let options = Options {
        account: Some(ACCOUNT.to_owned()),
        ..risky()
    };
    let alone = hardened(&policy(&[signing(&mine)]), &options);
    let actions = value(&alone)["Statement"][0]["Action"].clone();
    assert!(
        actions
            .as_array()
            .expect("a list")
            .contains(&json!("kms:PutKeyPolicy")),
        "{actions}"
    );
    assert!(
        alone
            .left_out
            .iter()
            .any(|one| one.rule == "signer-can-put-policy" && one.reason.contains("locked")),
        "{:?}",
        alone.left_out
    );
}

#[test]
fn undeclared_signers_lose_signing() {
    let other = "arn:aws:iam::444455556666:role/other";
    let mut both = signing(&["kms:GetPublicKey", "kms:Sign"]);
    both["Principal"] = json!({"AWS": [SIGNER, other]});
    let options = Options {
        signers: vec![SIGNER.to_owned()],
        ..risky()
    };
    let admin = allow("a", ADMIN, &["kms:PutKeyPolicy", "kms:Sign"]);
    let found = hardened(&policy(&[account(), both.clone(), admin.clone()]), &options);
    let new = value(&found);
    assert_eq!(new["Statement"][1]["Principal"], json!({"AWS": [SIGNER]}));
    assert_eq!(new["Statement"][2]["Action"], json!(["kms:PutKeyPolicy"]));
    // Without a declaration nobody is undeclared.
    let found = hardened(&policy(&[account(), both, admin]), &risky());
    assert!(made(&found).iter().all(|(rule, _)| *rule != "undeclared-signer"));
}

#[test]
fn the_account_keeps_administration_and_loses_signing() {
    let found = hardened(
        &policy(&[account(), signing(&["kms:GetPublicKey", "kms:Sign"])]),
        &risky(),
    );
    let actions: Vec<String> =
        serde_json::from_value(value(&found)["Statement"][0]["Action"].clone()).expect("a list");
    for gone in [
        "kms:Sign",
        "kms:Verify",
        "kms:CreateGrant",
        "kms:Encrypt",
        "kms:*",
    ] {
        assert!(!actions.iter().any(|own| own == gone), "{gone}");
    }
    for kept in [
        "kms:PutKeyPolicy",
        "kms:GetKeyPolicy",
        "kms:ScheduleKeyDeletion",
        "kms:CancelKeyDeletion",
        "kms:RevokeGrant",
        "kms:GetPublicKey",
    ] {
        assert!(actions.iter().any(|own| own == kept), "{kept}");
    }
    // Nobody is named who signs by the policy: nobody would sign.
    let found = hardened(&policy(&[account()]), &risky());
    assert!(
        found
            .left_out
            .iter()
            .any(|one| one.rule == "broad-account-delegation"),
        "{:?}",
        found.left_out
    );
    // The declared signer signs through IAM: it would lose it.
    let options = Options {
        signers: vec![SIGNER.to_owned()],
        ..risky()
    };
    let through_iam = policy(&[account(), allow("a", ADMIN, &["kms:Sign"])]);
    let found = hardened(&through_iam, &options);
    assert_eq!(found.signers[0].premises.len(), 1, "{:?}", found.signers);
    assert_eq!(value(&found)["Statement"][0]["Action"], json!("kms:*"));
}

#[test]
fn what_is_not_listed_is_listed_and_not_principal_is_left() {
    let mut not_action = signing(&[]);
    not_action.as_object_mut().expect("an object").remove("Action");
    not_action["Sid"] = json!("not action");
    not_action["NotAction"] = json!(["kms:PutKeyPolicy", "kms:Create*", "kms:Delete*"]);
    not_action["Principal"] = json!({"AWS": ADMIN});
    let mut not_principal = signing(&["kms:GetPublicKey"]);
    not_principal
        .as_object_mut()
        .expect("an object")
        .remove("Principal");
    not_principal["Sid"] = json!("not principal");
    not_principal["NotPrincipal"] = json!({"AWS": SIGNER});
    let options = Options {
        signers: vec![SIGNER.to_owned()],
        ..risky()
    };
    let given = policy(&[
        account(),
        signing(&["kms:GetPublicKey", "kms:Sign"]),
        not_action,
        not_principal.clone(),
    ]);
    let found = hardened(&given, &options);
    let new = value(&found);
    let actions: Vec<String> = serde_json::from_value(new["Statement"][2]["Action"].clone()).expect("a list");
    assert!(actions.contains(&"kms:TagResource".to_owned()), "{actions:?}");
    for gone in ["kms:PutKeyPolicy", "kms:CreateAlias", "kms:Sign", "kms:Encrypt"] {
        assert!(!actions.iter().any(|own| own == gone), "{gone}");
    }
    assert_eq!(new["Statement"][3], not_principal);
    assert!(
        found.left_out.iter().any(|one| one.rule == "allow-notprincipal"),
        "{:?}",
        found.left_out
    );
}

#[test]
fn what_no_request_shows_is_said() {
    let given = policy(&[
        account(),
        signing(&["kms:GetPublicKey", "kms:Sign"]),
        allow("a", ADMIN, &["kms:Put*", "kms:Get*", "kms:GetKeyPolicy"]),
    ]);
    let found = hardened(&given, &risky());
    let unseen = |rule: &str| {
        let edit = found.edits.iter().find(|edit| edit.rule == rule).expect(rule);
        edit.taken[0].unseen
    };
    assert_eq!(unseen("redundant-action"), Some(Unseen::Nothing));
    assert_eq!(unseen("wildcard-action"), Some(Unseen::Future));
    assert_eq!(unseen("schedule-deletion-unguarded"), None);
}
