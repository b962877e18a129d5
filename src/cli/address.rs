//! `kms-audit address`

use kms_audit::audit::{AddressOptions, addresses, check_expected};
use kms_audit::key;
use kms_audit::report::address;

use super::Failure;
use super::args::{AddressArgs, TextFormat};
use super::output::{self, Terminal};

/// Derives addresses; returns the exit code.
pub(super) fn run(args: &AddressArgs, terminal: &Terminal) -> Result<u8, Failure> {
    if let Some(expect) = &args.expect {
        check_expected(expect, args.chain_id).map_err(|reason| {
            // What is longer than an address may be a private key that got into the wrong place.
            let shown = if expect.len() > 62 {
                "(its value is not shown)"
            } else {
                expect
            };
            Failure::usage(
                format!("--expect {shown}: {reason}"),
                "An EVM address is 0x and 40 hexadecimal digits.",
            )
        })?;
    }
    let key_options = key::Options::new().with_compressed(args.allow_compressed);
    let gathered = super::audit::gather(&args.input, &[], key_options)?;
    let options = AddressOptions {
        expect: args.expect.clone(),
        chain_id: args.chain_id,
        key_options,
    };
    let report = addresses(&gathered, &options);
    let text = match args.format {
        TextFormat::Table => address::table(&report, terminal.style()),
        TextFormat::Json => address::json(&report),
    };
    output::stdout(text.as_bytes())?;
    Ok(report.exit_code)
}
