//! The scenes in their order, and what they share.

mod contacts;
mod expiry;
mod leaving;
mod messages;
mod password;
mod publication;
mod registration;
mod subscription;

use pidf::{Document, Format};
use sip_digest::Credentials;
use sip_message::{HeaderName, Message, StatusCode, headers::SubscriptionState};
use sip_ua::{Event, OpId};

use crate::{
    cast::{KMH, Stop, aor},
    paper::Row,
    reading::value,
    stage::Stage,
};

/// Plays all of them.
pub(crate) async fn play(stage: &mut Stage) -> Result<(), Stop> {
    stage.say(
        "The paper: \"Integrated Implementation of SIP based Presence Service and Instant Messaging Service\" (Jo, \
         Lee, Jang; Kumoh National Institute of Technology). Its server and its two users, kmh and johg, play it here \
         over UDP on this machine. P1 to P14 are the parts of the paper's system; F1, F2 ... are the messages in the \
         order in which the server saw them.",
    );
    registration::both_register(stage).await?;
    subscription::wrong_event(stage).await?;
    let johgs = subscription::johg_subscribes(stage).await?;
    let kmhs = subscription::kmh_subscribes(stage).await?;
    publication::kmh_publishes(stage, johgs, kmhs).await?;
    subscription::johg_refreshes(stage, johgs).await?;
    messages::plain_text(stage).await?;
    messages::cpim(stage).await?;
    contacts::other_methods(stage).await?;
    password::wrong(stage).await?;
    expiry::by_the_clock(stage).await?;
    leaving::kmh_leaves(stage, kmhs, johgs).await?;
    leaving::johg_leaves(stage, johgs).await
}

/// Checks a NOTIFY about kmh: the package, the subscription's state, and a document of this format and status.
fn notification(stage: &mut Stage, rows: &[Row], notify: &Message, state: &str, format: Format, basic: &str) {
    let header = notify.typed::<SubscriptionState>().ok().flatten();
    let got = header.map(|header| match header.reason() {
        Some(reason) => format!("{};reason={reason}", header.state().as_str()),
        None => header.state().as_str().to_owned(),
    });
    let what = format!("NOTIFY: Event: presence, Subscription-State: {state}");
    let got = format!("{} {}", value(notify, HeaderName::EVENT), got.unwrap_or_default());
    stage.equal(rows, what, "6665 section 4.2.2", got, format!("presence {state}"));
    let what = format!("its body: {}, in its namespace, pres:kmh {basic}", format.media_type());
    let got = match Document::parse(notify.body(), &pidf::Limits::default()) {
        Ok(document) => described(&value(notify, HeaderName::CONTENT_TYPE), &document),
        Err(error) => error.to_string(),
    };
    let address = aor(KMH).as_str().replace("sip:", "pres:");
    let expected = format!("{} {} {address} {basic}", format.media_type(), format.namespace());
    stage.equal(rows, what, "3863 section 4", got, expected);
}

fn described(content_type: &str, document: &Document) -> String {
    let status = document.tuples().first().and_then(|tuple| tuple.status().basic());
    let status = status.map_or("no status".to_owned(), |basic| basic.to_string());
    format!(
        "{content_type} {} {} {status}",
        document.format().namespace(),
        document.entity().unwrap_or("nobody")
    )
}

/// The status in a NOTIFY of a subscription.
fn notified(event: &Event, subscription: OpId) -> Option<String> {
    match event {
        Event::Notified {
            op,
            document: Some(Ok(document)),
            ..
        } if *op == subscription => document
            .tuples()
            .first()?
            .status()
            .basic()
            .map(|basic| basic.to_string()),
        _ => None,
    }
}

/// Why a subscription ended.
fn ended(event: &Event, subscription: OpId) -> Option<String> {
    match event {
        Event::SubscriptionEnded { op, reason, .. } if *op == subscription => Some(reason.clone()),
        _ => None,
    }
}

/// The status of the response that ended an operation.
fn refused(event: &Event, operation: OpId) -> Option<u16> {
    match event {
        Event::Failed { op, failure } if *op == operation => Some(failure.status().map_or(0, StatusCode::as_u16)),
        _ => None,
    }
}

/// How often the nonce of the credentials was used, this time included; 0 without credentials.
fn nonce_count(request: &Message, header: HeaderName) -> u32 {
    let value = value(request, header);
    let credentials = Credentials::parse(&value);
    credentials
        .ok()
        .and_then(|credentials| Some(credentials.nc()?.value()))
        .unwrap_or(0)
}
