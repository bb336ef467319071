use pidf::Format;
use sip_message::{HeaderName, Message};
use sip_ua::{Event, OpId, UserAgent};

use super::{ended, notification, notified};
use crate::{
    cast::{KMH, Stop, aor},
    paper::Row::{P1, P6, P7, P8, P14},
    reading::value,
    stage::Stage,
};

pub(super) async fn kmh_leaves(stage: &mut Stage, own: OpId, johgs: OpId) -> Result<(), Stop> {
    stage.open(
        "kmh leaves, step by step",
        &[P1, P6, P7, P8],
        "kmh stops watching himself, takes the publication back, and unregisters. Without the publication, the \
         registration says open; without the registration, nobody is there. johg is told each time.",
    );
    let unsubscribed = stage.cast.kmh.with(|agent, now| agent.unsubscribe(now, own)).await;
    unsubscribed.map_err(Stop::because("there is nothing to unsubscribe from"))?;
    stage.cast.kmh.until(|event| ended(event, own)).await?;
    let op = stage.cast.kmh.with(UserAgent::unpublish).await;
    let unpublished = |event: &_| matches!(event, Event::Unpublished { op: done } if *done == op).then_some(());
    stage.cast.kmh.until(unpublished).await?;
    let without_publication = stage.cast.johg.until(|event| notified(event, johgs)).await?;
    let op = stage.cast.kmh.with(UserAgent::unregister).await;
    let unregistered = |event: &_| matches!(event, Event::Unregistered { op: done } if *done == op).then_some(());
    stage.cast.kmh.until(unregistered).await?;
    let without_registration = stage.cast.johg.until(|event| notified(event, johgs)).await?;
    let flow = stage
        .flow(&[
            "kmh > SUBSCRIBE",
            "kmh < 200",
            "kmh < NOTIFY",
            "kmh > 200",
            "kmh > PUBLISH",
            "kmh < 200",
            "johg < NOTIFY",
            "johg > 200",
            "kmh > REGISTER",
            "kmh < 200",
            "johg < NOTIFY",
            "johg > 200",
        ])
        .await?;
    let last = flow.message("kmh < NOTIFY", 0)?;
    notification(stage, &[P6], last, "terminated;reason=timeout", Format::Pidf, "closed");
    let what = "SUBSCRIBE, PUBLISH and REGISTER each take back with Expires: 0";
    let mut asked = Vec::new();
    for name in ["kmh > SUBSCRIBE", "kmh > PUBLISH", "kmh > REGISTER"] {
        asked.push(expires(flow.message(name, 0)?));
    }
    stage.equal(&[P1, P6, P8], what, "3261 section 20.19", asked.join(" "), "0 0 0");
    notification(
        stage,
        &[P7],
        flow.message("johg < NOTIFY", 0)?,
        "active",
        Format::CpimPidf,
        "open",
    );
    notification(
        stage,
        &[P7, P8],
        flow.message("johg < NOTIFY", 1)?,
        "active",
        Format::CpimPidf,
        "closed",
    );
    let what = "johg's user agent shows open, then closed";
    let shown = format!("{without_publication} {without_registration}");
    stage.equal(&[P7, P14], what, "3856 section 6.8", shown, "open closed");
    let row = stage.information(aor(KMH).as_str())?;
    stage.equal(
        &[P8],
        "kmh's row in the PIT is closed",
        "3856 section 7.2",
        row.status,
        "closed",
    );
    stage.equal(
        &[P1],
        "one binding is left, johg's",
        "3261 section 10.2.2",
        stage.bindings()?,
        1,
    );
    Ok(())
}

pub(super) async fn johg_leaves(stage: &mut Stage, subscription: OpId) -> Result<(), Stop> {
    stage.open(
        "johg leaves: Expires: 0",
        &[P1, P6, P14],
        "A SUBSCRIBE with Expires: 0 ends the subscription: 200, a last NOTIFY that says so, and the row goes.",
    );
    let unsubscribed = stage
        .cast
        .johg
        .with(|agent, now| agent.unsubscribe(now, subscription))
        .await;
    unsubscribed.map_err(Stop::because("there is nothing to unsubscribe from"))?;
    let reason = stage.cast.johg.until(|event| ended(event, subscription)).await?;
    let op = stage.cast.johg.with(UserAgent::unregister).await;
    let unregistered = |event: &_| matches!(event, Event::Unregistered { op: done } if *done == op).then_some(());
    stage.cast.johg.until(unregistered).await?;
    let flow = stage
        .flow(&[
            "johg > SUBSCRIBE",
            "johg < 200",
            "johg < NOTIFY",
            "johg > 200",
            "johg > REGISTER",
            "johg < 200",
        ])
        .await?;
    let what = "Expires: 0 in the SUBSCRIBE and in its 200";
    let got = format!(
        "{} {}",
        expires(flow.message("johg > SUBSCRIBE", 0)?),
        expires(flow.message("johg < 200", 0)?)
    );
    stage.equal(&[P6], what, "6665 section 4.1.2.3", got, "0 0");
    let last = flow.message("johg < NOTIFY", 0)?;
    notification(
        stage,
        &[P6],
        last,
        "terminated;reason=timeout",
        Format::CpimPidf,
        "closed",
    );
    let what = format!("johg's user agent knows that it has ended: {reason}");
    stage.equal(&[P6, P14], what, "6665 section 4.1.2.3", reason.is_empty(), false);
    stage.equal(
        &[P6],
        "no row is left in the PST",
        "6665 section 4.2.1.4",
        stage.subscriptions()?.len(),
        0,
    );
    stage.equal(&[P1], "no binding is left", "3261 section 10.2.2", stage.bindings()?, 0);
    Ok(())
}

/// What is asked or granted: in Expires or, in a REGISTER, in the Contact.
fn expires(message: &Message) -> String {
    let header = value(message, HeaderName::EXPIRES);
    if !header.is_empty() {
        return header;
    }
    let contact = value(message, HeaderName::CONTACT);
    contact.split("expires=").nth(1).unwrap_or("none").to_owned()
}
