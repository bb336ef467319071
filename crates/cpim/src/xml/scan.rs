//! A place in a document that moves on as parts of it are taken.

use super::chars::is_space;

#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'a> {
    /// What is still to be read.
    pub(super) rest: &'a str,
    /// Where that begins, in bytes.
    pub(super) offset: usize,
}

impl<'a> Scan<'a> {
    /// Takes `bytes` bytes, which end at a character's end; all where there are not as many.
    pub(super) fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.offset += taken.len();
        taken
    }

    /// Takes what stands before the first character that `stop` names.
    pub(super) fn take_until(&mut self, stop: impl Fn(char) -> bool) -> &'a str {
        let length = self.rest.find(stop).unwrap_or(self.rest.len());
        self.take(length)
    }

    /// Takes what stands before `mark`, and the mark; none where it does not stand there.
    pub(super) fn take_past(&mut self, mark: &str) -> Option<&'a str> {
        let length = self.rest.find(mark)?;
        let taken = self.take(length);
        self.take(mark.len());
        Some(taken)
    }

    /// Takes `mark` if it is next.
    pub(super) fn skip(&mut self, mark: &str) -> bool {
        let is_next = self.rest.starts_with(mark);
        if is_next {
            self.take(mark.len());
        }
        is_next
    }

    /// Takes white space; tells whether there was some.
    pub(super) fn spaces(&mut self) -> bool {
        !self.take_until(|c| !is_space(c)).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_moves_the_place() {
        let mut scan = Scan {
            rest: "é <!-- x -->!",
            offset: 0,
        };
        assert_eq!(scan.take_until(is_space), "é");
        assert!(scan.spaces());
        assert!(!scan.spaces());
        assert_eq!(scan.offset, 3);
        assert!(!scan.skip("<?"));
        assert!(scan.skip("<!--"));
        assert_eq!(scan.take_past("-->"), Some(" x "));
        assert_eq!((scan.rest, scan.take_past("-->")), ("!", None));
        assert_eq!(scan.take(9), "!");
        assert_eq!(scan.offset, 14);
    }
}
