use super::shapes::{address_header, tagged_header};

tagged_header! {
    /// `( name-addr / addr-spec ) *( SEMI to-param )`: whom the request is for. The tag names the recipient's side.
    To, TO, "3261 section 20.39"
}
