use std::fmt;

use nom::{
    Parser,
    character::complete::char,
    combinator::{cut, opt, peek},
    sequence::preceded,
};

use super::TypedHeader;
use crate::{HeaderName, Params, ValueError, grammar};

/// `delta-seconds [ comment ] *( SEMI retry-param )`: when to try again (RFC 3261 section 20.33).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RetryAfter<'a> {
    seconds: u32,
    comment: Option<&'a str>,
    params: Params<'a>,
}

impl<'a> RetryAfter<'a> {
    /// A number of seconds.
    #[must_use]
    pub const fn new(seconds: u32) -> Self {
        Self {
            seconds,
            comment: None,
            params: Params::new(),
        }
    }

    /// The seconds to wait.
    #[must_use]
    pub const fn seconds(&self) -> u32 {
        self.seconds
    }

    /// The comment with its parentheses.
    #[must_use]
    pub const fn comment(&self) -> Option<&'a str> {
        self.comment
    }

    /// The parameters; `duration` says for how long the callee is then there.
    #[must_use]
    pub const fn params(&self) -> &Params<'a> {
        &self.params
    }
}

/// `comment`, which may hold others: the depth is counted, not recursed into.
fn comment(input: &str) -> grammar::Parsed<'_, &str> {
    let (mut depth, mut escaped) = (0_usize, false);
    for (at, byte) in input.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if depth > 0 => escaped = true,
            b'(' => depth += 1,
            b')' if depth == 1 => return Ok((&input[at + 1..], &input[..=at])),
            b')' if depth > 1 => depth -= 1,
            b'\0' => return grammar::fail(&input[at..], "a comment without NUL"),
            _ if depth > 0 => {}
            _ => break,
        }
    }
    grammar::fail(input, "a closing parenthesis")
}

impl<'a> TypedHeader<'a> for RetryAfter<'a> {
    const NAME: HeaderName = HeaderName::RETRY_AFTER;
    const SECTION: &'static str = "3261 section 20.33";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        let (seconds, comment, params) = grammar::whole(
            |input| {
                let comment = preceded((grammar::lws, peek(char('('))), cut(comment));
                (grammar::number, opt(comment), Params::parse).parse(input)
            },
            value,
        )?;
        Ok(Self {
            seconds,
            comment,
            params,
        })
    }
}

impl fmt::Display for RetryAfter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seconds)?;
        if let Some(comment) = self.comment {
            write!(f, " {comment}")?;
        }
        self.params.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_nest() {
        let value = RetryAfter::parse("18000 (back (very \\) late) soon);duration=3600").unwrap();
        assert_eq!(value.seconds(), 18_000);
        assert_eq!(value.comment(), Some("(back (very \\) late) soon)"));
        assert_eq!(value.params().get("duration"), Some(Some("3600")));
        assert_eq!(value.to_string(), "18000 (back (very \\) late) soon);duration=3600");
        let error = |text| {
            RetryAfter::parse(text)
                .map_err(|error| (error.expected(), error.offset()))
                .unwrap_err()
        };
        assert_eq!(error("18000 (open (a) \\)"), ("a closing parenthesis", 6));
        assert_eq!(error("18000(a\0b)"), ("a comment without NUL", 7));
        assert_eq!(error("18000 (a) (b)"), ("the end of the value", 10));
        assert_eq!(error("18000 a"), ("the end of the value", 6));
        assert!(RetryAfter::parse(&format!("1 {}", "(".repeat(60_000))).is_err());
    }
}
