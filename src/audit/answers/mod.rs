//! The reviewer's seven questions, and what is missing to answer them.

mod control;
mod signers;

use std::collections::BTreeMap;

use crate::address;
use crate::audit::Options;
use crate::audit::exit::Requirement;
use crate::audit::report::{Answer, AnswerRow, GapRow};
use crate::evidence::{Bundle, Claim, Data, JoinedBy, Key, Strength};
use crate::rules::Context;
use crate::rules::address::{Diagnosis, Verdict, judge_claim};

/// Answers every question for every key in scope; the first one also for expected addresses without a key.
pub(super) fn answer(context: &Context<'_>, options: &Options) -> Vec<AnswerRow> {
    let bundle = context.bundle;
    let keys: Vec<&Key> = bundle.keys.iter().filter(|key| key.scope.is_some()).collect();
    let mut rows = Vec::new();
    for key in &keys {
        rows.push(claimed(context, key));
    }
    for expected in bundle.expected.iter().filter(|expected| expected.key.is_none()) {
        if let Some((claim, _)) = bundle.claims.get(expected.claim) {
            rows.push(without_key(claim));
        }
    }
    for key in &keys {
        rows.push(signers::only_declared(context, key));
        rows.push(signers::one_step(context, key));
        rows.push(made_inside(bundle, key));
        rows.push(control::controlled(bundle, key, options));
        rows.push(callers(key));
        rows.push(thresholds(key));
    }
    rows.sort_by(|a, b| (a.question, &a.subject).cmp(&(b.question, &b.subject)));
    rows
}

/// The kind of an artefact in the words of the gaps.
pub(super) fn kind(data: &Data) -> &'static str {
    match data {
        Data::PublicKey(_) => "public key",
        Data::Metadata(_) => "metadata",
        Data::Policy(_) => "key policy",
        Data::PolicyList(_) => "policy names",
        Data::Grants(_) => "grants",
        Data::Aliases(_) => "aliases",
        Data::Tags(_) => "tags",
        Data::Keys(_) => "list of keys",
        Data::Signature(_) | Data::Sample(_) => "signature",
        Data::Challenge(_) => "challenge",
        Data::Iam(_) | Data::IamPart(_) => "IAM",
        Data::Claims(_) => "claims",
        Data::Failed(_) => "error",
        Data::NotTold(_) => "a part that it does not tell",
        Data::Contracts(_) => "contracts",
        Data::Agent(_) => "agent configuration",
        Data::Bucket(_) => "bucket",
        Data::Secret(_) => "secret",
    }
}

fn row(question: u8, subject: String, answer: Answer, strength: Strength) -> AnswerRow {
    AnswerRow {
        question,
        subject,
        answer,
        rests_on: Vec::new(),
        strength,
        settles_with: Vec::new(),
    }
}

/// Roles and chains of one address that a reason names.
const ABOUTS: usize = 4;

/// What one claim comes to.
pub(super) struct JudgedClaim<'b> {
    /// The address, as written.
    pub(super) address: &'b str,
    /// Whether it is the key's.
    pub(super) answer: Answer,
    /// Why, in words.
    pub(super) why: String,
    /// True if a public key would settle it.
    wants_key: bool,
    /// Role, chain and binding.
    about: (String, &'b str),
}

/// Every claim that is bound to a key, judged.
pub(super) fn judged_claims<'b>(context: &Context<'b>, key: &'b Key) -> Vec<JudgedClaim<'b>> {
    let bundle = context.bundle;
    bundle
        .claims_of(key)
        .map(|(claim, bound)| {
            let verdict = judge_claim(bundle, key, claim, &context.addresses);
            let wants_key = matches!(verdict, Verdict::NotEvaluated(_));
            let (answer, why) = match verdict {
                Verdict::Match => (
                    Answer::Yes,
                    "the address derived from the public key is the claimed one".to_owned(),
                ),
                Verdict::Mismatch {
                    diagnosis: Some(Diagnosis::NoAddress(kind)),
                    ..
                } => (Answer::No, kind),
                Verdict::Mismatch { .. } => (
                    Answer::No,
                    "the address derived from the public key is another one".to_owned(),
                ),
                Verdict::WrongChecksum {
                    same_bytes: false, ..
                } if key.public_key.is_some() => (
                    Answer::No,
                    "the claim is not the derived address, and its checksum is wrong".to_owned(),
                ),
                Verdict::WrongChecksum { error, .. } | Verdict::Malformed(error) => (Answer::Unknown, error),
                Verdict::NotEvaluated(why) => (Answer::Unknown, why),
            };
            JudgedClaim {
                address: &claim.address.value,
                answer,
                why,
                wants_key,
                about: (role_and_chain(claim), &bound.note),
            }
        })
        .collect()
}

/// Why it is only the place of a file that makes a public key this key's; nothing where an export names the key.
pub(super) fn by_place_alone(bundle: &Bundle, key: &Key) -> Option<String> {
    let mut joins = bundle
        .of_key(key)
        .filter(|(artefact, _)| matches!(&artefact.data, Data::PublicKey(export) if export.result.is_ok()))
        .map(|(_, join)| join.by)
        .collect::<Vec<_>>();
    joins.sort_unstable();
    let surest = joins.first().filter(|by| by.is_by_place())?;
    let what = if *surest == JoinedBy::OnlyKey {
        "that no other key was given"
    } else {
        "the file's name or folder"
    };
    Some(format!(
        "only {what} says that this public key is that of {}",
        key.subject()
    ))
}

/// The first question: is the claimed address this key's?
pub(super) fn claimed(context: &Context<'_>, key: &Key) -> AnswerRow {
    let judged = judged_claims(context, key);
    let has = |answer: Answer| judged.iter().any(|claim| claim.answer == answer);
    // One claim that does not hold is a no, whatever the others say; one that cannot be judged leaves no plain yes.
    let answer = if has(Answer::No) {
        Answer::No
    } else if has(Answer::Unknown) || judged.is_empty() {
        Answer::Unknown
    } else {
        Answer::Yes
    };
    let mut rests_on = Vec::new();
    let mut settles_with = Vec::new();
    // A key of many published sets is claimed in many places alike: one sentence says so.
    let mut alike: Vec<(&JudgedClaim<'_>, Vec<&str>)> = Vec::new();
    let mut known: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for claim in &judged {
        let (about, note) = &claim.about;
        let at = *known.entry((claim.address, &claim.why, note)).or_insert_with(|| {
            alike.push((claim, Vec::new()));
            alike.len().saturating_sub(1)
        });
        if let Some((_, abouts)) = alike.get_mut(at).filter(|_| !about.is_empty()) {
            abouts.push(about);
        }
    }
    // What cannot be judged is why the answer is unknown: it stands first.
    if answer == Answer::Unknown {
        alike.sort_by_key(|(claim, _)| claim.answer != Answer::Unknown);
    }
    for (claim, abouts) in &alike {
        let shown = abouts.iter().take(ABOUTS).copied().collect::<Vec<_>>().join(", ");
        let more = match abouts.len().saturating_sub(ABOUTS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let space = if abouts.is_empty() { "" } else { " " };
        rests_on.push(format!(
            "{}{space}{shown}{more}: {} (bound: {})",
            claim.address, claim.why, claim.about.1
        ));
    }
    if judged.iter().any(|claim| claim.wants_key) {
        settles_with.push(settles(Requirement::PublicKey, key));
    }
    if judged.is_empty() {
        rests_on.push("no claimed address is bound to this key".to_owned());
        if key.declared.is_some() && key.public_key.is_none() {
            rests_on.push("only code declares the key: it has no public key yet, and no address".to_owned());
            settles_with.push(settles(Requirement::PublicKey, key));
        }
        settles_with.push(settles(Requirement::Claim, key));
    }
    let by_place = by_place_alone(context.bundle, key).filter(|_| !judged.is_empty());
    let strength = match (answer, &by_place) {
        (Answer::Unknown, _) => Strength::Statement,
        (_, Some(_)) => Strength::ClientFile,
        (_, None) => Strength::Computed,
    };
    rests_on.extend(by_place);
    AnswerRow {
        rests_on,
        settles_with,
        ..row(1, key.subject(), answer, strength)
    }
}

fn role_and_chain(claim: &Claim) -> String {
    [claim.role.as_deref(), claim.chain.as_deref()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

fn without_key(claim: &Claim) -> AnswerRow {
    let what = role_and_chain(claim);
    let shown = match address::parse_claim(claim.address.value.trim(), &address::Options::new()) {
        Ok(claimed) => claimed.canonical,
        Err(_) => claim.address.value.clone(),
    };
    let subject = if what.is_empty() {
        format!("address {shown}")
    } else {
        format!("address {shown} ({what})")
    };
    let key = claim
        .key
        .as_ref()
        .map_or("the key of this address".to_owned(), |key| key.value.clone());
    AnswerRow {
        rests_on: vec!["the evidence has no key for this expected address".to_owned()],
        settles_with: vec![format!("{} of {key}", Requirement::PublicKey.command())],
        ..row(1, subject, Answer::Unknown, Strength::Statement)
    }
}

fn made_inside(bundle: &Bundle, key: &Key) -> AnswerRow {
    let subject = key.subject();
    let (mut origins, mut intended) = (BTreeMap::new(), BTreeMap::new());
    for (artefact, _) in bundle.of_key(key) {
        if let Data::Metadata(metadata) = &artefact.data
            && let Some(origin) = &metadata.origin
        {
            let told = if artefact.intent {
                &mut intended
            } else {
                &mut origins
            };
            told.entry(origin.value.as_str())
                .or_insert(metadata.teller.words());
        }
    }
    let found: Vec<(&str, &str)> = origins.into_iter().collect();
    let (answer, why) = match found.as_slice() {
        [("AWS_KMS", says)] => (
            Answer::Yes,
            format!("{says} says Origin AWS_KMS; CloudTrail's CreateKey event was not seen"),
        ),
        [(other, says)] => (Answer::No, format!("{says} says Origin {other}")),
        [] => {
            let why = match intended.first_key_value() {
                Some((origin, says)) => {
                    format!(
                        "{says} says Origin {origin}, which is what is to be: how a key was made, it does not show"
                    )
                }
                None => "no DescribeKey of this key says its Origin".to_owned(),
            };
            return AnswerRow {
                rests_on: vec![why],
                settles_with: vec![settles(Requirement::Metadata, key)],
                ..row(4, subject, Answer::Unknown, Strength::ClientFile)
            };
        }
        several => {
            let names: Vec<&str> = several.iter().map(|(origin, _)| *origin).collect();
            (
                Answer::Unknown,
                format!(
                    "the exports of DescribeKey contradict each other: Origin {}",
                    names.join(", ")
                ),
            )
        }
    };
    AnswerRow {
        rests_on: vec![why],
        ..row(4, subject, answer, Strength::ClientFile)
    }
}

/// What would settle an unknown of a key: of one that only code declares, once it is there.
fn settles(need: Requirement, key: &Key) -> String {
    let once = if key.declared.is_some() && need != Requirement::Claim {
        ", once it is deployed"
    } else {
        ""
    };
    format!("{} of {}{once}", need.command(), key.subject())
}

fn callers(key: &Key) -> AnswerRow {
    let why = "CloudTrail is not read by this version".to_owned();
    AnswerRow {
        rests_on: vec![why],
        ..row(6, key.subject(), Answer::Unknown, Strength::ClientFile)
    }
}

fn thresholds(key: &Key) -> AnswerRow {
    let why = "validator sets are not joined with accounts by this version".to_owned();
    AnswerRow {
        rests_on: vec![why],
        ..row(7, key.subject(), Answer::Unknown, Strength::ClientFile)
    }
}

/// What the keys in scope lack, one row a kind; what was only joined by place; and what no version reads yet.
pub(super) fn missing_evidence(bundle: &Bundle) -> Vec<GapRow> {
    let keys: Vec<&Key> = bundle.keys.iter().filter(|key| key.scope.is_some()).collect();
    let mut rows = Vec::new();
    for need in Requirement::ALL {
        let lacking: Vec<&&Key> = keys.iter().filter(|key| !need.is_met(bundle, key)).collect();
        let by_place = keys
            .iter()
            .flat_map(|key| bundle.of_key(key))
            .filter(|(artefact, join)| {
                join.by.is_by_place() && crate::evidence::kind_word(&artefact.data) == need.word()
            })
            .count();
        let subject = match lacking.as_slice() {
            [only] => Some(only.subject()),
            _ => None,
        };
        if !lacking.is_empty() {
            let message = format!("missing for {} of {} keys in scope", lacking.len(), keys.len());
            rows.push(GapRow {
                kind: need.word().to_owned(),
                subject,
                message,
            });
        }
        if by_place > 0 {
            let message = format!("{by_place} joined by file or folder name only");
            rows.push(GapRow {
                kind: need.word().to_owned(),
                subject: None,
                message,
            });
        }
    }
    for (kind, message) in [
        ("aws-ram-policy", "not supplied"),
        ("scp", "not read by this version: they only take away"),
        ("cloudtrail", "not read by this version"),
    ] {
        let ram = kind == "aws-ram-policy";
        if ram && keys.iter().all(|key| ram_settled(bundle, key)) {
            continue;
        }
        rows.push(GapRow {
            kind: kind.to_owned(),
            subject: None,
            message: message.to_owned(),
        });
    }
    rows
}

/// True if it is known that a key has no `AWS_RAM` policy, or that policy is in the evidence.
fn ram_settled(bundle: &Bundle, key: &Key) -> bool {
    let mut listed = None;
    for (artefact, _) in bundle.of_key(key) {
        match &artefact.data {
            Data::PolicyList(list) if list.truncated.is_none() => {
                listed = Some(list.names.iter().any(|name| name.value == "AWS_RAM"));
            }
            Data::Policy(export) if export.name.as_ref().is_some_and(|name| name.value == "AWS_RAM") => {
                return true;
            }
            _ => {}
        }
    }
    listed == Some(false)
}
