//! Which kind of policy a document is.

use super::{Document, Principal};
use crate::arn::Arn;

/// The kinds of policy documents that reviewers are handed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A KMS key policy.
    Key,
    /// An IAM identity policy (also a permissions boundary or a service control policy): no `Principal`.
    Identity,
    /// A role's trust policy.
    Trust,
    /// An S3 bucket policy.
    Bucket,
    /// A VPC endpoint policy.
    Endpoint,
    /// A resource policy of another service.
    OtherResource,
}

impl Kind {
    /// The kind in words, with an article.
    pub fn title(self) -> &'static str {
        match self {
            Self::Key => "a KMS key policy",
            Self::Identity => "an IAM identity policy",
            Self::Trust => "an IAM role's trust policy",
            Self::Bucket => "an S3 bucket policy",
            Self::Endpoint => "a VPC endpoint policy",
            Self::OtherResource => "another service's resource policy",
        }
    }

    /// Judges by the document alone, and says what the judgement rests on.
    ///
    /// A document that AWS itself exported as a key policy is one, whatever this says; but then its content is of the
    /// wrong kind, which is worth a finding.
    pub fn of(document: &Document) -> (Self, &'static str) {
        let statements = &document.statements;
        if !statements.is_empty() && statements.iter().all(|statement| statement.principals.is_none()) {
            return (Self::Identity, "no statement names a Principal");
        }
        let actions = || statements.iter().flat_map(|statement| statement.actions.iter());
        let all_of = |service: &str| {
            actions().next().is_some()
                && actions().all(|(action, _)| {
                    action
                        .as_str()
                        .split_once(':')
                        .is_some_and(|(of, _)| of.eq_ignore_ascii_case(service))
                })
        };
        if all_of("sts") {
            return (Self::Trust, "its actions are those of sts");
        }
        if all_of("s3") {
            return (Self::Bucket, "its actions are those of s3");
        }
        // `*` on a bucket is no action of a key.
        let of_s3 = |text: &str| Arn::parse(text).is_some_and(|arn| arn.service == "s3");
        let all_on_buckets = !statements.is_empty()
            && statements.iter().all(|statement| {
                !statement.not_resource
                    && !statement.resources.is_empty()
                    && statement.resources.iter().all(|(resource, _)| of_s3(resource))
            });
        let names_kms = || {
            let mut services = actions().filter_map(|(action, _)| action.as_str().split_once(':'));
            services.any(|(service, _)| service.eq_ignore_ascii_case("kms"))
        };
        if all_on_buckets && !names_kms() {
            return (Self::Bucket, "its resources are those of s3");
        }
        let has_kms = actions().any(|(action, _)| {
            action.as_str() == "*"
                // What a template does not say may be anything.
                || crate::arn::is_unknown(action.as_str())
                || action
                    .as_str()
                    .split_once(':')
                    .is_some_and(|(of, _)| of.eq_ignore_ascii_case("kms"))
        });
        if !has_kms && actions().next().is_some() {
            return (Self::OtherResource, "none of its actions is one of kms");
        }
        let everyone = statements.iter().all(|statement| {
            statement.principals.as_ref().is_some_and(|principals| {
                !principals.negated
                    && principals
                        .iter()
                        .all(|principal| *principal == Principal::Everyone)
            })
        });
        let any_action = actions().all(|(action, _)| action.as_str() == "*");
        let key_arns = statements.iter().all(|statement| {
            !statement.resources.is_empty()
                && statement
                    .resources
                    .iter()
                    .all(|(resource, _)| resource.starts_with("arn:"))
        });
        if everyone && !statements.is_empty() && (any_action || key_arns) {
            let why = if key_arns {
                "every statement lets everyone in, for keys named by ARN"
            } else {
                "its statements let everyone do everything, which is the default of a VPC endpoint"
            };
            return (Self::Endpoint, why);
        }
        (Self::Key, "its statements name principals and kms actions")
    }
}
