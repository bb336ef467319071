use std::{collections::BTreeMap, time::Instant};

use cpim::{
    Limits, Uri,
    is_composing::{
        Composer, ComposerConfig, ComposerInput, ComposerOutput, IsComposing, Receiver, ReceiverInput, ReceiverOutput,
    },
};
use sip_message::{Aor, UriBuf};

use crate::{Event, context::Context, limits};

/// Who composes a message for whom (RFC 3994).
#[derive(Debug, Default)]
pub(super) struct Conversations {
    all: BTreeMap<Party, Conversation>,
    /// Counts uses, so that the conversation that was longest without one gives way to a new one.
    uses: u64,
}

/// Whom a conversation is with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Party {
    /// Who sends to us, as SIP has it.
    pub(super) peer: Aor,
    /// Who writes, where the peer passes on what others write, as the server of a conference does.
    pub(super) author: Option<Uri>,
}

#[derive(Debug)]
struct Conversation {
    receiver: Receiver,
    composer: Composer,
    /// Whom our status messages are for, once there are any.
    to: Option<UriBuf>,
    /// A message has come that was for the user alone.
    is_private: bool,
    used: u64,
}

/// A status message of ours.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) to: UriBuf,
    pub(super) peer: Aor,
    pub(super) document: IsComposing,
}

impl Conversations {
    /// The user writes to `to`, or has taken back what was there.
    ///
    /// Nobody is told who has not written before: whether the user writes is private, so that status messages are for
    /// replies only (RFC 3994 section 7). What was written to many is not replied to in private.
    pub(super) fn write(&mut self, context: &mut Context, now: Instant, to: &UriBuf, is_given_up: bool) -> Vec<Status> {
        let mut statuses = Vec::new();
        let Some(party) = Party::of(to) else {
            return statuses;
        };
        if let Some(conversation) = self.all.get_mut(&party)
            && conversation.is_private
        {
            self.uses += 1;
            conversation.used = self.uses;
            conversation.to = Some(to.clone());
            match is_given_up {
                true => conversation.composer.given_up(now),
                false => conversation.composer.composing(now),
            }
            conversation.drain(context, &party, &mut statuses);
        }
        statuses
    }

    /// The user's message to `to` is sent, which ends what was told of it.
    pub(super) fn content_sent(&mut self, to: &UriBuf) {
        let conversation = Party::of(to).and_then(|party| self.all.get_mut(&party));
        if let Some(conversation) = conversation {
            conversation.composer.content_sent();
        }
    }

    /// "The composer MUST cease transmitting status messages if the receiver returned a 415 status code" (RFC 3994
    /// section 4).
    pub(super) fn refused(&mut self, now: Instant, peer: Aor) {
        if let Some(conversation) = self.all.get_mut(&Party { peer, author: None }) {
            conversation.composer.handle_input(now, ComposerInput::Refused);
        }
    }

    /// A message came, for the user alone or for many.
    pub(super) fn handle_content(&mut self, context: &mut Context, now: Instant, party: &Party, is_private: bool) {
        self.receive(context, now, party, ReceiverInput::Content, is_private);
    }

    pub(super) fn handle_status(&mut self, context: &mut Context, now: Instant, party: &Party, status: &IsComposing) {
        let is_long = |content_type: &str| content_type.len() > limits::COMPOSED_TYPE;
        let without_type = status.content_type().is_some_and(is_long).then(|| without_type(status));
        let status = without_type.as_ref().unwrap_or(status);
        self.receive(context, now, party, ReceiverInput::Status(status), false);
    }

    pub(super) fn handle_timeout(&mut self, context: &mut Context, now: Instant) -> Vec<Status> {
        let mut statuses = Vec::new();
        for (party, conversation) in &mut self.all {
            if conversation.poll_timeout().is_some_and(|due| due <= now) {
                conversation.receiver.handle_input(now, ReceiverInput::Timeout);
                conversation.composer.handle_input(now, ComposerInput::Timeout);
                conversation.drain(context, party, &mut statuses);
            }
        }
        statuses
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.all.values().filter_map(Conversation::poll_timeout).min()
    }

    fn receive(
        &mut self,
        context: &mut Context,
        now: Instant,
        party: &Party,
        input: ReceiverInput<'_>,
        is_private: bool,
    ) {
        let author = party.author.as_ref().map_or(0, |author| author.as_str().len());
        if party.peer.as_str().len() + author > limits::PARTY {
            return;
        }
        if !self.all.contains_key(party) && self.all.len() >= limits::CONVERSATIONS {
            self.forget_one(context, now);
        }
        self.uses += 1;
        let conversation = self.all.entry(party.clone()).or_insert_with(|| Conversation {
            receiver: Receiver::new(Limits::default()),
            composer: composer(context),
            to: None,
            is_private: false,
            used: 0,
        });
        conversation.used = self.uses;
        conversation.is_private |= is_private;
        conversation.receiver.handle_input(now, input);
        // Only a user who writes makes the composer speak.
        conversation.drain(context, party, &mut Vec::new());
    }

    /// Whoever is forgotten is seen to compose no more.
    fn forget_one(&mut self, context: &mut Context, now: Instant) {
        let oldest = self.all.iter().min_by_key(|(_, conversation)| conversation.used);
        let oldest = oldest.map(|(party, _)| party.clone());
        if let Some((party, mut conversation)) = oldest.and_then(|party| self.all.remove_entry(&party)) {
            conversation.receiver.handle_input(now, ReceiverInput::Content);
            conversation.drain(context, &party, &mut Vec::new());
        }
    }
}

impl Party {
    /// The one whom a message to this URI is for.
    fn of(to: &UriBuf) -> Option<Self> {
        let peer = Aor::from_uri(&to.as_uri())?;
        Some(Self { peer, author: None })
    }
}

impl Conversation {
    fn poll_timeout(&self) -> Option<Instant> {
        let due = [self.receiver.poll_timeout(), self.composer.poll_timeout()];
        due.into_iter().flatten().min()
    }

    fn drain(&mut self, context: &mut Context, party: &Party, statuses: &mut Vec<Status>) {
        while let Some(output) = self.receiver.poll_output() {
            if let ReceiverOutput::Changed(state) = output {
                context.event(Event::Composing {
                    peer: party.peer.clone(),
                    author: party.author.clone(),
                    state,
                    content_type: self.receiver.content_type().map(str::to_owned),
                });
            }
        }
        while let Some(output) = self.composer.poll_output() {
            if let (ComposerOutput::Send(document), Some(to)) = (output, &self.to) {
                statuses.push(Status {
                    to: to.clone(),
                    peer: party.peer.clone(),
                    document,
                });
            }
        }
    }
}

/// What a [`Receiver`] heeds of a status, but for what is composed.
fn without_type(status: &IsComposing) -> IsComposing {
    let bare = IsComposing::new(status.state());
    match status.refresh() {
        Some(refresh) => bare.with_refresh(u32::try_from(refresh.as_secs()).unwrap_or(u32::MAX)),
        None => bare,
    }
}

/// With the RFC's intervals: idle after 15 seconds, active told anew every 60.
fn composer(context: &Context) -> Composer {
    let (now, time) = context.epoch();
    let config = ComposerConfig::default().epoch(now, time).content_type("text/plain");
    Composer::new(config.expect("it is a media type"))
}
