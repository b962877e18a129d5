//! `verify --batch`: order, ids, exit codes, long and hostile input.

#![allow(
    clippy::unwrap_used,
    clippy::format_push_string,
    clippy::format_collect,
    reason = "a test fails by panicking, and is not in a hurry"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use kms_audit::source::is_deceptive;
use serde_json::{Value, json};

use super::verify::{request, verify, with, without};
use super::{ROOT, folder, run_with, text};

/// The rows of a batch on standard input, and the exit code.
fn batch(lines: &[u8]) -> (Vec<Value>, i32) {
    let output = run_with(&["verify", "--batch", "-", "--format", "json"], lines, &[]);
    let rows = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    (rows, output.code)
}

#[test]
fn a_batch_keeps_its_order_its_ids_and_goes_on_after_a_bad_line() {
    let good = request("right: ASCII, eip191, rs");
    let bad = request("no prefix: ASCII");
    let mut lines: Vec<u8> = "\u{feff}".as_bytes().to_vec();
    let mut push = |line: &[u8], end: &[u8]| {
        lines.extend_from_slice(line);
        lines.extend_from_slice(end);
    };
    push(with(good.clone(), "id", "first").to_string().as_bytes(), b"\n");
    push(with(bad.clone(), "id", 7).to_string().as_bytes(), b"\r\n");
    push(b"", b"\n");
    push(b"  \t ", b"\r\n");
    push(b"{\"id\": 1,}", b"\n");
    push(b"{\"id\": \"\xff\"}", b"\n");
    push(b"[1]", b"\n");
    push(
        with(good.clone(), "id", json!({"a": [null, 1.50, true]}))
            .to_string()
            .as_bytes(),
        b"\n",
    );
    push(
        with(good.clone(), "id", Value::Null).to_string().as_bytes(),
        b"\n",
    );
    push(
        b"{\"id\": 123456789012345678901234567890, \"message\": \"x\"}",
        b"\n",
    );
    push(
        &with(good.clone(), "message", "a".repeat(17 << 20))
            .to_string()
            .into_bytes(),
        b"\n",
    );
    push(
        with(good.clone(), "id", "no line end").to_string().as_bytes(),
        b"",
    );
    let (rows, code) = batch(&lines);
    let told: Vec<(u64, &str, String, &str)> = rows
        .iter()
        .map(|row| {
            (
                row["line"].as_u64().unwrap(),
                row["verdict"].as_str().unwrap(),
                row.get("id").map_or_else(|| "none".to_owned(), Value::to_string),
                row["error"]["code"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    insta::assert_debug_snapshot!(told);
    assert_eq!(code, 3);
}

#[test]
fn the_exit_code_of_a_batch() {
    let good = request("right: ASCII, eip191, rsv").to_string();
    let bad = request("random: 0, rsv").to_string();
    let nobody = without(request("right: ASCII, eip191, rsv"), &["address", "public_key"]).to_string();
    for (lines, code) in [
        (vec![], 0),
        (vec![good.as_str()], 0),
        (vec![&good, &bad], 1),
        (vec![&good, &nobody], 1),
        (vec![&bad, "{}", &good], 3),
    ] {
        assert_eq!(batch(lines.join("\n").as_bytes()).1, code, "{lines:?}");
    }
    let output = run_with(
        &["verify", "--batch", "-"],
        format!("{good}\n{bad}\n{nobody}\n{{}}\n").as_bytes(),
        &[],
    );
    insta::assert_snapshot!(format!("{}{}", output.stdout, output.stderr));
}

#[test]
fn a_batch_longer_than_a_chunk_stays_in_order() {
    let good = request("right: ASCII, eip191, rsv");
    let lines: String = (0..5000)
        .map(|id| {
            if id % 100 == 0 {
                format!("{}\n", with(good.clone(), "id", id))
            } else {
                format!("{{\"id\":{id}}}\n")
            }
        })
        .collect();
    let (rows, code) = batch(lines.as_bytes());
    assert_eq!((rows.len(), code), (5000, 3));
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(
            (row["id"].as_u64(), row["line"].as_u64()),
            (Some(at as u64), Some(at as u64 + 1))
        );
        assert_eq!(row["verdict"] == "verified", at % 100 == 0);
    }
}

#[test]
fn a_closed_pipe_is_success() {
    let good = request("right: ASCII, eip191, rsv").to_string();
    let folder = folder(&[("batch.jsonl", format!("{good}\n").repeat(20_000).as_bytes())]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_kms-audit"))
        .args([
            "verify",
            "--format",
            "json",
            "--batch",
            text(&folder.path().join("batch.jsonl")),
        ])
        .current_dir(ROOT)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut line).unwrap();
    drop(reader);
    assert!(line.contains("verified"), "{line}");
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!((child.wait().unwrap().code(), errors.as_str()), (Some(0), ""));
}

#[test]
fn hostile_text_never_reaches_the_terminal_raw() {
    let hostile = "x\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{202e}evil\u{2066}\u{200b}\r\n";
    let good = request("right: ASCII, eip191, rs");
    let mut lines = String::new();
    for request in [
        with(good.clone(), "id", hostile),
        with(good.clone(), "id", json!({hostile: [hostile]})),
        with(good.clone(), hostile, hostile),
        with(good.clone(), "signature", hostile),
        with(good.clone(), "signature", json!({"r": hostile, "s": "0x1"})),
        with(good.clone(), "signature", json!({"Signature": hostile})),
        with(good.clone(), "address", hostile),
        with(good.clone(), "public_key", hostile),
        with(good.clone(), "message_hex", hostile),
        with(good.clone(), "scheme", hostile),
        without(with(good.clone(), "digest", hostile), &["message", "scheme"]),
        without(
            with(good.clone(), "transaction", hostile),
            &["message", "scheme", "signature"],
        ),
        without(
            with(
                good.clone(),
                "typed_data",
                json!({"types": {"EIP712Domain": [], hostile: [{"name": hostile, "type": "string"}]},
                    "primaryType": hostile, "domain": {}, "message": {hostile: hostile}}),
            ),
            &["message", "scheme"],
        ),
    ] {
        lines.push_str(&format!("{request}\n"));
        // What is no option of the command line is only for the batch, and so is a scheme that there is none of.
        let is_option = |member: &String| !["id", hostile].contains(&member.as_str());
        if request.as_object().unwrap().keys().all(is_option) && request["scheme"] != hostile {
            let output = verify(&request, &[]);
            let shown = format!("{}{}", output.stdout, output.stderr);
            let raw: Vec<char> = shown.chars().filter(|c| is_deceptive(*c) && *c != '\n').collect();
            assert!(raw.is_empty(), "{raw:?} in {shown:?}");
        }
    }
    let output = run_with(&["verify", "--batch", "-"], lines.as_bytes(), &[]);
    let raw: Vec<char> = output
        .stdout
        .chars()
        .filter(|c| is_deceptive(*c) && *c != '\n')
        .collect();
    assert!(raw.is_empty(), "{raw:?} in {:?}", output.stdout);
    assert_eq!(output.stdout.lines().count(), 13, "{}", output.stdout);
    // JSON escapes control characters by itself; a row is one line.
    let (rows, code) = batch(lines.as_bytes());
    assert_eq!((rows.len(), code), (13, 3));
    assert_eq!(rows[0]["id"], hostile, "an id is given back as it was");
    // A path with the same in it.
    let mut child = Command::new(env!("CARGO_BIN_EXE_kms-audit"))
        .args(["verify", "--batch", hostile])
        .stderr(Stdio::piped())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"").unwrap();
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(
        !errors.chars().any(|c| is_deceptive(c) && c != '\n'),
        "{errors:?}"
    );
}
