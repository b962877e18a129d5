#![doc = include_str!("lib.md")]

pub mod encoding;
pub mod json;
pub mod source;
