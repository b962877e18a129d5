//! What follows from the records together.

mod roots;

use std::collections::{BTreeMap, BTreeSet};

use rayon::slice::ParallelSliceMut as _;

use super::{Entry, History, Stream};
use crate::address::EvmAddress;
use roots::Roots;

/// Places, indices and ranges that an observation names; the rest is counted.
pub(super) const MOST_NAMED: usize = 8;

/// What one record says, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// The root.
    pub root: [u8; 32],
    /// The message id.
    pub message_id: Option<[u8; 32]>,
    /// The bucket.
    pub bucket: String,
    /// Its line, where it was one of many in a file; 0 otherwise.
    pub line: u32,
    /// Whether the root is the one that the message ids give, where that is known.
    pub recomputed: Option<bool>,
}

/// D11: one signer, one index, two statements.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Equivocation {
    /// Whose tree.
    pub stream: Stream,
    /// Who.
    pub signer: EvmAddress,
    /// At how many indices.
    pub indices: u64,
    /// The first of them.
    pub index: u32,
    /// What is said there.
    pub statements: Vec<Statement>,
}

/// D12: a root that is not that of the message ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RootMismatch {
    /// Whose tree.
    pub stream: Stream,
    /// Who signed it.
    pub signer: EvmAddress,
    /// How many records.
    pub records: u64,
    /// The first index.
    pub index: u32,
    /// What is said there.
    pub statement: Statement,
    /// The root that the message ids 0 to `index` give.
    pub recomputed: [u8; 32],
}

/// D12: where roots could not be computed any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotRecomputed {
    /// Whose tree.
    pub stream: Stream,
    /// The first index whose message id is missing.
    pub from: u32,
    /// Records from there on.
    pub records: u64,
}

/// D13: indices that a signer's records in one bucket lack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// Whose tree.
    pub stream: Stream,
    /// Who.
    pub signer: EvmAddress,
    /// The bucket.
    pub bucket: String,
    /// The lowest index that is there.
    pub first: u32,
    /// The highest.
    pub last: u32,
    /// How many are missing between them.
    pub missing: u64,
    /// The first ranges that are missing, both ends included.
    pub ranges: Vec<(u32, u32)>,
}

/// D14: signers who say different things of one index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disagreement {
    /// Whose tree.
    pub stream: Stream,
    /// At how many indices.
    pub indices: u64,
    /// The first of them.
    pub index: u32,
    /// What is said there, each with its signers: the statement of most signers first.
    pub views: Vec<(Statement, Vec<EvmAddress>)>,
}

/// D16: one r of one signer for two digests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NonceReuse {
    /// Whose key is given away.
    pub signer: EvmAddress,
    /// How many values of r.
    pub values: u64,
    /// The first of them.
    pub r: [u8; 32],
    /// True where s is the same too.
    pub same_s: bool,
    /// Two of its records: domain, index, bucket and line.
    pub records: Vec<(u32, u32, String, u32)>,
}

/// Everything, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observations {
    /// D11.
    pub equivocations: Vec<Equivocation>,
    /// D12.
    pub root_mismatches: Vec<RootMismatch>,
    /// D12, what was not looked at.
    pub not_recomputed: Vec<NotRecomputed>,
    /// Records whose root was computed again and is right.
    pub roots_confirmed: u64,
    /// D13: every signer and bucket, also those without a gap.
    pub runs: Vec<Gap>,
    /// D14.
    pub disagreements: Vec<Disagreement>,
    /// D16.
    pub nonce_reuse: Vec<NonceReuse>,
    /// Records that are exactly another one again.
    pub duplicates: u64,
}

/// The order in which records are looked at, by content alone.
struct Ranks {
    signers: Vec<u16>,
    streams: Vec<u16>,
    buckets: Vec<u16>,
}

impl Ranks {
    fn of(ranks: &[u16], id: u16) -> u16 {
        ranks.get(usize::from(id)).copied().unwrap_or(u16::MAX)
    }

    /// Tree, index, signer, what is said; then where.
    fn statement<'e>(&self, entry: &'e Entry) -> impl Ord + use<'e> {
        (
            Self::of(&self.streams, entry.stream),
            entry.index,
            Self::of(&self.signers, entry.signer),
            &entry.root,
            entry.has_id,
            &entry.message_id,
            (
                &entry.r,
                &entry.s,
                Self::of(&self.buckets, entry.bucket),
                entry.line,
            ),
        )
    }

    /// Signer and r; then what is said.
    fn nonce<'e>(&self, entry: &'e Entry) -> impl Ord + use<'e> {
        (
            Self::of(&self.signers, entry.signer),
            &entry.r,
            Self::of(&self.streams, entry.stream),
            entry.index,
            &entry.root,
            entry.has_id,
            &entry.message_id,
            (&entry.s, Self::of(&self.buckets, entry.bucket), entry.line),
        )
    }
}

/// True for two records of one statement.
fn same(one: &Entry, other: &Entry) -> bool {
    one.root == other.root && one.has_id == other.has_id && one.message_id == other.message_id
}

/// True where the records of one index exclude each other: an older record without a message id beside one with it says
/// the same if the root is the same.
fn contradict<'e>(records: impl IntoIterator<Item = &'e Entry>) -> bool {
    let mut root = None;
    let mut id = None;
    records.into_iter().any(|entry| {
        *root.get_or_insert(entry.root) != entry.root
            || (entry.has_id && *id.get_or_insert(entry.message_id) != entry.message_id)
    })
}

impl History {
    /// All that follows from the records. `expected` are the signers whose statements count for gaps, roots and
    /// disagreements; where nobody is expected, everybody who signed at least two records does: a record that was changed
    /// after it was signed is of an address that signed nothing else.
    pub fn observe(&self, expected: &BTreeSet<EvmAddress>) -> Observations {
        let ranks = Ranks {
            signers: self.signers.ranks(),
            streams: self.streams.ranks(),
            buckets: self.buckets.ranks(),
        };
        let mut order: Vec<u32> = (0..u32::try_from(self.len).unwrap_or(u32::MAX)).collect();
        order.par_sort_unstable_by(|one, other| {
            let key = |at: &u32| self.entry(*at).map(|entry| ranks.statement(entry));
            key(one).cmp(&key(other))
        });
        let counted = self.counted(expected);
        let mut found = Observations::default();
        for group in order.chunk_by(|one, other| self.stream_of(*one) == self.stream_of(*other)) {
            self.tree(group, &counted, &mut found);
        }
        order.par_sort_unstable_by(|one, other| {
            let key = |at: &u32| self.entry(*at).map(|entry| ranks.nonce(entry));
            key(one).cmp(&key(other))
        });
        self.nonces(&order, &mut found);
        found.runs.sort_unstable();
        found
    }

    fn stream_of(&self, at: u32) -> Option<u16> {
        self.entry(at).map(|entry| entry.stream)
    }

    /// Whether each signer counts.
    fn counted(&self, expected: &BTreeSet<EvmAddress>) -> Vec<bool> {
        let mut records = vec![0_u8; self.signers.len()];
        for entry in self.blocks.iter().flatten() {
            if let Some(count) = records.get_mut(usize::from(entry.signer)) {
                *count = count.saturating_add(1);
            }
        }
        records
            .iter()
            .enumerate()
            .map(|(id, count)| {
                if expected.is_empty() {
                    *count > 1
                } else {
                    u16::try_from(id)
                        .ok()
                        .and_then(|id| self.signers.name(id))
                        .is_some_and(|signer| expected.contains(signer))
                }
            })
            .collect()
    }

    fn signer(&self, entry: &Entry) -> EvmAddress {
        self.signers
            .name(entry.signer)
            .copied()
            .unwrap_or(EvmAddress([0; 20]))
    }

    fn stated(&self, entry: &Entry, recomputed: Option<bool>) -> Statement {
        Statement {
            root: entry.root,
            message_id: entry.has_id.then_some(entry.message_id),
            bucket: self.buckets.name(entry.bucket).cloned().unwrap_or_default(),
            line: entry.line,
            recomputed,
        }
    }

    /// One tree: its records in the order of index, signer and statement.
    fn tree(&self, group: &[u32], counted: &[bool], found: &mut Observations) {
        let entries = || group.iter().filter_map(|at| self.entry(*at));
        let Some(stream) = entries().next().and_then(|entry| self.streams.name(entry.stream)) else {
            return;
        };
        let stream = *stream;
        let counts = |entry: &Entry| counted.get(usize::from(entry.signer)) == Some(&true);
        let mut roots = Roots::new();
        let mut equivocations: BTreeMap<EvmAddress, Equivocation> = BTreeMap::new();
        let mut mismatches: BTreeMap<EvmAddress, RootMismatch> = BTreeMap::new();
        let mut runs: BTreeMap<(u16, u16), Gap> = BTreeMap::new();
        let mut disagreement: Option<Disagreement> = None;
        let mut blind: Option<NotRecomputed> = None;
        let mut at_index: Vec<&Entry> = Vec::new();
        let mut rest = entries().peekable();
        while let Some(first) = rest.next() {
            at_index.clear();
            at_index.push(first);
            while let Some(next) = rest.next_if(|next| next.index == first.index) {
                at_index.push(next);
            }
            let index = first.index;
            found.duplicates = found.duplicates.saturating_add(duplicates(&at_index));
            let own: Vec<&Entry> = at_index.iter().copied().filter(|entry| counts(entry)).collect();
            roots.step(index, &own);
            // Each signer's records stand together.
            for records in at_index.chunk_by(|one, other| one.signer == other.signer) {
                let Some(head) = records.first() else { continue };
                let split = contradict(records.iter().copied());
                let who = self.signer(head);
                if split {
                    equivocations
                        .entry(who)
                        .and_modify(|known| known.indices = known.indices.saturating_add(1))
                        .or_insert_with(|| Equivocation {
                            stream,
                            signer: who,
                            indices: 1,
                            index,
                            statements: self.statements(records, &roots),
                        });
                }
                if !counts(head) {
                    continue;
                }
                for entry in records {
                    run(&mut runs, stream, who, self, entry);
                }
                if split {
                    continue;
                }
                match roots.judge(head) {
                    None => {}
                    Some(Ok(())) => {
                        let count = u64::try_from(records.len()).unwrap_or(u64::MAX);
                        found.roots_confirmed = found.roots_confirmed.saturating_add(count);
                    }
                    Some(Err(recomputed)) => {
                        let count = u64::try_from(records.len()).unwrap_or(u64::MAX);
                        mismatches
                            .entry(who)
                            .and_modify(|known| known.records = known.records.saturating_add(count))
                            .or_insert_with(|| RootMismatch {
                                stream,
                                signer: who,
                                records: count,
                                index,
                                statement: self.stated(head, Some(false)),
                                recomputed,
                            });
                    }
                }
            }
            if let Some(from) = roots.blind_from() {
                let count = u64::try_from(own.len()).unwrap_or(u64::MAX);
                let known = blind.get_or_insert(NotRecomputed {
                    stream,
                    from,
                    records: 0,
                });
                known.records = known.records.saturating_add(count);
            }
            self.views(stream, index, &own, &roots, &mut disagreement);
        }
        found.equivocations.extend(equivocations.into_values());
        found.root_mismatches.extend(mismatches.into_values());
        found.runs.extend(runs.into_values());
        found.disagreements.extend(disagreement);
        found
            .not_recomputed
            .extend(blind.filter(|blind| blind.records > 0));
    }

    /// The different statements among records of one signer and index.
    fn statements(&self, records: &[&Entry], roots: &Roots) -> Vec<Statement> {
        records
            .chunk_by(|one, other| same(one, other))
            .filter_map(|group| group.first())
            .take(MOST_NAMED)
            .map(|entry| {
                let judged = roots.judge(entry).map(|judged| judged.is_ok());
                self.stated(entry, judged)
            })
            .collect()
    }

    /// What the signers who count say of one index, where they differ; a signer who says two things himself has an
    /// observation of his own.
    fn views(
        &self,
        stream: Stream,
        index: u32,
        own: &[&Entry],
        roots: &Roots,
        disagreement: &mut Option<Disagreement>,
    ) {
        let heads: Vec<&Entry> = own
            .chunk_by(|one, other| one.signer == other.signer)
            .filter(|records| !contradict(records.iter().copied()))
            .filter_map(|records| records.first().copied())
            .collect();
        if !contradict(heads.iter().copied()) {
            return;
        }
        if let Some(known) = disagreement {
            known.indices = known.indices.saturating_add(1);
            return;
        }
        let mut views: Vec<(Statement, Vec<EvmAddress>)> = Vec::new();
        for entry in &heads {
            let known = views.iter_mut().find(|(statement, _)| {
                statement.root == entry.root
                    && (!entry.has_id || statement.message_id == Some(entry.message_id))
            });
            if let Some((_, signers)) = known {
                signers.push(self.signer(entry));
            } else if views.len() < MOST_NAMED {
                let judged = roots.judge(entry).map(|judged| judged.is_ok());
                views.push((self.stated(entry, judged), vec![self.signer(entry)]));
            }
        }
        views.sort_by(|one, other| (other.1.len(), &one.0, &one.1).cmp(&(one.1.len(), &other.0, &other.1)));
        *disagreement = Some(Disagreement {
            stream,
            indices: 1,
            index,
            views,
        });
    }

    /// Values of r that one signer has for two digests.
    fn nonces(&self, order: &[u32], found: &mut Observations) {
        let mut reuse: BTreeMap<EvmAddress, NonceReuse> = BTreeMap::new();
        let key = |at: &u32| self.entry(*at).map(|entry| (entry.signer, entry.r));
        for group in order.chunk_by(|one, other| key(one) == key(other)) {
            let mut entries = group.iter().filter_map(|at| self.entry(*at));
            let Some(first) = entries.next() else { continue };
            let differs = |entry: &&Entry| {
                !same(first, entry) || first.index != entry.index || first.stream != entry.stream
            };
            let Some(second) = entries.find(differs) else {
                continue;
            };
            let who = self.signer(first);
            reuse
                .entry(who)
                .and_modify(|known| known.values = known.values.saturating_add(1))
                .or_insert_with(|| NonceReuse {
                    signer: who,
                    values: 1,
                    r: first.r,
                    same_s: first.s == second.s,
                    records: [first, second]
                        .into_iter()
                        .map(|entry| {
                            (
                                self.streams.name(entry.stream).map_or(0, |stream| stream.domain),
                                entry.index,
                                self.buckets.name(entry.bucket).cloned().unwrap_or_default(),
                                entry.line,
                            )
                        })
                        .collect(),
                });
        }
        found.nonce_reuse = reuse.into_values().collect();
    }
}

/// Records of one index that are another one again: same signer, same signature, same statement.
fn duplicates(at_index: &[&Entry]) -> u64 {
    let count = at_index
        .windows(2)
        .filter(|pair| {
            matches!(pair, [one, other] if one.signer == other.signer
                && same(one, other) && one.r == other.r && one.s == other.s)
        })
        .count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Adds a record to its signer's run of indices in its bucket.
fn run(
    runs: &mut BTreeMap<(u16, u16), Gap>,
    stream: Stream,
    signer: EvmAddress,
    history: &History,
    entry: &Entry,
) {
    let known = runs.entry((entry.bucket, entry.signer)).or_insert_with(|| Gap {
        stream,
        signer,
        bucket: history.buckets.name(entry.bucket).cloned().unwrap_or_default(),
        first: entry.index,
        last: entry.index,
        missing: 0,
        ranges: Vec::new(),
    });
    let missing = u64::from(entry.index.saturating_sub(known.last).saturating_sub(1));
    if missing > 0 {
        known.missing = known.missing.saturating_add(missing);
        if known.ranges.len() < MOST_NAMED {
            known
                .ranges
                .push((known.last.saturating_add(1), entry.index.saturating_sub(1)));
        }
    }
    known.last = entry.index;
}
