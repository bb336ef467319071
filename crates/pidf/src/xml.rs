//! The XML that presence documents need, over quick-xml's tokens: well-formedness, namespaces, limits and places.

pub(crate) mod chars;
mod cursor;
mod fault;
mod prolog;
mod reader;
mod scopes;
mod tag;

pub(crate) use reader::{Event, Reader};
pub(crate) use scopes::Scopes;
pub(crate) use tag::Tag;

/// What the prefix `xml` is always bound to.
pub(crate) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
/// What the prefix `xmlns` stands for; nothing can be bound to it.
pub(crate) const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";
