use sip_message::{Aor, Uri, UriBuf};

/// A URI keeps its text, compares with itself, and finds those that are equivalent by its key. The text may hold
/// several URIs, one in a line, which are compared each with each.
pub fn uri(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut uris = Vec::new();
    // Few, because each is compared with each.
    for line in text.split('\n').take(8) {
        match Uri::parse(line) {
            Ok(uri) => {
                one(line, &uri);
                uris.push(uri);
            }
            Err(error) => assert!(error.offset() <= line.len()),
        }
    }
    for a in &uris {
        for b in &uris {
            assert_eq!(a.equivalent(b), b.equivalent(a), "{a} and {b}");
            if a.equivalent(b) {
                assert_eq!(a.key(), b.key());
                assert_eq!(Aor::from_uri(a), Aor::from_uri(b));
            }
        }
    }
}

fn one(text: &str, uri: &Uri<'_>) {
    assert_eq!(uri.to_string(), text);
    assert_eq!(UriBuf::from(*uri).as_uri(), *uri);
    assert!(uri.equivalent(uri));
    let key = uri.key();
    let canonical = Uri::parse(key.as_str()).expect("a key is a URI");
    assert_eq!(canonical.key(), key);
    if let Some(aor) = Aor::from_uri(uri) {
        assert_eq!(Aor::from_uri(&aor.to_uri().as_uri()), Some(aor));
    }
    match uri {
        Uri::Im(mailbox) | Uri::Pres(mailbox) => {
            let _ = (mailbox.host(), mailbox.user_unescaped(), mailbox.headers().count());
        }
        Uri::Other(other) => {
            let parts = [other.authority(), Some(other.path()), other.query(), other.fragment()];
            let length: usize = parts.into_iter().flatten().map(str::len).sum();
            assert!(length <= other.rest().len());
        }
        Uri::Sip(sip) => {
            for (name, _) in sip.params() {
                assert!(sip.param(name).is_some());
            }
            let _ = (sip.user_unescaped(), sip.password(), sip.headers().count());
        }
        Uri::Tel(tel) => {
            assert!(tel.digits().len() <= tel.number().len());
            for (name, value) in tel.params() {
                assert_eq!(tel.param(name), Some(value));
            }
            let _ = (tel.phone_context(), tel.extension(), tel.mandatory_params().count());
            assert!(Aor::from_tel(tel, "example.test").is_ok());
        }
        Uri::Urn(urn) => assert_eq!(format!("{}:{}{}", urn.nid(), urn.nss(), urn.components()), text[4..]),
        _ => {}
    }
}
