use super::*;
use crate::extension::Token;
use crate::{Element, Extension, InvalidElement, Limits, Note};

fn read<T: Extension>(content: &str) -> Result<T, InvalidElement> {
    let source = format!("<{0} xmlns='{NAMESPACE}' xmlns:x='urn:x'>{content}</{0}>", T::NAME);
    T::from_element(&Element::parse(source.as_bytes(), &Limits::default()).unwrap())
}

#[track_caller]
fn comes_back<T: Extension + PartialEq + std::fmt::Debug>(value: T) {
    let written = value.to_element().write();
    let read = Element::parse(written.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(T::from_element(&read), Ok(value), "{written}");
}

fn half<T: Clone>(named: &[T]) -> Support<T> {
    let (one, other) = named.split_at(named.len() / 2);
    Support::new()
        .with_supported(one.iter().cloned())
        .with_not_supported(other.iter().cloned())
}

#[test]
fn every_capability_comes_back() {
    let foreign = Element::new("urn:x", "e").unwrap();
    let words = ["sip", "tel"].map(|scheme| Scheme::new(scheme).unwrap());
    let languages = ["en", "ko"].map(|language| Language::new(language).unwrap());
    let priorities = [
        PriorityRange::Equals(1),
        PriorityRange::HigherThan(2),
        PriorityRange::LowerThan(-3),
        PriorityRange::Range(4, 5),
    ];
    let caps = Flag::ALL
        .iter()
        .fold(ServCaps::new(), |caps, flag| {
            caps.with_flag(*flag, *flag != Flag::Video)
        })
        .with_actors(half(Actor::NAMED))
        .with_classes(half(Class::NAMED))
        .with_duplex(half(Duplex::NAMED))
        .with_event_packages(half(EventPackage::NAMED))
        .with_sip_extensions(half(SipExtension::NAMED))
        .with_methods(half(Method::NAMED))
        .with_languages(half(&languages))
        .with_priorities(half(&priorities))
        .with_schemes(half(&words))
        .with_description(Note::new("a service").unwrap().with_lang("en").unwrap())
        .with_type("text/plain")
        .unwrap()
        .with_extension(foreign.clone())
        .unwrap();
    comes_back(caps);
    comes_back(ServCaps::new());
    let caps = DevCaps::new()
        .with_description(Note::new("a device").unwrap())
        .with_mobility(half(Mobility::NAMED))
        .with_extension(foreign)
        .unwrap();
    comes_back(caps);
}

#[test]
fn lists_are_written_in_the_order_of_the_schema() {
    let methods = [Method::Update, Method::Ack, Method::Ack, Method::Bye];
    let caps = ServCaps::new().with_methods(Support::new().with_supported(methods));
    let written = caps.to_element().write();
    let names = ["<ACK/>", "<BYE/>", "<UPDATE/>"].concat();
    assert!(written.contains(&names), "{written}");
}

#[test]
fn what_peers_send_is_read() {
    let caps: ServCaps = read(
        "<video>0</video><audio> true </audio><priority><supported><higherthan minvalue='2'/><x:e/></supported></priority>\
         <methods><supported><x:m/><FOO/></supported></methods><schemes><notsupported><x:s>x</x:s><s> sip </s></notsupported></schemes>",
    )
    .unwrap();
    assert_eq!(
        (caps.flag(Flag::Video), caps.flag(Flag::Audio)),
        (Some(false), Some(true))
    );
    assert_eq!(caps.priorities().supported()[0], PriorityRange::HigherThan(2));
    assert_eq!(caps.priorities().supported().len(), 2);
    assert_eq!(caps.methods().supported()[1].name(), "FOO");
    assert_eq!(caps.schemes().not_supported()[0].as_str(), "sip");
}

#[test]
fn what_is_malformed_is_named() {
    let error = read::<ServCaps>("<audio>yes</audio>").unwrap_err();
    assert_eq!(
        error.to_string(),
        "in <audio>: expected the capability to be `true` or `false`, found \"yes\""
    );
    let priority = |content: &str| {
        let content = format!("<priority><supported>{content}</supported></priority>");
        read::<ServCaps>(&content).unwrap_err().to_string()
    };
    assert_eq!(
        priority("<range minvalue='1'/>"),
        "in <range>: expected an attribute `maxvalue`"
    );
    assert!(priority("<equals value='x'/>").contains("an integer of 32 bits"));
    for word in ["", "a b", " a", "\0"] {
        assert!(Scheme::new(word).is_err(), "{word:?}");
    }
    assert_eq!(Method::Ack.rank(), 0);
}
