#![no_main]

#[path = "../bodies/transaction.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::body(data));
