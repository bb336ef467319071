use std::fmt;
use std::str::FromStr;

use crate::InvalidValue;

/// A decimal number: `xs:decimal`, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Decimal(String);

impl Decimal {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Decimal {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        match parts(text) {
            Some(_) => Ok(Self(text.to_owned())),
            None => Err(InvalidValue::new("the number", "a decimal such as -1.5", text)),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether the number is negative, and the digits before and after the point.
fn parts(text: &str) -> Option<(bool, &str, &str)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_none = (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction);
    (!is_none).then_some((text.starts_with('-'), whole, fraction))
}

/// A decimal number in units of 10^-18, so that decimals compare as they are written. `None` for what is none, or has more
/// than 18 digits on a side of the point, as XML Schema asks for no more together.
pub(super) fn decimal(text: &str) -> Option<i128> {
    const DIGITS: usize = 18;
    let (is_negative, whole, fraction) = parts(text)?;
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if whole.len() > DIGITS || fraction.len() > DIGITS {
        return None;
    }
    let value: i128 = format!("{whole}{fraction:0<DIGITS$}").parse().ok()?;
    Some(if is_negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        for text in ["1", "-1.5", "+.5", "2.", "007"] {
            assert_eq!(text.parse::<Decimal>().unwrap().as_str(), text);
        }
        for text in ["", ".", "-", "1e3", "1,5", "--1", " 1"] {
            assert!(text.parse::<Decimal>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn decimals_compare_as_they_are_written() {
        for (one, other) in [
            ("0.30", ".3"),
            ("-0", "+0.0"),
            ("007", "7."),
            ("1.000000000000000000000", "1"),
        ] {
            assert_eq!(decimal(one), decimal(other), "{one} {other}");
        }
        let numbers = ["-10", "-1.5", "-0.1", "0", "0.1", "0.11", "9", "10"].map(|text| decimal(text).unwrap());
        assert!(numbers.is_sorted_by(|one, other| one < other));
        assert_eq!(
            decimal("0.3").unwrap() - decimal("0.1").unwrap(),
            decimal("0.2").unwrap()
        );
        assert_eq!(decimal("1234567890123456789"), None);
        assert_eq!(decimal("x"), None);
    }
}
