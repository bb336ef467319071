//! Watcher information: who is subscribed to a resource, and in which state (RFC 3858).
//!
//! ```
//! use pidf::Limits;
//! use pidf::watcherinfo::{Event, Status, Table, Update, WatcherInfo};
//!
//! let full = br#"<watcherinfo xmlns="urn:ietf:params:xml:ns:watcherinfo" version="0" state="full">
//!   <watcher-list resource="sip:joe@example.test" package="presence">
//!     <watcher id="77ajsyy76" event="subscribe" status="pending">sip:a@example.test</watcher>
//!   </watcher-list>
//! </watcherinfo>"#;
//! let limits = Limits::default();
//! let mut table = Table::default();
//! assert_eq!(table.apply(WatcherInfo::parse(full, &limits)?, &limits), Update::Applied);
//!
//! // Joe allows it, and the next document says only that.
//! let mut next = table.to_watcherinfo().next_partial()?;
//! let mut watcher = table.lists()[0].watchers()[0].clone();
//! (watcher.status, watcher.event) = (Status::Active, Event::Approved);
//! next.list_mut(table.lists()[0].key().clone()).insert(watcher);
//! assert!(next.write().contains(r#"version="1" state="partial""#));
//!
//! assert_eq!(table.apply(next, &limits), Update::Applied);
//! assert_eq!(table.lists()[0].watchers()[0].status, Status::Active);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Elements and attributes of other namespaces are ignored (section 3) and not kept.

mod codec;
mod table;
mod watcher;

use std::fmt;

use crate::{Error, InvalidValue, Limits, Token, Uri};

pub use table::{Table, Update};
pub use watcher::{Event, Status, Watcher, WatcherId};

/// The media type of watcher information (RFC 3858 section 8.1).
pub const MEDIA_TYPE: &str = "application/watcherinfo+xml";

/// The namespace of its elements.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:watcherinfo";

/// A watcher information document: the `watcherinfo` element (RFC 3858 section 3).
///
/// Its lists have different keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct WatcherInfo {
    pub(crate) version: u32,
    pub(crate) state: State,
    pub(crate) lists: Vec<WatcherList>,
}

impl WatcherInfo {
    /// A document without any list. The first of a subscription has the version 0 and the full state.
    pub const fn new(version: u32, state: State) -> Self {
        Self {
            version,
            state,
            lists: Vec::new(),
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    ///
    /// Not well-formed XML, not watcher information, beyond a limit, or with a mandatory part missing or wrong.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        codec::read(document, limits)
    }

    /// Writes the document.
    pub fn write(&self) -> String {
        codec::write(self)
    }

    /// An empty document with the partial state and the version after this one's, which is what the next notification of
    /// the same subscription has.
    ///
    /// # Errors
    ///
    /// The version is the last: versions do not wrap (section 3).
    pub fn next_partial(&self) -> Result<Self, InvalidValue> {
        match self.version.checked_add(1) {
            Some(version) => Ok(Self::new(version, State::Partial)),
            None => Err(InvalidValue::new(
                "the next version",
                "a number of 32 bits",
                &(u64::from(self.version) + 1).to_string(),
            )),
        }
    }

    /// Orders the documents of one subscription.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Whether the document has every watcher or those that changed.
    pub const fn state(&self) -> State {
        self.state
    }

    /// The lists, in order.
    pub fn lists(&self) -> &[WatcherList] {
        &self.lists
    }

    /// The list with this key, added empty at the end if it is not there.
    pub fn list_mut(&mut self, key: ListKey) -> &mut WatcherList {
        let known = self.lists.iter().position(|list| list.key == key);
        let index = known.unwrap_or_else(|| {
            self.lists.push(WatcherList::new(key));
            self.lists.len() - 1
        });
        self.lists.get_mut(index).expect("the list was found or added there")
    }
}

impl fmt::Display for WatcherInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write())
    }
}

/// How much of the state a document has (RFC 3858 section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum State {
    /// Every watcher.
    Full,
    /// The watchers that changed since the document before.
    Partial,
}

/// What a list is about: a resource, and the event package whose watchers it has.
///
/// RFC 3858 section 4 tells lists apart by the resource alone. The same resource has watchers in several packages, though,
/// and a list has one package, so here both count.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ListKey {
    /// The URI of the resource that is watched.
    pub resource: Uri,
    /// The event package, as `presence`.
    pub package: Token,
}

/// The watchers of a resource: the `watcher-list` element. They have different ids.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct WatcherList {
    key: ListKey,
    watchers: Vec<Watcher>,
}

impl WatcherList {
    const fn new(key: ListKey) -> Self {
        Self {
            key,
            watchers: Vec::new(),
        }
    }

    /// What the list is about.
    pub const fn key(&self) -> &ListKey {
        &self.key
    }

    /// The watchers, in order.
    pub fn watchers(&self) -> &[Watcher] {
        &self.watchers
    }

    /// Adds a watcher, or puts it in the place of the one with the same id, which is given back.
    pub fn insert(&mut self, watcher: Watcher) -> Option<Watcher> {
        match self.watchers.iter_mut().find(|known| known.id == watcher.id) {
            Some(known) => Some(std::mem::replace(known, watcher)),
            None => {
                self.watchers.push(watcher);
                None
            }
        }
    }

    /// Takes out the watcher with this id.
    pub fn remove(&mut self, id: &str) -> Option<Watcher> {
        let index = self.watchers.iter().position(|watcher| watcher.id.as_str() == id)?;
        Some(self.watchers.remove(index))
    }
}
