//! `kms-audit address`

use kms_audit::address::{Options, shown};
use kms_audit::audit::{self, AddressOptions, check_expected};
use kms_audit::key;
use kms_audit::report;

use super::Failure;
use super::args::{AddressArgs, TextFormat};
use super::output::{self, Terminal};

/// Derives addresses; returns the exit code.
pub(super) fn run(args: &AddressArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let mut addresses = Options::new();
    addresses.chain_id = args.chain_id;
    addresses.prefix = args.prefix;
    if let Some(expect) = &args.expect {
        check_expected(expect, &addresses).map_err(|reason| {
            Failure::usage(
                format!("--expect {}: {reason}", shown(expect)),
                "Addresses look like 0x7E5F.. (40 digits), T.., 1.., bc1q.. or cosmos1..",
            )
        })?;
    }
    let key_options = key::Options::new().with_compressed(args.allow_compressed);
    let gathered = super::audit::gather(&args.input, &[], key_options)?;
    let options = AddressOptions {
        expect: args.expect.clone(),
        addresses,
        key_options,
    };
    let report = audit::addresses(&gathered, &options);
    let text = match args.format {
        TextFormat::Table => report::address::table(&report, terminal.style()),
        TextFormat::Json => report::address::json(&report),
    };
    output::stdout(text.as_bytes())?;
    Ok(report.exit_code)
}
