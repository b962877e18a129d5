//! Options, exit codes, output, and interruption.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use super::{BUCKETS, CLAIMS, REGISTRY, ROOT, report, run};

#[test]
fn the_table() {
    let output = run(&[&[BUCKETS][..], &CLAIMS, &REGISTRY].concat());
    assert_eq!((output.code, output.stderr.as_str()), (1, ""));
    insta::assert_snapshot!(output.stdout);
}

#[test]
fn the_table_of_an_honest_bucket() {
    let path = format!("{BUCKETS}/honest-b");
    let output = run(&[&[path.as_str()][..], &CLAIMS, &REGISTRY].concat());
    assert_eq!(output.code, 0);
    insta::assert_snapshot!(output.stdout);
}

#[test]
fn the_exit_code_follows_what_is_asked() {
    let gappy = format!("{BUCKETS}/gappy");
    let arguments = [&[gappy.as_str()][..], &CLAIMS, &REGISTRY].concat();
    assert_eq!(run(&arguments).code, 1);
    assert_eq!(run(&[&arguments[..], &["--fail-on", "none"]].concat()).code, 0);
    // A record that is not verified counts whatever the level of findings.
    assert_eq!(
        run(&[&arguments[..], &["--fail-on", "critical"]].concat()).code,
        1
    );
}

#[test]
fn what_cannot_be_done_is_usage() {
    for (arguments, words) in [
        (&["no/such/bucket"][..], "there is no such file"),
        (&["-", "--address", "hello"], "it is no address"),
        (
            &["-", "--claims", "testdata/checkpoints/hostile.jsonl"],
            "--claims",
        ),
        (
            &["-", "--key", "testdata/checkpoints/claims.csv"],
            "has no public key",
        ),
        (
            &["-", "--registry", "testdata/checkpoints/claims.csv"],
            "--registry",
        ),
    ] {
        let output = run(arguments);
        assert_eq!(
            output.code, 2,
            "{arguments:?}: {}{}",
            output.stdout, output.stderr
        );
        assert!(output.stderr.contains(words), "{arguments:?}: {}", output.stderr);
    }
}

#[test]
fn a_registry_is_read_as_a_folder_and_as_files() {
    let path = format!("{BUCKETS}/careless");
    let chains = "testdata/checkpoints/registry/chains";
    let (metadata, addresses) = (
        format!("{chains}/metadata.yaml"),
        format!("{chains}/addresses.yaml"),
    );
    let whole = report(&[&[path.as_str()][..], &CLAIMS, &REGISTRY].concat(), b"").0;
    for registry in [
        vec!["--registry", chains],
        vec!["--registry", &metadata, "--registry", &addresses],
        vec!["--registry", &addresses, "--registry", &metadata],
    ] {
        assert_eq!(
            report(&[&[path.as_str()][..], &CLAIMS, &registry].concat(), b"").0,
            whole
        );
    }
    // Each chain in a folder of its own, and its name nowhere else.
    let folder = tempfile::tempdir().unwrap();
    for name in ["metadata", "addresses"] {
        let text = std::fs::read_to_string(format!("{chains}/{name}.yaml")).unwrap();
        for part in text.trim_start_matches("---\n").split_inclusive('\n').fold(
            Vec::<String>::new(),
            |mut parts, line| {
                if line.starts_with(' ') {
                    parts.last_mut().unwrap().push_str(line);
                } else {
                    parts.push(line.to_owned());
                }
                parts
            },
        ) {
            let (chain, body) = part.split_once(":\n").unwrap();
            let below = folder.path().join("chains").join(chain);
            std::fs::create_dir_all(&below).unwrap();
            let body: Vec<&str> = body
                .lines()
                .filter(|line| !line.contains("name:"))
                .map(|line| &line[2..])
                .collect();
            std::fs::write(below.join(format!("{name}.yaml")), body.join("\n") + "\n").unwrap();
        }
    }
    let registry = ["--registry", folder.path().to_str().unwrap()];
    assert_eq!(
        report(&[&[path.as_str()][..], &CLAIMS, &registry].concat(), b"").0,
        whole
    );
}

#[test]
fn a_key_says_whose_they_should_be() {
    // No bucket is of this key.
    let output = report(
        &[&format!("{BUCKETS}/honest-a"), "--key", "testdata/forms/key.der"],
        b"",
    );
    assert_eq!((&output.0["failed"], output.1), (&19.into(), 1));
    let signers = output.0["signers"].as_array().unwrap();
    let told: Vec<(&serde_json::Value, u64)> = signers
        .iter()
        .map(|signer| (&signer["claimed"], signer["records"].as_u64().unwrap()))
        .collect();
    assert_eq!(told.len(), 2, "who signed, and who should have");
    assert!(told.contains(&(&true.into(), 0)) && told.contains(&(&false.into(), 18)));
}

#[test]
fn the_report_is_the_same_every_time_and_can_be_written_beside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    let arguments = [&[BUCKETS][..], &CLAIMS, &REGISTRY].concat();
    let one = run(&[&arguments[..], &["--format", "json"]].concat());
    let two = run(&[
        &arguments[..],
        &["--format", "jsonl", "-o", path.to_str().unwrap()],
    ]
    .concat());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), one.stdout);
    assert!(two.stderr.contains("findings"), "{}", two.stderr);
    assert!(!one.stdout.contains("throughput"));
    let (timed, _) = report(&[&arguments[..], &["--throughput"]].concat(), b"");
    assert!(timed["throughput"]["records_per_second"].as_f64() > Some(0.0));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_a_partial_report_even_while_nothing_comes() {
    let mut good = std::fs::read(format!("{ROOT}/{BUCKETS}/honest-a/checkpoint_1_with_id.json")).unwrap();
    good.push(b'\n');
    let mut child = Command::new(env!("CARGO_BIN_EXE_kms-audit"))
        .args(["checkpoints", "-", "--format", "json"])
        .current_dir(ROOT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // More than a chunk, so that a part is judged; then silence.
    for _ in 0..5000 {
        pipe.write_all(&good).unwrap();
    }
    pipe.flush().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    let output = child.wait_with_output().unwrap();
    drop(pipe);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        report["partial"]
            .as_str()
            .unwrap()
            .contains("interrupted after 4096 documents"),
        "{report}"
    );
    assert_eq!(report["unattributed"], 4096);
    assert_ne!(output.status.code(), Some(0));
}

#[test]
fn a_closed_pipe_ends_the_run_quietly() {
    let document =
        std::fs::read_to_string(format!("{ROOT}/{BUCKETS}/honest-b/checkpoint_1_with_id.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.jsonl");
    std::fs::write(&path, format!("{document}\n").repeat(20_000)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_kms-audit"))
        .args(["checkpoints", path.to_str().unwrap(), "--format", "jsonl"])
        .current_dir(ROOT)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(line.contains("\"unattributed\""), "{line}");
    assert!(words.contains("PARTIAL (the output was closed after"), "{words}");
    assert_eq!(output.status.code(), Some(1));
}
