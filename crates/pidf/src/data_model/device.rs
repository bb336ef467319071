use std::fmt;

use super::{NAMESPACE, Parts, component_methods};
use crate::contact::check_uri;
use crate::extension::{self, build, text_element};
use crate::{Element, Extension, Id, InvalidElement, InvalidElementKind, InvalidValue, Note, Timestamp};

/// A device that services of the presentity run on (RFC 4479 section 3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Device {
    id: Id,
    device_id: DeviceId,
    extensions: Vec<Element>,
    notes: Vec<Note>,
    timestamp: Option<Timestamp>,
}

impl Device {
    /// A device of which nothing is said yet.
    pub const fn new(id: Id, device_id: DeviceId) -> Self {
        Self {
            id,
            device_id,
            extensions: Vec::new(),
            notes: Vec::new(),
            timestamp: None,
        }
    }

    /// Which device it is, in this document and in others.
    pub const fn device_id(&self) -> &DeviceId {
        &self.device_id
    }

    component_methods!();
}

impl Extension for Device {
    const NAME: &'static str = "device";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        let id = extension::id(element)?;
        let device_id = element
            .find(NAMESPACE, DeviceId::NAME)
            .ok_or_else(|| InvalidElement::new(element, InvalidElementKind::MissingElement(DeviceId::NAME)))?;
        let device_id = DeviceId::from_element(device_id)?;
        let Parts {
            extensions,
            notes,
            timestamp,
        } = Parts::read(element)?;
        Ok(Self {
            id,
            device_id,
            extensions,
            notes,
            timestamp,
        })
    }

    fn to_element(&self) -> Element {
        let mut element = build(NAMESPACE, Self::NAME);
        element.push_attribute("id", self.id.as_str());
        let element = self.extensions.iter().cloned().fold(element, Element::with_child);
        let element = element.with_child(self.device_id.to_element());
        super::finish(element, &self.notes, self.timestamp.as_ref())
    }
}

/// Which device something runs on or is: a URN (RFC 4479 section 3.4).
///
/// In a tuple it says that the device contributes to the service (RFC 4480 section 3.4).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct DeviceId(String);

impl DeviceId {
    /// The identifier, as `urn:uuid:d27459b7-8213-4395-aa77-ed859a3e5b3a`.
    ///
    /// # Errors
    ///
    /// Empty, or with white space or a character that XML does not allow. Peers send what is no URN, as
    /// `mac:8asd7d7d70` in RFC 4479 itself, so the scheme is not checked.
    pub fn new(urn: impl Into<String>) -> Result<Self, InvalidValue> {
        let urn = urn.into();
        check_uri("the device id", &urn)?;
        Ok(Self(urn))
    }

    /// The identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Extension for DeviceId {
    const NAME: &'static str = "deviceID";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        element.parsed(|text| Self::new(text))
    }

    fn to_element(&self) -> Element {
        text_element(NAMESPACE, Self::NAME, &self.0)
    }
}
