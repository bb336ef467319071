use std::{collections::BTreeSet, time::Duration};

use cpim::{imdn::NotifyRequest, is_composing::State};
use sip_message::{Aor, UriBuf};
use sip_ua::{Content, Event, OpId, UserAgent};
use tokio::time::Instant;

use crate::{
    address::{short, target},
    chat::{Edit, Editor, Mark, Screen, Transcript, keyboard},
    cli::{Chat, Common, Receipts},
    failure::Failure,
    output::Output,
    session::{Happening, Session, Setup},
    signals::{Notice, Notices, stop},
};

/// All that a recipient can tell of a message.
const WANTED: [NotifyRequest; 3] = [
    NotifyRequest::PositiveDelivery,
    NotifyRequest::NegativeDelivery,
    NotifyRequest::Display,
];

/// Messages whose answers have not come: more are not taken from the input until some have.
const UNDER_WAY: usize = 16;

/// To whom the messages go.
pub(super) fn recipient(arguments: &Chat, common: &Common) -> Result<UriBuf, Failure> {
    target(&arguments.to, common.domain(&common.user()?))
}

/// Registers, sends what is typed line by line, and shows what comes, until Ctrl-C or the end of the input.
pub(super) async fn run(setup: &Setup, arguments: &Chat, to: &UriBuf, output: &mut Output) -> Result<(), Failure> {
    let mut session = Session::start(setup).await?;
    // A trace would be written across a screen.
    let has_screen = output.has_terminal() && !setup.trace.is_shown();
    // Somebody is there to look.
    let receipts = if has_screen { Receipts::Display } else { Receipts::None };
    let registration = super::register(&mut session, &arguments.registration, receipts, output).await?;
    let mut talk = Talk::new(to, registration, arguments.linger);
    let ended = talk.go_on(&mut session, has_screen, output).await;
    // What is told from here on is for the terminal as it was.
    drop(talk);
    match ended {
        // As good as Ctrl-C.
        Err(failure) if failure.is_closed_output() => {}
        ended => ended?,
    }
    super::leave(session, &arguments.registration, output).await
}

/// One conversation.
#[derive(Debug)]
struct Talk<'a> {
    to: &'a UriBuf,
    peer: Option<Aor>,
    registration: OpId,
    linger: Duration,
    editor: Editor,
    transcript: Transcript,
    /// None: lines, one after the other.
    screen: Option<Screen>,
    /// Messages whose answers have not come.
    under_way: BTreeSet<OpId>,
    /// Set when nothing more is typed.
    ends_at: Option<Instant>,
}

impl<'a> Talk<'a> {
    fn new(to: &'a UriBuf, registration: OpId, linger: Duration) -> Self {
        let peer = Aor::from_uri(&to.as_uri());
        Self {
            transcript: Transcript::new(peer.as_ref().map_or(to.as_str(), short)),
            screen: None,
            to,
            peer,
            registration,
            linger,
            editor: Editor::default(),
            under_way: BTreeSet::new(),
            ends_at: None,
        }
    }

    async fn go_on(&mut self, session: &mut Session<'_>, has_screen: bool, output: &mut Output) -> Result<(), Failure> {
        let mut resized = Notices::of(Notice::Resized)?;
        let mut resumed = Notices::of(Notice::Resumed)?;
        let mut suspended = Notices::of(Notice::Suspended)?;
        // From here on nothing stops the process that does not give the terminal back first.
        self.screen = has_screen.then(Screen::open).flatten();
        let mut keys = keyboard();
        while !self.is_over() {
            self.draw(output)?;
            let is_typing = self.ends_at.is_none();
            tokio::select! {
                happening = session.next(self.deadline()) => match happening? {
                    Happening::Deadline => {}
                    Happening::Interrupted => break,
                    Happening::Event(event) => self.handle(session, &event, output).await?,
                },
                // What is typed into a pipe waits there.
                typed = keys.recv(), if is_typing && self.under_way.len() < UNDER_WAY => self.typed(session, typed).await,
                () = resized.next() => {}
                () = resumed.next() => self.enter(),
                () = suspended.next() => {
                    if let Some(screen) = &self.screen {
                        screen.leave();
                    }
                    stop(&mut resumed).await;
                    self.enter();
                }
            }
        }
        // Who leaves with half a line types no more.
        let to = self.to;
        session.command(|agent, now| agent.idle(now, to)).await;
        Ok(())
    }

    /// Whether the input has ended, and all that was to be waited for has come.
    fn is_over(&self) -> bool {
        let is_past = self.ends_at.is_some_and(|at| at <= Instant::now());
        is_past && self.under_way.is_empty()
    }

    /// A message that is under way comes to its end by itself.
    fn deadline(&self) -> Option<Instant> {
        self.ends_at.filter(|at| *at > Instant::now())
    }

    /// Takes what was typed; nothing, at the end of the input.
    async fn typed(&mut self, session: &Session<'_>, bytes: Option<Vec<u8>>) {
        let to = self.to;
        let edits = match bytes {
            Some(bytes) => self.editor.feed(&bytes),
            None => self
                .editor
                .finish()
                .map(Edit::Line)
                .into_iter()
                .chain([Edit::End])
                .collect(),
        };
        for edit in edits {
            match edit {
                Edit::Changed => {}
                Edit::End => {
                    self.ends_at.get_or_insert_with(|| Instant::now() + self.linger);
                }
                Edit::Line(line) if line.is_empty() => {}
                Edit::Line(line) => {
                    let message = cpim::Message::builder().text(line.as_str());
                    let op = session
                        .command(|agent, now| agent.send_asking(now, to, message, &WANTED))
                        .await;
                    self.under_way.insert(op);
                    self.transcript.said(op, &line);
                }
            }
        }
        // What stands there now is what the other side is to know of.
        let tell = match self.editor.text() {
            "" => UserAgent::idle,
            _ => UserAgent::composing,
        };
        session.command(|agent, now| tell(agent, now, to)).await;
    }

    async fn handle(&mut self, session: &mut Session<'_>, event: &Event, output: &mut Output) -> Result<(), Failure> {
        match event {
            Event::Failed { op, failure } if *op == self.registration => {
                let is_temporary = failure.is_temporary();
                let failure = session.failure(failure);
                if !is_temporary {
                    return Err(failure);
                }
                self.transcript.note(&failure.to_string());
                if self.screen.is_none() {
                    output.refresh_failed(&failure)?;
                }
            }
            Event::Failed { op, failure } => {
                self.under_way.remove(op);
                let failure = session.failure(failure);
                self.transcript.mark(*op, Mark::Failed(failure.to_string()));
                if self.screen.is_none() {
                    output.message_failed(*op, self.to, &failure)?;
                }
            }
            Event::MessageSent { op, status } => {
                self.under_way.remove(op);
                self.transcript.mark(*op, Mark::Sent);
                if self.screen.is_none() {
                    output.message_sent(*op, self.to, *status)?;
                }
            }
            event if self.screen.is_some() => {
                self.show(event);
                self.draw(output)?;
                session.shown(event).await;
            }
            event => session.show(event, output).await?,
        }
        Ok(())
    }

    /// Puts on the screen what belongs there.
    fn show(&mut self, event: &Event) {
        match event {
            Event::Composing {
                peer,
                author: None,
                state,
                ..
            } if Some(peer) == self.peer.as_ref() => {
                self.transcript.set_composing(*state == State::Active);
            }
            Event::Disposition { op: Some(op), imdn, .. } => {
                if let Some(mark) = imdn.notification().and_then(Mark::of) {
                    self.transcript.mark(*op, mark);
                }
            }
            Event::MessageReceived {
                from,
                from_aor,
                content,
                ..
            } => {
                let who = from_aor.as_ref().map_or(from.as_str(), short);
                let text = match content {
                    Content::Cpim(message) => String::from_utf8_lossy(message.content()),
                    Content::Other { bytes, .. } => String::from_utf8_lossy(bytes),
                    Content::Text(text) => text.as_str().into(),
                };
                self.transcript.heard(who, &text);
            }
            _ => {}
        }
    }

    /// Whoever had the terminal while the process was stopped has left it otherwise.
    fn enter(&self) {
        if let Some(screen) = &self.screen {
            // If the terminal is gone, drawing fails next.
            let _ = screen.enter();
        }
    }

    fn draw(&self, output: &mut Output) -> Result<(), Failure> {
        match &self.screen {
            Some(screen) => screen.draw(&self.transcript, self.editor.text(), output),
            None => Ok(()),
        }
    }
}
