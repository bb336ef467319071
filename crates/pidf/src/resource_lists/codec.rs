//! `resource-lists` read and written (RFC 4826 section 3.2).

use std::collections::BTreeSet;

use super::copy_control;
use super::{CopyControl, Entry, EntryRef, External, List, Member, NAMESPACE, ResourceLists};
use crate::tree::{At, Tree};
use crate::{DisplayName, Element, Error, ForeignAttribute, ForeignElement, Limits, Text, Uri, compose};

pub(super) fn read(document: &[u8], limits: &Limits) -> Result<ResourceLists, Error> {
    let root = Element::parse(document, limits)?;
    let tree = Tree::new(document, &root, limits);
    let mut lists = ResourceLists::default();
    let mut names = BTreeSet::new();
    for at in tree.root(NAMESPACE, "resource-lists")?.children_in(NAMESPACE) {
        if at.local() != "list" {
            return Err(at.misplaced("<list>"));
        }
        check_name(at, &mut names)?;
        lists.lists.push(read_list(at)?);
    }
    Ok(lists)
}

/// The name of a list is unique among those beside it (RFC 4826 section 3.1).
fn check_name<'t>(at: At<'t>, names: &mut BTreeSet<&'t str>) -> Result<(), Error> {
    match at.raw_attribute("name") {
        Some(name) if !names.insert(name) => Err(at.unexpected("a list name that is not used beside it", name)),
        _ => Ok(()),
    }
}

pub(crate) fn read_list(at: At<'_>) -> Result<List, Error> {
    let name = at.raw_attribute("name").map(Text::new).transpose();
    let mut list = List {
        name: at.value(name)?,
        display_name: display_name(at)?,
        extensions: ForeignElement::read_all(at)?,
        attributes: ForeignAttribute::read_all(at),
        ..List::default()
    };
    let mut names = BTreeSet::new();
    for at in at.children_in(NAMESPACE) {
        list.add(match at.local() {
            "display-name" => continue,
            "entry" => Member::Entry(Entry {
                uri: at.value(Uri::unfold(at.required("uri")?))?,
                display_name: display_name(at)?,
                copy_control: CopyControl::read(at)?,
                extensions: ForeignElement::read_all(at)?,
                attributes: ForeignAttribute::read_all(at),
            }),
            "entry-ref" => Member::EntryRef(EntryRef {
                reference: at.value(Uri::unfold(at.required("ref")?))?,
                display_name: display_name(at)?,
                extensions: ForeignElement::read_all(at)?,
                attributes: ForeignAttribute::read_all(at),
            }),
            "external" => Member::External(External {
                anchor: at.value(at.attribute("anchor").map(Uri::unfold).transpose())?,
                display_name: display_name(at)?,
                extensions: ForeignElement::read_all(at)?,
                attributes: ForeignAttribute::read_all(at),
            }),
            "list" => {
                check_name(at, &mut names)?;
                Member::List(read_list(at)?)
            }
            _ => return Err(at.misplaced("<list>, <external>, <entry>, <entry-ref> or <display-name>")),
        });
    }
    Ok(list)
}

fn display_name(at: At<'_>) -> Result<Option<DisplayName>, Error> {
    let mut names = at
        .children_in(NAMESPACE)
        .filter(|child| child.local() == "display-name");
    let first = names.next();
    if let Some(second) = names.next() {
        return Err(second.misplaced("one <display-name>"));
    }
    first.map(DisplayName::read).transpose()
}

pub(super) fn write(lists: &ResourceLists) -> String {
    let mut root = compose::element(NAMESPACE, "resource-lists");
    for list in &lists.lists {
        compose::push(&mut root, compose_list(list, NAMESPACE));
    }
    let own = [("", NAMESPACE), ("cp", copy_control::NAMESPACE)];
    let has_control = lists.lists.iter().any(is_controlled);
    compose::document(
        root,
        if has_control {
            &own
        } else {
            own.get(..1).unwrap_or(&own)
        },
    )
}

fn is_controlled(list: &List) -> bool {
    list.members.iter().any(|member| match member {
        Member::Entry(entry) => entry.copy_control.is_told(),
        Member::List(list) => is_controlled(list),
        Member::EntryRef(_) | Member::External(_) => false,
    })
}

/// A list, its element in the namespace that is given: RFC 4826 section 4.2 has it in that of `rls-services`.
pub(crate) fn compose_list(list: &List, namespace: &str) -> Element {
    let mut element = compose::element(namespace, "list");
    if let Some(name) = &list.name {
        compose::set(&mut element, "name", name);
    }
    ForeignAttribute::compose_all(&mut element, &list.attributes);
    compose_name(&mut element, list.display_name.as_ref());
    for member in &list.members {
        compose::push(&mut element, compose_member(member));
    }
    ForeignElement::compose_all(&mut element, &list.extensions);
    element
}

fn compose_member(member: &Member) -> Element {
    let (mut element, name, extensions, attributes) = match member {
        Member::Entry(entry) => {
            let mut element = compose::element(NAMESPACE, "entry");
            compose::set(&mut element, "uri", &entry.uri);
            entry.copy_control.compose(&mut element);
            (element, &entry.display_name, &entry.extensions, &entry.attributes)
        }
        Member::EntryRef(entry) => {
            let mut element = compose::element(NAMESPACE, "entry-ref");
            compose::set(&mut element, "ref", &entry.reference);
            (element, &entry.display_name, &entry.extensions, &entry.attributes)
        }
        Member::External(external) => {
            let mut element = compose::element(NAMESPACE, "external");
            if let Some(anchor) = &external.anchor {
                compose::set(&mut element, "anchor", anchor);
            }
            (
                element,
                &external.display_name,
                &external.extensions,
                &external.attributes,
            )
        }
        Member::List(list) => return compose_list(list, NAMESPACE),
    };
    ForeignAttribute::compose_all(&mut element, attributes);
    compose_name(&mut element, name.as_ref());
    ForeignElement::compose_all(&mut element, extensions);
    element
}

fn compose_name(element: &mut Element, name: Option<&DisplayName>) {
    if let Some(name) = name {
        compose::push(element, name.compose(NAMESPACE, "display-name"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuse(content: &str, expected: &str) {
        let document = format!("<resource-lists xmlns='{NAMESPACE}'>\n{content}</resource-lists>");
        let error = read(document.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(crate::tree::without_bytes(&error), expected);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        refuse("<entry/>", "line 2, column 1: expected <list>, found <entry>");
        refuse(
            "<list><entry/></list>",
            "line 2, column 7: expected the attribute `uri` on <entry>, found none",
        );
        refuse(
            "<list name='a'/><list name='a'/>",
            "line 2, column 17: expected a list name that is not used beside it, found a",
        );
        refuse(
            "<list><display-name/><display-name/></list>",
            "line 2, column 22: expected one <display-name>, found <display-name>",
        );
        refuse(
            "<list><entry uri='sip:a' c:copyControl='x' xmlns:c='urn:ietf:params:xml:ns:copycontrol'/></list>",
            "line 2, column 7: expected the copyControl `to`, `cc` or `bcc`, found x",
        );
    }
}
