use std::collections::BTreeMap;

use super::{
    Actor, Class, Duplex, EventPackage, Language, Method, NAMESPACE, PriorityRange, Scheme, SipExtension, Support,
    descriptions, foreign, support,
};
use crate::extension::{build, check_children, note_element, text_element};
use crate::value::boolean;
use crate::xml::chars::{check_text, is_space};
use crate::{Element, Extension, InvalidElement, InvalidValue, Note};

/// What a service is capable of (RFC 5196 section 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ServCaps {
    flags: BTreeMap<Flag, bool>,
    actors: Support<Actor>,
    classes: Support<Class>,
    duplex: Support<Duplex>,
    event_packages: Support<EventPackage>,
    sip_extensions: Support<SipExtension>,
    methods: Support<Method>,
    languages: Support<Language>,
    priorities: Support<PriorityRange>,
    schemes: Support<Scheme>,
    descriptions: Vec<Note>,
    types: Vec<String>,
    extensions: Vec<Element>,
}

impl ServCaps {
    /// Nothing said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether the service has a capability.
    #[must_use]
    pub fn with_flag(mut self, flag: Flag, value: bool) -> Self {
        self.flags.insert(flag, value);
        self
    }

    /// Says who answers.
    #[must_use]
    pub fn with_actors(mut self, actors: Support<Actor>) -> Self {
        self.actors = actors;
        self
    }

    /// Says what the service is used for.
    #[must_use]
    pub fn with_classes(mut self, classes: Support<Class>) -> Self {
        self.classes = classes;
        self
    }

    /// Says whether the service sends, receives or does both.
    #[must_use]
    pub fn with_duplex(mut self, duplex: Support<Duplex>) -> Self {
        self.duplex = duplex;
        self
    }

    /// Says which event packages are supported.
    #[must_use]
    pub fn with_event_packages(mut self, event_packages: Support<EventPackage>) -> Self {
        self.event_packages = event_packages;
        self
    }

    /// Says which SIP extensions are supported.
    #[must_use]
    pub fn with_sip_extensions(mut self, sip_extensions: Support<SipExtension>) -> Self {
        self.sip_extensions = sip_extensions;
        self
    }

    /// Says which SIP methods are supported.
    #[must_use]
    pub fn with_methods(mut self, methods: Support<Method>) -> Self {
        self.methods = methods;
        self
    }

    /// Says which languages are supported.
    #[must_use]
    pub fn with_languages(mut self, languages: Support<Language>) -> Self {
        self.languages = languages;
        self
    }

    /// Says which call priorities are supported.
    #[must_use]
    pub fn with_priorities(mut self, priorities: Support<PriorityRange>) -> Self {
        self.priorities = priorities;
        self
    }

    /// Says which URI schemes are supported.
    #[must_use]
    pub fn with_schemes(mut self, schemes: Support<Scheme>) -> Self {
        self.schemes = schemes;
        self
    }

    /// Adds a description for people.
    #[must_use]
    pub fn with_description(mut self, description: Note) -> Self {
        self.descriptions.push(description);
        self
    }

    /// Adds a type of content that the service can take, as `text/plain`.
    ///
    /// # Errors
    ///
    /// Not of the form `type/subtype` (section 3.2.9), or with a character that XML does not allow.
    pub fn with_type(mut self, media_type: impl Into<String>) -> Result<Self, InvalidValue> {
        let media_type = media_type.into();
        let has_parts = media_type.split('/').filter(|part| !part.is_empty()).count() == 2;
        if !has_parts || media_type.contains(is_space) {
            return Err(InvalidValue::new(
                "the type",
                "a type and a subtype with `/` between",
                &media_type,
            ));
        }
        check_text("the type", &media_type)?;
        self.types.push(media_type);
        Ok(self)
    }

    /// Adds an element of another specification.
    ///
    /// # Errors
    ///
    /// The element is in no namespace or in that of the capabilities.
    pub fn with_extension(mut self, extension: Element) -> Result<Self, InvalidValue> {
        check_children(NAMESPACE, &extension)?;
        self.extensions.push(extension);
        Ok(self)
    }

    /// Whether the service has a capability; `None` where nothing is said of it.
    pub fn flag(&self, flag: Flag) -> Option<bool> {
        self.flags.get(&flag).copied()
    }

    /// Who answers.
    pub const fn actors(&self) -> &Support<Actor> {
        &self.actors
    }

    /// What the service is used for.
    pub const fn classes(&self) -> &Support<Class> {
        &self.classes
    }

    /// Whether the service sends, receives or does both.
    pub const fn duplex(&self) -> &Support<Duplex> {
        &self.duplex
    }

    /// Which event packages are supported.
    pub const fn event_packages(&self) -> &Support<EventPackage> {
        &self.event_packages
    }

    /// Which SIP extensions are supported.
    pub const fn sip_extensions(&self) -> &Support<SipExtension> {
        &self.sip_extensions
    }

    /// Which SIP methods are supported.
    pub const fn methods(&self) -> &Support<Method> {
        &self.methods
    }

    /// Which languages are supported.
    pub const fn languages(&self) -> &Support<Language> {
        &self.languages
    }

    /// Which call priorities are supported.
    pub const fn priorities(&self) -> &Support<PriorityRange> {
        &self.priorities
    }

    /// Which URI schemes are supported.
    pub const fn schemes(&self) -> &Support<Scheme> {
        &self.schemes
    }

    /// The descriptions for people, in order.
    pub fn descriptions(&self) -> &[Note] {
        &self.descriptions
    }

    /// The types of content that the service can take, in order.
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// What other specifications add, in order.
    pub fn extensions(&self) -> &[Element] {
        &self.extensions
    }
}

impl Extension for ServCaps {
    const NAME: &'static str = "servcaps";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        let mut flags = BTreeMap::new();
        for flag in Flag::ALL {
            if let Some(stated) = element.find(NAMESPACE, flag.name()) {
                flags.insert(*flag, stated.parsed(|text| boolean("the capability", text))?);
            }
        }
        let is_type = |child: &&Element| child.is(NAMESPACE, "type");
        let types = element.elements().filter(is_type);
        Ok(Self {
            flags,
            actors: support::read(element, "actor")?,
            classes: support::read(element, "class")?,
            duplex: support::read(element, "duplex")?,
            event_packages: support::read(element, "event-packages")?,
            sip_extensions: support::read(element, "extensions")?,
            methods: support::read(element, "methods")?,
            languages: support::read(element, "languages")?,
            priorities: Support::read_with(element, "priority", |_| true, PriorityRange::read)?,
            schemes: support::read(element, "schemes")?,
            descriptions: descriptions(element),
            types: types
                .map(|child| child.text().trim_matches(is_space).to_owned())
                .collect(),
            extensions: foreign(element),
        })
    }

    fn to_element(&self) -> Element {
        let mut element = build(NAMESPACE, Self::NAME);
        element = support::write(&self.actors, element, "actor");
        element = self.write_flag(element, Flag::Application);
        element = self.write_flag(element, Flag::Audio);
        element = self.write_flag(element, Flag::Automata);
        element = support::write(&self.classes, element, "class");
        element = self.write_flag(element, Flag::Control);
        element = self.write_flag(element, Flag::Data);
        for description in &self.descriptions {
            element = element.with_child(note_element(NAMESPACE, "description", description));
        }
        element = support::write(&self.duplex, element, "duplex");
        element = support::write(&self.event_packages, element, "event-packages");
        element = support::write(&self.sip_extensions, element, "extensions");
        element = self.write_flag(element, Flag::IsFocus);
        element = self.write_flag(element, Flag::Message);
        element = support::write(&self.methods, element, "methods");
        element = support::write(&self.languages, element, "languages");
        element = support::write(&self.priorities, element, "priority");
        element = support::write(&self.schemes, element, "schemes");
        element = self.write_flag(element, Flag::Text);
        for media_type in &self.types {
            element = element.with_child(text_element(NAMESPACE, "type", media_type));
        }
        element = self.write_flag(element, Flag::Video);
        self.extensions.iter().cloned().fold(element, Element::with_child)
    }
}

impl ServCaps {
    fn write_flag(&self, element: Element, flag: Flag) -> Element {
        match self.flag(flag) {
            Some(value) => element.with_child(text_element(NAMESPACE, flag.name(), &value.to_string())),
            None => element,
        }
    }
}

/// A capability that a service has or has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Flag {
    /// The streaming media type `application`.
    Application,
    /// The streaming media type `audio`.
    Audio,
    /// What answers is an automaton, as a voicemail server.
    Automata,
    /// The streaming media type `control`.
    Control,
    /// The streaming media type `data`.
    Data,
    /// It is a conference server, the focus.
    IsFocus,
    /// The streaming media type `message`.
    Message,
    /// The streaming media type `text`.
    Text,
    /// The streaming media type `video`.
    Video,
}

impl Flag {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::Application,
        Self::Audio,
        Self::Automata,
        Self::Control,
        Self::Data,
        Self::IsFocus,
        Self::Message,
        Self::Text,
        Self::Video,
    ];

    /// The local name of the element that stands for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Audio => "audio",
            Self::Automata => "automata",
            Self::Control => "control",
            Self::Data => "data",
            Self::IsFocus => "isfocus",
            Self::Message => "message",
            Self::Text => "text",
            Self::Video => "video",
        }
    }
}
