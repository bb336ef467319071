//! What is printed: lines of styled text, in colour only where that is wanted.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

use crate::text::{spaces, width};

/// The columns that are used.
pub(crate) const WIDTH: usize = 99;

/// How a piece of text looks on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// What went wrong.
    Bad,
    /// What stands out.
    Bold,
    /// What may be skipped.
    Dim,
    /// What is as it should be.
    Good,
    /// Any other text.
    Plain,
    /// A response that refuses.
    Refusal,
    /// A request.
    Request,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line(Vec<(Style, String)>);

/// Where lines go.
pub(crate) struct Screen {
    output: Box<dyn Write>,
    colour: bool,
    /// Whether the last line was empty.
    is_gap: bool,
}

impl Line {
    /// An empty line.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A line of one style.
    pub(crate) fn of(style: Style, text: impl Into<String>) -> Self {
        Self::new().with(style, text)
    }

    /// The line and more text behind it.
    pub(crate) fn with(mut self, style: Style, text: impl Into<String>) -> Self {
        self.0.push((style, text.into()));
        self
    }

    /// The line and another one behind it.
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The line and spaces up to a column.
    pub(crate) fn fill(self, columns: usize) -> Self {
        let missing = columns.saturating_sub(self.width());
        self.with(Style::Plain, spaces(missing))
    }

    /// The columns that it takes.
    pub(crate) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| width(text)).sum()
    }

    /// The text, with escape sequences when it is to be in colour.
    pub(crate) fn render(&self, colour: bool) -> String {
        let mut rendered = String::new();
        for (style, text) in &self.0 {
            match style.code().filter(|_| colour && !text.trim().is_empty()) {
                Some(code) => rendered += &format!("\x1b[{code}m{text}\x1b[0m"),
                None => rendered += text,
            }
        }
        rendered.truncate(rendered.trim_end().len());
        rendered
    }
}

impl Style {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Bad => Some("1;31"),
            Self::Bold => Some("1"),
            Self::Dim => Some("2"),
            Self::Good => Some("32"),
            Self::Plain => None,
            Self::Refusal => Some("33"),
            Self::Request => Some("36"),
        }
    }
}

impl Screen {
    /// Standard output: in colour when it is a terminal that can, unless the environment has `NO_COLOR`.
    pub(crate) fn stdout() -> Self {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let colour = io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb;
        Self {
            output: Box::new(io::stdout()),
            colour,
            is_gap: true,
        }
    }

    /// Prints a line. Nobody may be reading any more, which is no reason to stop: the exit code still tells.
    pub(crate) fn print(&mut self, line: &Line) {
        let text = line.render(self.colour);
        let _ = writeln!(self.output, "{text}");
        self.is_gap = text.is_empty();
    }

    /// Prints an empty line, unless there is one.
    pub(crate) fn gap(&mut self) {
        if !self.is_gap {
            self.print(&Line::new());
        }
    }

    /// Prints lines.
    pub(crate) fn print_all(&mut self, lines: &[Line]) {
        for line in lines {
            self.print(line);
        }
        let _ = self.output.flush();
    }
}

/// A line under a title.
pub(crate) fn rule() -> Line {
    Line::of(Style::Dim, "━".repeat(WIDTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_only_where_it_is_wanted() {
        let line = Line::of(Style::Good, "ok").with(Style::Plain, " 안녕").fill(10);
        assert_eq!(line.width(), 10);
        assert_eq!(line.render(false), "ok 안녕");
        assert_eq!(line.render(true), "\x1b[32mok\x1b[0m 안녕");
    }
}
