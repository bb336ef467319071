use super::shapes::token_header;

token_header! {
    /// `entity-tag = token`: the name of a publication in the 2xx to a PUBLISH.
    SipEtag, SIP_ETAG, "3903 section 11.3.1", Once
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn an_entity_tag_is_a_token_and_nothing_around_it() {
        assert_eq!(
            SipEtag::parse("\tdx200xyz\r\n ").unwrap(),
            SipEtag::new("dx200xyz").unwrap()
        );
        for (text, at) in [("", 0), (" a", 0), ("a ", 1), ("a\r\n", 1), ("\"a\"", 0)] {
            assert_eq!(SipEtag::new(text).unwrap_err().offset(), at, "{text:?}");
        }
    }
}
