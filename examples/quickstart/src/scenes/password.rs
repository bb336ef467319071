use sip_digest::Challenge;
use sip_message::HeaderName;

use super::{refused, registration::options};
use crate::{
    cast::Stop,
    paper::Row::P3,
    reading::{cseq, value},
    stage::Stage,
};

pub(super) async fn wrong(stage: &mut Stage) -> Result<(), Stop> {
    stage.open(
        "A wrong password",
        &[P3],
        "The credentials answer the challenge but are not of johg's password: 401 again, and the user agent gives up \
         instead of asking for ever.",
    );
    let bindings = stage.bindings()?;
    let mut impostor = stage.cast.impostor("impostor", "a guess").await?;
    let op = impostor
        .with(|agent, now| agent.register(now, options(&["MESSAGE"])))
        .await;
    let status = impostor.until(|event| refused(event, op)).await?;
    impostor.leave().await;
    let flow = stage
        .flow(&[
            "impostor > REGISTER",
            "impostor < 401",
            "impostor > REGISTER",
            "impostor < 401",
        ])
        .await?;
    stage.equal(
        &[P3],
        "the user agent gave up with 401",
        "3261 section 22.1",
        status,
        401,
    );
    let second = flow.message("impostor > REGISTER", 1)?;
    let first = flow.message("impostor > REGISTER", 0)?;
    let what = "it tried once, with credentials";
    let got = (cseq(second) - cseq(first)) == 1 && second.header(HeaderName::AUTHORIZATION).is_some();
    stage.equal(&[P3], what, "3261 section 22.2", got, true);
    let what = "the second 401 does not say stale: the nonce is not what is wrong";
    let again = Challenge::parse(&value(flow.message("impostor < 401", 1)?, HeaderName::WWW_AUTHENTICATE));
    stage.equal(
        &[P3],
        what,
        "2617 section 3.2.1",
        again.is_ok_and(|challenge| !challenge.stale()),
        true,
    );
    let what = "nothing was registered";
    stage.equal(&[P3], what, "3261 section 10.3", stage.bindings()?, bindings);
    Ok(())
}
