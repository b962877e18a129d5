//! CloudFormation templates.

use super::*;

const TEMPLATE: &str = r"
Parameters:
  AdminArn: {Type: String}
Resources:
  Validator:
    Type: AWS::KMS::Key
    Properties:
      KeySpec: ECC_SECG_P256K1
      KeyUsage: SIGN_VERIFY
      KeyPolicy:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {AWS: !Join [':', [arn, !Ref AWS::Partition, iam, '', !Ref AWS::AccountId, root]]}
            Action: kms:*
            Resource: '*'
          - Effect: Allow
            Principal:
              AWS: !GetAtt User.Arn
            Action: [kms:Sign, kms:GetPublicKey, kms:Verify]
            Resource: '*'
  User:
    Type: AWS::IAM::User
    Properties: {UserName: validator}
  Alias:
    Type: AWS::KMS::Alias
    Properties:
      AliasName: alias/hyperlane-validator-signer-base
      TargetKeyId: !Ref Validator
";

const VALIDATOR: &str = "Validator of t.yaml";

fn template(text: &str) -> (Bundle, Audit) {
    let bundle = bundle(&[("t.yaml", text)]);
    assert_eq!(bundle.files[0].status, FileStatus::Used, "{text}");
    let audit = audited(&bundle);
    (bundle, audit)
}

#[test]
fn a_template_is_linted_at_its_own_places() {
    let (bundle, audit) = template(TEMPLATE);
    assert_eq!(subjects(&bundle), [VALIDATOR]);
    assert_eq!(bundle.keys[0].aliases, [ALIAS]);
    assert_eq!(at(&audit, "removable-verify", TEMPLATE), "kms:Verify");
    let finding = &audit
        .findings
        .iter()
        .find(|finding| finding.rule == "removable-verify")
        .expect("a finding");
    assert_eq!(
        finding.confidence,
        Confidence::High,
        "the user is one of the template"
    );
    assert_eq!(
        outcome(&audit, "removable-describe-key", VALIDATOR).0,
        OutcomeKind::Pass
    );
    // The root of the account that the template is deployed in is the delegation, not an administrator.
    let (status, evidence) = step(&audit, "administrator", VALIDATOR);
    assert_eq!(status, GuideStatus::Follows, "{evidence}");
    assert_eq!(
        step(&audit, "spec", VALIDATOR),
        (
            GuideStatus::Follows,
            "the CloudFormation template says ECC_SECG_P256K1".to_owned()
        )
    );
    assert_eq!(step(&audit, "alias", VALIDATOR).0, GuideStatus::Follows);
    let answers = &audit.report.answers;
    let made_inside = answers.iter().find(|row| row.question == 4).expect("an answer");
    assert_eq!(
        made_inside.answer,
        Answer::Unknown,
        "a template does not show how a key was made: {made_inside:?}"
    );
}

#[test]
fn a_principal_that_only_deployment_names_is_nobody_certain() {
    // It signs: what it holds beyond that is said, but not as sure.
    let (_, audit) = template(&TEMPLATE.replace("!GetAtt User.Arn", "!Ref AdminArn"));
    let finding = audit
        .findings
        .iter()
        .find(|finding| finding.rule == "removable-verify")
        .expect("a finding");
    assert_eq!(finding.confidence, Confidence::Medium);
    let (status, evidence) = step(&audit, "usage-permission", VALIDATOR);
    assert_eq!(status, GuideStatus::NotEvaluated);
    assert!(
        evidence.contains("only deployment tells who ${AdminArn} is"),
        "{evidence}"
    );
    // It holds the action, and may be the signer.
    let other = "          - {Effect: Allow, Principal: {AWS: !Ref AdminArn}, Action: kms:DescribeKey, Resource: '*'}\n  User:";
    let (_, audit) = template(&TEMPLATE.replace("  User:", other));
    let (kind, why) = outcome(&audit, "removable-describe-key", VALIDATOR);
    assert_eq!(kind, OutcomeKind::NotEvaluated);
    assert!(why.contains("${AdminArn}"), "{why}");
}

#[test]
fn a_statement_that_only_deployment_gives_leaves_no_pass() {
    let part = "          - !If [HasAdmin, {Effect: Allow, Principal: {AWS: !Ref AdminArn}, Action: 'kms:*', Resource: '*'}, !Ref AWS::NoValue]\n  User:";
    let (bundle, audit) = template(&TEMPLATE.replace("  User:", part));
    assert_eq!(
        outcome(&audit, "removable-describe-key", VALIDATOR).0,
        OutcomeKind::NotEvaluated
    );
    assert_eq!(
        outcome(&audit, "removable-grant-statement", VALIDATOR).0,
        OutcomeKind::NotEvaluated
    );
    assert_eq!(
        outcome(&audit, "unreadable-value", "the evidence").0,
        OutcomeKind::Pass,
        "it is no fault"
    );
    assert_eq!(
        step(&audit, "administrator", VALIDATOR).0,
        GuideStatus::NotEvaluated
    );
    assert!(
        bundle
            .artefacts
            .iter()
            .all(|artefact| artefact.troubles.is_empty())
    );
}

#[test]
fn what_a_template_leaves_out_has_amazons_default() {
    let (_, audit) = template(&TEMPLATE.replace("      KeySpec: ECC_SECG_P256K1\n", ""));
    assert_eq!(
        outcome(&audit, "wrong-key-spec", VALIDATOR).0,
        OutcomeKind::Findings
    );
    let finding = audit
        .report
        .findings
        .iter()
        .find(|row| row.rule == "wrong-key-spec")
        .expect("a finding");
    assert!(
        finding.message.contains("SYMMETRIC_DEFAULT"),
        "{}",
        finding.message
    );
    assert_eq!(
        at(
            &audit,
            "wrong-key-spec",
            &TEMPLATE.replace("      KeySpec: ECC_SECG_P256K1\n", "")
        ),
        "AWS::KMS::Key"
    );
    let (_, audit) = template(&TEMPLATE.replace("KeySpec: ECC_SECG_P256K1", "KeySpec: !Ref Spec"));
    assert_eq!(
        outcome(&audit, "wrong-key-spec", VALIDATOR).0,
        OutcomeKind::NotEvaluated
    );
    assert!(audit.report.gaps.iter().any(|gap| {
        gap.message
            .ends_with("the KeySpec of Validator is known only when it is deployed")
    }));
}

#[test]
fn the_default_policy_is_not_called_no_policy() {
    let start = TEMPLATE.find("      KeyPolicy:").expect("a policy");
    let end = TEMPLATE.find("  User:").expect("a user");
    let (_, audit) = template(&format!("{}{}", &TEMPLATE[..start], &TEMPLATE[end..]));
    let (kind, why) = outcome(&audit, "removable-verify", VALIDATOR);
    assert_eq!(kind, OutcomeKind::NotEvaluated);
    assert!(why.contains("AWS KMS gives it the default"), "{why}");
}

#[test]
fn a_policy_in_a_string_has_places_of_its_own() {
    let document = policy(&CONSOLE).to_string().replace(ACCOUNT, "${AWS::AccountId}");
    for key_policy in [
        json!(document),
        json!({"Fn::Sub": document}),
        json!({"Fn::Sub": [document, {}]}),
    ] {
        let sub = key_policy.is_object();
        let list = key_policy["Fn::Sub"].is_array();
        let text = json!({"Resources": {"Validator": {"Type": "AWS::KMS::Key", "Properties": {"KeySpec": "ECC_SECG_P256K1", "KeyUsage": "SIGN_VERIFY", "KeyPolicy": key_policy}}}}).to_string();
        let bundle = bundle(&[("t.json", &text)]);
        let audit = audited(&bundle);
        if list {
            // Functions made it: the place is that of the function.
            assert!(at(&audit, "removable-verify", &text).starts_with("{\"Fn::Sub\""));
        } else {
            assert_eq!(at(&audit, "removable-verify", &text), "\\\"kms:Verify\\\"");
        }
        let location = &audit.report.findings[0].location;
        let pointer = if sub && !list {
            "/Resources/Validator/Properties/KeyPolicy/Fn::Sub"
        } else {
            "/Resources/Validator/Properties/KeyPolicy"
        };
        assert_eq!(location.pointer.as_deref(), Some(pointer));
    }
}

#[test]
fn a_template_is_found_in_what_get_template_prints() {
    let object = json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Validator": {"Type": "AWS::KMS::Key", "Properties": {"KeySpec": "ECC_SECG_P256K1", "KeyUsage": "SIGN_VERIFY", "KeyPolicy": policy(&CONSOLE)}}}});
    for (body, at_place) in [(json!(TEMPLATE), "kms:Verify"), (object, "\"kms:Verify\"")] {
        let text = json!({"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}).to_string();
        let bundle = bundle(&[("get-template.json", &text)]);
        assert_eq!(bundle.files[0].format, Some("cloudformation"));
        let audit = audited(&bundle);
        assert_eq!(at(&audit, "removable-verify", &text), at_place);
    }
}

#[test]
fn an_alias_finds_its_key_in_each_way_to_name_it() {
    for (name, key) in [
        ("!Ref Validator", Some("Validator")),
        ("!GetAtt Validator.Arn", Some("Validator")),
        ("!GetAtt [Validator, KeyId]", Some("Validator")),
        ("!Sub '${Validator}'", Some("Validator")),
        ("{'Fn::GetAtt': [Validator, Arn]}", Some("Validator")),
        ("!Ref User", None),
        ("!ImportValue key", None),
        (ID, Some(ID)),
        (
            "'arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d'",
            Some("arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d"),
        ),
    ] {
        let (bundle, _) = template(&TEMPLATE.replace("!Ref Validator", name));
        let found = bundle.artefacts.iter().find_map(|artefact| match &artefact.data {
            Data::Aliases(list) => Some(list.aliases[0].target.as_ref().map(|target| target.value.clone())),
            _ => None,
        });
        let found = found.expect("an alias");
        assert_eq!(found.as_ref().map(KeyRef::to_string).as_deref(), key, "{name}");
    }
}

#[test]
fn loops_replicas_and_what_functions_do_not_reach_are_read() {
    let text = r"
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Fn::ForEach::Keys:
    - Chain
    - [base, arbitrum]
    - Key${Chain}:
        Type: AWS::KMS::Key
        Properties: {KeySpec: ECC_SECG_P256K1, KeyUsage: SIGN_VERIFY, Description: !Sub 'for ${Chain}'}
  Replica:
    Type: AWS::KMS::ReplicaKey
    Properties:
      PrimaryKeyArn: arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab
      KeyPolicy: !Ref Policy
  Function:
    Type: AWS::Serverless::Function
";
    let (bundle, audit) = template(text);
    assert_eq!(subjects(&bundle), ["Key${Chain} of t.yaml", "Replica of t.yaml"]);
    assert_eq!(
        outcome(&audit, "multi-region-key", "Replica of t.yaml").0,
        OutcomeKind::Findings
    );
    assert_eq!(
        outcome(&audit, "wrong-key-spec", "Replica of t.yaml").0,
        OutcomeKind::NotEvaluated
    );
    assert_eq!(
        outcome(&audit, "wrong-key-spec", "Key${Chain} of t.yaml").0,
        OutcomeKind::Pass
    );
}

#[test]
fn a_template_without_keys_says_nothing() {
    let bundle = bundle(&[("t.yaml", "Resources:\n  B:\n    Type: AWS::S3::Bucket\n")]);
    let FileStatus::NotRecognised(why) = &bundle.files[0].status else {
        panic!("{:?}", bundle.files[0].status);
    };
    assert_eq!(
        why,
        "it has the form of a CloudFormation template, but says nothing"
    );
}
