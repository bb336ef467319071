//! Feature sets as the predicates of RFC 2533 that they stand for (RFC 3841 section 8), and when two of them match.

use std::{borrow::Cow, cmp::Ordering};

use super::{Feature, FeatureKind, FeatureSet, FeatureTag, FeatureValue, NumberRange};

/// A conjunction of terms, each about another feature tag. Sorted, so that two are compared in linear time.
#[derive(Clone, Debug)]
pub(crate) struct Predicate<'p> {
    terms: Vec<Term<'p>>,
}

#[derive(Clone, Debug)]
struct Term<'p> {
    tag: FeatureTag<'p>,
    values: Values<'p>,
}

/// A disjunction: the values that a feature may have.
#[derive(Clone, Debug, Default)]
struct Values<'p> {
    // Sorted in any case.
    tokens: Vec<&'p str>,
    string: Option<Cow<'p, str>>,
    // Sorted, none of them touching another.
    ranges: Vec<NumberRange>,
    // Where a value is negated, all values but these are in the set too.
    all_but: Option<Except<'p>>,
}

/// What negated values have in common, for all else is one or the other of them.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Except<'p> {
    Nothing,
    Range(NumberRange),
    Token(&'p str),
}

impl<'p> Predicate<'p> {
    /// The terms of a feature set. Of two parameters for one tag the first counts, and one of a base tag counts before
    /// one with the same name and a plus (RFC 3841 section 7.2.3); one without a value between its quotes says nothing.
    pub(crate) fn new(features: FeatureSet<'p>) -> Self {
        let mut has_base = [false; FeatureTag::BASE_COUNT];
        for feature in features.iter() {
            if let (Some(base), false) = (feature.tag().base(), feature.tag().has_plus()) {
                has_base[base] = true;
            }
        }
        let is_hidden = |tag: &FeatureTag<'_>| tag.has_plus() && tag.base().is_some_and(|base| has_base[base]);
        let terms = features.iter().filter(|feature| !is_hidden(&feature.tag()));
        Self::of_terms(terms.filter_map(|feature| Term::new(&feature)).collect())
    }

    /// A predicate of base tags with one token each.
    pub(crate) fn of_tokens<'t: 'p>(tokens: impl IntoIterator<Item = (&'t str, Option<&'p str>)>) -> Self {
        let terms = tokens.into_iter().filter_map(|(tag, token)| {
            let tag = FeatureTag::of_param(tag)?;
            let values = Values {
                tokens: vec![token?],
                ..Values::default()
            };
            Some(Term { tag, values })
        });
        Self::of_terms(terms.collect())
    }

    fn of_terms(mut terms: Vec<Term<'p>>) -> Self {
        // Stable, so that the first of equals stays.
        terms.sort_by(|a, b| a.tag.cmp(&b.tag));
        terms.dedup_by(|later, first| later.tag == first.tag);
        Self { terms }
    }

    /// Whether something can satisfy both: whether each tag that both speak of can have a value that both allow.
    pub(crate) fn matches(&self, other: &Predicate<'_>) -> bool {
        self.common(other)
            .all(|(mine, theirs)| mine.values.meet(&theirs.values))
    }

    /// How many of these terms another predicate has a term for, and how many there are.
    pub(crate) fn known_in(&self, other: &Predicate<'_>) -> (u32, u32) {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (count(self.common(other).count()), count(self.terms.len()))
    }

    /// The terms of the tags that both speak of.
    fn common<'s, 'o>(&'s self, other: &'s Predicate<'o>) -> impl Iterator<Item = (&'s Term<'p>, &'s Term<'o>)> {
        merge(&self.terms, &other.terms, |a, b| a.tag.cmp(&b.tag))
    }
}

impl<'p> Term<'p> {
    fn new(feature: &Feature<'p>) -> Option<Self> {
        let mut values = Values::default();
        let mut is_empty = true;
        for value in feature.values() {
            values.add(value);
            is_empty = false;
        }
        values.tokens.sort_by(|a, b| in_any_case(a, b));
        values.ranges = united(values.ranges);
        let tag = feature.tag();
        (!is_empty).then_some(Self { tag, values })
    }
}

impl<'p> Values<'p> {
    fn add(&mut self, value: FeatureValue<'p>) {
        let negated = value.is_negated();
        match value.into_kind() {
            FeatureKind::Number(range) if negated => self.rule_out(Except::Range(range)),
            FeatureKind::Number(range) => self.ranges.push(range),
            FeatureKind::String(text) => self.string = Some(text),
            FeatureKind::Token(token) if negated => self.rule_out(Except::Token(token)),
            FeatureKind::Token(token) => self.tokens.push(token),
        }
    }

    fn rule_out(&mut self, except: Except<'p>) {
        self.all_but = Some(match self.all_but {
            None => except,
            Some(before) => before.and(except),
        });
    }

    /// Whether a value is in both.
    fn meet(&self, other: &Values<'_>) -> bool {
        let both_all_but = match (&self.all_but, &other.all_but) {
            (Some(mine), Some(theirs)) => !mine.covers_all_with(theirs),
            _ => false,
        };
        both_all_but
            || other.all_but.is_some_and(|except| self.has_other_than(&except))
            || self.all_but.is_some_and(|except| other.has_other_than(&except))
            || merge(&self.tokens, &other.tokens, |a, b| in_any_case(a, b))
                .next()
                .is_some()
            || self.string.is_some() && self.string == other.string
            || merge(&self.ranges, &other.ranges, NumberRange::order).next().is_some()
    }

    /// Whether a value that is named stands outside of what is ruled out.
    fn has_other_than(&self, except: &Except<'_>) -> bool {
        let token = |token: &&str| !matches!(except, Except::Token(out) if out.eq_ignore_ascii_case(token));
        let range = |range: &NumberRange| match except {
            Except::Range(out) => !(out.contains(range.min()) && out.contains(range.max())),
            _ => true,
        };
        self.tokens.iter().any(token) || self.ranges.iter().any(range) || self.string.is_some()
    }
}

impl Except<'_> {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Token(a), Self::Token(b)) if a.eq_ignore_ascii_case(b) => self,
            (Self::Range(a), Self::Range(b)) => a.intersection(&b).map_or(Self::Nothing, Self::Range),
            _ => Self::Nothing,
        }
    }

    /// Whether two exceptions leave no number. A token could always be another token.
    fn covers_all_with(&self, other: &Except<'_>) -> bool {
        let (Self::Range(a), Except::Range(b)) = (self, other) else {
            return false;
        };
        let is_whole = |low: &NumberRange, high: &NumberRange| {
            low.min().is_infinite() && high.max().is_infinite() && low.max() >= high.min()
        };
        is_whole(a, b) || is_whole(b, a)
    }
}

fn in_any_case(a: &str, b: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    a.bytes().map(lower).cmp(b.bytes().map(lower))
}

/// Ranges that overlap as one.
fn united(mut ranges: Vec<NumberRange>) -> Vec<NumberRange> {
    ranges.sort_by(|a, b| a.min().total_cmp(&b.min()));
    let mut united: Vec<NumberRange> = Vec::new();
    for range in ranges {
        match united
            .last_mut()
            .and_then(|last| last.union(&range).map(|both| (last, both)))
        {
            Some((last, both)) => *last = both,
            None => united.push(range),
        }
    }
    united
}

/// The pairs of equals in two sorted lists.
fn merge<'s, A, B>(a: &'s [A], b: &'s [B], order: impl Fn(&A, &B) -> Ordering) -> impl Iterator<Item = (&'s A, &'s B)> {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    std::iter::from_fn(move || {
        loop {
            match order(a.peek()?, b.peek()?) {
                Ordering::Less => a.next(),
                Ordering::Equal => return a.next().zip(b.next()),
                Ordering::Greater => {
                    b.next();
                    continue;
                }
            };
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Params, grammar};

    fn matches(a: &str, b: &str) -> bool {
        let read = |text| grammar::whole(Params::parse, text).unwrap();
        let (a, b) = (read(a), read(b));
        let (a, b) = (Predicate::new(FeatureSet::new(&a)), Predicate::new(FeatureSet::new(&b)));
        let result = a.matches(&b);
        assert_eq!(b.matches(&a), result, "a match is mutual");
        result
    }

    /// Whether two values of one feature can be the same.
    fn meet(a: &str, b: &str) -> bool {
        matches(&format!(";+x=\"{a}\""), &format!(";+x=\"{b}\""))
    }

    #[test]
    fn tags_that_one_side_does_not_know_do_not_matter() {
        assert!(matches("", ""));
        assert!(matches(";audio", ""));
        assert!(matches(";audio", ";video=\"FALSE\""));
        assert!(!matches(";audio;video", ";video=\"FALSE\""));
        assert!(!matches(";audio", ";+sip.AUDIO=\"FALSE\""));
        assert!(matches(";audio", ";+audio=\"FALSE\""));
        assert!(matches(";audio;+audio", ";+audio=\"FALSE\""));
        assert!(matches(";audio;audio=\"FALSE\"", ";audio=\"TRUE\""));
        assert!(matches(";q=0.1;x=1", ";q=0.2;x=2"));
        assert!(matches(";audio=\"\"", ";audio"));
    }

    #[test]
    fn tokens_match_in_any_case_and_strings_do_not() {
        assert!(meet("en,DE", "fr,de"));
        assert!(!meet("en,de", "fr"));
        assert!(meet("<PC>", "<PC>"));
        assert!(!meet("<PC>", "<pc>"));
        assert!(!meet("<PC>", "PC"));
    }

    #[test]
    fn negations() {
        assert!(!meet("!presence", "Presence"));
        assert!(meet("!presence", "presence,message-summary"));
        assert!(meet("!presence,message-summary", "message-summary"));
        assert!(!meet("!presence,message-summary", "presence"));
        assert!(meet("!a,!b", "a"));
        assert!(meet("!a,!A", "b"));
        assert!(!meet("!a,!A", "a"));
        assert!(meet("!a", "!a"));
        assert!(meet("!a", "<a>"));
        assert!(meet("!a,!#=1", "a"));
    }

    #[test]
    fn numbers() {
        assert!(meet("#>=4", "#=4"));
        assert!(!meet("#>=4", "#<=3.9"));
        assert!(meet("#1:3,#8:9", "#4:7,#8.5:20"));
        assert!(!meet("#1:3,#8:9", "#4:7,#10:20"));
        assert!(meet("#1:3,#2:9", "#=8"));
        assert!(!meet("#=4", "4"));
        assert!(!meet("!#>=4", "#4:5"));
        assert!(meet("!#>=4", "#3:5"));
        assert!(meet("!#>=4", "red"));
        assert!(!meet("!#>=4", "!#<=5"));
        assert!(meet("!#>=4", "!#<=3"));
        assert!(meet("!#>=4,!#<=3", "#=4"));
        assert!(!meet("!#>=4,!#<=6", "#=5"));
        assert!(meet("!#>=4,!#<=6", "#=7"));
    }

    #[test]
    fn many_values_and_tags_are_no_burden() {
        let values: Vec<_> = (0..20_000).map(|number| format!("v{number}")).collect();
        let values = format!(";+x=\"{}\"", values.join(","));
        assert!(!matches(&values, &values.replace('v', "w")));
        let tags: String = (0..20_000).map(|number| format!(";+t{number}")).collect();
        assert!(matches(&tags, &tags));
    }
}
