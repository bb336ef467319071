//! Where a message is odd.

use super::{Oddity, OddityKind};
use crate::{
    HeaderName, Message, Method, NameAddr, RawHeader, StartLine, StatusCode, Uri, grammar,
    headers::{
        AuthValue, Authorization, From, Occurrence, Path, ProxyAuthenticate, ProxyAuthorization, RecordRoute, Route,
        To, TypedHeader, Via, WwwAuthenticate,
    },
    list,
};

/// All oddities, by offset, with what is missing last.
pub(super) fn all(message: &Message) -> Vec<Oddity> {
    let mut found = Found {
        message,
        oddities: Vec::new(),
    };
    found.start_line();
    for field in message.headers() {
        found.line(&field);
        found.addresses(&field);
    }
    found.star();
    found.repeated_params();
    found.vias();
    found.routes::<Route>(Route::uri);
    found.routes::<RecordRoute>(RecordRoute::uri);
    found.routes::<Path>(Path::uri);
    found.tags();
    found.digest::<Authorization>(|header| &header.0, &["algorithm", "nc", "qop"], &[]);
    found.digest::<ProxyAuthorization>(|header| &header.0, &["algorithm", "nc", "qop"], &[]);
    found.digest::<WwwAuthenticate>(|header| &header.0, &["algorithm", "stale"], &["qop"]);
    found.digest::<ProxyAuthenticate>(|header| &header.0, &["algorithm", "stale"], &["qop"]);
    found.oddities.sort_by_key(Oddity::offset);
    found.missing();
    found.oddities
}

pub(super) struct Found<'m> {
    pub(super) message: &'m Message,
    oddities: Vec<Oddity>,
}

/// Parameters that are known of URIs and not of headers (RFC 3261 section 19.1.1, RFC 5626, RFC 5627).
const URI_PARAMS: [&str; 8] = ["gr", "lr", "maddr", "method", "ob", "transport", "ttl", "user"];

/// Headers of one address that may stand without angle brackets.
const SINGLE: [HeaderName; 5] = [
    HeaderName::FROM,
    HeaderName::REFER_TO,
    HeaderName::REFERRED_BY,
    HeaderName::REPLY_TO,
    HeaderName::TO,
];

impl<'m> Found<'m> {
    pub(super) fn push(&mut self, kind: OddityKind, offset: usize, section: &'static str) {
        self.oddities.push(Oddity {
            kind,
            offset: Some(offset),
            section,
        });
    }

    /// Where a part of the message stands in it.
    pub(super) fn place(&self, part: impl AsRef<[u8]>) -> usize {
        grammar::offset_in(self.message.as_bytes(), part)
    }

    fn start_line(&mut self) {
        let version = match self.message.start_line() {
            StartLine::Request { version, .. } => version,
            StartLine::Response { version, reason, .. } => {
                if let Err(error) = std::str::from_utf8(reason) {
                    let at = self.place(reason);
                    self.push(OddityKind::NotUtf8, at + error.valid_up_to(), "3261 section 7");
                }
                version
            }
        };
        if version != "SIP/2.0" && version.eq_ignore_ascii_case("SIP/2.0") {
            self.push(
                OddityKind::VersionCase,
                self.message.version_offset(),
                "3261 section 7.1",
            );
        }
        if let Ok(Uri::Sip(uri)) = self.message.request_uri() {
            let mut method = uri.params().filter(|(name, _)| name.eq_ignore_ascii_case("method"));
            if let Some((name, _)) = method.next().or_else(|| uri.headers().next()) {
                self.push(OddityKind::RequestUriParts, self.place(name), "3261 section 19.1.1");
            }
        }
    }

    /// How a header is written, whatever it is.
    fn line(&mut self, field: &RawHeader<'_>) {
        let line = field.line();
        let name = field.name().len();
        if line.get(name) != Some(&b':') {
            self.push(OddityKind::SpaceBeforeColon, field.start() + name, "3261 section 7.3.1");
        }
        let text = line.strip_suffix(b"\r\n").unwrap_or(line);
        if let Some(at) = memchr::memchr(b'\r', text) {
            self.push(OddityKind::Fold, field.start() + at, "3261 section 7.3.1");
        }
        let is_control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n');
        if let Some(at) = field.value().iter().position(is_control) {
            self.push(OddityKind::ControlCharacter, field.offset() + at, "3261 section 25.1");
        }
        if let (None, Err(error)) = (field.id(), field.value_str()) {
            self.push(
                OddityKind::NotUtf8,
                field.offset() + error.valid_up_to(),
                "3261 section 7",
            );
        }
    }

    fn addresses(&mut self, field: &RawHeader<'_>) {
        let (Some(name), Ok(text)) = (field.id(), field.value_str()) else {
            return;
        };
        if name != HeaderName::CONTACT && !SINGLE.contains(&name) {
            return;
        }
        let occurrence = Occurrence::of(name).unwrap_or(Occurrence::Once);
        for (_, element) in list::of(occurrence, text) {
            let Ok(address) = NameAddr::parse(element) else {
                continue;
            };
            // A URI in angle brackets does not stand first.
            if !element.starts_with(address.uri().as_str()) {
                continue;
            }
            let is_of_uris = |name: &str| URI_PARAMS.iter().any(|known| name.eq_ignore_ascii_case(known));
            if let Some((name, _)) = address.params().iter().find(|(name, _)| is_of_uris(name)) {
                self.push(OddityKind::BareAddress, self.place(name), "3261 section 20.10");
            }
        }
    }

    /// `Contact: *` that does not stand alone.
    fn star(&mut self) {
        let (mut count, mut star) = (0, None);
        for field in self.message.header_all(HeaderName::CONTACT) {
            let Ok(text) = field.value_str() else { continue };
            for (at, element) in list::elements(text) {
                count += 1;
                if element == "*" && star.is_none() {
                    star = Some(field.offset() + at);
                }
            }
        }
        if let (2.., Some(at)) = (count, star) {
            self.push(OddityKind::MixedStar, at, "3261 section 10.3");
        }
    }

    fn vias(&mut self) {
        for field in self.message.header_all(HeaderName::VIA) {
            let Ok(text) = field.value_str() else { continue };
            for (at, element) in list::elements(text) {
                let Ok(via) = Via::parse(element) else { continue };
                if via.unique_branch().is_none() {
                    let place = via.branch().map_or(field.offset() + at, |branch| self.place(branch));
                    self.push(OddityKind::Branch, place, "3261 section 8.1.1.7");
                }
            }
        }
    }

    fn routes<H: TypedHeader<'m> + 'm>(&mut self, uri: impl Fn(&H) -> Uri<'m>) {
        let message = self.message;
        for route in message.typed_all::<H>().filter_map(Result::ok) {
            let uri = uri(&route);
            if uri.as_sip().is_some_and(|sip| sip.param("lr").is_none()) {
                self.push(OddityKind::StrictRoute, self.place(uri.as_str()), "3261 section 16.6");
            }
        }
    }

    fn tags(&mut self) {
        let message = self.message;
        if let Ok(Some(from)) = message.typed::<From>()
            && from.tag().is_none()
        {
            let kind = OddityKind::Tag(HeaderName::FROM);
            self.push(kind, self.place(from.uri().as_str()), "3261 section 8.1.1.3");
        }
        if message.status().is_some_and(|status| status != StatusCode::TRYING)
            && let Ok(Some(to)) = message.typed::<To>()
            && to.tag().is_none()
        {
            let kind = OddityKind::Tag(HeaderName::TO);
            self.push(kind, self.place(to.uri().as_str()), "3261 section 8.2.6.2");
        }
    }

    /// Parameters of Digest that the grammar has `bare`, or in `quotes`.
    fn digest<H: TypedHeader<'m> + 'm>(
        &mut self,
        value: impl Fn(&H) -> &AuthValue<'m>,
        bare: &[&str],
        quotes: &[&str],
    ) {
        let message = self.message;
        for header in message.typed_all::<H>().filter_map(Result::ok) {
            let value = value(&header);
            if !value.is("Digest") {
                continue;
            }
            for (name, text) in value.params().iter() {
                let is_in = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
                let wrong = if text.starts_with('"') { bare } else { quotes };
                if is_in(wrong) {
                    self.push(OddityKind::DigestQuotes, self.place(name), "3261 section 25.1");
                }
            }
        }
    }

    fn missing(&mut self) {
        let message = self.message;
        let method = message.method();
        let is_one_of = |methods: &[Method<'_>]| method.is_some_and(|method| methods.contains(&method));
        let wanted = [
            (message.is_request(), HeaderName::MAX_FORWARDS, "3261 section 8.1.1.6"),
            (
                is_one_of(&[Method::Invite, Method::Subscribe]),
                HeaderName::CONTACT,
                "3261 section 8.1.1.8",
            ),
            (is_one_of(&[Method::Notify]), HeaderName::EVENT, "6665 section 3.2.1"),
            (is_one_of(&[Method::Subscribe]), HeaderName::EVENT, "6665 section 3.1.2"),
            (is_one_of(&[Method::Publish]), HeaderName::EVENT, "3903 section 4.1"),
            (
                is_one_of(&[Method::Notify]),
                HeaderName::SUBSCRIPTION_STATE,
                "6665 section 4.2.2",
            ),
            (
                !message.body().is_empty(),
                HeaderName::CONTENT_TYPE,
                "3261 section 20.15",
            ),
            (true, HeaderName::CONTENT_LENGTH, "3261 section 20.14"),
        ];
        let missing = wanted
            .into_iter()
            .filter(|(is_wanted, name, _)| *is_wanted && message.header(*name).is_none());
        self.oddities.extend(missing.map(|(_, name, section)| Oddity {
            kind: OddityKind::Missing(name),
            offset: None,
            section,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request without any oddity, but for these header lines in the place of its own.
    fn odd(start: &str, lines: &str) -> Vec<(OddityKind, String)> {
        let usual = [
            "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n",
            "From: <sip:me@here.test>;tag=1\r\n",
            "To: <sip:you@there.test>;tag=2\r\n",
            "Call-ID: 1\r\n",
            "CSeq: 1 OPTIONS\r\n",
            "Max-Forwards: 70\r\n",
            "Content-Length: 0\r\n",
        ];
        let name = |line: &str| line.split([':', ' ']).next().unwrap_or_default().to_owned();
        let given: Vec<_> = lines.lines().map(name).collect();
        let rest: String = usual.into_iter().filter(|line| !given.contains(&name(line))).collect();
        let bytes = format!("{start}\r\n{lines}{rest}\r\n");
        let message = Message::parse(bytes.clone()).unwrap();
        let at = |oddity: &Oddity| {
            oddity
                .offset()
                .map_or(String::new(), |at| bytes[at..].chars().take(6).collect())
        };
        message
            .oddities()
            .iter()
            .map(|oddity| (oddity.kind(), at(oddity)))
            .collect()
    }

    const OPTIONS: &str = "OPTIONS sip:a@b.test SIP/2.0";

    #[test]
    fn what_is_allowed_is_not_odd() {
        let lines = "v: SIP/2.0/UDP 192.0.2.1;branch=Z9HG4BK1\r\nf: sip:me@here.test;tag=1\r\nm: sip:me@here.test;expires=5\r\n\
                     Via: SIP/2.0/TCP a.test;branch=z9hG4bK2\r\nFrom: <sip:me@here.test;transport=tcp>;tag=1\r\n\
                     Route: <sip:p.test;lr>\r\nAuthorization: Digest username=\"a\", qop=auth, nc=00000001\r\n";
        assert_eq!(odd(OPTIONS, lines), []);
    }

    #[test]
    fn each_kind_is_found_where_it_stands() {
        let found = |lines| {
            let found = odd(OPTIONS, lines);
            assert_eq!(found.len(), 1, "{lines}: {found:?}");
            found.into_iter().next().unwrap()
        };
        let at = |kind, text: &str| (kind, text.to_owned());
        assert_eq!(
            found("Contact: <sip:a@b>, sip:a@b.test;q=1;Transport=tcp\r\n"),
            at(OddityKind::BareAddress, "Transp")
        );
        assert_eq!(
            found("Contact: sip:a@b.test;+sip.instance=\"<urn:x>\";transport=tcp\r\n"),
            at(OddityKind::BareAddress, "transp")
        );
        assert_eq!(
            found("Contact: <sip:a@b>\r\nm: <sip:c@d>, *\r\n"),
            at(OddityKind::MixedStar, "*\r\nVia")
        );
        assert_eq!(
            found("Via: SIP/2.0/UDP a.test;branch=z9hG4bK1, SIP/2.0/UDP b.test;branch=1700ab\r\n"),
            at(OddityKind::Branch, "1700ab")
        );
        assert_eq!(found("Via: SIP/2.0/UDP a.test\r\n"), at(OddityKind::Branch, "SIP/2."));
        assert_eq!(
            found("Subject: a\u{1b}[31m\r\n"),
            at(OddityKind::ControlCharacter, "\u{1b}[31m\r")
        );
        assert_eq!(
            found("Authorization: Digest username=\"a\", qop=\"auth\"\r\n"),
            at(OddityKind::DigestQuotes, "qop=\"a")
        );
        assert_eq!(
            found("WWW-Authenticate: Digest nonce=\"a\", qop=auth\r\n"),
            at(OddityKind::DigestQuotes, "qop=au")
        );
        assert_eq!(found("Subject: a\r\n bcdef\r\n"), at(OddityKind::Fold, "\r\n bcd"));
        assert_eq!(found("Subject:\r\n bcdef\r\n"), at(OddityKind::Fold, "\r\n bcd"));
        assert_eq!(found("Subject : a\r\n"), at(OddityKind::SpaceBeforeColon, " : a\r\n"));
        assert_eq!(
            found("Route: <sip:p.test;lr>,<sip:q.test>\r\n"),
            at(OddityKind::StrictRoute, "sip:q.")
        );
        assert_eq!(
            found("From: \"Me\" <sip:me@here.test>\r\n"),
            at(OddityKind::Tag(HeaderName::FROM), "sip:me")
        );
        let found = |start| odd(start, "");
        let parts = vec![at(OddityKind::RequestUriParts, "Subjec")];
        assert_eq!(found("OPTIONS sip:a?b@b.test?Subject=x SIP/2.0"), parts);
        assert_eq!(
            found("OPTIONS sip:a@b.test SIP/2.0".replace("SIP/", "sip/").as_str()),
            [at(OddityKind::VersionCase, "sip/2.")]
        );
        assert_eq!(
            odd("SIP/2.0 200 OK", "To: <sip:you@there.test>\r\n"),
            [at(OddityKind::Tag(HeaderName::TO), "sip:yo")]
        );
        assert_eq!(odd("SIP/2.0 100 Trying", "To: <sip:you@there.test>\r\n"), []);
    }

    #[test]
    fn what_is_not_utf8_and_what_is_missing() {
        let message = Message::parse(&b"SIP/2.0 200 O\xff\r\nX-Y: a\xfe\r\nContent-Length: 0\r\n\r\n"[..]).unwrap();
        let places: Vec<_> = message
            .oddities()
            .iter()
            .map(|odd| (odd.kind(), odd.offset()))
            .collect();
        assert_eq!(
            places,
            [(OddityKind::NotUtf8, Some(13)), (OddityKind::NotUtf8, Some(22))]
        );
        let message = Message::parse("NOTIFY sip:a@b SIP/2.0\r\n\r\nhello").unwrap();
        let missing: Vec<_> = message.oddities().iter().map(ToString::to_string).collect();
        assert_eq!(
            missing,
            [
                "no Max-Forwards (RFC 3261 section 8.1.1.6)",
                "no Event (RFC 6665 section 3.2.1)",
                "no Subscription-State (RFC 6665 section 4.2.2)",
                "no Content-Type (RFC 3261 section 20.15)",
                "no Content-Length (RFC 3261 section 20.14)",
            ]
        );
    }
}
