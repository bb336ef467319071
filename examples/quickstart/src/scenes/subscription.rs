use pidf::{Format, MEDIA_TYPE_CPIM_PIDF};
use sip_message::{
    HeaderName, Message,
    headers::{From, To},
};
use sip_ua::{OpId, SubscribeOptions};

use super::{nonce_count, notification, notified, refused};
use crate::{
    cast::{JOHG, KMH, Stop, aor},
    paper::Row::{P2, P3, P4, P5, P6, P9, P14},
    reading::{cseq, value},
    stage::{Flow, Stage},
    tables::Subscription,
};

/// What a SUBSCRIBE without Expires gets, in seconds.
const DEFAULT_EXPIRES: i64 = 3600;

/// How old a row may be when it is read, in seconds: as long as anything may take here.
const AGE: i64 = 10;

pub(super) async fn wrong_event(stage: &mut Stage) -> Result<(), Stop> {
    stage.open(
        "A SUBSCRIBE for another event package",
        &[P2],
        "The server looks at Event before it looks for credentials: a package that it does not know gets 489 at once, \
         without a challenge.",
    );
    let options = SubscribeOptions {
        package: "conference".to_owned(),
        accept: Vec::new(),
        expires: None,
    };
    let op = stage
        .cast
        .johg
        .with(|agent, now| agent.subscribe(now, &aor(KMH), options))
        .await;
    let status = stage.cast.johg.until(|event| refused(event, op)).await?;
    let flow = stage.flow(&["johg > SUBSCRIBE", "johg < 489"]).await?;
    let (request, response) = (flow.message("johg > SUBSCRIBE", 0)?, flow.message("johg < 489", 0)?);
    stage.equal(
        &[P2],
        "Event: conference gets 489 Bad Event",
        "6665 section 4.2.1.1",
        status,
        489,
    );
    let what = "489 before any challenge: no credentials were sent, none asked for";
    let asked = format!(
        "{}{}",
        value(request, HeaderName::AUTHORIZATION),
        value(response, HeaderName::WWW_AUTHENTICATE)
    );
    stage.equal(&[P2], what, "6665 section 4.2.1.1", asked, "");
    let what = "the 489 says which packages there are";
    stage.equal(
        &[P2],
        what,
        "6665 section 4.4.4",
        value(response, HeaderName::ALLOW_EVENTS),
        "presence",
    );
    stage.equal(
        &[P2, P4],
        "no row was made",
        "6665 section 4.2.1.1",
        stage.subscriptions()?.len(),
        0,
    );
    Ok(())
}

pub(super) async fn johg_subscribes(stage: &mut Stage) -> Result<OpId, Stop> {
    stage.open(
        "johg subscribes to kmh's presence",
        &[P3, P4, P5, P6, P9, P14],
        "Event is presence, so the server asks for credentials; then it makes the row in the Presence Subscription \
         Table, answers 200, and sends the first NOTIFY. johg accepts only the form of the 2002 draft.",
    );
    let accept = vec![MEDIA_TYPE_CPIM_PIDF.to_owned()];
    let options = SubscribeOptions {
        accept,
        expires: None,
        ..SubscribeOptions::default()
    };
    let op = stage
        .cast
        .johg
        .with(|agent, now| agent.subscribe(now, &aor(KMH), options))
        .await;
    let status = stage.cast.johg.until(|event| notified(event, op)).await?;
    let flow = stage
        .flow(&[
            "johg > SUBSCRIBE",
            "johg < 401",
            "johg > SUBSCRIBE",
            "johg < 200",
            "johg < NOTIFY",
            "johg > 200",
        ])
        .await?;
    let request = flow.message("johg > SUBSCRIBE", 1)?;
    let retried = [
        flow.message("johg > SUBSCRIBE", 0)?,
        flow.message("johg < 401", 0)?,
        request,
    ];
    stage.challenged(&[P3], retried, stage.cast.johg.password);
    let granted = flow.message("johg < 200", 0)?;
    let what = "no Expires in the SUBSCRIBE, Expires: 3600 in the 200";
    let got = format!(
        "{:?} {:?}",
        value(request, HeaderName::EXPIRES),
        value(granted, HeaderName::EXPIRES)
    );
    stage.equal(
        &[P6],
        what,
        "3856 section 6.4",
        got,
        format!("\"\" \"{DEFAULT_EXPIRES}\""),
    );
    let notify = flow.message("johg < NOTIFY", 0)?;
    stage.equal(
        &[P5],
        "the NOTIFY is in the dialog that SUBSCRIBE and 200 make",
        "6665 section 4.4.1",
        dialog(notify, true),
        dialog(granted, false),
    );
    notification(stage, &[P5, P9], notify, "active", Format::CpimPidf, "open");
    stage.equal(
        &[P9],
        "the draft's spelling: capitals and spaces, as in figure 1",
        "3863 section 4.1.4",
        String::from_utf8_lossy(notify.body()).contains("<basic> OPEN </basic>"),
        true,
    );
    stage.equal(
        &[P14],
        "johg's user agent shows what the NOTIFY says",
        "3856 section 6.8",
        status,
        "open",
    );
    let rows = stage.subscriptions()?;
    let what = "one row in the PST: kmh, johg, johg's contact, an hour left";
    let got = rows.iter().map(|row| {
        let is_fresh = (DEFAULT_EXPIRES - AGE..=DEFAULT_EXPIRES).contains(&row.left);
        format!("{} {} {} {is_fresh}", row.presentity, row.watcher, row.contact)
    });
    let got = got.collect::<Vec<_>>().join(", ");
    let expected = format!("{} {} {} true", aor(KMH), aor(JOHG), stage.cast.johg.contact().as_str());
    stage.equal(&[P4, P6], what, "6665 section 4.2.1.1", got, expected);
    stage.show(&flow, "johg < NOTIFY", 0, "the NOTIFY whole, the paper's figure 6")?;
    let sections: Vec<Vec<String>> = rows.iter().map(Subscription::lines).collect();
    stage.window("presence_subscription, the paper's PST", &sections);
    figure_5(stage, &flow)?;
    Ok(op)
}

pub(super) async fn kmh_subscribes(stage: &mut Stage) -> Result<OpId, Stop> {
    stage.open(
        "A second watcher, without Accept",
        &[P3, P4, P5, P9],
        "kmh watches himself from the other side, and does not say which form he reads: he gets today's default, \
         application/pidf+xml. johg keeps getting the draft's form.",
    );
    let options = SubscribeOptions {
        accept: Vec::new(),
        expires: None,
        ..SubscribeOptions::default()
    };
    let op = stage
        .cast
        .kmh
        .with(|agent, now| agent.subscribe(now, &aor(KMH), options))
        .await;
    stage.cast.kmh.until(|event| notified(event, op)).await?;
    let flow = stage
        .flow(&[
            "kmh > SUBSCRIBE",
            "kmh < 401",
            "kmh > SUBSCRIBE",
            "kmh < 200",
            "kmh < NOTIFY",
            "kmh > 200",
        ])
        .await?;
    let request = flow.message("kmh > SUBSCRIBE", 1)?;
    let retried = [
        flow.message("kmh > SUBSCRIBE", 0)?,
        flow.message("kmh < 401", 0)?,
        request,
    ];
    stage.challenged(&[P3], retried, stage.cast.kmh.password);
    let what = "the SUBSCRIBE has no Accept";
    stage.equal(&[P9], what, "3856 section 6.5", value(request, HeaderName::ACCEPT), "");
    let notify = flow.message("kmh < NOTIFY", 0)?;
    notification(stage, &[P5, P9], notify, "active", Format::Pidf, "open");
    let rows = stage.subscriptions()?;
    let watchers: Vec<&str> = rows.iter().map(|row| row.watcher.as_str()).collect();
    let expected = format!("{}, {}", aor(JOHG), aor(KMH));
    stage.equal(
        &[P4],
        "two rows in the PST now",
        "6665 section 4.2.1.1",
        watchers.join(", "),
        expected,
    );
    Ok(op)
}

pub(super) async fn johg_refreshes(stage: &mut Stage, subscription: OpId) -> Result<(), Stop> {
    stage.open(
        "johg refreshes the subscription",
        &[P3, P4, P5],
        "A SUBSCRIBE in the dialog that is there updates the row, and is followed by a NOTIFY with the state as it is \
         now. The nonce is used again with the next count, so there is no 401.",
    );
    let before = stage.subscriptions()?;
    let refresh = stage
        .cast
        .johg
        .with(|agent, now| agent.refresh(now, subscription))
        .await;
    refresh.map_err(Stop::because("there is nothing to refresh"))?;
    let status = stage.cast.johg.until(|event| notified(event, subscription)).await?;
    let flow = stage
        .flow(&["johg > SUBSCRIBE", "johg < 200", "johg < NOTIFY", "johg > 200"])
        .await?;
    let request = flow.message("johg > SUBSCRIBE", 0)?;
    let notify = flow.message("johg < NOTIFY", 0)?;
    stage.equal(
        &[P4],
        "SUBSCRIBE and NOTIFY are in one dialog: Call-ID and both tags",
        "6665 section 4.1.2.2",
        dialog(request, false),
        dialog(notify, true),
    );
    let what = "the nonce of the 401 with the next count: no new challenge";
    stage.equal(
        &[P3],
        what,
        "2617 section 3.3",
        nonce_count(request, HeaderName::AUTHORIZATION),
        2,
    );
    stage.equal(
        &[P5],
        "the NOTIFY has the state as it is now",
        "6665 section 4.2.1.4",
        status,
        "closed",
    );
    let after = stage.subscriptions()?;
    let what = "johg's row is the same one, and lasts longer";
    let longer = match (before.first(), after.first()) {
        (Some(old), Some(new)) => old.id == new.id && new.expires_at > old.expires_at,
        _ => false,
    };
    stage.equal(
        &[P4],
        what,
        "6665 section 4.2.1.4",
        longer && before.len() == after.len(),
        true,
    );
    let what = "CSeq of the NOTIFYs goes on, and the row has it";
    let got = after.first().map_or(0, |row| row.local_cseq);
    let is_next = after
        .first()
        .zip(before.first())
        .is_some_and(|(new, old)| new.local_cseq == old.local_cseq + 1);
    stage.equal(
        &[P4],
        what,
        "3261 section 12.2.1.1",
        got,
        if is_next { i64::from(cseq(notify)) } else { -1 },
    );
    Ok(())
}

/// The dialog of a message: Call-ID, and the tags of the watcher and of the server.
fn dialog(message: &Message, from_server: bool) -> String {
    let from = message
        .typed::<From>()
        .ok()
        .flatten()
        .and_then(|from| from.tag().map(str::to_owned));
    let to = message
        .typed::<To>()
        .ok()
        .flatten()
        .and_then(|to| to.tag().map(str::to_owned));
    let (watcher, server) = if from_server { (to, from) } else { (from, to) };
    format!(
        "{} {} {}",
        value(message, HeaderName::CALL_ID),
        watcher.unwrap_or_default(),
        server.unwrap_or_default()
    )
}

/// The server's steps with a SUBSCRIBE, as in figure 5, and where they were seen.
fn figure_5(stage: &mut Stage, flow: &Flow) -> Result<(), Stop> {
    let number = |name, nth| flow.number(name, nth).map(|number| format!("F{number}"));
    let steps = [
        (
            "Event is presence?",
            format!(
                "yes: {} is not answered 489 as in scene 2",
                number("johg > SUBSCRIBE", 0)?
            ),
        ),
        (
            "credentials?",
            format!(
                "no: {}; then {}, and they are right",
                number("johg < 401", 0)?,
                number("johg > SUBSCRIBE", 1)?
            ),
        ),
        ("parse, insert into the PST", "the row above".to_owned()),
        ("look up the PIT", "the row of scene 1".to_owned()),
        ("200", number("johg < 200", 0)?),
        ("NOTIFY", number("johg < NOTIFY", 0)?),
        (
            "change, expiry, Expires: 0",
            "NOTIFY again: scenes 5, 11, 12 and 13".to_owned(),
        ),
    ];
    let lines = steps.iter().map(|(step, seen)| format!("{step:<28} {seen}")).collect();
    stage.window("What the server does with a SUBSCRIBE, the paper's figure 5", &[lines]);
    Ok(())
}
