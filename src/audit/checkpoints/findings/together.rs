//! What follows from all records together.

use super::super::CheckpointOptions;
use super::super::report::CheckpointFinding;
use super::{DISAGREE, EQUIVOCATION, GAP, NONCE, ROOT, chain, finding, name, place, said, short, word};
use crate::finding::Severity;
use crate::hyperlane::history::{Gap, Observations};

/// Findings of one kind that are listed; what is beyond is told in one more.
const MOST: usize = 200;

/// All of it.
pub(in super::super) fn of_observations(
    seen: &Observations,
    options: &CheckpointOptions,
) -> Vec<CheckpointFinding> {
    let mut found = Vec::new();
    let mut push = |all: Vec<CheckpointFinding>| {
        let more = all.len().saturating_sub(MOST);
        let last = all.get(MOST).cloned();
        found.extend(all.into_iter().take(MOST));
        if let Some(last) = last {
            found.push(CheckpointFinding {
                subject: "others".to_owned(),
                message: format!("{more} more of the same kind"),
                records: 0,
                places: Vec::new(),
                ..last
            });
        }
    };
    push(equivocations(seen, options));
    push(roots(seen, options));
    push(disagreements(seen, options));
    push(seen.runs.iter().flat_map(|run| gaps(run, options)).collect());
    push(nonces(seen, options));
    found
}

/// D11.
fn equivocations(seen: &Observations, options: &CheckpointOptions) -> Vec<CheckpointFinding> {
    seen.equivocations
        .iter()
        .map(|one| {
            let statements: Vec<String> = one.statements.iter().map(said).collect();
            let more = one.indices.saturating_sub(1);
            let more = if more > 0 {
                format!("; and at {more} more indices")
            } else {
                String::new()
            };
            finding(
                &EQUIVOCATION,
                Severity::Critical,
                name(&one.signer, options),
                format!(
                    "at index {} of {}, it signed {}{more}",
                    one.index,
                    chain(one.stream.domain, options),
                    statements.join(", and ")
                ),
                one.indices,
                one.statements
                    .iter()
                    .map(|statement| place(&statement.bucket, statement.line)),
            )
        })
        .collect()
}

/// D12.
fn roots(seen: &Observations, options: &CheckpointOptions) -> Vec<CheckpointFinding> {
    seen.root_mismatches
        .iter()
        .map(|one| {
            finding(
                &ROOT,
                Severity::High,
                name(&one.signer, options),
                format!(
                    "at index {} of {}, the root is {}, and the messages up to there make {}",
                    one.index,
                    chain(one.stream.domain, options),
                    word(&one.statement.root),
                    word(&one.recomputed)
                ),
                one.records,
                [place(&one.statement.bucket, one.statement.line)],
            )
        })
        .collect()
}

/// D14.
fn disagreements(seen: &Observations, options: &CheckpointOptions) -> Vec<CheckpointFinding> {
    seen.disagreements
        .iter()
        .map(|one| {
            let views: Vec<String> = one
                .views
                .iter()
                .map(|(statement, signers)| {
                    let names: Vec<String> = signers.iter().map(|signer| name(signer, options)).collect();
                    format!("{} say {}", names.join(", "), said(statement))
                })
                .collect();
            finding(
                &DISAGREE,
                Severity::High,
                chain(one.stream.domain, options),
                format!(
                    "at {} indices, first at {}: {}",
                    one.indices,
                    one.index,
                    views.join("; ")
                ),
                one.indices,
                [],
            )
        })
        .collect()
}

/// D16.
fn nonces(seen: &Observations, options: &CheckpointOptions) -> Vec<CheckpointFinding> {
    seen.nonce_reuse.iter().map(|one| {
        let places: Vec<String> = one
            .records
            .iter()
            .map(|(domain, index, bucket, line)| {
                format!("index {index} of domain {domain} in {}", place(bucket, *line))
            })
            .collect();
        let copied = if one.same_s {
            "; s is the same too, which only one who knows the key can bring about: at least one record is made up"
        } else {
            ""
        };
        finding(
            &NONCE,
            Severity::Critical,
            name(&one.signer, options),
            format!(
                "r {} stands under different digests{}{copied}",
                short(&one.r),
                match one.values.saturating_sub(1) {
                    0 => String::new(),
                    more => format!(", and {more} more values of r do"),
                }
            ),
            one.values,
            places,
        )
    })
    .collect()
}

/// D13: what a run of indices lacks.
fn gaps(run: &Gap, options: &CheckpointOptions) -> Vec<CheckpointFinding> {
    let mut found = Vec::new();
    let subject = format!("{} of {}", run.bucket, name(&run.signer, options));
    if run.missing > 0 {
        let ranges: Vec<String> = run
            .ranges
            .iter()
            .map(|(from, to)| {
                if from == to {
                    from.to_string()
                } else {
                    format!("{from}-{to}")
                }
            })
            .collect();
        found.push(finding(
            &GAP,
            Severity::Medium,
            subject.clone(),
            format!(
                "{} checkpoints of {} are missing between {} and {}: {}",
                run.missing,
                chain(run.stream.domain, options),
                run.first,
                run.last,
                ranges.join(", ")
            ),
            run.missing,
            [],
        ));
    }
    if run.first > 0 {
        found.push(finding(
            &GAP,
            Severity::Low,
            subject,
            format!(
                "the first checkpoint of {} is {}: nothing before it was given",
                chain(run.stream.domain, options),
                run.first
            ),
            u64::from(run.first),
            [],
        ));
    }
    found
}
