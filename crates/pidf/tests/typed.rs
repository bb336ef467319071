//! Every element of the corpus that the crate has a type for is read as that type, and the table says how many of each
//! stand in each document.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the corpus from disk, says what it skips and may panic"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use pidf::caps::{DevCaps, ServCaps};
use pidf::cipid::{Card, DisplayName, Homepage, Icon, Map, Sound};
use pidf::rpid::{
    Activities, Class, Mood, PlaceIs, PlaceType, Privacy, Relationship, ServiceClass, Sphere, StatusIcon, TimeOffset,
    UserInput,
};
use pidf::{Device, DeviceId, Document, Element, Extension, InvalidElement, Limits, Person, TimedStatus};

/// Document, then the elements of it that are typed, with their number.
const TABLE: &str = include_str!("corpus/typed.txt");

type Read = fn(&Element) -> Result<Element, InvalidElement>;

/// Reads an element as a type and makes it an element again.
fn through<T: Extension>(element: &Element) -> Result<Element, InvalidElement> {
    T::from_element(element).map(|value| value.to_element())
}

/// Every type, by the name of its element.
fn types() -> BTreeMap<(&'static str, &'static str), Read> {
    fn entry<T: Extension>() -> ((&'static str, &'static str), Read) {
        ((T::NAMESPACE, T::NAME), through::<T>)
    }
    BTreeMap::from([
        entry::<Activities>(),
        entry::<Card>(),
        entry::<Class>(),
        entry::<DevCaps>(),
        entry::<Device>(),
        entry::<DeviceId>(),
        entry::<DisplayName>(),
        entry::<Homepage>(),
        entry::<Icon>(),
        entry::<Map>(),
        entry::<Mood>(),
        entry::<Person>(),
        entry::<PlaceIs>(),
        entry::<PlaceType>(),
        entry::<Privacy>(),
        entry::<Relationship>(),
        entry::<ServCaps>(),
        entry::<ServiceClass>(),
        entry::<Sound>(),
        entry::<Sphere>(),
        entry::<StatusIcon>(),
        entry::<TimeOffset>(),
        entry::<TimedStatus>(),
        entry::<UserInput>(),
    ])
}

/// Counts the typed elements among these and in them. What is read and written reads the same.
fn count(elements: &[Element], types: &BTreeMap<(&str, &str), Read>, counts: &mut BTreeMap<String, usize>) {
    for element in elements {
        let name = (element.name().namespace().unwrap(), element.name().local());
        let Some(through) = types.get(&name) else {
            // Of the namespaces that the crate has types for, nothing stays opaque.
            assert!(types.keys().all(|(namespace, _)| *namespace != name.0), "{name:?}");
            continue;
        };
        *counts.entry(name.1.to_owned()).or_default() += 1;
        let once = through(element).unwrap();
        assert_eq!(through(&once).unwrap(), once);
        if let ("device" | "person", Ok(Some(inner))) = (name.1, inner(element)) {
            count(&inner, types, counts);
        }
    }
}

/// The extensions of a person or a device.
fn inner(element: &Element) -> Result<Option<Vec<Element>>, InvalidElement> {
    Ok(match element.name().local() {
        "person" => Some(Person::from_element(element)?.extensions().to_vec()),
        "device" => Some(Device::from_element(element)?.extensions().to_vec()),
        _ => None,
    })
}

#[test]
fn what_is_known_is_typed() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let corpus = PathBuf::from(std::env::var("SIP_CORPUS").unwrap_or_else(|_| default.to_owned()));
    let Ok(directories) = fs::read_dir(corpus.join("xml/rfc")) else {
        assert!(std::env::var("CI").is_err(), "no corpus");
        // Past the capture of the test harness, which would hide it.
        let _ = writeln!(std::io::stderr(), "SKIPPED: no corpus; set SIP_CORPUS");
        return;
    };
    let types = types();
    let mut found = Vec::new();
    for directory in directories.map(|entry| entry.unwrap().path()) {
        for path in fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()) {
            let Ok(document) = Document::parse(&fs::read(&path).unwrap(), &Limits::default()) else {
                continue;
            };
            let mut counts = BTreeMap::new();
            for tuple in document.tuples() {
                count(tuple.extensions(), &types, &mut counts);
                count(tuple.status().extensions(), &types, &mut counts);
            }
            count(document.extensions(), &types, &mut counts);
            if !counts.is_empty() {
                let name = path.strip_prefix(corpus.join("xml/rfc")).unwrap().to_str().unwrap();
                let counts = counts.iter().map(|(name, count)| format!(" {name}={count}"));
                found.push(format!("{name}{}", counts.collect::<String>()));
            }
        }
    }
    found.sort();
    let expected: Vec<_> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(found, expected);
}
