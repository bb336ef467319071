//! The comma-separated lists of RFC 3261 section 7.3.1, walked without copying.

use memchr::memchr;
use wide::u8x16;

use crate::{
    HeaderError, RawHeader, class,
    headers::{Occurrence, TypedHeader},
    lanes::{self, WINDOW},
};

/// The elements of a list with their offsets; empty ones are passed over.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'a> {
    text: &'a str,
    at: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A comma in a quoted string or between angle brackets separates nothing.
    Quoting,
    /// There is one element, commas or not.
    Single,
    /// Every comma separates.
    Words,
}

/// The elements of a list with quoted strings and addresses in it.
pub(crate) const fn elements(text: &str) -> Elements<'_> {
    of(Occurrence::List, text)
}

/// The elements of the value of a line, of a header that may stand so often.
pub(crate) const fn of(occurrence: Occurrence, text: &str) -> Elements<'_> {
    let kind = match occurrence {
        Occurrence::List => Kind::Quoting,
        Occurrence::Words => Kind::Words,
        Occurrence::Lines | Occurrence::Once => Kind::Single,
    };
    Elements { text, at: 0, kind }
}

impl<'a> Iterator for Elements<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.kind, Kind::Single) {
            let whole = (self.at == 0).then_some((0, self.text));
            self.at = usize::MAX;
            return whole;
        }
        while self.at < self.text.len() {
            let start = self.at;
            let rest = &self.text[start..];
            let len = match self.kind {
                Kind::Words => memchr(b',', rest.as_bytes()).unwrap_or(rest.len()),
                Kind::Quoting | Kind::Single => element_len(rest),
            };
            self.at = start + len + 1;
            let element = &rest[..len];
            let lead = class::span(element.as_bytes(), class::LWS);
            let element = class::trim(element, class::LWS);
            if !element.is_empty() {
                return Some((start + lead, element));
            }
        }
        None
    }
}

impl<'a> RawHeader<'a> {
    /// The elements of a list header on this one line; for another header, its value. [`Message::typed_all`] has those of
    /// all lines.
    ///
    /// [`Message::typed_all`]: crate::Message::typed_all
    pub fn typed_all<H: TypedHeader<'a> + 'a>(&self) -> impl Iterator<Item = Result<H, HeaderError>> + 'a {
        self.typed_elements()
    }
}

/// The number of bytes before the comma that ends the first element.
fn element_len(text: &str) -> usize {
    let octets = text.as_bytes();
    let (mut quoted, mut bracketed, mut from) = (false, false, 0);
    for window in (0..octets.len()).step_by(WINDOW) {
        let [mut marks] = lanes::maps(octets, window, marks);
        while marks != 0 {
            let at = window + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            match octets[at] {
                // Behind a backslash.
                _ if at < from => {}
                b'\\' if quoted => from = at + 2,
                b'"' if !bracketed => quoted = !quoted,
                _ if quoted => {}
                b'<' => bracketed = true,
                b'>' => bracketed = false,
                b',' if !bracketed => return at,
                _ => {}
            }
        }
    }
    text.len()
}

/// The octets that tell where an element ends.
#[inline]
fn marks(octets: u8x16) -> [u8x16; 1] {
    let quotes = lanes::equal(octets, b'"') | lanes::equal(octets, b'\\');
    let brackets = lanes::equal(octets, b'<') | lanes::equal(octets, b'>');
    [quotes | brackets | lanes::equal(octets, b',')]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::nearly::nearly;

    proptest! {
        /// What [`Message::typed`](crate::Message::typed) goes by: a line is read whole first, in the usual form.
        #[test]
        fn what_reads_as_one_element_is_one(text in prop_oneof![
            nearly(&["\"", "Alice, B", "\"", " ", "<", "sip:", "a,b", "@", "example.test", ">", ";", "tag", "=", "x1", ",", "<sip:c@d>"]),
            nearly(&["sip:", "a", "@", "example.test", ";", "expires", "=", "7", ",", "sip:b@c"]),
            nearly(&["SIP/2.0/UDP", " ", "a.test", ":", "5060", ";", "branch", "=", "z9hG4bK77", ",", "SIP/2.0/TCP b"]),
            nearly(&["text", "/", "plain", ";", "q", "=", "0.7", ";a=\"b,c\"", ", ", "*/*"]),
            nearly(&["307", " ", "isi.edu", " ", "\"a, b\"", ",", "301 b \"c\""]),
            nearly(&["SIP", " ;", "cause", "=", "200", ";text=\"a, b\"", ",", "Q.850"]),
            nearly(&["*", ";", "audio", ";", "methods", "=", "\"INVITE,BYE\"", ",", "*;video"]),
            nearly(&["a", "@", "b", ",", "c"]),
        ]) {
            macro_rules! check {
                ($($header:ident)*) => {
                    $(
                        if crate::headers::$header::OCCURRENCE == Occurrence::List && crate::headers::$header::parse(&text).is_ok() {
                            let found: Vec<_> = elements(&text).map(|(_, element)| element).collect();
                            prop_assert_eq!(found, [class::trim(&text, class::LWS)], "{}", stringify!($header));
                        }
                        if let Some(usual) = crate::headers::$header::parse_usual(&text) {
                            prop_assert_eq!(Ok(usual), crate::headers::$header::parse(&text));
                        }
                    )*
                };
            }
            crate::for_each_typed_header!(check);
        }
    }

    #[test]
    fn commas_in_quotes_and_brackets_separate_nothing() {
        let text = r#""a,\",b" <sip:x@y?m=1,2> , ,c"#;
        let found: Vec<_> = elements(text).map(|(_, element)| element).collect();
        assert_eq!(found, [r#""a,\",b" <sip:x@y?m=1,2>"#, "c"]);
        for (at, element) in elements(text) {
            assert_eq!(&text[at..at + element.len()], element);
        }
    }

    #[test]
    fn nothing_hides_a_comma_between_words() {
        let found: Vec<_> = of(Occurrence::Words, "a\"b , <c@d,,e>").collect();
        assert_eq!(found, [(0, "a\"b"), (6, "<c@d"), (12, "e>")]);
    }

    #[test]
    fn windows_have_no_border() {
        for len in 0..200 {
            let filling = "a".repeat(len);
            let element = format!("\"{filling}\\\",\"<{filling},>{filling}");
            let text = format!("{element},{element}");
            let found: Vec<_> = elements(&text).map(|(_, found)| found).collect();
            assert_eq!(found, [&element; 2], "{len}");
        }
    }

    #[test]
    fn what_is_unbalanced_is_one_element() {
        assert_eq!(elements("\"a, b").count(), 1);
        assert_eq!(elements("<a, b").count(), 1);
        assert_eq!(elements(&",".repeat(65_536)).count(), 0);
        assert_eq!(elements("").count(), 0);
    }
}
