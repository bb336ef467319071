//! What comes before the root element, and the encoding.

use super::chars::{self, is_space};
use super::cursor::Cursor;
use super::reader::{Event, Reader};
use crate::error::excerpt;
use crate::{Error, ErrorKind};

/// The declaration as nearly everyone writes it.
const USUAL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

impl<'a> Reader<'a> {
    pub(super) fn declaration(&self, raw: &'a str, start: usize) -> Result<(), Error> {
        if raw == USUAL && start == 0 {
            return Ok(());
        }
        if start > 0 {
            return Err(self.malformed("the XML declaration at the very start only", raw, start));
        }
        let inner = raw.strip_prefix("<?xml").and_then(|raw| raw.strip_suffix("?>"));
        let mut cursor = Cursor::new(inner.unwrap_or_default(), "<?xml".len());
        let mut allowed: &[&str] = &["version", "encoding", "standalone"];
        while let Some(raw) = cursor.attribute().map_err(|unexpected| self.unexpected(&unexpected))? {
            let index = allowed.iter().position(|name| *name == raw.name.text);
            // The version has to come first.
            let index = index.filter(|index| allowed.len() < 3 || *index == 0);
            let valid = match raw.name.text {
                "version" => raw.value.strip_prefix("1.").is_some_and(is_number),
                "standalone" => matches!(raw.value, "no" | "yes"),
                _ => !raw.value.is_empty(),
            };
            let Some(index) = index.filter(|_| valid) else {
                let found = format!("{}=\"{}\"", raw.name.text, raw.value);
                let expected = "version=\"1.0\", then encoding, then standalone=\"yes\" or \"no\"";
                return Err(self.malformed(expected, &found, raw.name_offset));
            };
            if raw.name.text == "encoding" && !raw.value.eq_ignore_ascii_case("UTF-8") {
                let found = excerpt(raw.value);
                return Err(self.error(ErrorKind::Encoding { found }, raw.value_offset));
            }
            allowed = allowed.get(index + 1..).unwrap_or_default();
        }
        // Attributes end at what ends a tag, and this is none.
        if !cursor.rest().is_empty() {
            return Err(self.malformed("`?>` at the end of the XML declaration", cursor.rest(), cursor.offset()));
        }
        if allowed.len() == 3 {
            return Err(self.malformed("version=\"1.0\" in the XML declaration", raw, start));
        }
        Ok(())
    }

    pub(super) fn instruction(&mut self, raw: &'a str, start: usize) -> Result<Event<'a>, Error> {
        self.count_aside(start)?;
        let inner = raw.strip_prefix("<?").and_then(|raw| raw.strip_suffix("?>"));
        let inner = inner.unwrap_or_default();
        let (target, data) = inner.split_at(inner.find(is_space).unwrap_or(inner.len()));
        if !chars::is_ncname(target) || target.eq_ignore_ascii_case("xml") {
            return Err(self.malformed("the name of a processing instruction", raw, start));
        }
        let data = chars::normalize_lines(data.trim_start_matches(is_space));
        Ok(Event::Instruction { target, data })
    }

    pub(super) fn comment(&mut self, raw: &'a str, start: usize) -> Result<Event<'a>, Error> {
        self.count_aside(start)?;
        let inner = raw.strip_prefix("<!--").and_then(|raw| raw.strip_suffix("-->"));
        let inner = inner.unwrap_or_default();
        let dashes = inner.find("--").or(inner.strip_suffix('-').map(str::len));
        if let Some(dashes) = dashes {
            let offset = start + "<!--".len() + dashes;
            return Err(self.malformed("`-->` after `--` in a comment", "another `--`", offset));
        }
        Ok(Event::Comment(chars::normalize_lines(inner)))
    }

    fn count_aside(&mut self, start: usize) -> Result<(), Error> {
        self.asides += 1;
        if self.asides > self.limits.elements {
            return Err(self.limit("comments and processing instructions", self.limits.elements, start));
        }
        Ok(())
    }
}

/// The document as text of characters that XML allows, or what is wrong at which byte.
pub(super) fn decode(body: &[u8]) -> Result<&str, (ErrorKind, usize)> {
    // XML 1.0 appendix F: what a document in UTF-16 or UTF-32 begins with.
    if body.starts_with(b"\xFE\xFF") || body.starts_with(b"\xFF\xFE") || body.iter().take(2).any(|byte| *byte == 0) {
        let found = "UTF-16 or UTF-32".to_owned();
        return Err((ErrorKind::Encoding { found }, 0));
    }
    let text = std::str::from_utf8(body).map_err(|error| {
        let offset = error.valid_up_to();
        let (valid, rest) = body.split_at_checked(offset).unwrap_or_default();
        let byte = rest.first().copied().unwrap_or_default();
        let found = match declared_encoding(valid) {
            Some(declared) => excerpt(declared),
            None => format!("the byte {byte:#04X} out of place"),
        };
        (ErrorKind::Encoding { found }, offset)
    })?;
    if let Some(offset) = chars::find_illegal(text) {
        let c = text
            .get(offset..)
            .and_then(|rest| rest.chars().next())
            .unwrap_or_default();
        let kind = ErrorKind::Malformed {
            expected: "a character that XML allows".into(),
            found: format!("U+{:04X}", u32::from(c)),
        };
        return Err((kind, offset));
    }
    // It would be told as text that looks like nothing.
    if text.starts_with('\u{FEFF}') {
        let kind = ErrorKind::Malformed {
            expected: "the root element".into(),
            found: "a second byte order mark".to_owned(),
        };
        return Err((kind, 0));
    }
    Ok(text)
}

/// The encoding that an XML declaration at the beginning of a document names, if it is another than UTF-8.
fn declared_encoding(document: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(document).ok()?;
    let (declaration, _) = text.strip_prefix("<?xml")?.split_once("?>")?;
    let mut cursor = Cursor::new(declaration, 0);
    while let Ok(Some(attribute)) = cursor.attribute() {
        if attribute.name.text == "encoding" && !attribute.value.eq_ignore_ascii_case("UTF-8") {
            return Some(attribute.value);
        }
    }
    None
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
