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
    bindings: SmallVec<[Binding<'a, T>; 4]>,
    /// For each level the length of `bindings` before it.
    levels: SmallVec<[usize; 8]>,
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
            levels: SmallVec::new(),
            index: BTreeMap::new(),
        }
    }

    /// Begins an element.
    pub(crate) fn enter(&mut self) {
        self.levels.push(self.bindings.len());
    }

    /// Binds a prefix until the element ends.
    pub(crate) fn bind(&mut self, prefix: &'a str, value: T) {
        let level = self.levels.len();
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
    pub(crate) fn leave(&mut self) {
        let length = self.levels.pop().unwrap_or(0);
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

    /// The number of elements begun and not ended.
    pub(crate) fn level(&self) -> usize {
        self.levels.len()
    }

    /// What a prefix is bound to, and the level that bound it.
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
        let start = self.levels.last().copied().unwrap_or(0);
        self.bindings
            .iter()
            .skip(start)
            .map(|binding| (binding.prefix, &binding.value))
    }

    /// Everything bound, outermost first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'a str, &T)> {
        self.bindings.iter().map(|binding| (binding.prefix, &binding.value))
    }
}

/// Equality of short texts, for which a call costs more than the comparison.
pub(super) fn is_same(one: &str, other: &str) -> bool {
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
