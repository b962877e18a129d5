//! The address of a public key file, derived twice: `cargo run --example derive -- testdata/forms/key.der`

#![allow(clippy::print_stdout, reason = "an example")]

use std::error::Error;

use kms_audit::address::{self, Agreement};
use kms_audit::key::Options;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("usage: derive FILE (SPKI in DER)")?;
    let der = std::fs::read(path)?;
    let scheme = address::scheme("evm").ok_or("the scheme evm is built in")?;
    let options = address::Options::new();
    let (key, checked) = address::derive_checked_der(scheme, &der, Options::new(), &options)?;
    let checked = checked.ok_or("the scheme needs an option")?;
    println!("{}  SHA-256 {}", checked.address, key.fingerprint());
    match checked.second {
        Agreement::Agrees => println!("a second derivation, which shares no code, agrees"),
        Agreement::Disagrees { second, .. } => {
            return Err(format!("a second derivation says {second}").into());
        }
        Agreement::NotEvaluated(why) => println!("second derivation: not evaluated, {why}"),
    }
    Ok(())
}
