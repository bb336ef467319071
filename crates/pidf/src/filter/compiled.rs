use super::Filter;
use super::content::{Selected, content};
use super::trigger::{CompiledTrigger, is_active};
use crate::budget::Exhausted;
use crate::{Element, InvalidValue, Limits};

/// A filter whose expressions are read: what of a document a watcher is told, and when.
///
/// ```
/// use pidf::filter::FilterSet;
/// use pidf::{Element, Limits};
///
/// let limits = Limits::default();
/// let set = br#"<filter-set xmlns="urn:ietf:params:xml:ns:simple-filter">
///   <ns-bindings><ns-binding prefix="p" urn="urn:ietf:params:xml:ns:pidf"/></ns-bindings>
///   <filter id="1">
///     <what><include>//p:tuple/p:status/p:basic</include></what>
///     <trigger><changed to="open">//p:basic</changed></trigger>
///   </filter>
/// </filter-set>"#;
/// let set = FilterSet::parse(set, &limits)?;
/// let filter = set.compile(&set.filters()[0])?;
///
/// let [closed, open] = ["closed", "open"].map(|basic| {
///     let document = format!(
///         "<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='pres:a@example.test'>\
///          <tuple id='t'><status><basic>{basic}</basic></status><contact>sip:a@192.0.2.1</contact></tuple></presence>"
///     );
///     Element::parse(document.as_bytes(), &limits)
/// });
/// let (closed, open) = (closed?, open?);
/// assert!(filter.is_triggered(&closed, &open, &limits)?);
/// assert!(!filter.is_triggered(&open, &closed, &limits)?);
/// let told = filter.content(&open, &limits)?.unwrap();
/// assert!(told.write().contains(r#"<tuple id="t"><status><basic>open</basic></status></tuple>"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledFilter {
    include: Vec<Selected>,
    exclude: Vec<Selected>,
    triggers: Vec<CompiledTrigger>,
}

impl CompiledFilter {
    pub(super) fn new<'n>(filter: &Filter, namespace: impl Fn(&str) -> Option<&'n str>) -> Result<Self, InvalidValue> {
        let what = filter.what.iter();
        let include = what.clone().flat_map(|what| &what.include);
        let exclude = what.flat_map(|what| &what.exclude);
        let triggers = filter.triggers.iter();
        let triggers = triggers.filter_map(|trigger| CompiledTrigger::new(trigger, &namespace).transpose());
        Ok(Self {
            include: include
                .map(|selection| Selected::new(selection, &namespace))
                .collect::<Result<_, _>>()?,
            exclude: exclude
                .map(|selection| Selected::new(selection, &namespace))
                .collect::<Result<_, _>>()?,
            triggers: triggers.collect::<Result<_, _>>()?,
        })
    }

    /// What of a document is told; `None` where nothing is, and the notification has no body.
    ///
    /// An element that is included comes with all that is in it, and with the elements around it; one that a namespace
    /// includes with its own attributes and text. Nothing included is everything. What PIDF, the data model and watcher
    /// information require is told whatever is selected, so that the outcome is valid; an element around what is included
    /// whose schema is not known here keeps its attributes. Exclusion takes away what is not required.
    ///
    /// # Errors
    ///
    /// It takes too many steps.
    pub fn content(&self, document: &Element, limits: &Limits) -> Result<Option<Element>, FilterError> {
        content(&self.include, &self.exclude, document, limits)
    }

    /// Whether what is new in a document is to be told: whether one of the triggers is active, or there is none.
    ///
    /// `previous` is the document that was told last, before it was filtered. The first notification has none, and is sent
    /// whatever the triggers (RFC 4660 section 5.3.1). Elements of the two documents are the same where they have the same
    /// name, the same `id` or else the same place, and stand in the same element. One that was not there before changed
    /// `to` its value, but not `from` another.
    ///
    /// # Errors
    ///
    /// It takes too many steps.
    pub fn is_triggered(&self, previous: &Element, current: &Element, limits: &Limits) -> Result<bool, FilterError> {
        if self.triggers.is_empty() {
            return Ok(true);
        }
        is_active(&self.triggers, previous, current, limits)
    }
}

/// Why a filter could not be applied to a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// It takes more than [`Limits::filter_steps`](crate::Limits::filter_steps).
    #[error("the filter takes more than {limit} steps")]
    Steps {
        /// How many it may take.
        limit: usize,
    },
}

impl From<Exhausted> for FilterError {
    fn from(Exhausted { limit }: Exhausted) -> Self {
        Self::Steps { limit }
    }
}

#[cfg(test)]
mod tests;
