#![no_main]

#[path = "../bodies/harden.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::body(data));
