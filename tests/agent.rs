//! Configurations of Hyperlane's agents, as operators have them: which key each role and chain uses, by which of several
//! files, and what is said where the evidence does not tell.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "helpers of tests may fail as tests do"
)]

use kms_audit::audit::{self, Audit, GuideStatus};
use kms_audit::evidence::{Bundle, FileStatus, assemble};
use kms_audit::finding::Severity;
use kms_audit::input::{self, gather_bytes};

const KEY: &str = r#"{
  "KeyId": "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
  "PublicKey": "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEiQhbW5qFhmTl5TPc7EWbtn0IBLwS0w3Guu7udzy0xYR2M1URhaHRVKQ7tjyjBy9csHxd8XVbbD7DFbMrw3zb9w==",
  "KeySpec": "ECC_SECG_P256K1",
  "KeyUsage": "SIGN_VERIFY"
}"#;
const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
const ALIASES: &str = r#"{"Aliases": [{"AliasName": "alias/hyperlane-validator-signer-base", "AliasArn": "arn:aws:kms:eu-west-1:111122223333:alias/hyperlane-validator-signer-base", "TargetKeyId": "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d"}]}"#;
/// A private key that EIP-155 publishes.
const HEX: &str = "0x4646464646464646464646464646464646464646464646464646464646464646";

fn audited(files: &[(&str, &str)]) -> (Bundle, Audit) {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect();
    let gathered = gather_bytes(files, &input::Options::default()).expect("within the limits");
    let bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
    for file in &bundle.files {
        assert_eq!(file.status, FileStatus::Used, "{}", file.path);
    }
    let day = "2026-11-20".parse().expect("a date");
    let audit = audit::audit(&bundle, &audit::Options::new(day, "test"));
    (bundle, audit)
}

/// Each agent, and a line for each key that it uses.
fn uses(files: &[(&str, &str)]) -> Vec<String> {
    let (bundle, _) = audited(files);
    let mut lines = Vec::new();
    for agent in &bundle.agents {
        lines.push(agent.name.clone());
        for (one, key) in agent.agent.uses.iter().zip(&agent.keys) {
            let found = match key.found {
                Some((_, by)) => format!(" [{}]", by.words()),
                None => String::new(),
            };
            lines.push(format!(
                "- {}: {}, {}{found}",
                one.words(),
                one.signer.words(),
                one.how.words()
            ));
        }
    }
    lines
}

/// Rule, severity and message of the findings of the rules on agents.
fn findings(audit: &Audit, prefix: &str) -> Vec<(String, Severity, String)> {
    audit
        .report
        .findings
        .iter()
        .filter(|finding| finding.rule.starts_with(prefix))
        .map(|finding| (finding.rule.clone(), finding.severity, finding.message.clone()))
        .collect()
}

/// `config.json` of Hyperlane's guide "Quickstart with Docker Compose and AWS".
const QUICKSTART: &str = r#"{
  "db": "/hyperlane_db",
  "originChainName": "base",
  "chains": {
    "base": {
      "customRpcUrls": "https://rpc.example/base",
      "signer": {"type": "aws", "region": "eu-west-1", "id": "alias/hyperlane-relayer-signer-base"}
    }
  },
  "validator": {"type": "aws", "region": "eu-west-1", "id": "alias/hyperlane-validator-signer-base"},
  "checkpointSyncer": {"type": "s3", "bucket": "hyperlane-validator-signatures-acme-base", "region": "eu-west-1"}
}"#;

#[test]
fn a_validator_of_the_quickstart_signs_checkpoints_and_transactions_with_two_keys() {
    assert_eq!(
        uses(&[
            ("base/config.json", QUICKSTART),
            ("key.json", KEY),
            ("aliases.json", ALIASES)
        ]),
        [
            "validator of base (base/config.json)",
            "- checkpoints of base: alias/hyperlane-validator-signer-base in eu-west-1, as configured [alias]",
            "- transactions on base: alias/hyperlane-relayer-signer-base in eu-west-1, as configured",
        ]
    );
}

#[test]
fn a_key_that_an_agent_signs_with_is_judged_and_one_that_is_missing_is_a_gap_with_the_commands() {
    let (bundle, audit) = audited(&[
        ("base/config.json", QUICKSTART),
        ("key.json", KEY),
        ("aliases.json", ALIASES),
    ]);
    assert_eq!(
        audit.report.scope.in_scope[0].reason,
        "an agent is configured to sign with it"
    );
    let gaps: Vec<&str> = bundle
        .gaps
        .iter()
        .filter(|gap| gap.kind == "agent-key")
        .map(|gap| gap.message.as_str())
        .collect();
    assert_eq!(
        gaps,
        [
            "validator of base (base/config.json): transactions on base are signed with \
             alias/hyperlane-relayer-signer-base in eu-west-1, which is no key of this evidence: give aws kms \
             get-public-key, describe-key, get-key-policy and list-grants, each with --key-id \
             alias/hyperlane-relayer-signer-base --region eu-west-1, and aws kms list-aliases --region eu-west-1"
        ]
    );
}

#[test]
fn an_agents_configuration_alone_names_no_principal_and_makes_no_key() {
    let (bundle, audit) = audited(&[("base/config.json", QUICKSTART)]);
    assert!(bundle.keys.is_empty());
    assert!(audit.report.access.is_empty());
    assert!(bundle.claims.is_empty());
}

const ENV: &str = "HYP_ORIGINCHAINNAME=base\nHYP_VALIDATOR_TYPE=aws\nHYP_VALIDATOR_ID=alias/hyperlane-validator-signer-base\nHYP_VALIDATOR_REGION=eu-west-1\n";

#[test]
fn a_later_layer_wins_leaf_by_leaf() {
    let shared = r#"{"defaultSigner": {"type": "aws", "id": "alias/a", "region": "us-east-1"}}"#;
    let own = r#"{"defaultSigner": {"id": "alias/b"}, "originChainName": "base"}"#;
    let script = "#!/bin/sh\nexport HYP_DEFAULTSIGNER_ID=alias/c\nexec ./validator --defaultSigner.region eu-west-1 --validator.id=alias/v --validator.region eu-west-1\n";
    // The region of the command line, the id of the environment, the type of ./config.
    assert_eq!(
        uses(&[
            ("config/shared.json", shared),
            ("own.json", own),
            ("run.sh", script)
        ]),
        [
            "validator of base (own.json)",
            "- checkpoints of base: alias/v in eu-west-1, as configured",
            "- transactions on base: alias/c in eu-west-1, by defaultSigner, since the chain has no signer of its own",
        ]
    );
    // The file of ./config comes before another file, whatever their names.
    assert_eq!(
        uses(&[("config/z.json", shared), ("a.json", own), ("v.env", ENV)])[2],
        "- transactions on base: alias/b in us-east-1, by defaultSigner, since the chain has no signer of its own"
    );
}

#[test]
fn names_are_compared_without_case_and_separators() {
    let json = r#"{"origin_chain_name": "baseSepolia", "validator": {"id": "alias/v", "region": "eu-west-1"},
        "chains": {"base-sepolia": {"signer": {"id": "alias/t", "region": "eu-west-1"}}}}"#;
    let env = "HYP_CHAINS_BASESEPOLIA_SIGNER_ID=alias/of-the-environment\n";
    assert_eq!(
        uses(&[("config.json", json), (".env", env)]),
        [
            "validator of basesepolia (config.json)",
            "- checkpoints of basesepolia: alias/v in eu-west-1, as configured",
            "- transactions on basesepolia: alias/of-the-environment in eu-west-1, as configured",
        ]
    );
}

#[test]
fn without_a_type_a_key_wins_over_an_id_and_an_id_makes_a_key_of_aws() {
    let of = |signer: &str| {
        let json = format!(r#"{{"originChainName": "base", "validator": {signer}}}"#);
        uses(&[("v.json", &json)])[1].clone()
    };
    assert!(of(r#"{"id": "alias/v", "region": "r"}"#).contains("alias/v in r"));
    assert!(of(r#"{"id": "alias/v", "key": "x"}"#).contains("a private key in the configuration (hexKey)"));
    assert!(of(r#"{"type": "aws", "id": "alias/v", "region": "r", "key": "x"}"#).contains("alias/v in r"));
    assert!(of(r#"{"type": "node"}"#).contains("whatever the chain's node signs with"));
    assert!(of(r#"{"type": "aws", "id": "", "region": "r"}"#).contains("a key of AWS with an empty id"));
}

#[test]
fn the_validators_key_signs_its_transactions_on_evm_chains_where_nothing_else_is_set() {
    let chain = |protocol: &str| {
        format!(
            r#"{{"chains": {{"base": {{"name": "base", "protocol": "{protocol}", "domainId": 8453, "mailbox": "0xeA87ae93Fa0019a82A727bfd3eBd1cFCa8f64f1D", "merkleTreeHook": "0x19dc38aeae620380430C200a6E990D5Af5480117"}}}}}}"#
        )
    };
    let rule = "agent-validator-key-signs-transactions";
    let of = |protocol: &str| audited(&[("agent-config.json", &chain(protocol)), ("v.env", ENV)]);
    for protocol in ["ethereum", "tron"] {
        let (_, audit) = of(protocol);
        let found = findings(&audit, rule);
        assert_eq!(found.len(), 1, "{protocol}");
        assert_eq!(found[0].1, Severity::Low);
        assert_eq!(
            found[0].2,
            "the validator's key signs its transactions on base too, because the chain has no signer of its own and there \
             is no defaultSigner"
        );
    }
    let (bundle, audit) = of("sealevel");
    assert_eq!(findings(&audit, rule), []);
    // There the announcement is somebody else's: nothing says whose.
    assert!(bundle.gaps.iter().any(|gap| {
        gap.message
            .contains("which key signs transactions on base is not in the evidence")
    }));
}

#[test]
fn the_terraform_modules_mistake_is_told_with_what_signs_instead() {
    let json = r#"{"containerDefinitions": [{"name": "validator", "image": "gcr.io/abacus-labs-dev/hyperlane-agent:agents-v1.4.0",
        "command": ["./validator", "--originChainName", "base",
          "--validator.type", "aws", "--validator.id", "alias/hyperlane-validator-signer-base", "--validator.region", "eu-west-1",
          "--chains.base.type", "aws", "--chains.base.id", "alias/hyperlane-relayer-signer-base", "--chains.base.region", "eu-west-1"]}]}"#;
    let (bundle, audit) = audited(&[("task.json", json)]);
    assert_eq!(bundle.agents[0].name, "validator of base (task.json, validator)");
    let found = findings(&audit, "agent-signer-setting-ignored");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, Severity::Medium);
    let finding = audit
        .report
        .findings
        .iter()
        .find(|finding| finding.rule == "agent-signer-setting-ignored")
        .expect("the finding");
    assert_eq!(
        finding.consequences,
        [
            "the agent signs transactions on base with alias/hyperlane-validator-signer-base in eu-west-1 instead, since the \
             chain has no signer, and nothing is set as defaultSigner"
        ]
    );
    assert!(
        finding.remedy.contains("--chains.base.signer."),
        "{}",
        finding.remedy
    );
}

#[test]
fn a_compose_file_has_an_agent_for_each_service() {
    let compose = "services:
  validator-base:
    image: gcr.io/abacus-labs-dev/hyperlane-agent:agents-v1.4.0
    command: ./validator --originChainName base
    environment:
      HYP_VALIDATOR_TYPE: aws
      HYP_VALIDATOR_ID: alias/hyperlane-validator-signer-base
      HYP_VALIDATOR_REGION: eu-west-1
  relayer:
    command: [\"./relayer\", \"--relayChains\", \"base,optimism\"]
    environment:
      - HYP_DEFAULTSIGNER_TYPE=aws
      - HYP_DEFAULTSIGNER_ID=alias/hyperlane-relayer-signer-base
      - HYP_DEFAULTSIGNER_REGION
";
    assert_eq!(
        uses(&[("docker-compose.yml", compose)]),
        [
            "validator of base (docker-compose.yml, validator-base)",
            "- checkpoints of base: alias/hyperlane-validator-signer-base in eu-west-1, as configured",
            "- transactions on base: alias/hyperlane-validator-signer-base in eu-west-1, since the chain has no signer, and \
             nothing is set as defaultSigner",
            "relayer (docker-compose.yml, relayer)",
            "- transactions on base: alias/hyperlane-relayer-signer-base in a variable of the host's environment, by \
             defaultSigner, since the chain has no signer of its own",
            "- transactions on optimism: alias/hyperlane-relayer-signer-base in a variable of the host's environment, by \
             defaultSigner, since the chain has no signer of its own",
        ]
    );
}

#[test]
fn kubernetes_names_its_variables_and_its_secrets() {
    let pod = "apiVersion: v1
kind: Pod
metadata:
  name: relayer-0
spec:
  containers:
    - name: agent
      command: [\"./relayer\"]
      env:
        - name: HYP_RELAYCHAINS
          value: base
        - name: HYP_CHAINS_BASE_SIGNER_KEY
          valueFrom:
            secretKeyRef: {name: relayer, key: hex}
";
    assert_eq!(
        uses(&[("pod.yaml", pod)]),
        [
            "relayer (pod.yaml, agent)",
            "- transactions on base: a private key in the configuration (hexKey), as configured",
        ]
    );
}

#[test]
fn a_service_of_compose_and_its_own_configuration_file_are_one_agent() {
    let compose = "services:
  base:
    command: ./validator --originChainName base --db /hyperlane_db
";
    assert_eq!(
        uses(&[("docker-compose.yml", compose), ("base/config.json", QUICKSTART)])[0],
        "validator of base (base/config.json)"
    );
    let (bundle, _) = audited(&[("docker-compose.yml", compose), ("base/config.json", QUICKSTART)]);
    assert_eq!(bundle.agents.len(), 1);
}

#[test]
fn two_validators_in_one_folder_stay_two() {
    let other = QUICKSTART.replace("base", "optimism");
    let (bundle, _) = audited(&[("base.json", QUICKSTART), ("optimism.json", &other)]);
    let names: Vec<&str> = bundle.agents.iter().map(|agent| agent.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "validator of base (base.json)",
            "validator of optimism (optimism.json)"
        ]
    );
    // Two of one chain that differ are two instances, and not one file over another.
    let second = QUICKSTART.replace("validator-signer-base", "validator-signer-base-1");
    let (bundle, _) = audited(&[("a.json", QUICKSTART), ("b.json", &second)]);
    assert_eq!(bundle.agents.len(), 2);
}

#[test]
fn one_key_for_a_validator_and_a_relayer_is_seen_in_their_configurations() {
    let relayer = format!(
        r#"{{"relayChains": ["base", "optimism"], "defaultSigner": {{"type": "aws", "id": "{ARN}", "region": "eu-west-1"}}}}"#
    );
    let (_, audit) = audited(&[
        ("key.json", KEY),
        ("aliases.json", ALIASES),
        ("validator/.env", ENV),
        ("relayer/config.json", &relayer),
    ]);
    let found = findings(&audit, "same-key-validator-and-relayer");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, Severity::High);
    assert_eq!(
        found[0].2,
        "one key for a validator and a relayer: agents are configured so: relayer on base, relayer on optimism, validator on \
         base"
    );
    // One root cause, one finding.
    assert!(
        findings(&audit, "agent-validator-key-signs-transactions")
            .iter()
            .all(|(_, severity, _)| *severity == Severity::Low)
    );
}

#[test]
fn the_alias_that_an_agent_uses_is_told_and_an_arn_is_a_pass() {
    let (_, audit) = audited(&[("key.json", KEY), ("aliases.json", ALIASES), ("v.env", ENV)]);
    assert_eq!(
        findings(&audit, "alias-in-use-by-agent")[0].2,
        "an agent is configured with the key by alias/hyperlane-validator-signer-base"
    );
    let by_arn = ENV.replace("alias/hyperlane-validator-signer-base", ARN);
    let (_, audit) = audited(&[("key.json", KEY), ("aliases.json", ALIASES), ("v.env", &by_arn)]);
    assert_eq!(findings(&audit, "alias-in-use-by-agent"), []);
}

#[test]
fn the_region_step_of_the_guide_is_answered_from_the_configuration() {
    let region = |files: &[(&str, &str)]| {
        let (_, audit) = audited(files);
        let row = audit
            .report
            .guide
            .iter()
            .find(|row| row.step == "region")
            .expect("the step");
        (row.status, row.better, row.evidence.clone())
    };
    let env = |region: &str| ENV.replace("eu-west-1", region);
    assert_eq!(
        region(&[
            ("key.json", KEY),
            ("aliases.json", ALIASES),
            ("v.env", &env("eu-west-1"))
        ]),
        (
            GuideStatus::Follows,
            None,
            "the key is in eu-west-1, and so is what the validator of base (v.env) is configured with"
                .to_owned()
        )
    );
    assert_eq!(
        region(&[
            ("key.json", KEY),
            ("aliases.json", ALIASES),
            ("v.env", &env("us-east-1"))
        ]),
        (
            GuideStatus::Differs,
            Some(false),
            "the key is in eu-west-1; the validator of base (v.env) is configured with us-east-1".to_owned()
        )
    );
    let (status, _, evidence) = region(&[("key.json", KEY), ("aliases.json", ALIASES)]);
    assert_eq!(status, GuideStatus::NotEvaluated);
    assert!(evidence.contains("no agent's configuration"), "{evidence}");
}

#[test]
fn a_private_key_is_reported_by_its_place_and_is_nowhere_in_the_report() {
    let forms = [
        (
            "v.env",
            format!("HYP_ORIGINCHAINNAME=base\nHYP_VALIDATOR_KEY={HEX}\n"),
        ),
        (
            "v.json",
            format!(r#"{{"originChainName": "base", "validator": {{"type": "hexKey", "key": "{HEX}"}}}}"#),
        ),
        (
            "run.sh",
            format!("docker run image ./validator --originChainName base --validator.key {HEX}\n"),
        ),
        (
            "compose.yml",
            format!(
                "services:\n  v:\n    command: ./validator --originChainName base\n    environment:\n      - HYP_VALIDATOR_KEY={HEX}\n"
            ),
        ),
        (
            "pod.yaml",
            format!(
                "kind: Pod\nspec:\n  containers:\n    - name: v\n      env:\n        - name: HYP_VALIDATOR_KEY\n          value: \"{HEX}\"\n"
            ),
        ),
    ];
    for (name, text) in &forms {
        let (bundle, audit) = audited(&[(name, text)]);
        let rules: Vec<&str> = audit
            .report
            .findings
            .iter()
            .map(|finding| finding.rule.as_str())
            .collect();
        assert!(rules.contains(&"agent-hex-key-configured"), "{name}: {rules:?}");
        assert!(rules.contains(&"private-key-in-evidence"), "{name}: {rules:?}");
        let own = audit
            .report
            .findings
            .iter()
            .find(|finding| finding.rule == "agent-hex-key-configured")
            .expect("the finding");
        let line = text
            .lines()
            .position(|line| line.contains(&HEX[2..10]))
            .expect("a line");
        assert_eq!(own.location.line, line + 1, "{name}");
        let shown = format!("{audit:?}{:?}", bundle.agents);
        assert!(!shown.contains(&HEX[2..18]), "{name}");
    }
}

#[test]
fn what_a_shell_or_a_reader_is_to_fill_in_is_not_known() {
    let env = ENV.replace(
        "alias/hyperlane-validator-signer-base",
        "alias/hyperlane-validator-signer-${CHAIN}",
    );
    let (bundle, audit) = audited(&[("key.json", KEY), ("aliases.json", ALIASES), ("v.env", &env)]);
    assert_eq!(bundle.agents[0].keys[0].found, None);
    assert_eq!(findings(&audit, "agent-empty-key-id"), []);
    assert_eq!(findings(&audit, "agent-alias-names-another-chain"), []);
    assert!(
        bundle
            .gaps
            .iter()
            .any(|gap| gap.kind == "agent-key" && gap.message.contains("--key-id KEY_ID "))
    );
}

#[test]
fn a_script_with_other_things_in_it_is_not_taken_for_an_environment() {
    for text in [
        "Hi,\nthe validator runs with\nHYP_VALIDATOR_ID=alias/a\n",
        "if [ -z \"$X\" ]; then\n  export HYP_VALIDATOR_ID=alias/a\nfi\n",
        "HYP_VALIDATOR_ID='alias/a\n",
        "AWS_REGION=eu-west-1\n",
    ] {
        let gathered = gather_bytes(
            vec![("file".to_owned(), text.as_bytes().to_vec())],
            &input::Options::default(),
        )
        .expect("within the limits");
        assert!(
            matches!(gathered.files[0].status, FileStatus::NotRecognised(_)),
            "{text}: {:?}",
            gathered.files[0].status
        );
    }
}

#[test]
fn a_text_of_an_agent_is_read_with_its_places() {
    let text = "# the relayer\nexport HYP_DEFAULTSIGNER_TYPE=\"aws\"; export HYP_DEFAULTSIGNER_ID='alias/hyperlane-validator-signer-base'\n";
    let (bundle, _) = audited(&[("e.sh", text)]);
    let signer = &bundle.agents[0].agent.uses[0].signer;
    assert_eq!(
        bundle.sources.snippet(signer.span),
        Some("alias/hyperlane-validator-signer-base")
    );
}

#[test]
fn the_contracts_of_a_configuration_are_still_known() {
    let json = r#"{"chains": {"base": {"name": "base", "domainId": 8453, "mailbox": "0xeA87ae93Fa0019a82A727bfd3eBd1cFCa8f64f1D", "validatorAnnounce": "0x182E8d7c5F1B06201b102123FC7dF0EaeB445a7B"}}}"#;
    let claims = "address,role,chain,key\n0xeA87ae93Fa0019a82A727bfd3eBd1cFCa8f64f1D,validator,base,1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d\n";
    let (_, audit) = audited(&[
        ("agent-config.json", json),
        ("key.json", KEY),
        ("claims.csv", claims),
    ]);
    let told = format!("{:?}", audit.report.keys);
    assert!(told.contains("the contract mailbox of base"), "{told}");
}

/// The files of `testdata/agent`, as an operator of four validators and a relayer has them.
#[test]
fn a_folder_of_configurations_has_its_agents() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/agent");
    let names = [
        "agent-config.json",
        "base/config.json",
        "docker-compose.yml",
        "pod.yaml",
        "run-relayer.sh",
        "validator.env",
    ];
    let texts: Vec<String> = names
        .iter()
        .map(|name| std::fs::read_to_string(root.join(name)).expect("a file"))
        .collect();
    let files: Vec<(&str, &str)> = names
        .iter()
        .copied()
        .zip(texts.iter().map(String::as_str))
        .collect();
    let (bundle, audit) = audited(&files);
    let agents: Vec<String> = bundle
        .agents
        .iter()
        .map(|agent| format!("{}: {}", agent.name, agent.agent.uses.len()))
        .collect();
    assert_eq!(
        agents,
        [
            "validator of base (base/config.json): 2",
            "validator of arbitrum (docker-compose.yml, validator-arbitrum): 2",
            "relayer (pod.yaml, agent): 2",
            "relayer (run-relayer.sh): 2",
            "validator of optimism (validator.env): 2",
        ]
    );
    let worst = audit.report.findings.iter().map(|finding| finding.severity).max();
    assert_eq!(worst, Some(Severity::Low), "{:?}", findings(&audit, ""));
}

#[test]
fn more_than_is_looked_at_is_said() {
    let names: Vec<String> = (0..230).map(|index| format!("v{index:03}.env")).collect();
    let texts: Vec<String> = (0..230)
        .map(|index| ENV.replace("validator-signer-base", &format!("validator-signer-base-{index}")))
        .collect();
    let files: Vec<(&str, &str)> = names
        .iter()
        .map(String::as_str)
        .zip(texts.iter().map(String::as_str))
        .collect();
    let (bundle, _) = audited(&files);
    assert_eq!(bundle.agents.len(), 200);
    assert!(bundle.gaps.iter().any(|gap| {
        gap.message
            .starts_with("of 230 configurations of agents the first 200")
    }));
    let chains: Vec<String> = (0..3_000).map(|index| format!("chain{index}")).collect();
    let relayer = format!(
        r#"{{"relayChains": "{}", "defaultSigner": {{"type": "aws", "id": "{ARN}", "region": "eu-west-1"}}}}"#,
        chains.join(",")
    );
    let (bundle, _) = audited(&[("relayer.json", &relayer)]);
    assert_eq!(bundle.agents[0].agent.uses.len(), 2_000);
    assert!(
        bundle
            .gaps
            .iter()
            .any(|gap| gap.message.contains("more chains than are looked at"))
    );
}
