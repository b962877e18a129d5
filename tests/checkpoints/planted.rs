//! Every planted fault is found where it was planted, and nothing else is.

use serde_json::Value;

use super::{BUCKETS, CLAIMS, REGISTRY, expected, report, rows, rules};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn all() -> Value {
    report(&[&[BUCKETS][..], &CLAIMS, &REGISTRY].concat(), b"").0
}

/// True for a finding that is what was planted: its rule, its bucket, its signer, its index.
fn is(finding: &Value, planted: &Value) -> bool {
    if finding["rule"] != planted["rule"] {
        return false;
    }
    let whole = finding.to_string();
    let has = |value: &Value| value.is_null() || whole.contains(text(value));
    let index = planted["index"].as_u64().is_none_or(|index| {
        let number = index.to_string();
        whole
            .split(|char: char| !char.is_ascii_digit())
            .any(|digits| digits == number)
    });
    index && has(&planted["address"]) && has(&planted["bucket"])
}

#[test]
fn every_planted_fault_is_found_and_no_other() {
    let report = all();
    let expected = expected();
    let planted = expected["planted"].as_array().unwrap();
    let findings = report["findings"].as_array().unwrap();
    for fault in planted {
        // A nonce, a root and an equivocation are told of the signer; the bucket is among the places.
        assert!(
            findings.iter().any(|finding| is(finding, fault)),
            "not found: {fault}\n{findings:#?}"
        );
    }
    for finding in findings {
        assert!(
            planted.iter().any(|fault| is(finding, fault)),
            "not planted: {finding:#}"
        );
    }
}

#[test]
fn honest_validators_have_no_finding_at_all() {
    for bucket in ["honest-a", "honest-b"] {
        let path = format!("{BUCKETS}/{bucket}");
        let (report, code) = report(&[&[path.as_str()][..], &CLAIMS, &REGISTRY].concat(), b"");
        assert_eq!(report["findings"], serde_json::json!([]), "{bucket}");
        assert_eq!(
            (&report["records"], &report["verified"]),
            (&19.into(), &19.into())
        );
        assert_eq!(report["roots_confirmed"], 18);
        assert_eq!(report["not_evaluated"], serde_json::json!([]));
        assert_eq!(code, 0);
    }
}

#[test]
fn each_record_has_the_verdict_that_it_should() {
    let (rows, code) = rows(&[&[BUCKETS][..], &CLAIMS, &REGISTRY].concat(), b"");
    assert_eq!(code, 1);
    let changed = &expected()["changed_afterwards"];
    for row in &rows {
        let kind = text(&row["kind"]);
        let bucket = text(&row["bucket"]);
        let wanted = if !matches!(kind, "checkpoint" | "announcement") {
            "not-judged"
        } else if kind == "announcement" && bucket.ends_with("careless") {
            "failed"
        } else if bucket.ends_with(text(&changed["bucket"])) && row["index"] == changed["index"] {
            "unattributed"
        } else {
            "verified"
        };
        assert_eq!(text(&row["verdict"]), wanted, "{row}");
    }
    assert!(rows.len() > 80, "{}", rows.len());
}

#[test]
fn without_claims_nothing_counts_as_verified() {
    let (report, code) = report(&[&format!("{BUCKETS}/honest-a")], b"");
    assert_eq!(
        (&report["verified"], &report["unattributed"]),
        (&0.into(), &19.into())
    );
    assert_eq!(code, 1);
    assert_eq!(report["findings"], serde_json::json!([]));
    assert_eq!(report["not_evaluated"].as_array().unwrap().len(), 2);
}

#[test]
fn without_history_the_rest_is_the_same() {
    let (with, without) = (
        all(),
        report(
            &[&[BUCKETS][..], &CLAIMS, &REGISTRY, &["--no-history"]].concat(),
            b"",
        )
        .0,
    );
    for member in [
        "records",
        "verified",
        "failed",
        "unattributed",
        "signers",
        "kinds",
        "buckets",
    ] {
        assert_eq!(with[member], without[member], "{member}");
    }
    let history = [
        "checkpoint-equivocation",
        "checkpoint-gap",
        "checkpoint-root-mismatch",
        "checkpoint-validators-disagree",
        "signature-nonce-reuse",
    ];
    let mut wanted = rules(&with);
    wanted.retain(|rule| !history.contains(&rule.as_str()));
    assert_eq!(rules(&without), wanted);
}

#[test]
fn a_claim_for_another_chain_is_no_claim_for_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let claims = folder.path().join("claims.csv");
    let address = expected()["honest"][0].as_str().unwrap().to_owned();
    let other = expected()["honest"][1].as_str().unwrap().to_owned();
    for (role, chain, verdict) in [
        ("validator", "alpha", "verified"),
        ("validator", "beta", "unattributed"),
        ("relayer", "alpha", "failed"),
    ] {
        std::fs::write(
            &claims,
            format!("address,role,chain\n{address},{role},{chain}\n{other},validator,alpha\n"),
        )
        .unwrap();
        let path = format!("{BUCKETS}/honest-a");
        let (rows, _) = rows(
            &[
                &[path.as_str(), "--claims", claims.to_str().unwrap()][..],
                &REGISTRY,
            ]
            .concat(),
            b"",
        );
        let checkpoints: Vec<&Value> = rows.iter().filter(|row| row["kind"] == "checkpoint").collect();
        assert_eq!(checkpoints.len(), 18);
        assert!(
            checkpoints.iter().all(|row| row["verdict"] == verdict),
            "{role} {chain}: {}",
            checkpoints[0]
        );
    }
}
