//! The whole play, as a user starts it.

use std::process::{Command, Output};

fn play(flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quickstart"))
        .args(flags)
        .output()
        .expect("the binary is built with this test")
}

#[test]
fn all_of_the_paper_happens() {
    let output = play(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.contains(" checks, 0 failed, in "), "{text}");
    assert!(!text.contains("FAIL") && !text.contains('\u{1b}'));
    for row in [
        "P1 ", "P2 ", "P3 ", "P4 ", "P5 ", "P6 ", "P7 ", "P8 ", "P9 ", "P10", "P11", "P12", "P14",
    ] {
        let lines = text
            .lines()
            .filter(|line| line.starts_with(&format!("  {row}  ")) && line.contains(" ok "));
        assert_eq!(lines.count(), 1, "{row}\n{text}");
    }
}

#[test]
fn verbose_shows_every_message_whole() {
    let output = play(&["--verbose"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let frames = text.matches("    ┌─ F").count();
    assert!(text.contains(&format!("each of {frames} messages arrived")), "{frames}");
    assert_eq!(text.matches("Content-Length: ").count(), frames);
}

#[test]
fn a_wrong_flag_is_an_error_of_usage() {
    assert_eq!(play(&["--loud"]).status.code(), Some(2));
}
