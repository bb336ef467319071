//! A header of an application's own: `cargo run -p sip-message --example custom_header`
#![expect(clippy::print_stdout, reason = "a command line program prints")]

use std::{error::Error, fmt};

use sip_message::{
    HeaderName, Message, MessageBuilder, StatusCode, ValueError,
    headers::{Occurrence, TypedHeader},
};

/// `X-Drink = drink *( COMMA drink )`, `drink = kind SLASH cups`: what to bring, as in `tea/2, coffee/1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Drink<'a> {
    kind: &'a str,
    cups: u8,
}

impl<'a> Drink<'a> {
    /// Refuses what could not be written, so that `Display` need not check.
    fn new(kind: &'a str, cups: u8) -> Result<Self, ValueError> {
        match kind.bytes().position(|byte| !byte.is_ascii_lowercase()) {
            None if !kind.is_empty() => Ok(Self { kind, cups }),
            at => Err(ValueError::new("a kind of drink in small letters", at.unwrap_or(0))),
        }
    }
}

impl<'a> TypedHeader<'a> for Drink<'a> {
    const NAME: HeaderName = HeaderName::from_static("X-Drink");
    // The crate splits lists at their commas; `parse` sees one element.
    const OCCURRENCE: Occurrence = Occurrence::List;
    // Shown in errors.
    const SECTION: &'static str = "2324 section 2.2.2.1";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        let (kind, cups) = value
            .split_once('/')
            .ok_or(ValueError::new("a slash and a number of cups", value.len()))?;
        let cups = cups
            .parse()
            .map_err(|_| ValueError::new("a number of cups up to 255", kind.len() + 1))?;
        Self::new(kind, cups)
    }
}

impl fmt::Display for Drink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.cups)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let request = Message::parse(
        "OPTIONS sip:kitchen@example.test SIP/2.0\r\n\
         X-Drink: tea/2, coffee/many\r\n\
         x-drink: water/1\r\n\
         \r\n",
    )?;
    // Names match in any case, lists run over lines, and a broken element leaves the others readable.
    for drink in request.typed_all::<Drink>() {
        match drink {
            Ok(drink) => println!("{} cups of {}", drink.cups, drink.kind),
            Err(error) => println!("{error}"),
        }
    }
    // It is written, and edited, as any other header.
    let response = MessageBuilder::reply_to(&request, StatusCode::OK, None)?
        .header(&Drink::new("milk", 1)?)
        .build();
    print!("{response}");
    Ok(())
}
