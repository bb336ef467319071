//! SIP event notification (RFC 6665) and publication (RFC 3903) as machines without I/O.
//!
//! Four machines, for any event package:
//! - [`Notifier`] holds the subscriptions to resources: it answers SUBSCRIBEs, asks for the state when a NOTIFY is due
//!   and makes the NOTIFYs.
//! - [`Compositor`] holds the publications of resources: it answers PUBLISHes and says when the documents have changed.
//! - [`Subscriber`] is one subscription, as its subscriber.
//! - [`Publisher`] is one publication, as its publication agent.
//!
//! None of them sends anything or looks at a clock. What came in goes to `handle_input` with the time; what is to be
//! done comes out of `poll_output`, which is drained before the next input; `poll_timeout` says when `Timeout` is to be
//! handed in. Requests come out without a Via, which the transaction that sends them pushes. The state that is to
//! outlive the process comes out as rows ([`SubscriptionRecord`], [`PublicationRecord`]) and goes back in with
//! `restore`.
//!
//! A subscriber and a notifier that talk to each other directly:
//!
//! ```
//! use std::time::{Instant, SystemTime};
//!
//! use sip_event::{
//!     Body, Notifier, NotifierConfig, NotifierInput, NotifierLimits, NotifierOutput, Package, RequestId, Subscriber,
//!     SubscriberConfig, SubscriberInput, SubscriberOutput, WatcherState,
//! };
//! use sip_message::{Aor, UriBuf};
//!
//! let now = Instant::now();
//! let mut notifier = Notifier::new(
//!     NotifierConfig {
//!         packages: vec![Package {
//!             name: "presence".into(),
//!             default_expires: 3600,
//!             default_accept: "application/pidf+xml".into(),
//!         }],
//!         min_expires: 60,
//!         max_expires: 86_400,
//!         contact: UriBuf::parse("sip:192.0.2.9")?,
//!         server: None,
//!         limits: NotifierLimits::default(),
//!     },
//!     (now, SystemTime::now()),
//!     [1; 32],
//! );
//! let mut subscriber = Subscriber::new(
//!     SubscriberConfig {
//!         local: "<sip:bob@example.test>".into(),
//!         target: UriBuf::parse("sip:alice@example.test")?,
//!         contact: UriBuf::parse("sip:bob@192.0.2.1")?,
//!         package: "presence".into(),
//!         accept: vec!["application/pidf+xml".into()],
//!         expires: Some(600),
//!         user_agent: None,
//!         route: Vec::new(),
//!     },
//!     [2; 32],
//! )?;
//!
//! subscriber.subscribe(now);
//! let Some(SubscriberOutput::Send { request, .. }) = subscriber.poll_output() else { unreachable!() };
//! notifier.handle_input(now, NotifierInput::Subscribe {
//!     id: RequestId(1),
//!     request: &request,
//!     resource: Aor::parse("alice@example.test")?,
//!     watcher: Aor::parse("bob@example.test")?,
//!     state: WatcherState::Active,
//! });
//! while let Some(output) = notifier.poll_output() {
//!     match output {
//!         NotifierOutput::Respond { response, .. } => {
//!             subscriber.handle_input(now, SubscriberInput::Response(&response));
//!         }
//!         NotifierOutput::StateNeeded { subscription } => {
//!             let state = Body::new("application/pidf+xml", "<presence/>");
//!             notifier.notify(now, subscription, Some(state));
//!         }
//!         NotifierOutput::Notify { request, .. } => {
//!             subscriber.handle_input(now, SubscriberInput::Notify { id: RequestId(2), request: &request });
//!         }
//!         // Rows to store.
//!         _ => {}
//!     }
//! }
//! assert_eq!(subscriber.poll_output(), Some(SubscriberOutput::Established { expires: 600 }));
//! assert!(matches!(subscriber.poll_output(), Some(SubscriberOutput::Respond { .. })));
//! assert!(matches!(
//!     subscriber.poll_output(),
//!     Some(SubscriberOutput::Notified { state: Some(body), terminated: false, .. }) if body.bytes == "<presence/>"
//! ));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod clock;
mod compositor;
mod dialog;
#[cfg(test)]
mod fixture;
mod notifier;
mod package;
mod publisher;
mod random;
mod refresh;
mod subscriber;

pub use body::Body;
pub use compositor::{
    Compositor, CompositorConfig, CompositorInput, CompositorLimits, CompositorOutput, PublicationRecord,
    PublishPackage,
};
pub use notifier::{
    Notifier, NotifierConfig, NotifierInput, NotifierLimits, NotifierOutput, Package, SubscriptionId,
    SubscriptionRecord, WatcherState,
};
pub use publisher::{Publisher, PublisherConfig, PublisherInput, PublisherOutput};
pub use subscriber::{EndReason, Subscriber, SubscriberConfig, SubscriberInput, SubscriberOutput};

/// The name that the composing program gives to a request it hands in, so that the answer finds its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(
    /// Any number; the machines only hand it back.
    pub u64,
);
