use super::{json, run};

#[test]
fn the_rules_are_listed_in_three_formats() {
    insta::assert_snapshot!(run(&["rules", "--width", "120"]).stdout);
    let (list, code) = json(&["rules", "--format", "json"]);
    assert_eq!(code, 0);
    assert_eq!(
        list["rules"].as_array().unwrap().len(),
        kms_audit::rules::RULES.len()
    );
    assert!(
        run(&["rules", "--format", "markdown"])
            .stdout
            .starts_with("# Rules\n")
    );
}

#[test]
fn every_rule_is_explained_by_its_own_page() {
    for rule in kms_audit::rules::RULES {
        let output = run(&["explain", rule.meta().id]);
        assert_eq!((output.stdout.as_str(), output.code), (rule.meta().page, 0));
    }
}

#[test]
fn completions_and_manual_pages_are_written() {
    assert!(run(&["completions", "bash"]).stdout.contains("kms-audit"));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&["man", super::text(folder.path())]).code, 0);
    assert!(folder.path().join("kms-audit.1").exists());
    assert!(folder.path().join("kms-audit-audit.1").exists());
}
