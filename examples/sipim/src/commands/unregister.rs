use sip_message::{
    UriBuf,
    headers::{Contact, TypedHeader},
};
use sip_ua::{Event, RegisterOptions, UserAgent};

use crate::{
    cli::Unregister,
    failure::Failure,
    output::Output,
    session::{Session, Setup},
};

/// Takes back the bindings that are named, or else all that the registrar has.
pub(super) async fn run(setup: &Setup, arguments: Unregister, output: &mut Output) -> Result<(), Failure> {
    let contacts = match arguments.contact.is_empty() {
        true => bindings(setup, output).await?,
        false => arguments.contact,
    };
    if contacts.is_empty() {
        output.no_bindings()?;
    }
    for contact in contacts {
        let mut session = Session::start_as(setup, Some(contact.clone())).await?;
        let op = session.command(UserAgent::unregister).await;
        session.answer(op, output).await?;
        output.unregistered(contact.as_str())?;
        session.end().await;
    }
    Ok(())
}

/// The contacts that the registrar has for the user. It lists them in every answer (RFC 3261 section 10.3 step 8); what
/// is asked for is the end of a binding that never was, our own, so nothing changes.
async fn bindings(setup: &Setup, output: &mut Output) -> Result<Vec<UriBuf>, Failure> {
    let mut session = Session::start(setup).await?;
    let nothing = RegisterOptions {
        expires: 0,
        methods: Vec::new(),
    };
    let op = session.command(|agent, now| agent.register(now, nothing)).await;
    let answer = session.answer(op, output).await?;
    session.end().await;
    Ok(match answer {
        Event::Registered { contacts, .. } => contacts.iter().filter_map(|contact| uri(contact)).collect(),
        _ => Vec::new(),
    })
}

/// The URI of a binding as the registrar writes it.
fn uri(contact: &str) -> Option<UriBuf> {
    let contact = Contact::parse(contact).ok()?;
    contact.uri().map(UriBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bindings_are_read_as_the_registrar_writes_them() {
        let of = |text| uri(text).map(|uri| uri.to_string());
        assert_eq!(
            of(r#""A, B" <sip:alice@192.0.2.1:5070;transport=udp>;expires=3599;methods="MESSAGE""#).as_deref(),
            Some("sip:alice@192.0.2.1:5070;transport=udp")
        );
        assert_eq!(of("*"), None);
    }
}
