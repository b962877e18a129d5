//! What one bucket says of itself.

use std::collections::{BTreeMap, BTreeSet};

use super::super::CheckpointOptions;
use super::super::report::CheckpointFinding;
use super::super::tally::{Announced, Bucket, Tally};
use super::{ANNOUNCEMENT, BINDING, LATEST, LOCATION, REORG, SHARED, SWAPPED, chain, finding, name, word};
use crate::address::EvmAddress;
use crate::finding::Severity;
use crate::hyperlane::location;

/// Everything of one bucket.
pub(super) fn of_bucket(
    name_: &str,
    bucket: &Bucket,
    options: &CheckpointOptions,
    found: &mut Vec<CheckpointFinding>,
) {
    if let Some(flag) = bucket.reorg {
        let message = match (flag.index, bucket.run.last) {
            (Some(index), Some(last)) if last > index => format!(
                "there is a reorg flag for index {index}, and there are checkpoints up to {last}: some may be of the \
                 abandoned fork"
            ),
            (Some(index), _) => format!("there is a reorg flag for index {index}"),
            (None, _) => "there is a reorg flag, which cannot be read".to_owned(),
        };
        found.push(finding(&REORG, Severity::High, name_, message, 0, []));
    }
    if bucket.is_named
        && let Some(last) = bucket.run.last
    {
        let tell = match bucket.latest {
            None => Some((
                Severity::Medium,
                format!("there is no latest index, and the highest checkpoint is {last}"),
            )),
            Some(latest) if latest > last => Some((
                Severity::Medium,
                format!("the latest index is {latest}, and the highest checkpoint is {last}"),
            )),
            Some(latest) if latest < last => Some((
                Severity::Low,
                format!("the latest index is {latest}, behind the highest checkpoint, {last}"),
            )),
            Some(_) => None,
        };
        found.extend(tell.map(|(severity, message)| finding(&LATEST, severity, name_, message, 0, [])));
    }
    owners(name_, bucket, options, found);
    for one in &bucket.announced {
        announced(name_, one, options, found);
    }
}

/// D4: whether it holds the checkpoints of whoever announced it.
fn owners(name_: &str, bucket: &Bucket, options: &CheckpointOptions, found: &mut Vec<CheckpointFinding>) {
    let owners: BTreeSet<EvmAddress> = bucket
        .announced
        .iter()
        .filter(|one| one.signer == one.validator)
        .filter_map(|one| one.validator)
        .collect();
    if !owners.is_empty() {
        // Of strangers there is another finding.
        let others = bucket.signers.iter().filter(|(signer, _)| {
            !owners.contains(*signer)
                && (options.expected.is_validator(signer) || options.expected.is_empty())
        });
        for (signer, run) in others.filter(|(_, run)| run.records > 1 || !options.expected.is_empty()) {
            let announced: Vec<String> = owners.iter().map(|owner| name(owner, options)).collect();
            found.push(finding(
                &SWAPPED,
                Severity::High,
                name_,
                format!(
                    "announced by {}, with checkpoints of {}",
                    announced.join(" and "),
                    name(signer, options)
                ),
                run.records,
                [],
            ));
        }
    }
}

/// D3, D9, D10: one announcement.
fn announced(name_: &str, one: &Announced, options: &CheckpointOptions, found: &mut Vec<CheckpointFinding>) {
    if one.validator.is_some() && one.validator != one.signer {
        let named = one.validator.map(|validator| name(&validator, options));
        let signer = one
            .signer
            .map_or_else(|| "nobody".to_owned(), |signer| name(&signer, options));
        let mistake = one
            .mistake
            .as_ref()
            .map_or_else(String::new, |mistake| format!("; {mistake}"));
        found.push(finding(
            &ANNOUNCEMENT,
            Severity::High,
            name_,
            format!(
                "it names {}, and is signed by {signer}{mistake}",
                named.unwrap_or_default()
            ),
            1,
            [one.place.clone()],
        ));
    }
    let unusable = match location::parse(&one.location) {
        Err(error) => Some((Severity::Medium, error.to_string())),
        Ok(location::Location::Local { .. }) => Some((
            Severity::Medium,
            "it is a folder of the validator's own machine, which no relayer elsewhere can read".to_owned(),
        )),
        Ok(_) => None,
    };
    if let Some((severity, why)) = unusable {
        found.push(finding(
            &LOCATION,
            severity,
            name_,
            format!("{}: {why}", one.location),
            1,
            [one.place.clone()],
        ));
    }
    let mailbox = options
        .registry
        .of_domain(one.domain)
        .and_then(|chain| chain.mailbox)
        .filter(|mailbox| *mailbox != one.mailbox);
    if let Some(mailbox) = mailbox {
        found.push(finding(
            &BINDING,
            Severity::High,
            name_,
            format!(
                "the announcement is for the mailbox {}, and that of {} is {}",
                word(&one.mailbox),
                chain(one.domain, options),
                word(&mailbox)
            ),
            1,
            [one.place.clone()],
        ));
    }
}

/// D10: one location of two validators.
pub(super) fn shared(tally: &Tally, options: &CheckpointOptions, found: &mut Vec<CheckpointFinding>) {
    let mut users: BTreeMap<&str, BTreeSet<EvmAddress>> = BTreeMap::new();
    for one in tally.buckets.values().flat_map(|bucket| &bucket.announced) {
        if let Some(signer) = one.signer.filter(|signer| Some(*signer) == one.validator) {
            users
                .entry(one.location.trim_end_matches('\0'))
                .or_default()
                .insert(signer);
        }
    }
    for (location, users) in users.into_iter().filter(|(_, users)| users.len() > 1) {
        let names: Vec<String> = users.iter().map(|user| name(user, options)).collect();
        found.push(finding(
            &SHARED,
            Severity::Medium,
            location,
            format!("announced by {}", names.join(" and ")),
            0,
            [],
        ));
    }
}
