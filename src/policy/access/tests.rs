use super::super::evaluate::{Caller, Context, Grant, KeyMetadata, Policies, Policy, Verdict};
use super::super::{Document, OWN_ACCOUNT};
use super::{Access, ActionClass, Asker, Boundary, Known, View, Way, Who};

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
        documents: &[&document],
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
        documents: &[&document],
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
        documents: &[&document],
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

#[test]
fn a_condition_on_a_key_that_the_action_never_carries_is_decided() {
    let agent = r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/agent"},"Resource":"*""#;
    // Only Sign and Verify carry a message type.
    let allow = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{agent},"Action":["kms:Sign","kms:GetPublicKey","kms:CreateGrant"],"Condition":{{"StringEquals":{{"kms:MessageType":"DIGEST"}}}}}}}}"#
    );
    assert_eq!(
        lines(&allow, Vec::new(), &[], false),
        ["user/agent | sign | Allowed | direct"]
    );
    let deny = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{agent},"Action":"kms:*"}},
            {{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{"StringNotEquals":{{"kms:MessageType":"DIGEST"}}}}}}]}}"#
    );
    assert_eq!(
        lines(&deny, Vec::new(), &[], false),
        ["user/agent | sign | Allowed | direct"]
    );
    // Sign shows no attestation; of a name that nobody knows, and of a key of all services, nothing is said.
    for (key, expected) in [
        ("kms:RecipientAttestation:PCR0", 0),
        ("kms:GrantIsForAWSResource", 0),
        ("kms:RequestAlias", 1),
        ("kms:ResourceAliases", 1),
        ("kms:MesageType", 1),
        ("aws:SourceVpce", 1),
    ] {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{agent},"Action":"kms:Sign","Condition":{{"ForAnyValue:StringEquals":{{"{key}":"a"}}}}}}}}"#
        );
        assert_eq!(lines(&policy, Vec::new(), &[], false).len(), expected, "{key}");
    }
}

#[test]
fn more_can_be_asked_of_those_who_were_found() {
    let document = document(CONSOLE);
    let policies = Policies {
        key_policy: Some(Policy::new(&document)),
        grants: Some(Vec::new()),
        ..Policies::default()
    };
    let reader =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:ListGrants","Resource":"*"}}"#;
    let known = [known("arn:aws:iam::111122223333:role/reader", &[reader])];
    let mut asker = Asker::new(View {
        resource: KEY,
        account: Some("111122223333"),
        policies: &policies,
        documents: &[],
        known: &known,
        whole: false,
    });
    let mut verdict = |who: &Who, action: &str| {
        let mut context = Context::new();
        context.set_incomplete();
        asker.ask(who, action, context).map(|decision| decision.verdict)
    };
    let principal = |arn: &str| Who::Principal(arn.to_owned());
    let account = |id: &str| Who::Account(id.to_owned());
    for (who, action, expected) in [
        (
            principal("arn:aws:iam::111122223333:user/agent"),
            "kms:Sign",
            Some(Verdict::Allowed),
        ),
        (
            principal("arn:aws:iam::111122223333:user/agent"),
            "kms:Verify",
            Some(Verdict::Depends),
        ),
        // What the policies of one say is not taken for another's.
        (
            principal("arn:aws:iam::111122223333:role/reader"),
            "kms:ListGrants",
            Some(Verdict::Allowed),
        ),
        (
            principal("arn:aws:iam::111122223333:role/reader"),
            "kms:Sign",
            Some(Verdict::ImplicitDeny),
        ),
        (account("111122223333"), "kms:ListGrants", Some(Verdict::Depends)),
        (account("444455556666"), "kms:Sign", Some(Verdict::ImplicitDeny)),
        (
            Who::Root("111122223333".to_owned()),
            "kms:Sign",
            Some(Verdict::Allowed),
        ),
        (Who::Everyone, "kms:Sign", Some(Verdict::ImplicitDeny)),
        (principal("nobody"), "kms:Sign", None),
    ] {
        assert_eq!(verdict(&who, action), expected, "{who:?} {action}");
    }
}

#[test]
fn whoever_may_move_an_alias_by_name_is_told_from_whom_iam_lets() {
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:DeleteAlias","Resource":"*"},
        {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/deploy"},"Action":"kms:UpdateAlias","Resource":"*"}]}"#;
    assert_eq!(
        lines(policy, Vec::new(), &[], false),
        [
            "root of 111122223333 | redirect-alias | Allowed | direct",
            "role/deploy | redirect-alias | Depends | direct | if alias, identity-policies",
            "any of 111122223333 | redirect-alias | Depends | by delegation | if alias, identity-policies",
        ]
    );
}
