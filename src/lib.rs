#![doc = include_str!("lib.md")]

pub mod address;
pub mod arn;
pub mod encoding;
pub mod json;
pub mod key;
pub mod policy;
pub mod source;
