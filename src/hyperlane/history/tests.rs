use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::hyperlane::merkle::Tree;

const HOOK: [u8; 32] = [0x48; 32];

/// One record in short: signer, index, root, message id, r, bucket.
#[derive(Debug, Clone, PartialEq)]
struct Short {
    signer: u8,
    index: u32,
    root: [u8; 32],
    id: Option<[u8; 32]>,
    r: [u8; 32],
    bucket: &'static str,
}

fn who(signer: u8) -> EvmAddress {
    EvmAddress([signer; 20])
}

fn id(index: u32) -> [u8; 32] {
    let mut id = [0x1d; 32];
    id[28..].copy_from_slice(&index.to_be_bytes());
    id
}

/// The roots over the ids, from 0 on.
fn roots(count: u32) -> Vec<[u8; 32]> {
    let mut tree = Tree::new();
    (0..count)
        .map(|index| {
            tree.insert(id(index));
            tree.root()
        })
        .collect()
}

/// A signer's honest records; r is of the signer and the index.
fn honest(signer: u8, count: u32, bucket: &'static str) -> Vec<Short> {
    roots(count)
        .into_iter()
        .zip(0_u32..)
        .map(|(root, index)| {
            let mut r = [signer; 32];
            r[..4].copy_from_slice(&index.to_be_bytes());
            Short {
                signer,
                index,
                root,
                id: Some(id(index)),
                r,
                bucket,
            }
        })
        .collect()
}

fn add(history: &mut History, short: &Short) {
    let checkpoint = Checkpoint {
        domain: 1,
        contract: HOOK,
        root: short.root,
        index: short.index,
        message_id: short.id,
    };
    let signature = RawSignature {
        r: short.r,
        s: short.r,
        v: 27,
    };
    history.add(&Record {
        signer: who(short.signer),
        checkpoint: &checkpoint,
        signature: &signature,
        bucket: short.bucket,
        line: 0,
    });
}

fn history(records: &[Short]) -> History {
    let mut history = History::new();
    for record in records {
        add(&mut history, record);
    }
    history
}

fn observe(records: &[Short]) -> Observations {
    history(records).observe(&BTreeSet::new())
}

#[test]
fn honest_validators_have_nothing_said_of_them() {
    let all = [honest(1, 70, "a"), honest(2, 70, "b")].concat();
    let found = observe(&all);
    assert_eq!(found.roots_confirmed, 140);
    assert_eq!(found.runs.len(), 2);
    assert_eq!(
        found,
        Observations {
            roots_confirmed: 140,
            runs: found.runs.clone(),
            ..Observations::default()
        }
    );
    assert!(
        found
            .runs
            .iter()
            .all(|run| (run.first, run.last, run.missing) == (0, 69, 0))
    );
}

#[test]
fn two_statements_of_one_index_are_an_equivocation_wherever_they_are() {
    let mut all = honest(1, 10, "a");
    let mut other = all[4].clone();
    other.root = [9; 32];
    other.r = [9; 32];
    other.bucket = "b";
    all.push(other);
    let found = observe(&all);
    assert_eq!(found.equivocations.len(), 1);
    let one = &found.equivocations[0];
    assert_eq!((one.signer, one.index, one.indices), (who(1), 4, 1));
    let told: Vec<(&str, [u8; 32], Option<bool>)> = one
        .statements
        .iter()
        .map(|statement| (statement.bucket.as_str(), statement.root, statement.recomputed))
        .collect();
    let right = roots(10)[4];
    let mut wanted = vec![("b", [9; 32], Some(false)), ("a", right, Some(true))];
    wanted.sort_by_key(|(_, root, _)| *root);
    assert_eq!(told, wanted);
    assert_eq!(found.root_mismatches, [], "it is told once");
    assert_eq!(found.nonce_reuse, []);
}

#[test]
fn an_older_record_without_a_message_id_contradicts_only_with_another_root() {
    let mut all = honest(1, 5, "a");
    let mut old = all[2].clone();
    old.id = None;
    old.r = [8; 32];
    all.push(old.clone());
    assert_eq!(observe(&all).equivocations, []);
    old.root = [3; 32];
    all.push(old);
    assert_eq!(observe(&all).equivocations.len(), 1);
}

#[test]
fn a_root_that_the_messages_do_not_give_is_found_and_the_later_ones_are_right() {
    let mut all = honest(1, 33, "a");
    all[16].root = [7; 32];
    let found = observe(&all);
    assert_eq!(found.root_mismatches.len(), 1);
    let one = &found.root_mismatches[0];
    assert_eq!((one.index, one.records, one.recomputed), (16, 1, roots(33)[16]));
    assert_eq!(found.roots_confirmed, 32);
}

#[test]
fn a_wrong_message_id_makes_all_later_roots_wrong_unless_others_know_better() {
    let mut all = honest(1, 20, "a");
    all[5].id = Some([6; 32]);
    let found = observe(&all);
    assert_eq!(
        (found.root_mismatches[0].index, found.root_mismatches[0].records),
        (5, 15)
    );
    // Two others have the right one: theirs are confirmed, and the two views of the index are told.
    all.extend(honest(2, 20, "b"));
    all.extend(honest(3, 20, "c"));
    let found = observe(&all);
    assert_eq!(found.root_mismatches.len(), 1);
    assert_eq!(found.root_mismatches[0].signer, who(1));
    assert_eq!(found.disagreements.len(), 1);
    let views: Vec<Vec<EvmAddress>> = found.disagreements[0]
        .views
        .iter()
        .map(|(_, signers)| signers.clone())
        .collect();
    assert_eq!(views, [vec![who(2), who(3)], vec![who(1)]]);
}

#[test]
fn validators_of_two_forks_disagree_and_each_is_right_by_itself() {
    let mut all = [honest(1, 8, "a"), honest(2, 8, "b")].concat();
    let mut tree = Tree::new();
    for record in &honest(3, 8, "c") {
        let mut forked = record.clone();
        if forked.index >= 5 {
            forked.id = Some([forked.signer; 32]);
        }
        tree.insert(forked.id.unwrap());
        forked.root = tree.root();
        all.push(forked);
    }
    let found = observe(&all);
    assert_eq!(found.root_mismatches, []);
    assert_eq!(found.roots_confirmed, 24);
    assert_eq!(
        (found.disagreements[0].index, found.disagreements[0].indices),
        (5, 3)
    );
    assert_eq!(found.equivocations, []);
}

#[test]
fn gaps_are_named_and_roots_behind_them_are_not_known() {
    let mut all = honest(1, 30, "a");
    all.retain(|record| !matches!(record.index, 0 | 7 | 10..=12));
    let found = observe(&all);
    let run = &found.runs[0];
    assert_eq!((run.first, run.last, run.missing), (1, 29, 4));
    assert_eq!(run.ranges, [(7, 7), (10, 12)]);
    assert_eq!(
        (found.not_recomputed[0].from, found.not_recomputed[0].records),
        (0, 25)
    );
    // Another validator's records have the messages.
    all.extend(honest(2, 30, "b"));
    let found = observe(&all);
    assert_eq!(found.not_recomputed, []);
    assert_eq!(found.roots_confirmed, 25 + 30);
}

#[test]
fn a_nonce_used_twice_is_found_across_buckets_and_a_copy_is_none() {
    let mut all = honest(1, 10, "a");
    all[7].r = all[2].r;
    all[7].bucket = "z";
    let mut copy = all[3].clone();
    copy.bucket = "z";
    all.push(copy);
    let found = observe(&all);
    assert_eq!(found.nonce_reuse.len(), 1);
    let one = &found.nonce_reuse[0];
    assert_eq!((one.signer, one.values, one.same_s), (who(1), 1, true));
    assert_eq!(
        one.records,
        [(1, 2, "a".to_owned(), 0), (1, 7, "z".to_owned(), 0)]
    );
    assert_eq!(found.duplicates, 1);
}

#[test]
fn of_two_signers_the_same_r_is_nobodys_nonce() {
    let mut all = [honest(1, 5, "a"), honest(2, 5, "b")].concat();
    all[7].r = all[1].r;
    assert_eq!(observe(&all).nonce_reuse, []);
}

#[test]
fn who_signed_one_record_alone_does_not_count_unless_expected() {
    let mut all = honest(1, 10, "a");
    let mut stranger = all[4].clone();
    stranger.signer = 9;
    stranger.root = [1; 32];
    all.push(stranger);
    let found = observe(&all);
    assert_eq!((found.disagreements.len(), found.runs.len()), (0, 1));
    let expected: BTreeSet<EvmAddress> = [who(1), who(9)].into();
    let found = history(&all).observe(&expected);
    assert_eq!((found.disagreements.len(), found.runs.len()), (1, 2));
}

#[test]
fn too_many_names_are_counted_and_the_expected_ones_are_kept() {
    let mut history = History::new();
    history.expect(&[who(1)]);
    let mut record = honest(2, 1, "a").remove(0);
    for number in 0..u32::from(u16::MAX) + 10 {
        let mut address = [0xee; 20];
        address[..4].copy_from_slice(&number.to_be_bytes());
        let checkpoint = Checkpoint {
            domain: 1,
            contract: HOOK,
            root: record.root,
            index: 0,
            message_id: None,
        };
        history.add(&Record {
            signer: EvmAddress(address),
            checkpoint: &checkpoint,
            signature: &RawSignature {
                r: record.r,
                s: record.r,
                v: 27,
            },
            bucket: "a",
            line: 0,
        });
    }
    assert_eq!(history.left_out(), 11);
    record.signer = 1;
    add(&mut history, &record);
    assert_eq!(history.left_out(), 11);
}

/// Records of few signers, indices, roots and buckets, so that everything happens.
fn records() -> impl Strategy<Value = Vec<Short>> {
    let record = (1_u8..4, 0_u32..6, 0_u8..5, 0_u8..4, 0_u8..8, 0_usize..3).prop_map(
        |(signer, index, root, with_id, r, bucket)| {
            let right = roots(6)[usize::try_from(index).unwrap()];
            Short {
                signer,
                index,
                root: if root > 0 { right } else { [1; 32] },
                id: match with_id {
                    0 => None,
                    1 => Some([3; 32]),
                    _ => Some(id(index)),
                },
                r: if r == 0 {
                    [5; 32]
                } else {
                    [r.wrapping_mul(signer); 32]
                },
                bucket: ["a", "b", "c"][bucket],
            }
        },
    );
    proptest::collection::vec(record, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn merging_is_associative_and_the_order_does_not_matter(
        all in records(),
        cuts in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        seed in any::<u64>(),
    ) {
        let one = history(&all).observe(&BTreeSet::new());
        let (low, high) = (cuts.0.index(all.len() + 1), cuts.1.index(all.len() + 1));
        let (low, high) = (low.min(high), low.max(high));
        let parts = [&all[..low], &all[low..high], &all[high..]].map(history);
        let [a, b, c] = &parts;
        let mut left = a.clone();
        left.merge(b);
        left.merge(c);
        let mut right = b.clone();
        right.merge(c);
        let mut whole = a.clone();
        whole.merge(&right);
        let mut back = c.clone();
        back.merge(b);
        back.merge(a);
        prop_assert_eq!(&left.observe(&BTreeSet::new()), &one);
        prop_assert_eq!(&whole.observe(&BTreeSet::new()), &one);
        prop_assert_eq!(&back.observe(&BTreeSet::new()), &one);
        // Any other order.
        let mut shuffled = all.clone();
        let mut state = seed | 1;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        prop_assert_eq!(&observe(&shuffled), &one);
    }

    /// The observations by their definitions, pair by pair.
    #[test]
    fn equivocations_and_nonces_are_those_of_the_definition(all in records()) {
        let found = observe(&all);
        let mut equivocal = BTreeSet::new();
        let mut reused = BTreeSet::new();
        for one in &all {
            for other in &all {
                if one.signer != other.signer {
                    continue;
                }
                let ids_differ = one.id.is_some() && other.id.is_some() && one.id != other.id;
                if one.index == other.index && (one.root != other.root || ids_differ) {
                    equivocal.insert((one.signer, one.index));
                }
                let digest = |short: &Short| (short.index, short.root, short.id);
                if one.r == other.r && digest(one) != digest(other) {
                    reused.insert((one.signer, one.r));
                }
            }
        }
        let told: u64 = found.equivocations.iter().map(|one| one.indices).sum();
        prop_assert_eq!(told, u64::try_from(equivocal.len()).unwrap());
        for one in &found.equivocations {
            prop_assert!(equivocal.contains(&(one.signer.0[0], one.index)));
        }
        let told: u64 = found.nonce_reuse.iter().map(|one| one.values).sum();
        prop_assert_eq!(told, u64::try_from(reused.len()).unwrap());
    }
}
