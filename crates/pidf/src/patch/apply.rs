//! The operations carried out (RFC 5261 sections 4.3 to 4.5).

use super::budget::{Budget, Size};
use super::error::{Condition, Failure};
use super::evaluate::{Target, locate};
use super::mangle::Scope;
use super::nodes::{element_mut, element_path, insert, join, repeated_attribute, side, walk_names, wrong_type};
use super::{Added, Operation, Patch, PatchError, Pos, Selector, Ws};
use crate::xml::Namespace;
use crate::xml::chars::is_space;
use crate::{Attribute, Element, Limits, Name, Node};

pub(super) fn apply(patch: &Patch, document: &mut Element, limits: &Limits) -> Result<(), PatchError> {
    let mut patched = document.clone();
    let mut work = Work {
        budget: Budget::new(limits),
        size: Size::of(&patched),
        limits,
    };
    for (index, operation) in patch.operations.iter().enumerate() {
        work.operation(&mut patched, operation)
            .map_err(|failure| PatchError::new(failure, index))?;
    }
    *document = patched;
    Ok(())
}

struct Work<'l> {
    budget: Budget,
    /// That of the document. What is taken out is not taken off, so that it stays cheap to know.
    size: Size,
    limits: &'l Limits,
}

impl Work<'_> {
    fn operation(&mut self, root: &mut Element, operation: &Operation) -> Result<(), Failure> {
        let target = locate(root, operation.sel(), &mut self.budget)?;
        match operation {
            Operation::Add { sel, content } => match content {
                Added::Attribute(attribute) => self.add_attribute(root, sel, target, attribute),
                Added::Namespace { prefix, uri } => self.add_namespace(root, sel, target, prefix, uri),
                Added::Nodes { pos, nodes } => self.add_nodes(root, sel, target, *pos, nodes),
            },
            Operation::Remove { sel, ws } => self.remove(root, sel, target, *ws),
            Operation::Replace { sel, content } => self.replace(root, sel, target, content.as_ref()),
        }
    }

    fn add_attribute(
        &mut self,
        root: &mut Element,
        sel: &Selector,
        target: Target,
        attribute: &Attribute,
    ) -> Result<(), Failure> {
        let path = element_path(root, sel, target)?;
        let mut name = attribute.name().clone();
        Scope::at(root, &path, &mut self.budget)?.mangle_name(&mut name);
        let element = element_mut(root, &path);
        self.budget.spend(1 + element.attributes.len())?;
        if element.attributes.iter().any(|known| *known.name() == name) {
            let phrase = format!("{sel} has the attribute {name} already");
            return Err(Failure::new(Condition::InvalidAttributeValue, phrase));
        }
        if element.attributes.len() + element.declarations.len() >= self.limits.attributes {
            return Err(self.too_much("attributes", self.limits.attributes));
        }
        let value = attribute.value().to_owned();
        self.grow(Size {
            bytes: value.len() + name.local().len(),
            ..Size::default()
        })?;
        element_mut(root, &path).attributes.push(Attribute { name, value });
        Ok(())
    }

    fn add_namespace(
        &mut self,
        root: &mut Element,
        sel: &Selector,
        target: Target,
        prefix: &str,
        uri: &str,
    ) -> Result<(), Failure> {
        let path = element_path(root, sel, target)?;
        let element = element_mut(root, &path);
        let mut declarations = element.declarations.iter();
        if prefix.is_empty() || declarations.any(|declaration| *declaration.prefix == *prefix) {
            let phrase = format!("{sel} declares the prefix {prefix} already");
            return Err(Failure::new(Condition::InvalidNamespacePrefix, phrase));
        }
        if element.attributes.len() + element.declarations.len() >= self.limits.attributes {
            return Err(self.too_much("attributes", self.limits.attributes));
        }
        self.grow(Size {
            bytes: prefix.len() + uri.len(),
            ..Size::default()
        })?;
        let result = element.declare(prefix, uri);
        result.map_err(|error| Failure::new(Condition::InvalidNamespaceUri, error.to_string()))
    }

    fn add_nodes(
        &mut self,
        root: &mut Element,
        sel: &Selector,
        target: Target,
        pos: Pos,
        nodes: &[Node],
    ) -> Result<(), Failure> {
        let (path, index) = match (target, pos) {
            (target, Pos::Append | Pos::Prepend) => {
                let path = element_path(root, sel, target)?;
                let end = element_mut(root, &path).children.len();
                (path, if pos == Pos::Append { end } else { 0 })
            }
            (Target::Node(mut path), _) => match path.pop() {
                Some(index) => (path, index + usize::from(pos == Pos::After)),
                None => {
                    let is_before = pos == Pos::Before;
                    let outside = root.outside.get_or_insert_default();
                    let index = if is_before { outside.before.len() } else { 0 };
                    return self.add_outside(root, is_before, index, nodes);
                }
            },
            (Target::Outside { is_before, index }, _) => {
                return self.add_outside(root, is_before, index + usize::from(pos == Pos::After), nodes);
            }
            (Target::Attribute { .. } | Target::Namespace { .. }, _) => {
                return Err(wrong_type(sel, "a node with siblings"));
            }
        };
        let mut nodes = nodes.to_vec();
        self.admit(root, &path, &mut nodes)?;
        let children = &mut element_mut(root, &path).children;
        self.budget.spend(1 + children.len() / 8)?;
        insert(children, index, nodes, &mut self.budget)
    }

    /// Adds comments and instructions beside the root. White space there is not kept.
    fn add_outside(
        &mut self,
        root: &mut Element,
        is_before: bool,
        index: usize,
        nodes: &[Node],
    ) -> Result<(), Failure> {
        let mut added = Vec::new();
        for node in nodes {
            match node {
                Node::Text(text) if text.chars().all(is_space) => {}
                Node::Comment(_) | Node::Instruction { .. } => added.push(checked(node)?),
                Node::Element(_) => {
                    let phrase = "another element beside the root";
                    return Err(Failure::new(Condition::InvalidRootElementOperation, phrase));
                }
                Node::Text(_) => {
                    let phrase = "text beside the root";
                    return Err(Failure::new(Condition::InvalidXmlPrologOperation, phrase));
                }
            }
        }
        let mut size = Size::default();
        size.add(&added);
        size.elements += added.len();
        self.grow(size)?;
        let nodes = side(root.outside.get_or_insert_default(), is_before);
        self.budget.spend(1 + nodes.len() / 8)?;
        let index = index.min(nodes.len());
        nodes.splice(index..index, added);
        Ok(())
    }

    /// Checks nodes that come into the element with this path, and gives their names the prefixes that they have there.
    fn admit(&mut self, root: &Element, path: &[usize], nodes: &mut [Node]) -> Result<(), Failure> {
        let mut size = Size::default();
        size.add(nodes);
        let depth = self.limits.depth.min(crate::xml::MAX_DEPTH);
        if path.len() + 1 + size.height > depth {
            return Err(self.too_much("levels of nesting", depth));
        }
        self.grow(size)?;
        let scope = Scope::at(root, path, &mut self.budget)?;
        for node in nodes {
            checked(node)?;
            scope.mangle(node, &mut self.budget)?;
        }
        Ok(())
    }

    fn grow(&mut self, size: Size) -> Result<(), Failure> {
        self.budget.spend(1 + size.elements)?;
        self.budget.spend_bytes(size.bytes)?;
        self.size.elements += size.elements;
        self.size.bytes += size.bytes;
        if self.size.elements > self.limits.elements {
            return Err(self.too_much("elements", self.limits.elements));
        }
        if self.size.bytes > self.limits.bytes {
            return Err(self.too_much("bytes", self.limits.bytes));
        }
        Ok(())
    }

    fn too_much(&self, what: &str, limit: usize) -> Failure {
        let phrase = format!("the document would have more than {limit} {what}");
        Failure::new(Condition::InvalidPatchDirective, phrase)
    }

    fn replace(
        &mut self,
        root: &mut Element,
        sel: &Selector,
        target: Target,
        content: Option<&Node>,
    ) -> Result<(), Failure> {
        match (target, content) {
            (Target::Attribute { path, name }, None | Some(Node::Text(_))) => {
                let value = text(content);
                self.grow(Size {
                    bytes: value.len(),
                    ..Size::default()
                })?;
                checked(&Node::Text(value.clone()))?;
                let mut attributes = element_mut(root, &path).attributes.iter_mut();
                if let Some(attribute) = attributes.find(|attribute| *attribute.name() == name) {
                    attribute.value = value;
                }
                Ok(())
            }
            (Target::Namespace { path, prefix }, Some(Node::Text(uri))) => {
                self.replace_namespace(element_mut(root, &path), &prefix, uri)
            }
            (Target::Node(mut path), content) => {
                let Some(index) = path.pop() else {
                    return self.replace_root(root, sel, content);
                };
                let mut new: Vec<Node> = content.cloned().into_iter().collect();
                self.admit(root, &path, &mut new)?;
                let children = &mut element_mut(root, &path).children;
                let Some(old) = children.get_mut(index) else {
                    return Ok(());
                };
                let same_type = new
                    .iter()
                    .all(|new| std::mem::discriminant(old) == std::mem::discriminant(new));
                let is_text = matches!(old, Node::Text(_));
                match new.pop().filter(|new| *new != Node::Text(String::new())) {
                    Some(new) if same_type => *old = new,
                    None if is_text && same_type => {
                        self.budget.spend(1 + children.len() / 8)?;
                        children.remove(index);
                    }
                    _ => return Err(wrong_type(sel, "a node of the same type")),
                }
                Ok(())
            }
            (Target::Outside { is_before, index }, Some(new)) => {
                let new = checked(new)?;
                let mut size = Size::default();
                size.add(std::slice::from_ref(&new));
                self.grow(size)?;
                let nodes = side(root.outside.get_or_insert_default(), is_before);
                match nodes.get_mut(index) {
                    Some(old) if std::mem::discriminant(old) == std::mem::discriminant(&new) => *old = new,
                    _ => return Err(wrong_type(sel, "a node of the same type")),
                }
                Ok(())
            }
            _ => Err(wrong_type(sel, "text")),
        }
    }

    fn replace_root(&mut self, root: &mut Element, sel: &Selector, content: Option<&Node>) -> Result<(), Failure> {
        let Some(Node::Element(new)) = content else {
            return Err(wrong_type(sel, "an element"));
        };
        let size = Size::of(new);
        let depth = self.limits.depth.min(crate::xml::MAX_DEPTH);
        if size.height > depth {
            return Err(self.too_much("levels of nesting", depth));
        }
        self.grow(size)?;
        let outside = root.outside.take();
        *root = new.clone();
        root.outside = outside;
        Ok(())
    }

    /// Changes a declaration, and with it the namespace of the names that have its prefix.
    fn replace_namespace(&mut self, element: &mut Element, prefix: &str, uri: &str) -> Result<(), Failure> {
        let declarations = element.declarations.iter();
        let old = declarations.clone().find(|declaration| *declaration.prefix == *prefix);
        let Some(old) = old.map(|declaration| declaration.namespace.clone()) else {
            return Ok(());
        };
        let at = declarations
            .clone()
            .position(|declaration| *declaration.prefix == *prefix);
        element
            .declare(prefix, uri)
            .map_err(|error| Failure::new(Condition::InvalidNamespaceUri, error.to_string()))?;
        // The declaration keeps its place.
        if let (Some(at), Some(new)) = (at, element.declarations.pop()) {
            element.declarations.insert(at, new);
        }
        let new = Namespace::from(uri);
        let size = Size {
            bytes: uri.len(),
            ..Size::default()
        };
        self.grow(size)?;
        let is_meant = |name: &Name| name.prefix.as_deref() == Some(prefix) && name.namespace.as_ref() == Some(&old);
        walk_names(element, prefix, &mut self.budget, &mut |name| {
            if is_meant(name) {
                name.namespace = Some(new.clone());
            }
        })?;
        match repeated_attribute(element, prefix, &mut self.budget)? {
            Some(name) => {
                let phrase = format!("an element would have the attribute {name} twice");
                Err(Failure::new(Condition::InvalidNamespaceUri, phrase))
            }
            None => Ok(()),
        }
    }

    fn remove(&mut self, root: &mut Element, sel: &Selector, target: Target, ws: Option<Ws>) -> Result<(), Failure> {
        let no_ws = || match ws {
            Some(_) => Err(Failure::new(
                Condition::InvalidPatchDirective,
                format!("`ws` where {sel} has no white space beside it"),
            )),
            None => Ok(()),
        };
        match target {
            Target::Attribute { path, name } => {
                no_ws()?;
                element_mut(root, &path)
                    .attributes
                    .retain(|attribute| *attribute.name() != name);
                Ok(())
            }
            Target::Namespace { path, prefix } => {
                no_ws()?;
                self.remove_namespace(element_mut(root, &path), &prefix)
            }
            Target::Outside { is_before, index } => {
                if ws.is_some() {
                    return Err(no_white_space(sel));
                }
                side(root.outside.get_or_insert_default(), is_before).remove(index);
                Ok(())
            }
            Target::Node(mut path) => {
                let Some(index) = path.pop() else {
                    let phrase = "the root is to be removed";
                    return Err(Failure::new(Condition::InvalidRootElementOperation, phrase));
                };
                let children = &mut element_mut(root, &path).children;
                if matches!(children.get(index), Some(Node::Text(_))) {
                    no_ws()?;
                }
                self.budget.spend(1 + children.len() / 8)?;
                let is_space = |index: Option<usize>| {
                    let node = index.and_then(|index| children.get(index));
                    matches!(node, Some(Node::Text(text)) if text.chars().all(is_space))
                };
                let before = matches!(ws, Some(Ws::Before | Ws::Both));
                let after = matches!(ws, Some(Ws::After | Ws::Both));
                if (before && !is_space(index.checked_sub(1))) || (after && !is_space(Some(index + 1))) {
                    return Err(no_white_space(sel));
                }
                let from = index - usize::from(before);
                children.drain(from..=index + usize::from(after));
                join(children, from, &mut self.budget)
            }
        }
    }

    fn remove_namespace(&mut self, element: &mut Element, prefix: &str) -> Result<(), Failure> {
        let declared = element
            .declarations
            .iter()
            .find(|declaration| *declaration.prefix == *prefix);
        let namespace = declared.map(|declaration| declaration.namespace.clone());
        let mut is_used = false;
        walk_names(element, prefix, &mut self.budget, &mut |name| {
            is_used |= name.prefix.as_deref() == Some(prefix) && name.namespace == namespace;
        })?;
        if is_used {
            let phrase = format!("the prefix {prefix} is used");
            return Err(Failure::new(Condition::InvalidNamespacePrefix, phrase));
        }
        element.undeclare(prefix);
        Ok(())
    }
}

/// A node that XML can carry.
fn checked(node: &Node) -> Result<Node, Failure> {
    node.check()
        .map_err(|error| Failure::new(Condition::InvalidAttributeValue, error.to_string()))?;
    Ok(node.clone())
}

fn text(node: Option<&Node>) -> String {
    match node {
        Some(Node::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

fn no_white_space(sel: &Selector) -> Failure {
    let phrase = format!("no white space to remove beside {sel}");
    Failure::new(Condition::InvalidWhitespaceDirective, phrase)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str =
        "<!--0--><doc xmlns:p='urn:p' a='1'>\n<foo p:k='v'>text</foo> <bar/>x<?pi?>\n<p:foo xmlns:q='urn:q'/></doc>";

    fn applied_to(document: &str, operations: &str, limits: &Limits) -> Result<String, PatchError> {
        let patch = format!("<diff xmlns:p='urn:p' xmlns:n='urn:n'>{operations}</diff>");
        let patch = Patch::parse(patch.as_bytes(), &Limits::default()).unwrap();
        let mut document = Element::parse(document.as_bytes(), &Limits::default()).unwrap();
        patch.apply(&mut document, limits)?;
        Ok(document.write().lines().skip(1).collect::<Vec<_>>().join("\n"))
    }

    #[track_caller]
    fn applied(operation: &str, expected: &str) {
        let written = applied_to(DOCUMENT, operation, &Limits::default()).unwrap();
        assert!(written.contains(expected), "{written}");
    }

    #[track_caller]
    fn refused(operation: &str, condition: Condition) {
        let error = applied_to(DOCUMENT, operation, &Limits::default()).unwrap_err();
        assert_eq!(error.condition(), condition, "{error}");
    }

    #[test]
    fn operations_of_every_kind() {
        applied("<add sel='doc/bar'>t<b/></add>", "<bar>t<b/></bar>x");
        applied("<add sel='doc/foo' pos='prepend'>new </add>", ">new text</foo>");
        applied("<add sel='doc/bar' pos='before'>y</add>", "</foo> y<bar/>");
        applied(
            "<add sel='doc/text()[3]' pos='after'>y<b/>z</add>",
            "<bar/>xy<b/>z<?pi?>",
        );
        applied(
            "<add sel='doc' pos='before'> <!--1--> </add>",
            "<!--0-->\n<!--1-->\n<doc",
        );
        applied("<add sel='comment()' pos='before'><?x?></add>", "<?x?>\n<!--0-->");
        applied("<add sel='doc' type='@b'>2</add>", "a=\"1\" b=\"2\"");
        applied("<add sel='doc' type='namespace::z'>urn:z</add>", "xmlns:z=\"urn:z\"");
        applied(
            "<add sel='doc/bar'><n:x n:k='1'/></add>",
            "<bar><n:x xmlns:n=\"urn:n\" n:k=\"1\"/></bar>",
        );
        applied("<replace sel='doc/foo/@p:k'>w</replace>", "p:k=\"w\"");
        applied("<replace sel='doc/@a'/>", "a=\"\"");
        applied("<replace sel='doc/foo/text()'/>", "<foo p:k=\"v\"/>");
        applied(
            "<replace sel='doc/processing-instruction()'><?po x?></replace>",
            "<?po x?>",
        );
        applied("<replace sel='comment()'><!--9--></replace>", "<!--9-->\n<doc");
        applied("<replace sel='doc/namespace::p'>urn:r</replace>", "xmlns:p=\"urn:r\"");
        applied("<replace sel='doc'><root/></replace>", "<!--0-->\n<root/>");
        applied("<remove sel='doc/foo' ws='both'/>", "a=\"1\"><bar/>x");
        applied("<remove sel='doc/bar'/>", "</foo> x<?pi?>");
        applied("<remove sel='comment()'/><add sel='doc'>end</add>", "end</doc>");
        applied("<remove sel='doc/p:foo/namespace::q'/>", "<p:foo/>");
    }

    #[test]
    fn the_namespace_of_names_follows_their_declaration() {
        let written = applied_to(
            DOCUMENT,
            "<replace sel='doc/namespace::p'>urn:r</replace>",
            &Limits::default(),
        )
        .unwrap();
        let root = Element::parse(written.as_bytes(), &Limits::default()).unwrap();
        assert!(root.find("urn:r", "foo").is_some());
        assert_eq!(
            root.find("", "foo").unwrap().qualified_attribute("urn:r", "k"),
            Some("v")
        );
    }

    #[test]
    fn what_cannot_be_done_is_told_in_the_terms_of_the_rfc() {
        for (operation, condition) in [
            ("<add sel='doc/baz'/>", Condition::UnlocatedNode),
            ("<remove sel='doc/*'/>", Condition::UnlocatedNode),
            ("<remove sel='doc'/>", Condition::InvalidRootElementOperation),
            (
                "<add sel='doc' pos='after'><doc/></add>",
                Condition::InvalidRootElementOperation,
            ),
            (
                "<add sel='doc' pos='after'>text</add>",
                Condition::InvalidXmlPrologOperation,
            ),
            ("<add sel='doc/text()[1]'><b/></add>", Condition::InvalidNodeTypes),
            ("<add sel='doc' type='@a'>2</add>", Condition::InvalidAttributeValue),
            (
                "<add sel='doc' type='namespace::p'>urn:z</add>",
                Condition::InvalidNamespacePrefix,
            ),
            ("<add sel='doc' type='namespace::z'/>", Condition::InvalidNamespaceUri),
            (
                "<add sel='doc' type='namespace::xmlz'>urn:z</add>",
                Condition::InvalidNamespaceUri,
            ),
            ("<replace sel='doc/foo'>text</replace>", Condition::InvalidNodeTypes),
            ("<replace sel='doc/foo'/>", Condition::InvalidNodeTypes),
            (
                "<replace sel='doc/foo/text()'><b/></replace>",
                Condition::InvalidNodeTypes,
            ),
            ("<replace sel='doc/@a'><b/></replace>", Condition::InvalidNodeTypes),
            ("<replace sel='doc'>text</replace>", Condition::InvalidNodeTypes),
            ("<replace sel='comment()'><?x?></replace>", Condition::InvalidNodeTypes),
            (
                "<replace sel='doc/namespace::q'>urn:x</replace>",
                Condition::InvalidNamespaceUri,
            ),
            (
                "<remove sel='doc/bar' ws='after'/>",
                Condition::InvalidWhitespaceDirective,
            ),
            (
                "<remove sel='doc/bar' ws='both'/>",
                Condition::InvalidWhitespaceDirective,
            ),
            (
                "<remove sel='comment()' ws='before'/>",
                Condition::InvalidWhitespaceDirective,
            ),
            ("<remove sel='doc/@a' ws='after'/>", Condition::InvalidPatchDirective),
            (
                "<remove sel='doc/text()[1]' ws='after'/>",
                Condition::InvalidPatchDirective,
            ),
            ("<remove sel='doc/namespace::p'/>", Condition::InvalidNamespacePrefix),
        ] {
            refused(operation, condition);
        }
    }

    /// Namespaces in XML 1.0 section 6.3: no element has an attribute twice, whatever the prefixes.
    #[test]
    fn a_namespace_makes_no_two_attributes_one() {
        let apply = |document: &[u8]| {
            let mut document = Element::parse(document, &Limits::default()).unwrap();
            let patch = b"<diff><replace sel='*/namespace::p'>urn:q</replace></diff>";
            let patch = Patch::parse(patch, &Limits::default()).unwrap();
            let applied = patch.apply(&mut document, &Limits::default());
            applied.map(|()| Element::parse(document.write().as_bytes(), &Limits::default()).unwrap())
        };
        let error = apply(b"<a xmlns:p='urn:p' xmlns:q='urn:q'><b p:x='1' q:x='2'/></a>").unwrap_err();
        assert_eq!(error.condition(), Condition::InvalidNamespaceUri);
        assert!(apply(b"<a xmlns:p='urn:p' xmlns:q='urn:q'><b p:x='1' q:y='2'/><b q:x='3'/></a>").is_ok());
    }

    /// The limits hold for what patches make, too.
    #[test]
    fn documents_do_not_grow_without_end() {
        let refused = |operations: &str, limits: &Limits, phrase: &str| {
            let error = applied_to("<a id='a'/>", operations, limits).unwrap_err();
            assert!(error.phrase().contains(phrase), "{error}");
        };
        let deeper: String = (0..100)
            .map(|level| {
                format!(
                    "<add sel=\"id('{}')\"><a id='{level}'/></add>",
                    if level == 0 {
                        "a".to_owned()
                    } else {
                        (level - 1).to_string()
                    }
                )
            })
            .collect();
        refused(&deeper, &Limits::default(), "64 levels of nesting");
        let limits = Limits {
            elements: 50,
            bytes: 500,
            attributes: 10,
            ..Limits::default()
        };
        refused(&"<add sel='a'><b/></add>".repeat(50), &limits, "50 elements");
        refused(&format!("<add sel='a'>{}</add>", "x".repeat(500)), &limits, "500 bytes");
        let attributes: String = (0..20)
            .map(|number| format!("<add sel='a' type='@a{number}'/>"))
            .collect();
        refused(&attributes, &limits, "10 attributes");
        // Many selectors that each walk over the whole document.
        let limits = Limits {
            patch_steps: 1_000,
            ..Limits::default()
        };
        let walks = "<add sel=\"id('a')\" pos='prepend'><b/></add>".repeat(100);
        refused(&walks, &limits, "1000 steps");
    }
}
