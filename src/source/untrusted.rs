//! Text from the evidence, made safe to look at.

use std::fmt::{self, Write as _};

/// Text from the evidence. Its `Display` is the only way such text reaches a reader.
///
/// What could move a cursor, colour a terminal, turn the writing direction or hide is shown as what it is: control
/// characters (C0, DEL, C1), line and paragraph separators, bidirectional controls, zero-width and other invisible
/// characters, private use and noncharacters. A newline shows as `\n`: a value never breaks out of its line.
///
/// ```
/// use kms_audit::source::Untrusted;
/// assert_eq!(Untrusted("a\u{1b}[31mred\u{202e}").to_string(), r"a\u{1b}[31mred\u{202e}");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Untrusted<'a>(pub &'a str);

impl fmt::Display for Untrusted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.0.chars() {
            match char {
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                char if is_deceptive(char) => write!(f, "\\u{{{:x}}}", u32::from(char))?,
                char => f.write_char(char)?,
            }
        }
        Ok(())
    }
}

/// True for a character that a terminal obeys, that turns the writing direction, or that cannot be seen.
///
/// Sources: Unicode 15 `General_Category` Cc, Zl, Zp, Co, the `Bidi_Control` and `Default_Ignorable_Code_Point`
/// properties; UTS #39 advises to show them.
pub fn is_deceptive(char: char) -> bool {
    let code = u32::from(char);
    char.is_control()
        || matches!(code,
            0xad | 0x34f | 0x61c
            | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
            | 0x2800 | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
            | 0xe000..=0xf8ff
            | 0x1_bca0..=0x1_bca3 | 0x1_d173..=0x1_d17a
            | 0xe_0000..=0xe_0fff
            | 0xf_0000..=0x10_ffff)
        || (code & 0xfffe) == 0xfffe
        || matches!(code, 0xfdd0..=0xfdef)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown() {
        assert_eq!(
            Untrusted("\u{1b}]0;x\u{7}\u{9b}1m").to_string(),
            r"\u{1b}]0;x\u{7}\u{9b}1m"
        );
        assert_eq!(Untrusted("a\r\nb\tc").to_string(), r"a\r\nb\tc");
    }

    #[test]
    fn what_turns_or_hides_is_shown() {
        for hidden in [
            '\u{202e}',
            '\u{2066}',
            '\u{200b}',
            '\u{feff}',
            '\u{ad}',
            '\u{2028}',
            '\u{e0041}',
            '\u{ffff}',
        ] {
            assert!(is_deceptive(hidden), "{:x}", u32::from(hidden));
        }
        assert_eq!(Untrusted("Zürich 東京 ✓").to_string(), "Zürich 東京 ✓");
    }
}
