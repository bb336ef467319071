//! Canonical XML 1.0 with comments, for tests: on quick-xml's events and on nothing of the crate that it tests.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The canonical form of a well-formed document without a document type declaration.
pub(crate) fn canonical(document: &str) -> String {
    let document = document.strip_prefix('\u{FEFF}').unwrap_or(document);
    // Line ends are normalised before anything else (XML 1.0 section 2.11).
    let document = document.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader::from_str(&document);
    let mut out = String::new();
    let mut scopes: Vec<BTreeMap<String, String>> = vec![BTreeMap::new()];
    let mut root_seen = false;
    loop {
        let event = reader.read_event().unwrap();
        let depth = scopes.len() - 1;
        let is_aside = matches!(event, Event::Comment(_) | Event::PI(_));
        if is_aside && depth == 0 && root_seen {
            out.push('\n');
        }
        match event {
            Event::Start(tag) => {
                root_seen = true;
                start(&tag, &mut scopes, &mut out);
            }
            Event::Empty(tag) => {
                root_seen = true;
                start(&tag, &mut scopes, &mut out);
                end(tag.name().as_ref(), &mut scopes, &mut out);
            }
            Event::End(tag) => end(tag.name().as_ref(), &mut scopes, &mut out),
            Event::Text(text) if depth > 0 => escape(&text, false, &mut out),
            Event::CData(text) => escape(&text, false, &mut out),
            Event::GeneralRef(reference) => {
                escape(&resolve(&format!("&{};", &*reference)), false, &mut out);
            }
            Event::Comment(text) => out += &format!("<!--{}-->", &*text),
            Event::PI(text) => {
                let text = &*text;
                let (target, data) = text.split_at(text.find([' ', '\t', '\n']).unwrap_or(text.len()));
                let data = data.trim_start_matches([' ', '\t', '\n']);
                let space = if data.is_empty() { "" } else { " " };
                out += &format!("<?{target}{space}{data}?>");
            }
            Event::Eof => return out,
            Event::Decl(_) | Event::Text(_) => {}
            Event::DocType(_) => panic!("a document type declaration"),
        }
        if is_aside && depth == 0 && !root_seen {
            out.push('\n');
        }
    }
}

fn start(tag: &BytesStart<'_>, scopes: &mut Vec<BTreeMap<String, String>>, out: &mut String) {
    let outer = scopes.last().unwrap().clone();
    let mut inner = outer.clone();
    let mut declared = BTreeMap::new();
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.unwrap();
        let key: &str = attribute.key.as_ref();
        let key = key.to_owned();
        // Literal white space in a value is spaces; referred to it is itself (XML 1.0 section 3.3.3).
        let value = resolve(&attribute.value.replace(['\t', '\n'], " "));
        let prefix = match key.strip_prefix("xmlns") {
            Some("") => String::new(),
            Some(prefix) if prefix.starts_with(':') => prefix[1..].to_owned(),
            _ => {
                attributes.push((key, value));
                continue;
            }
        };
        if prefix == "xml" {
            continue;
        }
        if outer.get(&prefix).map_or("", String::as_str) != value {
            declared.insert(prefix.clone(), value.clone());
        }
        inner.insert(prefix, value);
    }
    attributes.sort_by_key(|(key, _)| match key.split_once(':') {
        Some(("xml", local)) => ("http://www.w3.org/XML/1998/namespace".to_owned(), local.to_owned()),
        Some((prefix, local)) => (inner[prefix].clone(), local.to_owned()),
        None => (String::new(), key.clone()),
    });
    *out += &format!("<{}", tag.name().as_ref());
    for (prefix, namespace) in declared {
        let colon = if prefix.is_empty() { "" } else { ":" };
        *out += &format!(" xmlns{colon}{prefix}=\"");
        escape(&namespace, true, out);
        out.push('"');
    }
    for (key, value) in attributes {
        *out += &format!(" {key}=\"");
        escape(&value, true, out);
        out.push('"');
    }
    out.push('>');
    scopes.push(inner);
}

fn end(name: &str, scopes: &mut Vec<BTreeMap<String, String>>, out: &mut String) {
    *out += &format!("</{name}>");
    scopes.pop();
}

/// Text with its references resolved.
fn resolve(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut resolved = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once(';').unwrap();
        resolved.push(match name {
            "amp" => '&',
            "apos" => '\'',
            "gt" => '>',
            "lt" => '<',
            "quot" => '"',
            _ => {
                let code = &name[1..];
                let code = match code.strip_prefix('x') {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => code.parse(),
                };
                char::from_u32(code.unwrap()).unwrap()
            }
        });
        resolved.push_str(rest);
    }
    resolved
}

fn escape(text: &str, is_attribute: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' if !is_attribute => out.push_str("&gt;"),
            '"' if is_attribute => out.push_str("&quot;"),
            '\t' if is_attribute => out.push_str("&#x9;"),
            '\n' if is_attribute => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
}
