//! What is generated into `docs/` is what the code says now. To write it again: `UPDATE_DOCS=1 cargo test --test generated`.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use std::process::Command;

use kms_audit::audit::{
    AccessReport, AddressReport, CheckpointReport, CheckpointRow, CompareReport, HardenReport, Inspection,
    Report, SimulateRow, VerifyRow,
};
use kms_audit::challenge::report::ChallengeReport;
use kms_audit::report::rules::RuleList;
use schemars::JsonSchema;

/// Compares a file with its text, or writes it where that is asked for.
fn generated(path: &str, text: &str) {
    let full = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&full, text).expect(path);
    }
    let found = std::fs::read_to_string(&full).unwrap_or_default();
    assert!(
        found == text,
        "{path} is out of date: UPDATE_DOCS=1 cargo test --test generated"
    );
}

#[derive(Clone)]
/// A closed list of words, and the fields that take one of them: definition and property; nothing for the root.
struct Closed<'a> {
    name: &'a str,
    words: Vec<&'a str>,
    fields: &'a [(&'a str, &'a str)],
}

/// The schema of a type, its text fields narrowed to the closed lists that the code has.
fn schema<T: JsonSchema>(closed: &[Closed<'_>]) -> String {
    let mut schema = serde_json::to_value(schemars::schema_for!(T)).expect("a schema");
    for list in closed {
        for (definition, property) in list.fields {
            let field = if definition.is_empty() {
                &mut schema["properties"][property]
            } else {
                &mut schema["$defs"][definition]["properties"][property]
            };
            if field["type"] == "object" {
                field["propertyNames"] = serde_json::json!({"$ref": format!("#/$defs/{}", list.name)});
                continue;
            }
            let optional = match &field["type"] {
                serde_json::Value::Array(types) => types.iter().any(|of| of == "null"),
                of => {
                    assert_eq!(of, "string", "{definition}.{property}");
                    false
                }
            };
            let reference = serde_json::json!({"$ref": format!("#/$defs/{}", list.name)});
            let description = field["description"].clone();
            *field = if optional {
                serde_json::json!({"description": description, "anyOf": [reference, {"type": "null"}]})
            } else {
                serde_json::json!({"description": description, "$ref": reference["$ref"]})
            };
        }
        schema["$defs"][list.name] = serde_json::json!({"type": "string", "enum": list.words});
    }
    format!("{}\n", serde_json::to_string_pretty(&schema).expect("JSON"))
}

fn schemes<'a>(fields: &'a [(&'a str, &'a str)]) -> Closed<'a> {
    let words = kms_audit::address::SCHEMES
        .iter()
        .map(|scheme| scheme.id())
        .collect();
    Closed {
        name: "address_scheme",
        words,
        fields,
    }
}

fn input_formats() -> Vec<&'static str> {
    kms_audit::input::FORMATS
        .iter()
        .map(|format| format.id())
        .collect()
}

#[test]
fn schema_of_the_report() {
    let rules = kms_audit::rules::RULES
        .iter()
        .map(|rule| rule.meta().id)
        .collect();
    let closed = [
        Closed {
            name: "input_format",
            words: input_formats(),
            fields: &[("SourceRow", "format")],
        },
        Closed {
            name: "rule",
            words: rules,
            fields: &[("FindingRow", "rule"), ("OutcomeRow", "rule")],
        },
        Closed {
            name: "claim_diagnosis",
            words: kms_audit::audit::claim_diagnoses(),
            fields: &[("DiagnosisRow", "code")],
        },
        Closed {
            name: "guide_step",
            words: kms_audit::audit::STEPS.iter().map(|(id, _)| *id).collect(),
            fields: &[("GuideRow", "step")],
        },
    ];
    let closed = [
        &closed[..],
        &[
            schemes(&[("KeyRow", "addresses")]),
            signature_diagnosis(&[("VerifyDiagnosis", "code")]),
        ],
    ]
    .concat();
    generated("docs/report.schema.json", &schema::<Report>(&closed));
}

#[test]
fn schema_of_addresses() {
    let mut codes = kms_audit::key::CODES.to_vec();
    codes.extend(kms_audit::audit::ADDRESS_ERROR_CODES);
    let closed = [
        schemes(&[("AddressRow", "addresses")]),
        Closed {
            name: "claim_diagnosis",
            words: kms_audit::audit::claim_diagnoses(),
            fields: &[("DiagnosisRow", "code")],
        },
        Closed {
            name: "error_code",
            words: codes,
            fields: &[("AddressError", "code")],
        },
        Closed {
            name: "input_format",
            words: input_formats(),
            fields: &[("AddressRow", "format")],
        },
    ];
    generated("docs/address.schema.json", &schema::<AddressReport>(&closed));
}

/// Why a signature is not verified, and what is worth knowing of one that is.
fn signature_diagnosis<'a>(fields: &'a [(&'a str, &'a str)]) -> Closed<'a> {
    let mut words: Vec<&str> = kms_audit::signature::diagnose::Code::ALL
        .iter()
        .map(|code| code.id())
        .collect();
    words.extend(kms_audit::audit::VERIFY_DIAGNOSIS_CODES);
    Closed {
        name: "signature_diagnosis",
        words,
        fields,
    }
}

#[test]
fn schema_of_verdicts() {
    let mut codes: Vec<&str> = kms_audit::signature::CODES
        .iter()
        .chain(kms_audit::key::CODES)
        .chain(kms_audit::signature::message::eip712::CODES)
        .chain(kms_audit::signature::message::transaction::CODES)
        .chain(kms_audit::audit::VERIFY_ERROR_CODES)
        .copied()
        .chain(kms_audit::hyperlane::FaultCode::ALL.iter().map(|code| code.id()))
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let closed = [
        signature_diagnosis(&[("VerifyDiagnosis", "code")]),
        Closed {
            name: "error_code",
            words: codes,
            fields: &[("VerifyError", "code")],
        },
        Closed {
            name: "encoding",
            words: kms_audit::audit::encoding_ids(),
            fields: &[("", "encoding")],
        },
        Closed {
            name: "message_scheme",
            words: kms_audit::signature::message::SCHEMES
                .iter()
                .map(|scheme| scheme.id())
                .collect(),
            fields: &[("", "message_scheme")],
        },
    ];
    generated("docs/verify.schema.json", &schema::<VerifyRow>(&closed));
}

#[test]
fn schema_of_decisions() {
    let closed = [
        Closed {
            name: "premise_code",
            words: kms_audit::policy::evaluate::PremiseCode::ALL
                .iter()
                .map(|code| code.id())
                .collect(),
            fields: &[("PremiseRow", "code")],
        },
        Closed {
            name: "error_code",
            words: kms_audit::audit::SIMULATE_ERROR_CODES.to_vec(),
            fields: &[("SimulateError", "code")],
        },
    ];
    generated("docs/simulate.schema.json", &schema::<SimulateRow>(&closed));
}

#[test]
fn schema_of_hardened_policies() {
    let closed = [
        Closed {
            name: "hardened_rule",
            words: kms_audit::policy::harden::RULES.to_vec(),
            fields: &[("EditRow", "rule"), ("LeftOutRow", "rule")],
        },
        Closed {
            name: "edit_option",
            words: kms_audit::policy::harden::Needs::ALL
                .iter()
                .filter_map(|needs| needs.option())
                .collect(),
            fields: &[("EditRow", "option")],
        },
        Closed {
            name: "refusal_code",
            words: kms_audit::audit::HARDEN_REFUSAL_CODES.to_vec(),
            fields: &[("HardenRefusal", "code")],
        },
        Closed {
            name: "input_format",
            words: input_formats(),
            fields: &[("HardenInput", "format")],
        },
    ];
    generated("docs/harden.schema.json", &schema::<HardenReport>(&closed));
}

#[test]
fn schema_of_comparisons() {
    let closed = [Closed {
        name: "premise_code",
        words: kms_audit::policy::evaluate::PremiseCode::ALL
            .iter()
            .map(|code| code.id())
            .collect(),
        fields: &[("PremiseRow", "code")],
    }];
    generated("docs/compare.schema.json", &schema::<CompareReport>(&closed));
}

#[test]
fn schema_of_access() {
    let classes = kms_audit::policy::access::ActionClass::ALL.iter();
    let closed = [Closed {
        name: "action_class",
        words: classes.map(|class| class.word()).collect(),
        fields: &[("AccessRow", "action_class")],
    }];
    generated("docs/access.schema.json", &schema::<AccessReport>(&closed));
}

#[test]
fn schema_of_challenges() {
    let mut errors = kms_audit::challenge::ERROR_CODES.to_vec();
    errors.extend(kms_audit::challenge::CHECK_ERROR_CODES);
    errors.extend(kms_audit::signature::CODES);
    errors.extend(kms_audit::key::CODES);
    errors.sort_unstable();
    errors.dedup();
    let encodings = kms_audit::signature::encoding::ENCODINGS
        .iter()
        .map(|encoding| encoding.id())
        .collect();
    let closed = [
        Closed {
            name: "error_code",
            words: errors,
            fields: &[("ErrorRow", "code")],
        },
        Closed {
            name: "diagnosis_code",
            words: kms_audit::signature::diagnose::Code::ALL
                .iter()
                .map(|code| code.id())
                .collect(),
            fields: &[("DiagnosisRow", "code")],
        },
        Closed {
            name: "signature_encoding",
            words: encodings,
            fields: &[("AnswerRow", "encoding")],
        },
    ];
    generated("docs/challenge.schema.json", &schema::<ChallengeReport>(&closed));
}

/// What `checkpoints` prints: the report, and a line a document.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
#[schemars(untagged)]
enum Checkpoints {
    /// `--format json`
    Report(Box<CheckpointReport>),
    /// A line of `--format jsonl`
    Row(Box<CheckpointRow>),
}

#[test]
fn schema_of_checkpoints() {
    use kms_audit::hyperlane::diagnose::Mistake;
    use kms_audit::hyperlane::{FaultCode, Remark};
    let mut notes = kms_audit::audit::ROW_CODES.to_vec();
    notes.extend(Remark::ALL.iter().map(|remark| remark.id()));
    notes.extend(Mistake::ALL.iter().map(|mistake| mistake.id()));
    let closed = [
        Closed {
            name: "checkpoint_rule",
            words: kms_audit::audit::CHECKPOINT_RULES.to_vec(),
            fields: &[("CheckpointFinding", "rule")],
        },
        Closed {
            name: "note_code",
            words: notes,
            fields: &[("RowNote", "code")],
        },
        Closed {
            name: "error_code",
            words: FaultCode::ALL.iter().map(|code| code.id()).collect(),
            fields: &[("CheckpointError", "code")],
        },
    ];
    generated("docs/checkpoints.schema.json", &schema::<Checkpoints>(&closed));
}

#[test]
fn schema_of_inspections() {
    generated("docs/inspect.schema.json", &schema::<Inspection>(&[]));
}

#[test]
fn schema_of_the_rule_list() {
    generated("docs/rules.schema.json", &schema::<RuleList>(&[]));
}

#[test]
fn page_of_rules() {
    generated("docs/rules.md", &kms_audit::report::rules::markdown());
}

#[test]
fn page_of_the_command_line() {
    let output = Command::new(env!("CARGO_BIN_EXE_kms-audit"))
        .arg("help-markdown")
        .output()
        .expect("runs");
    generated("docs/cli.md", &String::from_utf8(output.stdout).expect("UTF-8"));
}

#[test]
fn the_readme_shows_the_real_output() {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("README.md");
    let output = Command::new(env!("CARGO_BIN_EXE_kms-audit"))
        .args([
            "audit",
            "testdata/example",
            "--as-of",
            "2026-11-25",
            "--width",
            "100",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .output()
        .expect("runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    // The README shows the first screen and the first key.
    let first: Vec<&str> = text.split("\nKEY ").take(2).collect();
    let shown = first.join("\nKEY ");
    assert!(
        readme.contains(shown.trim_end()),
        "README.md does not show what the program prints:\n{shown}"
    );
}
