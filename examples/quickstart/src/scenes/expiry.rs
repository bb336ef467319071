use std::time::Duration;

use pidf::Format;
use sip_ua::SubscribeOptions;

use super::{ended, notification, notified};
use crate::{
    cast::{KMH, MIN_EXPIRES, Stop, aor},
    paper::Row::{P4, P5, P6},
    stage::Stage,
};

/// How late the last NOTIFY may be. It is in time within milliseconds, but on a machine that is busy with other work.
const LATE: Duration = Duration::from_secs(2);

/// How early it may seem: the time when a datagram is noted and the time that the server reckons with are not one.
const EARLY: Duration = Duration::from_millis(10);

pub(super) async fn by_the_clock(stage: &mut Stage) -> Result<(), Stop> {
    stage.open(
        "A subscription runs out by the clock",
        &[P4, P5, P6],
        "johg's laptop subscribes for one second and falls asleep: it never refreshes. After the second the server \
         says that the subscription has ended, and the row goes.",
    );
    let before = stage.subscriptions()?.len();
    let mut laptop = stage.cast.still_watcher("laptop").await?;
    let options = SubscribeOptions {
        expires: Some(MIN_EXPIRES),
        ..SubscribeOptions::default()
    };
    let op = laptop.command(|agent, now| agent.subscribe(now, &aor(KMH), options));
    laptop.until(|event| notified(event, op)).await?;
    let during = stage.subscriptions()?;
    let reason = laptop.until(|event| ended(event, op)).await?;
    let flow = stage
        .flow(&[
            "laptop > SUBSCRIBE",
            "laptop < 401",
            "laptop > SUBSCRIBE",
            "laptop < 200",
            "laptop < NOTIFY",
            "laptop > 200",
            "laptop < NOTIFY",
            "laptop > 200",
        ])
        .await?;
    notification(
        stage,
        &[P5],
        flow.message("laptop < NOTIFY", 0)?,
        "active",
        Format::Pidf,
        "closed",
    );
    let last = flow.message("laptop < NOTIFY", 1)?;
    notification(stage, &[P6], last, "terminated;reason=timeout", Format::Pidf, "closed");
    let what = "its row was in the PST, with a second left at most";
    let left = during.last().map_or(i64::MAX, |row| row.left);
    let got = during.len() == before + 1 && (0..=i64::from(MIN_EXPIRES)).contains(&left);
    stage.equal(&[P4, P6], what, "6665 section 4.2.1.1", got, true);
    let lasted = flow.between(("laptop > SUBSCRIBE", 1), ("laptop < NOTIFY", 1))?;
    let granted = Duration::from_secs(u64::from(MIN_EXPIRES));
    let what = format!(
        "the last NOTIFY came {:.2} s after the SUBSCRIBE for 1 s",
        lasted.as_secs_f64()
    );
    let in_time = (granted.saturating_sub(EARLY)..granted + LATE).contains(&lasted);
    stage.equal(&[P6], what, "6665 section 4.2.2", in_time, true);
    stage.equal(
        &[P6],
        "the row is gone",
        "6665 section 4.2.2",
        stage.subscriptions()?.len(),
        before,
    );
    let what = format!("the laptop knows why: {reason}");
    stage.equal(&[P6], what, "6665 section 4.1.3", reason.contains("timeout"), true);
    Ok(())
}
