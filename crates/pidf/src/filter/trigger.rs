//! Whether a change is one that a filter waits for (RFC 4661 section 3.6).

use std::collections::BTreeMap;

use super::decimal::decimal;
use super::evaluate::{Index, attribute_of, has, texts};
use super::expression::Expression;
use super::{FilterError, Trigger};
use crate::budget::Budget;
use crate::xml::chars::is_space;
use crate::{Element, Format, InvalidValue, Limits};

/// A trigger, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CompiledTrigger {
    changed: Vec<Changed>,
    added: Vec<Expression>,
    removed: Vec<Expression>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Changed {
    path: Expression,
    from: Option<String>,
    to: Option<String>,
    by: Option<i128>,
}

impl CompiledTrigger {
    /// `None` for an empty one, which is as good as absent (RFC 4660 section 5.4).
    pub(super) fn new<'n>(
        trigger: &Trigger,
        namespace: impl Fn(&str) -> Option<&'n str>,
    ) -> Result<Option<Self>, InvalidValue> {
        let parse = |text: &crate::Token| Expression::parse(text.as_str(), &namespace);
        let changed = |changed: &super::Changed| {
            let text = |value: &Option<crate::Text>| {
                value
                    .as_ref()
                    .map(|text| text.as_str().trim_matches(is_space).to_owned())
            };
            let by = changed.by.as_ref().map(|by| {
                let number = decimal(by.as_str()).map(i128::abs);
                number.ok_or_else(|| InvalidValue::new("the difference", "a decimal of 18 digits or less", by.as_str()))
            });
            Ok(Changed {
                path: parse(&changed.path)?,
                from: text(&changed.from),
                to: text(&changed.to),
                by: by.transpose()?,
            })
        };
        let compiled = Self {
            changed: trigger
                .changed
                .iter()
                .map(changed)
                .collect::<Result<_, InvalidValue>>()?,
            added: trigger.added.iter().map(parse).collect::<Result<_, _>>()?,
            removed: trigger.removed.iter().map(parse).collect::<Result<_, _>>()?,
        };
        let is_empty = compiled.changed.is_empty() && compiled.added.is_empty() && compiled.removed.is_empty();
        Ok((!is_empty).then_some(compiled))
    }
}

/// Whether one of the triggers is active, that is all of its parts are.
pub(super) fn is_active(
    triggers: &[CompiledTrigger],
    previous: &Element,
    current: &Element,
    limits: &Limits,
) -> Result<bool, FilterError> {
    let mut budget = Budget::new(limits.filter_steps);
    let mut keys = Keys::default();
    let previous = Keyed::new(previous, &mut keys, &mut budget)?;
    let current = Keyed::new(current, &mut keys, &mut budget)?;
    for trigger in triggers {
        if is_all_active(trigger, &previous, &current, &mut budget)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_all_active(
    trigger: &CompiledTrigger,
    previous: &Keyed<'_>,
    current: &Keyed<'_>,
    budget: &mut Budget,
) -> Result<bool, FilterError> {
    for changed in &trigger.changed {
        if !changed.is_active(
            &previous.values(&changed.path, budget)?,
            &current.values(&changed.path, budget)?,
        ) {
            return Ok(false);
        }
    }
    for (paths, before, behind) in [
        (&trigger.added, previous, current),
        (&trigger.removed, current, previous),
    ] {
        for path in paths {
            let before = before.select(path, budget)?;
            if behind.select(path, budget)?.keys().all(|key| before.contains_key(key)) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// What makes an element of two documents the same: the one around it, its name, and its id or else its place among those
/// that have the same.
#[derive(Debug, Default)]
struct Keys<'t>(BTreeMap<(usize, Shape<'t>, usize), usize>);

/// Namespace, name and id.
type Shape<'t> = (Option<&'t str>, &'t str, Option<&'t str>);

/// A document whose elements have keys.
struct Keyed<'t> {
    index: Index<'t>,
    /// The key of each place.
    keys: Vec<usize>,
}

impl<'t> Keyed<'t> {
    fn new(root: &'t Element, keys: &mut Keys<'t>, budget: &mut Budget) -> Result<Self, FilterError> {
        let index = Index::new(root);
        budget.spend(4 * index.cost())?;
        let mut counts: BTreeMap<(usize, Shape<'t>), usize> = BTreeMap::new();
        let mut of_places = vec![0];
        for (_, parent, element) in index.elements() {
            let around = of_places.get(parent).copied().unwrap_or_default();
            let name = element.name();
            let shape = (name.namespace(), name.local(), element.attribute("id"));
            let count = counts.entry((around, shape)).or_default();
            *count += 1;
            let next = keys.0.len() + 1;
            of_places.push(*keys.0.entry((around, shape, *count)).or_insert(next));
        }
        Ok(Self { index, keys: of_places })
    }

    /// The elements that an expression selects, or those whose attribute it does, by their keys.
    fn select(&self, path: &Expression, budget: &mut Budget) -> Result<BTreeMap<usize, &'t Element>, FilterError> {
        let set = self.index.select(path, budget)?;
        let selected = self.index.elements().filter(|(place, _, _)| has(&set, *place));
        let keyed = selected.filter_map(|(place, _, element)| Some((*self.keys.get(place)?, element)));
        Ok(keyed.collect())
    }

    /// The values that an expression selects.
    fn values(&self, path: &Expression, budget: &mut Budget) -> Result<BTreeMap<usize, Selected>, FilterError> {
        let mut values = BTreeMap::new();
        for (key, element) in self.select(path, budget)? {
            let mut text = String::new();
            match &path.attribute {
                Some(attribute) => text.push_str(attribute_of(element, &attribute.name).unwrap_or_default()),
                None => {
                    for piece in texts(element) {
                        budget.spend(piece.len())?;
                        text.push_str(piece);
                    }
                }
            }
            budget.spend(1 + text.len())?;
            let is_pidf = element
                .name()
                .namespace()
                .is_some_and(|name| Format::from_namespace(name).is_some());
            let value = Selected {
                text: text.trim_matches(is_space).to_owned(),
                is_basic: is_pidf && element.name().local() == "basic",
            };
            values.insert(key, value);
        }
        Ok(values)
    }
}

/// A value of a document.
struct Selected {
    text: String,
    /// Whether it is a basic status, which may be in capitals.
    is_basic: bool,
}

impl Selected {
    fn is(&self, text: &str) -> bool {
        self.text == text || (self.is_basic && self.text.eq_ignore_ascii_case(text))
    }
}

impl Changed {
    /// Whether one of the values changed in this way. One that was not there before changed to what it is if that alone is
    /// asked.
    fn is_active(&self, previous: &BTreeMap<usize, Selected>, current: &BTreeMap<usize, Selected>) -> bool {
        current.iter().any(|(key, value)| {
            let is_to = self.to.as_ref().is_none_or(|to| value.is(to));
            match previous.get(key) {
                Some(before) => {
                    let is_from = self.from.as_ref().is_none_or(|from| before.is(from));
                    let is_by = self.by.is_none_or(|by| {
                        let numbers = decimal(&before.text).zip(decimal(&value.text));
                        numbers.is_some_and(|(before, value)| (value - before).abs() >= by)
                    });
                    !before.is(&value.text) && is_from && is_to && is_by
                }
                None => is_to && self.to.is_some() && self.from.is_none() && self.by.is_none(),
            }
        })
    }
}
