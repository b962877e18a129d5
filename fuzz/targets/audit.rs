#![no_main]

#[path = "../bodies/recogniser.rs"]
#[allow(dead_code, reason = "only its way to read is used")]
mod recogniser;
#[path = "../bodies/audit.rs"]
mod audit;

libfuzzer_sys::fuzz_target!(|data: &[u8]| audit::body(data));
