//! How SIP URIs compare (RFC 3261 section 19.1.4), and what all those that are equivalent have in common.

use std::cmp::Ordering;

use super::{SipUri, escape::Rule, pairs};

impl SipUri<'_> {
    /// RFC 3261 section 19.1.4.
    pub(super) fn equivalent(&self, other: &SipUri<'_>) -> bool {
        let same = |rule: Rule, mine: Option<&str>, theirs: Option<&str>| match (mine, theirs) {
            (None, None) => true,
            (Some(mine), Some(theirs)) => rule.same(mine, theirs),
            _ => false,
        };
        self.is_secure() == other.is_secure()
            && self.port() == other.port()
            && same(Rule::USER, self.user(), other.user())
            && same(Rule::PASSWORD, self.password(), other.password())
            && self.host().same(&other.host())
            && params_match(self.params_text(), other.params_text())
            && headers_match(self.headers_text(), other.headers_text())
    }

    /// Appends what all URIs that are equivalent to this one have in common, behind the scheme.
    pub(super) fn push_key(&self, out: &mut String) {
        if let Some(user) = self.user() {
            Rule::USER.push(out, user);
            if let Some(password) = self.password() {
                out.push(':');
                Rule::PASSWORD.push(out, password);
            }
            out.push('@');
        }
        let host_at = out.len();
        out.push_str(&self.host().to_string());
        out[host_at..].make_ascii_lowercase();
        if let Some(port) = self.port() {
            out.push_str(&format!(":{port}"));
        }
        for name in NEVER_IGNORED {
            if let Some(value) = first(self.params_text(), name) {
                out.push(';');
                out.push_str(name);
                if let Some(value) = value {
                    out.push('=');
                    value_rule(name).push(out, value);
                }
            }
        }
        let mut headers: Vec<_> = self.headers().collect();
        headers.sort_by(compare_headers);
        for (at, (name, value)) in headers.into_iter().enumerate() {
            out.push(if at == 0 { '?' } else { '&' });
            Rule::HEADER.push(out, name);
            out.push('=');
            Rule::HEADER_VALUE.push(out, value.unwrap_or_default());
        }
    }
}

/// The parameters that make URIs differ when one has them and the other has not, in the order of a key.
const NEVER_IGNORED: [&str; 5] = ["maddr", "method", "transport", "ttl", "user"];

/// Up to so many parameters or headers on either side are compared each with each, without an allocation; more are
/// sorted first, so that a peer's list of thousands takes no quadratic time.
const FEW: usize = 8;

fn is_never_ignored(name: &str) -> bool {
    NEVER_IGNORED.iter().any(|known| Rule::PARAM.same(name, known))
}

fn value_rule(name: &str) -> Rule {
    if Rule::PARAM.same(name, "method") {
        Rule::METHOD
    } else {
        Rule::PARAM_VALUE
    }
}

/// The value of the first parameter of a name. A name that stands twice, which RFC 3261 section 19.1.1 forbids, counts
/// where it stands first.
pub(super) fn first<'a>(params: &'a str, name: &str) -> Option<Option<&'a str>> {
    pairs(params, b';')
        .find(|(key, _)| Rule::PARAM.same(key, name))
        .map(|(_, value)| value)
}

fn is_few(text: &str, between: u8) -> bool {
    text.bytes().filter(|byte| *byte == between).count() <= FEW
}

/// A parameter in both must have the same value; one that is in one URI only is ignored, with exceptions.
fn params_match(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    if is_few(a, b';') && is_few(b, b';') {
        return params_fit(a, b) && params_fit(b, a);
    }
    let (a, b) = (params_by_name(a), params_by_name(b));
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    loop {
        let order = match (a.peek(), b.peek()) {
            (None, None) => return true,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((mine, _)), Some((theirs, _))) => Rule::PARAM.compare(mine, theirs),
        };
        let mine = if order.is_le() { a.next() } else { None };
        let theirs = if order.is_ge() { b.next() } else { None };
        let fits = match (mine, theirs) {
            (Some((name, mine)), Some((_, theirs))) => values_match(name, mine, theirs),
            (Some((name, _)), None) | (None, Some((name, _))) => !is_never_ignored(name),
            (None, None) => true,
        };
        if !fits {
            return false;
        }
    }
}

/// Whether every parameter of `a` stands in `b` with the same value, or may be missing there.
fn params_fit(a: &str, b: &str) -> bool {
    pairs(a, b';')
        .enumerate()
        .all(|(at, (name, value))| match first(b, name) {
            None => !is_never_ignored(name),
            Some(other) if values_match(name, value, other) => true,
            // Not the first of its name, so it does not count.
            Some(_) => pairs(a, b';')
                .take(at)
                .any(|(earlier, _)| Rule::PARAM.same(earlier, name)),
        })
}

fn values_match(name: &str, a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => value_rule(name).same(a, b),
        _ => false,
    }
}

/// The first parameter of each name, sorted by name.
fn params_by_name(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut params: Vec<_> = pairs(text, b';').collect();
    // Stable: of one name, the first stays the first.
    params.sort_by(|(a, _), (b, _)| Rule::PARAM.compare(a, b));
    params.dedup_by(|(later, _), (earlier, _)| Rule::PARAM.same(earlier, later));
    params
}

/// Header components are never ignored; they compare in any order.
fn headers_match(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    if is_few(a, b'&') && is_few(b, b'&') {
        let count = |text, header| {
            pairs(text, b'&')
                .filter(|other| compare_headers(other, &header).is_eq())
                .count()
        };
        return pairs(a, b'&').count() == pairs(b, b'&').count()
            && pairs(a, b'&').all(|header| count(a, header) == count(b, header));
    }
    let sorted = |text| {
        let mut headers: Vec<_> = pairs(text, b'&').collect();
        headers.sort_by(compare_headers);
        headers
    };
    let (a, b) = (sorted(a), sorted(b));
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| compare_headers(a, b).is_eq())
}

fn compare_headers(a: &(&str, Option<&str>), b: &(&str, Option<&str>)) -> Ordering {
    let values = || Rule::HEADER_VALUE.compare(a.1.unwrap_or_default(), b.1.unwrap_or_default());
    Rule::HEADER.compare(a.0, b.0).then_with(values)
}

#[cfg(test)]
mod tests {
    use crate::Uri;

    fn same(a: &str, b: &str) -> bool {
        let (a, b) = (Uri::parse(a).unwrap(), Uri::parse(b).unwrap());
        let same = a.equivalent(&b);
        assert_eq!(same, b.equivalent(&a));
        if same {
            assert_eq!(a.key(), b.key());
        }
        same
    }

    #[test]
    fn the_examples_of_rfc_3261_section_19_1_4() {
        assert!(same(
            "sip:%61lice@atlanta.com;transport=TCP",
            "sip:alice@AtLanTa.CoM;Transport=tcp"
        ));
        assert!(same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
        assert!(same(
            "sip:carol@chicago.com;security=on",
            "sip:carol@chicago.com;newparam=5"
        ));
        assert!(same(
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
        ));
        assert!(same(
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
        ));
        assert!(!same(
            "SIP:ALICE@AtLanTa.CoM;Transport=udp",
            "sip:alice@AtLanTa.CoM;Transport=UDP"
        ));
        assert!(same("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"));
        assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
        assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
        assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"));
        assert!(!same(
            "sip:carol@chicago.com",
            "sip:carol@chicago.com?Subject=next%20meeting"
        ));
        assert!(!same("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"));
        assert!(!same(
            "sip:carol@chicago.com;security=on",
            "sip:carol@chicago.com;security=off"
        ));
        // "Note that equality is not transitive."
        assert!(same("sip:carol@chicago.com", "sip:carol@chicago.com;security=off"));
    }

    #[test]
    fn the_rules_of_rfc_3261_section_19_1_4() {
        // A SIP and SIPS URI are never equivalent.
        assert!(!same("sip:a@b.test", "sips:a@b.test"));
        // Userinfo has a case, passwords and telephone numbers too; all other components have none.
        assert!(!same("sip:A@b.test", "sip:a@b.test"));
        assert!(!same("sip:a:P@b.test", "sip:a:p@b.test"));
        assert!(!same("sip:+1;ext=A@b.test", "sip:+1;ext=a@b.test"));
        assert!(same("SIP:a@B.TEST;LR;X=Y?H=v", "sip:a@b.test;lr;x=y?h=v"));
        // Parameters and headers are in any order; what is reserved is not its escape, anything else is.
        assert!(same("sip:h;a=1;b=2?c=3&d=4", "sip:h;b=2;a=1?d=4&c=3"));
        assert!(same("sip:a:%70@h;%61=%62?%63=%64", "sip:a:p@h;a=b?c=d"));
        // Userinfo and port stand in both or in neither, whatever the default.
        assert!(!same("sip:a@h", "sip:h"));
        assert!(!same("sip:a:@h", "sip:a@h"));
        assert!(!same("sip:a@h:5060", "sip:a@h"));
        assert!(!same("sips:a@h:5061", "sips:a@h"));
        assert!(!same("sip:a@h:5060", "sip:a@h:5061"));
        // An address is not the name that resolves to it; one address has many forms.
        assert!(!same("sip:a@h", "sip:a@192.0.2.4"));
        assert!(same("sip:a@[2001:DB8::1]", "sip:a@[2001:db8:0::0:1]"));
        // A parameter in both must match; some must be in both.
        assert!(!same("sip:h;x=1", "sip:h;x=2"));
        assert!(!same("sip:h;x", "sip:h;x=1"));
        assert!(same("sip:h;x=1", "sip:h;y=2"));
        for (never_ignored, default) in [
            ("user", "ip"),
            ("ttl", "1"),
            ("method", "INVITE"),
            ("maddr", "h"),
            ("transport", "udp"),
        ] {
            let with = format!("sip:h;{never_ignored}={default}");
            assert!(!same("sip:h", &with), "{with}");
            assert!(same(&with, &format!("{with};x=1")), "{with}");
            assert!(
                same(&with, &with.replace(never_ignored, &never_ignored.to_uppercase())),
                "{with}"
            );
        }
        // Methods are told apart by case (section 7.1).
        assert!(!same("sip:h;method=INVITE", "sip:h;method=invite"));
        // Headers are never ignored.
        assert!(!same("sip:h?a=1", "sip:h"));
        assert!(!same("sip:h?a=1", "sip:h?a=1&b=2"));
        assert!(!same("sip:h?a=1", "sip:h?a=2"));
    }

    #[test]
    fn a_repeated_parameter_counts_where_it_stands_first() {
        assert!(same("sip:a@b.test;x=1;X=2", "sip:a@b.test;x=1;X=2"));
        assert!(same("sip:a@b.test;x=1;X=2", "sip:a@b.test;%58=1"));
        assert!(!same("sip:a@b.test;x=1;X=2", "sip:a@b.test;x=2"));
        assert!(!same("sip:a@b.test?x=1&x=1&y=2", "sip:a@b.test?x=1&y=2&y=2"));
        let many = format!("sip:a@b.test{}", ";p".repeat(4_000));
        assert!(same(&many, &format!("{many};q")));
        assert!(!same(&many, &format!("{many};ttl=1")));
        assert!(same(&many, "sip:a@b.test;P") && same("sip:a@b.test", &many) && !same(&many, "sip:a@b.test;p=1"));
        let headers = |count| format!("sip:h?{}x=y", "a=b&".repeat(count));
        assert!(same(&headers(4_000), &headers(4_000).replacen("?a", "?A", 1)));
        assert!(!same(&headers(4_000), &headers(3_999)));
    }

    #[test]
    fn a_reserved_character_is_not_its_escape() {
        assert!(!same("sip:a;b@c.test", "sip:a%3Bb@c.test"));
        assert!(!same("sip:a@c.test;x=a%2Fb", "sip:a@c.test;x=a/b"));
        assert!(!same("sip:a%253Bb@c.test", "sip:a%3Bb@c.test"));
        assert!(same("sip:a%3bb@c.test", "sip:a%3Bb@c.test"));
        assert!(same("sip:a%2Db@c.test;x=%41", "sip:a-b@c.test;x=a"));
        assert!(!same("sip:%41@c.test", "sip:a@c.test"));
    }
}
