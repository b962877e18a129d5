//! Rules on the evidence itself.

pub mod broken_evidence;
pub mod conflicting_evidence;
pub mod duplicate_json_key;
pub mod redacted_value;
pub mod unreadable_value;
pub mod wrong_document_kind;
