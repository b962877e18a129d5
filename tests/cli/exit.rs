use std::process::{Command, Stdio};

use super::{AS_OF, ROOT, example, folder, json, run, run_with, text};

#[test]
fn wrong_usage_is_two_and_says_what_to_do() {
    for (arguments, words) in [
        (&["audit"][..], "required"),
        (&["audit", "no/such/folder"], "no such file"),
        (
            &["audit", "testdata/example", "--as-of", "tomorrow"],
            "YYYY-MM-DD",
        ),
        (
            &["audit", "testdata/example", "--select", "claim-mismatsh"],
            "did you mean claim-mismatch?",
        ),
        (
            &["audit", "testdata/example", "--require", "everything"],
            "standard",
        ),
        (&["audit", "testdata/example", "-o", "report.docx"], "FORMAT=FILE"),
        (
            &["explain", "nothing-like-it-at-all"],
            "kms-audit rules lists them",
        ),
        (&["frobnicate"], "unrecognized"),
    ] {
        let output = run(arguments);
        assert_eq!(output.code, 2, "{arguments:?}");
        assert!(output.stderr.contains(words), "{arguments:?}: {}", output.stderr);
        assert_eq!(output.stdout, "", "{arguments:?}");
    }
}

#[test]
fn broken_json_is_three_with_the_place_and_the_rest_is_judged() {
    let folder = folder(&[
        ("public-key.json", &example("validator-ethereum/public-key.json")),
        ("grants.json", b"{\n  \"Grants\": [\n  ],\n}\n"),
    ]);
    let (report, code) = json(
        &[
            &[
                "audit",
                text(folder.path()),
                "--fail-on",
                "high",
                "--format",
                "json",
            ],
            &AS_OF[..],
        ]
        .concat(),
    );
    assert_eq!(code, 3, "{}", report["findings"]);
    let broken = report["sources"]
        .as_array()
        .unwrap()
        .iter()
        .find(|source| source["status"] == "broken")
        .unwrap();
    assert!(
        broken["reason"].as_str().unwrap().contains("line 3, column 4"),
        "{broken}"
    );
    assert_eq!(
        report["keys"][0]["addresses"]["evm"],
        "0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5"
    );
}

#[test]
fn a_broken_policy_string_is_placed_in_both_texts() {
    let policy = br#"{
    "Policy": "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [}\n",
    "PolicyName": "default"
}"#;
    let folder = folder(&[("key-policy.json", policy)]);
    let (report, code) = json(
        &[
            &[
                "audit",
                text(folder.path()),
                "--fail-on",
                "none",
                "--format",
                "json",
            ],
            &AS_OF[..],
        ]
        .concat(),
    );
    let reason = report["sources"][0]["reason"].as_str().unwrap();
    assert_eq!(code, 3);
    assert!(
        reason.contains("line 2, column 69") && reason.contains("Policy string line 3, column 17"),
        "{reason}"
    );
}

#[test]
fn a_stray_file_in_a_folder_changes_nothing_and_a_named_one_is_three() {
    let key = example("validator-ethereum/public-key.json");
    let folder = folder(&[
        ("public-key.json", &key),
        (".DS_Store", b"\0\0\0\x01Bud1\0"),
        ("invoice.pdf", b"%PDF-1.7\n"),
    ]);
    let output = run(&[&["audit", text(folder.path())], &AS_OF[..]].concat());
    assert_eq!(output.code, 0, "{}", output.stdout);
    assert!(output.stdout.contains("2 not recognised"), "{}", output.stdout);
    let named = folder.path().join("invoice.pdf");
    assert_eq!(
        run(&[
            &[
                "audit",
                text(&folder.path().join("public-key.json")),
                text(&named)
            ],
            &AS_OF[..]
        ]
        .concat())
        .code,
        3
    );
    let nothing = super::folder(&[("invoice.pdf", b"%PDF-1.7\n")]);
    assert_eq!(
        run(&[&["audit", text(nothing.path())], &AS_OF[..]].concat()).code,
        3
    );
}

#[test]
fn required_evidence_that_is_missing_is_four_but_findings_come_first() {
    let folder = folder(&[("public-key.json", &example("validator-ethereum/public-key.json"))]);
    let path = text(folder.path());
    let (report, code) = json(
        &[
            &["audit", path, "--require", "standard", "--format", "json"],
            &AS_OF[..],
        ]
        .concat(),
    );
    assert_eq!(code, 4);
    let missing = report["summary"]["missing"].to_string();
    for kind in ["metadata", "policy", "grants", "claim"] {
        assert!(missing.contains(kind), "{missing}");
    }
    assert!(!missing.contains("public-key of"), "{missing}");
    let output = run(&[
        &["audit", "testdata/example", "--require", "standard,aliases,iam"],
        &AS_OF[..],
    ]
    .concat());
    assert_eq!(output.code, 1, "findings are not masked");
    assert_eq!(
        run(&[&["audit", path, "--require", "public-key"], &AS_OF[..]].concat()).code,
        0
    );
}

#[test]
fn fail_on_decides_between_nought_and_one() {
    let run =
        |level: &str| run(&[&["audit", "testdata/example", "--fail-on", level], &AS_OF[..]].concat()).code;
    assert_eq!(run("critical"), 1);
    assert_eq!(run("none"), 0);
    assert_eq!(run("unknown"), 1);
    let folder = folder(&[("public-key.json", &example("validator-ethereum/public-key.json"))]);
    let path = text(folder.path());
    let with = |levels: &[&str]| super::run(&[&["audit", path], levels, &AS_OF[..]].concat()).code;
    assert_eq!(with(&[]), 0);
    assert_eq!(with(&["--fail-on", "unknown"]), 1);
    assert_eq!(with(&["--fail-on", "critical", "--fail-on", "unknown"]), 1);
}

#[test]
fn filters_leave_findings_out_of_the_report_and_not_out_of_the_exit_code() {
    let (report, code) = json(
        &[
            &[
                "audit",
                "testdata/example/validator-arbitrum",
                "--min-severity",
                "critical",
                "--fail-on",
                "low",
                "--format",
                "json",
            ],
            &AS_OF[..],
        ]
        .concat(),
    );
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    assert!(report["summary"]["hidden"].as_u64().unwrap() >= 1);
    assert_eq!(code, 1);
    let (report, code) = json(
        &[
            &[
                "audit",
                "testdata/example/validator-arbitrum",
                "--ignore",
                "policy",
                "--fail-on",
                "low",
                "--format",
                "json",
            ],
            &AS_OF[..],
        ]
        .concat(),
    );
    assert_eq!(code, 0, "{}", report["findings"]);
    let (report, _) = json(
        &[
            &[
                "audit",
                "testdata/example",
                "--select",
                "removable-grant-statement",
                "--format",
                "json",
            ],
            &AS_OF[..],
        ]
        .concat(),
    );
    assert!(
        report["outcomes"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["rule"] == "removable-grant-statement")
    );
}

#[test]
fn a_report_that_cannot_be_written_is_six() {
    let output = run(&[
        &["audit", "testdata/example", "-o", "no/such/folder/report.json"],
        &AS_OF[..],
    ]
    .concat());
    assert_eq!(output.code, 6);
    assert!(
        output.stderr.contains("no/such/folder/report.json"),
        "{}",
        output.stderr
    );
}

#[test]
fn reports_are_written_whole_beside_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("report.json"), folder.path().join("anything"));
    let output = run(&[
        &[
            "audit",
            "testdata/example",
            "-o",
            text(&one),
            "-o",
            &format!("human={}", text(&two)),
        ],
        &AS_OF[..],
    ]
    .concat());
    assert!(output.stdout.starts_with("kms-audit "));
    let (stdout, _) = json(&[&["audit", "testdata/example", "--format", "json"], &AS_OF[..]].concat());
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(&one).unwrap()).unwrap();
    assert_eq!(file, stdout);
    assert!(
        std::fs::read_to_string(&two)
            .unwrap()
            .contains("critical[claim-belongs-to-another-key]")
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        2,
        "no temporary file is left"
    );
}

#[test]
fn the_same_evidence_gives_the_same_bytes() {
    let first = run(&[&["audit", "testdata/example", "--format", "json"], &AS_OF[..]].concat());
    let second = run(&[&["audit", "testdata/example", "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(first.stdout, second.stdout);
    let epoch = run_with(
        &["audit", "testdata/example", "--format", "json"],
        b"",
        &[("SOURCE_DATE_EPOCH", "1795564800")],
    );
    assert_eq!(epoch.stdout, first.stdout, "SOURCE_DATE_EPOCH is that day");
}

#[test]
fn a_closed_pipe_is_success() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kms-audit"))
        .args(["rules", "--format", "markdown"])
        .current_dir(ROOT)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[cfg(unix)]
#[test]
fn links_out_of_the_evidence_are_not_followed() {
    let folder = folder(&[("public-key.json", &example("validator-ethereum/public-key.json"))]);
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("passwd.csv")).unwrap();
    std::os::unix::fs::symlink(format!("{ROOT}/testdata/example"), folder.path().join("more")).unwrap();
    let (report, code) = json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(code, 0);
    let reasons: Vec<&str> = report["sources"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|source| source["reason"].as_str())
        .collect();
    assert_eq!(reasons.len(), 2);
    assert!(
        reasons.iter().all(|reason| reason.contains("symbolic link")),
        "{reasons:?}"
    );
}

#[test]
fn a_file_over_the_limit_is_a_named_error() {
    let folder = folder(&[
        ("public-key.json", &example("validator-ethereum/public-key.json")),
        ("big.json", &vec![b' '; 5000]),
    ]);
    let (report, code) = json(
        &[
            &[
                "audit",
                text(folder.path()),
                "--max-file-size",
                "4096",
                "--fail-on",
                "none",
                "--format",
                "json",
            ],
            &AS_OF[..],
        ]
        .concat(),
    );
    assert_eq!(code, 3);
    assert!(
        report["sources"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("limit of 4096 bytes"),
        "{}",
        report["sources"]
    );
}

#[test]
fn members_of_an_archive_that_hide_each_other_are_said() {
    // The writer refuses to make such an archive, so one name is changed to the other afterwards.
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["key-a.json", "key-b.json"] {
        archive
            .start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        std::io::Write::write_all(&mut archive, &example("validator-ethereum/public-key.json")).unwrap();
    }
    let mut bytes = archive.finish().unwrap().into_inner();
    while let Some(at) = bytes.windows(10).position(|window| window == b"key-b.json") {
        bytes[at + 4] = b'a';
    }
    let folder = folder(&[("acme.zip", &bytes)]);
    let path = folder.path().join("acme.zip");
    let (report, code) = json(
        &[
            &["audit", text(&path), "--fail-on", "none", "--format", "json"],
            &AS_OF[..],
        ]
        .concat(),
    );
    assert_eq!(code, 3);
    assert!(
        report["sources"].to_string().contains("have the same name"),
        "{}",
        report["sources"]
    );
}
