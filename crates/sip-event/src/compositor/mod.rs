use std::{
    collections::VecDeque,
    time::{Instant, SystemTime},
};

use bytes::Bytes;
use sip_message::{
    Aor, HeaderName, Message, StatusCode,
    headers::{ContentType, Expires, MinExpires, RetryAfter, SipEtag, SipIfMatch},
};

use crate::{
    clock::{self, Clock},
    dialog, package,
    random::Random,
};

mod config;
mod io;
mod table;
#[cfg(test)]
mod tests;

pub use config::{CompositorConfig, CompositorLimits, PublishPackage};
pub use io::{CompositorInput, CompositorOutput, PublicationRecord};

use table::{Key, Publication, Table};

/// The publications of resources in any event packages, as their event state compositor (RFC 3903 section 6).
///
/// Every PUBLISH that succeeds gives its publication another entity-tag, so the row of the old one is deleted and one
/// with the new one is put. What is composed of the documents is not decided here: [`CompositorOutput::Changed`] says
/// when to compose anew.
#[derive(Debug)]
pub struct Compositor {
    config: CompositorConfig,
    clock: Clock,
    random: Random,
    table: Table,
    outputs: VecDeque<CompositorOutput>,
}

/// Why a PUBLISH is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// 415 with the Accept-Encoding that would do.
    Encoded,
    /// With this status.
    Status(StatusCode),
    /// 423 with this Min-Expires.
    TooBrief(u32),
    /// 503 with Retry-After.
    TryLater,
    /// 415 with the types that this package takes.
    Type(usize),
}

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self::Status(status)
    }
}

/// Seconds after which a refused PUBLISH may be tried again.
const RETRY_AFTER: u32 = 60;

impl Compositor {
    /// A compositor without publications. `epoch` is an instant and the calendar time at it.
    #[must_use]
    pub fn new(config: CompositorConfig, epoch: (Instant, SystemTime), seed: [u8; 32]) -> Self {
        Self {
            config,
            clock: Clock::new(epoch),
            random: Random::new(seed),
            table: Table::default(),
            outputs: VecDeque::new(),
        }
    }

    /// Checks that the Event header names a supported package, which comes before credentials.
    ///
    /// # Errors
    /// 489 when it names another or is missing, 400 when it is malformed.
    pub fn check_event(&self, request: &Message) -> Result<(), StatusCode> {
        package::find(request, self.names()).map(drop)
    }

    /// The 489 with Allow-Events.
    #[must_use]
    pub fn bad_event(&self, request: &Message, to_tag: &str) -> Message {
        package::bad_event(request, to_tag, self.names(), self.config.server.as_deref())
    }

    /// The publications of a resource, the one modified longest ago first.
    pub fn publications_of<'a>(
        &'a self,
        resource: &Aor,
        package: &str,
    ) -> impl Iterator<Item = &'a PublicationRecord> + use<'a> {
        let key = self.package_named(package).map(|package| Key {
            resource: resource.clone(),
            package,
        });
        key.into_iter()
            .flat_map(|key| self.table.of(&key))
            .map(|publication| &publication.record)
    }

    /// How many publications there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What came from outside. A PUBLISH is answered, whatever it is.
    pub fn handle_input(&mut self, now: Instant, input: CompositorInput<'_>) {
        match input {
            CompositorInput::Publish { id, request, resource } => {
                let response = match self.publish(now, request, resource) {
                    Ok(response) => response,
                    Err(refusal) => self.refuse(request, refusal),
                };
                self.outputs.push_back(CompositorOutput::Respond { id, response });
            }
            CompositorInput::Timeout => {
                for _ in 0..self.config.limits.expiries {
                    let Some((key, entity_tag)) = self.table.expired(now) else {
                        break;
                    };
                    self.delete(&key, &entity_tag);
                    self.changed(&key);
                }
            }
        }
    }

    /// Takes a row of an earlier run. One that has expired goes at the next `Timeout`; one of a package that is no
    /// longer served goes at once.
    pub fn restore(&mut self, now: Instant, record: PublicationRecord) {
        let Some(package) = self.package_named(&record.package) else {
            self.outputs.push_back(CompositorOutput::Deleted {
                resource: record.resource,
                package: record.package,
                entity_tag: record.entity_tag,
            });
            return;
        };
        let key = Key {
            resource: record.resource.clone(),
            package,
        };
        let latest = clock::after(now, self.config.max_expires);
        let deadline = self.clock.instant_of(record.expires_at);
        let deadline = deadline.map_or(latest, |deadline| deadline.min(latest));
        self.table.insert(key, Publication { record, deadline });
    }

    /// What is to be done next. Drain it before the next input.
    pub fn poll_output(&mut self) -> Option<CompositorOutput> {
        self.outputs.pop_front()
    }

    /// When `Timeout` is due: at once while more has expired than one `Timeout` ends.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.table.next_expiry()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.config.packages.iter().map(|package| &*package.name)
    }

    fn package_named(&self, name: &str) -> Option<usize> {
        self.names().position(|package| package.eq_ignore_ascii_case(name))
    }

    /// The steps 2 to 6 of RFC 3903 section 6.
    fn publish(&mut self, now: Instant, request: &Message, resource: Aor) -> Result<Message, Refusal> {
        let bad = |_| StatusCode::BAD_REQUEST;
        let package = package::find(request, self.names())?;
        let key = Key { resource, package };
        let entity_tag = request.typed::<SipIfMatch>().map_err(bad)?;
        let old = match entity_tag {
            Some(tag) => {
                let found = self.table.find(&key, tag.as_str());
                let found = found.filter(|publication| publication.deadline > now);
                Some(found.ok_or(StatusCode::CONDITIONAL_REQUEST_FAILED)?)
            }
            None => None,
        };
        let old = old.map(|publication| publication.record.clone());
        let granted = self.grant(request, package)?;
        let body = if old.is_some() && (granted == 0 || request.body().is_empty()) {
            None
        } else {
            Some(self.body(request, package)?)
        };
        if old.is_none() && granted > 0 && self.is_full(&key) {
            return Err(Refusal::TryLater);
        }

        let entity_tag = self.random.token();
        let response = self.ok(request, &entity_tag, granted);
        if let Some(old) = &old {
            self.delete(&key, &old.entity_tag);
        }
        let has_changed = if granted == 0 {
            old.is_some()
        } else {
            let has_changed = body.is_some();
            let modified_at = self.clock.time_at(now);
            let (content_type, body, modified_at) = match (body, old) {
                (Some((content_type, body)), _) => (content_type, body, modified_at),
                (None, Some(old)) => (old.content_type, old.body, old.modified_at),
                (None, None) => return Err(StatusCode::BAD_REQUEST.into()),
            };
            let deadline = clock::after(now, granted);
            let record = PublicationRecord {
                resource: key.resource.clone(),
                package: self.name(package),
                entity_tag,
                content_type,
                body,
                expires_at: self.clock.time_at(deadline),
                modified_at,
            };
            let row = Box::new(record.clone());
            self.outputs.push_back(CompositorOutput::Put(row));
            self.table.insert(key.clone(), Publication { record, deadline });
            has_changed
        };
        if has_changed {
            self.changed(&key);
        }
        Ok(response)
    }

    /// Step 4: the seconds to grant, those that were asked for or fewer.
    fn grant(&self, request: &Message, package: usize) -> Result<u32, Refusal> {
        let asked = request.typed::<Expires>().map_err(|_| StatusCode::BAD_REQUEST)?;
        let seconds = match asked {
            Some(Expires(seconds)) if seconds > 0 && seconds < self.config.min_expires => {
                return Err(Refusal::TooBrief(self.config.min_expires));
            }
            Some(Expires(seconds)) => seconds,
            None => self
                .config
                .packages
                .get(package)
                .map_or(self.config.max_expires, |package| package.default_expires),
        };
        Ok(seconds.min(self.config.max_expires))
    }

    /// Step 5: the document and its type.
    fn body(&self, request: &Message, package: usize) -> Result<(String, Bytes), Refusal> {
        let body = request.body_bytes();
        if body.is_empty() {
            return Err(StatusCode::BAD_REQUEST.into());
        }
        if body.len() > self.config.limits.body {
            return Err(StatusCode::REQUEST_ENTITY_TOO_LARGE.into());
        }
        let content_type = request
            .typed::<ContentType>()
            .map_err(|_| StatusCode::BAD_REQUEST)?
            .ok_or(StatusCode::BAD_REQUEST)?;
        let taken = self.config.packages.get(package);
        let mut taken = taken.into_iter().flat_map(|package| &package.media_types);
        if !taken.any(|media_type| content_type.is(media_type)) {
            return Err(Refusal::Type(package));
        }
        if dialog::is_encoded(request) {
            return Err(Refusal::Encoded);
        }
        // The body is cut out of the message: the row is not to keep the whole message in memory.
        Ok((dialog::flat(&content_type.to_string()), Bytes::copy_from_slice(&body)))
    }

    fn is_full(&self, key: &Key) -> bool {
        let limits = &self.config.limits;
        self.table.len() >= limits.publications || self.table.of(key).len() >= limits.per_resource
    }

    fn ok(&mut self, request: &Message, entity_tag: &str, expires: u32) -> Message {
        let to_tag = self.random.token();
        let server = self.config.server.as_deref();
        let builder = dialog::response(request, StatusCode::OK, &to_tag, server);
        let entity_tag = SipEtag::new(entity_tag).expect("hexadecimal digits are a token");
        builder.header(&entity_tag).header(&Expires(expires)).build()
    }

    fn refuse(&mut self, request: &Message, refusal: Refusal) -> Message {
        let to_tag = self.random.token();
        let server = self.config.server.as_deref();
        let response = |status| dialog::response(request, status, &to_tag, server);
        match refusal {
            Refusal::Encoded => {
                let builder = response(StatusCode::UNSUPPORTED_MEDIA_TYPE);
                dialog::add_raw(builder, HeaderName::ACCEPT_ENCODING, "identity").build()
            }
            Refusal::Status(StatusCode::BAD_EVENT) => self.bad_event(request, &to_tag),
            Refusal::Status(status) => response(status).build(),
            Refusal::TooBrief(min) => response(StatusCode::INTERVAL_TOO_BRIEF)
                .header(&MinExpires(min))
                .build(),
            Refusal::TryLater => response(StatusCode::SERVICE_UNAVAILABLE)
                .header(&RetryAfter::new(RETRY_AFTER))
                .build(),
            Refusal::Type(package) => {
                let taken = self.config.packages.get(package);
                let taken = taken.map(|package| package.media_types.join(", "));
                let builder = response(StatusCode::UNSUPPORTED_MEDIA_TYPE);
                dialog::add_raw(builder, HeaderName::ACCEPT, &taken.unwrap_or_default()).build()
            }
        }
    }

    fn name(&self, package: usize) -> String {
        let package = self.config.packages.get(package);
        package.map_or_else(String::new, |package| package.name.clone())
    }

    fn delete(&mut self, key: &Key, entity_tag: &str) {
        if let Some(Publication { record, .. }) = self.table.remove(key, entity_tag) {
            self.outputs.push_back(CompositorOutput::Deleted {
                resource: record.resource,
                package: record.package,
                entity_tag: record.entity_tag,
            });
        }
    }

    fn changed(&mut self, key: &Key) {
        let (resource, package) = (key.resource.clone(), self.name(key.package));
        self.outputs.push_back(CompositorOutput::Changed { resource, package });
    }
}
