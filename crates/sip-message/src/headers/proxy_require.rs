use super::shapes::token_header;

token_header! {
    /// `option-tag`: an extension that every proxy on the way must understand.
    ProxyRequire, PROXY_REQUIRE, "3261 section 20.29", List
}
