//! The `kms-audit` command.
fn main() {}
