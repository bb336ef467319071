use super::{NAMESPACE, Qualifiers, note_methods, qualifier_methods};
use crate::extension::tokens;
use crate::{Element, Extension, InvalidElement, Note};

/// What the person is doing, one activity or several at once (RFC 4480 section 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Activities {
    activities: Vec<Activity>,
    notes: Vec<Note>,
    qualifiers: Qualifiers,
}

impl Activities {
    /// Activities. `Unknown` beside others says nothing and is left out.
    pub fn new(activities: impl IntoIterator<Item = Activity>) -> Self {
        Self {
            activities: super::known(activities, &Activity::Unknown),
            ..Self::default()
        }
    }

    /// What was stated, in order.
    pub fn activities(&self) -> &[Activity] {
        &self.activities
    }

    note_methods!();
    qualifier_methods!();
}

impl Extension for Activities {
    const NAME: &'static str = "activities";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        Ok(Self {
            notes: element.notes(),
            qualifiers: Qualifiers::read(element)?,
            ..Self::new(super::tokens(element))
        })
    }

    fn to_element(&self) -> Element {
        let element = self.qualifiers.element(Self::NAME);
        super::write(element, &self.notes, &self.activities)
    }
}

tokens! {
    /// An activity of a person (RFC 4480 section 3.2, which describes each).
    Activity in NAMESPACE, Other {
        Appointment = "appointment",
        Away = "away",
        Breakfast = "breakfast",
        Busy = "busy",
        Dinner = "dinner",
        Holiday = "holiday",
        InTransit = "in-transit",
        LookingForWork = "looking-for-work",
        Meal = "meal",
        Meeting = "meeting",
        OnThePhone = "on-the-phone",
        Performance = "performance",
        PermanentAbsence = "permanent-absence",
        Playing = "playing",
        Presentation = "presentation",
        Shopping = "shopping",
        Sleeping = "sleeping",
        Spectator = "spectator",
        Steering = "steering",
        Travel = "travel",
        Tv = "tv",
        Unknown = "unknown",
        Vacation = "vacation",
        Working = "working",
        Worship = "worship",
    }
}
