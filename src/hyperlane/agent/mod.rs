//! The configuration of Hyperlane's agents: which key each role and chain uses, and where that is said.
//!
//! Sources: hyperlane-monorepo, `rust/main/hyperlane-base/src/settings/loader/mod.rs` (where settings are read from, and
//! which wins), `…/settings/parser/mod.rs` (`parse_signer`, `defaultSigner`), `rust/main/agents/validator/src/settings.rs`
//! (the validator's own key as the signer of transactions); Hyperlane documentation, "Agent Configuration".
//!
//! Nothing here holds a private key: the value of a `key` is dropped before it is kept ([`Value::Withheld`]).

mod process;
mod setting;
mod signer;

pub use process::{Agent, Chain, How, KeyUse, Program, Purpose, Syncer};
pub use setting::{Layer, Merged, Setting, Source, Text, Value, flat, is_relevant, program_of};
pub use signer::{Signer, SignerKind};
