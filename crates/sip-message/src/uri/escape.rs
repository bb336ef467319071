//! Percent escapes (RFC 3261 section 25.1, RFC 3986 section 2.1), and the characters that each part of a URI may carry
//! without one.

use std::{borrow::Cow, cmp::Ordering};

use crate::scan::Scan;

/// A set of octets: a bit of [`CLASSES`].
pub(crate) type Class = u16;

/// `user`: unreserved and user-unreserved.
pub(crate) const USER: Class = 1;
/// `password`.
pub(crate) const PASSWORD: Class = 1 << 1;
/// `paramchar`, of a parameter's name.
pub(crate) const PARAM: Class = 1 << 2;
/// A parameter's value: `paramchar`, and the `=` that base64 leaves there.
pub(crate) const PARAM_VALUE: Class = 1 << 3;
/// `hname`.
pub(crate) const HEADER: Class = 1 << 4;
/// `hvalue`, with `=` as in a parameter's value.
pub(crate) const HEADER_VALUE: Class = 1 << 5;
/// Any character that RFC 3986 has in a URI, brackets and the fragment's `#` among them.
pub(crate) const URIC: Class = 1 << 6;
/// `pchar` of RFC 3986 and `/`: paths, and what a URN names.
pub(crate) const PATH: Class = 1 << 7;
/// The local part of a `pres:` or `im:` address: as `user`, but a `?` begins the headers.
pub(crate) const MAILBOX: Class = 1 << 8;
/// `scheme` behind its first letter.
pub(crate) const SCHEME: Class = 1 << 9;
/// `uric` but the semicolon that ends a parameter: the ISDN subaddress of a `tel:` URI.
pub(crate) const SUBADDRESS: Class = 1 << 10;
/// What is not `reserved` of RFC 2396 section 2.2, nor `%` itself: what is the same as its escape in SIP.
const NOT_RESERVED: Class = 1 << 11;
/// `unreserved` of RFC 3986: what is the same as its escape in any URI.
const UNRESERVED: Class = 1 << 12;
const HEX: Class = 1 << 13;

static CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut table = [0; 256];
    let mut octet = 0_u8;
    loop {
        table[octet as usize] = classes_of(octet);
        if octet == u8::MAX {
            return table;
        }
        octet += 1;
    }
}

const fn classes_of(octet: u8) -> Class {
    let alphanum = octet.is_ascii_alphanumeric();
    // RFC 2396 `unreserved`.
    let plain = alphanum || matches!(octet, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')');
    let user = plain || matches!(octet, b'&' | b'=' | b'+' | b'$' | b',' | b';' | b'?' | b'/');
    let param = plain || matches!(octet, b'[' | b']' | b'/' | b':' | b'&' | b'+' | b'$');
    let header = plain || matches!(octet, b'[' | b']' | b'/' | b'?' | b':' | b'+' | b'$');
    let uric = user || matches!(octet, b':' | b'@' | b'[' | b']' | b'#');
    let path = uric && !matches!(octet, b'?' | b'#' | b'[' | b']');
    let reserved = matches!(
        octet,
        b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',' | b'%'
    );
    let unreserved = alphanum || matches!(octet, b'-' | b'.' | b'_' | b'~');
    let sets = [
        (USER, user),
        (PASSWORD, plain || matches!(octet, b'&' | b'=' | b'+' | b'$' | b',')),
        (PARAM, param),
        (PARAM_VALUE, param || octet == b'='),
        (HEADER, header),
        (HEADER_VALUE, header || octet == b'='),
        (URIC, uric),
        (PATH, path),
        (MAILBOX, user && octet != b'?'),
        (SCHEME, alphanum || matches!(octet, b'+' | b'-' | b'.')),
        (SUBADDRESS, uric && octet != b';' && octet != b'#'),
        (NOT_RESERVED, !reserved),
        (UNRESERVED, unreserved),
        (HEX, octet.is_ascii_hexdigit()),
    ];
    let mut classes = 0;
    let mut at = 0;
    while at < sets.len() {
        if sets[at].1 {
            classes |= sets[at].0;
        }
        at += 1;
    }
    classes
}

/// Whether an octet is in one of the sets.
#[inline]
pub(crate) fn is(octet: u8, class: Class) -> bool {
    CLASSES[usize::from(octet)] & class != 0
}

/// Passes over octets of the set, which has all letters, digits, hyphens and dots, and complete escapes.
#[inline(always)]
pub(crate) fn skip(scan: &mut Scan<'_>, class: Class) {
    loop {
        scan.skip_usual();
        match scan.peek() {
            Some(octet) if is(octet, class) => scan.advance(1),
            Some(b'%') if octet(scan.rest().as_bytes()).is_some() => scan.advance(3),
            _ => return,
        }
    }
}

/// Where a scan from `at` on ends that passes over the same.
pub(crate) fn span(text: &str, at: usize, class: Class) -> usize {
    let mut scan = Scan::from(text, at);
    skip(&mut scan, class);
    scan.at()
}

/// The octet that an escape at the start of `bytes` stands for.
fn octet(bytes: &[u8]) -> Option<u8> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    };
    match bytes {
        [b'%', high, low, ..] if is(*high, HEX) && is(*low, HEX) => Some(digit(*high) << 4 | digit(*low)),
        _ => None,
    }
}

/// How a part of a URI compares, and how its canonical form is written.
#[derive(Clone, Copy)]
pub(crate) struct Rule {
    /// What the canonical form carries without an escape.
    plain: Class,
    /// The octets that are the same as their escape.
    same: Class,
    /// Whether case makes no difference.
    fold: bool,
}

impl Rule {
    /// "Characters other than those in the reserved set are equivalent to their escape" (RFC 3261 section 19.1.4).
    const fn sip(plain: Class, fold: bool) -> Self {
        Self {
            plain,
            same: NOT_RESERVED,
            fold,
        }
    }

    pub(crate) const USER: Self = Self::sip(USER, false);
    pub(crate) const PASSWORD: Self = Self::sip(PASSWORD, false);
    pub(crate) const PARAM: Self = Self::sip(PARAM, true);
    pub(crate) const PARAM_VALUE: Self = Self::sip(PARAM_VALUE, true);
    /// The value of the `method` parameter: methods are told apart by case.
    pub(crate) const METHOD: Self = Self::sip(PARAM_VALUE, false);
    pub(crate) const HEADER: Self = Self::sip(HEADER, true);
    pub(crate) const HEADER_VALUE: Self = Self::sip(HEADER_VALUE, false);
    /// Parameter values of `tel:` URIs (RFC 3966 sections 3 and 4).
    pub(crate) const TEL: Self = Self::sip(SUBADDRESS, true);
    /// Any URI (RFC 3986 section 6.2.2).
    pub(crate) const GENERIC: Self = Self {
        plain: URIC,
        same: UNRESERVED,
        fold: false,
    };
    /// The host of any URI.
    pub(crate) const GENERIC_HOST: Self = Self {
        fold: true,
        ..Self::GENERIC
    };
    /// Escapes stay, only their digits compare in any case: what a URN names (RFC 8141 section 3.1), and what breaks
    /// the grammar of its scheme.
    pub(crate) const AS_WRITTEN: Self = Self {
        plain: URIC,
        same: 0,
        fold: false,
    };

    /// The text as it compares: octets, and escapes that are not the same as their octet.
    fn units(self, text: &str) -> impl Iterator<Item = Unit> + '_ {
        let mut rest = text.as_bytes();
        std::iter::from_fn(move || {
            let (&first, after) = rest.split_first()?;
            let escaped = octet(rest);
            rest = if escaped.is_some() { &rest[3..] } else { after };
            Some(match escaped {
                Some(octet) if !is(octet, self.same) => Unit::Escape(octet),
                _ => {
                    let octet = escaped.unwrap_or(first);
                    Unit::Octet(if self.fold { octet.to_ascii_lowercase() } else { octet })
                }
            })
        })
    }

    /// Whether two texts are the same.
    pub(crate) fn same(self, a: &str, b: &str) -> bool {
        for (at, (mine, theirs)) in a.bytes().zip(b.bytes()).enumerate() {
            if mine == b'%' || theirs == b'%' {
                return self.units(&a[at..]).eq(self.units(&b[at..]));
            }
            if mine != theirs && !(self.fold && mine.eq_ignore_ascii_case(&theirs)) {
                return false;
            }
        }
        a.len() == b.len()
    }

    /// An order in which texts that are the same are equal.
    pub(crate) fn compare(self, a: &str, b: &str) -> Ordering {
        self.units(a).cmp(self.units(b))
    }

    /// Appends the canonical form: texts have the same one exactly when they are the same.
    pub(crate) fn push(self, out: &mut String, text: &str) {
        for unit in self.units(text) {
            match unit {
                Unit::Octet(octet) if is(octet, self.plain) => out.push(char::from(octet)),
                Unit::Octet(octet) | Unit::Escape(octet) => push_escape(out, octet),
            }
        }
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Escape(u8),
    Octet(u8),
}

/// The octets of a text with every escape undone once.
pub(crate) fn octets(text: &str) -> impl Iterator<Item = u8> + '_ {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (&first, after) = rest.split_first()?;
        let escaped = octet(rest);
        rest = if escaped.is_some() { &rest[3..] } else { after };
        Some(escaped.unwrap_or(first))
    })
}

/// The text with every escape undone once; what is not UTF-8 becomes U+FFFD.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
    let bytes: Vec<u8> = octets(text).collect();
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// Appends octets, those as escapes that are not of the set.
pub(crate) fn push_escaped(out: &mut String, octets: impl Iterator<Item = u8>, plain: Class) {
    for octet in octets {
        if is(octet, plain) {
            out.push(char::from(octet));
        } else {
            push_escape(out, octet);
        }
    }
}

fn push_escape(out: &mut String, octet: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(HEX[usize::from(octet >> 4)]));
    out.push(char::from(HEX[usize::from(octet & 15)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(rule: Rule, text: &str) -> String {
        let mut out = String::new();
        rule.push(&mut out, text);
        out
    }

    #[test]
    fn every_part_has_a_set_of_its_own() {
        let members = |class| -> String { (0..=127_u8).filter(|octet| is(*octet, class)).map(char::from).collect() };
        let alphanum = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let is_set = |class, marks: &str| {
            let mut wanted: Vec<char> = alphanum.chars().chain(marks.chars()).collect();
            wanted.sort_unstable();
            assert_eq!(members(class), wanted.into_iter().collect::<String>());
        };
        is_set(USER, "-_.!~*'()&=+$,;?/");
        is_set(PASSWORD, "-_.!~*'()&=+$,");
        is_set(PARAM, "-_.!~*'()[]/:&+$");
        is_set(HEADER, "-_.!~*'()[]/?:+$");
        is_set(URIC, "-_.!~*'();/?:@&=+$,[]#");
        is_set(SCHEME, "+-.");
        assert!((128..=255).all(|octet| CLASSES[octet] == NOT_RESERVED));
    }

    #[test]
    fn half_an_escape_ends_a_span() {
        for (text, end) in [
            ("a%41b", 5),
            ("a%4", 1),
            ("a%", 1),
            ("a%4g", 1),
            ("%zz", 0),
            ("a%%41", 1),
            ("", 0),
        ] {
            assert_eq!(span(text, 0, USER), end, "{text}");
        }
    }

    #[test]
    fn a_canonical_form_keeps_what_the_rule_tells_apart() {
        assert_eq!(canonical(Rule::USER, "j%40doe"), "j%40doe");
        assert_eq!(canonical(Rule::USER, "%6A%2d%2e"), "j-.");
        assert_eq!(canonical(Rule::USER, "a%00b%5b%3b;"), "a%00b%5B%3B;");
        assert_eq!(canonical(Rule::PARAM, "%5B%41[A"), "[a[a");
        assert_eq!(canonical(Rule::GENERIC, "%7e%21!%41"), "~%21!A");
        assert_eq!(canonical(Rule::AS_WRITTEN, "%7e%41a"), "%7E%41a");
        assert_eq!(unescape("%252C%00%ff"), "%2C\0\u{fffd}");
    }
}
