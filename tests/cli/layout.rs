use unicode_width::UnicodeWidthStr as _;

use super::{AS_OF, run, run_with};

#[test]
fn text_reports_keep_to_the_width() {
    for width in ["80", "100", "200"] {
        for arguments in [
            &["audit", "testdata/example", "--show", "all"][..],
            &["address", "testdata/forms"],
            &["inspect", "--bytes", "testdata/forms"],
            &["rules"],
        ] {
            let day: &[&str] = if arguments[0] == "audit" { &AS_OF } else { &[] };
            let output = run(&[arguments, &["--width", width], day].concat());
            for line in output.stdout.lines() {
                assert!(
                    line.width() <= width.parse().unwrap(),
                    "{arguments:?} at {width}: {line}"
                );
            }
        }
    }
}

#[test]
fn a_width_out_of_bounds_is_brought_within() {
    let narrow = run(&[&["audit", "testdata/example", "--width", "20"], &AS_OF[..]].concat());
    let eighty = run(&[&["audit", "testdata/example", "--width", "80"], &AS_OF[..]].concat());
    assert_eq!(narrow.stdout, eighty.stdout);
}

#[test]
fn colour_is_asked_for_or_left_out() {
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        let arguments = [&["audit", "testdata/example"], arguments, &AS_OF].concat();
        run_with(&arguments, b"", environment).stdout
    };
    let plain = coloured(&[], &[]);
    assert!(!plain.contains('\u{1b}'));
    let loud = coloured(&["--color", "always"], &[]);
    assert!(loud.contains("\u{1b}["));
    let mut stripped = loud.clone();
    while let Some(start) = stripped.find("\u{1b}[") {
        let end = start + stripped[start..].find('m').unwrap();
        stripped.replace_range(start..=end, "");
    }
    assert_eq!(stripped, plain, "nothing is told by colour alone");
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]).contains('\u{1b}'));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\u{1b}'));
}
