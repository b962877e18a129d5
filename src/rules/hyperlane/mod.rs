//! Rules on Hyperlane's conventions and validator sets.

pub mod alias_pattern;
pub mod duplicate_validator_in_set;
