//! `kms-audit inspect`

use kms_audit::audit::inspect;
use kms_audit::key;
use kms_audit::report::inspect as render;

use super::Failure;
use super::args::{InspectArgs, TextFormat};
use super::output::{self, Terminal};

/// Looks into files; returns the exit code.
pub(super) fn run(args: &InspectArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let key_options = key::Options::new().with_compressed(args.allow_compressed);
    let gathered = super::audit::gather(&args.input, &[], key_options)?;
    let inspection = inspect(&gathered, key_options, args.bytes);
    let text = match args.format {
        TextFormat::Table => render::table(&inspection, terminal.style()),
        TextFormat::Json => render::json(&inspection),
    };
    output::stdout(text.as_bytes())?;
    Ok(inspection.exit_code)
}
