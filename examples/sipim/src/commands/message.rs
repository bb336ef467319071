use std::time::SystemTime;

use cpim::{Address, DateTime, Subject, Text, Uri};
use sip_message::{Aor, UriBuf};
use sip_ua::{Content, Event};

use crate::{
    address::{short, target},
    cli::{Common, MessageArgs},
    failure::Failure,
    input,
    output::Output,
    session::{Session, Setup},
};

/// Sends a message, and writes how that went.
pub(super) async fn run(setup: &Setup, to: &UriBuf, content: Content, output: &mut Output) -> Result<(), Failure> {
    let mut session = Session::start(setup).await?;
    let op = session.command(|agent, now| agent.send_message(now, to, content)).await;
    let answer = session.answer(op, output).await?;
    if let Event::MessageSent { status, .. } = answer {
        output.message_sent(op, to, status)?;
    }
    session.end().await;
    Ok(())
}

/// To whom the message goes.
pub(super) fn recipient(arguments: &MessageArgs, common: &Common) -> Result<UriBuf, Failure> {
    target(&arguments.to, common.domain(&common.user()?))
}

/// What the message says.
pub(super) fn content(arguments: &MessageArgs, setup: &Setup, to: &UriBuf) -> Result<Content, Failure> {
    let text = text(&arguments.text)?;
    if !arguments.cpim {
        return Ok(Content::Text(text));
    }
    let parts = Envelope {
        from: &setup.user,
        display_name: setup.display_name.as_deref(),
        to,
        subject: arguments.subject.as_deref(),
        now: SystemTime::now(),
    };
    parts
        .around(text)
        .map(Content::Cpim)
        .map_err(|error| Failure::usage(format!("Message/CPIM: {error}")))
}

/// The words; of standard input, all but the end of its last line, which belongs to the terminal or the file.
fn text(words: &[String]) -> Result<String, Failure> {
    match words {
        [dash] if dash == "-" => {
            let bytes = input::read(dash)?;
            let mut text = String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                Failure::malformed(format!("standard input: not UTF-8 at byte {at}"))
            })?;
            if text.ends_with('\n') {
                text.pop();
                if text.ends_with('\r') {
                    text.pop();
                }
            }
            Ok(text)
        }
        words => Ok(words.join(" ")),
    }
}

/// The headers of a Message/CPIM.
#[derive(Debug)]
struct Envelope<'a> {
    from: &'a Aor,
    display_name: Option<&'a str>,
    to: &'a UriBuf,
    subject: Option<&'a str>,
    now: SystemTime,
}

impl Envelope<'_> {
    fn around(&self, text: String) -> Result<cpim::Message, cpim::InvalidValue> {
        let from = im_uri(self.from)?;
        let from = match self.display_name {
            Some(name) => Address::named(name, from),
            None => Address::new(from),
        };
        let to = match Aor::from_uri(&self.to.as_uri()) {
            Some(aor) => im_uri(&aor)?,
            None => Uri::new(self.to.as_str())?,
        };
        let sent_at = DateTime::try_from(self.now)?.whole_seconds();
        let mut builder = cpim::Message::builder().from(from).to(to).date_time(sent_at);
        if let Some(subject) = self.subject {
            builder = builder.subject(Subject::new(Text::new(subject.trim_end_matches(' '))?));
        }
        Ok(builder.text(text).build())
    }
}

/// The address for instant messages whatever carries them (RFC 3860).
fn im_uri(aor: &Aor) -> Result<Uri, cpim::InvalidValue> {
    Uri::new(format!("im:{}", short(aor)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn envelope<'a>(from: &'a Aor, to: &'a UriBuf, subject: Option<&'a str>) -> Envelope<'a> {
        Envelope {
            from,
            display_name: Some("Alice \"A\""),
            to,
            subject,
            now: SystemTime::UNIX_EPOCH + Duration::from_millis(1_144_171_009_500),
        }
    }

    #[test]
    fn an_envelope_says_who_to_whom_when_and_about_what() {
        let from = Aor::new("alice", "example.test").unwrap();
        let to = UriBuf::parse("sip:bob@example.test;transport=tcp").unwrap();
        let message = envelope(&from, &to, Some("Greetings"))
            .around("안녕".to_owned())
            .unwrap();
        let read = cpim::Message::parse(message.into_bytes()).unwrap();
        let sender = read.from().unwrap().unwrap();
        assert_eq!(sender.uri().as_str(), "im:alice@example.test");
        assert_eq!(sender.name().unwrap().as_str(), "Alice \"A\"");
        let recipients: Vec<_> = read.to().map(Result::unwrap).collect();
        assert_eq!(recipients[0].uri().as_str(), "im:bob@example.test");
        assert_eq!(read.date_time().unwrap().unwrap().to_string(), "2006-04-04T17:16:49Z");
        assert_eq!(read.subject().next().unwrap().unwrap().text(), "Greetings");
        assert_eq!(read.text(), Some("안녕"));
    }

    #[test]
    fn a_subject_does_not_become_headers() {
        let from = Aor::new("alice", "example.test").unwrap();
        let to = UriBuf::parse("sip:example.test").unwrap();
        let message = envelope(&from, &to, Some("a\r\nTo: <im:eve@example.test>"))
            .around(String::new())
            .unwrap();
        let recipients: Vec<_> = message.to().map(Result::unwrap).collect();
        // A recipient that is no user stays what it is.
        assert_eq!(recipients.len(), 1);
        assert_eq!(recipients[0].uri().as_str(), "sip:example.test");
        assert_eq!(
            message.subject().next().unwrap().unwrap().text(),
            "a\r\nTo: <im:eve@example.test>"
        );
    }

    #[test]
    fn words_are_joined() {
        let words = ["Watson,".to_owned(), "come".to_owned(), "-".to_owned()];
        assert_eq!(text(&words).unwrap(), "Watson, come -");
    }
}
