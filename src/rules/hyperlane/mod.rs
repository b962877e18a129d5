//! Rules on Hyperlane's conventions and validator sets.

pub mod address_under_several_names;
pub mod alias_pattern;
pub mod duplicate_validator_in_set;
mod names;
pub mod operator_on_several_seats;
mod reference;
pub mod similar_operator_names;
pub mod unsound_threshold;
pub mod unusable_validator_seat;
pub mod validator_in_many_sets;
pub mod validator_missing_from_set;
pub mod validator_sets_disagree;
