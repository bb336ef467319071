use super::token_header;

token_header! {
    /// `entity-tag = token`: the name of a publication in the 2xx to a PUBLISH.
    SipEtag, SIP_ETAG, "3903 section 11.3.1", Once
}
