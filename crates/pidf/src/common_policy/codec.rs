//! `ruleset` read and written (RFC 4745 sections 6 and 13).

use std::collections::BTreeSet;

use super::conditions::{Condition, Conditions, Except, Identity, Member, Period, Sphere, Validity};
use super::{NAMESPACE, RuleId};
use crate::tree::{At, Tree};
use crate::{Element, Error, ForeignElement, Limits, Text, Timestamp, Token, Uri, compose, pres_rules};

/// A rule, its permissions as `T`: places in a document that is read, elements of one that is written.
#[derive(Debug)]
pub(crate) struct Parts<T> {
    pub(crate) id: RuleId,
    pub(crate) conditions: Conditions,
    pub(crate) actions: T,
    pub(crate) transformations: T,
}

impl Parts<Option<At<'_>>> {
    pub(super) fn actions(&self) -> Result<Vec<ForeignElement>, Error> {
        self.actions.map_or(Ok(Vec::new()), ForeignElement::read_all)
    }

    pub(super) fn transformations(&self) -> Result<Vec<ForeignElement>, Error> {
        self.transformations.map_or(Ok(Vec::new()), ForeignElement::read_all)
    }
}

/// Reads the rules of a document, `rule` making them of their parts.
pub(crate) fn read_ruleset<T>(
    document: &[u8],
    limits: &Limits,
    rule: impl Fn(Parts<Option<At<'_>>>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let root = Element::parse(document, limits)?;
    let tree = Tree::new(document, &root, limits);
    let mut ids = BTreeSet::new();
    let mut rules = Vec::new();
    for at in tree.root(NAMESPACE, "ruleset")?.children_in(NAMESPACE) {
        if at.local() != "rule" {
            return Err(at.misplaced("<rule>"));
        }
        let parts = read_rule(at)?;
        if !ids.insert(parts.id.clone()) {
            return Err(at.unexpected("each rule id once", parts.id.as_str()));
        }
        rules.push(rule(parts)?);
    }
    Ok(rules)
}

fn read_rule(at: At<'_>) -> Result<Parts<Option<At<'_>>>, Error> {
    let id = at.value(RuleId::new(at.required("id")?))?;
    let mut conditions = None;
    let mut actions = None;
    let mut transformations = None;
    for child in at.children_in(NAMESPACE) {
        match child.local() {
            "conditions" if conditions.is_none() => conditions = Some(read_conditions(child)?),
            "actions" if actions.is_none() => actions = Some(child),
            "transformations" if transformations.is_none() => transformations = Some(child),
            _ => return Err(child.misplaced("one <conditions>, one <actions> and one <transformations>")),
        }
    }
    Ok(Parts {
        id,
        conditions: conditions.unwrap_or_default(),
        actions,
        transformations,
    })
}

fn read_conditions(at: At<'_>) -> Result<Conditions, Error> {
    let mut conditions = Vec::new();
    for child in at.children() {
        conditions.push(match (child.namespace(), child.local()) {
            (NAMESPACE, "identity") => Condition::Identity(read_identity(child)?),
            (NAMESPACE, "sphere") => {
                let value = child
                    .raw_attribute("value")
                    .ok_or_else(|| child.missing_attribute("value"))?;
                Condition::Sphere(Sphere::new(child.value(Text::new(value))?))
            }
            (NAMESPACE, "validity") => Condition::Validity(read_validity(child)?),
            _ => Condition::Unknown(read_unknown(child, "<identity>, <sphere> or <validity>")?),
        });
    }
    Ok(Conditions(conditions))
}

/// An element of another specification. To drop one that has no place here would widen the rule.
fn read_unknown(at: At<'_>, expected: &'static str) -> Result<ForeignElement, Error> {
    if !ForeignElement::is_foreign(at.namespace()) {
        return Err(at.misplaced(expected));
    }
    at.value(ForeignElement::new(at.detach()?))
}

fn read_identity(at: At<'_>) -> Result<Identity, Error> {
    let mut members = Vec::new();
    for child in at.children() {
        members.push(match (child.namespace(), child.local()) {
            (NAMESPACE, "one") => read_one(child)?,
            (NAMESPACE, "many") => read_many(child)?,
            _ => Member::Unknown(read_unknown(child, "<one> or <many>")?),
        });
    }
    // RFC 5025 section 3.1.1.2 speaks of an empty one, which the schema does not have; it would match everyone or nobody.
    Identity::from_members(members).ok_or_else(|| at.unexpected("<one> or <many> in <identity>", "none"))
}

fn read_one(at: At<'_>) -> Result<Member, Error> {
    let id = at.value(Uri::new(at.required("id")?))?;
    let mut children = at.children();
    let unknown = children
        .next()
        .map(|child| read_unknown(child, "an element of another namespace"));
    if let Some(second) = children.next() {
        return Err(second.misplaced("one element in <one>"));
    }
    Ok(Member::One {
        id,
        unknown: unknown.transpose()?,
    })
}

fn read_many(at: At<'_>) -> Result<Member, Error> {
    let domain = at.value(at.attribute("domain").map(Token::collapse).transpose())?;
    let mut except = Vec::new();
    let mut unknown = Vec::new();
    for child in at.children() {
        if !child.is(NAMESPACE, "except") {
            unknown.push(read_unknown(child, "<except>")?);
            continue;
        }
        except.push(match (child.attribute("id"), child.attribute("domain")) {
            (Some(id), None) => Except::Id(child.value(Uri::new(id))?),
            (None, Some(domain)) => Except::Domain(child.value(Token::collapse(domain))?),
            (Some(_), Some(_)) => return Err(child.unexpected("`id` or `domain` on <except>", "both")),
            (None, None) => return Err(child.missing_attribute("id` or `domain")),
        });
    }
    Ok(Member::Many {
        domain,
        except,
        unknown,
    })
}

fn read_validity(at: At<'_>) -> Result<Validity, Error> {
    let mut periods = Vec::new();
    let mut children = at.children();
    while let Some(from) = children.next() {
        if !from.is(NAMESPACE, "from") {
            return Err(from.misplaced("<from>"));
        }
        let until = children.next().filter(|until| until.is(NAMESPACE, "until"));
        let until = until.ok_or_else(|| from.unexpected("<until> after <from>", "none"))?;
        let time = |at: At<'_>| at.value(at.text().parse::<Timestamp>());
        periods.push(Period {
            from: time(from)?,
            until: time(until)?,
        });
    }
    Validity::from_periods(periods).ok_or_else(|| at.unexpected("<from> and <until> in <validity>", "none"))
}

/// Writes a document of rules.
pub(crate) fn compose_ruleset(rules: impl Iterator<Item = Parts<Vec<Element>>>) -> String {
    let mut root = compose::element(NAMESPACE, "ruleset");
    let mut own = vec![("", NAMESPACE)];
    for rule in rules {
        let mut element = compose::element(NAMESPACE, "rule");
        compose::set(&mut element, "id", &rule.id);
        if !rule.conditions.0.is_empty() {
            compose::push(&mut element, compose_conditions(&rule.conditions));
        }
        for (local, permissions) in [("actions", rule.actions), ("transformations", rule.transformations)] {
            if permissions
                .iter()
                .any(|permission| permission.name().namespace() == Some(pres_rules::NAMESPACE))
            {
                own = vec![("", NAMESPACE), ("pr", pres_rules::NAMESPACE)];
            }
            if !permissions.is_empty() {
                let mut child = compose::element(NAMESPACE, local);
                permissions
                    .into_iter()
                    .for_each(|permission| compose::push(&mut child, permission));
                compose::push(&mut element, child);
            }
        }
        compose::push(&mut root, element);
    }
    compose::document(root, &own)
}

fn compose_conditions(conditions: &Conditions) -> Element {
    let mut element = compose::element(NAMESPACE, "conditions");
    for condition in &conditions.0 {
        let child = match condition {
            Condition::Identity(identity) => {
                let mut child = compose::element(NAMESPACE, "identity");
                for member in identity.members() {
                    compose::push(&mut child, compose_member(member));
                }
                child
            }
            Condition::Sphere(sphere) => {
                let mut child = compose::element(NAMESPACE, "sphere");
                compose::set(&mut child, "value", sphere.value());
                child
            }
            Condition::Unknown(extension) => extension.element().clone(),
            Condition::Validity(validity) => {
                let mut child = compose::element(NAMESPACE, "validity");
                for period in validity.periods() {
                    for (local, time) in [("from", &period.from), ("until", &period.until)] {
                        let time = compose::text(compose::element(NAMESPACE, local), time.as_str());
                        compose::push(&mut child, time);
                    }
                }
                child
            }
        };
        compose::push(&mut element, child);
    }
    element
}

fn compose_member(member: &Member) -> Element {
    match member {
        Member::Many {
            domain,
            except,
            unknown,
        } => {
            let mut element = compose::element(NAMESPACE, "many");
            if let Some(domain) = domain {
                compose::set(&mut element, "domain", domain);
            }
            for except in except {
                let mut child = compose::element(NAMESPACE, "except");
                match except {
                    Except::Domain(domain) => compose::set(&mut child, "domain", domain),
                    Except::Id(id) => compose::set(&mut child, "id", id),
                }
                compose::push(&mut element, child);
            }
            ForeignElement::compose_all(&mut element, unknown);
            element
        }
        Member::One { id, unknown } => {
            let mut element = compose::element(NAMESPACE, "one");
            compose::set(&mut element, "id", id);
            ForeignElement::compose_all(&mut element, unknown.as_slice());
            element
        }
        Member::Unknown(extension) => extension.element().clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common_policy::Ruleset;

    #[track_caller]
    fn refuse(content: &str, expected: &str) {
        let document = format!("<ruleset xmlns='{NAMESPACE}'>\n{content}</ruleset>");
        let error = Ruleset::parse(document.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(crate::tree::without_bytes(&error), expected);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        refuse(
            "<rule/>",
            "line 2, column 1: expected the attribute `id` on <rule>, found none",
        );
        let rule = |content: &str| format!("<rule id='a'><conditions>{content}</conditions></rule>");
        refuse(
            &rule("").repeat(2),
            "line 2, column 46: expected each rule id once, found a",
        );
        refuse(
            &rule("<identity/>"),
            "line 2, column 26: expected <one> or <many> in <identity>, found none",
        );
        refuse(
            &rule("<time/>"),
            "line 2, column 26: expected <identity>, <sphere> or <validity>, found <time>",
        );
        refuse(
            &rule("<identity><many><except/></many></identity>"),
            "line 2, column 42: expected the attribute `id` or `domain` on <except>, found none",
        );
        refuse(
            &rule("<validity><from>2003-12-24T17:00:00+01:00</from></validity>"),
            "line 2, column 36: expected <until> after <from>, found none",
        );
        refuse(
            &rule("<validity><from>2003-12-24T17:00:00</from><until/></validity>"),
            "line 2, column 36: expected the timestamp to be a date-time such as 2001-10-27T16:49:29Z \
             (RFC 3339 section 5.6), found \"2003-12-24T17:00:00\"",
        );
    }
}
