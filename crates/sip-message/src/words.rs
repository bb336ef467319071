//! Names that compare a word at a time: what makes looking up a header's name cheap.

/// A header name of up to [`Words::LEN`] octets in lower case, in words that compare at once. What is behind the name is
/// zero.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words([u64; 3]);

impl Words {
    /// The longest name that has a constant is of 19 octets.
    pub(crate) const LEN: usize = 24;

    /// # Panics
    /// When the name is longer than [`Words::LEN`].
    pub(crate) const fn of(name: &[u8]) -> Self {
        assert!(name.len() <= Self::LEN, "a header name of the table fits");
        let mut octets = [0; Self::LEN];
        let mut at = 0;
        while at < name.len() {
            octets[at] = name[at];
            at += 1;
        }
        Self::load(&octets).prefix(name.len())
    }

    /// The octets at the start of a line, which may be the name and more.
    pub(crate) const fn load(octets: &[u8; Self::LEN]) -> Self {
        let (chunks, _) = octets.as_chunks::<8>();
        Self([
            u64::from_le_bytes(chunks[0]),
            u64::from_le_bytes(chunks[1]),
            u64::from_le_bytes(chunks[2]),
        ])
    }

    /// Where the first colon is.
    pub(crate) const fn colon(&self) -> Option<usize> {
        let mut at = 0;
        while at < self.0.len() {
            let word = self.0[at] ^ (ONES * b':' as u64);
            // The lowest bit that is set is that of the first octet that is zero; higher ones may be of others.
            let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
            if zeros != 0 {
                return Some(at * 8 + (zeros.trailing_zeros() / 8) as usize);
            }
            at += 1;
        }
        None
    }

    /// The first `len` octets, in lower case.
    pub(crate) const fn prefix(self, len: usize) -> Self {
        Self([
            lower_prefix(self.0[0], len),
            lower_prefix(self.0[1], len.saturating_sub(8)),
            lower_prefix(self.0[2], len.saturating_sub(16)),
        ])
    }

    /// Spreads the names over `2^bits` slots.
    pub(crate) const fn slot(&self, seed: u64, bits: u32) -> usize {
        let mixed = self.0[0] ^ self.0[1].rotate_left(21) ^ self.0[2].rotate_left(42);
        (mixed.wrapping_mul(seed) >> (64 - bits)) as usize
    }

    pub(crate) const fn same(&self, other: &Self) -> bool {
        self.0[0] == other.0[0] && self.0[1] == other.0[1] && self.0[2] == other.0[2]
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// The low `len` octets of a word. Setting the bit of lower case leaves hyphens and digits as they are.
const fn lower_prefix(word: u64, len: usize) -> u64 {
    let mask = if len >= 8 { u64::MAX } else { (1 << (len * 8)) - 1 };
    (word | (ONES << 5)) & mask
}
