//! The buckets that validators put their checkpoints in: what S3 says of each.
//!
//! The answers of S3 name no bucket; a policy names it in its ARNs. The others are joined by the command above them, by
//! their path, or because there is one bucket only.

use std::collections::BTreeMap;

use super::bundle::{Bundle, Gap};
use super::{Data, Field};
use crate::arn::Arn;
use crate::policy::Document;
use crate::source::{SourceId, Span};

/// One answer of S3 about a bucket.
#[derive(Debug)]
pub struct BucketPart {
    /// The bucket, where the answer or the command above it names it.
    pub bucket: Option<Field<String>>,
    /// What it says.
    pub says: BucketSays,
}

/// What an answer of S3 says.
#[derive(Debug)]
pub enum BucketSays {
    /// `GetBucketPolicy`, or the document itself.
    Policy(BucketPolicy),
    /// `GetBucketVersioning`: `Status`.
    Versioning(Field<String>),
    /// `GetPublicAccessBlock`.
    PublicAccess(PublicAccess),
    /// `GetBucketPolicyStatus`: `IsPublic`, as S3 itself judges the policy.
    PolicyStatus(Field<bool>),
}

/// A bucket policy.
#[derive(Debug)]
pub struct BucketPolicy {
    /// The source whose text the document's spans count in.
    pub source: SourceId,
    /// The document.
    pub document: Document,
}

/// `GetPublicAccessBlock` (Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicAccess {
    /// `BlockPublicPolicy`: a policy that lets the public in cannot be put.
    pub block_policy: Option<Field<bool>>,
    /// `RestrictPublicBuckets`: one that is there lets only the owner's account and AWS services in.
    pub restrict: Option<Field<bool>>,
}

impl BucketPart {
    /// What it is, in words.
    pub fn words(&self) -> String {
        let of = self
            .bucket
            .as_ref()
            .map_or_else(|| "an unnamed bucket".to_owned(), |bucket| bucket.value.clone());
        match &self.says {
            BucketSays::Policy(policy) => {
                format!(
                    "bucket policy of {of}: {} statements",
                    policy.document.statements.len()
                )
            }
            BucketSays::Versioning(status) => format!("versioning of {of}: {}", status.value),
            BucketSays::PublicAccess(block) => {
                let on = |field: &Option<Field<bool>>| field.as_ref().is_some_and(|field| field.value);
                format!(
                    "public access block of {of}: BlockPublicPolicy {}, RestrictPublicBuckets {}",
                    on(&block.block_policy),
                    on(&block.restrict)
                )
            }
            BucketSays::PolicyStatus(public) => {
                format!("policy status of {of}: IsPublic {}", public.value)
            }
        }
    }
}

/// One bucket, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name; where nothing says it, nothing.
    pub name: Option<String>,
    /// The path of the first artefact, for a bucket without a name.
    pub path: String,
    /// Indices in [`Bundle::artefacts`], in their order.
    pub parts: Vec<usize>,
}

impl Bucket {
    /// The subject of findings.
    pub fn subject(&self) -> String {
        match &self.name {
            Some(name) => format!("bucket {name}"),
            None => format!("the bucket of {}", self.path),
        }
    }

    /// What is known of it, with the place of each answer.
    pub fn says<'b>(&'b self, bundle: &'b Bundle) -> impl Iterator<Item = (&'b BucketSays, Span)> {
        self.parts.iter().filter_map(|part| {
            let artefact = bundle.artefacts.get(*part)?;
            match &artefact.data {
                Data::Bucket(part) => Some((&part.says, artefact.span)),
                _ => None,
            }
        })
    }

    /// Its policies: of several all must be looked at, since only one is in force.
    pub fn policies<'b>(&'b self, bundle: &'b Bundle) -> Vec<&'b BucketPolicy> {
        self.says(bundle)
            .filter_map(|(says, _)| match says {
                BucketSays::Policy(policy) => Some(policy),
                _ => None,
            })
            .collect()
    }

    /// The answers on public access.
    pub fn public_access<'b>(&'b self, bundle: &'b Bundle) -> Option<&'b PublicAccess> {
        self.says(bundle).find_map(|(says, _)| match says {
            BucketSays::PublicAccess(block) => Some(block),
            _ => None,
        })
    }
}

/// The bucket that an ARN of S3 is of or in.
pub fn bucket_of_arn(text: &str) -> Option<&str> {
    let arn = Arn::parse(text).filter(|arn| arn.service == "s3")?;
    let name = arn.resource.split('/').next()?;
    let is_name = !name.is_empty() && !name.contains(['*', '?', '$', ':']);
    is_name.then_some(name)
}

/// The one bucket that the resources of a policy name, and its place in the document.
pub fn bucket_of_policy(document: &Document) -> Option<(String, std::ops::Range<usize>)> {
    let mut found: BTreeMap<&str, std::ops::Range<usize>> = BTreeMap::new();
    for (resource, range) in document
        .statements
        .iter()
        .flat_map(|statement| &statement.resources)
    {
        if let Some(name) = bucket_of_arn(resource) {
            found.entry(name).or_insert_with(|| range.clone());
        }
    }
    let mut names = found.into_iter();
    let first = names.next()?;
    names.next().is_none().then(|| (first.0.to_owned(), first.1))
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Joins the answers into buckets.
pub(super) fn assemble(bundle: &mut Bundle, paths: &[String]) {
    let path = |index: usize| paths.get(index).map_or("", String::as_str);
    let mut named: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut unnamed = Vec::new();
    for (index, artefact) in bundle.artefacts.iter().enumerate() {
        let Data::Bucket(part) = &artefact.data else {
            continue;
        };
        match &part.bucket {
            Some(name) => named.entry(name.value.clone()).or_default().push(index),
            None => unnamed.push(index),
        }
    }
    let mut nameless: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut gaps = Vec::new();
    for index in unnamed {
        let own = path(index);
        let in_path = named
            .keys()
            .filter(|name| {
                own.split(['/', '.']).any(|part| part == name.as_str()) || own.contains(name.as_str())
            })
            .max_by_key(|name| name.len())
            .cloned();
        let beside = || {
            let mut beside = named
                .iter()
                .filter(|(_, parts)| parts.iter().any(|part| folder(path(*part)) == folder(own)))
                .map(|(name, _)| name.clone());
            beside.next().filter(|_| beside.next().is_none())
        };
        let only = || {
            let mut names = named.keys().cloned();
            names.next().filter(|_| names.next().is_none())
        };
        match in_path.or_else(beside).or_else(only) {
            Some(name) => named.entry(name).or_default().push(index),
            None if named.is_empty() => nameless.entry(folder(own).to_owned()).or_default().push(index),
            None => gaps.push(Gap {
                kind: "bucket".to_owned(),
                message: format!(
                    "{own} names no bucket, and its place among the files does not tell which one it is of"
                ),
                span: bundle.artefacts.get(index).map(|artefact| artefact.span),
                key: None,
            }),
        }
    }
    bundle.gaps.extend(gaps);
    let all = named
        .into_iter()
        .map(|(name, parts)| (Some(name), parts))
        .chain(nameless.into_values().map(|parts| (None, parts)));
    bundle.buckets = all
        .map(|(name, mut parts)| {
            parts.sort_unstable();
            Bucket {
                name,
                path: parts.first().map_or("", |part| path(*part)).to_owned(),
                parts,
            }
        })
        .collect();
}
