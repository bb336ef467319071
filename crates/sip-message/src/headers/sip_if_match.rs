use super::shapes::token_header;

token_header! {
    /// `entity-tag = token`: the publication that a PUBLISH refreshes, modifies or removes.
    SipIfMatch, SIP_IF_MATCH, "3903 section 11.3.2", Once
}
