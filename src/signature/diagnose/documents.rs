//! Typed data and transactions that may have been meant for another chain or contract.

use super::guesses::Guesses;
use super::{Code, Known};
use crate::json::Node;
use crate::signature::message::eip712::{self, DomainChange};
use crate::signature::message::hashes::keccak256;
use crate::signature::message::transaction::Transaction;

/// Chain ids that are tried beside those of the evidence: those of the chains that most keys sign for.
const CHAINS: [u64; 21] = [
    1, 10, 56, 100, 137, 250, 324, 8453, 34443, 42161, 42220, 43114, 59144, 81457, 534_352, 5, 1337,
    11_155_111, 84532, 421_614, 31337,
];

/// Chain ids of the evidence that are tried, and contracts; each contract also with every one of these chain ids, as
/// long as there is room.
const MOST: usize = 64;

const DOMAIN: &str =
    "the signature is for another domain: sign for this one, or correct the document's domain";
const CHAIN: &str =
    "the signature is for another chain: sign again with the chain id of the one that is meant";
const WHOLE: &str = "sign Keccak-256 of 0x1901, the domain separator and the hash of the message";

fn evidence_ids(known: &Known) -> impl Iterator<Item = u64> {
    known.chain_ids.iter().copied().take(MOST)
}

fn chain_ids(known: &Known) -> impl Iterator<Item = u64> {
    evidence_ids(known).chain(CHAINS.into_iter().filter(|id| !known.chain_ids.contains(id)))
}

/// Other readings of a document of EIP-712, and other domains.
pub(super) fn of_document(found: &mut Guesses, document: &Node, known: &Known) {
    for reading in eip712::readings(document) {
        found.one(
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
        found.one(
            Code::AnotherConvention,
            "the hash of the message alone, without any domain".to_owned(),
            WHOLE,
            hash,
        );
        found.one(
            Code::AnotherConvention,
            "the domain separator and the hash of the message without 0x1901".to_owned(),
            WHOLE,
            keccak256(&[hashed.domain_separator, hash].concat()),
        );
    }
    let mut domain = |code, advice, change: &DomainChange, words: String| {
        if found.is_full() {
            return;
        }
        if let Some(separator) = eip712::separator_with(document, change) {
            found.one(
                code,
                words,
                advice,
                eip712::digest_of(&separator, message.as_ref()),
            );
        }
    };
    for id in chain_ids(known) {
        let change = DomainChange {
            chain_id: Some(id.to_string()),
            ..DomainChange::default()
        };
        domain(
            Code::AnotherChain,
            CHAIN,
            &change,
            format!("the document for chain id {id}"),
        );
    }
    for field in ["name", "version", "chainId", "verifyingContract", "salt"] {
        let change = DomainChange {
            without: Some(field.to_owned()),
            ..DomainChange::default()
        };
        domain(
            Code::AnotherDomain,
            DOMAIN,
            &change,
            format!("the document with no {field} in its domain"),
        );
    }
    let contracts = || known.contracts.iter().take(MOST);
    for contract in contracts() {
        let change = DomainChange {
            verifying_contract: Some(contract.value),
            ..DomainChange::default()
        };
        let address = contract.value.to_checksum(None);
        domain(
            Code::AnotherDomain,
            DOMAIN,
            &change,
            format!("the document for {}, {address}", contract.label),
        );
    }
    // Of what is left, the chains of the evidence come first.
    for id in chain_ids(known) {
        for contract in contracts() {
            let change = DomainChange {
                chain_id: Some(id.to_string()),
                verifying_contract: Some(contract.value),
                ..DomainChange::default()
            };
            let address = contract.value.to_checksum(None);
            domain(
                Code::AnotherDomain,
                DOMAIN,
                &change,
                format!("the document for chain id {id} and {}, {address}", contract.label),
            );
        }
    }
}

/// A transaction for other chains.
pub(super) fn of_transaction(found: &mut Guesses, transaction: &Transaction, known: &Known) {
    if transaction.kind.type_byte().is_none() {
        found.one(
            Code::AnotherChain,
            "the transaction without a chain id (as before EIP-155)".to_owned(),
            CHAIN,
            transaction.signing_digest_with_chain(None),
        );
    }
    for id in chain_ids(known) {
        found.one(
            Code::AnotherChain,
            format!("the transaction for chain id {id}"),
            CHAIN,
            transaction.signing_digest_with_chain(Some(id)),
        );
    }
}
