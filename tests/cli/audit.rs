use super::{AS_OF, example, folder, json, run, text};

fn audit(arguments: &[&str]) -> super::Output {
    run(&[&["audit"], arguments, &AS_OF].concat())
}

#[cfg(feature = "cross-check")]
#[test]
fn the_example_as_a_table() {
    let output = audit(&["testdata/example"]);
    insta::assert_snapshot!(output.stdout);
    assert_eq!((output.stderr.as_str(), output.code), ("", 1));
}

#[cfg(feature = "cross-check")]
#[test]
fn the_example_with_source_snippets() {
    insta::assert_snapshot!(audit(&["testdata/example", "--format", "human"]).stdout);
}

#[cfg(feature = "cross-check")]
#[test]
fn the_example_with_everything_shown() {
    insta::assert_snapshot!(audit(&["testdata/example", "--show", "all"]).stdout);
}

#[test]
fn the_examples_json_has_the_promised_shape() {
    let (report, code) = json(&[&["audit", "testdata/example", "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(code, 1);
    let keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    for name in [
        "schema_version",
        "tool",
        "as_of",
        "engagement",
        "options",
        "sources",
        "evidence_set_sha256",
        "scope",
        "answers",
        "keys",
        "signatures",
        "access",
        "guide",
        "findings",
        "outcomes",
        "waivers",
        "summary",
    ] {
        assert!(keys.contains(&name), "{name} is missing");
    }
    assert_eq!(report["schema_version"], 1);
    let swapped = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["rule"] == "claim-belongs-to-another-key");
    let swapped = swapped.expect("the swap is found");
    assert_eq!(swapped["severity"], "critical");
    assert_eq!(swapped["location"]["path"], "testdata/example/claims.csv");
    assert_eq!(
        (&swapped["location"]["line"], &swapped["location"]["column"]),
        (&4.into(), &1.into())
    );
    // The report reads back as its own type: nothing is lost between the two.
    let back: kms_audit::audit::Report = serde_json::from_value(report.clone()).unwrap();
    assert_eq!(serde_json::to_value(back).unwrap(), report);
}

#[test]
fn the_key_that_follows_the_guide_alone_is_not_red() {
    let claims = "address,role,chain,key,source\n0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5,validator,ethereum,,operator\n";
    let mut files: Vec<(String, Vec<u8>)> = vec![("claims.csv".to_owned(), claims.into())];
    for name in [
        "public-key",
        "describe-key",
        "key-policy",
        "key-policies",
        "grants",
        "aliases",
        "tags",
    ] {
        let name = format!("validator-ethereum/{name}.json");
        files.push((name.clone(), example(&name)));
    }
    let details = "iam/account-authorization-details.json";
    files.push((details.to_owned(), example(details)));
    let borrowed: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_slice()))
        .collect();
    let folder = folder(&borrowed);
    let (report, code) = json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(code, 0, "{}", report["findings"]);
    for finding in report["findings"].as_array().unwrap() {
        assert!(
            !["medium", "high", "critical"].contains(&finding["severity"].as_str().unwrap()),
            "{finding}"
        );
    }
    let differs: Vec<_> = report["guide"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["status"] == "differs")
        .collect();
    assert_eq!(
        differs,
        Vec::<&serde_json::Value>::new(),
        "it follows the guide to the letter"
    );
    assert!(
        !report.to_string().to_lowercase().contains("is safe"),
        "to follow the guide is never called safe"
    );
}

#[test]
fn the_consoles_untouched_policy_has_exactly_the_removable_findings() {
    let folder = folder(&[
        ("key-policy.json", &example("validator-arbitrum/key-policy.json")),
        ("public-key.json", &example("validator-arbitrum/public-key.json")),
        (
            "describe-key.json",
            &example("validator-arbitrum/describe-key.json"),
        ),
        ("aliases.json", &example("validator-arbitrum/aliases.json")),
    ]);
    let (report, code) = json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat());
    let rules: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let inner = &finding["location"]["inner"];
            format!(
                "{} {} at policy line {}: {}",
                finding["severity"].as_str().unwrap(),
                finding["rule"].as_str().unwrap(),
                inner["line"],
                finding["message"].as_str().unwrap()
            )
        })
        .collect();
    insta::assert_snapshot!(rules.join("\n"));
    assert_eq!(code, 0);
    let grant = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["rule"] == "removable-grant-statement")
        .map(|finding| &finding["location"])
        .unwrap();
    assert_eq!(
        (&grant["pointer"], &grant["inner"]["pointer"]),
        (&"/Policy".into(), &"/Statement/2".into())
    );
}

#[test]
fn an_archive_and_its_folder_say_the_same() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let root = std::path::Path::new(super::ROOT).join("testdata/example");
    let mut folders = vec![root.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            archive
                .start_file(text(path.strip_prefix(&root).unwrap()), options)
                .unwrap();
            std::io::Write::write_all(&mut archive, &std::fs::read(&path).unwrap()).unwrap();
        }
    }
    let bytes = archive.finish().unwrap().into_inner();
    let folder = folder(&[("acme.zip", &bytes)]);
    let path = folder.path().join("acme.zip");
    let (packed, code) = json(&[&["audit", text(&path), "--format", "json"], &AS_OF[..]].concat());
    let (plain, same) = json(&[&["audit", "testdata/example", "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(code, same);
    let told = |report: &serde_json::Value, part: &str| {
        report[part]
            .to_string()
            .replace(&format!("{}!/", text(&path)), "testdata/example/")
    };
    for part in [
        "keys",
        "findings",
        "answers",
        "guide",
        "outcomes",
        "gaps",
        "scope",
        "evidence_set_sha256",
    ] {
        if part != "evidence_set_sha256" {
            assert_eq!(told(&packed, part), told(&plain, part), "{part}");
        }
    }
    // The archive given on standard input is read as one, too.
    let output = super::run_with(&[&["audit", "-"], &AS_OF[..]].concat(), &bytes, &[]);
    assert_eq!(output.code, 1);
    assert!(output.stdout.contains("32 files: 32 used"), "{}", output.stdout);
}

#[test]
fn claims_from_a_file_of_their_own_in_three_formats() {
    let key = example("validator-ethereum/public-key.json");
    let toml = b"[[claims]]\naddress = \"0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5\"\nkey = \"49f9c126-501a-45d8-bb1e-507ce68bb597\"\n";
    let json_text = br#"[{"address": "0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5", "key": "49f9c126-501a-45d8-bb1e-507ce68bb597"}]"#;
    let csv =
        b"key;address\r\n49f9c126-501a-45d8-bb1e-507ce68bb597;0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5\r\n";
    let folder = folder(&[
        ("key.json", &key),
        ("c/claims.toml", toml),
        ("c/claims.json", json_text),
        ("c/claims.csv", csv),
    ]);
    for name in ["claims.toml", "claims.json", "claims.csv"] {
        let claims = folder.path().join("c").join(name);
        let (report, code) = json(
            &[
                &[
                    "audit",
                    text(&folder.path().join("key.json")),
                    "--claims",
                    text(&claims),
                    "--format",
                    "json",
                ],
                &AS_OF[..],
            ]
            .concat(),
        );
        assert_eq!(
            (code, &report["keys"][0]["claims"][0]["verdict"]),
            (0, &"match".into()),
            "{name}: {report}"
        );
        assert_eq!(report["keys"][0]["claims"][0]["bound_by"], "key", "{name}");
    }
}

#[test]
fn a_published_set_of_strangers_is_no_mismatch() {
    let set = br#"{"ethereum": {"threshold": 2, "validators": [
        {"address": "0x03c842db86a6a3e524d4a6615390c1ea8e2b9541", "alias": "A"},
        {"address": "0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5", "alias": "B"}]}}"#;
    let folder = folder(&[
        ("set.json", set),
        ("key.json", &example("validator-ethereum/public-key.json")),
    ]);
    let (report, code) = json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(code, 0, "{}", report["findings"]);
    let claims = report["keys"][0]["claims"].as_array().unwrap();
    assert_eq!(claims.len(), 1);
    assert_eq!(
        (&claims[0]["verdict"], &claims[0]["bound_by"]),
        (&"match".into(), &"address".into())
    );
    assert_eq!(report["scope"]["expected"].as_array().unwrap().len(), 0);
}

#[test]
fn a_page_that_says_there_is_more_leaves_a_gap() {
    let mut grants: serde_json::Value =
        serde_json::from_slice(&example("validator-ethereum/grants.json")).unwrap();
    grants["Truncated"] = true.into();
    grants["NextMarker"] = "AE0AAAACAHMAAAAJYWNjb3VudElk".into();
    let folder = folder(&[
        ("public-key.json", &example("validator-ethereum/public-key.json")),
        ("grants.json", grants.to_string().as_bytes()),
    ]);
    let (report, code) = json(
        &[
            &[
                "audit",
                text(folder.path()),
                "--require",
                "grants",
                "--format",
                "json",
            ],
            &AS_OF[..],
        ]
        .concat(),
    );
    let gaps = report["gaps"].to_string();
    assert!(gaps.contains("one page of several"), "{gaps}");
    assert_eq!(code, 4, "a part of the grants is not the grants");
}

#[test]
fn an_announcement_is_a_claim_of_its_own() {
    let announcement = serde_json::json!({
        "value": {
            "validator": "0xe134dc78c2efcf6ad2a1ab1a6b643433d7a266e5",
            "mailbox_address": format!("0x{}", "0".repeat(64)),
            "mailbox_domain": 1,
            "storage_location": "s3://bucket/us-east-1"
        },
        "signature": {"r": "0x1", "s": "0x1", "v": 27},
        "serialized_signature": "0x01"
    })
    .to_string();
    let stranger = announcement.replace("e134dc78", "00000001");
    let key = example("validator-ethereum/public-key.json");
    let with = |text: &str| {
        let folder = folder(&[("announcement.json", text.as_bytes()), ("key.json", &key)]);
        json(
            &[
                &["audit", super::text(folder.path()), "--format", "json"],
                &AS_OF[..],
            ]
            .concat(),
        )
        .0
    };
    let own = with(&announcement);
    assert_eq!(own["keys"][0]["claims"][0]["verdict"], "match");
    let source = own["keys"][0]["claims"][0]["source"].as_str().unwrap();
    assert!(
        source.contains("announcement for domain 1, storage s3://bucket/us-east-1"),
        "{source}"
    );
    // Somebody else's announcement is an expected address without a key, and no mismatch of this key.
    let other = with(&stranger);
    assert_eq!(other["keys"][0]["claims"].as_array().unwrap().len(), 0);
    assert_eq!(other["scope"]["expected"][0]["key"], serde_json::Value::Null);
    assert!(
        other["answers"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["question"] == 1)
            .all(|row| row["answer"] == "unknown")
    );
}

#[test]
fn where_no_claim_can_be_bound_every_key_is_judged() {
    let claims = b"address\n0x1111111111111111111111111111111111111111\n";
    let folder = folder(&[
        ("claims.csv", claims),
        (
            "a/public-key.json",
            &example("validator-ethereum/public-key.json"),
        ),
        ("b/public-key.json", &example("relayer-optimism/public-key.json")),
    ]);
    let (report, code) = json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(
        report["scope"]["in_scope"].as_array().unwrap().len(),
        2,
        "{}",
        report["scope"]
    );
    assert_eq!(code, 1, "the key on the wrong curve is found");
}

#[test]
fn a_claim_that_names_a_key_which_is_not_here_stays_unbound() {
    let claims = b"address,key\n0xe134dC78c2EFCF6aD2A1Ab1A6B643433d7A266e5,alias/not-here\n";
    let folder = folder(&[
        ("claims.csv", claims),
        ("key.json", &example("validator-ethereum/public-key.json")),
    ]);
    let (report, _) = json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(
        report["keys"][0]["claims"],
        serde_json::json!([]),
        "equal addresses do not make it this key's claim"
    );
    assert!(
        report["gaps"]
            .to_string()
            .contains("not the key it is claimed for"),
        "{}",
        report["gaps"]
    );
    assert!(
        report["answers"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["question"] == 1)
            .all(|row| row["answer"] == "unknown")
    );
}

#[test]
fn a_claim_for_a_multi_region_key_is_one_for_each_replica() {
    let id = "mrk-1234567890abcdef1234567890abcdef";
    let key: serde_json::Value =
        serde_json::from_slice(&example("validator-ethereum/public-key.json")).unwrap();
    let replica = |region: &str| {
        let mut key = key.clone();
        key["KeyId"] = format!("arn:aws:kms:{region}:111122223333:key/{id}").into();
        key.to_string()
    };
    let claims = format!("address,key\n0x1111111111111111111111111111111111111111,{id}\n");
    let folder = folder(&[
        ("claims.csv", claims.as_bytes()),
        ("eu.json", replica("eu-west-1").as_bytes()),
        ("us.json", replica("us-east-1").as_bytes()),
    ]);
    let (report, code) = json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(code, 1);
    for key in report["keys"].as_array().unwrap() {
        assert_eq!(key["claims"][0]["verdict"], "mismatch", "{key}");
    }
}

#[test]
fn a_name_that_only_begins_like_the_chain_binds_nothing() {
    let claims = b"address,role,chain\n0x1111111111111111111111111111111111111111,validator,base\n";
    let key = example("validator-ethereum/public-key.json");
    for (path, bound) in [
        ("validator-base/key.json", 1),
        ("validator-base-sepolia/key.json", 0),
        ("relayer-base/key.json", 0),
    ] {
        let folder = folder(&[("claims.csv", claims), (path, &key)]);
        let (report, _) = json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat());
        assert_eq!(
            report["keys"][0]["claims"].as_array().unwrap().len(),
            bound,
            "{path}"
        );
    }
}

#[test]
fn a_policy_of_another_label_is_not_given_to_the_only_key() {
    let folder = folder(&[
        ("public-key.json", &example("validator-ethereum/public-key.json")),
        (
            "validator-b/key-policy.json",
            &example("validator-arbitrum/key-policy.json"),
        ),
    ]);
    let (report, code) = json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(
        (report["findings"].as_array().unwrap().len(), code),
        (0, 0),
        "{}",
        report["findings"]
    );
    assert!(
        report["gaps"]
            .to_string()
            .contains("validator-b/key-policy.json names no key"),
        "{}",
        report["gaps"]
    );
}

#[test]
fn text_from_windows_is_read_at_its_own_lines() {
    let policy = String::from_utf8(example("validator-arbitrum/key-policy.json")).unwrap();
    let utf16: Vec<u8> = format!("\u{feff}{policy}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let marked = format!("\u{feff}{policy}");
    for bytes in [marked.as_bytes(), &utf16] {
        let folder = folder(&[("key-policy.json", bytes)]);
        let (report, _) = json(&[&["audit", text(folder.path()), "--format", "json"], &AS_OF[..]].concat());
        let grant = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| finding["rule"] == "removable-grant-statement")
            .unwrap();
        assert_eq!(
            (&grant["location"]["line"], &grant["location"]["inner"]["line"]),
            (&2.into(), &28.into()),
            "{grant}"
        );
    }
}

#[test]
fn one_file_given_twice_counts_once_and_claims_must_be_claims() {
    let output = run(&[
        &[
            "audit",
            "testdata/example",
            "testdata/example/claims.csv",
            "testdata/example/iam",
        ],
        &AS_OF[..],
    ]
    .concat());
    assert!(output.stdout.contains("32 files: 32 used"), "{}", output.stdout);
    let output = run(&[
        "audit",
        "testdata/example/claims.csv",
        "--claims",
        "testdata/example/list-keys-us-east-1.json",
    ]);
    assert_eq!(output.code, 2);
    assert!(
        output.stderr.contains("it is no claims file"),
        "{}",
        output.stderr
    );
}

#[cfg(not(feature = "cross-check"))]
#[test]
fn a_build_without_the_second_derivation_says_so_in_every_report() {
    let words = "second derivation: not evaluated, built without cross-check";
    let output = audit(&["testdata/example"]);
    assert!(
        output.stdout.lines().take(3).any(|line| line.contains(words)),
        "{}",
        output.stdout
    );
    let (report, _) = json(&[&["audit", "testdata/example", "--format", "json"], &AS_OF[..]].concat());
    assert_eq!(report["tool"]["cross_check"], false);
    assert_eq!(
        report["keys"][0]["second_derivation"],
        "not evaluated, built without cross-check"
    );
}
