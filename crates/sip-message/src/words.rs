//! Octets looked at a word at a time: what makes looking up a header's name cheap.

/// A header name in lower case, in words that compare at once: its octets in order, of which the last word may repeat some of
/// the word before, and its length.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    words: [u64; 3],
    len: usize,
}

impl Words {
    /// The octets that a name is looked for in. The longest name that has a constant is of 19.
    pub(crate) const WINDOW: usize = 24;

    /// The words of a name alone; `None` when it is too long.
    pub(crate) const fn of(name: &[u8]) -> Option<Self> {
        let mut window = [0; Self::WINDOW];
        if name.len() > window.len() {
            return None;
        }
        let mut at = 0;
        while at < name.len() {
            window[at] = name[at];
            at += 1;
        }
        Self::of_first(&window, name.len())
    }

    /// The words of the name that is the first `len` octets of a window; `None` when it is longer than that, or than the
    /// longest of the names.
    #[inline(always)]
    pub(crate) const fn of_first<const N: usize>(window: &[u8; N], len: usize) -> Option<Self> {
        let words = match len {
            0..=8 => [lower(word(window, 0)) & MASKS[len], 0, 0],
            9..=16 if len <= N => [lower(word(window, 0)), lower(word(window, len - 8)), 0],
            17..=Self::WINDOW if len <= N => [
                lower(word(window, 0)),
                lower(word(window, len - 8)),
                lower(word(window, 8)),
            ],
            _ => return None,
        };
        Some(Self { words, len })
    }

    /// Spreads the names over `2^bits` slots.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the shift leaves `bits` bits")]
    pub(crate) const fn slot(&self, seed: u64, bits: u32) -> usize {
        let mixed = self.words[0] ^ self.words[1].rotate_left(21);
        (mixed.wrapping_mul(seed) >> (64 - bits)) as usize
    }

    #[inline]
    pub(crate) const fn same(&self, other: &Self) -> bool {
        self.words[0] == other.words[0]
            && self.words[1] == other.words[1]
            && self.words[2] == other.words[2]
            && self.len == other.len
    }
}

#[inline(always)]
const fn word<const N: usize>(window: &[u8; N], at: usize) -> u64 {
    let (_, rest) = window.split_at(at);
    match rest.first_chunk() {
        Some(octets) => u64::from_le_bytes(*octets),
        None => 0,
    }
}

/// The words with their letters in lower case. An octet that is neither a letter nor a hyphen does not become one.
const fn lower(word: u64) -> u64 {
    // In ASCII, the upper half has the letters.
    word | (word & (ONES << 6)) >> 1
}

/// An octet of one in each lane.
const ONES: u64 = u64::MAX / 0xFF;

/// What a name of so many octets leaves of a word.
static MASKS: [u64; 9] = {
    let mut masks = [u64::MAX; 9];
    let mut len = 0;
    while len < 8 {
        masks[len] = (1 << (len * 8)) - 1;
        len += 1;
    }
    masks
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_when_all_octets_are() {
        let text = *b"Abcdefgh-bcdefghijklmnopqrstuvwx";
        for len in 0..=Words::WINDOW {
            let words = Words::of(&text[..len]).unwrap();
            let window = text.first_chunk::<{ Words::WINDOW }>().unwrap();
            assert!(words.same(&Words::of_first(window, len).unwrap()), "{len}");
            let short = Words::of_first(text.first_chunk::<16>().unwrap(), len);
            assert_eq!(short.is_some_and(|short| short.same(&words)), len <= 16, "{len}");
            for at in 0..len {
                let mut name = text[..len].to_vec();
                name[at] ^= 0x20;
                assert_eq!(
                    words.same(&Words::of(&name).unwrap()),
                    text[at] != b'-',
                    "{at} of {len}"
                );
                name[at] = b'0';
                assert!(!words.same(&Words::of(&name).unwrap()), "{at} of {len}");
            }
        }
        assert!(Words::of(&text[..25]).is_none());
        assert!(Words::of_first(&text, 25).is_none());
        // The first and the last word are the same.
        let [a, b] = [b"Max-Forwards".as_slice(), b"Max-ForwForwards"].map(|name| Words::of(name).unwrap());
        assert!(!a.same(&b));
    }

    #[test]
    fn no_other_octet_becomes_a_letter_or_a_hyphen() {
        for octet in 0..=u8::MAX {
            let [.., lowered] = lower(u64::from_be_bytes([b'-', b'A', b'z', 0, 0, 0, 0, octet])).to_be_bytes();
            if lowered == b'-' || lowered.is_ascii_lowercase() {
                assert_eq!(lowered, octet.to_ascii_lowercase());
            }
        }
        let [hyphen, a, z, ..] = lower(u64::from_be_bytes(*b"-Az\0\0\0\0\0")).to_be_bytes();
        assert_eq!([hyphen, a, z], *b"-az");
    }
}
