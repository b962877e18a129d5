//! Any bytes as evidence, joined and audited: it ends, the order of files does not matter, and every place of a finding
//! lies inside its file.

#![allow(unreachable_pub, reason = "shared by the fuzz targets and a test")]

use kms_audit::audit::{Audit, Options as AuditOptions, audit};
use kms_audit::evidence::assemble;
use kms_audit::input::{FORMATS, Gathered, Options};

use super::recogniser::{options, place, places, read};

pub fn body(data: &[u8]) {
    let first = judge(read(data, &options(), false));
    let second = judge(read(data, &options(), true));
    match (&first, &second) {
        (Some((_, first)), Some((_, second))) => {
            assert_eq!(
                first, second,
                "the order in which files are read changes the report"
            );
        }
        (None, None) => {}
        _ => assert!(false, "read once, but not twice"),
    }
    let forced = Options {
        format: FORMATS.get(data.len() % FORMATS.len()).copied(),
        ..options()
    };
    judge(read(data, &forced, false));
}

fn judge(gathered: Option<Gathered>) -> Option<(Audit, String)> {
    let Gathered {
        sources,
        files,
        artefacts,
        ..
    } = gathered?;
    let bundle = assemble(sources, files, artefacts);
    places(&bundle);
    let day = jiff::civil::date(2026, 11, 20);
    let audit = audit(&bundle, &AuditOptions::new(day, "evidence"));
    for finding in &audit.findings {
        place(&bundle, finding.primary.span);
        for label in &finding.related {
            place(&bundle, label.span);
        }
    }
    let json = serde_json::to_string(&audit.report).expect("a report is JSON");
    Some((audit, json))
}
