//! The expressions that select elements and attributes (RFC 4661 section 5).

use super::decimal::decimal;
use crate::scanner::Scanner;
use crate::{InvalidValue, Name};

/// An expression: steps from the document to elements, and perhaps to an attribute of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) steps: Vec<Step>,
    pub(super) attribute: Option<Attribute>,
}

/// A step to elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) test: Test,
    pub(super) conditions: Vec<Condition>,
}

/// Which elements a step leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    /// `//`: on any level below, not on the next alone.
    pub(super) is_deep: bool,
    /// `None` for `*`.
    pub(super) name: Option<Name>,
}

/// A last step to an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    /// `//`: of the elements inside, too.
    pub(super) is_deep: bool,
    pub(super) name: Name,
}

/// What stands in brackets: one of these has to hold, that is all comparisons of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition(pub(super) Vec<Vec<Comparison>>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) operand: Operand,
    pub(super) value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operand {
    /// `..`
    Parent,
    /// What the steps lead to, elements or an attribute of them.
    Path { steps: Vec<Test>, attribute: Option<Name> },
    /// `.`
    This,
}

/// How a value compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Greater than a number.
    Greater(i128),
    /// Less than a number.
    Less(i128),
    /// A number without quotes.
    Number(i128),
    Text(String),
}

impl Expression {
    /// Reads an expression whose prefixes `namespace` knows. Names without one are in no namespace.
    pub(super) fn parse<'n>(text: &str, namespace: impl Fn(&str) -> Option<&'n str>) -> Result<Self, InvalidValue> {
        let mut parser = Parser {
            text: Scanner::new(text, "the expression", "one of RFC 4661 section 5")?,
            namespace,
        };
        let expression = parser.expression()?;
        parser.text.end()?;
        Ok(expression)
    }
}

struct Parser<'a, F> {
    text: Scanner<'a>,
    namespace: F,
}

impl<'n, F: Fn(&str) -> Option<&'n str>> Parser<'_, F> {
    fn expression(&mut self) -> Result<Expression, InvalidValue> {
        let mut expression = Expression {
            steps: Vec::new(),
            attribute: None,
        };
        self.text.expect("/")?;
        loop {
            let is_deep = self.text.take("/");
            // The document itself has no attributes.
            if (is_deep || !expression.steps.is_empty()) && self.text.take("@") {
                let name = self.name()?;
                expression.attribute = Some(Attribute { is_deep, name });
                return Ok(expression);
            }
            let test = self.test(is_deep)?;
            let mut conditions = Vec::new();
            while self.text.take("[") {
                conditions.push(self.condition()?);
                self.text.expect("]")?;
            }
            expression.steps.push(Step { test, conditions });
            if !self.text.take("/") {
                return Ok(expression);
            }
        }
    }

    fn test(&mut self, is_deep: bool) -> Result<Test, InvalidValue> {
        let name = if self.text.take("*") { None } else { Some(self.name()?) };
        Ok(Test { is_deep, name })
    }

    /// `and` binds closer than `or`, as in XPath.
    fn condition(&mut self) -> Result<Condition, InvalidValue> {
        let mut all = vec![self.comparison()?];
        let mut any = Vec::new();
        while self.text.peek().is_some_and(|c| c != ']') {
            match self.text.ncname()? {
                "and" => {}
                "or" => any.push(std::mem::take(&mut all)),
                _ => return Err(self.text.wrong()),
            }
            all.push(self.comparison()?);
        }
        any.push(all);
        Ok(Condition(any))
    }

    fn comparison(&mut self) -> Result<Comparison, InvalidValue> {
        let operand = if self.text.take("..") {
            Operand::Parent
        } else if self.text.take(".") {
            Operand::This
        } else {
            self.path()?
        };
        let value = if self.text.take("=") {
            match self.text.peek() {
                Some('\'' | '"') => Value::Text(self.text.literal()?),
                _ => Value::Number(self.number()?),
            }
        } else if self.text.take("<") {
            Value::Less(self.number()?)
        } else {
            self.text.expect(">")?;
            Value::Greater(self.number()?)
        };
        Ok(Comparison { operand, value })
    }

    fn path(&mut self) -> Result<Operand, InvalidValue> {
        let mut steps = Vec::new();
        let mut is_deep = false;
        loop {
            if !is_deep && self.text.take("@") {
                let attribute = Some(self.name()?);
                return Ok(Operand::Path { steps, attribute });
            }
            steps.push(self.test(is_deep)?);
            if !self.text.take("/") {
                let attribute = None;
                return Ok(Operand::Path { steps, attribute });
            }
            is_deep = self.text.take("/");
        }
    }

    /// A number, in quotes or without.
    fn number(&mut self) -> Result<i128, InvalidValue> {
        let number = match self.text.peek() {
            Some('\'' | '"') => decimal(self.text.literal()?.trim()),
            _ => decimal(self.text.run(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))?),
        };
        number.ok_or_else(|| self.text.wrong())
    }

    fn name(&mut self) -> Result<Name, InvalidValue> {
        let (prefix, local) = self.text.qname()?;
        let namespace = match prefix {
            "" => "",
            "xml" => crate::xml::XML_NAMESPACE,
            prefix => (self.namespace)(prefix)
                .ok_or_else(|| InvalidValue::new("the prefix in the expression", "one that is bound", prefix))?,
        };
        Name::new(namespace, local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Expression, InvalidValue> {
        Expression::parse(text, |prefix| (prefix == "p").then_some("urn:p"))
    }

    #[test]
    fn expressions_of_the_rfc() {
        for text in [
            "/presence/tuple/status/basic",
            "//tuple/status/basic",
            "/*/watcher",
            "//*[status/basic=\"open\"]",
            "/presence/tuple[*/basic=\"open\"]",
            "//watcher[@duration-subscribed<500]",
            "/*/watcher[@event=\"rejected\"]",
            "//tuple[status/basic=\"open\" and type=\"device\"]",
            "//watcher/@duration-subscribed",
            "//@status",
            "/p:presence/ p:tuple[p:class='IM' or p:class='SMS' and .='x'][..='y'] /p:status",
            "/a[b//c/@d > -1.5]/@xml:lang",
            "/a[.='it\"s']",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn and_binds_closer_than_or() {
        let expression = parse("/a[b='1' or c='2' and d='3']").unwrap();
        let Condition(any) = &expression.steps[0].conditions[0];
        assert_eq!(any.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn other_xpath_is_refused() {
        for text in [
            "",
            "/",
            "a",
            "a/b",
            "/@a",
            "/a/",
            "///a",
            "/a/@b/c",
            "/a[1]",
            "/a[b]",
            "/a[last()=1]",
            "/a[b!='1']",
            "/a[b<=1]",
            "/a[not(b='1')]",
            "/a[b='1' xor c='1']",
            "/a[b='1'and]",
            "/a[b=c]",
            "/a[b<'x']",
            "/a[b='1'",
            "/a|/b",
            "/a/..",
            "/child::a",
            "count(/a)",
            "/q:a",
            "/a/text()",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        let error = parse("/p:a/b()").unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected the expression to be one of RFC 4661 section 5, found \"/p:a/b() at byte 6\""
        );
    }
}
