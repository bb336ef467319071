//! Resource list meta-information: what a notification about a list of resources has in it (RFC 4662 section 5).
//!
//! ```
//! use pidf::Limits;
//! use pidf::rlmi::{Instance, InstanceState, List, Resource};
//!
//! let mut list = List::new("sip:friends@example.test".parse()?, 0, true);
//! let mut bob = Resource::new("sip:bob@example.test".parse()?);
//! bob.instances.push(Instance::new("1".parse()?, InstanceState::Active).with_cid("part2@example.test".parse()?));
//! list.resources.push(bob);
//!
//! let written = list.write();
//! assert!(written.contains(r#"<instance id="1" state="active" cid="part2@example.test"/>"#));
//! assert_eq!(List::parse(written.as_bytes(), &Limits::default())?, list);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use crate::tree::{At, Tree};
use crate::value::{boolean, number};
use crate::{DisplayName, Element, Error, ForeignAttribute, ForeignElement, InvalidValue, Limits, Text, Uri, compose};

/// The media type of resource list meta-information (RFC 4662 section 8.2).
pub const MEDIA_TYPE: &str = "application/rlmi+xml";

/// The namespace of its elements.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:rlmi";

/// A list of resources: the `list` element (RFC 4662 section 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct List {
    /// The URI of the list.
    pub uri: Uri,
    /// Orders the notifications of one subscription: it begins at 0 and grows by one with each.
    pub version: u32,
    /// Whether the state of every resource of the list is told, or only of those that changed.
    pub full_state: bool,
    /// Which part of the multipart body around this document tells of the list as a whole.
    pub cid: Option<Text>,
    /// Names of the list for people, in several languages perhaps.
    pub names: Vec<DisplayName>,
    /// The resources.
    pub resources: Vec<Resource>,
    /// What other specifications add in attributes.
    pub attributes: Vec<ForeignAttribute>,
}

impl List {
    /// A list without resources.
    pub const fn new(uri: Uri, version: u32, full_state: bool) -> Self {
        Self {
            uri,
            version,
            full_state,
            cid: None,
            names: Vec::new(),
            resources: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    ///
    /// Not well-formed XML, not resource list meta-information, beyond a limit, or with a mandatory part missing or wrong.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        let root = Element::parse(document, limits)?;
        let tree = Tree::new(document, &root, limits);
        read_list(tree.root(NAMESPACE, "list")?)
    }

    /// Writes the document.
    pub fn write(&self) -> String {
        compose::document(compose_list(self), &[("", NAMESPACE)])
    }

    /// Whether this notification says all that came since the one with the version `known`, or everything there is.
    ///
    /// Where it does not, what is between the two was lost, and the subscription should be refreshed. A version that was
    /// seen already says nothing new (section 5.1).
    ///
    /// ```
    /// # use pidf::rlmi::{List, Order};
    /// let partial = |version| List::new("sip:l@example.test".parse().unwrap(), version, false);
    /// assert_eq!(partial(4).order_after(Some(3)), Order::Next);
    /// assert_eq!(partial(5).order_after(Some(3)), Order::Gap);
    /// assert_eq!(partial(3).order_after(Some(3)), Order::Old);
    /// ```
    pub const fn order_after(&self, known: Option<u32>) -> Order {
        match known {
            Some(known) if self.version <= known => Order::Old,
            _ if self.full_state => Order::Next,
            Some(known) if self.version - known == 1 => Order::Next,
            _ => Order::Gap,
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write())
    }
}

/// How a notification stands to the one before it; see [`List::order_after`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// Something before it was lost.
    Gap,
    /// It follows, or it has the full state.
    Next,
    /// It is not newer.
    Old,
}

/// A resource of a list: the `resource` element (RFC 4662 section 5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Resource {
    /// The URI of the resource.
    pub uri: Uri,
    /// Names of the resource for people.
    pub names: Vec<DisplayName>,
    /// What there is of the resource: one for each virtual subscription, several where a proxy forked it. None where the
    /// state is not known yet.
    pub instances: Vec<Instance>,
    /// What other specifications add in attributes.
    pub attributes: Vec<ForeignAttribute>,
}

impl Resource {
    /// A resource without instances.
    pub const fn new(uri: Uri) -> Self {
        Self {
            uri,
            names: Vec::new(),
            instances: Vec::new(),
            attributes: Vec::new(),
        }
    }
}

/// One subscription to a resource: the `instance` element (RFC 4662 section 5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Instance {
    /// Tells the instances of a resource apart, in this document and in later ones.
    pub id: Text,
    /// The state of the virtual subscription.
    pub state: InstanceState,
    /// Why it is over, in the words of the `reason` of Subscription-State. Only with [`InstanceState::Terminated`], where
    /// RFC 4662 asks for it.
    pub reason: Option<Text>,
    /// The Content-ID of the part of the multipart body that has the state of the instance. RFC 4662 asks for it with
    /// [`InstanceState::Active`].
    pub cid: Option<Text>,
    /// What else is told of the instance.
    pub extensions: Vec<ForeignElement>,
    /// What other specifications add in attributes.
    pub attributes: Vec<ForeignAttribute>,
}

impl Instance {
    /// An instance of which no state is told.
    pub const fn new(id: Text, state: InstanceState) -> Self {
        Self {
            id,
            state,
            reason: None,
            cid: None,
            extensions: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// States why the subscription is over.
    #[must_use]
    pub fn with_reason(mut self, reason: Text) -> Self {
        self.reason = Some(reason);
        self
    }

    /// States which part of the body has the state.
    #[must_use]
    pub fn with_cid(mut self, cid: Text) -> Self {
        self.cid = Some(cid);
        self
    }
}

/// The state of the subscription to one resource (RFC 4662 section 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum InstanceState {
    /// Allowed.
    Active,
    /// Not decided yet.
    Pending,
    /// Over.
    Terminated,
}

impl InstanceState {
    /// The word of the schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Terminated => "terminated",
        }
    }
}

impl fmt::Display for InstanceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn read_list(root: At<'_>) -> Result<List, Error> {
    let uri = root.value(Uri::new(root.required("uri")?))?;
    let version = number("the version", "a number of 32 bits", root.required("version")?);
    let version = root.value(version)?;
    let full_state = root.value(boolean("the full state", root.required("fullState")?))?;
    let mut list = List::new(uri, version, full_state);
    list.cid = text(root, "cid")?;
    list.attributes = ForeignAttribute::read_all(root);
    for at in root.children_in(NAMESPACE) {
        match at.local() {
            "name" => list.names.push(DisplayName::read(at)?),
            "resource" => list.resources.push(read_resource(at)?),
            _ => return Err(at.misplaced("<name> or <resource>")),
        }
    }
    Ok(list)
}

fn read_resource(at: At<'_>) -> Result<Resource, Error> {
    let mut resource = Resource::new(at.value(Uri::new(at.required("uri")?))?);
    resource.attributes = ForeignAttribute::read_all(at);
    for at in at.children_in(NAMESPACE) {
        match at.local() {
            "name" => resource.names.push(DisplayName::read(at)?),
            "instance" => resource.instances.push(read_instance(at)?),
            _ => return Err(at.misplaced("<name> or <instance>")),
        }
    }
    Ok(resource)
}

fn read_instance(at: At<'_>) -> Result<Instance, Error> {
    let id = text(at, "id")?.ok_or_else(|| at.missing_attribute("id"))?;
    let state = match at.required("state")? {
        "active" => InstanceState::Active,
        "pending" => InstanceState::Pending,
        "terminated" => InstanceState::Terminated,
        other => return Err(at.unexpected("the state `active`, `pending` or `terminated`", other)),
    };
    Ok(Instance {
        reason: text(at, "reason")?,
        cid: text(at, "cid")?,
        extensions: ForeignElement::read_all(at)?,
        attributes: ForeignAttribute::read_all(at),
        ..Instance::new(id, state)
    })
}

fn text(at: At<'_>, local: &str) -> Result<Option<Text>, Error> {
    let value: Option<Result<Text, InvalidValue>> = at.raw_attribute(local).map(Text::new);
    value.map(|value| at.value(value)).transpose()
}

fn compose_list(list: &List) -> Element {
    let mut element = compose::element(NAMESPACE, "list");
    compose::set(&mut element, "uri", &list.uri);
    compose::set(&mut element, "version", list.version);
    compose::set(&mut element, "fullState", list.full_state);
    if let Some(cid) = &list.cid {
        compose::set(&mut element, "cid", cid);
    }
    ForeignAttribute::compose_all(&mut element, &list.attributes);
    compose_names(&mut element, &list.names);
    for resource in &list.resources {
        let mut child = compose::element(NAMESPACE, "resource");
        compose::set(&mut child, "uri", &resource.uri);
        ForeignAttribute::compose_all(&mut child, &resource.attributes);
        compose_names(&mut child, &resource.names);
        for instance in &resource.instances {
            compose::push(&mut child, compose_instance(instance));
        }
        compose::push(&mut element, child);
    }
    element
}

fn compose_names(element: &mut Element, names: &[DisplayName]) {
    for name in names {
        compose::push(element, name.compose(NAMESPACE, "name"));
    }
}

fn compose_instance(instance: &Instance) -> Element {
    let mut element = compose::element(NAMESPACE, "instance");
    compose::set(&mut element, "id", &instance.id);
    compose::set(&mut element, "state", instance.state);
    if let Some(reason) = &instance.reason {
        compose::set(&mut element, "reason", reason);
    }
    if let Some(cid) = &instance.cid {
        compose::set(&mut element, "cid", cid);
    }
    ForeignAttribute::compose_all(&mut element, &instance.attributes);
    ForeignElement::compose_all(&mut element, &instance.extensions);
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuse(content: &str, expected: &str) {
        let document = format!("<list xmlns='{NAMESPACE}' uri='sip:l' version='1' fullState='0'>\n{content}</list>");
        let error = List::parse(document.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(crate::tree::without_bytes(&error), expected);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        refuse(
            "<list/>",
            "line 2, column 1: expected <name> or <resource>, found <list>",
        );
        refuse(
            "<resource/>",
            "line 2, column 1: expected the attribute `uri` on <resource>, found none",
        );
        refuse(
            "<resource uri='sip:r'><instance id='1' state='new'/></resource>",
            "line 2, column 23: expected the state `active`, `pending` or `terminated`, found new",
        );
    }

    #[test]
    fn the_first_partial_notification_is_a_gap() {
        let list = |full| List::new("sip:l".parse().unwrap(), 0, full);
        assert_eq!(list(false).order_after(None), Order::Gap);
        assert_eq!(list(true).order_after(None), Order::Next);
        assert_eq!(list(true).order_after(Some(0)), Order::Old);
    }
}
