use std::collections::BTreeSet;

use super::{DeviceIdentifier, PersonIdentifier, Provided, ServiceIdentifier};
use crate::{Format, InvalidValue, Name, data_model, rpid};

/// What a watcher is permitted: the actions and transformations of RFC 5025 sections 3.2 and 3.3.
///
/// The default permits nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Permissions {
    /// What becomes of the subscription.
    pub sub_handling: SubHandling,
    /// Which devices are shown.
    pub provide_devices: Provided<DeviceIdentifier>,
    /// Which persons are shown.
    pub provide_persons: Provided<PersonIdentifier>,
    /// Which services, that is tuples, are shown.
    pub provide_services: Provided<ServiceIdentifier>,
    /// Which attributes are shown of the devices, persons and services that are.
    pub provide_attributes: BTreeSet<PresenceAttribute>,
    /// How much of `user-input` is shown.
    pub provide_user_input: UserInput,
    /// Which attributes are shown that no specification of permissions knows.
    pub provide_unknown_attributes: BTreeSet<UnknownAttribute>,
    /// Whether all attributes are shown, known or not.
    pub provide_all_attributes: bool,
}

impl Permissions {
    /// Adds what others permit (RFC 4745 section 10.2): the greater of numbers, both of sets, and true where one is.
    pub fn combine(&mut self, other: &Self) {
        self.sub_handling = self.sub_handling.max(other.sub_handling);
        self.provide_devices.combine(&other.provide_devices);
        self.provide_persons.combine(&other.provide_persons);
        self.provide_services.combine(&other.provide_services);
        self.provide_attributes.extend(&other.provide_attributes);
        self.provide_user_input = self.provide_user_input.max(other.provide_user_input);
        let unknown = other.provide_unknown_attributes.iter().cloned();
        self.provide_unknown_attributes.extend(unknown);
        self.provide_all_attributes |= other.provide_all_attributes;
    }

    /// Whether an attribute is shown.
    pub fn provides(&self, attribute: PresenceAttribute) -> bool {
        self.provide_all_attributes || self.provide_attributes.contains(&attribute)
    }

    /// How much of `user-input` is shown, counting [`Permissions::provide_all_attributes`].
    pub fn user_input(&self) -> UserInput {
        if self.provide_all_attributes {
            UserInput::Full
        } else {
            self.provide_user_input
        }
    }

    /// Whether an attribute is shown that no specification of permissions knows.
    ///
    /// Elements of PIDF, the data model and RPID are known, and shown by their own permissions alone (section 3.3.2.14).
    pub fn provides_unknown(&self, name: &Name) -> bool {
        let namespace = name.namespace().unwrap_or_default();
        let is_known = [data_model::NAMESPACE, rpid::NAMESPACE].contains(&namespace)
            || Format::from_namespace(namespace).is_some();
        let mut unknown = self.provide_unknown_attributes.iter();
        let is_provided =
            |provided: &UnknownAttribute| provided.namespace == namespace && provided.name == name.local();
        self.provide_all_attributes || (!is_known && unknown.any(is_provided))
    }
}

/// What becomes of a subscription (RFC 5025 section 3.2.1), the least permitted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum SubHandling {
    /// It is rejected.
    #[default]
    Block,
    /// It is pending until the presentity decides.
    Confirm,
    /// It is active, and shows the presentity as unavailable.
    PoliteBlock,
    /// It is active.
    Allow,
}

impl SubHandling {
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::Block, "block"),
        (Self::Confirm, "confirm"),
        (Self::PoliteBlock, "polite-block"),
        (Self::Allow, "allow"),
    ];

    /// The number that RFC 5025 gives it.
    pub const fn value(self) -> u32 {
        match self {
            Self::Block => 0,
            Self::Confirm => 10,
            Self::PoliteBlock => 20,
            Self::Allow => 30,
        }
    }
}

/// How much of `user-input` is shown (RFC 5025 section 3.3.2.12), the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum UserInput {
    /// Nothing: the element is taken out.
    #[default]
    False,
    /// The element without its attributes `idle-threshold` and `since`.
    Bare,
    /// The element with `idle-threshold`.
    Thresholds,
    /// All of it.
    Full,
}

impl UserInput {
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::False, "false"),
        (Self::Bare, "bare"),
        (Self::Thresholds, "thresholds"),
        (Self::Full, "full"),
    ];

    /// The number that RFC 5025 gives it.
    pub const fn value(self) -> u32 {
        match self {
            Self::False => 0,
            Self::Bare => 10,
            Self::Thresholds => 20,
            Self::Full => 30,
        }
    }
}

/// An attribute of presence that is shown or not (RFC 5025 section 3.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum PresenceAttribute {
    /// What a person is doing.
    Activities,
    /// The class of a person, service or device.
    Class,
    /// The device of a service. That of a device is always shown.
    DeviceId,
    /// The mood of a person.
    Mood,
    /// The properties of the place that a person is at.
    PlaceIs,
    /// The type of that place.
    PlaceType,
    /// What others may hear and see of a communication.
    Privacy,
    /// How a service is related to the presentity.
    Relationship,
    /// The state that a person is in, such as `work`.
    Sphere,
    /// An icon of a person or service.
    StatusIcon,
    /// A person's distance from UTC.
    TimeOffset,
    /// The notes of persons, services and devices, but not those inside other attributes.
    Note,
}

impl PresenceAttribute {
    /// Attribute, and the name of its permission, in the order of the schema.
    pub(super) const ALL: [(Self, &'static str); 12] = [
        (Self::Activities, "provide-activities"),
        (Self::Class, "provide-class"),
        (Self::DeviceId, "provide-deviceID"),
        (Self::Mood, "provide-mood"),
        (Self::PlaceIs, "provide-place-is"),
        (Self::PlaceType, "provide-place-type"),
        (Self::Privacy, "provide-privacy"),
        (Self::Relationship, "provide-relationship"),
        (Self::Sphere, "provide-sphere"),
        (Self::StatusIcon, "provide-status-icon"),
        (Self::TimeOffset, "provide-time-offset"),
        (Self::Note, "provide-note"),
    ];
}

/// An attribute that no specification of permissions knows, by its qualified name (RFC 5025 section 3.3.2.14).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct UnknownAttribute {
    namespace: String,
    name: String,
}

impl UnknownAttribute {
    /// The attribute with this name.
    ///
    /// # Errors
    ///
    /// The name is none without a prefix, or the namespace is empty or has a character that XML does not allow.
    pub fn new(namespace: &str, name: &str) -> Result<Self, InvalidValue> {
        if namespace.is_empty() {
            return Err(InvalidValue::new("the attribute's namespace", "a URI", namespace));
        }
        Name::new(namespace, name)?;
        Ok(Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name in it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greater_wins_and_sets_are_joined() {
        let mut one = Permissions {
            sub_handling: SubHandling::Confirm,
            provide_attributes: BTreeSet::from([PresenceAttribute::Mood]),
            provide_user_input: UserInput::Full,
            ..Permissions::default()
        };
        let other = Permissions {
            sub_handling: SubHandling::Allow,
            provide_attributes: BTreeSet::from([PresenceAttribute::Note]),
            provide_user_input: UserInput::Bare,
            provide_unknown_attributes: BTreeSet::from([UnknownAttribute::new("urn:x", "foo").unwrap()]),
            ..Permissions::default()
        };
        one.combine(&other);
        assert_eq!(one.sub_handling, SubHandling::Allow);
        assert_eq!(one.user_input(), UserInput::Full);
        assert!(one.provides(PresenceAttribute::Mood) && one.provides(PresenceAttribute::Note));
        assert!(!one.provides(PresenceAttribute::Class));
        assert!(one.provides_unknown(&Name::new("urn:x", "foo").unwrap()));
        assert!(!one.provides_unknown(&Name::new("urn:y", "foo").unwrap()));
    }

    #[test]
    fn what_has_a_permission_of_its_own_is_not_unknown() {
        for (namespace, name) in [
            (rpid::NAMESPACE, "mood"),
            (data_model::NAMESPACE, "deviceID"),
            (Format::Pidf.namespace(), "note"),
        ] {
            let mut permissions = Permissions::default();
            let attribute = UnknownAttribute::new(namespace, name).unwrap();
            permissions.provide_unknown_attributes.insert(attribute);
            let name = Name::new(namespace, name).unwrap();
            assert!(!permissions.provides_unknown(&name), "{name}");
            permissions.provide_all_attributes = true;
            assert!(permissions.provides_unknown(&name), "{name}");
        }
    }

    #[test]
    fn all_attributes_are_all_of_them() {
        let all = Permissions {
            provide_all_attributes: true,
            ..Permissions::default()
        };
        assert!(
            PresenceAttribute::ALL
                .iter()
                .all(|(attribute, _)| all.provides(*attribute))
        );
        assert_eq!(all.user_input(), UserInput::Full);
        assert!(all.provides_unknown(&Name::new("urn:x", "foo").unwrap()));
    }

    #[test]
    fn the_numbers_of_the_rfc_are_in_order() {
        assert!(
            SubHandling::ALL
                .iter()
                .map(|(value, _)| (value, value.value()))
                .is_sorted()
        );
        assert!(
            UserInput::ALL
                .iter()
                .map(|(value, _)| (value, value.value()))
                .is_sorted()
        );
        assert_eq!(SubHandling::PoliteBlock.value(), 20);
        assert_eq!(UserInput::Full.value(), 30);
    }

    #[test]
    fn names_of_unknown_attributes_have_no_prefix() {
        assert!(UnknownAttribute::new("urn:x", "p:foo").is_err());
        assert!(UnknownAttribute::new("", "foo").is_err());
    }
}
