//! Two key policies against each other: what the `compare` command answers.

mod case;
mod row;

use crate::arn::{Arn, KeyRef};
use crate::evidence::{Data, Metadata};
use crate::input::Gathered;
use crate::policy::compare::{self, Comparison, Setting, Verdict};
use crate::policy::evaluate::KeyMetadata;
use crate::policy::{Document, Kind, Principal, Principals};

pub use row::{CompareReport, CompareVerdict, ContextRow, DecisionRow, WitnessRow};

/// A key policy that was found in evidence.
#[derive(Debug)]
pub struct ComparedPolicy {
    /// Where it was found.
    pub path: String,
    /// Its text.
    pub text: String,
    /// The document.
    pub document: Document,
    /// The key's ARN, where the evidence says it.
    pub arn: Option<String>,
    /// `PolicyName`, where the evidence says it.
    pub name: Option<String>,
    /// What the evidence says of the key.
    pub metadata: Option<KeyMetadata>,
}

/// Why there is no policy to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPolicy {
    /// There is none, or it is broken: what is wrong.
    Unreadable(String),
    /// There are several: how many.
    Several(usize),
}

/// What is known beside the policies.
#[derive(Debug, Clone, Default)]
pub struct CompareOptions {
    /// The account that the key belongs to.
    pub account: Option<String>,
    /// What is known of the key.
    pub key_metadata: Option<KeyMetadata>,
}

/// The one key policy of the evidence.
///
/// # Errors
/// Where there is none, where it cannot be read, and where there are several.
pub fn compared_policy(gathered: &Gathered, path: &str) -> Result<ComparedPolicy, NoPolicy> {
    let mut found = Vec::new();
    for artefact in &gathered.artefacts {
        if let Data::Policy(export) = &artefact.data
            && export.is_key_policy
        {
            found.push(export);
        }
    }
    let [export] = found.as_slice() else {
        if found.len() > 1 {
            return Err(NoPolicy::Several(found.len()));
        }
        return Err(NoPolicy::Unreadable(why_none(gathered)));
    };
    let text = gathered.sources.get(export.source).text().unwrap_or_default();
    let text = text.get(export.document.span.clone()).unwrap_or_default();
    let arn = export.key.as_ref().and_then(|key| match &key.value {
        KeyRef::Arn { arn, .. } => Some(arn.clone()),
        _ => None,
    });
    Ok(ComparedPolicy {
        path: path.to_owned(),
        text: text.to_owned(),
        document: export.document.clone(),
        arn,
        name: export.name.as_ref().map(|name| name.value.clone()),
        metadata: key_metadata(gathered),
    })
}

/// What the evidence says of a key, where it speaks of one only.
pub fn key_metadata(gathered: &Gathered) -> Option<KeyMetadata> {
    let mut all = gathered
        .artefacts
        .iter()
        .filter_map(|artefact| match &artefact.data {
            Data::Metadata(metadata) => Some(known(metadata)),
            _ => None,
        });
    all.next().filter(|_| all.next().is_none())
}

fn known(metadata: &Metadata) -> KeyMetadata {
    let text = |place: &crate::evidence::Place| place.as_ref().map(|field| field.value.clone());
    KeyMetadata {
        key_spec: text(&metadata.key_spec),
        key_usage: text(&metadata.key_usage),
        origin: text(&metadata.origin),
        multi_region: metadata.multi_region.as_ref().map(|field| field.value),
        multi_region_key_type: None,
    }
}

fn why_none(gathered: &Gathered) -> String {
    use crate::evidence::FileStatus;
    let broken = gathered.files.iter().find_map(|file| match &file.status {
        FileStatus::Broken { message, .. } | FileStatus::NotRecognised(message) => Some(message.clone()),
        FileStatus::Used => None,
    });
    broken.unwrap_or_else(|| "there is no key policy in it".to_owned())
}

/// Compares two policies of one key.
pub fn compare_policies(
    old: &ComparedPolicy,
    new: &ComparedPolicy,
    options: &CompareOptions,
) -> CompareReport {
    let mut assumptions = Vec::new();
    let resource = match (&old.arn, &new.arn) {
        (Some(one), Some(other)) if one != other => {
            assumptions.push(format!(
                "the policies are exports of two keys, {one} and {other}: they are compared as if of one"
            ));
            None
        }
        (one, other) => one.clone().or_else(|| other.clone()),
    };
    let account = account(old, new, options, &mut assumptions);
    let metadata = options
        .key_metadata
        .clone()
        .or_else(|| new.metadata.clone())
        .or_else(|| old.metadata.clone());
    // The ARN of a key of another account than the one that was given says nothing.
    let resource = resource.filter(|arn| {
        Arn::parse(arn).is_some_and(|arn| account.as_deref().is_none_or(|own| own == arn.account))
    });
    for policy in [old, new] {
        if policy.name.as_deref().is_some_and(|name| name != "default") {
            let name = policy.name.as_deref().unwrap_or_default();
            assumptions.push(format!(
                "{} is the policy {name}: it is compared by itself, as if the key had no other",
                policy.path
            ));
        }
    }
    let setting = Setting {
        account,
        resource,
        key_metadata: metadata,
        kind: Kind::Key,
    };
    let found = compare::compare(&old.document, &new.document, &setting);
    report(old, new, &setting, assumptions, &found)
}

/// The key's account: as given, of the key's ARN, or of the only account that the policies name as one.
fn account(
    old: &ComparedPolicy,
    new: &ComparedPolicy,
    options: &CompareOptions,
    assumptions: &mut Vec<String>,
) -> Option<String> {
    if let Some(account) = &options.account {
        return Some(account.clone());
    }
    let arns = [&old.arn, &new.arn];
    let mut of_arns: Vec<&str> = arns
        .iter()
        .filter_map(|arn| Some(Arn::parse(arn.as_deref()?)?.account))
        .collect();
    of_arns.dedup();
    if let [account] = of_arns.as_slice() {
        return Some((*account).to_owned());
    }
    let mut named: Vec<&str> = [old, new]
        .into_iter()
        .flat_map(|policy| &policy.document.statements)
        .flat_map(|statement| statement.principals.iter().flat_map(Principals::iter))
        .filter_map(|principal| match principal {
            Principal::Account(id) if crate::arn::is_account_id(id) => Some(id.as_str()),
            _ => None,
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    if let [account] = named.as_slice() {
        assumptions.push(format!(
            "the key is taken for one of account {account}, the only account that the policies name: --account says \
             otherwise"
        ));
        return Some((*account).to_owned());
    }
    assumptions.push(
        "the key's account is not known (--account says it): any account is taken for its own and for another".to_owned(),
    );
    None
}

fn report(
    old: &ComparedPolicy,
    new: &ComparedPolicy,
    setting: &Setting,
    assumptions: Vec<String>,
    found: &Comparison,
) -> CompareReport {
    let verdict = match found.verdict {
        Verdict::NoNewAccess => CompareVerdict::NoNewAccess,
        Verdict::NewAccess => CompareVerdict::NewAccess,
        Verdict::NotProven => CompareVerdict::NotProven,
    };
    let witnesses = found
        .witnesses
        .iter()
        .zip(1..)
        .map(|(witness, number)| case::witness(number, witness, old, new, setting.key_metadata.is_some()))
        .collect();
    CompareReport {
        schema_version: super::SCHEMA_VERSION,
        verdict,
        old: old.path.clone(),
        new: new.path.clone(),
        account: setting.account.clone(),
        key: setting.resource.clone(),
        assumptions,
        reasons: found.reasons.clone(),
        witnesses,
    }
}
