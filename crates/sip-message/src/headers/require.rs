use super::shapes::token_header;

token_header! {
    /// `option-tag`: an extension that the recipient must understand.
    Require, REQUIRE, "3261 section 20.32", List
}
