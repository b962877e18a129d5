use super::{ROOT, example, folder, json, run, run_with, text};

#[test]
fn the_der_of_a_key_field_by_field() {
    insta::assert_snapshot!(run(&["inspect", "--bytes", "testdata/forms/key.der"]).stdout);
}

#[test]
fn what_each_file_of_a_folder_is_taken_for() {
    insta::assert_snapshot!(run(&["inspect", "testdata/example"]).stdout);
}

#[test]
fn broken_der_is_shown_up_to_the_byte_that_breaks_it() {
    let cases = std::fs::read_to_string(format!("{ROOT}/testdata/spki/broken.json")).unwrap();
    let cases: Vec<serde_json::Value> = serde_json::from_str(&cases).unwrap();
    for code in [
        "truncated",
        "indefinite-length",
        "trailing-data",
        "not-on-curve",
        "wrong-curve",
    ] {
        let case = cases.iter().find(|case| case["code"] == code).unwrap();
        let hex = case["hex"].as_str().unwrap();
        let bytes: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect();
        let output = run_with(
            &["inspect", "--bytes", "-", "--input-format", "spki-der"],
            &bytes,
            &[],
        );
        assert!(
            output.stdout.contains(&format!("refused, {code}")),
            "{code}: {}",
            output.stdout
        );
        let offset = format!("at offset {}", case["offset"]);
        assert!(
            output.stdout.replace("\n           ", " ").contains(&offset),
            "{code}: {}",
            output.stdout
        );
    }
}

#[test]
fn anything_at_all_can_be_inspected() {
    let folder = folder(&[
        ("noise.bin", &[0x30, 0xff, 0x00, 0x81, 0x9f]),
        ("empty", b""),
        ("note.txt", b"hello"),
    ]);
    let (report, code) = json(&["inspect", "--bytes", text(folder.path()), "--format", "json"]);
    assert_eq!((report["files"].as_array().unwrap().len(), code), (3, 3));
}

#[test]
fn a_private_key_is_named_and_never_shown() {
    let pem = std::fs::read_to_string(format!("{ROOT}/testdata/forms/private-key.pem")).unwrap();
    let secret = pem.lines().nth(1).unwrap();
    let folder = folder(&[
        ("key.pem", pem.as_bytes()),
        // Old line ends: to a reader of lines the whole file is one, the key in it.
        ("old.pem", pem.replace('\n', "\r").as_bytes()),
        ("unfinished.pem", pem.split("-----END").next().unwrap().as_bytes()),
        (
            "spoilt.json",
            format!("{{\"note\": \"{}\", oops", pem.replace('\n', "\\n")).as_bytes(),
        ),
        ("public-key.json", &example("validator-ethereum/public-key.json")),
    ]);
    let path = text(folder.path());
    for arguments in [
        &["inspect", "--bytes", path][..],
        &["inspect", "--bytes", path, "--format", "json"],
        &["address", path],
        &["audit", path, "--show", "all"],
        &["audit", path, "--format", "human"],
        &["audit", path, "--format", "json"],
    ] {
        let output = run(arguments);
        assert!(
            !output.stdout.contains(&secret[..16]),
            "{arguments:?} shows the secret"
        );
        assert!(
            output.stdout.contains("PRIVATE KEY") || output.stdout.contains("private key"),
            "{arguments:?}"
        );
    }
}
