//! Comparison of domains (RFC 4745 section 7.1.3).

/// Whether two domains are the same: percent-escapes decoded, each label in its ASCII form. `None` where one of them has
/// no ASCII form, so that nothing can be said of them.
pub(super) fn same_domain(one: &str, other: &str) -> Option<bool> {
    Some(to_ascii(one)? == to_ascii(other)?)
}

/// The domain with ASCII labels in lower case; `None` where it has none.
fn to_ascii(domain: &str) -> Option<String> {
    let domain = decode_percent(domain.trim(), |_| true)?.to_lowercase();
    if domain.starts_with('[') {
        // An IPv6 address has no labels.
        return Some(domain);
    }
    let domain = domain.strip_suffix(is_dot).unwrap_or(&domain);
    let labels: Option<Vec<String>> = domain.split(is_dot).map(label_to_ascii).collect();
    labels.map(|labels| labels.join("."))
}

/// The dots that RFC 3490 section 3.1 takes for one.
const fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}')
}

/// A label, in lower case, as RFC 3490 section 4.1 encodes it.
fn label_to_ascii(label: &str) -> Option<String> {
    // A label has at most 63 octets (RFC 1034); a longer one is none, and encoding it would cost the square of its length.
    const LABEL: usize = 63;
    // Nameprep maps these, beside letters of other case.
    let label = label.replace('\u{DF}', "ss").replace('\u{3C2}', "\u{3C3}");
    if label.is_empty() || label.chars().count() > LABEL || !label.chars().all(is_prepared) {
        return None;
    }
    if label.is_ascii() {
        return Some(label);
    }
    Some(format!("xn--{}", punycode(&label)?)).filter(|label| label.len() <= LABEL)
}

/// Whether nameprep (RFC 3491) leaves a character as it is, beside any of these. What is none of these might become
/// another character or join the one before it, which takes the tables of Unicode to know.
const fn is_prepared(c: char) -> bool {
    let is_ascii = matches!(c, 'a'..='z' | '0'..='9' | '-' | '_');
    // But ligatures and what stands for two letters.
    let is_latin = matches!(c, '\u{E0}'..='\u{F6}' | '\u{F8}'..='\u{17E}' | '\u{1EA1}'..='\u{1EF9}')
        && !matches!(c, '\u{133}' | '\u{140}' | '\u{149}');
    let is_greek_or_cyrillic = matches!(c, '\u{3AC}'..='\u{3CE}' | '\u{430}'..='\u{45F}');
    let is_hebrew_or_arabic = matches!(c, '\u{5D0}'..='\u{5EA}' | '\u{621}'..='\u{63A}' | '\u{641}'..='\u{64A}');
    let is_kana = matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}');
    let is_han_or_hangul = matches!(c, '\u{4E00}'..='\u{9FA5}' | '\u{AC00}'..='\u{D7A3}');
    is_ascii || is_latin || is_greek_or_cyrillic || is_hebrew_or_arabic || is_kana || is_han_or_hangul
}

/// The encoding of RFC 3492.
fn punycode(label: &str) -> Option<String> {
    let mut output: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(output.len()).ok()?;
    if basic > 0 {
        output.push('-');
    }
    let (mut n, mut delta, mut bias, mut handled) = (128_u32, 0_u32, 72_u32, basic);
    let total = u32::try_from(label.chars().count()).ok()?;
    while handled < total {
        let next = label.chars().map(u32::from).filter(|c| *c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for c in label.chars().map(u32::from) {
            if c < n {
                delta = delta.checked_add(1)?;
            }
            if c == n {
                encode_delta(&mut output, delta, bias)?;
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        n += 1;
    }
    Some(output)
}

fn encode_delta(output: &mut String, delta: u32, bias: u32) -> Option<()> {
    let mut rest = delta;
    for k in (36..).step_by(36) {
        let threshold = u32::saturating_sub(k, bias).clamp(1, 26);
        if rest < threshold {
            break;
        }
        output.push(digit(threshold + (rest - threshold) % (36 - threshold))?);
        rest = (rest - threshold) / (36 - threshold);
    }
    output.push(digit(rest)?);
    Some(())
}

fn digit(value: u32) -> Option<char> {
    match value {
        0..=25 => char::from_u32(u32::from('a') + value),
        26..=35 => char::from_u32(u32::from('0') + value - 26),
        _ => None,
    }
}

fn adapt(delta: u32, count: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / 700 } else { delta / 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

/// Decodes the percent-escapes of the bytes for which that is asked, and writes the digits of the others in capitals.
/// `None` where what is decoded is no UTF-8.
pub(super) fn decode_percent(text: &str, is_decoded: impl Fn(u8) -> bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = behind.split_at_checked(2).and_then(|(digits, behind)| {
            let digits = std::str::from_utf8(digits).ok()?;
            let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            let byte = u8::from_str_radix(digits, 16).ok().filter(|_| is_hexadecimal)?;
            Some((byte, behind))
        });
        match escaped.filter(|_| *first == b'%') {
            Some((byte, behind)) => {
                if is_decoded(byte) {
                    bytes.push(byte);
                } else {
                    bytes.extend(format!("%{byte:02X}").bytes());
                }
                rest = behind;
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_domain() {
        for (one, other) in [
            ("example.com", "EXAMPLE.COM"),
            ("example.com.", "example.com"),
            ("b\u{fc}cher.example", "xn--bcher-kva.example"),
            ("B\u{dc}CHER.example", "XN--bcher-KVA.example"),
            ("b%C3%BCcher.example", "xn--bcher-kva.example"),
            ("m\u{fc}nchen\u{3002}de", "xn--mnchen-3ya.de"),
            ("\u{d55c}\u{ae00}.kr", "xn--bj0bj06e.kr"),
            ("stra\u{df}e.example", "STRASSE.example"),
            (
                "\u{3bb}\u{3cc}\u{3b3}\u{3bf}\u{3c2}.gr",
                "\u{39b}\u{38c}\u{393}\u{39f}\u{3a3}.gr",
            ),
            ("[2001:db8::1]", "[2001:DB8::1]"),
            ("192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(same_domain(one, other), Some(true), "{one} {other}");
        }
        for (one, other) in [
            ("example.com", "example.org"),
            ("a.b", "ab"),
            ("b\u{fc}cher.example", "bucher.example"),
        ] {
            assert_eq!(same_domain(one, other), Some(false), "{one} {other}");
        }
    }

    #[test]
    fn of_what_has_no_ascii_form_nothing_is_said() {
        let long = "\u{fc}".repeat(64);
        for domain in [
            "",
            ".",
            "a..b",
            "*.example.com",
            "example.com:5060",
            "example com",
            "%FF.example",
            // Nameprep makes these other characters: what stands for letters, and a letter with a mark of its own.
            "\u{ff45}xample.com",
            "bu\u{308}cher.example",
            &long,
        ] {
            for (one, other) in [(domain, domain), (domain, "example.com"), ("example.com", domain)] {
                assert_eq!(same_domain(one, other), None, "{one} {other}");
            }
        }
    }

    /// Samples of RFC 3492 section 7.1.
    #[test]
    fn punycode_of_the_rfc() {
        for (label, expected) in [
            (
                "\u{4ED6}\u{4EEC}\u{4E3A}\u{4EC0}\u{4E48}\u{4E0D}\u{8BF4}\u{4E2D}\u{6587}",
                "ihqwcrb4cv8a8dqg056pqjye",
            ),
            (
                "3\u{5E74}b\u{7D44}\u{91D1}\u{516B}\u{5148}\u{751F}",
                "3b-ww4c5e180e575a65lsy2b",
            ),
            (
                "\u{305D}\u{306E}\u{30B9}\u{30D4}\u{30FC}\u{30C9}\u{3067}",
                "d9juau41awczczp",
            ),
        ] {
            assert_eq!(punycode(label).as_deref(), Some(expected));
        }
    }
}
