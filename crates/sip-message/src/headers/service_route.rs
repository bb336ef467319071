use super::shapes::{address_header, route_header};

route_header! {
    /// `sr-value = name-addr *( SEMI rr-param )`: a proxy that requests of the registered user agent are to visit, in
    /// the answer to its REGISTER.
    ServiceRoute, SERVICE_ROUTE, "3608 section 5"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn a_service_route_reads_like_a_route() {
        let route = ServiceRoute::parse("<sip:p2.home.example;lr>").unwrap();
        assert_eq!(route.uri().as_sip().unwrap().param("lr"), Some(None));
        assert_eq!(route.to_string(), "<sip:p2.home.example;lr>");
        assert_eq!(ServiceRoute::parse("sip:p2.home.example;lr").unwrap_err().offset(), 0);
        assert_eq!(ServiceRoute::parse("<p2.home.example;lr>").unwrap_err().offset(), 1);
    }
}
