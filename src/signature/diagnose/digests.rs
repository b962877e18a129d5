//! What may have been hashed or signed in place of the right digest.

use std::collections::BTreeSet;

use sha2::Digest as _;

use super::{Case, Code, Guess, Known};
use crate::encoding::{base64, hex};
use crate::json::Node;
use crate::signature::message::Material;
use crate::signature::message::eip191::personal_message;
use crate::signature::message::eip712::{self, DomainChange};
use crate::signature::message::hashes::keccak256;
use crate::signature::message::transaction::Transaction;

/// Bytes of a message beyond which its other texts are not tried.
const LONGEST: usize = 1 << 20;

/// One way of making 32 bytes of a text.
struct Hash {
    words: &'static str,
    make: fn(&[u8]) -> [u8; 32],
}

const PERSONAL: Hash = Hash {
    words: "EIP-191 (personal_sign) of",
    make: |bytes| keccak256(&personal_message(bytes)),
};
const KECCAK: Hash = Hash {
    words: "Keccak-256 of",
    make: keccak256,
};
const SHA256: Hash = Hash {
    words: "SHA-256 of",
    make: |bytes| sha2::Sha256::digest(bytes).into(),
};
const SHA3: Hash = Hash {
    words: "SHA3-256 of",
    make: |bytes| sha3::Sha3_256::digest(bytes).into(),
};
const PERSONAL_SHA3: Hash = Hash {
    words: "SHA3-256, with the prefix of EIP-191, of",
    make: |bytes| sha3::Sha3_256::digest(personal_message(bytes)).into(),
};
const PERSONAL_SHA256: Hash = Hash {
    words: "SHA-256, with the prefix of EIP-191, of",
    make: |bytes| sha2::Sha256::digest(personal_message(bytes)).into(),
};
const HASHES: [&Hash; 6] = [
    &PERSONAL,
    &KECCAK,
    &SHA256,
    &SHA3,
    &PERSONAL_SHA3,
    &PERSONAL_SHA256,
];

/// Collects guesses, each digest once.
struct Guesses {
    all: Vec<Guess>,
    seen: BTreeSet<[u8; 32]>,
}

impl Guesses {
    fn add(&mut self, code: Code, over: String, advice: &'static str, digest: [u8; 32]) {
        if self.seen.insert(digest) {
            self.all.push(Guess {
                code,
                over,
                advice,
                digest,
            });
        }
    }
}

/// SHA-256 of the digest: what KMS signs when it is told that the digest is the message.
pub(super) fn raw(digest: &[u8; 32]) -> Guess {
    Guess {
        code: Code::Sha256OfDigest,
        over: "SHA-256 of the digest".to_owned(),
        advice: RAW_ADVICE,
        digest: sha2::Sha256::digest(digest).into(),
    }
}

const RAW_ADVICE: &str = "KMS was called with MessageType RAW instead of DIGEST, or an emulator hashed the digest again \
                          (moto does); sign with --message-type DIGEST";

/// Everything that may have been signed instead, the likeliest first; never the right digest itself.
pub(super) fn guesses(case: &Case<'_>, known: &Known) -> Vec<Guess> {
    let mut found = Guesses {
        all: Vec::new(),
        seen: BTreeSet::from([*case.digest]),
    };
    let direct = raw(case.digest);
    found.add(direct.code, direct.over, direct.advice, direct.digest);
    if let Some(Material::Bytes(message)) = &case.material {
        of_message(&mut found, case.scheme, message);
    }
    if let Some(Material::TypedData(document)) = &case.material {
        of_document(&mut found, document, known);
    }
    if let Some(transaction) = case.transaction {
        of_transaction(&mut found, transaction, known);
    }
    of_digest(&mut found, case);
    for message in &known.messages {
        for hash in HASHES {
            found.add(
                Code::AnotherMessage,
                format!("{} another message, {}", hash.words, message.label),
                "check which message belongs to which signature",
                (hash.make)(&message.value),
            );
        }
    }
    for digest in &known.digests {
        found.add(
            Code::AnotherMessage,
            format!("another digest, {}", digest.label),
            "check which digest belongs to which signature",
            digest.value,
        );
    }
    // KMS may have hashed any of them once more.
    let once: Vec<Guess> = found.all.clone();
    for guess in once {
        let again = raw(&guess.digest);
        found.add(
            guess.code,
            format!("SHA-256 of {}", guess.over),
            "two mistakes at once: KMS was called with MessageType RAW as well; sign with --message-type DIGEST",
            again.digest,
        );
    }
    found.all
}

/// Chain ids that are tried beside those of the evidence: those of the chains that most keys sign for.
const CHAINS: [u64; 20] = [
    1, 10, 56, 100, 137, 250, 324, 8453, 34443, 42161, 42220, 43114, 59144, 81457, 534_352, 5, 11_155_111,
    84532, 421_614, 31337,
];

fn chain_ids(known: &Known) -> Vec<u64> {
    let mut ids = known.chain_ids.clone();
    ids.extend(CHAINS.iter().filter(|id| !known.chain_ids.contains(id)));
    ids
}

const DOMAIN: &str =
    "the signature is for another domain: sign for this one, or correct the document's domain";
const CHAIN: &str =
    "the signature is for another chain: sign again with the chain id of the one that is meant";

/// Contracts that are tried with every chain id; more of them are tried with the document's own only.
const CONTRACTS: usize = 64;

/// Other readings of a document of EIP-712, and other domains.
fn of_document(found: &mut Guesses, document: &Node, known: &Known) {
    for reading in eip712::readings(document) {
        found.add(
            Code::AnotherConvention,
            format!("the document as {} hash it", reading.words),
            "the two programs read the document in different ways: write it so that they do not",
            reading.digest,
        );
    }
    let Ok(hashed) = eip712::hash(document) else {
        return;
    };
    let message = hashed.struct_hash;
    if let Some(hash) = message {
        found.add(
            Code::AnotherDomain,
            "the hash of the message alone".to_owned(),
            "sign Keccak-256 of 0x1901, the domain separator and the hash of the message",
            hash,
        );
        found.add(
            Code::AnotherDomain,
            "the domain separator and the hash of the message without 0x1901".to_owned(),
            "sign Keccak-256 of 0x1901, the domain separator and the hash of the message",
            keccak256(&[hashed.domain_separator, hash].concat()),
        );
    }
    found.add(
        Code::PrefixAdded,
        "EIP-191 (personal_sign) of the document's digest".to_owned(),
        "sign typed data with eth_signTypedData_v4, or the digest as it is",
        (PERSONAL.make)(&hashed.digest),
    );
    let mut domain = |change: &DomainChange, words: String| {
        if let Some(separator) = eip712::separator_with(document, change) {
            let digest = eip712::digest_of(&separator, message.as_ref());
            found.add(Code::AnotherDomain, words, DOMAIN, digest);
        }
    };
    let for_chain = |id: u64| DomainChange {
        chain_id: Some(id.to_string()),
        ..DomainChange::default()
    };
    let ids = chain_ids(known);
    for id in &ids {
        domain(&for_chain(*id), format!("the document for chain id {id}"));
    }
    for (index, contract) in known.contracts.iter().enumerate() {
        let (label, address) = (&contract.label, contract.value);
        let for_contract = DomainChange {
            verifying_contract: Some(address),
            ..DomainChange::default()
        };
        domain(
            &for_contract,
            format!("the document for {label}, {}", address.to_checksum(None)),
        );
        for id in ids.iter().filter(|_| index < CONTRACTS) {
            let both = DomainChange {
                chain_id: Some(id.to_string()),
                ..for_contract.clone()
            };
            domain(&both, format!("the document for chain id {id} and {label}"));
        }
    }
    for field in ["name", "version", "chainId", "verifyingContract", "salt"] {
        let without = DomainChange {
            without: Some(field.to_owned()),
            ..DomainChange::default()
        };
        domain(&without, format!("the document with no {field} in its domain"));
    }
}

/// A transaction for other chains.
fn of_transaction(found: &mut Guesses, transaction: &Transaction, known: &Known) {
    if transaction.kind.type_byte().is_none() {
        found.add(
            Code::AnotherChain,
            "the transaction without a chain id (as before EIP-155)".to_owned(),
            CHAIN,
            transaction.signing_digest_with_chain(None),
        );
    }
    for id in chain_ids(known) {
        found.add(
            Code::AnotherChain,
            format!("the transaction for chain id {id}"),
            CHAIN,
            transaction.signing_digest_with_chain(Some(id)),
        );
    }
}

/// Other hashes of the message, and other texts for it.
fn of_message(found: &mut Guesses, scheme: &str, message: &[u8]) {
    let right = match scheme {
        "eip191" => &PERSONAL,
        "sha256" => &SHA256,
        _ => &KECCAK,
    };
    for hash in HASHES {
        let (code, advice) = by_hash(right, hash);
        found.add(
            code,
            format!("{} the message", hash.words),
            advice,
            (hash.make)(message),
        );
    }
    if message.len() > LONGEST {
        return;
    }
    for (code, words, advice, text) in texts(message) {
        for hash in std::iter::once(right).chain(HASHES) {
            found.add(
                code,
                format!("{} {words}", hash.words),
                advice,
                (hash.make)(&text),
            );
        }
    }
    // A program hashed the message before it handed it to one that hashes again.
    for (words, digest) in [
        ("Keccak-256 of the message", keccak256(message)),
        ("SHA-256 of the message", (SHA256.make)(message)),
        ("EIP-191 of the message", (PERSONAL.make)(message)),
        ("the prefixed message", [0; 32]),
    ] {
        if words == "the prefixed message" {
            found.add(
                Code::PrefixTwice,
                "the message with the prefix of EIP-191 twice".to_owned(),
                "the program that signs adds the prefix by itself: hand it the bare message",
                (PERSONAL.make)(&personal_message(message)),
            );
            continue;
        }
        let is_prefixed = words.starts_with("EIP-191");
        for (hash, of) in [
            (&PERSONAL, "as bytes"),
            (&KECCAK, "as bytes"),
            (&SHA256, "as bytes"),
        ] {
            let code = match (is_prefixed, hash.words == PERSONAL.words) {
                (true, true) => Code::PrefixTwice,
                (false, true) if scheme != "eip191" => Code::PrefixAdded,
                _ => Code::HashedTwice,
            };
            found.add(
                code,
                format!("{} {words}, {of}", hash.words),
                "the message was hashed before it was handed to what hashes again: hand over the bare message",
                (hash.make)(&digest),
            );
        }
        for text in [format!("0x{}", hex::encode(&digest)), hex::encode(&digest)] {
            found.add(
                Code::HexText,
                format!("{} {words}, as hexadecimal text", PERSONAL.words),
                "a hash was signed as text: decode it to its 32 bytes, or sign the message itself",
                (PERSONAL.make)(text.as_bytes()),
            );
        }
    }
}

/// The mistake of taking one hash for another.
fn by_hash(right: &Hash, made: &Hash) -> (Code, &'static str) {
    let is_prefixed = |hash: &Hash| hash.words.contains("EIP-191");
    if made.words.starts_with("SHA3") {
        return (
            Code::Sha3InsteadOfKeccak,
            "Ethereum's hash is Keccak-256, not SHA3-256 of FIPS 202: take the other function",
        );
    }
    match (is_prefixed(right), is_prefixed(made)) {
        (true, false) if made.words == KECCAK.words => (
            Code::MissingPrefix,
            "the prefix of EIP-191 is missing: sign with personal_sign, or verify with --scheme keccak",
        ),
        (false, true) if right.words == KECCAK.words && made.words == PERSONAL.words => (
            Code::PrefixAdded,
            "personal_sign put its prefix before the message: verify with --scheme eip191",
        ),
        _ => (
            Code::AnotherHash,
            "the signer hashed in another way than the verifier: agree on one scheme",
        ),
    }
}

type Text = (Code, &'static str, &'static str, Vec<u8>);

/// Other texts for a message.
fn texts(message: &[u8]) -> Vec<Text> {
    const AS_TEXT: &str = "hand the program the bytes, not their hexadecimal text";
    const AS_BYTES: &str = "hand the program the text as it is, or verify with --message-hex";
    const ENDING: &str =
        "give the message without the line break that an editor or echo adds (echo -n, printf)";
    const BASE64: &str = "the AWS CLI v2 takes base64 where v1 takes bytes: hand both the file with fileb://";
    let digits = hex::encode(message);
    let mut made: Vec<Text> = vec![
        (
            Code::HexText,
            "the message's hexadecimal text with 0x",
            AS_TEXT,
            format!("0x{digits}").into_bytes(),
        ),
        (
            Code::HexText,
            "the message's hexadecimal text",
            AS_TEXT,
            digits.clone().into_bytes(),
        ),
        (
            Code::HexText,
            "the message's hexadecimal text in capital letters",
            AS_TEXT,
            digits.to_uppercase().into_bytes(),
        ),
        (
            Code::Base64Text,
            "the message's base64",
            BASE64,
            base64::encode(message).into_bytes(),
        ),
    ];
    for (words, ending) in [
        ("the message with a line break behind it", &b"\n"[..]),
        ("the message with CR and LF behind it", b"\r\n"),
    ] {
        made.push((Code::LineEnding, words, ENDING, [message, ending].concat()));
    }
    let trimmed = message.trim_ascii();
    let bare = message
        .strip_suffix(b"\n")
        .map(|rest| rest.strip_suffix(b"\r").unwrap_or(rest));
    for (words, text) in [
        ("the message without its last line break", bare),
        (
            "the message without the blanks around it",
            Some(trimmed).filter(|text| text.len() < message.len()),
        ),
    ] {
        if let Some(text) = text {
            made.push((Code::LineEnding, words, ENDING, text.to_vec()));
        }
    }
    if let Ok(text) = std::str::from_utf8(message) {
        let unix = text.replace("\r\n", "\n");
        if unix.len() < text.len() {
            made.push((
                Code::LineEnding,
                "the message with LF in place of CR and LF",
                ENDING,
                unix.into_bytes(),
            ));
        } else if text.contains('\n') {
            made.push((
                Code::LineEnding,
                "the message with CR and LF in place of LF",
                ENDING,
                text.replace('\n', "\r\n").into_bytes(),
            ));
        }
        if let Ok(decoded) = hex::decode(trimmed)
            && !decoded.bytes.is_empty()
        {
            made.push((
                Code::HexBytes,
                "the bytes that the message's hexadecimal digits stand for",
                AS_BYTES,
                decoded.bytes,
            ));
        }
        if let Ok(decoded) = base64::decode(trimmed)
            && !decoded.is_empty()
        {
            made.push((
                Code::Base64Text,
                "the bytes that the message stands for as base64",
                BASE64,
                decoded,
            ));
        }
    }
    made
}

const BARE: &str = "the digest was handed to what hashes again: have the 32 bytes signed as they are";

/// Hashes of the right digest.
fn of_digest(found: &mut Guesses, case: &Case<'_>) {
    let digest = case.digest;
    let is_prefixed = case.scheme == "eip191";
    let prefix = if is_prefixed {
        Code::PrefixTwice
    } else {
        Code::PrefixAdded
    };
    found.add(
        prefix,
        "EIP-191 (personal_sign) of the digest".to_owned(),
        "personal_sign put its prefix before the digest: sign the digest as it is",
        (PERSONAL.make)(digest),
    );
    for text in [format!("0x{}", hex::encode(digest)), hex::encode(digest)] {
        found.add(
            Code::HexText,
            "EIP-191 (personal_sign) of the digest's hexadecimal text".to_owned(),
            "personal_sign was given the digest as text: sign the 32 bytes as they are",
            (PERSONAL.make)(text.as_bytes()),
        );
        for hash in [&KECCAK, &SHA256] {
            found.add(
                Code::HexText,
                format!("{} the digest's hexadecimal text", hash.words),
                BARE,
                (hash.make)(text.as_bytes()),
            );
        }
    }
    for hash in [&KECCAK, &SHA3] {
        found.add(
            Code::HashedTwice,
            format!("{} the digest", hash.words),
            BARE,
            (hash.make)(digest),
        );
    }
    let mut reversed = *digest;
    reversed.reverse();
    found.add(
        Code::ReversedDigest,
        "the digest with its bytes in reverse order".to_owned(),
        "a digest is not a little-endian number: keep the order of its bytes",
        reversed,
    );
}
