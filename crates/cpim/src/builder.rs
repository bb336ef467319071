use bytes::Bytes;

use crate::{
    address::Address,
    date_time::DateTime,
    imdn::Request,
    media_type::MediaType,
    message::Message,
    mime::MimeField,
    name::{Name, Namespace},
    scan::{FieldSpan, HeaderSpan, Index, Layout, NamespaceSpan},
    text::{LanguageTag, Subject, Text},
};

/// Writes a new message in the form of RFC 3862. Its parts are valid by their types, so [`Builder::build`] cannot fail.
///
/// The headers are written in the order From, To, cc, DateTime, Subject, NS, Require, extension headers. A message that
/// is given no content has an empty `text/plain`.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    from: Option<Address>,
    to: Vec<Address>,
    cc: Vec<Address>,
    date_time: Option<DateTime>,
    subjects: Vec<Subject>,
    namespaces: Vec<Declared>,
    required: Vec<(usize, Name)>,
    extensions: Vec<(usize, Name, HeaderValue)>,
    content_type: Option<MediaType>,
    fields: Vec<MimeField>,
    content: Bytes,
}

/// A namespace with the prefix that it has in the message.
#[derive(Clone, Debug)]
struct Declared {
    prefix: String,
    uri: String,
}

impl Builder {
    /// Says who sends the message. Once: a second call replaces the first.
    pub fn from(mut self, address: impl Into<Address>) -> Self {
        self.from = Some(address.into());
        self
    }

    /// Adds a recipient.
    pub fn to(mut self, address: impl Into<Address>) -> Self {
        self.to.push(address.into());
        self
    }

    /// Adds a recipient of a courtesy copy.
    pub fn cc(mut self, address: impl Into<Address>) -> Self {
        self.cc.push(address.into());
        self
    }

    /// Says when the message is sent. Once: a second call replaces the first.
    pub fn date_time(mut self, date_time: DateTime) -> Self {
        self.date_time = Some(date_time);
        self
    }

    /// Adds a subject. Several are the same in several languages.
    pub fn subject(mut self, subject: impl Into<Subject>) -> Self {
        self.subjects.push(subject.into());
        self
    }

    /// Adds an extension header; its namespace is declared.
    ///
    /// Where another namespace of the message already has the preferred prefix, a number is put after it.
    pub fn header(mut self, namespace: &Namespace, name: Name, value: impl Into<HeaderValue>) -> Self {
        let namespace = self.declare(namespace);
        self.extensions.push((namespace, name, value.into()));
        self
    }

    /// Requires the receiver to understand a header or feature (RFC 3862 section 3.5); its namespace is declared.
    pub fn require(mut self, namespace: &Namespace, name: Name) -> Self {
        let namespace = self.declare(namespace);
        self.required.push((namespace, name));
        self
    }

    /// Asks for notifications of what becomes of the message (RFC 5438 section 7.1.1): adds its Message-ID and
    /// Disposition-Notification, and sets its DateTime.
    pub fn request_notifications(self, request: Request) -> Self {
        request.add_to(self)
    }

    /// Sets the content, already in the form that the type and the other MIME headers say.
    pub fn content(mut self, content_type: MediaType, content: impl Into<Bytes>) -> Self {
        self.content_type = Some(content_type);
        self.content = content.into();
        self
    }

    /// Sets the content to text, as `text/plain; charset=utf-8`.
    pub fn text(self, text: impl Into<String>) -> Self {
        self.content(MediaType::text_plain_utf8(), text.into())
    }

    /// Sets the content to a message as it is: an envelope around an envelope. Whoever passes a message on and has
    /// something to add does it so, because the message must not change (RFC 3862 section 6).
    pub fn enclose(self, message: Message) -> Self {
        self.content(MediaType::bare("message/cpim"), message.into_bytes())
    }

    /// Adds a MIME header after Content-Type.
    pub fn mime_field(mut self, field: MimeField) -> Self {
        self.fields.push(field);
        self
    }

    /// Writes the message.
    #[must_use]
    pub fn build(self) -> Message {
        let mut writer = Writer::default();
        if let Some(from) = &self.from {
            writer.core("From", &from.to_string());
        }
        for to in &self.to {
            writer.core("To", &to.to_string());
        }
        for cc in &self.cc {
            writer.core("cc", &cc.to_string());
        }
        if let Some(date_time) = &self.date_time {
            writer.core("DateTime", &date_time.to_string());
        }
        for subject in &self.subjects {
            let value = HeaderValue::from(subject.clone());
            writer.line("Subject", &value.after_colon(), NamespaceSpan::Core);
        }
        let spans: Vec<NamespaceSpan> = self
            .namespaces
            .iter()
            .map(|declared| writer.namespace(declared))
            .collect();
        let prefixed = |index: usize, name: &Name| match self.namespaces.get(index) {
            Some(declared) => format!("{}.{name}", declared.prefix),
            None => name.to_string(),
        };
        if !self.required.is_empty() {
            let names: Vec<String> = self
                .required
                .iter()
                .map(|(index, name)| prefixed(*index, name))
                .collect();
            writer.core("Require", &names.join(","));
        }
        for (index, name, value) in &self.extensions {
            let namespace = spans.get(*index).copied().unwrap_or(NamespaceSpan::Core);
            writer.line(&prefixed(*index, name), &value.after_colon(), namespace);
        }
        writer.finish(self.content_type, &self.fields, &self.content)
    }

    fn declare(&mut self, namespace: &Namespace) -> usize {
        let uri = namespace.uri().as_str();
        if let Some(index) = self.namespaces.iter().position(|declared| declared.uri == uri) {
            return index;
        }
        let preferred = namespace.prefix().as_str();
        let is_taken = |prefix: &str| self.namespaces.iter().any(|declared| declared.prefix == prefix);
        let mut prefix = preferred.to_owned();
        let mut number = 2_usize;
        while is_taken(&prefix) {
            prefix = format!("{preferred}{number}");
            number += 1;
        }
        self.namespaces.push(Declared {
            prefix,
            uri: uri.to_owned(),
        });
        self.namespaces.len() - 1
    }
}

/// The value of an extension header, escaped as it must be, with its language where that is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeaderValue {
    lang: Option<LanguageTag>,
    wire: String,
}

impl HeaderValue {
    /// A value as it stands in a message: escaped, and without a space at its end.
    pub(crate) fn from_wire(value: String) -> Self {
        Self {
            lang: None,
            wire: value,
        }
    }

    /// What stands behind the colon.
    fn after_colon(&self) -> String {
        match &self.lang {
            Some(lang) => format!(";lang={lang} {}", self.wire),
            None => format!(" {}", self.wire),
        }
    }
}

impl From<Text> for HeaderValue {
    fn from(text: Text) -> Self {
        Self::from_wire(text.to_wire())
    }
}

/// Text in a language: any header may name the one of its value (RFC 3862 section 3.3).
impl From<Subject> for HeaderValue {
    fn from(text: Subject) -> Self {
        Self {
            lang: text.lang().cloned(),
            wire: text.text_to_wire(),
        }
    }
}

impl From<Address> for HeaderValue {
    fn from(address: Address) -> Self {
        Self::from_wire(address.to_string())
    }
}

impl From<DateTime> for HeaderValue {
    fn from(date_time: DateTime) -> Self {
        Self::from_wire(date_time.to_string())
    }
}

/// Writes the bytes and the index of them at once.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    headers: Vec<HeaderSpan>,
    mime: Vec<FieldSpan>,
}

impl Writer {
    fn core(&mut self, name: &str, value: &str) {
        self.line(name, &format!(" {value}"), NamespaceSpan::Core);
    }

    fn namespace(&mut self, declared: &Declared) -> NamespaceSpan {
        self.core("NS", &format!("{} <{}>", declared.prefix, declared.uri));
        // Ahead of here are ">" and the CRLF.
        let end = self.bytes.len() - 3;
        NamespaceSpan::Declared {
            start: end - declared.uri.len(),
            end,
        }
    }

    fn line(&mut self, name: &str, rest: &str, namespace: NamespaceSpan) {
        let FieldSpan { start, colon, end } = self.write(name, rest);
        self.headers.push(HeaderSpan {
            start,
            colon,
            end,
            namespace,
        });
    }

    fn field(&mut self, name: &str, value: &str) {
        let span = self.write(name, &format!(" {value}"));
        self.mime.push(span);
    }

    fn write(&mut self, name: &str, rest: &str) -> FieldSpan {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(name.as_bytes());
        let colon = self.bytes.len();
        self.bytes.push(b':');
        self.bytes.extend_from_slice(rest.as_bytes());
        let end = self.bytes.len();
        self.bytes.extend_from_slice(b"\r\n");
        FieldSpan { start, colon, end }
    }

    fn finish(mut self, content_type: Option<MediaType>, fields: &[MimeField], content: &[u8]) -> Message {
        self.bytes.extend_from_slice(b"\r\n");
        let content_type = content_type.unwrap_or_else(MediaType::text_plain_utf8);
        self.field("Content-Type", &content_type.to_string());
        for field in fields {
            self.field(field.name(), field.value());
        }
        self.bytes.extend_from_slice(b"\r\n");
        let start = self.bytes.len();
        self.bytes.extend_from_slice(content);
        let index = Index {
            entity: Vec::new(),
            headers: self.headers,
            mime: self.mime,
            content: start,
            layout: Layout::Separated,
            oddities: Vec::new(),
        };
        Message::from_parts(Bytes::from(self.bytes), index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{name::ExpandedName, text::LanguageTag, uri::Uri};

    #[test]
    fn headers_stand_in_order_with_their_namespaces_declared_once() {
        let features = Namespace::new("MyFeatures", "mid:MessageFeatures@id.foo.com").unwrap();
        let name = |name: &str| Name::new(name).unwrap();
        let message = Message::builder()
            .content("text/xml; charset=utf-8".parse().unwrap(), "<body/>")
            .mime_field(MimeField::new("Content-ID", "<1234567890@foo.com>").unwrap())
            .require(&features, name("VitalMessageOption"))
            .header(
                &features,
                name("VitalMessageOption"),
                Text::new("Confirmation-requested").unwrap(),
            )
            .subject(Text::new("the weather").unwrap())
            .subject(Subject::new(Text::new("beau temps prevu").unwrap()).with_lang(LanguageTag::new("fr").unwrap()))
            .date_time("2000-12-13T13:40:00-08:00".parse().unwrap())
            .cc(Uri::new("im:tigger@100akerwood.com").unwrap())
            .to(Address::named(
                "Depressed Donkey",
                Uri::new("im:eeyore@100akerwood.com").unwrap(),
            ))
            .from(Address::named(
                "MR SANDERS",
                Uri::new("im:piglet@100akerwood.com").unwrap(),
            ))
            .build();
        let written = "From: MR SANDERS <im:piglet@100akerwood.com>\r\n\
                       To: Depressed Donkey <im:eeyore@100akerwood.com>\r\n\
                       cc: <im:tigger@100akerwood.com>\r\n\
                       DateTime: 2000-12-13T13:40:00-08:00\r\n\
                       Subject: the weather\r\n\
                       Subject:;lang=fr beau temps prevu\r\n\
                       NS: MyFeatures <mid:MessageFeatures@id.foo.com>\r\n\
                       Require: MyFeatures.VitalMessageOption\r\n\
                       MyFeatures.VitalMessageOption: Confirmation-requested\r\n\
                       \r\n\
                       Content-Type: text/xml; charset=utf-8\r\n\
                       Content-ID: <1234567890@foo.com>\r\n\
                       \r\n\
                       <body/>";
        assert_eq!(message.as_bytes(), written.as_bytes());
    }

    #[test]
    fn a_taken_prefix_gets_a_number() {
        let one = Namespace::new("x", "urn:one:a").unwrap();
        let two = Namespace::new("x", "urn:two:a").unwrap();
        let (a, text) = (Name::new("A").unwrap(), Text::new("v").unwrap());
        let message = Message::builder()
            .header(&one, a.clone(), text.clone())
            .header(&two, a.clone(), text.clone())
            .header(&one, a, text)
            .build();
        let names: Vec<&str> = message.headers().map(|header| header.name()).collect();
        assert_eq!(names, ["NS", "NS", "x.A", "x2.A", "x.A"]);
        let two = ExpandedName::new("urn:two:a", "A");
        let found: Vec<&str> = message.headers_named(two).map(|header| header.name()).collect();
        assert_eq!(found, ["x2.A"]);
    }

    #[test]
    fn a_header_may_name_its_language() {
        let features = Namespace::new("x", "urn:one:a").unwrap();
        let text = Subject::new(Text::new("une\nnote").unwrap()).with_lang(LanguageTag::new("fr").unwrap());
        let message = Message::builder()
            .header(&features, Name::new("Note").unwrap(), text)
            .build();
        let header = message.headers_written("x.Note").next().unwrap();
        assert_eq!(header.raw(), b"x.Note:;lang=fr une\\nnote");
        assert_eq!(header.lang().unwrap().unwrap().as_str(), "fr");
        assert_eq!(Message::parse(message.as_bytes().clone()), Ok(message));
    }

    #[test]
    fn an_enclosed_message_stays_as_it_was() {
        let odd = "Subject:x \r\nContent-Type: text/plain\r\n\r\nhi";
        let inner = Message::parse(odd).unwrap();
        let outer = Message::builder().enclose(inner.clone()).build();
        assert!(outer.content_type().unwrap().is_message_cpim());
        assert_eq!(outer.content(), odd.as_bytes());
        assert_eq!(Message::parse(outer.content_bytes()), Ok(inner));
    }

    #[test]
    fn an_empty_builder_gives_a_message_that_reads() {
        let message = Message::builder().build();
        assert_eq!(
            message.as_bytes(),
            &b"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"[..]
        );
        assert_eq!(Message::parse(message.as_bytes().clone()), Ok(message));
    }

    #[test]
    fn an_address_is_a_header_value_escaped_once() {
        let imdn = Namespace::new("imdn", "urn:ietf:params:imdn").unwrap();
        let bob = Address::named("Bob \\ \"B\"", Uri::new("im:bob@example.com").unwrap());
        let message = Message::builder()
            .header(&imdn, Name::new("Original-To").unwrap(), bob.clone())
            .build();
        let header = message.headers_written("imdn.Original-To").next().unwrap();
        assert_eq!(header.value().unwrap().parse::<Address>().unwrap(), bob);
    }
}
