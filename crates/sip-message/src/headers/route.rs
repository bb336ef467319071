use super::address_header;

address_header! {
    /// `route-param = name-addr *( SEMI rr-param )`: a proxy that the request is to visit.
    Route, ROUTE, "3261 section 20.34", List
}
