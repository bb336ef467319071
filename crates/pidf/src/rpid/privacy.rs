use super::{NAMESPACE, Qualifiers, note_methods, qualifier_methods};
use crate::element::check_extension;
use crate::extension::{build, check_children};
use crate::{Element, Extension, InvalidElement, InvalidValue, Note};

/// Which communication others near the presentity are unlikely to overhear or see (RFC 4480 section 3.8).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Privacy {
    audio: bool,
    text: bool,
    video: bool,
    extensions: Vec<Element>,
    notes: Vec<Note>,
    qualifiers: Qualifiers,
}

impl Privacy {
    /// Not known.
    pub fn unknown() -> Self {
        Self::default()
    }

    /// Says that audio is private.
    #[must_use]
    pub const fn with_audio(mut self) -> Self {
        self.audio = true;
        self
    }

    /// Says that text is private.
    #[must_use]
    pub const fn with_text(mut self) -> Self {
        self.text = true;
        self
    }

    /// Says that video is private.
    #[must_use]
    pub const fn with_video(mut self) -> Self {
        self.video = true;
        self
    }

    /// Adds an element of another specification.
    ///
    /// # Errors
    ///
    /// The element is in no namespace or in that of RPID, or in PIDF's own, which is read as that of RPID.
    pub fn with_extension(mut self, extension: Element) -> Result<Self, InvalidValue> {
        check_children(NAMESPACE, &extension)?;
        check_extension(&extension)?;
        self.extensions.push(extension);
        Ok(self)
    }

    /// Whether audio is private.
    pub const fn audio(&self) -> bool {
        self.audio
    }

    /// Whether text is private.
    pub const fn text(&self) -> bool {
        self.text
    }

    /// Whether video is private.
    pub const fn video(&self) -> bool {
        self.video
    }

    /// Whether nothing is known, because nothing is stated.
    pub fn is_unknown(&self) -> bool {
        !self.audio && !self.text && !self.video && self.extensions.is_empty()
    }

    /// What other specifications add, in order.
    pub fn extensions(&self) -> &[Element] {
        &self.extensions
    }

    note_methods!();
    qualifier_methods!();
}

impl Extension for Privacy {
    const NAME: &'static str = "privacy";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        let has = |name| element.find(NAMESPACE, name).is_some();
        let is_foreign = |child: &&Element| !element.has_part(child) && check_extension(child).is_ok();
        Ok(Self {
            audio: has("audio"),
            text: has("text"),
            video: has("video"),
            extensions: element.elements().filter(is_foreign).cloned().collect(),
            notes: element.notes(),
            qualifiers: Qualifiers::read(element)?,
        })
    }

    fn to_element(&self) -> Element {
        let element = self.qualifiers.element(Self::NAME);
        let mut element = super::write::<super::Relation>(element, &self.notes, []);
        let media = [
            ("unknown", self.is_unknown()),
            ("audio", self.audio),
            ("text", self.text),
            ("video", self.video),
        ];
        for (name, _) in media.iter().filter(|(_, stated)| *stated) {
            element = element.with_child(build(NAMESPACE, name));
        }
        self.extensions.iter().cloned().fold(element, Element::with_child)
    }
}
