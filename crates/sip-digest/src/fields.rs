//! The parameters of credentials. Those that are written as nearly all clients write them are read here, all others by the
//! [`Scanner`].

use std::borrow::Cow;

use crate::marks::{self, Quotes};
use crate::parameter::{Extensions, Name};
use crate::parse_error::{ParseError, ParseErrorKind};
use crate::scanner::Scanner;

/// A parameter that credentials have a use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Algorithm,
    Cnonce,
    Nc,
    Nonce,
    Opaque,
    Qop,
    Realm,
    Response,
    Uri,
    Userhash,
    Username,
    UsernameExtended,
}

const COUNT: usize = Field::UsernameExtended as usize + 1;

/// The parameters of a header value as they are read.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    /// In the order of [`Field`]. What had escapes to resolve is empty here.
    values: [Option<&'a str>; COUNT],
    resolved: Vec<(Field, String)>,
    pub(crate) extensions: Extensions<'a>,
}

impl<'a> Fields<'a> {
    pub(crate) const fn new() -> Self {
        Self {
            values: [None; COUNT],
            resolved: Vec::new(),
            extensions: Extensions::new(),
        }
    }

    /// Reads a scheme and the parameters behind it.
    #[inline(never)]
    pub(crate) fn read(&mut self, text: &'a str) -> Result<(), ParseError> {
        let mut at = scheme_len(text)?;
        loop {
            at = self.read_usual(text, at)?;
            if at == text.len() {
                return Ok(());
            }
            at = self.read_unusual(text, at)?;
        }
    }

    /// Reads parameters as long as they look as most do: behind one space or none a usual name in lower case, right behind
    /// it a quoted-string with nothing to resolve or a short token, and right behind that a comma or the end. Gives the place
    /// behind the last comma.
    ///
    /// Where a quoted-string begins and ends is known without its name, so the processor can be at several parameters at
    /// once.
    #[inline(always)]
    fn read_usual(&mut self, text: &'a str, mut at: usize) -> Result<usize, ParseError> {
        let bytes = text.as_bytes();
        let mut quotes = Quotes::new(bytes, at);
        loop {
            let start = at + usize::from(bytes.get(at) == Some(&b' '));
            let Some(first) = bytes.get(start..).and_then(<[u8]>::first_chunk) else {
                return Ok(at);
            };
            let word = u64::from_le_bytes(*first);
            let quote = quotes.peek(start + 10);
            // Where this is no length of a name, the quote is that of a parameter behind this one.
            let name_len = quote.wrapping_sub(start + 1);
            let (field, value, end);
            if let 1..=8 = name_len {
                let name = word & (u64::MAX >> (64 - 8 * name_len));
                let (known, of) = QUOTED[place(name)];
                if known != name || bytes.get(quote - 1) != Some(&b'=') {
                    return Ok(at);
                }
                quotes.pass();
                let close = quotes.peek(usize::MAX);
                quotes.pass();
                (field, value, end) = (of, quote + 1..close, close.wrapping_add(1));
            } else {
                let value_start;
                (field, value_start) = match word {
                    ALGORITHM if bytes.get(start + 8..start + 10) == Some(b"m=") => (Field::Algorithm, start + 10),
                    _ if word & 0x00ff_ffff == NC => (Field::Nc, start + 3),
                    _ if word & 0xffff_ffff == QOP => (Field::Qop, start + 4),
                    _ => return Ok(at),
                };
                end = value_start + marks::word_len(bytes, value_start);
                if end == value_start {
                    return Ok(at);
                }
                value = value_start..end;
            }
            let Some(value) = text.get(value) else {
                return Ok(at);
            };
            at = match bytes.get(end) {
                Some(b',') => end + 1,
                None => end,
                Some(_) => return Ok(at),
            };
            self.fill(field, start, value)?;
        }
    }

    /// The value of a field, to be asked for once.
    #[inline(always)]
    pub(crate) fn take(&mut self, field: Field) -> Option<Cow<'a, str>> {
        let value = self.values[field as usize]?;
        if self.resolved.is_empty() {
            Some(Cow::Borrowed(value))
        } else {
            Some(self.take_resolved(field, value))
        }
    }

    #[cold]
    fn take_resolved(&mut self, field: Field, value: &'a str) -> Cow<'a, str> {
        match self.resolved.iter_mut().find(|(of, _)| *of == field) {
            Some((_, resolved)) => Cow::Owned(std::mem::take(resolved)),
            None => Cow::Borrowed(value),
        }
    }

    /// Reads one parameter by the grammar, if there is one. Gives the place behind it.
    #[cold]
    fn read_unusual(&mut self, text: &'a str, at: usize) -> Result<usize, ParseError> {
        let mut scanner = Scanner::new(text);
        scanner.go_to(at);
        let Some(parameter) = scanner.parameter()? else {
            return Ok(text.len());
        };
        match Field::of(parameter.name) {
            Some(field) => match parameter.value {
                Cow::Borrowed(value) => self.fill(field, parameter.offset, value)?,
                Cow::Owned(value) => {
                    self.fill(field, parameter.offset, "")?;
                    self.resolved.push((field, value));
                }
            },
            None => self.extensions.push(scanner.name_of(&parameter), parameter)?,
        }
        Ok(scanner.at())
    }

    /// Puts a value where it belongs, once.
    #[inline]
    fn fill(&mut self, field: Field, offset: usize, value: &'a str) -> Result<(), ParseError> {
        match self.values[field as usize].replace(value) {
            Some(_) => Err(ParseError::new(offset, ParseErrorKind::DuplicateParameter)),
            None => Ok(()),
        }
    }
}

/// The length of the scheme `Digest`, which must be there.
#[inline]
fn scheme_len(text: &str) -> Result<usize, ParseError> {
    if text.starts_with("Digest ") {
        return Ok("Digest".len());
    }
    let mut scanner = Scanner::new(text);
    scanner.digest_scheme()?;
    Ok(scanner.at())
}

/// Where a parameter stands in a text that was read before, and where its value does.
#[cold]
pub(crate) fn offsets(text: &str, field: Field) -> (usize, usize) {
    let mut scanner = Scanner::new(text);
    let is_digest = scanner.digest_scheme().is_ok();
    while is_digest && let Ok(Some(parameter)) = scanner.parameter() {
        if Field::of(parameter.name) == Some(field) {
            return (parameter.offset, parameter.value_offset);
        }
    }
    (text.len(), text.len())
}

impl Field {
    /// The field of a parameter, if credentials have a use for it.
    const fn of(name: Name) -> Option<Self> {
        match name {
            Name::Algorithm => Some(Self::Algorithm),
            Name::Cnonce => Some(Self::Cnonce),
            Name::Nc => Some(Self::Nc),
            Name::Nonce => Some(Self::Nonce),
            Name::Opaque => Some(Self::Opaque),
            Name::Qop => Some(Self::Qop),
            Name::Realm => Some(Self::Realm),
            Name::Response => Some(Self::Response),
            Name::Uri => Some(Self::Uri),
            Name::Userhash => Some(Self::Userhash),
            Name::Username => Some(Self::Username),
            Name::UsernameExtended => Some(Self::UsernameExtended),
            _ => None,
        }
    }
}

const ALGORITHM: u64 = word("algorith");
const NC: u64 = word("nc=");
const QOP: u64 = word("qop=");

/// The names that are quoted in nearly all credentials, at their places; the other places have one that is never asked for.
/// Looked up, because a jump that is guessed wrong costs more than all of this.
static QUOTED: [(u64, Field); 16] = {
    let names = [
        ("cnonce", Field::Cnonce),
        ("nonce", Field::Nonce),
        ("opaque", Field::Opaque),
        ("qop", Field::Qop),
        ("realm", Field::Realm),
        ("response", Field::Response),
        ("uri", Field::Uri),
        ("username", Field::Username),
        ("nc", Field::Nc),
    ];
    let mut table = [(u64::MAX, Field::Username); 16];
    let mut index = 0;
    while index < names.len() {
        let (name, field) = names[index];
        let name = word(name);
        assert!(table[place(name)].0 == u64::MAX, "two names at one place");
        table[place(name)] = (name, field);
        index += 1;
    }
    table
};

/// Where a name stands in the table: bits that differ in all of them.
#[inline]
const fn place(name: u64) -> usize {
    (((name >> 1) ^ (name >> 18)) & 15) as usize
}

/// At most eight bytes in one word.
const fn word(text: &str) -> u64 {
    let (bytes, mut word, mut index) = (text.as_bytes(), 0, 0);
    while index < bytes.len() {
        word |= (bytes[index] as u64) << (8 * index);
        index += 1;
    }
    word
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What stands in each field, and the parameters besides.
    type Read = (Vec<Option<String>>, Vec<(String, String)>);

    fn done(mut fields: Fields<'_>) -> Read {
        let extensions = fields.extensions.iter();
        let extensions = extensions.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let extensions = extensions.collect();
        let all = ALL.map(|field| fields.take(field).map(Cow::into_owned));
        (all.into(), extensions)
    }

    const ALL: [Field; COUNT] = [
        Field::Algorithm,
        Field::Cnonce,
        Field::Nc,
        Field::Nonce,
        Field::Opaque,
        Field::Qop,
        Field::Realm,
        Field::Response,
        Field::Uri,
        Field::Userhash,
        Field::Username,
        Field::UsernameExtended,
    ];

    fn read(text: &str) -> Result<Read, ParseError> {
        let mut fields = Fields::new();
        fields.read(text).map(|()| done(fields))
    }

    /// The same without the shorter way.
    fn read_by_grammar(text: &str) -> Result<Read, ParseError> {
        let mut fields = Fields::new();
        let mut at = scheme_len(text)?;
        while at < text.len() {
            at = fields.read_unusual(text, at)?;
        }
        Ok(done(fields))
    }

    /// How many parameters are read in the shorter way, one after the other.
    fn usual(text: &str) -> usize {
        let mut fields = Fields::new();
        fields.read_usual(text, "Digest".len()).unwrap();
        fields.values.iter().flatten().count()
    }

    #[test]
    fn what_clients_write_is_usual() {
        let long = "x".repeat(300);
        for (text, expected) in [
            (
                "Digest username=\"alice\", realm=\"example.test\", nonce=\"0123456789\", uri=\"sip:example.test\", \
                 response=\"0123456789abcdef\", cnonce=\"c\", algorithm=MD5, qop=auth, nc=00000001",
                9,
            ),
            (
                "Digest username=\"\",realm=\"한글, \",nonce=\"\",uri=\"sip:a,b=c\",response=\"\",opaque=\"\",qop=\"auth\",\
                 nc=\"1\",algorithm=SHA-512-256-sess",
                9,
            ),
            (&format!("Digest uri=\"{long}\", nonce=\"{long}\", realm=\"{long}\""), 3),
            (&format!("Digest realm=\"r\", nonce=\"{long}\", uri=\"\\\"\""), 2),
            (&format!("Digest realm=\"r\", nonce=\"n\" , uri=\"{long}\""), 1),
            ("Digest realm=\"r\"", 0),
        ] {
            assert_eq!(usual(text), expected, "{text}");
            assert_eq!(read(text), read_by_grammar(text), "{text}");
        }
    }

    #[test]
    fn every_usual_name_has_its_place() {
        let padding = "x".repeat(64);
        for (name, field) in [
            ("cnonce", Field::Cnonce),
            ("nc", Field::Nc),
            ("nonce", Field::Nonce),
            ("opaque", Field::Opaque),
            ("qop", Field::Qop),
            ("realm", Field::Realm),
            ("response", Field::Response),
            ("uri", Field::Uri),
            ("username", Field::Username),
        ] {
            let text = format!("Digest {name}=\"{padding}\"");
            assert_eq!(usual(&text), 1, "{name}");
            let (values, _) = read(&text).unwrap();
            assert_eq!(values[field as usize].as_deref(), Some(&*padding), "{name}");
        }
        for other in [
            "n",
            "ncc",
            "realn",
            "Realm",
            "username*",
            "usernam",
            "responses",
            "stale",
            "\0",
        ] {
            assert_eq!(usual(&format!("Digest {other}=\"{padding}\"")), 0, "{other}");
        }
    }

    #[test]
    fn offsets_are_of_the_parameter() {
        let text = "Digest  realm=\"nc=1\", nc =  \"x\"";
        assert_eq!(offsets(text, Field::Nc), (22, 28));
        assert_eq!(offsets(text, Field::Realm), (8, 14));
        assert_eq!(offsets(text, Field::Uri), (text.len(), text.len()));
    }

    proptest! {
        /// Both ways read the same, and say the same of what is broken: names, marks and blanks in any order, at any
        /// distance from the end and from each other.
        #[test]
        fn the_shorter_way_reads_the_same(
            pieces in proptest::collection::vec(
                prop_oneof![
                    6 => "(username|realm|nonce|uri|response|cnonce|opaque|qop)=\"[a-z,= ]{0,40}\"",
                    3 => "algorithm=(MD5|SHA-256|\"MD5\"|x y)|qop=(auth|auth-int|)|nc=[0-9]{1,20}|userhash=true|X=y",
                    8 => Just(", ".to_owned()),
                    1 => "[ -~é\t\r\n]{0,3}",
                    1 => prop_oneof![Just("\""), Just("\\"), Just("\r\n "), Just(","), Just("="), Just("\0")]
                        .prop_map(str::to_owned),
                    1 => "[x ]{40,90}",
                ],
                0..24,
            ),
            scheme in prop_oneof![9 => Just("Digest "), 1 => Just("digest  "), 1 => Just("Digest\t"), 1 => Just("Dig")],
        ) {
            let text = scheme.to_owned() + &pieces.concat();
            prop_assert_eq!(read(&text), read_by_grammar(&text));
        }

        /// The same for whole lists with one change somewhere.
        #[test]
        fn one_odd_character_changes_both_ways_alike(
            values in proptest::array::uniform6("[a-z]{0,70}"),
            at in any::<proptest::sample::Index>(),
            odd in "[ -~é\t\r\n\0]|\r\n ",
        ) {
            let [a, b, c, d, e, f] = values;
            let mut text = format!(
                "Digest username=\"{a}\", realm=\"{b}\", nonce=\"{c}\", uri=\"{d}\", response=\"{e}\", algorithm=MD5, \
                 cnonce=\"{f}\", nc=00000001, qop=auth"
            );
            text.insert_str(at.index(text.len()), &odd);
            prop_assert_eq!(read(&text), read_by_grammar(&text));
        }
    }
}
