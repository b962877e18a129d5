#![doc = include_str!("lib.md")]

pub mod address;
pub mod arn;
pub mod audit;
pub mod challenge;
pub mod encoding;
pub mod evidence;
pub mod finding;
pub mod hyperlane;
pub mod input;
pub mod json;
pub mod key;
pub mod policy;
pub mod report;
pub mod rules;
pub mod signature;
pub mod source;
