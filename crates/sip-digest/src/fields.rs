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
    #[inline]
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
