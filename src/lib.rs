#![doc = include_str!("lib.md")]

pub mod arn;
pub mod json;
pub mod policy;
pub mod source;
