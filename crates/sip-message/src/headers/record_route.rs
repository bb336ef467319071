use super::shapes::{address_header, route_header};

route_header! {
    /// `rec-route = name-addr *( SEMI rr-param )`: a proxy that wants to stay on the path of a dialog.
    RecordRoute, RECORD_ROUTE, "3261 section 20.30"
}
