use std::collections::BTreeMap;

/// Which prefix is bound to what, element by element inwards.
///
/// A look-up costs the logarithm of the number of prefixes, so that a document with many declarations stays cheap.
#[derive(Debug)]
pub(crate) struct Scopes<'a, T> {
    /// For each prefix its bindings, the innermost last, with the level that made them.
    bindings: BTreeMap<&'a str, Vec<(usize, T)>>,
    /// The prefixes bound, in order.
    bound: Vec<&'a str>,
    /// For each level the length of `bound` before it.
    levels: Vec<usize>,
}

impl<'a, T> Scopes<'a, T> {
    pub(crate) const fn new() -> Self {
        Self {
            bindings: BTreeMap::new(),
            bound: Vec::new(),
            levels: Vec::new(),
        }
    }

    /// Begins an element.
    pub(crate) fn enter(&mut self) {
        self.levels.push(self.bound.len());
    }

    /// Binds a prefix until the element ends.
    pub(crate) fn bind(&mut self, prefix: &'a str, value: T) {
        self.bindings
            .entry(prefix)
            .or_default()
            .push((self.levels.len(), value));
        self.bound.push(prefix);
    }

    /// Ends an element.
    pub(crate) fn leave(&mut self) {
        let length = self.levels.pop().unwrap_or(0);
        for prefix in self.bound.drain(length..) {
            if let Some(bindings) = self.bindings.get_mut(prefix) {
                bindings.pop();
            }
        }
    }

    /// The number of elements begun and not ended.
    pub(crate) const fn level(&self) -> usize {
        self.levels.len()
    }

    /// What a prefix is bound to, and the level that bound it.
    pub(crate) fn lookup(&self, prefix: &str) -> Option<(usize, &T)> {
        let (level, value) = self.bindings.get(prefix)?.last()?;
        Some((*level, value))
    }
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
        scopes.leave();
        assert_eq!(scopes.lookup("p"), Some((1, &1)));
        assert_eq!(scopes.lookup("q"), None);
        scopes.leave();
        assert_eq!(scopes.lookup("p"), None);
        assert_eq!(scopes.level(), 0);
    }
}
