//! Octets looked at sixteen at a time: which of a window are of some kind, as a bitmap.

use wide::u8x16;

/// The octets of a window: the bits of a map.
pub(crate) const WINDOW: usize = u64::BITS as usize;

/// Maps of the first [`WINDOW`] octets of a text: the lowest bit is of the first octet, and behind the end none is set.
/// `kinds` sets the lanes of each kind, of which zero is of none.
#[inline]
pub(crate) fn maps<const N: usize>(text: &[u8], kinds: impl Fn(u8x16) -> [u8x16; N]) -> [u64; N] {
    let mut maps = [0; N];
    let mut add = |at: usize, lanes: u8x16| {
        for (map, kind) in maps.iter_mut().zip(kinds(lanes)) {
            *map |= u64::from(kind.to_bitmask()) << at;
        }
    };
    let window = &text[..text.len().min(WINDOW)];
    match window.last_chunk() {
        // The last lanes are looked at twice where they are no whole number of sixteens, which is no harm.
        Some(last) => {
            let (chunks, _) = window.as_chunks();
            for (at, chunk) in chunks.iter().enumerate() {
                add(at * 16, u8x16::new(*chunk));
            }
            if window.len() % 16 != 0 {
                add(window.len() - 16, u8x16::new(*last));
            }
        }
        None => add(0, padded(window)),
    }
    maps
}

/// Fewer than sixteen octets, and zeros behind them.
#[inline]
fn padded(octets: &[u8]) -> u8x16 {
    let word = |octets: &[u8]| octets.iter().rev().fold(0, |word, octet| (word << 8) | u64::from(*octet));
    let (low, high) = match (octets.first_chunk(), octets.last_chunk()) {
        // Of the last eight octets, those that are not among the first: it may be none.
        (Some(first), Some(last)) => {
            let last = u64::from_le_bytes(*last) >> 8;
            (u64::from_le_bytes(*first), last >> ((15 - octets.len()) * 8))
        }
        _ => (word(octets), 0),
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
    fn every_octet_in_every_lane_of_every_length() {
        for len in 0..=WINDOW + 17 {
            for lane in 0..len {
                for octet in 0..=u8::MAX {
                    for around in [0, b'm'] {
                        let mut text = vec![around; len];
                        text[lane] = octet;
                        assert_eq!(maps(&text, kinds), expected(&text), "{octet:#x} at {lane} of {len}");
                    }
                }
            }
        }
    }
}
