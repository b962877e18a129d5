//! Rules on claims beside each other: what several sources say of one key or one address.

pub mod address_in_several_roles;
pub mod claim_sources_disagree;
