//! The human report: the first screen, then each finding with the source it speaks of.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer as Snippets, Snippet};

use super::page::{Page, safe, wrap};
use super::{Input, Renderer, Style, keys, table};
use crate::evidence::Bundle;
use crate::finding::{Finding, Label, Severity};
use crate::source::Untrusted;

/// The first screen and annotated snippets.
pub(super) struct Human;

/// Lines of source around a place, and characters of a line, that are shown.
const AROUND: usize = 2;
const LONG: usize = 400;

impl Renderer for Human {
    fn id(&self) -> &'static str {
        "human"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".human.txt"]
    }

    fn render(&self, input: &Input<'_>, style: Style) -> String {
        let report = &input.audit.report;
        let mut page = Page::new(style);
        table::first_screen(&mut page, report, input.show);
        keys::keys(&mut page, report);
        keys::guide(&mut page, report);
        let mut text = page.finish();
        for finding in &input.audit.findings {
            text.push('\n');
            text.push_str(&snippet(input.bundle, finding, style));
        }
        text
    }
}

/// One finding with its places.
pub(super) fn snippet(bundle: &Bundle, finding: &Finding, style: Style) -> String {
    let level = match finding.severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low | Severity::Info => Level::INFO,
    };
    let words = |text: &str| wrap(&safe(text), style.columns().saturating_sub(12)).join("\n");
    let head = finding
        .severity
        .word()
        .len()
        .saturating_add(finding.rule.len())
        .saturating_add(4);
    let message = wrap(&safe(&finding.message), style.columns().saturating_sub(head)).join("\n");
    let title = level
        .with_name(finding.severity.word())
        .primary_title(message)
        .id(finding.rule);
    let mut group = Group::with_title(title);
    let labels =
        std::iter::once((&finding.primary, true)).chain(finding.related.iter().map(|label| (label, false)));
    let windows: Vec<Window> = labels
        .filter_map(|(label, primary)| Window::around(bundle, label, primary))
        .collect();
    for window in &windows {
        let kind = if window.primary {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        group = group.element(
            Snippet::source(window.text.as_str())
                .line_start(window.line)
                .path(window.path.as_str())
                .annotation(kind.span(window.range.clone()).label(window.label.as_str())),
        );
    }
    let consequences: Vec<String> = finding.consequences.iter().map(|text| words(text)).collect();
    for text in &consequences {
        group = group.element(Level::NOTE.with_name("consequence").message(text.as_str()));
    }
    let notes: Vec<String> = finding.notes.iter().map(|text| words(text)).collect();
    for text in &notes {
        group = group.element(Level::NOTE.message(text.as_str()));
    }
    let remedy = words(&finding.remedy);
    group = group.element(Level::HELP.message(remedy.as_str()));
    let renderer = if style.color {
        Snippets::styled()
    } else {
        Snippets::plain()
    };
    let mut text = renderer
        .decor_style(DecorStyle::Ascii)
        .term_width(style.columns())
        .render(&[group]);
    text.push('\n');
    text
}

/// A few lines of source, made safe, and where the place lies in them.
struct Window {
    path: String,
    text: String,
    line: usize,
    range: std::ops::Range<usize>,
    label: String,
    primary: bool,
}

impl Window {
    fn around(bundle: &Bundle, label: &Label, primary: bool) -> Option<Self> {
        let span = label.span;
        let source = bundle.sources.get(span.source);
        let place = bundle.sources.place(span);
        let text = source.text()?;
        let inner = place.inner.is_some();
        let at = if inner {
            place.inner.as_ref().map(|(_, at)| *at)?
        } else {
            place.start
        };
        let mut path = safe(&place.path);
        if inner {
            path = format!(
                "{path}:{}:{} > {}",
                place.start.line,
                place.start.column,
                safe(source.name())
            );
        }
        // Whole lines around the place; a very long line is cut around it.
        let from = lines_before(text, span.start, AROUND);
        let to = lines_after(text, span.end.max(span.start), AROUND);
        let first = at
            .line
            .saturating_sub(text.get(from..span.start)?.matches('\n').count());
        let (from, cut_head) = if span.start.saturating_sub(from) > LONG {
            (floor(text, span.start.saturating_sub(LONG / 4)), true)
        } else {
            (from, false)
        };
        let end = span
            .end
            .min(floor(text, span.start.saturating_add(LONG.saturating_mul(8))));
        let to = if to.saturating_sub(end) > LONG {
            floor(text, end.saturating_add(LONG / 4))
        } else {
            to
        };
        let mut shown = String::new();
        if cut_head {
            shown.push_str("...");
        }
        let push = |part: &str, shown: &mut String| {
            for line in part.split_inclusive('\n') {
                let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
                shown.push_str(&Untrusted(body.trim_end_matches('\r')).to_string());
                shown.push_str(end);
            }
        };
        push(text.get(from..span.start)?, &mut shown);
        let start = shown.len();
        push(text.get(span.start..end)?, &mut shown);
        let stop = shown.len().max(start);
        push(text.get(end..to)?, &mut shown);
        let line = if cut_head { at.line } else { first };
        Some(Self {
            path,
            text: shown,
            line,
            range: start..stop,
            label: safe(&label.message),
            primary,
        })
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at = at.saturating_sub(1);
    }
    at
}

/// Start of the line that is `count` lines above the one of `at`.
fn lines_before(text: &str, at: usize, count: usize) -> usize {
    let head = text.get(..at).unwrap_or_default();
    head.rmatch_indices('\n')
        .nth(count)
        .map_or(0, |(at, _)| at.saturating_add(1))
}

/// End of the line that is `count` lines below the one of `at`.
fn lines_after(text: &str, at: usize, count: usize) -> usize {
    let tail = text.get(at..).unwrap_or_default();
    tail.match_indices('\n')
        .nth(count)
        .map_or(text.len(), |(offset, _)| at.saturating_add(offset))
}
