//! Where the quoted-strings of a text begin and end, found sixteen bytes at a time.

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
            Some(map) => self.map = map >> ((self.window - start) % WINDOW),
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
