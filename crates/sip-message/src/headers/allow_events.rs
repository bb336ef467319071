use super::shapes::token_header;

token_header! {
    /// `event-type`: an event package that the sender supports.
    AllowEvents, ALLOW_EVENTS, "6665 section 8.2.2", List
}
