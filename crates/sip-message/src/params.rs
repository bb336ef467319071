use std::{borrow::Cow, fmt};

use crate::{
    ValueError,
    class::{self, Class},
    grammar,
    scan::Scan,
    stops::Stops,
};

/// The parameters of a header value: `*( SEMI generic-param )` (RFC 3261 section 25.1).
///
/// Names compare without regard to case. What was parsed is kept as it was written.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params<'a> {
    // From the first semicolon on; empty when there are none.
    text: Cow<'a, str>,
    first: First,
}

/// Where the first parameter is: a tag or a branch as a rule, what is asked for most. Zeros when it stands elsewhere than
/// behind the first semicolon, has white space in it or is long, and is to be looked for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct First {
    name_end: u16,
    end: u16,
}

impl<'a> Params<'a> {
    /// No parameters.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            text: Cow::Borrowed(""),
            first: First { name_end: 0, end: 0 },
        }
    }

    /// The parameters in order, with their values as written (quotes included).
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let mut scan = Scan::new(&self.text);
        std::iter::from_fn(move || {
            let param = ParamAt::next(&mut scan)?;
            Some((param.name(&self.text), param.value(&self.text)))
        })
    }

    /// The value of the first parameter of this name: `None` when absent, `Some(None)` when it has no value. A
    /// quoted value comes with its quotes.
    #[must_use]
    #[inline]
    pub fn get(&self, name: &str) -> Option<Option<&str>> {
        let (name_end, end) = (usize::from(self.first.name_end), usize::from(self.first.end));
        // Most are written as the RFCs do.
        if self.text.as_bytes().get(1..name_end) == Some(name.as_bytes()) {
            return Some((end > name_end).then(|| &self.text[name_end + 1..end]));
        }
        if self.is_empty() {
            return None;
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
        self.text.is_empty()
    }

    /// These parameters and one more, in the place of one of its name, with a token, a host or a quoted string (quotes included)
    /// as value.
    ///
    /// # Errors
    /// When the name is not a token, or the value is none of these or has a line break or NUL.
    pub fn with(self, name: &str, value: &str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, name)?;
        grammar::exact(|input| grammar::scanned(input, gen_value), value)?;
        if let Some(at) = value.find(['\r', '\n', '\0']) {
            return Err(ValueError::new("a value of one line without NUL", at));
        }
        Ok(self.put(name, Some(value)))
    }

    /// These parameters and one more without a value, in the place of one of its name.
    ///
    /// # Errors
    /// When the name is not a token.
    pub fn with_flag(self, name: &str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, name)?;
        Ok(self.put(name, None))
    }

    /// These parameters and one more, in the place of one of its name, its value written as a quoted string.
    ///
    /// # Errors
    /// When the name is not a token, or the value has a CR, LF or NUL.
    pub fn with_quoted(self, name: &str, value: &str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, name)?;
        let quoted = grammar::quote(value).ok_or(ValueError::new("text without CR, LF and NUL", 0))?;
        Ok(self.put(name, Some(&quoted)))
    }

    /// These parameters without those of one name.
    #[must_use]
    pub fn without(&self, name: &str) -> Params<'static> {
        self.replaced(name, &[])
    }

    /// Puts what is known to be well-formed in the place of a parameter of this name, or behind all where there is none:
    /// "Any given parameter-name MUST NOT appear more than once" (RFC 3261 section 7.3.1).
    pub(crate) fn put<'b>(self, name: &str, value: Option<&str>) -> Params<'b>
    where
        'a: 'b,
    {
        match self.get(name) {
            None => self.push(name, value),
            Some(_) => self.replaced(name, &[(name, value)]),
        }
    }

    /// These parameters with what is known to be well-formed in the place of the first of one name, and without any
    /// other of that name.
    pub(crate) fn replaced(&self, name: &str, by: &[(&str, Option<&str>)]) -> Params<'static> {
        let mut replaced = Params::new();
        let mut by = by.iter();
        for (key, value) in self.iter() {
            if !key.eq_ignore_ascii_case(name) {
                replaced = replaced.push(key, value);
                continue;
            }
            for (key, value) in by.by_ref() {
                replaced = replaced.push(key, *value);
            }
        }
        replaced
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
        let first = match self.first {
            First { end: 0, .. } => {
                ParamAt::next(&mut Scan::new(&text)).map_or_else(First::default, |param| param.first(0))
            }
            first => first,
        };
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
        let (mut first, mut kept) = (First::default(), start);
        while scan.separator(b';') {
            if !matches!(scan.peek(), None | Some(b';')) {
                let param = ParamAt::read(scan)?;
                if kept == start {
                    first = param.first(start);
                }
                kept = scan.at();
            }
        }
        if scan.at() == start {
            scan.seek(before);
        }
        let text = Cow::Borrowed(&scan.text()[start..kept]);
        Ok(Self { text, first })
    }

    /// Reads the usual form of what ends a value: tokens as names and values, and no white space.
    #[inline(always)]
    pub(crate) fn plain(stops: &mut Stops<'a>) -> Option<Self> {
        let start = stops.at();
        let mut first = First::default();
        while stops.is(b';') {
            let param = stops.at() + 1;
            stops.next_beyond(class::TOKEN);
            let name_end = stops.at();
            let mut value = name_end;
            if stops.is(b'=') {
                value += 1;
                stops.next_beyond(class::TOKEN);
                if stops.is(b'"') && stops.at() == value {
                    let quotes = stops.pass_quoted()?;
                    if stops.at() != quotes {
                        return None;
                    }
                }
            }
            let end = stops.at();
            if name_end == param || (value > name_end && end == value) {
                return None;
            }
            if param == start + 1 {
                first = ParamAt {
                    start: param,
                    name_end,
                    value,
                    end,
                }
                .first(start);
            }
        }
        let text = Cow::Borrowed(&stops.text()[start..]);
        stops.is_end().then_some(Self { text, first })
    }
}

/// Where the parts of a `generic-param` are.
#[derive(Clone, Copy)]
struct ParamAt {
    start: usize,
    name_end: usize,
    // The same as the end of the name when there is no value.
    value: usize,
    end: usize,
}

impl ParamAt {
    /// Reads `generic-param`, with the white space that the grammar allows around `=`.
    #[inline(always)]
    fn read(scan: &mut Scan<'_>) -> Result<Self, ValueError> {
        let start = scan.at();
        scan.some(class::TOKEN, "a parameter")?;
        let name_end = scan.at();
        let mut value = name_end;
        if scan.separator(b'=') {
            value = scan.at();
            gen_value(scan).map_err(|error| ValueError::new("a parameter", error.offset()))?;
        }
        Ok(Self {
            start,
            name_end,
            value,
            end: scan.at(),
        })
    }

    /// Reads the parameter that comes next in a text that [`Params::read`] has read.
    fn next(scan: &mut Scan<'_>) -> Option<Self> {
        while scan.separator(b';') {}
        Self::read(scan).ok()
    }

    /// The same as the first of parameters that begin at `params`.
    #[inline(always)]
    fn first(&self, params: usize) -> First {
        let offset = |at: usize| u16::try_from(at - params);
        match (offset(self.name_end), offset(self.end)) {
            (Ok(name_end), Ok(end)) if self.start == params + 1 && self.value <= self.name_end + 1 => {
                First { name_end, end }
            }
            _ => First::default(),
        }
    }

    #[inline]
    fn name<'a>(&self, params: &'a str) -> &'a str {
        &params[self.start..self.name_end]
    }

    #[inline]
    fn value<'a>(&self, params: &'a str) -> Option<&'a str> {
        (self.value > self.name_end).then(|| &params[self.value..self.end])
    }
}

/// `gen-value`: a token, a host or a quoted string. An IPv6 address stands in brackets in a host, and without them in
/// `received` (RFC 5118 section 4.5).
#[inline(always)]
fn gen_value(scan: &mut Scan<'_>) -> Result<(), ValueError> {
    const BARE: Class = class::TOKEN | class::COLON;
    const WHAT: &str = "a token, a host or a quoted string";
    match scan.peek() {
        Some(b'"') => {
            let end = quoted_string_end(scan.text(), scan.at());
            scan.seek(end.map_err(|error| ValueError::new(WHAT, error.offset()))?);
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

#[inline(never)]
fn quoted_string_end(text: &str, start: usize) -> Result<usize, ValueError> {
    let mut scan = Scan::from(text, start);
    scan.quoted_string()?;
    Ok(scan.at())
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
        let params = crate::json::first_of_each(self.iter());
        serializer.collect_map(params.map(|(name, value)| (name, value.map(grammar::unquote))))
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
        let again = params
            .with("TAG", "b")
            .unwrap()
            .with_flag("m")
            .unwrap()
            .with_quoted("lr", "x")
            .unwrap();
        assert_eq!(again.to_string(), ";TAG=b;lr=\"x\";m");
    }

    #[test]
    fn what_is_there_is_replaced_where_it_stands() {
        let params = parse(";a=1;; B = 2 ;c;b=3;B;d");
        assert_eq!(params.clone().with("b", "4").unwrap().to_string(), ";a=1;b=4;c;d");
        assert_eq!(params.clone().with_flag("A").unwrap().to_string(), ";A;B=2;c;b=3;B;d");
        assert_eq!(params.without("b").to_string(), ";a=1;c;d");
        let more = params.with("e", "5").unwrap();
        assert_eq!(more.to_string(), ";a=1;; B = 2 ;c;b=3;B;d;e=5");
        assert_eq!(more.with("a", "6").unwrap().get("a"), Some(Some("6")));
    }
}
