use std::borrow::Cow;

use sip_message::{
    HeaderName, Message,
    headers::{Contact, Expires},
};
use sip_ua::{Event, OpId, RegisterOptions};

use crate::{
    cast::{KMH, Stop, aor},
    paper::Row::{P1, P3, P8, P10, P14},
    reading::value,
    stage::Stage,
};

/// How long both register for, in seconds.
const HOUR: u32 = 3600;

/// What a contact says that takes these methods.
pub(super) fn options(methods: &[&str]) -> RegisterOptions {
    RegisterOptions {
        expires: HOUR,
        methods: methods.iter().map(|&method| method.to_owned()).collect(),
    }
}

pub(super) async fn both_register(stage: &mut Stage) -> Result<(), Stop> {
    stage.open(
        "Both register, and say that they take instant messages",
        &[P1, P3, P8, P10, P14],
        "A REGISTER without credentials gets 401; with them it binds the contact to the user. methods=\"MESSAGE\" in \
         the Contact is how the paper's user agents register for instant messages. The registration makes the user's \
         row in the Presence Information Table.",
    );
    let op = stage
        .cast
        .kmh
        .with(|agent, now| agent.register(now, options(&["MESSAGE"])))
        .await;
    stage.cast.kmh.until(|event| registered(event, op)).await?;
    let op = stage
        .cast
        .johg
        .with(|agent, now| agent.register(now, options(&["MESSAGE"])))
        .await;
    stage.cast.johg.until(|event| registered(event, op)).await?;
    let flow = stage
        .flow(&[
            "kmh > REGISTER",
            "kmh < 401",
            "kmh > REGISTER",
            "kmh < 200",
            "johg > REGISTER",
            "johg < 401",
            "johg > REGISTER",
            "johg < 200",
        ])
        .await?;
    let users = [
        ("kmh", stage.cast.kmh.password, stage.cast.kmh.contact()),
        ("johg", stage.cast.johg.password, stage.cast.johg.contact()),
    ];
    for (user, password, contact) in users {
        let message = |way: &str, nth| flow.message(&format!("{user} {way}"), nth);
        let (first, second) = (message("> REGISTER", 0)?, message("> REGISTER", 1)?);
        stage.challenged(&[P3], [first, message("< 401", 0)?, second], password);
        let what = format!("{user}'s Contact says methods=\"MESSAGE\"");
        stage.equal(&[P10], what, "3840 section 9", methods(second), "MESSAGE");
        let granted = message("< 200", 0)?;
        let what = format!("the 200 lists {user}'s contact with methods, and how long it lasts");
        let got = format!("{} {} {}", contact_uri(granted), methods(granted), lasts(granted));
        let expected = format!("{} MESSAGE {HOUR}", contact.as_str());
        stage.equal(&[P1, P10, P14], what, "3261 section 10.3", got, expected);
    }
    stage.equal(
        &[P1],
        "the registrar keeps two bindings",
        "3261 section 10.3",
        stage.bindings()?,
        2,
    );
    let row = stage.information(aor(KMH).as_str())?;
    let what = "the REGISTER made kmh's row in the PIT: open, with a contact";
    let got = format!("{} {}", row.status, row.contact);
    stage.equal(&[P8], what, "3856 section 7.2", got, format!("open {}", aor(KMH)));
    stage.window(
        "presence_information, the paper's PIT, as it stands in the server's SQLite file",
        &[row.lines()],
    );
    Ok(())
}

/// That a registration is there.
pub(super) fn registered(event: &Event, registration: OpId) -> Option<()> {
    matches!(event, Event::Registered { op, .. } if *op == registration).then_some(())
}

/// The methods that the Contact lists.
fn methods(message: &Message) -> String {
    let contact = message.typed::<Contact>().ok().flatten();
    let parameter = contact
        .as_ref()
        .and_then(|contact| contact.address()?.params().value("methods"));
    parameter.map_or("no methods".to_owned(), Cow::into_owned)
}

fn contact_uri(message: &Message) -> String {
    let contact = message.typed::<Contact>().ok().flatten();
    contact
        .and_then(|contact| Some(contact.uri()?.as_str().to_owned()))
        .unwrap_or_default()
}

/// For how long the binding is granted: in the Contact or else in Expires.
fn lasts(message: &Message) -> String {
    let contact = message
        .typed::<Contact>()
        .ok()
        .flatten()
        .and_then(|contact| contact.expires());
    let expires = || message.typed::<Expires>().ok().flatten().map(|expires| expires.0);
    contact
        .or_else(expires)
        .map_or_else(|| value(message, HeaderName::EXPIRES), |seconds| seconds.to_string())
}
