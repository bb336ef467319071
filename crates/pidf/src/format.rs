use std::fmt;

/// The media type of presence documents (RFC 3863 section 3.1).
pub const MEDIA_TYPE: &str = "application/pidf+xml";

/// The media type of draft-ietf-impp-cpim-pidf-07, which RFC 3863 replaced.
pub const MEDIA_TYPE_CPIM_PIDF: &str = "application/cpim-pidf+xml";

/// The two spellings of a presence document.
///
/// They have the same elements; they differ in the namespace, the media type and how the basic status is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Format {
    /// The draft of 2002: namespace `urn:ietf:params:xml:ns:cpim-pidf`, `<basic> OPEN </basic>`.
    CpimPidf,
    /// RFC 3863: namespace `urn:ietf:params:xml:ns:pidf`, `<basic>open</basic>`.
    #[default]
    Pidf,
}

impl Format {
    /// The media type that a body in this format is sent with.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::CpimPidf => MEDIA_TYPE_CPIM_PIDF,
            Self::Pidf => MEDIA_TYPE,
        }
    }

    /// The namespace of the document's own elements.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::CpimPidf => "urn:ietf:params:xml:ns:cpim-pidf",
            Self::Pidf => "urn:ietf:params:xml:ns:pidf",
        }
    }

    /// The format that a Content-Type or an Accept range names exactly, in any case and with any parameters.
    ///
    /// ```
    /// # use pidf::Format;
    /// assert_eq!(Format::from_media_type("application/PIDF+xml; charset=UTF-8"), Some(Format::Pidf));
    /// assert_eq!(Format::from_media_type("application/*"), None);
    /// ```
    pub fn from_media_type(value: &str) -> Option<Self> {
        let media_type = value.split(';').next().unwrap_or_default().trim();
        [Self::Pidf, Self::CpimPidf]
            .into_iter()
            .find(|format| media_type.eq_ignore_ascii_case(format.media_type()))
    }

    /// The format whose elements are in this namespace.
    pub(crate) fn from_namespace(namespace: &str) -> Option<Self> {
        [Self::Pidf, Self::CpimPidf]
            .into_iter()
            .find(|format| namespace == format.namespace())
    }
}

impl fmt::Display for Format {
    /// The media type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.media_type())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        assert_eq!(Format::from_media_type(MEDIA_TYPE), Some(Format::Pidf));
        assert_eq!(
            Format::from_media_type("Application/CPIM-PIDF+XML ;q=0.5"),
            Some(Format::CpimPidf)
        );
        assert_eq!(Format::from_media_type("application/pidf-diff+xml"), None);
        assert_eq!(Format::from_media_type(""), None);
    }
}
