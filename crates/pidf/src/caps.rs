//! What services and devices are capable of (RFC 5196): media, methods, extensions, languages and more.
//!
//! [`ServCaps`] stands in tuples, [`DevCaps`] in devices.
//!
//! ```
//! use pidf::caps::{Flag, Method, ServCaps, Support};
//! use pidf::{Basic, Id, Tuple};
//!
//! let caps = ServCaps::new()
//!     .with_flag(Flag::Audio, true)
//!     .with_methods(Support::new().with_supported([Method::Invite, Method::Message]));
//! let tuple = Tuple::new(Id::new("desk")?, Basic::Open).with_typed(&caps)?;
//! let caps: ServCaps = tuple.typed()?.unwrap();
//! assert_eq!(caps.flag(Flag::Audio), Some(true));
//! assert_eq!(caps.flag(Flag::Video), None);
//! assert!(caps.methods().supported().contains(&Method::Message));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod device;
mod priority;
mod service;
mod support;
mod tokens;
mod words;

pub use device::DevCaps;
pub use priority::PriorityRange;
pub use service::{Flag, ServCaps};
pub use support::Support;
pub use tokens::{Actor, Class, Duplex, EventPackage, Method, Mobility, SipExtension};
pub use words::{Language, Scheme};

/// The namespace of the capabilities.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:pidf:caps";

/// The child elements of other specifications.
fn foreign(element: &crate::Element) -> Vec<crate::Element> {
    let is_foreign = |child: &&crate::Element| crate::extension::check_children(NAMESPACE, child).is_ok();
    element.elements().filter(is_foreign).cloned().collect()
}

/// What is said in words, in one language or several.
fn descriptions(element: &crate::Element) -> Vec<crate::Note> {
    let is_description = |child: &&crate::Element| child.is(NAMESPACE, "description");
    element
        .elements()
        .filter(is_description)
        .map(crate::Element::to_note)
        .collect()
}

#[cfg(test)]
mod tests;
