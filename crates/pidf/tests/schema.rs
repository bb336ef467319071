//! What is written validates against the schema of RFC 3863, by xmllint.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the corpus, hands files to xmllint, says what it skips and may panic"
)]

#[path = "../examples/compose.rs"]
#[expect(dead_code, reason = "its `main` is not called")]
mod compose;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use pidf::caps::{
    self, Actor, DevCaps, Duplex, EventPackage, Flag, Language, Method, Mobility, PriorityRange, Scheme, ServCaps,
    SipExtension, Support,
};
use pidf::cipid::{Card, DisplayName};
use pidf::rpid::{
    Activities, Activity, AudioPlace, Class, Delivery, Feeling, LocationType, Mood, Place, PlaceIs, PlaceType, Privacy,
    Qualifiers, Relation, Relationship, ServiceClass, Sphere, SphereName, StatusIcon, TextPlace, TimeOffset, UserInput,
    VideoPlace,
};
use pidf::{
    Basic, Contact, Device, DeviceId, Document, Element, Format, Id, Limits, Note, Person, Priority, TimedStatus,
    Timestamp, Tuple, TupleId,
};

/// Says that the test was skipped.
fn skip(reason: &str) {
    // Past the capture of the test harness, which would hide it.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

/// The documents of the corpus that this crate reads, and one with every part, as it writes them.
fn documents(corpus: &Path) -> Vec<(String, String)> {
    let mut documents = vec![("built".to_owned(), built().write(Format::Pidf))];
    let directories = fs::read_dir(corpus.join("xml/rfc")).unwrap();
    for directory in directories.map(|entry| entry.unwrap().path()) {
        for path in fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()) {
            let bytes = fs::read(&path).unwrap();
            if let Ok(mut document) = Document::parse(&bytes, &Limits::default()) {
                if document.entity().is_none() {
                    document.set_entity("pres:someone@example.com").unwrap();
                }
                let name = directory.file_name().unwrap().to_str().unwrap();
                let file = path.file_name().unwrap().to_str().unwrap();
                documents.push((format!("{name}-{file}"), document.normalized().write(Format::Pidf)));
            }
        }
    }
    let peers = "<presence xmlns='urn:ietf:params:xml:ns:cpim-pidf' entity=' sip:a@example.test '>
        <note xml:lang='en_US'>x</note><unknown/><plain xmlns=''/>
        <tuple id='42'><timestamp> 2001-10-27t16:49:29.5z </timestamp><note>n</note>
        <contact priority='7'> sip:a@example.test </contact><status><basic> CLOSE </basic></status></tuple>
        </presence>";
    let document = Document::parse(peers.as_bytes(), &Limits::default()).unwrap();
    documents.push(("peers".to_owned(), document.normalized().write(Format::Pidf)));
    documents
}

fn built() -> Document {
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_003_423_769_250);
    let tuple = Tuple::new(TupleId::escape("sip:alice@192.0.2.7").unwrap(), Basic::Open)
        .with_contact(
            Contact::new("sip:alice@192.0.2.7;transport=tcp")
                .unwrap()
                .with_priority(Priority::new(21).unwrap()),
        )
        .with_note(Note::new("자리에 있음").unwrap().with_lang("ko").unwrap())
        .with_note(Note::new("").unwrap())
        .with_timestamp(Timestamp::from_system_time(time).unwrap())
        .with_extension(Element::new("urn:x", "e").unwrap())
        .unwrap();
    Document::new("pres:alice@example.test")
        .unwrap()
        .with_tuple(tuple)
        .with_tuple(Tuple::new(TupleId::new("second").unwrap(), Basic::Closed))
        .with_note(Note::new("about the presentity").unwrap())
        .with_extension(Element::new("urn:y", "e").unwrap().with_prefix("y").unwrap())
        .unwrap()
}

/// One of every type, with every value and every attribute that the schemas allow.
fn typed() -> Document {
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let note = || Note::new("words").unwrap().with_lang("en").unwrap();
    let qualifiers = |id: &str| {
        Qualifiers::new()
            .with_from(time("2005-05-30T12:00:00+05:00"))
            .with_until(time("2005-05-30T17:00:00.5Z"))
            .with_id(Id::new(id).unwrap())
    };
    let activities = Activity::NAMED.iter().cloned().chain([Activity::Other(note())]);
    let feelings = Feeling::NAMED.iter().cloned().chain([Feeling::Other(note())]);
    let place = Place::Location(LocationType::new("residence").unwrap());
    let person = Person::new(Id::new("p1").unwrap())
        .with_note(note())
        .with_timestamp(time("2005-05-30T16:09:44+05:00"))
        .with_typed(
            &Activities::new(activities)
                .with_note(note())
                .with_qualifiers(qualifiers("i1")),
        )
        .and_then(|person| person.with_typed(&Mood::new(feelings).with_note(note()).with_qualifiers(qualifiers("i2"))))
        .and_then(|person| person.with_typed(&Activities::new([Activity::Unknown])))
        .and_then(|person| person.with_typed(&Mood::new([])))
        .and_then(|person| person.with_typed(&Class::new("calendar").unwrap()))
        .and_then(|person| {
            let place = PlaceIs::new()
                .with_audio(AudioPlace::Quiet)
                .with_video(VideoPlace::Dark)
                .with_text(TextPlace::Inappropriate);
            person.with_typed(&place.with_note(note()).with_qualifiers(qualifiers("i3")))
        })
        .and_then(|person| {
            person.with_typed(
                &PlaceType::new(place)
                    .with_note(note())
                    .with_qualifiers(qualifiers("i4")),
            )
        })
        .and_then(|person| {
            let privacy = Privacy::unknown().with_video().with_audio().with_text();
            person.with_typed(&privacy.with_note(note()).with_qualifiers(qualifiers("i5")))
        })
        .and_then(|person| person.with_typed(&Privacy::unknown()))
        .and_then(|person| person.with_typed(&Sphere::new(SphereName::Work).with_qualifiers(qualifiers("i6"))))
        .and_then(|person| {
            let icon = StatusIcon::new("http://example.com/a.png").unwrap();
            person.with_typed(&icon.with_qualifiers(qualifiers("i7")))
        })
        .and_then(|person| {
            let offset = TimeOffset::new(-300).with_description("America/New_York").unwrap();
            person.with_typed(&offset.with_qualifiers(qualifiers("i8")))
        })
        .and_then(|person| person.with_typed(&Card::new("http://example.com/card.vcd").unwrap()))
        .and_then(|person| person.with_typed(&DisplayName::new("Alice <Lewis>").unwrap()))
        .unwrap();
    let idle = UserInput::idle()
        .with_idle_threshold(600)
        .with_last_input(time("2004-10-21T13:20:00-05:00"))
        .with_qualifiers(qualifiers("i9"));
    let caps = DevCaps::new()
        .with_description(note())
        .with_mobility(Support::new().with_supported(Mobility::NAMED.iter().cloned()));
    let device = Device::new(
        Id::new("d1").unwrap(),
        DeviceId::new("urn:device:0003ba4811e3").unwrap(),
    )
    .with_note(note())
    .with_timestamp(time("2005-05-30T16:09:44Z"))
    .with_typed(&idle)
    .and_then(|device| device.with_typed(&caps))
    .unwrap();
    let status = TimedStatus::new(time("2005-08-15T10:20:00.000-05:00"))
        .with_until(time("2005-08-22T19:30:00.000-05:00"))
        .with_basic(Basic::Closed)
        .with_note(note());
    let tuple = Tuple::new(Id::new("t1").unwrap(), Basic::Open)
        .with_typed(&status)
        .and_then(|tuple| tuple.with_typed(&DeviceId::new("urn:device:0003ba4811e3").unwrap()))
        .and_then(|tuple| tuple.with_typed(&Relationship::new(Relation::Other(note())).with_note(note())))
        .and_then(|tuple| tuple.with_typed(&ServiceClass::new(Delivery::InPerson).with_note(note())))
        .and_then(|tuple| tuple.with_typed(&service()))
        .unwrap();
    Document::new("pres:alice@example.test")
        .unwrap()
        .with_tuple(tuple)
        .with_typed(&device)
        .and_then(|document| document.with_typed(&person))
        .unwrap()
}

fn service() -> ServCaps {
    fn both<T: Clone>(values: &[T]) -> Support<T> {
        let reversed = || values.iter().rev().cloned();
        Support::new().with_supported(reversed()).with_not_supported(reversed())
    }
    let priorities = [
        PriorityRange::Range(1, 2),
        PriorityRange::LowerThan(3),
        PriorityRange::HigherThan(4),
        PriorityRange::Equals(5),
    ];
    Flag::ALL
        .iter()
        .fold(ServCaps::new(), |caps, flag| caps.with_flag(*flag, true))
        .with_actors(both(Actor::NAMED))
        .with_classes(both(caps::Class::NAMED))
        .with_duplex(both(Duplex::NAMED))
        .with_event_packages(both(EventPackage::NAMED))
        .with_sip_extensions(both(SipExtension::NAMED))
        .with_methods(both(Method::NAMED))
        .with_languages(both(&[Language::new("en").unwrap()]))
        .with_priorities(both(&priorities))
        .with_schemes(both(&[Scheme::new("sip").unwrap(), Scheme::new("tel").unwrap()]))
        .with_description(Note::new("a service").unwrap())
        .with_type("text/plain")
        .unwrap()
}

/// Validates documents with xmllint, or says why not.
fn validate(test: &str, schema: &str, documents: impl FnOnce(&Path) -> Vec<(String, String)>) {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let corpus = PathBuf::from(std::env::var("SIP_CORPUS").unwrap_or_else(|_| default.to_owned()));
    let Ok(schemas) = fs::read_dir(corpus.join("xsd")) else {
        assert!(std::env::var("CI").is_err(), "no corpus");
        return skip("no corpus; set SIP_CORPUS");
    };
    if Command::new("xmllint").arg("--version").output().is_err() {
        return skip("no xmllint; it is in Debian's libxml2-utils");
    }

    let directory = std::env::temp_dir().join(format!("pidf-{test}-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    for path in schemas.map(|entry| entry.unwrap().path()) {
        // The schemas import the one of `xml:lang` from the web, and include one that the corpus has by another name.
        let text = fs::read_to_string(&path).unwrap();
        let text = text.replace("http://www.w3.org/2001/xml.xsd", "xml.xsd");
        let text = text.replace("common-schema.xsd", "rfc4479-x.xsd");
        // The one of RPID uses its types and lacks the line that includes it.
        let types = "<xs:simpleType name=\"activeIdle\">";
        let text = text.replace(types, &format!("<xs:include schemaLocation=\"rfc4479-x.xsd\"/>{types}"));
        fs::write(directory.join(path.file_name().unwrap()), text).unwrap();
    }
    fs::write(directory.join("xml.xsd"), include_str!("schema/xml.xsd")).unwrap();
    fs::write(directory.join("all.xsd"), include_str!("schema/all.xsd")).unwrap();

    let mut xmllint = Command::new("xmllint");
    xmllint
        .args(["--noout", "--nonet", "--schema"])
        .arg(directory.join(schema));
    let documents = documents(&corpus);
    for (name, text) in &documents {
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        xmllint.arg(path);
    }
    let output = xmllint.output().unwrap();
    fs::remove_dir_all(&directory).unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    assert_eq!(report.matches(" validates").count(), documents.len(), "{report}");
}

#[test]
fn what_is_written_validates() {
    validate("schema", "rfc3863-pidf.xsd", |corpus| {
        let documents = documents(corpus);
        assert!(documents.len() > 50, "only {} documents", documents.len());
        documents
    });
}

#[test]
fn what_is_typed_validates() {
    validate("typed", "all.xsd", |_| {
        let document = typed();
        // Also where it is put into a document with prefixes of its own.
        let source = "<q:presence xmlns:q='urn:ietf:params:xml:ns:pidf' xmlns:r='urn:ietf:params:xml:ns:pidf:rpid'
            xmlns:dm='urn:x' entity='pres:a@example.test'/>";
        let mut other = Document::parse(source.as_bytes(), &Limits::default()).unwrap();
        for tuple in document.tuples() {
            other.insert_tuple(tuple.clone());
        }
        for extension in document.extensions() {
            other.push_extension(extension.clone()).unwrap();
        }
        other.push_note(Note::new("a note").unwrap());
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        // Ids that are the same in elements of different names, and times that XML Schema does not have.
        let leap = time("1990-12-31T23:59:60Z");
        let alike = Tuple::new(Id::new("i").unwrap(), Basic::Open).with_timestamp(leap.clone());
        let busy = Activities::new([Activity::Busy]).with_qualifiers(
            Qualifiers::new()
                .with_id(Id::new("i").unwrap())
                .with_from(time("2001-01-01T00:00:00+23:59")),
        );
        let person = Person::new(Id::new("i").unwrap()).with_timestamp(leap);
        let device = Device::new(Id::new("i").unwrap(), DeviceId::new("urn:x:1").unwrap());
        let alike = Document::new("pres:alice@example.test")
            .unwrap()
            .with_tuple(alike)
            .with_typed(&person.with_typed(&busy).unwrap())
            .and_then(|document| document.with_typed(&device))
            .unwrap();
        vec![
            ("alike".to_owned(), alike.normalized().to_string()),
            ("built".to_owned(), document.to_string()),
            ("composed".to_owned(), composed(EVERY_FLAG).unwrap()),
            ("inserted".to_owned(), other.to_string()),
        ]
    });
}

/// Every flag of the example.
const EVERY_FLAG: &str = "--entity pres:alice@example.test --note Away --lang en \
    --tuple desk --basic closed --contact sip:alice@example.test --priority 0.5 --note Desk --device-id urn:x:1 \
    --timestamp 2005-10-27T16:49:29Z --class work --user-input idle --relationship self --service-class electronic \
    --privacy audio,text --status-icon http://example.test/i.png --card http://example.test/card.vcf \
    --person p1 --activity meeting --activity on-the-phone --mood happy --mood hungry --place-type office \
    --sphere work --time-offset -300 --privacy video --display-name Alice --homepage http://example.test/ \
    --icon http://example.test/i.png --map http://example.test/m.png --sound http://example.test/s.wav --note Busy \
    --timestamp 2005-10-27T16:49:29Z --class c --user-input active --status-icon http://example.test/j.png \
    --device d1 --device-id urn:x:1 --note PC --class c --user-input active --timestamp 2005-10-27T16:49:29Z";

fn composed(flags: &str) -> Result<String, String> {
    let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
    compose::compose(&flags)
}

#[test]
fn composed_documents_say_what_the_flags_say() {
    let written = composed(EVERY_FLAG).unwrap();
    let document = Document::parse(written.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(document.tuples()[0].status().basic(), Some(Basic::Closed));
    let person = document.persons().next().unwrap().unwrap();
    let activities: Activities = person.typed().unwrap().unwrap();
    assert_eq!(activities.activities(), [Activity::Meeting, Activity::OnThePhone]);
    assert_eq!(document.devices().count(), 1);
    let draft = composed("--entity pres:a --tuple t --draft").unwrap();
    assert!(draft.contains("<basic> OPEN </basic>"));
    for (flags, expected) in [
        ("--tuple t", "--entity is missing"),
        ("--entity pres:a --basic open", "--basic: it has to follow --tuple"),
        (
            "--entity pres:a --person p --device-id urn:x:1",
            "--device-id: it has to follow --tuple or --device",
        ),
        ("--entity pres:a --device d", "--device d needs --device-id"),
        (
            "--entity pres:a --tuple t --priority 1",
            "--priority: it has to follow --contact",
        ),
        ("--entity pres:a --nonsense x", "--nonsense: unknown flag"),
        ("--entity", "--entity needs a value"),
        ("entity", "expected a flag, found \"entity\""),
    ] {
        assert_eq!(composed(flags), Err(expected.to_owned()), "{flags}");
    }
    assert!(
        composed("--entity pres:a --person p --mood hangry")
            .unwrap_err()
            .contains("`hungry`")
    );
}
