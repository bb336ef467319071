use std::fmt;
use std::str::FromStr;

use super::{NAMESPACE, Qualifiers, qualifier_methods};
use crate::contact::check_uri;
use crate::value::number;
use crate::xml::chars::check_text;
use crate::{Element, Extension, InvalidElement, InvalidValue, Timestamp};

/// The URI of a picture for the status of the person or the service (RFC 4480 section 3.12).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct StatusIcon {
    uri: String,
    qualifiers: Qualifiers,
}

impl StatusIcon {
    /// The picture at this URI.
    ///
    /// # Errors
    ///
    /// Empty, or with white space or a character that XML does not allow.
    pub fn new(uri: impl Into<String>) -> Result<Self, InvalidValue> {
        let uri = uri.into();
        check_uri("the status icon", &uri)?;
        Ok(Self {
            uri,
            qualifiers: Qualifiers::new(),
        })
    }

    /// The URI.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    qualifier_methods!();
}

impl Extension for StatusIcon {
    const NAME: &'static str = "status-icon";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        let icon = element.parsed(|text| Self::new(text))?;
        Ok(icon.with_qualifiers(Qualifiers::read(element)?))
    }

    fn to_element(&self) -> Element {
        let mut element = self.qualifiers.element(Self::NAME);
        element.push_text(self.uri.as_str().into());
        element
    }
}

/// How far local time is ahead of UTC where the person is (RFC 4480 section 3.13).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TimeOffset {
    minutes: i32,
    description: Option<String>,
    qualifiers: Qualifiers,
}

impl TimeOffset {
    /// So many minutes ahead, behind where it is negative.
    pub const fn new(minutes: i32) -> Self {
        Self {
            minutes,
            description: None,
            qualifiers: Qualifiers::new(),
        }
    }

    /// Describes the offset for people, as by the name of the time zone.
    ///
    /// # Errors
    ///
    /// A character that XML does not allow.
    pub fn with_description(mut self, description: impl Into<String>) -> Result<Self, InvalidValue> {
        let description = description.into();
        check_text("the description", &description)?;
        self.description = Some(description);
        Ok(self)
    }

    /// The minutes.
    pub const fn minutes(&self) -> i32 {
        self.minutes
    }

    /// The description for people.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    qualifier_methods!();
}

impl Extension for TimeOffset {
    const NAME: &'static str = "time-offset";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        Ok(Self {
            minutes: element.parsed(|text| number("the time offset", "a number of minutes", text))?,
            description: element.attribute("description").map(str::to_owned),
            qualifiers: Qualifiers::read(element)?,
        })
    }

    fn to_element(&self) -> Element {
        let mut element = self.qualifiers.element(Self::NAME);
        if let Some(description) = &self.description {
            element.push_attribute("description", description);
        }
        element.push_text(self.minutes.to_string().into());
        element
    }
}

/// Whether a service or a device is in use (RFC 4480 section 3.14).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct UserInput {
    input: Input,
    idle_threshold: Option<u32>,
    last_input: Option<Timestamp>,
    qualifiers: Qualifiers,
}

impl UserInput {
    /// In use.
    pub const fn active() -> Self {
        Self::new(Input::Active)
    }

    /// Not in use for longer than the threshold.
    pub const fn idle() -> Self {
        Self::new(Input::Idle)
    }

    const fn new(input: Input) -> Self {
        Self {
            input,
            idle_threshold: None,
            last_input: None,
            qualifiers: Qualifiers::new(),
        }
    }

    /// States after how many seconds without input it counts as idle; none for zero.
    #[must_use]
    pub fn with_idle_threshold(mut self, seconds: u32) -> Self {
        self.idle_threshold = (seconds > 0).then_some(seconds);
        self
    }

    /// States when the last input was.
    #[must_use]
    pub fn with_last_input(mut self, time: Timestamp) -> Self {
        self.last_input = Some(time);
        self
    }

    /// Whether it is in use.
    pub const fn input(&self) -> Input {
        self.input
    }

    /// After how many seconds without input it counts as idle.
    pub const fn idle_threshold(&self) -> Option<u32> {
        self.idle_threshold
    }

    /// When the last input was.
    pub const fn last_input(&self) -> Option<&Timestamp> {
        self.last_input.as_ref()
    }

    qualifier_methods!();
}

impl Extension for UserInput {
    const NAME: &'static str = "user-input";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        let threshold = |text: &str| number("the idle threshold", "a number of seconds", text);
        let input = Self::new(element.parsed(str::parse)?);
        Ok(Self {
            idle_threshold: element
                .parsed_attribute("idle-threshold", threshold)?
                .filter(|seconds| *seconds > 0),
            last_input: element.parsed_attribute("last-input", str::parse)?,
            qualifiers: Qualifiers::read(element)?,
            ..input
        })
    }

    fn to_element(&self) -> Element {
        // The schema has no times here (RFC 4480 table 1).
        let mut element = self.qualifiers.timeless_element(Self::NAME);
        if let Some(seconds) = self.idle_threshold {
            element.push_attribute("idle-threshold", seconds.to_string());
        }
        if let Some(time) = &self.last_input {
            element.push_attribute("last-input", time.as_str());
        }
        element.push_text(self.input.to_string().into());
        element
    }
}

/// The two states of [`UserInput`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Input {
    /// There was input within the threshold.
    Active,
    /// There was none.
    Idle,
}

impl FromStr for Input {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        match text {
            "active" => Ok(Self::Active),
            "idle" => Ok(Self::Idle),
            _ => Err(InvalidValue::new("the user input", "`active` or `idle`", text)),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Idle => "idle",
        })
    }
}
