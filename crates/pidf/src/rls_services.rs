//! The lists that a resource list server serves: `rls-services` (RFC 4826 section 4).
//!
//! ```
//! use pidf::Limits;
//! use pidf::rls_services::{Resources, RlsServices, Service};
//!
//! let list = Resources::ResourceList("http://xcap.example.test/resource-lists/users/bill".parse()?);
//! let mut services = RlsServices::default();
//! services.push(Service::new("sip:friends@example.test".parse()?, list).with_package("presence".parse()?))?;
//!
//! let written = services.write();
//! assert!(written.contains("<package>presence</package>"));
//! assert_eq!(RlsServices::parse(written.as_bytes(), &Limits::default())?, services);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Elements of other namespaces inside `packages` are not kept.

use std::collections::BTreeSet;
use std::fmt;

use crate::resource_lists::{self, List, compose_list, read_list};
use crate::tree::{At, Tree};
use crate::{Element, Error, ForeignAttribute, ForeignElement, InvalidValue, Limits, Token, Uri, compose};

/// The media type of RLS services (RFC 4826 section 4.4.4).
pub const MEDIA_TYPE: &str = "application/rls-services+xml";

/// The namespace of its elements.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:rls-services";

/// The services: the `rls-services` element (RFC 4826 section 4.1). They have different URIs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RlsServices {
    services: Vec<Service>,
}

impl RlsServices {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// Not well-formed XML, no RLS services, beyond a limit, or with a mandatory part missing or wrong.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        let root = Element::parse(document, limits)?;
        let tree = Tree::new(document, &root, limits);
        let mut services = Self::default();
        let mut uris = BTreeSet::new();
        for at in tree.root(NAMESPACE, "rls-services")?.children_in(NAMESPACE) {
            if at.local() != "service" {
                return Err(at.misplaced("<service>"));
            }
            let service = read_service(at)?;
            if !uris.insert(service.uri.clone()) {
                return Err(at.unexpected("each service URI once", service.uri.as_str()));
            }
            services.services.push(service);
        }
        Ok(services)
    }

    /// Writes the document.
    pub fn write(&self) -> String {
        let mut root = compose::element(NAMESPACE, "rls-services");
        for service in &self.services {
            compose::push(&mut root, compose_service(service));
        }
        let own = [("", NAMESPACE), ("rl", resource_lists::NAMESPACE)];
        compose::document(root, &own)
    }

    /// The services, in order.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// Adds a service.
    ///
    /// # Errors
    ///
    /// Its URI is that of another (RFC 4826 section 4.4.5).
    pub fn push(&mut self, service: Service) -> Result<(), InvalidValue> {
        if self.service(service.uri.as_str()).is_some() {
            return Err(InvalidValue::new(
                "the service's URI",
                "one that no other service has",
                service.uri.as_str(),
            ));
        }
        self.services.push(service);
        Ok(())
    }

    /// The service with this URI.
    pub fn service(&self, uri: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.uri.as_str() == uri)
    }
}

impl fmt::Display for RlsServices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write())
    }
}

/// A list that can be subscribed to: the `service` element.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Service {
    /// Where it is subscribed to.
    pub uri: Uri,
    /// The resources behind it.
    pub resources: Resources,
    /// The event packages that it serves. `None` where that is not told, which stands for any (RFC 4826 section 4.1).
    pub packages: Option<Vec<Token>>,
    /// What other specifications add.
    pub extensions: Vec<ForeignElement>,
    /// What other specifications add in attributes.
    pub attributes: Vec<ForeignAttribute>,
}

impl Service {
    /// A service for any event package.
    pub const fn new(uri: Uri, resources: Resources) -> Self {
        Self {
            uri,
            resources,
            packages: None,
            extensions: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// Adds an event package that it serves.
    #[must_use]
    pub fn with_package(mut self, package: Token) -> Self {
        self.packages.get_or_insert_default().push(package);
        self
    }

    /// Whether subscriptions for this event package are served.
    pub fn serves(&self, package: &str) -> bool {
        let packages = self.packages.as_ref();
        packages.is_none_or(|packages| packages.iter().any(|known| known.as_str() == package))
    }
}

/// The resources of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Resources {
    /// The list itself.
    List(List),
    /// The HTTP URI of a list in a `resource-lists` document.
    ResourceList(Uri),
}

fn read_service(at: At<'_>) -> Result<Service, Error> {
    let uri = at.value(Uri::unfold(at.required("uri")?))?;
    let mut resources = None;
    let mut packages = None;
    for child in at.children_in(NAMESPACE) {
        match child.local() {
            "list" if resources.is_none() => resources = Some(Resources::List(read_list(child)?)),
            "resource-list" if resources.is_none() => {
                resources = Some(Resources::ResourceList(child.value(Uri::unfold(&child.text()))?));
            }
            "list" | "resource-list" => return Err(child.misplaced("one <list> or <resource-list>")),
            "packages" if packages.is_none() => packages = Some(read_packages(child)?),
            _ => return Err(child.misplaced("<list>, <resource-list> or one <packages>")),
        }
    }
    let Some(resources) = resources else {
        return Err(at.unexpected("<list> or <resource-list> in <service>", "none"));
    };
    Ok(Service {
        packages,
        extensions: ForeignElement::read_all(at)?,
        attributes: ForeignAttribute::read_all(at),
        ..Service::new(uri, resources)
    })
}

fn read_packages(at: At<'_>) -> Result<Vec<Token>, Error> {
    let package = |at: At<'_>| match at.local() {
        "package" => at.value(Token::collapse(&at.text())),
        _ => Err(at.misplaced("<package>")),
    };
    at.children_in(NAMESPACE).map(package).collect()
}

fn compose_service(service: &Service) -> Element {
    let mut element = compose::element(NAMESPACE, "service");
    compose::set(&mut element, "uri", &service.uri);
    ForeignAttribute::compose_all(&mut element, &service.attributes);
    let resources = match &service.resources {
        // The schema has the element in this namespace and its content in that of `resource-lists`.
        Resources::List(list) => compose_list(list, NAMESPACE),
        Resources::ResourceList(uri) => compose::text(compose::element(NAMESPACE, "resource-list"), uri.as_str()),
    };
    compose::push(&mut element, resources);
    if let Some(packages) = &service.packages {
        let mut child = compose::element(NAMESPACE, "packages");
        for package in packages {
            let package = compose::text(compose::element(NAMESPACE, "package"), package.as_str());
            compose::push(&mut child, package);
        }
        compose::push(&mut element, child);
    }
    ForeignElement::compose_all(&mut element, &service.extensions);
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuse(content: &str, expected: &str) {
        let document = format!("<rls-services xmlns='{NAMESPACE}'>\n{content}</rls-services>");
        let error = RlsServices::parse(document.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(crate::tree::without_bytes(&error), expected);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        refuse(
            "<service uri='sip:a'/>",
            "line 2, column 1: expected <list> or <resource-list> in <service>, found none",
        );
        refuse(
            "<service uri='sip:a'><list/><resource-list/></service>",
            "line 2, column 29: expected one <list> or <resource-list>, found <resource-list>",
        );
        let service = "<service uri='sip:a'><resource-list>http:a</resource-list></service>";
        refuse(
            &service.repeat(2),
            "line 2, column 69: expected each service URI once, found sip:a",
        );
    }

    #[test]
    fn no_packages_are_all_packages() {
        let service = |packages: Option<&[&str]>| {
            let mut service = Service::new(Uri::new("sip:a").unwrap(), Resources::List(List::default()));
            service.packages = packages.map(|packages| packages.iter().map(|text| text.parse().unwrap()).collect());
            service
        };
        assert!(service(None).serves("presence"));
        assert!(!service(Some(&[])).serves("presence"));
        assert!(service(Some(&["winfo", "presence"])).serves("presence"));
    }
}
