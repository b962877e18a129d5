//! From what was seen to findings.

use std::collections::{BTreeMap, BTreeSet};

use super::CheckpointOptions;
use super::report::CheckpointFinding;
use super::tally::{Bucket, Places, Tally};
use super::verdict::words;
use crate::address::EvmAddress;
use crate::encoding::hex;
use crate::finding::Severity;
use crate::hyperlane::history::{Gap, Observations, Statement, Stream};
use crate::hyperlane::{Remark, location};

/// Findings of one kind that are listed; what is beyond is told in one more.
const MOST: usize = 200;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $consequence:literal, $remedy:literal;)+) => {
        $($(#[$doc])* const $name: Rule = Rule { id: $id, consequence: $consequence, remedy: $remedy };)+

        /// Ids of the findings of `checkpoints`.
        pub const CHECKPOINT_RULES: &[&str] = &[$($id,)+];
    };
}

/// What a kind of finding means.
struct Rule {
    id: &'static str,
    consequence: &'static str,
    remedy: &'static str,
}

rules! {
    EQUIVOCATION = "checkpoint-equivocation",
        "Both are signed: at least one is fraud that a contract can punish the key for, or somebody else signs with it.",
        "Keep both files. Find out which process signed which one: a second instance, a node of another fork, or a stranger. Stop the key until that is known.";
    ROOT = "checkpoint-root-mismatch",
        "The key has signed a tree that its own messages do not make: with enough such signatures, messages that were never sent can be proven.",
        "Compare the root with the chain's. If the file was changed afterwards, its signature would not be the validator's: the validator itself signed this.";
    GAP = "checkpoint-gap",
        "A message at a missing index cannot be proven with this validator's signature.",
        "Let the validator fill the gap, or copy the bucket again: while it fills one, gaps are normal.";
    LATEST = "checkpoint-latest-index-mismatch",
        "Relayers begin at the latest index: what it does not cover is not found, and what it promises too much fails.",
        "Restart the validator, which writes it anew, and copy the bucket again.";
    DISAGREE = "checkpoint-validators-disagree",
        "One of them follows another fork or signs something made up; with too few on either side, no message is delivered.",
        "Compare the first index with the chain; the validators on the wrong side must be stopped and their nodes checked.";
    REORG = "reorg-flag-present",
        "The validator has found that the chain abandoned something it had signed, and has stopped: it signs nothing more until an operator removes the flag.",
        "Compare its checkpoints from that index on with the chain, raise the reorg period, and remove the flag only then.";
    NONCE = "signature-nonce-reuse",
        "Two signatures with one nonce give the private key away: whoever sees both can sign anything.",
        "Take the key out of every validator set now. A KMS key never does this: find out what else holds the key.";
    BINDING = "checkpoint-wrong-domain-or-hook",
        "The signatures count for another contract or chain: no relayer can use them here, and for a contract that is not on the list they are punishable.",
        "Compare the agent's configuration (chains.NAME.domainId, merkleTreeHook) with the registry.";
    ENCODING = "checkpoint-encoding",
        "What one reader takes, another one or a contract refuses; the agents write no such record, so something else made it.",
        "Find out what wrote it. A signature of the AWS CLI must be normalised: s to n - s where it is high, v to 27 or 28.";
    LAYOUT = "checkpoint-old-layout",
        "Today's relayers do not use it.",
        "None, where it is kept as history; else update the agent.";
    SIGNER = "checkpoint-wrong-signer",
        "The record does not say what it seems to: it was changed after it was signed, or signed with another key.",
        "Compare the key that the agent uses with the one that is claimed (kms-audit address --expect).";
    SWAPPED = "checkpoint-signer-mismatch",
        "Relayers look for the announced validator's signature in this bucket, and find another's.",
        "The buckets or the keys of two validators are swapped: compare the agents' key and bucket with the announcement.";
    STRANGER = "checkpoint-unattributed",
        "Nobody answers for these signatures: they may be a stranger's, or the records were changed after they were signed.",
        "Give the address with --address or --claims, if it is known by another way; otherwise find out who writes to the bucket.";
    ANNOUNCEMENT = "announcement-wrong-signer",
        "The contract takes it from nobody, so that no relayer finds the validator.",
        "Announce again with the key of the validator that is named.";
    LOCATION = "announcement-location-unusable",
        "Relayers cannot read the validator's checkpoints there.",
        "Announce a location of the form s3://BUCKET/REGION[/FOLDER], or gs://BUCKET/[FOLDER/]gcsAnnouncementKey.";
    SHARED = "announcement-location-shared",
        "Each overwrites the other's checkpoints.",
        "Give each validator a bucket, or a folder, of its own.";
    DISAGREEMENT = "checkpoint-verification-disagreement",
        "One of the two implementations has a fault: neither answer counts.",
        "Report it, with the record.";
}

fn finding(
    rule: &Rule,
    severity: Severity,
    subject: impl Into<String>,
    message: impl Into<String>,
    records: u64,
    places: impl IntoIterator<Item = String>,
) -> CheckpointFinding {
    CheckpointFinding {
        rule: rule.id.to_owned(),
        severity,
        subject: subject.into(),
        message: message.into(),
        records,
        places: places.into_iter().collect(),
        consequence: rule.consequence.to_owned(),
        remedy: rule.remedy.to_owned(),
    }
}

fn of_places(
    rule: &Rule,
    severity: Severity,
    subject: &str,
    message: impl Into<String>,
    places: &Places,
) -> CheckpointFinding {
    finding(
        rule,
        severity,
        subject,
        message,
        places.count,
        places.first.iter().cloned(),
    )
}

fn short(bytes: &[u8; 32]) -> String {
    let digits = hex::encode(bytes);
    match (digits.get(..8), digits.get(60..)) {
        (Some(head), Some(tail)) => format!("0x{head}..{tail}"),
        _ => format!("0x{digits}"),
    }
}

fn word(bytes: &[u8; 32]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// A chain in words.
fn chain(domain: u32, options: &CheckpointOptions) -> String {
    options.registry.of_domain(domain).map_or_else(
        || format!("domain {domain}"),
        |chain| format!("{} (domain {domain})", chain.name),
    )
}

fn name(address: &EvmAddress, options: &CheckpointOptions) -> String {
    let shown = address.to_checksum(None);
    match options.expected.label(address) {
        Some(label) => format!("{shown} ({label})"),
        None => shown,
    }
}

fn place(bucket: &str, line: u32) -> String {
    if line == 0 {
        bucket.to_owned()
    } else {
        format!("{bucket}:{line}")
    }
}

fn said(statement: &Statement) -> String {
    let id = statement
        .message_id
        .as_ref()
        .map_or_else(|| "none".to_owned(), short);
    let judged = match statement.recomputed {
        Some(true) => ", the root of the messages",
        Some(false) => ", not the root of the messages",
        None => "",
    };
    format!("root {} with message id {id}{judged}", short(&statement.root))
}

/// What the documents say one by one.
pub(super) fn of_tally(tally: &Tally, options: &CheckpointOptions) -> Vec<CheckpointFinding> {
    let mut found = Vec::new();
    for (remark, places) in &tally.remarks {
        let (rule, severity) = match remark {
            Remark::HighS
            | Remark::UnusualV
            | Remark::OutOfRange
            | Remark::Placeholder
            | Remark::SerializedDiffers
            | Remark::SignatureAsText
            | Remark::NameDiffers => (&ENCODING, Severity::Medium),
            Remark::LooseHex => (&ENCODING, Severity::Low),
            Remark::SerializedMissing
            | Remark::OldWrapper
            | Remark::MailboxField
            | Remark::NoMessageId
            | Remark::OldTag => (&LAYOUT, Severity::Info),
        };
        found.push(of_places(rule, severity, remark.id(), words(*remark), places));
    }
    for (code, places) in &tally.failures {
        found.extend(failure(code, places));
    }
    if !options.expected.is_empty() && tally.strangers.count > 0 {
        found.push(of_places(
            &STRANGER,
            Severity::Medium,
            "nobody claimed",
            "valid signatures of addresses that nobody claims",
            &tally.strangers,
        ));
    }
    for (code, places) in &tally.mistakes {
        found.push(of_places(
            &SIGNER,
            Severity::High,
            code,
            format!("signed by somebody who is expected, in a wrong way: {code}"),
            places,
        ));
    }
    for (stream, counts) in &tally.streams {
        found.extend(binding(stream, counts.records, counts.by_mailbox, options));
    }
    for (name, bucket) in &tally.buckets {
        of_bucket(name, bucket, options, &mut found);
    }
    shared(tally, options, &mut found);
    found
}

/// Why records failed.
fn failure(code: &str, places: &Places) -> Option<CheckpointFinding> {
    let (rule, severity, message) = match code {
        "not-a-signature" => (&SIGNER, Severity::High, "r, s and v are no signature"),
        "nobody-s-signature" => (&SIGNER, Severity::High, "no key can have made these signatures"),
        "wrong-signer" => (
            &SIGNER,
            Severity::High,
            "not signed by the one address that is claimed",
        ),
        "claimed-for-another-chain" => (
            &SIGNER,
            Severity::High,
            "signed by an address that is claimed for another chain",
        ),
        "claimed-for-another-role" => (
            &SIGNER,
            Severity::High,
            "signed by an address that is claimed for another role than validator",
        ),
        "implementations-disagree" => (
            &DISAGREEMENT,
            Severity::Critical,
            "two implementations of ECDSA give different answers",
        ),
        // These have a finding of their own.
        _ => return None,
    };
    Some(of_places(rule, severity, code, message, places))
}

/// D9: whether a domain and a contract are the registry's.
fn binding(
    stream: &Stream,
    records: u64,
    by_mailbox: u64,
    options: &CheckpointOptions,
) -> Option<CheckpointFinding> {
    if options.registry.is_empty() {
        return None;
    }
    let subject = format!("domain {}", stream.domain);
    let tell =
        |severity, message: String| Some(finding(&BINDING, severity, subject.clone(), message, records, []));
    let Some(known) = options.registry.of_domain(stream.domain) else {
        let by_id = options
            .registry
            .chains()
            .find(|chain| chain.chain_id.as_deref() == Some(stream.domain.to_string().as_str()));
        return match by_id {
            Some(chain) => tell(
                Severity::High,
                format!(
                    "{} is the chain id of {}, whose domain is {}",
                    stream.domain,
                    chain.name,
                    chain
                        .domain
                        .map_or_else(|| "not known".to_owned(), |domain| domain.to_string())
                ),
            ),
            None => tell(
                Severity::Medium,
                "the registry has no chain of this domain".to_owned(),
            ),
        };
    };
    if known.hook == Some(stream.contract) {
        return None;
    }
    // Version 2 bound the mailbox, and said so.
    if by_mailbox == records && known.mailbox == Some(stream.contract) {
        return None;
    }
    let Some(hook) = known.hook else {
        return tell(
            Severity::Info,
            format!("the registry says no merkle tree hook of {}", known.name),
        );
    };
    let whose = if known.mailbox == Some(stream.contract) {
        ", which is its mailbox".to_owned()
    } else {
        options
            .registry
            .chains()
            .find(|chain| chain.hook == Some(stream.contract))
            .map_or_else(String::new, |chain| format!(", which is that of {}", chain.name))
    };
    tell(
        Severity::High,
        format!(
            "the merkle tree hook of {} is {}, and these are for {}{whose}",
            known.name,
            word(&hook),
            word(&stream.contract)
        ),
    )
}

/// What one bucket says of itself.
fn of_bucket(name_: &str, bucket: &Bucket, options: &CheckpointOptions, found: &mut Vec<CheckpointFinding>) {
    if let Some(index) = bucket.reorg {
        let message = match (index, bucket.run.last) {
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
    for one in &bucket.announced {
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
                "it is a folder of the validator's own machine, which no relayer elsewhere can read"
                    .to_owned(),
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
}

/// D10: one location of two validators.
fn shared(tally: &Tally, options: &CheckpointOptions, found: &mut Vec<CheckpointFinding>) {
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

/// What follows from all of them together.
pub(super) fn of_observations(seen: &Observations, options: &CheckpointOptions) -> Vec<CheckpointFinding> {
    let mut found = Vec::new();
    let mut push = |all: Vec<CheckpointFinding>| {
        let more = all.len().saturating_sub(MOST);
        let last = all.get(MOST).cloned();
        found.extend(all.into_iter().take(MOST));
        if let Some(last) = last {
            found.push(CheckpointFinding {
                subject: "others".to_owned(),
                message: format!("{more} more of the same kind"),
                records: 0,
                places: Vec::new(),
                ..last
            });
        }
    };
    let equivocations = seen.equivocations.iter().map(|one| {
        let statements: Vec<String> = one.statements.iter().map(said).collect();
        let more = one.indices.saturating_sub(1);
        let more = if more > 0 {
            format!("; and at {more} more indices")
        } else {
            String::new()
        };
        finding(
            &EQUIVOCATION,
            Severity::Critical,
            name(&one.signer, options),
            format!(
                "at index {} of {}, it signed {}{more}",
                one.index,
                chain(one.stream.domain, options),
                statements.join(", and ")
            ),
            one.indices,
            one.statements
                .iter()
                .map(|statement| place(&statement.bucket, statement.line)),
        )
    });
    push(equivocations.collect());
    let roots = seen.root_mismatches.iter().map(|one| {
        finding(
            &ROOT,
            Severity::High,
            name(&one.signer, options),
            format!(
                "at index {} of {}, the root is {}, and the messages up to there make {}",
                one.index,
                chain(one.stream.domain, options),
                word(&one.statement.root),
                word(&one.recomputed)
            ),
            one.records,
            [place(&one.statement.bucket, one.statement.line)],
        )
    });
    push(roots.collect());
    let disagreements = seen.disagreements.iter().map(|one| {
        let views: Vec<String> = one
            .views
            .iter()
            .map(|(statement, signers)| {
                let names: Vec<String> = signers.iter().map(|signer| name(signer, options)).collect();
                format!("{} say {}", names.join(", "), said(statement))
            })
            .collect();
        finding(
            &DISAGREE,
            Severity::High,
            chain(one.stream.domain, options),
            format!(
                "at {} indices, first at {}: {}",
                one.indices,
                one.index,
                views.join("; ")
            ),
            one.indices,
            [],
        )
    });
    push(disagreements.collect());
    push(seen.runs.iter().flat_map(|run| gaps(run, options)).collect());
    let nonces = seen.nonce_reuse.iter().map(|one| {
        let places: Vec<String> = one
            .records
            .iter()
            .map(|(domain, index, bucket, line)| {
                format!("index {index} of domain {domain} in {}", place(bucket, *line))
            })
            .collect();
        let copied = if one.same_s {
            "; s is the same too, which only one who knows the key can bring about: at least one record is made up"
        } else {
            ""
        };
        finding(
            &NONCE,
            Severity::Critical,
            name(&one.signer, options),
            format!(
                "r {} stands under different digests{}{copied}",
                short(&one.r),
                match one.values.saturating_sub(1) {
                    0 => String::new(),
                    more => format!(", and {more} more values of r do"),
                }
            ),
            one.values,
            places,
        )
    });
    push(nonces.collect());
    found
}

/// D13: what a run of indices lacks.
fn gaps(run: &Gap, options: &CheckpointOptions) -> Vec<CheckpointFinding> {
    let mut found = Vec::new();
    let subject = format!("{} of {}", run.bucket, name(&run.signer, options));
    if run.missing > 0 {
        let ranges: Vec<String> = run
            .ranges
            .iter()
            .map(|(from, to)| {
                if from == to {
                    from.to_string()
                } else {
                    format!("{from}-{to}")
                }
            })
            .collect();
        found.push(finding(
            &GAP,
            Severity::Medium,
            subject.clone(),
            format!(
                "{} checkpoints of {} are missing between {} and {}: {}",
                run.missing,
                chain(run.stream.domain, options),
                run.first,
                run.last,
                ranges.join(", ")
            ),
            run.missing,
            [],
        ));
    }
    if run.first > 0 {
        found.push(finding(
            &GAP,
            Severity::Low,
            subject,
            format!(
                "the first checkpoint of {} is {}: nothing before it was given",
                chain(run.stream.domain, options),
                run.first
            ),
            u64::from(run.first),
            [],
        ));
    }
    found
}
