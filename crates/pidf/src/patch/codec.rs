//! Operations read and written (RFC 5261 sections 4.3 to 4.5 and 8).

use std::collections::BTreeMap;

use super::{Added, Operation, Patch, Pos, Selector, Ws};
use crate::element::Declaration;
use crate::tree::{At, Tree};
use crate::xml::chars::is_space;
use crate::xml::{XML_NAMESPACE, chars};
use crate::{Attribute, Element, Error, InvalidValue, Limits, Name, Node, compose};

pub(super) fn read(document: &[u8], limits: &Limits) -> Result<Patch, Error> {
    let root = Element::parse(document, limits)?;
    let tree = Tree::new(document, &root, limits);
    read_operations(tree.any_root())
}

/// Reads the operations below an element, which are in its namespace.
pub(crate) fn read_operations(root: At<'_>) -> Result<Patch, Error> {
    let mut patch = Patch::default();
    for at in root.children().filter(|at| at.namespace() == root.namespace()) {
        let sel = at.value(selector(at, at.required("sel")?))?;
        patch.operations.push(match at.local() {
            "add" => Operation::Add {
                sel,
                content: added(at)?,
            },
            "remove" => Operation::Remove {
                sel,
                ws: match at.attribute("ws") {
                    None => None,
                    Some("after") => Some(Ws::After),
                    Some("before") => Some(Ws::Before),
                    Some("both") => Some(Ws::Both),
                    Some(other) => return Err(at.unexpected("the ws `after`, `before` or `both`", other)),
                },
            },
            "replace" => {
                let mut nodes = at.nodes()?;
                // Text beside another node is layout, which the schema allows.
                if nodes.iter().any(|node| !matches!(node, Node::Text(_))) {
                    nodes.retain(|node| !matches!(node, Node::Text(text) if text.chars().all(is_space)));
                }
                let content = nodes.pop();
                if !nodes.is_empty() {
                    return Err(at.unexpected("one node in <replace>", "several"));
                }
                Operation::Replace { sel, content }
            }
            _ => return Err(at.misplaced("<add>, <remove> or <replace>")),
        });
    }
    Ok(patch)
}

fn selector(at: At<'_>, text: &str) -> Result<Selector, InvalidValue> {
    Selector::parse(text, |prefix| at.namespace_of(prefix))
}

fn added(at: At<'_>) -> Result<Added, Error> {
    let Some(kind) = at.attribute("type") else {
        let pos = match at.attribute("pos") {
            None => Pos::Append,
            Some("after") => Pos::After,
            Some("before") => Pos::Before,
            Some("prepend") => Pos::Prepend,
            Some(other) => return Err(at.unexpected("the pos `before`, `after` or `prepend`", other)),
        };
        let nodes = at.nodes()?;
        return Ok(Added::Nodes { pos, nodes });
    };
    if at.children().next().is_some() {
        return Err(at.unexpected("text alone in <add> with `type`", "an element"));
    }
    let text = at.raw_text();
    if let Some(prefix) = kind.strip_prefix("namespace::") {
        if !chars::is_ncname(prefix) {
            return Err(at.unexpected("a prefix in `type`", kind));
        }
        return Ok(Added::Namespace {
            prefix: prefix.to_owned(),
            uri: text.into_owned(),
        });
    }
    let qname = kind.strip_prefix('@').and_then(chars::split_qname);
    let (prefix, local) = qname.ok_or_else(|| at.unexpected("the type `@name` or `namespace::prefix`", kind))?;
    let namespace = match prefix {
        None => String::new(),
        Some("xml") => XML_NAMESPACE.to_owned(),
        Some(prefix) => match at.namespace_of(prefix) {
            Some(namespace) => namespace,
            None => return Err(at.unexpected("a declared prefix in `type`", kind)),
        },
    };
    let mut name = at.value(Name::new(&namespace, local))?;
    name.prefix = prefix.map(Into::into);
    Ok(Added::Attribute(at.value(Attribute::new(name, text))?))
}

pub(super) fn write(patch: &Patch, root: &Name) -> String {
    let mut element = Element::from_name(root.clone());
    compose_operations(patch, &mut element);
    element.write()
}

/// Adds the operations to their root, in its namespace, with declarations for what their selectors need.
///
/// There is no default namespace, as a name without a prefix would be in it. The root has the prefix `p`.
pub(crate) fn compose_operations(patch: &Patch, root: &mut Element) {
    let namespace = root.name().namespace().unwrap_or_default().to_owned();
    let mut prefixes = Prefixes::default();
    if !namespace.is_empty() {
        prefixes.want(&namespace, Some("p"));
        root.name.prefix = Some("p".into());
    }
    for operation in &patch.operations {
        for (name, _) in operation.sel().names() {
            prefixes.want(name.namespace().unwrap_or_default(), name.prefix.as_deref());
        }
        if let Operation::Add {
            content: Added::Attribute(attribute),
            ..
        } = operation
        {
            let name = attribute.name();
            prefixes.want(name.namespace().unwrap_or_default(), name.prefix.as_deref());
        }
    }
    root.declarations = prefixes.declarations();
    for operation in &patch.operations {
        root.children.push(Node::Text("\n".to_owned()));
        let mut element = compose_operation(operation, &namespace, &prefixes);
        element.name.prefix = root.name.prefix.clone();
        compose::push(root, element);
    }
    root.children.push(Node::Text("\n".to_owned()));
}

/// The prefixes of a patch, by namespace.
#[derive(Debug, Default)]
struct Prefixes(BTreeMap<String, String>);

impl Prefixes {
    fn want(&mut self, namespace: &str, hint: Option<&str>) {
        if namespace.is_empty() || namespace == XML_NAMESPACE || self.0.contains_key(namespace) {
            return;
        }
        let usual = match namespace {
            "urn:ietf:params:xml:ns:pidf" => Some("pidf"),
            "urn:ietf:params:xml:ns:pidf:data-model" => Some("dm"),
            "urn:ietf:params:xml:ns:pidf:rpid" => Some("r"),
            _ => None,
        };
        let numbers = (self.0.len() + 1..).map(|number| format!("n{number}"));
        let known = [hint, usual].into_iter().flatten().map(str::to_owned);
        let mut free = known
            .chain(numbers)
            .filter(|prefix| !self.0.values().any(|taken| taken == prefix));
        let prefix = free.next().expect("there are more numbers than prefixes");
        self.0.insert(namespace.to_owned(), prefix);
    }

    fn prefix(&self, namespace: &str) -> String {
        if namespace == XML_NAMESPACE {
            return "xml".to_owned();
        }
        self.0.get(namespace).cloned().unwrap_or_default()
    }

    fn declarations(&self) -> Vec<Declaration> {
        let all = self.0.iter().map(|(namespace, prefix)| Declaration {
            prefix: prefix.as_str().into(),
            namespace: namespace.as_str().into(),
        });
        all.collect()
    }
}

fn compose_operation(operation: &Operation, namespace: &str, prefixes: &Prefixes) -> Element {
    let local = match operation {
        Operation::Add { .. } => "add",
        Operation::Remove { .. } => "remove",
        Operation::Replace { .. } => "replace",
    };
    let mut element = compose::element(namespace, local);
    compose::set(
        &mut element,
        "sel",
        operation.sel().write(|namespace| prefixes.prefix(namespace)),
    );
    match operation {
        Operation::Add { content, .. } => match content {
            Added::Attribute(attribute) => {
                let name = attribute.name();
                let kind = match name.namespace() {
                    Some(namespace) => format!("@{}:{}", prefixes.prefix(namespace), name.local()),
                    None => format!("@{}", name.local()),
                };
                compose::set(&mut element, "type", kind);
                return compose::text(element, attribute.value());
            }
            Added::Namespace { prefix, uri } => {
                compose::set(&mut element, "type", format!("namespace::{prefix}"));
                return compose::text(element, uri);
            }
            Added::Nodes { pos, nodes } => {
                match pos {
                    Pos::After => compose::set(&mut element, "pos", "after"),
                    Pos::Append => {}
                    Pos::Before => compose::set(&mut element, "pos", "before"),
                    Pos::Prepend => compose::set(&mut element, "pos", "prepend"),
                }
                element.children.extend(nodes.iter().cloned());
            }
        },
        Operation::Remove { ws, .. } => match ws {
            None => {}
            Some(Ws::After) => compose::set(&mut element, "ws", "after"),
            Some(Ws::Before) => compose::set(&mut element, "ws", "before"),
            Some(Ws::Both) => compose::set(&mut element, "ws", "both"),
        },
        Operation::Replace { content, .. } => element.children.extend(content.clone()),
    }
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite(patch: &str) -> String {
        let parsed = Patch::parse(patch.as_bytes(), &Limits::default()).unwrap();
        let written = parsed.write(&Name::new("urn:diff", "diff").unwrap());
        let again = Patch::parse(written.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(again, parsed, "{written}");
        written
    }

    #[test]
    fn operations_are_written_as_they_were_meant() {
        let written = rewrite(
            "<d:diff xmlns='urn:x' xmlns:d='urn:diff' xmlns:y='urn:y'>
            <d:add sel='doc/y:a' pos='before'> <b y:k='1'/><!-- c --></d:add>
            <d:add sel='doc' type='@y:k'>1</d:add><d:add sel='doc' type='namespace::z'>urn:z</d:add>
            <d:replace sel=\"*/@xml:lang\">de</d:replace><d:replace sel='*/text()[1]'/>
            <d:replace sel='doc'>\n  <new/>\n</d:replace><d:replace sel='*/text()[2]'> </d:replace>
            <d:remove sel='*/processing-instruction(\"t\")' ws='both'/></d:diff>",
        );
        for expected in [
            r#"<p:add sel="n2:doc/y:a" pos="before"> <ns1:b y:k="1"/><!-- c --></p:add>"#,
            r#"<p:add sel="n2:doc" type="@y:k">1</p:add>"#,
            r#"<p:add sel="n2:doc" type="namespace::z">urn:z</p:add>"#,
            r#"<p:replace sel="*/@xml:lang">de</p:replace>"#,
            r#"<p:replace sel="*/text()[1]"/>"#,
            r#"<p:replace sel="n2:doc"><ns1:new/></p:replace>"#,
            r#"<p:replace sel="*/text()[2]"> </p:replace>"#,
            r#"<p:remove sel="*/processing-instruction('t')" ws="both"/>"#,
        ] {
            assert!(written.contains(expected), "{expected}\n{written}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (patch, expected) in [
            (
                "<d>\n<add/></d>",
                "line 2, column 1: expected the attribute `sel` on <add>, found none",
            ),
            (
                "<d><add sel='/'/></d>",
                "line 1, column 4: expected the selector to be one of RFC 5261 section 8, found \"/ at byte 1\"",
            ),
            (
                "<d><add sel='p:a'/></d>",
                "line 1, column 4: expected the prefix in the selector to be one that is declared, found \"p\"",
            ),
            (
                "<d><add sel='a' pos='in'/></d>",
                "line 1, column 4: expected the pos `before`, `after` or `prepend`, found in",
            ),
            (
                "<d><add sel='a' type='b'/></d>",
                "line 1, column 4: expected the type `@name` or `namespace::prefix`, found b",
            ),
            (
                "<d><replace sel='a'>x<b/></replace></d>",
                "line 1, column 4: expected one node in <replace>, found several",
            ),
            (
                "<d><remove sel='a' ws='all'/></d>",
                "line 1, column 4: expected the ws `after`, `before` or `both`, found all",
            ),
            (
                "<d><move sel='a'/></d>",
                "line 1, column 4: expected <add>, <remove> or <replace>, found <move>",
            ),
        ] {
            let error = Patch::parse(patch.as_bytes(), &Limits::default()).unwrap_err();
            assert_eq!(crate::tree::without_bytes(&error), expected);
        }
    }
}
