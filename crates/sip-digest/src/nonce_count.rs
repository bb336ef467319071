use std::fmt;

use crate::digits;
use crate::limits::MAX_NONCE_COUNT_DIGITS;

/// How many requests the client has sent with a nonce (RFC 7616 section 3.4, `nc`).
///
/// The grammar has eight lower-case hexadecimal digits, which is what is written. One that was read keeps its digits as
/// they came (upper case, one digit, nine digits), because the response was computed over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonceCount {
    value: u32,
    digits: [u8; MAX_NONCE_COUNT_DIGITS],
    len: usize,
}

impl NonceCount {
    /// The count.
    #[must_use]
    pub const fn value(&self) -> u32 {
        self.value
    }

    /// The digits, as they stand in the header and go into the response.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("hexadecimal digits are ASCII")
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut digits = [0; MAX_NONCE_COUNT_DIGITS];
        if let Ok(eight) = <[u8; 8]>::try_from(text.as_bytes()) {
            digits[..8].copy_from_slice(&eight);
            let value = digits::decode(eight)?;
            return Some(Self { value, digits, len: 8 });
        }
        if text.is_empty() {
            return None;
        }
        digits.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        let add = |value: u32, byte| value.checked_mul(16)?.checked_add(char::from(byte).to_digit(16)?);
        let value = text.bytes().try_fold(0, add)?;
        Some(Self {
            value,
            digits,
            len: text.len(),
        })
    }
}

impl From<u32> for NonceCount {
    fn from(value: u32) -> Self {
        let mut digits = [0; MAX_NONCE_COUNT_DIGITS];
        digits[..8].copy_from_slice(&digits::encode(value));
        Self { value, digits, len: 8 }
    }
}

impl fmt::Display for NonceCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_keep_their_digits() {
        for (digits, value) in [
            ("0000000A", 10),
            ("a", 10),
            ("000000002", 2),
            ("ffffffff", u32::MAX),
            ("0000000000000001", 1),
        ] {
            let nc = NonceCount::parse(digits).unwrap();
            assert_eq!((nc.value(), nc.as_str()), (value, digits));
        }
        for digits in ["", "+1", "-1", "0x1", "g", "1 ", "100000000", "00000000000000001"] {
            assert_eq!(NonceCount::parse(digits), None, "{digits}");
        }
        assert_eq!(NonceCount::from(0x1ab).to_string(), "000001ab");
    }
}
