use std::collections::BTreeMap;

use pidf::common_policy::Request;
use pidf::filter::FilterSet;
use pidf::partial::{PartialDocument, Presence};
use pidf::patch::{Patch, PatchOpsError};
use pidf::resource_lists::ResourceLists;
use pidf::rls_services::RlsServices;
use pidf::watcherinfo::{Table, WatcherInfo};
use pidf::{Element, Limits, Name, Node, common_policy, pres_rules, rlmi};

/// What was read is written, and reads as the same.
macro_rules! rewrite {
    ($type:ty, $data:expr, $limits:expr) => {
        <$type>::parse($data, $limits).ok().inspect(|document| {
            let written = document.write();
            // Escapes may take what was written over the limit in size, never over another one.
            if written.len() <= $limits.bytes {
                let again = <$type>::parse(written.as_bytes(), $limits).expect("what is written can be read");
                assert_eq!(again, *document, "{written}");
            }
        })
    };
}

/// A document of any kind but presence that was read is written and reads as the same; what it is for can be done with it.
pub fn related(data: &[u8]) {
    let limits = Limits::default();
    let Ok(root) = Element::parse(data, &limits) else {
        return;
    };
    match root.name().local() {
        "filter-set" => {
            if let Some(set) = rewrite!(FilterSet, data, &limits) {
                // Any document will do, and this one is at hand.
                for filter in set.filters().iter().filter_map(|filter| set.compile(filter).ok()) {
                    let _ = filter.is_triggered(&root, &root, &limits);
                    if let Ok(Some(content)) = filter.content(&root, &limits) {
                        let again = Element::parse(content.write().as_bytes(), &limits);
                        assert_eq!(again.expect("what is written can be read"), content);
                    }
                }
            }
        }
        "list" => {
            rewrite!(rlmi::List, data, &limits);
        }
        "patch-ops-error" => {
            rewrite!(PatchOpsError, data, &limits);
        }
        "pidf-diff" | "pidf-full" => {
            if let Some(document) = rewrite!(PartialDocument, data, &limits) {
                let mut presence = Presence::default();
                let _ = (presence.apply(&document, &limits), presence.document(&limits));
            }
        }
        "resource-lists" => {
            let lists = rewrite!(ResourceLists, data, &limits);
            let _ = lists.map(|lists| lists.uris().count());
        }
        "rls-services" => {
            rewrite!(RlsServices, data, &limits);
        }
        "ruleset" => {
            rewrite!(common_policy::Ruleset, data, &limits);
            if let Some(rules) = rewrite!(pres_rules::Ruleset, data, &limits) {
                let request =
                    Request::new(std::time::SystemTime::UNIX_EPOCH).with_sphere("work".parse().expect("text"));
                let anonymous = rules.evaluate(&request);
                let known = rules.evaluate(&request.with_identity("sip:user@example.com".parse().expect("a URI")));
                // A watcher who is known is permitted what one is who is not.
                assert!(known.sub_handling >= anonymous.sub_handling);
            }
        }
        "watcherinfo" => {
            if let Some(info) = rewrite!(WatcherInfo, data, &limits) {
                let mut table = Table::default();
                let _ = table.apply(info, &limits);
                let _ = table.to_watcherinfo().next_partial();
            }
        }
        _ => {}
    }
}

/// A patch, behind a document and a NUL: where it can be carried out, what is then there can be written, and is found by
/// comparing; where it cannot, nothing changed.
pub fn patch(data: &[u8]) {
    let limits = Limits::default();
    let Some(end) = data.iter().position(|byte| *byte == 0) else {
        return;
    };
    let (document, patch) = (&data[..end], &data[end + 1..]);
    let (Ok(old), Ok(patch)) = (Element::parse(document, &limits), Patch::parse(patch, &limits)) else {
        return;
    };
    let mut patched = old.clone();
    if let Err(error) = patch.apply(&mut patched, &limits) {
        assert_eq!(patched, old);
        assert!(error.index() < patch.operations().len());
        let root = Name::new("urn:x", "diff").expect("a name");
        let written = patch.error_document(&error, &root).write();
        assert!(PatchOpsError::parse(written.as_bytes(), &limits).is_ok());
        return;
    }
    let again = Element::parse(patched.write().as_bytes(), &limits).expect("what is written can be read");
    assert_eq!(again, patched);
    if let Ok(found) = Patch::diff(&old, &patched, &limits) {
        let mut other = old;
        found
            .apply(&mut other, &limits)
            .expect("what was found can be carried out");
        assert_eq!(Tree::of(&other), Tree::of(&patched));
    }
}

/// An element without the order of its attributes.
#[derive(Debug, PartialEq)]
struct Tree<'a> {
    name: String,
    attributes: BTreeMap<String, &'a str>,
    children: Vec<Result<Tree<'a>, &'a Node>>,
}

impl<'a> Tree<'a> {
    fn of(element: &'a Element) -> Self {
        let attributes = element.attributes().iter();
        let children = element.children().iter();
        Self {
            name: element.name().to_string(),
            attributes: attributes
                .map(|attribute| (attribute.name().to_string(), attribute.value()))
                .collect(),
            children: children
                .map(|node| match node {
                    Node::Element(child) => Ok(Self::of(child)),
                    other => Err(other),
                })
                .collect(),
        }
    }
}
