//! Rules on Hyperlane's conventions and validator sets.

pub mod address_under_several_names;
pub mod agent_alias_names_another_chain;
pub mod agent_domain_mismatch;
pub mod agent_empty_key_id;
pub mod agent_hex_key_configured;
pub mod agent_region_mismatch;
pub mod agent_signer_not_in_kms;
pub mod agent_signer_setting_ignored;
pub mod agent_validator_key_signs_transactions;
mod agents;
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
