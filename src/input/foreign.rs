//! What has the words of evidence, but says something else: records of calls, and code.

use super::guess;
use crate::json::Node;

/// True for an event of CloudTrail: it tells what a call said once, not what is there.
pub(super) fn is_event(node: &Node) -> bool {
    node.has(&["eventSource", "eventName"])
}

/// True for source code: the values in it are examples, tests or what somebody asks for.
///
/// A text with fenced blocks is a document that may have code beside outputs.
pub(super) fn is_code(text: &str) -> bool {
    if text
        .lines()
        .any(|line| line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~"))
    {
        return false;
    }
    if guess::is_terraform(text) {
        return true;
    }
    let (mut heads, mut statements) = (0_usize, 0_usize);
    for line in text.lines().map(str::trim_end).take(LINES) {
        let start = line.trim_start();
        if HEADS.iter().any(|head| start.starts_with(head)) && !line.ends_with(['.', ',', ':']) {
            heads = heads.saturating_add(1);
        }
        let is_statement =
            line.ends_with(';') || line.ends_with("{") || line.ends_with(") {") || line.ends_with("):");
        if is_statement && start.len() > 2 && !start.starts_with(['"', '\'', '{', '[']) {
            statements = statements.saturating_add(1);
        }
    }
    (heads > 0 && statements > 1) || (heads > 1 && statements > 0)
}

/// Lines that are looked at.
const LINES: usize = 4_000;

/// How the first lines of a source file, or of its functions, begin.
const HEADS: &[&str] = &[
    "package ",
    "import ",
    "import(",
    "from ",
    "use ",
    "using ",
    "namespace ",
    "#include ",
    "#!/usr/bin/env python",
    "#!/usr/bin/env node",
    "fn ",
    "pub fn ",
    "pub struct ",
    "func ",
    "def ",
    "async def ",
    "class ",
    "const ",
    "let ",
    "var ",
    "export default ",
    "export const ",
    "export function ",
    "export class ",
    "function ",
    "public class ",
    "require(",
    "module.exports",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_from_outputs_and_mails() {
        for code in [
            "package types\n\nimport (\n\t\"bytes\"\n)\n\nfunc T(t *testing.T) {\n\tif a {\n\t}\n}\n",
            "import json\nfrom x import y\n\ndef f(a):\n    pass\n\ndef g(b):\n    pass\n",
            "const a = 1;\nfoo();\n",
            "package a\n\nimport \"b\"\n\nfunc c() {\n\td := `\n{\n  \"e\": 1\n}`\n}\n",
            "resource \"aws_kms_key\" \"k\" {\n}\n",
        ] {
            assert!(is_code(code), "{code}");
        }
        for text in [
            "Hi,\nuse the key below.\nfrom Joe\n{\n  \"a\": 1\n}\n",
            "$ aws kms list-keys\n{\n    \"Keys\": [\n        {\n        }\n    ]\n}\n",
            "A: 1\nb:\n  - c\n",
            "```rust\nfn a() {\n    b();\n}\n```\n",
        ] {
            assert!(!is_code(text), "{text}");
        }
    }
}
