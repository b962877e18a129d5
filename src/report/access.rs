//! Who can do what with a key, as text.

use std::collections::BTreeMap;

use super::Style;
use super::compact::{compact, path};
use super::json_text;
use super::page::{Page, safe};
use crate::audit::{AccessDecision, AccessReport, AccessRow, AccessWay};
use crate::policy::access::ActionClass;

/// Headers of the columns of classes.
const HEADERS: [&str; 7] = ["", "SIGN", "READ", "ADMIN", "GRANT", "DELETE", "ALIAS"];

/// Who may sign with one key and why, then everybody's rights as a matrix.
pub(super) fn of_key(page: &mut Page, rows: &[&AccessRow], open: &[&str], evidence: &str, indent: usize) {
    let label = format!("{:indent$}who can sign", "");
    let at = indent.saturating_add(13);
    let sign = ActionClass::Sign.word();
    let mut lines: Vec<String> = rows
        .iter()
        .filter(|row| row.action_class == sign)
        .map(|row| sentence(row, evidence))
        .collect();
    if lines.is_empty() {
        let nobody = if open.is_empty() {
            "nobody, by this evidence"
        } else {
            "nobody that is known"
        };
        lines.push(nobody.to_owned());
    }
    lines.extend(open.iter().map(|message| format!("not known: {}", safe(message))));
    for (index, line) in lines.iter().enumerate() {
        page.labelled(if index == 0 { &label } else { "" }, at, line);
    }
    matrix(page, rows, indent);
}

/// `user/agent: yes, direct (key policy, statement 2, file:line)`.
fn sentence(row: &AccessRow, evidence: &str) -> String {
    let verdict = match row.decision {
        AccessDecision::Allowed => "yes",
        AccessDecision::Depends => "depends",
    };
    let ways: Vec<&str> = row.ways.iter().map(|way| words(*way)).collect();
    let how = if ways.is_empty() {
        String::new()
    } else {
        format!(", {}", ways.join(" and "))
    };
    let via: Vec<String> = row.via.iter().map(|via| ground(via, evidence)).collect();
    let by = if via.is_empty() {
        String::new()
    } else {
        format!(": {}", via.join("; "))
    };
    let premises: Vec<String> = row.premises.iter().map(|premise| compact(premise)).collect();
    let when = if premises.is_empty() {
        String::new()
    } else {
        format!(", if {}", premises.join(" and "))
    };
    let declared = match row.declared {
        Some(true) => " (declared)",
        Some(false) => " (NOT DECLARED)",
        None => "",
    };
    format!("{}{declared}: {verdict}{how}{when}{by}", compact(&row.name))
}

/// A ground's place without the folder that was audited.
fn ground(via: &str, evidence: &str) -> String {
    match via.rsplit_once(" (") {
        Some((words, place)) => format!("{} ({}", safe(words), path(place, evidence)),
        None => safe(via),
    }
}

fn words(way: AccessWay) -> &'static str {
    match way {
        AccessWay::Direct => "by name",
        AccessWay::Delegated => "through IAM",
        AccessWay::Grant => "by a grant",
    }
}

/// One line a principal, one column a class.
fn matrix(page: &mut Page, rows: &[&AccessRow], indent: usize) {
    let mut order: Vec<&str> = Vec::new();
    let mut cells: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
    for row in rows {
        let own = cells.entry(&row.name).or_insert_with(|| {
            order.push(&row.name);
            vec!["-"; ActionClass::ALL.len()]
        });
        let column = ActionClass::ALL
            .iter()
            .position(|class| class.word() == row.action_class);
        if let Some(cell) = column.and_then(|column| own.get_mut(column)) {
            *cell = match row.decision {
                AccessDecision::Allowed => "yes",
                AccessDecision::Depends => "if",
            };
        }
    }
    let lines: Vec<Vec<String>> = order
        .into_iter()
        .map(|name| {
            let own = cells.get(name).into_iter().flatten();
            std::iter::once(compact(name))
                .chain(own.map(|cell| (*cell).to_owned()))
                .collect()
        })
        .collect();
    if lines.is_empty() {
        return;
    }
    let fixed: Vec<(usize, u16)> = (1..HEADERS.len()).map(|column| (column, 6)).collect();
    page.grid(Some(&HEADERS), &lines, &fixed, indent);
}

/// `access` as a text: each key with who may sign, and the matrix.
pub fn table(report: &AccessReport, style: Style) -> String {
    let mut page = Page::new(style);
    for (index, key) in report.keys.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.labelled("KEY  ", 5, &safe(&key.key));
        if !key.aliases.is_empty() {
            page.labelled("  alias", 15, &safe(&key.aliases.join(", ")));
        }
        if let Some(assumed) = &key.assumed {
            page.labelled("  assumed", 15, &safe(assumed));
        }
        let own: Vec<&AccessRow> = report.access.iter().filter(|row| row.key == key.key).collect();
        let open: Vec<&str> = report
            .access_open
            .iter()
            .filter(|row| row.key == key.key)
            .map(|row| row.message.as_str())
            .collect();
        if report.filtered {
            for row in &own {
                page.labelled(
                    &format!("  {}", row.action_class),
                    18,
                    &sentence(row, &report.evidence),
                );
            }
            if own.is_empty() {
                page.labelled(
                    "  nothing",
                    15,
                    "nobody that was asked for may do what was asked for",
                );
            }
            for message in open {
                page.labelled("  not known", 15, &safe(message));
            }
        } else {
            of_key(&mut page, &own, &open, &report.evidence, 2);
        }
    }
    if report.keys.is_empty() {
        page.line("no key in the evidence");
    }
    page.gap();
    page.labelled(
        "",
        0,
        "yes: nothing is left to depend on. if: with the premises that --format json lists. -: no. Service control \
         policies, resource control policies and VPC endpoint policies were not read: they only take away.",
    );
    page.finish()
}

/// `access` as JSON.
pub fn json(report: &AccessReport) -> String {
    json_text(report)
}
