//! `watcherinfo` read and written (RFC 3858 sections 3 and 6).

use std::collections::BTreeSet;

use super::{ListKey, NAMESPACE, State, Watcher, WatcherId, WatcherInfo, WatcherList};
use crate::compose;
use crate::tree::{At, Tree};
use crate::value::number;
use crate::xml::XML_NAMESPACE;
use crate::{Element, Error, Limits, Text, Token, Uri};

pub(super) fn read(document: &[u8], limits: &Limits) -> Result<WatcherInfo, Error> {
    let element = Element::parse(document, limits)?;
    let tree = Tree::new(document, &element, limits);
    let root = tree.root(NAMESPACE, "watcherinfo")?;
    let version = number("the version", "a number of 32 bits", root.required("version")?);
    let state = match root.required("state")? {
        "full" => State::Full,
        "partial" => State::Partial,
        other => return Err(root.unexpected("the state `full` or `partial`", other)),
    };
    let mut info = WatcherInfo::new(root.value(version)?, state);
    let mut keys = BTreeSet::new();
    for at in root.children_in(NAMESPACE) {
        if at.local() != "watcher-list" {
            return Err(at.misplaced("<watcher-list>"));
        }
        let key = ListKey {
            resource: at.value(Uri::new(at.required("resource")?))?,
            package: at.value(Token::collapse(at.required("package")?))?,
        };
        if !keys.insert(key.clone()) {
            return Err(at.unexpected("one list for each resource and package", key.resource.as_str()));
        }
        let mut list = WatcherList::new(key);
        let mut ids = BTreeSet::new();
        for at in at.children_in(NAMESPACE) {
            let watcher = watcher(at)?;
            if !ids.insert(watcher.id.clone()) {
                return Err(at.unexpected("each watcher id once", watcher.id.as_str()));
            }
            list.watchers.push(watcher);
        }
        info.lists.push(list);
    }
    Ok(info)
}

fn watcher(at: At<'_>) -> Result<Watcher, Error> {
    if at.local() != "watcher" {
        return Err(at.misplaced("<watcher>"));
    }
    let id = at.value(WatcherId::new(at.required("id")?))?;
    let status = at.value(at.required("status")?.parse())?;
    let event = at.value(at.required("event")?.parse())?;
    let uri = at.value(Uri::new(at.text()))?;
    let seconds = |local| {
        let value = at.attribute(local);
        let value = value.map(|text| number("the number of seconds", "a number of 64 bits", text));
        value.map(|value| at.value(value)).transpose()
    };
    let name = at.raw_attribute("display-name").map(|name| at.value(Text::new(name)));
    let lang = at.attribute_in(XML_NAMESPACE, "lang").filter(|lang| !lang.is_empty());
    let lang = lang.map(|lang| at.value(lang.parse()));
    Ok(Watcher {
        display_name: name.transpose()?,
        lang: lang.transpose()?,
        expiration: seconds("expiration")?,
        duration_subscribed: seconds("duration-subscribed")?,
        ..Watcher::new(id, uri, status, event)
    })
}

pub(super) fn write(info: &WatcherInfo) -> String {
    let mut root = compose::element(NAMESPACE, "watcherinfo");
    compose::set(&mut root, "version", info.version);
    let state = match info.state {
        State::Full => "full",
        State::Partial => "partial",
    };
    compose::set(&mut root, "state", state);
    for list in &info.lists {
        let mut element = compose::element(NAMESPACE, "watcher-list");
        compose::set(&mut element, "resource", &list.key.resource);
        compose::set(&mut element, "package", &list.key.package);
        for watcher in &list.watchers {
            compose::push(&mut element, compose_watcher(watcher));
        }
        compose::push(&mut root, element);
    }
    compose::document(root, &[("", NAMESPACE)])
}

fn compose_watcher(watcher: &Watcher) -> Element {
    let mut element = compose::element(NAMESPACE, "watcher");
    compose::set(&mut element, "id", &watcher.id);
    compose::set(&mut element, "status", watcher.status);
    compose::set(&mut element, "event", watcher.event);
    if let Some(name) = &watcher.display_name {
        compose::set(&mut element, "display-name", name);
    }
    if let Some(lang) = &watcher.lang {
        compose::set_in(&mut element, XML_NAMESPACE, "lang", lang);
    }
    if let Some(seconds) = watcher.expiration {
        compose::set(&mut element, "expiration", seconds);
    }
    if let Some(seconds) = watcher.duration_subscribed {
        compose::set(&mut element, "duration-subscribed", seconds);
    }
    compose::text(element, watcher.uri.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuse(content: &str, expected: &str) {
        let document = format!("<watcherinfo xmlns='{NAMESPACE}' version='1' state='full'>\n{content}</watcherinfo>");
        let error = read(document.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(crate::tree::without_bytes(&error), expected);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        refuse(
            "<watcher/>",
            "line 2, column 1: expected <watcher-list>, found <watcher>",
        );
        refuse(
            "<watcher-list package='p'/>",
            "line 2, column 1: expected the attribute `resource` on <watcher-list>, found none",
        );
        let list = |content: &str| format!("<watcher-list resource='sip:a' package='p'>\n{content}</watcher-list>");
        refuse(
            &list("<watcher id='a' status='active' event='x'>sip:b</watcher>"),
            "line 3, column 1: expected the event to be an event of RFC 3858 section 6 such as `approved`, \
             found \"x\"",
        );
        refuse(
            &list("<watcher id='a' status='active' event='approved'/>"),
            "line 3, column 1: expected the URI to be a URI, with no white space in it, found \"\"",
        );
        let watcher = "<watcher id='a' status='active' event='approved'>sip:b</watcher>";
        refuse(
            &list(&watcher.repeat(2)),
            "line 3, column 65: expected each watcher id once, found a",
        );
        refuse(
            &list("").repeat(2),
            "line 3, column 16: expected one list for each resource and package, found sip:a",
        );
    }

    #[test]
    fn other_namespaces_are_ignored() {
        let document =
            format!("<watcherinfo xmlns='{NAMESPACE}' version='1' state='full'><x:a xmlns:x='urn:x'/></watcherinfo>");
        let info = read(document.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(info, WatcherInfo::new(1, State::Full));
    }
}
