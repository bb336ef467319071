use super::auth::auth_header;

auth_header! {
    /// `challenge`: how to prove who asks, to a proxy (RFC 3261 section 20.27). One line for each challenge.
    ProxyAuthenticate, PROXY_AUTHENTICATE, "3261 section 20.27"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn the_example_of_section_20_27() {
        let text = "Digest realm=\"atlanta.com\", domain=\"sip:ss1.carrier.com\", qop=\"auth\", \
                    nonce=\"f84f1cec41e6cbe5aea9c8e88d359\", opaque=\"\", stale=FALSE, algorithm=MD5";
        let challenge = ProxyAuthenticate::parse(text).unwrap();
        assert_eq!(challenge.0.params().value("domain").unwrap(), "sip:ss1.carrier.com");
        assert_eq!(challenge.to_string(), text);
        assert_eq!(
            ProxyAuthenticate::parse("Digest realm=atlanta com")
                .unwrap_err()
                .offset(),
            21
        );
    }
}
