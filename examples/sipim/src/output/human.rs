use std::fmt::Write;

use cpim::{LanguageTag, imdn::Notification, is_composing::State};
use pidf::{Basic, Document, Note, Tuple};
use sip_message::Aor;
use sip_ua::{Content, Event};

use super::{
    Report,
    text::{printable, printable_lines},
};
use crate::address::short;

/// Writes short lines for people. Columns are two spaces apart.
#[derive(Debug)]
pub(crate) struct Human {
    is_coloured: bool,
    /// The longest presentity so far, so that the columns behind it stand below each other.
    width: usize,
}

#[derive(Clone, Copy, Debug)]
enum Colour {
    Cyan,
    Dim,
    Green,
    Red,
    Yellow,
}

/// In front of the lines of a message or another body.
const INDENT: &str = "    ";

impl Human {
    pub(crate) const fn new(is_coloured: bool) -> Self {
        Self { is_coloured, width: 0 }
    }

    /// The lines for this, or nothing where there is nothing that people want to know.
    pub(super) fn render(&mut self, report: &Report<'_>, user: &str) -> String {
        match report {
            Report::Agent(event) => self.event(event, user),
            Report::MessageFailed { failure, .. } => {
                format!("{}\n", self.paint(Colour::Red, &failure.to_string()))
            }
            Report::MessageSent { status, .. } => {
                let status = format!("{status} {}", status.reason());
                format!("{}\n", self.paint(Colour::Green, &status))
            }
            Report::NoBindings => format!("{user}  is not registered\n"),
            Report::RefreshFailed(failure) => {
                let text = format!("refresh failed: {failure}; it is tried again");
                format!("{}\n", self.paint(Colour::Yellow, &text))
            }
            Report::Unregistered { contact } => format!("{user}  unregistered  {}\n", printable(contact)),
            // Both go to standard error.
            Report::Failed(_) | Report::Received(_) => String::new(),
        }
    }

    fn event(&mut self, event: &Event, user: &str) -> String {
        match event {
            Event::Registered { expires, contacts, .. } => {
                let mut text = format!("{user}  registered  {expires} s\n");
                for contact in contacts {
                    line(&mut text, INDENT, &printable(contact));
                }
                text
            }
            Event::Unregistered { .. } => format!("{user}  unregistered\n"),
            Event::Published { expires, .. } => format!("{user}  published  {expires} s\n"),
            Event::Unpublished { .. } => format!("{user}  unpublished\n"),
            Event::Subscribed {
                presentity, expires, ..
            } => {
                let text = format!("{}  subscribed  {expires} s", self.presentity(presentity));
                format!("{}\n", self.paint(Colour::Dim, &text))
            }
            Event::Notified {
                presentity,
                state,
                body,
                document,
                ..
            } => {
                let presentity = self.presentity(presentity);
                let state = self.state(state);
                match (document, body) {
                    (Some(Ok(document)), _) => self.document(&presentity, &state, document),
                    (Some(Err(error)), _) => {
                        let error = printable(&error.to_string()).into_owned();
                        let text = self.paint(Colour::Red, &format!("unreadable presence document: {error}"));
                        format!("{presentity}  {text}{state}\n")
                    }
                    (None, Some(body)) => {
                        let mut text = format!("{presentity}  {}{state}\n", printable(&body.content_type));
                        lines(&mut text, &String::from_utf8_lossy(&body.bytes));
                        text
                    }
                    (None, None) => format!("{presentity}  no document{state}\n"),
                }
            }
            Event::SubscriptionEnded { presentity, reason, .. } => {
                let text = format!("{}  ended  ({})", self.presentity(presentity), printable(reason));
                format!("{}\n", self.paint(Colour::Dim, &text))
            }
            Event::Composing {
                peer, author, state, ..
            } => {
                let what = match state {
                    State::Active => "is typing...",
                    State::Idle => "has stopped typing",
                };
                let who = author.as_ref().map_or(short(peer), cpim::Uri::as_str);
                format!("{}\n", self.paint(Colour::Dim, &format!("{}  {what}", printable(who))))
            }
            Event::Disposition { from_aor, imdn, .. } => {
                let who = from_aor.as_ref().map_or("somebody", short);
                let status = imdn.notification().map_or("notification", Notification::status);
                let id = printable(imdn.message_id().as_str());
                format!("{}  {}  {id}\n", printable(who), self.paint(Colour::Green, status))
            }
            Event::MessageReceived {
                from,
                from_aor,
                display_name,
                content,
                ..
            } => {
                let who = from_aor.as_ref().map_or(from.as_str(), short);
                let mut head = printable(who).into_owned();
                if let Some(name) = display_name {
                    let _ = write!(head, "  {}", printable(name));
                }
                self.message(&head, content)
            }
            // Challenges are in the trace; `message_sent` and `failed` have their own reports.
            _ => String::new(),
        }
    }

    /// `alice@example.test  open  (registration)  note...`, a line for each tuple.
    fn document(&self, presentity: &str, state: &str, document: &Document) -> String {
        let notes = join(document.notes());
        let mut text = String::new();
        for tuple in document.tuples() {
            let notes = [join(tuple.notes()), notes.clone()];
            let notes = notes.iter().filter(|note| !note.is_empty());
            let mut columns = vec![
                presentity.to_owned(),
                self.basic(tuple),
                format!("({})", tuple.id().as_str()),
            ];
            columns.extend(notes.cloned());
            line(&mut text, "", &format!("{}{state}", columns.join("  ")));
        }
        if document.tuples().is_empty() {
            let columns = [presentity, "-     ", &notes];
            line(&mut text, "", &format!("{}{state}", columns.join("  ").trim_end()));
        }
        text
    }

    fn basic(&self, tuple: &Tuple) -> String {
        match tuple.status().basic() {
            Some(Basic::Open) => self.paint(Colour::Green, "open  "),
            Some(Basic::Closed) => self.paint(Colour::Red, "closed"),
            None => "-     ".to_owned(),
        }
    }

    /// A remark where the subscription is not simply active.
    fn state(&self, state: &str) -> String {
        let is_active = state.split(';').next().unwrap_or_default().trim() == "active";
        if is_active {
            return String::new();
        }
        format!("  {}", self.paint(Colour::Yellow, &format!("[{}]", printable(state))))
    }

    fn message(&self, head: &str, content: &Content) -> String {
        let head = |content_type: &str| {
            let columns = format!(
                "{}  {}",
                self.paint(Colour::Cyan, head),
                self.paint(Colour::Dim, content_type)
            );
            format!("{columns}\n")
        };
        match content {
            Content::Text(body) => {
                let mut text = head("text/plain");
                lines(&mut text, body);
                text
            }
            Content::Cpim(message) => {
                let mut text = head("message/cpim");
                self.cpim(&mut text, message);
                text
            }
            Content::Other { content_type, bytes } => {
                let mut text = head(&printable(content_type));
                lines(&mut text, &String::from_utf8_lossy(bytes));
                text
            }
        }
    }

    /// The headers with their escapes undone, then the text.
    fn cpim(&self, text: &mut String, message: &cpim::Message) {
        let headers = message.headers().map(|header| {
            let value = match header.text() {
                Ok(value) => value.into_owned(),
                Err(error) => error.to_string(),
            };
            let lang = header.lang().ok().flatten();
            let lang = lang.as_ref().map(LanguageTag::as_str).map(|tag| format!("  ({tag})"));
            (header.name().to_owned(), value + &lang.unwrap_or_default())
        });
        let mime = message.mime_headers().map(|header| {
            let value = header
                .value()
                .map_or_else(|error| error.to_string(), std::borrow::Cow::into_owned);
            (header.name().to_owned(), value)
        });
        let all: Vec<(String, String)> = headers.chain(mime).collect();
        let width = all.iter().map(|(name, _)| columns_of(name)).max().unwrap_or_default() + 1;
        for (name, value) in &all {
            let name = printable(name);
            let padding = " ".repeat(width.saturating_sub(columns_of(&name) + 1));
            let name = self.paint(Colour::Dim, &format!("{name}:"));
            line(text, INDENT, &format!("{name}{padding}  {}", printable(value)));
        }
        line(text, "", "");
        lines(text, &String::from_utf8_lossy(message.content()));
    }

    fn presentity(&mut self, presentity: &Aor) -> String {
        let name = printable(short(presentity)).into_owned();
        self.width = self.width.max(columns_of(&name));
        let padding = " ".repeat(self.width - columns_of(&name));
        name + &padding
    }

    fn paint(&self, colour: Colour, text: &str) -> String {
        if !self.is_coloured {
            return text.to_owned();
        }
        let code = match colour {
            Colour::Cyan => 36,
            Colour::Dim => 2,
            Colour::Green => 32,
            Colour::Red => 31,
            Colour::Yellow => 33,
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

fn join(notes: &[Note]) -> String {
    let notes: Vec<_> = notes.iter().map(|note| printable(note.text().trim())).collect();
    notes.join("; ")
}

fn line(text: &mut String, indent: &str, line: &str) {
    text.push_str(indent);
    text.push_str(line);
    text.push('\n');
}

fn lines(text: &mut String, body: &str) {
    for body in printable_lines(body) {
        line(text, INDENT, &body);
    }
}

/// Close enough for addresses and header names, which are ASCII nearly always.
fn columns_of(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use sip_message::{Message, StatusCode};
    use sip_ua::OpId;

    use super::*;

    const OP: OpId = OpId(1);

    fn aor(text: &str) -> Aor {
        Aor::parse(text).unwrap()
    }

    fn render(human: &mut Human, event: &Event) -> String {
        human.render(&Report::Agent(event), "alice@example.test")
    }

    fn notified(presentity: &str, state: &str, document: Option<&str>) -> Event {
        Event::Notified {
            op: OP,
            presentity: aor(presentity),
            state: state.to_owned(),
            body: None,
            document: document.map(|text| Document::parse(text.as_bytes(), &pidf::Limits::default())),
        }
    }

    fn pidf(tuples: &str) -> String {
        format!(r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:x@y">{tuples}</presence>"#)
    }

    #[test]
    fn presence_is_a_line_for_each_tuple() {
        let mut human = Human::new(false);
        let document = pidf(
            "<tuple id='registration'><status><basic>open</basic></status><note>In a\nmeeting</note></tuple>\
             <tuple id='desk'><status><basic>closed</basic></status></tuple><note>away\u{9b}2J</note>",
        );
        let event = notified("alice@example.test", "active;expires=3600", Some(&document));
        assert_eq!(
            render(&mut human, &event),
            "alice@example.test  open    (registration)  In a\\u{a}meeting  away\\u{9b}2J\n\
             alice@example.test  closed  (desk)  away\\u{9b}2J\n"
        );
        let document = pidf("<note>gone</note>");
        let event = notified("bob@example.test", "terminated;reason=timeout", Some(&document));
        assert_eq!(
            render(&mut human, &event),
            "bob@example.test    -       gone  [terminated;reason=timeout]\n"
        );
    }

    #[test]
    fn what_is_no_presence_document_is_said() {
        let mut human = Human::new(false);
        let event = notified("bob@example.test", "pending", None);
        assert_eq!(render(&mut human, &event), "bob@example.test  no document  [pending]\n");
        let event = notified("bob@example.test", "active", Some("<presence"));
        let text = render(&mut human, &event);
        assert!(
            text.starts_with("bob@example.test  unreadable presence document: line 1"),
            "{text}"
        );
    }

    #[test]
    fn a_message_shows_sender_and_text() {
        let mut human = Human::new(false);
        let event = Event::MessageReceived {
            from: "\"Bob\" <sip:bob@example.test>;tag=1".to_owned(),
            from_aor: Some(aor("bob@example.test")),
            display_name: Some("Bob".to_owned()),
            content: Content::Text("안녕\r\n\u{1b}[31mred".to_owned()),
            display: None,
            request: Message::parse("MESSAGE sip:a@b SIP/2.0\r\n\r\n").unwrap(),
        };
        assert_eq!(
            render(&mut human, &event),
            "bob@example.test  Bob  text/plain\n    안녕\n    \\u{1b}[31mred\n"
        );
    }

    #[test]
    fn a_cpim_message_shows_its_headers() {
        let message = cpim::Message::parse(
            &b"From: MR SANDERS <im:piglet@100akerwood.com>\r\n\
               To: <im:bob@example.test>\r\n\
               Subject:;lang=fr beau temps\r\n\
               \r\n\
               Content-Type: text/plain; charset=utf-8\r\n\
               \r\n\
               Here is the text."[..],
        )
        .unwrap();
        let human = Human::new(false);
        assert_eq!(
            human.message("bob@example.test", &Content::Cpim(message)),
            "bob@example.test  message/cpim\n    \
             From:          MR SANDERS <im:piglet@100akerwood.com>\n    \
             To:            <im:bob@example.test>\n    \
             Subject:       beau temps  (fr)\n    \
             Content-Type:  text/plain; charset=utf-8\n\n    \
             Here is the text.\n"
        );
    }

    #[test]
    fn a_notification_shows_what_became_of_which_message() {
        let document = "<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>0ebq-EQ9trkC</message-id>\
            <datetime>2026-11-22T22:21:39Z</datetime><delivery-notification><status><delivered/></status>\
            </delivery-notification></imdn>";
        let event = Event::Disposition {
            op: Some(OP),
            from_aor: Some(aor("bob@example.test")),
            imdn: cpim::imdn::Imdn::parse(document.as_bytes(), &cpim::Limits::default()).unwrap(),
        };
        assert_eq!(
            render(&mut Human::new(false), &event),
            "bob@example.test  delivered  0ebq-EQ9trkC\n"
        );
    }

    #[test]
    fn who_types_is_told() {
        let event = |author: Option<&str>, state| Event::Composing {
            peer: aor("room@example.test"),
            author: author.map(|uri| uri.parse().unwrap()),
            state,
            content_type: None,
        };
        let mut human = Human::new(false);
        assert_eq!(
            render(&mut human, &event(None, State::Active)),
            "room@example.test  is typing...\n"
        );
        assert_eq!(
            render(&mut human, &event(Some("im:carol@example.test"), State::Idle)),
            "im:carol@example.test  has stopped typing\n"
        );
    }

    #[test]
    fn our_own_operations_are_told() {
        let mut human = Human::new(false);
        let registered = Event::Registered {
            op: OP,
            expires: 3600,
            contacts: vec!["<sip:alice@192.0.2.1>;expires=3600".to_owned()],
        };
        assert_eq!(
            render(&mut human, &registered),
            "alice@example.test  registered  3600 s\n    <sip:alice@192.0.2.1>;expires=3600\n"
        );
        let sent = Report::MessageSent {
            id: OP,
            to: "bob@example.test",
            status: StatusCode::ACCEPTED,
        };
        assert_eq!(human.render(&sent, ""), "202 Accepted\n");
        assert_eq!(
            human.render(&Report::NoBindings, "alice@example.test"),
            "alice@example.test  is not registered\n"
        );
        let challenged = Event::Challenged {
            op: OP,
            status: StatusCode::UNAUTHORIZED,
            realm: "example.test".to_owned(),
        };
        assert_eq!(render(&mut human, &challenged), "");
    }

    #[test]
    fn colours_are_only_where_they_are_wanted() {
        let sent = Report::MessageSent {
            id: OP,
            to: "bob",
            status: StatusCode::OK,
        };
        assert_eq!(Human::new(true).render(&sent, ""), "\u{1b}[32m200 OK\u{1b}[0m\n");
    }
}
