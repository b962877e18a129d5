//! `kms-audit rules`, `explain` and `man`

use std::path::Path;

use clap::CommandFactory as _;
use kms_audit::report::rules;
use kms_audit::rules::{RULES, rule_by_id};

use super::Failure;
use super::args::{Cli, ExplainArgs, RulesArgs, RulesFormat};
use super::output::{self, Terminal};

/// Lists the rules.
pub(super) fn list(args: &RulesArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let list = rules::list();
    let text = match args.format {
        RulesFormat::Table => rules::table(&list, terminal.style()),
        RulesFormat::Json => rules::json(&list),
        RulesFormat::Markdown => rules::markdown(),
    };
    output::stdout(text.as_bytes())?;
    Ok(0)
}

/// Prints the page of one rule.
pub(super) fn explain(args: &ExplainArgs) -> Result<u8, Failure> {
    let Some(rule) = rule_by_id(&args.rule) else {
        let known: Vec<&str> = RULES.iter().map(|rule| rule.meta().id).collect();
        return Err(Failure::usage(
            format!("there is no rule {}{}", args.rule, suggestion(&args.rule, &known)),
            "kms-audit rules lists them.",
        ));
    };
    output::stdout(rule.meta().page.as_bytes())?;
    Ok(0)
}

/// Writes a manual page for the program and for each command.
pub(super) fn man(dir: &Path) -> Result<u8, Failure> {
    clap_mangen::generate_to(Cli::command(), dir).map_err(|error| Failure::Write {
        path: dir.display().to_string(),
        reason: error.to_string(),
    })?;
    Ok(0)
}

/// `: did you mean X?`, for a name that is near a known one.
pub(super) fn suggestion(name: &str, known: &[&str]) -> String {
    let best = known
        .iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .min();
    match best {
        Some((distance, candidate)) if distance <= 3 || candidate.contains(name) => {
            format!(": did you mean {candidate}?")
        }
        _ => String::new(),
    }
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut left = i.saturating_add(1);
        let mut diagonal = i;
        let mut next = vec![left];
        for (above, y) in row.iter().skip(1).zip(&b) {
            let cost = diagonal.saturating_add(usize::from(x != *y));
            left = cost.min(left.saturating_add(1)).min(above.saturating_add(1));
            next.push(left);
            diagonal = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(
            suggestion("claim-mismatsh", &["claim-mismatch"]),
            ": did you mean claim-mismatch?"
        );
        assert_eq!(suggestion("xyzzyxyzzy", &["claim-mismatch"]), "");
    }
}
