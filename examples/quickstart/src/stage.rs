//! Where scenes play: they are announced, drawn, and checked.

use std::{fmt::Display, time::Duration};

use sip_message::{HeaderName, Message, StatusCode};
use sip_tokio::Direction;

use crate::{
    capture::Seen,
    cast::{Cast, JOHG, KMH, PATIENCE, Stop},
    checks::Checks,
    ladder::{Arrow, Ladder, Side, frame},
    paper::Row,
    reading, rules,
    screen::{Line, Screen, Style, WIDTH, rule},
    tables::{self, Information, Subscription},
    text::wrap,
};

/// The stage.
pub(crate) struct Stage {
    /// Who plays.
    pub(crate) cast: Cast,
    screen: Screen,
    checks: Checks,
    verbose: bool,
    scene: usize,
    /// The rows that the scene shows.
    rows: Vec<Row>,
    /// The messages of the server that were drawn.
    drawn: usize,
}

/// The messages of a scene. Each goes by a name such as `johg > SUBSCRIBE` or `johg < 401`, as seen from the user
/// agent: `>` to the server, `<` from it.
pub(crate) struct Flow(Vec<Played>);

struct Played {
    name: String,
    /// The number in the ladder.
    number: usize,
    seen: Seen,
}

impl Stage {
    /// An empty stage.
    pub(crate) fn new(cast: Cast, screen: Screen, verbose: bool) -> Self {
        Self {
            cast,
            screen,
            checks: Checks::default(),
            verbose,
            scene: 0,
            rows: Vec::new(),
            drawn: 0,
        }
    }

    /// Begins a scene.
    pub(crate) fn open(&mut self, title: &str, rows: &[Row], text: &str) {
        self.scene += 1;
        self.rows = rows.to_vec();
        let ids = rows.iter().map(|row| row.id()).collect::<Vec<_>>().join(" ");
        heading(&mut self.screen, &format!("{}. {title}", self.scene), &ids);
        self.say(text);
    }

    /// Says something about what follows.
    pub(crate) fn say(&mut self, text: &str) {
        let lines: Vec<_> = wrap(text, WIDTH - 2, 0)
            .into_iter()
            .map(|text| Line::of(Style::Plain, format!("  {text}")))
            .collect();
        self.screen.gap();
        self.screen.print_all(&lines);
    }

    /// Waits until the messages of a script have passed, draws them, and checks what holds for all messages. Each user
    /// agent's messages are to come in the order of the script; what different user agents say may mix.
    pub(crate) async fn flow(&mut self, script: &[&str]) -> Result<Flow, Stop> {
        let expected: Vec<String> = script.iter().map(|&name| name.to_owned()).collect();
        let wanted = expected.len();
        let start = self.drawn;
        let is_of_script = |seen: &Seen| !seen.repeated && !is_provisional(&seen.message);
        let all = self
            .cast
            .tap
            .wait(start, PATIENCE, |seen| {
                seen.iter().filter(|seen| is_of_script(seen)).count() >= wanted
            })
            .await;
        self.drawn += all.len();
        self.draw(&all, &expected);
        let numbered = all.into_iter().filter(|seen| !seen.repeated).zip(1..);
        let flow = Flow(
            numbered
                .filter(|(seen, _)| is_of_script(seen))
                .map(|(seen, number)| Played {
                    name: self.name(&seen),
                    number,
                    seen,
                })
                .collect(),
        );
        let rows = self.rows.clone();
        let got: Vec<String> = flow.0.iter().map(|played| played.name.clone()).collect();
        let (got, expected) = (by_lane(&got), by_lane(&expected));
        let is_complete = got == expected;
        self.equal(
            &rows,
            "these messages, in this order, and no others",
            "3261 section 17",
            got,
            expected,
        );
        if !is_complete {
            return Err(Stop::new(format!("scene {} did not play to its end", self.scene)));
        }
        let seen: Vec<Seen> = flow.0.iter().map(|played| played.seen.clone()).collect();
        let what = "mandatory headers, branches of RFC 3261, Content-Length in bytes";
        self.none(&rows, what, "3261 section 8.1.1", &rules::well_formed(&seen));
        let what = "responses have their request's Via, From, Call-ID and CSeq, and a To tag";
        self.none(&rows, what, "3261 section 8.2.6", &rules::answered(&seen));
        Ok(flow)
    }

    /// Checks that two values are equal.
    pub(crate) fn equal<A, B>(
        &mut self,
        rows: &[Row],
        what: impl Into<String>,
        section: &'static str,
        got: A,
        expected: B,
    ) where
        A: PartialEq<B> + Display,
        B: Display,
    {
        let lines = self.checks.equal(rows, what, section, got, expected);
        self.screen.print_all(&lines);
    }

    /// Checks that there are no faults.
    pub(crate) fn none(&mut self, rows: &[Row], what: impl Into<String>, section: &'static str, faults: &[String]) {
        let lines = self.checks.none(rows, what, section, faults);
        self.screen.print_all(&lines);
    }

    /// Checks that a request was challenged and came again with right credentials.
    pub(crate) fn challenged(&mut self, rows: &[Row], [first, response, second]: [&Message; 3], password: &str) {
        let header = match response.header(HeaderName::WWW_AUTHENTICATE) {
            Some(_) => HeaderName::WWW_AUTHENTICATE,
            None => HeaderName::PROXY_AUTHENTICATE,
        };
        let status = reading::kind(response);
        let what = format!("{status}: Digest in {header}, realm, nonce, MD5, qop=\"auth\"");
        let faults = rules::challenge(response, header, crate::cast::DOMAIN);
        self.none(rows, what, "2617 section 3.2.1", &faults);
        let what = "the retry: same Call-ID and From, CSeq + 1, new branch, right digest";
        self.none(
            rows,
            what,
            "3261 section 22.2",
            &rules::retry(first, response, second, password),
        );
    }

    /// Shows a message whole. It is there already when all are.
    pub(crate) fn show(&mut self, flow: &Flow, name: &str, nth: usize, title: &str) -> Result<(), Stop> {
        let number = flow.number(name, nth)?;
        if self.verbose {
            self.say(&format!("F{number} above is {title}."));
        } else {
            let text = reading::lines(flow.message(name, nth)?);
            self.window(&format!("F{number}: {title}"), &[text]);
        }
        Ok(())
    }

    /// Shows texts in a frame.
    pub(crate) fn window(&mut self, title: &str, sections: &[Vec<String>]) {
        self.screen.gap();
        self.screen.print_all(&frame(title, sections));
    }

    /// The rows of the Presence Subscription Table.
    pub(crate) fn subscriptions(&self) -> Result<Vec<Subscription>, Stop> {
        tables::subscriptions(&self.cast.store()).map_err(Stop::because("the server's store cannot be read"))
    }

    /// A row of the Presence Information Table.
    pub(crate) fn information(&self, presentity: &str) -> Result<Information, Stop> {
        tables::information(&self.cast.store(), presentity).map_err(Stop::because("the server's store cannot be read"))
    }

    /// The number of contacts that are registered.
    pub(crate) fn bindings(&self) -> Result<i64, Stop> {
        tables::bindings(&self.cast.store()).map_err(Stop::because("the server's store cannot be read"))
    }

    /// Ends the play: all leave, and what holds for all of it is checked. Gives what was checked.
    pub(crate) async fn close(self) -> (Checks, Result<(), Stop>) {
        let Self {
            cast,
            mut screen,
            mut checks,
            ..
        } = self;
        let server = cast.server();
        let (tap, agents_tap) = match cast.leave().await {
            Ok(taps) => taps,
            Err(stop) => return (checks, Err(stop)),
        };
        heading(&mut screen, "At the end", Row::P1.id());
        screen.gap();
        let seen = tap.since(0);
        let what = format!(
            "each of {} messages arrived as it was sent, over UDP sockets",
            seen.len()
        );
        let lost = rules::carried(&seen, &agents_tap.since(0));
        screen.print_all(&checks.none(&[Row::P1], what, "3261 section 18", &lost));
        let mut troubles = tap.troubles();
        troubles.extend(agents_tap.troubles());
        let what = "nobody sent what is no SIP message, and no NOTIFY was refused";
        screen.print_all(&checks.none(&[Row::P1], what, "6665 section 4.2.2", &troubles));
        let what = format!("registrar, presence agent and proxy are one server, at {server}");
        let shown = roles(&seen).join(", ");
        screen.print_all(&checks.equal(&[Row::P1], what, "3856 section 3", shown, ROLES.join(", ")));
        (checks, Ok(()))
    }

    fn draw(&mut self, seen_all: &[Seen], script: &[String]) {
        let left = script
            .iter()
            .map(|name| lane(name))
            .find(|lane| *lane != KMH)
            .unwrap_or(JOHG);
        let mut number = 0;
        let mut arrows = Vec::new();
        let mut frames = Vec::new();
        for (at, seen) in seen_all.iter().enumerate() {
            let (title, facts) = if seen.repeated {
                (format!("{} (again)", reading::title(&seen.message)), Vec::new())
            } else {
                number += 1;
                frames.extend(frame(
                    &format!("F{number} {}", self.name(seen)),
                    &[reading::lines(&seen.message)],
                ));
                let told = seen_all.get(..at).unwrap_or_default();
                (format!("F{number} {}", reading::title(&seen.message)), news(seen, told))
            };
            arrows.push(Arrow {
                side: if self.cast.name(seen.remote) == KMH {
                    Side::Right
                } else {
                    Side::Left
                },
                to_server: seen.direction == Direction::Received,
                title,
                style: reading::style(&seen.message),
                facts,
            });
        }
        let parties = [
            self.cast.party(left),
            self.cast.server_party.clone(),
            self.cast.party(KMH),
        ];
        self.screen.gap();
        self.screen.print_all(&Ladder { parties, arrows }.lines());
        if self.verbose {
            self.screen.gap();
            self.screen.print_all(&frames);
        }
        self.screen.gap();
    }

    fn name(&self, seen: &Seen) -> String {
        let way = match seen.direction {
            Direction::Received => '>',
            Direction::Sent => '<',
        };
        format!("{} {way} {}", self.cast.name(seen.remote), reading::kind(&seen.message))
    }
}

impl Flow {
    /// The nth message of a name, from 0.
    pub(crate) fn message(&self, name: &str, nth: usize) -> Result<&Message, Stop> {
        self.find(name, nth).map(|played| &played.seen.message)
    }

    /// Its number in the ladder.
    pub(crate) fn number(&self, name: &str, nth: usize) -> Result<usize, Stop> {
        self.find(name, nth).map(|played| played.number)
    }

    /// The time between two messages.
    pub(crate) fn between(&self, first: (&str, usize), second: (&str, usize)) -> Result<Duration, Stop> {
        let (first, second) = (self.find(first.0, first.1)?, self.find(second.0, second.1)?);
        Ok(second.seen.at.saturating_duration_since(first.seen.at))
    }

    fn find(&self, name: &str, nth: usize) -> Result<&Played, Stop> {
        self.0
            .iter()
            .filter(|played| played.name == name)
            .nth(nth)
            .ok_or_else(|| Stop::new(format!("no message {name} number {}", nth + 1)))
    }
}

/// What the server is, in the order of [`roles`].
const ROLES: [&str; 3] = ["registrar", "presence agent", "proxy"];

/// What the server has shown to be, by what it sent.
fn roles(seen: &[Seen]) -> Vec<&'static str> {
    let sent = |is: &dyn Fn(&Message) -> bool| {
        seen.iter()
            .any(|seen| seen.direction == Direction::Sent && is(&seen.message))
    };
    let ok = |message: &Message, method: &str| {
        reading::kind(message) == "200" && reading::value(message, HeaderName::CSEQ).ends_with(method)
    };
    let shown = [
        sent(&|message| ok(message, "REGISTER")),
        sent(&|message| reading::kind(message) == "NOTIFY"),
        sent(&|message| reading::kind(message) == "MESSAGE" && reading::vias(message) == 2),
    ];
    ROLES
        .into_iter()
        .zip(shown)
        .filter_map(|(role, shown)| shown.then_some(role))
        .collect()
}

fn heading(screen: &mut Screen, title: &str, right: &str) {
    screen.gap();
    let line = Line::of(Style::Bold, title)
        .fill(WIDTH - right.len())
        .with(Style::Bold, right);
    screen.print_all(&[Line::new(), line, rule()]);
}

/// What is to be said of a message: of a request that comes again with credentials, what is new.
fn news(seen: &Seen, before: &[Seen]) -> Vec<String> {
    let of = |message: &Message| (reading::kind(message), reading::value(message, HeaderName::CALL_ID));
    let first = before.iter().find(|first| {
        first.remote == seen.remote
            && first.direction == Direction::Received
            && seen.direction == Direction::Received
            && of(&first.message) == of(&seen.message)
    });
    let mut facts = reading::facts(&seen.message);
    if let Some(first) = first.filter(|_| seen.message.is_request()) {
        let told = reading::facts(&first.message);
        facts.retain(|fact| !told.contains(fact));
    }
    facts
}

fn is_provisional(message: &Message) -> bool {
    message.status().is_some_and(StatusCode::is_provisional)
}

/// Whose message it is.
fn lane(name: &str) -> &str {
    name.split(' ').next().unwrap_or_default()
}

/// The messages of each user agent together, in their order.
fn by_lane(names: &[String]) -> String {
    let mut sorted = names.to_vec();
    sorted.sort_by(|a, b| lane(a).cmp(lane(b)));
    sorted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_order_within_a_lane_matters() {
        let names = |names: &[&str]| by_lane(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        let one = names(&["johg < NOTIFY", "kmh < NOTIFY", "johg > 200", "kmh > 200"]);
        assert_eq!(
            one,
            names(&["kmh < NOTIFY", "johg < NOTIFY", "kmh > 200", "johg > 200"])
        );
        assert_ne!(
            one,
            names(&["johg > 200", "kmh < NOTIFY", "johg < NOTIFY", "kmh > 200"])
        );
        assert_ne!(one, names(&["johg < NOTIFY", "kmh < NOTIFY", "johg > 200"]));
    }
}
