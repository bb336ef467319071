use std::fmt;

use crate::budget::Exhausted;
use crate::tree::{At, Tree};
use crate::xml::XML_NAMESPACE;
use crate::{Element, Error, InvalidValue, Language, Limits, Text, compose};

/// The namespace of error documents.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:patch-ops-error";

/// Why a patch could not be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{condition} at operation {}: {phrase}", index + 1)]
pub struct PatchError {
    condition: Condition,
    phrase: String,
    index: usize,
}

impl PatchError {
    pub(super) fn new(failure: Failure, index: usize) -> Self {
        Self {
            condition: failure.condition,
            phrase: failure.phrase,
            index,
        }
    }

    /// What kind of error it is.
    pub const fn condition(&self) -> Condition {
        self.condition
    }

    /// What is wrong, in words.
    pub fn phrase(&self) -> &str {
        &self.phrase
    }

    /// The index of the operation that failed; that of the last where all together made the document too large.
    pub const fn index(&self) -> usize {
        self.index
    }
}

/// An error whose operation is still to be told.
#[derive(Debug)]
pub(super) struct Failure {
    condition: Condition,
    phrase: String,
}

impl Failure {
    pub(super) fn new(condition: Condition, phrase: impl Into<String>) -> Self {
        Self {
            condition,
            phrase: phrase.into(),
        }
    }

    #[cfg(test)]
    pub(super) const fn condition(&self) -> Condition {
        self.condition
    }
}

impl From<Exhausted> for Failure {
    fn from(Exhausted { limit }: Exhausted) -> Self {
        let phrase = format!("the patch takes more than {limit} steps");
        Self::new(Condition::InvalidPatchDirective, phrase)
    }
}

/// The kinds of errors (RFC 5261 section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Condition {
    /// An attribute of an operation, or a value for an attribute, is not valid.
    InvalidAttributeValue,
    /// The patch and the document have different character sets.
    InvalidCharacterSet,
    /// The patch is not well-formed or not valid.
    InvalidDiffFormat,
    /// An entity that is not declared.
    InvalidEntityDeclaration,
    /// A prefix that is not declared, or that is in use.
    InvalidNamespacePrefix,
    /// A namespace that is not valid, or not declared where it should be.
    InvalidNamespaceUri,
    /// A node is to be replaced by one of another type, or by several.
    InvalidNodeTypes,
    /// An operation that is not understood, or too costly.
    InvalidPatchDirective,
    /// The root element cannot be removed, and not have a sibling.
    InvalidRootElementOperation,
    /// There is no white space to remove.
    InvalidWhitespaceDirective,
    /// What stands before the root cannot be changed so.
    InvalidXmlPrologOperation,
    /// No node was found, or several.
    UnlocatedNode,
    /// `id()` is not supported.
    UnsupportedIdFunction,
    /// `xml:id` is not supported.
    UnsupportedXmlId,
}

impl Condition {
    const ALL: [(Self, &'static str); 14] = [
        (Self::InvalidAttributeValue, "invalid-attribute-value"),
        (Self::InvalidCharacterSet, "invalid-character-set"),
        (Self::InvalidDiffFormat, "invalid-diff-format"),
        (Self::InvalidEntityDeclaration, "invalid-entity-declaration"),
        (Self::InvalidNamespacePrefix, "invalid-namespace-prefix"),
        (Self::InvalidNamespaceUri, "invalid-namespace-uri"),
        (Self::InvalidNodeTypes, "invalid-node-types"),
        (Self::InvalidPatchDirective, "invalid-patch-directive"),
        (Self::InvalidRootElementOperation, "invalid-root-element-operation"),
        (Self::InvalidWhitespaceDirective, "invalid-whitespace-directive"),
        (Self::InvalidXmlPrologOperation, "invalid-xml-prolog-operation"),
        (Self::UnlocatedNode, "unlocated-node"),
        (Self::UnsupportedIdFunction, "unsupported-id-function"),
        (Self::UnsupportedXmlId, "unsupported-xml-id"),
    ];

    /// The name of the error's element.
    pub fn as_str(self) -> &'static str {
        let known = Self::ALL.iter().find(|(condition, _)| *condition == self);
        known.expect("every condition is in the table").1
    }

    /// Whether the patch as a whole is wrong, so that there is no operation to tell.
    const fn is_of_patch(self) -> bool {
        matches!(self, Self::InvalidCharacterSet | Self::InvalidDiffFormat)
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(condition, _)| *condition)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error document: `patch-ops-error` (RFC 5261 section 5), with one error.
///
/// ```
/// use pidf::{Element, Limits, Name};
/// use pidf::patch::{Patch, PatchOpsError};
///
/// let limits = Limits::default();
/// let mut document = Element::parse(b"<doc/>", &limits)?;
/// let patch = Patch::parse(b"<diff><remove sel='doc'/></diff>", &limits)?;
/// let error = patch.apply(&mut document, &limits).unwrap_err();
/// let written = patch.error_document(&error, &Name::new("", "diff")?).write();
/// assert!(written.contains("<invalid-root-element-operation phrase="));
/// assert_eq!(PatchOpsError::parse(written.as_bytes(), &limits)?.condition(), error.condition());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchOpsError {
    condition: Condition,
    phrase: Option<Text>,
    lang: Option<Language>,
    operation: Option<Element>,
}

impl PatchOpsError {
    /// The media type of error documents (RFC 5261 section 10.2).
    pub const MEDIA_TYPE: &str = "application/patch-ops-error+xml";

    /// An error without a phrase.
    ///
    /// # Errors
    ///
    /// An error about an operation without the operation, or one about the whole patch with one (RFC 5261 section 9).
    pub fn new(condition: Condition, operation: Option<Element>) -> Result<Self, InvalidValue> {
        let expected = match (condition.is_of_patch(), operation.is_some()) {
            (false, false) => "there for this error",
            (true, true) => "absent for this error",
            _ => {
                return Ok(Self {
                    condition,
                    phrase: None,
                    lang: None,
                    operation,
                });
            }
        };
        Err(InvalidValue::new(
            "the operation that failed",
            expected,
            condition.as_str(),
        ))
    }

    /// States what is wrong, for people.
    #[must_use]
    pub fn with_phrase(mut self, phrase: Text) -> Self {
        self.phrase = Some(phrase);
        self
    }

    /// States the language of the phrase.
    #[must_use]
    pub fn with_lang(mut self, lang: Language) -> Self {
        self.lang = Some(lang);
        self
    }

    /// Reads a document. Of several errors it is the first; those of other namespaces are passed over.
    ///
    /// # Errors
    ///
    /// Not well-formed XML, no error document, beyond a limit, or without an error of section 5.1.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        let root = Element::parse(document, limits)?;
        let tree = Tree::new(document, &root, limits);
        let root = tree.root(NAMESPACE, "patch-ops-error")?;
        let Some(at) = root.children_in(NAMESPACE).next() else {
            return Err(root.unexpected("an error of RFC 5261 section 5.1", "none"));
        };
        let condition = Condition::from_name(at.local());
        let condition = condition.ok_or_else(|| at.misplaced("an error of RFC 5261 section 5.1"))?;
        let lang = at.attribute_in(XML_NAMESPACE, "lang").filter(|lang| !lang.is_empty());
        let operation = at.children().next().map(At::detach).transpose()?;
        Ok(Self {
            phrase: at.value(at.raw_attribute("phrase").map(Text::new).transpose())?,
            lang: at.value(lang.map(Language::new).transpose())?,
            ..at.value(Self::new(condition, operation))?
        })
    }

    /// Writes the document.
    pub fn write(&self) -> String {
        let mut error = compose::element(NAMESPACE, self.condition.as_str());
        if let Some(phrase) = &self.phrase {
            compose::set(&mut error, "phrase", phrase);
        }
        if let Some(lang) = &self.lang {
            compose::set_in(&mut error, XML_NAMESPACE, "lang", lang);
        }
        if let Some(operation) = &self.operation {
            compose::push(&mut error, operation.clone());
        }
        let mut root = compose::element(NAMESPACE, "patch-ops-error");
        compose::push(&mut root, error);
        compose::document(root, &[("", NAMESPACE)])
    }

    /// What kind of error it is.
    pub const fn condition(&self) -> Condition {
        self.condition
    }

    /// What is wrong, for people.
    pub const fn phrase(&self) -> Option<&Text> {
        self.phrase.as_ref()
    }

    /// The language of the phrase.
    pub const fn lang(&self) -> Option<&Language> {
        self.lang.as_ref()
    }

    /// The operation that failed.
    pub const fn operation(&self) -> Option<&Element> {
        self.operation.as_ref()
    }

    pub(super) fn of_operation(error: &PatchError, operation: Element) -> Self {
        Self {
            condition: error.condition,
            phrase: Text::new(error.phrase.clone()).ok(),
            lang: None,
            operation: Some(operation),
        }
    }
}

impl From<&Error> for PatchOpsError {
    /// What is wrong with a patch that cannot be read.
    fn from(error: &Error) -> Self {
        let condition = match error.kind() {
            crate::ErrorKind::Encoding { .. } => Condition::InvalidCharacterSet,
            _ => Condition::InvalidDiffFormat,
        };
        Self {
            condition,
            phrase: Text::new(error.to_string()).ok(),
            lang: None,
            operation: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_the_operation_that_it_is_about() {
        let operation = || Some(Element::new("urn:x", "remove").unwrap());
        for (condition, name) in Condition::ALL {
            assert_eq!(Condition::from_name(name), Some(condition));
            assert_eq!(
                PatchOpsError::new(condition, None).is_ok(),
                condition.is_of_patch(),
                "{name}"
            );
            assert_eq!(
                PatchOpsError::new(condition, operation()).is_ok(),
                !condition.is_of_patch(),
                "{name}"
            );
        }
    }

    #[test]
    fn a_patch_that_cannot_be_read_is_told_so() {
        let error = Element::parse(b"<diff>", &Limits::default()).unwrap_err();
        let document = PatchOpsError::from(&error);
        assert_eq!(document.condition(), Condition::InvalidDiffFormat);
        let again = PatchOpsError::parse(document.write().as_bytes(), &Limits::default());
        assert_eq!(again, Ok(document));
    }
}
