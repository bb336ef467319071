//! Octets looked at sixteen at a time: which of a window are of some kind, as a bitmap.

use wide::u8x16;

/// Octets that are looked at at once.
pub(crate) const LANES: usize = 16;

/// The octets of a window: the bits of a map.
pub(crate) const WINDOW: usize = u64::BITS as usize;

/// Where a window begins that no offset of a text is in.
pub(crate) const NOWHERE: usize = 0_usize.wrapping_sub(WINDOW);

/// Maps of the [`WINDOW`] octets of a text from `start` on: the lowest bit is of the first of them, and behind the end none
/// is set. `kinds` sets the lanes of each kind.
#[inline]
pub(crate) fn maps<const N: usize>(text: &[u8], start: usize, kinds: impl Fn(u8x16) -> [u8x16; N]) -> [u64; N] {
    let bits = |octets| kinds(octets).map(|lanes| u64::from(lanes.to_bitmask()));
    let of_chunks = |chunks: &[[u8; LANES]]| {
        let mut maps = [0; N];
        // The last first, so that each moves those before it by a fixed number of bits.
        for chunk in chunks.iter().rev() {
            for (map, bits) in maps.iter_mut().zip(bits(u8x16::new(*chunk))) {
                *map = *map << LANES | bits;
            }
        }
        maps
    };
    let rest = text.get(start..).unwrap_or_default();
    if let Some(window) = rest.first_chunk::<WINDOW>() {
        return of_chunks(window.as_chunks().0);
    }
    let (chunks, more) = rest.as_chunks();
    let mut maps = of_chunks(chunks);
    if !more.is_empty() {
        for (map, bits) in maps.iter_mut().zip(bits(last(text))) {
            *map |= (bits >> (LANES - more.len())) << (chunks.len() * LANES);
        }
    }
    maps
}

/// Where an octet stands first in a chunk.
#[inline(always)]
pub(crate) fn find(chunk: &[u8; LANES], octet: u8) -> Option<usize> {
    let map = equal(u8x16::new(*chunk), octet).to_bitmask();
    (map != 0).then(|| map.trailing_zeros() as usize)
}

/// How many capital letters a text begins with, as far as its first sixteen octets tell.
#[inline(always)]
pub(crate) fn capitals(text: &[u8]) -> usize {
    let octets = text.first_chunk().map(|octets| u8x16::new(*octets));
    octets.map_or(0, |octets| {
        in_range(octets, b'A', b'Z').to_bitmask().trailing_ones() as usize
    })
}

/// The last sixteen octets; when there are fewer, behind zeros.
#[inline]
fn last(text: &[u8]) -> u8x16 {
    if let Some(chunk) = text.last_chunk() {
        return u8x16::new(*chunk);
    }
    let (low, high) = match (text.first_chunk(), text.last_chunk()) {
        // Of the first eight octets, those that are not among the last: it may be none.
        (Some(first), Some(last)) => {
            let first = u64::from_le_bytes(*first) << 8;
            (first << ((15 - text.len()) * 8), u64::from_le_bytes(*last))
        }
        _ => (
            0,
            text.iter().fold(0, |word, octet| word >> 8 | u64::from(*octet) << 56),
        ),
    };
    u8x16::new((u128::from(high) << 64 | u128::from(low)).to_le_bytes())
}

/// The lanes whose octet is in a range of ASCII.
#[inline]
pub(crate) fn in_range(lanes: u8x16, first: u8, last: u8) -> u8x16 {
    // Moved to the upper end of the signed numbers, so that one comparison tells.
    let moved = lanes + u8x16::splat(0x7F - last);
    let before = u8x16::splat(0x7F - last + first - 1);
    moved.cast_signed().simd_gt(before.cast_signed()).cast_unsigned()
}

/// The lanes with an octet.
#[inline]
pub(crate) fn equal(lanes: u8x16, octet: u8) -> u8x16 {
    lanes.simd_eq(u8x16::splat(octet))
}

/// With the letters in lower case; an octet that is no letter does not become one.
#[inline]
pub(crate) fn lower(lanes: u8x16) -> u8x16 {
    lanes | u8x16::splat(0x20)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters; hyphens and dots; CR.
    fn kinds(lanes: u8x16) -> [u8x16; 3] {
        [
            in_range(lower(lanes), b'a', b'z'),
            in_range(lanes, b'-', b'.'),
            equal(lanes, b'\r'),
        ]
    }

    fn expected(text: &[u8]) -> [u64; 3] {
        let map = |kind: fn(&u8) -> bool| {
            let octets = text.iter().take(WINDOW).enumerate();
            octets.fold(0, |map, (at, octet)| map | u64::from(kind(octet)) << at)
        };
        [
            map(u8::is_ascii_alphabetic),
            map(|octet| matches!(octet, b'-' | b'.')),
            map(|octet| *octet == b'\r'),
        ]
    }

    #[test]
    fn every_octet_in_every_lane() {
        for len in [7, 15, 16, 40] {
            for lane in 0..len {
                for octet in 0..=u8::MAX {
                    let mut text = vec![b'm'; len];
                    text[lane] = octet;
                    assert_eq!(maps(&text, 0, kinds), expected(&text), "{octet:#x} at {lane} of {len}");
                }
            }
        }
    }

    #[test]
    fn an_octet_is_found_in_every_lane() {
        assert_eq!(find(&[b'a'; LANES], b':'), None);
        for lane in 0..LANES {
            let mut octets = [b'a'; LANES];
            octets[lane..].fill(b':');
            assert_eq!(find(&octets, b':'), Some(lane));
        }
    }

    #[test]
    fn capitals_are_counted_up_to_another_octet() {
        for len in 0..=16 {
            for octet in 0..=u8::MAX {
                let mut text = [b'M'; 16];
                text[len..].fill(octet);
                let expected = if octet.is_ascii_uppercase() { 16 } else { len };
                assert_eq!(capitals(&text), expected, "{octet:#x} behind {len}");
            }
        }
        assert_eq!(capitals(b"INVITE"), 0);
    }

    #[test]
    fn every_length_and_every_start() {
        // No two windows are the same.
        let text: Vec<u8> = (0..WINDOW * 2 + 20).map(|at| b"a-\r.b;-Z/"[at * at / 7 % 9]).collect();
        for len in 0..=text.len() {
            for start in 0..=len + 1 {
                let text = &text[..len];
                let window = text.get(start..).unwrap_or_default();
                assert_eq!(maps(text, start, kinds), expected(window), "from {start} of {len}");
            }
        }
    }
}
