use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use pidf::{Document, Format};
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use sip_event::{
    Body, Compositor, CompositorConfig, CompositorInput, CompositorLimits, CompositorOutput, Notifier, NotifierConfig,
    NotifierInput, NotifierLimits, NotifierOutput, Package, PublicationRecord, PublishPackage, RequestId,
    SubscriptionId, SubscriptionRecord, WatcherState,
};
use sip_message::{Aor, HeaderName, Message, MessageBuilder, RawValue, StatusCode, UriBuf, headers::ContentType};

use crate::{
    Information, Input, Output,
    compose::{self, compose},
    negotiate,
};

/// The event package (RFC 3856 section 6.1).
const PACKAGE: &str = "presence";

/// Tuples of one published document. A publication is a device's, with a tuple for each of its services; ids are
/// compared in pairs when documents are composed, so that thousands would cost seconds.
const TUPLES: usize = 128;

/// The documents that are taken.
const ACCEPT: RawValue<'static> = RawValue::from_static("application/pidf+xml, application/cpim-pidf+xml");

/// How a [`PresenceAgent`] is set up. Intervals are in seconds.
#[derive(Clone, Debug)]
pub struct Config {
    /// The agent's own Contact.
    pub contact: UriBuf,
    /// The Server header; none when `None`.
    pub server: Option<String>,
    /// Bounds of subscriptions.
    pub subscribe: Interval,
    /// Bounds of publications.
    pub publish: Interval,
    /// Bounds on what watchers can make the agent hold.
    pub notifier_limits: NotifierLimits,
    /// Bounds on what publishers can make the agent hold.
    pub compositor_limits: CompositorLimits,
    /// An instant and the calendar time at it.
    pub epoch: (Instant, SystemTime),
    /// Where tags and entity-tags come from.
    pub seed: [u8; 32],
}

/// Bounds of an expiry interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Shorter ones get 423.
    pub min: u32,
    /// Longer ones are granted this.
    pub max: u32,
    /// What is granted when nothing is asked.
    pub default: u32,
}

/// The presence agent of a set of presentities.
///
/// Inputs, then [`poll_output`](Self::poll_output) until it is empty, then sleep until
/// [`poll_timeout`](Self::poll_timeout). Outputs that put or delete rows come before the responses and NOTIFYs that
/// depend on them.
#[derive(Debug)]
pub struct PresenceAgent {
    server: Option<String>,
    epoch: (Instant, SystemTime),
    notifier: Notifier,
    compositor: Compositor,
    presentities: BTreeMap<Aor, Presentity>,
    random: ChaCha12Rng,
    largest_document: usize,
    outputs: VecDeque<Output>,
}

/// What is known of one presentity: a row of the Presence Information Table and its forms on the wire.
#[derive(Debug)]
struct Presentity {
    registered: bool,
    document: Document,
    bodies: Bodies,
}

/// A document in each format, written once for all watchers.
#[derive(Debug)]
struct Bodies {
    pidf: Bytes,
    cpim_pidf: Bytes,
}

impl Bodies {
    fn of(document: &Document) -> Self {
        Self {
            pidf: document.write(Format::Pidf).into(),
            cpim_pidf: document.write(Format::CpimPidf).into(),
        }
    }

    fn body(&self, format: Format) -> Body {
        let bytes = match format {
            Format::CpimPidf => self.cpim_pidf.clone(),
            _ => self.pidf.clone(),
        };
        Body {
            content_type: format.media_type().to_owned(),
            bytes,
        }
    }
}

impl PresenceAgent {
    /// An agent that knows nothing yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        // The two machines and the agent draw from different streams.
        let [mut compositor_seed, mut own_seed] = [config.seed; 2];
        compositor_seed[0] ^= 0x55;
        own_seed[0] ^= 0xaa;
        let notifier = NotifierConfig {
            packages: vec![Package {
                name: PACKAGE.to_owned(),
                default_expires: config.subscribe.default,
                default_accept: pidf::MEDIA_TYPE.to_owned(),
            }],
            min_expires: config.subscribe.min,
            max_expires: config.subscribe.max,
            contact: config.contact,
            server: config.server.clone(),
            limits: config.notifier_limits,
        };
        let compositor = CompositorConfig {
            packages: vec![PublishPackage {
                name: PACKAGE.to_owned(),
                media_types: vec![pidf::MEDIA_TYPE.to_owned(), pidf::MEDIA_TYPE_CPIM_PIDF.to_owned()],
                default_expires: config.publish.default,
            }],
            min_expires: config.publish.min,
            max_expires: config.publish.max,
            server: config.server.clone(),
            limits: config.compositor_limits,
        };
        Self {
            server: config.server,
            epoch: config.epoch,
            notifier: Notifier::new(notifier, config.epoch, config.seed),
            compositor: Compositor::new(compositor, config.epoch, compositor_seed),
            presentities: BTreeMap::new(),
            random: ChaCha12Rng::from_seed(own_seed),
            largest_document: config.compositor_limits.body,
            outputs: VecDeque::new(),
        }
    }

    /// Whether a SUBSCRIBE or PUBLISH is for the event package `presence`: checked before credentials are asked for,
    /// as the paper has it.
    ///
    /// # Errors
    /// 489 for another package or none, 400 for an Event that cannot be read.
    pub fn check_event(&self, request: &Message) -> Result<(), StatusCode> {
        self.notifier.check_event(request)
    }

    /// The 489 to a request, with the event packages that there are.
    #[must_use]
    pub fn bad_event(&self, request: &Message, to_tag: &str) -> Message {
        self.notifier.bad_event(request, to_tag)
    }

    /// A subscription by its id.
    #[must_use]
    pub fn subscription(&self, id: SubscriptionId) -> Option<&SubscriptionRecord> {
        self.notifier.subscription(id)
    }

    /// What is told of a presentity now.
    #[must_use]
    pub fn document(&self, presentity: &Aor) -> Document {
        self.presentities
            .get(presentity)
            .map_or_else(|| compose::unknown(presentity), |known| known.document.clone())
    }

    /// Takes what came from outside. Whatever a peer sent, this does not fail.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::NotifyDone { subscription, response } => {
                self.notifier
                    .handle_input(now, NotifierInput::NotifyDone { subscription, response });
            }
            Input::Publish {
                id,
                request,
                presentity,
            } => self.publish(now, id, request, presentity),
            Input::Registration { presentity, registered } => {
                let known = self
                    .presentities
                    .get(&presentity)
                    .is_some_and(|known| known.registered == registered);
                if !known {
                    self.update(now, &presentity, Some(registered));
                }
            }
            Input::Subscribe {
                id,
                request,
                presentity,
                watcher,
            } => {
                if negotiate::is_acceptable(request) {
                    let state = WatcherState::Active;
                    let input = NotifierInput::Subscribe {
                        id,
                        request,
                        resource: presentity,
                        watcher,
                        state,
                    };
                    self.notifier.handle_input(now, input);
                } else {
                    self.refuse(id, request, StatusCode::NOT_ACCEPTABLE, None);
                }
            }
            Input::Timeout => {
                self.compositor.handle_input(now, CompositorInput::Timeout);
                self.drain_compositor(now);
                self.notifier.handle_input(now, NotifierInput::Timeout);
            }
        }
        self.drain_notifier(now);
    }

    /// Takes a subscription of an earlier run back. One that is of no use is deleted.
    pub fn restore_subscription(&mut self, now: Instant, record: SubscriptionRecord) {
        self.notifier.restore(now, record);
        self.drain_notifier(now);
    }

    /// Takes a publication of an earlier run back. One that is of no use is deleted.
    pub fn restore_publication(&mut self, now: Instant, record: PublicationRecord) {
        self.compositor.restore(now, record);
        self.drain_compositor(now);
    }

    /// Takes what was told of a presentity in an earlier run back. For every presentity that has a registered contact or
    /// a publication, [`Input::Registration`] follows: where the information is missing, it is composed anew.
    pub fn restore_information(&mut self, presentity: Aor, document: Document, registered: bool) {
        // As what is composed, it keeps no text beside the bodies.
        let document = document.normalized();
        let bodies = Bodies::of(&document);
        self.presentities.insert(
            presentity,
            Presentity {
                registered,
                document,
                bodies,
            },
        );
    }

    /// The next thing to do; `None` when there is nothing before the next input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        [self.notifier.poll_timeout(), self.compositor.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    fn publish(&mut self, now: Instant, id: RequestId, request: &Message, presentity: Aor) {
        if let Err((status, reason)) = self.check_document(request) {
            return self.refuse(id, request, status, Some(&reason));
        }
        self.compositor.handle_input(
            now,
            CompositorInput::Publish {
                id,
                request,
                resource: presentity,
            },
        );
        self.drain_compositor(now);
    }

    fn refuse(&mut self, id: RequestId, request: &Message, status: StatusCode, warning: Option<&str>) {
        let tag = format!("{:016x}", self.random.next_u64());
        let builder = MessageBuilder::reply_to(request, status, Some(&tag)).expect("hexadecimal is a token");
        let builder = match (status, warning) {
            (StatusCode::NOT_ACCEPTABLE, _) => builder.raw(HeaderName::ACCEPT, ACCEPT),
            (_, Some(text)) => {
                let text = text.replace(['"', '\\'], "'");
                match RawValue::new(&format!("399 presence \"{text}\"")) {
                    Ok(warning) => builder.raw(HeaderName::WARNING, warning),
                    Err(_) => builder,
                }
            }
            _ => builder,
        };
        let builder = match self.server.as_deref().map(RawValue::new) {
            Some(Ok(server)) => builder.raw(HeaderName::SERVER, server),
            _ => builder,
        };
        self.outputs.push_back(Output::Respond {
            id,
            response: builder.build(),
        });
    }

    fn drain_compositor(&mut self, now: Instant) {
        let mut changed = Vec::new();
        let mut responses = Vec::new();
        while let Some(output) = self.compositor.poll_output() {
            match output {
                CompositorOutput::Changed { resource, .. } => changed.push(resource),
                CompositorOutput::Deleted {
                    resource,
                    package,
                    entity_tag,
                } => {
                    self.outputs.push_back(Output::DeletePublication {
                        presentity: resource,
                        package,
                        entity_tag,
                    });
                }
                CompositorOutput::Put(record) => self.outputs.push_back(Output::PutPublication(record)),
                CompositorOutput::Respond { id, response } => responses.push(Output::Respond { id, response }),
                _ => {}
            }
        }
        for presentity in changed {
            self.update(now, &presentity, None);
        }
        // The answer to a PUBLISH goes out before the NOTIFYs that it causes.
        self.outputs.extend(responses);
    }

    fn drain_notifier(&mut self, now: Instant) {
        while let Some(output) = self.notifier.poll_output() {
            let output = match output {
                NotifierOutput::Deleted { id, resource } => Output::DeleteSubscription {
                    id,
                    presentity: resource,
                },
                NotifierOutput::Notify {
                    subscription,
                    request,
                    target,
                } => Output::Notify {
                    subscription,
                    request,
                    target,
                },
                NotifierOutput::Put(record) => Output::PutSubscription(record),
                NotifierOutput::Respond { id, response } => Output::Respond { id, response },
                NotifierOutput::StateNeeded { subscription } => {
                    self.tell(now, subscription);
                    continue;
                }
                _ => continue,
            };
            self.outputs.push_back(output);
        }
    }

    /// Composes anew and, if that says something else, tells every watcher.
    fn update(&mut self, now: Instant, presentity: &Aor, registered: Option<bool>) {
        let known = self.presentities.get(presentity);
        let was_registered = known.is_some_and(|known| known.registered);
        let registered = registered.unwrap_or(was_registered);
        let modified_at = self.calendar(now);
        let publications = self.compositor.publications_of(presentity, PACKAGE);
        let previous = known.map(|known| &known.document);
        let document = compose(presentity, registered, publications, previous, modified_at);
        let unchanged = previous.is_some_and(|previous| *previous == document);
        if unchanged {
            if let Some(known) = self.presentities.get_mut(presentity) {
                known.registered = registered;
            }
            return;
        }
        let bodies = Bodies::of(&document);
        self.outputs.push_back(Output::PutInformation(Box::new(Information {
            presentity: presentity.clone(),
            basic: compose::basic(&document),
            contact: compose::contact(&document).map(str::to_owned),
            modified_at,
            document: document.clone(),
            body: bodies.pidf.clone(),
        })));
        self.presentities.insert(
            presentity.clone(),
            Presentity {
                registered,
                document,
                bodies,
            },
        );
        let watchers: Vec<_> = self
            .notifier
            .subscriptions_of(presentity)
            .map(|record| record.id)
            .collect();
        for subscription in watchers {
            self.tell(now, subscription);
        }
    }

    fn tell(&mut self, now: Instant, subscription: SubscriptionId) {
        let Some(record) = self.notifier.subscription(subscription) else {
            return;
        };
        let preferred = self
            .notifier
            .preferred_type(subscription, &[pidf::MEDIA_TYPE, pidf::MEDIA_TYPE_CPIM_PIDF]);
        let format = preferred.and_then(Format::from_media_type).unwrap_or(Format::Pidf);
        let body = match self.presentities.get(&record.resource) {
            Some(known) => known.bodies.body(format),
            None => Body {
                content_type: format.media_type().to_owned(),
                bytes: compose::unknown(&record.resource).write(format).into(),
            },
        };
        self.notifier.notify(now, subscription, Some(body));
    }

    fn calendar(&self, now: Instant) -> SystemTime {
        let (instant, time) = self.epoch;
        time + now.checked_duration_since(instant).unwrap_or(Duration::ZERO)
    }

    /// A PUBLISH whose body says that it is a presence document has to be one. What the compositor refuses without
    /// looking into the document (RFC 3903 section 6 step 5) is left to it.
    fn check_document(&self, request: &Message) -> Result<(), (StatusCode, String)> {
        let Ok(Some(content_type)) = request.typed::<ContentType>() else {
            return Ok(());
        };
        let is_document = content_type.is(pidf::MEDIA_TYPE) || content_type.is(pidf::MEDIA_TYPE_CPIM_PIDF);
        let size = request.body().len();
        if !is_document || size == 0 || size > self.largest_document || is_encoded(request) {
            return Ok(());
        }
        match Document::parse(request.body(), &pidf::Limits::default()) {
            Ok(document) if document.tuples().len() > TUPLES => Err((
                StatusCode::REQUEST_ENTITY_TOO_LARGE,
                format!("presence document: more than {TUPLES} tuples"),
            )),
            // RFC 3863 section 4.1.1: "The <presence> element MUST have an 'entity' attribute."
            Ok(document) if document.entity().is_none() => {
                Err((StatusCode::BAD_REQUEST, "presence document: no entity".to_owned()))
            }
            Ok(_) => Ok(()),
            Err(error) => Err((StatusCode::BAD_REQUEST, format!("presence document: {error}"))),
        }
    }
}

fn is_encoded(request: &Message) -> bool {
    let is_identity = |value: &str| value.eq_ignore_ascii_case("identity");
    let mut fields = request.header_all(HeaderName::CONTENT_ENCODING);
    !fields.all(|field| field.value_str().is_ok_and(is_identity))
}

#[cfg(test)]
mod tests;
