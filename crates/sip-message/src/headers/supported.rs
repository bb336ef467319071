use super::shapes::token_header;

token_header! {
    /// `option-tag`: an extension that the sender understands.
    Supported, SUPPORTED, "3261 section 20.37", List
}
