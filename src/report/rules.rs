//! Renderers of `rules` and `explain`, and the rules page of the docs: all from the rules' own pages.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Page;
use super::{Style, json_text};
use crate::audit::SCHEMA_VERSION;
use crate::finding::Severity;
use crate::rules::RULES;

/// The list of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleList {
    /// 1.
    pub schema_version: u32,
    /// The rules, by group and id.
    pub rules: Vec<RuleRow>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleRow {
    /// Its id.
    pub id: String,
    /// Its group.
    pub group: String,
    /// Its usual severity.
    pub severity: Severity,
    /// What it finds.
    pub title: String,
}

/// Every rule.
pub fn list() -> RuleList {
    let rules = RULES
        .iter()
        .map(|rule| rule.meta())
        .map(|meta| RuleRow {
            id: meta.id.to_owned(),
            group: meta.group.word().to_owned(),
            severity: meta.severity,
            title: meta.title.to_owned(),
        })
        .collect();
    RuleList {
        schema_version: SCHEMA_VERSION,
        rules,
    }
}

/// The list as a table.
pub fn table(list: &RuleList, style: Style) -> String {
    let mut page = Page::new(style);
    let rows: Vec<Vec<String>> = list
        .rules
        .iter()
        .map(|rule| {
            vec![
                rule.id.clone(),
                rule.group.clone(),
                rule.severity.word().to_owned(),
                rule.title.clone(),
            ]
        })
        .collect();
    page.grid(
        Some(&["RULE", "GROUP", "USUALLY", "WHAT IT FINDS"]),
        &rows,
        &[(0, 34), (1, 10), (2, 8)],
        0,
    );
    page.finish()
}

/// The list as JSON.
pub fn json(list: &RuleList) -> String {
    json_text(list)
}

/// The docs' page of all rules, in Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Rules\n\nGenerated from the rules' own pages (`src/rules/`); `kms-audit explain RULE` prints one of them.\n\n\
         | rule | group | usually | what it finds |\n|---|---|---|---|\n",
    );
    for rule in &list().rules {
        let _ = writeln!(
            text,
            "| [{id}](#{id}) | {} | {} | {} |",
            rule.group,
            rule.severity.word(),
            rule.title.replace('|', "\\|"),
            id = rule.id
        );
    }
    for rule in RULES {
        // Each page is a document of its own; here its headings stand one level lower.
        text.push('\n');
        for line in rule.meta().page.lines() {
            if line.starts_with('#') {
                text.push('#');
            }
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
