use std::{borrow::Cow, fmt};

use crate::{
    ValueError,
    class::{self, Class},
    grammar,
    scan::Scan,
};

/// The parameters of a header value: `*( SEMI generic-param )` (RFC 3261 section 25.1).
///
/// Names compare without regard to case. What was parsed is kept as it was written.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params<'a> {
    text: Cow<'a, str>,
    // A tag or a branch, as a rule: what is asked for most stands first.
    first: Option<ParamAt>,
}

impl<'a> Params<'a> {
    /// No parameters.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            text: Cow::Borrowed(""),
            first: None,
        }
    }

    /// The parameters in order, with their values as written (quotes included).
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let mut scan = Scan::new(&self.text);
        let mut next = self.first;
        std::iter::from_fn(move || {
            let param = next?;
            scan.seek(param.end());
            next = ParamAt::next(&mut scan);
            Some((param.name(&self.text), param.value(&self.text)))
        })
    }

    /// The value of the first parameter of this name: `None` when absent, `Some(None)` when it has no value. A
    /// quoted value comes with its quotes.
    #[must_use]
    #[inline]
    pub fn get(&self, name: &str) -> Option<Option<&str>> {
        let first = self.first?;
        // Most are written as the RFCs do.
        if self.text.as_bytes().get(first.start as usize..first.name_end as usize) == Some(name.as_bytes()) {
            return Some(first.value(&self.text));
        }
        self.find(name)
    }

    #[inline(never)]
    fn find(&self, name: &str) -> Option<Option<&str>> {
        self.iter()
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }

    /// The value of the first parameter of this name, unquoted. `None` when absent or without a value.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).flatten().map(grammar::unquote)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// These parameters and one more, with a token, a host or a quoted string (quotes included) as value.
    ///
    /// # Errors
    /// When the name is not a token, or the value is none of these or has a line break or NUL.
    pub fn with(self, name: &str, value: &str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, name)?;
        grammar::exact(|input| grammar::scanned(input, gen_value), value)?;
        if let Some(at) = value.find(['\r', '\n', '\0']) {
            return Err(ValueError::new("a value of one line without NUL", at));
        }
        Ok(self.push(name, Some(value)))
    }

    /// These parameters and one more without a value.
    ///
    /// # Errors
    /// When the name is not a token.
    pub fn with_flag(self, name: &str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, name)?;
        Ok(self.push(name, None))
    }

    /// These parameters and one more, its value written as a quoted string.
    ///
    /// # Errors
    /// When the name is not a token, or the value has a CR, LF or NUL.
    pub fn with_quoted(self, name: &str, value: &str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, name)?;
        let quoted = grammar::quote(value).ok_or(ValueError::new("text without CR, LF and NUL", 0))?;
        Ok(self.push(name, Some(&quoted)))
    }

    /// These parameters without those of one name.
    #[must_use]
    pub fn without(&self, name: &str) -> Params<'static> {
        let mut kept = Params::new();
        for (key, value) in self.iter().filter(|(key, _)| !key.eq_ignore_ascii_case(name)) {
            kept = kept.push(key, value);
        }
        kept
    }

    /// The same parameters in memory of their own.
    #[must_use]
    pub fn into_owned(self) -> Params<'static> {
        Params {
            text: Cow::Owned(self.text.into_owned()),
            first: self.first,
        }
    }

    /// Appends what is known to be well-formed.
    pub(crate) fn push<'b>(self, name: &str, value: Option<&str>) -> Params<'b>
    where
        'a: 'b,
    {
        let added = 1 + name.len() + value.map_or(0, |value| 1 + value.len());
        let mut text = match self.text {
            Cow::Borrowed(text) => {
                let mut owned = String::with_capacity(text.len() + added);
                owned.push_str(text);
                owned
            }
            Cow::Owned(text) => text,
        };
        text.push(';');
        text.push_str(name);
        if let Some(value) = value {
            text.push('=');
            text.push_str(value);
        }
        let first = self.first.or_else(|| ParamAt::next(&mut Scan::new(&text)));
        let text = Cow::Owned(text);
        Params { text, first }
    }

    pub(crate) fn parse(input: &'a str) -> grammar::Parsed<'a, Self> {
        grammar::scanned(input, Self::read)
    }

    /// Reads parameters, which may be none. An empty one (`;;`, or `;` at the end) carries nothing and is passed over:
    /// clients write it, and so do the examples of RFC 3428 section 10.
    #[inline(always)]
    pub(crate) fn read(scan: &mut Scan<'a>) -> Result<Self, ValueError> {
        let before = scan.at();
        scan.skip_lws();
        let start = scan.at();
        let (mut first, mut kept) = (None, start);
        while scan.separator(b';') {
            if !matches!(scan.peek(), None | Some(b';')) {
                let param = ParamAt::read(scan, start)?;
                first = first.or(Some(param));
                kept = scan.at();
            }
        }
        if scan.at() == start {
            scan.seek(before);
        }
        let text = Cow::Borrowed(&scan.text()[start..kept]);
        Ok(Self { text, first })
    }
}

/// Where the parts of a `generic-param` are in the text of the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ParamAt {
    start: u32,
    name_end: u32,
    // Nothing is at zero but a semicolon: there is no value then.
    value: u32,
    end: u32,
}

impl ParamAt {
    /// Reads `generic-param`, with the white space that the grammar allows around `=`, in parameters that begin at
    /// `params`.
    #[inline(always)]
    fn read(scan: &mut Scan<'_>, params: usize) -> Result<Self, ValueError> {
        let start = scan.at();
        scan.some(class::TOKEN, "a parameter")?;
        let name_end = scan.at();
        let (mut value, mut end) = (params, name_end);
        if scan.separator(b'=') {
            value = scan.at();
            gen_value(scan).map_err(|error| ValueError::new("a parameter", error.offset()))?;
            end = scan.at();
        }
        // Beyond 4 GiB, which no message is.
        if u32::try_from(end - params).is_err() {
            return Err(ValueError::new("a parameter", end));
        }
        Ok(Self {
            start: offset(start - params),
            name_end: offset(name_end - params),
            value: offset(value - params),
            end: offset(end - params),
        })
    }

    /// Reads the parameter that comes next in a text that [`Params::read`] has read.
    fn next(scan: &mut Scan<'_>) -> Option<Self> {
        while scan.separator(b';') {}
        Self::read(scan, 0).ok()
    }

    const fn end(&self) -> usize {
        self.end as usize
    }

    #[inline]
    fn name<'a>(&self, params: &'a str) -> &'a str {
        &params[self.start as usize..self.name_end as usize]
    }

    #[inline]
    fn value<'a>(&self, params: &'a str) -> Option<&'a str> {
        (self.value > 0).then(|| &params[self.value as usize..self.end as usize])
    }
}

/// An offset of a parameter, whose end is found to fit.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the end of the parameter is checked to fit"
)]
const fn offset(at: usize) -> u32 {
    at as u32
}

/// `gen-value`: a token, a host or a quoted string. An IPv6 address stands in brackets in a host, and without them in
/// `received` (RFC 5118 section 4.5).
#[inline]
fn gen_value(scan: &mut Scan<'_>) -> Result<(), ValueError> {
    const BARE: Class = class::TOKEN | class::COLON;
    const WHAT: &str = "a token, a host or a quoted string";
    match scan.peek() {
        Some(b'"') => {
            let quoted = scan.quoted_string();
            quoted.map_err(|error| ValueError::new(WHAT, error.offset()))?;
        }
        Some(b'[') => {
            scan.eat(b'[');
            scan.skip(BARE);
            if !scan.eat(b']') {
                return Err(scan.expected(WHAT));
            }
        }
        _ => return scan.some(BARE, WHAT),
    }
    Ok(())
}

impl fmt::Display for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Params<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(name, value)| (name, value.map(grammar::unquote))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Params<'_> {
        grammar::whole(Params::parse, text).unwrap()
    }

    #[test]
    fn parameters_are_found_in_any_case_and_spacing() {
        let params = parse(" ; Tag = abc;;lr ;q=\"a;b\\\"c\"; x=[2001:db8::1]");
        assert_eq!(params.get("tag"), Some(Some("abc")));
        assert_eq!(params.get("LR"), Some(None));
        assert_eq!(params.value("q").unwrap(), "a;b\"c");
        assert_eq!(params.get("x"), Some(Some("[2001:db8::1]")));
        assert_eq!(params.get("none"), None);
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        assert!(Params::new().with("tag", "a b").is_err());
        assert!(Params::new().with("ta g", "a").is_err());
        for text in [" a", "a ", "a\r\n", "\"a\r\nX: y\"", "\"\\\0\"", ""] {
            assert!(Params::new().with("tag", text).is_err(), "{text:?}");
            assert!(Params::new().with_flag(text).is_err(), "{text:?}");
            assert!(Params::new().with_quoted(text, "a").is_err(), "{text:?}");
        }
        assert!(Params::new().with_quoted("m", "a\r\nX: y").is_err());
        let params = Params::new()
            .with("tag", "a")
            .unwrap()
            .with_flag("lr")
            .unwrap()
            .with_quoted("m", "A,B")
            .unwrap();
        assert_eq!(params.to_string(), ";tag=a;lr;m=\"A,B\"");
        assert_eq!(params.without("LR").to_string(), ";tag=a;m=\"A,B\"");
    }
}
