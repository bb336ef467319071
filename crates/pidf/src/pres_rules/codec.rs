//! The permissions of presence read and written (RFC 5025 section 7).

use std::collections::BTreeSet;

use super::{
    DeviceIdentifier, NAMESPACE, Permissions, PersonIdentifier, PresenceAttribute, Provided, Rule, ServiceIdentifier,
    SubHandling, UnknownAttribute, UserInput,
};
use crate::common_policy::{Parts, compose_ruleset, read_ruleset};
use crate::tree::At;
use crate::value::boolean;
use crate::{Element, Error, ForeignElement, InvalidValue, Limits, Token, Uri, compose};

pub(super) fn read(document: &[u8], limits: &Limits) -> Result<Vec<Rule>, Error> {
    read_ruleset(document, limits, |parts| {
        let mut rule = Rule::new(parts.id, parts.conditions, Permissions::default());
        for at in parts.actions.into_iter().flat_map(At::children) {
            match (at.namespace(), at.local()) {
                (NAMESPACE, "sub-handling") => {
                    let value = word(
                        at,
                        &SubHandling::ALL,
                        "the subscription handling",
                        "`block`, `confirm`, `polite-block` or `allow`",
                    )?;
                    rule.permissions.sub_handling = rule.permissions.sub_handling.max(value);
                }
                _ => keep(at, &mut rule.unknown_actions)?,
            }
        }
        for at in parts.transformations.into_iter().flat_map(At::children) {
            if at.namespace() != NAMESPACE || !transformation(at, &mut rule.permissions)? {
                keep(at, &mut rule.unknown_transformations)?;
            }
        }
        Ok(rule)
    })
}

/// Keeps a permission that is not known here.
fn keep(at: At<'_>, unknown: &mut Vec<ForeignElement>) -> Result<(), Error> {
    if ForeignElement::is_foreign(at.namespace()) {
        unknown.push(at.value(ForeignElement::new(at.detach()?))?);
    }
    Ok(())
}

/// Adds one transformation to the permissions, if it is known.
fn transformation(at: At<'_>, permissions: &mut Permissions) -> Result<bool, Error> {
    match at.local() {
        "provide-devices" => permissions
            .provide_devices
            .combine(&provided(at, "all-devices", device)?),
        "provide-persons" => permissions
            .provide_persons
            .combine(&provided(at, "all-persons", person)?),
        "provide-services" => permissions
            .provide_services
            .combine(&provided(at, "all-services", service)?),
        "provide-user-input" => {
            let value = word(
                at,
                &UserInput::ALL,
                "the user input",
                "`false`, `bare`, `thresholds` or `full`",
            )?;
            permissions.provide_user_input = permissions.provide_user_input.max(value);
        }
        "provide-unknown-attribute" => {
            let attribute = UnknownAttribute::new(at.required("ns")?, at.required("name")?);
            let attribute = at.value(attribute)?;
            if at.value(boolean("the permission", &at.text()))? {
                permissions.provide_unknown_attributes.insert(attribute);
            }
        }
        "provide-all-attributes" => permissions.provide_all_attributes = true,
        local => {
            let known = PresenceAttribute::ALL.iter().find(|(_, name)| *name == local);
            let Some((attribute, _)) = known else { return Ok(false) };
            if at.value(boolean("the permission", &at.text()))? {
                permissions.provide_attributes.insert(*attribute);
            }
        }
    }
    Ok(true)
}

fn word<T: Copy>(
    at: At<'_>,
    words: &[(T, &'static str)],
    what: &'static str,
    expected: &'static str,
) -> Result<T, Error> {
    let text = at.text();
    let known = words.iter().find(|(_, word)| *word == text).map(|(value, _)| *value);
    at.value(known.ok_or_else(|| InvalidValue::new(what, expected, &text)))
}

/// The members of a set. Identifiers that are not known here identify nothing.
fn provided<T: Ord>(
    at: At<'_>,
    all: &'static str,
    identifier: impl Fn(&str, &str) -> Option<Result<T, InvalidValue>>,
) -> Result<Provided<T>, Error> {
    let mut these = BTreeSet::new();
    for child in at.children_in(NAMESPACE) {
        if child.local() == all {
            return Ok(Provided::All);
        }
        if let Some(identifier) = identifier(child.local(), &child.text()) {
            these.insert(child.value(identifier)?);
        }
    }
    Ok(Provided::These(these))
}

fn device(local: &str, text: &str) -> Option<Result<DeviceIdentifier, InvalidValue>> {
    match local {
        "class" => Some(Token::collapse(text).map(DeviceIdentifier::Class)),
        "deviceID" => Some(Uri::new(text).map(DeviceIdentifier::DeviceId)),
        "occurrence-id" => Some(Token::collapse(text).map(DeviceIdentifier::OccurrenceId)),
        _ => None,
    }
}

fn person(local: &str, text: &str) -> Option<Result<PersonIdentifier, InvalidValue>> {
    match local {
        "class" => Some(Token::collapse(text).map(PersonIdentifier::Class)),
        "occurrence-id" => Some(Token::collapse(text).map(PersonIdentifier::OccurrenceId)),
        _ => None,
    }
}

fn service(local: &str, text: &str) -> Option<Result<ServiceIdentifier, InvalidValue>> {
    match local {
        "class" => Some(Token::collapse(text).map(ServiceIdentifier::Class)),
        "occurrence-id" => Some(Token::collapse(text).map(ServiceIdentifier::OccurrenceId)),
        "service-uri" => Some(Uri::new(text).map(ServiceIdentifier::ServiceUri)),
        "service-uri-scheme" => Some(Token::collapse(text).map(ServiceIdentifier::ServiceUriScheme)),
        _ => None,
    }
}

pub(super) fn write(rules: &[Rule]) -> String {
    compose_ruleset(rules.iter().map(|rule| {
        let mut actions = Vec::new();
        if rule.permissions.sub_handling > SubHandling::default() {
            actions.extend(chosen("sub-handling", &SubHandling::ALL, rule.permissions.sub_handling));
        }
        let elements = |unknown: &[ForeignElement]| -> Vec<Element> {
            unknown.iter().map(|extension| extension.element().clone()).collect()
        };
        actions.extend(elements(&rule.unknown_actions));
        let mut transformations = compose_transformations(&rule.permissions);
        transformations.extend(elements(&rule.unknown_transformations));
        Parts {
            id: rule.id.clone(),
            conditions: rule.conditions.clone(),
            actions,
            transformations,
        }
    }))
}

fn compose_transformations(permissions: &Permissions) -> Vec<Element> {
    let mut elements = Vec::new();
    elements.extend(set(
        "provide-services",
        "all-services",
        &permissions.provide_services,
        |id| match id {
            ServiceIdentifier::Class(text) => ("class", text.as_str()),
            ServiceIdentifier::OccurrenceId(text) => ("occurrence-id", text.as_str()),
            ServiceIdentifier::ServiceUri(uri) => ("service-uri", uri.as_str()),
            ServiceIdentifier::ServiceUriScheme(text) => ("service-uri-scheme", text.as_str()),
        },
    ));
    elements.extend(set(
        "provide-devices",
        "all-devices",
        &permissions.provide_devices,
        |id| match id {
            DeviceIdentifier::Class(text) => ("class", text.as_str()),
            DeviceIdentifier::DeviceId(uri) => ("deviceID", uri.as_str()),
            DeviceIdentifier::OccurrenceId(text) => ("occurrence-id", text.as_str()),
        },
    ));
    elements.extend(set(
        "provide-persons",
        "all-persons",
        &permissions.provide_persons,
        |id| match id {
            PersonIdentifier::Class(text) => ("class", text.as_str()),
            PersonIdentifier::OccurrenceId(text) => ("occurrence-id", text.as_str()),
        },
    ));
    for (attribute, name) in PresenceAttribute::ALL {
        if permissions.provide_attributes.contains(&attribute) {
            elements.push(compose::text(compose::element(NAMESPACE, name), "true"));
        }
    }
    if permissions.provide_user_input > UserInput::default() {
        elements.extend(chosen(
            "provide-user-input",
            &UserInput::ALL,
            permissions.provide_user_input,
        ));
    }
    for attribute in &permissions.provide_unknown_attributes {
        let mut element = compose::element(NAMESPACE, "provide-unknown-attribute");
        compose::set(&mut element, "name", attribute.name());
        compose::set(&mut element, "ns", attribute.namespace());
        elements.push(compose::text(element, "true"));
    }
    if permissions.provide_all_attributes {
        elements.push(compose::element(NAMESPACE, "provide-all-attributes"));
    }
    elements
}

fn chosen<T: Copy + PartialEq>(local: &str, words: &[(T, &'static str)], value: T) -> Option<Element> {
    let (_, word) = words.iter().find(|(known, _)| *known == value)?;
    Some(compose::text(compose::element(NAMESPACE, local), word))
}

fn set<'a, T: Ord>(
    local: &str,
    all: &str,
    provided: &'a Provided<T>,
    member: impl Fn(&'a T) -> (&'static str, &'a str),
) -> Option<Element> {
    let mut element = compose::element(NAMESPACE, local);
    match provided {
        Provided::All => compose::push(&mut element, compose::element(NAMESPACE, all)),
        Provided::These(these) if these.is_empty() => return None,
        Provided::These(these) => {
            for (local, text) in these.iter().map(member) {
                compose::push(&mut element, compose::text(compose::element(NAMESPACE, local), text));
            }
        }
    }
    Some(element)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::common_policy::{Conditions, Request, RuleId};
    use crate::pres_rules::Ruleset;

    fn ruleset(rules: &str) -> String {
        format!(
            "<cr:ruleset xmlns='{NAMESPACE}' xmlns:cr='{}'>\n{rules}</cr:ruleset>",
            crate::common_policy::NAMESPACE
        )
    }

    fn permissions(transformations: &str) -> Permissions {
        let document = ruleset(&format!(
            "<cr:rule id='a'><cr:transformations>{transformations}</cr:transformations></cr:rule>"
        ));
        let ruleset = Ruleset::parse(document.as_bytes(), &Limits::default()).unwrap();
        let request = Request::new(SystemTime::UNIX_EPOCH);
        ruleset.evaluate(&request)
    }

    #[test]
    fn false_is_as_good_as_absent() {
        assert_eq!(
            permissions(
                "<provide-mood>0</provide-mood><provide-user-input>false</provide-user-input><provide-devices/>\
                 <provide-unknown-attribute ns='urn:x' name='y'>false</provide-unknown-attribute><provide-later/>"
            ),
            Permissions::default()
        );
    }

    #[test]
    fn sets_of_identifiers() {
        let permissions = permissions(
            "<provide-services><class> a </class><service-uri>sip:a</service-uri><x:y xmlns:x='urn:x'/></provide-services>
             <provide-persons><class>b</class><all-persons/></provide-persons>",
        );
        let services = [
            ServiceIdentifier::Class("a".parse().unwrap()),
            ServiceIdentifier::ServiceUri("sip:a".parse().unwrap()),
        ];
        assert_eq!(permissions.provide_services, Provided::These(services.into()));
        assert_eq!(permissions.provide_persons, Provided::All);
    }

    #[test]
    fn rules_that_apply_are_combined() {
        let document = ruleset(
            "<cr:rule id='a'><cr:actions><sub-handling>polite-block</sub-handling></cr:actions></cr:rule>
             <cr:rule id='b'><cr:actions><sub-handling> confirm </sub-handling></cr:actions>
             <cr:transformations><provide-note>true</provide-note></cr:transformations></cr:rule>
             <cr:rule id='c'><cr:conditions><cr:identity><cr:many/></cr:identity></cr:conditions>
             <cr:actions><sub-handling>allow</sub-handling></cr:actions></cr:rule>",
        );
        let ruleset = Ruleset::parse(document.as_bytes(), &Limits::default()).unwrap();
        let anonymous = Request::new(SystemTime::UNIX_EPOCH);
        let permissions = ruleset.evaluate(&anonymous);
        assert_eq!(permissions.sub_handling, SubHandling::PoliteBlock);
        assert!(permissions.provides(PresenceAttribute::Note));
        let someone = anonymous.with_identity("sip:a@b".parse().unwrap());
        assert_eq!(ruleset.evaluate(&someone).sub_handling, SubHandling::Allow);
        assert_eq!(Ruleset::default().evaluate(&someone).sub_handling, SubHandling::Block);
    }

    #[test]
    fn what_is_not_known_is_kept() {
        let document = ruleset(
            "<cr:rule id='a'><cr:actions><x:a xmlns:x='urn:x'/></cr:actions>
             <cr:transformations><provide-later><later/><x:later xmlns:x='urn:x'/></provide-later></cr:transformations>
             </cr:rule>",
        );
        let ruleset = Ruleset::parse(document.as_bytes(), &Limits::default()).unwrap();
        let rule = &ruleset.rules()[0];
        assert_eq!((rule.unknown_actions.len(), rule.unknown_transformations.len()), (1, 1));
        let again = Ruleset::parse(ruleset.write().as_bytes(), &Limits::default()).unwrap();
        assert_eq!(again, ruleset);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let document = ruleset("<cr:rule id='a'><cr:actions><sub-handling>deny</sub-handling></cr:actions></cr:rule>");
        let error = Ruleset::parse(document.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(
            crate::tree::without_bytes(&error),
            "line 2, column 29: expected the subscription handling to be `block`, `confirm`, `polite-block` \
             or `allow`, found \"deny\""
        );
    }

    #[test]
    fn nothing_is_written_of_nothing() {
        let mut ruleset = Ruleset::default();
        let rule = Rule::new(RuleId::new("a").unwrap(), Conditions::default(), Permissions::default());
        ruleset.insert(rule);
        assert!(ruleset.write().contains(r#"<rule id="a"/>"#), "{ruleset}");
    }
}
