//! The `.md` of a rule, taken apart.

/// The sections that every page has, in this order.
pub(super) const SECTIONS: [&str; 7] = [
    "What it checks",
    "Why it matters",
    "Bad",
    "Good",
    "How to fix",
    "Limits",
    "References",
];

/// A rule's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<'t> {
    /// Heading and text of each section, in order.
    pub sections: Vec<(&'t str, &'t str)>,
}

/// One example of a Bad or Good section: a small evidence folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The heading above it, empty where there is none.
    pub title: String,
    /// Name and content of each file.
    pub files: Vec<(String, String)>,
}

impl<'t> Page<'t> {
    /// The headings that a page must have.
    pub const SECTIONS: [&'static str; 7] = SECTIONS;

    /// Splits a page at its `## ` headings.
    pub fn parse(text: &'t str) -> Self {
        let mut sections = Vec::new();
        for part in text.split("\n## ").skip(1) {
            let (heading, body) = part.split_once('\n').unwrap_or((part, ""));
            sections.push((heading.trim(), body.trim()));
        }
        Self { sections }
    }

    /// The text of a section.
    pub fn section(&self, heading: &str) -> Option<&'t str> {
        self.sections
            .iter()
            .find(|(own, _)| *own == heading)
            .map(|(_, body)| *body)
    }

    /// The examples of a section.
    ///
    /// A fenced block whose info string has a second word is a file of that name: ```` ```json key-policy.json ````.
    /// A `### ` heading starts the next example.
    pub fn examples(&self, heading: &str) -> Vec<Example> {
        let mut examples: Vec<Example> = Vec::new();
        let mut open: Option<(String, String)> = None;
        let mut title = String::new();
        let mut fresh = true;
        for line in self.section(heading).unwrap_or_default().lines() {
            if let Some((name, mut content)) = open.take() {
                if line.trim_end() == "```" {
                    if fresh {
                        examples.push(Example {
                            title: title.clone(),
                            files: Vec::new(),
                        });
                        fresh = false;
                    }
                    if let Some(example) = examples.last_mut() {
                        example.files.push((name, content));
                    }
                } else {
                    content.push_str(line);
                    content.push('\n');
                    open = Some((name, content));
                }
            } else if let Some(heading) = line.strip_prefix("### ") {
                heading.trim().clone_into(&mut title);
                fresh = true;
            } else if let Some((_, name)) = line.strip_prefix("```").and_then(|info| info.split_once(' ')) {
                open = Some((name.trim().to_owned(), String::new()));
            }
        }
        examples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_sections_and_examples_have_files() {
        let text = "# r\n\n## Bad\n\n### one\n```json a.json\n{}\n```\nand\n```csv b.csv\nx\ny\n```\n### two\n```json c.json\n1\n```\n## Good\nnone\n";
        let page = Page::parse(text);
        let bad = page.examples("Bad");
        assert_eq!(bad.len(), 2);
        assert_eq!(
            bad[0].files,
            [
                ("a.json".to_owned(), "{}\n".to_owned()),
                ("b.csv".to_owned(), "x\ny\n".to_owned())
            ]
        );
        assert_eq!(bad[1].title, "two");
        assert_eq!(page.section("Good"), Some("none"));
    }
}
