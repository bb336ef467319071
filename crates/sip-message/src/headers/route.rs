use super::shapes::{address_header, route_header};

route_header! {
    /// `route-param = name-addr *( SEMI rr-param )`: a proxy that the request is to visit.
    Route, ROUTE, "3261 section 20.34"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn a_route_stands_in_brackets() {
        let route = Route::parse("\"<\" <sip:p1.example.test;lr>;x=y").unwrap();
        assert_eq!(route.uri().as_str(), "sip:p1.example.test;lr");
        for (text, at) in [
            ("sip:p1.example.test;lr", 0),
            ("sip:p1.example.test;x=\"<\"", 0),
            (" sip:p1.example.test", 1),
            ("", 0),
        ] {
            assert_eq!(Route::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
    }
}
