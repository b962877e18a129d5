//! Sample signatures: each judged against the key or the address that it names, over what was signed.
//!
//! The output of `aws kms sign` says nothing of what was signed. So every small file that is no other evidence is tried
//! as its message: with the key at hand a signature verifies over the right one and over no other, and that is a proof,
//! not a guess by names.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use sha2::Digest as _;

use super::bundle::{Bundle, Join, JoinedBy};
use super::known::{Message, known, messages};
use super::signed::digests_of;
use super::{Data, SampleExport, SecretKind, SignExport};
use crate::address::{EvmAddress, Payload, PayloadKind};
use crate::encoding::base64;
use crate::key::PublicKey;
use crate::signature::Signature;
use crate::signature::diagnose::prober::Prober;
use crate::signature::diagnose::{self, Case, Code, Explanation, Known};
use crate::signature::encoding::{self, Reading};
use crate::signature::request::{material, prepare};
use crate::signature::verify::{Claim, Refusal, Second, Verdict, Verification, verify};
use crate::source::Span;

/// Samples of which the mistakes are searched at most.
const MOST_DIAGNOSED: usize = 1_000;

/// What became of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SampleOutcome {
    /// It is the signature of the key, over what was signed.
    Verified,
    /// It is not.
    NotVerified,
    /// It is a good signature of an address that nobody claims here.
    OfAStranger,
    /// It cannot be judged: why.
    NotEvaluated(String),
    /// Its form is broken: code, and what is wrong.
    Broken(&'static str, String),
}

/// One sample signature, judged.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Index in [`Bundle::artefacts`].
    pub artefact: usize,
    /// The place of the signature.
    pub span: Span,
    /// Index in [`Bundle::keys`] of the key whose signature it is said to be, or is.
    pub key: Option<usize>,
    /// The address whose signature it is said to be, where it says one.
    pub address: Option<String>,
    /// The reading that counts.
    pub reading: Option<Reading>,
    /// Id of the message scheme.
    pub scheme: Option<&'static str>,
    /// What should have been signed.
    pub digest: Option<[u8; 32]>,
    /// Where what was signed stands: the name of a file.
    pub over: Option<String>,
    /// Index in [`Bundle::artefacts`] of the challenge that it answers.
    pub challenge: Option<usize>,
    /// The answer.
    pub outcome: SampleOutcome,
    /// Why the answer is no, where the signature alone tells.
    pub refusal: Option<Refusal>,
    /// Whose signature it is, where it has one answer.
    pub signer: Option<EvmAddress>,
    /// The mistakes that explain it.
    pub explanations: Vec<Explanation>,
    /// True where the two implementations give different answers.
    pub disagreement: bool,
    /// True for the answer of AWS KMS, which no chain takes as it is.
    pub of_kms: bool,
}

impl Sample {
    /// A sample of which nothing is known yet.
    pub(crate) fn new(artefact: usize, span: Span) -> Self {
        Self {
            artefact,
            span,
            key: None,
            address: None,
            reading: None,
            scheme: None,
            digest: None,
            over: None,
            challenge: None,
            outcome: SampleOutcome::NotVerified,
            refusal: None,
            signer: None,
            explanations: Vec::new(),
            disagreement: false,
            of_kms: false,
        }
    }

    /// r and s.
    pub fn signature(&self) -> Option<&Signature> {
        self.reading.as_ref().map(|reading| &reading.signature)
    }

    fn with(mut self, answer: &Verification) -> Self {
        self.outcome = match answer.verdict {
            Verdict::Verified | Verdict::Recovered => SampleOutcome::Verified,
            Verdict::NotVerified => SampleOutcome::NotVerified,
        };
        self.refusal = answer.refusal;
        self.signer = answer.recovered;
        self.disagreement = answer.second == Second::Disagrees;
        self
    }
}

/// What samples are looked up in.
struct Places {
    /// Challenges by their digest, as indices of artefacts.
    challenges: BTreeMap<[u8; 32], usize>,
    /// Claimed addresses whose keys are not in the evidence.
    claimed: BTreeSet<EvmAddress>,
}

/// Judges every sample of the bundle, and joins each to the key that it is of.
pub(super) fn judge(bundle: &mut Bundle) {
    let messages = messages(bundle);
    let known = known(bundle, &messages);
    let places = Places {
        challenges: (0..)
            .zip(&bundle.artefacts)
            .filter_map(|(index, artefact)| match &artefact.data {
                Data::Challenge(challenge) => Some((challenge.digest(), index)),
                _ => None,
            })
            .collect(),
        claimed: known.addresses.iter().map(|address| address.value).collect(),
    };
    let of_artefact: BTreeMap<usize, usize> = bundle
        .keys
        .iter()
        .enumerate()
        .flat_map(|(key, of)| of.joins.iter().map(move |join| (join.artefact, key)))
        .collect();
    let work: Vec<(usize, bool)> = bundle
        .artefacts
        .iter()
        .enumerate()
        .filter(|(_, artefact)| matches!(artefact.data, Data::Signature(_) | Data::Sample(_)))
        .enumerate()
        .map(|(number, (index, _))| (index, number < MOST_DIAGNOSED))
        .collect();
    let shared: &Bundle = bundle;
    let mut samples: Vec<Sample> = work
        .par_iter()
        .filter_map(|(index, diagnosed)| match &shared.artefacts.get(*index)?.data {
            Data::Signature(export) => {
                let key = of_artefact.get(index).copied();
                Some(of_kms(shared, *index, export, key, &messages, &known))
            }
            Data::Sample(export) => Some(of_request(shared, *index, export, &known, &places, *diagnosed)),
            _ => None,
        })
        .collect();
    samples.sort_by_key(|sample| (sample.artefact, sample.span.start));
    for sample in &samples {
        let Some(key) = sample.key.and_then(|key| bundle.keys.get_mut(key)) else {
            continue;
        };
        if key.joins.iter().all(|join| join.artefact != sample.artefact) {
            key.joins.push(Join {
                artefact: sample.artefact,
                by: JoinedBy::Signature,
            });
            key.joins.sort_by_key(|join| (join.artefact, join.by));
        }
    }
    tell_digests(bundle, &messages, &samples);
    bundle.samples = samples;
}

/// 32 bytes that could be a private key are a digest where a signature is over them, or where they are the digest of a
/// challenge or of another file.
fn tell_digests(bundle: &mut Bundle, messages: &[Message], samples: &[Sample]) {
    if messages.iter().all(|message| message.withheld.is_none()) {
        return;
    }
    let is_proven = |sample: &&Sample| sample.of_kms || sample.outcome == SampleOutcome::Verified;
    let mut digests: BTreeSet<[u8; 32]> = samples
        .iter()
        .filter(is_proven)
        .filter_map(|sample| sample.digest)
        .collect();
    for message in messages.iter().filter(|message| message.withheld.is_none()) {
        digests.extend(digests_of(&message.bytes).into_iter().map(|(_, digest)| digest));
    }
    for index in messages.iter().filter_map(|message| message.withheld) {
        if let Some(artefact) = bundle.artefacts.get_mut(index)
            && let Data::Secret(kind) = &mut artefact.data
            && let SecretKind::PerhapsDigest(what, bytes) = kind
            && digests.contains(bytes.bytes())
        {
            *kind = SecretKind::Digest(std::mem::take(what));
        }
    }
}

/// The answer of `aws kms sign`: over which file is it the key's signature?
fn of_kms(
    bundle: &Bundle,
    index: usize,
    export: &SignExport,
    key: Option<usize>,
    messages: &[Message],
    known: &Known,
) -> Sample {
    let mut sample = Sample::new(index, export.signature.span);
    sample.key = key;
    sample.of_kms = true;
    if let Some(algorithm) = export
        .algorithm
        .as_ref()
        .filter(|algorithm| algorithm.value != "ECDSA_SHA_256")
    {
        sample.outcome = SampleOutcome::NotEvaluated(format!(
            "it was made with {}, and secp256k1 keys sign with ECDSA_SHA_256",
            crate::source::Untrusted(&algorithm.value)
        ));
        return sample;
    }
    let decoded = base64::decode(export.signature.value.trim().as_bytes());
    let readings = match decoded.map(|bytes| encoding::read_bytes(&bytes)) {
        Ok(Ok(readings)) => readings,
        Ok(Err(error)) => {
            sample.outcome = SampleOutcome::Broken(error.code(), error.to_string());
            return sample;
        }
        Err(error) => {
            sample.outcome =
                SampleOutcome::Broken("not-base64", format!("the signature is no base64: {error}"));
            return sample;
        }
    };
    sample.reading = readings.first().copied();
    let owner = key
        .and_then(|key| bundle.keys.get(key))
        .and_then(|key| key.public_key);
    let prober = sample.signature().and_then(Prober::new);
    let (Some(owner), Some(prober)) = (owner, prober) else {
        sample.outcome = SampleOutcome::NotEvaluated(if owner.is_none() {
            "there is no public key to verify it with".to_owned()
        } else {
            "no key has this signature over any message".to_owned()
        });
        return sample;
    };
    let mut of_another: Option<(&Message, EvmAddress, &'static str)> = None;
    for message in messages {
        for (scheme, digest) in digests_of(&message.bytes) {
            let raw: [u8; 32] = sha2::Sha256::digest(digest).into();
            for (signed, is_raw) in [(digest, false), (raw, true)] {
                for (found, _) in prober.keys(&signed) {
                    if found == owner {
                        return over(sample, &readings, message, scheme, digest, signed, is_raw, &owner);
                    }
                    if of_another.is_none() && is_known(bundle, &found) {
                        of_another = Some((message, EvmAddress::of(&found), scheme));
                    }
                }
            }
        }
    }
    if let Some((message, signer, scheme)) = of_another {
        let label = known
            .keys
            .iter()
            .find(|key| EvmAddress::of(&key.value) == signer)
            .map_or_else(|| "another key".to_owned(), |key| key.label.clone());
        sample.outcome = SampleOutcome::NotVerified;
        sample.scheme = Some(scheme);
        sample.over = Some(message.label.clone());
        sample.signer = Some(signer);
        sample.refusal = Some(Refusal::WrongKey);
        sample.explanations = vec![Explanation {
            code: Code::AnotherKey,
            message: format!(
                "over {} it is the signature of {label}, {}, and not of the key that it names",
                message.label,
                signer.to_checksum(None)
            ),
        }];
        return sample;
    }
    sample.outcome = SampleOutcome::NotEvaluated(match messages.len() {
        0 => "what was signed is not in the evidence: the output of aws kms sign does not say it".to_owned(),
        tried => format!(
            "what was signed is not in the evidence: it verifies over none of the {tried} files that could be it"
        ),
    });
    sample
}

fn is_known(bundle: &Bundle, key: &PublicKey) -> bool {
    let payload = Payload::of(PayloadKind::Evm20, key);
    bundle.by_address.contains_key(&payload)
}

/// A signature of the key over a file; of SHA-256 of its digest, where KMS was told that the digest is a message.
#[allow(clippy::too_many_arguments, reason = "what was found, and where")]
fn over(
    mut sample: Sample,
    readings: &[Reading],
    message: &Message,
    scheme: &'static str,
    digest: [u8; 32],
    signed: [u8; 32],
    is_raw: bool,
    owner: &PublicKey,
) -> Sample {
    let claim = Claim {
        key: Some(owner),
        address: None,
    };
    let answer = verify(readings, &signed, &claim);
    sample = sample.with(&answer);
    sample.scheme = Some(scheme);
    sample.digest = Some(digest);
    sample.over = Some(message.label.clone());
    sample.challenge = message.challenge;
    if is_raw {
        sample.outcome = SampleOutcome::NotVerified;
        sample.explanations = vec![Explanation {
            code: Code::Sha256OfDigest,
            message: format!(
                "over {} it is the key's signature of SHA-256 of the digest: KMS was called with MessageType RAW instead \
                 of DIGEST, or an emulator hashed the digest again (moto does)",
                message.label
            ),
        }];
    }
    sample
}

/// A signature that comes with what was signed.
fn of_request(
    bundle: &Bundle,
    index: usize,
    export: &SampleExport,
    known: &Known,
    places: &Places,
    diagnosed: bool,
) -> Sample {
    let mut sample = Sample::new(index, export.span);
    let prepared = match export.request.clone().and_then(prepare) {
        Ok(prepared) => prepared,
        Err(error) if matches!(error.code, "wrong-algorithm" | "wrong-curve") => {
            sample.outcome = SampleOutcome::NotEvaluated(error.message);
            return sample;
        }
        Err(error) => {
            sample.outcome = SampleOutcome::Broken(error.code, error.message);
            return sample;
        }
    };
    let request = &prepared.request;
    sample.challenge = places.challenges.get(&prepared.digest).copied();
    sample.scheme = Some(request.scheme);
    sample.digest = Some(prepared.digest);
    sample.reading = prepared.readings.first().copied();
    sample.address = request
        .address
        .as_ref()
        .map(|address| address.claimed.canonical.clone());
    if let Some(error) = &prepared.only_by_convention {
        sample.outcome = SampleOutcome::Broken(error.code, error.message.clone());
        return sample;
    }
    let claim = request.claim();
    let answer = verify(&prepared.readings, &prepared.digest, &claim);
    sample = sample.with(&answer);
    sample.reading = prepared.readings.get(answer.reading).copied();
    sample.key = owner(
        bundle,
        &claim,
        request.address.as_ref().map(|address| &address.claimed),
    )
    .or_else(|| own(bundle, answer.key.as_ref()?).filter(|_| claim.is_empty()));
    if claim.is_empty() {
        // Without v it may be of two addresses: that of a key at hand is the one.
        if sample.key.is_none() {
            let of_known = answer.candidates.iter().find_map(|address| {
                let payload = Payload {
                    bytes: address.0,
                    kind: PayloadKind::Evm20,
                };
                Some((*address, *bundle.by_address.get(&payload)?.first()?))
            });
            match of_known {
                Some((address, key)) => {
                    sample.key = Some(key);
                    sample.signer = Some(address);
                    // Of 64 bytes, the reading that is the key's: the other one has another s.
                    let of_key = Claim {
                        key: bundle.keys.get(key).and_then(|key| key.public_key.as_ref()),
                        address: None,
                    };
                    let own = verify(&prepared.readings, &prepared.digest, &of_key);
                    sample.reading = prepared.readings.get(own.reading).copied();
                }
                None if sample.outcome == SampleOutcome::Verified => {
                    let claimed = answer
                        .candidates
                        .iter()
                        .find(|address| places.claimed.contains(address));
                    if let Some(address) = claimed {
                        sample.signer = Some(*address);
                        sample.address = Some(address.to_checksum(None));
                    } else {
                        sample.outcome = SampleOutcome::OfAStranger;
                    }
                }
                // A chance signature of another algorithm has no key on this curve: nobody said that it has one.
                None => {
                    sample.outcome = SampleOutcome::NotEvaluated(
                        "it names nobody, and no secp256k1 key has this signature over what was signed"
                            .to_owned(),
                    );
                }
            }
        }
        return sample;
    }
    if answer.verdict == Verdict::NotVerified && diagnosed {
        let case = Case {
            readings: &prepared.readings,
            scheme: request.scheme,
            material: Some(material(&request.signed)),
            transaction: prepared.transaction.as_deref(),
            digest: &prepared.digest,
            claim,
        };
        sample.explanations = diagnose::diagnose(&case, known);
    }
    sample
}

/// The key of the evidence that a claim names.
fn owner(bundle: &Bundle, claim: &Claim<'_>, address: Option<&crate::address::Claimed>) -> Option<usize> {
    if let Some(key) = claim.key {
        return own(bundle, key);
    }
    address?
        .payloads()
        .find_map(|payload| bundle.by_address.get(&payload)?.first().copied())
}

/// The key of the evidence with these bytes.
fn own(bundle: &Bundle, key: &PublicKey) -> Option<usize> {
    bundle
        .by_address
        .get(&Payload::of(PayloadKind::Evm20, key))?
        .first()
        .copied()
}
