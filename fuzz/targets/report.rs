#![no_main]

#[path = "../bodies/recogniser.rs"]
#[allow(dead_code, reason = "only its way to read is used")]
mod recogniser;
#[path = "../bodies/report.rs"]
mod report;

libfuzzer_sys::fuzz_target!(|data: &[u8]| report::body(data));
