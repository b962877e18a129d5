//! Every case of testdata/policy/cases.jsonl is decided as it expects.

use super::*;

fn rows(text: &str) -> Vec<SimulateRow> {
    let lines: Vec<Line<'_>> = text
        .lines()
        .zip(1..)
        .map(|(line, number)| Line {
            number,
            bytes: Some(line.as_bytes()),
        })
        .collect();
    simulate_lines(&lines)
}

#[test]
fn cases_are_decided_as_the_documentation_says() {
    let text = include_str!("../../../testdata/policy/cases.jsonl");
    let mut wrong = Vec::new();
    for (row, line) in rows(text).iter().zip(text.lines()) {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(case["cite"].is_string(), "a case cites its source: {line}");
        let because: Vec<String> = row
            .because
            .iter()
            .map(|because| format!("{}{}", because.policy, because.pointer))
            .collect();
        let named: Vec<&str> = row.premises.iter().map(|premise| premise.code.as_str()).collect();
        let because_wanted = case
            .get("because")
            .is_none_or(|wanted| *wanted == serde_json::json!(because));
        let premises_wanted = case
            .get("premises")
            .is_none_or(|wanted| *wanted == serde_json::json!(named));
        let depends = row.decision == Some(DecisionWord::Depends);
        if row.as_expected != Some(true)
            || !because_wanted
            || !premises_wanted
            || depends == row.premises.is_empty()
        {
            wrong.push(format!(
                "{}: {:?} for {:?} because {because:?} premises {named:?} {:?}",
                case["id"], row.decision, row.expected, row.error
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
