//! What is checked, and how it went.

use std::{fmt::Display, iter, mem};

use crate::{
    paper::Row,
    screen::{Line, Style, WIDTH},
    text::{pad, width, wrap},
};

/// Every check so far.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<Check>);

/// One thing that a specification says, and what was found.
#[derive(Debug)]
struct Check {
    rows: Vec<Row>,
    what: String,
    /// The RFC and its section.
    section: &'static str,
    outcome: Result<(), Mismatch>,
}

#[derive(Debug)]
struct Mismatch {
    expected: String,
    got: String,
}

impl Checks {
    /// Checks that two values are equal. Gives the lines to print.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "values are made for the check, and read better without &"
    )]
    pub(crate) fn equal<A, B>(
        &mut self,
        rows: &[Row],
        what: impl Into<String>,
        section: &'static str,
        got: A,
        expected: B,
    ) -> Vec<Line>
    where
        A: PartialEq<B> + Display,
        B: Display,
    {
        let outcome = if got == expected {
            Ok(())
        } else {
            Err(Mismatch {
                expected: expected.to_string(),
                got: got.to_string(),
            })
        };
        self.push(rows, what.into(), section, outcome)
    }

    /// Checks that there are no faults.
    pub(crate) fn none(
        &mut self,
        rows: &[Row],
        what: impl Into<String>,
        section: &'static str,
        faults: &[String],
    ) -> Vec<Line> {
        let outcome = if faults.is_empty() {
            Ok(())
        } else {
            Err(Mismatch {
                expected: "no fault".to_owned(),
                got: faults.join("; "),
            })
        };
        self.push(rows, what.into(), section, outcome)
    }

    fn push(&mut self, rows: &[Row], what: String, section: &'static str, outcome: Result<(), Mismatch>) -> Vec<Line> {
        let check = Check {
            rows: rows.to_vec(),
            what,
            section,
            outcome,
        };
        let lines = check.lines();
        self.0.push(check);
        lines
    }

    /// The number of checks.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The number of checks that found something else.
    pub(crate) fn failures(&self) -> usize {
        self.0.iter().filter(|check| check.outcome.is_err()).count()
    }

    /// Whether every row was checked, and all that was checked was right.
    pub(crate) fn all_right(&self) -> bool {
        self.failures() == 0 && Row::ALL.iter().all(|row| self.of(*row).next().is_some())
    }

    /// How each row of the paper went.
    pub(crate) fn summary(&self) -> Vec<Line> {
        Row::ALL.iter().map(|row| self.row(*row)).collect()
    }

    fn row(&self, row: Row) -> Line {
        let count = self.of(row).count();
        let failed = self.of(row).filter(|check| check.outcome.is_err()).count();
        let (style, outcome, details) = match (count, failed) {
            (0, _) => (Style::Bad, "FAIL", "not shown".to_owned()),
            (1, 0) => (Style::Good, "ok", "1 check".to_owned()),
            (_, 0) => (Style::Good, "ok", format!("{count} checks")),
            _ => (Style::Bad, "FAIL", format!("{failed} of {count} checks")),
        };
        Line::of(Style::Bold, format!("  {}", pad(row.id(), 5)))
            .with(Style::Plain, pad(row.what(), 70))
            .with(style, pad(outcome, 6))
            .with(Style::Dim, details)
    }

    fn of(&self, row: Row) -> impl Iterator<Item = &Check> {
        self.0.iter().filter(move |check| check.rows.contains(&row))
    }
}

impl Check {
    fn lines(&self) -> Vec<Line> {
        const INDENT: usize = 8;
        let section = format!("RFC {}", self.section.replace(" section ", " §"));
        let (style, head, text) = match &self.outcome {
            Ok(()) => (Style::Good, "ok", self.what.clone()),
            Err(Mismatch { expected, got }) => {
                let text = format!("{}: expected {expected}, got {got}", self.what);
                (Style::Bad, "FAIL", text.replace(['\r', '\n'], " "))
            }
        };
        let texts = wrap(&text, WIDTH - INDENT - 1 - width(&section), 2);
        let heads = iter::once(head).chain(iter::repeat(""));
        let mut lines: Vec<_> = heads
            .zip(texts)
            .map(|(head, text)| Line::of(style, format!("{head:>6}  ")).with(Style::Plain, text))
            .collect();
        // The section stands at the right edge of the first line.
        if let Some(first) = lines.first_mut() {
            let line = mem::take(first);
            *first = line.fill(WIDTH - width(&section)).with(Style::Dim, section);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.render(false)).collect()
    }

    #[test]
    fn a_check_says_what_was_expected_and_what_came() {
        let mut checks = Checks::default();
        let right = checks.equal(&[Row::P3], "no credentials: 401", "3261 section 22.1", 401, 401);
        assert_eq!(
            text(&right),
            [format!("    ok  no credentials: 401{:58}RFC 3261 §22.1", "")]
        );
        let wrong = checks.equal(&[Row::P3], "no credentials: 401", "3261 section 22.1", 403, 401);
        assert_eq!(
            text(&wrong),
            [format!(
                "  FAIL  no credentials: 401: expected 401, got 403{:35}RFC 3261 §22.1",
                ""
            )]
        );
        let wrong = checks.none(
            &[Row::P1],
            "fields",
            "3261 section 8",
            &["a\r\nb".to_owned(), "c".repeat(200)],
        );
        assert!(wrong.len() > 1);
        assert!(wrong.iter().all(|line| line.width() <= WIDTH));
        assert_eq!((checks.count(), checks.failures()), (3, 2));
    }

    #[test]
    fn a_row_is_right_when_it_was_checked_and_nothing_failed() {
        let mut checks = Checks::default();
        for row in Row::ALL {
            assert!(!checks.all_right(), "{row:?} is missing");
            checks.none(&[row], "", "", &[]);
        }
        assert!(checks.all_right());
        assert!(text(&checks.summary())[0].ends_with("ok    1 check"));
        checks.equal(&[Row::P14, Row::P1], "", "", 1, 2);
        assert!(!checks.all_right());
        let summary = text(&checks.summary());
        assert!(summary[0].ends_with("FAIL  1 of 2 checks"), "{}", summary[0]);
        assert!(summary[1].ends_with("ok    1 check"), "{}", summary[1]);
        assert!(text(&Checks::default().summary())[0].ends_with("FAIL  not shown"));
    }

    #[test]
    fn rows_fit_the_screen() {
        for line in Checks::default().summary() {
            assert!(line.width() <= WIDTH);
        }
    }
}
