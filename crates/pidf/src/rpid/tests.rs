use super::*;
use crate::{Attribute, Element, Extension, ForeignElement, Format, Limits, Name, Note};

fn read<T: Extension>(content: &str) -> Result<T, crate::InvalidElement> {
    let source = format!("<{0} xmlns='{NAMESPACE}' xmlns:x='urn:x' {content}</{0}>", T::NAME);
    T::from_element(&Element::parse(source.as_bytes(), &Limits::default()).unwrap())
}

#[track_caller]
fn comes_back<T: Extension + PartialEq + std::fmt::Debug>(value: T) {
    let element = value.to_element();
    assert!(element.is(T::NAMESPACE, T::NAME));
    let written = element.write();
    let read = Element::parse(written.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(T::from_element(&read), Ok(value), "{written}");
}

fn note() -> Note {
    Note::new("words").unwrap().with_lang("en").unwrap()
}

fn qualifiers() -> Qualifiers {
    let attribute = Attribute::new(Name::new("urn:x", "k").unwrap(), "v").unwrap();
    Qualifiers::new()
        .with_from("2005-05-30T12:00:00+05:00".parse().unwrap())
        .with_until("2005-05-30T17:00:00+05:00".parse().unwrap())
        .with_id(crate::Id::new("i").unwrap())
        .with_attribute(attribute)
        .unwrap()
}

fn foreign() -> Element {
    Element::new("urn:x", "e").unwrap()
}

fn extension() -> ForeignElement {
    ForeignElement::new(foreign()).unwrap()
}

#[test]
fn every_element_comes_back() {
    let activities = Activity::NAMED
        .iter()
        .filter(|activity| **activity != Activity::Unknown);
    let more = [Activity::Other(note()), Activity::Extension(extension())];
    comes_back(
        Activities::new(activities.cloned().chain(more))
            .with_note(note())
            .with_qualifiers(qualifiers()),
    );
    let feelings = Feeling::NAMED.iter().filter(|feeling| **feeling != Feeling::Unknown);
    comes_back(
        Mood::new(feelings.cloned())
            .with_note(note())
            .with_qualifiers(qualifiers()),
    );
    comes_back(Class::new("a b").unwrap());
    comes_back(
        PlaceIs::new()
            .with_audio(AudioPlace::Noisy)
            .with_video(VideoPlace::TooBright)
            .with_text(TextPlace::Uncomfortable)
            .with_note(note())
            .with_qualifiers(qualifiers()),
    );
    for place in [
        Place::Location(LocationType::new("train-station").unwrap()),
        Place::Other(note()),
        Place::Extension(extension()),
    ] {
        comes_back(PlaceType::new(place).with_note(note()).with_qualifiers(qualifiers()));
    }
    comes_back(Privacy::unknown().with_note(note()));
    comes_back(
        Privacy::unknown()
            .with_audio()
            .with_text()
            .with_video()
            .with_extension(foreign())
            .unwrap()
            .with_qualifiers(qualifiers()),
    );
    for relation in Relation::NAMED {
        comes_back(Relationship::new(relation.clone()).with_note(note()));
    }
    comes_back(Relationship::new(Relation::Other(note())));
    for delivery in Delivery::NAMED {
        comes_back(ServiceClass::new(delivery.clone()).with_note(note()));
    }
    for name in SphereName::NAMED {
        comes_back(Sphere::new(name.clone()).with_qualifiers(qualifiers()));
    }
    comes_back(Sphere::default());
    comes_back(
        StatusIcon::new("http://example.com/a.png")
            .unwrap()
            .with_qualifiers(qualifiers()),
    );
    comes_back(
        TimeOffset::new(-300)
            .with_description("America/New_York")
            .unwrap()
            .with_qualifiers(qualifiers()),
    );
    comes_back(
        UserInput::idle()
            .with_idle_threshold(600)
            .with_last_input("2004-10-21T13:20:00-05:00".parse().unwrap())
            .with_qualifiers(Qualifiers::new().with_id(crate::Id::new("i").unwrap())),
    );
}

/// A note in PIDF's namespace is taken for one of RPID, and for nothing else besides.
#[test]
fn a_note_is_no_extension() {
    let note = "<note xmlns='urn:ietf:params:xml:ns:pidf'>words</note>";
    let activities: Activities = read(&format!("><busy/>{note}")).unwrap();
    assert_eq!(activities.activities(), [Activity::Busy]);
    assert_eq!(activities.notes().len(), 1);
    comes_back(activities);
    let privacy: Privacy = read(&format!(">{note}<x:e/>")).unwrap();
    assert_eq!((privacy.notes().len(), privacy.extensions().len()), (1, 1));
    comes_back(privacy);
}

/// What a later version has is kept; who builds an extension needs a namespace for it.
#[test]
fn extensions_are_in_another_namespace() {
    let activities: Activities = read("><gaming/><x:e/>").unwrap();
    let names: Vec<_> = activities.activities().iter().map(Activity::name).collect();
    assert_eq!(names, ["gaming", "e"]);
    comes_back(activities);
    for namespace in ["", NAMESPACE, Format::Pidf.namespace()] {
        let element = Element::new(namespace, "gaming").unwrap();
        assert!(ForeignElement::new(element.clone()).is_err());
        assert!(Privacy::unknown().with_extension(element).is_err());
    }
}

#[test]
fn unknown_stands_alone() {
    let activities = |stated: &[Activity]| Activities::new(stated.iter().cloned()).activities().to_vec();
    assert_eq!(activities(&[Activity::Unknown, Activity::Away]), [Activity::Away]);
    assert_eq!(activities(&[Activity::Unknown, Activity::Unknown]), [Activity::Unknown]);
    assert_eq!(activities(&[]), []);
    let empty = Mood::new([]).to_element();
    assert_eq!(Mood::from_element(&empty).unwrap().feelings(), [Feeling::Unknown]);
    // One that has no feeling is read as one that is written, so that both are equal.
    let mood = Mood::from_element(&Element::new(NAMESPACE, "mood").unwrap()).unwrap();
    assert_eq!(mood, Mood::default());
    assert_eq!(Mood::from_element(&mood.to_element()), Ok(mood));
}

#[test]
fn what_peers_send_is_read() {
    let sphere: Sphere = read("> bowling league ").unwrap();
    assert_eq!((sphere.name(), sphere.text()), (None, "bowling league"));
    comes_back(sphere);
    let activities: Activities = read("><future/><x:y/><away> </away>").unwrap();
    assert_eq!(activities.activities().len(), 3);
    assert_eq!(activities.activities()[2], Activity::Away);
    assert_eq!(activities.activities()[0].name(), "future");
    let class: Class = read("> a\n  b ").unwrap();
    assert_eq!(class.as_str(), "a b");
    let place: PlaceIs = read("><audio><loud/></audio><text><ok/></text>").unwrap();
    assert_eq!((place.audio(), place.text()), (None, Some(TextPlace::Ok)));
    let relationship: Relationship = read(">").unwrap();
    assert_eq!(relationship.relation(), &Relation::Unknown);
    let offset: TimeOffset = read("description='here'> -240\n").unwrap();
    assert_eq!((offset.minutes(), offset.description()), (-240, Some("here")));
    let input: UserInput = read("idle-threshold='0'>idle").unwrap();
    assert_eq!((input.input(), input.idle_threshold()), (Input::Idle, None));
}

#[test]
fn what_is_malformed_is_named() {
    let error = read::<Mood>("from='today'>").unwrap_err().to_string();
    assert!(
        error.starts_with("in <mood>: expected the timestamp to be a date-time"),
        "{error}"
    );
    assert!(read::<TimeOffset>(">noon").is_err());
    assert!(read::<UserInput>(">").is_err());
    assert!(read::<UserInput>("idle-threshold='-1'>idle").is_err());
    assert!(read::<StatusIcon>(">").is_err());
    assert!(Class::new("a  b").is_err());
    assert!(LocationType::new("a b").is_err());
    assert!("flying".parse::<Activity>().is_err());
    assert_eq!("on-the-phone".parse(), Ok(Activity::OnThePhone));
    let attribute = Attribute::new(Name::new("", "k").unwrap(), "v").unwrap();
    assert!(Qualifiers::new().with_attribute(attribute).is_err());
}
