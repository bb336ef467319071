use std::time::SystemTime;

use pidf::{Basic, Contact, Document, Format, InvalidValue, Limits, Note, Timestamp, Tuple, TupleId};
use sip_message::Aor;
use sip_ua::{PublishOptions, UserAgent};

use crate::{
    address::short,
    cli::{Limit, Publish, Status},
    failure::Failure,
    input,
    output::Output,
    session::{Session, Setup},
};

/// The id of the tuple that `--status` publishes. The same each time: a newer publication says the same of the same.
const TUPLE: &str = "sipim";

/// Publishes; then exits, or stays until Ctrl-C.
pub(super) async fn run(
    setup: &Setup,
    arguments: &Publish,
    document: &Document,
    output: &mut Output,
) -> Result<(), Failure> {
    let options = PublishOptions {
        expires: arguments.expires,
        format: document.format(),
    };
    let mut session = Session::start(setup).await?;
    let op = session
        .command(|agent, now| agent.publish(now, document, options))
        .await;
    let answer = session.answer(op, output).await?;
    output.event(&answer)?;
    if !arguments.once {
        session.stay(op, Limit::default(), output).await?;
        if arguments.unpublish_on_exit {
            let op = session.command(UserAgent::unpublish).await;
            let answer = session.answer(op, output).await?;
            output.event(&answer)?;
        }
    }
    session.end().await;
    Ok(())
}

/// What is to be published, in the format in which it goes out.
pub(super) fn document(arguments: &Publish, user: &Aor) -> Result<Document, Failure> {
    let document = match (&arguments.file, arguments.status) {
        (Some(file), _) => read(file)?,
        (None, status) => {
            let basic = match status {
                Some(Status::Open) => Basic::Open,
                Some(Status::Closed) | None => Basic::Closed,
            };
            compose(user, basic, arguments.note.as_deref(), SystemTime::now())
                .map_err(|error| Failure::usage(error.to_string()))?
        }
    };
    Ok(match arguments.cpim_pidf {
        true => document.with_format(Format::CpimPidf),
        false => document,
    })
}

fn read(file: &str) -> Result<Document, Failure> {
    let bytes = input::read(file)?;
    let malformed = |what: &str| Failure::malformed(format!("{}: {what}", input::name(file)));
    let document = Document::parse(&bytes, &Limits::default()).map_err(|error| malformed(&error.to_string()))?;
    match document.entity() {
        Some(_) => Ok(document),
        None => Err(malformed("no entity that it is about (RFC 3863 section 4.1.1)")),
    }
}

fn compose(user: &Aor, basic: Basic, note: Option<&str>, now: SystemTime) -> Result<Document, InvalidValue> {
    let mut tuple = Tuple::new(TupleId::new(TUPLE)?, basic)
        .with_contact(Contact::new(user.as_str())?)
        .with_timestamp(Timestamp::from_system_time(now)?);
    if let Some(note) = note {
        tuple = tuple.with_note(Note::new(note)?);
    }
    Ok(Document::new(format!("pres:{}", short(user)))?.with_tuple(tuple))
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::*;

    fn arguments() -> Publish {
        Publish {
            status: Some(Status::Open),
            note: Some("In a <meeting>".to_owned()),
            file: None,
            expires: 3600,
            cpim_pidf: false,
            once: true,
            unpublish_on_exit: true,
        }
    }

    fn alice() -> Aor {
        Aor::new("alice", "example.test").unwrap()
    }

    #[test]
    fn a_status_becomes_a_document() {
        let document = document(&arguments(), &alice()).unwrap();
        assert_eq!(document.entity(), Some("pres:alice@example.test"));
        assert_eq!(document.format(), Format::Pidf);
        let tuple = document.tuple(TUPLE).unwrap();
        assert_eq!(tuple.status().basic(), Some(Basic::Open));
        assert_eq!(tuple.contact().unwrap().uri(), "sip:alice@example.test");
        assert_eq!(tuple.notes()[0].text(), "In a <meeting>");
        assert!(tuple.timestamp().is_some());
    }

    #[test]
    fn the_old_format_is_a_choice() {
        let arguments = Publish {
            cpim_pidf: true,
            ..arguments()
        };
        let document = document(&arguments, &alice()).unwrap();
        assert_eq!(document.format(), Format::CpimPidf);
        assert!(document.write(document.format()).contains("cpim-pidf"));
    }

    #[test]
    fn a_file_keeps_its_format_and_its_faults_are_placed() {
        let path = env::temp_dir().join(format!("sipim-publish-{}.xml", process::id()));
        let of_file = |text: &str| {
            fs::write(&path, text).unwrap();
            let arguments = Publish {
                status: None,
                note: None,
                file: Some(path.to_str().unwrap().to_owned()),
                ..arguments()
            };
            document(&arguments, &alice())
        };
        let old = compose(&alice(), Basic::Closed, None, SystemTime::UNIX_EPOCH)
            .unwrap()
            .write(Format::CpimPidf);
        assert_eq!(of_file(&old).unwrap().format(), Format::CpimPidf);
        let failure =
            of_file("<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='pres:a@b'>\n<tuple/>").unwrap_err();
        assert_eq!(failure.kind().exit_code(), 6);
        assert!(failure.to_string().contains("line 2"), "{failure}");
        fs::remove_file(&path).unwrap();
        let gone = Publish {
            file: Some("no/such/file".to_owned()),
            ..arguments()
        };
        let failure = document(&gone, &alice()).unwrap_err();
        assert!(failure.to_string().contains("no/such/file"), "{failure}");
        assert_eq!(failure.kind().exit_code(), 6);
    }

    #[test]
    fn a_note_that_no_document_can_hold_is_an_error_of_usage() {
        let arguments = Publish {
            note: Some("\u{1}".to_owned()),
            ..arguments()
        };
        let failure = document(&arguments, &alice()).unwrap_err();
        assert_eq!(failure.kind().exit_code(), 2);
    }
}
