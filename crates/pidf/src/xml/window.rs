//! Bytes looked at sixteen at a time.

use wide::u8x16;

const LANES: usize = 16;

/// The first place from `at` on with a byte of some kind, or the end. `kind` sets the lanes of that kind.
#[inline]
pub(super) fn find(bytes: &[u8], mut at: usize, kind: impl Fn(u8x16) -> u8x16) -> usize {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(chunk) = rest.first_chunk() else {
            return at + find_last(rest, kind);
        };
        let found = kind(u8x16::new(*chunk)).to_bitmask();
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += LANES;
    }
}

/// The same within fewer bytes.
fn find_last(bytes: &[u8], kind: impl Fn(u8x16) -> u8x16) -> usize {
    let mut chunk = [0; LANES];
    for (to, from) in chunk.iter_mut().zip(bytes) {
        *to = *from;
    }
    let found = kind(u8x16::new(chunk)).to_bitmask();
    bytes.len().min(found.trailing_zeros() as usize)
}

/// Which of the next sixteen bytes are of each kind, the first in the lowest bit. `None` where there are not so many.
#[inline]
pub(super) fn maps<const N: usize>(bytes: &[u8], at: usize, kinds: impl Fn(u8x16) -> [u8x16; N]) -> Option<[u32; N]> {
    let chunk = bytes.get(at..)?.first_chunk()?;
    Some(kinds(u8x16::new(*chunk)).map(u8x16::to_bitmask))
}

/// Whether there is a byte of some kind.
#[inline]
pub(super) fn any(bytes: &[u8], kind: impl Fn(u8x16) -> u8x16) -> bool {
    let Some(last) = bytes.last_chunk() else {
        return find_last(bytes, kind) < bytes.len();
    };
    // The last chunk overlaps the one before it, so that there is no rest.
    let (chunks, _) = bytes.as_chunks();
    let found = chunks.iter().map(|chunk| kind(u8x16::new(*chunk)));
    let found = found.fold(kind(u8x16::new(*last)), |found, more| found | more);
    found.to_bitmask() != 0
}

/// The lanes with a byte.
#[inline]
pub(super) fn equal(lanes: u8x16, byte: u8) -> u8x16 {
    lanes.simd_eq(u8x16::splat(byte))
}

/// The lanes with a byte that is not greater.
#[inline]
pub(super) fn at_most(lanes: u8x16, byte: u8) -> u8x16 {
    lanes.simd_eq(lanes.min(u8x16::splat(byte)))
}

/// The lanes whose byte is in a range of ASCII.
#[inline]
pub(super) fn in_range(lanes: u8x16, first: u8, last: u8) -> u8x16 {
    at_most(lanes, last) & !at_most(lanes, first - 1)
}

/// Whether so many bytes are the same at two places.
#[inline]
pub(super) fn is_same(bytes: &[u8], one: usize, other: usize, length: usize) -> bool {
    let (one, other) = (
        bytes.get(one..).unwrap_or_default(),
        bytes.get(other..).unwrap_or_default(),
    );
    match (one.first_chunk(), other.first_chunk()) {
        // Names are short: without a call, and without a branch that depends on the length.
        (Some(one), Some(other)) if (1..=LANES).contains(&length) => {
            let differs = u128::from_le_bytes(*one) ^ u128::from_le_bytes(*other);
            differs << ((LANES - length) * 8) == 0
        }
        _ => match (one.get(..length), other.get(..length)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_kind_is_found_at_every_place_of_every_length() {
        for length in 0..40 {
            for place in 0..=length {
                let mut bytes = vec![b'a'; length];
                for byte in bytes.iter_mut().skip(place) {
                    *byte = b'<';
                }
                for at in 0..=place {
                    assert_eq!(
                        find(&bytes, at, |lanes| equal(lanes, b'<')),
                        place,
                        "{place} of {length} from {at}"
                    );
                    assert_eq!(find(&bytes, at, |lanes| at_most(lanes, b'<')), place);
                }
                assert_eq!(any(&bytes, |lanes| equal(lanes, b'<')), place < length);
                // What is filled up with is not found.
                assert_eq!(find(&bytes, 0, |lanes| equal(lanes, 0)), length);
            }
        }
        for place in 0..40 {
            let mut bytes = [b'a'; 40];
            bytes[place] = b'<';
            assert!(any(&bytes, |lanes| equal(lanes, b'<')), "{place}");
        }
        for byte in 0..=u8::MAX {
            assert_eq!(find(&[byte; 16], 0, |lanes| at_most(lanes, 0x9F)) == 0, byte <= 0x9F);
        }
    }

    #[test]
    fn equality_is_that_of_slices() {
        let bytes = b"status></status></statuz></statusstatusstatus></statusstatusstatut>";
        for one in 0..bytes.len() + 2 {
            for other in 0..bytes.len() + 2 {
                for length in 0..bytes.len() {
                    let slice = |at: usize| bytes.get(at..at + length);
                    let expected = slice(one).is_some() && slice(one) == slice(other);
                    assert_eq!(
                        is_same(bytes, one, other, length),
                        expected || length == 0,
                        "{one} {other} {length}"
                    );
                }
            }
        }
    }
}
