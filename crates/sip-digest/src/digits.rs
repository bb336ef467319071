//! Hexadecimal digits, eight at a time: a nonce and two hashes for each request are many of them.

use wide::u8x16;

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGH: u64 = ONES << 7;

/// The lower-case digits of sixteen bytes.
#[inline]
pub(crate) fn of_bytes(bytes: [u8; 16]) -> [u8; 32] {
    let bytes = u8x16::new(bytes);
    let high = bytes.unbounded_shr_scalar(4);
    let low = bytes & u8x16::splat(15);
    let digits = |numbers: u8x16| {
        let is_letter = numbers.max(u8x16::splat(10)).simd_eq(numbers);
        (numbers + u8x16::splat(b'0') + (is_letter & u8x16::splat(b'a' - b'0' - 10))).to_array()
    };
    let mut text = [0; 32];
    text[..16].copy_from_slice(&digits(u8x16::unpack_low(high, low)));
    text[16..].copy_from_slice(&digits(u8x16::unpack_high(high, low)));
    text
}

/// Writes the lower-case digits of bytes, sixteen at a time, which hashes and keys have a multiple of.
#[inline]
pub(crate) fn write(bytes: &[u8], digits: &mut [u8]) {
    let pairs = bytes.as_chunks::<16>().0.iter().zip(digits.as_chunks_mut::<32>().0);
    for (bytes, digits) in pairs {
        *digits = of_bytes(*bytes);
    }
}

/// The eight lower-case digits of a number.
#[inline]
pub(crate) const fn encode(number: u32) -> [u8; 8] {
    // Each half gets room for as much again, until every digit's four bits are in a byte of their own.
    let mut bits = number as u64;
    bits = (bits | (bits << 16)) & 0x0000_ffff_0000_ffff;
    bits = (bits | (bits << 8)) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | (bits << 4)) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = ((bits + ONES * 6) >> 4) & ONES;
    (bits + ONES * b'0' as u64 + letters * (b'a' - b'0' - 10) as u64).to_be_bytes()
}

/// The number of eight lower-case digits. What these are not gives a number that has other digits.
#[inline]
pub(crate) const fn decode_unchecked(digits: [u8; 8]) -> u32 {
    let bytes = u64::from_be_bytes(digits);
    pack((bytes & (ONES * 15)) + ((bytes >> 6) & ONES) * 9)
}

/// The number of eight digits of either case.
#[inline]
pub(crate) const fn decode(digits: [u8; 8]) -> Option<u32> {
    let bytes = u64::from_be_bytes(digits);
    if bytes & HIGH != 0 {
        return None;
    }
    // No sum is above 255, so none carries into the next byte.
    let lower = bytes | (ONES * 0x20);
    let is_letter = at_least(lower, b'a') & !at_least(lower, b'f' + 1);
    let is_decimal = at_least(bytes, b'0') & !at_least(bytes, b'9' + 1);
    if is_letter | is_decimal != HIGH {
        return None;
    }
    Some(pack((bytes & (ONES * 15)) + (is_letter >> 7) * 9))
}

/// The number of eight bytes with four bits each.
#[inline]
const fn pack(mut bits: u64) -> u32 {
    bits = (bits | (bits >> 4)) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | (bits >> 8)) & 0x0000_ffff_0000_ffff;
    let [.., a, b, c, d] = (bits | (bits >> 16)).to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// The high bit of each byte that is not below this ASCII character, where all of them are ASCII too.
const fn at_least(bytes: u64, least: u8) -> u64 {
    (bytes + ONES * (0x80 - least as u64)) & HIGH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_is_a_digit_or_none_at_every_place() {
        for place in 0..8 {
            for byte in 0..=u8::MAX {
                let mut digits = *b"00000000";
                digits[place] = byte;
                let digit = char::from(byte).to_digit(16);
                let expected = digit.map(|digit| digit << (4 * (7 - place)));
                assert_eq!(decode(digits), expected, "{byte:#x} at {place}");
            }
        }
    }

    proptest! {
        #[test]
        fn digits_are_those_of_the_standard_library(number: u32) {
            let digits = encode(number);
            prop_assert_eq!(digits.map(char::from).iter().collect::<String>(), format!("{number:08x}"));
            prop_assert_eq!(decode(digits), Some(number));
            prop_assert_eq!(decode_unchecked(digits), number);
            prop_assert_eq!(decode(digits.map(|digit| digit.to_ascii_uppercase())), Some(number));
        }

        #[test]
        fn sixteen_bytes_have_the_digits_of_each(bytes: [u8; 16]) {
            prop_assert_eq!(of_bytes(bytes).to_vec(), hex::encode(bytes).into_bytes());
        }
    }
}
