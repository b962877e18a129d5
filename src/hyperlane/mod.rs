//! What Hyperlane's agents are configured with, sign and store: checkpoints, announcements, and the files beside them in
//! a validator's bucket.
//!
//! A validator signs the root of its chain's merkle tree at every index (a checkpoint), and once where it stores them (an
//! announcement). Both are secp256k1 signatures over EIP-191 digests, whatever virtual machine the chain has, so a
//! validator is always an address of 20 bytes. KMS sees the 32-byte digest alone: it cannot tell a checkpoint from a
//! transaction.
//!
//! Source of every format: the public repository `hyperlane-xyz/hyperlane-monorepo`, whose files the documentation here
//! names below `mono:`.

pub mod agent;
pub mod announcement;
pub mod artefact;
pub mod checkpoint;
pub mod diagnose;
pub mod digest;
pub mod envelope;
mod fast;
mod fields;
pub mod history;
pub mod layout;
pub mod location;
pub mod merkle;
pub mod message;
pub mod registry;
pub mod request;
#[cfg(test)]
mod testing;

pub use announcement::Announcement;
pub use artefact::{Artefact, read};
pub use checkpoint::Checkpoint;
pub use envelope::{Envelope, Fault, FaultCode, Remark, Remarks};
