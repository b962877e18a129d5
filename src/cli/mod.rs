//! The command line: reads arguments, the clock, the environment and the terminal, and hands plain values to the library.

mod access;
mod address;
mod args;
mod audit;
mod challenge;
mod checkpoints;
mod compare;
mod harden;
mod inspect;
mod lines;
mod lint;
mod output;
mod progress;
mod rules;
mod simulate;
mod verify;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Command};

/// Why a command ended before its work was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// What was asked for cannot be done as it was asked: exit code 2.
    #[error("{what}\n\n{help}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What to do.
        help: String,
    },
    /// What was given as evidence cannot be read, and the command has no report to say it in: exit code 3.
    #[error("{0}")]
    Evidence(String),
    /// A report could not be written: exit code 6.
    #[error("cannot write {path}: {reason}")]
    Write {
        /// Where to.
        path: String,
        /// What the system says.
        reason: String,
    },
}

impl Failure {
    /// A usage error.
    pub(crate) fn usage(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage {
            what: what.into(),
            help: help.into(),
        }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Usage { .. } => 2,
            Self::Evidence(_) => 3,
            Self::Write { .. } => 6,
        }
    }
}

/// The bytes of a file, one more than `most` where it is longer.
fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors. Where the message cannot be written there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let style = output::Terminal::new(&cli.global);
    let result = match &cli.command {
        Command::Audit(args) => audit::run(args, &style),
        Command::Lint(args) => lint::run(args, &style),
        Command::Access(args) => access::run(args, &style),
        Command::Address(args) => address::run(args, &style),
        Command::Verify(args) => verify::run(args, &style, cli.global.no_progress),
        Command::Checkpoints(args) => checkpoints::run(args, &style, cli.global.no_progress),
        Command::Harden(args) => harden::run(args, &style),
        Command::Simulate(args) => simulate::run(args, &style, cli.global.no_progress),
        Command::Compare(args) => compare::run(args, &style),
        Command::Challenge(args) => challenge::run(args, &style),
        Command::Inspect(args) => inspect::run(args, &style),
        Command::Rules(args) => rules::list(args, &style),
        Command::Explain(args) => rules::explain(args),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "kms-audit", &mut text);
            output::stdout(&text).map(|()| 0)
        }
        Command::Man { dir } => rules::man(dir),
        Command::HelpMarkdown => output::stdout(args::markdown().as_bytes()).map(|()| 0),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            output::stderr(&format!("error: {failure}\n"));
            ExitCode::from(failure.code())
        }
    }
}
