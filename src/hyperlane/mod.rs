//! Hyperlane: what its agents read and write, as far as keys are concerned.

pub mod agent;
