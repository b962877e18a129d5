//! Against alloy-consensus: its random transactions, and what it takes that is refused here.

use std::collections::BTreeSet;

use alloy_consensus::{
    EthereumTxEnvelope, SignableTransaction as _, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxEnvelope,
    TxLegacy,
};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use alloy_primitives::{Address, B256, Bytes, Signature as AlloySignature, TxKind, U256};
use kms_audit::signature::message::SecondHash;
use kms_audit::signature::message::transaction::{CODES, decode, signing_payload};
use kms_audit::signature::{HALF_N, N};
use proptest::prelude::*;

use super::{bytes, rows, text};

/// Numbers of every length, so that leading zeros and single bytes occur.
fn number() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0..64_u32).prop_map(|(number, shift)| number >> shift)
}

fn wide() -> impl Strategy<Value = U256> {
    (any::<[u8; 32]>(), 0..256_usize).prop_map(|(bytes, shift)| U256::from_be_bytes(bytes) >> shift)
}

fn scalar() -> impl Strategy<Value = U256> {
    prop_oneof![
        wide(),
        Just(U256::from(1)),
        Just(U256::from_be_bytes(HALF_N)),
        Just(U256::from_be_bytes(N) - U256::from(1)),
    ]
    .prop_filter("in range", |number| {
        !number.is_zero() && *number < U256::from_be_bytes(N)
    })
}

fn address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::from)
}

fn access_list() -> impl Strategy<Value = AccessList> {
    let entry = (address(), prop::collection::vec(any::<[u8; 32]>(), 0..4)).prop_map(|(address, keys)| {
        AccessListItem {
            address,
            storage_keys: keys.into_iter().map(B256::from).collect(),
        }
    });
    prop::collection::vec(entry, 0..4).prop_map(AccessList)
}

fn authorizations() -> impl Strategy<Value = Vec<SignedAuthorization>> {
    let one = (wide(), address(), number(), any::<u8>(), wide(), wide()).prop_map(
        |(chain_id, address, nonce, parity, r, s)| {
            let inner = Authorization {
                chain_id,
                address,
                nonce,
            };
            SignedAuthorization::new_unchecked(inner, parity, r, s)
        },
    );
    prop::collection::vec(one, 1..4)
}

/// What all kinds are made of.
fn parts() -> impl Strategy<Value = Parts> {
    (
        (number(), number(), number(), number(), any::<u128>()),
        (
            address(),
            any::<bool>(),
            wide(),
            prop::collection::vec(any::<u8>(), 0..300),
        ),
        (
            access_list(),
            authorizations(),
            prop::collection::vec(any::<[u8; 32]>(), 1..7),
        ),
        (scalar(), scalar(), any::<bool>(), any::<bool>()),
    )
        .prop_map(
            |(
                (chain_id, nonce, gas_limit, fee, high_fee),
                (to, create, value, data),
                (access_list, authorization_list, hashes),
                (r, s, odd, protected),
            )| Parts {
                chain_id,
                protected,
                nonce: nonce.min(u64::MAX - 1),
                gas_limit,
                fee: u128::from(fee),
                high_fee,
                to,
                create,
                value,
                data: data.into(),
                access_list,
                authorization_list,
                hashes: hashes
                    .into_iter()
                    .map(|mut hash| {
                        hash[0] = 1;
                        B256::from(hash)
                    })
                    .collect(),
                signature: AlloySignature::new(r, s, odd),
            },
        )
}

#[derive(Debug, Clone)]
struct Parts {
    chain_id: u64,
    protected: bool,
    nonce: u64,
    gas_limit: u64,
    fee: u128,
    high_fee: u128,
    to: Address,
    create: bool,
    value: U256,
    data: Bytes,
    access_list: AccessList,
    authorization_list: Vec<SignedAuthorization>,
    hashes: Vec<B256>,
    signature: AlloySignature,
}

fn transactions() -> impl Strategy<Value = TxEnvelope> {
    (parts(), 0..5_u8).prop_map(|(parts, kind)| {
        let Parts {
            chain_id,
            protected,
            nonce,
            gas_limit,
            fee,
            high_fee,
            to,
            create,
            value,
            data: input,
            access_list,
            authorization_list,
            hashes: blob_versioned_hashes,
            signature,
        } = parts;
        let kind_of = if create { TxKind::Create } else { TxKind::Call(to) };
        let (max_priority_fee_per_gas, max_fee_per_gas) = (fee, high_fee);
        match kind {
            0 => {
                let chain_id = protected.then_some(chain_id);
                TxLegacy {
                    chain_id,
                    nonce,
                    gas_price: high_fee,
                    gas_limit,
                    to: kind_of,
                    value,
                    input,
                }
                .into_signed(signature)
                .into()
            }
            1 => TxEip2930 {
                chain_id,
                nonce,
                gas_price: high_fee,
                gas_limit,
                to: kind_of,
                value,
                access_list,
                input,
            }
            .into_signed(signature)
            .into(),
            2 => TxEip1559 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to: kind_of,
                value,
                access_list,
                input,
            }
            .into_signed(signature)
            .into(),
            3 => EthereumTxEnvelope::Eip4844(
                alloy_consensus::TxEip4844Variant::TxEip4844(TxEip4844 {
                    chain_id,
                    nonce,
                    gas_limit,
                    max_fee_per_gas,
                    max_priority_fee_per_gas,
                    to,
                    value,
                    access_list,
                    blob_versioned_hashes,
                    max_fee_per_blob_gas: fee,
                    input,
                })
                .into_signed(signature),
            ),
            _ => TxEip7702 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to,
                value,
                access_list,
                authorization_list,
                input,
            }
            .into_signed(signature)
            .into(),
        }
    })
}

/// Any bytes are read to an end, and what is accepted is what alloy reads.
fn holds(raw: &[u8]) {
    match decode(raw) {
        Ok(tx) => {
            assert_eq!(tx.second, SecondHash::Agrees);
            assert_eq!(signing_payload(raw), None);
        }
        Err(error) => {
            assert!(
                CODES.contains(&error.code) && error.code != "hash-disagreement",
                "{error}"
            );
            assert!(error.offset.expect("a place") <= raw.len());
        }
    }
}

/// Well-formed nonsense: lists and strings of every shape under every type.
fn nonsense() -> impl Strategy<Value = Vec<u8>> {
    let header = |length: usize, base: u8| match u8::try_from(length) {
        Ok(short) if short < 56 => vec![base + short],
        Ok(short) => vec![base + 56, short],
        Err(_) => [
            &[base + 57],
            &u16::try_from(length).expect("small").to_be_bytes()[..],
        ]
        .concat(),
    };
    let string = prop_oneof![
        (0..0x80_u8).prop_map(|byte| vec![byte]),
        Just(vec![0x80]),
        any::<[u8; 20]>().prop_map(|bytes| [&[0x94], &bytes[..]].concat()),
        any::<[u8; 32]>().prop_map(|bytes| [&[0xa0], &bytes[..]].concat()),
        prop::collection::vec(any::<u8>(), 2..60)
            .prop_map(move |bytes| [header(bytes.len(), 0x80), bytes].concat()),
    ];
    let node = string.prop_recursive(4, 64, 14, move |node| {
        prop::collection::vec(node, 0..14).prop_map(move |items| {
            let content = items.concat();
            [header(content.len(), 0xc0), content].concat()
        })
    });
    let root = prop::collection::vec(node, 5..15).prop_map(move |items| {
        let content = items.concat();
        [header(content.len(), 0xc0), content].concat()
    });
    (prop::option::of(1..6_u8), root).prop_map(|(byte, root)| byte.into_iter().chain(root).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_transactions_have_alloys_hashes(transaction in transactions(), cut in any::<prop::sample::Index>()) {
        let raw = transaction.encoded_2718();
        let tx = decode(&raw).expect("accepted");
        prop_assert_eq!(tx.signing_digest, transaction.signature_hash().0);
        prop_assert_eq!(tx.hash, transaction.tx_hash().0);
        prop_assert_eq!(&tx.second, &SecondHash::Agrees);
        prop_assert_eq!(tx.signing_digest_with_chain(tx.chain_id), tx.signing_digest);
        prop_assert!(decode(&raw[..cut.index(raw.len())]).is_err());
        let longer = [raw.as_slice(), &[cut.index(256).to_be_bytes()[7]]].concat();
        prop_assert_eq!(decode(&longer).expect_err("longer").code, "rlp-trailing-data");
    }

    #[test]
    fn changed_transactions_are_refused_or_read_as_alloy_does(
        transaction in transactions(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut raw = transaction.encoded_2718();
        for (at, byte) in changes {
            let at = at.index(raw.len());
            raw[at] = byte;
        }
        if let Ok(tx) = decode(&raw) {
            // A fee that became longer than alloy's 128 bits is the only reason it may have.
            let wide = tx
                .fields
                .iter()
                .any(|field| (field.name.contains("fee") || field.name == "gas_price") && field.span.len() > 17);
            prop_assert!(tx.second == SecondHash::Agrees || wide, "{:?}", tx.second);
        }
    }

    #[test]
    fn any_bytes_are_read_to_an_end(raw in prop::collection::vec(any::<u8>(), 0..300)) {
        holds(&raw);
        for byte in 0..6 {
            holds(&[&[byte], raw.as_slice()].concat());
        }
    }

    #[test]
    fn well_formed_nonsense_is_refused(raw in nonsense()) {
        holds(&raw);
    }
}

/// Where alloy is looser. Should this list shrink, so much the better; should it grow, somebody must look.
#[test]
fn what_alloy_takes_and_is_refused_here() {
    let mut codes = BTreeSet::new();
    for row in rows("broken").into_iter().chain(rows("sidecars")) {
        if TxEnvelope::decode_2718_exact(&bytes(&row)).is_ok() {
            codes.insert(text(&row, "code").to_owned());
        }
    }
    assert_eq!(
        codes.iter().map(String::as_str).collect::<Vec<_>>(),
        [
            "blob-commitment-mismatch",
            "no-authorizations",
            "no-blob-hashes",
            "nonce-too-large",
            "sidecar-count",
            "signature-out-of-range",
            "unknown-blob-hash-version",
            "unsigned-transaction",
        ],
        "rules of the protocol; of the encoding alloy takes nothing that is refused here"
    );
}
