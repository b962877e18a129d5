//! Requests that are held against policies one by one: what the `simulate` command answers.

mod case;
mod row;

use rayon::prelude::*;

use super::Line;
use super::verification::given_back;
use crate::arn::Arn;
use crate::json::{self, Limits, Node};
use crate::policy::Effect;

pub use case::SIMULATE_ERROR_CODES;
pub use row::{BecauseRow, DecisionWord, EffectWord, PremiseRow, SimulateError, SimulateRow};

use case::{Case, Fault};

use crate::policy::evaluate::KeyMetadata;

/// Limits of the JSON of one case.
const LIMITS: Limits = Limits {
    depth: 96,
    values: 400_000,
};

/// Decides lines of JSON, all at once; row i is that of line i. A bad line is a row with an error.
pub fn simulate_lines(lines: &[Line<'_>]) -> Vec<SimulateRow> {
    lines.par_iter().map(line).collect()
}

/// The metadata of a key as `DescribeKey` prints it, and the account that it names (KMS API Reference, `KeyMetadata`).
///
/// # Errors
/// What is wrong with it, in words.
pub fn described_key(node: &Node) -> Result<(KeyMetadata, Option<String>), String> {
    let key = case::metadata(node, "KeyMetadata").map_err(|fault| fault.message)?;
    let own = node.get("KeyMetadata").unwrap_or(node);
    let known = ["Arn", "KeySpec", "KeyUsage", "Origin", "MultiRegion"];
    if own.get_any(&known).is_none() {
        return Err("it is not the answer of aws kms describe-key".to_owned());
    }
    let of_arn = own.str_of("Arn").and_then(Arn::parse).map(|arn| arn.account);
    let account = own.str_of("AWSAccountId").or(of_arn);
    Ok((key, account.map(str::to_owned)))
}

/// Decides one case.
pub fn simulate_case(case: &Node) -> SimulateRow {
    let mut row = SimulateRow::new();
    match Case::read(case) {
        Err(fault) => row.error = Some(fault.into()),
        Ok(case) => decide(&case, &mut row),
    }
    row
}

fn line(line: &Line<'_>) -> SimulateRow {
    let fail = |code: &str, message: &str, offset| SimulateRow {
        line: Some(line.number),
        error: Some(SimulateError {
            code: code.to_owned(),
            message: message.to_owned(),
            offset,
            pointer: None,
        }),
        ..SimulateRow::new()
    };
    let Some(bytes) = line.bytes else {
        return fail("line-too-long", "the line is longer than what is read", None);
    };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}'),
        Err(error) => return fail("not-utf8", "the line is not UTF-8", Some(error.valid_up_to())),
    };
    let node = match json::parse(text, &LIMITS) {
        Ok(node) => node,
        Err(error) => return fail("not-json", &error.message, Some(error.offset)),
    };
    let id = node
        .get("id")
        .and_then(|id| text.get(id.span.clone()))
        .and_then(given_back);
    SimulateRow {
        line: Some(line.number),
        id,
        ..simulate_case(&node)
    }
}

fn decide(case: &Case, row: &mut SimulateRow) {
    let decision = case.policies.decide(&case.request);
    let word = DecisionWord::from(decision.verdict);
    row.decision = Some(word);
    row.because = decision
        .because
        .iter()
        .map(|because| BecauseRow {
            policy: case.name_of(because.policy),
            statement: because.statement,
            sid: because
                .statement
                .and_then(|at| case.policies.policy(because.policy)?.sid(at))
                .map(str::to_owned),
            pointer: because.pointer(),
            effect: match because.effect {
                Effect::Allow => EffectWord::Allow,
                Effect::Deny => EffectWord::Deny,
            },
        })
        .collect();
    row.premises = decision
        .premises
        .into_iter()
        .map(|premise| PremiseRow {
            code: premise.code.id().to_owned(),
            message: premise.message,
        })
        .collect();
    row.notes = decision.notes;
    row.expected = case.expected;
    row.as_expected = case.expected.map(|expected| expected == word);
    row.unused.clone_from(&case.unused);
}

impl From<Fault> for SimulateError {
    fn from(fault: Fault) -> Self {
        Self {
            code: fault.code.to_owned(),
            message: fault.message,
            offset: fault.offset,
            pointer: Some(fault.pointer),
        }
    }
}

#[cfg(test)]
mod tests;
