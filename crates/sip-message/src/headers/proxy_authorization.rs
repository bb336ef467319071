use super::auth::auth_header;

auth_header! {
    /// `credentials`: proves who asks, to a proxy (RFC 3261 section 20.28). There may be several, each on a line of its
    /// own.
    ProxyAuthorization, PROXY_AUTHORIZATION, "3261 section 20.28"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn the_example_of_section_20_28() {
        let text = "Digest username=\"Alice\", realm=\"atlanta.com\", nonce=\"c60f3082ee1212b402a21831ae\", \
                    response=\"245f23415f11432b3434341c022\"";
        let credentials = ProxyAuthorization::parse(text).unwrap();
        assert_eq!(credentials.0.params().value("realm").unwrap(), "atlanta.com");
        assert_eq!(credentials.to_string(), text);
        assert_eq!(
            ProxyAuthorization::parse("Digest username=\"Alice")
                .unwrap_err()
                .offset(),
            16
        );
    }
}
