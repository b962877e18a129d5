//! Every renderer over any evidence: it ends, says the same twice, and lets no text of the evidence act.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use kms_audit::audit::{Options, audit};
use kms_audit::evidence::assemble;
use kms_audit::report::{FORMATS, Input, Show, Style};
use kms_audit::source::is_deceptive;

use super::recogniser;

pub fn body(data: &[u8]) {
    let Some(gathered) = recogniser::read(data, &recogniser::options(), false) else {
        return;
    };
    let bundle = assemble(gathered.sources, gathered.files, gathered.artefacts);
    let mut options = Options::new(jiff::civil::date(2026, 11, 20), "evidence");
    options.hyperlane = data.len().is_multiple_of(2).then_some(true);
    let audit = audit(&bundle, &options);
    let style = Style {
        width: 80 + data.len() % 3 * 20,
        color: false,
    };
    for format in FORMATS {
        let input = Input {
            audit: &audit,
            bundle: &bundle,
            show: Show::All,
        };
        let text = format.render(&input, style);
        assert!(text.ends_with('\n'), "{}: no line end at the end", format.id());
        assert!(!text.contains('\r'), "{}: a carriage return", format.id());
        for line in text.lines() {
            let bad = line.chars().find(|char| is_deceptive(*char));
            assert!(bad.is_none(), "{}: {bad:?} in {line:?}", format.id());
        }
        assert_eq!(
            format.render(&input, style),
            text,
            "{}: twice the same",
            format.id()
        );
        if format.id() == "json" {
            let value = serde_json::from_str::<serde_json::Value>(&text);
            assert!(value.is_ok_and(|value| value["schema_version"] == 1));
        }
    }
}
