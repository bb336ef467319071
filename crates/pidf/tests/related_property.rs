//! For each kind of document writing and reading are inverse; patches make of one document what they were found for.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use pidf::common_policy::{self, Condition, Conditions, Except, Identity, Member, Period, RuleId, Sphere, Validity};
use pidf::filter::{Changed, Filter, FilterSet, NsBinding, Selection, Target, Trigger, What};
use pidf::partial::{PartialDocument, Presence, Update};
use pidf::patch::Patch;
use pidf::pres_rules::{
    self, DeviceIdentifier, Permissions, PersonIdentifier, PresenceAttribute, Provided, ServiceIdentifier, SubHandling,
    UnknownAttribute, UserInput,
};
use pidf::resource_lists::{self, Copy, CopyControl, Entry, EntryRef, External, ResourceLists};
use pidf::rlmi::{self, Instance, InstanceState, Resource};
use pidf::rls_services::{Resources, RlsServices, Service};
use pidf::watcherinfo::{Event, ListKey, State, Status, Table, Update as TableUpdate, Watcher, WatcherId, WatcherInfo};
use pidf::{
    Attribute, Basic, DisplayName, Document, Element, ForeignAttribute, ForeignElement, Language, Limits, Name, Node,
    Note, Text, Token, Tuple, TupleId, Uri,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::sample::select;
use proptest::{prop_assert, prop_assert_eq};

fn uri() -> impl Strategy<Value = Uri> {
    "(sip|http):[!-~\u{AC00}]{1,8}".prop_map(|uri| Uri::new(uri).unwrap())
}

/// Text with what has to be escaped.
fn text() -> impl Strategy<Value = Text> {
    "[ -~\t\n\r\u{E4}]{0,8}".prop_map(|text| Text::new(text).unwrap())
}

fn token() -> impl Strategy<Value = Token> {
    "[!-~\u{E4}]{1,5}( [!-~]{1,3}){0,2}".prop_map(|token| Token::new(token).unwrap())
}

fn name() -> impl Strategy<Value = String> {
    "[a-c][a-c0-9.-]{0,2}"
}

fn display_name() -> impl Strategy<Value = DisplayName> {
    (text(), option::of("[a-z]{2}(-[A-Z]{2})?")).prop_map(|(text, lang)| {
        let name = DisplayName::new(text.as_str()).unwrap();
        match lang {
            Some(lang) => name.with_lang(lang).unwrap(),
            None => name,
        }
    })
}

/// An element of another specification, with everything that an element can have.
fn foreign() -> impl Strategy<Value = ForeignElement> {
    (select(vec!["urn:x", "urn:y"]), tree()).prop_map(|(namespace, child)| {
        let element = Element::new(namespace, "e").unwrap().with_child(child);
        ForeignElement::new(element).unwrap()
    })
}

fn foreigners() -> impl Strategy<Value = Vec<ForeignElement>> {
    vec(foreign(), 0..2)
}

/// Attributes of other specifications, each with a name of its own.
fn attributes() -> impl Strategy<Value = Vec<ForeignAttribute>> {
    let name = (select(vec!["urn:x", "urn:y"]), select(vec!["id", "k"]));
    btree_map(name, text(), 0..3).prop_map(|attributes| {
        let foreign = |((namespace, local), value): ((&str, &str), Text)| {
            let attribute = Attribute::new(Name::new(namespace, local).unwrap(), value.as_str()).unwrap();
            ForeignAttribute::new(attribute).unwrap()
        };
        attributes.into_iter().map(foreign).collect()
    })
}

/// An element tree with text, comments and instructions among the elements.
fn tree() -> impl Strategy<Value = Element> {
    let leaf = bare().prop_map(|element| vec![Node::Element(element)]);
    let nodes = leaf.prop_recursive(3, 24, 5, |inner| {
        let node = prop_oneof![
            4 => (bare(), inner).prop_map(|(element, nodes)| Node::Element(with_nodes(element, nodes))),
            2 => "[ \n]{1,3}|[a-b]{1,2}".prop_map(Node::Text),
            1 => "[a-b ]{0,3}".prop_map(Node::Comment),
            1 => "[a-b]{0,3}".prop_map(|data| Node::Instruction { target: "p".to_owned(), data }),
        ];
        vec(node, 0..6)
    });
    (bare(), nodes).prop_map(|(element, nodes)| with_nodes(element, nodes))
}

fn with_nodes(mut element: Element, nodes: Vec<Node>) -> Element {
    for node in nodes {
        let end = element.children().len();
        element.insert_node(end, node).unwrap();
    }
    element
}

fn bare() -> impl Strategy<Value = Element> {
    let attribute = (
        select(vec!["", "urn:x", "urn:z"]),
        select(vec!["id", "k"]),
        "[1-3 ]{0,2}",
    );
    let name = (select(vec!["", "urn:x", "urn:y"]), select(vec!["a", "b", "c"]));
    (name, option::of(select(vec!["p", "q"])), vec(attribute, 0..3)).prop_map(
        |((namespace, local), prefix, attributes)| {
            let mut element = Element::new(namespace, local).unwrap();
            if let Some(prefix) = prefix {
                element = element.with_prefix(prefix).unwrap();
            }
            for (namespace, local, value) in attributes {
                element
                    .set_attribute(Name::new(namespace, local).unwrap(), value)
                    .unwrap();
            }
            element
        },
    )
}

fn watcher(id: String) -> impl Strategy<Value = Watcher> {
    let status = select(vec![
        Status::Pending,
        Status::Active,
        Status::Waiting,
        Status::Terminated,
    ]);
    let event = select(vec![
        Event::Subscribe,
        Event::Approved,
        Event::Rejected,
        Event::Noresource,
    ]);
    let lang = option::of(Just(Language::new("en").unwrap()));
    let seconds = || option::of(any::<u64>());
    (uri(), status, event, option::of(text()), lang, seconds(), seconds()).prop_map(
        move |(uri, status, event, name, lang, expiration, duration)| {
            let mut watcher = Watcher::new(WatcherId::new(id.clone()).unwrap(), uri, status, event);
            watcher.display_name = name;
            watcher.lang = lang;
            watcher.expiration = expiration;
            watcher.duration_subscribed = duration;
            watcher
        },
    )
}

/// Watchers of few ids, each in the list that its id belongs to.
fn watcherinfo(version: u32, state: State) -> impl Strategy<Value = WatcherInfo> {
    vec((0..6_u32).prop_flat_map(|id| watcher(format!("w{id}"))), 0..6).prop_map(move |watchers| {
        let mut info = WatcherInfo::new(version, state);
        for watcher in watchers {
            let resource = if watcher.id.as_str() < "w3" { "sip:a" } else { "sip:b" };
            let key = ListKey {
                resource: resource.parse().unwrap(),
                package: "presence".parse().unwrap(),
            };
            info.list_mut(key).insert(watcher);
        }
        info
    })
}

fn rlmi_list() -> impl Strategy<Value = rlmi::List> {
    let state = select(vec![
        InstanceState::Active,
        InstanceState::Pending,
        InstanceState::Terminated,
    ]);
    let instance = (
        text(),
        state,
        option::of(text()),
        option::of(text()),
        foreigners(),
        attributes(),
    );
    let instance = instance.prop_map(|(id, state, reason, cid, extensions, attributes)| {
        let mut instance = Instance::new(id, state);
        (instance.reason, instance.cid, instance.extensions) = (reason, cid, extensions);
        instance.attributes = attributes;
        instance
    });
    let resource = (uri(), vec(display_name(), 0..2), vec(instance, 0..3), attributes());
    let resource = resource.prop_map(|(uri, names, instances, attributes)| {
        let mut resource = Resource::new(uri);
        (resource.names, resource.instances, resource.attributes) = (names, instances, attributes);
        resource
    });
    let parts = (
        uri(),
        any::<u32>(),
        any::<bool>(),
        option::of(text()),
        vec(display_name(), 0..2),
        vec(resource, 0..3),
        attributes(),
    );
    parts.prop_map(|(uri, version, full, cid, names, resources, attributes)| {
        let mut list = rlmi::List::new(uri, version, full);
        (list.cid, list.names, list.resources, list.attributes) = (cid, names, resources, attributes);
        list
    })
}

fn member() -> impl Strategy<Value = resource_lists::Member> {
    let copy = option::of(select(vec![Copy::To, Copy::Cc, Copy::Bcc]));
    let control = (copy, any::<bool>(), 0..3_u32).prop_map(|(copy, anonymize, count)| {
        let mut control = CopyControl::default();
        (control.copy, control.anonymize, control.count) = (copy, anonymize, count);
        control
    });
    prop_oneof![
        (uri(), option::of(display_name()), control, foreigners(), attributes()).prop_map(
            |(uri, name, control, extensions, attributes)| {
                let mut entry = Entry::new(uri).with_copy_control(control);
                (entry.display_name, entry.extensions, entry.attributes) = (name, extensions, attributes);
                resource_lists::Member::Entry(entry)
            }
        ),
        (uri(), attributes()).prop_map(|(uri, attributes)| {
            let mut entry = EntryRef::new(uri);
            entry.attributes = attributes;
            resource_lists::Member::EntryRef(entry)
        }),
        (option::of(uri()), option::of(display_name()), attributes()).prop_map(|(anchor, name, attributes)| {
            let mut external = External::default();
            (external.anchor, external.display_name, external.attributes) = (anchor, name, attributes);
            resource_lists::Member::External(external)
        }),
    ]
}

fn list() -> impl Strategy<Value = resource_lists::List> {
    let leaf = (option::of(text()), vec(member(), 0..3), foreigners(), attributes());
    let leaf = leaf.prop_map(|(name, members, extensions, attributes)| {
        let mut list = resource_lists::List::default();
        (list.name, list.extensions, list.attributes) = (name, extensions, attributes);
        members.into_iter().for_each(|member| list.push(member).unwrap());
        list
    });
    leaf.prop_recursive(3, 8, 3, |inner| {
        (option::of(display_name()), vec(inner, 0..3)).prop_map(|(name, inner)| {
            let mut list = resource_lists::List::default();
            list.display_name = name;
            for inner in inner {
                // One whose name is taken is refused, and left out.
                let _ = list.push(resource_lists::Member::List(inner));
            }
            list
        })
    })
}

fn conditions() -> impl Strategy<Value = Conditions> {
    let except = prop_oneof![uri().prop_map(Except::Id), token().prop_map(Except::Domain)];
    let member = prop_oneof![
        (uri(), option::of(foreign())).prop_map(|(id, unknown)| Member::One { id, unknown }),
        (option::of(token()), vec(except, 0..3), foreigners()).prop_map(|(domain, except, unknown)| Member::Many {
            domain,
            except,
            unknown
        }),
        foreign().prop_map(Member::Unknown),
    ];
    let period = || Period::new("2003-12-24T17:00:00+01:00", "2003-12-24T19:00:00.5Z").unwrap();
    let condition = prop_oneof![
        vec(member, 1..3).prop_map(|members| {
            let mut members = members.into_iter();
            let first = Identity::new(members.next().unwrap());
            Condition::Identity(members.fold(first, Identity::with))
        }),
        text().prop_map(|value| Condition::Sphere(Sphere::new(value))),
        foreign().prop_map(Condition::Unknown),
        Just(Condition::Validity(Validity::new(period()).with(period()))),
    ];
    vec(condition, 0..3).prop_map(Conditions)
}

fn provided<T: Ord + Clone + std::fmt::Debug>(member: impl Strategy<Value = T>) -> impl Strategy<Value = Provided<T>> {
    prop_oneof![Just(Provided::All), btree_set(member, 0..3).prop_map(Provided::These)]
}

fn permissions() -> impl Strategy<Value = Permissions> {
    let handling = select(vec![
        SubHandling::Block,
        SubHandling::Confirm,
        SubHandling::PoliteBlock,
        SubHandling::Allow,
    ]);
    let input = select(vec![
        UserInput::False,
        UserInput::Bare,
        UserInput::Thresholds,
        UserInput::Full,
    ]);
    let device = prop_oneof![
        token().prop_map(DeviceIdentifier::Class),
        uri().prop_map(DeviceIdentifier::DeviceId),
        token().prop_map(DeviceIdentifier::OccurrenceId)
    ];
    let person = prop_oneof![
        token().prop_map(PersonIdentifier::Class),
        token().prop_map(PersonIdentifier::OccurrenceId)
    ];
    let service = prop_oneof![
        token().prop_map(ServiceIdentifier::Class),
        uri().prop_map(ServiceIdentifier::ServiceUri),
        token().prop_map(ServiceIdentifier::ServiceUriScheme)
    ];
    let attributes = btree_set(
        select(vec![
            PresenceAttribute::Activities,
            PresenceAttribute::DeviceId,
            PresenceAttribute::Note,
        ]),
        0..3,
    );
    let unknown = btree_set(
        name().prop_map(|name| UnknownAttribute::new("urn:x", &name).unwrap()),
        0..2,
    );
    let sets = (provided(device), provided(person), provided(service));
    (handling, sets, attributes, input, unknown, any::<bool>()).prop_map(
        |(handling, (devices, persons, services), attributes, input, unknown, all)| {
            let mut permissions = Permissions::default();
            permissions.sub_handling = handling;
            permissions.provide_devices = devices;
            permissions.provide_persons = persons;
            permissions.provide_services = services;
            permissions.provide_attributes = attributes;
            permissions.provide_user_input = input;
            permissions.provide_unknown_attributes = unknown;
            permissions.provide_all_attributes = all;
            permissions
        },
    )
}

fn filter() -> impl Strategy<Value = Filter> {
    let selection = || {
        prop_oneof![
            token().prop_map(Selection::Namespace),
            token().prop_map(Selection::Xpath)
        ]
    };
    let what =
        (vec(selection(), 0..2), vec(selection(), 0..2), foreigners()).prop_map(|(include, exclude, extensions)| {
            let mut what = What::default();
            (what.include, what.exclude, what.extensions) = (include, exclude, extensions);
            what
        });
    let by = option::of("-?[0-9]{1,3}(\\.[0-9])?".prop_map(|by| by.parse().unwrap()));
    let changed = (token(), option::of(text()), option::of(text()), by).prop_map(|(path, from, to, by)| {
        let mut changed = Changed::new(path);
        (changed.from, changed.to, changed.by) = (from, to, by);
        changed
    });
    let trigger = (vec(changed, 0..2), vec(token(), 0..2), vec(token(), 0..2), foreigners());
    let trigger = trigger.prop_map(|(changed, added, removed, extensions)| {
        let mut trigger = Trigger::default();
        (trigger.changed, trigger.added, trigger.removed, trigger.extensions) = (changed, added, removed, extensions);
        trigger
    });
    let target = prop_oneof![
        Just(Target::Subscription),
        token().prop_map(Target::Domain),
        uri().prop_map(Target::Uri)
    ];
    let parts = (
        text(),
        target,
        any::<bool>(),
        any::<bool>(),
        option::of(what),
        vec(trigger, 0..2),
        attributes(),
    );
    parts.prop_map(|(id, target, enabled, remove, what, triggers, attributes)| {
        let mut filter = Filter::new(id);
        (filter.target, filter.enabled, filter.remove) = (target, enabled, remove);
        filter.attributes = attributes;
        (filter.what, filter.triggers) = (what, triggers);
        filter
    })
}

/// Whether an element is another without some of its attributes, children and text.
fn is_part(part: &Element, whole: &Element) -> bool {
    let mut candidates = whole.elements();
    part.name() == whole.name()
        && part
            .attributes()
            .iter()
            .all(|attribute| whole.attributes().contains(attribute))
        && part
            .elements()
            .all(|child| candidates.any(|candidate| is_part(child, candidate)))
}

/// With the attributes in an order that does not depend on where they come from.
fn sorted(element: &Element) -> Element {
    let mut sorted = Element::new(element.name().namespace().unwrap_or_default(), element.name().local()).unwrap();
    let mut attributes: Vec<_> = element.attributes().iter().collect();
    attributes.sort_by_key(|attribute| attribute.name().to_string());
    for attribute in attributes {
        sorted
            .set_attribute(attribute.name().clone(), attribute.value())
            .unwrap();
    }
    let nodes = element.children().iter().map(|node| match node {
        Node::Element(child) => Node::Element(self::sorted(child)),
        other => other.clone(),
    });
    with_nodes(sorted, nodes.collect())
}

/// Reads what was written, and compares.
macro_rules! assert_rewritten {
    ($value:expr, $type:ty) => {
        let written = $value.write();
        let again = <$type>::parse(written.as_bytes(), &Limits::default());
        prop_assert_eq!(again.as_ref(), Ok(&$value), "{}", written);
    };
}

proptest! {
    #[test]
    fn watcher_information(full in watcherinfo(3, State::Full), partial in watcherinfo(4, State::Partial)) {
        assert_rewritten!(full, WatcherInfo);
        let mut table = Table::default();
        prop_assert_eq!(table.apply(full.clone(), &Limits::default()), TableUpdate::Applied);
        prop_assert_eq!(table.apply(partial.clone(), &Limits::default()), TableUpdate::Applied);
        let rows = |lists: &[pidf::watcherinfo::WatcherList]| -> Vec<Watcher> {
            lists.iter().flat_map(|list| list.watchers().to_vec()).collect()
        };
        // A row is what the later document says of it, or else the earlier one.
        for row in rows(table.lists()) {
            let told = rows(partial.lists()).into_iter().chain(rows(full.lists())).find(|told| told.id == row.id);
            prop_assert_eq!(told, Some(row));
        }
        let told = rows(partial.lists()).into_iter().chain(rows(full.lists()));
        let ids: std::collections::BTreeSet<_> = told.map(|row| row.id).collect();
        prop_assert_eq!(rows(table.lists()).len(), ids.len());
        assert_rewritten!(table.to_watcherinfo(), WatcherInfo);
    }

    #[test]
    fn resource_list_meta_information(list in rlmi_list()) {
        assert_rewritten!(list, rlmi::List);
    }

    #[test]
    fn lists_of_resources(inner in vec(list(), 0..3), uris in vec(uri(), 0..3), packages in option::of(vec(token(), 0..3))) {
        let mut lists = ResourceLists::default();
        let mut services = RlsServices::default();
        for (list, uri) in inner.into_iter().zip(uris) {
            let mut service = Service::new(uri.clone(), Resources::List(list.clone()));
            service.packages = packages.clone();
            service.attributes.clone_from(&list.attributes);
            // A name or a URI that is taken is refused, and left out.
            let _ = services.push(service);
            let by_reference = Service::new(format!("{uri}.").parse().unwrap(), Resources::ResourceList(uri));
            let _ = services.push(by_reference);
            let _ = lists.push(list);
        }
        assert_rewritten!(lists, ResourceLists);
        assert_rewritten!(services, RlsServices);
    }

    #[test]
    fn rules(rules in vec((name(), conditions(), permissions(), foreigners(), foreigners()), 0..4)) {
        let mut common = common_policy::Ruleset::default();
        let mut presence = pres_rules::Ruleset::default();
        for (id, conditions, permissions, actions, transformations) in rules {
            let id = RuleId::new(id).unwrap();
            let mut rule = common_policy::Rule::new(id.clone(), conditions.clone());
            (rule.actions, rule.transformations) = (actions.clone(), transformations.clone());
            common.insert(rule);
            let mut rule = pres_rules::Rule::new(id, conditions, permissions);
            (rule.unknown_actions, rule.unknown_transformations) = (actions, transformations);
            presence.insert(rule);
        }
        assert_rewritten!(common, common_policy::Ruleset);
        assert_rewritten!(presence, pres_rules::Ruleset);
    }

    /// RFC 4745 section 10.2: neither order nor repetition matters, and a rule more never permits less.
    #[test]
    fn permissions_are_combined(one in permissions(), two in permissions(), three in permissions()) {
        let combined = |permissions: &[&Permissions]| {
            let mut combined = Permissions::default();
            permissions.iter().for_each(|permissions| combined.combine(permissions));
            combined
        };
        let all = combined(&[&one, &two, &three]);
        prop_assert_eq!(&all, &combined(&[&three, &one, &two, &one]));
        prop_assert!(all.sub_handling >= one.sub_handling && all.user_input() >= one.user_input());
        prop_assert!(one.provide_attributes.iter().all(|attribute| all.provides(*attribute)));
    }

    #[test]
    fn filters(package in option::of(token()), first in filter(), more in vec(filter(), 0..2), urn in uri()) {
        let mut set = FilterSet::new(first).with_ns_binding(NsBinding::new("p", urn).unwrap());
        for attribute in more.iter().flat_map(|filter| &filter.attributes).take(1) {
            set = set.with_attribute(attribute.clone());
        }
        if let Some(package) = package {
            set = set.with_package(package);
        }
        for filter in more {
            set.insert(filter);
        }
        assert_rewritten!(set, FilterSet);
    }

    #[test]
    fn what_is_patched_is_what_was_wanted(old in tree(), new in tree()) {
        let limits = Limits::default();
        let new = {
            let mut root = Element::new("urn:r", "r").unwrap();
            root.insert_node(0, Node::Element(new)).unwrap();
            root
        };
        let old = Element::new("urn:r", "r").unwrap().with_child(old);
        let patch = Patch::diff(&old, &new, &limits).unwrap();
        let mut patched = old.clone();
        patch.apply(&mut patched, &limits).unwrap();
        prop_assert_eq!(sorted(&patched), sorted(&new));

        // The same through the wire: the document and the patch as text.
        let written = patch.write(&Name::new("urn:diff", "diff").unwrap());
        let read = Patch::parse(written.as_bytes(), &limits).unwrap();
        prop_assert_eq!(&read, &patch, "{}", written);
        let mut patched = Element::parse(old.write().as_bytes(), &limits).unwrap();
        read.apply(&mut patched, &limits).unwrap();
        prop_assert_eq!(sorted(&patched), sorted(&new), "{}", written);
        let again = Element::parse(patched.write().as_bytes(), &limits).unwrap();
        prop_assert_eq!(sorted(&again), sorted(&new));
    }

    /// Any expression over any document: an answer, which can be written, and is part of the document.
    #[test]
    fn what_a_filter_lets_through_is_a_part(
        document in tree(),
        expressions in vec(
            "(//?(\\*|a|p:b|c)(\\[(\\*|a|\\*//b|@id|a/@k|\\.|\\.\\.)(='1'|=2|>1|<3)( (and|or) @id='1')?\\])?){1,3}(//?@(id|p:k))?",
            1..4,
        ),
        exclude in any::<bool>(),
    ) {
        let limits = Limits::default();
        let mut what = What::default();
        for expression in expressions {
            let selections = if exclude && !what.include.is_empty() { &mut what.exclude } else { &mut what.include };
            selections.push(Selection::xpath(expression.parse().unwrap()));
        }
        let mut filter = Filter::new("1".parse().unwrap());
        filter.what = Some(what);
        let mut trigger = Trigger::default();
        trigger.changed.push(Changed::new("//*".parse().unwrap()));
        filter.triggers.push(trigger);
        let set = FilterSet::new(filter).with_ns_binding(NsBinding::new("p", "urn:x".parse().unwrap()).unwrap());
        let compiled = set.compile(&set.filters()[0]).unwrap();
        prop_assert_eq!(compiled.is_triggered(&document, &document, &limits), Ok(false));
        if let Some(content) = compiled.content(&document, &limits).unwrap() {
            prop_assert!(is_part(&content, &document), "{}", content.write());
            let written = content.write();
            prop_assert_eq!(&Element::parse(written.as_bytes(), &limits).unwrap(), &content, "{}", written);
        }
    }

    /// Whatever the limits: what is found is carried out within them, or nothing is found.
    #[test]
    fn a_patch_that_is_found_is_taken(old in tree(), new in tree(), steps in 0..400_usize, elements in 1..60_usize) {
        let mut limits = Limits::default();
        (limits.patch_steps, limits.elements) = (steps, elements);
        let [old, new] = [old, new].map(|tree| Element::new("urn:r", "r").unwrap().with_child(tree));
        if let Ok(patch) = Patch::diff(&old, &new, &limits) {
            let mut patched = old;
            prop_assert_eq!(patch.apply(&mut patched, &limits), Ok(()));
            prop_assert_eq!(sorted(&patched), sorted(&new));
        }
    }

    #[test]
    fn partial_presence(notes in vec((vec("[a-c]{1,3}", 0..3), vec(name(), 0..4)), 1..5)) {
        let limits = Limits::default();
        let documents: Vec<Document> = notes.into_iter().map(|(notes, ids)| {
            let mut document = Document::new("pres:a@example.test").unwrap();
            for id in ids {
                document.insert_tuple(Tuple::new(TupleId::new(id).unwrap(), Basic::Open));
            }
            notes.into_iter().fold(document, |document, note| document.with_note(Note::new(note).unwrap()))
        }).collect();
        let mut presence = Presence::default();
        let full = PartialDocument::full(&documents[0], Some(1), &limits).unwrap();
        let diffs = documents.windows(2).zip(2..).map(|(pair, version)| {
            PartialDocument::diff(&pair[0], &pair[1], Some(version), &limits).unwrap()
        });
        for (document, expected) in std::iter::once(full).chain(diffs).zip(&documents) {
            assert_rewritten!(document, PartialDocument);
            let received = PartialDocument::parse(document.write().as_bytes(), &limits).unwrap();
            prop_assert_eq!(presence.apply(&received, &limits), Ok(Update::Applied));
            prop_assert_eq!(&presence.document(&limits).unwrap(), expected);
        }
    }

    /// Any selector over any document: an answer, and what is then there can be written.
    #[test]
    fn no_patch_makes_a_document_that_cannot_be_written(
        document in tree(),
        selectors in vec("(/|id\\('1'\\)/)?((\\*|a|p:b)(\\[[1-2]\\]|\\[@id='1'\\]|\\[a='x'\\])?/){0,2}(\\*|a|text\\(\\)|comment\\(\\)|@id|@p:k|namespace::p)", 1..6),
        kinds in vec(0..8_u8, 6),
    ) {
        let limits = Limits::default();
        let operations: String = selectors.iter().zip(kinds).map(|(sel, kind)| match kind {
            0 => format!("<add sel=\"{sel}\"> x<p:n k='1'/>y</add>"),
            1 => format!("<add sel=\"{sel}\" pos='before'><!--c--><n xmlns='urn:x'/></add>"),
            2 => format!("<add sel=\"{sel}\" type='@p:k'>v</add>"),
            3 => format!("<add sel=\"{sel}\" type='namespace::p'>urn:new</add>"),
            4 => format!("<replace sel=\"{sel}\"><n/></replace>"),
            5 => format!("<replace sel=\"{sel}\">urn:new</replace>"),
            6 => format!("<remove sel=\"{sel}\" ws='after'/>"),
            _ => format!("<remove sel=\"{sel}\"/>"),
        }).collect();
        let patch = Patch::parse(format!("<diff xmlns:p='urn:x'>{operations}</diff>").as_bytes(), &limits).unwrap();
        let mut patched = Element::parse(document.write().as_bytes(), &limits).unwrap();
        let before = patched.clone();
        if patch.apply(&mut patched, &limits).is_err() {
            prop_assert_eq!(&patched, &before);
        }
        let written = patched.write();
        let again = Element::parse(written.as_bytes(), &limits).unwrap();
        prop_assert_eq!(&again, &patched, "{}", written);
    }
}
