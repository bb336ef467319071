//! The XML that presence documents need: well-formedness, namespaces, limits and places.
//!
//! A reader of its own, because a general one leaves names, characters, attributes, namespaces and references to be
//! checked by its user in further passes, and its bare scan alone takes half of the time that reading may. The tests
//! compare it with quick-xml and with xmllint.

pub(crate) mod chars;
mod cursor;
mod fault;
mod namespace;
mod prolog;
mod reader;
mod scopes;
mod tag;
mod tokens;
mod window;

pub(crate) use namespace::{Namespace, NamespaceId};
pub(crate) use reader::{Event, Reader};
pub(crate) use scopes::Scopes;
pub(crate) use tag::{MAX_DEPTH, Tag};

/// What the prefix `xml` is always bound to.
pub(crate) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
/// What the prefix `xmlns` stands for; nothing can be bound to it.
pub(crate) const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";
