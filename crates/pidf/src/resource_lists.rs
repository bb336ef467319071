//! Lists of resources that users keep on a server: `resource-lists` (RFC 4826 section 3).
//!
//! ```
//! use pidf::Limits;
//! use pidf::resource_lists::{Entry, List, Member, ResourceLists};
//!
//! let mut friends = List::default();
//! friends.name = Some("friends".parse()?);
//! friends.push(Member::Entry(Entry::new("sip:bill@example.test".parse()?)))?;
//! let mut lists = ResourceLists::default();
//! lists.push(friends)?;
//!
//! let written = lists.write();
//! assert!(written.contains(r#"<entry uri="sip:bill@example.test"/>"#));
//! assert_eq!(ResourceLists::parse(written.as_bytes(), &Limits::default())?, lists);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The attributes of RFC 5364, which say in whose name and how a request goes to an entry, are typed as
//! [`CopyControl`].

mod codec;
mod copy_control;

use std::fmt;

use crate::{DisplayName, Error, ForeignAttribute, ForeignElement, InvalidValue, Limits, Text, Uri};

pub(crate) use codec::{compose_list, read_list};
pub(crate) use copy_control::NAMESPACE as COPY_CONTROL_NAMESPACE;
pub use copy_control::{Copy, CopyControl};

/// The media type of resource lists (RFC 4826 section 3.4.4).
pub const MEDIA_TYPE: &str = "application/resource-lists+xml";

/// The namespace of its elements.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:resource-lists";

/// The lists of a user: the `resource-lists` element (RFC 4826 section 3.4.5).
///
/// The names of the lists beside each other differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ResourceLists {
    lists: Vec<List>,
}

impl ResourceLists {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// Not well-formed XML, no resource lists, beyond a limit, or with a mandatory part missing or wrong.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        codec::read(document, limits)
    }

    /// Writes the document.
    pub fn write(&self) -> String {
        codec::write(self)
    }

    /// The lists, in order.
    pub fn lists(&self) -> &[List] {
        &self.lists
    }

    /// Adds a list.
    ///
    /// # Errors
    ///
    /// Its name is that of another (RFC 4826 section 3.4.5).
    pub fn push(&mut self, list: List) -> Result<(), InvalidValue> {
        check_name(&list, self.lists.iter())?;
        self.lists.push(list);
        Ok(())
    }

    /// The URIs of all entries of all lists, those of lists in lists after those before them, each as often as it stands.
    ///
    /// References (`entry-ref`, `external`) are not followed: they name other documents.
    pub fn uris(&self) -> impl Iterator<Item = &Uri> {
        let mut uris = Vec::new();
        for list in &self.lists {
            list.collect(&mut uris);
        }
        uris.into_iter()
    }
}

impl fmt::Display for ResourceLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write())
    }
}

/// A list: the `list` element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct List {
    /// Tells the list apart from those beside it.
    pub name: Option<Text>,
    /// What people call it.
    pub display_name: Option<DisplayName>,
    members: Vec<Member>,
    /// How many levels of lists are in it.
    #[cfg_attr(feature = "serde", serde(skip))]
    levels: usize,
    /// What other specifications add.
    pub extensions: Vec<ForeignElement>,
    /// What other specifications add in attributes.
    pub attributes: Vec<ForeignAttribute>,
}

/// How many levels of lists may be in a list: with more, the walks over them, which recurse, could leave the stack of a
/// thread. What is read has fewer.
const MAX_LEVELS: usize = crate::xml::MAX_DEPTH;

impl List {
    /// What is in it, in order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Adds a member.
    ///
    /// # Errors
    ///
    /// A list whose name is that of another one in this list (RFC 4826 section 3.4.5), or that makes more than 128 levels
    /// of lists in this one, which no document that is read has.
    pub fn push(&mut self, member: Member) -> Result<(), InvalidValue> {
        if let Member::List(list) = &member {
            if list.levels >= MAX_LEVELS {
                let found = list.levels.to_string();
                return Err(InvalidValue::new(
                    "the list",
                    "one with fewer than 128 levels of lists in it",
                    &found,
                ));
            }
            let lists = self.members.iter().filter_map(|member| match member {
                Member::List(list) => Some(list),
                _ => None,
            });
            check_name(list, lists)?;
        }
        self.add(member);
        Ok(())
    }

    /// Adds a member that is known to fit.
    fn add(&mut self, member: Member) {
        if let Member::List(list) = &member {
            self.levels = self.levels.max(list.levels + 1);
        }
        self.members.push(member);
    }

    fn collect<'a>(&'a self, uris: &mut Vec<&'a Uri>) {
        for member in &self.members {
            match member {
                Member::Entry(entry) => uris.push(&entry.uri),
                Member::List(list) => list.collect(uris),
                Member::EntryRef(_) | Member::External(_) => {}
            }
        }
    }
}

fn check_name<'a>(list: &List, mut beside: impl Iterator<Item = &'a List>) -> Result<(), InvalidValue> {
    match &list.name {
        Some(name) if beside.any(|other| other.name.as_ref() == Some(name)) => Err(InvalidValue::new(
            "the list's name",
            "one that no list beside it has",
            name.as_str(),
        )),
        _ => Ok(()),
    }
}

/// What a list has in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Member {
    /// A resource.
    Entry(Entry),
    /// A resource of a list elsewhere on the same server.
    EntryRef(EntryRef),
    /// A list anywhere.
    External(External),
    /// A list.
    List(List),
}

/// A resource: the `entry` element.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Entry {
    /// The resource.
    pub uri: Uri,
    /// What people call it.
    pub display_name: Option<DisplayName>,
    /// How a request goes to it (RFC 5364).
    pub copy_control: CopyControl,
    /// What other specifications add.
    pub extensions: Vec<ForeignElement>,
    /// What other specifications add in attributes.
    pub attributes: Vec<ForeignAttribute>,
}

impl Entry {
    /// An entry with nothing but its URI.
    pub fn new(uri: Uri) -> Self {
        Self {
            uri,
            display_name: None,
            copy_control: CopyControl::default(),
            extensions: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// States what people call the resource.
    #[must_use]
    pub fn with_display_name(mut self, name: DisplayName) -> Self {
        self.display_name = Some(name);
        self
    }

    /// States how a request goes to it.
    #[must_use]
    pub fn with_copy_control(mut self, copy_control: CopyControl) -> Self {
        self.copy_control = copy_control;
        self
    }
}

/// A reference to an entry on the same server: the `entry-ref` element.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct EntryRef {
    /// The HTTP URI of the entry, relative to the root of the server (RFC 4826 section 3.3).
    pub reference: Uri,
    /// What people call it.
    pub display_name: Option<DisplayName>,
    /// What other specifications add.
    pub extensions: Vec<ForeignElement>,
    /// What other specifications add in attributes.
    pub attributes: Vec<ForeignAttribute>,
}

impl EntryRef {
    /// A reference with nothing else.
    pub const fn new(reference: Uri) -> Self {
        Self {
            reference,
            display_name: None,
            extensions: Vec::new(),
            attributes: Vec::new(),
        }
    }
}

/// A reference to a list: the `external` element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct External {
    /// The HTTP URI of the list. The schema lets it be absent.
    pub anchor: Option<Uri>,
    /// What people call it.
    pub display_name: Option<DisplayName>,
    /// What other specifications add.
    pub extensions: Vec<ForeignElement>,
    /// What other specifications add in attributes.
    pub attributes: Vec<ForeignAttribute>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_in_lists_are_bounded() {
        let mut list = List::default();
        for _ in 0..MAX_LEVELS {
            let mut around = List::default();
            around.push(Member::List(list)).unwrap();
            list = around;
        }
        assert!(List::default().push(Member::List(list.clone())).is_err());
        let mut lists = ResourceLists::default();
        lists.push(list).unwrap();
        let written = lists.write();
        assert_eq!(written.matches("<list").count(), MAX_LEVELS + 1);

        // A list that was read counts the levels in it too.
        let text = format!(
            "{}{}",
            "<list>".repeat(MAX_LEVELS - 1),
            "</list>".repeat(MAX_LEVELS - 1)
        );
        let text = format!("<resource-lists xmlns='{NAMESPACE}'>{text}</resource-lists>");
        let limits = Limits {
            depth: usize::MAX,
            ..Limits::default()
        };
        let read = ResourceLists::parse(text.as_bytes(), &limits).unwrap();
        assert_eq!(read.lists()[0].levels, MAX_LEVELS - 2);
        assert_eq!(ResourceLists::parse(read.write().as_bytes(), &limits).unwrap(), read);
    }
}
