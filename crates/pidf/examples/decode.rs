//! Prints presence documents as JSON, one object a line: `cargo run -p pidf --example decode -- FILE...`
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a program that reads files and reports to a terminal"
)]

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use pidf::caps::{DevCaps, ServCaps};
use pidf::cipid::{Card, DisplayName, Homepage, Icon, Map, Sound};
use pidf::rpid::{
    Activities, Class, Mood, PlaceIs, PlaceType, Privacy, Relationship, ServiceClass, Sphere, StatusIcon, TimeOffset,
    UserInput,
};
use pidf::{Device, DeviceId, Document, Element, Extension, InvalidElement, Limits, Person, TimedStatus};
use serde_json::{Value, json};

const USAGE: &str = "\
Prints presence documents (application/pidf+xml, application/cpim-pidf+xml) as JSON, one object a line.

Usage: decode FILE...

  FILE    a document; - reads standard input

\"document\" is the document as it is kept, with extensions as elements. \"typed\" has those that this crate knows as
values: persons and devices, activities, moods, capabilities and the rest of RFC 4479 to 4482 and 5196. A malformed one
has the reason and the place instead.

Exit status: 0 when all are accepted, 1 when one is refused (standard error has the reason, the line, the column and
the byte offset), 2 on wrong usage.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        return print(USAGE);
    }
    let unknown = arguments
        .iter()
        .find(|argument| argument.len() > 1 && argument.starts_with('-'));
    if arguments.is_empty() || unknown.is_some() {
        if let Some(unknown) = unknown {
            eprintln!("decode: unknown option {unknown}");
        }
        eprint!("{USAGE}");
        return ExitCode::from(2);
    }

    let mut accepted = true;
    for file in &arguments {
        match decode(file) {
            Ok(line) => {
                if print(&line) != ExitCode::SUCCESS {
                    return ExitCode::FAILURE;
                }
            }
            Err(error) => {
                eprintln!("{file}: {error}");
                accepted = false;
            }
        }
    }
    if accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One line of JSON for one file.
fn decode(file: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    if file == "-" {
        io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(file)?;
    }
    let document = Document::parse(&bytes, &Limits::default())?;
    let typed = |elements: &[Element]| typed(elements, &bytes);
    let tuple = |tuple: &pidf::Tuple| json!({ "id": tuple.id(), "elements": typed(tuple.extensions()) });
    let json = json!({
        "file": file,
        "media_type": document.format().media_type(),
        "document": document,
        "typed": {
            "tuples": document.tuples().iter().map(tuple).collect::<Vec<_>>(),
            "elements": typed(document.extensions()),
        },
    });
    Ok(format!("{json}\n"))
}

/// The elements that are of a type, as objects of one key.
fn typed(elements: &[Element], document: &[u8]) -> Vec<Value> {
    let known = |element: &Element| {
        let value = view(element, document)?
            .unwrap_or_else(|error| json!({ "error": error.to_string(), "position": error.position(document) }));
        Some(json!({ element.name().local(): value }))
    };
    elements.iter().filter_map(known).collect()
}

/// The value of an element; `None` where it is of no type.
fn view(element: &Element, document: &[u8]) -> Option<Result<Value, InvalidElement>> {
    fn value<T: Extension + serde::Serialize>(element: &Element) -> Option<Result<Value, InvalidElement>> {
        let is_it = element.is(T::NAMESPACE, T::NAME);
        is_it.then(|| T::from_element(element).map(|value| json!(value)))
    }
    let inside = |mut value: Value, extensions: &[Element]| {
        value["extensions"] = typed(extensions, document).into();
        value
    };
    if element.is(Person::NAMESPACE, Person::NAME) {
        return Some(Person::from_element(element).map(|person| inside(json!(person), person.extensions())));
    }
    if element.is(Device::NAMESPACE, Device::NAME) {
        return Some(Device::from_element(element).map(|device| inside(json!(device), device.extensions())));
    }
    [
        value::<Activities>,
        value::<Card>,
        value::<Class>,
        value::<DevCaps>,
        value::<DeviceId>,
        value::<DisplayName>,
        value::<Homepage>,
        value::<Icon>,
        value::<Map>,
        value::<Mood>,
        value::<PlaceIs>,
        value::<PlaceType>,
        value::<Privacy>,
        value::<Relationship>,
        value::<ServCaps>,
        value::<ServiceClass>,
        value::<Sound>,
        value::<Sphere>,
        value::<StatusIcon>,
        value::<TimeOffset>,
        value::<TimedStatus>,
        value::<UserInput>,
    ]
    .iter()
    .find_map(|value| value(element))
}

fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
