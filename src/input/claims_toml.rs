//! Claims as TOML: `[[claim]]` or `[[claims]]` tables with `address`, `role`, `chain`, `key`, `source`, `signer`,
//! `administrator` (each a string or a list).

use serde::Deserialize;
use toml::Spanned;

use super::{Format, Probe, Reader};
use crate::evidence::{Claim, ClaimOrigin, Data, Field};

/// Claims in TOML.
pub(super) struct ClaimsToml;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(alias = "claim")]
    claims: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    address: Spanned<String>,
    role: Option<String>,
    chain: Option<String>,
    key: Option<Spanned<String>>,
    source: Option<String>,
    signer: Option<Spanned<OneOrMany>>,
    administrator: Option<Spanned<OneOrMany>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn list(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

impl Format for ClaimsToml {
    fn id(&self) -> &'static str {
        "claims-toml"
    }

    fn title(&self) -> &'static str {
        "a claims file in TOML"
    }

    fn is_of_trees(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.text().is_some_and(|text| {
            text.lines()
                .map(str::trim)
                .any(|line| matches!(line, "[[claim]]" | "[[claims]]"))
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let text = probe.text().unwrap_or_default();
        let file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                let span = error.span().unwrap_or(0..text.len());
                reader.broken(
                    format!("not a claims file: {}", error.message()),
                    probe.span(span),
                );
                return;
            }
        };
        let place = |field: Spanned<String>| Field {
            span: probe.span(field.span()),
            value: field.into_inner(),
        };
        let several = |field: Option<Spanned<OneOrMany>>| -> Vec<Field<String>> {
            let Some(field) = field else { return Vec::new() };
            let span = probe.span(field.span());
            let values = field.into_inner().list().into_iter();
            values.map(|value| Field { value, span }).collect()
        };
        let claims = file
            .claims
            .into_iter()
            .map(|row| Claim {
                address: place(row.address),
                role: row.role.map(|role| role.to_lowercase()),
                chain: row.chain.map(|chain| chain.to_lowercase()),
                key: row.key.map(place),
                source: row.source,
                signers: several(row.signer),
                administrators: several(row.administrator),
                alias: None,
                origin: ClaimOrigin::Owner,
                set: None,
            })
            .collect();
        reader.push(probe.whole(), Data::Claims(claims));
    }
}
