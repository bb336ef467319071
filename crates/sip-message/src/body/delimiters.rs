//! Where the parts of a body begin and end.

use memchr::memmem;

/// The delimiter lines of a body. Each byte is looked at a bounded number of times, whatever only looks like one.
pub(super) struct Delimiters<'a> {
    body: &'a [u8],
    boundary: &'a str,
    // CRLF, two hyphens, boundary. The CR makes sure that it does not overlap itself.
    finder: memmem::Finder<'static>,
    /// Where the next one is looked for. `None` when the first line has not been looked at.
    from: Option<usize>,
}

/// A delimiter line.
pub(super) struct Delimiter {
    /// Whether it ends in `--`.
    pub(super) closes: bool,
    /// The offset of the CRLF that ends it, or the end of the body.
    pub(super) end: usize,
}

impl<'a> Delimiters<'a> {
    pub(super) fn new(body: &'a [u8], boundary: &'a str) -> Self {
        Self {
            body,
            boundary,
            finder: memmem::Finder::new(&format!("\r\n--{boundary}")).into_owned(),
            from: None,
        }
    }

    /// The delimiter line whose hyphens begin at `at`, if it is one.
    fn line(&self, at: usize) -> Option<Delimiter> {
        let rest = self.body.get(at..)?.strip_prefix(b"--")?;
        let rest = rest.strip_prefix(self.boundary.as_bytes())?;
        let (closes, rest) = match rest.strip_prefix(b"--") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let rest = &rest[padding..];
        let end = self.body.len() - rest.len();
        (rest.is_empty() || rest.starts_with(b"\r\n")).then_some(Delimiter { closes, end })
    }
}

impl Iterator for Delimiters<'_> {
    /// Where the text before the line ends, and the line.
    type Item = (usize, Delimiter);

    fn next(&mut self) -> Option<Self::Item> {
        if self.from.is_none() {
            self.from = Some(0);
            if let Some(delimiter) = self.line(0) {
                self.from = Some(delimiter.end);
                return Some((0, delimiter));
            }
        }
        loop {
            let from = self.from?;
            let found = from + self.finder.find(self.body.get(from..)?)?;
            match self.line(found + 2) {
                Some(delimiter) => {
                    self.from = Some(delimiter.end);
                    return Some((found, delimiter));
                }
                None => self.from = Some(found + 2),
            }
        }
    }
}
