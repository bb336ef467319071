use super::shapes::token_header;

token_header! {
    /// `option-tag`: an extension that a 420 response says is not understood.
    Unsupported, UNSUPPORTED, "3261 section 20.40", List
}
