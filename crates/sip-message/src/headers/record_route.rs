use super::address_header;

address_header! {
    /// `rec-route = name-addr *( SEMI rr-param )`: a proxy that wants to stay on the path of a dialog.
    RecordRoute, RECORD_ROUTE, "3261 section 20.30", List
}
