use sip_ua::Content;

use super::{
    messages::send,
    refused,
    registration::{options, registered},
};
use crate::{
    cast::Stop,
    paper::{FIGURE_2_TEXT, Row::P10},
    reading::value,
    stage::Stage,
};

pub(super) async fn other_methods(stage: &mut Stage) -> Result<(), Stop> {
    stage.open(
        "A contact that takes other methods gets no instant messages",
        &[P10],
        "kmh registers again with methods=\"INVITE\". There is nobody to forward to, so johg gets 480. Then kmh takes \
         messages again.",
    );
    let op = stage
        .cast
        .kmh
        .with(|agent, now| agent.register(now, options(&["INVITE"])))
        .await;
    stage.cast.kmh.until(|event| registered(event, op)).await?;
    let op = send(stage, Content::Text(FIGURE_2_TEXT.to_owned())).await;
    let status = stage.cast.johg.until(|event| refused(event, op)).await?;
    let op = stage
        .cast
        .kmh
        .with(|agent, now| agent.register(now, options(&["MESSAGE"])))
        .await;
    stage.cast.kmh.until(|event| registered(event, op)).await?;
    let flow = stage
        .flow(&[
            "kmh > REGISTER",
            "kmh < 200",
            "johg > MESSAGE",
            "johg < 480",
            "kmh > REGISTER",
            "kmh < 200",
        ])
        .await?;
    stage.equal(
        &[P10],
        "johg gets 480 Temporarily Unavailable",
        "3261 section 16.5",
        status,
        480,
    );
    let number = |name, nth| flow.number(name, nth);
    let in_order = number("kmh < 200", 0)? < number("johg > MESSAGE", 0)?
        && number("johg < 480", 0)? < number("kmh > REGISTER", 1)?;
    let what = "kmh was registered all the while, and no MESSAGE went there";
    stage.equal(&[P10], what, "3840 section 9", in_order, true);
    let again = flow.message("kmh < 200", 1)?;
    let contacts = value(again, sip_message::HeaderName::CONTACT);
    let what = "a REGISTER replaces what the contact said before";
    stage.equal(
        &[P10],
        what,
        "3261 section 10.3",
        contacts.contains("methods=\"MESSAGE\""),
        true,
    );
    Ok(())
}
