//! Where the quoted-strings of a text begin and end, found sixteen bytes at a time.
//!
//! What stands here is inlined into the one loop that uses it, so that what it knows stays in registers.

use wide::u8x16;

/// How many bytes a map is of.
const WINDOW: usize = 64;

/// The quotes of a text, one after the other, up to where a backslash or a control character may change what they mean.
#[derive(Debug)]
pub(crate) struct Quotes<'a> {
    /// Nothing behind such a place.
    text: &'a [u8],
    /// Where the window begins that the map is of.
    window: usize,
    /// Bit `n` stands for the byte `window + n`. Those that were passed are cleared.
    map: u64,
}

impl<'a> Quotes<'a> {
    /// Where there are no more.
    pub(crate) const NOWHERE: usize = usize::MAX;

    /// The quotes from `at` on.
    #[inline(always)]
    pub(crate) fn new(text: &'a [u8], at: usize) -> Self {
        let mut quotes = Self {
            text,
            window: at,
            map: 0,
        };
        quotes.look();
        quotes
    }

    /// Where the next one is, if it is before `end` or not far behind it.
    #[inline(always)]
    pub(crate) fn peek(&mut self, end: usize) -> usize {
        while self.map == 0 {
            let next = self.window + WINDOW;
            if next >= end.min(self.text.len()) {
                return Self::NOWHERE;
            }
            self.window = next;
            self.look();
        }
        self.window + self.map.trailing_zeros() as usize
    }

    /// Passes the next one.
    #[inline(always)]
    pub(crate) const fn pass(&mut self) {
        self.map &= self.map.wrapping_sub(1);
    }

    /// Maps the window. Near the end of a text, bytes before it are looked at too; a text that is shorter than a window is
    /// left alone.
    #[inline(always)]
    fn look(&mut self) {
        let start = self.window.min(self.text.len().saturating_sub(WINDOW));
        let chunk = self.text.get(start..).and_then(<[u8]>::first_chunk);
        match chunk.and_then(map) {
            Some(map) => self.map = map.unbounded_shr(u32::try_from(self.window - start).unwrap_or(u32::MAX)),
            None => self.text = &[],
        }
    }
}

/// The quotes in a part of a text. [`None`] where it also has what a quoted-string treats in another way.
#[inline(always)]
fn map(chunk: &[u8; WINDOW]) -> Option<u64> {
    let (mut map, mut least, mut backslashes) = (0, u8x16::splat(u8::MAX), u8x16::ZERO);
    for (index, lanes) in chunk.as_chunks().0.iter().enumerate() {
        let lanes = u8x16::new(*lanes);
        least = least.min(lanes);
        backslashes |= lanes.simd_eq(u8x16::splat(b'\\'));
        map |= u64::from(lanes.simd_eq(u8x16::splat(b'"')).to_bitmask()) << (16 * index);
    }
    let controls = least.min(u8x16::splat(b' ' - 1)).simd_eq(least);
    ((controls | backslashes).to_bitmask() == 0).then_some(map)
}

/// How long the run of letters, digits and hyphens is that stands at a place of a text: at most sixteen. 0 where the text
/// is shorter than that.
#[inline(always)]
pub(crate) fn word_len(text: &[u8], at: usize) -> usize {
    let start = at.min(text.len().saturating_sub(16));
    let Some(chunk) = text.get(start..).and_then(<[u8]>::first_chunk) else {
        return 0;
    };
    let lanes = u8x16::new(*chunk);
    let in_range = |lanes: u8x16, first: u8, last: u8| {
        let from_first = lanes - u8x16::splat(first);
        from_first.min(u8x16::splat(last - first)).simd_eq(from_first)
    };
    let lower = lanes | u8x16::splat(0x20);
    let is_word = in_range(lower, b'a', b'z') | in_range(lanes, b'0', b'9') | lanes.simd_eq(u8x16::splat(b'-'));
    // The bits above stand for the end of these.
    let ends = !is_word.to_bitmask();
    (ends >> ((at - start) % 32)).trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotes(text: &[u8], at: usize) -> Vec<usize> {
        let mut quotes = Quotes::new(text, at);
        let mut found = Vec::new();
        loop {
            match quotes.peek(usize::MAX) {
                Quotes::NOWHERE => return found,
                quote => found.push(quote),
            }
            quotes.pass();
        }
    }

    #[test]
    fn every_quote_is_found_wherever_it_is() {
        for len in 64..200 {
            for at in 0..len {
                let mut text = vec![b'x'; len];
                text[at] = b'"';
                text[len - 1] = b'"';
                let expected = if at == len - 1 { vec![at] } else { vec![at, len - 1] };
                assert_eq!(quotes(&text, 0), expected, "{at} of {len}");
                assert_eq!(quotes(&text, at), expected, "{at} of {len}");
                assert_eq!(quotes(&text, len), []);
            }
        }
        assert_eq!(quotes(&[b'"'; 63], 0), [], "too short to look");
        assert_eq!(quotes(b"", 0), []);
    }

    #[test]
    fn nothing_is_found_behind_what_is_special() {
        for special in 0..=u8::MAX {
            let mut text = [b'"'; 192];
            text[100] = special;
            let is_special = matches!(special, ..b' ' | b'\\');
            let expected = match special {
                b'"' => 192,
                _ if is_special => 64,
                _ => 191,
            };
            assert_eq!(quotes(&text, 0).len(), expected, "{special:#x}");
        }
    }

    #[test]
    fn what_is_far_is_not_looked_for() {
        let mut text = [b'x'; 200];
        text[150] = b'"';
        let mut quotes = Quotes::new(&text, 0);
        assert_eq!(quotes.peek(64), Quotes::NOWHERE);
        assert_eq!(quotes.peek(129), 150);
    }

    #[test]
    fn a_word_is_of_letters_digits_and_hyphens() {
        for byte in 0..=u8::MAX {
            for before in 0..30 {
                let mut text = vec![b'a'; before + 6];
                text.extend([byte, b'Z', b'9', b'-', b'z', b'A', b'0', b'!', b'x', b'x']);
                let is_word = byte.is_ascii_alphanumeric() || byte == b'-';
                assert_eq!(word_len(&text, before), if is_word { 13 } else { 6 }, "{byte:#x}");
            }
        }
        assert_eq!(word_len(&[b'a'; 40], 0), 16);
        assert_eq!(word_len(&[b'a'; 40], 36), 4);
        assert_eq!(word_len(&[b'a'; 40], 40), 0);
        assert_eq!(word_len(b"abc", 0), 0, "too short to look");
    }
}
