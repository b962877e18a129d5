//! The rules and their pages: every example of a page is run, and every rule over every example.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "helpers of tests may fail as tests do"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use kms_audit::audit::{self, Answer, Audit, OutcomeKind};
use kms_audit::evidence::{Bundle, assemble};
use kms_audit::input::{self, gather_bytes};
use kms_audit::rules::{Example, Page, RULES, Rule, rule_by_id};

/// Rules whose Bad section cannot be a set of files, and why. Each is tested beside its code.
const WITHOUT_EXAMPLE: &[(&str, &str)] = &[
    (
        "derivation-disagreement",
        "no file makes two right derivations differ: the disagreement is injected in the rule's own tests",
    ),
    (
        "policy-too-large",
        "thirty thousand bytes are too many for a page: tests/policy_rules.rs makes them",
    ),
    (
        "verification-disagreement",
        "no file makes two right verifications differ: the disagreement is injected in the rule's own tests",
    ),
];

/// What the Bad section of such a rule says.
const MARKER: &str = "No example can be given as a file:";

type Files = Vec<(String, Vec<u8>)>;

fn audited(files: Files) -> (Bundle, Audit) {
    let gathered = gather_bytes(files, &input::Options::default()).expect("within the limits");
    let bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
    let day = "2026-11-20".parse().expect("a date");
    let audit = audit::audit(&bundle, &audit::Options::new(day, "test"));
    (bundle, audit)
}

fn files_of(example: &Example) -> Files {
    example
        .files
        .iter()
        .map(|(name, content)| (name.clone(), content.clone().into_bytes()))
        .collect()
}

/// Rule, section and examples of every page.
fn examples() -> impl Iterator<Item = (&'static dyn Rule, &'static str, Vec<Example>)> {
    RULES.iter().flat_map(|rule| {
        let page = Page::parse(rule.meta().page);
        ["Bad", "Good"].map(|section| (*rule, section, page.examples(section)))
    })
}

fn all_files(root: &Path) -> Files {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(root)
                    .expect("below")
                    .to_string_lossy()
                    .replace('\\', "/");
                files.push((name, std::fs::read(&path).expect("a file")));
            }
        }
    }
    files.sort();
    files
}

fn example_evidence() -> Files {
    all_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/example"))
}

#[test]
fn every_page_has_the_sections_in_order_and_the_rules_id_as_its_title() {
    for rule in RULES {
        let meta = rule.meta();
        let page = Page::parse(meta.page);
        let headings: Vec<&str> = page.sections.iter().map(|(heading, _)| *heading).collect();
        assert_eq!(headings, Page::SECTIONS, "{}", meta.id);
        assert_eq!(meta.page.lines().next(), Some(format!("# {}", meta.id).as_str()));
        for (heading, body) in &page.sections {
            assert!(!body.is_empty(), "{}: {heading} is empty", meta.id);
        }
        let mut fences = meta.page.lines().filter(|line| line.contains("```"));
        assert!(
            fences.all(|line| line.starts_with("```")),
            "{}: a fence does not start its line",
            meta.id
        );
    }
}

#[test]
fn ids_are_unique_kebab_case_and_in_order_and_each_rule_has_its_two_files() {
    let ids: Vec<(&str, &str)> = RULES
        .iter()
        .map(|rule| (rule.meta().group.word(), rule.meta().id))
        .collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert_eq!(ids, sorted, "RULES is by group, then id");
    let unique: BTreeSet<&str> = ids.iter().map(|(_, id)| *id).collect();
    assert_eq!(unique.len(), ids.len());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let mut pages = BTreeSet::new();
    for (group, id) in &ids {
        assert!(
            id.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{id}"
        );
        assert!(
            !id.starts_with('-') && !id.ends_with('-') && !id.contains("--"),
            "{id}"
        );
        let stem = format!("{group}/{}", id.replace('-', "_"));
        assert!(root.join(format!("{stem}.rs")).is_file(), "{stem}.rs");
        pages.insert(format!("{stem}.md"));
    }
    let found: BTreeSet<String> = all_files(&root)
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "md")
        })
        .collect();
    assert_eq!(found, pages, "a page for every rule, and no other");
}

#[test]
fn every_bad_example_fires_its_rule_and_no_good_one_does() {
    for (rule, section, examples) in examples() {
        let id = rule.meta().id;
        if section == "Bad" && WITHOUT_EXAMPLE.iter().any(|(own, _)| *own == id) {
            let page = Page::parse(rule.meta().page);
            assert!(
                page.section("Bad").is_some_and(|bad| bad.contains(MARKER)),
                "{id}"
            );
            assert!(examples.is_empty(), "{id} has an example after all");
            continue;
        }
        assert!(!examples.is_empty(), "{id}: {section} has no example");
        for example in &examples {
            let (_, audit) = audited(files_of(example));
            let fires = audit.findings.iter().any(|finding| finding.rule == id);
            let said: Vec<_> = audit
                .report
                .outcomes
                .iter()
                .filter(|row| row.rule == id)
                .collect();
            assert_eq!(
                fires,
                section == "Bad",
                "{id}: {section}: {}: {said:?}",
                example.title
            );
            if section == "Good" {
                assert!(!said.is_empty(), "{id}: {}: it did not run", example.title);
            }
        }
    }
}

#[test]
fn one_good_example_at_least_is_a_pass() {
    for (rule, section, examples) in examples() {
        let id = rule.meta().id;
        let passes = |example: &Example| {
            let (_, audit) = audited(files_of(example));
            audit
                .report
                .outcomes
                .iter()
                .any(|row| row.rule == id && row.outcome == OutcomeKind::Pass)
        };
        let built = id != "derivation-disagreement" || kms_audit::key::cross_check::AVAILABLE;
        assert!(section == "Bad" || !built || examples.iter().any(passes), "{id}");
    }
}

#[test]
fn without_evidence_no_rule_finds_or_passes() {
    let (_, audit) = audited(Vec::new());
    for row in &audit.report.outcomes {
        assert_eq!(row.outcome, OutcomeKind::NotEvaluated, "{row:?}");
    }
    assert_eq!(audit.report.outcomes.len(), RULES.len());
}

#[test]
fn every_finding_has_a_place_to_read_a_remedy_and_a_fingerprint() {
    for (rule, section, examples) in examples() {
        for example in &examples {
            let (bundle, audit) = audited(files_of(example));
            for finding in &audit.findings {
                let at = format!(
                    "{} of {}: {section}: {}",
                    finding.rule,
                    rule.meta().id,
                    example.title
                );
                for label in std::iter::once(&finding.primary).chain(&finding.related) {
                    let source = bundle.sources.get(label.span.source);
                    if source.text().is_some_and(|text| !text.is_empty()) {
                        let text = bundle.sources.snippet(label.span);
                        assert!(text.is_some_and(|text| !text.is_empty()), "{at}: an empty place");
                    }
                    assert!(!label.message.is_empty(), "{at}: a label without words");
                }
                assert!(!finding.remedy.is_empty(), "{at}: no remedy");
                assert_eq!(finding.fingerprint.len(), 32, "{at}");
                assert!(rule_by_id(finding.rule).is_some(), "{at}");
                assert!(!finding.subject.is_empty() && !finding.message.is_empty(), "{at}");
            }
        }
    }
}

#[test]
fn every_rule_over_every_example() {
    let mut text = String::new();
    for (rule, section, examples) in examples() {
        for example in &examples {
            let (_, audit) = audited(files_of(example));
            let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
            for finding in &audit.findings {
                let count = counts.entry((finding.rule, finding.severity.word())).or_default();
                *count = count.saturating_add(1);
            }
            let cells: Vec<String> = counts
                .iter()
                .map(|((rule, severity), count)| format!("{rule} {severity} {count}"))
                .collect();
            let cells = if cells.is_empty() {
                "nothing".to_owned()
            } else {
                cells.join(", ")
            };
            writeln!(
                text,
                "{} | {section} | {} | {cells}",
                rule.meta().id,
                example.title
            )
            .expect("a string");
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn what_one_rule_says_to_see_is_a_rule() {
    for (_, _, examples) in examples() {
        for example in &examples {
            let (_, audit) = audited(files_of(example));
            for row in &audit.report.outcomes {
                let Some((_, named)) = row.reason.split_once("see ") else {
                    continue;
                };
                for name in named
                    .split(['(', ';'])
                    .next()
                    .unwrap_or_default()
                    .split(", ")
                    .flat_map(|part| part.split(" and "))
                {
                    assert!(rule_by_id(name.trim()).is_some(), "{}: {}", row.rule, row.reason);
                }
            }
        }
    }
}

#[test]
fn pages_name_no_unknown_rule() {
    for rule in RULES {
        let mut fenced = false;
        for line in rule.meta().page.lines() {
            if line.starts_with("```") {
                fenced = !fenced;
            }
            if fenced {
                continue;
            }
            for word in line.split('`').skip(1).step_by(2) {
                let kebab = word.contains('-')
                    && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
                    && !word.starts_with('-')
                    && !word.ends_with('-');
                let known = rule_by_id(word).is_some() || kms_audit::key::CODES.contains(&word);
                assert!(!kebab || known, "{}: `{word}` is no rule", rule.meta().id);
            }
        }
    }
}

/// The findings of an audit by rule and subject.
fn found(audit: &Audit) -> BTreeSet<(String, String)> {
    audit
        .findings
        .iter()
        .map(|finding| (finding.rule.to_owned(), finding.subject.clone()))
        .collect()
}

#[test]
fn taking_a_file_away_only_turns_things_to_not_evaluated_and_unknown() {
    let files = example_evidence();
    let (_, whole) = audited(files.clone());
    let before = found(&whole);
    let outcomes: BTreeMap<_, _> = whole
        .report
        .outcomes
        .iter()
        .map(|row| ((row.rule.clone(), row.subject.clone()), row.outcome))
        .collect();
    let answers: BTreeMap<_, _> = whole
        .report
        .answers
        .iter()
        .map(|row| ((row.question, row.subject.clone()), row.answer))
        .collect();
    assert!(files.len() > 20, "the example is there");
    for index in 0..files.len() {
        let mut rest = files.clone();
        let (name, _) = rest.remove(index);
        let (_, audit) = audited(rest);
        let new: Vec<_> = found(&audit).difference(&before).cloned().collect();
        assert_eq!(new, [], "findings from nothing without {name}");
        for row in &audit.report.outcomes {
            let was = outcomes.get(&(row.rule.clone(), row.subject.clone()));
            assert!(
                row.outcome == OutcomeKind::NotEvaluated || was == Some(&row.outcome),
                "without {name}, {was:?} became {row:?}"
            );
        }
        for row in &audit.report.answers {
            let was = answers.get(&(row.question, row.subject.clone()));
            assert!(
                row.answer == Answer::Unknown || was == Some(&row.answer),
                "without {name}, {was:?} became {row:?}"
            );
        }
    }
}

#[test]
fn the_example_has_what_its_readme_says_and_nothing_else() {
    let (_, audit) = audited(example_evidence());
    let mut lines: Vec<String> = audit
        .findings
        .iter()
        .map(|finding| format!("{} {} {}", finding.severity.word(), finding.rule, finding.subject))
        .collect();
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"));
}

const ROOT: &str = r#"{"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;
const USE: &str = r#"{"Sid": "Allow use of the key", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/hyperlane-validator-base"}, "Action": ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"], "Resource": "*"}"#;
const GRANTS: &str = r#"{"Sid": "Allow attachment of persistent resources", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/hyperlane-validator-base"}, "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"], "Resource": "*", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}"#;

/// Rule and fingerprint of the findings on a key with this policy.
fn fingerprints(policy: &str) -> BTreeMap<&'static str, String> {
    let arn = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
    let metadata = format!(r#"{{"KeyMetadata": {{"Arn": "{arn}", "KeyState": "Enabled"}}}}"#);
    let (_, audit) = audited(vec![
        ("describe-key.json".to_owned(), metadata.into_bytes()),
        ("key-policy.json".to_owned(), policy.as_bytes().to_vec()),
    ]);
    audit
        .findings
        .into_iter()
        .map(|finding| (finding.rule, finding.fingerprint))
        .collect()
}

/// What every policy of AWS's and of the console's has: worth knowing, or hygiene.
const OF_EVERY_POLICY: [&str; 6] = [
    "broad-account-delegation",
    "message-type-not-pinned",
    "no-network-guard",
    "policy-lockout-bypass-allowed",
    "schedule-deletion-unguarded",
    "user-principal-signer",
];

#[test]
fn the_consoles_policy_gives_the_three_removable_findings_and_the_reduced_one_none() {
    let console = fingerprints(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{ROOT}, {USE}, {GRANTS}]}}"#
    ));
    let of_its_own = |found: &BTreeMap<&'static str, String>| -> Vec<&'static str> {
        let rules = found.keys().copied();
        rules.filter(|rule| !OF_EVERY_POLICY.contains(rule)).collect()
    };
    assert_eq!(
        of_its_own(&console),
        [
            "removable-describe-key",
            "removable-grant-statement",
            "removable-verify"
        ]
    );
    let reduced = USE
        .replace("\"kms:DescribeKey\", ", "")
        .replace(", \"kms:Verify\"", "");
    let reduced = fingerprints(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{ROOT}, {reduced}]}}"#
    ));
    assert_eq!(of_its_own(&reduced), [""; 0]);
    assert_eq!(reduced.len(), OF_EVERY_POLICY.len());
}

/// The statement that the console writes for administrators.
const ADMINISTRATORS: &str = r#"{"Sid": "Allow access for Key Administrators", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", "kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"], "Resource": "*"}"#;

#[test]
fn awss_own_policies_have_nothing_at_medium_or_above_by_who_may_act() {
    for statements in [
        ROOT.to_owned(),
        format!("{ROOT}, {USE}"),
        format!("{ROOT}, {USE}, {GRANTS}"),
        format!("{ROOT}, {ADMINISTRATORS}, {USE}, {GRANTS}"),
        format!(
            "{ROOT}, {ADMINISTRATORS}, {}, {GRANTS}",
            USE.replace("user/hyperlane-validator-base", "role/admin")
        ),
    ] {
        let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let (_, audit) = audited(vec![("key-policy.json".to_owned(), policy.into_bytes())]);
        let bad: Vec<(&str, &str)> = audit
            .findings
            .iter()
            .filter(|finding| finding.severity >= kms_audit::finding::Severity::Medium)
            // Wildcards are judged by what they cover, whoever holds them.
            .filter(|finding| !finding.rule.ends_with("wildcard-action"))
            .map(|finding| (finding.rule, finding.message.as_str()))
            .collect();
        assert_eq!(bad, [], "{statements}");
    }
}

#[test]
fn a_fingerprint_stays_while_the_statement_does_and_no_longer() {
    let before = fingerprints(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{ROOT}, {USE}, {GRANTS}]}}"#
    ));
    // Other lines, other order, other spacing, another statement before; the statements themselves are the same.
    let moved = fingerprints(&format!(
        "\n\n{{\"Version\": \"2012-10-17\",\n \"Statement\": [\n{{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"kms:ReplicateKey\", \"Resource\": \"*\"}},\n{GRANTS},\n{},\n{ROOT}]}}",
        USE.replace("\": ", "\" :  ")
    ));
    assert_eq!(before, moved);
    assert_eq!(before.len(), 3 + OF_EVERY_POLICY.len());
    let changed = fingerprints(&format!(
        r#"{{"Statement": [{ROOT}, {}, {GRANTS}]}}"#,
        USE.replace("-base", "-optimism")
    ));
    assert_ne!(before["removable-verify"], changed["removable-verify"]);
    assert_ne!(
        before["removable-describe-key"],
        changed["removable-describe-key"]
    );
    assert_eq!(
        before["removable-grant-statement"],
        changed["removable-grant-statement"]
    );
}

#[test]
fn a_private_key_is_found_by_place_and_nothing_shows_it() {
    let secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQ=";
    for text in [
        format!("-----BEGIN EC PRIVATE KEY-----\n{secret}\n-----END EC PRIVATE KEY-----\n"),
        format!("-----BEGIN PRIVATE KEY-----\n{secret}\n"),
    ] {
        let (bundle, audit) = audited(vec![("backup.pem".to_owned(), text.into_bytes())]);
        let finding = audit
            .findings
            .iter()
            .find(|finding| finding.rule == "private-key-in-evidence");
        let finding = finding.expect("found");
        assert_eq!(bundle.sources.snippet(finding.primary.span), Some("-----BEGIN "));
        assert!(!format!("{:?}{:?}", audit.findings, audit.report).contains(&secret[..8]));
        for finding in &audit.findings {
            for label in std::iter::once(&finding.primary).chain(&finding.related) {
                let shown = bundle.sources.snippet(label.span).unwrap_or_default();
                assert!(!shown.contains(&secret[..8]), "{}", finding.rule);
            }
        }
    }
}

#[test]
fn every_finding_stays_with_hostile_text_in_the_evidence() {
    // Text of the evidence stands in messages as it is; it must neither break a rule nor reach a command.
    let hostile = "\u{202e}$(reboot)`id`<b>|";
    let arn = format!("arn:aws:kms:{hostile}:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d");
    let metadata = format!(
        r#"{{"KeyMetadata": {{"Arn": "{arn}", "KeyState": "{hostile}", "Origin": "EXTERNAL", "ValidTo": "{hostile}", "KeyUsage": "{hostile}", "KeySpec": "{hostile}", "KeyManager": "{hostile}", "MultiRegion": true, "CustomKeyStoreId": "{hostile}", "MultiRegionConfiguration": {{"ReplicaKeys": [{{"Arn": "{hostile}"}}]}}}}}}"#
    );
    let (_, audit) = audited(vec![("describe-key.json".to_owned(), metadata.into_bytes())]);
    assert!(audit.findings.len() >= 6, "{:?}", audit.findings);
    for finding in &audit.findings {
        assert!(
            !finding.remedy.contains("reboot"),
            "{}: {}",
            finding.rule,
            finding.remedy
        );
    }
}

#[test]
fn an_unguarded_grant_statement_is_high_and_critical_for_outsiders() {
    let bare = GRANTS.replace(
        r#", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}"#,
        "",
    );
    let own = r#"{"AWS": "arn:aws:iam::111122223333:user/hyperlane-validator-base"}"#;
    assert!(bare.contains(own) && !bare.contains("Condition"));
    for (statement, severity) in [
        (GRANTS.to_owned(), "low"),
        (GRANTS.replace(r#""true""#, "[]"), "high"),
        (bare.clone(), "high"),
        (bare.replace(own, r#""*""#), "critical"),
        (bare.replace("111122223333", "444455556666"), "critical"),
        (bare.replace(r#""Principal""#, r#""NotPrincipal""#), "critical"),
    ] {
        let arn = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
        let metadata = format!(r#"{{"KeyMetadata": {{"Arn": "{arn}"}}}}"#);
        let policy = format!(r#"{{"Statement": [{ROOT}, {statement}]}}"#);
        let (_, audit) = audited(vec![
            ("describe-key.json".to_owned(), metadata.into_bytes()),
            ("key-policy.json".to_owned(), policy.into_bytes()),
        ]);
        let said: Vec<&str> = audit
            .findings
            .iter()
            .filter(|finding| finding.rule == "removable-grant-statement")
            .map(|finding| finding.severity.word())
            .collect();
        assert_eq!(said, [severity], "{statement}");
    }
}

#[test]
fn a_file_that_is_wrong_throughout_has_a_hundred_findings_and_one_that_counts_the_rest() {
    let rows: Vec<String> = (0..500).map(|n| format!("0x{n}")).collect();
    let claims = format!("address\n{}\n", rows.join("\n"));
    let (_, audit) = audited(vec![("claims.csv".to_owned(), claims.into_bytes())]);
    let said: Vec<&str> = audit
        .findings
        .iter()
        .filter(|finding| finding.rule == "malformed-claim")
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(said.len(), 101);
    assert!(said.contains(&"and 400 more of this kind in the file"));
}

#[test]
fn many_names_twice_in_one_object_are_one_finding() {
    let names: Vec<String> = (0..2_000).map(|n| format!("\"n{n}\": 1, \"n{n}\": 2")).collect();
    let arn = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
    let metadata = format!(r#"{{"KeyMetadata": {{"Arn": "{arn}", {}}}}}"#, names.join(", "));
    let (_, audit) = audited(vec![("describe-key.json".to_owned(), metadata.into_bytes())]);
    let said: Vec<&str> = audit
        .findings
        .iter()
        .filter(|finding| finding.rule == "duplicate-json-key")
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("\"n9\" and 1990 more"), "{said:?}");
}
