use super::{NAMESPACE, Qualifiers, note_methods, qualifier_methods};
use crate::extension::{Token, build, note_element};
use crate::{Element, Extension, ForeignElement, InvalidElement, InvalidValue, Name, Note};

/// The namespace of the types of places (RFC 4589).
const LOCATION_TYPE: &str = "urn:ietf:params:xml:ns:location-type";

/// What the place where the person is allows (RFC 4480 section 3.6). What is not stated is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PlaceIs {
    audio: Option<AudioPlace>,
    video: Option<VideoPlace>,
    text: Option<TextPlace>,
    notes: Vec<Note>,
    qualifiers: Qualifiers,
}

impl PlaceIs {
    /// Nothing said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says how the place is for audio.
    #[must_use]
    pub fn with_audio(mut self, audio: AudioPlace) -> Self {
        self.audio = Some(audio);
        self
    }

    /// Says how the place is for video.
    #[must_use]
    pub fn with_video(mut self, video: VideoPlace) -> Self {
        self.video = Some(video);
        self
    }

    /// Says how the place is for text.
    #[must_use]
    pub fn with_text(mut self, text: TextPlace) -> Self {
        self.text = Some(text);
        self
    }

    /// How the place is for audio.
    pub const fn audio(&self) -> Option<AudioPlace> {
        self.audio
    }

    /// How the place is for video.
    pub const fn video(&self) -> Option<VideoPlace> {
        self.video
    }

    /// How the place is for text, be it messages or in real time.
    pub const fn text(&self) -> Option<TextPlace> {
        self.text
    }

    note_methods!();
    qualifier_methods!();
}

impl Extension for PlaceIs {
    const NAME: &'static str = "place-is";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        // What is none of the registered values is as good as absent.
        let medium = |name| element.find(NAMESPACE, name)?.elements().next();
        Ok(Self {
            audio: medium("audio").and_then(AudioPlace::from_element),
            video: medium("video").and_then(VideoPlace::from_element),
            text: medium("text").and_then(TextPlace::from_element),
            notes: element.notes(),
            qualifiers: Qualifiers::read(element)?,
        })
    }

    fn to_element(&self) -> Element {
        let mut element = self.qualifiers.element(Self::NAME);
        for note in &self.notes {
            element = element.with_child(note_element(NAMESPACE, "note", note));
        }
        let media = [
            ("audio", self.audio.map(AudioPlace::name)),
            ("video", self.video.map(VideoPlace::name)),
            ("text", self.text.map(TextPlace::name)),
        ];
        for (medium, place) in media {
            if let Some(place) = place {
                element = element.with_child(build(NAMESPACE, medium).with_child(build(NAMESPACE, place)));
            }
        }
        element
    }
}

/// An enumeration of what a place is for one medium.
macro_rules! place {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            fn from_element(element: &Element) -> Option<Self> {
                match element.name().local() {
                    $($text if element.is(NAMESPACE, $text) => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

place! {
    /// How a place is for audio.
    AudioPlace {
        /// Too loud to hear well.
        Noisy = "noisy",
        /// Suitable.
        Ok = "ok",
        /// One where noise and conversation are unwelcome, as a library.
        Quiet = "quiet",
        /// Not known.
        Unknown = "unknown",
    }
}

place! {
    /// How a place is for video.
    VideoPlace {
        /// So dark that a camera may see little.
        Dark = "dark",
        /// Suitable.
        Ok = "ok",
        /// Bright.
        TooBright = "toobright",
        /// Not known.
        Unknown = "unknown",
    }
}

place! {
    /// How a place is for text.
    TextPlace {
        /// Typing is out of place, as in a house of worship.
        Inappropriate = "inappropriate",
        /// Suitable.
        Ok = "ok",
        /// Typing is uncomfortable.
        Uncomfortable = "uncomfortable",
        /// Not known.
        Unknown = "unknown",
    }
}

/// The kind of place where the person is (RFC 4480 section 3.7).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PlaceType {
    places: Vec<Place>,
    notes: Vec<Note>,
    qualifiers: Qualifiers,
}

impl PlaceType {
    /// A place of this kind.
    pub fn new(place: Place) -> Self {
        Self {
            places: vec![place],
            notes: Vec::new(),
            qualifiers: Qualifiers::new(),
        }
    }

    /// The kinds that were stated, in order.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    note_methods!();
    qualifier_methods!();
}

impl Extension for PlaceType {
    const NAME: &'static str = "place-type";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        Ok(Self {
            places: super::tokens(element),
            notes: element.notes(),
            qualifiers: Qualifiers::read(element)?,
        })
    }

    fn to_element(&self) -> Element {
        super::write(self.qualifiers.element(Self::NAME), &self.notes, &self.places)
    }
}

/// A kind of place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
#[non_exhaustive]
pub enum Place {
    /// An element of another specification.
    Extension(ForeignElement),
    /// One of the types that RFC 4589 registers.
    Location(LocationType),
    /// A kind in words.
    Other(Note),
}

impl Token for Place {
    fn from_element(element: &Element) -> Self {
        if element.is(NAMESPACE, "other") {
            Self::Other(element.to_note())
        } else if element.name().namespace() == Some(LOCATION_TYPE) {
            Self::Location(LocationType(element.name().local().to_owned()))
        } else {
            Self::Extension(ForeignElement::of_peer(element.clone()))
        }
    }

    fn rank(&self) -> usize {
        0
    }

    fn to_element(&self) -> Element {
        match self {
            Self::Extension(extension) => extension.element().clone(),
            Self::Location(location) => build(LOCATION_TYPE, &location.0),
            Self::Other(note) => note_element(NAMESPACE, "other", note),
        }
    }
}

/// The name of a type of places in the registry of RFC 4589, as `residence` or `train-station`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct LocationType(String);

impl LocationType {
    /// The type with this name. The registry grows, so it is not looked up.
    ///
    /// # Errors
    ///
    /// No XML name without a colon.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidValue> {
        let name = name.into();
        Name::new(LOCATION_TYPE, &name)?;
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
