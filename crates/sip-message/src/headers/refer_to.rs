use super::shapes::address_header;

address_header! {
    /// `( name-addr / addr-spec ) *( SEMI generic-param )`: the resource that the recipient of a REFER is to contact.
    ReferTo, REFER_TO, "3515 section 2.1", Once
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn a_uri_with_headers_stands_in_brackets() {
        let text = "<sip:bob@biloxi.example.net?Accept-Contact=sip:bobsdesk.biloxi.example.net&Call-ID%3D55432=x>";
        let refer = ReferTo::parse(text).unwrap();
        assert!(refer.uri().as_sip().unwrap().has_headers());
        assert_eq!(refer.to_string(), text);
        assert!(ReferTo::parse("<http://www.ietf.org>").is_ok());
        let bare = ReferTo::parse("sip:alice@atlanta.example.com;method=SUBSCRIBE").unwrap();
        assert_eq!(bare.0.params().get("method"), Some(Some("SUBSCRIBE")));
        assert_eq!(ReferTo::parse("sip:a@b.test?Subject=x").unwrap_err().offset(), 12);
    }
}
