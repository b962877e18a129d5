//! A name that stands twice in one JSON object.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::evidence::{Artefact, Bundle, Data, PolicyExport, Trouble};
use crate::finding::{Finding, Label, Severity};
use crate::json::{Limits, Node, parse};
use crate::policy::{Fault, FaultCode, Kind};
use crate::rules::common::{at_most_per_file, short, subject_of};
use crate::rules::{Context, Meta, Outcome, evidence_rule};
use crate::source::{SourceId, Span};

evidence_rule!(
    /// `duplicate-json-key`
    DuplicateJsonKey,
    "duplicate-json-key",
    Inventory,
    High,
    "A name stands twice in one JSON object: two readers may take two different values",
    "duplicate_json_key.md",
    judge
);

/// The most names that one finding lists.
const MOST_NAMES: usize = 10;

fn judge(meta: &'static Meta, context: &Context<'_>) -> Outcome {
    let bundle = context.bundle;
    if bundle.artefacts.is_empty() {
        return Outcome::NotEvaluated("no file was recognised".to_owned());
    }
    let mut findings = Vec::new();
    for (index, artefact) in bundle.artefacts.iter().enumerate() {
        let of_case = match &artefact.data {
            Data::Policy(policy) => other_case(policy),
            _ => Vec::new(),
        };
        if artefact.troubles.is_empty() && of_case.is_empty() {
            continue;
        }
        let Some(subject) = subject_of(bundle, index) else {
            continue;
        };
        findings.extend(
            objects(bundle, artefact)
                .iter()
                .map(|object| finding(meta, artefact, &subject, object)),
        );
        if let Data::Policy(policy) = &artefact.data {
            findings.extend(
                of_case
                    .iter()
                    .map(|fault| case_finding(meta, policy, &subject, fault)),
            );
        }
    }
    Outcome::of(
        at_most_per_file(bundle, meta, findings),
        "no name stands twice in one object of any JSON file",
    )
}

/// Condition keys, or operators, that differ in letter case only: one name to IAM, two to JSON.
fn other_case(policy: &PolicyExport) -> Vec<Fault> {
    let mut faults = policy.document.faults(Kind::Key);
    faults.retain(|fault| fault.code == FaultCode::DuplicateKeyInOtherCase);
    faults
}

fn case_finding(meta: &'static Meta, policy: &PolicyExport, subject: &str, fault: &Fault) -> Finding {
    let place = |range: &Range<usize>| Span::new(policy.source, range.clone());
    let label = Label {
        span: place(&fault.span),
        message: "the same name again".to_owned(),
    };
    let message = format!("{}: to IAM they are one name", fault.message);
    let mut builder = Finding::builder(meta.id, meta.severity, subject, message, label);
    if let Some(first) = &fault.related {
        builder = builder.related(place(first), "the one before");
    }
    let inside = |own: &Range<usize>| own.start <= fault.span.start && fault.span.end <= own.end;
    let statements = policy.document.statements.iter();
    let content = statements
        .enumerate()
        .find(|(_, statement)| inside(&statement.span))
        .and_then(|(index, _)| policy.document.statement_node(index))
        .map(crate::policy::canonical)
        .unwrap_or_default();
    builder
        .consequence("whether IAM asks for both, or for one of them, is not documented: the condition may be weaker than it reads")
        .note("IAM takes the names of condition keys and operators without regard to letter case.")
        .remedy("Write the name once, with all its values in one list, or the one of the two conditions that is meant.")
        .content(&format!("{}\n{content}", fault.message))
}

/// One name of an object that stands there more than once.
struct Repeated<'b> {
    name: &'b str,
    first: Span,
    last: Span,
    /// How often, the first time left out.
    again: usize,
}

/// The repeated names of one object, and its canonical text.
#[derive(Default)]
struct Object<'b> {
    names: Vec<Repeated<'b>>,
    canonical: String,
}

/// The objects of an artefact that have names twice, in the order of the text. Each source is parsed once.
fn objects<'b>(bundle: &'b Bundle, artefact: &'b Artefact) -> Vec<Object<'b>> {
    let mut by_source: BTreeMap<SourceId, Vec<(&str, Span, Span)>> = BTreeMap::new();
    for trouble in &artefact.troubles {
        if let Trouble::DuplicateKey { key, first, second } = trouble {
            let list = by_source.entry(second.source).or_default();
            list.push((key, *first, *second));
        }
    }
    let mut found = Vec::new();
    for (source, troubles) in by_source {
        let root = bundle
            .sources
            .get(source)
            .text()
            .and_then(|text| parse(text, &Limits::default()).ok());
        let mut owners: BTreeMap<usize, &Node> = BTreeMap::new();
        if let Some(root) = &root {
            collect_owners(root, &mut owners);
        }
        let mut objects: BTreeMap<usize, (Object<'b>, BTreeMap<&str, usize>)> = BTreeMap::new();
        for (name, first, second) in troubles {
            let owner = owners.get(&second.start);
            let at = owner.map_or(0, |node| node.span.start);
            let (object, places) = objects.entry(at).or_insert_with(|| {
                let canonical = owner.map_or_else(String::new, |node| crate::policy::canonical(node));
                let object = Object {
                    names: Vec::new(),
                    canonical,
                };
                (object, BTreeMap::new())
            });
            let next = object.names.len();
            let place = *places.entry(name).or_insert(next);
            match object.names.get_mut(place) {
                Some(known) => {
                    known.last = second;
                    known.again = known.again.saturating_add(1);
                }
                None => object.names.push(Repeated {
                    name,
                    first,
                    last: second,
                    again: 1,
                }),
            }
        }
        found.extend(objects.into_values().map(|(object, _)| object));
    }
    found
}

/// The object that each name belongs to, by where the name starts.
fn collect_owners<'n>(node: &'n Node, owners: &mut BTreeMap<usize, &'n Node>) {
    for member in node.members() {
        owners.insert(member.key_span.start, node);
        collect_owners(&member.value, owners);
    }
    for item in node.items() {
        collect_owners(item, owners);
    }
}

fn finding(meta: &'static Meta, artefact: &Artefact, subject: &str, object: &Object<'_>) -> Finding {
    let severity = match artefact.data {
        Data::Policy(_) | Data::Metadata(_) | Data::PublicKey(_) => meta.severity,
        _ => Severity::Medium,
    };
    let mut names: Vec<String> = object
        .names
        .iter()
        .take(MOST_NAMES)
        .map(|one| format!("\"{}\"", short(one.name)))
        .collect();
    if object.names.len() > MOST_NAMES {
        names.push(format!("{} more", object.names.len().saturating_sub(MOST_NAMES)));
    }
    let message = match (object.names.as_slice(), joined(&names)) {
        ([one], name) if one.again == 1 => {
            format!("{name} stands twice in one object: the later value is taken")
        }
        ([one], name) => format!(
            "{name} stands {} times in one object: the last value is taken",
            one.again.saturating_add(1)
        ),
        (_, names) => format!("{names} stand more than once in one object: the last value of each is taken"),
    };
    let mut places = object.names.iter();
    let nowhere = || Span::new(artefact.file, 0..0);
    let (first, last) = places
        .next()
        .map_or_else(|| (nowhere(), nowhere()), |one| (one.first, one.last));
    let label = Label {
        span: last,
        message: "the later one, whose value counts here".to_owned(),
    };
    let mut finding = Finding::builder(meta.id, severity, subject, message, label)
        .related(first, "the earlier one, whose value is passed over");
    for other in places.take(MOST_NAMES.saturating_sub(1)) {
        finding = finding.related(other.last, "the later one of another name");
    }
    let content: Vec<&str> = object
        .names
        .iter()
        .map(|one| one.name)
        .chain([object.canonical.as_str()])
        .collect();
    finding
        .consequence("a reviewer who reads the earlier value, or a program that takes it, sees another document than AWS")
        .note("AWS and most readers take the later value; RFC 8259 leaves it open. AWS never exports such a document.")
        .remedy("Export the file again with the AWS CLI, and find out who changed this copy. Keep one of the two.")
        .content(&content.join("\n"))
}

/// `a, b and c`
fn joined(names: &[String]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
