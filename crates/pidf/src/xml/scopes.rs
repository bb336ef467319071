use std::collections::BTreeMap;

use smallvec::SmallVec;

/// Above this many declarations in scope they are found through an index.
const FEW: usize = 24;

/// Which prefix is bound to what, element by element inwards.
///
/// A look-up walks over a few bindings and asks an index among many, so that a document with many declarations stays
/// cheap.
#[derive(Debug)]
pub(crate) struct Scopes<'a, T> {
    /// Each has the level that bound it, so that a level without bindings costs nothing.
    bindings: SmallVec<[Binding<'a, T>; 4]>,
    level: usize,
    /// For each prefix its bindings, the innermost last. Empty as long as there are few.
    index: BTreeMap<&'a str, Vec<usize>>,
}

#[derive(Debug)]
struct Binding<'a, T> {
    prefix: &'a str,
    value: T,
    level: usize,
}

impl<'a, T> Scopes<'a, T> {
    pub(crate) fn new() -> Self {
        Self {
            bindings: SmallVec::new(),
            level: 0,
            index: BTreeMap::new(),
        }
    }

    /// Begins an element.
    pub(crate) const fn enter(&mut self) {
        self.level += 1;
    }

    /// Binds a prefix until the element ends.
    pub(crate) fn bind(&mut self, prefix: &'a str, value: T) {
        let level = self.level;
        self.bindings.push(Binding { prefix, value, level });
        let known = match self.bindings.len() {
            0..=FEW => return,
            length if self.index.is_empty() => 0..length,
            length => length - 1..length,
        };
        for (at, binding) in self.bindings.iter().enumerate().skip(known.start) {
            self.index.entry(binding.prefix).or_default().push(at);
        }
    }

    /// Ends an element.
    #[inline]
    pub(crate) fn leave(&mut self) {
        if self.bindings.last().is_some_and(|binding| binding.level == self.level) {
            self.unbind();
        }
        self.level = self.level.saturating_sub(1);
    }

    /// Takes away what the innermost element binds.
    fn unbind(&mut self) {
        let length = self.outer();
        if !self.index.is_empty() {
            for binding in self.bindings.iter().skip(length) {
                if let Some(places) = self.index.get_mut(binding.prefix) {
                    places.pop();
                }
            }
            if length <= FEW {
                self.index.clear();
            }
        }
        self.bindings.truncate(length);
    }

    /// The number of bindings around the innermost element.
    #[inline]
    fn outer(&self) -> usize {
        let mut bindings = self.bindings.iter();
        bindings
            .rposition(|binding| binding.level != self.level)
            .map_or(0, |last| last + 1)
    }

    /// The number of elements begun and not ended.
    pub(crate) const fn level(&self) -> usize {
        self.level
    }

    /// What a prefix is bound to, and the level that bound it.
    #[inline]
    pub(crate) fn lookup(&self, prefix: &str) -> Option<(usize, &T)> {
        let binding = if self.index.is_empty() {
            self.bindings
                .iter()
                .rev()
                .find(|binding| is_same(binding.prefix, prefix))
        } else {
            self.index
                .get(prefix)
                .and_then(|places| self.bindings.get(*places.last()?))
        };
        binding.map(|binding| (binding.level, &binding.value))
    }

    /// What the innermost element binds, in order.
    pub(crate) fn innermost(&self) -> impl Iterator<Item = (&'a str, &T)> {
        self.bindings
            .iter()
            .skip(self.outer())
            .map(|binding| (binding.prefix, &binding.value))
    }

    /// Everything bound, outermost first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'a str, &T)> {
        self.bindings.iter().map(|binding| (binding.prefix, &binding.value))
    }
}

/// Equality of short texts, for which a call costs more than the comparison.
fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).all(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_bindings_end_with_their_element() {
        let mut scopes = Scopes::new();
        scopes.enter();
        scopes.bind("p", 1);
        scopes.enter();
        scopes.bind("p", 2);
        scopes.bind("q", 3);
        assert_eq!(scopes.lookup("p"), Some((2, &2)));
        assert_eq!(scopes.lookup("q"), Some((2, &3)));
        assert_eq!(scopes.innermost().collect::<Vec<_>>(), [("p", &2), ("q", &3)]);
        assert_eq!(scopes.all().count(), 3);
        scopes.leave();
        assert_eq!(scopes.lookup("p"), Some((1, &1)));
        assert_eq!(scopes.lookup("q"), None);
        scopes.leave();
        assert_eq!(scopes.lookup("p"), None);
        assert_eq!(scopes.level(), 0);
    }

    #[test]
    fn many_bindings_are_found_as_few_are() {
        let names: Vec<String> = (0..2 * FEW).map(|number| format!("p{}", number % 30)).collect();
        let mut scopes = Scopes::new();
        for (number, name) in names.iter().enumerate() {
            scopes.enter();
            scopes.bind(name, number);
        }
        for inner in (0..names.len()).rev() {
            for name in &names {
                let expected = (0..=inner).rev().find(|number| names[*number] == *name);
                assert_eq!(scopes.lookup(name).map(|(_, value)| *value), expected);
            }
            scopes.leave();
        }
    }
}
