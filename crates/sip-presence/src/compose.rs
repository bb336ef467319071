use std::time::SystemTime;

use pidf::{Basic, Contact, Document, Limits, Timestamp, Tuple, TupleId};
use sip_event::PublicationRecord;
use sip_message::Aor;

/// The id of the tuple that stands for the registration.
const REGISTRATION: &str = "registration";

/// One document out of what is known of a presentity (RFC 3856 section 6.11: how is local policy).
///
/// What users publish wins: their tuples, notes and extensions, oldest publication first. Only where no publication
/// has a tuple does the registration say whether they can be reached: open with a contact, closed without. Its tuple
/// keeps the timestamp of `previous` as long as it says the same.
pub(crate) fn compose<'a>(
    presentity: &Aor,
    registered: bool,
    publications: impl Iterator<Item = &'a PublicationRecord>,
    previous: Option<&Document>,
    now: SystemTime,
) -> Document {
    let mut composed = empty(presentity);
    for publication in publications {
        // It was checked when it was published; a row that an operator has broken since counts for nothing.
        if let Ok(document) = Document::parse(&publication.body, &Limits::default()) {
            merge(&mut composed, &document);
        }
    }
    if composed.tuples().is_empty() {
        let basic = if registered { Basic::Open } else { Basic::Closed };
        let kept = previous
            .and_then(|document| document.tuple(REGISTRATION))
            .filter(|tuple| tuple.status().basic() == Some(basic));
        let tuple = kept
            .cloned()
            .unwrap_or_else(|| registration_tuple(presentity, basic, Some(now)));
        composed.insert_tuple(tuple);
    }
    // Persons and devices of two publications may have the same id, which XML does not let them have in one document.
    composed.normalized()
}

/// What is said of a presentity of whom nothing is known.
pub(crate) fn unknown(presentity: &Aor) -> Document {
    empty(presentity).with_tuple(registration_tuple(presentity, Basic::Closed, None))
}

fn empty(presentity: &Aor) -> Document {
    let address = presentity.as_str().strip_prefix("sip:").unwrap_or(presentity.as_str());
    Document::new(format!("pres:{address}"))
        .expect("an address of record is a URI, and URIs have no control characters")
}

fn registration_tuple(presentity: &Aor, basic: Basic, since: Option<SystemTime>) -> Tuple {
    let id = TupleId::new(REGISTRATION).expect("the constant is an xs:ID");
    let tuple = Tuple::new(id, basic);
    // The address of record, as in figure 1 of the paper: which host a device has is not the watchers' business.
    let tuple = match Contact::new(presentity.as_str()) {
        Ok(contact) => tuple.with_contact(contact),
        Err(_) => tuple,
    };
    match since.map(Timestamp::from_system_time) {
        Some(Ok(timestamp)) => tuple.with_timestamp(timestamp),
        _ => tuple,
    }
}

fn merge(composed: &mut Document, published: &Document) {
    for tuple in published.tuples() {
        let tuple = match free_id(composed, tuple.id()) {
            Some(id) => tuple.clone().with_id(id),
            None => tuple.clone(),
        };
        composed.insert_tuple(tuple);
    }
    for note in published.notes() {
        composed.push_note(note.clone());
    }
    for extension in published.extensions() {
        // Refused are only elements of PIDF's own namespace, which no parsed document has here.
        let _ = composed.push_extension(extension.clone());
    }
}

/// Another id for a tuple whose own is taken by another publication's.
fn free_id(composed: &Document, id: &TupleId) -> Option<TupleId> {
    composed.tuple(id.as_str())?;
    (2_usize..)
        .filter_map(|number| TupleId::escape(&format!("{}-{number}", id.as_str())).ok())
        .take(composed.tuples().len() + 1)
        .find(|candidate| composed.tuple(candidate.as_str()).is_none())
}

/// `open` when any tuple is.
pub(crate) fn basic(document: &Document) -> Basic {
    let open = document
        .tuples()
        .iter()
        .any(|tuple| tuple.status().basic() == Some(Basic::Open));
    if open { Basic::Open } else { Basic::Closed }
}

/// The first contact address of an open tuple, or else of any.
pub(crate) fn contact(document: &Document) -> Option<&str> {
    let tuples = || document.tuples().iter().filter(|tuple| tuple.contact().is_some());
    let open = tuples().find(|tuple| tuple.status().basic() == Some(Basic::Open));
    open.or_else(|| tuples().next())?.contact().map(Contact::uri)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn published(body: &str) -> PublicationRecord {
        PublicationRecord {
            resource: alice(),
            package: "presence".into(),
            entity_tag: "1".into(),
            content_type: pidf::MEDIA_TYPE.into(),
            body: body.to_owned().into(),
            expires_at: SystemTime::UNIX_EPOCH,
            modified_at: SystemTime::UNIX_EPOCH,
        }
    }

    fn alice() -> Aor {
        Aor::new("alice", "example.test").unwrap()
    }

    const CLOSED: &str = r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:alice@example.test"><tuple id="t1"><status><basic>closed</basic></status></tuple></presence>"#;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn persons_of_two_publications_have_two_ids() {
        let person = r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" entity="pres:alice@example.test"><dm:person id="p1"/></presence>"#;
        let records = [published(person), published(person)];
        let document = compose(&alice(), true, records.iter(), None, at(5));
        let ids: Vec<_> = document
            .persons()
            .map(|person| person.unwrap().id().to_string())
            .collect();
        assert_eq!(ids, ["p1", "p1-2"]);
    }

    #[test]
    fn a_publication_wins_over_the_registration() {
        let record = published(CLOSED);
        let document = compose(&alice(), true, [&record].into_iter(), None, at(5));
        assert_eq!(basic(&document), Basic::Closed);
        assert_eq!(document.tuples().len(), 1);
        let document = compose(&alice(), true, std::iter::empty(), None, at(5));
        assert_eq!(basic(&document), Basic::Open);
        assert_eq!(contact(&document), Some("sip:alice@example.test"));
        assert_eq!(document.entity(), Some("pres:alice@example.test"));
    }

    #[test]
    fn the_same_registration_says_the_same() {
        let first = compose(&alice(), true, std::iter::empty(), None, at(5));
        assert_eq!(compose(&alice(), true, std::iter::empty(), Some(&first), at(9)), first);
        let gone = compose(&alice(), false, std::iter::empty(), Some(&first), at(9));
        assert_eq!(basic(&gone), Basic::Closed);
        assert_eq!(
            gone.tuples()[0].timestamp().and_then(Timestamp::to_system_time),
            Some(at(9))
        );
    }

    #[test]
    fn equal_tuple_ids_of_two_publications_are_told_apart() {
        let (one, two, three) = (
            published(CLOSED),
            published(&CLOSED.replace("closed", "open")),
            published(CLOSED),
        );
        let document = compose(&alice(), false, [&one, &two, &three].into_iter(), None, at(5));
        let ids: Vec<_> = document.tuples().iter().map(|tuple| tuple.id().as_str()).collect();
        assert_eq!(ids, ["t1", "t1-2", "t1-3"]);
        assert_eq!(basic(&document), Basic::Open);
    }
}
