use pidf::{Basic, Contact, Document, Format, Tuple, TupleId};
use sip_message::HeaderName;
use sip_ua::{Event, OpId, PublishOptions};

use super::{notification, notified};
use crate::{
    cast::{KMH, Stop, aor},
    paper::{
        FIGURE_1,
        Row::{P3, P7, P8, P9, P14},
    },
    reading::{cseq, lines, value},
    stage::Stage,
};

pub(super) async fn kmh_publishes(stage: &mut Stage, johgs: OpId, kmhs: OpId) -> Result<(), Stop> {
    stage.open(
        "kmh publishes the document of figure 1, and every watcher is told",
        &[P3, P7, P8, P9, P14],
        "PUBLISH (RFC 3903) brings a whole document into the Presence Information Table. Each watcher gets it in the \
         form that he reads.",
    );
    let figure_1 = Document::parse(FIGURE_1.as_bytes(), &pidf::Limits::default())
        .map_err(Stop::because("figure 1 is no presence document"))?;
    let shown = publish(stage, &figure_1, Format::CpimPidf, [johgs, kmhs]).await?;
    let flow = stage
        .flow(&[
            "kmh > PUBLISH",
            "kmh < 401",
            "kmh > PUBLISH",
            "kmh < 200",
            "johg < NOTIFY",
            "kmh < NOTIFY",
            "johg > 200",
            "kmh > 200",
        ])
        .await?;
    let (first, second) = (flow.message("kmh > PUBLISH", 0)?, flow.message("kmh > PUBLISH", 1)?);
    stage.challenged(
        &[P3],
        [first, flow.message("kmh < 401", 0)?, second],
        stage.cast.kmh.password,
    );
    let etag = value(flow.message("kmh < 200", 0)?, HeaderName::SIP_ETAG);
    let what = "the 200 to a first PUBLISH gives an entity-tag";
    stage.equal(&[P8, P14], what, "3903 section 6", etag.is_empty(), false);
    let to_johg = flow.message("johg < NOTIFY", 0)?;
    notification(stage, &[P7, P9], to_johg, "active", Format::CpimPidf, "open");
    notification(
        stage,
        &[P7, P9],
        flow.message("kmh < NOTIFY", 0)?,
        "active",
        Format::Pidf,
        "open",
    );
    stage.equal(
        &[P7, P14],
        "both user agents show it",
        "3856 section 6.8",
        shown,
        "open open",
    );
    let what = "what johg reads is figure 1: tuple irt-lab-pc, its status, its contact";
    let is_figure_1 = Document::parse(to_johg.body(), &pidf::Limits::default()).is_ok_and(|got| got == figure_1);
    stage.equal(&[P9], what, "3863 section 4.1", is_figure_1, true);
    let before = (cseq(to_johg), cseq(flow.message("kmh < NOTIFY", 0)?));
    let body: Vec<String> = lines(to_johg)
        .into_iter()
        .skip_while(|line| !line.starts_with("<?xml"))
        .collect();
    let number = flow.number("johg < NOTIFY", 0)?;
    stage.window(&format!("The body of F{number}, the paper's figure 1"), &[body]);

    stage.say("kmh closes: the same publication with another status.");
    let shown = publish(stage, &closed()?, Format::Pidf, [johgs, kmhs]).await?;
    let flow = stage
        .flow(&[
            "kmh > PUBLISH",
            "kmh < 200",
            "johg < NOTIFY",
            "kmh < NOTIFY",
            "johg > 200",
            "kmh > 200",
        ])
        .await?;
    let request = flow.message("kmh > PUBLISH", 0)?;
    let what = "the PUBLISH names the publication by its entity-tag, gets a new one";
    let new = value(flow.message("kmh < 200", 0)?, HeaderName::SIP_ETAG);
    let got = (value(request, HeaderName::SIP_IF_MATCH) == etag) && new != etag && !new.is_empty();
    stage.equal(&[P8, P14], what, "3903 section 4.4", got, true);
    let (to_johg, to_kmh) = (flow.message("johg < NOTIFY", 0)?, flow.message("kmh < NOTIFY", 0)?);
    notification(stage, &[P7, P9], to_johg, "active", Format::CpimPidf, "closed");
    notification(stage, &[P7, P9], to_kmh, "active", Format::Pidf, "closed");
    stage.equal(
        &[P7, P14],
        "both user agents show it",
        "3856 section 6.8",
        shown,
        "closed closed",
    );
    let what = "CSeq of each dialog's NOTIFYs goes up by one";
    let got = format!("{} {}", cseq(to_johg), cseq(to_kmh));
    stage.equal(
        &[P7],
        what,
        "3261 section 12.2.1.1",
        got,
        format!("{} {}", before.0 + 1, before.1 + 1),
    );
    let row = stage.information(aor(KMH).as_str())?;
    stage.equal(
        &[P8],
        "kmh's row in the PIT is closed",
        "3903 section 6",
        row.status,
        "closed",
    );
    Ok(())
}

/// Figure 1 with the other status.
fn closed() -> Result<Document, Stop> {
    let build = || {
        let tuple =
            Tuple::new(TupleId::new("irt-lab-pc")?, Basic::Closed).with_contact(Contact::new(aor(KMH).as_str())?);
        Ok::<_, pidf::InvalidValue>(Document::new(format!("pres:{KMH}@{}", crate::cast::DOMAIN))?.with_tuple(tuple))
    };
    build().map_err(Stop::because("no presence document"))
}

/// Publishes, and gives what johg and kmh are shown of it.
async fn publish(
    stage: &mut Stage,
    document: &Document,
    format: Format,
    [johgs, kmhs]: [OpId; 2],
) -> Result<String, Stop> {
    let options = PublishOptions {
        format,
        ..PublishOptions::default()
    };
    let op = stage
        .cast
        .kmh
        .with(|agent, now| agent.publish(now, document, options))
        .await;
    // The 200 and the NOTIFY may come in any order.
    let (mut is_published, mut kmh) = (false, None);
    let both = |event: &Event| {
        is_published |= matches!(event, Event::Published { op: done, .. } if *done == op);
        kmh = notified(event, kmhs).or(kmh.take());
        kmh.clone().filter(|_| is_published)
    };
    let kmh = stage.cast.kmh.until(both).await?;
    let johg = stage.cast.johg.until(|event| notified(event, johgs)).await?;
    Ok(format!("{johg} {kmh}"))
}
