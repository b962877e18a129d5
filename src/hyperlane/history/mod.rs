//! What is remembered of many checkpoints, and what follows from it: one who says two things, roots that are not those of
//! the messages, gaps, validators who disagree, a nonce used twice.
//!
//! A [`History`] can be merged: of threads, files or machines, in any order and grouping, the observations are the same. It
//! keeps [`BYTES_PER_RECORD`] bytes a record and, for looking at them, [`BYTES_TO_SORT`] more.

mod observe;
mod table;

use crate::address::EvmAddress;

pub use observe::{
    Disagreement, Equivocation, Gap, NonceReuse, NotRecomputed, Observations, RootMismatch, Statement,
};
use table::Table;

use super::checkpoint::Checkpoint;
use super::envelope::RawSignature;

/// Bytes that each record takes.
pub const BYTES_PER_RECORD: usize = size_of::<Entry>();

/// Bytes that the order of the records takes, each.
pub const BYTES_TO_SORT: usize = size_of::<u32>();

const _: () = assert!(
    BYTES_PER_RECORD + BYTES_TO_SORT <= 160,
    "the promise of the documentation"
);

/// Records of one block: growing never copies, and leaves at most one block unused.
const BLOCK: usize = 4096;

/// Signers, domains with their contracts, and places that are told apart, at most; what is beyond is counted as left out.
pub const MOST_NAMES: usize = 65_535;

/// A checkpoint whose signature is good.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Who signed it.
    pub signer: EvmAddress,
    /// What it says.
    pub checkpoint: &'a Checkpoint,
    /// Its signature.
    pub signature: &'a RawSignature,
    /// Where it was found: a bucket, with its folder.
    pub bucket: &'a str,
    /// Its line, where it was one of many in a file; 0 otherwise.
    pub line: u64,
}

/// What is kept of a record: fixed in size, names as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    root: [u8; 32],
    /// Zero where there is none.
    message_id: [u8; 32],
    r: [u8; 32],
    /// The end of s, enough to tell a copy from another signature.
    s: [u8; 8],
    index: u32,
    line: u32,
    signer: u16,
    stream: u16,
    bucket: u16,
    has_id: bool,
}

/// A domain and the contract whose tree the checkpoints are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream {
    /// Domain of the chain.
    pub domain: u32,
    /// The merkle tree hook.
    pub contract: [u8; 32],
}

/// Checkpoints that are remembered.
#[derive(Debug, Clone, Default)]
pub struct History {
    blocks: Vec<Vec<Entry>>,
    len: usize,
    signers: Table<EvmAddress>,
    streams: Table<Stream>,
    buckets: Table<String>,
    left_out: u64,
}

impl History {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many records it has.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True for none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Records that were not kept, because there were more than [`MOST_NAMES`] signers, contracts or places.
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Makes sure that these signers have a place, however many others come first.
    pub fn expect(&mut self, signers: &[EvmAddress]) {
        for signer in signers {
            let _ = self.signers.id(signer);
        }
    }

    /// Remembers a record.
    pub fn add(&mut self, record: &Record<'_>) {
        let checkpoint = record.checkpoint;
        let stream = Stream {
            domain: checkpoint.domain,
            contract: checkpoint.contract,
        };
        let mut s = [0; 8];
        s.copy_from_slice(record.signature.s.split_at(24).1);
        let ids = (
            self.signers.id(&record.signer),
            self.streams.id(&stream),
            self.buckets.id(record.bucket),
        );
        let (Some(signer), Some(stream), Some(bucket)) = ids else {
            self.left_out = self.left_out.saturating_add(1);
            return;
        };
        self.push(Entry {
            root: checkpoint.root,
            message_id: checkpoint.message_id.unwrap_or_default(),
            r: record.signature.r,
            s,
            index: checkpoint.index,
            line: u32::try_from(record.line).unwrap_or(u32::MAX),
            signer,
            stream,
            bucket,
            has_id: checkpoint.message_id.is_some(),
        });
    }

    fn push(&mut self, entry: Entry) {
        if u32::try_from(self.len).is_err() {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(entry),
            _ => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(entry);
                self.blocks.push(block);
            }
        }
        self.len = self.len.saturating_add(1);
    }

    /// Takes in all that another one remembers.
    pub fn merge(&mut self, other: &Self) {
        self.left_out = self.left_out.saturating_add(other.left_out);
        let signers = self.signers.all(&other.signers);
        let streams = self.streams.all(&other.streams);
        let buckets = self.buckets.all(&other.buckets);
        for entry in other.blocks.iter().flatten() {
            let of = |ids: &[Option<u16>], id: u16| ids.get(usize::from(id)).copied().flatten();
            let ids = (
                of(&signers, entry.signer),
                of(&streams, entry.stream),
                of(&buckets, entry.bucket),
            );
            if let (Some(signer), Some(stream), Some(bucket)) = ids {
                self.push(Entry {
                    signer,
                    stream,
                    bucket,
                    ..*entry
                });
            } else {
                self.left_out = self.left_out.saturating_add(1);
            }
        }
    }

    fn entry(&self, at: u32) -> Option<&Entry> {
        let at = usize::try_from(at).ok()?;
        self.blocks.get(at / BLOCK)?.get(at % BLOCK)
    }
}

#[cfg(test)]
mod tests;
