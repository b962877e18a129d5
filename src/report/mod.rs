//! Renderers: one format a file and one line in [`FORMATS`].
//!
//! A report is plain data. Text from the evidence in it is untrusted: every renderer passes it through
//! [`crate::source::Untrusted`] and escapes for its own language.

pub mod access;
pub mod address;
pub mod challenge;
pub mod checkpoints;
pub mod compare;
pub mod harden;
pub mod inspect;
pub mod lint;
pub mod rules;
pub mod simulate;
pub mod verify;

mod compact;
mod human;
mod json;
mod keys;
mod page;
mod table;

pub use page::Page;

use crate::audit::Audit;
use crate::evidence::Bundle;

/// What of the outcomes is shown beyond the first screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// The findings, the most severe first; many are cut short on the first screen.
    #[default]
    Findings,
    /// Also what passed, with the sentence that proves it.
    Passes,
    /// Also what was not evaluated or did not apply, with the reason.
    Skipped,
    /// Everything.
    All,
}

impl Show {
    /// Every value, and its word.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Findings, "findings"),
        (Self::Passes, "passes"),
        (Self::Skipped, "skipped"),
        (Self::All, "all"),
    ];
}

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns; kept between 80 and 200.
    pub width: usize,
    /// ANSI colours. Nothing is told by colour alone.
    pub color: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            width: 100,
            color: false,
        }
    }
}

impl Style {
    /// The width within its bounds.
    pub fn columns(self) -> usize {
        self.width.clamp(80, 200)
    }
}

/// What a renderer is given.
pub struct Input<'a> {
    /// The report, and the findings with their spans.
    pub audit: &'a Audit,
    /// The evidence, for source snippets.
    pub bundle: &'a Bundle,
    /// What is shown.
    pub show: Show,
}

/// One format.
pub trait Renderer: Sync {
    /// The word of `--format`.
    fn id(&self) -> &'static str;
    /// File name endings that mean this format with `-o`.
    fn endings(&self) -> &'static [&'static str];
    /// The whole text, with a line end at its end.
    fn render(&self, input: &Input<'_>, style: Style) -> String;
}

/// Every format of `audit`; the first is the default.
pub static FORMATS: &[&dyn Renderer] = &[&table::Table, &human::Human, &json::Json];

/// The format of an id.
pub fn format_by_id(id: &str) -> Option<&'static dyn Renderer> {
    FORMATS.iter().copied().find(|format| format.id() == id)
}

/// The format that a file name ends in.
pub fn format_by_name(name: &str) -> Option<&'static dyn Renderer> {
    FORMATS
        .iter()
        .copied()
        .find(|format| format.endings().iter().any(|ending| name.ends_with(ending)))
}

pub use json::{line as json_line, pretty as json_text};
