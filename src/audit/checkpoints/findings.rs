//! From what was seen to findings.

mod bucket;
mod together;

use super::CheckpointOptions;
use super::report::CheckpointFinding;
use super::tally::{OfStream, Places, Tally};
use super::verdict::words;
use crate::address::EvmAddress;
use crate::encoding::hex;
use crate::finding::Severity;
use crate::hyperlane::Remark;
use crate::hyperlane::history::{Statement, Stream};

pub(super) use together::of_observations;

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
        found.extend(binding(stream, counts, options));
    }
    for (name, bucket) in &tally.buckets {
        bucket::of_bucket(name, bucket, options, &mut found);
    }
    bucket::shared(tally, options, &mut found);
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
fn binding(stream: &Stream, counts: &OfStream, options: &CheckpointOptions) -> Option<CheckpointFinding> {
    if options.registry.is_empty() {
        return None;
    }
    let subject = format!("domain {}", stream.domain);
    let tell = |severity, message: String| {
        let places = counts.buckets.iter().cloned();
        Some(finding(
            &BINDING,
            severity,
            subject.clone(),
            message,
            counts.records,
            places,
        ))
    };
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
    if counts.by_mailbox == counts.records && known.mailbox == Some(stream.contract) {
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
