use std::{borrow::Cow, fmt};

use super::{
    escape::{self, Rule},
    pairs,
};
use crate::{Host, ValueError};

/// A `tel:` URI (RFC 3966): a telephone number, global (`+` and the country code first) or local to a context.
///
/// Parameters are read in any order. A local number without `phone-context`, which section 5.1.5 forbids and telephones
/// write (`tel:112`), is read too.
///
/// ```
/// use sip_message::{PhoneContext, TelUri};
///
/// let tel = TelUri::parse("tel:863-1234;phone-context=+1-914-555")?;
/// assert!(!tel.is_global());
/// assert_eq!(tel.number(), "863-1234");
/// assert_eq!(tel.digits(), "8631234");
/// assert_eq!(tel.phone_context(), Some(PhoneContext::Prefix("+1-914-555")));
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelUri<'a> {
    text: &'a str,
    number: &'a str,
    // From the first semicolon on, or empty.
    params: &'a str,
}

/// Where a local number is valid: `phone-context` (RFC 3966 section 5.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneContext<'a> {
    /// A domain name of who assigned the number.
    Domain(&'a str),
    /// The leading digits of global numbers, as written: `+` first, separators and all. It is no prefix to dial.
    Prefix(&'a str),
}

impl<'a> TelUri<'a> {
    /// Reads a `tel:` URI that stands alone.
    ///
    /// # Errors
    /// Names what was expected at which byte of `text`. So does a parameter that stands twice, and `isub` beside `ext`.
    pub fn parse(text: &'a str) -> Result<Self, ValueError> {
        let bytes = text.as_bytes();
        if !bytes
            .get(..4)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"tel:"))
        {
            return Err(ValueError::new("tel:", 0));
        }
        let is_global = bytes.get(4) == Some(&b'+');
        let is_digit = if is_global { is_decimal } else { is_local_digit };
        let start = 4 + usize::from(is_global);
        let end = text[start..]
            .bytes()
            .position(|byte| !is_digit(byte) && !is_separator(byte))
            .map_or(text.len(), |len| start + len);
        if !text[start..end].bytes().any(is_digit) {
            return Err(ValueError::new("a digit of a telephone number", end));
        }
        if !matches!(bytes.get(end), None | Some(b';')) {
            return Err(ValueError::new(
                "a digit, a visual separator, ; or the end of the URI",
                end,
            ));
        }
        let params = &text[end..];
        let mut at = end;
        for param in params.split(';').skip(1) {
            check_param(param, at + 1)?;
            at += 1 + param.len();
        }
        let tel = Self {
            text,
            number: &text[4..end],
            params,
        };
        if tel.is_ambiguous() {
            return Err(ValueError::new("each parameter once, and one of isub and ext", end));
        }
        Ok(tel)
    }

    /// The text that was parsed.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether the number is global: a `+` stands first.
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.number.starts_with('+')
    }

    /// The number as written, with its visual separators and, of a global one, its `+`.
    #[must_use]
    pub const fn number(&self) -> &'a str {
        self.number
    }

    /// The number without visual separators, which only help readers (section 5.1.1).
    #[must_use]
    pub fn digits(&self) -> Cow<'a, str> {
        if self.number.bytes().any(is_separator) {
            significant(self.number).collect::<String>().into()
        } else {
            self.number.into()
        }
    }

    /// `phone-context`: where a local number is valid.
    #[must_use]
    pub fn phone_context(&self) -> Option<PhoneContext<'a>> {
        let context = self.param("phone-context")??;
        Some(if context.starts_with('+') {
            PhoneContext::Prefix(context)
        } else {
            PhoneContext::Domain(context)
        })
    }

    /// `ext`: the extension behind a private exchange, as written (section 5.3).
    #[must_use]
    pub fn extension(&self) -> Option<&'a str> {
        self.param("ext")?
    }

    /// `isub`: the ISDN subaddress, as written (section 5.2).
    #[must_use]
    pub fn isdn_subaddress(&self) -> Option<&'a str> {
        self.param("isub")?
    }

    /// The parameters in order, as written.
    pub fn params(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        pairs(self.params, b';')
    }

    /// The value of a parameter: `None` when absent, `Some(None)` when it has no value.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Option<&'a str>> {
        self.params()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The names of the parameters that begin with `m-`: who does not know one of them must not use the URI (section
    /// 5.4).
    pub fn mandatory_params(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.params()
            .map(|(name, _)| name)
            .filter(|name| name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("m-")))
    }

    /// Number and parameters in the form in which they compare character by character: without visual separators, in
    /// lower case, the parameters in the order of section 3 (`isub` or `ext`, `phone-context`, the others by name).
    /// It is also what section 19.1.6 of RFC 3261 wants in the user part of a SIP URI.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut out: String = significant(self.number)
            .map(|digit| digit.to_ascii_lowercase())
            .collect();
        for (_, name, value) in self.sorted() {
            out.push(';');
            out.push_str(name);
            let name_at = out.len() - name.len();
            out[name_at..].make_ascii_lowercase();
            if let Some(value) = value {
                out.push('=');
                if is_digits(name, value) {
                    out.extend(significant(value));
                } else {
                    Rule::TEL.push(&mut out, value);
                }
            }
        }
        out
    }

    /// RFC 3966 section 4: the same digits, and the same parameters in any order.
    pub(super) fn equivalent(&self, other: &TelUri<'_>) -> bool {
        let digits = |tel: &Self| tel.number.bytes().filter(|byte| !is_separator(*byte));
        let same_digits = digits(self).map(|byte| byte.to_ascii_lowercase()).eq(other
            .number
            .bytes()
            .filter(|byte| !is_separator(*byte))
            .map(|byte| byte.to_ascii_lowercase()));
        same_digits
            && (self.params.eq_ignore_ascii_case(other.params)
                || (!self.params.is_empty() && !other.params.is_empty() && self.canonical() == other.canonical()))
    }

    /// Whether a parameter stands twice, or `isub` beside `ext`.
    fn is_ambiguous(&self) -> bool {
        // Real numbers have a parameter or two, for which nothing is sorted.
        if self.params.bytes().filter(|byte| *byte == b';').count() < 2 {
            return false;
        }
        let sorted = self.sorted();
        let is_twice = |pair: &[(u8, &str, _)]| {
            let [(a_rank, a, _), (b_rank, b, _)] = pair else {
                return false;
            };
            a_rank == b_rank && (*a_rank == FIRST || a.eq_ignore_ascii_case(b))
        };
        sorted.windows(2).any(is_twice)
    }

    /// The parameters in the order of RFC 3966 section 3, with what orders them first.
    fn sorted(&self) -> Vec<(u8, &'a str, Option<&'a str>)> {
        let rank = |name: &str| match name {
            _ if name.eq_ignore_ascii_case("isub") || name.eq_ignore_ascii_case("ext") => FIRST,
            _ if name.eq_ignore_ascii_case("phone-context") => 1,
            _ => 2,
        };
        let mut params: Vec<_> = self.params().map(|(name, value)| (rank(name), name, value)).collect();
        params.sort_by(|(a_rank, a, _), (b_rank, b, _)| {
            let lower = |name: &'a str| name.bytes().map(|byte| byte.to_ascii_lowercase());
            a_rank.cmp(b_rank).then_with(|| lower(a).cmp(lower(b)))
        });
        params
    }
}

impl fmt::Display for TelUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// The rank of `isub` and `ext`, of which one at most may stand.
const FIRST: u8 = 0;

const fn is_decimal(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// `phonedigit-hex` without the separators.
const fn is_local_digit(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b'*' | b'#')
}

/// `visual-separator`.
const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'(' | b')')
}

fn significant(number: &str) -> impl Iterator<Item = char> + '_ {
    number.bytes().filter(|byte| !is_separator(*byte)).map(char::from)
}

/// Whether a parameter's value is digits with visual separators.
fn is_digits(name: &str, value: &str) -> bool {
    name.eq_ignore_ascii_case("ext") || (name.eq_ignore_ascii_case("phone-context") && value.starts_with('+'))
}

/// Checks one parameter, which begins at `at`.
fn check_param(param: &str, at: usize) -> Result<(), ValueError> {
    let (name, value) = match param.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (param, None),
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if name.is_empty() || !name.bytes().all(is_name) {
        return Err(ValueError::new("a parameter name", at));
    }
    let value_at = at + name.len() + 1;
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    let Some(value) = value else {
        if is("isub") || is("ext") || is("phone-context") {
            return Err(ValueError::new("= and a value", at + name.len()));
        }
        return Ok(());
    };
    let class = if is("isub") { escape::SUBADDRESS } else { escape::PARAM };
    let end = escape::span(value, 0, class);
    if value.is_empty() || end < value.len() {
        return Err(ValueError::new("a character of a parameter value", value_at + end));
    }
    if is_digits(name, value) {
        let digits = if is("ext") { value } else { &value[1..] };
        let only_digits = digits.bytes().all(|byte| is_decimal(byte) || is_separator(byte));
        if !only_digits || !digits.bytes().any(is_decimal) {
            return Err(ValueError::new("digits and visual separators", value_at));
        }
    } else if is("phone-context") && !matches!(Host::parse(value), Ok(Host::Name(_))) {
        return Err(ValueError::new("a domain name or + and digits", value_at));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Uri;

    fn same(a: &str, b: &str) -> bool {
        TelUri::parse(a).unwrap().equivalent(&TelUri::parse(b).unwrap())
    }

    #[test]
    fn the_examples_of_rfc_3966_section_6() {
        let global = TelUri::parse("tel:+1-201-555-0123").unwrap();
        assert!(global.is_global());
        assert_eq!(global.digits(), "+12015550123");
        let domain = TelUri::parse("tel:7042;phone-context=example.com").unwrap();
        assert_eq!(domain.phone_context(), Some(PhoneContext::Domain("example.com")));
        let prefix = TelUri::parse("tel:863-1234;phone-context=+1-914-555").unwrap();
        assert_eq!(prefix.phone_context(), Some(PhoneContext::Prefix("+1-914-555")));
        assert_eq!(prefix.canonical(), "8631234;phone-context=+1914555");
    }

    #[test]
    fn numbers_compare_by_section_4() {
        assert!(same("tel:+1-201-555-0123", "TEL:+1(201)555.0123"));
        assert!(!same("tel:+12015550123", "tel:12015550123"));
        assert!(!same("tel:+1201", "tel:+1202"));
        assert!(same("tel:1a*#;phone-context=B.test", "tel:1-A*#;Phone-Context=b.TEST"));
        assert!(same("tel:1;phone-context=+1-9", "tel:1;phone-context=+19"));
        // The dots and hyphens of a name are no separators.
        assert!(!same("tel:1;phone-context=a-b.test", "tel:1;phone-context=ab.test"));
        assert!(same("tel:+1;ext=1-2;a=x;B", "tel:+1;b;A=X;ext=12"));
        assert!(same("tel:+1;a=%41%2D", "tel:+1;a=a-"));
        assert!(!same("tel:+1;isub=a%2Fb", "tel:+1;isub=a/b"));
        assert!(!same("tel:+1;a=x", "tel:+1"));
        assert!(!same("tel:+1;a", "tel:+1;b"));
        assert!(!same("tel:+1;isub=1-2", "tel:+1;isub=12"));
        let many =
            |order: &mut dyn Iterator<Item = u32>| order.fold("tel:+1".to_owned(), |tel, n| format!("{tel};p{n}=1"));
        assert!(same(&many(&mut (0..9_000)), &many(&mut (0..9_000).rev())));
    }

    #[test]
    fn the_canonical_form_has_the_order_of_section_3() {
        let tel = TelUri::parse("tel:+358-555-1234567;m-z=1;Postd=PP22;phone-context=+3-58;isub=A").unwrap();
        assert_eq!(
            tel.canonical(),
            "+3585551234567;isub=a;phone-context=+358;m-z=1;postd=pp22"
        );
        assert_eq!(tel.mandatory_params().collect::<Vec<_>>(), ["m-z"]);
        assert_eq!((tel.isdn_subaddress(), tel.extension()), (Some("A"), None));
    }

    #[test]
    fn what_is_no_number_says_where() {
        let at = |text| TelUri::parse(text).unwrap_err().offset();
        for (text, offset) in [
            ("sip:+1", 0),
            ("tel:", 4),
            ("tel:+", 5),
            ("tel:+-", 6),
            ("tel:+1a", 6),
            ("tel:+1 2", 6),
            ("tel:x", 4),
            ("tel:+1;", 7),
            ("tel:+1;a;;b", 9),
            ("tel:+1;a_=b", 7),
            ("tel:+1;a=", 9),
            ("tel:+1;a=b%4", 10),
            ("tel:+1;ext=", 11),
            ("tel:+1;ext", 10),
            ("tel:+1;ext=-", 11),
            ("tel:+1;ext=12a", 11),
            ("tel:1;phone-context=+", 20),
            ("tel:1;phone-context=1.2.3.4", 20),
            ("tel:+1;a=1;A=2", 6),
            ("tel:+1;ext=1;isub=2", 6),
            ("tel:\u{e9}", 4),
        ] {
            assert_eq!(at(text), offset, "{text}");
        }
        // To SIP it is still an absoluteURI.
        assert!(matches!(Uri::parse("tel:+1;a=1;A=2"), Ok(Uri::Other(_))));
        assert!(matches!(Uri::parse("tel:112"), Ok(Uri::Tel(_))));
    }
}
