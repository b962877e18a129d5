//! Says which values of an export are none: masked, left out, not filled in.

use super::Probe;
use crate::evidence::redacted::{self, Masked};
use crate::evidence::{Artefact, Claim, Data, IamPolicy, PolicyExport, Trouble};
use crate::json::{Node, string_view};
use crate::source::{OffsetMap, SourceId, SourceMap, Span};

/// Members that name something by an id.
const IDS: [&str; 14] = [
    "KeyId",
    "KeyArn",
    "Arn",
    "TargetKeyId",
    "AliasArn",
    "AliasName",
    "GranteePrincipal",
    "RetiringPrincipal",
    "CurrentKeyMaterialId",
    "UserId",
    "RoleId",
    "AWS",
    "Principal",
    "Federated",
];

/// Members with an account id.
const ACCOUNTS: [&str; 3] = ["AWSAccountId", "IssuingAccount", "OwnerAccount"];

/// Members that people write as they like, or that are of no key.
const FREE: [&str; 12] = [
    "Description",
    "TagKey",
    "TagValue",
    "Sid",
    "Id",
    "Name",
    "PolicyName",
    "Version",
    "ResponseMetadata",
    "$metadata",
    "NextToken",
    "NextMarker",
];

/// The most values of one artefact that are told one by one.
const MOST: usize = 1000;

/// Adds what is masked to the troubles of the artefacts that were read from a probe.
pub(super) fn note(probe: &Probe, sources: &SourceMap, artefacts: &mut [Artefact]) {
    for artefact in artefacts {
        let mut notes = Notes {
            found: Vec::new(),
            in_policy: false,
        };
        match &artefact.data {
            Data::Policy(export) => {
                notes.in_policy = true;
                policy(&mut notes, probe, sources, export);
                notes.in_policy = false;
                outside_of_policy(&mut notes, probe);
            }
            Data::Claims(claims) => claims.iter().for_each(|claim| of_claim(&mut notes, claim)),
            Data::Secret(_) => {}
            _ => {
                let within = artefact.span;
                // Of the parts of a tree that the artefact is one of, only its own is walked.
                let root = probe.tree().map(|root| smallest(root, within));
                if let Some(root) = root {
                    walk(&mut notes, root, "", &|node, range| {
                        let span = own_span(probe, node, range);
                        (span.start >= within.start && span.end <= within.end).then_some(span)
                    });
                }
                for policy in iam_documents(&artefact.data) {
                    if policy.source != probe.source {
                        in_text(&mut notes, sources, policy.source, &policy.document.root);
                    }
                }
            }
        }
        artefact.troubles.extend(notes.found);
    }
}

/// The smallest part of a tree that an artefact's place lies in.
fn smallest(root: &Node, within: Span) -> &Node {
    let mut node = root;
    loop {
        let covers = |inner: &&Node| inner.span.start <= within.start && within.end <= inner.span.end;
        let members = node.members().iter().map(|member| &member.value);
        match members.chain(node.items()).find(covers) {
            Some(inner) if inner.is_object() || inner.is_array() => node = inner,
            _ => return node,
        }
    }
}

struct Notes {
    found: Vec<Trouble>,
    in_policy: bool,
}

impl Notes {
    fn push(&mut self, member: &str, masked: Masked, span: Span) {
        if self.found.len() < MOST {
            self.found.push(Trouble::Redacted {
                span,
                member: member.to_owned(),
                masked,
                in_policy: self.in_policy,
            });
        }
    }
}

/// From a part of a string's content to its place; nothing for what is not of the artefact.
type PlaceOf<'p> = dyn Fn(&Node, std::ops::Range<usize>) -> Option<Span> + 'p;

fn walk(notes: &mut Notes, node: &Node, member: &str, place: &PlaceOf<'_>) {
    if FREE.contains(&member) {
        return;
    }
    for own in node.members() {
        walk(notes, &own.value, &own.key, place);
    }
    for item in node.items() {
        walk(notes, item, member, place);
    }
    let Some(text) = node.as_str() else { return };
    for (masked, range) in masked_of(member, text) {
        if let Some(span) = place(node, range) {
            notes.push(member, masked, span);
        }
    }
}

/// What of a value is masked, as its member lets one tell.
fn masked_of(member: &str, text: &str) -> Vec<(Masked, std::ops::Range<usize>)> {
    if ACCOUNTS.contains(&member) || (member == "AWS" && text.bytes().all(|byte| byte.is_ascii_digit())) {
        redacted::in_account(text)
    } else if IDS.contains(&member) || text.starts_with("arn:") {
        redacted::in_id(text)
    } else if redacted::is_placeholder(text) {
        vec![(Masked::Placeholder, 0..text.len())]
    } else {
        Vec::new()
    }
}

/// The place of a part of a string in the text that a probe was read from.
fn own_span(probe: &Probe, node: &Node, range: std::ops::Range<usize>) -> Span {
    match probe.content(node) {
        Some((_, map)) => probe.span(map.outer(range)),
        None => probe.at(node),
    }
}

fn policy(notes: &mut Notes, probe: &Probe, sources: &SourceMap, export: &PolicyExport) {
    if export.source == probe.source {
        walk(notes, &export.document.root, "", &|node, range| {
            Some(own_span(probe, node, range))
        });
        return;
    }
    in_text(notes, sources, export.source, &export.document.root);
}

/// A document that is a text of its own, which is JSON.
fn in_text(notes: &mut Notes, sources: &SourceMap, source: SourceId, root: &Node) {
    let text = sources.get(source).text().unwrap_or_default();
    walk(notes, root, "", &|node, range| {
        let (_, map): (String, OffsetMap) = string_view(text, node)?;
        Some(Span::new(source, map.outer(range)))
    });
}

/// The policy documents in an answer of IAM.
fn iam_documents(data: &Data) -> Vec<&IamPolicy> {
    match data {
        Data::Iam(details) => details.documents().collect(),
        Data::IamPart(part) => part.documents(),
        _ => Vec::new(),
    }
}

/// What stands beside a policy's document.
fn outside_of_policy(notes: &mut Notes, probe: &Probe) {
    for member in probe.object().map(Node::members).unwrap_or_default() {
        if member.key == "KeyId" {
            walk(notes, &member.value, &member.key, &|node, range| {
                Some(own_span(probe, node, range))
            });
        }
    }
}

fn of_claim(notes: &mut Notes, claim: &Claim) {
    if redacted::is_placeholder_address(&claim.address.value) {
        notes.push("address", Masked::Placeholder, claim.address.span);
    }
    if let Some(key) = &claim.key
        && let Some((masked, _)) = redacted::in_id(&key.value).first()
    {
        notes.push("key", *masked, key.span);
    }
}
