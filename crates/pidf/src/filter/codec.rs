//! `filter-set` read and written (RFC 4661 sections 3 and 6).

use std::collections::BTreeSet;

use super::{Changed, Filter, FilterSet, NAMESPACE, NsBinding, Selection, Target, Trigger, What};
use crate::tree::{At, Tree};
use crate::value::boolean;
use crate::{Element, Error, ForeignAttribute, ForeignElement, Limits, Text, Token, Uri, compose};

pub(super) fn read(document: &[u8], limits: &Limits) -> Result<FilterSet, Error> {
    let element = Element::parse(document, limits)?;
    let tree = Tree::new(document, &element, limits);
    let root = tree.root(NAMESPACE, "filter-set")?;
    let mut ids = BTreeSet::new();
    let mut ns_bindings = None;
    let mut filters = Vec::new();
    for at in root.children_in(NAMESPACE) {
        match at.local() {
            "ns-bindings" if ns_bindings.is_none() => ns_bindings = Some(read_ns_bindings(at)?),
            "filter" => {
                let filter = read_filter(at)?;
                if !ids.insert(filter.id.clone()) {
                    return Err(at.unexpected("each filter id once", filter.id.as_str()));
                }
                filters.push(filter);
            }
            _ => return Err(at.misplaced("one <ns-bindings>, and <filter>")),
        }
    }
    if filters.is_empty() {
        return Err(root.unexpected("<filter> in <filter-set>", "none"));
    }
    let package = root.attribute("package").map(Token::collapse).transpose();
    Ok(FilterSet {
        package: root.value(package)?,
        ns_bindings: ns_bindings.unwrap_or_default(),
        filters,
        attributes: ForeignAttribute::read_all(root),
    })
}

fn read_ns_bindings(at: At<'_>) -> Result<Vec<NsBinding>, Error> {
    let mut prefixes = BTreeSet::new();
    let mut bindings = Vec::new();
    for at in at.children_in(NAMESPACE) {
        if at.local() != "ns-binding" {
            return Err(at.misplaced("<ns-binding>"));
        }
        let prefix = at.required("prefix")?;
        if !prefixes.insert(prefix) {
            return Err(at.unexpected("each prefix once", prefix));
        }
        let urn = at.value(Uri::new(at.required("urn")?))?;
        bindings.push(at.value(NsBinding::new(prefix, urn))?);
    }
    Ok(bindings)
}

fn read_filter(at: At<'_>) -> Result<Filter, Error> {
    let id = at.raw_attribute("id").ok_or_else(|| at.missing_attribute("id"))?;
    let mut filter = Filter::new(at.value(Text::new(id))?);
    filter.target = match (at.attribute("uri"), at.attribute("domain")) {
        (None, None) => Target::Subscription,
        (Some(uri), None) => Target::Uri(at.value(Uri::new(uri))?),
        (None, Some(domain)) => Target::Domain(at.value(Token::collapse(domain))?),
        (Some(_), Some(_)) => return Err(at.unexpected("`uri` or `domain` on <filter>", "both")),
    };
    let flag = |local| {
        at.attribute(local)
            .map(|text| at.value(boolean("the flag", text)))
            .transpose()
    };
    filter.enabled = flag("enabled")?.unwrap_or(true);
    filter.remove = flag("remove")?.unwrap_or(false);
    for child in at.children_in(NAMESPACE) {
        match child.local() {
            "what" if filter.what.is_none() => filter.what = Some(read_what(child)?),
            "trigger" => filter.triggers.push(read_trigger(child)?),
            _ => return Err(child.misplaced("one <what>, and <trigger>")),
        }
    }
    filter.extensions = ForeignElement::read_all(at)?;
    filter.attributes = ForeignAttribute::read_all(at);
    Ok(filter)
}

fn expression(at: At<'_>) -> Result<Token, Error> {
    at.value(Token::collapse(&at.raw_text()))
}

fn read_what(at: At<'_>) -> Result<What, Error> {
    let mut what = What {
        extensions: ForeignElement::read_all(at)?,
        ..What::default()
    };
    for child in at.children_in(NAMESPACE) {
        let selections = match child.local() {
            "include" => &mut what.include,
            "exclude" => &mut what.exclude,
            _ => return Err(child.misplaced("<include> or <exclude>")),
        };
        selections.push(match child.attribute("type") {
            None | Some("xpath") => Selection::Xpath(expression(child)?),
            Some("namespace") => Selection::Namespace(expression(child)?),
            Some(other) => return Err(child.unexpected("the type `xpath` or `namespace`", other)),
        });
    }
    Ok(what)
}

fn read_trigger(at: At<'_>) -> Result<Trigger, Error> {
    let mut trigger = Trigger {
        extensions: ForeignElement::read_all(at)?,
        ..Trigger::default()
    };
    for child in at.children_in(NAMESPACE) {
        match child.local() {
            "changed" => {
                let text = |local| child.value(child.raw_attribute(local).map(Text::new).transpose());
                trigger.changed.push(Changed {
                    from: text("from")?,
                    to: text("to")?,
                    by: child.value(child.attribute("by").map(str::parse).transpose())?,
                    ..Changed::new(expression(child)?)
                });
            }
            "added" => trigger.added.push(expression(child)?),
            "removed" => trigger.removed.push(expression(child)?),
            _ => return Err(child.misplaced("<changed>, <added> or <removed>")),
        }
    }
    Ok(trigger)
}

pub(super) fn write(set: &FilterSet) -> String {
    let mut root = compose::element(NAMESPACE, "filter-set");
    if let Some(package) = &set.package {
        compose::set(&mut root, "package", package);
    }
    ForeignAttribute::compose_all(&mut root, &set.attributes);
    if !set.ns_bindings.is_empty() {
        let mut bindings = compose::element(NAMESPACE, "ns-bindings");
        for binding in &set.ns_bindings {
            let mut element = compose::element(NAMESPACE, "ns-binding");
            compose::set(&mut element, "prefix", binding.prefix());
            compose::set(&mut element, "urn", binding.urn());
            compose::push(&mut bindings, element);
        }
        compose::push(&mut root, bindings);
    }
    for filter in &set.filters {
        compose::push(&mut root, compose_filter(filter));
    }
    compose::document(root, &[("", NAMESPACE)])
}

fn compose_filter(filter: &Filter) -> Element {
    let mut element = compose::element(NAMESPACE, "filter");
    compose::set(&mut element, "id", &filter.id);
    match &filter.target {
        Target::Domain(domain) => compose::set(&mut element, "domain", domain),
        Target::Subscription => {}
        Target::Uri(uri) => compose::set(&mut element, "uri", uri),
    }
    if filter.remove {
        compose::set(&mut element, "remove", true);
    }
    if !filter.enabled {
        compose::set(&mut element, "enabled", false);
    }
    ForeignAttribute::compose_all(&mut element, &filter.attributes);
    if let Some(what) = &filter.what {
        let mut child = compose::element(NAMESPACE, "what");
        for (local, selections) in [("include", &what.include), ("exclude", &what.exclude)] {
            for selection in selections {
                compose::push(&mut child, compose_selection(local, selection));
            }
        }
        ForeignElement::compose_all(&mut child, &what.extensions);
        compose::push(&mut element, child);
    }
    for trigger in &filter.triggers {
        compose::push(&mut element, compose_trigger(trigger));
    }
    ForeignElement::compose_all(&mut element, &filter.extensions);
    element
}

fn compose_selection(local: &str, selection: &Selection) -> Element {
    let mut element = compose::element(NAMESPACE, local);
    let text = match selection {
        Selection::Namespace(namespace) => {
            compose::set(&mut element, "type", "namespace");
            namespace
        }
        Selection::Xpath(expression) => expression,
    };
    compose::text(element, text.as_str())
}

fn compose_trigger(trigger: &Trigger) -> Element {
    let mut element = compose::element(NAMESPACE, "trigger");
    for changed in &trigger.changed {
        let mut child = compose::element(NAMESPACE, "changed");
        for (local, value) in [("from", &changed.from), ("to", &changed.to)] {
            if let Some(value) = value {
                compose::set(&mut child, local, value);
            }
        }
        if let Some(by) = &changed.by {
            compose::set(&mut child, "by", by);
        }
        compose::push(&mut element, compose::text(child, changed.path.as_str()));
    }
    for (local, paths) in [("added", &trigger.added), ("removed", &trigger.removed)] {
        for path in paths {
            let child = compose::element(NAMESPACE, local);
            compose::push(&mut element, compose::text(child, path.as_str()));
        }
    }
    ForeignElement::compose_all(&mut element, &trigger.extensions);
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuse(content: &str, expected: &str) {
        let document = format!("<filter-set xmlns='{NAMESPACE}'>\n{content}</filter-set>");
        let error = read(document.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(crate::tree::without_bytes(&error), expected);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        refuse("", "line 1, column 1: expected <filter> in <filter-set>, found none");
        refuse(
            "<filter/>",
            "line 2, column 1: expected the attribute `id` on <filter>, found none",
        );
        refuse(
            "<filter id='1'/><filter id='1'/>",
            "line 2, column 17: expected each filter id once, found 1",
        );
        refuse(
            "<filter id='1' uri='sip:a' domain='b'/>",
            "line 2, column 1: expected `uri` or `domain` on <filter>, found both",
        );
        refuse(
            "<filter id='1'><what><include type='regex'>a</include></what></filter>",
            "line 2, column 22: expected the type `xpath` or `namespace`, found regex",
        );
        refuse(
            "<filter id='1'><trigger><changed by='x'>a</changed></trigger></filter>",
            "line 2, column 25: expected the number to be a decimal such as -1.5, found \"x\"",
        );
        refuse(
            "<filter id='1'><trigger><added> </added></trigger></filter>",
            "line 2, column 25: expected the token to be words with single spaces between them, found \"\"",
        );
    }
}
