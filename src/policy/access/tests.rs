use super::super::evaluate::{Caller, Grant, KeyMetadata, Policies, Policy, PolicyRef};
use super::super::{Document, OWN_ACCOUNT};
use super::{Access, ActionClass, Boundary, Harm, Known, Leave, Party, View, Way, Who};

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-1111-2222-3333-444455556666";

const CONSOLE: &str = r#"{
  "Version": "2012-10-17", "Id": "key-consolepolicy-3",
  "Statement": [
    {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
    {"Sid": "Allow access for Key Administrators", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": ["kms:Create*", "kms:Describe*", "kms:Put*", "kms:ScheduleKeyDeletion"], "Resource": "*"},
    {"Sid": "Allow use of the key", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/agent"}, "Action": ["kms:GetPublicKey", "kms:Sign"], "Resource": "*"},
    {"Sid": "Allow attachment of persistent resources", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/agent"}, "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"], "Resource": "*", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}
  ]
}"#;

fn document(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn known(arn: &str, policies: &[&str]) -> Known {
    Known {
        caller: Caller::parse(arn).unwrap(),
        identity_policies: policies.iter().map(|text| Policy::new(&document(text))).collect(),
        complete: true,
        boundary: Boundary::None,
    }
}

/// One line a right: who, class, verdict, ways, codes of premises.
fn lines(text: &str, grants: Vec<Grant>, known: &[Known], whole: bool) -> Vec<String> {
    let document = document(text);
    let policies = Policies {
        key_policy: Some(Policy::new(&document)),
        grants: Some(grants),
        key_metadata: Some(KeyMetadata {
            key_spec: Some("ECC_SECG_P256K1".to_owned()),
            key_usage: Some("SIGN_VERIFY".to_owned()),
            origin: Some("AWS_KMS".to_owned()),
            multi_region: Some(false),
            multi_region_key_type: None,
        }),
        ..Policies::default()
    };
    let access = Access::of(&View {
        resource: KEY,
        account: Some("111122223333"),
        policies: &policies,
        documents: &[(PolicyRef::Key, &document)],
        known,
        whole,
    });
    let mut lines = Vec::new();
    for holder in &access.holders {
        for right in &holder.rights {
            let who = match &holder.who {
                Who::Root(account) => format!("root of {account}"),
                Who::Principal(arn) => arn.rsplit(':').next().unwrap_or_default().to_owned(),
                Who::Account(account) => format!("any of {account}"),
                Who::Everyone => "anybody".to_owned(),
                Who::Unknown(text) => text.clone(),
            };
            let premises: std::collections::BTreeSet<&str> = right
                .decision
                .premises
                .iter()
                .map(|premise| premise.code.id())
                .collect();
            let ways: Vec<&str> = right.ways.iter().map(|way| way.word()).collect();
            lines.push(format!(
                "{who} | {} | {:?} | {}{}{}",
                right.class.word(),
                right.decision.verdict,
                ways.join(" and "),
                if premises.is_empty() { "" } else { " | if " },
                premises.into_iter().collect::<Vec<_>>().join(", "),
            ));
        }
    }
    lines
}

fn of_class(lines: &[String], class: ActionClass) -> Vec<&str> {
    let infix = format!(" | {} | ", class.word());
    lines
        .iter()
        .map(String::as_str)
        .filter(|line| line.contains(&infix))
        .collect()
}

#[test]
fn the_consoles_policy_lets_root_the_agent_and_whomever_iam_allows_sign() {
    let lines = lines(CONSOLE, Vec::new(), &[], false);
    assert_eq!(
        of_class(&lines, ActionClass::Sign),
        [
            "user/agent | sign | Allowed | direct",
            "any of 111122223333 | sign | Depends | by delegation | if identity-policies",
            "root of 111122223333 | sign | Allowed | direct",
        ]
    );
    assert_eq!(
        of_class(&lines, ActionClass::Administer),
        [
            "role/admin | administer | Allowed | direct",
            "any of 111122223333 | administer | Depends | by delegation | if identity-policies",
            "root of 111122223333 | administer | Allowed | direct",
        ]
    );
    // The statement for AWS services gives the agent no grants of its own.
    assert!(
        of_class(&lines, ActionClass::Grant).contains(&"role/admin | grant | Allowed | direct"),
        "{lines:#?}"
    );
    assert!(
        of_class(&lines, ActionClass::Grant)
            .contains(&"any of 111122223333 | grant | Depends | by delegation | if identity-policies"),
        "{lines:#?}"
    );
    assert!(
        !of_class(&lines, ActionClass::Grant)
            .iter()
            .any(|line| line.starts_with("user/agent")),
        "{lines:#?}"
    );
}

#[test]
fn with_iam_in_the_evidence_the_delegation_has_names() {
    let signer =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Sign","Resource":"*"}}"#;
    let reader =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Get*","Resource":"*"}}"#;
    let known = [
        known("arn:aws:iam::111122223333:user/agent", &[]),
        known("arn:aws:iam::111122223333:role/admin", &[]),
        known("arn:aws:iam::111122223333:role/hidden", &[signer]),
        known("arn:aws:iam::111122223333:role/reader", &[reader]),
    ];
    let lines = lines(CONSOLE, Vec::new(), &known, true);
    assert_eq!(
        of_class(&lines, ActionClass::Sign),
        [
            "role/hidden | sign | Allowed | by delegation",
            "user/agent | sign | Allowed | direct",
            "root of 111122223333 | sign | Allowed | direct",
        ]
    );
    assert_eq!(
        of_class(&lines, ActionClass::Administer),
        [
            "role/admin | administer | Allowed | direct",
            "root of 111122223333 | administer | Allowed | direct",
        ]
    );
}

#[test]
fn grantees_and_strangers_are_asked_for() {
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"444455556666"}}}]}"#;
    let grant = Grant {
        grantee: Some("arn:aws:iam::111122223333:role/granted".to_owned()),
        operations: vec!["Sign".to_owned()],
        ..Grant::default()
    };
    let lines = lines(policy, vec![grant], &[], false);
    assert_eq!(
        of_class(&lines, ActionClass::Sign),
        [
            "role/granted | sign | Allowed | by grant",
            "any of 444455556666 | sign | Depends | direct | if identity-policies",
            "root of 444455556666 | sign | Allowed | direct",
        ]
    );
}

#[test]
fn a_pin_on_the_digest_leaves_the_signer_and_one_on_raw_is_said() {
    let with = |kind: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:user/agent"}},"Action":"kms:Sign","Resource":"*"}},
            {{"Effect":"Deny","Principal":"*","Action":"kms:Sign","Resource":"*","Condition":{{"StringNotEquals":{{"kms:MessageType":"{kind}"}}}}}}]}}"#
        )
    };
    assert_eq!(
        lines(&with("DIGEST"), Vec::new(), &[], false),
        ["user/agent | sign | Allowed | direct"]
    );
    let document = document(&with("RAW"));
    let policies = Policies {
        key_policy: Some(Policy::new(&document)),
        grants: Some(Vec::new()),
        ..Policies::default()
    };
    let access = Access::of(&View {
        resource: KEY,
        account: Some("111122223333"),
        policies: &policies,
        documents: &[(PolicyRef::Key, &document)],
        known: &[],
        whole: false,
    });
    let (_, right) = access.who_may(ActionClass::Sign).next().unwrap();
    assert!(right.only.is_some_and(|only| only.contains("RAW")));
    assert_eq!(right.ways, [Way::Direct]);
}

#[test]
fn conditions_on_what_is_not_known_are_premises() {
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/agent"},"Action":"kms:Sign","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}},
        {"Effect":"Allow","Principal":"*","Action":"kms:GetPublicKey","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}]}"#;
    let lines = lines(policy, Vec::new(), &[], false);
    assert_eq!(
        lines,
        [
            "anybody | read-key | Depends | direct | if context, identity-policies",
            "user/agent | sign | Depends | direct | if context",
            "user/agent | read-key | Depends | direct | if context",
            "any of 111122223333 | read-key | Depends | direct | if context",
            "root of 111122223333 | read-key | Depends | direct | if context",
        ]
    );
}

#[test]
fn templates_name_principals_of_the_account_that_they_are_deployed_in() {
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${AWS::AccountId}:root"},"Action":"kms:*","Resource":"*"},
        {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${AWS::AccountId}:user/agent"},"Action":"kms:Sign","Resource":"*"},
        {"Effect":"Allow","Principal":{"AWS":"${Admin}"},"Action":"kms:PutKeyPolicy","Resource":"*"}]}"#;
    let document = document(policy);
    let policies = Policies {
        key_policy: Some(Policy::new(&document)),
        ..Policies::default()
    };
    let access = Access::of(&View {
        resource: "*",
        account: Some(OWN_ACCOUNT),
        policies: &policies,
        documents: &[(PolicyRef::Key, &document)],
        known: &[],
        whole: false,
    });
    let agent = access
        .holders
        .iter()
        .find(|holder| matches!(&holder.who, Who::Principal(text) if text.ends_with("user/agent")))
        .unwrap();
    assert_eq!(agent.foreign, Some(false));
    assert!(
        agent
            .right(ActionClass::Sign)
            .is_some_and(|right| right.ways.contains(&Way::Direct))
    );
    assert!(
        access
            .holders
            .iter()
            .any(|holder| holder.who == Who::Unknown("${Admin}".to_owned()))
    );
}

fn openings(text: &str) -> Vec<super::Opening> {
    let document = document(text);
    let policies = Policies {
        key_policy: Some(Policy::new(&document)),
        grants: Some(Vec::new()),
        ..Policies::default()
    };
    Access::of(&View {
        resource: KEY,
        account: Some("111122223333"),
        policies: &policies,
        documents: &[(PolicyRef::Key, &document)],
        known: &[],
        whole: false,
    })
    .openings
}

/// What strangers, those of an organisation and neighbours may do with a statement that lets everybody sign under a
/// condition.
fn opened(condition: &str) -> (Option<Leave>, bool, Option<Leave>) {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*","Condition":{condition}}}}}"#
    );
    openings(&text).first().map_or((None, false, None), |opening| {
        (
            opening.strangers.get("kms:Sign").copied(),
            opening.members.contains("kms:Sign"),
            opening.neighbours.get("kms:Sign").copied(),
        )
    })
}

#[test]
fn a_statement_for_everybody_is_as_open_as_its_condition() {
    let (free, conditional) = (Some(Leave::Free), Some(Leave::Conditional));
    for (condition, expected) in [
        ("{}", (free, false, free)),
        (r#"{"Bool":{"aws:SecureTransport":"true"}}"#, (free, false, free)),
        (
            r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
            (free, false, free),
        ),
        (
            r#"{"StringEquals":{"kms:MessageType":"DIGEST"}}"#,
            (free, false, free),
        ),
        (r#"{"StringLike":{"kms:CallerAccount":"*"}}"#, (free, false, free)),
        (
            r#"{"StringLike":{"kms:CallerAccount":"4444*"}}"#,
            (conditional, false, None),
        ),
        (
            r#"{"StringNotEquals":{"aws:PrincipalAccount":"444455556666"}}"#,
            (free, false, free),
        ),
        (
            r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}"#,
            (free, false, conditional),
        ),
        (
            r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-1/r-1/"}}"#,
            (free, false, conditional),
        ),
        (r#"{"Null":{"aws:SourceAccount":"true"}}"#, (free, false, free)),
        (
            r#"{"StringEquals":{"kms:ViaService":"ec2.eu-west-1.amazonaws.com"}}"#,
            (conditional, false, conditional),
        ),
        (
            r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#,
            (conditional, false, conditional),
        ),
        (
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/agent"}}"#,
            (conditional, false, conditional),
        ),
        (
            r#"{"StringLike":{"aws:userid":"*:agent"}}"#,
            (conditional, false, conditional),
        ),
        // Who the caller is keeps strangers out.
        (
            r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#,
            (None, true, conditional),
        ),
        (
            r#"{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}"#,
            (None, true, conditional),
        ),
        (
            r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#,
            (None, false, free),
        ),
        (
            r#"{"StringEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}}"#,
            (None, false, free),
        ),
        (
            r#"{"StringEquals":{"kms:CallerAccount":"444455556666"}}"#,
            (None, false, None),
        ),
        (
            r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/agent"}}"#,
            (None, false, None),
        ),
        (
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/agent-*"}}"#,
            (None, false, conditional),
        ),
        (
            r#"{"StringLike":{"aws:userid":"AROAIOSFODNN7EXAMPLE:*"}}"#,
            (None, false, conditional),
        ),
        (
            r#"{"StringEquals":{"aws:SourceArn":"arn:aws:s3:::b"}}"#,
            (None, false, None),
        ),
    ] {
        assert_eq!(opened(condition), expected, "{condition}");
    }
}

#[test]
fn a_deny_narrows_an_opening_and_is_named() {
    let with = |deny: &str| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":{{"AWS":"*"}},"Action":"kms:*","Resource":"*"}},
            {{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{deny}}}]}}"#
        );
        openings(&text).remove(0)
    };
    let own = with(r#"{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#);
    assert_eq!(own.worst_of_strangers(), None);
    assert_eq!(own.worst_of_neighbours(), Some((Harm::Take, Leave::Free)));
    let endpoint = with(r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#);
    assert_eq!(
        endpoint.worst_of_strangers(),
        Some((Harm::Take, Leave::Conditional))
    );
    assert!(!endpoint.strangers.contains_key("kms:PutKeyPolicy"));
    assert!(endpoint.neighbours.contains_key("kms:PutKeyPolicy"));
    assert!(endpoint.conditions.contains("aws:SourceVpce"));
    assert_eq!(endpoint.denies.len(), 1);
}

#[test]
fn only_the_first_hundred_open_statements_are_looked_at_and_that_is_said() {
    let one = r#"{"Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*"}"#;
    let text = format!(r#"{{"Statement":[{}]}}"#, vec![one; 150].join(","));
    assert_eq!(openings(&text).len(), 100);
    let document = document(&text);
    let policies = Policies::default();
    let access = Access::of(&View {
        resource: KEY,
        account: Some("111122223333"),
        policies: &policies,
        documents: &[(PolicyRef::Key, &document)],
        known: &[],
        whole: false,
    });
    assert!(access.cut);
}

#[test]
fn whom_a_condition_spells_out_is_asked_for_and_nobody_else_is_meant() {
    let open = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/agent"}}}]}"#;
    assert_eq!(
        lines(open, Vec::new(), &[], false),
        ["role/agent | sign | Allowed | direct"]
    );
    let delegated = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:Sign","Resource":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/agent"}}}]}"#;
    assert_eq!(
        lines(delegated, Vec::new(), &[], false),
        ["role/agent | sign | Depends | by delegation | if identity-policies"]
    );
    let denied = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:Sign","Resource":"*"},
        {"Effect":"Deny","Principal":"*","Action":"kms:Sign","Resource":"*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/agent"}}}]}"#;
    assert_eq!(
        lines(denied, Vec::new(), &[], false),
        ["role/agent | sign | Depends | by delegation | if identity-policies"]
    );
    // A service that a condition names is no caller.
    let service = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"ec2.eu-west-1.amazonaws.com"}}}]}"#;
    assert_eq!(
        lines(service, Vec::new(), &[], false),
        [
            "any of 111122223333 | sign | Depends | direct | if context",
            "root of 111122223333 | sign | Depends | direct | if context",
        ]
    );
}

#[test]
fn a_statement_for_the_root_user_alone_lets_in_nobody_else() {
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:Sign","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalType":"Account"}}}]}"#;
    assert_eq!(
        lines(policy, Vec::new(), &[], false),
        ["root of 111122223333 | sign | Allowed | direct"]
    );
    assert_eq!(
        lines(&policy.replace("Account\"", "User\""), Vec::new(), &[], false),
        ["any of 111122223333 | sign | Depends | by delegation | if context, identity-policies"]
    );
}

#[test]
fn a_condition_on_a_key_that_the_request_does_not_carry_lets_nobody_in() {
    let with = |condition: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:role/agent"}},"Action":["kms:Sign","kms:GetPublicKey","kms:DisableKey"],"Resource":"*","Condition":{condition}}}]}}"#
        )
    };
    for (condition, expected) in [
        (
            r#"{"StringEquals":{"kms:MessageType":"DIGEST"}}"#,
            &["role/agent | sign | Allowed | direct"][..],
        ),
        (
            r#"{"StringEquals":{"kms:RequestAlias":"alias/a"}}"#,
            &[
                "role/agent | sign | Depends | direct | if context",
                "role/agent | read-key | Depends | direct | if context",
            ],
        ),
        (r#"{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#, &[]),
        (
            r#"{"StringEquals":{"kms:KeySpec":"ECC_SECG_P256K1"}}"#,
            &[
                "role/agent | sign | Allowed | direct",
                "role/agent | read-key | Allowed | direct",
                "role/agent | delete | Allowed | direct",
            ],
        ),
    ] {
        assert_eq!(
            lines(&with(condition), Vec::new(), &[], false),
            expected,
            "{condition}"
        );
    }
}

#[test]
fn who_is_named_under_a_condition_is_not_lost_in_his_account() {
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},
        {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/ci"},"Action":"kms:Sign","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}}]}"#;
    let lines = lines(policy, Vec::new(), &[], false);
    assert_eq!(
        of_class(&lines, ActionClass::Sign),
        [
            "role/ci | sign | Depends | direct and by delegation | if context, identity-policies",
            "any of 111122223333 | sign | Depends | by delegation | if identity-policies",
            "root of 111122223333 | sign | Allowed | direct",
        ]
    );
}

#[test]
fn grants_without_sign_give_nobody_the_leave_to_sign() {
    let with = |condition: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:role/ci"}},"Action":"kms:CreateGrant","Resource":"*","Condition":{condition}}}]}}"#
        )
    };
    for condition in [
        r#"{"ForAllValues:StringEquals":{"kms:GrantOperations":["GetPublicKey"]}}"#,
        r#"{"Bool":{"kms:GrantIsForAWSResource":true}}"#,
        r#"{"StringEquals":{"kms:GrantConstraintType":"EncryptionContextSubset"}}"#,
    ] {
        assert_eq!(
            lines(&with(condition), Vec::new(), &[], false),
            [""; 0],
            "{condition}"
        );
    }
    let sign = r#"{"ForAllValues:StringEquals":{"kms:GrantOperations":["GetPublicKey","Sign"]}}"#;
    assert_eq!(
        lines(&with(sign), Vec::new(), &[], false),
        ["role/ci | grant | Allowed | direct"]
    );
}

#[test]
fn whether_an_account_is_the_one_that_a_template_is_deployed_in_is_not_known() {
    let role = Party {
        who: Who::Principal("arn:aws:iam::444455556666:role/r".to_owned()),
        caller: Caller::parse("arn:aws:iam::444455556666:role/r").unwrap(),
        known: None,
    };
    assert_eq!(role.is_foreign(Some(OWN_ACCOUNT)), None);
    assert_eq!(role.is_foreign(Some("111122223333")), Some(true));
    assert_eq!(role.is_foreign(Some("444455556666")), Some(false));
    assert_eq!(role.is_foreign(None), None);
    assert_eq!(Party::stranger("aws").is_foreign(Some(OWN_ACCOUNT)), Some(true));
}
