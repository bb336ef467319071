use memchr::memmem;

use super::Part;

/// A boundary that is chosen begins so. With two hyphens before it, it does not overlap itself.
const PREFIX: &str = "boundary.";
/// Digits behind it.
const DIGITS: usize = 16;

/// Whether a text may be a boundary: `0*69<bchars> bcharsnospace` of RFC 2046 section 5.1.1, and any other character of
/// ASCII that is seen, because composers use some and no reader can take one for something else.
pub(super) fn is_boundary(text: &str) -> bool {
    (1..=70).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.ends_with(' ')
}

/// A boundary that occurs in none of the parts, at the start of a line or elsewhere: the prefix with the lowest number
/// that does not stand behind it in any of them. It is found in one pass, so that a part full of boundaries costs no
/// more than another.
pub(super) fn choose(parts: &[Part]) -> String {
    let dashed = format!("--{PREFIX}");
    let finder = memmem::Finder::new(&dashed);
    let mut taken = Vec::new();
    for part in parts {
        let bytes = part.as_bytes();
        let numbers = finder.find_iter(bytes).filter_map(|at| {
            let start = at + dashed.len();
            number(bytes.get(start..start + DIGITS)?)
        });
        taken.extend(numbers);
    }
    taken.sort_unstable();
    taken.dedup();
    // The numbers before the first gap are those that are at the place of their own value.
    let free = (0_u64..).zip(&taken).take_while(|(at, number)| at == *number).count();
    format!("{PREFIX}{free:0DIGITS$x}")
}

/// The number of a boundary. Those that this module writes have lower-case digits.
fn number(digits: &[u8]) -> Option<u64> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if !digits.iter().all(is_digit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    fn part(text: &str) -> Part {
        Part::parse(format!("\r\n{text}"), &Limits::default()).unwrap()
    }

    #[test]
    fn the_lowest_free_number_is_taken() {
        let chosen = |texts: &[&str]| choose(&texts.iter().map(|text| part(text)).collect::<Vec<_>>());
        assert_eq!(chosen(&[]), "boundary.0000000000000000");
        assert_eq!(
            chosen(&["--boundary.000000000000000", "--boundary.000000000000000A"]),
            "boundary.0000000000000000"
        );
        assert_eq!(chosen(&["x--boundary.0000000000000000"]), "boundary.0000000000000001");
        let twice = "--boundary.0000000000000000--boundary.0000000000000001--";
        assert_eq!(
            chosen(&[twice, "--boundary.0000000000000003"]),
            "boundary.0000000000000002"
        );
        assert_eq!(chosen(&["--boundary.ffffffffffffffff"]), "boundary.0000000000000000");
        let many: String = (0..5_000).rev().map(|n| format!("--boundary.{n:016x}\r\n")).collect();
        assert_eq!(chosen(&[&many, &many]), format!("boundary.{:016x}", 5_000));
    }

    #[test]
    fn a_boundary_is_short_and_of_one_line() {
        assert!(is_boundary(&choose(&[])));
        assert!(
            is_boundary(&"a".repeat(70))
                && is_boundary("gc0pJq0M:08jU534c0p")
                && is_boundary("a b")
                && is_boundary("*")
        );
        for text in ["", "a ", "\u{e9}", "a\r\nb", &"a".repeat(71)] {
            assert!(!is_boundary(text), "{text:?}");
        }
    }
}
