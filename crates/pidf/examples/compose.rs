//! Makes a presence document from flags: `cargo run -p pidf --example compose -- --entity pres:alice@example.com ...`
#![expect(clippy::print_stderr, reason = "a program that reports to a terminal")]

use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::str::FromStr;

use pidf::cipid::{Card, DisplayName, Homepage, Icon, Map, Sound};
use pidf::rpid::{
    Activities, Activity, Class, Delivery, Feeling, LocationType, Mood, Place, PlaceType, Privacy, Relation,
    Relationship, ServiceClass, Sphere, SphereName, StatusIcon, TimeOffset, UserInput,
};
use pidf::{
    Basic, Contact, Device, DeviceId, Document, Element, Extension, Format, Id, Note, Person, Priority, Timestamp,
    Tuple,
};

const USAGE: &str = "\
Makes a presence document (application/pidf+xml) and prints it.

Usage: compose --entity URI [--note TEXT] [--draft] [PART]...

A part begins with one of these, and the flags after it say what is in it:
  --tuple ID             a way to reach the presentity
  --person ID            the presentity as a person
  --device ID            a device; it needs --device-id

In every part:
  --note TEXT            a comment for people; before the first part, about the presentity
  --lang TAG             the language of the note before it
  --timestamp TIME       when it changed, as 2005-10-27T16:49:29Z
  --class NAME           what groups it with others
  --user-input STATE     active or idle
In a tuple or a device:
  --device-id URN        which device it is, or runs on
In a tuple:
  --basic STATUS         open (without the flag) or closed
  --contact URI          the address
  --priority DECIMAL     the priority of the address, from 0 to 1
  --relationship NAME    who is reached, as assistant or friend
  --service-class NAME   how it delivers, as electronic or postal
In a person:
  --activity NAME        what the person is doing, as meeting or on-the-phone; may be given again
  --mood NAME            what the person feels, as happy; may be given again
  --place-type NAME      where the person is, as office or train
  --sphere NAME          home, work or unknown
  --time-offset MINUTES  how far local time is ahead of UTC
In a tuple or a person:
  --privacy LIST         what others will not overhear or see: audio, text, video, with commas between
  --status-icon URI      a picture of the status
  --card, --display-name, --homepage, --icon, --map, --sound VALUE
                         contact information

  --draft                writes the draft of 2002 (application/cpim-pidf+xml)
  --help                 prints this

Exit status: 0, or 2 on wrong usage.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let printed = if arguments.is_empty()
        || arguments
            .iter()
            .any(|argument| argument == "--help" || argument == "-h")
    {
        io::stdout().write_all(USAGE.as_bytes())
    } else {
        match compose(&arguments) {
            Ok(text) => io::stdout().write_all(text.as_bytes()),
            Err(error) => {
                eprintln!("compose: {error}; see --help");
                return ExitCode::from(2);
            }
        }
    };
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The document that the flags describe.
pub(crate) fn compose(arguments: &[String]) -> Result<String, String> {
    let mut entity = None;
    let mut format = Format::Pidf;
    let mut parts = vec![Part::new(Kind::Presentity, None)];
    let mut arguments = arguments.iter();
    while let Some(flag) = arguments.next() {
        if flag == "--draft" {
            format = Format::CpimPidf;
            continue;
        }
        if !flag.starts_with("--") {
            return Err(format!("expected a flag, found {flag:?}"));
        }
        let value = arguments.next().ok_or_else(|| format!("{flag} needs a value"))?;
        let kind = match flag.as_str() {
            "--entity" => {
                entity = Some(value);
                continue;
            }
            "--tuple" => Kind::Tuple,
            "--person" => Kind::Person,
            "--device" => Kind::Device,
            _ => {
                let part = parts.last_mut().ok_or("no part")?;
                part.take(flag, value).map_err(|error| format!("{flag}: {error}"))?;
                continue;
            }
        };
        let id = Id::new(value).map_err(|error| format!("{flag}: {error}"))?;
        parts.push(Part::new(kind, Some(id)));
    }
    let entity = entity.ok_or("--entity is missing")?;
    let mut document = Document::new(entity).map_err(|error| format!("--entity: {error}"))?;
    for part in parts {
        part.put_into(&mut document)?;
    }
    Ok(document.write(format))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Device,
    Person,
    Presentity,
    Tuple,
}

/// What the flags said of one part.
struct Part {
    kind: Kind,
    id: Option<Id>,
    basic: Basic,
    contact: Option<Contact>,
    device_id: Option<DeviceId>,
    timestamp: Option<Timestamp>,
    notes: Vec<Note>,
    activities: Vec<Activity>,
    feelings: Vec<Feeling>,
    elements: Vec<Element>,
}

impl Part {
    fn new(kind: Kind, id: Option<Id>) -> Self {
        Self {
            kind,
            id,
            basic: Basic::Open,
            contact: None,
            device_id: None,
            timestamp: None,
            notes: Vec::new(),
            activities: Vec::new(),
            feelings: Vec::new(),
            elements: Vec::new(),
        }
    }

    fn take(&mut self, flag: &str, value: &str) -> Result<(), String> {
        use Kind::{Device, Person, Presentity, Tuple};

        let places: &[Kind] = match flag {
            "--note" | "--lang" => &[Presentity, Tuple, Person, Device],
            "--timestamp" | "--class" | "--user-input" => &[Tuple, Person, Device],
            "--device-id" => &[Tuple, Device],
            "--basic" | "--contact" | "--priority" | "--relationship" | "--service-class" => &[Tuple],
            "--activity" | "--mood" | "--place-type" | "--sphere" | "--time-offset" => &[Person],
            "--privacy" | "--status-icon" | "--card" | "--display-name" | "--homepage" | "--icon" | "--map"
            | "--sound" => &[Tuple, Person],
            _ => return Err("unknown flag".to_owned()),
        };
        if !places.contains(&self.kind) {
            let parts = places.iter().map(|kind| format!("--{kind:?}").to_lowercase());
            return Err(format!("it has to follow {}", parts.collect::<Vec<_>>().join(" or ")));
        }
        match flag {
            "--note" => self.notes.push(valid(Note::new(value))?),
            "--lang" => {
                let note = self.notes.pop().ok_or("it has to follow --note")?;
                self.notes.push(valid(note.with_lang(value))?);
            }
            "--timestamp" => self.timestamp = Some(parse(value)?),
            "--device-id" => self.device_id = Some(valid(DeviceId::new(value))?),
            "--basic" => self.basic = parse(value)?,
            "--contact" => self.contact = Some(valid(Contact::new(value))?),
            "--priority" => {
                let contact = self.contact.take().ok_or("it has to follow --contact")?;
                self.contact = Some(contact.with_priority(parse::<Priority>(value)?));
            }
            "--activity" => self.activities.push(parse(value)?),
            "--mood" => self.feelings.push(parse(value)?),
            _ => {
                let element = element(flag, value)?;
                self.elements.retain(|old| old.name() != element.name());
                self.elements.push(element);
            }
        }
        Ok(())
    }

    fn put_into(mut self, document: &mut Document) -> Result<(), String> {
        if !self.activities.is_empty() {
            self.elements.push(Activities::new(self.activities).to_element());
        }
        if !self.feelings.is_empty() {
            self.elements.push(Mood::new(self.feelings).to_element());
        }
        let Some(id) = self.id else {
            self.notes.into_iter().for_each(|note| document.push_note(note));
            return Ok(());
        };
        match self.kind {
            Kind::Tuple => {
                let mut tuple = Tuple::new(id, self.basic);
                if let Some(device_id) = self.device_id {
                    self.elements.push(device_id.to_element());
                }
                for element in self.elements {
                    tuple = valid(tuple.with_extension(element))?;
                }
                if let Some(contact) = self.contact {
                    tuple = tuple.with_contact(contact);
                }
                if let Some(timestamp) = self.timestamp {
                    tuple = tuple.with_timestamp(timestamp);
                }
                document.insert_tuple(self.notes.into_iter().fold(tuple, Tuple::with_note));
                Ok(())
            }
            Kind::Device => {
                let device_id = self
                    .device_id
                    .ok_or_else(|| format!("--device {id} needs --device-id"))?;
                let mut device = Device::new(id, device_id);
                for element in self.elements {
                    device = valid(device.with_extension(element))?;
                }
                if let Some(timestamp) = self.timestamp {
                    device = device.with_timestamp(timestamp);
                }
                valid(document.insert_typed(&self.notes.into_iter().fold(device, Device::with_note)))
            }
            Kind::Person | Kind::Presentity => {
                let mut person = Person::new(id);
                for element in self.elements {
                    person = valid(person.with_extension(element))?;
                }
                if let Some(timestamp) = self.timestamp {
                    person = person.with_timestamp(timestamp);
                }
                valid(document.insert_typed(&self.notes.into_iter().fold(person, Person::with_note)))
            }
        }
    }
}

/// The element of a flag that stands for one.
fn element(flag: &str, value: &str) -> Result<Element, String> {
    Ok(match flag {
        "--class" => valid(Class::new(value))?.to_element(),
        "--user-input" => match value {
            "active" => UserInput::active().to_element(),
            "idle" => UserInput::idle().to_element(),
            _ => return Err(format!("expected active or idle, found {value:?}")),
        },
        "--relationship" => Relationship::new(parse::<Relation>(value)?).to_element(),
        "--service-class" => ServiceClass::new(parse::<Delivery>(value)?).to_element(),
        "--place-type" => PlaceType::new(Place::Location(valid(LocationType::new(value))?)).to_element(),
        "--sphere" => Sphere::new(parse::<SphereName>(value)?).to_element(),
        "--time-offset" => TimeOffset::new(parse(value)?).to_element(),
        "--privacy" => {
            let media = value
                .split(',')
                .try_fold(Privacy::unknown(), |privacy, medium| match medium {
                    "audio" => Ok(privacy.with_audio()),
                    "text" => Ok(privacy.with_text()),
                    "video" => Ok(privacy.with_video()),
                    _ => Err(format!("expected audio, text or video, found {medium:?}")),
                });
            media?.to_element()
        }
        "--status-icon" => valid(StatusIcon::new(value))?.to_element(),
        "--card" => valid(Card::new(value))?.to_element(),
        "--display-name" => valid(DisplayName::new(value))?.to_element(),
        "--homepage" => valid(Homepage::new(value))?.to_element(),
        "--icon" => valid(Icon::new(value))?.to_element(),
        "--map" => valid(Map::new(value))?.to_element(),
        "--sound" => valid(Sound::new(value))?.to_element(),
        _ => return Err("unknown flag".to_owned()),
    })
}

fn valid<T>(value: Result<T, impl Display>) -> Result<T, String> {
    value.map_err(|error| error.to_string())
}

fn parse<T: FromStr<Err: Display>>(value: &str) -> Result<T, String> {
    valid(value.parse())
}
