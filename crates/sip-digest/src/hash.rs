//! The hash functions: every hash of this crate's formulas is computed here.

use std::hint::black_box;

use md5::Md5;
use sha2::digest::Digest;
use sha2::{Sha256, Sha512_256};
use zeroize::Zeroize;

use crate::blocks::{Block, Blocks};
use crate::digits;
use crate::names::Algorithm;

/// The digits of the longest hash.
const MAX_DIGITS: usize = 64;

/// A hash in lower-case hexadecimal digits, the form in which it goes into other hashes (RFC 7616 section 3.1.1, `LHEX`).
#[derive(Clone)]
pub(crate) struct Hex {
    digits: [u8; MAX_DIGITS],
    len: usize,
}

/// Hashes the parts with a colon between each two. A `-sess` variant has the hash of its plain one. What this
/// crate copies on the way is overwritten.
pub(crate) fn hash(algorithm: Algorithm, parts: &[&[u8]]) -> Hex {
    #[cfg(test)]
    trace::record(algorithm, parts);
    let short = match algorithm.without_session() {
        Algorithm::Sha256 => SHA256.hash(parts),
        Algorithm::Sha512_256 => None,
        _ => MD5.hash(parts),
    };
    short.unwrap_or_else(|| joined(algorithm, parts.iter().copied()))
}

/// Hashes the parts and, behind them, the hash of the parts of `last`.
pub(crate) fn hash_with_hash(algorithm: Algorithm, parts: &[&[u8]], last: &[&[u8]]) -> Hex {
    #[cfg(test)]
    trace::record_with_hash(algorithm, parts, last);
    let short = match algorithm.without_session() {
        Algorithm::Sha256 => SHA256.hash_with_hash(parts, last),
        Algorithm::Sha512_256 => None,
        _ => MD5.hash_with_hash(parts, last),
    };
    short.unwrap_or_else(|| {
        let last = joined(algorithm, last.iter().copied());
        joined(algorithm, parts.iter().copied().chain([last.as_bytes()]))
    })
}

/// A hash function of what has room in [`Blocks`].
struct Short<const WORDS: usize> {
    start: [u32; WORDS],
    compress: fn(&mut [u32; WORDS], &[Block]),
    /// The order of bytes in the text's length and in the state's words.
    length: fn(u64) -> [u8; 8],
    word: fn(u32) -> [u8; 4],
}

/// RFC 1321 sections 3.2 and 3.3.
const MD5: Short<4> = Short {
    start: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476],
    compress: md5::block_api::compress,
    length: u64::to_le_bytes,
    word: u32::to_le_bytes,
};

/// FIPS 180-4 sections 5.1.1 and 5.3.3.
const SHA256: Short<8> = Short {
    start: [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ],
    compress: sha2::block_api::compress256,
    length: u64::to_be_bytes,
    word: u32::to_be_bytes,
};

impl<const WORDS: usize> Short<WORDS> {
    #[inline]
    fn hash(&self, parts: &[&[u8]]) -> Option<Hex> {
        let mut text = Blocks::new();
        text.join(parts)?;
        text.pad(self.length)?;
        let (_, blocks) = text.split_at(0)?;
        let mut state = self.start;
        Some(self.finish(&mut state, blocks))
    }

    /// The blocks before the last part wait for nothing, so the processor can be at them while it is still at the hash that
    /// the last part is of: either is one long chain of steps, each of which needs the one before.
    #[inline]
    fn hash_with_hash(&self, parts: &[&[u8]], last: &[&[u8]]) -> Option<Hex> {
        let (mut text, mut last_text) = (Blocks::new(), Blocks::new());
        text.join(parts)?;
        let place = text.leave(WORDS * 8)?;
        text.pad(self.length)?;
        last_text.join(last)?;
        last_text.pad(self.length)?;

        let (_, last_blocks) = last_text.split_at(0)?;
        let (blocks, _) = text.split_at(place)?;
        let (mut last_state, mut state) = (self.start, self.start);
        (self.compress)(&mut last_state, last_blocks);
        (self.compress)(&mut state, blocks);
        text.fill(place, self.hex(&last_state).as_bytes())?;
        let (_, blocks) = text.split_at(place)?;
        Some(self.finish(&mut state, blocks))
    }

    /// Takes the last blocks and overwrites the state.
    #[inline]
    fn finish(&self, state: &mut [u32; WORDS], blocks: &[Block]) -> Hex {
        (self.compress)(state, blocks);
        let hex = self.hex(state);
        state.as_mut_slice().zeroize();
        hex
    }

    #[inline]
    fn hex(&self, state: &[u32; WORDS]) -> Hex {
        let mut digits = [0; MAX_DIGITS];
        for (digits, words) in digits.as_chunks_mut().0.iter_mut().zip(state.as_chunks::<4>().0) {
            let mut four = [0; 16];
            for (four, word) in four.as_chunks_mut().0.iter_mut().zip(words) {
                *four = (self.word)(*word);
            }
            *digits = digits::of_bytes(four);
        }
        Hex { digits, len: WORDS * 8 }
    }
}

/// Hashes parts of any length.
fn joined<'a>(algorithm: Algorithm, parts: impl Iterator<Item = &'a [u8]>) -> Hex {
    match algorithm.without_session() {
        Algorithm::Sha256 => joined_with::<Sha256>(parts),
        Algorithm::Sha512_256 => joined_with::<Sha512_256>(parts),
        _ => joined_with::<Md5>(parts),
    }
}

fn joined_with<'a, D: Digest>(parts: impl Iterator<Item = &'a [u8]>) -> Hex {
    let mut hash = D::new();
    for (index, part) in parts.enumerate() {
        if index > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    let mut hash = hash.finalize();
    let mut digits = [0; MAX_DIGITS];
    digits::write(&hash, &mut digits);
    let len = hash.len() * 2;
    // It may be that of a password.
    hash.as_mut_slice().zeroize();
    Hex { digits, len }
}

impl Hex {
    /// Reads as many digits of either case as the algorithm's hash has.
    pub(crate) fn parse(algorithm: Algorithm, text: &str) -> Option<Self> {
        let len = algorithm.response_digits();
        if text.len() != len || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut digits = [0; MAX_DIGITS];
        let used = &mut digits[..len];
        used.copy_from_slice(text.as_bytes());
        used.make_ascii_lowercase();
        Some(Self { digits, len })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.digits[..self.len]
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("hexadecimal digits are ASCII")
    }

    /// Whether a text has these digits in either case. The time that it takes depends on the text's length only, so it
    /// does not tell how much of a guess was right. `black_box` keeps the compiler from leaving the loop early.
    pub(crate) fn equals_in_constant_time(&self, text: &str) -> bool {
        if text.len() != self.len {
            return false;
        }
        let pairs = self.as_bytes().iter().zip(text.as_bytes());
        let difference = pairs.fold(0, |difference, (ours, theirs)| {
            difference | (ours ^ theirs.to_ascii_lowercase())
        });
        black_box(difference) == 0
    }
}

impl Zeroize for Hex {
    fn zeroize(&mut self) {
        self.digits.as_mut_slice().zeroize();
        self.len.zeroize();
    }
}

/// What was hashed, so that tests can show that two ways compute the same.
#[cfg(test)]
pub(crate) mod trace {
    use std::cell::RefCell;

    use crate::names::Algorithm;

    thread_local! {
        static DONE: RefCell<Vec<(Algorithm, Vec<usize>)>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn record(algorithm: Algorithm, parts: &[&[u8]]) {
        let lengths = parts.iter().map(|part| part.len()).collect();
        DONE.with_borrow_mut(|done| done.push((algorithm, lengths)));
    }

    pub(super) fn record_with_hash(algorithm: Algorithm, parts: &[&[u8]], last: &[&[u8]]) {
        record(algorithm, last);
        record(algorithm, &[parts, &[&[0; 64][..algorithm.response_digits()]]].concat());
    }

    /// The algorithm and the lengths of the parts of every hash since the last call.
    pub(crate) fn take() -> Vec<(Algorithm, Vec<usize>)> {
        DONE.take()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The empty message, and "abc" in two parts that need no colon: the examples of RFC 1321, FIPS 180-4 and RFC 8760.
    #[test]
    fn hashes_are_the_standards() {
        for (algorithm, empty) in [
            (Algorithm::Md5, "d41d8cd98f00b204e9800998ecf8427e"),
            (
                Algorithm::Sha256,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                Algorithm::Sha512_256Sess,
                "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a",
            ),
        ] {
            assert_eq!(hash(algorithm, &[b""]).as_str(), empty);
            assert_eq!(hash(algorithm, &[]).as_str(), empty);
            assert_eq!(
                hash(algorithm, &[b"a", b"", b"b"]).as_str(),
                hash(algorithm, &[b"a::b"]).as_str()
            );
        }
    }

    /// Parts in slices, as the functions take them.
    fn slices(parts: &[Vec<u8>]) -> Vec<&[u8]> {
        parts.iter().map(Vec::as_slice).collect()
    }

    fn of_crates(text: &[u8]) -> [(Algorithm, String); 3] {
        [
            (Algorithm::Md5, hex::encode(Md5::digest(text))),
            (Algorithm::Sha256, hex::encode(Sha256::digest(text))),
            (Algorithm::Sha512_256, hex::encode(Sha512_256::digest(text))),
        ]
    }

    proptest! {
        /// Short or long, the hash is that of the crate which has it.
        #[test]
        fn short_texts_have_the_same_hash(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..130), 0..5),
        ) {
            let parts = slices(&parts);
            for (algorithm, expected) in of_crates(&parts.join(&b':')) {
                let hashed = hash(algorithm, &parts);
                prop_assert_eq!(hashed.as_str(), expected);
            }
        }

        /// And so is a hash over a hash, wherever in its blocks the inner one stands.
        #[test]
        fn a_hash_over_a_hash_is_the_same(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..90), 1..6),
            last in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..130), 0..4),
        ) {
            let (parts, last) = (slices(&parts), slices(&last));
            for (algorithm, inner) in of_crates(&last.join(&b':')) {
                let whole = [&*parts, &[inner.as_bytes()]].concat().join(&b':');
                let (_, expected) = of_crates(&whole).into_iter().find(|(of, _)| *of == algorithm).unwrap();
                let hashed = hash_with_hash(algorithm, &parts, &last);
                prop_assert_eq!(hashed.as_str(), expected);
            }
        }
    }

    #[test]
    fn comparison_sees_every_digit_in_either_case() {
        for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
            let ours = hash(algorithm, &[b"x"]);
            let text = ours.as_str().to_owned();
            assert!(ours.equals_in_constant_time(&text));
            assert!(ours.equals_in_constant_time(&text.to_uppercase()));
            for index in 0..text.len() {
                let mut other = text.clone();
                let changed = if &text[index..=index] == "0" { "1" } else { "0" };
                other.replace_range(index..=index, changed);
                assert!(!ours.equals_in_constant_time(&other), "digit {index}");
            }
            for other in ["", &text[1..], &format!("{text}0"), &"\0".repeat(text.len())] {
                assert!(!ours.equals_in_constant_time(other), "{other:?}");
            }
        }
    }
}
