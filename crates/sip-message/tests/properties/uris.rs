//! URIs and addresses of record.

use std::net::Ipv6Addr;

use proptest::{collection::vec, prelude::*};
use sip_message::{Aor, Uri, UriBuf};

use crate::strategies::{host, small_uri, uri};

/// Two URIs of one scheme and few letters, so that they are often equivalent.
fn pair() -> impl Strategy<Value = (String, String)> {
    let tel = "(tel|TEL):(\\+|\\+-)?1-?(2|\\(2\\))?(;(ext=(1|-1)|a=(B|b|%62)|phone-context=(\\+1|\\+-1|h|H))){0,2}";
    let mailbox = "(pres|im|PRES):(a|%61|A)@(h|H)(\\?x=(1|%31)(&y=2)?)?";
    let urn = "(urn|URN):(ab|aB):(x|X|%78|%7a|%7A)(#f|\\?=q)?";
    let other = "(http|HTTP)://(u@|U@)?(h|H|%68)(/|/~|/%7e|/%7E|/%2f)?(\\?q)?(#f)?";
    prop_oneof![
        (tel, tel),
        (mailbox, mailbox),
        (urn, urn),
        (other, other),
        (small_uri(), small_uri())
    ]
}

proptest! {
    #[test]
    fn a_uri_is_equivalent_to_itself_and_both_ways(
        a in prop_oneof![uri(), small_uri()],
        b in small_uri(),
        c in small_uri(),
    ) {
        let (a, b, c) = (Uri::parse(&a).unwrap(), Uri::parse(&b).unwrap(), Uri::parse(&c).unwrap());
        assert!(a.equivalent(&a));
        assert!(b.equivalent(&b));
        assert_eq!(a.equivalent(&b), b.equivalent(&a));
        assert_eq!(b.equivalent(&c), c.equivalent(&b));
        // What is equivalent names one address of record and has one key.
        if b.equivalent(&c) {
            assert_eq!(Aor::from_uri(&b), Aor::from_uri(&c));
            assert_eq!(b.key(), c.key());
        }
    }

    #[test]
    fn equivalence_agrees_with_the_key_in_every_scheme((a, b) in pair()) {
        let (a, b) = (Uri::parse(&a).unwrap(), Uri::parse(&b).unwrap());
        assert!(a.equivalent(&a) && b.equivalent(&b));
        assert_eq!(a.equivalent(&b), b.equivalent(&a));
        if a.equivalent(&b) {
            assert_eq!(a.key(), b.key());
            assert_eq!(Aor::from_uri(&a), Aor::from_uri(&b));
        } else if !matches!(a, Uri::Sip(_) | Uri::Im(_) | Uri::Pres(_)) {
            // Nothing is ignored in these, so the key tells them apart too.
            assert_ne!(a.key(), b.key());
        }
    }

    #[test]
    fn many_parameters_compare_as_few_do(
        names in vec("[a-cx]|transport|%61", 0..24),
        order in any::<prop::sample::Index>(),
    ) {
        let sip = |names: &[String]| names.iter().fold("sip:h".to_owned(), |uri, name| uri + ";" + name + "=1");
        // A turn keeps the names that are there, and so what is first of each has the same value.
        let mut turned = names.clone();
        turned.rotate_left(if names.is_empty() { 0 } else { order.index(names.len()) });
        let (a, b) = (sip(&names), sip(&turned));
        let (a, b) = (Uri::parse(&a).unwrap(), Uri::parse(&b).unwrap());
        assert!(a.equivalent(&b));
        assert_eq!(a.key(), b.key());
        let without = sip(&[]);
        let has_transport = names.iter().any(|name| name == "transport");
        assert_eq!(a.equivalent(&Uri::parse(&without).unwrap()), !has_transport);
    }

    #[test]
    fn a_key_is_a_uri_with_the_same_key(text in prop_oneof![uri(), small_uri(), pair().prop_map(|(a, _)| a)]) {
        let uri = Uri::parse(&text).unwrap();
        let key = uri.key();
        let canonical = Uri::parse(key.as_str()).unwrap();
        assert_eq!(canonical.key(), key);
        assert!(canonical.scheme().eq_ignore_ascii_case(uri.scheme()));
    }

    #[test]
    fn escapes_compare_as_the_octets_that_they_stand_for(user in "[a-z0-9_.!~*'()-]{1,8}", upper in any::<bool>()) {
        let escaped = user.bytes().fold(String::new(), |text, octet| match upper {
            true => format!("{text}%{octet:02X}"),
            false => format!("{text}%{octet:02x}"),
        });
        let (a, b) = (format!("sip:{user}@h"), format!("sip:{escaped}@h"));
        let (a, b) = (Uri::parse(&a).unwrap(), Uri::parse(&b).unwrap());
        assert!(a.equivalent(&b));
        assert_eq!(a.key(), b.key());
        assert_eq!(b.as_sip().unwrap().user_unescaped().unwrap(), user);
        assert_eq!(b.as_sip().unwrap().user(), Some(escaped.as_str()));
    }

    #[test]
    fn any_text_is_a_uri_or_an_error_within_it(text in prop_oneof![
        any::<String>(),
        "(sip|sips|tel|pres|im|urn|x):[a-z0-9%@:;=?&/#+,\\[\\]. -]{0,16}",
    ]) {
        match Uri::parse(&text) {
            Ok(uri) => {
                assert_eq!(uri.to_string(), text);
                assert!(uri.equivalent(&uri));
                assert_eq!(Uri::parse(uri.key().as_str()).unwrap().key(), uri.key());
            }
            Err(error) => assert!(error.offset() <= text.len()),
        }
    }

    #[test]
    fn the_parts_of_a_uri_are_all_there_is(text in uri()) {
        let uri = Uri::parse(&text).unwrap();
        assert_eq!(uri.to_string(), text);
        let owned = UriBuf::from(uri);
        assert_eq!(owned.as_uri(), uri);
        if let Some(sip) = uri.as_sip() {
            let mut again = format!("{}:", uri.scheme());
            if let Some(user) = sip.user() {
                again.push_str(user);
                if let Some(password) = sip.password() {
                    again.push_str(&format!(":{password}"));
                }
                again.push('@');
            }
            again.push_str(&sip.host().to_string());
            if let Some(port) = sip.port() {
                again.push_str(&format!(":{port}"));
            }
            let pair = |(name, value): (&str, Option<&str>)| match value {
                Some(value) => format!("{name}={value}"),
                None => name.to_owned(),
            };
            for param in sip.params() {
                again.push_str(&format!(";{}", pair(param)));
            }
            if sip.has_headers() {
                again.push_str(&format!("?{}", sip.headers().map(pair).collect::<Vec<_>>().join("&")));
            }
            assert!(Uri::parse(&again).unwrap().equivalent(&uri), "{again} and {uri}");
        }
    }

    #[test]
    fn an_address_of_record_is_canonical(text in uri()) {
        if let Some(aor) = Aor::from_uri(&Uri::parse(&text).unwrap()) {
            assert_eq!(Aor::from_uri(&aor.to_uri().as_uri()), Some(aor.clone()));
            assert_eq!(Aor::parse(aor.as_str()), Ok(aor.clone()));
            assert_eq!(format!("sip:{}@{}", aor.user(), aor.domain()), aor.to_string());
        }
    }

    #[test]
    fn an_address_of_record_of_any_texts_is_a_uri(
        user in any::<String>(),
        domain in prop_oneof![
            host(),
            any::<String>(),
            any::<u128>().prop_map(|bits| Ipv6Addr::from(bits).to_string()),
        ],
    ) {
        if let Ok(aor) = Aor::new(&user, &domain) {
            let uri = aor.to_uri();
            assert_eq!(uri.as_uri().as_sip().unwrap().user_unescaped().unwrap(), user);
            assert_eq!(Aor::from_uri(&uri.as_uri()), Some(aor));
        }
    }
}
