//! URIs and addresses of record.

use std::net::Ipv6Addr;

use proptest::prelude::*;
use sip_message::{Aor, Uri, UriBuf};

use crate::strategies::{host, small_uri, uri};

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
        // What is equivalent names one address of record.
        if b.equivalent(&c) {
            assert_eq!(Aor::from_uri(&b), Aor::from_uri(&c));
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
