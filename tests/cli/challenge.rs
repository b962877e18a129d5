use std::path::Path;

use k256::ecdsa::SigningKey;
use k256::ecdsa::signature::hazmat::PrehashSigner as _;
use serde_json::Value;

use super::{Output, ROOT, folder, json, run, run_with, text};

const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
/// That of the private key 1.
const ADDRESS: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
const REAL: &str = "testdata/challenge/ministack";
const AGAIN: &str = "testdata/challenge/moto";
const DAY: [&str; 2] = ["--as-of", "2026-11-21"];
const ANSWERS: [&str; 3] = [
    "answer-any-by-v1.json",
    "answer-any-by-v2.json",
    "answer-v2-by-v2.json",
];

/// Makes a challenge in a folder; the arguments replace the usual ones.
fn new(folder: &Path, more: &[&str]) -> Output {
    let file = folder.join("challenge.txt");
    let mut arguments = vec!["challenge", "new"];
    for (option, value) in [
        ("--key", ARN),
        ("--address", ADDRESS),
        ("--purpose", "Key review"),
        ("--auditor", "Example Audits Ltd"),
        ("--date", "2026-11-20"),
        ("-o", text(&file)),
    ] {
        if !more.contains(&option) {
            arguments.extend([option, value]);
        }
    }
    arguments.extend(more.iter().filter(|word| !word.is_empty()));
    run(&arguments)
}

fn parsed(output: &Output) -> Value {
    serde_json::from_str(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", output.stdout, output.stderr))
}

fn hex(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("as it must be"))
        .collect()
}

/// A challenge of today's code and the signature of the private key 1, in DER, hex.
fn answered(folder: &Path) -> String {
    let made = new(folder, &["--format", "json"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let mut secret = [0; 32];
    secret[31] = 1;
    let digest = hex(parsed(&made)["digest"].as_str().expect("as it must be"));
    let signature: k256::ecdsa::Signature = SigningKey::from_slice(&secret)
        .expect("as it must be")
        .sign_prehash(&digest)
        .expect("as it must be");
    kms_audit::encoding::hex::encode(signature.to_der().as_bytes())
}

fn check(challenge: &str, answer: &str, more: &[&str]) -> (Value, i32) {
    json(
        &[
            &["challenge", "check", challenge, answer, "--format", "json"][..],
            &DAY[..],
            more,
        ]
        .concat(),
    )
}

fn reasons(report: &Value) -> Vec<&str> {
    let list = report["reasons"].as_array().expect("as it must be");
    list.iter()
        .map(|row| row["code"].as_str().expect("as it must be"))
        .collect()
}

fn errors(report: &Value) -> Vec<&str> {
    let list = report["errors"].as_array().expect("as it must be");
    list.iter()
        .map(|row| row["code"].as_str().expect("as it must be"))
        .collect()
}

#[test]
fn answers_of_a_real_server_are_verified() {
    for answer in ANSWERS {
        let answer = format!("{REAL}/{answer}");
        let challenge = format!("{REAL}/challenge.txt");
        let key = format!("{REAL}/public-key.json");
        for more in [&[][..], &["--public-key", &key]] {
            let (report, code) = check(&challenge, &answer, more);
            assert_eq!((code, &report["verdict"]), (0, &"verified".into()), "{report}");
            assert_eq!(report["answer"]["key_id"], report["challenge"]["key"]);
        }
    }
}

#[test]
fn a_server_that_hashes_the_digest_again_is_refused_in_words() {
    for answer in ANSWERS {
        let challenge = format!("{AGAIN}/challenge.txt");
        let answer = format!("{AGAIN}/{answer}");
        let (report, code) = check(&challenge, &answer, &[]);
        assert_eq!(
            (code, reasons(&report)),
            (1, vec!["wrong-message-type"]),
            "{report}"
        );
        assert_eq!(report["diagnosis"][0]["code"], "sha256-of-digest");
        let output = run(&[&["challenge", "check", &challenge, &answer], &DAY[..]].concat());
        let flat = output.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in [
            "REFUSED",
            "the digest was hashed again",
            "MessageType RAW",
            "emulator",
        ] {
            assert!(flat.contains(words), "{words}: {flat}");
        }
    }
}

#[test]
fn the_report_of_a_verified_answer() {
    let arguments = [
        "challenge",
        "check",
        "testdata/challenge/ministack/challenge.txt",
        "testdata/challenge/ministack/answer-any-by-v1.json",
        "--public-key",
        "testdata/challenge/ministack/public-key.json",
    ];
    let output = run(&[&arguments[..], &DAY].concat());
    assert_eq!(output.code, 0);
    // What libsecp256k1 says depends on the features of the build.
    let text: String = output
        .stdout
        .lines()
        .filter(|line| !line.starts_with("  second"))
        .fold(String::new(), |text, line| text + line + "\n");
    insta::assert_snapshot!(text);
}

#[test]
fn the_page_of_a_challenge() {
    insta::assert_snapshot!(run(&["challenge", "show", "testdata/challenge/ministack/challenge.txt"]).stdout);
}

#[test]
fn an_answer_to_another_challenge_or_of_another_key_is_refused() {
    let real = format!("{REAL}/challenge.txt");
    let (report, code) = check(&real, &format!("{AGAIN}/{}", ANSWERS[0]), &[]);
    assert_eq!((code, reasons(&report)), (1, vec!["key-differs", "altered"]));
    let other = format!("{AGAIN}/public-key.json");
    let (report, _) = check(
        &real,
        &format!("{REAL}/{}", ANSWERS[0]),
        &["--public-key", &other],
    );
    assert_eq!(
        reasons(&report),
        ["public-key-of-another-key", "public-key-differs"]
    );
    let changed = std::fs::read_to_string(Path::new(ROOT).join(&real))
        .unwrap()
        .replace("review", "audit");
    let files = folder(&[("challenge.txt", changed.as_bytes())]);
    let file = files.path().join("challenge.txt");
    let (report, code) = check(text(&file), &format!("{REAL}/{}", ANSWERS[0]), &[]);
    assert_eq!((code, reasons(&report)), (1, vec!["altered"]));
}

#[test]
fn late_early_and_unexpected_ones_are_refused() {
    let (challenge, answer) = (format!("{REAL}/challenge.txt"), format!("{REAL}/{}", ANSWERS[0]));
    let files = ["challenge", "check", &challenge, &answer, "--format", "json"];
    for (more, expected) in [
        (&["--as-of", "2026-11-19"][..], "not-yet-valid"),
        (&["--as-of", "2026-11-28"], "expired"),
        (&["--as-of", "2026-11-23", "--max-age", "2"], "stale"),
        (&["--as-of", "2026-11-20", "--expect-key", ARN], "unexpected-key"),
        (
            &["--as-of", "2026-11-20", "--expect-address", ADDRESS],
            "unexpected-address",
        ),
    ] {
        let (report, code) = json(&[&files, more].concat());
        assert_eq!((code, reasons(&report)), (1, vec![expected]));
    }
    // 2026-11-27, 23:59:59 UTC.
    let on_the_last = run_with(&files, b"", &[("SOURCE_DATE_EPOCH", "1795823999")]);
    assert_eq!(on_the_last.code, 0, "{}", on_the_last.stdout);
    let over = run_with(&files, b"", &[("SOURCE_DATE_EPOCH", "1795824000")]);
    assert_eq!(over.code, 1);
}

#[test]
fn a_ledger_lets_each_answer_count_once() {
    let files = folder(&[]);
    let ledger = files.path().join("ledger.txt");
    let (challenge, answer) = (format!("{REAL}/challenge.txt"), format!("{REAL}/{}", ANSWERS[0]));
    let with = ["--ledger", text(&ledger)];
    // A refused answer leaves no trace.
    let (report, code) = check(
        &format!("{AGAIN}/challenge.txt"),
        &format!("{AGAIN}/{}", ANSWERS[0]),
        &with,
    );
    assert_eq!((code, report["ledger"].as_str()), (1, Some("unchanged")));
    assert!(!ledger.exists());
    let (report, code) = check(&challenge, &answer, &with);
    assert_eq!((code, report["ledger"].as_str()), (0, Some("recorded")));
    let written = std::fs::read_to_string(&ledger).unwrap();
    assert_eq!(written.lines().count(), 2);
    // Another signature over the same challenge is the same answer.
    for answer in ANSWERS {
        let (report, code) = check(&challenge, &format!("{REAL}/{answer}"), &with);
        assert_eq!((code, reasons(&report)), (1, vec!["replayed"]));
    }
    assert_eq!(std::fs::read_to_string(&ledger).unwrap(), written);
    let own = folder(&[]);
    let signature = answered(own.path());
    std::fs::write(own.path().join("answer"), signature).unwrap();
    let (report, code) = check(
        text(&own.path().join("challenge.txt")),
        text(&own.path().join("answer")),
        &with,
    );
    assert_eq!(
        (code, report["ledger"].as_str()),
        (0, Some("recorded")),
        "{report}"
    );
    let longer = std::fs::read_to_string(&ledger).unwrap();
    assert!(longer.starts_with(&written) && longer.lines().count() == 3);
}

#[test]
fn of_runs_at_the_same_time_one_alone_is_verified() {
    let files = folder(&[]);
    let ledger = files.path().join("ledger.txt");
    let (challenge, answer) = (format!("{REAL}/challenge.txt"), format!("{REAL}/{}", ANSWERS[0]));
    let runs: Vec<_> = (0..8)
        .map(|_| {
            let (challenge, answer, ledger) = (challenge.clone(), answer.clone(), ledger.clone());
            std::thread::spawn(move || check(&challenge, &answer, &["--ledger", text(&ledger)]).1)
        })
        .collect();
    let mut codes: Vec<i32> = runs.into_iter().map(|run| run.join().unwrap()).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 1, 1, 1, 1, 1, 1, 1]);
    assert_eq!(std::fs::read_to_string(&ledger).unwrap().lines().count(), 2);
}

#[test]
fn a_broken_ledger_is_an_error_and_left_alone() {
    let (challenge, answer) = (format!("{REAL}/challenge.txt"), format!("{REAL}/{}", ANSWERS[0]));
    for content in [
        "hello\n",
        "kms-audit challenge ledger v1",
        "kms-audit challenge ledger v1\n0x12\n",
    ] {
        let files = folder(&[("ledger", content.as_bytes())]);
        let ledger = files.path().join("ledger");
        let (report, code) = check(&challenge, &answer, &["--ledger", text(&ledger)]);
        assert_eq!((code, errors(&report)), (3, vec!["broken-ledger"]), "{report}");
        assert_eq!(report["verdict"], "error");
        assert_eq!(std::fs::read_to_string(&ledger).unwrap(), content);
    }
    let output = run(&[
        "challenge",
        "check",
        &challenge,
        &answer,
        "--ledger",
        "no/such/folder/ledger",
        DAY[0],
        DAY[1],
    ]);
    assert_eq!(
        (output.code, output.stdout.as_str()),
        (6, ""),
        "{}",
        output.stderr
    );
}

#[test]
fn an_answer_may_be_the_signature_alone() {
    let files = folder(&[]);
    let signature = answered(files.path());
    let challenge = files.path().join("challenge.txt");
    let bytes = hex(&signature);
    for answer in [
        signature.clone().into_bytes(),
        format!("0x{signature}\n").into_bytes(),
        bytes,
    ] {
        let output = run_with(
            &[
                "challenge",
                "check",
                text(&challenge),
                "-",
                "--format",
                "json",
                DAY[0],
                DAY[1],
            ],
            &answer,
            &[],
        );
        let report = parsed(&output);
        assert_eq!(
            (output.code, report["answer"]["key_id"].clone()),
            (0, Value::Null),
            "{report}"
        );
        assert!(output.stdout.contains("the answer names no key"));
    }
}

#[test]
fn an_answer_may_be_printed_in_another_format() {
    let good = std::fs::read_to_string(Path::new(ROOT).join(REAL).join(ANSWERS[0])).unwrap();
    let answer: Value = serde_json::from_str(&good).unwrap();
    let line = |name: &str| format!("{name}: {}\n", answer[name].as_str().unwrap());
    let yaml = line("KeyId") + &line("Signature") + &line("SigningAlgorithm");
    let copied = format!("$ aws kms sign --key-id x\n{good}$ \n");
    let query = format!("{}\n", answer["Signature"]);
    for (content, named) in [(yaml, true), (copied, true), (query, false)] {
        let files = folder(&[("answer", content.as_bytes())]);
        let (report, code) = check(
            &format!("{REAL}/challenge.txt"),
            text(&files.path().join("answer")),
            &[],
        );
        assert_eq!(code, 0, "{content}: {report}");
        assert_eq!(report["answer"]["key_id"] == answer["KeyId"], named, "{content}");
    }
}

#[test]
fn what_cannot_be_read_is_told_apart_from_what_does_not_count() {
    let challenge = format!("{REAL}/challenge.txt");
    let good = std::fs::read_to_string(Path::new(ROOT).join(REAL).join(ANSWERS[0])).unwrap();
    let secret = "-----BEGIN EC PRIVATE KEY-----\nMHQCAQEEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\n-----END EC PRIVATE KEY-----\n";
    for (answer, code) in [
        (String::new(), "empty"),
        ("hello".to_owned(), "not-base64"),
        ("{".to_owned(), "unknown-encoding"),
        (good[..good.len() / 2].to_owned(), "broken-input"),
        (format!("{good}{good}"), "several-answers"),
        (
            good.replace("\"Signature\": \"M", "\"Signature\": \"N"),
            "wrong-length",
        ),
        (
            good.replace("\"KeyId\"", "\"KeyId\": \"x\", \"KeyId\""),
            "bad-answer",
        ),
        (secret.to_owned(), "no-answer"),
        (
            "An error occurred (AccessDeniedException) when calling the Sign operation: no\n".to_owned(),
            "no-answer",
        ),
    ] {
        let files = folder(&[("answer", answer.as_bytes())]);
        let (report, exit) = check(&challenge, text(&files.path().join("answer")), &[]);
        assert_eq!(exit, 3, "{answer}: {report}");
        assert_eq!(errors(&report), [code], "{answer}: {report}");
        assert_eq!(report["verdict"], "error");
        assert!(!report.to_string().contains("MHQCAQEE"));
    }
    let files = folder(&[
        ("crlf.txt", b"kms-audit challenge v1\r\n"),
        ("hostile.txt", b"kms-audit challenge v1\n\x1b[2J\n"),
    ]);
    for (name, code) in [("crlf.txt", "line-end"), ("hostile.txt", "control-character")] {
        let path = files.path().join(name);
        let answer = format!("{REAL}/{}", ANSWERS[0]);
        let (report, exit) = check(text(&path), &answer, &[]);
        assert_eq!((exit, errors(&report)), (3, vec![code]));
        let output = run(&[&["challenge", "check", text(&path), &answer], &DAY[..]].concat());
        assert!(!output.stdout.contains('\u{1b}'));
        let output = run(&["challenge", "show", text(&path)]);
        assert_eq!((output.code, output.stdout.as_str()), (3, ""));
        assert!(!output.stderr.contains('\u{1b}'));
    }
    let answer = format!("{REAL}/{}", ANSWERS[0]);
    for arguments in [
        ["no-such-file", &answer, "--as-of", "2026-11-21"],
        [&challenge, "no-such-file", "--as-of", "2026-11-21"],
        [&challenge, &answer, "--public-key", "no-such-file"],
        [&challenge, &answer, "--as-of", "soon"],
        [&challenge, &answer, "--expect-key", "alias/v"],
        [
            &challenge,
            &answer,
            "--expect-address",
            "0x7E5F4552091A69125d5DfCb7b8C2659029395BdF",
        ],
    ] {
        let output = run(&[&["challenge", "check"], &arguments[..]].concat());
        assert_eq!(
            (output.code, output.stdout.as_str()),
            (2, ""),
            "{arguments:?}: {}",
            output.stderr
        );
    }
}

#[test]
fn a_challenge_is_fresh_and_never_overwrites() {
    let one = folder(&[]);
    let made = new(one.path(), &["--format", "json"]);
    let other = folder(&[]);
    let again = new(other.path(), &["--format", "json"]);
    assert_eq!((made.code, again.code), (0, 0));
    let (made, again) = (parsed(&made), parsed(&again));
    assert_ne!(made["challenge"]["nonce"], again["challenge"]["nonce"]);
    assert_eq!(made["challenge"]["nonce"].as_str().unwrap().len(), 66);
    assert_eq!(made["challenge"]["expires"], "2026-11-27");
    let file = one.path().join("challenge.txt");
    let before = std::fs::read(&file).unwrap();
    assert_eq!(made["text"].as_str().unwrap().as_bytes(), before);
    let third = new(one.path(), &[]);
    assert_eq!((third.code, third.stdout.as_str()), (6, ""));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_challenge_of_wrong_parts_is_not_made() {
    let files = folder(&[]);
    let key = format!("{REAL}/public-key.json");
    for more in [
        &["--key", "alias/validator"][..],
        &[
            "--key",
            "arn:aws:kms:eu-west-1;id:111122223333:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
        ],
        &["--address", "0x7E5F4552091A69125d5DfCb7b8C2659029395BdF"],
        &["--address", "0x0000000000000000000000000000000000000000"],
        &["--address", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"],
        &["--address", "0x12"],
        &["--purpose", ""],
        &["--purpose", "two\nlines"],
        &["--auditor", "right\u{202e}left"],
        &["--expires-in", "0"],
        &["--expires-in", "91"],
        &["--date", "20.11.2026"],
        // Another key's address, and another key's ARN.
        &["--public-key", &key],
        &[
            "--public-key",
            &key,
            "--address",
            "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF",
        ],
    ] {
        // An empty value is one too.
        let more: Vec<&str> = more
            .iter()
            .map(|word| if word.is_empty() { " " } else { word })
            .collect();
        let output = new(files.path(), &more);
        assert_eq!(output.code, 2, "{more:?}: {}{}", output.stdout, output.stderr);
        assert!(!output.stderr.contains('\u{202e}'));
    }
    let output = new(files.path(), &["--public-key", "README.md"]);
    assert_eq!(output.code, 3, "{}", output.stderr);
    assert!(
        std::fs::read_dir(files.path()).unwrap().next().is_none(),
        "nothing is left"
    );
}

#[test]
fn the_address_may_come_from_the_exported_key() {
    let files = folder(&[]);
    let export: Value =
        serde_json::from_slice(&std::fs::read(Path::new(ROOT).join(REAL).join("public-key.json")).unwrap())
            .unwrap();
    let file = files.path().join("c.txt");
    let output = run(&[
        "challenge",
        "new",
        "--key",
        export["KeyId"].as_str().unwrap(),
        "--public-key",
        &format!("{REAL}/public-key.json"),
        "--purpose",
        "Pr\u{fc}fung",
        "--auditor",
        "It's \"us\" $(id)",
        "-o",
        text(&file),
    ]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let frozen = std::fs::read_to_string(Path::new(ROOT).join(REAL).join("challenge.txt")).unwrap();
    let line = frozen.lines().find(|line| line.starts_with("Address: ")).unwrap();
    assert!(std::fs::read_to_string(&file).unwrap().contains(line));
    assert_eq!(run(&["challenge", "show", text(&file)]).stdout, output.stdout);
}
