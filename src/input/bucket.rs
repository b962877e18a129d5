//! Answers of S3 about the bucket of a validator's checkpoints: `get-bucket-policy`, the document itself,
//! `get-bucket-versioning`, `get-public-access-block`, `get-bucket-policy-status`.
//!
//! Source: Amazon S3 API Reference, the pages of these operations. None of the answers names its bucket: the resources of
//! the policy do, or the command above, in a copy of a terminal.

use super::fields::{Fields, duplicates};
use super::{Format, Probe, Reader, cli_get_key_policy};
use crate::evidence::{
    BucketPart, BucketPolicy, BucketSays, Data, Field, PublicAccess, Trouble, bucket_of_policy,
};
use crate::json::{self, Node};
use crate::policy::{Document, Kind};
use crate::source::{SourceId, Span};

/// `GetBucketPolicy`.
pub(super) struct GetBucketPolicy;

/// A bucket policy by itself.
pub(super) struct Policy;

/// `GetBucketVersioning`.
pub(super) struct Versioning;

/// `GetPublicAccessBlock`.
pub(super) struct PublicAccessBlock;

/// `GetBucketPolicyStatus`.
pub(super) struct PolicyStatus;

/// What AWS's clients put beside an answer.
const BESIDE: [&str; 3] = ["ResponseMetadata", "$metadata", "@metadata"];

/// The object, where it has no other members than these.
fn answer<'p>(probe: &'p Probe, members: &[&str]) -> Option<&'p Node> {
    probe.object().filter(|object| {
        object
            .members()
            .iter()
            .all(|member| members.contains(&member.key.as_str()) || BESIDE.contains(&member.key.as_str()))
    })
}

/// The bucket that the command above the answer names.
fn of_command(probe: &Probe) -> Option<Field<String>> {
    probe.argument("s3api", "--bucket")
}

fn push(probe: &Probe, reader: &mut Reader, span: Span, says: BucketSays, troubles: Vec<Trouble>) {
    let part = BucketPart {
        bucket: of_command(probe),
        says,
    };
    reader.push_with(span, Data::Bucket(Box::new(part)), troubles);
}

/// Adds the policy whose tree `root` counts in `source`.
fn push_policy(
    probe: &Probe,
    reader: &mut Reader,
    source: SourceId,
    root: &Node,
    mut troubles: Vec<Trouble>,
) {
    let document = Document::read(root);
    let span = Span::new(source, root.span.clone());
    if !Document::looks_like(root) {
        reader.broken("the bucket policy has no Statement", span);
        return;
    }
    troubles.extend(document.problems.iter().map(|problem| Trouble::BadValue {
        span: Span::new(source, problem.span.clone()),
        message: problem.message.clone(),
    }));
    let own = bucket_of_policy(&document).map(|(value, range)| Field {
        value,
        span: Span::new(source, range),
    });
    let part = BucketPart {
        bucket: own.or_else(|| of_command(probe)),
        says: BucketSays::Policy(BucketPolicy { source, document }),
    };
    reader.push_with(span, Data::Bucket(Box::new(part)), troubles);
}

impl Format for GetBucketPolicy {
    fn id(&self) -> &'static str {
        "aws-get-bucket-policy"
    }

    fn title(&self) -> &'static str {
        "the output of aws s3api get-bucket-policy"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        answer(probe, &["Policy"]).is_some()
            && matches!(cli_get_key_policy::inner_kind(probe), Some((Kind::Bucket, _)))
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(policy) = probe.object().and_then(|object| object.get("Policy")) else {
            return;
        };
        let mut troubles = Fields::new(probe).troubles;
        let Some((text, map)) = probe.string_view(policy) else {
            push_policy(probe, reader, probe.source, policy, troubles);
            return;
        };
        let view = reader
            .sources
            .add_view(probe.source, "Policy string", text.clone(), map);
        match json::parse(&text, &reader.json_limits) {
            Ok(root) => {
                troubles.extend(duplicates(&root, |range| Span::new(view, range)));
                push_policy(probe, reader, view, &root, troubles);
            }
            Err(error) => {
                let message = format!("the Policy string is not JSON: {error}");
                reader.broken(message, Span::new(view, error.offset..error.offset));
            }
        }
    }
}

impl Format for Policy {
    fn id(&self) -> &'static str {
        "s3-bucket-policy"
    }

    fn title(&self) -> &'static str {
        "an S3 bucket policy"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.object().is_some_and(|object| {
            Document::looks_like(object) && Kind::of(&Document::read(object)).0 == Kind::Bucket
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let troubles = duplicates(object, |range| probe.span(range));
        push_policy(probe, reader, probe.source, object, troubles);
    }
}

impl Format for Versioning {
    fn id(&self) -> &'static str {
        "aws-get-bucket-versioning"
    }

    fn title(&self) -> &'static str {
        "the output of aws s3api get-bucket-versioning"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        answer(probe, &["Status", "MFADelete"])
            .and_then(|object| object.str_of("Status"))
            .is_some_and(|status| matches!(status, "Enabled" | "Suspended"))
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let mut fields = Fields::new(probe);
        if let Some(status) = fields.text(object, "Status") {
            push(
                probe,
                reader,
                probe.at(object),
                BucketSays::Versioning(status),
                fields.troubles,
            );
        }
    }
}

impl Format for PublicAccessBlock {
    fn id(&self) -> &'static str {
        "aws-get-public-access-block"
    }

    fn title(&self) -> &'static str {
        "the output of aws s3api get-public-access-block"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        answer(probe, &["PublicAccessBlockConfiguration"])
            .and_then(|object| object.get("PublicAccessBlockConfiguration"))
            .is_some_and(Node::is_object)
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let Some(block) = object.get("PublicAccessBlockConfiguration") else {
            return;
        };
        let mut fields = Fields::new(probe);
        let says = BucketSays::PublicAccess(PublicAccess {
            block_policy: fields.bool(block, "BlockPublicPolicy"),
            restrict: fields.bool(block, "RestrictPublicBuckets"),
        });
        push(probe, reader, probe.at(object), says, fields.troubles);
    }
}

impl Format for PolicyStatus {
    fn id(&self) -> &'static str {
        "aws-get-bucket-policy-status"
    }

    fn title(&self) -> &'static str {
        "the output of aws s3api get-bucket-policy-status"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        answer(probe, &["PolicyStatus"])
            .and_then(|object| object.get("PolicyStatus"))
            .is_some_and(|status| status.get("IsPublic").is_some())
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let mut fields = Fields::new(probe);
        if let Some(public) = object
            .get("PolicyStatus")
            .and_then(|status| fields.bool(status, "IsPublic"))
        {
            push(
                probe,
                reader,
                probe.at(object),
                BucketSays::PolicyStatus(public),
                fields.troubles,
            );
        }
    }
}
