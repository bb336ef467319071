use super::auth::auth_header;

auth_header! {
    /// `credentials`: proves who asks, to the one who is asked (RFC 3261 section 20.7). There may be several, each on a
    /// line of its own.
    Authorization, AUTHORIZATION, "3261 section 20.7"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn the_example_of_section_20_7() {
        let text = "Digest username=\"Alice\", realm=\"atlanta.com\",\r\n \
                    nonce=\"84a4cc6f3082121f32b42a2187831a9e\",\r\n \
                    response=\"7587245234b3434cc3412213e5f113a5432\"";
        let credentials = Authorization::parse(text).unwrap();
        assert_eq!(credentials.0.params().value("username").unwrap(), "Alice");
        // RFC 4475 section 3.3.7: an unknown scheme is read like any other.
        let unknown = Authorization::parse("NoOneKnowsThisScheme opaque-data=here").unwrap();
        assert_eq!(unknown.0.params().get("opaque-data"), Some("here"));
        assert_eq!(
            Authorization::parse("Digest username=Alice@x").unwrap_err().offset(),
            21
        );
    }
}
