//! From a verified signature to a verdict.

use super::CheckpointOptions;
use super::document::Parsed;
use super::expected::Standing;
use super::report::CheckpointError;
use super::row::{CheckpointRow, CheckpointVerdict, RowNote};
use crate::address::EvmAddress;
use crate::encoding::hex;
use crate::hyperlane::{Announcement, Artefact, Checkpoint, Envelope, Remark, Remarks, diagnose};
use crate::signature::verify::{Second, Verification};

/// The verdict, and what else of it is remembered.
pub(super) struct Judged {
    pub(super) row: CheckpointRow,
    /// Who signed, where that is known.
    pub(super) signer: Option<EvmAddress>,
    pub(super) remarks: Remarks,
    /// True where mistakes were tried.
    pub(super) tried: bool,
}

fn word(bytes: &[u8; 32]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// Judges one document; mistakes are only looked for where `diagnose` says so.
pub(super) fn judge(
    parsed: &Parsed,
    verification: Option<&Verification>,
    options: &CheckpointOptions,
    diagnose: bool,
) -> Judged {
    let row = CheckpointRow {
        schema_version: crate::audit::SCHEMA_VERSION,
        source: parsed.source.clone(),
        bucket: parsed.bucket.clone(),
        file: parsed.file.clone(),
        line: (parsed.line > 0).then_some(parsed.line),
        kind: "unreadable".to_owned(),
        verdict: CheckpointVerdict::NotJudged,
        signer: None,
        claimed_as: None,
        domain: None,
        index: None,
        root: None,
        message_id: None,
        location: None,
        notes: Vec::new(),
        error: None,
    };
    let mut judged = Judged {
        row,
        signer: None,
        remarks: Remarks::default(),
        tried: false,
    };
    match &parsed.artefact {
        Err(fault) => {
            judged.row.verdict = CheckpointVerdict::Unreadable;
            judged.row.error = Some(CheckpointError {
                code: fault.code.id().to_owned(),
                message: fault.message.clone(),
                offset: fault.offset,
            });
            return judged;
        }
        Ok(artefact) => artefact.kind().clone_into(&mut judged.row.kind),
    }
    match &parsed.artefact {
        Ok(Artefact::Checkpoint(envelope)) => {
            checkpoint(&mut judged, envelope, verification, options, diagnose);
        }
        Ok(Artefact::Announcement(envelope)) => {
            announcement(&mut judged, envelope, verification, options, diagnose);
        }
        Ok(Artefact::LatestIndex(index)) => judged.row.index = Some(*index),
        Ok(Artefact::ReorgFlag(Some(event))) => judged.row.index = Some(event.index),
        Ok(Artefact::Other(other)) => {
            judged.row.notes.push(RowNote::new("not-judged", other.reason()));
        }
        _ => {}
    }
    for remark in judged.remarks.iter() {
        judged.row.notes.push(RowNote::new(remark.id(), words(remark)));
    }
    judged
}

/// The signer, as far as both implementations agree on one; otherwise the verdict is given.
fn signer(judged: &mut Judged, verification: Option<&Verification>) -> Option<EvmAddress> {
    let fail = |judged: &mut Judged, code: &str, message: &str| {
        judged.row.verdict = CheckpointVerdict::Failed;
        judged.row.notes.push(RowNote::new(code, message));
    };
    let Some(verification) = verification else {
        fail(
            judged,
            "not-a-signature",
            "r, s and v are no signature: r and s are from 1 to n - 1, v is 27 or 28",
        );
        return None;
    };
    if verification.second == Second::Disagrees {
        fail(
            judged,
            "implementations-disagree",
            "k256 and libsecp256k1 give different answers for this signature: one of them is wrong; please report it",
        );
        return None;
    }
    if verification.recovered.is_none() {
        fail(
            judged,
            "nobody-s-signature",
            "no key can have made this signature",
        );
    }
    verification.recovered
}

/// The verdict on a signer, by what is claimed.
fn attribute(judged: &mut Judged, signer: EvmAddress, domain: u32, options: &CheckpointOptions) {
    let row = &mut judged.row;
    row.signer = Some(signer.to_checksum(None));
    row.claimed_as = options.expected.label(&signer).map(str::to_owned);
    match options.expected.standing(&signer, domain, &options.registry) {
        Standing::Claimed(_) => row.verdict = CheckpointVerdict::Verified,
        Standing::OtherChain(claim) => {
            row.verdict = CheckpointVerdict::Unattributed;
            row.notes.push(RowNote::new(
                "claimed-for-another-chain",
                format!(
                    "the signer is claimed for {}, and this is of domain {domain}",
                    claim.chain.as_deref().unwrap_or("another chain")
                ),
            ));
        }
        Standing::OtherRole(claim) => {
            row.verdict = CheckpointVerdict::Failed;
            row.notes.push(RowNote::new(
                "claimed-for-another-role",
                format!(
                    "the signer is claimed as {}, and not as a validator",
                    claim.role.as_deref().unwrap_or("another role")
                ),
            ));
        }
        Standing::Wrong(wanted) => {
            row.verdict = CheckpointVerdict::Failed;
            row.notes.push(RowNote::new(
                "wrong-signer",
                format!(
                    "it is not signed by {}, who alone is claimed",
                    wanted.to_checksum(None)
                ),
            ));
        }
        Standing::Unknown => row.verdict = CheckpointVerdict::Unattributed,
    }
}

fn checkpoint(
    judged: &mut Judged,
    envelope: &Envelope<Checkpoint>,
    verification: Option<&Verification>,
    options: &CheckpointOptions,
    diagnose: bool,
) {
    let value = &envelope.value;
    judged.remarks = envelope.remarks;
    judged.row.domain = Some(value.domain);
    judged.row.index = Some(value.index);
    judged.row.root = Some(word(&value.root));
    judged.row.message_id = value.message_id.as_ref().map(word);
    let Some(signer) = signer(judged, verification) else {
        return;
    };
    judged.signer = Some(signer);
    attribute(judged, signer, value.domain, options);
    if diagnose
        && judged.row.verdict != CheckpointVerdict::Verified
        && !options.expected.is_empty()
        && !options.expected.is_validator(&signer)
    {
        let addresses = options.expected.addresses();
        judged.tried = true;
        if let Some(found) = diagnose::checkpoint(envelope, &addresses, &options.registry) {
            judged.row.notes.push(explained(&found));
        }
    }
}

fn announcement(
    judged: &mut Judged,
    envelope: &Envelope<Announcement>,
    verification: Option<&Verification>,
    options: &CheckpointOptions,
    diagnose: bool,
) {
    let value = &envelope.value;
    judged.remarks = envelope.remarks;
    judged.row.domain = Some(value.domain);
    judged.row.location = Some(value.location.clone());
    let Some(signer) = signer(judged, verification) else {
        return;
    };
    judged.signer = Some(signer);
    attribute(judged, signer, value.domain, options);
    let Some(validator) = value.validator else { return };
    if validator == signer {
        return;
    }
    judged.row.verdict = CheckpointVerdict::Failed;
    judged.row.notes.push(RowNote::new(
        "not-by-the-announced-validator",
        format!(
            "it names {}, and is not signed by it: no contract takes such an announcement",
            validator.to_checksum(None)
        ),
    ));
    if diagnose {
        judged.tried = true;
        let mut wanted = options.expected.addresses();
        wanted.insert(0, validator);
        if let Some(found) = diagnose::announcement(envelope, &wanted, &options.registry) {
            judged.row.notes.push(explained(&found));
        }
    }
}

fn explained(found: &diagnose::Explanation) -> RowNote {
    RowNote::new(
        found.mistake.id(),
        format!("of {}: {}", found.signer.to_checksum(None), found.message),
    )
}

/// What a remark says.
pub(super) const fn words(remark: Remark) -> &'static str {
    match remark {
        Remark::HighS => "s is above (n - 1) / 2: contracts refuse it, and no agent writes it",
        Remark::UnusualV => "v is neither 27 nor 28: contracts refuse it, and no agent writes it",
        Remark::OutOfRange => "r or s is 0, or n or above: it is no signature",
        Remark::Placeholder => "r and s are 1: a filler for an absent signature, which is nobody's",
        Remark::SerializedDiffers => {
            "serialized_signature is not r, s and v: the agents read these, other readers that"
        }
        Remark::SerializedMissing => "there is no serialized_signature, as before 2023-03-01",
        Remark::SignatureAsText => "the signature is one text: the agents do not read that",
        Remark::OldWrapper => "the value stands under its name of 2022",
        Remark::MailboxField => "it names a mailbox and no merkle tree hook, as before 2023-10-04",
        Remark::NoMessageId => "it has no message id, as before 2023-05-25",
        Remark::OldTag => "it is an announcement of January 2023, under the tag of checkpoints",
        Remark::LooseHex => "there is white space among hexadecimal digits",
        Remark::NameDiffers => "the index in the file's name is not that of the checkpoint in it",
    }
}
