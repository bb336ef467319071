use std::fmt;

use crate::scanner::Scanner;
use crate::{InvalidValue, Name};

/// Names one node of a document, in the part of XPath that RFC 5261 section 4.1 and its schema allow.
///
/// A name without a prefix is in the default namespace of the patch, unlike in XPath (section 4.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    pub(super) start: Start,
    pub(super) steps: Vec<Step>,
    pub(super) last: Option<Last>,
}

/// Where a selector begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    Id(String),
    Root,
}

/// A step to child elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// `None` for `*`.
    pub(super) name: Option<Name>,
    pub(super) predicates: Vec<Predicate>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Predicate {
    Attribute(Name, String),
    Child(Name, String),
    Position(usize),
    /// `.`
    Value(String),
}

/// A step to what is no element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Last {
    Attribute(Name),
    Comment(Option<usize>),
    Instruction(Option<String>, Option<usize>),
    Namespace(String),
    Text(Option<usize>),
}

impl Selector {
    /// Reads a selector whose prefixes `namespace` knows; it is asked for the empty prefix too, where elements have none.
    ///
    /// # Errors
    ///
    /// Not in the grammar, with a prefix that is not known, or with a character that XML does not allow.
    pub fn parse(text: &str, namespace: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidValue> {
        let mut parser = Parser {
            text: Scanner::new(text, "the selector", "one of RFC 5261 section 8")?,
            namespace: &namespace,
        };
        parser.selector()
    }

    pub(super) const fn root(steps: Vec<Step>) -> Self {
        Self {
            start: Start::Root,
            steps,
            last: None,
        }
    }

    /// Every name in it, and whether it is that of an element.
    pub(super) fn names(&self) -> impl Iterator<Item = (&Name, bool)> {
        let predicates = self.steps.iter().flat_map(|step| &step.predicates);
        let predicates = predicates.filter_map(|predicate| match predicate {
            Predicate::Attribute(name, _) => Some((name, false)),
            Predicate::Child(name, _) => Some((name, true)),
            Predicate::Position(_) | Predicate::Value(_) => None,
        });
        let last = self.last.iter().filter_map(|last| match last {
            Last::Attribute(name) => Some((name, false)),
            _ => None,
        });
        let steps = self.steps.iter().filter_map(|step| step.name.as_ref());
        steps.map(|name| (name, true)).chain(predicates).chain(last)
    }

    /// The text of the selector, with the prefixes that `prefix` gives for namespaces.
    pub(super) fn write(&self, prefix: impl Fn(&str) -> String) -> String {
        let qname = |name: &Name| match name.namespace() {
            Some(namespace) => format!("{}:{}", prefix(namespace), name.local()),
            None => name.local().to_owned(),
        };
        let mut pieces = Vec::new();
        if let Start::Id(id) = &self.start {
            pieces.push(format!("id({})", literal(id)));
        }
        for step in &self.steps {
            let mut piece = step.name.as_ref().map_or_else(|| "*".to_owned(), qname);
            for predicate in &step.predicates {
                piece += &match predicate {
                    Predicate::Attribute(name, value) => format!("[@{}={}]", qname(name), literal(value)),
                    Predicate::Child(name, value) => format!("[{}={}]", qname(name), literal(value)),
                    Predicate::Position(position) => format!("[{position}]"),
                    Predicate::Value(value) => format!("[.={}]", literal(value)),
                };
            }
            pieces.push(piece);
        }
        let at = |position: &Option<usize>| position.map_or_else(String::new, |position| format!("[{position}]"));
        pieces.extend(self.last.as_ref().map(|last| match last {
            Last::Attribute(name) => format!("@{}", qname(name)),
            Last::Comment(position) => format!("comment(){}", at(position)),
            Last::Instruction(target, position) => {
                let target = target.as_ref().map_or_else(String::new, |target| literal(target));
                format!("processing-instruction({target}){}", at(position))
            }
            Last::Namespace(prefix) => format!("namespace::{prefix}"),
            Last::Text(position) => format!("text(){}", at(position)),
        }));
        pieces.join("/")
    }
}

impl fmt::Display for Selector {
    /// With each namespace in braces, as no prefix is declared for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write(|namespace| format!("{{{namespace}}}")))
    }
}

/// A literal. One that was read never has both kinds of quotes, and none is made that has.
fn literal(text: &str) -> String {
    let quote = if text.contains('\'') { '"' } else { '\'' };
    format!("{quote}{text}{quote}")
}

struct Parser<'a> {
    text: Scanner<'a>,
    namespace: &'a dyn Fn(&str) -> Option<String>,
}

impl Parser<'_> {
    fn selector(&mut self) -> Result<Selector, InvalidValue> {
        // The start at the root is what there is without it, too.
        self.text.take("/");
        let start = if self.text.take("id(") {
            let id = self.text.literal()?;
            self.text.expect(")")?;
            Start::Id(id)
        } else {
            Start::Root
        };
        let mut selector = Selector {
            start,
            steps: Vec::new(),
            last: None,
        };
        let is_id = matches!(selector.start, Start::Id(_));
        if is_id && !self.text.take("/") {
            self.text.end()?;
            return Ok(selector);
        }
        loop {
            if let Some(last) = self.last()? {
                selector.last = Some(last);
                break;
            }
            let step = self.step()?;
            selector.steps.push(step);
            if !self.text.take("/") {
                break;
            }
        }
        self.text.end()?;
        Ok(selector)
    }

    fn last(&mut self) -> Result<Option<Last>, InvalidValue> {
        if self.text.take("@") {
            let name = self.name(false)?;
            return Ok(Some(Last::Attribute(name)));
        }
        if self.text.take("namespace::") {
            let prefix = self.text.ncname()?.to_owned();
            return Ok(Some(Last::Namespace(prefix)));
        }
        if self.text.take("text()") {
            return Ok(Some(Last::Text(self.position()?)));
        }
        if self.text.take("comment()") {
            return Ok(Some(Last::Comment(self.position()?)));
        }
        if self.text.take("processing-instruction(") {
            let target = if self.text.take(")") {
                None
            } else {
                let target = self.text.literal()?;
                self.text.expect(")")?;
                Some(target)
            };
            return Ok(Some(Last::Instruction(target, self.position()?)));
        }
        Ok(None)
    }

    fn step(&mut self) -> Result<Step, InvalidValue> {
        let name = if self.text.take("*") {
            None
        } else {
            Some(self.name(true)?)
        };
        let mut predicates = Vec::new();
        while self.text.take("[") {
            let predicate = if self.text.take("@") {
                let name = self.name(false)?;
                self.text.expect("=")?;
                Predicate::Attribute(name, self.text.literal()?)
            } else if self.text.take(".") {
                self.text.expect("=")?;
                Predicate::Value(self.text.literal()?)
            } else if self.text.peek().is_some_and(|c| c.is_ascii_digit()) {
                Predicate::Position(self.text.number()?)
            } else {
                let name = self.name(true)?;
                self.text.expect("=")?;
                Predicate::Child(name, self.text.literal()?)
            };
            self.text.expect("]")?;
            predicates.push(predicate);
        }
        Ok(Step { name, predicates })
    }

    fn position(&mut self) -> Result<Option<usize>, InvalidValue> {
        if !self.text.take("[") {
            return Ok(None);
        }
        let position = self.text.number()?;
        self.text.expect("]")?;
        Ok(Some(position))
    }

    fn name(&mut self, is_element: bool) -> Result<Name, InvalidValue> {
        let (prefix, local) = self.text.qname()?;
        let namespace = match prefix {
            "" if !is_element => String::new(),
            "" => (self.namespace)("").unwrap_or_default(),
            "xml" => crate::xml::XML_NAMESPACE.to_owned(),
            prefix => (self.namespace)(prefix)
                .ok_or_else(|| InvalidValue::new("the prefix in the selector", "one that is declared", prefix))?,
        };
        let mut name = Name::new(&namespace, local)?;
        name.prefix = (!prefix.is_empty()).then(|| prefix.into());
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Selector, InvalidValue> {
        Selector::parse(text, |prefix| match prefix {
            "p" => Some("urn:p".to_owned()),
            "" => Some("urn:default".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn selectors_of_the_schema() {
        for (text, written) in [
            ("doc", "{urn:default}:doc"),
            ("/*/p:b", "*/{urn:p}:b"),
            ("*/*[3]/*[2]", "*/*[3]/*[2]"),
            ("doc/foo[@a=\"1\"]", "{urn:default}:doc/{urn:default}:foo[@a='1']"),
            (
                "*[@p:a='1'][2][.=\"it's\"][p:c='']",
                "*[@{urn:p}:a='1'][2][.=\"it's\"][{urn:p}:c='']",
            ),
            ("id('x')", "id('x')"),
            ("id(\"x\")/p:a/@b", "id('x')/{urn:p}:a/@b"),
            ("/id('x')/b", "id('x')/{urn:default}:b"),
            ("*/namespace::pref", "*/namespace::pref"),
            ("*/text()", "*/text()"),
            ("*/text()[2]", "*/text()[2]"),
            ("comment()[1]", "comment()[1]"),
            ("*/processing-instruction('t')[2]", "*/processing-instruction('t')[2]"),
            ("*/processing-instruction()", "*/processing-instruction()"),
            ("*/ bar", "*/{urn:default}:bar"),
            ("*/@xml:lang", "*/@{http://www.w3.org/XML/1998/namespace}:lang"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), written, "{text}");
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "/",
            "//a",
            "a/",
            "a//b",
            "a[",
            "a[]",
            "a[x]",
            "a[@b]",
            "a[1",
            "a[b='1]",
            "q:a",
            "a/@q:b",
            "a/@b/c",
            "a::b",
            "a/text()/b",
            "a/..",
            "a[last()]",
            "a | b",
            "id()",
            "id('x'",
            "namespace::",
            "a[-1]",
            "a[99999999999999999999999]",
            "text() text()",
            "child::a",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
