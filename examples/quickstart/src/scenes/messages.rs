use std::time::SystemTime;

use cpim::{Address, DateTime, Subject, Text, Uri};
use sip_message::{
    HeaderName, Message,
    headers::{MaxForwards, Via},
};
use sip_ua::{Content, Event, OpId};

use super::nonce_count;
use crate::{
    cast::{DOMAIN, JOHG, KMH, Stop, aor},
    paper::{
        FIGURE_2_LENGTH, FIGURE_2_TEXT,
        Row::{P1, P3, P11, P12},
    },
    reading::{value, vias},
    stage::{Flow, Stage},
};

/// What johg writes in Message/CPIM.
const TEXT: &str = "두 시에 연구실에서 만나요.";
const SUBJECT: &str = "회의";
const NAME: &str = "Hyun Gyu Jo";

pub(super) async fn plain_text(stage: &mut Stage) -> Result<(), Stop> {
    stage.open(
        "johg writes to kmh, in text/plain",
        &[P1, P3, P11, P12],
        "The proxy asks for credentials with 407, puts its Via on top and forwards to kmh's contact; the 200 of kmh's \
         user agent goes back the same way. This ladder is the paper's figure 3.",
    );
    let op = send(stage, Content::Text(FIGURE_2_TEXT.to_owned())).await;
    let (content, _) = stage.cast.kmh.until(received).await?;
    let status = stage.cast.johg.until(|event| sent(event, op)).await?;
    let flow = stage
        .flow(&[
            "johg > MESSAGE",
            "johg < 407",
            "johg > MESSAGE",
            "kmh < MESSAGE",
            "kmh > 200",
            "johg < 200",
        ])
        .await?;
    let request = flow.message("johg > MESSAGE", 1)?;
    let retried = [
        flow.message("johg > MESSAGE", 0)?,
        flow.message("johg < 407", 0)?,
        request,
    ];
    stage.challenged(&[P3, P11], retried, stage.cast.johg.password);
    forwarded(stage, &flow, 1)?;
    stage.equal(
        &[P11],
        "johg's user agent hears of the 200",
        "3428 section 4",
        status,
        200,
    );
    let what = "kmh's user agent shows the text";
    let text = match content {
        Content::Text(text) => text,
        other => format!("{other:?}"),
    };
    stage.equal(&[P12], what, "3428 section 7", text, FIGURE_2_TEXT);
    let what = format!(
        "Content-Length is {} bytes for {FIGURE_2_LENGTH} letters (the paper printed {FIGURE_2_LENGTH})",
        FIGURE_2_TEXT.len()
    );
    let got = value(request, HeaderName::CONTENT_LENGTH);
    stage.equal(&[P12], what, "3261 section 20.14", got, FIGURE_2_TEXT.len().to_string());
    let what = "text/plain in UTF-8";
    let got = value(request, HeaderName::CONTENT_TYPE).to_ascii_lowercase();
    stage.equal(
        &[P12],
        what,
        "3428 section 4",
        got.replace(' ', ""),
        "text/plain;charset=utf-8",
    );
    stage.show(&flow, "johg > MESSAGE", 1, "the MESSAGE whole, the paper's figure 2")
}

pub(super) async fn cpim(stage: &mut Stage) -> Result<(), Stop> {
    stage.open(
        "johg writes to kmh, in Message/CPIM",
        &[P3, P11, P12],
        "The envelope says who writes to whom, when and about what, from end to end; the proxy does not touch it. The \
         nonce of the 407 is used again with the next count, so the proxy need not ask.",
    );
    let message = envelope().map_err(Stop::because("no Message/CPIM"))?;
    let op = send(stage, Content::Cpim(message.clone())).await;
    let (content, from) = stage.cast.kmh.until(received).await?;
    let status = stage.cast.johg.until(|event| sent(event, op)).await?;
    let flow = stage
        .flow(&["johg > MESSAGE", "kmh < MESSAGE", "kmh > 200", "johg < 200"])
        .await?;
    forwarded(stage, &flow, 0)?;
    stage.equal(
        &[P11],
        "johg's user agent hears of the 200",
        "3428 section 4",
        status,
        200,
    );
    let request = flow.message("johg > MESSAGE", 0)?;
    let what = "the nonce of the 407 with the next count: no new challenge";
    stage.equal(
        &[P3, P11],
        what,
        "2617 section 3.3",
        nonce_count(request, HeaderName::PROXY_AUTHORIZATION),
        2,
    );
    let got = value(request, HeaderName::CONTENT_TYPE).to_ascii_lowercase();
    stage.equal(
        &[P12],
        "Content-Type is message/cpim",
        "3862 section 7.1",
        got,
        "message/cpim",
    );
    let got = match &content {
        Content::Cpim(got) => got.clone(),
        other => return Err(Stop::new(format!("kmh got {other:?}"))),
    };
    let what = "the envelope that kmh opens is the one that johg sent, byte for byte";
    stage.equal(
        &[P12],
        what,
        "3862 section 1.3",
        got.as_bytes() == message.as_bytes(),
        true,
    );
    let headers = [
        ("From", shown(got.from(), |from| from.to_string())),
        ("To", shown(got.to().next().transpose(), |to| to.to_string())),
        ("DateTime", shown(got.date_time(), |time| time.to_string())),
        (
            "Subject",
            shown(got.subject().next().transpose(), |subject| subject.text().to_owned()),
        ),
    ];
    let what = "its From, To, DateTime and Subject are read, and its text";
    let read = headers
        .iter()
        .map(|(_, value)| value.as_str())
        .chain(got.text())
        .collect::<Vec<_>>()
        .join(" | ");
    let expected = format!(
        "{NAME} <im:{JOHG}@{DOMAIN}> | <im:{KMH}@{DOMAIN}> | {} | {SUBJECT} | {TEXT}",
        shown(message.date_time(), |time| time.to_string())
    );
    stage.equal(&[P12], what, "3862 section 4", read.replace('"', ""), expected);
    stage.show(&flow, "kmh < MESSAGE", 0, "the MESSAGE whole, as kmh gets it")?;
    let headers = headers
        .iter()
        .map(|(name, value)| format!("{name:<9} {value}"))
        .collect();
    let text = got.text().unwrap_or_default().to_owned();
    let title = format!("Instant message from {from}, the window of the paper's figure 7");
    stage.window(&title, &[headers, vec![text]]);
    Ok(())
}

/// Checks that the proxy forwarded as a proxy does.
fn forwarded(stage: &mut Stage, flow: &Flow, nth: usize) -> Result<(), Stop> {
    let (request, copy) = (flow.message("johg > MESSAGE", nth)?, flow.message("kmh < MESSAGE", 0)?);
    let (answer, back) = (flow.message("kmh > 200", 0)?, flow.message("johg < 200", 0)?);
    let server = stage.cast.server();
    let what = "the proxy's Via is on top of johg's in what kmh gets";
    let top = match copy.typed::<Via>() {
        Ok(Some(via)) => format!("{}:{}", via.host(), via.port().unwrap_or_default()),
        _ => String::new(),
    };
    let got = format!("{} on top of {}", top, vias(copy).saturating_sub(1));
    stage.equal(
        &[P1, P11],
        what,
        "3261 section 16.6",
        got,
        format!("{server} on top of {}", vias(request)),
    );
    let what = "the Request-URI is kmh's contact, Max-Forwards is one lower";
    let uri = copy
        .request_uri()
        .map(|uri| uri.as_str().to_owned())
        .unwrap_or_default();
    let got = format!("{uri} {}", hops(copy));
    let expected = format!(
        "{} {}",
        stage.cast.kmh.contact().as_str(),
        hops(request).saturating_sub(1)
    );
    stage.equal(&[P11], what, "3261 section 16.6", got, expected);
    let what = "the credentials were for the proxy, and went no further";
    let got = value(copy, HeaderName::PROXY_AUTHORIZATION);
    stage.equal(&[P11], what, "3261 section 22.3", got, "");
    let what = "the body is untouched";
    stage.equal(
        &[P11, P12],
        what,
        "3261 section 16.6",
        copy.body() == request.body(),
        true,
    );
    let what = "johg gets kmh's 200, the proxy's Via taken off";
    let in_order = flow.number("kmh > 200", 0)? < flow.number("johg < 200", 0)?;
    let got = format!("{in_order} {} {}", vias(answer), vias(back));
    stage.equal(&[P11], what, "3261 section 16.7", got, "true 2 1");
    Ok(())
}

/// Sends to kmh from johg.
pub(super) async fn send(stage: &Stage, content: Content) -> OpId {
    let to = aor(KMH).to_uri();
    stage
        .cast
        .johg
        .with(|agent, now| agent.send_message(now, &to, content))
        .await
}

fn envelope() -> Result<cpim::Message, cpim::InvalidValue> {
    let address = |user: &str| Uri::new(format!("im:{user}@{DOMAIN}"));
    let mut builder = cpim::Message::builder()
        .from(Address::named(NAME, address(JOHG)?))
        .to(address(KMH)?)
        .subject(Subject::new(Text::new(SUBJECT)?));
    if let Ok(now) = DateTime::try_from(SystemTime::now()) {
        builder = builder.date_time(now.whole_seconds());
    }
    Ok(builder.text(TEXT).build())
}

/// A header for people: its value, or what is wrong with it.
fn shown<T>(header: Result<Option<T>, cpim::HeaderError>, show: impl FnOnce(T) -> String) -> String {
    match header {
        Ok(Some(value)) => show(value),
        Ok(None) => "none".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn hops(message: &Message) -> u8 {
    message.typed::<MaxForwards>().ok().flatten().map_or(0, |hops| hops.0)
}

/// The content of a message that came, and whose it is.
fn received(event: &Event) -> Option<(Content, String)> {
    match event {
        Event::MessageReceived { content, from_aor, .. } => {
            let from = from_aor.as_ref().map_or_else(String::new, ToString::to_string);
            Some((content.clone(), from))
        }
        _ => None,
    }
}

fn sent(event: &Event, message: OpId) -> Option<u16> {
    match event {
        Event::MessageSent { op, status } if *op == message => Some(status.as_u16()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_says_who_and_when() {
        let message = envelope().unwrap();
        assert_eq!(
            message.from().unwrap().unwrap().uri().as_str(),
            "im:johg@sip2.kumoh.ac.kr"
        );
        assert!(message.date_time().unwrap().is_some());
        assert_eq!(lines_of(&message).last().map(String::as_str), Some(TEXT));
    }

    fn lines_of(message: &cpim::Message) -> Vec<String> {
        String::from_utf8_lossy(message.as_bytes())
            .lines()
            .map(str::to_owned)
            .collect()
    }
}
