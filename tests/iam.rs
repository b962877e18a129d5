//! IAM's answers in every form: `testdata/iam/truth.json` says what the account holds, by a program that shares no code
//! with this one, and each set of files there must lead to that.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may fail as tests do"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kms_audit::evidence::{
    Boundary, Bundle, FileStatus, Identity, Trouble, assemble, iam_missing, iam_whole, identities,
    identity_by_arn, identity_policies_of, managed_policy, principal_by_arn, principal_by_unique_id,
    user_facts,
};
use kms_audit::input::{Options, gather_bytes};
use kms_audit::policy::Document;
use kms_audit::source::Span;
use serde_json::Value as Json;

const ACCOUNT: &str = "111122223333";
const RELAYER: &str = "arn:aws:iam::111122223333:user/hyperlane-relayer-base";
const VALIDATOR: &str = "arn:aws:iam::111122223333:user/hyperlane-validator-ethereum";
const ALICE: &str = "arn:aws:iam::111122223333:user/alice";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/iam")
}

fn truth() -> Json {
    let text = std::fs::read_to_string(root().join("truth.json")).expect("the truth");
    serde_json::from_str(&text).expect("JSON")
}

/// The files of one folder, or of several, with their paths below `testdata/iam`.
fn folder(names: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open: Vec<PathBuf> = names.iter().map(|name| root().join(name)).collect();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(&path)
                    .expect("a folder")
                    .map(|entry| entry.expect("an entry").path()),
            );
        } else {
            let name = path
                .strip_prefix(root())
                .expect("below")
                .to_string_lossy()
                .into_owned();
            files.push((name, std::fs::read(&path).expect("a file")));
        }
    }
    files.sort();
    files
}

fn bundle(files: Vec<(String, Vec<u8>)>) -> Bundle {
    let gathered = gather_bytes(files, &Options::default()).expect("within the limits");
    assemble(gathered.sources, gathered.files, gathered.artefacts)
}

fn of(files: &[(&str, &str)]) -> Bundle {
    let own = |(name, text): &(&str, &str)| ((*name).to_owned(), text.as_bytes().to_vec());
    bundle(files.iter().map(own).collect())
}

fn read_whole(bundle: &Bundle) {
    for file in &bundle.files {
        assert_eq!(file.status, FileStatus::Used, "{}", file.path);
    }
    for artefact in &bundle.artefacts {
        assert_eq!(artefact.troubles, [], "{}", artefact.format);
    }
}

fn canonical(value: &Json) -> String {
    Document::parse(&value.to_string()).expect("JSON").canonical()
}

/// Holds one entry to what was put into the server.
fn compare(identity: &Identity, says: &Json, bundle: &Bundle) {
    let own = &identity.principal;
    let inline: BTreeMap<String, String> = own
        .inline
        .iter()
        .map(|policy| (policy.name.clone(), policy.document.canonical()))
        .collect();
    let expected: BTreeMap<String, String> = says["inline"]
        .as_object()
        .expect("a map")
        .iter()
        .map(|(name, document)| (name.clone(), canonical(document)))
        .collect();
    assert_eq!(inline, expected, "{}", own.arn);
    let set = |list: &Json| -> BTreeSet<String> {
        let list = list.as_array().cloned().unwrap_or_default();
        list.iter()
            .map(|item| item.as_str().expect("a string").to_owned())
            .collect()
    };
    let attached: BTreeSet<String> = own.attached.iter().map(|arn| arn.value.clone()).collect();
    assert_eq!(attached, set(&says["attached"]), "{}", own.arn);
    let groups: BTreeSet<String> = own.groups.iter().map(|name| name.value.clone()).collect();
    assert_eq!(groups, set(&says["groups"]), "{}", own.arn);
    assert_eq!(own.unread, [], "{}", own.arn);
    assert_eq!(identity.contradiction, None);
    let boundary = own.boundary.as_ref().map(|arn| Json::from(arn.value.clone()));
    assert_eq!(boundary.unwrap_or(Json::Null), says["boundary"], "{}", own.arn);
    if !says["trust"].is_null() {
        let trust = own
            .trust
            .as_ref()
            .unwrap_or_else(|| panic!("{} without a trust policy", own.arn));
        assert_eq!(trust.document.canonical(), canonical(&says["trust"]));
    }
    // What a document's span says is the document, wherever it stands.
    for policy in own.inline.iter().chain(&own.trust) {
        for statement in &policy.document.statements {
            let span = Span::new(policy.source, statement.span.clone());
            let text = bundle.sources.snippet(span).expect("text");
            assert!(
                text.contains("Effect") && text.contains("Allow"),
                "{}: {text}",
                own.arn
            );
            let place = bundle.sources.place(span);
            let bytes = bundle.sources.get(place.file).bytes();
            let outside = String::from_utf8_lossy(&bytes[place.bytes]).into_owned();
            assert!(
                outside.contains("Effect") && outside.contains("Allow"),
                "{}: {outside}",
                own.arn
            );
        }
    }
}

/// Holds a bundle to everything that was put into the server.
fn compare_all(bundle: &Bundle, with_facts: bool) {
    let truth = truth();
    for (kind, word) in [("users", "user"), ("roles", "role"), ("groups", "group")] {
        for (name, says) in truth[kind].as_object().expect("a map") {
            let arn = format!("arn:aws:iam::{ACCOUNT}:{word}/{name}");
            let identity = identity_by_arn(bundle, &arn).unwrap_or_else(|| panic!("{arn} is not there"));
            compare(identity, says, bundle);
            assert!(identity.whole.inline && identity.whole.attached, "{arn}");
            if word == "user" {
                assert!(identity.whole.groups, "{arn}");
                if with_facts {
                    let id = Json::from(name.as_str());
                    facts(
                        bundle,
                        &arn,
                        says,
                        &truth["access_keys"][id.as_str().expect("a name")],
                    );
                }
            }
        }
    }
}

/// Holds what a user signs in with to what was put into the server.
fn facts(bundle: &Bundle, arn: &str, says: &Json, ids: &Json) {
    let facts = user_facts(bundle, arn).unwrap_or_else(|| panic!("nothing of {arn}"));
    let keys = facts
        .access_keys
        .as_ref()
        .unwrap_or_else(|| panic!("no list of the keys of {arn}"));
    assert!(facts.access_keys_whole, "{arn}");
    let statuses: Vec<Json> = keys
        .iter()
        .map(|key| {
            if key.active == Some(true) {
                "Active"
            } else {
                "Inactive"
            }
            .into()
        })
        .collect();
    assert_eq!(Json::from(statuses), says["keys"], "{arn}");
    if keys.iter().any(|key| key.id.is_some()) {
        let shown: Vec<Json> = keys
            .iter()
            .map(|key| key.id.clone().expect("an id").into())
            .collect();
        let expected: Vec<Json> = ids
            .as_array()
            .expect("a list")
            .iter()
            .map(|id| format!("…{}", id.as_str().expect("text")).into())
            .collect();
        assert_eq!(shown, expected, "{arn}: only the last four characters are shown");
    }
    for key in keys {
        assert!(
            key.created.as_ref().is_some_and(|at| at.value.starts_with("20")),
            "{arn}"
        );
    }
    assert_eq!(
        facts.mfa.as_ref().map(|own| own.value),
        says["mfa"].as_bool(),
        "{arn}"
    );
    assert_eq!(
        facts.console_password.as_ref().map(|own| own.value),
        says["password"].as_bool(),
        "{arn}"
    );
}

#[test]
fn the_whole_account_in_each_form_is_what_was_put_in() {
    for name in [
        "whole",
        "whole-v2",
        "local",
        "encoded/account-authorization-details.json",
    ] {
        let bundle = bundle(folder(&[name]));
        read_whole(&bundle);
        compare_all(&bundle, false);
        assert!(
            iam_whole(&bundle, ACCOUNT),
            "{name}: {:?}",
            iam_missing(&bundle, ACCOUNT)
        );
    }
}

#[test]
fn one_answer_a_question_comes_to_the_same_by_folder_by_file_name_and_in_a_transcript() {
    for name in ["by-folder", "transcript"] {
        let bundle = bundle(folder(&[name]));
        read_whole(&bundle);
        compare_all(&bundle, true);
        assert_eq!(bundle.gaps, [], "{name}");
    }
    // Here the documents of a user's inline policies were not asked for: they are missing, not absent.
    let bundle = bundle(folder(&["by-name"]));
    read_whole(&bundle);
    let found = identity_policies_of(&bundle, RELAYER);
    assert!(!found.complete);
    assert_eq!(
        found.missing,
        [
            format!("the document of the inline policy sign of {RELAYER}"),
            format!("the document of the inline policy help-yourself of {RELAYER}"),
            format!("the document of policy arn:aws:iam::{ACCOUNT}:policy/read-checkpoints"),
        ]
    );
    assert!(identity_policies_of(&bundle, VALIDATOR).complete);
}

#[test]
fn the_policies_of_a_user_are_its_own_those_attached_and_those_of_its_groups() {
    for name in ["whole", "by-folder", "transcript"] {
        let bundle = bundle(folder(&[name]));
        let found = identity_policies_of(&bundle, RELAYER);
        let names: Vec<&str> = found.policies.iter().map(|policy| policy.name.as_str()).collect();
        let unique: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(
            unique,
            BTreeSet::from(["help-yourself", "list", "read-checkpoints", "sign"]),
            "{name}"
        );
        assert_eq!(
            names.len(),
            4,
            "{name}: attached to the user and to its group, it is one policy"
        );
        assert_eq!(found.missing, [] as [&str; 0], "{name}");
        assert!(found.complete);
        assert_eq!(found.boundary, Boundary::None, "{name}");
        // The version that is not in force gives nothing.
        let read = managed_policy(
            &bundle,
            &format!("arn:aws:iam::{ACCOUNT}:policy/read-checkpoints"),
        );
        let document = &read
            .expect("there")
            .policy
            .as_ref()
            .expect("its document")
            .document;
        assert!(document.statements[0].allows("s3:GetObject"), "{name}");
    }
}

#[test]
fn a_policy_of_aws_that_the_export_has_no_document_of_is_missing() {
    let whole = bundle(folder(&["whole"]));
    assert!(identity_policies_of(&whole, ALICE).complete);
    let local = bundle(folder(&["local"]));
    let found = identity_policies_of(&local, ALICE);
    assert!(!found.complete);
    assert_eq!(
        found.missing,
        ["the document of AWS's policy arn:aws:iam::aws:policy/AdministratorAccess"]
    );
}

#[test]
fn a_boundary_is_found_and_a_role_session_has_the_policies_of_its_role() {
    for name in ["whole", "by-folder"] {
        let bundle = bundle(folder(&[name]));
        let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/hyperlane-agents/i-0123456789abcdef0");
        let found = identity_policies_of(&bundle, &session);
        assert_eq!(found.policies.len(), 1, "{name}");
        let Boundary::Found(boundary) = found.boundary else {
            panic!("{name}: {:?}", found.boundary);
        };
        assert_eq!(boundary.name, "agents-boundary");
        let role = principal_by_arn(&bundle, &session).expect("the role");
        let id = role.unique_id.as_deref().expect("an id");
        let by_id = principal_by_unique_id(&bundle, &format!("{id}:i-0123456789abcdef0"));
        assert_eq!(by_id.map(|found| found.arn.as_str()), Some(role.arn.as_str()));
    }
}

#[test]
fn a_filtered_export_is_not_whole_and_says_which_part_is_missing() {
    let users = iam_missing(&bundle(folder(&["filtered/users.json"])), ACCOUNT);
    assert_eq!(users.len(), 2, "{users:?}");
    assert!(
        users[0].starts_with("the roles of account 111122223333"),
        "{users:?}"
    );
    assert!(
        users[1].starts_with("the group operators of account 111122223333"),
        "{users:?}"
    );
    let roles = iam_missing(&bundle(folder(&["filtered/roles.json"])), ACCOUNT);
    assert_eq!(roles.len(), 1, "{roles:?}");
    assert!(
        roles[0].starts_with("the users of account 111122223333"),
        "{roles:?}"
    );
    // Together they lack the group alone.
    let both = iam_missing(&bundle(folder(&["filtered"])), ACCOUNT);
    assert_eq!(both.len(), 1, "{both:?}");
    assert!(both[0].starts_with("the group operators"), "{both:?}");
    assert!(!iam_whole(&bundle(folder(&["whole"])), "444455556666"));
    assert!(!iam_whole(&bundle(Vec::new()), ACCOUNT));
}

const ROLE: &str = r#"{"RoleName": "r", "Arn": "arn:aws:iam::111122223333:role/r", "RolePolicyList": []}"#;

#[test]
fn one_page_of_several_makes_nothing_whole() {
    let first = format!(
        r#"{{"UserDetailList": [{{"UserName": "u", "Arn": "arn:aws:iam::111122223333:user/u"}}], "RoleDetailList": [{ROLE}], "IsTruncated": true, "Marker": "m"}}"#
    );
    let last = first.replace(r#""IsTruncated": true, "Marker": "m""#, r#""IsTruncated": false"#);
    for files in [
        vec![("1.json", first.as_str())],
        vec![("1.json", &first), ("2.json", &last)],
    ] {
        let bundle = of(&files);
        let missing = iam_missing(&bundle, ACCOUNT);
        assert!(missing[0].starts_with("the other pages"), "{missing:?}");
        assert!(
            bundle
                .gaps
                .iter()
                .any(|gap| gap.message.contains("one page of several"))
        );
    }
    let user = "arn:aws:iam::111122223333:user/u";
    assert!(!identity_policies_of(&of(&[("1.json", &first)]), user).complete);
    assert!(identity_policies_of(&of(&[("2.json", &last)]), user).complete);
}

#[test]
fn an_account_without_users_is_whole_where_the_credential_report_says_that_there_are_none() {
    let export = format!(
        r#"{{"UserDetailList": [], "RoleDetailList": [{ROLE}], "GroupDetailList": [], "Policies": []}}"#
    );
    let report = "user,arn,password_enabled,mfa_active,access_key_1_active\n<root_account>,arn:aws:iam::111122223333:root,not_supported,true,false\n";
    assert!(!iam_whole(&of(&[("iam.json", &export)]), ACCOUNT));
    assert!(iam_whole(
        &of(&[("iam.json", &export), ("report.csv", report)]),
        ACCOUNT
    ));
    let more = format!("{report}bob,arn:aws:iam::111122223333:user/bob,true,false,false\n");
    let missing = iam_missing(&of(&[("iam.json", &export), ("report.csv", &more)]), ACCOUNT);
    assert!(missing[0].starts_with("the users of account"), "{missing:?}");
}

#[test]
fn the_credential_report_in_each_form_says_how_users_sign_in() {
    let truth = truth();
    for name in [
        "report/credential-report.csv",
        "report/get-credential-report.json",
        "report/get-credential-report.yaml",
        "boto3/get-credential-report.txt",
    ] {
        let bundle = bundle(folder(&[name]));
        read_whole(&bundle);
        for (user, says) in truth["users"].as_object().expect("a map") {
            let arn = format!("arn:aws:iam::{ACCOUNT}:user/{user}");
            facts(&bundle, &arn, says, &truth["access_keys"][user]);
            // The place leads back to the row, through base64 too.
            let facts = user_facts(&bundle, &arn).expect("facts");
            let span = facts.mfa.as_ref().expect("told").span;
            let text = bundle.sources.snippet(span).expect("text");
            assert!(text.starts_with(user.as_str()), "{name}: {text}");
            let place = bundle.sources.place(span);
            assert!(
                !place.bytes.is_empty() && place.bytes.len() < 1000,
                "{name}: {place:?}"
            );
        }
        assert!(
            !identity_by_arn(&bundle, ALICE).expect("there").whole.inline,
            "the report says nothing of policies"
        );
    }
}

#[test]
fn lists_of_keys_and_the_report_are_one_list() {
    let bundle = bundle(folder(&["by-folder", "report/credential-report.csv"]));
    let facts = user_facts(&bundle, RELAYER).expect("facts");
    let keys = facts.access_keys.as_ref().expect("keys");
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().all(|key| key.id.is_some() && key.last_used.is_some()));
}

#[test]
fn every_output_format_of_the_cli_says_the_same() {
    for suffix in ["txt", "table.txt", "v2.txt", "yaml"] {
        let name = |operation: &str| format!("outputs/{operation}-hyperlane-relayer-base.{suffix}");
        let operations = [
            "get-user",
            "list-access-keys",
            "list-attached-user-policies",
            "list-groups-for-user",
            "get-login-profile",
        ];
        let names: Vec<String> = operations.iter().map(|operation| name(operation)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let bundle = bundle(folder(&names));
        read_whole(&bundle);
        let identity = identity_by_arn(&bundle, RELAYER).unwrap_or_else(|| panic!("{suffix}: nobody"));
        assert_eq!(identity.principal.attached.len(), 1, "{suffix}");
        assert_eq!(identity.principal.groups[0].value, "operators", "{suffix}");
        let facts = &identity.facts;
        assert_eq!(facts.access_keys.as_ref().map(Vec::len), Some(2), "{suffix}");
        assert!(
            facts.console_password.as_ref().is_some_and(|own| own.value),
            "{suffix}"
        );
    }
}

#[test]
fn single_answers_of_sdks_are_read_with_their_documents() {
    for name in ["encoded/get-role.json", "boto3/get-role.txt"] {
        let bundle = bundle(folder(&[name]));
        read_whole(&bundle);
        let role = principal_by_arn(&bundle, "arn:aws:iam::111122223333:role/ci-deploy").expect("the role");
        let trust = role
            .trust
            .as_ref()
            .unwrap_or_else(|| panic!("{name}: no trust policy"));
        assert_eq!(
            trust.document.canonical(),
            canonical(&truth()["roles"]["ci-deploy"]["trust"])
        );
    }
    for name in ["encoded/get-user-policy.json", "boto3/get-user-policy.txt"] {
        let bundle = bundle(folder(&[name, "by-name/get-user-hyperlane-relayer-base.json"]));
        read_whole(&bundle);
        let user = principal_by_arn(&bundle, RELAYER).expect("the user");
        assert_eq!(user.inline.len(), 1, "{name}");
        assert_eq!(
            user.inline[0].document.canonical(),
            canonical(&truth()["users"]["hyperlane-relayer-base"]["inline"]["sign"])
        );
    }
}

#[test]
fn a_list_that_query_took_out_of_its_answer_is_that_list() {
    let user = r#"{"User": {"UserName": "u", "Arn": "arn:aws:iam::111122223333:user/u", "CreateDate": "2026-01-01"}}"#;
    let attached = r#"[{"PolicyName": "p", "PolicyArn": "arn:aws:iam::aws:policy/p"}]"#;
    let keys = r#"[{"UserName": "u", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Active", "CreateDate": "2026-01-01"}]"#;
    let bundle = of(&[
        ("get-user.json", user),
        ("list-attached-user-policies.json", attached),
        ("list-access-keys.json", keys),
    ]);
    let identity = identity_by_arn(&bundle, "arn:aws:iam::111122223333:user/u").expect("the user");
    // The file's name says that it is of a user, and only one is named beside it.
    assert_eq!(identity.principal.attached.len(), 1);
    assert_eq!(bundle.gaps, []);
    let keys = identity.facts.access_keys.as_ref().expect("keys");
    assert_eq!(keys[0].id.as_deref(), Some("…MPLE"));
}

#[test]
fn what_names_nobody_is_a_gap_and_nobodys() {
    let answer = r#"{"AttachedPolicies": [{"PolicyName": "p", "PolicyArn": "arn:aws:iam::aws:policy/p"}]}"#;
    let user = |name: &str| {
        format!(
            r#"{{"User": {{"UserName": "{name}", "Arn": "arn:aws:iam::111122223333:user/{name}", "CreateDate": "2026-01-01"}}}}"#
        )
    };
    let (one, two) = (user("validator-base"), user("validator-base-2"));
    let bundle = of(&[("a.json", &one), ("b.json", &two), ("attached.json", answer)]);
    assert_eq!(bundle.gaps.len(), 1, "{:?}", bundle.gaps);
    assert!(
        bundle.gaps[0]
            .message
            .starts_with("attached.json (attached managed policies) is of no user")
    );
    assert!(identities(&bundle).all(|identity| identity.principal.attached.is_empty()));
    // The longest name counts, as a whole word.
    let path = "x/attached-validator-base-2.json";
    let bundle = of(&[("a.json", &one), ("b.json", &two), (path, answer)]);
    let attached = |name: &str| {
        let arn = format!("arn:aws:iam::111122223333:user/{name}");
        principal_by_arn(&bundle, &arn).map(|own| own.attached.len())
    };
    assert_eq!(
        (attached("validator-base"), attached("validator-base-2")),
        (Some(0), Some(1))
    );
    // A role's policies are not those of the only user.
    let bundle = of(&[
        ("get-user.json", &one),
        ("list-attached-role-policies.json", answer),
    ]);
    assert!(identities(&bundle).all(|identity| identity.principal.attached.is_empty()));
    // All groups of the account are not those of its one user.
    let groups =
        r#"{"Groups": [{"GroupName": "g", "GroupId": "AGPA", "Arn": "arn:aws:iam::111122223333:group/g"}]}"#;
    let bundle = of(&[("get-user.json", &one), ("list-groups.json", groups)]);
    assert!(
        principal_by_arn(&bundle, "arn:aws:iam::111122223333:user/validator-base")
            .is_some_and(|own| own.groups.is_empty())
    );
}

#[test]
fn two_exports_that_differ_contradict_each_other_and_are_not_complete() {
    let user = |policies: &str| {
        format!(
            r#"{{"UserDetailList": [{{"UserName": "u", "Arn": "arn:aws:iam::111122223333:user/u", "UserPolicyList": {policies}}}], "RoleDetailList": [{ROLE}]}}"#
        )
    };
    let policy = r#"[{"PolicyName": "p", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "kms:Sign", "Resource": "*"}}}]"#;
    let (before, after) = (user(policy), user("[]"));
    let bundle = of(&[("1.json", &before), ("2.json", &after)]);
    let found = identity_policies_of(&bundle, "arn:aws:iam::111122223333:user/u");
    assert_eq!(found.policies.len(), 1, "what either says counts");
    assert!(!found.complete);
    assert_eq!(
        found.missing,
        ["two exports differ in the inline policies of arn:aws:iam::111122223333:user/u"]
    );
}

#[test]
fn a_document_of_which_a_part_is_masked_is_not_all_there_is_and_the_part_is_told() {
    let document = r#"{"Statement":[{"Effect":"Allow","Action":"kms:Sign","Resource":"arn:aws:kms:us-east-1:XXXXXXXXXXXX:key/*"}]}"#;
    let encoded = document.replace('{', "%7B").replace('"', "%22");
    for text in [document.to_owned(), format!("\"{encoded}\"")] {
        let export = format!(
            r#"{{"UserDetailList": [{{"UserName": "u", "Arn": "arn:aws:iam::111122223333:user/u", "UserPolicyList": [{{"PolicyName": "p", "PolicyDocument": {text}}}]}}], "RoleDetailList": []}}"#
        );
        let bundle = of(&[("iam.json", &export)]);
        let found = identity_policies_of(&bundle, "arn:aws:iam::111122223333:user/u");
        assert_eq!(found.policies.len(), 1);
        assert_eq!(
            found.missing,
            ["what is masked in the inline policy p of arn:aws:iam::111122223333:user/u"]
        );
        let [Trouble::Redacted { span, member, .. }] = bundle.artefacts[0].troubles.as_slice() else {
            panic!("{:?}", bundle.artefacts[0].troubles);
        };
        assert_eq!(member, "Resource");
        let place = bundle.sources.place(*span);
        assert_eq!(&export[place.bytes], "XXXXXXXXXXXX");
    }
}

#[test]
fn a_document_that_cannot_be_read_is_missing_and_told() {
    for (text, words) in [
        ("\"%7B%22a\"", "not JSON"),
        ("\"%7B%2\"", "RFC 3986"),
        ("7", "must be an object or a string"),
        ("{\"Version\": \"2012-10-17\"}", "has no statement"),
    ] {
        let export = format!(
            r#"{{"UserDetailList": [{{"UserName": "u", "Arn": "arn:aws:iam::111122223333:user/u", "UserPolicyList": [{{"PolicyName": "p", "PolicyDocument": {text}}}]}}], "RoleDetailList": []}}"#
        );
        let bundle = of(&[("iam.json", &export)]);
        let found = identity_policies_of(&bundle, "arn:aws:iam::111122223333:user/u");
        assert!(!found.complete, "{text}");
        assert_eq!(
            found.missing,
            ["the document of the inline policy p of arn:aws:iam::111122223333:user/u"]
        );
        let told = format!("{:?}", bundle.artefacts[0].troubles);
        assert!(told.contains(words), "{text}: {told}");
        // By name, it is a permission all the same.
        assert_eq!(
            principal_by_arn(&bundle, "arn:aws:iam::111122223333:user/u")
                .expect("there")
                .permissions,
            ["inline policy p"]
        );
    }
}
