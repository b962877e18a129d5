//! Runs the rules and makes the report.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::places::Places;
use super::report::{
    ExpectedRow, GapRow, InScopeRow, JoinRow, KeyRow, OptionsRow, OtherRow, OutcomeKind, OutcomeRow, Report,
    SCHEMA_VERSION, Scope, SourceRow, SourceStatus, Tool,
};
use super::{Options, answers, claim_files, claims, exit, guide, summary};
use crate::encoding::hex;
use crate::evidence::{Bundle, Data, FileStatus, Key, ScopeReason, Strength};
use crate::finding::Finding;
use crate::rules::{Context, On, Outcome, RULES, Rule, Subject};
use crate::source::SourceId;

/// The subject of rules that judge the evidence as a whole.
const EVIDENCE: &str = "the evidence";

/// A report, and the findings with their spans for renderers that show the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// The report.
    pub report: Report,
    /// Its findings, in the same order.
    pub findings: Vec<Finding>,
}

/// Audits the evidence.
pub fn audit(bundle: &Bundle, options: &Options) -> Audit {
    let hyperlane = options.expects_hyperlane(bundle);
    let context = Context {
        bundle,
        hyperlane,
        as_of: options.as_of,
        addresses: options.addresses(),
        declarations: &options.declarations,
    };
    let (mut findings, mut outcomes) = run_rules(&context, options);
    outcomes.sort_by(|a, b| (&a.rule, &a.subject).cmp(&(&b.rule, &b.subject)));
    findings.sort_by_cached_key(|finding| {
        let place = bundle.sources.place(finding.primary.span);
        let what = (finding.rule, finding.subject.clone());
        (
            std::cmp::Reverse(finding.severity),
            what,
            place.path,
            place.bytes.start,
            finding.fingerprint.clone(),
        )
    });
    let answers = answers::answer(&context, options);
    let missing = exit::missing(bundle, &options.require);
    let exit_code = exit::code(bundle, &options.fail_on, &findings, &answers, &missing);
    // The result speaks of all findings, whichever are shown.
    let result = summary::result(bundle, options, &findings, &answers, &missing);
    let all = findings.len();
    findings.retain(|finding| {
        finding.severity >= options.min_severity && finding.confidence >= options.min_confidence
    });
    let guide = if hyperlane {
        guide::check(&context)
    } else {
        Vec::new()
    };
    let hidden = all.saturating_sub(findings.len());
    let summary = summary::summarise(summary::Counted {
        bundle,
        findings: &findings,
        hidden,
        outcomes: &outcomes,
        answers: &answers,
        missing,
        exit_code,
        result,
    });
    let mut places = Places::new(bundle);
    let report = Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cross_check: cfg!(feature = "cross-check"),
        },
        as_of: options.as_of.to_string(),
        engagement: None,
        options: option_row(options, hyperlane),
        sources: source_rows(bundle),
        evidence_set_sha256: evidence_set(bundle),
        scope: scope(bundle),
        gaps: gaps(bundle),
        claims: claim_files::rows(&context),
        answers,
        keys: keys(&context),
        signatures: super::signatures::rows(bundle),
        access: super::access::rows(&context),
        access_open: super::access::open(bundle),
        guide,
        findings: findings.iter().map(|finding| places.finding(finding)).collect(),
        outcomes,
        waivers: Vec::new(),
        summary,
    };
    Audit { report, findings }
}

/// True if `--select` and `--ignore` let a rule run.
fn is_selected(rule: &dyn Rule, options: &Options) -> bool {
    let meta = rule.meta();
    let named = |list: &[String]| {
        list.iter()
            .any(|name| name == meta.id || name == meta.group.word())
    };
    (options.select.is_empty() || named(&options.select)) && !named(&options.ignore)
}

fn run_rules(context: &Context<'_>, options: &Options) -> (Vec<Finding>, Vec<OutcomeRow>) {
    let mut findings = Vec::new();
    let mut outcomes = Vec::new();
    let keys: Vec<&Key> = context
        .bundle
        .keys
        .iter()
        .filter(|key| key.scope.is_some())
        .collect();
    let selected = RULES.iter().filter(|rule| is_selected(**rule, options));
    let jobs: Vec<(&dyn Rule, Option<Subject<'_>>)> = selected
        .flat_map(|rule| match rule.meta().on {
            On::Evidence => vec![(*rule, Some(Subject::Evidence))],
            On::Key if keys.is_empty() => vec![(*rule, None)],
            On::Key => keys.iter().map(|key| (*rule, Some(Subject::Key(key)))).collect(),
        })
        .collect();
    // Each stands alone, and the results keep the order of the list.
    let judged: Vec<Outcome> = jobs
        .par_iter()
        .map(|(rule, subject)| match subject {
            Some(subject) => rule.judge(context, *subject),
            None => Outcome::NotEvaluated("no key is in scope".to_owned()),
        })
        .collect();
    for ((rule, subject), outcome) in jobs.into_iter().zip(judged) {
        let (kind, reason) = match outcome {
            Outcome::Findings(found) => {
                let reason = format!(
                    "{} finding{}",
                    found.len(),
                    if found.len() == 1 { "" } else { "s" }
                );
                findings.extend(found);
                (OutcomeKind::Findings, reason)
            }
            Outcome::Pass(proof) => (OutcomeKind::Pass, proof),
            Outcome::NotApplicable(why) => (OutcomeKind::NotApplicable, why),
            Outcome::NotEvaluated(missing) => (OutcomeKind::NotEvaluated, missing),
        };
        outcomes.push(OutcomeRow {
            rule: rule.meta().id.to_owned(),
            subject: match subject {
                Some(Subject::Key(key)) => key.subject(),
                _ => EVIDENCE.to_owned(),
            },
            outcome: kind,
            reason,
        });
    }
    (findings, outcomes)
}

fn option_row(options: &Options, hyperlane: bool) -> OptionsRow {
    OptionsRow {
        evidence: options.evidence.clone(),
        profile: if hyperlane { "hyperlane" } else { "none" }.to_owned(),
        config: None,
        select: options.select.clone(),
        ignore: options.ignore.clone(),
        min_severity: options.min_severity,
        min_confidence: options.min_confidence,
        fail_on: options
            .fail_on
            .iter()
            .map(|fail| fail.word().to_owned())
            .collect(),
        require: options
            .require
            .iter()
            .map(|kind| kind.word().to_owned())
            .collect(),
        chain_id: options.chain_id,
        prefix: options.prefix.map(|prefix| prefix.to_string()),
    }
}

/// A row for each file.
fn source_rows(bundle: &Bundle) -> Vec<SourceRow> {
    let strengths: BTreeMap<SourceId, Strength> = bundle
        .artefacts
        .iter()
        .map(|artefact| (artefact.file, artefact.strength))
        .collect();
    bundle
        .files
        .iter()
        .map(|file| {
            source_row(
                bundle,
                file,
                strengths
                    .get(&file.source)
                    .copied()
                    .unwrap_or(Strength::ClientFile),
            )
        })
        .collect()
}

fn source_row(bundle: &Bundle, file: &crate::evidence::FileRecord, strength: Strength) -> SourceRow {
    let (status, reason) = match &file.status {
        FileStatus::Used => (SourceStatus::Used, None),
        FileStatus::NotRecognised(reason) => (SourceStatus::NotRecognised, Some(reason.clone())),
        FileStatus::Broken { message, span } => {
            let place = bundle.sources.place(*span);
            // Lines of binary data mean nothing to a reader; its bytes do.
            let at = if bundle.sources.get(place.file).text().is_some() {
                format!(
                    "line {}, column {} (byte {})",
                    place.start.line, place.start.column, place.bytes.start
                )
            } else {
                format!("byte {}", place.bytes.start)
            };
            let inner = place.inner.map_or(String::new(), |(document, at)| {
                format!("; in the {document} line {}, column {}", at.line, at.column)
            });
            (SourceStatus::Broken, Some(format!("{message}, at {at}{inner}")))
        }
    };
    SourceRow {
        path: file.path.clone(),
        sha256: hex::encode(&bundle.sources.get(file.source).sha256()),
        format: file.format.map(str::to_owned),
        strength,
        status,
        reason,
    }
}

fn evidence_set(bundle: &Bundle) -> String {
    let mut hash = Sha256::new();
    for file in &bundle.files {
        hash.update(hex::encode(&bundle.sources.get(file.source).sha256()));
        hash.update(b"  ");
        hash.update(file.path.as_bytes());
        hash.update(b"\n");
    }
    let digest: [u8; 32] = hash.finalize().into();
    hex::encode(&digest)
}

fn scope(bundle: &Bundle) -> Scope {
    let reason = |reason: ScopeReason| match reason {
        ScopeReason::Claimed => "an address is claimed for it",
        ScopeReason::Configured => "an agent is configured to sign with it",
        ScopeReason::GivenSingly => "given singly",
        ScopeReason::NothingBound => {
            "no claim could be bound to a key: every key with evidence of its own is judged"
        }
        ScopeReason::NothingDeclared => {
            "nothing declares which keys matter: every key with evidence of its own is judged"
        }
    };
    let expected = bundle.expected.iter().filter_map(|expected| {
        let (claim, _) = bundle.claims.get(expected.claim)?;
        Some(ExpectedRow {
            address: claim.address.value.clone(),
            role: claim.role.clone(),
            chain: claim.chain.clone(),
            key: expected
                .key
                .and_then(|key| bundle.keys.get(key))
                .map(Key::subject),
        })
    });
    let mut scope = Scope {
        expected: expected.collect(),
        in_scope: Vec::new(),
        other: Vec::new(),
    };
    for key in &bundle.keys {
        match key.scope {
            Some(why) => scope.in_scope.push(InScopeRow {
                subject: key.subject(),
                reason: reason(why).to_owned(),
            }),
            None => scope.other.push(OtherRow {
                subject: key.subject(),
                aliases: key.aliases.clone(),
            }),
        }
    }
    scope
}

fn gaps(bundle: &Bundle) -> Vec<GapRow> {
    let mut rows: Vec<GapRow> = bundle
        .gaps
        .iter()
        .map(|gap| GapRow {
            kind: gap.kind.clone(),
            subject: gap.key.and_then(|key| bundle.keys.get(key)).map(Key::subject),
            message: gap.message.clone(),
        })
        .collect();
    rows.extend(answers::missing_evidence(bundle));
    rows
}

fn keys(context: &Context<'_>) -> Vec<KeyRow> {
    let bundle = context.bundle;
    let mut order: Vec<&Key> = bundle.keys.iter().collect();
    order.sort_by_key(|key| key.scope.is_none());
    order.into_iter().map(|key| key_row(context, key)).collect()
}

fn key_row(context: &Context<'_>, key: &Key) -> KeyRow {
    let bundle = context.bundle;
    let metadata = || {
        bundle
            .of_key(key)
            .filter_map(|(artefact, _)| match &artefact.data {
                Data::Metadata(metadata) => Some(metadata),
                _ => None,
            })
    };
    let computed = bundle
        .of_key(key)
        .filter_map(|(artefact, _)| match &artefact.data {
            Data::PublicKey(export) => match &export.result {
                Err(error) => error.key_spec(),
                Ok(_) => Some("ECC_SECG_P256K1"),
            },
            _ => None,
        });
    let named = metadata().filter_map(|metadata| Some(metadata.key_spec.as_ref()?.value.as_str()));
    let (addresses, second) = claims::addresses(context, key);
    KeyRow {
        subject: key.subject(),
        in_scope: key.scope.is_some(),
        id: key.id.clone(),
        arn: key.arn.clone(),
        declared: key.declared.clone(),
        aliases: key.aliases.clone(),
        key_spec: joined(computed.chain(named)),
        fingerprint: key.public_key.as_ref().map(|key| key.fingerprint().to_string()),
        addresses,
        second_derivation: second,
        joins: key
            .joins
            .iter()
            .filter_map(|join| join_row(bundle, join))
            .collect(),
        claims: bundle
            .claims_of(key)
            .map(|(claim, bound)| claims::row(context, key, claim, bound))
            .collect(),
        activity: joined(metadata().filter_map(|metadata| Some(metadata.key_state.as_ref()?.value.as_str()))),
        origin: joined(metadata().filter_map(|metadata| Some(metadata.origin.as_ref()?.value.as_str()))),
    }
}

/// The value that all exports agree on; all of them, sorted, where they do not.
fn joined<'t>(values: impl Iterator<Item = &'t str>) -> Option<String> {
    let values: Vec<&str> = values.collect::<BTreeSet<_>>().into_iter().collect();
    match values.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        several => Some(format!("{} (contradictory)", several.join(" / "))),
    }
}

fn join_row(bundle: &Bundle, join: &crate::evidence::Join) -> Option<JoinRow> {
    let artefact = bundle.artefact(join.artefact)?;
    let path = bundle.sources.get(artefact.file).name();
    Some(JoinRow {
        artefact: format!("{path} ({})", answers::kind(&artefact.data)),
        by: join.by,
        strength: artefact.strength,
    })
}
