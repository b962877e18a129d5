//! Progress on standard error, on a terminal only.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line that tells how far the work is; nothing where nobody looks.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// `total` in bytes, where it is known.
    pub(crate) fn bytes(total: Option<u64>, hidden: bool) -> Self {
        let target = if hidden || !std::io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(4)
        };
        let bar = ProgressBar::with_draw_target(total, target);
        let template = if total.is_some() {
            "{msg} {bytes}/{total_bytes} {percent}% {eta} left"
        } else {
            "{msg} {bytes} {elapsed}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(500));
        Self { bar }
    }

    /// For work whose amount becomes known on the way, in units of no name.
    pub(crate) fn work(hidden: bool) -> Self {
        let progress = Self::bytes(None, hidden);
        if let Ok(style) = ProgressStyle::with_template("{msg} {elapsed}") {
            progress.bar.set_style(style);
        }
        progress
    }

    /// The amount is known now.
    pub(crate) fn set_total(&self, total: u64) {
        if self.bar.length() != Some(total) {
            self.bar.set_length(total);
            if let Ok(style) = ProgressStyle::with_template("{msg} {percent}% {eta} left") {
                self.bar.set_style(style);
            }
        }
    }

    /// Where the work is.
    pub(crate) fn set(&self, bytes: u64, words: String) {
        self.bar.set_message(words);
        self.bar.set_position(bytes);
    }

    /// Takes the line away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
